"""Going through lists page by page, and writing what others write too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.errors import VersionConflictError
from orderbridge.flows.common import stored_orders
from orderbridge.flows.common.stored_orders import TRIES, FirstOrders, every_order, every_page, until_saved
from tests.fakes import NOON, FakeLedger
from tests.orders import an_order

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState


def ledger_of(count: int, unreadable: set[int]) -> FakeLedger:
    """The orders 1 to `count`, the first one changed last; another shop has one too."""
    ledger = FakeLedger()
    for number in range(1, count + 1):
        ledger.save(an_order(mall_order_id=number, updated_at=NOON - number * timedelta(minutes=1)))
    ledger.save(an_order(shop="other", mall_order_id=99, updated_at=NOON))
    ledger.unreadable = {("demo", number) for number in unreadable if number <= count}
    return ledger


counts = st.integers(0, 9)
numbers = st.sets(st.integers(1, 9))


@given(count=counts, unreadable=numbers, page=st.integers(1, 5))
def test_every_order_comes_once_but_those_that_cannot_be_read(
    count: int, unreadable: set[int], page: int
) -> None:
    ledger = ledger_of(count, unreadable)
    with patch.object(stored_orders, "PAGE", page):
        found = [order.mall_order_id for order in every_order(ledger, "demo")]
    assert found == [number for number in range(1, count + 1) if number not in unreadable]


@given(
    count=counts, unreadable=numbers, page=st.integers(1, 5), most=st.integers(1, 10), time=st.integers(1, 6)
)
def test_the_first_orders_are_cut_at_the_most_and_when_the_time_is_over(
    count: int, unreadable: set[int], page: int, most: int, time: int
) -> None:
    """`time`: how many pages there is time for."""
    ledger, read = ledger_of(count, unreadable), []

    def pages_left() -> bool:
        read.append(page)
        return len(read) < time

    with patch.object(stored_orders, "PAGE", page):
        orders = FirstOrders(every_page(ledger, "demo"), most, pages_left)
        found = [order.mall_order_id for order in orders]
    readable = [number for number in range(1, count + 1) if number not in unreadable]
    within = [number for number in readable if number <= time * page]
    assert found == within[:most]
    assert orders.cut or found == readable
    assert not (orders.cut and count <= min(most, time * page))
    assert set(orders.unreadable) <= unreadable
    assert orders.cut or orders.unreadable == [n for n in range(1, count + 1) if n in unreadable]


@pytest.mark.parametrize("conflicts", range(TRIES))
def test_a_change_is_made_anew_until_it_is_saved(conflicts: int) -> None:
    ledger = ledger_of(1, set())
    ledger.fail_next_saves, loaded = conflicts, []

    def once() -> OrderState:
        order = ledger.load("demo", 1)
        assert order is not None
        loaded.append(order)
        return ledger.save(order)

    assert until_saved(once).version == 2
    assert len(loaded) == conflicts + 1


def test_repeated_version_conflicts_are_an_error() -> None:
    tried = []

    def once() -> None:
        tried.append(1)
        raise VersionConflictError("somebody else was faster")

    with pytest.raises(VersionConflictError):
        until_saved(once)
    assert len(tried) == TRIES
