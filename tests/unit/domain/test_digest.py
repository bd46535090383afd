"""The daily digest: what stands in it, and what of it is news."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.cases.digest import digest_of, has_new_items
from orderbridge.domain.cases.escalations import close, enter_return_number
from orderbridge.domain.cases.records import Cause, Resolution, ReturnDocument
from orderbridge.domain.cases.returns import resolve
from orderbridge.domain.codes.cases import HoldSummary
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.texts import Language
from orderbridge.texts.mails import LINES_PER_SECTION, digest_mail
from tests.fakes import FakeAlarms
from tests.orders import NOW, an_order, changed, marketplace_view
from tests.reasons import they_said
from tests.texts import said
from tests.unit.domain.strategies import recheck, shop_says

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from orderbridge.domain.cases.digest import Digest
    from orderbridge.domain.orders import OrderState
    from orderbridge.texts import Mail

M, S = MarketplaceStatus, ShopStatus
RULES = Rules()
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def listed_order(
    number: int, status: ShopStatus, held: MarketplaceStatus, delivery: str = "none"
) -> OrderState:
    return recheck(an_order(status, held, delivery=delivery, mall_order_id=number), RULES, NOW)


def held_back(number: int, *, since: datetime = NOW, actor: Actor = Actor.CLERK) -> OrderState:
    hold = Hold(HoldCode.MISSING_TRACKING, they_said("Jan Novák, Dlouhá 1"), actor)
    state = listed_order(number, S.PENDING, M.OPEN)
    return changed(state, hold=hold, hold_since=since)


def sections(digest: Digest) -> list[tuple[str, int]]:
    assert all(item.reason.fact("order") == item.mall_order_id for item in digest.items)
    return [(item.section.value, item.mall_order_id) for item in digest.items]


def keys(digest: Digest) -> set[str]:
    return {item.key for item in digest.items}


UNCLAIMED = listed_order(1, S.CANCELED, M.SHIPPED)
WRONG = listed_order(2, S.HANDLED, M.DELIVERED)
WAITING = held_back(3)
UNREPORTED = listed_order(4, S.SETTLED, M.SHIPPED, "past day")
WELL = listed_order(5, S.HANDLED, M.SHIPPING)
EVERYTHING = (WELL, UNREPORTED, WAITING, WRONG, UNCLAIMED)


def test_what_stands_in_it_and_in_which_order() -> None:
    digest = digest_of(EVERYTHING, RULES, NOW + DAY + HOUR)
    assert sections(digest) == [("escalations", 2), ("deadlines", 4), ("returns", 1), ("holds", 3)]
    assert digest_of(reversed(EVERYTHING), RULES, NOW + DAY + HOUR) == digest


def test_a_hold_is_listed_when_it_is_older_than_a_day() -> None:
    assert digest_of([WAITING], RULES, NOW + DAY).items == ()
    assert sections(digest_of([WAITING], RULES, NOW + DAY + timedelta(seconds=1))) == [("holds", 3)]
    nobody = held_back(3, actor=Actor.NOBODY)
    assert digest_of([nobody], RULES, NOW + 9 * DAY).items == ()


@pytest.mark.parametrize("held", M)
def test_an_order_under_way_that_is_gone_from_the_export_is_listed(held: MarketplaceStatus) -> None:
    state = listed_order(5, S.SETTLED, held)
    state = changed(state, missing_since=NOW, escalations=(), return_flag=None, hold=None)
    under_way = held in {M.BLOCKED, M.OPEN, M.SHIPPING, M.SHIPPED}
    assert sections(digest_of([state], RULES, NOW)) == ([("missing", 5)] if under_way else [])
    assert digest_of([changed(state, missing_since=None)], RULES, NOW).items == ()


def test_an_order_that_is_gone_once_more_is_new() -> None:
    gone = changed(WELL, missing_since=NOW)
    told = keys(digest_of([gone], RULES, NOW + 9 * DAY))
    assert keys(digest_of([gone], RULES, NOW + 10 * DAY)) == told
    assert (
        keys(
            digest_of(
                [changed(gone, missing_since=NOW + DAY)],
                RULES,
                NOW + 9 * DAY,
            )
        )
        != told
    )


def test_an_order_in_shipping_for_longer_than_the_setting_is_listed() -> None:
    assert digest_of([WELL], RULES, NOW + 3 * DAY).items == ()
    later = NOW + 3 * DAY + HOUR
    assert sections(digest_of([WELL], RULES, later)) == [("forgotten", 5)]
    assert digest_of([WELL], Rules(forgotten_days=4), later).items == ()
    assert sections(digest_of([changed(WELL, missing_since=NOW)], RULES, later)) == [("missing", 5)]
    waiting = changed(WELL, hold=WAITING.work.hold, hold_since=NOW)
    assert sections(digest_of([waiting], RULES, later)) == [("holds", 5)], "which says why it is there"
    delivered_by_mall = replace(marketplace_view(M.SHIPPING), marketplace_delivery=True)
    assert sections(digest_of([changed(WELL, observed=delivered_by_mall)], RULES, later)) == [
        ("forgotten", 5)
    ]
    assert digest_of([listed_order(5, S.SETTLED, M.SHIPPED)], RULES, later).items == ()


def test_a_number_that_mall_never_knew_and_that_is_gone_waits_for_nobody() -> None:
    hold = Hold(HoldCode.NOT_AT_MARKETPLACE, they_said(), Actor.CLERK)
    wrong = changed(WELL, observed=None, status_changes=(), hold=hold, hold_since=NOW)
    assert sections(digest_of([wrong], RULES, NOW + 2 * DAY)) == [("holds", 5)]
    assert digest_of([changed(wrong, missing_since=NOW)], RULES, NOW + 2 * DAY).items == ()


def test_a_matter_is_listed_once_and_not_after_a_person_settled_it() -> None:
    later = NOW + 2 * DAY
    assert sections(digest_of([WRONG], RULES, later)) == [("escalations", 2)]
    closed = close(WRONG, Cause.WRONG_DELIVERED, "clerk", "ok", NOW)
    assert closed.work.hold is not None
    assert digest_of([closed], RULES, later).items == ()
    assert sections(digest_of([UNCLAIMED], RULES, later)) == [("returns", 1)]
    resolved = resolve(UNCLAIMED, Resolution(NOW, "clerk", "ok"))
    assert resolved.work.hold is not None
    assert digest_of([resolved], RULES, later).items == ()
    assert sections(digest_of([changed(WRONG, escalations=())], RULES, later)) == [("holds", 2)]


@pytest.mark.parametrize(("before", "told"), [(DAY, True), (DAY + HOUR, False)])
def test_a_deadline_is_listed_a_day_before(before: timedelta, told: bool) -> None:  # noqa: FBT001
    view = replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW)
    digest = digest_of([an_order(S.PENDING, view)], RULES, NOW + DAY - before)
    assert bool(digest.items) is told


@pytest.mark.parametrize(("before", "told"), [(3 * DAY, True), (3 * DAY + HOUR, False)])
def test_a_credit_note_is_listed_three_days_before(before: timedelta, told: bool) -> None:  # noqa: FBT001
    document = ReturnDocument("4712345678", NOW, "clerk")
    state = enter_return_number(WRONG, Cause.WRONG_DELIVERED, document)
    digest = digest_of([state], RULES, NOW + 14 * DAY - before)
    assert ("deadlines" in {item.section for item in digest.items}) is told


def test_only_what_was_not_mailed_is_new() -> None:
    first = digest_of(EVERYTHING, RULES, NOW + DAY + HOUR)
    assert has_new_items(first, ())
    assert not has_new_items(first, keys(first))
    next_day = digest_of(EVERYTHING, RULES, NOW + 3 * DAY)
    shop_updates = [item for item in next_day.items if item.key not in keys(first)]
    assert {(item.section.value, item.mall_order_id) for item in shop_updates} <= {("deadlines", 4)}
    fewer = digest_of([UNCLAIMED], RULES, NOW + 3 * DAY)
    assert not has_new_items(fewer, keys(first))
    assert not has_new_items(digest_of([], RULES, NOW), ())


def test_a_deadline_that_was_missed_is_new_once() -> None:
    near = digest_of([UNREPORTED], RULES, NOW)
    assert not has_new_items(digest_of([UNREPORTED], RULES, NOW + HOUR), keys(near))
    missed = digest_of([UNREPORTED], RULES, NOW + DAY)
    assert has_new_items(missed, keys(near))
    assert not has_new_items(digest_of([UNREPORTED], RULES, NOW + 2 * DAY), keys(missed))


def test_what_comes_back_is_new_again() -> None:
    told = keys(digest_of([UNCLAIMED, WRONG], RULES, NOW))
    settled = recheck(shop_says(UNCLAIMED, S.SETTLED, NOW + HOUR), RULES, NOW + HOUR)
    again = recheck(shop_says(settled, S.CANCELED, NOW + 2 * HOUR), RULES, NOW + 2 * HOUR)
    assert has_new_items(digest_of([again], RULES, NOW + 2 * HOUR), told)
    mended = recheck(shop_says(WRONG, S.SETTLED, NOW + HOUR), RULES, NOW + HOUR)
    broken = recheck(shop_says(mended, S.HANDLED, NOW + 2 * HOUR), RULES, NOW + 2 * HOUR)
    assert has_new_items(digest_of([broken], RULES, NOW + 2 * HOUR), told)


def mailed(
    digest: Digest, told: Collection[str], language: Language = Language.ENGLISH, shop: str = "demo"
) -> Mail:
    mail = digest_mail(shop, digest, told, (), language, ZoneInfo(RULES.shop_zone))
    FakeAlarms().publish(shop, mail.subject, mail.body)
    return mail


def test_the_message_marks_what_is_new_and_names_orders_by_number_only() -> None:
    digest = digest_of(EVERYTHING, RULES, NOW + DAY + HOUR)
    told = {item.key for item in digest.items if item.section != "returns"}
    mail = mailed(digest, told)
    assert mail.subject == "MALL orders of demo: 4 things to settle, 1 new"
    assert "1 thing is new since the last digest." in mail.body
    lines = mail.body.splitlines()
    assert [line for line in lines if line.startswith("* ")] == [
        "* Order 1, since 20 Nov 2026 12:00: canceled in the shop, Shipped at MALL, the parcel is coming back. (new)"
    ]
    assert (
        "  Order 3 has been waiting for the clerk since 20 Nov 2026 13:00. The tracking number is missing."
        in lines
    )
    assert "Cases to settle (ready texts: “Cases”): 1" in lines
    for language in Language:
        for secret in ("Novák", "Dlouhá", "2026001", "DR123"):
            assert secret not in mailed(digest, told, language).body


def test_the_message_in_czech() -> None:
    digest = digest_of(EVERYTHING, RULES, NOW + DAY + HOUR)
    told = {item.key for item in digest.items if item.section != "returns"}
    mail = mailed(digest, told, Language.CZECH)
    assert mail.subject == "Objednavky MALL, demo: 4 veci k reseni, novych 1"
    lines = mail.body.splitlines()
    assert lines[0] == "E-shop demo: co čeká na vyřízení. Od posledního přehledu přibyla 1 věc."
    assert (
        "* Objednávka 1, od 20. 11. 2026 12:00: v e-shopu stornovaná, v MALL ve stavu Shipped, zásilka se vrací. (nové)"
        in lines
    )
    assert "  Objednávka 3 čeká od 20. 11. 2026 13:00 na obsluhu e-shopu. Chybí číslo zásilky." in lines


def test_keys_are_of_facts_whatever_they_are_called() -> None:
    """A better text, another language or other words in a reason make no matter news."""
    digest = digest_of(EVERYTHING, RULES, NOW + DAY + HOUR)
    assert WAITING.work.hold is not None
    said_otherwise = changed(WAITING, hold=replace(WAITING.work.hold, reason=they_said("something else")))
    others = [state for state in EVERYTHING if state is not WAITING]
    assert not has_new_items(digest_of([*others, said_otherwise], RULES, NOW + DAY + HOUR), keys(digest))
    for item in digest.items:
        assert re.fullmatch(r"[0-9a-f]{16}", item.key)


def test_the_longest_message_is_one_that_an_email_takes() -> None:
    number, many = 2**63, []
    for _ in range(LINES_PER_SECTION + 10):
        for example in EVERYTHING:
            number -= 1
            many.append(replace(example, mall_order_id=number))
    digest = digest_of(many, RULES, NOW + DAY + HOUR)
    for language in Language:
        mail = mailed(digest, (), language, shop="s" * 40)
        assert len(mail.body.encode()) < 100_000
    assert mailed(digest, ()).body.count("  And 10 more.") == 4


def test_a_long_section_is_cut_and_shows_what_is_new_first() -> None:
    many = [replace(UNCLAIMED, mall_order_id=number) for number in range(1, LINES_PER_SECTION + 11)]
    digest = digest_of(many, RULES, NOW)
    last = digest.items[-1]
    lines = mailed(digest, keys(digest) - {last.key}).body.splitlines()
    assert lines[3] == f"* {said(last.reason)} (new)"
    assert lines[-1] == "  And 10 more."
    assert len(lines) == 3 + LINES_PER_SECTION + 1


@pytest.mark.parametrize(
    ("code", "reason", "summary"),
    [
        (HoldCode.IMPORT_REFUSED, HoldReason.CREATE_NOT_CLEAR, HoldSummary.IMPORT_REFUSED),
        (HoldCode.IMPORT_REFUSED, HoldReason.CREATE_NOT_SHOWN, HoldSummary.IMPORT_REFUSED),
        (HoldCode.IMPORT_REFUSED, HoldReason.CANCEL_NOT_CLEAR, HoldSummary.IMPORT_REFUSED_CANCELLATION),
        (HoldCode.IMPORT_UNCLEAR, HoldReason.CREATE_UNCLEAR, HoldSummary.IMPORT_UNCLEAR),
        (HoldCode.IMPORT_UNCLEAR, HoldReason.CANCEL_UNCLEAR, HoldSummary.IMPORT_UNCLEAR_CANCELLATION),
    ],
)
def test_a_write_into_the_shop_is_told_from_its_cancellation(
    code: HoldCode, reason: HoldReason, summary: HoldSummary
) -> None:
    why = because(reason, order=5) if "order" in reason.facts else because(reason)
    state = changed(WAITING, hold=Hold(code, why, Actor.CLERK))
    (item,) = digest_of([state], RULES, NOW + 2 * DAY).items
    assert item.reason.fact("why") == because(summary)


def test_a_refused_cancellation_is_told_from_a_refused_order() -> None:
    why = because(HoldReason.CANCEL_REFUSED, said=they_said("Novák"), order=5)
    state = changed(WAITING, hold=Hold(HoldCode.IMPORT_REFUSED, why, Actor.CLERK))
    (item,) = digest_of([state], RULES, NOW + 2 * DAY).items
    assert item.reason.fact("why") == because(HoldSummary.IMPORT_REFUSED_CANCELLATION)


@pytest.mark.parametrize("code", HoldCode)
@pytest.mark.parametrize("actor", Actor)
def test_every_hold_has_its_line(code: HoldCode, actor: Actor) -> None:
    state = changed(WAITING, hold=Hold(code, they_said("Novák"), actor))
    items = digest_of([state], RULES, NOW + 2 * DAY).items
    assert bool(items) is (actor is not Actor.NOBODY)
    for item in items:
        why = item.reason.fact("why")
        assert isinstance(why, Reason)
        assert why.code is HoldSummary[code.name]
        assert "Novák" not in "".join(said(item.reason, language) for language in Language)
