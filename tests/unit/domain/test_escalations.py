"""Every cause of an escalation: what opens it, what closes it, and what a person may do about it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from orderbridge.domain.actions import Action
from orderbridge.domain.advance import parked
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.cases.escalations import (
    close,
    credit_note,
    enter_return_number,
    escalated,
    ready_text,
)
from orderbridge.domain.cases.records import Cause, EscalationEvent, Item, ReturnDocument, StatusChange
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.operations_texts import what_to_do
from orderbridge.domain.payloads import ConfirmPayload, ReadCause, ReadPayload, TrackingPayload
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Refusal
from orderbridge.domain.updates import reread_requested, with_not_in_export, with_shop_update
from orderbridge.domain.views import Reading
from tests.orders import changed
from tests.unit.domain.strategies import (
    DELIVERIES,
    NOW,
    happen,
    in_doubt,
    lives,
    mall_holds,
    marketplace_view,
    order,
    recheck,
    shop_says,
    shop_view,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from orderbridge.domain.cases.records import Escalation
    from orderbridge.domain.orders import OrderState
    from tests.unit.domain.strategies import Event

C, M, S = Cause, MarketplaceStatus, ShopStatus
RULES = Rules()
CREATING = Rules(import_mode="create")
HOUR = timedelta(hours=1)
YESTERDAY, TODAY = DELIVERIES["past day"], DELIVERIES["today"]
ITEMS = (Item("Konvice  nerez", "2"), Item("Hrnek", "1"))


def both(
    status: ShopStatus,
    held: MarketplaceStatus,
    *,
    delivery: str = "none",
    sent: ShopDate | None = None,
    mdp: bool = False,
) -> OrderState:
    """An order that the shop and MALL have held so for an hour; `sent` is the date of a Delivered that we sent."""
    view = replace(marketplace_view(held, marketplace_delivery=mdp), items=ITEMS)
    state = order(shop_view(status, delivery), view)
    return replace(state, marketplace=replace(state.marketplace, sent_delivery_date=sent))


def refused(status: ShopStatus = S.HANDLED) -> OrderState:
    """MALL refused the next step, and reading did not explain it."""
    state = recheck(both(status, M.OPEN), RULES, NOW)
    assert state.work.step is not None
    refusal = Refusal(state.work.step.action, state.work.step.payload, "invalid transition")
    return replace(state, work=replace(state.work, step=None, refusals=(refusal,)))


def unknown_at_mall() -> OrderState:
    refusal = Refusal(Action.READ, ReadPayload(ReadCause.FIRST), "no such order", not_found=True)
    state = order(shop_view(S.HANDLED), None)
    return replace(state, work=replace(state.work, refusals=(refusal,)))


def only_at_mall(rules: Rules = CREATING, *, test: bool = False) -> OrderState:
    """Open at MALL, not in the shop, as the feed has shown it."""
    state = order(shop_view(), replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW))
    state = replace(
        state,
        shop_side=replace(state.shop_side, desired=None, desired_since=None, seen_at=None),
        marketplace=replace(state.marketplace, listed_at=NOW, test=test),
    )
    return recheck(state, rules, NOW)


def escalation(state: OrderState, cause: Cause) -> Escalation:
    return next(e for e in state.cases.escalations if e.cause is cause)


def open_causes(state: OrderState) -> set[Cause]:
    return {e.cause for e in state.cases.escalations if e.open}


def events(state: OrderState, cause: Cause) -> list[str]:
    return [event.what for event in escalation(state, cause).history]


CASES = {
    "refused": (refused(), C.REFUSED),
    "back to pending after shipped": (both(S.PENDING, M.SHIPPED), C.IMPOSSIBLE),
    "handled after shipped": (both(S.HANDLED, M.SHIPPED), C.IMPOSSIBLE),
    "set back after delivered": (both(S.HANDLED, M.DELIVERED), C.WRONG_DELIVERED),
    "pending after MALL Delivery delivered": (both(S.PENDING, M.DELIVERED, mdp=True), None),
    "date taken away after delivered": (
        both(S.SETTLED, M.DELIVERED, sent=DELIVERIES["past day"]),
        C.WRONG_DELIVERED,
    ),
    "date changed after delivered": (
        both(S.SETTLED, M.DELIVERED, delivery="today", sent=DELIVERIES["past day"]),
        C.WRONG_DELIVERY_DATE,
    ),
    "canceled after delivered": (both(S.CANCELED, M.DELIVERED, sent=DELIVERIES["past day"]), None),
    "delivered as it was sent": (
        both(S.SETTLED, M.DELIVERED, delivery="past day", sent=DELIVERIES["past day"]),
        None,
    ),
    "shipped, but cancelled at MALL": (both(S.SETTLED, M.CANCELLED), C.WRONG_FINAL),
    "delivered, but returned at MALL": (both(S.SETTLED, M.RETURNED, delivery="past day"), C.WRONG_FINAL),
    "unclaimed and returned": (both(S.SETTLED, M.RETURNED), None),
    "lost": (both(S.SETTLED, M.LOST), None),
    "handled, cancelled at MALL": (both(S.HANDLED, M.CANCELLED), None),
    "reopened": (
        changed(both(S.SETTLED, M.SHIPPED), status_changes=(StatusChange(M.DELIVERED, NOW, by_us=False),)),
        C.DRIFT,
    ),
    "drift": (changed(both(S.HANDLED, M.SHIPPING), drift="the lists differ"), C.DRIFT),
    "not at MALL": (unknown_at_mall(), C.NOT_AT_MARKETPLACE),
    "parked": (parked(both(S.HANDLED, M.SHIPPING), "steps", NOW).order, C.DEAD_LETTER),
    "missing tracking": (order(shop_view(tracking="none"), marketplace_view(M.OPEN)), None),
    "cancel too late": (both(S.CANCELED, M.SHIPPED), None),
    "partially settled": (both(S.PARTIALLY_SETTLED, M.OPEN), None),
    "unknown state": (order(shop_view(None), marketplace_view(M.OPEN)), None),
    "blocked": (both(S.HANDLED, M.BLOCKED), None),
}


@pytest.mark.parametrize(("state", "cause"), CASES.values(), ids=CASES.keys())
def test_what_is_escalated(state: OrderState, cause: Cause | None) -> None:
    state = recheck(state, RULES, NOW)
    assert open_causes(state) == ({cause} if cause else set())
    if cause is None:
        return
    opened = escalation(state, cause)
    assert opened.opened_at == NOW
    assert opened.history == (EscalationEvent(NOW, "opened"),)
    assert opened.what
    assert opened.held
    assert opened.shop_says
    assert recheck(state, RULES, NOW + HOUR).cases.escalations == state.cases.escalations


@pytest.mark.parametrize(
    ("case", "held", "shop", "right"),
    [
        ("refused", "Open", "vyřizuje se (being handled)", "Shipping"),
        ("handled after shipped", "Shipped", "vyřizuje se (being handled)", "Shipping"),
        ("set back after delivered", "Delivered", "vyřizuje se (being handled)", "Shipping"),
        ("date taken away after delivered", "Delivered", "vyřízená (settled)", "Shipped"),
        (
            "date changed after delivered",
            "Delivered",
            "vyřízená (settled), datum doručení (delivery date) 20.11.2026",
            "Delivered 20.11.2026",
        ),
        ("shipped, but cancelled at MALL", "Cancelled", "vyřízená (settled)", "Shipped"),
        (
            "delivered, but returned at MALL",
            "Returned",
            "vyřízená (settled), datum doručení (delivery date) 19.11.2026",
            "Delivered 19.11.2026",
        ),
        ("reopened", "Shipped", "vyřízená (settled)", "Delivered"),
        ("not at MALL", "–", "vyřizuje se (being handled)", "Shipping"),
    ],
)
def test_the_facts(case: str, held: str, shop: str, right: str) -> None:
    state, cause = CASES[case]
    assert cause is not None
    facts = escalation(recheck(state, RULES, NOW), cause)
    assert (facts.held, facts.shop_says, facts.right_status) == (held, shop, right)


MENDED: dict[str, Callable[[OrderState], OrderState]] = {
    "handled after shipped": lambda s: shop_says(s, S.SETTLED, NOW + HOUR),
    "set back after delivered": lambda s: shop_says(s, S.SETTLED, NOW + HOUR),
    "date taken away after delivered": lambda s: shop_says(s, S.SETTLED, NOW + HOUR, YESTERDAY),
    "date changed after delivered": lambda s: shop_says(s, S.SETTLED, NOW + HOUR, YESTERDAY),
    "delivered, but returned at MALL": lambda s: shop_says(s, S.SETTLED, NOW + HOUR),
    "reopened": lambda s: mall_holds(s, marketplace_view(M.DELIVERED), NOW + HOUR),
    "drift": lambda s: replace(s, cases=replace(s.cases, drift="")),
    "not at MALL": lambda s: mall_holds(
        replace(s, work=replace(s.work, refusals=())), marketplace_view(M.SHIPPING), NOW + HOUR
    ),
    "parked": lambda s: mall_holds(reread_requested(s, NOW), marketplace_view(M.SHIPPING), NOW + HOUR),
}
"""What mends a case."""


@pytest.mark.parametrize("case", MENDED)
def test_it_closes_by_itself_and_reopens_with_its_history(case: str) -> None:
    broken, cause = CASES[case]
    assert cause is not None
    state = recheck(broken, RULES, NOW)
    state = recheck(MENDED[case](state), RULES, NOW + HOUR)
    assert open_causes(state) == set()
    closed = escalation(state, cause)
    assert closed.closed_at == NOW + HOUR
    assert not closed.closed_by_person
    assert events(state, cause) == ["opened", "closed"]
    again = replace(
        state,
        shop_side=replace(state.shop_side, desired=broken.shop_side.desired),
        marketplace=replace(state.marketplace, observed=broken.marketplace.observed),
        cases=replace(state.cases, drift=broken.cases.drift),
    )
    again = replace(
        again,
        work=replace(again.work, refusals=broken.work.refusals, parked=broken.work.parked),
        marketplace=replace(again.marketplace, status_changes=broken.marketplace.status_changes),
    )
    state = recheck(
        replace(
            again,
            work=replace(again.work, step=None),
            marketplace=replace(again.marketplace, observed_certain=broken.marketplace.observed_certain),
        ),
        RULES,
        NOW + 2 * HOUR,
    )
    assert events(state, cause) == ["opened", "closed", "reopened"]
    reopened = escalation(state, cause)
    assert reopened.open
    assert reopened.opened_at == NOW + 2 * HOUR
    assert len(state.cases.escalations) == 1


@pytest.mark.parametrize("case", [name for name, (_, cause) in CASES.items() if cause])
def test_doubt_closes_nothing(case: str) -> None:
    state, cause = CASES[case]
    assert cause is not None
    state = recheck(state, RULES, NOW)
    doubtful = recheck(
        in_doubt(replace(state, shop_side=replace(state.shop_side, desired=shop_view(S.SETTLED)))),
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
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    hidden = replace(state, work=replace(state.work, hold=Hold(hidden_by, "cannot be told", Actor.CLERK)))
    assert C.WRONG_DELIVERED in open_causes(escalated(hidden, RULES, NOW + HOUR))
    told = replace(
        state, work=replace(state.work, hold=Hold(HoldCode.MISSING_TRACKING, "something else", Actor.CLERK))
    )
    assert C.WRONG_DELIVERED not in open_causes(escalated(told, RULES, NOW + HOUR))


def with_unreadable_date(state: OrderState, status: ShopStatus, now: datetime) -> OrderState:
    view = replace(shop_view(status), delivery_problem="delivery date '31.2.' cannot be read")
    return recheck(with_shop_update(state, view, Reading(now, now)), RULES, now)


@pytest.mark.parametrize("before", [S.PENDING, S.HANDLED])
def test_an_unreadable_date_hides_nothing_of_the_state(before: ShopStatus) -> None:
    state = recheck(both(before, M.SHIPPED), RULES, NOW)
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
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = recheck(shop_says(state, S.CANCELED, NOW + HOUR), RULES, NOW + HOUR)
    facts = escalation(state, C.WRONG_DELIVERED)
    assert facts.open
    assert facts.shop_says == "stornováno (canceled)"
    assert facts.right_status == "Shipping", "canceling makes nothing right"


def test_an_order_that_shows_up_unreadable_is_no_more_unseen() -> None:
    state = only_at_mall(RULES)
    state = replace(state, cases=replace(state.cases, drift="the shop's export has never shown it"))
    state = recheck(mall_holds(state, marketplace_view(M.SHIPPING), NOW), RULES, NOW)
    assert open_causes(state) == {C.DRIFT}
    state = recheck(
        with_shop_update(state, replace(shop_view(), problems=("x",)), Reading(NOW + HOUR, NOW + HOUR)),
        RULES,
        NOW + HOUR,
    )
    assert state.work.hold is not None
    assert state.work.hold.code is HoldCode.BAD_RECORD
    assert open_causes(state) == set()


def test_a_wrong_number_that_was_put_right_in_the_shop_is_no_matter_any_more() -> None:
    state = recheck(unknown_at_mall(), RULES, NOW)
    assert open_causes(state) == {C.NOT_AT_MARKETPLACE}
    state = recheck(
        replace(state, shop_side=replace(state.shop_side, missing_since=NOW + HOUR)), RULES, NOW + HOUR
    )
    assert open_causes(state) == set()
    state = recheck(
        replace(state, shop_side=replace(state.shop_side, missing_since=None)), RULES, NOW + 2 * HOUR
    )
    assert open_causes(state) == {C.NOT_AT_MARKETPLACE}


def test_confirming_a_change_closes_nothing() -> None:
    state = recheck(both(S.HANDLED, M.SHIPPED), RULES, NOW)
    assert state.marketplace.observed is not None
    changed = replace(
        state,
        marketplace=replace(
            state.marketplace,
            observed=replace(state.marketplace.observed, confirmed=False),
            change_to_confirm="changed by MALL or the customer",
        ),
    )
    state = recheck(changed, RULES, NOW + HOUR)
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
    taken = replace(
        again,
        work=replace(again.work, step=None),
        marketplace=replace(again.marketplace, observed=marketplace_view(M.SHIPPING)),
    )
    assert events(recheck(taken, RULES, NOW + HOUR), C.REFUSED) == ["opened", "closed"]


def test_a_parked_order_that_is_repeated_closes_when_it_goes_on() -> None:
    state = recheck(CASES["parked"][0], RULES, NOW)
    repeated = recheck(reread_requested(state, NOW), RULES, NOW + HOUR)
    assert repeated.work.step is not None
    assert open_causes(repeated) == {C.DEAD_LETTER}
    read = mall_holds(
        replace(repeated, work=replace(repeated.work, step=None)), marketplace_view(M.SHIPPING), NOW + HOUR
    )
    assert open_causes(recheck(read, RULES, NOW + HOUR)) == set()


def test_what_a_person_closed_stays_closed_on_the_same_facts() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = close(state, C.WRONG_DELIVERED, "clerk", " told them by phone ", NOW)
    assert (
        recheck(recheck(state, RULES, NOW + HOUR), RULES, NOW + 2 * HOUR).cases.escalations
        == state.cases.escalations
    )
    closed = escalation(state, C.WRONG_DELIVERED)
    assert closed.closed_by_person
    assert closed.history[-1] == EscalationEvent(NOW, "closed", "clerk", "told them by phone")


def test_what_a_person_closed_reopens_on_other_facts() -> None:
    state = close(recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW), C.WRONG_DELIVERED, "clerk", "ok", NOW)
    state = recheck(shop_says(state, S.PENDING, NOW + HOUR), RULES, NOW + HOUR)
    assert events(state, C.WRONG_DELIVERED) == ["opened", "closed", "reopened"]


def test_what_a_person_closed_reopens_after_the_cause_was_gone() -> None:
    state = close(recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW), C.WRONG_DELIVERED, "clerk", "ok", NOW)
    state = recheck(shop_says(state, S.SETTLED, NOW + HOUR), RULES, NOW + HOUR)
    assert not escalation(state, C.WRONG_DELIVERED).closed_by_person
    state = recheck(shop_says(state, S.HANDLED, NOW + 2 * HOUR), RULES, NOW + 2 * HOUR)
    assert events(state, C.WRONG_DELIVERED) == ["opened", "closed", "reopened"]
    assert escalation(state, C.WRONG_DELIVERED).opened_at == NOW + 2 * HOUR


def test_an_open_escalation_follows_the_facts_so_that_closing_it_lasts() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = recheck(shop_says(state, S.PENDING, NOW + HOUR), RULES, NOW + HOUR)
    assert escalation(state, C.WRONG_DELIVERED).shop_says == "nevyřízená (pending)"
    assert events(state, C.WRONG_DELIVERED) == ["opened"]
    state = close(state, C.WRONG_DELIVERED, "clerk", "ok", NOW + HOUR)
    assert open_causes(recheck(state, RULES, NOW + 2 * HOUR)) == set()


@pytest.mark.parametrize("note", ["", " ", "x" * 501])
def test_closing_needs_a_note(note: str) -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(ValueError, match="note"):
        close(state, C.WRONG_DELIVERED, "clerk", note, NOW)


def test_only_what_is_open_is_closed() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(ValueError, match="no open escalation refused"):
        close(state, C.REFUSED, "clerk", "ok", NOW)
    closed = close(state, C.WRONG_DELIVERED, "clerk", "ok", NOW)
    with pytest.raises(ValueError, match="no open escalation wrong_delivered"):
        close(closed, C.WRONG_DELIVERED, "clerk", "ok", NOW)


def document(number: str = "4712345678", *, hours: int = 0, items: tuple[Item, ...] = ()) -> ReturnDocument:
    return ReturnDocument(number, NOW + hours * HOUR, "clerk", items)


def test_a_return_number_asks_for_a_credit_note_and_keeps_the_escalation_open() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    assert credit_note(state, escalation(state, C.WRONG_DELIVERED)) is None
    state = enter_return_number(state, C.WRONG_DELIVERED, document(" 4712345678 "))
    note = credit_note(state, escalation(state, C.WRONG_DELIVERED))
    assert note is not None
    assert (note.mall_order_id, note.return_number, note.whole_order) == (123456, "4712345678", True)
    assert note.items == ITEMS
    assert note.due_at == NOW + timedelta(days=14)
    for word in (S.SETTLED, S.CANCELED):
        changed = recheck(shop_says(state, word, NOW + HOUR), RULES, NOW + HOUR)
        assert open_causes(changed) == {C.WRONG_DELIVERED}
    closed = close(state, C.WRONG_DELIVERED, "clerk", "credit note sent", NOW + HOUR)
    assert open_causes(recheck(closed, RULES, NOW + HOUR)) == set()


def test_the_same_return_number_twice_is_harmless_and_another_one_replaces_it() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = enter_return_number(state, C.WRONG_DELIVERED, document())
    assert enter_return_number(state, C.WRONG_DELIVERED, document(hours=5)) == state
    part = enter_return_number(state, C.WRONG_DELIVERED, document(hours=5, items=(Item("Hrnek", "1"),)))
    note = credit_note(part, escalation(part, C.WRONG_DELIVERED))
    assert note is not None
    assert note.items == (Item("Hrnek", "1"),)
    assert not note.whole_order
    assert note.due_at == NOW + timedelta(days=14)
    other = enter_return_number(state, C.WRONG_DELIVERED, document("4700000000", hours=5))
    last = escalation(other, C.WRONG_DELIVERED)
    assert last.return_document == document("4700000000"), "a correction: the 14 days go on"
    assert last.history[-1] == EscalationEvent(
        NOW + 5 * HOUR, "return number entered", "clerk", "4700000000, replaces 4712345678"
    )


def test_canceling_the_order_makes_a_wrong_delivered_no_better() -> None:
    """The parcel came back, and the clerk cancels the order while the people wait for the return number."""
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = recheck(shop_says(state, S.CANCELED, NOW + HOUR), RULES, NOW + HOUR)
    assert open_causes(state) == {C.WRONG_DELIVERED}
    assert state.cases.return_flag is None, "no withdrawal: it was never delivered"
    state = enter_return_number(state, C.WRONG_DELIVERED, document(hours=2))
    state = close(state, C.WRONG_DELIVERED, "clerk", "credit note sent", NOW + 3 * HOUR)
    state = recheck(state, RULES, NOW + 4 * HOUR)
    assert (open_causes(state), state.cases.return_flag) == (set(), None)


def test_a_case_that_is_opened_anew_starts_without_a_return_number() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = enter_return_number(state, C.WRONG_DELIVERED, document())
    state = close(state, C.WRONG_DELIVERED, "clerk", "credit note sent", NOW + HOUR)
    later = NOW + timedelta(days=30)
    state = recheck(shop_says(state, S.PENDING, later), RULES, later)
    again = escalation(state, C.WRONG_DELIVERED)
    assert (again.open, again.return_document) == (True, None)
    assert "4712345678" in " ".join(event.note for event in again.history)


def test_an_unreadable_date_after_delivered_is_the_clerks_to_correct_not_mall_s() -> None:
    state = recheck(both(S.SETTLED, M.DELIVERED), RULES, NOW)
    state = replace(state, marketplace=replace(state.marketplace, sent_delivery_date=ShopDate(NOW.date())))
    garbled = replace(shop_view(), delivery_problem="delivery date '20-1x' is not a date")
    state = recheck(with_shop_update(state, garbled, Reading(NOW + HOUR, NOW + HOUR)), RULES, NOW + HOUR)
    assert state.work.hold is not None
    assert state.work.hold.code is HoldCode.BAD_DELIVERY_DATE
    assert "20-1x" in state.work.hold.text
    assert open_causes(state) == set()


def test_not_imported_stays_open_while_an_unclear_answer_is_waited_for() -> None:
    late = recheck(only_at_mall(), CREATING, NOW + 5 * HOUR)
    assert open_causes(late) == {C.NOT_IMPORTED}
    doubtful = replace(
        late,
        work=replace(late.work, step=None),
        shop_side=replace(late.shop_side, import_unclear_at=NOW + 5 * HOUR),
    )
    assert events(recheck(doubtful, CREATING, NOW + 5 * HOUR), C.NOT_IMPORTED) == ["opened"]
    assert events(recheck(doubtful, CREATING, NOW + 6 * HOUR), C.NOT_IMPORTED) == ["opened"]


@pytest.mark.parametrize(
    "number",
    ["", "4812345678", "471234567", "47123456789", "47 1234567", "47" + 8 * "\N{FULLWIDTH DIGIT ONE}"],
)
def test_a_return_number_has_its_form(number: str) -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(ValueError, match="47 and 8 more digits"):
        enter_return_number(state, C.WRONG_DELIVERED, document(number))


@pytest.mark.parametrize(
    "item", [Item(" ", "1"), Item("Hrnek", "0"), Item("Hrnek", "-1"), Item("Hrnek", "NaN")]
)
def test_items_of_a_return_are_named_and_counted(item: Item) -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(ValueError, match="every item"):
        enter_return_number(state, C.WRONG_DELIVERED, document(items=(item,)))


def test_a_return_number_belongs_to_a_wrong_delivered_that_is_open() -> None:
    state = recheck(both(S.HANDLED, M.SHIPPED), RULES, NOW)
    with pytest.raises(ValueError, match="wrong_delivered alone, not to impossible"):
        enter_return_number(state, C.IMPOSSIBLE, document())
    with pytest.raises(ValueError, match="no open escalation"):
        enter_return_number(state, C.WRONG_DELIVERED, document())


def test_an_order_that_does_not_get_into_the_shop_is_escalated_in_time() -> None:
    state = only_at_mall()
    assert open_causes(recheck(state, CREATING, NOW + 4 * HOUR - timedelta(seconds=1))) == set()
    late = recheck(state, CREATING, NOW + 4 * HOUR)
    assert open_causes(late) == {C.NOT_IMPORTED}
    assert escalation(late, C.NOT_IMPORTED).right_status == "nevyřízená (pending)"
    there = shop_says(late, S.PENDING, NOW + 5 * HOUR)
    state = recheck(
        replace(
            there,
            work=replace(there.work, step=None),
            marketplace=replace(there.marketplace, observed=marketplace_view(M.OPEN)),
        ),
        CREATING,
        NOW + 5 * HOUR,
    )
    assert escalation(late, C.NOT_IMPORTED).shop_says == "–"
    assert events(state, C.NOT_IMPORTED) == ["opened", "closed"]


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        (only_at_mall(test=True), CREATING),
        (only_at_mall(), RULES),
        (only_at_mall(), Rules(import_mode="off")),
        (only_at_mall(), Rules(import_mode="create", import_opened_from=NOW.date() + timedelta(days=1))),
        (changed(only_at_mall(), imported_at=NOW + 29 * HOUR, step=None), CREATING),
        (changed(only_at_mall(), observed=marketplace_view(M.BLOCKED), step=None), CREATING),
        (in_doubt(only_at_mall(test=True)), CREATING),
    ],
    ids=[
        "test order",
        "link",
        "off",
        "before import_opened_from",
        "taken by the shop",
        "blocked",
        "test order in doubt",
    ],
)
def test_what_is_not_to_get_into_the_shop_is_not_missed(state: OrderState, rules: Rules) -> None:
    assert open_causes(recheck(state, rules, NOW + 30 * HOUR)) == set()


def test_an_order_that_the_shop_took_and_never_showed_is_missed() -> None:
    """Its import said yes, MALL got the confirmation, and nobody will ever pack it."""
    taken = only_at_mall()
    taken = replace(
        taken, shop_side=replace(taken.shop_side, imported_at=NOW), work=replace(taken.work, step=None)
    )
    taken = recheck(
        replace(taken, marketplace=replace(taken.marketplace, observed=marketplace_view(M.OPEN))),
        CREATING,
        NOW,
    )
    assert open_causes(recheck(taken, CREATING, NOW + 3 * HOUR)) == set()  # its exports may all be old ones
    made = Reading(NOW + 2 * HOUR, NOW + 2 * HOUR)
    missed = recheck(with_not_in_export(taken, made, NOW, whole=True), CREATING, NOW + 2 * HOUR)
    assert open_causes(missed) == {C.NOT_IMPORTED}
    assert open_causes(recheck(taken, CREATING, NOW + 6 * HOUR)) == {C.NOT_IMPORTED}
    assert missed.work.hold is not None
    assert "its exports have not shown it since" in missed.work.hold.text
    assert (
        open_causes(
            recheck(
                with_shop_update(missed, shop_view(S.PENDING), Reading(NOW + 3 * HOUR, NOW + 3 * HOUR)),
                CREATING,
                NOW + 3 * HOUR,
            )
        )
        == set()
    )
    asked = recheck(reread_requested(missed, NOW + 3 * HOUR), CREATING, NOW + 3 * HOUR)
    asked = recheck(mall_holds(asked, marketplace_view(M.OPEN), NOW + 3 * HOUR), CREATING, NOW + 3 * HOUR)
    assert asked.work.step is not None
    assert asked.work.step.action is Action.CREATE_IN_SHOP, (
        "once the export was read anew, and still lacks it"
    )


def test_an_order_that_mall_does_not_let_us_read_is_missed_as_well() -> None:
    assert open_causes(recheck(in_doubt(only_at_mall()), CREATING, NOW + 5 * HOUR)) == {C.NOT_IMPORTED}


def test_test_orders_are_missed_where_they_are_wanted() -> None:
    rules = Rules(import_mode="create", test_orders=True)
    assert open_causes(recheck(only_at_mall(rules, test=True), rules, NOW + 5 * HOUR)) == {C.NOT_IMPORTED}


def test_what_the_shop_refused_is_escalated_at_once() -> None:
    state = only_at_mall()
    refusal = Refusal(Action.CREATE_IN_SHOP, None, "unknown payment")
    state = recheck(replace(state, work=replace(state.work, step=None, refusals=(refusal,))), CREATING, NOW)
    assert open_causes(state) == {C.NOT_IMPORTED}
    again = recheck(reread_requested(state, NOW), CREATING, NOW + HOUR)
    view = marketplace_view(M.OPEN, confirmed=False)
    read = recheck(mall_holds(again, view, NOW + HOUR), CREATING, NOW + HOUR)
    assert read.work.step is not None
    assert read.work.step.action is Action.CREATE_IN_SHOP
    assert events(read, C.NOT_IMPORTED) == ["opened"]


def test_a_cancellation_that_the_shop_refused_is_escalated() -> None:
    refusal = Refusal(Action.CANCEL_IN_SHOP, None, "locked")
    known = both(S.HANDLED, M.CANCELLED)
    state = recheck(replace(known, work=replace(known.work, refusals=(refusal,))), CREATING, NOW)
    assert open_causes(state) == {C.NOT_IMPORTED}
    facts = escalation(state, C.NOT_IMPORTED)
    assert facts.right_status == "stornováno (canceled)"
    text = ready_text(state, facts, RULES)
    assert "Do not send the parcel" in text.en
    assert "Zásilku neposílejte" in text.cs


def test_not_imported_ends_where_orders_are_not_imported_any_more() -> None:
    late = recheck(only_at_mall(), CREATING, NOW + 5 * HOUR)
    assert open_causes(recheck(in_doubt(late), RULES, NOW + 6 * HOUR)) == set()


@pytest.mark.parametrize("case", [name for name, (_, cause) in CASES.items() if cause])
def test_the_ready_text_is_complete_in_both_languages(case: str) -> None:
    state, cause = CASES[case]
    assert cause is not None
    state = recheck(state, RULES, NOW)
    facts = escalation(state, cause)
    text = ready_text(state, facts, RULES)
    for words in (text.cs, text.en):
        assert "123456" in words
        assert "{" not in words
    if cause is C.DEAD_LETTER:
        assert "POST /orders/123456/retry" in text.cs
        assert "POST /orders/123456/retry" in text.en
        return
    for words in (text.cs, text.en):
        assert facts.held in words
        assert facts.right_status in words
        assert not re.search(r"\d{4}-\d\d", words), "dates as people write them"
    assert f"Status in our shop: {facts.shop_says}\n" in text.en
    assert f"Stav v našem e-shopu: {facts.shop_says.partition(' (')[0]}" in text.cs
    assert not re.search(r"\((?:settled|being handled|pending|delivery date)\)", text.cs), "Czech alone"
    assert "Objednávky → Zadávání stavů objednávek → Problémová objednávka" in text.cs
    assert "Orders → Entering order statuses → Problem order → order number 123456" in text.en
    wrong_final = cause in {C.WRONG_DELIVERED, C.WRONG_DELIVERY_DATE, C.WRONG_FINAL}
    assert (f"wrong final status → {facts.right_status}" in text.en) is wrong_final
    assert (f"chybně zadaný konečný stav → {facts.right_status}" in text.cs) is wrong_final


@pytest.mark.parametrize("at", [None, time(14, 5)])
def test_a_delivery_date_has_its_word_in_either_language(at: time | None) -> None:
    dated = both(S.HANDLED, M.SHIPPED)
    assert dated.shop_side.desired is not None
    delivery = ShopDate(NOW.date() - timedelta(days=1), at)
    state = recheck(
        replace(
            dated,
            shop_side=replace(dated.shop_side, desired=replace(dated.shop_side.desired, delivery=delivery)),
        ),
        RULES,
        NOW,
    )
    text, shown = (
        ready_text(state, escalation(state, C.IMPOSSIBLE), RULES),
        "19.11.2026" + (" 14:05" if at else ""),
    )
    assert f"Stav v našem e-shopu: vyřizuje se, datum doručení {shown}\n" in text.cs
    assert (
        f"Status in our shop: vyřizuje se (being handled), datum doručení (delivery date) {shown}\n"
        in text.en
    )


def held_for(state: OrderState, *refusals: Refusal) -> OrderState:
    """`state` when MALL refused so, and it is the order's step that is refused."""
    state = recheck(replace(state, work=replace(state.work, step=None, refusals=refusals)), RULES, NOW)
    assert open_causes(state) == {C.REFUSED}
    return state


NEW_TRACKING = TrackingPayload(Tracking("DR9", "https://www.ppl.cz/vyhledat-zasilku?shipmentId=DR9"))
TRACKING_REFUSED = Refusal(Action.TRACKING, NEW_TRACKING, "bad tracking")
CONFIRM_REFUSED = Refusal(Action.CONFIRM, ConfirmPayload(M.SHIPPED), "no")


def with_new_tracking() -> OrderState:
    state = both(S.SETTLED, M.SHIPPED)
    assert state.shop_side.desired is not None
    return replace(
        state,
        shop_side=replace(state.shop_side, desired=replace(state.shop_side.desired, tracking_number="DR9")),
    )


@pytest.mark.parametrize("refusals", [(TRACKING_REFUSED,), (TRACKING_REFUSED, CONFIRM_REFUSED)])
def test_tracking_that_mall_refused_is_named_and_no_status_is_asked_for(
    refusals: tuple[Refusal, ...],
) -> None:
    state = held_for(with_new_tracking(), *refusals)
    facts = escalation(state, C.REFUSED)
    text = ready_text(state, facts, RULES)
    assert "odmítlo číslo zásilky" in text.cs
    assert "Číslo zásilky: DR9\nOdkaz na sledování: https://www.ppl.cz/" in text.cs
    assert "refused the tracking number" in text.en
    assert "Tracking number: DR9\nTracking URL: https://www.ppl.cz/" in text.en
    assert "Správný stav" not in text.cs
    assert "ight status" not in text.en
    assert what_to_do(state, facts).startswith("check the tracking number")
    (alarm,) = state.cases.alarms
    assert "What happened: MALL refused the tracking number" in alarm.text
    assert "What to do: check the tracking number" in alarm.text


def test_a_refused_shipped_carries_its_tracking() -> None:
    state = recheck(both(S.SETTLED, M.OPEN), RULES, NOW)
    assert state.work.step is not None
    state = held_for(state, Refusal(state.work.step.action, state.work.step.payload, "invalid transition"))
    text = ready_text(state, escalation(state, C.REFUSED), RULES)
    assert "Right status: Shipped\n" in text.en
    assert "Tracking number: DR123\nTracking URL: https://" in text.en


def test_a_confirmation_that_mall_refused_is_asked_for() -> None:
    taken = only_at_mall()
    taken = replace(
        taken, shop_side=replace(taken.shop_side, imported_at=NOW), work=replace(taken.work, step=None)
    )
    state = recheck(taken, CREATING, NOW)
    assert state.work.step is not None
    assert state.work.step.action is Action.CONFIRM
    refusal = Refusal(Action.CONFIRM, state.work.step.payload, "invalid")
    state = recheck(replace(state, work=replace(state.work, step=None, refusals=(refusal,))), CREATING, NOW)
    facts = escalation(state, C.REFUSED)
    text = ready_text(state, facts, CREATING)
    assert "odmítlo naše potvrzení" in text.cs
    assert "Prosíme o potvrzení objednávky" in text.cs
    assert "refused our confirmation" in text.en
    assert "Please confirm the order" in text.en
    assert "Správný stav" not in text.cs
    assert "ight status" not in text.en
    assert "What happened: MALL refused our confirmation" in state.cases.alarms[-1].text
    assert what_to_do(state, facts).startswith("confirm the order in the partner portal")


@pytest.mark.parametrize(
    ("held", "paired"),
    [(M.OPEN, "nevyřízená"), (M.SHIPPING, "vyřizuje se"), (M.SHIPPED, "vyřízená")],
)
def test_an_order_that_the_shop_has_never_shown_is_the_clerks_to_find(
    held: MarketplaceStatus, paired: str
) -> None:
    state = order(shop_view(), marketplace_view(held))
    state = replace(
        state,
        shop_side=replace(state.shop_side, desired=None, desired_since=None, seen_at=None),
        marketplace=replace(state.marketplace, listed_at=NOW),
    )
    state = recheck(
        replace(
            state, cases=replace(state.cases, drift="MALL holds it, the shop's export has never shown it")
        ),
        RULES,
        NOW,
    )
    facts = escalation(state, C.DRIFT)
    text = ready_text(state, facts, RULES)
    assert text.cs.startswith("Pro obsluhu e-shopu:")
    assert text.en.startswith("For the shop's clerk:")
    assert f"Stav v e-shopu: –\nV e-shopu má být: {paired}\n" in text.cs
    assert "číslo objednávky MALL" in text.cs
    assert "MALL's order number" in text.en
    for words in (text.cs, text.en, what_to_do(state, facts), state.cases.alarms[-1].text):
        assert "123456" in words or words == what_to_do(state, facts)
        assert "contradict" not in words
        assert "si odporují" not in words
        assert "Operations" not in words
    assert "the shop's export has never shown it" in state.cases.alarms[-1].text
    assert "look for the order in the shop's administration" in what_to_do(state, facts)


def test_the_request_for_a_return_document_names_items_pieces_and_reason() -> None:
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    text = ready_text(state, escalation(state, C.WRONG_DELIVERED), RULES)
    assert "47xxxxxxxx" in text.cs
    assert "Položky: celá objednávka\n- Konvice nerez: 2 ks\n- Hrnek: 1 ks\nDůvod:" in text.cs
    assert "Items: the whole order\n- Konvice nerez: 2 pcs\n- Hrnek: 1 pcs\nReason:" in text.en


def test_once_the_return_number_is_there_the_text_is_what_the_credit_note_must_carry() -> None:
    """The number came at noon; 14 days later it is another month."""
    state = recheck(both(S.HANDLED, M.DELIVERED), RULES, NOW)
    entered = enter_return_number(state, C.WRONG_DELIVERED, document(items=(Item("Hrnek", "1"),)))
    facts = escalation(entered, C.WRONG_DELIVERED)
    text = ready_text(entered, facts, RULES)
    assert "Číslo objednávky: 123456\nČíslo vratky: 4712345678\nPoložky:\n- Hrnek: 1 ks\n" in text.cs
    assert "Order number: 123456\nReturn number: 4712345678\nItems:\n- Hrnek: 1 pcs\n" in text.en
    assert "Dobropis vystavte nejpozději: 4.12.2026\n" in text.cs
    assert "Issue the credit note by: 4.12.2026\n" in text.en
    assert "47xxxxxxxx" not in text.cs + text.en, "nothing is asked for any more"
    assert what_to_do(entered, facts).startswith("bill the order, issue the credit note")
    whole = enter_return_number(state, C.WRONG_DELIVERED, document())
    text = ready_text(whole, escalation(whole, C.WRONG_DELIVERED), RULES)
    assert "Položky: celá objednávka\n- Konvice nerez: 2 ks\n- Hrnek: 1 ks\n" in text.cs


@given(lives)
def test_any_life_has_one_escalation_per_cause_and_a_history_that_takes_turns(life: list[Event]) -> None:
    now = NOW
    state = recheck(order(shop_view(S.PENDING), marketplace_view(M.OPEN)), RULES, now)
    for event in life:
        before, now = state, now + event.after
        state = happen(state, event, RULES, now)
        assert len({e.cause for e in state.cases.escalations}) == len(state.cases.escalations)
        for one in state.cases.escalations:
            words = [e.what for e in one.history]
            assert words == ["opened", *["closed", "reopened"] * len(words)][: len(words)]
            assert one.open is (words[-1] != "closed")
        if not state.marketplace.observed_certain:
            assert open_causes(state) >= open_causes(before)
