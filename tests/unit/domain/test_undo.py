"""A person takes a step back: what can be taken back, what ends an undo, and that nothing is sent meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain import undo
from orderbridge.domain.actions import Action
from orderbridge.domain.advance import advance
from orderbridge.domain.cases.records import ReturnRequest
from orderbridge.domain.codes.orders import HoldReason, ResultReason, UndoProblem
from orderbridge.domain.facts import ShopText
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.payloads import ReturnedPayload
from orderbridge.domain.planning import plan
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import PlannedStep, Step, StepState
from orderbridge.domain.updates import reread_requested, with_reread, with_shop_update
from orderbridge.domain.views import Reading, ShopView
from orderbridge.errors import WrongValueError
from tests.orders import DELIVERIES, NOW, an_order, changed, marketplace_view, shop_view
from tests.reasons import ANY
from tests.unit.domain.strategies import every_order

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

SETTLED, CANCELED, HANDLED = ShopStatus.SETTLED, ShopStatus.CANCELED, ShopStatus.HANDLED
OPEN, SHIPPING, SHIPPED = MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED
LATER = NOW + timedelta(minutes=5)
UNDOABLE = {
    Action.SHIPPING,
    Action.SHIPPED,
    Action.TRACKING,
    Action.DELIVERED,
    Action.CANCELLED,
    Action.RETURNED,
}
WANTS: dict[Action, OrderState] = {
    Action.SHIPPING: an_order(HANDLED, OPEN),
    Action.CANCELLED: an_order(CANCELED, SHIPPING),
    Action.SHIPPED: an_order(SETTLED, SHIPPING),
    Action.TRACKING: an_order(replace(shop_view(SETTLED), tracking_number="DR777"), SHIPPED),
    Action.DELIVERED: an_order(SETTLED, SHIPPED, delivery="past day"),
}
"""Action → an order that the plan wants it for."""


def step_of(action: Action, state: StepState = StepState.PLANNED) -> Step:
    return Step(7, action, None, ANY, NOW, state=state)


def taken_back(action: Action) -> OrderState:
    """An order for which the plan wants `action`, after ``marta`` took that step back."""
    planned = advance(WANTS[action], Rules(undo_window_seconds=0), NOW, 0.5).order
    assert planned.work.step is not None
    assert planned.work.step.action is action
    order, _ = undo.undone(planned, planned.work.step, "marta", NOW)
    return order


@pytest.mark.parametrize("action", Action)
def test_a_planned_step_that_changes_malls_order_can_be_taken_back(action: Action) -> None:
    problem = undo.problem(step_of(action))
    if action in UNDOABLE:
        assert problem is None
    else:
        assert problem is not None
        assert problem.code is UndoProblem.NOT_OF_THE_SHOP


@pytest.mark.parametrize(
    ("state", "action", "code"),
    [
        (StepState.SENDING, Action.DELIVERED, UndoProblem.BEING_SENT),
        (StepState.ACCEPTED, Action.DELIVERED, UndoProblem.SENT_FINAL),
        (StepState.ACCEPTED, Action.CANCELLED, UndoProblem.SENT_FINAL),
        (StepState.ACCEPTED, Action.SHIPPED, UndoProblem.SENT),
        (StepState.ACCEPTED, Action.TRACKING, UndoProblem.SENT),
        (StepState.UNANSWERED, Action.DELIVERED, UndoProblem.UNANSWERED),
        (StepState.REFUSED, Action.SHIPPED, UndoProblem.REFUSED),
        (StepState.WITHDRAWN, Action.CANCELLED, UndoProblem.WITHDRAWN),
    ],
)
def test_whatever_else_became_of_a_step_is_said(state: StepState, action: Action, code: UndoProblem) -> None:
    problem = undo.problem(step_of(action, state))
    assert problem is not None
    assert (problem.code, problem.fact("action"), problem.fact("step")) == (code, action, 7)
    with pytest.raises(WrongValueError):
        undo.undone(WANTS[Action.DELIVERED], step_of(action, state), "marta", NOW)


@pytest.mark.parametrize("action", WANTS)
def test_the_step_is_withdrawn_and_the_order_held(action: Action) -> None:
    planned = advance(WANTS[action], Rules(), NOW, 0.5).order
    assert planned.work.step is not None
    order, closed = undo.undone(planned, planned.work.step, "marta", LATER)
    assert (closed.number, closed.state, closed.closed_at) == (1, StepState.WITHDRAWN, LATER)
    assert closed.result is not None
    assert closed.result.code is ResultReason.WITHDRAWN_BY_PERSON
    assert (closed.result.fact("by"), closed.result.fact("at")) == (ShopText("marta"), LATER)
    assert undo.was_undone(closed)
    work = order.work
    assert work.step is None
    assert work.hold is not None
    assert (work.hold.code, work.hold.actor) == (HoldCode.UNDONE_BY_PERSON, Actor.CLERK)
    assert (work.hold_since, work.explanation, work.recheck_at) == (LATER, work.hold.reason, LATER)


@pytest.mark.parametrize("action", WANTS)
def test_looking_again_leaves_it_so(action: Action) -> None:
    before = taken_back(action)
    after = advance(before, Rules(undo_window_seconds=0), LATER, 0.5)
    assert (after.send, after.steps) == (None, ())
    assert after.order.work.hold == before.work.hold
    assert after.order.work.hold_since == NOW
    assert after.order.work.recheck_at is None


def test_returned_ends_with_the_request_for_it_and_holds_nothing() -> None:
    order = changed(an_order(CANCELED, SHIPPED), return_request=ReturnRequest(NOW, "ops"))
    rules = Rules(push_returned=True)
    planned = advance(order, rules, NOW, 0.5).order
    assert planned.work.step is not None
    assert planned.work.step.payload == ReturnedPayload(NOW)
    after, closed = undo.undone(planned, planned.work.step, "marta", LATER)
    assert (after.cases.return_request, after.work.undone, closed.state) == (None, None, StepState.WITHDRAWN)
    decided = advance(after, rules, LATER, 0.5).order.work
    assert decided.step is None
    assert decided.hold is not None
    assert decided.hold.code is HoldCode.CANCEL_TOO_LATE


NUMBERED = {"tracking_number": "DR999"}
CARRIED = {"carrier": "DPD"}
DATED = {"delivery": DELIVERIES["today"]}
UNDATED = {"delivery": None}
STATED = {"status": ShopStatus.PENDING, "status_name": "pending"}
RENAMED = {"status_name": "in other words"}


@pytest.mark.parametrize(
    ("action", "change", "ends"),
    [
        *((action, STATED, True) for action in WANTS),
        *((action, RENAMED, False) for action in WANTS),
        (Action.DELIVERED, DATED, True),
        (Action.DELIVERED, UNDATED, True),
        (Action.DELIVERED, NUMBERED, False),
        (Action.DELIVERED, CARRIED, False),
        (Action.CANCELLED, NUMBERED, False),
        (Action.CANCELLED, DATED, False),
        (Action.SHIPPING, NUMBERED, False),
        (Action.SHIPPED, NUMBERED, True),
        (Action.SHIPPED, CARRIED, True),
        (Action.SHIPPED, DATED, True),
        (Action.TRACKING, NUMBERED, True),
    ],
)
def test_a_change_of_what_had_led_to_the_step_ends_the_undo(
    action: Action, change: dict[str, object], *, ends: bool
) -> None:
    order = taken_back(action)
    assert order.shop_side.desired is not None
    view = replace(order.shop_side.desired, **change)  # type: ignore[arg-type]
    after = with_shop_update(order, view, Reading(LATER, LATER))
    assert (after.work.undone is None) is ends


@pytest.mark.parametrize("action", WANTS)
def test_what_was_under_way_ends_no_undo(action: Action) -> None:
    order = taken_back(action)
    shown = order.shop_side.desired
    assert shown is not None
    older = with_shop_update(order, shop_view(ShopStatus.PENDING), Reading(NOW - timedelta(days=1), NOW))
    again = with_shop_update(order, shown, Reading(LATER, LATER))
    for late in (older, again, with_reread(order), reread_requested(order, LATER)):
        assert late.work.undone == order.work.undone


def test_back_again_is_a_new_wish_with_a_window_of_its_own() -> None:
    order = taken_back(Action.DELIVERED)
    shown = order.shop_side.desired
    assert shown is not None
    order = with_shop_update(order, replace(shown, delivery=None), Reading(LATER, LATER))
    again = LATER + timedelta(minutes=5)
    order = with_shop_update(order, shown, Reading(again, again))
    decision = plan(order, Rules(undo_window_seconds=900), again)
    assert isinstance(decision, PlannedStep)
    assert (decision.action, decision.not_before) == (Action.DELIVERED, again + timedelta(minutes=15))


def test_another_order_with_the_number_ends_no_undo() -> None:
    order = taken_back(Action.DELIVERED)
    other = ShopView("another", ShopStatus.PENDING, "pending")
    order = changed(order, code="2026001")
    after = with_shop_update(order, other, Reading(LATER, LATER))
    assert after.work.undone == order.work.undone


@pytest.mark.parametrize("action", WANTS)
def test_a_release_lets_the_plan_decide(action: Action) -> None:
    released = undo.released(taken_back(action), LATER)
    assert (released.work.undone, released.work.recheck_at) == (None, LATER)
    decision = plan(released, Rules(undo_window_seconds=0), LATER)
    assert isinstance(decision, PlannedStep)
    assert decision.action is action
    assert undo.released(WANTS[action], LATER) == WANTS[action]


def test_which_change_ends_it_is_said() -> None:
    said = {
        action: order.work.hold.reason.code
        for action in WANTS
        if (order := taken_back(action)).work.hold is not None
    }
    assert said == {
        Action.SHIPPING: HoldReason.UNDONE,
        Action.CANCELLED: HoldReason.UNDONE,
        Action.DELIVERED: HoldReason.UNDONE_DATED,
        Action.SHIPPED: HoldReason.UNDONE_WITH_TRACKING,
        Action.TRACKING: HoldReason.UNDONE_WITH_TRACKING,
    }


@pytest.mark.parametrize("certain", [True, False])
def test_nothing_is_sent_to_mall_while_an_undo_is_in_force(*, certain: bool) -> None:
    """Every state of both sides: read, at most. What MALL holds finally goes on as before."""
    mark = taken_back(Action.DELIVERED).work.undone
    rules = Rules(
        partially_settled="shipping", missing_tracking="send", push_shipped_for_marketplace_delivery=True
    )
    held = 0
    for one in every_order():
        order = changed(one, observed_certain=certain)
        assert order.marketplace.observed is not None
        decision = plan(changed(order, undone=mark), rules, NOW)
        if order.marketplace.observed.status in FINAL or not certain:
            assert decision == plan(order, rules, NOW)
            continue
        assert not isinstance(decision, PlannedStep) or decision.action is Action.READ
        held += decision.reason.code is HoldReason.UNDONE_DATED
    assert held > 500 or not certain


@given(
    action=st.sampled_from(list(WANTS)),
    held=st.sampled_from(list(MarketplaceStatus)),
    mode=st.sampled_from(["link", "create", "off"]),
    confirmed=st.booleans(),
    mdp=st.booleans(),
)
def test_malls_side_still_comes_in(
    action: Action, held: MarketplaceStatus, mode: str, *, confirmed: bool, mdp: bool
) -> None:
    """A cancellation by MALL is taken over, confirmed and written into the shop as if nobody had undone anything."""
    rules = Rules(import_mode=mode)  # type: ignore[arg-type]
    view = marketplace_view(held, confirmed=confirmed, marketplace_delivery=mdp)
    order = changed(taken_back(action), observed=view, imported_at=NOW)
    decision = plan(order, rules, LATER)
    if held in FINAL:
        assert decision == plan(undo.released(order, LATER), rules, LATER)
    else:
        assert not isinstance(decision, PlannedStep) or decision.action is Action.READ
