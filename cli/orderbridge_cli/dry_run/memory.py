"""The stores and queues of a dry run: reads go to the real ones, writes stay in memory and belong to this run."""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.checkpoints import ExportCheckpoint, FeedCheckpoint
from orderbridge.domain.spacing import Slot
from orderbridge.messages import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from orderbridge.domain.cases.mail_cap import ShopMail
    from orderbridge.domain.export_content import ExportContent
    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Matter, OrderPage, Period
    from orderbridge.domain.orders import DeadLetter, OrderHistory, OrderState
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.persons import ActionPage, PersonAction
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, Pause, ShopNotices, ShopRecord, ShopSecrets
    from orderbridge.domain.spacing import Spacing
    from orderbridge.domain.steps import Attempt, Step
    from orderbridge.domain.switch_on import SwitchOn
    from orderbridge.messages import (
        AlarmRequest,
        DigestRequest,
        ListingUpdate,
        ListRequest,
        NotInExport,
        Recheck,
        ShopUpdate,
        StepDispatch,
    )
    from orderbridge.ports import Actions, FeedCheckpoints, Ledger, Mail, Notices, Secrets, Shops


class DryLedger:
    """The orders: the real ones, and above them the one order that is being played.

    `steps` and `attempts` are what was saved of it. ``forget`` drops all that, and `done` remembers the number.
    """

    def __init__(self, base: Ledger, shops: DryShops) -> None:
        self._base, self._shops = base, shops
        self._orders: dict[tuple[str, int], OrderState] = {}
        self.steps: dict[int, Step] = {}
        self.attempts: dict[tuple[int, int], Attempt] = {}
        self.done: set[int] = set()
        self.is_empty = False
        """Whether the real ledger has no order of the shop, so that no order is looked for in it."""

    def forget(self, shop: str, mall_order_id: int) -> None:
        """Ends the dry run of an order."""
        self._orders.pop((shop, mall_order_id), None)
        self.steps, self.attempts = {}, {}
        self.done.add(mall_order_id)

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        """The order as the dry run left it, otherwise the real one."""
        known = self._orders.get((shop, mall_order_id))
        if known is not None or self.is_empty:
            return known
        return self._base.load(shop, mall_order_id)

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        """The order as ``load`` gives it, and the shop as the dry run shows it."""
        return self.load(shop, mall_order_id), self._shops.get(shop)

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """Remembers everything. There is no other writer, so nothing conflicts."""
        saved = replace(order, version=order.version + 1)
        self._orders[order.shop, order.mall_order_id] = saved
        self.steps.update({step.number: step for step in steps})
        self.attempts.update({(attempt.step, attempt.number): attempt for attempt in attempts})
        return saved

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        """The real order with its real records."""
        return self._base.history(shop, mall_order_id)

    def orders(  # noqa: PLR0913 - one per filter
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
        oldest_first: bool = False,
        besides: Collection[int] = (),
    ) -> OrderPage:
        """A page of the real list, without the orders that are done."""
        page = self._base.orders(
            shop,
            status=status,
            hold=hold,
            matter=matter,
            changed=changed,
            limit=limit,
            cursor=cursor,
            oldest_first=oldest_first,
            besides=besides,
        )
        return replace(page, orders=tuple(one for one in page.orders if one.mall_order_id not in self.done))

    def load_many(self, shop: str, numbers: Sequence[int]) -> OrderPage:
        """The real orders."""
        return self._base.load_many(shop, numbers)

    def find(self, shop: str, text: str, limit: int) -> OrderPage:
        """The real orders."""
        return self._base.find(shop, text, limit)

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """The real orders whose recheck is due."""
        return self._base.due(now, limit)

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        """The real orders that wait for the export."""
        return self._base.awaiting_export(shop, until, limit)

    def park(self, letter: DeadLetter) -> None:
        """Stores nothing."""


class DryShops:
    """The registry, in which the shop of the dry run, `name`, runs, without a switch-on, and is free to call MALL.

    `listed_at`: MALL's list of orders under way counts as read at this moment.
    """

    def __init__(self, base: Shops, name: str, listed_at: datetime) -> None:
        self._base, self._name, self._listed_at = base, name, listed_at
        self._record: ShopRecord | None = None

    def all(self) -> list[ShopRecord]:
        """All real shops, the one of the dry run as it is shown."""
        return [(self.get(self._name) or one) if one.shop == self._name else one for one in self._base.all()]

    def get(self, shop: str) -> ShopRecord | None:
        """The shop. The one of the dry run is read once, and then has what the dry run recorded."""
        if shop != self._name:
            return self._base.get(shop)
        if self._record is None and (real := self._base.get(shop)) is not None:
            self._record = replace(
                real,
                pause=None,
                switch_on=None,
                stop=None,
                limited_until=None,
                budget=None,
                outage=None,
                fetching_until=None,
                reconciled_at=self._listed_at,
            )
        return self._record

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:  # noqa: ARG002
        """Claims nothing: a dry run is in no other fetch's way."""
        return True

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        """Records nothing."""

    def record_fetch(
        self,
        shop: str,
        at: datetime,
        problem: Reason | None,
        notes: tuple[Reason, ...] | None = None,
        *,
        hung: bool = False,
        caught_up: bool = False,
        content: ExportContent | None = None,
    ) -> None:
        """Records nothing: the fetch's report has all of it."""

    def stop(self, shop: str, reason: Reason, now: datetime, probe_at: datetime) -> bool:  # noqa: ARG002
        """Stops nothing."""
        return False

    def end_stop(self, shop: str) -> None:
        """Ends nothing."""

    def note_limit(self, shop: str, until: datetime) -> None:
        """Records nothing."""

    def pause(self, shop: str, by: str, now: datetime) -> bool:  # noqa: ARG002
        """Pauses nothing."""
        return False

    def resume(
        self,
        shop: str,  # noqa: ARG002
        seen: Pause,  # noqa: ARG002
        by: str,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        switch_on: SwitchOn | None = None,  # noqa: ARG002
    ) -> bool:
        """Resumes nothing."""
        return False

    def take_place(self, shop: str, begun_at: datetime, lowest: int, *, irreversible: bool) -> int | None:  # noqa: ARG002
        """Takes nothing: the shop of the dry run has no switch-on."""
        return None

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        """Records nothing."""

    def note_reconciled(self, shop: str, at: datetime) -> None:
        """Records nothing: the list counts as read already."""

    def outage(self, marketplace: str) -> Outage | None:  # noqa: ARG002
        """None: the flows make no call that an outage could concern."""
        return None

    def note_outage(self, marketplace: str, caller: str, now: datetime, probe_at: datetime) -> None:
        """Records nothing."""

    def claim_probe(self, marketplace: str, seen: Outage, until: datetime) -> bool:  # noqa: ARG002
        """Claims nothing; no call follows."""
        return True

    def end_outage(self, marketplace: str) -> None:
        """Ends nothing."""


class DrySecrets:
    """The shops' secrets, read once."""

    def __init__(self, base: Secrets) -> None:
        self._base = base

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        """The real secrets."""
        return self._base.of(shop, stored_at)

    def forget(self, shop: str) -> None:
        """Keeps what was read."""


class DryExportCheckpoints:
    """Empty at first, so the whole export counts as changed. What is stored lives as long as the dry run."""

    def __init__(self) -> None:
        self._stored: dict[str, tuple[ExportCheckpoint, array[int]]] = {}

    def head(self, shop: str) -> ExportCheckpoint:
        """The checkpoint of this run."""
        return self._stored.get(shop, (ExportCheckpoint(), array("Q")))[0]

    def digests(self, shop: str, checkpoint: ExportCheckpoint) -> array[int]:  # noqa: ARG002
        """The digests of this run."""
        return self._stored.get(shop, (ExportCheckpoint(), array("Q")))[1]

    def put(self, shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
        """Keeps the checkpoint for this run."""
        revision = str(int(self.head(shop).revision or 0) + 1)
        stored = replace(checkpoint, revision=revision)
        self._stored[shop] = (stored, digests)
        return stored


class DryFeedCheckpoints:
    """How far MALL's lists were read: the real checkpoints, and this run's above them.

    The real ones show no last reading, so that the run's own is not taken for answered.
    """

    def __init__(self, base: FeedCheckpoints) -> None:
        self._base = base
        self._stored: dict[str, FeedCheckpoint] = {}

    def get(self, shop: str) -> FeedCheckpoint:
        """The checkpoint of this run, otherwise the real one."""
        if shop not in self._stored:
            return replace(self._base.get(shop), read_at=None, reconciled_at=None, hint_failed_at=None)
        return self._stored[shop]

    def put(self, shop: str, checkpoint: FeedCheckpoint) -> None:
        """Keeps the checkpoint for this run."""
        self._stored[shop] = checkpoint


class DryNotices:
    """What the shops' people were notified of. Nobody is notified."""

    def __init__(self, base: Notices) -> None:
        self._base = base

    def get(self, shop: str) -> ShopNotices:
        """The real notices."""
        return self._base.get(shop)

    def put(self, shop: str, notices: ShopNotices) -> None:
        """Stores nothing."""


class DryMail:
    """How many messages the shops' people got. They get none."""

    def __init__(self, base: Mail) -> None:
        self._base = base

    def get(self, shop: str) -> ShopMail:
        """The real record."""
        return self._base.get(shop)

    def put(self, shop: str, mail: ShopMail) -> None:
        """Stores nothing."""


class DryActions:
    """The record of what persons asked for. A dry run asks for nothing."""

    def __init__(self, base: Actions) -> None:
        self._base = base

    def record(self, action: PersonAction) -> None:
        """Records nothing."""

    def of_shop(self, shop: str, since: datetime, until: datetime) -> Iterator[PersonAction]:
        """The real actions."""
        return self._base.of_shop(shop, since, until)

    def latest(self, shop: str, period: Period, limit: int, cursor: str | None = None) -> ActionPage:
        """A page of the real actions."""
        return self._base.latest(shop, period, limit, cursor)


class DryAlarms:
    """Sends nothing."""

    def publish(self, shop: str, subject: str, text: str) -> None:
        """Sends nothing."""


class DrySlots:
    """Every request is carried out at once."""

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:  # noqa: ARG002
        """A slot at `now`, which nobody else is told of."""
        return Slot(now, now)

    def release(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        """Releases nothing."""


class DryQueues:
    """The messages of the one order that is being played. `deliver` gets every update of an order at once."""

    def __init__(self) -> None:
        self.deliver: Callable[[ShopUpdate | NotInExport | ListingUpdate], None] = _nobody
        self.rechecks: deque[Recheck] = deque()
        self.steps: deque[tuple[StepDispatch, bool]] = deque()
        """Steps with whether they are carried out in the shop."""

    def forget(self) -> None:
        """Drops the messages of an order."""
        self.rechecks.clear()
        self.steps.clear()

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        requested_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        """Requests nothing."""

    def request_returns(self, shops: Sequence[str]) -> None:
        """Requests nothing."""

    def send_shop_updates(self, shop_updates: Sequence[ShopUpdate | NotInExport]) -> None:
        """Plays each order to its end before the next one."""
        for update in shop_updates:
            self.deliver(update)

    def send_listing_updates(self, listed: Sequence[ListingUpdate]) -> None:
        """Plays each order to its end before the next one."""
        for update in listed:
            self.deliver(update)

    def request_rechecks(self, rechecks: Sequence[Recheck]) -> None:
        """Keeps the rechecks for the order that is being played."""
        self.rechecks.extend(rechecks)

    def send_step(self, send: StepDispatch, *, in_shop: bool = False) -> None:
        """Keeps the step for the order that is being played."""
        self.steps.append((send, in_shop))

    def waiting(self) -> Waiting:
        """Nothing waits that a dry run could see."""
        return Waiting(0, 0)

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        """Requests nothing: the runner reads the lists."""

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        """Requests nothing: nobody is notified."""


def _nobody(update: ShopUpdate | NotInExport | ListingUpdate) -> None:
    msg = f"order {update.mall_order_id}: nobody plays it"
    raise AssertionError(msg)
