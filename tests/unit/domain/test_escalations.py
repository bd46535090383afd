"""Every cause of an escalation: what opens it, and what closes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.escalations import CAUSES, escalated
from orderbridge.domain.cases.records import Cause, EscalationEvent, EventKind
from orderbridge.domain.cases.states import at_marketplace, in_shop
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.updates import reread_requested, with_shop_update
from orderbridge.domain.views import Reading
from tests.orders import DELIVERIES, NOW, an_order, changed, marketplace_view, shop_view, with_observed
from tests.reasons import ANY
from tests.texts import said
from tests.unit.domain.escalated_orders import (
    CASES,
    ESCALATED,
    HOUR,
    RULES,
    escalation,
    events,
    only_at_mall,
    open_causes,
    refused,
    unknown_at_mall,
)
from tests.unit.domain.strategies import happen, in_doubt, lives, mall_holds, recheck, shop_says

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from tests.unit.domain.strategies import Event

C, M, S = Cause, MarketplaceStatus, ShopStatus
YESTERDAY, TODAY = DELIVERIES["past day"], DELIVERIES["today"]


@pytest.mark.parametrize(("state", "cause"), CASES.values(), ids=CASES.keys())
def test_what_is_escalated(state: OrderState, cause: Cause | None) -> None:
    state = recheck(state, RULES, NOW)
    assert open_causes(state) == ({cause} if cause else set())
    if cause is None:
        return
    opened = escalation(state, cause)
    assert opened.opened_at == NOW
    assert opened.history == (EscalationEvent(NOW, EventKind.OPENED),)
    for shown in (opened.what, opened.held, opened.shop_says, opened.right_status):
        assert said(shown)
    assert recheck(state, RULES, NOW + HOUR).cases.escalations == state.cases.escalations


@pytest.mark.parametrize(
    ("case", "held", "shop", "right"),
    [
        ("refused", "Open", "“Being handled”", "Shipping"),
        ("handled after shipped", "Shipped", "“Being handled”", "Shipping"),
        ("set back after delivered", "Delivered", "“Being handled”", "Shipping"),
        ("date taken away after delivered", "Delivered", "“Settled”", "Shipped"),
        (
            "date changed after delivered",
            "Delivered",
            "“Settled”, delivery date 20 Nov 2026",
            "Delivered, delivery date 20 Nov 2026",
        ),
        ("shipped, but cancelled at MALL", "Cancelled", "“Settled”", "Shipped"),
        (
            "delivered, but returned at MALL",
            "Returned",
            "“Settled”, delivery date 19 Nov 2026",
            "Delivered, delivery date 19 Nov 2026",
        ),
        ("reopened", "Shipped", "“Settled”", "Delivered"),
        ("not at MALL", "not known", "“Being handled”", "Shipping"),
    ],
)
def test_the_facts(case: str, held: str, shop: str, right: str) -> None:
    state, cause = ESCALATED[case]
    facts = escalation(recheck(state, RULES, NOW), cause)
    assert (said(facts.held), said(facts.shop_says), said(facts.right_status)) == (held, shop, right)


MENDED: dict[str, Callable[[OrderState], OrderState]] = {
    "handled after shipped": lambda s: shop_says(s, S.SETTLED, NOW + HOUR),
    "set back after delivered": lambda s: shop_says(s, S.SETTLED, NOW + HOUR),
    "date taken away after delivered": lambda s: shop_says(s, S.SETTLED, NOW + HOUR, YESTERDAY),
    "date changed after delivered": lambda s: shop_says(s, S.SETTLED, NOW + HOUR, YESTERDAY),
    "delivered, but returned at MALL": lambda s: shop_says(s, S.SETTLED, NOW + HOUR),
    "reopened": lambda s: mall_holds(s, marketplace_view(M.DELIVERED), NOW + HOUR),
    "drift": lambda s: changed(s, drift=None),
    "not at MALL": lambda s: mall_holds(changed(s, refusals=()), marketplace_view(M.SHIPPING), NOW + HOUR),
    "parked": lambda s: mall_holds(reread_requested(s, NOW), marketplace_view(M.SHIPPING), NOW + HOUR),
}
"""What mends a case."""


@pytest.mark.parametrize("case", MENDED)
def test_it_closes_by_itself_and_reopens_with_its_history(case: str) -> None:
    broken, cause = ESCALATED[case]
    state = recheck(broken, RULES, NOW)
    state = recheck(MENDED[case](state), RULES, NOW + HOUR)
    assert open_causes(state) == set()
    closed = escalation(state, cause)
    assert closed.closed_at == NOW + HOUR
    assert not closed.closed_by_person
    assert events(state, cause) == ["opened", "closed"]
    again = changed(
        state,
        desired=broken.shop_side.desired,
        observed=broken.marketplace.observed,
        drift=broken.cases.drift,
    )
    again = changed(
        again,
        refusals=broken.work.refusals,
        parked=broken.work.parked,
        status_changes=broken.marketplace.status_changes,
    )
    state = recheck(
        changed(again, step=None, observed_certain=broken.marketplace.observed_certain),
        RULES,
        NOW + 2 * HOUR,
    )
    assert events(state, cause) == ["opened", "closed", "reopened"]
    reopened = escalation(state, cause)
    assert reopened.open
    assert reopened.opened_at == NOW + 2 * HOUR
    assert len(state.cases.escalations) == 1


@pytest.mark.parametrize("case", ESCALATED)
def test_doubt_closes_nothing(case: str) -> None:
    state, cause = ESCALATED[case]
    state = recheck(state, RULES, NOW)
    doubtful = recheck(
        in_doubt(changed(state, desired=shop_view(S.SETTLED))),
        RULES,
        NOW + HOUR,
    )
    assert cause in open_causes(doubtful)


@pytest.mark.parametrize(
    "hidden_by",
    [
        HoldCode.BAD_RECORD,
        HoldCode.TWO_ORDERS,
        HoldCode.UNKNOWN_SHOP_STATUS,
        HoldCode.PARKED,
        HoldCode.NO_ANSWER,
    ],
)
def test_a_hold_that_hides_the_rest_closes_nothing(hidden_by: HoldCode) -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    hidden = changed(state, hold=Hold(hidden_by, ANY, Actor.CLERK))
    assert C.WRONG_DELIVERED in open_causes(escalated(hidden, RULES, NOW + HOUR))
    told = changed(state, hold=Hold(HoldCode.MISSING_TRACKING, ANY, Actor.CLERK))
    assert C.WRONG_DELIVERED not in open_causes(escalated(told, RULES, NOW + HOUR))


def with_unreadable_date(state: OrderState, status: ShopStatus, now: datetime) -> OrderState:
    view = replace(shop_view(status), delivery_problem=ANY)
    return recheck(with_shop_update(state, view, Reading(now, now)), RULES, now)


@pytest.mark.parametrize("before", [S.PENDING, S.HANDLED])
def test_an_unreadable_date_hides_nothing_of_the_state(before: ShopStatus) -> None:
    state = recheck(an_order(before, M.SHIPPED), RULES, NOW)
    assert open_causes(state) == {C.IMPOSSIBLE}
    state = with_unreadable_date(state, S.SETTLED, NOW + HOUR)
    assert state.work.hold is not None
    assert state.work.hold.code is HoldCode.BAD_DELIVERY_DATE
    assert open_causes(state) == set()


@pytest.mark.parametrize(
    ("case", "cause"),
    [
        ("date changed after delivered", C.WRONG_DELIVERY_DATE),
        ("date taken away after delivered", C.WRONG_DELIVERED),
        ("delivered, but returned at MALL", C.WRONG_FINAL),
    ],
)
def test_an_unreadable_date_may_still_be_the_wrong_one(case: str, cause: Cause) -> None:
    state = recheck(CASES[case][0], RULES, NOW)
    assert open_causes(with_unreadable_date(state, S.SETTLED, NOW + HOUR)) == {cause}


def test_what_stays_open_unseen_says_what_the_two_sides_say_now() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = recheck(shop_says(state, S.CANCELED, NOW + HOUR), RULES, NOW + HOUR)
    facts = escalation(state, C.WRONG_DELIVERED)
    assert facts.open
    assert facts.shop_says == in_shop(S.CANCELED)
    assert facts.right_status == at_marketplace(M.SHIPPING), "canceling makes nothing right"


def test_an_order_that_shows_up_unreadable_is_no_more_unseen() -> None:
    state = only_at_mall(RULES)
    state = changed(state, drift=ANY)
    state = recheck(mall_holds(state, marketplace_view(M.SHIPPING), NOW), RULES, NOW)
    assert open_causes(state) == {C.DRIFT}
    state = recheck(
        with_shop_update(state, replace(shop_view(), problems=(ANY,)), Reading(NOW + HOUR, NOW + HOUR)),
        RULES,
        NOW + HOUR,
    )
    assert state.work.hold is not None
    assert state.work.hold.code is HoldCode.BAD_RECORD
    assert open_causes(state) == set()


def test_a_wrong_number_that_was_put_right_in_the_shop_is_no_matter_any_more() -> None:
    state = recheck(unknown_at_mall(), RULES, NOW)
    assert open_causes(state) == {C.NOT_AT_MARKETPLACE}
    state = recheck(changed(state, missing_since=NOW + HOUR), RULES, NOW + HOUR)
    assert open_causes(state) == set()
    state = recheck(changed(state, missing_since=None), RULES, NOW + 2 * HOUR)
    assert open_causes(state) == {C.NOT_AT_MARKETPLACE}


def test_confirming_a_change_closes_nothing() -> None:
    state = recheck(an_order(S.HANDLED, M.SHIPPED), RULES, NOW)
    reopened = changed(with_observed(state, confirmed=False), change_to_confirm=ANY)
    state = recheck(reopened, RULES, NOW + HOUR)
    assert state.work.step is not None
    assert state.work.step.action is Action.CONFIRM
    assert events(state, C.IMPOSSIBLE) == ["opened"]


def test_a_refused_step_that_is_tried_again_stays_escalated_until_mall_takes_it() -> None:
    state = recheck(refused(), RULES, NOW)
    again = recheck(
        mall_holds(reread_requested(state, NOW), marketplace_view(M.OPEN), NOW + HOUR), RULES, NOW + HOUR
    )
    assert again.work.step is not None
    assert events(again, C.REFUSED) == ["opened"]
    taken = changed(again, step=None, observed=marketplace_view(M.SHIPPING))
    assert events(recheck(taken, RULES, NOW + HOUR), C.REFUSED) == ["opened", "closed"]


def test_a_parked_order_that_is_repeated_closes_when_it_goes_on() -> None:
    state = recheck(CASES["parked"][0], RULES, NOW)
    repeated = recheck(reread_requested(state, NOW), RULES, NOW + HOUR)
    assert repeated.work.step is not None
    assert open_causes(repeated) == {C.DEAD_LETTER}
    read = mall_holds(changed(repeated, step=None), marketplace_view(M.SHIPPING), NOW + HOUR)
    assert open_causes(recheck(read, RULES, NOW + HOUR)) == set()


def test_an_unreadable_date_after_delivered_is_the_clerks_to_correct_not_mall_s() -> None:
    state = recheck(an_order(S.SETTLED, M.DELIVERED), RULES, NOW)
    state = changed(state, sent_delivery_date=ShopDate(NOW.date()))
    garbled = replace(shop_view(), delivery_problem=ANY)
    state = recheck(with_shop_update(state, garbled, Reading(NOW + HOUR, NOW + HOUR)), RULES, NOW + HOUR)
    assert state.work.hold is not None
    assert state.work.hold.code is HoldCode.BAD_DELIVERY_DATE
    assert state.work.hold.reason.fact("problem") == ANY
    assert open_causes(state) == set()


@given(lives)
def test_any_life_has_one_escalation_per_cause_and_a_history_that_takes_turns(life: list[Event]) -> None:
    now = NOW
    state = recheck(an_order(S.PENDING, M.OPEN), RULES, now)
    for event in life:
        before, now = state, now + event.after
        state = happen(state, event, RULES, now)
        assert len({e.cause for e in state.cases.escalations}) == len(state.cases.escalations)
        for one in state.cases.escalations:
            words = [e.what.value for e in one.history]
            assert words == ["opened", *["closed", "reopened"] * len(words)][: len(words)]
            assert one.open is (words[-1] != "closed")
        if not state.marketplace.observed_certain:
            assert open_causes(state) >= open_causes(before)


@pytest.mark.parametrize("cause", set(C) - {C.NO_EFFECT, C.CALLS_SPENT, C.NOT_IMPORTED})
def test_every_cause_has_an_order(cause: Cause) -> None:
    """The three others have tests of their own: they take time, or many calls."""
    assert cause in {cause for _, cause in ESCALATED.values()}


def test_every_cause_but_the_ones_without_a_hold_is_told_by_one() -> None:
    told = [cause for causes in CAUSES.values() for cause in causes]
    assert len(told) == len(set(told)), "a cause is told by one hold"
    assert set(told) == set(C)
