"""What MALL and a shop's import answered, in the domain's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.codes.answers import AnswerReason, ImportReason
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from orderbridge.domain.failure_policy import CallResult
    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget
    from orderbridge.domain.views import ListedOrder, MarketplaceView


@dataclass(frozen=True, slots=True)
class MarketplaceAnswer:
    """What one call to the marketplace came back with.

    `reason` is what it said, redacted, or why there is no answer. `duration_ms` is whole milliseconds.
    `view` is set exactly for a READ that came back OK. `retry_after` (seconds) only where the marketplace said.
    `budget` is what it said of the calls that are left; None if it did not, or if that makes no sense.
    """

    call_result: CallResult
    http_status: int | None = None
    reason: Reason | None = None
    view: MarketplaceView | None = None
    retry_after: float | None = None
    duration_ms: int = 0
    budget: Budget | None = None

    def said(self, *what: Reason | None) -> Reason:
        """The HTTP status, if there was one, and with it the reasons in `what`, those that are there."""
        given = tuple(reason for reason in what if reason is not None)
        if self.http_status is None:
            return because(AnswerReason.FAILED, what=given)
        return because(AnswerReason.HTTP, http_status=self.http_status, what=given)


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """One of the marketplace's lists, read whole: `orders` count only if `answer` came back OK.

    `answer` is that of the last call made; `calls` how many it took, one per page.
    """

    answer: MarketplaceAnswer
    orders: tuple[ListedOrder, ...] = ()
    calls: int = 1


@dataclass(frozen=True, slots=True)
class OrderDetailAnswer:
    """An order with all that the shop needs of it. `order` (personal data) is set exactly if it came back OK."""

    answer: MarketplaceAnswer
    order: OrderDetail | None = field(default=None, repr=False)


class ImportOutcome(StrEnum):
    """What became of one document for a shop's import."""

    TAKEN = "taken"
    REFUSED = "refused"
    """The shop said no to this document; the same one again would be refused again."""
    NOT_SENT = "not_sent"
    """Certainly nothing was written: no connection, an address that is not an import's, the shop is busy."""
    UNCLEAR = "unclear"
    """It may have been written or not: only the export can tell."""


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    """`reason` is what the shop said, redacted and without the address, or why there is no clear answer.

    `duration_ms` is whole milliseconds. `code` is what the shop calls the new order, where its answer says so.
    """

    outcome: ImportOutcome
    http_status: int | None = None
    reason: Reason | None = None
    duration_ms: int = 0
    code: str = ""

    def said(self) -> Reason:
        """The reason, with the HTTP status if there was one."""
        what = self.reason or because(ImportReason.NOT_CLEAR)
        if self.http_status is None:
            return what
        return because(ImportReason.HTTP, http_status=self.http_status, what=what)
