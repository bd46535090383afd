"""Codes and facts: what cannot be made, and what is stored and read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from orderbridge.adapters.aws.table import Codec, item_of, values_of
from orderbridge.domain.codes import CODES, TABLES
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.facts import MAX_TEXT, Code, Kind, ShopText, Term
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import Reason, UnknownCode, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from tests.reason_strategies import facts_of, reasons

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Fact

NOW = datetime(2026, 11, 26, 13, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    why: Reason | None = None
    more: tuple[Reason, ...] = ()


class Message(BaseModel):
    record: Record


class Sample(Code):
    STATUS = "sample.status", {"fact": Kind.STATUS}
    SHOP_STATUS = "sample.shop_status", {"fact": Kind.SHOP_STATUS}
    ACTION = "sample.action", {"fact": Kind.ACTION}
    NUMBER = "sample.number", {"fact": Kind.NUMBER}
    COUNT = "sample.count", {"fact": Kind.COUNT}
    AMOUNT = "sample.amount", {"fact": Kind.AMOUNT}
    MOMENT = "sample.moment", {"fact": Kind.MOMENT}
    SHOP_DATE = "sample.shop_date", {"fact": Kind.SHOP_DATE}
    DAY = "sample.day", {"fact": Kind.DAY}
    TEXT = "sample.text", {"fact": Kind.TEXT}
    TEXTS = "sample.texts", {"fact": Kind.TEXTS}
    TERM = "sample.term", {"fact": Kind.TERM}
    TERMS = "sample.terms", {"fact": Kind.TERMS}
    REASON = "sample.reason", {"fact": Kind.REASON}
    REASONS = "sample.reasons", {"fact": Kind.REASONS}


RECORDS = Codec(Record)


def step_back(**changes: Fact) -> Reason:
    return because(
        HoldReason.STEP_BACK,
        **{
            "shop": ShopStatus.PENDING,
            "held": MarketplaceStatus.SHIPPED,
            "wanted": ShopStatus.SETTLED,
            **changes,
        },
    )


def test_facts_stand_in_the_tables_order_whatever_order_they_come_in() -> None:
    one = because(
        HoldReason.STEP_BACK,
        wanted=ShopStatus.SETTLED,
        held=MarketplaceStatus.SHIPPED,
        shop=ShopStatus.PENDING,
    )
    assert one == step_back()
    assert hash(one) == hash(step_back())
    assert [name for name, _ in one.facts] == ["shop", "held", "wanted"]
    assert one.fact("held") is MarketplaceStatus.SHIPPED
    assert one.fact("other") is None


def test_a_missing_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="facts are shop; the table has shop, held, wanted"):
        because(HoldReason.STEP_BACK, shop=ShopStatus.PENDING)


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(ValueError, match="facts are shop, held, wanted, since"):
        step_back(since=NOW)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Kind.STATUS, ShopStatus.SETTLED),
        (Kind.SHOP_STATUS, MarketplaceStatus.OPEN),
        (Kind.ACTION, MarketplaceStatus.SHIPPED),
        (Kind.NUMBER, True),
        (Kind.AMOUNT, Decimal("NaN")),
        (Kind.SHOP_DATE, NOW.date()),
        (Kind.TERMS, [Term("carriers")]),
        (Kind.COUNT, 1.5),
        (Kind.MOMENT, NOW.replace(tzinfo=None)),
        (Kind.MOMENT, NOW.astimezone(timezone(timedelta(hours=1)))),
        (Kind.DAY, NOW),
        (Kind.TEXT, "a text that nobody marked as one from outside"),
        (Kind.TEXTS, (ShopText("one"), "other")),
        (Kind.TERM, ShopText("carriers")),
        (Kind.REASON, "a sentence"),
        (Kind.REASONS, [because(TrackingReason.NO_NUMBER)]),
    ],
)
def test_a_fact_of_another_kind_is_refused(kind: Kind, wrong: Fact) -> None:
    code = Sample(f"sample.{kind}")
    with pytest.raises(ValueError, match=rf"sample.{kind}: fact fact is a .*, not a {kind}"):
        because(code, fact=wrong)


def test_texts_from_outside_are_cleaned_and_cut() -> None:
    assert ShopText(" a\nb\x00\u202ec ").text == "a bc"
    assert len(ShopText("x" * 1000).text) == MAX_TEXT
    assert ShopText("x" * 1000).text.endswith("…")
    assert Term("a\nb").name == "a b"


@given(st.sampled_from(Kind).flatmap(lambda kind: facts_of(kind).map(lambda fact: (kind, fact))))
def test_a_fact_of_any_kind_survives(of_kind: tuple[Kind, Fact]) -> None:
    kind, fact = of_kind
    reason = because(Sample(f"sample.{kind}"), fact=fact)
    assert Reason.of_stored(reason.stored()).facts == (("fact", fact),)
    assert Sample(str(reason.code)) is reason.code


@given(reasons())
def test_what_is_stored_is_read_again(reason: Reason) -> None:
    record = Record(reason, (reason, reason))
    assert RECORDS.load(RECORDS.dump(record)) == record
    assert RECORDS.load(values_of(item_of(RECORDS.dump(record)))) == record
    assert Message.model_validate_json(Message(record=record).model_dump_json()).record == record


@given(reasons())
def test_a_version_that_does_not_know_the_code_keeps_it_and_its_facts(reason: Reason) -> None:
    later = {**reason.stored(), "code": "hold.of_a_later_version"}
    known = Reason.of_stored(later)
    assert known.code == "hold.of_a_later_version"
    assert isinstance(known.code, UnknownCode)
    assert dict(known.facts) == dict(reason.facts)
    assert Reason.of_stored({**known.stored(), "code": str(reason.code)}) == reason


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"shop": {"shop_status": "pending"}},
        {"shop": {"shop_status": "pending"}, "held": {"status": "of a later version"}},
        {"shop": {"shop_status": "pending"}, "held": {"kind of a later version": "x"}},
        {"shop": {"shop_status": "pending"}, "held": {"moment": "2026-11-26T13:05:00"}},
        {"shop": {"shop_status": "pending"}, "held": {"amount": "NaN"}},
        {"shop": "pending"},
        "none",
    ],
)
def test_other_facts_than_the_tables_make_no_record_unreadable(facts: object) -> None:
    record = RECORDS.load({"why": {"code": "hold.step_back", "facts": facts}})
    assert record.why is not None
    assert isinstance(record.why.code, UnknownCode)
    assert RECORDS.load(RECORDS.dump(record)) == record


def test_a_stored_moment_without_its_zone_is_none() -> None:
    facts = {"listed_at": {"moment": "2026-11-26T13:05:00"}}
    reason = Reason.of_stored({"code": "escalation.not_in_the_shop", "facts": facts})
    assert isinstance(reason.code, UnknownCode)
    assert reason.facts == ()


@pytest.mark.parametrize("stored", ["a sentence of before", {"facts": {}}, 5])
def test_what_is_no_reason_is_refused(stored: object) -> None:
    with pytest.raises(ValueError, match="why"):
        RECORDS.load({"why": stored})


def test_every_code_is_in_one_table_and_named_by_its_family() -> None:
    assert len(CODES) == sum(len(table) for table in TABLES)
    for table in TABLES:
        assert len({code.value.partition(".")[0] for code in table}) == 1


def test_a_hold_reason_says_which_hold_it_is() -> None:
    for code in HoldReason:
        assert code.value.split(".")[1] in {*HoldCode}


def test_a_code_has_one_count_at_most() -> None:
    for code in CODES.values():
        assert [*code.facts.values()].count(Kind.COUNT) <= 1


def test_facts_that_texts_may_leave_out_are_facts() -> None:
    for code in CODES.values():
        assert code.may_be_unnamed <= {*code.facts}


def test_the_stored_form() -> None:
    reason = because(
        HoldReason.BAD_RECORD,
        problems=(
            because(AnswerReason.OTHER_ORDER, order=503),
            because(AnswerReason.SAID, said=ShopText("no")),
        ),
    )
    assert reason.stored() == {
        "code": "hold.bad_record",
        "facts": {
            "problems": {
                "reasons": [
                    {"code": "answer.other_order", "facts": {"order": {"number": "503"}}},
                    {"code": "answer.said", "facts": {"said": {"text": "no"}}},
                ]
            }
        },
    }
