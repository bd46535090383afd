"""The whole product on fakes, with a clock that the test moves: flows, queues and both services in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import ShopSecrets
from orderbridge.domain.views import ExportedOrder, ShopView
from orderbridge.flows.fetch_changes import FetchReport, fetch_changes
from orderbridge.flows.flag_returns import ReturnsReport, flag_returns
from orderbridge.flows.map_state import map_state
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.flows.push_to_shop import push_to_shop
from orderbridge.flows.read_lists import ListReport, read_list
from orderbridge.flows.retry_transitions import retry_transitions
from orderbridge.flows.send_alarms import send_alarm
from orderbridge.messages import AlarmRequest, ListRequest
from orderbridge.settings import ShopSettings
from tests.fakes import (
    FakeActions,
    FakeAlarms,
    FakeExportCheckpoints,
    FakeExports,
    FakeFeedCheckpoints,
    FakeImports,
    FakeLedger,
    FakeMail,
    FakeMarketplace,
    FakeMarketplaces,
    FakeNotices,
    FakeOperators,
    FakeQueues,
    FakeSecrets,
    FakeShops,
    FakeSlots,
    FakeWebhooks,
    FixedChance,
    ManualClock,
)

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderHistory, OrderState
    from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
    from orderbridge.flows.common.carry_out import StepResult
    from orderbridge.messages import ListingUpdate, NotInExport, Recheck, ShopUpdate, StepDispatch

SHOP = "demo"


@dataclass
class InMemoryProduct:
    """One deployment. Satisfies ``orderbridge.ports.Ports``."""

    rules: Rules = field(default_factory=lambda: Rules(undo_window_seconds=0))
    export_interval: int | None = 0
    """Of every shop; 0: the export is made for each request."""
    language: Literal["cs", "sk", "en"] = "cs"
    """Of every shop."""
    clock: ManualClock = field(default_factory=ManualClock)
    chance: FixedChance = field(default_factory=FixedChance)
    shops: FakeShops = field(default_factory=FakeShops)
    exports: FakeExports = field(default_factory=FakeExports)
    export_checkpoints: FakeExportCheckpoints = field(default_factory=FakeExportCheckpoints)
    marketplaces: FakeMarketplaces = field(default_factory=FakeMarketplaces)
    feed_checkpoints: FakeFeedCheckpoints = field(default_factory=FakeFeedCheckpoints)
    notices: FakeNotices = field(default_factory=FakeNotices)
    mail: FakeMail = field(default_factory=FakeMail)
    slots: FakeSlots = field(default_factory=FakeSlots)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)
    operators: FakeOperators = field(default_factory=FakeOperators)
    actions: FakeActions = field(default_factory=FakeActions)
    alarms: FakeAlarms = field(default_factory=FakeAlarms)
    console_url: str = "https://page.test/v1/console"
    pushed: list[StepResult] = field(default_factory=list)
    lists: bool = False
    """Whether a tick reads MALL's unconfirmed list too."""
    written: list[StepResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = FakeLedger(self.shops, self.actions)
        self.queues = FakeQueues(self.clock)
        self.secrets = FakeSecrets(self.clock)
        self.imports = FakeImports(self.exports)
        self.add_shop(SHOP)

    def add_shop(self, shop: str) -> None:
        settings = ShopSettings(
            shop=shop,
            rules=self.rules,
            export_interval_seconds=self.export_interval,
            language=self.language,
        )
        self.shops.put(settings, self.clock.now())
        self.secrets.put(
            shop, ShopSecrets(f"https://{shop}.test/export", f"key-{shop}", "https://import.test")
        )

    @property
    def mall(self) -> FakeMarketplace:
        return self.marketplaces.at(SHOP)

    def clerk(self, number: int, status: ShopStatus | None, shop: str = SHOP, **details: object) -> None:
        """The clerk sets the order so; tracking is good unless `details` say otherwise."""
        view = ShopView(
            f"C{number}", status, status.value if status else "?", tracking_number="DR1", carrier="PPL"
        )
        self.exports.show(shop, ExportedOrder(number, replace(view, **details)))  # type: ignore[arg-type]

    def fetch(self, shop: str = SHOP) -> FetchReport | None:
        return fetch_changes(self, shop)

    def read_list(
        self,
        what: Literal["unconfirmed", "reconcile"] = "unconfirmed",
        hints: tuple[int, ...] | None = None,
    ) -> ListReport:
        """Reads one of MALL's lists now."""
        request = ListRequest(shop=SHOP, what=what, requested_at=self.clock.now(), hints=hints)
        return read_list(self, request)

    def map(self, change: ShopUpdate | NotInExport | Recheck | ListingUpdate) -> None:
        map_state(self, change)

    def map_all(self) -> None:
        for change in self.queues.take_changes():
            self.map(change)

    def push_all(self) -> None:
        for send in self.queues.take_sends():
            self.push(send)

    def write_all(self) -> None:
        """Every step that waits to be carried out in the shop."""
        for send in self.queues.take_shop_sends():
            self.write(send)

    def write(self, send: StepDispatch) -> StepResult:
        result = push_to_shop(self, send)
        self.written.append(result)
        if result.retry_in is not None:
            self.clock.advance(result.retry_in)
            return self.write(send)
        return result

    def alarm_all(self) -> None:
        for request in self.queues.take_alarms():
            if isinstance(request, AlarmRequest):
                send_alarm(self, request)

    def push(self, send: StepDispatch) -> StepResult:
        self.mall.now = self.clock.now()
        result = push_to_mall(self, send)
        self.pushed.append(result)
        if result.retry_in is not None:
            self.clock.advance(result.retry_in)
            return self.push(send)
        return result

    def flag_returns(self, shop: str = SHOP) -> ReturnsReport | None:
        """Looks for the shop's parcels that are long under way."""
        return flag_returns(self, shop)

    def settle(self) -> None:
        """Until no message is left."""
        for _ in range(200):
            waiting = self.queues.changes, self.queues.sends, self.queues.shop_sends, self.queues.alarms
            if not any(waiting):
                return
            self.map_all()
            self.push_all()
            self.write_all()
            self.alarm_all()
        raise AssertionError("the messages never end")

    def tick(self) -> None:
        """A fetch of every shop, MALL's list where it is read, what is due, and all that follows from it."""
        for shop in list(self.shops.records):
            self.fetch(shop)
        if self.lists:
            self.read_list()
            for request in self.queues.take_lists():
                read_list(self, request)
        for shop in list(self.shops.records):
            self.flag_returns(shop)
        self.settle()
        retry_transitions(self)
        self.settle()

    def ticks(self, for_: timedelta, every: timedelta = timedelta(minutes=1)) -> None:
        end = self.clock.now() + for_
        while self.clock.now() < end:
            self.clock.advance(every)
            self.tick()

    def order(self, number: int, shop: str = SHOP) -> OrderState:
        order = self.ledger.load(shop, number)
        assert order is not None
        return order

    def history(self, number: int) -> OrderHistory:
        history = self.ledger.history(SHOP, number)
        assert history is not None
        return history

    def held(self, number: int) -> MarketplaceStatus:
        return self.mall.orders[number].status

    def statuses_sent(self, number: int) -> list[str]:
        """The statuses of the PUTs that took effect, in their order."""
        return [change.status.value if change.status else "tracking" for change in self.mall.writes(number)]
