"""How facts are written in each language."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import HoldReason, InSyncReason
from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.plain_text import clean
from orderbridge.domain.reasons import Reason, UnknownCode, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts import API, Language, explained, fact_text, render
from tests.reason_strategies import reasons

PRAGUE = ZoneInfo("Europe/Prague")
CS, SK, EN = Language.CZECH, Language.SLOVAK, Language.ENGLISH
MOMENT = datetime(2026, 11, 26, 13, 5, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fact", "czech", "slovak", "english"),
    [
        (MOMENT, "26. 11. 2026 14:05", "26. 11. 2026 14:05", "26 Nov 2026 14:05"),
        (MOMENT.replace(month=7), "26. 7. 2026 15:05", "26. 7. 2026 15:05", "26 Jul 2026 15:05"),
        (datetime.min.replace(tzinfo=UTC), "1. 1. 1 00:57", "1. 1. 1 00:57", "1 Jan 1 00:57"),
        (datetime.max.replace(tzinfo=UTC), "31. 12. 9999 23:59", "31. 12. 9999 23:59", "31 Dec 9999 23:59"),
        (date(2026, 1, 5), "5. 1. 2026", "5. 1. 2026", "5 Jan 2026"),
        (ShopDate(date(2026, 1, 5)), "5. 1. 2026", "5. 1. 2026", "5 Jan 2026"),
        (ShopDate(date(2026, 1, 5), time(9, 7)), "5. 1. 2026 09:07", "5. 1. 2026 09:07", "5 Jan 2026 09:07"),
        (MarketplaceStatus.SHIPPED, "Shipped", "Shipped", "Shipped"),
        (ShopStatus.SETTLED, "„Vyřízená“", "„Vybavená“", "“Settled”"),
        (Action.SHIPPED, "nastavení stavu Shipped", "nastavenie stavu Shipped", "setting Shipped"),
        (12345678901, "12345678901", "12345678901", "12345678901"),
        (Decimal("1234.5"), "1234,50", "1234,50", "1234.50"),
        (ShopText("čeká"), "„čeká“", "„čeká“", "“čeká”"),
        (ShopText('a“ „b” "c"'), '„a" "b" "c"“', '„a" "b" "c"“', '“a" "b" "c"”'),
        (ShopText(""), "–", "–", "–"),
        ((ShopText("A1"), ShopText("B2")), "„A1“, „B2“", "„A1“, „B2“", "“A1”, “B2”"),
        (Term("import.fields"), "import.fields", "import.fields", "import.fields"),
        ((), "–", "–", "–"),
    ],
)
def test_a_fact_is_written_by_its_type_and_the_language(
    fact: object, czech: str, slovak: str, english: str
) -> None:
    written = [fact_text(fact, language, PRAGUE, API) for language in (CS, SK, EN)]  # type: ignore[arg-type]
    assert written == [czech, slovak, english]


def test_a_hold_in_three_languages() -> None:
    hold = because(
        HoldReason.STEP_BACK,
        shop=ShopStatus.PENDING,
        held=MarketplaceStatus.SHIPPED,
        wanted=ShopStatus.SETTLED,
    )
    assert render(hold, CS, PRAGUE, API).startswith(
        "V e-shopu je objednávka ve stavu „Nevyřízená“, v MALL je ale už ve stavu Shipped"
    )
    assert render(hold, SK, PRAGUE, API).startswith(
        "V e-shope je objednávka v stave „Nevybavená“, v MALL je však už v stave Shipped"
    )
    assert render(hold, EN, PRAGUE, API).startswith(
        "The order is “Pending” in the shop, but already Shipped at MALL"
    )


def test_a_reason_within_a_reason_is_a_sentence_of_its_own() -> None:
    hold = because(HoldReason.MISSING_TRACKING, why=because(TrackingReason.NO_NUMBER))
    assert render(hold, CS, PRAGUE, API) == (
        "Stav Shipped zatím do MALL neodesíláme, protože chybějí údaje pro sledování zásilky. "
        "U objednávky v e-shopu není vyplněné číslo zásilky. Doplňte ho. Bez čísla zásilky Shipped neodešleme."
    )


def test_a_hold_that_ends_by_itself_says_when_and_what_is_sent_then() -> None:
    until = datetime(2026, 11, 27, 13, 5, tzinfo=UTC)
    for code in (HoldReason.MISSING_TRACKING_UNTIL, HoldReason.BAD_TRACKING_UNTIL):
        hold = because(code, why=because(TrackingReason.NO_NUMBER), until=until)
        text = render(hold, CS, PRAGUE, API)
        assert f"Čekáme do {fact_text(until, CS, PRAGUE, API)}, potom Shipped odešleme" in text
        assert text.endswith("bez čísla zásilky.")


def test_several_reasons_follow_each_other() -> None:
    problems = (because(AnswerReason.NONE), because(TrackingReason.NO_NUMBER))
    text = render(because(HoldReason.BAD_RECORD, problems=problems), EN, PRAGUE, API)
    assert text.endswith("No answer came in time. The order has no tracking number in the shop. Fill it in.")


@pytest.mark.parametrize(
    ("failures", "czech", "slovak"),
    [
        (1, "poslední pokus", "posledný pokus"),
        (2, "2 pokusy", "2 pokusy"),
        (4, "4 pokusy", "4 pokusy"),
        (5, "5 pokusů", "5 pokusov"),
        (22, "22 pokusů", "22 pokusov"),
    ],
)
def test_plural_forms(failures: int, czech: str, slovak: str) -> None:
    hold = because(HoldReason.NO_ANSWER, failures=failures, last=because(AnswerReason.NONE))
    assert f"na {czech}" in render(hold, CS, PRAGUE, API)
    assert f"na {slovak}" in render(hold, SK, PRAGUE, API)


def test_an_unknown_code_shows_as_itself() -> None:
    assert render(Reason(UnknownCode("hold.later\nversion")), CS, PRAGUE, API) == "hold.later version"


def test_the_api_shows_code_facts_and_text() -> None:
    agree = because(InSyncReason.AGREE, shop=ShopStatus.PENDING, held=MarketplaceStatus.OPEN)
    assert explained(agree, EN, PRAGUE, API) == {
        "code": "in_sync.agree",
        "facts": {"shop": {"shop_status": "pending"}, "held": {"status": "open"}},
        "text": "Both sides agree: “Pending” in the shop, Open at MALL. There is nothing to send.",
    }


def test_braces_from_outside_are_no_facts() -> None:
    text = render(because(HoldReason.UNKNOWN_SHOP_STATUS, name=ShopText("{order} {0}")), EN, PRAGUE, API)
    assert "“{order} {0}”" in text


@given(
    reasons(),
    st.sampled_from(Language),
    st.sampled_from([PRAGUE, ZoneInfo("UTC"), ZoneInfo("America/New_York")]),
)
def test_any_reason_is_one_line_of_some_length(reason: Reason, language: Language, zone: ZoneInfo) -> None:
    text = render(reason, language, zone, API)
    assert text
    assert text != reason.code
    assert len(text) < 10_000
    assert clean(text) == text
    assert "  " not in text
