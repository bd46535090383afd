"""The texts that settle an escalation: for MALL's Operations, the shop's accounting, the integrator, the clerk."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.cases.escalations import enter_return_number
from orderbridge.domain.cases.matters import Matter, matter_of, what_to_do
from orderbridge.domain.cases.ready_texts import Reader, ready_text
from orderbridge.domain.cases.records import WRONG_FINALS, Cause, Item
from orderbridge.domain.codes.cases import (
    HappenedReason,
    OperationsRequest,
    StateReason,
    SubjectReason,
    TodoReason,
)
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.payloads import ConfirmPayload, TrackingPayload
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Refusal
from tests.orders import NOW, an_order, changed
from tests.reasons import ANY
from tests.texts import said
from tests.unit.domain.escalated_orders import (
    CREATING,
    ESCALATED,
    RULES,
    document,
    escalation,
    only_at_mall,
    open_causes,
    refused,
    written,
)
from tests.unit.domain.strategies import recheck

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

C, M, S = Cause, MarketplaceStatus, ShopStatus


FORM = {
    "cs": "Objednávky → Zadávání stavů objednávek → Problémová objednávka → číslo objednávky 123456",
    "sk": "Objednávky → Zadávanie stavov objednávok → Problémová objednávka → číslo objednávky 123456",
    "en": "Orders → Entering order statuses → Problem order → order number 123456",
}
WRONG_FINAL = {
    "cs": "chybně zadaný konečný stav → ",
    "sk": "chybne zadaný konečný stav → ",
    "en": "wrong final status → ",
}
RIGHT = {"cs": "Správný stav", "sk": "Správny stav", "en": "Right status"}
OURS = {"cs": "Stav v našem e-shopu", "sk": "Stav v našom e-shope", "en": "Status in our shop"}
LANGUAGES = pytest.mark.parametrize("language", ["cs", "sk", "en"])


@LANGUAGES
@pytest.mark.parametrize("case", ESCALATED)
def test_the_ready_text_is_complete_in_every_language(case: str, language: str) -> None:
    state, cause = ESCALATED[case]
    state = recheck(state, RULES, NOW)
    facts = escalation(state, cause)
    text = written(state, facts, language)
    assert "123456" in text
    assert "{" not in text
    assert not re.search(r"\d{4}-\d\d", text), "dates as people write them"
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    if cause is C.DEAD_LETTER:
        assert "orderbridge retry 123456 --shop demo\n" in text
        return
    assert said(facts.held, language) in text
    asked = matter_of(state, facts) in {Matter.DRIFT, Matter.DELIVERED_UNDONE}
    line = f"{RIGHT[language]}: {said(facts.right_status, language)}\n"
    assert (line in text) is not asked, "whoever asks for the right status does not name one"
    assert (RIGHT[language] in text) is not asked
    assert f"{OURS[language]}: {said(facts.shop_says, language)}\n" in text
    assert FORM[language] in text
    right = f"{WRONG_FINAL[language]}{said(facts.right_status, language)}\n"
    assert (right in text) is (cause in WRONG_FINALS)


@pytest.mark.parametrize("case", ESCALATED)
def test_no_line_of_a_ready_text_stands_in_another_language_but_facts(case: str) -> None:
    state, cause = ESCALATED[case]
    state = recheck(state, RULES, NOW)
    facts = escalation(state, cause)
    lines = {language: set(written(state, facts, language).splitlines()) - {""} for language in FORM}
    bare = {
        line for line in set.intersection(*lines.values()) if not re.fullmatch(r"- Hrnek.*|- Konvice.*", line)
    }
    assert not bare
    english = lines["en"] & (lines["cs"] | lines["sk"])
    assert not {line for line in english if not line.startswith("- ")}


@pytest.mark.parametrize("matter", Matter)
def test_every_matter_has_its_words(matter: Matter) -> None:
    assert HappenedReason[matter.name].value == f"happened.{matter.value}"
    assert TodoReason[matter.name].value == f"todo.{matter.value}"
    assert SubjectReason[matter.name].value == f"subject.{matter.value}"
    ours = {Matter.DEAD_LETTER, Matter.NEVER_IN_THE_SHOP, Matter.NOT_IMPORTED, Matter.NOT_CANCELED}
    assert (matter.name in OperationsRequest.__members__) is (matter not in ours)


def test_every_cause_is_a_matter() -> None:
    assert {cause.value for cause in C} <= {matter.value for matter in Matter}


@pytest.mark.parametrize("at", [None, time(14, 5)])
def test_a_delivery_date_has_its_word_in_every_language(at: time | None) -> None:
    dated = an_order(S.HANDLED, M.SHIPPED)
    assert dated.shop_side.desired is not None
    delivery = ShopDate(NOW.date() - timedelta(days=1), at)
    state = recheck(
        changed(dated, desired=replace(dated.shop_side.desired, delivery=delivery)),
        RULES,
        NOW,
    )
    facts, shown = escalation(state, C.IMPOSSIBLE), " 14:05" if at else ""
    for line in (
        f"Stav v našem e-shopu: „Vyřizuje se“, datum doručení 19. 11. 2026{shown}\n",
        f"Stav v našom e-shope: „Vybavuje sa“, dátum doručenia 19. 11. 2026{shown}\n",
        f"Status in our shop: “Being handled”, delivery date 19 Nov 2026{shown}\n",
    ):
        assert any(line in written(state, facts, language) for language in FORM)


@pytest.mark.parametrize(
    ("shop", "held", "wanted"),
    [
        (S.PENDING, M.SHIPPING, S.HANDLED),
        (S.PENDING, M.SHIPPED, S.SETTLED),
        (S.HANDLED, M.SHIPPED, S.SETTLED),
    ],
)
def test_an_order_that_was_set_back_names_the_one_state_to_set_it_forward_to(
    shop: ShopStatus, held: MarketplaceStatus, wanted: ShopStatus
) -> None:
    state = recheck(an_order(shop, held), RULES, NOW)
    assert state.work.hold is not None
    assert state.work.hold.reason.fact("wanted") is wanted
    todo = what_to_do(state, escalation(state, C.IMPOSSIBLE))
    assert (todo.code, todo.fact("wanted")) == (TodoReason.IMPOSSIBLE_SET_FORWARD, wanted)
    assert state.cases.alarms[-1].todo == todo


def test_an_order_that_was_set_back_and_ended_since_names_no_state() -> None:
    state = recheck(an_order(S.HANDLED, M.SHIPPED), RULES, NOW)
    ended = replace(escalation(state, C.IMPOSSIBLE), held=because(StateReason.AT_MARKETPLACE, status=M.LOST))
    assert what_to_do(state, ended).code is TodoReason.IMPOSSIBLE


def held_for(state: OrderState, *refusals: Refusal) -> OrderState:
    """`state` when MALL refused so, and it is the order's step that is refused."""
    state = recheck(changed(state, step=None, refusals=refusals), RULES, NOW)
    assert open_causes(state) == {C.REFUSED}
    return state


NEW_TRACKING = TrackingPayload(Tracking("DR9", "https://www.ppl.cz/vyhledat-zasilku?shipmentId=DR9"))
TRACKING_REFUSED = Refusal(Action.TRACKING, NEW_TRACKING, ANY)
CONFIRM_REFUSED = Refusal(Action.CONFIRM, ConfirmPayload(M.SHIPPED), ANY)


def with_new_tracking() -> OrderState:
    state = an_order(S.SETTLED, M.SHIPPED)
    assert state.shop_side.desired is not None
    return changed(state, desired=replace(state.shop_side.desired, tracking_number="DR9"))


@pytest.mark.parametrize("refusals", [(TRACKING_REFUSED,), (TRACKING_REFUSED, CONFIRM_REFUSED)])
def test_tracking_that_mall_refused_is_named_and_no_status_is_asked_for(
    refusals: tuple[Refusal, ...],
) -> None:
    state = held_for(with_new_tracking(), *refusals)
    facts = escalation(state, C.REFUSED)
    assert matter_of(state, facts) is Matter.TRACKING_REFUSED
    czech, english = written(state, facts, "cs"), written(state, facts, "en")
    assert "odmítlo číslo zásilky" in czech
    assert "Číslo zásilky: DR9\nOdkaz na sledování: https://www.ppl.cz/" in czech
    assert "refused the tracking number" in english
    assert "Tracking number: DR9\nTracking URL: https://www.ppl.cz/" in english
    assert "Správný stav" not in czech
    assert "ight status" not in english
    assert what_to_do(state, facts).code is TodoReason.TRACKING_REFUSED
    (alarm,) = state.cases.alarms
    assert (alarm.happened.code, alarm.todo.code) == (
        HappenedReason.TRACKING_REFUSED,
        TodoReason.TRACKING_REFUSED,
    )


def test_a_refused_shipped_carries_its_tracking() -> None:
    state = recheck(an_order(S.SETTLED, M.OPEN), RULES, NOW)
    assert state.work.step is not None
    state = held_for(state, Refusal(state.work.step.action, state.work.step.payload, ANY))
    text = written(state, escalation(state, C.REFUSED))
    happened = because(HappenedReason.REFUSED_ACTION, action=Action.SHIPPED)
    assert state.cases.alarms[-1].happened == happened
    assert said(happened) in text
    assert "Right status: Shipped\n" in text
    assert "Tracking number: DR123\nTracking URL: https://" in text


def test_a_refusal_that_is_not_known_any_more_names_no_action() -> None:
    state = recheck(refused(), RULES, NOW)
    forgotten = changed(state, refusals=())
    text = written(forgotten, escalation(forgotten, C.REFUSED))
    assert said(because(HappenedReason.REFUSED)) in text


def test_a_confirmation_that_mall_refused_is_asked_for() -> None:
    taken = only_at_mall()
    taken = changed(taken, imported_at=NOW, step=None)
    state = recheck(taken, CREATING, NOW)
    assert state.work.step is not None
    assert state.work.step.action is Action.CONFIRM
    refusal = Refusal(Action.CONFIRM, state.work.step.payload, ANY)
    state = recheck(changed(state, step=None, refusals=(refusal,)), CREATING, NOW)
    facts = escalation(state, C.REFUSED)
    czech, english = written(state, facts, "cs"), written(state, facts, "en")
    assert "odmítlo naše potvrzení" in czech
    assert "Prosíme o potvrzení objednávky" in czech
    assert "refused our confirmation" in english
    assert "Please confirm the order" in english
    assert "Správný stav" not in czech
    assert "ight status" not in english
    assert state.cases.alarms[-1].happened.code is HappenedReason.CONFIRMATION_REFUSED
    assert what_to_do(state, facts).code is TodoReason.CONFIRMATION_REFUSED


@pytest.mark.parametrize(
    ("held", "paired"),
    [(M.OPEN, "Nevyřízená"), (M.SHIPPING, "Vyřizuje se"), (M.SHIPPED, "Vyřízená")],
)
def test_an_order_that_the_shop_has_never_shown_is_the_clerks_to_find(
    held: MarketplaceStatus, paired: str
) -> None:
    state = an_order(S.SETTLED, held)
    state = changed(state, desired=None, desired_since=None, seen_at=None, listed_at=NOW)
    state = recheck(
        changed(state, drift=ANY),
        RULES,
        NOW,
    )
    facts = escalation(state, C.DRIFT)
    assert ready_text(state, facts, RULES).reader is Reader.CLERK
    czech, english = written(state, facts, "cs"), written(state, facts, "en")
    assert czech.startswith("Pro obsluhu e-shopu:")
    assert english.startswith("For the shop's clerk:")
    assert f"Stav v e-shopu: objednávka v exportu není\nV e-shopu má být: „{paired}“\n" in czech
    assert "číslo objednávky MALL" in czech
    assert "MALL's order number" in english
    alarm = state.cases.alarms[-1]
    todo = what_to_do(state, facts)
    for words in (czech, english, said(todo), said(todo, "cs"), said(alarm.happened), said(alarm.todo)):
        assert "contradict" not in words
        assert "si odporují" not in words
        assert "Operations" not in words
    assert "the shop's export has never shown it" in said(alarm.happened)
    assert "Look for the order in the shop's administration" in said(todo)


def test_the_request_for_a_return_document_names_items_pieces_and_reason() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    facts = escalation(state, C.WRONG_DELIVERED)
    czech, english = written(state, facts, "cs"), written(state, facts, "en")
    assert "47xxxxxxxx" in czech
    assert "Položky: celá objednávka\n- Konvice nerez: 2 ks\n- Hrnek: 1 ks\nDůvod:" in czech
    assert "Items: the whole order\n- Konvice nerez: 2 pcs\n- Hrnek: 1 pcs\nReason:" in english


def test_once_the_return_number_is_there_the_text_is_what_the_credit_note_must_carry() -> None:
    """The number came at noon; 14 days later it is another month."""
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    entered = enter_return_number(state, C.WRONG_DELIVERED, document(items=(Item("Hrnek", "1"),)))
    facts = escalation(entered, C.WRONG_DELIVERED)
    czech, english = written(entered, facts, "cs"), written(entered, facts, "en")
    assert "Číslo objednávky: 123456\nČíslo vratky: 4712345678\nPoložky:\n- Hrnek: 1 ks\n" in czech
    assert "Order number: 123456\nReturn number: 4712345678\nItems:\n- Hrnek: 1 pcs\n" in english
    assert "Dobropis vystavte nejpozději: 4. 12. 2026\n" in czech
    assert "Dobropis vystavte najneskôr: 4. 12. 2026\n" in written(entered, facts, "sk")
    assert "Issue the credit note by: 4 Dec 2026\n" in english
    assert "47xxxxxxxx" not in czech + english, "nothing is asked for any more"
    assert what_to_do(entered, facts).code is TodoReason.CREDIT_NOTE
    whole = enter_return_number(state, C.WRONG_DELIVERED, document())
    text = written(whole, escalation(whole, C.WRONG_DELIVERED), "cs")
    assert "Položky: celá objednávka\n- Konvice nerez: 2 ks\n- Hrnek: 1 ks\n" in text
