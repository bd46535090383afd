"""What MALL and a shop's import answered."""

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
    """The result of one call to MALL."""

    call_result: CallResult
    """The kind of answer."""
    http_status: int | None = None
    """The HTTP status; None: there was no answer."""
    reason: Reason | None = None
    """What MALL said, redacted (R9.19), or why there is no answer."""
    view: MarketplaceView | None = None
    """What MALL holds; set exactly for a READ with the result OK."""
    retry_after: float | None = None
    """Seconds until the next call is allowed; None: MALL did not say (R9.8)."""
    duration_ms: int = 0
    """How long the call took, in whole milliseconds."""
    budget: Budget | None = None
    """How many calls are left; None: MALL did not say, or its numbers make no sense."""

    def said(self, *what: Reason | None) -> Reason:
        """A reason with the HTTP status, if there was one, and the reasons in `what` that are not None."""
        given = tuple(reason for reason in what if reason is not None)
        if self.http_status is None:
            return because(AnswerReason.FAILED, what=given)
        return because(AnswerReason.HTTP, http_status=self.http_status, what=given)


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """One of MALL's lists, read to its end."""

    answer: MarketplaceAnswer
    """The answer to the last call."""
    orders: tuple[ListedOrder, ...] = ()
    """The orders on the list; they count only if `answer` is OK."""
    calls: int = 1
    """How many calls were made, one per page."""


@dataclass(frozen=True, slots=True)
class OrderDetailAnswer:
    """The answer to a read of an order with everything that the shop needs."""

    answer: MarketplaceAnswer
    """The answer to the call."""
    order: OrderDetail | None = field(default=None, repr=False)
    """The order, with personal data; set exactly if `answer` is OK."""


class ImportOutcome(StrEnum):
    """The result of one document for a shop's import (R7.8)."""

    TAKEN = "taken"
    """The import says plainly that it accepted the document."""
    REFUSED = "refused"
    """The import refused this document, and would refuse it again."""
    NOT_SENT = "not_sent"
    """Nothing was written for certain: no connection, an address without an import, or a busy shop."""
    UNCLEAR = "unclear"
    """It may have been written or not. Only the export can show it."""


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    """The answer of a shop's import to one document."""

    outcome: ImportOutcome
    """The result."""
    http_status: int | None = None
    """The HTTP status; None: there was no answer."""
    reason: Reason | None = None
    """What the shop said, redacted and without the address, or why there is no clear answer."""
    duration_ms: int = 0
    """How long the call took, in whole milliseconds."""
    code: str = ""
    """The shop's code of the new order, if the answer gives it (R7.15)."""

    def said(self) -> Reason:
        """The reason, with the HTTP status if there was one."""
        what = self.reason or because(ImportReason.NOT_CLEAR)
        if self.http_status is None:
            return what
        return because(ImportReason.HTTP, http_status=self.http_status, what=what)
