"""What a person does about an escalation: close it, enter the return number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orderbridge.domain.cases.escalations import close, credit_note, enter_return_number
from orderbridge.domain.cases.records import Cause, EscalationEvent, EventKind, Item
from orderbridge.domain.cases.states import in_shop
from orderbridge.domain.codes.cases import CaseProblem, EventReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.errors import WrongValueError
from tests.orders import ITEMS, NOW, an_order
from tests.unit.domain.escalated_orders import HOUR, RULES, document, escalation, events, open_causes
from tests.unit.domain.strategies import recheck, shop_says

C, M, S = Cause, MarketplaceStatus, ShopStatus


def test_what_a_person_closed_stays_closed_on_the_same_facts() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = close(state, C.WRONG_DELIVERED, "clerk", " told them by phone ", NOW)
    assert (
        recheck(recheck(state, RULES, NOW + HOUR), RULES, NOW + 2 * HOUR).cases.escalations
        == state.cases.escalations
    )
    closed = escalation(state, C.WRONG_DELIVERED)
    assert closed.closed_by_person
    assert closed.history[-1] == EscalationEvent(NOW, EventKind.CLOSED, "clerk", "told them by phone")


def test_what_a_person_closed_reopens_on_other_facts() -> None:
    state = close(
        recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW), C.WRONG_DELIVERED, "clerk", "ok", NOW
    )
    state = recheck(shop_says(state, S.PENDING, NOW + HOUR), RULES, NOW + HOUR)
    assert events(state, C.WRONG_DELIVERED) == ["opened", "closed", "reopened"]


def test_what_a_person_closed_reopens_after_the_cause_was_gone() -> None:
    state = close(
        recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW), C.WRONG_DELIVERED, "clerk", "ok", NOW
    )
    state = recheck(shop_says(state, S.SETTLED, NOW + HOUR), RULES, NOW + HOUR)
    assert not escalation(state, C.WRONG_DELIVERED).closed_by_person
    state = recheck(shop_says(state, S.HANDLED, NOW + 2 * HOUR), RULES, NOW + 2 * HOUR)
    assert events(state, C.WRONG_DELIVERED) == ["opened", "closed", "reopened"]
    assert escalation(state, C.WRONG_DELIVERED).opened_at == NOW + 2 * HOUR


def test_an_open_escalation_follows_the_facts_so_that_closing_it_lasts() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = recheck(shop_says(state, S.PENDING, NOW + HOUR), RULES, NOW + HOUR)
    assert escalation(state, C.WRONG_DELIVERED).shop_says == in_shop(S.PENDING)
    assert events(state, C.WRONG_DELIVERED) == ["opened"]
    state = close(state, C.WRONG_DELIVERED, "clerk", "ok", NOW + HOUR)
    assert open_causes(recheck(state, RULES, NOW + 2 * HOUR)) == set()


@pytest.mark.parametrize("note", ["", " ", "x" * 501])
def test_closing_needs_a_note(note: str) -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(WrongValueError) as refused:
        close(state, C.WRONG_DELIVERED, "clerk", note, NOW)
    assert refused.value.reason.code is CaseProblem.NOTE


def test_only_what_is_open_is_closed() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(WrongValueError) as refused:
        close(state, C.REFUSED, "clerk", "ok", NOW)
    assert refused.value.reason.code is CaseProblem.NO_OPEN_ESCALATION
    closed = close(state, C.WRONG_DELIVERED, "clerk", "ok", NOW)
    with pytest.raises(WrongValueError) as refused:
        close(closed, C.WRONG_DELIVERED, "clerk", "ok", NOW)
    assert refused.value.reason.code is CaseProblem.NO_OPEN_ESCALATION


def test_a_return_number_asks_for_a_credit_note_and_keeps_the_escalation_open() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
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
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
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
    replaced = because(
        EventReason.RETURN_NUMBER_REPLACED, number=Term("4700000000"), before=Term("4712345678")
    )
    assert last.history[-1] == EscalationEvent(
        NOW + 5 * HOUR, EventKind.RETURN_NUMBER_ENTERED, "clerk", reason=replaced
    )


def test_canceling_the_order_makes_a_wrong_delivered_no_better() -> None:
    """The parcel came back, and the clerk cancels the order while the people wait for the return number."""
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = recheck(shop_says(state, S.CANCELED, NOW + HOUR), RULES, NOW + HOUR)
    assert open_causes(state) == {C.WRONG_DELIVERED}
    assert state.cases.return_flag is None, "no withdrawal: it was never delivered"
    state = enter_return_number(state, C.WRONG_DELIVERED, document(hours=2))
    state = close(state, C.WRONG_DELIVERED, "clerk", "credit note sent", NOW + 3 * HOUR)
    state = recheck(state, RULES, NOW + 4 * HOUR)
    assert (open_causes(state), state.cases.return_flag) == (set(), None)


def test_a_case_that_is_opened_anew_starts_without_a_return_number() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    state = enter_return_number(state, C.WRONG_DELIVERED, document())
    state = close(state, C.WRONG_DELIVERED, "clerk", "credit note sent", NOW + HOUR)
    later = NOW + timedelta(days=30)
    state = recheck(shop_says(state, S.PENDING, later), RULES, later)
    again = escalation(state, C.WRONG_DELIVERED)
    assert (again.open, again.return_document) == (True, None)
    entered = because(EventReason.RETURN_NUMBER, number=Term("4712345678"))
    assert entered in [event.reason for event in again.history]


@pytest.mark.parametrize(
    "number",
    ["", "4812345678", "471234567", "47123456789", "47 1234567", "47" + 8 * "\N{FULLWIDTH DIGIT ONE}"],
)
def test_a_return_number_has_its_form(number: str) -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(WrongValueError) as refused:
        enter_return_number(state, C.WRONG_DELIVERED, document(number))
    assert refused.value.reason.code is CaseProblem.RETURN_NUMBER_FORM


@pytest.mark.parametrize(
    "item", [Item(" ", "1"), Item("Hrnek", "0"), Item("Hrnek", "-1"), Item("Hrnek", "NaN")]
)
def test_items_of_a_return_are_named_and_counted(item: Item) -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    with pytest.raises(WrongValueError) as refused:
        enter_return_number(state, C.WRONG_DELIVERED, document(items=(item,)))
    assert refused.value.reason.code is CaseProblem.ITEMS


def test_a_return_number_belongs_to_a_wrong_delivered_that_is_open() -> None:
    state = recheck(an_order(S.HANDLED, M.SHIPPED), RULES, NOW)
    with pytest.raises(WrongValueError) as refused:
        enter_return_number(state, C.IMPOSSIBLE, document())
    assert refused.value.reason.code is CaseProblem.RETURN_NUMBER_ELSEWHERE
    with pytest.raises(WrongValueError) as refused:
        enter_return_number(state, C.WRONG_DELIVERED, document())
    assert refused.value.reason.code is CaseProblem.NO_OPEN_ESCALATION
