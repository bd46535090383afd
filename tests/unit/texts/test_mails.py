"""Mails to a shop's people: every alarm, digest and summary has its words in each language, and a usable subject."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.digest import Digest, DigestItem, DigestSection
from orderbridge.domain.cases.mail_cap import MAX_ORDERS_PER_MESSAGE
from orderbridge.domain.cases.records import Alarm, AlarmKind
from orderbridge.domain.codes.cases import (
    DeadlineReason,
    DigestReason,
    EscalationReason,
    EventReason,
    FigureReason,
    HappenedReason,
    HoldSummary,
    OperationsRequest,
    ReturnReason,
    StateReason,
    SubjectReason,
    TodoReason,
)
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import Kind, ShopText, Term
from orderbridge.domain.reasons import Reason, UnknownCode, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts import API, PAGE, Control, Language, render
from orderbridge.texts.mails import (
    LINES_PER_SECTION,
    MAX_SUBJECT,
    OrderAlarm,
    alarm_mail,
    ascii_subject,
    digest_mail,
    page_of,
    summary_mail,
)
from orderbridge.texts.rendering import control_text
from tests.fakes import FakeAlarms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge.domain.facts import Code
    from orderbridge.texts import Mail

PRAGUE = ZoneInfo("Europe/Prague")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORDER = 2**63 - 1
LONGEST_SHOP = "s" * 40
LANGUAGES = pytest.mark.parametrize("language", Language)
SHORT: Mapping[Kind, object] = {
    Kind.STATUS: MarketplaceStatus.SHIPPED,
    Kind.SHOP_STATUS: ShopStatus.SETTLED,
    Kind.ACTION: Action.SHIPPED,
    Kind.NUMBER: 7,
    Kind.COUNT: 3,
    Kind.MOMENT: NOON,
    Kind.TEXT: ShopText("abc"),
    Kind.TERM: Term("xyz"),
}
CODES_OF_CASES = (
    *(HappenedReason, TodoReason, OperationsRequest, EscalationReason, EventReason, ReturnReason),
    *(DeadlineReason, DigestReason, HoldSummary, FigureReason),
)


def reason(code: Code, **facts: object) -> Reason:
    """A reason of `code` with short facts, unless others are given."""
    inner = because(HoldSummary.NO_ANSWER)
    given = {
        name: facts.get(name, inner if kind is Kind.REASON else SHORT.get(kind))
        for name, kind in code.facts.items()
    }
    return because(code, **given)  # type: ignore[arg-type] # chosen by the kinds of the table


def alarm(
    happened: Code,
    *,
    kind: AlarmKind = AlarmKind.ESCALATION,
    todo: Code = TodoReason.COMPARE,
    held: Reason | None = None,
    shop_says: Reason | None = None,
) -> Alarm:
    return Alarm("key", kind, reason(happened), reason(todo), NOON, held, shop_says)


def is_mail(mail: Mail) -> bool:
    """Whether SNS would take it."""
    FakeAlarms().publish("demo", mail.subject, mail.body)
    assert "{" not in mail.subject + mail.body
    assert "\n\n\n" not in mail.body
    return True


@LANGUAGES
@pytest.mark.parametrize("happened", HappenedReason)
def test_every_alarm_says_what_happened_and_what_to_do(happened: HappenedReason, language: Language) -> None:
    assert happened.split(".")[1].upper() in SubjectReason.__members__
    todo = TodoReason.__members__.get(happened.name, TodoReason.COMPARE)
    held, shop = (
        reason(StateReason.AT_MARKETPLACE_SINCE),
        reason(StateReason.IN_SHOP_DATED, delivery=ShopDate(NOON.date())),
    )
    one = alarm(happened, todo=todo, held=held, shop_says=shop)
    mail = alarm_mail(ORDER, one, language, PRAGUE)
    assert is_mail(mail)
    assert str(ORDER) in mail.subject
    assert mail.subject == ascii_subject(mail.subject), "nothing was cut"
    assert "..." not in mail.subject
    first, second, third, fourth, fifth, *rest = mail.body.splitlines()
    assert first.endswith(f": {render(one.happened, language, PRAGUE, PAGE)}")
    assert second.endswith(f": {ORDER}")
    assert third.endswith(f": {render(held, language, PRAGUE, PAGE)}")
    assert fourth.endswith(f": {render(shop, language, PRAGUE, PAGE)}")
    assert fifth.endswith(f": {render(one.todo, language, PRAGUE, PAGE)}")
    cases = control_text(Control.ESCALATIONS, {}, language, PAGE)
    assert [f"({cases})" in line for line in rest] == [True]


def test_a_case_of_what_happened_has_the_subject_of_what_happened() -> None:
    for code in (HappenedReason.REFUSED, HappenedReason.REFUSED_ACTION):
        assert OrderAlarm(7, alarm(code)).subject == because(SubjectReason.REFUSED, order=7)


@LANGUAGES
def test_an_alarm_without_states_has_three_lines(language: Language) -> None:
    mail = alarm_mail(1, alarm(HappenedReason.CHANGED, kind=AlarmKind.CHANGED), language, PRAGUE)
    assert len(mail.body.splitlines()) == 3


@pytest.mark.parametrize("happened", HappenedReason)
def test_no_line_of_an_alarm_is_the_same_in_two_languages(happened: HappenedReason) -> None:
    one = alarm(
        happened, held=reason(StateReason.NOT_AT_MARKETPLACE), shop_says=reason(StateReason.NOT_IN_SHOP)
    )
    mails = {language: alarm_mail(1, one, language, PRAGUE) for language in Language}
    for language, mail in mails.items():
        for other in set(Language) - {language}:
            shared = {*mail.body.splitlines()} & {*mails[other].body.splitlines()}
            assert shared <= {"Objednávka: 1"}
            if Language.ENGLISH in {language, other}:
                assert mail.subject != mails[other].subject


@LANGUAGES
@pytest.mark.parametrize("code", [code for table in CODES_OF_CASES for code in table])
def test_every_code_of_a_case_has_a_text_with_its_facts(code: Code, language: Language) -> None:
    text = render(reason(code), language, PRAGUE, API)
    assert str(code) not in text
    assert "{" not in text
    for name, kind in code.facts.items():
        if kind in {Kind.NUMBER, Kind.TEXT, Kind.TERM}:
            assert str({Kind.NUMBER: 7, Kind.TEXT: "abc", Kind.TERM: "xyz"}[kind]) in text, name


@LANGUAGES
@pytest.mark.parametrize("code", SubjectReason)
def test_every_subject_is_one_that_an_email_takes(code: SubjectReason, language: Language) -> None:
    facts = {"shop": Term(LONGEST_SHOP), "order": ORDER, "new": 20_000, "messages": 20_000}
    for count in (1, 2, 5, 20_000):
        counted = {} if code.counted is None else {code.counted: count}
        text = render(reason(code, **(facts | counted)), language, PRAGUE, PAGE)
        assert "..." not in ascii_subject(text), "it is not cut"


def test_an_alarm_of_another_version_has_a_subject() -> None:
    strange = Alarm(
        "key", AlarmKind.ESCALATION, Reason(UnknownCode("happened.later")), reason(TodoReason.COMPARE), NOON
    )
    mail = alarm_mail(7, strange, Language.ENGLISH, PRAGUE)
    assert mail.subject == "MALL order 7 needs you"
    assert "What happened: happened.later\n" in mail.body


STOP = alarm(
    HappenedReason.STOP_THE_PARCEL,
    kind=AlarmKind.STOP_THE_PARCEL,
    todo=TodoReason.GET_IT_BACK,
    held=reason(StateReason.AT_MARKETPLACE),
    shop_says=reason(StateReason.IN_SHOP),
)


@LANGUAGES
def test_a_summary_has_the_parcels_whole_and_the_subjects_of_the_others(language: Language) -> None:
    alarms = [
        OrderAlarm(1, alarm(HappenedReason.REFUSED)),
        OrderAlarm(2, STOP),
        OrderAlarm(3, alarm(HappenedReason.CHANGED)),
    ]
    mail = summary_mail(LONGEST_SHOP, alarms, language, PRAGUE)
    assert is_mail(mail)
    assert render(STOP.todo, language, PRAGUE, PAGE) in mail.body
    assert mail.body.count("\n* ") == 2
    assert "3" in mail.subject
    plain = summary_mail("demo", alarms[::2], language, PRAGUE)
    assert is_mail(plain)
    assert plain.subject != mail.subject
    assert "\n* " in plain.body
    assert render(STOP.happened, language, PRAGUE, PAGE) not in plain.body


@LANGUAGES
def test_each_order_of_a_summary_and_a_digest_has_the_address_of_its_page(language: Language) -> None:
    base = "https://orders.test/console"
    alarms = [
        OrderAlarm(number, told, page_of(base, "demo", number))
        for number, told in (
            (1, alarm(HappenedReason.REFUSED)),
            (2, STOP),
            (3, alarm(HappenedReason.CHANGED)),
        )
    ]
    summary = summary_mail("demo", alarms, language, PRAGUE)
    assert sorted(re.findall(r"https://\S+", summary.body)) == [one.page for one in alarms]
    digest = a_digest(of_each=1)
    body = digest_mail("demo", digest, set(), [], language, PRAGUE, console_url=base).body
    assert body.count(page_of(base, "demo", ORDER)) == len(digest.items)
    assert f"{base}/shops/demo\n" in body or f"{base}/shops/demo/today\n" in body


@LANGUAGES
def test_the_longest_summary_is_one_that_an_email_takes(language: Language) -> None:
    alarms = [OrderAlarm(ORDER - number, STOP) for number in range(MAX_ORDERS_PER_MESSAGE)]
    assert is_mail(summary_mail(LONGEST_SHOP, alarms, language, PRAGUE))


def a_digest(*, of_each: int) -> Digest:
    """The same number of lines in each section."""
    lines = {
        DigestSection.ESCALATIONS: reason(
            DigestReason.ESCALATION, order=ORDER, happened=because(HappenedReason.CALLS_SPENT)
        ),
        DigestSection.DEADLINES: reason(
            DigestReason.DEADLINE, order=ORDER, deadline=reason(DeadlineReason.CREDIT_NOTE_MISSED)
        ),
        DigestSection.MISSING: reason(DigestReason.MISSING, order=ORDER),
        DigestSection.FORGOTTEN: reason(DigestReason.FORGOTTEN, order=ORDER),
        DigestSection.RETURNS: reason(DigestReason.RETURN_WITHDRAWAL, order=ORDER),
        DigestSection.HOLDS: reason(
            DigestReason.HELD_INTEGRATOR, order=ORDER, why=because(HoldSummary.STEP_BACK)
        ),
    }
    return Digest(
        tuple(
            DigestItem(f"{section}{number}", section, ORDER, line)
            for section, line in lines.items()
            for number in range(of_each)
        )
    )


@LANGUAGES
def test_a_digest_has_every_section_with_its_title_and_marks_what_is_new(language: Language) -> None:
    digest = a_digest(of_each=2)
    told = {item.key for item in digest.items if item.key.endswith("1")}
    notes = [reason(code) for code in DigestReason if code.name.startswith("CUT_")]
    mail = digest_mail("demo", digest, told, [*notes, reason(DigestReason.UNREADABLE)], language, PRAGUE)
    assert is_mail(mail)
    first, *lines = mail.body.splitlines()
    assert first == render(reason(DigestReason.NEW_ITEMS, shop=Term("demo"), new=6), language, PRAGUE, PAGE)
    assert sum(line.endswith(": 2") for line in lines) == len(DigestSection)
    new = {Language.CZECH: "(nové)", Language.SLOVAK: "(nové)", Language.ENGLISH: "(new)"}[language]
    assert sum(line.startswith("* ") and line.endswith(new) for line in lines) == 6
    assert sum(line.startswith("  ") for line in lines) == 6
    assert {render(note, language, PRAGUE, PAGE) for note in notes} <= set(lines)


def test_no_line_of_a_digest_is_the_same_in_english() -> None:
    notes = [reason(code) for code in DigestReason if code.name.startswith("CUT_")]
    mails = {
        language: digest_mail("demo", a_digest(of_each=1), (), notes, language, PRAGUE).body.splitlines()
        for language in Language
    }
    english = {*mails[Language.ENGLISH]} - {""}
    assert not english & {*mails[Language.CZECH], *mails[Language.SLOVAK]}


@LANGUAGES
def test_the_longest_digest_is_one_that_an_email_takes(language: Language) -> None:
    digest = a_digest(of_each=LINES_PER_SECTION + 10)
    mail = digest_mail(LONGEST_SHOP, digest, (), (), language, PRAGUE)
    assert is_mail(mail)
    more = render(reason(DigestReason.MORE, more=10), language, PRAGUE, PAGE)
    assert mail.body.count(f"  {more}\n") == len(DigestSection)


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Zastavte zásilku: objednávka č. 7", "Zastavte zasilku: objednavka c. 7"),
        ("Ľúbezný „kôň“ – žltý…", 'Lubezny "kon" - zlty...'),
        ("two\r\nlines\x00\x7f", "two lines"),
        ("日本", "-"),
        ("", "-"),
        ("word " * 30, "word " * 18 + "word..."),
        ("x" * 120, "x" * 97 + "..."),
    ],
)
def test_a_subject_is_plain(text: str, subject: str) -> None:
    assert ascii_subject(text) == subject


@given(st.text(max_size=300))
def test_any_text_makes_a_subject(text: str) -> None:
    subject = ascii_subject(text)
    assert subject.isascii()
    assert subject.isprintable()
    assert 0 < len(subject) <= MAX_SUBJECT
