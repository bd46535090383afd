"""The pairing (docs/rules.md, R1), and that every combination has a legal outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import ReturnRequest, StatusChange
from orderbridge.domain.codes.orders import ChangeReason, HoldReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import Actor, Hold, HoldCode, InSync
from orderbridge.domain.marketplace_change import change_for, is_legal
from orderbridge.domain.planning import BLOCKED_RECHECK, plan
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import PAIRED, TRANSITIONS, MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import PlannedStep, Refusal
from tests.orders import NOW, an_order, changed, marketplace_view, shop_view
from tests.reasons import ANY, PARKED, they_said
from tests.texts import said
from tests.unit.domain.strategies import every_order, every_rules

M, S = MarketplaceStatus, ShopStatus
PRAGUE = ZoneInfo("Europe/Prague")
LATER = NOW + timedelta(days=3)


def planned(
    shop: ShopStatus | None,
    held: MarketplaceStatus,
    rules: Rules | None = None,
    now: datetime = NOW,
    *,
    mdp: bool = False,
    delivery: str = "none",
    tracking: str = "good",
) -> PlannedStep | Hold | InSync:
    state = an_order(shop_view(shop, delivery, tracking), held, marketplace_delivery=mdp)
    return plan(state, rules or Rules(), now)


def action(decision: object) -> Action | HoldCode | None:
    if isinstance(decision, PlannedStep):
        return decision.action
    return decision.code if isinstance(decision, Hold) else None


def test_every_combination_has_a_defined_legal_outcome() -> None:
    outcomes = set()
    for rules in every_rules():
        for state in every_order():
            observed, desired = state.marketplace.observed, state.shop_side.desired
            assert observed is not None
            assert desired is not None
            decision = plan(state, rules, NOW)
            outcomes.add(action(decision))
            if isinstance(decision, Hold):
                assert said(decision.reason)
                continue
            if isinstance(decision, InSync):
                assert said(decision.reason)
                continue
            assert is_legal(decision, observed), (desired, observed, decision)
            change = change_for(state, decision, rules, NOW)
            if change.status is not None:
                assert change.status in TRANSITIONS[observed.status]
                assert change.confirm is not observed.confirmed
            if observed.marketplace_delivery:
                assert change.status not in {M.DELIVERED, M.RETURNED}
                assert not (observed.status is M.OPEN and change.status is M.SHIPPED)
            assert (change.delivered_at is not None) is (change.status is M.DELIVERED)
            if change.delivered_at is not None:
                assert desired.status is S.SETTLED
                assert desired.delivery is not None
                assert change.delivered_at <= NOW
            if change.tracking_number:
                assert change.tracking_url
                assert change.tracking_number.isascii()
    of_malls_side = {Action.CONFIRM, Action.RETURNED, Action.CREATE_IN_SHOP, Action.CANCEL_IN_SHOP}
    assert outcomes >= {*Action, None} - {Action.READ, Action.TRACKING} - of_malls_side


@pytest.mark.parametrize("mode", ["create", "link", "off"])
@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("acknowledge", [None, because(ChangeReason.OTHER)])
def test_with_malls_side_every_combination_stays_legal(
    mode: str,
    asked: bool,  # noqa: FBT001
    acknowledge: Reason | None,
) -> None:
    request = ReturnRequest(NOW, "somebody") if asked else None
    outcomes = set()
    for given in (Rules(), Rules(missing_tracking="send", partially_settled="shipping")):
        rules = replace(given, import_mode=mode, push_returned=True)  # type: ignore[arg-type]
        for known in every_order():
            state = changed(known, return_request=request, change_to_confirm=acknowledge, listed_at=NOW)
            decision = plan(state, rules, LATER)
            assert state.marketplace.observed is not None
            outcomes.add(action(decision))
            if not isinstance(decision, PlannedStep):
                continue
            if decision.action is Action.CANCEL_IN_SHOP:
                assert mode == "create"
                assert state.marketplace.observed.status is M.CANCELLED
                assert state.shop_side.desired is not None
                assert state.shop_side.desired.status not in {S.SETTLED, S.CANCELED}
                continue
            assert is_legal(decision, state.marketplace.observed), (state, decision)
            change = change_for(state, decision, rules, LATER)
            if decision.action is Action.RETURNED:
                assert asked
                assert not state.marketplace.observed.marketplace_delivery
                assert state.marketplace.observed.status is M.SHIPPED
            if decision.action is Action.CONFIRM:
                assert (change.status, change.confirm) == (None, True)
                assert state.marketplace.observed.status is not M.BLOCKED
    assert (Action.RETURNED in outcomes) is asked
    assert (Action.CONFIRM in outcomes) is (mode == "create" or (mode == "link" and acknowledge is not None))
    assert (Action.CANCEL_IN_SHOP in outcomes) is (mode == "create")


def test_returned_is_never_sent_without_the_setting() -> None:
    for rules in (Rules(), Rules(import_mode="create")):
        for known in every_order():
            state = changed(known, return_request=ReturnRequest(NOW, "somebody"))
            assert action(plan(state, rules, LATER)) is not Action.RETURNED


def test_after_delivered_nothing_is_ever_sent() -> None:
    for rules in every_rules():
        for state in every_order():
            assert state.marketplace.observed is not None
            if state.marketplace.observed.status in {M.DELIVERED, M.RETURNED, M.CANCELLED, M.LOST, M.BLOCKED}:
                assert not isinstance(plan(state, rules, LATER), PlannedStep)


def test_same_inputs_give_the_same_outcome() -> None:
    for state in every_order():
        assert plan(state, Rules(), NOW) == plan(state, Rules(), NOW)


@pytest.mark.parametrize(
    ("shop", "held", "expected"),
    [
        (S.PENDING, M.OPEN, None),
        (S.PENDING, M.BLOCKED, None),
        (S.PENDING, M.SHIPPING, HoldCode.STEP_BACK),
        (S.PENDING, M.SHIPPED, HoldCode.STEP_BACK),
        (S.PENDING, M.DELIVERED, HoldCode.AFTER_DELIVERED),
        (S.PENDING, M.CANCELLED, HoldCode.MARKETPLACE_CLOSED),
        (S.HANDLED, M.BLOCKED, HoldCode.MARKETPLACE_BLOCKED),
        (S.HANDLED, M.OPEN, Action.SHIPPING),
        (S.HANDLED, M.SHIPPING, None),
        (S.HANDLED, M.SHIPPED, HoldCode.STEP_BACK),
        (S.HANDLED, M.LOST, HoldCode.MARKETPLACE_CLOSED),
        (S.PARTIALLY_SETTLED, M.OPEN, HoldCode.PARTIALLY_SETTLED),
        (S.SETTLED, M.OPEN, Action.SHIPPED),
        (S.SETTLED, M.SHIPPING, Action.SHIPPED),
        (S.SETTLED, M.SHIPPED, None),
        (S.SETTLED, M.DELIVERED, None),
        (S.SETTLED, M.RETURNED, HoldCode.MARKETPLACE_CLOSED),
        (S.CANCELED, M.OPEN, Action.CANCELLED),
        (S.CANCELED, M.SHIPPING, Action.CANCELLED),
        (S.CANCELED, M.SHIPPED, HoldCode.CANCEL_TOO_LATE),
        (S.CANCELED, M.DELIVERED, HoldCode.AFTER_DELIVERED),
        (S.CANCELED, M.CANCELLED, None),
        (S.CANCELED, M.RETURNED, None),
        (None, M.OPEN, HoldCode.UNKNOWN_SHOP_STATUS),
    ],
)
def test_the_pairing(
    shop: ShopStatus | None, held: MarketplaceStatus, expected: Action | HoldCode | None
) -> None:
    assert action(planned(shop, held)) == expected


def test_every_state_of_the_shop_has_its_pair() -> None:
    assert PAIRED.keys() == set(S)


def test_partially_settled_may_mean_shipping() -> None:
    rules = Rules(partially_settled="shipping")
    assert action(planned(S.PARTIALLY_SETTLED, M.OPEN, rules)) is Action.SHIPPING
    assert action(planned(S.PARTIALLY_SETTLED, M.SHIPPED, rules)) is HoldCode.STEP_BACK


def test_an_order_is_read_first_and_again_when_in_doubt() -> None:
    unread = an_order(S.PENDING)
    assert action(plan(unread, Rules(), NOW)) is Action.READ
    doubtful = an_order(S.SETTLED, M.OPEN)
    doubtful = changed(doubtful, observed_certain=False)
    assert action(plan(doubtful, Rules(), NOW)) is Action.READ


def test_marketplace_delivery_goes_through_shipping_and_no_further() -> None:
    assert action(planned(S.SETTLED, M.OPEN, mdp=True)) is Action.SHIPPING
    assert action(planned(S.SETTLED, M.SHIPPING, mdp=True)) is HoldCode.MARKETPLACE_DELIVERY
    assert (
        action(planned(S.SETTLED, M.SHIPPED, mdp=True, delivery="past day")) is HoldCode.MARKETPLACE_DELIVERY
    )
    pushing = Rules(push_shipped_for_marketplace_delivery=True)
    assert action(planned(S.SETTLED, M.SHIPPING, pushing, mdp=True)) is Action.SHIPPED


def test_settled_with_a_date_is_shipped_first_then_delivered() -> None:
    assert action(planned(S.SETTLED, M.OPEN, delivery="past day")) is Action.SHIPPED
    assert action(planned(S.SETTLED, M.SHIPPED, delivery="past day")) is Action.DELIVERED


def test_final_steps_wait_out_the_undo_window() -> None:
    cancel = planned(S.CANCELED, M.OPEN, Rules(undo_window_seconds=7200))
    assert isinstance(cancel, PlannedStep)
    assert cancel.not_before == NOW + timedelta(hours=1)
    deliver = planned(S.SETTLED, M.SHIPPED, Rules(undo_window_seconds=0), delivery="past day")
    assert isinstance(deliver, PlannedStep)
    assert deliver.not_before == NOW - timedelta(hours=1)


def test_a_future_date_waits_until_it_is_past() -> None:
    hold = planned(S.SETTLED, M.SHIPPED, delivery="tomorrow")
    assert isinstance(hold, Hold)
    assert hold.code is HoldCode.FUTURE_DELIVERY_DATE
    assert hold.until == datetime(2026, 11, 22, 0, 0, tzinfo=PRAGUE)
    assert hold.until is not None
    assert action(planned(S.SETTLED, M.SHIPPED, now=hold.until, delivery="tomorrow")) is Action.DELIVERED
    just_before = hold.until - timedelta(seconds=1)
    assert action(planned(S.SETTLED, M.SHIPPED, now=just_before, delivery="tomorrow")) is hold.code


@pytest.mark.parametrize(
    ("days", "code", "actor"),
    [
        (0, HoldReason.TYPED_EARLY, Actor.NOBODY),
        (1, HoldReason.FUTURE_DELIVERY_DATE, Actor.NOBODY),
        (2, HoldReason.FUTURE_DELIVERY_DATE, Actor.NOBODY),
        (3, HoldReason.FUTURE_DELIVERY_DATE_SLIP, Actor.CLERK),
        (90, HoldReason.FUTURE_DELIVERY_DATE_SLIP, Actor.CLERK),
    ],
)
def test_a_date_that_lies_far_ahead_is_taken_for_a_slip(days: int, code: HoldReason, actor: Actor) -> None:
    delivery = ShopDate(NOW.date() + timedelta(days=days))
    held = plan(an_order(replace(shop_view(), delivery=delivery), marketplace_view(M.SHIPPED)), Rules(), NOW)
    assert isinstance(held, Hold)
    possible_from = datetime.combine(delivery.day + timedelta(days=1), time(), PRAGUE).astimezone(UTC)
    assert held.reason == because(code, delivery=delivery, possible_from=possible_from)
    assert (held.code, held.actor, held.until) == (HoldCode.FUTURE_DELIVERY_DATE, actor, possible_from)


@pytest.mark.parametrize(
    ("shop", "by_us", "code"),
    [
        (S.HANDLED, False, HoldReason.CANCELLED),
        (S.SETTLED, False, HoldReason.CANCELLED_SETTLED),
        (S.HANDLED, True, HoldReason.CANCELLED_BY_US),
        (S.SETTLED, True, HoldReason.CANCELLED_BY_US),
    ],
)
def test_what_to_do_about_a_cancelled_order_depends_on_the_parcel_and_on_who_cancelled(
    shop: ShopStatus, code: HoldReason, *, by_us: bool
) -> None:
    state = an_order(shop_view(shop), marketplace_view(M.CANCELLED))
    cancelled = StatusChange(M.CANCELLED, NOW, by_us=by_us)
    state = replace(state, marketplace=replace(state.marketplace, status_changes=(cancelled,)))
    held = plan(state, Rules(), NOW)
    assert isinstance(held, Hold)
    assert (held.code, held.reason) == (HoldCode.MARKETPLACE_CLOSED, because(code))


def test_a_date_before_the_order_is_held() -> None:
    assert (
        action(planned(S.SETTLED, M.SHIPPED, delivery="before the order")) is HoldCode.DELIVERY_BEFORE_ORDER
    )


def test_an_impossible_date_holds_delivered_but_not_shipped() -> None:
    broken = replace(shop_view(), delivery_problem=ANY)
    assert action(plan(an_order(broken, M.OPEN), Rules(), NOW)) is Action.SHIPPED
    held = plan(an_order(broken, M.SHIPPED), Rules(), NOW)
    assert action(held) is HoldCode.BAD_DELIVERY_DATE


@pytest.mark.parametrize(
    ("delivery", "expected"),
    [
        ("past day", datetime(2026, 11, 19, 12, 0, tzinfo=PRAGUE)),
        ("past time", datetime(2026, 11, 19, 14, 5, tzinfo=PRAGUE)),
        ("today", datetime(2026, 11, 20, 12, 0, tzinfo=PRAGUE)),
    ],
)
def test_the_moment_of_delivery(delivery: str, expected: datetime) -> None:
    state = an_order(S.SETTLED, M.SHIPPED, delivery=delivery)
    state = changed(state, delivery_entered_after=NOW - timedelta(minutes=5))
    step = plan(state, Rules(), NOW)
    assert isinstance(step, PlannedStep)
    assert change_for(state, step, Rules(), NOW).delivered_at == expected


def test_missing_tracking_waits_as_long_as_the_setting_says() -> None:
    hold = planned(S.SETTLED, M.OPEN, tracking="none")
    assert isinstance(hold, Hold)
    assert hold.code is HoldCode.MISSING_TRACKING
    assert hold.until == NOW + timedelta(hours=23)
    assert hold.reason.code is HoldReason.MISSING_TRACKING_UNTIL
    assert hold.reason.fact("until") == hold.until
    after = planned(S.SETTLED, M.OPEN, now=NOW + timedelta(hours=23), tracking="none")
    assert action(after) is Action.SHIPPED
    patient = Rules(missing_tracking_wait_seconds=None)
    waiting = planned(S.SETTLED, M.OPEN, patient, LATER, tracking="none")
    assert isinstance(waiting, Hold)
    assert (waiting.code, waiting.until) == (HoldCode.MISSING_TRACKING, None)
    assert waiting.reason.code is HoldReason.MISSING_TRACKING
    assert (
        action(planned(S.SETTLED, M.OPEN, Rules(missing_tracking="send"), tracking="none")) is Action.SHIPPED
    )


@pytest.mark.parametrize("tracking", ["bad characters", "unknown carrier"])
def test_tracking_that_mall_would_refuse_is_held(tracking: str) -> None:
    hold = planned(S.SETTLED, M.OPEN, tracking=tracking)
    assert isinstance(hold, Hold)
    assert hold.code is HoldCode.BAD_TRACKING
    assert hold.reason.code is HoldReason.BAD_TRACKING_UNTIL
    assert hold.reason.fact("until") == hold.until
    patient = Rules(missing_tracking_wait_seconds=None)
    waiting = planned(S.SETTLED, M.OPEN, patient, LATER, tracking=tracking)
    assert isinstance(waiting, Hold)
    assert (waiting.reason.code, waiting.until) == (HoldReason.BAD_TRACKING, None)


def test_a_tracking_number_that_comes_late_is_added_while_shipped() -> None:
    observed = replace(marketplace_view(M.SHIPPED), tracking_number="", tracking_url="")
    assert action(plan(an_order(S.SETTLED, observed), Rules(), NOW)) is Action.TRACKING


def test_refused_tracking_does_not_keep_delivered_back() -> None:
    observed = replace(marketplace_view(M.SHIPPED), tracking_number="", tracking_url="")
    state = an_order(S.SETTLED, observed, delivery="past day")
    step = plan(state, Rules(), NOW)
    assert isinstance(step, PlannedStep)
    refused = changed(state, refusals=(Refusal(step.action, step.payload, they_said()),))
    assert action(plan(refused, Rules(), NOW)) is Action.DELIVERED
    without_date = changed(refused, desired=shop_view())
    assert action(plan(without_date, Rules(), NOW)) is HoldCode.REFUSED


def test_a_refused_step_is_not_sent_again_by_itself() -> None:
    state = an_order(S.HANDLED, M.OPEN)
    refused = changed(state, refusals=(Refusal(Action.SHIPPING, None, they_said()),))
    held = plan(refused, Rules(), NOW)
    assert action(held) is HoldCode.REFUSED
    assert (
        action(
            plan(
                changed(refused, desired=shop_view(S.CANCELED)),
                Rules(),
                NOW,
            )
        )
        is Action.CANCELLED
    )


def test_a_changed_date_after_delivered_is_explained() -> None:
    delivered = an_order(S.SETTLED, M.DELIVERED, delivery="past day")
    delivered = changed(delivered, sent_delivery_date=ShopDate(date(2026, 11, 18)))
    assert action(plan(delivered, Rules(), NOW)) is HoldCode.AFTER_DELIVERED
    same = changed(delivered, sent_delivery_date=ShopDate(date(2026, 11, 19)))
    assert action(plan(same, Rules(), NOW)) is None


def test_parked_orders_are_held() -> None:
    state = an_order(S.SETTLED, M.OPEN)
    state = changed(state, parked=PARKED)
    assert action(plan(state, Rules(), NOW)) is HoldCode.PARKED


def test_an_unreadable_record_is_held_with_its_reason() -> None:
    view = replace(shop_view(), problems=(ANY, they_said()))
    held = plan(an_order(view, M.OPEN), Rules(), NOW)
    assert isinstance(held, Hold)
    assert held.reason == because(HoldReason.BAD_RECORD, problems=(ANY, they_said()))


def test_utc_marketplace_is_the_adapters_affair() -> None:
    state = an_order(S.SETTLED, M.SHIPPED, delivery="past time")
    step = plan(state, Rules(marketplace_zone="UTC"), NOW)
    assert isinstance(step, PlannedStep)
    moment = change_for(state, step, Rules(marketplace_zone="UTC"), NOW).delivered_at
    assert moment == datetime(2026, 11, 19, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "held", "unclear", "not_clear"),
    [
        (None, M.OPEN, HoldReason.CREATE_UNCLEAR, HoldReason.CREATE_NOT_CLEAR),
        (S.PENDING, M.CANCELLED, HoldReason.CANCEL_UNCLEAR, HoldReason.CANCEL_NOT_CLEAR),
    ],
)
def test_an_unclear_answer_of_the_import_says_what_was_written(
    shown: ShopStatus | None, held: MarketplaceStatus, unclear: HoldReason, not_clear: HoldReason
) -> None:
    view = marketplace_view(held, confirmed=held is not M.OPEN)
    state = an_order(shown, view, listed_at=NOW, import_unclear_at=NOW)
    rules = Rules(import_mode="create")
    for now, code, reason in (
        (NOW, HoldCode.IMPORT_UNCLEAR, unclear),
        (NOW + timedelta(hours=7), HoldCode.IMPORT_REFUSED, not_clear),
    ):
        hold = plan(state, rules, now)
        assert isinstance(hold, Hold)
        assert (hold.code, hold.reason.code) == (code, reason)


def test_a_blocked_order_is_held_until_it_is_read_again() -> None:
    state = an_order(S.HANDLED, M.BLOCKED, observed_at=NOW)
    again = NOW + BLOCKED_RECHECK
    held = plan(state, Rules(), again - timedelta(seconds=1))
    assert isinstance(held, Hold)
    assert (held.code, held.until) == (HoldCode.MARKETPLACE_BLOCKED, again)
    assert action(plan(state, Rules(), again)) is Action.READ
