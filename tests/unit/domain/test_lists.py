"""An order's place on the lists: moved by what a list is read for, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import (
    Cause,
    EscalationEvent,
    EventKind,
    ListEntry,
    Resolution,
    ReturnFlag,
    ReturnKind,
    ReturnRequest,
    StatusChange,
)
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.lists import with_list_entry
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Step
from orderbridge.domain.views import MarketplaceView
from tests import strategies
from tests.orders import an_escalation, an_order, changed, shop_view
from tests.reasons import ANY, they_said

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

FIRST = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = FIRST + timedelta(hours=1)
FLAG = ReturnFlag(ReturnKind.OVERDUE, "shipped", ANY, FIRST, FIRST)
ESCALATION = an_escalation(Cause.REFUSED, FIRST)
ORDER = an_order(
    ShopStatus.HANDLED,
    MarketplaceStatus.OPEN,
    hold=Hold(HoldCode.REFUSED, ANY, Actor.CLERK),
    return_flag=FLAG,
    escalations=(ESCALATION,),
    updated_at=FIRST,
)


def moved(**changes: object) -> bool:
    order = with_list_entry(changed(with_list_entry(ORDER), updated_at=LATER, **changes))
    assert order.list_entry is not None
    assert order.list_entry.since in {FIRST, LATER}
    return order.list_entry.since == LATER


@pytest.mark.parametrize(
    "changes",
    [
        {"desired": None},
        {"desired": shop_view(ShopStatus.SETTLED)},
        {"observed": MarketplaceView(MarketplaceStatus.SHIPPING, confirmed=True)},
        {"hold": None},
        {"hold": Hold(HoldCode.PARKED, ANY, Actor.CLERK)},
        {"return_flag": None},
        {"return_flag": replace(FLAG, resolved=Resolution(LATER, "ops", "it is back"))},
        {"escalations": ()},
        {"escalations": (replace(ESCALATION, closed_at=LATER),)},
        {"escalations": (replace(ESCALATION, history=(EscalationEvent(LATER, EventKind.OPENED),)),)},
        {"return_request": ReturnRequest(LATER, "ops")},
        {"status_changes": (StatusChange(MarketplaceStatus.OPEN, LATER, by_us=False),)},
    ],
)
def test_what_a_list_is_read_for_moves_the_order(changes: dict[str, object]) -> None:
    assert moved(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"step": Step(1, Action.SHIPPING, None, ANY, LATER), "last_step_number": 1},
        {"recheck_at": LATER, "failures": 3, "last_failure_at": LATER},
        {"explanation": ANY, "seen_at": LATER, "observed_at": LATER, "observed_certain": True},
        {"hold": Hold(HoldCode.REFUSED, they_said(), Actor.CLERK, until=LATER)},
        {"version": 9},
    ],
)
def test_whatever_else_is_written_leaves_the_order_where_it_is(changes: dict[str, object]) -> None:
    assert not moved(**changes)


@pytest.mark.slow
@given(order=strategies.orders)
@settings(max_examples=100, deadline=None)
def test_a_place_that_was_given_stays_and_makes_no_difference_to_the_order(order: OrderState) -> None:
    placed = with_list_entry(replace(order, list_entry=None))
    assert placed == order
    assert isinstance(placed.list_entry, ListEntry)
    assert with_list_entry(replace(placed, updated_at=LATER)).list_entry == placed.list_entry
