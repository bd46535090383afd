"""History, alarms and the next look: what follows from any state, and that it follows once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.advance import advance
from orderbridge.domain.cases.escalations import close
from orderbridge.domain.cases.follow_up import ALARMS_KEPT, alarms_sent, follow_up, unsent
from orderbridge.domain.cases.records import Alarm, AlarmKind, Cause, StatusChange
from orderbridge.domain.cases.states import NOT_IN_SHOP, at_marketplace, in_shop
from orderbridge.domain.codes.cases import HappenedReason, TodoReason
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts import Language
from orderbridge.texts.mails import alarm_mail
from tests.fakes import FakeAlarms
from tests.orders import DELIVERIES, NOW, SHIPPED_AT, an_order, changed, marketplace_view
from tests.unit.domain.strategies import happen, in_doubt, lives, mall_holds, recheck, shop_says, states

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from tests.unit.domain.strategies import Event

M, S = MarketplaceStatus, ShopStatus
RULES = Rules()
CREATING = Rules(import_mode="create")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PRAGUE = ZoneInfo("Europe/Prague")


def cancelled(status: ShopStatus, rules: Rules = RULES) -> OrderState:
    """MALL or the customer has just cancelled an order that the shop has in `status`."""
    begun = recheck(an_order(status, M.SHIPPING), rules, NOW - HOUR)
    return recheck(mall_holds(begun, marketplace_view(M.CANCELLED), NOW), rules, NOW)


def stops(state: OrderState) -> list[Alarm]:
    return [alarm for alarm in state.cases.alarms if alarm.kind is AlarmKind.STOP_THE_PARCEL]


def told(state: OrderState, now: datetime) -> OrderState:
    return alarms_sent(state, {alarm.key for alarm in unsent(state)}, now)


@pytest.mark.slow
@settings(max_examples=300)
@given(states, st.sampled_from([RULES, CREATING, Rules(push_returned=True)]))
def test_it_is_total_and_idempotent_for_any_state(state: OrderState, rules: Rules) -> None:
    now = NOW
    once = follow_up(state, rules, now)
    assert follow_up(once, rules, now) == once
    assert unsent(once) == tuple(alarm for alarm in once.cases.alarms if alarm.sent_at is None)
    returning = state.work.step is not None and state.work.step.action is Action.RETURNED
    if state.work.recheck_at is not None and not (returning and state.cases.return_request):
        assert once.work.recheck_at is not None
        assert once.work.recheck_at <= state.work.recheck_at
    if once.work.recheck_at != state.work.recheck_at and not returning:
        assert once.work.recheck_at is not None
        assert once.work.recheck_at > now


@given(lives, st.sampled_from([RULES, CREATING]))
def test_any_life_raises_every_alarm_once_and_rechecks_only_for_a_reason(
    life: list[Event], rules: Rules
) -> None:
    now = NOW
    new = replace(an_order(S.PENDING, M.OPEN), mall_order_id=2**63 - 1)
    state = recheck(new, rules, now)
    raised: dict[str, Alarm] = {}
    for event in life:
        now += event.after
        state = told(happen(state, event, rules, now), now)
        for alarm in state.cases.alarms:
            assert raised.setdefault(alarm.key, alarm) == alarm
            mail = alarm_mail(state.mall_order_id, alarm, Language.CZECH, PRAGUE)
            FakeAlarms().publish("demo", mail.subject, mail.body)
        assert len({alarm.key for alarm in state.cases.alarms}) == len(state.cases.alarms)
        statuses = [passed.status for passed in state.marketplace.status_changes]
        assert all(a is not b for a, b in pairwise(statuses))
        assert state.marketplace.observed is not None
        assert statuses[-1] is state.marketplace.observed.status
    # When nothing happens any more, an order that has nothing to send comes to rest.
    state = told(recheck(state, rules, now + timedelta(days=60)), now)
    state = told(recheck(state, rules, now + timedelta(days=61)), now)
    if state.work.step is None and (
        state.work.hold is None or state.work.hold.code is not HoldCode.MARKETPLACE_BLOCKED
    ):
        assert state.work.recheck_at is None or unsent(state)
        assert recheck(state, rules, now + timedelta(days=62)) == changed(state, recheck_at=None)


def test_every_status_is_noted_with_the_moment_that_is_known() -> None:
    state = recheck(an_order(S.PENDING, M.OPEN), RULES, NOW)
    state = recheck(mall_holds(state, marketplace_view(M.SHIPPING), NOW + HOUR), RULES, NOW + 2 * HOUR)
    state = recheck(mall_holds(state, marketplace_view(M.SHIPPED), NOW + 3 * HOUR), RULES, NOW + 3 * HOUR)
    delivered = replace(marketplace_view(M.DELIVERED), delivered_at=NOW + 4 * HOUR)
    state = recheck(mall_holds(state, delivered, NOW + 5 * HOUR), RULES, NOW + 5 * HOUR)
    assert state.marketplace.status_changes == (
        StatusChange(M.OPEN, NOW - timedelta(days=4), by_us=False),
        StatusChange(M.SHIPPING, NOW + HOUR, by_us=False),
        StatusChange(M.SHIPPED, SHIPPED_AT, by_us=False),
        StatusChange(M.DELIVERED, NOW + 4 * HOUR, by_us=False),
    )
    unread = an_order(S.SETTLED, M.SHIPPING)
    unread = changed(unread, observed_at=None)
    assert follow_up(unread, RULES, NOW).marketplace.status_changes == (
        StatusChange(M.SHIPPING, NOW, by_us=False),
    )


def test_what_we_set_ourselves_is_not_noted_again() -> None:
    ours = StatusChange(M.SHIPPING, NOW - MINUTE, by_us=True, wanted_at=NOW - HOUR)
    state = an_order(S.HANDLED, M.SHIPPING)
    state = changed(state, status_changes=(ours,))
    assert follow_up(state, RULES, NOW).marketplace.status_changes == (ours,)


@pytest.mark.parametrize("rules", [RULES, CREATING, Rules(import_mode="off")])
@pytest.mark.parametrize("status", S)
def test_who_is_notified_to_stop_the_parcel(status: ShopStatus, rules: Rules) -> None:
    started = status not in {S.PENDING, S.CANCELED}
    unwarned = status is S.PENDING and rules.import_mode != "create"
    assert len(stops(cancelled(status, rules))) == (started or unwarned)


def test_the_alarm_says_everything_once() -> None:
    state = cancelled(S.HANDLED)
    alarm = stops(state)[0]
    assert alarm.raised_at == NOW
    assert (alarm.happened.code, alarm.todo.code) == (
        HappenedReason.STOP_THE_PARCEL,
        TodoReason.STOP_PACKING,
    )
    assert (alarm.held, alarm.shop_says) == (at_marketplace(M.CANCELLED), in_shop(S.HANDLED))
    assert stops(cancelled(S.PENDING))[0].todo.code is TodoReason.DO_NOT_PACK
    assert stops(cancelled(S.SETTLED))[0].todo.code is TodoReason.GET_IT_BACK
    mail = alarm_mail(state.mall_order_id, alarm, Language.ENGLISH, PRAGUE)
    assert mail.subject == "Stop the parcel: MALL order 123456 was cancelled"
    for part in (
        "What happened:",
        "Status at MALL: Cancelled",
        "“Being handled”",
        "What to do: Stop packing",
    ):
        assert part in mail.body
    assert "2026001" not in mail.body
    state = recheck(state, RULES, NOW + HOUR)
    dated = recheck(shop_says(state, S.HANDLED, NOW + HOUR, DELIVERIES["past day"]), RULES, NOW + HOUR)
    assert stops(dated) == [alarm]


def test_whoever_goes_on_in_spite_of_the_alarm_or_takes_the_order_up_again_is_notified_again() -> None:
    """Each time the shop begins anew on an order that was cancelled long ago a parcel may go out for nothing."""
    state = cancelled(S.PENDING)
    said = [S.HANDLED, S.CANCELED, S.HANDLED, S.SETTLED, S.CANCELED, S.CANCELED]
    told = []
    for hour, status in enumerate(said, start=1):
        now = NOW + hour * HOUR
        state = recheck(shop_says(state, status, now), RULES, now)
        told.append(len(stops(state)))
    assert told == [2, 2, 3, 4, 4, 4]


def test_an_order_that_the_shop_took_and_has_not_shown_is_stopped_too() -> None:
    unseen = an_order(S.SETTLED, M.CANCELLED)
    unseen = changed(unseen, desired=None, desired_since=None, listed_at=NOW)
    (alarm,) = stops(recheck(changed(unseen, imported_at=NOW - HOUR), CREATING, NOW))
    assert (alarm.todo.code, alarm.shop_says) == (TodoReason.LOOK_FOR_THE_ORDER, NOT_IN_SHOP)
    assert stops(recheck(unseen, CREATING, NOW)) == []


def test_our_own_cancellation_alarms_nobody() -> None:
    ours = StatusChange(M.CANCELLED, NOW - HOUR, by_us=True, wanted_at=NOW - 2 * HOUR)
    state = an_order(S.CANCELED, M.CANCELLED)
    state = changed(state, status_changes=(ours,))
    state = recheck(state, RULES, NOW)
    assert stops(recheck(shop_says(state, S.HANDLED, NOW + HOUR), RULES, NOW + HOUR)) == []


def test_an_order_that_is_not_in_the_shop_alarms_nobody() -> None:
    state = an_order(S.SETTLED, M.CANCELLED)
    state = changed(state, desired=None, desired_since=None)
    assert recheck(state, RULES, NOW).cases.alarms == ()


def test_an_escalation_alarms_when_it_opens_and_when_it_reopens() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    (first,) = state.cases.alarms
    assert first.key == f"escalation wrong_delivered {NOW.isoformat()}"
    assert first.kind is AlarmKind.ESCALATION
    assert first.happened.code is HappenedReason.WRONG_DELIVERED
    mail = alarm_mail(state.mall_order_id, first, Language.ENGLISH, PRAGUE)
    assert mail.subject == "MALL order 123456: wrong Delivered"
    for part in (
        "What happened: Delivered was set, but according to our shop",
        "Status at MALL: Delivered",
        "The ready text is on the list of cases (“Cases”).",
    ):
        assert part in mail.body
    state = recheck(shop_says(told(state, NOW), S.SETTLED, NOW + HOUR), RULES, NOW + HOUR)
    assert len(state.cases.alarms) == 1
    state = recheck(shop_says(state, S.HANDLED, NOW + 2 * HOUR), RULES, NOW + 2 * HOUR)
    assert [alarm.raised_at for alarm in state.cases.alarms] == [NOW, NOW + 2 * HOUR]
    assert [alarm.raised_at for alarm in unsent(state)] == [NOW + 2 * HOUR]


def test_closing_and_rechecking_raises_no_alarm() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = close(told(state, NOW), Cause.WRONG_DELIVERED, "clerk", "ok", NOW + HOUR)
    assert unsent(recheck(state, RULES, NOW + 2 * HOUR)) == ()


def test_an_alarm_is_marked_as_sent_once() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    assert len(unsent(state)) == 1
    sent = told(state, NOW + MINUTE)
    assert unsent(sent) == ()
    assert sent.cases.alarms[0].sent_at == NOW + MINUTE
    assert alarms_sent(sent, {sent.cases.alarms[0].key}, NOW + HOUR) == sent
    assert alarms_sent(state, {"another"}, NOW) == state


def test_old_alarms_make_room_but_for_those_that_are_due_or_stand() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    standing = told(state, NOW).cases.alarms[0]
    due = replace(standing, key="due", sent_at=None)
    old = tuple(replace(standing, key=f"old {n}") for n in range(30))
    state = follow_up(changed(state, alarms=(standing, due, *old)), RULES, NOW)
    kept = [alarm.key for alarm in state.cases.alarms]
    assert kept == [standing.key, "due", *(f"old {n}" for n in range(30 - ALARMS_KEPT, 30))]


def test_an_order_with_an_unsent_alarm_is_rechecked() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    assert state.work.recheck_at == NOW + 5 * MINUTE
    again = recheck(state, RULES, NOW + 5 * MINUTE)
    assert again.work.recheck_at == NOW + 10 * MINUTE
    assert again.cases.alarms == state.cases.alarms
    assert recheck(told(again, NOW + 6 * MINUTE), RULES, NOW + 7 * MINUTE).work.recheck_at is None


def test_an_order_is_rechecked_when_it_becomes_overdue_and_not_for_ever() -> None:
    state = recheck(an_order(S.SETTLED, M.SHIPPED), RULES, NOW)
    overdue = SHIPPED_AT + timedelta(days=14)
    assert state.work.recheck_at == overdue
    state = recheck(state, RULES, overdue)
    assert state.cases.return_flag is not None
    assert state.work.recheck_at is None


def test_an_order_is_rechecked_when_it_should_have_got_into_the_shop() -> None:
    view = replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW)
    state = an_order(S.SETTLED, view)
    state = changed(state, desired=None, desired_since=None, listed_at=NOW)
    followed = follow_up(state, CREATING, NOW)
    assert followed.work.recheck_at == NOW + 4 * HOUR
    assert follow_up(changed(state, recheck_at=NOW + MINUTE), CREATING, NOW).work.recheck_at == NOW + MINUTE


def test_a_step_that_waits_keeps_its_time() -> None:
    state = an_order(S.SETTLED, M.SHIPPED, delivery="past day", since=NOW)
    before = advance(state, RULES, NOW, 0.5).order
    assert before.work.step is not None
    assert follow_up(before, RULES, NOW).work.recheck_at == before.work.recheck_at == NOW + 15 * MINUTE


def test_doubt_alone_changes_nothing() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    doubtful = follow_up(in_doubt(state), RULES, NOW)
    assert doubtful == in_doubt(state)
