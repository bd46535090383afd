"""MALL's lists of orders: one page out of an answer, a whole list out of its pages. Pure.

A list may name orders by their basic objects or by bare numbers. What cannot be read of one entry never costs the
others: an entry without a usable number is left out and counted, one with an unreadable status stands as its bare
number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from orderbridge.adapters.mall.answers import Asked, Verdict, answer_of, says_success, success
from orderbridge.adapters.mall.fields import whole
from orderbridge.adapters.mall.models import BasicOrder, UnknownStatusError
from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer
from orderbridge.domain.failure_policy import CameBack
from orderbridge.domain.orders import ListedOrder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from orderbridge.adapters.mall.transport import Received
    from orderbridge.domain.shops import Budget

MOST_PAGES = 100
"""So many pages of a list are read, however many it says it has."""
MOST_ENTRIES = 10_000
"""So many entries one page may have: ten times what is asked for, for a server that does not count."""
_LARGEST_NUMBER = 2**63


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page. The rest counts only if `answer` came back OK.

    `left_out` entries name no order; `pages` is how many the list has, None if not said.
    """

    answer: MarketplaceAnswer
    orders: tuple[ListedOrder, ...] = ()
    left_out: int = 0
    pages: int | None = None


def whole_list(page_of: Callable[[int], ListPage], in_time: Callable[[], bool], page_size: int) -> ListAnswer:
    """The list whose page `page_of` reads by its number, from 1 on; a page that fails is the failure of the list.

    `in_time` is asked before every page but the first: a list that is not whole in time has failed as well.
    `page_size` is how many entries a page was asked for with: as long as the server does not say how many pages there
    are, one that is full is followed by the next.

    Guarantees: at most MOST_PAGES pages are read, none twice, and none after one that brings nothing new: a server
    that counts its pages wrongly, or gives the same one for ever, ends it. An order that stands twice, because the
    list moved on between two pages, is taken as it stood first. What was left out is said in the answer's message.
    No page is asked for after an answer that says that no call is left: the list has failed then, as LIMITED.
    """
    found: dict[int, ListedOrder] = {}
    pages: int | None = None
    budget: Budget | None = None
    number, left_out = 0, 0
    while True:
        number += 1
        if number > 1 and not in_time():
            of_all = "pages in time, and it goes on" if pages is None else f"of {pages} pages in time"
            late = MarketplaceAnswer(CameBack.TIMEOUT, message=f"{number - 1} {of_all}")
            return ListAnswer(late, calls=number - 1)
        if budget is not None and budget.remaining == 0:
            return ListAnswer(MarketplaceAnswer(CameBack.LIMITED, budget=budget), calls=number - 1)
        page = page_of(number)
        budget = page.answer.budget
        if page.answer.came_back is not CameBack.OK:
            return ListAnswer(page.answer, calls=number)
        known = len(found)
        for order in page.orders:
            found.setdefault(order.mall_order_id, order)
        left_out += page.left_out
        pages = page.pages if page.pages is not None and page.pages > 0 else pages
        full = len(page.orders) + page.left_out >= page_size
        more = len(found) > known and (full if pages is None else number < pages)
        if not more or number == MOST_PAGES:
            break
    notes = [f"{left_out} entries without an order's number"] if left_out else []
    if more:
        few = f"only {MOST_PAGES} pages were read, and the last one was full"
        notes.append(few if pages is None else f"only {MOST_PAGES} of {pages} pages were read")
    return ListAnswer(replace(page.answer, message="; ".join(notes)), tuple(found.values()), number)


def page_from(received: Received, asked: Asked) -> ListPage:
    """The page in `received`, judged as ``answers`` judges any answer. Raises nothing, whatever the bytes are."""
    envelope = success(received)
    if isinstance(envelope, Verdict):
        return ListPage(answer_of(envelope, received, asked))
    entries = _entries(envelope.data)
    if entries is None or not (entries or says_success(envelope)):
        verdict = Verdict(CameBack.BROKEN_BODY, "the answer is without the list")
        return ListPage(answer_of(verdict, received, asked))
    if len(entries) > MOST_ENTRIES:
        verdict = Verdict(CameBack.BROKEN_BODY, f"a page of {len(entries)} entries: more than any of MALL's")
        return ListPage(answer_of(verdict, received, asked))
    orders = tuple(order for entry in entries if (order := _listed(entry, asked.zone)) is not None)
    pages = None if envelope.paging is None else envelope.paging.pages
    answer = answer_of(Verdict(CameBack.OK), received, asked)
    return ListPage(answer, orders, len(entries) - len(orders), pages)


def _entries(data: object) -> list[object] | None:
    """The entries of a list, also of one that PHP wrote as an object; None if it is no list. Null is an empty one."""
    if data is None:
        return []
    if isinstance(data, dict):
        # PHP writes a list with gaps with its indexes as keys; with other keys it is one order, or an error.
        return list(data.values()) if all(key.isdecimal() for key in data) else None
    return data if isinstance(data, list) else None


def _listed(entry: object, zone: tzinfo) -> ListedOrder | None:
    """The order that `entry` names, or None if it names none."""
    number = whole(entry.get("id") if isinstance(entry, dict) else entry)
    if number is None or not 0 < number < _LARGEST_NUMBER:
        return None
    if not isinstance(entry, dict):
        return ListedOrder(number, None)
    try:
        order = BasicOrder.model_validate(entry, context={"zone": zone})
    except ValidationError:
        return ListedOrder(number, None)
    try:
        # What only a detail has stays away: the list is carried in a message, which holds no items.
        view = replace(order.view(), items=(), ready_to_return=False, collect_at="")
    except UnknownStatusError:
        view = None
    return ListedOrder(number, view, test=bool(order.test))
