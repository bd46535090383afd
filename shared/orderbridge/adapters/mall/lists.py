"""MALL's lists of orders: reads one page from an answer, and a whole list from its pages. Pure.

A list names orders by their basic objects or by bare numbers. An unreadable entry does not affect the others: an entry
without a usable number is left out and counted; one with an unreadable status keeps its number alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from orderbridge.adapters.mall.answers import CallContext, Verdict, answer_of, says_success, success
from orderbridge.adapters.mall.fields import whole
from orderbridge.adapters.mall.models import BasicOrder, UnknownStatusError
from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.views import ListedOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from orderbridge.adapters.mall.models import Envelope
    from orderbridge.adapters.mall.transport import Received
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget

MAX_PAGES = 100
"""Pages of one list that are read."""
MAX_ENTRIES = 10_000
"""Entries that one page may have: ten times the requested size, in case the server ignores the size."""
_MAX_NUMBER = 2**63


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page. The other fields count only if `answer` is OK."""

    answer: MarketplaceAnswer
    orders: tuple[ListedOrder, ...] = ()
    left_out: int = 0
    """Entries that name no order."""
    pages: int | None = None
    """Pages of the whole list; None if MALL does not say."""


def whole_list(page_of: Callable[[int], ListPage], in_time: Callable[[], bool], page_size: int) -> ListAnswer:
    """Reads a list page by page. `page_of` reads a page by its number, from 1 on.

    The list fails if a page fails, or if `in_time` (asked before every page but the first) says that time is over. It
    also fails, as LIMITED, if an answer says that no call is left and a page is missing. `page_size` is the requested
    number of entries: while MALL does not say how many pages there are, a full page is followed by the next.

    Guarantees: at most MAX_PAGES pages are read, none twice, and none after a page without new orders, so a server
    that counts its pages wrongly cannot keep it busy. Of an order that occurs twice the first entry counts. The
    answer's reason names what was left out.
    """
    found: dict[int, ListedOrder] = {}
    pages: int | None = None
    budget: Budget | None = None
    number, left_out = 0, 0
    while True:
        number += 1
        if number > 1 and not in_time():
            late = _late(number - 1, pages)
            return ListAnswer(MarketplaceAnswer(CallResult.TIMEOUT, reason=late), calls=number - 1)
        if budget is not None and budget.remaining == 0:
            return ListAnswer(MarketplaceAnswer(CallResult.LIMITED, budget=budget), calls=number - 1)
        page = page_of(number)
        budget = page.answer.budget
        if page.answer.call_result is not CallResult.OK:
            return ListAnswer(page.answer, calls=number)
        known = len(found)
        for order in page.orders:
            found.setdefault(order.mall_order_id, order)
        left_out += page.left_out
        pages = page.pages if page.pages is not None and page.pages > 0 else pages
        full = len(page.orders) + page.left_out >= page_size
        more = len(found) > known and (full if pages is None else number < pages)
        if not more or number == MAX_PAGES:
            break
    notes = [because(AnswerReason.LEFT_OUT, entries=left_out)] if left_out else []
    if more:
        notes.append(_more(pages))
    reason = because(AnswerReason.NOT_WHOLE, notes=tuple(notes)) if notes else None
    return ListAnswer(replace(page.answer, reason=reason), tuple(found.values()), number)


def _late(read: int, pages: int | None) -> Reason:
    if pages is None:
        return because(AnswerReason.MORE_PAGES_LATE, read=read)
    return because(AnswerReason.PAGES_LATE, read=read, pages=pages)


def _more(pages: int | None) -> Reason:
    if pages is None:
        return because(AnswerReason.MORE_PAGES, read=MAX_PAGES)
    return because(AnswerReason.MORE_OF_PAGES, read=MAX_PAGES, pages=pages)


def page_from(received: Received, context: CallContext) -> ListPage:
    """Judges `received` as ``answers`` does, and reads the page. Raises nothing, whatever the bytes are."""
    envelope = success(received)
    if isinstance(envelope, Verdict):
        return ListPage(answer_of(envelope, received, context))
    entries = _entries_in(envelope)
    if isinstance(entries, Verdict):
        return ListPage(answer_of(entries, received, context))
    orders = tuple(order for entry in entries if (order := _listed(entry, context.zone)) is not None)
    pages = None if envelope.paging is None else envelope.paging.pages
    answer = answer_of(Verdict(CallResult.OK), received, context)
    return ListPage(answer, orders, len(entries) - len(orders), pages)


def _entries_in(envelope: Envelope) -> list[object] | Verdict:
    """The entries of a page, or the verdict on an answer without them."""
    entries = _entries(envelope.data)
    if entries is None or not (entries or says_success(envelope)):
        return Verdict(CallResult.BROKEN_BODY, because(AnswerReason.NO_LIST))
    if len(entries) > MAX_ENTRIES:
        long_page = because(AnswerReason.LONG_PAGE, entries=len(entries))
        return Verdict(CallResult.BROKEN_BODY, long_page)
    return entries


def _entries(data: object) -> list[object] | None:
    """The entries of a list; PHP may have written it as an object. None if it is no list. Null is an empty list."""
    if data is None:
        return []
    if isinstance(data, dict):
        # PHP writes a list with gaps as an object with the indexes as keys. Other keys: one order, or an error.
        return list(data.values()) if all(key.isdecimal() for key in data) else None
    return data if isinstance(data, list) else None


def _listed(entry: object, zone: tzinfo) -> ListedOrder | None:
    """The order that `entry` names; None if it names none."""
    number = whole(entry.get("id") if isinstance(entry, dict) else entry)
    if number is None or not 0 < number < _MAX_NUMBER:
        return None
    if not isinstance(entry, dict):
        return ListedOrder(number, None)
    try:
        order = BasicOrder.model_validate(entry, context={"zone": zone})
    except ValidationError:
        return ListedOrder(number, None)
    try:
        # Fields of the detail are dropped: the list travels in messages, which hold no items.
        view = replace(order.view(), items=(), ready_to_return=False, collect_at="")
    except UnknownStatusError:
        view = None
    return ListedOrder(number, view, test=bool(order.test))
