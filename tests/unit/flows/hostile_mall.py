"""A marketplace that answers as badly as it can, and counts what it is asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import allowed
from orderbridge.flows.api.orders import retry_order
from tests.fakes import FakeMarketplace
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.sequences import new_product

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.domain.cases.records import Cause
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.domain.views import MarketplaceView
    from tests.unit.flows.in_memory_product import InMemoryProduct


HOURS = timedelta(hours=1)
DAYS = timedelta(days=1)
ECHOES: dict[str, Callable[[MarketplaceView], MarketplaceView]] = {
    "as sent": lambda view: view,
    "capitals": lambda view: replace(view, tracking_number=view.tracking_number.swapcase()),
    "own address": lambda view: replace(view, tracking_url="https://mall.test/track"),
    "escaped": lambda view: replace(view, tracking_url=view.tracking_url.replace("&", "&amp;")),
    "cut": lambda view: replace(view, tracking_number=view.tracking_number[:2]),
    "no address": lambda view: replace(view, tracking_url=""),
    "nothing": lambda view: replace(view, tracking_number="", tracking_url=""),
    "own number": lambda view: replace(view, tracking_number="M4711", tracking_url="https://mall.test/M4711"),
}
"""What MALL may make of the tracking that it was sent."""


@dataclass(frozen=True)
class Mood:
    """How MALL takes one PUT, and what it does before the next call of any kind."""

    answer: CallResult = CallResult.OK
    effect: bool = True
    then: M | None = None
    confirmed: bool | None = None


@dataclass(frozen=True)
class Recheck:
    """What MALL shows at one read, whatever it holds. None: what it holds."""

    echo: str = "as sent"
    status: M | None = None
    confirmed: bool | None = None


@dataclass
class HostileMarketplace(FakeMarketplace):
    """Its answers say one thing, what it does is another. Notes every PUT that is illegal from what it last showed.

    It answers every read. `moods` (of the PUTs) and `rechecks` (of the reads) come round again and again.
    """

    product: InMemoryProduct
    moods: list[Mood]
    rechecks: list[Recheck]
    made: list[tuple[datetime, Call, MarketplaceChange | None, CallResult]] = field(default_factory=list)
    illegal: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        FakeMarketplace.__init__(self)
        self.next_mood: Iterator[Mood] = cycle(self.moods)
        self.next_recheck: Iterator[Recheck] = cycle(self.rechecks)

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        answer = super().read(mall_order_id)
        view, recheck = answer.view, next(self.next_recheck)
        if view is not None:
            confirmed = view.confirmed if recheck.confirmed is None else recheck.confirmed
            view = replace(
                ECHOES[recheck.echo](view), status=recheck.status or view.status, confirmed=confirmed
            )
        self.made.append((self.product.clock.now(), Call.READ, None, CallResult.OK))
        return replace(answer, view=view)

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        mood, held = next(self.next_mood), self.orders[mall_order_id]
        self._judge_legality(self.product.order(mall_order_id).marketplace.observed, change)
        if mood.effect:
            self.orders[mall_order_id] = self._changed(held, change)
        if mood.then is not None or mood.confirmed is not None:
            now = self.orders[mall_order_id]
            confirmed = now.confirmed if mood.confirmed is None else mood.confirmed
            self.orders[mall_order_id] = replace(now, status=mood.then or now.status, confirmed=confirmed)
        self.made.append((self.product.clock.now(), Call.WRITE, change, mood.answer))
        self.faults.clear()
        self.fail_next(mood.answer, call=Call.WRITE)
        answer = super().write(mall_order_id, change)
        self.calls.pop()
        return answer

    def _judge(self, mall_order_id: int, change: MarketplaceChange) -> CallResult:  # noqa: ARG002
        return CallResult.FORBIDDEN  # has no effect: that was decided above

    def _judge_legality(self, shown: MarketplaceView | None, change: MarketplaceChange) -> None:
        assert shown is not None
        if change.status is None:
            legal = change.confirm or shown.status is M.SHIPPED
        else:
            legal = allowed(shown.status, change.status, marketplace_delivery=shown.marketplace_delivery)
        if not legal:
            self.illegal.append(f"{change} from {shown.status}")


def hostile(
    moods: list[Mood], *rechecks: Recheck, undo: int = 0, **rules: object
) -> tuple[InMemoryProduct, HostileMarketplace]:
    product = new_product(undo, carriers={"PPL": "https://t.cz/?a=1&id={number}"}, **rules)
    product.lists = True
    mall = HostileMarketplace(product, moods, list(rechecks) or [Recheck()])
    product.marketplaces.by_shop[SHOP] = mall
    return product, mall


def per_day(mall: HostileMarketplace, call: Call, *, answered: bool = True) -> Counter[date]:
    lost = {CallResult.TIMEOUT, CallResult.CONNECTION_LOST, CallResult.SERVER_ERROR}
    return Counter(
        at.date()
        for at, kind, _, call_result in mall.made
        if kind is call and not (answered and call_result in lost)
    )


def retry(product: InMemoryProduct) -> None:
    retry_order(product, SHOP, "1")
    product.settle()


def open_causes(product: InMemoryProduct) -> set[Cause]:
    return {escalation.cause for escalation in product.order(1).cases.escalations if escalation.open}


def per_write(mall: HostileMarketplace) -> list[MarketplaceChange]:
    return [change for _, _, change, _ in mall.made if change is not None]
