"""The list of returns: what puts a parcel on it, what takes it off, and what a person may do about it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import after_accepted
from orderbridge.domain.cases.follow_up import follow_up
from orderbridge.domain.cases.matters import what_to_do
from orderbridge.domain.cases.records import Cause, Resolution, ReturnKind, StatusChange
from orderbridge.domain.cases.returns import flag_of, overdue_at, request_returned, resolve
from orderbridge.domain.codes.cases import CaseProblem, ReturnReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.holds import Actor, HoldCode
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import MarketplaceChange
from orderbridge.errors import WrongValueError
from tests.orders import (
    DELIVERIES,
    NOW,
    SHIPPED_AT,
    an_order,
    changed,
    marketplace_view,
    shop_view,
    with_observed,
)
from tests.reasons import ANY
from tests.texts import said
from tests.unit.domain.strategies import every_order, happen, in_doubt, lives, mall_holds, recheck, shop_says

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from tests.unit.domain.strategies import Event

K, M, S = ReturnKind, MarketplaceStatus, ShopStatus
RULES = Rules()
PUSHING = Rules(push_returned=True)
HOUR = timedelta(hours=1)
LONG_AFTER = SHIPPED_AT + timedelta(days=14)


def shipped(status: ShopStatus = S.SETTLED, *, mdp: bool = False, delivery: str = "none") -> OrderState:
    return an_order(status, M.SHIPPED, delivery=delivery, marketplace_delivery=mdp)


def ready(state: OrderState, collect_at: str = "") -> OrderState:
    return with_observed(state, ready_to_return=True, collect_at=collect_at)


def kind_of(state: OrderState, now: datetime = NOW, rules: Rules = RULES) -> ReturnKind | None:
    flag = flag_of(state, rules, now)
    return None if flag is None else flag.kind


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("held", M)
@pytest.mark.parametrize("mdp", [False, True])
def test_what_is_on_the_list(status: ShopStatus, held: MarketplaceStatus, mdp: bool) -> None:  # noqa: FBT001
    state = an_order(status, held, marketplace_delivery=mdp)
    canceled = {M.SHIPPED: K.UNCLAIMED, M.DELIVERED: K.WITHDRAWAL}.get(held) if status is S.CANCELED else None
    assert kind_of(state) is canceled
    out = held is M.SHIPPED and (status is S.SETTLED or (mdp and status is not S.CANCELED))
    overdue = K.OVERDUE if out else None
    assert kind_of(state, LONG_AFTER) is (canceled or overdue)
    waits = K.READY_TO_RETURN if held is M.SHIPPED else canceled
    assert kind_of(ready(state), LONG_AFTER) is waits


def test_nobody_is_asked_to_set_what_mall_delivery_sets() -> None:
    """Over every order that MALL Delivery carries: holds, explanations, the list of returns, what people are to do."""
    asks = re.compile(
        r"set (Returned|Delivered|Shipped)|by hand|delivery date|returned\b.*POST", re.IGNORECASE
    )
    checked = 0
    for state in every_order():
        if state.marketplace.observed is None or not state.marketplace.observed.marketplace_delivery:
            continue
        new = recheck(state, PUSHING, NOW)
        old = recheck(new, PUSHING, NOW + timedelta(days=30))
        for seen in (new, old, recheck(ready(old), PUSHING, NOW + timedelta(days=30))):
            told = [what_to_do(seen, e) for e in seen.cases.escalations if e.open]
            told += [] if seen.work.explanation is None else [seen.work.explanation]
            told += [] if seen.cases.return_flag is None else [seen.cases.return_flag.reason]
            assert not any(asks.search(said(reason)) for reason in told), told
            checked += len(told)
    assert checked > 100


@pytest.mark.parametrize("delivery", ["none", "past day", "tomorrow"])
def test_the_hold_and_the_list_agree_on_who_sets_returned(delivery: str) -> None:
    theirs = recheck(shipped(S.CANCELED, mdp=True, delivery=delivery), RULES, NOW)
    assert theirs.work.hold is not None
    assert theirs.cases.return_flag is not None
    assert (theirs.work.hold.code, theirs.work.hold.actor) == (HoldCode.CANCEL_TOO_LATE, Actor.NOBODY)
    for reason in (theirs.work.hold.reason, theirs.cases.return_flag.reason):
        assert "MALL sets" in said(reason)
        assert "vy nic nenastavujte" in said(reason, "cs")
    ours = recheck(shipped(S.CANCELED), RULES, NOW)
    assert ours.work.hold is not None
    assert ours.cases.return_flag is not None
    for reason in (ours.work.hold.reason, ours.cases.return_flag.reason):
        assert "set Returned in the partner portal by hand" in said(reason)
        assert "nastavte v partnerském portálu ručně Returned" in said(reason, "cs")


def test_an_order_is_overdue_from_the_very_moment_on() -> None:
    state = shipped()
    assert overdue_at(state, RULES) == LONG_AFTER
    assert kind_of(state, LONG_AFTER - timedelta(seconds=1)) is None
    assert kind_of(state, LONG_AFTER) is K.OVERDUE
    assert kind_of(state, LONG_AFTER, Rules(overdue_days=15)) is None


def test_overdue_counts_from_when_we_set_shipped_if_mall_does_not_say() -> None:
    state = shipped()
    silent = with_observed(state, shipped_at=None)
    assert overdue_at(silent, RULES) is None
    noted = changed(silent, status_changes=(StatusChange(M.SHIPPED, NOW, by_us=True),))
    assert overdue_at(noted, RULES) == NOW + timedelta(days=14)


@pytest.mark.parametrize("delivery", [d for d in DELIVERIES if d != "none"])
def test_a_delivery_date_takes_a_parcel_off_the_list(delivery: str) -> None:
    assert kind_of(shipped(delivery=delivery), LONG_AFTER) is None
    assert kind_of(shipped(S.CANCELED, delivery=delivery), LONG_AFTER) is None
    unreadable = replace(shop_view(), delivery_problem=ANY)
    assert kind_of(an_order(unreadable, M.SHIPPED), LONG_AFTER) is None


def test_the_texts_say_what_to_do() -> None:
    def text(state: OrderState, rules: Rules = RULES) -> str:
        flag = flag_of(state, rules, LONG_AFTER)
        assert flag is not None
        return said(flag.reason)

    assert "canceled in the shop on 20 Nov 2026 12:00" in text(shipped(S.CANCELED))
    assert "set Returned in the partner portal by hand" in text(shipped(S.CANCELED))
    assert "POST /returns/123456/returned" not in text(shipped(S.CANCELED))
    assert "POST /returns/123456/returned" in text(shipped(S.CANCELED), PUSHING)
    assert "sets Returned by itself" in text(shipped(S.CANCELED, mdp=True), PUSHING)
    assert "/returned" not in text(shipped(S.CANCELED, mdp=True), PUSHING)
    assert "Ask the carrier" in text(shipped())
    assert "shipped on 18 Nov 2026 13:00, more than 14 days ago" in text(shipped())
    assert "Ask MALL's Operations" in text(shipped(mdp=True))
    assert "Výdejna 7" in text(ready(shipped(mdp=True), "Výdejna 7"))
    assert "the partner portal says where" in text(ready(shipped(mdp=True)))
    withdrawn = text(an_order(S.CANCELED, M.DELIVERED))
    assert "stays Delivered" in withdrawn
    assert "credit note" in withdrawn
    assert "Returned" not in withdrawn


@pytest.mark.parametrize(
    ("state", "rules", "code"),
    [
        (shipped(S.CANCELED), RULES, ReturnReason.UNCLAIMED),
        (shipped(S.CANCELED), PUSHING, ReturnReason.UNCLAIMED_OVER_API),
        (shipped(S.CANCELED, mdp=True), PUSHING, ReturnReason.UNCLAIMED_MARKETPLACE_DELIVERY),
        (shipped(), RULES, ReturnReason.OVERDUE),
        (shipped(), PUSHING, ReturnReason.OVERDUE_OVER_API),
        (shipped(mdp=True), PUSHING, ReturnReason.OVERDUE_MARKETPLACE_DELIVERY),
        (ready(shipped(mdp=True)), RULES, ReturnReason.READY_TO_RETURN_SOMEWHERE),
        (ready(shipped(mdp=True), "Výdejna 7"), RULES, ReturnReason.READY_TO_RETURN),
        (an_order(S.CANCELED, M.DELIVERED), RULES, ReturnReason.WITHDRAWAL),
    ],
)
def test_why_a_parcel_is_on_the_list(state: OrderState, rules: Rules, code: ReturnReason) -> None:
    flag = flag_of(state, rules, LONG_AFTER)
    assert flag is not None
    assert flag.reason.code is code
    assert code.value.split(".")[1] == flag.kind.value


@pytest.mark.parametrize("held", [M.RETURNED, M.CANCELLED, M.LOST, M.DELIVERED])
def test_an_entry_closes_by_itself_when_mall_has_the_end(held: MarketplaceStatus) -> None:
    state = recheck(shipped(), RULES, LONG_AFTER)
    assert state.cases.return_flag is not None
    assert state.cases.return_flag.kind is K.OVERDUE
    state = recheck(mall_holds(state, marketplace_view(held), LONG_AFTER + HOUR), RULES, LONG_AFTER + HOUR)
    assert state.cases.return_flag is None
    assert [past.kind for past in state.cases.past_return_flags] == [K.OVERDUE]


def test_an_entry_closes_by_itself_when_the_shop_settles_it_again() -> None:
    state = recheck(shipped(S.CANCELED), RULES, NOW)
    assert state.cases.return_flag is not None
    state = recheck(shop_says(state, S.SETTLED, NOW + HOUR, DELIVERIES["past day"]), RULES, NOW + HOUR)
    assert state.cases.return_flag is None


def test_the_same_occasion_is_the_same_entry_and_a_new_one_is_new() -> None:
    first = recheck(shipped(S.CANCELED), RULES, NOW)
    later = recheck(first, RULES, NOW + HOUR)
    assert later.cases.return_flag == first.cases.return_flag
    settled = recheck(shop_says(later, S.SETTLED, NOW + 2 * HOUR), RULES, NOW + 2 * HOUR)
    assert settled.cases.return_flag is None
    again = recheck(shop_says(settled, S.CANCELED, NOW + 3 * HOUR), RULES, NOW + 3 * HOUR)
    assert first.cases.return_flag is not None
    assert again.cases.return_flag is not None
    assert again.cases.return_flag.opened_at == NOW + 3 * HOUR
    assert again.cases.return_flag.basis != first.cases.return_flag.basis


def test_what_was_resolved_stays_resolved_also_after_something_else_came_in_between() -> None:
    state = recheck(shipped(S.CANCELED, mdp=True), RULES, NOW)
    state = recheck(resolve(state, Resolution(NOW, "clerk", " collected ")), RULES, NOW + HOUR)
    assert state.cases.return_flag is not None
    assert state.cases.return_flag.resolved == Resolution(NOW, "clerk", "collected")
    resolved = state.cases.return_flag
    assert state.marketplace.observed is not None
    waiting = recheck(ready(state), RULES, NOW + 2 * HOUR)
    assert waiting.cases.return_flag is not None
    assert waiting.cases.return_flag.kind is K.READY_TO_RETURN
    assert waiting.cases.return_flag.open
    back = recheck(mall_holds(waiting, state.marketplace.observed, NOW + 3 * HOUR), RULES, NOW + 3 * HOUR)
    assert back.cases.return_flag == resolved


def test_an_entry_keeps_its_occasion_when_mall_says_the_moment_of_shipped_more_exactly() -> None:
    state = recheck(shipped(), RULES, LONG_AFTER + HOUR)
    assert state.marketplace.observed is not None
    exact = replace(state.marketplace.observed, shipped_at=SHIPPED_AT - timedelta(seconds=2))
    later = recheck(mall_holds(state, exact, LONG_AFTER + 2 * HOUR), RULES, LONG_AFTER + 2 * HOUR)
    assert state.cases.return_flag is not None
    assert later.cases.return_flag is not None
    assert (later.cases.return_flag.opened_at, later.cases.return_flag.basis) == (
        state.cases.return_flag.opened_at,
        state.cases.return_flag.basis,
    )


def test_the_text_of_an_open_entry_follows_what_is_known() -> None:
    state = recheck(ready(shipped(mdp=True)), RULES, NOW)
    state = recheck(ready(state, "Výdejna 7"), RULES, NOW + HOUR)
    assert state.cases.return_flag is not None
    assert state.cases.return_flag.reason.fact("collect_at") == ShopText("Výdejna 7")
    assert state.cases.return_flag.opened_at == NOW


def test_nothing_changes_while_mall_is_in_doubt() -> None:
    flagged = recheck(shipped(S.CANCELED), RULES, NOW)
    doubtful = in_doubt(shop_says(flagged, S.SETTLED, NOW + HOUR))
    assert flag_of(doubtful, RULES, LONG_AFTER) == flagged.cases.return_flag
    assert flag_of(in_doubt(shipped(S.CANCELED)), RULES, LONG_AFTER) is None


@pytest.mark.parametrize("note", ["", "  ", "x" * 501])
def test_resolving_needs_a_note(note: str) -> None:
    state = recheck(shipped(S.CANCELED), RULES, NOW)
    with pytest.raises(WrongValueError) as refused:
        resolve(state, Resolution(NOW, "clerk", note))
    assert refused.value.reason.code is CaseProblem.NOTE
    assert resolve(state, Resolution(NOW, "clerk", "x" * 500)).cases.return_flag is not None


def test_resolving_needs_an_open_entry() -> None:
    resolution = Resolution(NOW, "clerk", "done")
    with pytest.raises(WrongValueError) as refused:
        resolve(shipped(), resolution)
    assert refused.value.reason.code is CaseProblem.NO_OPEN_RETURN
    resolved = resolve(recheck(shipped(S.CANCELED), RULES, NOW), resolution)
    with pytest.raises(WrongValueError) as refused:
        resolve(resolved, resolution)
    assert refused.value.reason.code is CaseProblem.NO_OPEN_RETURN


def test_asking_for_returned_makes_a_step_after_the_undo_window() -> None:
    state = request_returned(recheck(shipped(S.CANCELED), PUSHING, NOW), PUSHING, "clerk", NOW)
    assert state.work.recheck_at == NOW
    state = recheck(state, PUSHING, NOW)
    assert state.work.step is not None
    assert state.work.step.action is Action.RETURNED
    assert state.work.step.not_before == NOW + timedelta(minutes=15)
    assert request_returned(state, PUSHING, "somebody else", NOW + HOUR) == state


def test_returned_is_wanted_from_when_it_was_asked_for() -> None:
    requested_at = NOW + 2 * HOUR
    state = recheck(shipped(S.CANCELED), PUSHING, NOW)
    state = recheck(request_returned(state, PUSHING, "clerk", requested_at), PUSHING, requested_at)
    assert state.work.step is not None
    assert state.marketplace.observed is not None
    change = MarketplaceChange(M.RETURNED)
    taken, _ = after_accepted(state, state.work.step, state.marketplace.observed, change, requested_at + HOUR)
    assert taken.marketplace.status_changes[-1] == StatusChange(
        M.RETURNED, requested_at + HOUR, by_us=True, wanted_at=requested_at
    )
    assert recheck(taken, PUSHING, requested_at + HOUR).cases.return_request is None


def test_returned_may_be_asked_for_an_overdue_parcel() -> None:
    state = recheck(shipped(), PUSHING, LONG_AFTER)
    assert request_returned(state, PUSHING, "clerk", LONG_AFTER).cases.return_request is not None


@pytest.mark.parametrize(
    ("state", "rules", "why"),
    [
        (shipped(S.CANCELED), RULES, CaseProblem.RETURNED_SWITCHED_OFF),
        (shipped(S.CANCELED, mdp=True), PUSHING, CaseProblem.RETURNED_BY_MARKETPLACE),
        (ready(shipped(S.CANCELED)), PUSHING, CaseProblem.RETURNED_NO_ENTRY),
        (shipped(), PUSHING, CaseProblem.RETURNED_NO_ENTRY),
        (
            an_order(S.CANCELED, M.DELIVERED),
            PUSHING,
            CaseProblem.RETURNED_TOO_SOON,
        ),
        (an_order(S.CANCELED, M.SHIPPING), PUSHING, CaseProblem.RETURNED_TOO_SOON),
        (an_order(S.CANCELED), PUSHING, CaseProblem.RETURNED_STATUS_UNKNOWN),
    ],
)
def test_when_returned_may_not_be_asked_for(state: OrderState, rules: Rules, why: CaseProblem) -> None:
    with pytest.raises(WrongValueError) as refused:
        request_returned(recheck(state, rules, NOW), rules, "clerk", NOW)
    assert refused.value.reason.code is why


def test_a_resolved_entry_allows_no_returned() -> None:
    state = resolve(
        recheck(shipped(S.CANCELED), PUSHING, NOW), Resolution(NOW, "clerk", "the customer has it")
    )
    with pytest.raises(WrongValueError) as refused:
        request_returned(state, PUSHING, "clerk", NOW)
    assert refused.value.reason.code is CaseProblem.RETURNED_NO_ENTRY


@pytest.mark.parametrize("now", [NOW, LONG_AFTER])
def test_the_shop_takes_a_request_for_returned_back(now: datetime) -> None:
    state = recheck(
        request_returned(recheck(shipped(S.CANCELED), PUSHING, now), PUSHING, "clerk", now), PUSHING, now
    )
    soon = now + timedelta(minutes=5)
    state = recheck(shop_says(state, S.SETTLED, soon), PUSHING, soon)
    assert state.cases.return_request is None
    assert state.work.recheck_at == soon
    state = recheck(state, PUSHING, soon)
    assert state.work.step is None


def test_canceling_the_order_agrees_with_a_request_for_returned() -> None:
    asked = request_returned(recheck(shipped(), PUSHING, LONG_AFTER), PUSHING, "clerk", LONG_AFTER)
    soon = LONG_AFTER + timedelta(minutes=5)
    state = recheck(shop_says(recheck(asked, PUSHING, LONG_AFTER), S.CANCELED, soon), PUSHING, soon)
    assert state.cases.return_request == asked.cases.return_request
    assert state.work.step is not None
    assert state.work.step.action is Action.RETURNED


def expected(state: OrderState, now: datetime) -> set[ReturnKind]:
    """The kinds whose condition holds, said once more in other words."""
    observed, desired = state.marketplace.observed, state.shop_side.desired
    assert desired is not None
    if observed is None:
        return set()
    kinds = set()
    ended = {p.status for p in state.marketplace.status_changes if not p.reverted} & {
        M.DELIVERED,
        M.RETURNED,
        M.CANCELLED,
        M.LOST,
    }
    wrong = any(
        e.cause is Cause.WRONG_DELIVERED and (e.open or e.return_document) for e in state.cases.escalations
    )
    if observed.status is M.DELIVERED and desired.status is S.CANCELED and not wrong:
        kinds.add(K.WITHDRAWAL)
    if observed.status is M.SHIPPED and not ended:
        if observed.ready_to_return:
            kinds.add(K.READY_TO_RETURN)
        if desired.status is S.CANCELED and (desired.delivery is None or observed.marketplace_delivery):
            kinds.add(K.UNCLAIMED)
        at = observed.shipped_at or next(
            p.at for p in reversed(state.marketplace.status_changes) if p.status is M.SHIPPED
        )
        out = desired.status is S.SETTLED or (
            observed.marketplace_delivery and desired.status is not S.CANCELED
        )
        if out and desired.delivery is None and now - at >= timedelta(days=14):
            kinds.add(K.OVERDUE)
    return kinds


@given(lives)
def test_any_life_keeps_the_promises_of_the_list(life: list[Event]) -> None:
    now = NOW
    state = recheck(an_order(S.PENDING, M.OPEN), PUSHING, now)
    opened: dict[tuple[ReturnKind, str], datetime] = {}
    resolved = set()
    for event in life:
        before, now = state, now + event.after
        state = happen(state, event, PUSHING, now)
        flag = state.cases.return_flag
        if event.resolve and before.cases.return_flag is not None:
            resolved.add((before.cases.return_flag.kind, before.cases.return_flag.basis))
        if not state.marketplace.observed_certain:
            assert flag == before.cases.return_flag or event.resolve
        elif flag is not None:
            assert flag.kind in expected(state, now)
            assert flag.kind is K.READY_TO_RETURN or K.READY_TO_RETURN not in expected(state, now)
        else:
            assert not expected(state, now)
        if flag is not None:
            occasion = (flag.kind, flag.basis)
            assert opened.setdefault(occasion, flag.opened_at) == flag.opened_at
            assert not (flag.open and occasion in resolved)
            assert flag.kind is not K.WITHDRAWAL or "Returned" not in said(flag.reason)
        if state.cases.return_request is not None and before.cases.return_request is None:
            assert before.marketplace.observed is not None
            assert not before.marketplace.observed.marketplace_delivery
            assert before.marketplace.observed.status is M.SHIPPED
            assert M.DELIVERED not in {p.status for p in before.marketplace.status_changes}
        if (
            state.work.step is not None
            and state.work.step.action is Action.RETURNED
            and state.cases.return_request
        ):
            assert state.marketplace.observed is not None
            assert not state.marketplace.observed.marketplace_delivery
        assert follow_up(state, PUSHING, now) == state
    assert len(state.cases.past_return_flags) <= 20
    assert opened.keys() >= resolved
