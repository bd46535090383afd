"""The calls to MALL that a dry run makes: how many, whether they may be made now, and MALL's lists themselves.

There are two lists: all orders that are open, shipping or shipped, and, unless the shop's orders come in by other means
only (``import: off``), all orders with an unconfirmed change. Each page is one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.failure_policy import Call, CallResult, policy
from orderbridge.domain.reasons import because
from orderbridge.errors import ExplainedError, NotFoundError, WrongValueError
from orderbridge.flows.common.call_budget import reserve_reached

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.answers import ListAnswer
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, ShopRecord
    from orderbridge.domain.views import ListedOrder, MarketplaceView
    from orderbridge.ports import Marketplace, Ports

PAGE = 1_000
"""Orders on one page of a list. MALL may give fewer."""
MAX_PAGES = 100
"""Pages of one list that are read at most."""


class Wait(StrEnum):
    """Why no call to MALL may be made now."""

    LIMITED = "limited"
    """MALL asked for a pause (R9.8)."""
    RESERVED = "reserved"
    """Few calls are left. They are reserved for urgent steps (R9.9)."""
    OUTAGE = "outage"
    """MALL does not answer, and the next probe is not due (R9.12)."""


class NotNowError(Exception):
    """No call to MALL may be made for the shop before `until` (UTC). No call was made, or none beyond `made`."""

    def __init__(self, why: Wait, until: datetime, made: int = 0) -> None:
        super().__init__(f"{why.value} until {until.isoformat()}")
        self.why, self.until, self.made = why, until, made


class MallNotReadError(ExplainedError):
    """One of MALL's lists could not be read. The reason says why."""


@dataclass(frozen=True, slots=True)
class Calls:
    """How many calls to MALL a dry run makes. It never reads a single order."""

    lists: int
    """Lists that are read."""
    at_least: int
    """One page each."""
    at_most: int
    """With as many orders under way as the last export had orders; ``MAX_PAGES`` for each list if none was read."""
    left: int | None
    """Calls that are left to the shop's key, by the last answer; None: that is not known."""


def usable_record(ports: Ports, shop: str) -> ShopRecord:
    """The shop's record. Raises NotFoundError for an unknown shop, WrongValueError for unusable settings."""
    record = ports.shops.get(shop)
    if record is None:
        raise NotFoundError(because(RequestReason.UNKNOWN_SHOP, shop=ShopText(shop[:40])))
    if record.settings_problem is not None:
        raise WrongValueError(record.settings_problem)
    return record


def calls_of(ports: Ports, shop: str) -> Calls:
    """How many calls a dry run of `shop` makes. Makes none.

    Raises NotNowError while none may be made, NotFoundError for an unknown shop, and WrongValueError for unusable
    settings.
    """
    record, now = usable_record(ports, shop), ports.clock.now()
    if record.limited_until is not None and now < record.limited_until:
        raise NotNowError(Wait.LIMITED, record.limited_until)
    for budget in (record.budget, ports.feed_checkpoints.get(shop).budget):
        if budget is not None and now < budget.resets_at and reserve_reached(budget):
            raise NotNowError(Wait.RESERVED, budget.resets_at)
    outage = ports.shops.outage(record.marketplace)
    if outage is not None and outage.is_silent and now < outage.probe_at:
        raise NotNowError(Wait.OUTAGE, outage.probe_at)
    lists = 1 if record.settings.rules.import_mode == "off" else 2
    orders = record.content.orders
    pages = -(-orders // PAGE) if orders else MAX_PAGES
    known = ports.feed_checkpoints.get(shop).budget
    left = known.remaining if known is not None and now < known.resets_at else None
    return Calls(lists, lists, lists * min(max(pages, 1), MAX_PAGES), left)


class MallLists:
    """MALL's lists of one shop, read once at their first use; then every question is answered from memory.

    They are read with test orders. The real run reads those that the shop has one by one, whatever its lists show.
    """

    def __init__(self, marketplace: Marketplace, record: ShopRecord, now: datetime) -> None:
        self._marketplace, self._record, self._now = marketplace, record, now
        self._answers: dict[str, ListAnswer] = {}
        self._listed: dict[int, ListedOrder] = {}
        self.calls = 0

    def read(self) -> None:
        """Reads the lists, one call per page. Does nothing the second time.

        Raises MallNotReadError for a list that does not come, and NotNowError if the first list's answer says that only
        the reserve is left.
        """
        if self._answers:
            return
        under_way = self._take("under_way", self._marketplace.under_way(test=True))
        if self._record.settings.rules.import_mode != "off":
            self._check(under_way.answer.budget)
            self._take("unconfirmed", self._marketplace.unconfirmed(test=True))

    @property
    def notes(self) -> tuple[Reason, ...]:
        """What the lists lack, as far as is known."""
        return tuple(one.answer.reason for one in self._answers.values() if one.answer.reason is not None)

    def answer(self, name: str) -> ListAnswer:
        """The answer of the list `name`. Raises KeyError for a list that was not read."""
        return self._answers[name]

    def entry(self, mall_order_id: int) -> ListedOrder | None:
        """What the lists show of an order; None: no list has it."""
        return self._listed.get(mall_order_id)

    def view(self, mall_order_id: int) -> MarketplaceView | None:
        """What MALL holds of an order; None: no list says it."""
        entry = self._listed.get(mall_order_id)
        return None if entry is None else entry.view

    def _take(self, name: str, found: ListAnswer) -> ListAnswer:
        self.calls += found.calls
        answer = found.answer
        if answer.call_result is not CallResult.OK:
            raise MallNotReadError(
                answer.said(answer.reason, because(policy(Call.READ, answer.call_result).why))
            )
        self._answers[name] = found
        for one in found.orders:
            known = self._listed.get(one.mall_order_id)
            if known is None or one.view is not None:
                self._listed[one.mall_order_id] = one
        return found

    def _check(self, budget: Budget | None) -> None:
        if budget is not None and self._now < budget.resets_at and reserve_reached(budget):
            self._answers = {}
            raise NotNowError(Wait.RESERVED, budget.resets_at, self.calls)
