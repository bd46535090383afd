"""Lists of orders page by page: what stands on them, in which order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.domain.holds import HoldCode
from orderbridge.domain.lists import Matter, Period
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from tests.contract.samples import ATTEMPT, STEP
from tests.fakes import NOON
from tests.orders import changed
from tests.reasons import ANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.ports import Ledger
from tests.contract.ledgers import CLOSED, MINUTE, RESOLVED, held


def numbers(ledger: Ledger, **asked: object) -> list[int]:
    """The numbers of all pages, each page as long as it may be."""
    found: list[int] = []
    filters: dict[str, Any] = {"limit": 100, **asked}
    while True:
        page = ledger.orders("demo", **filters)
        found += [order.mall_order_id for order in page.orders]
        if page.cursor is None:
            return found
        assert len(page.orders) == filters["limit"]
        filters["cursor"] = page.cursor


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("status", "hold", "wanted"),
    [
        (None, None, lambda _: True),
        ("open", None, lambda n: n % 3 == 0),
        ("shipped", None, lambda n: n % 3 == 1),
        ("unknown", None, lambda n: n % 3 == 2),
        ("lost", None, lambda _: False),
        (None, "any", lambda n: n % 2 == 0),
        (None, HoldCode.PARKED, lambda n: n % 4 == 0),
        (None, "refused", lambda n: n % 4 == 2),
        ("open", "any", lambda n: n % 6 == 0),
        ("open", HoldCode.PARKED, lambda n: n % 12 == 0),
        ("delivered", "any", lambda _: False),
    ],
)
def test_every_filter_lists_the_newest_change_first(
    many: Ledger, limit: int, status: str | None, hold: str | None, wanted: Callable[[int], bool]
) -> None:
    expected = [number for number in range(12, 0, -1) if wanted(number)]
    assert numbers(many, status=status, hold=hold, limit=limit) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("filters", "every"), [({}, 1), ({"status": "open"}, 3), ({"hold": "any"}, 2), ({"matter": "return"}, 3)]
)
def test_a_list_may_begin_with_the_oldest_change(
    many: Ledger, limit: int, filters: dict[str, Any], every: int
) -> None:
    expected = [number for number in range(1, 13) if number % every == 0]
    assert numbers(many, **filters, limit=limit, oldest_first=True) == expected


def test_orders_that_the_caller_has_are_left_out_and_keep_their_places(many: Ledger) -> None:
    had = {12, 10, 6, 99}
    first = many.orders("demo", limit=4, besides=had)
    assert [order.mall_order_id for order in first.orders] == [11, 9]
    second = many.orders("demo", limit=4, besides=had, cursor=first.cursor)
    assert [order.mall_order_id for order in second.orders] == [8, 7, 5]
    held = many.orders("demo", hold="any", limit=100, besides=had)
    assert ([order.mall_order_id for order in held.orders], held.cursor) == ([8, 4, 2], None)


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize(("matter", "every"), [("return", 3), ("escalation", 4)])
def test_orders_with_an_open_matter_are_listed_newest_change_first(
    many: Ledger, limit: int, matter: Matter, every: int
) -> None:
    assert numbers(many, matter=matter, limit=limit) == [n for n in range(12, 0, -1) if n % every == 0]


def test_an_order_leaves_the_list_of_a_matter_that_is_settled(many: Ledger) -> None:
    order = many.load("demo", 12)
    assert order is not None
    many.save(
        changed(order, return_flag=RESOLVED, escalations=(CLOSED, CLOSED), updated_at=NOON + 99 * MINUTE)
    )
    assert numbers(many, matter="return") == [9, 6, 3]
    assert numbers(many, matter="escalation") == [8, 4]
    assert numbers(many)[0] == 12


@pytest.mark.parametrize(
    ("filters", "every"),
    [
        ({}, 1),
        ({"status": "open"}, 3),
        ({"hold": "any"}, 2),
        ({"hold": HoldCode.PARKED}, 4),
        ({"status": "open", "hold": "any"}, 6),
        ({"matter": "return"}, 3),
        ({"matter": "escalation"}, 4),
    ],
)
def test_a_period_narrows_every_list_from_its_first_moment_to_just_before_its_last(
    many: Ledger, filters: dict[str, Any], every: int
) -> None:
    ends = [None, *(NOON + minutes * MINUTE for minutes in (4, 6.5, 12))]
    for since, before in itertools.product(ends, ends):
        if since is not None and before is not None and before < since:
            continue
        expected = [
            number
            for number in range(12, 0, -1)
            if number % every == 0
            and (since is None or NOON + number * MINUTE >= since)
            and (before is None or NOON + number * MINUTE < before)
        ]
        assert numbers(many, changed=Period(since, before), limit=2, **filters) == expected


def test_the_ends_of_a_period_may_be_in_any_zone(many: Ledger) -> None:
    here = timezone(timedelta(hours=2))
    period = Period((NOON + 3 * MINUTE).astimezone(here), (NOON + 5 * MINUTE).astimezone(here))
    assert numbers(many, changed=period) == [4, 3]


def test_a_changed_order_moves_to_the_front_and_leaves_the_lists_it_is_not_on(many: Ledger) -> None:
    order = many.load("demo", 4)
    assert order is not None
    many.save(
        changed(
            order,
            hold=None,
            observed=MarketplaceView(MarketplaceStatus.OPEN, confirmed=True),
            updated_at=NOON + 99 * MINUTE,
        )
    )
    assert numbers(many)[0] == 4
    assert numbers(many, hold=HoldCode.PARKED) == [12, 8]
    assert numbers(many, status="shipped") == [10, 7, 1]
    assert numbers(many, status="open") == [4, 12, 9, 6, 3]


def test_an_order_keeps_its_place_while_a_list_tells_nothing_new_of_it(many: Ledger) -> None:
    """A claim, an attempt, a failure, a wait: they are written, and no list is."""
    order = many.load("demo", 5)
    assert order is not None
    later = NOON + 99 * MINUTE
    order = many.save(
        changed(order, step=STEP, recheck_at=later, failures=3, updated_at=later),
        [STEP],
        [ATTEMPT],
    )
    order = many.save(changed(order, explanation=ANY, observed_at=later, updated_at=later))
    assert numbers(many) == list(range(12, 0, -1))
    assert numbers(many, changed=Period(since=later)) == []
    many.save(replace(held(order, HoldCode.PARKED), updated_at=later))
    assert numbers(many)[0] == 5
    assert numbers(many, changed=Period(since=later)) == [5]


def test_the_last_page_has_no_cursor_even_if_it_is_full(many: Ledger) -> None:
    page = many.orders("demo", limit=6)
    assert page.cursor is not None
    assert many.orders("demo", limit=6, cursor=page.cursor).cursor is None


@pytest.mark.parametrize("hold", ["nonsense", "PARKED", ""])
def test_an_unknown_hold_is_refused(ledger: Ledger, hold: str) -> None:
    with pytest.raises(ValueError, match="use any, after_delivered, "):
        ledger.orders("demo", hold=hold, limit=1)


def test_a_limit_below_one_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="use 1 or more"):
        ledger.orders("demo", limit=0)
