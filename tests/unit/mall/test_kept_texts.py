"""What of MALL's own texts goes on to messages and records: it has an end, breaks nothing and is nobody's contact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.carrier_table import CARRIERS
from orderbridge.domain.cases.records import Item
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import Reason, because
from orderbridge.messages import ListingUpdate
from tests.unit.mall.judging import NOW, ORDER, json_values, known_keys, read
from tests.unit.mall.test_lists import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderbridge.domain.views import MarketplaceView

URL = "https://t.example/?id=DR123456"
UNSENDABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What SQS refuses in a message."""


def view(**fields: object) -> MarketplaceView:
    found = read({"id": ORDER, "status": "shipped", **fields}).view
    assert found is not None
    return found


def tracking(number: object, url: object) -> tuple[str, str]:
    """What a read keeps of them; a list keeps the same."""
    (order,) = listed([{"id": 5, "status": "shipped", "tracking_number": number, "tracking_url": url}]).orders
    assert order.view is not None
    found = view(tracking_number=number, tracking_url=url)
    assert (order.view.tracking_number, order.view.tracking_url) == (
        found.tracking_number,
        found.tracking_url,
    )
    return found.tracking_number, found.tracking_url


# --- tracking -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "url"),
    [
        ("DR123456", URL),
        ("DR_12-34", "http://t.example/DR_12-34"),
        ("DR1", ""),
        ("", URL),
        ("777123456", "https://t.example/777123456"),
        ("420777123456", "https://t.example/?id=420777123456&lang=cs"),
        ("777-123-456", "https://t.example/777-123-456#top"),
        ("1" * 200, "https://t.example/" + "a" * 1900),
    ],
)
def test_tracking_as_documented_is_kept(number: str, url: str) -> None:
    assert tracking(number, url) == (number, url)
    assert tracking(f" {number}\n", f"\t{url} ") == (number, url)


@pytest.mark.parametrize(
    "number",
    ["Novak jan@novak.cz", "DR 1", "DR1/DR2", "DR1,", "Dražba", "+420777123456", "1" * 201, "1" * 2**20],
)
def test_a_number_with_other_characters_is_none_and_its_address_too(number: str) -> None:
    assert tracking(number, URL) == ("", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://t.cz/?mail=jan@novak.cz&tel=+420777123456",
        "https://t.cz/?mail=jan%40novak.cz",
        "https://t.cz/?mail=jan%2540novak.cz",
        "https://t.cz/?mail=jan%252540novak.cz",
        "https://t.cz/?mail=jan&#64;novak.cz",
        "https://t.cz/?mail=jan%26commat%3Bnovak.cz",
        "https://t.cz/?account=19-2000145399/0800",
        "https://jan:pw@t.cz/DR123456",
        "https://t.cz/?tel=+420777123456",
        "https://t.cz/?tel=%2B420%20777%20123%20456",
        "https://t.cz/?tel=777+123+456",
        "https://t.cz/777123456",
        "https://t.cz/?client_id=5d41402abc4b2a76",
        "Jan Novák, Dlouhá 1",
        "javascript:alert(1)",
        "https://t.cz/Jan Novak",
        "https://t.cz/" + "a" * 2000,
        "https://t.cz/" + "a" * 1_100_000,
    ],
)
def test_an_address_with_a_contact_or_without_an_end_is_dropped(url: str) -> None:
    assert tracking("DR123456", url) == ("DR123456", "")
    assert tracking("", url) == ("", "")


def test_a_short_number_excuses_no_contact() -> None:
    assert tracking("7", "https://t.cz/?tel=777123456") == ("7", "")


@settings(deadline=None)
@given(
    st.from_regex(r"[0-9A-Za-z_-]{1,40}", fullmatch=True),
    st.sampled_from(sorted({page.address for carrier in CARRIERS for page in carrier.pages.values()})),
)
def test_what_we_sent_ourselves_is_read_as_we_sent_it(number: str, template: str) -> None:
    """Otherwise every read would look like a change, and ask for one more correction."""
    url = template.replace("{number}", number)
    assert tracking(number, url) == (number, url)


@pytest.mark.parametrize(
    "odd", ["\uffff", "\ufffe", "\0", "\x1b", "\x9f", "\ud800", "\u200b", "\u202e", "\u2069"]
)
def test_characters_that_no_message_may_hold_are_dropped(odd: str) -> None:
    found = view(
        tracking_number=f"DR1{odd}",
        tracking_url=f"https://t.example/{odd}DR1",
        items=[{"title": f"Lam{odd}pa"}],
        branch_id=f"4{odd}",
        ulozenka_status_history=[{"name": f"K vyzvednutí{odd}"}],
    )
    message = ListingUpdate(shop="demo", mall_order_id=ORDER, seen_at=NOW, view=found).model_dump_json()
    assert UNSENDABLE.search(message) is None
    if odd != "\ud800":  # a half character is a question mark from the very beginning
        assert (found.tracking_number, found.tracking_url) == ("DR1", "https://t.example/DR1")
        assert found.items == (Item("Lampa", "1"),)


# --- items, and where the parcel waits ------------------------------------------------------------------


def test_no_more_than_two_hundred_items_are_kept() -> None:
    found = view(items=[{"title": f"{number}"} for number in range(1, 1001)])
    assert [item.title for item in found.items] == [str(number) for number in range(1, 201)]


def test_a_title_and_a_place_have_an_end() -> None:
    found = view(
        items=[{"title": "Lampa " * 100_000}, {"id": "S" * 500}, {"title": "s@t" * 500}],
        branch_id="9" * 50_000,
        ulozenka_status_history=[{"name": "K vyzvednutí " * 50_000}],
    )
    assert [len(item.title) <= 200 for item in found.items] == [True] * 3
    assert found.items[0].title.startswith("Lampa Lampa")
    assert found.items[0].title.endswith("…")
    assert 0 < len(found.collect_at) <= 200


def test_a_contact_in_a_title_or_a_place_is_masked() -> None:
    found = view(
        items=[
            {"title": "Věnování pro jan@novak.cz"},
            {"title": "Pro jan%2540novak.cz"},
            {"title": "Lampa 777123456"},
        ],
        branch_id=777123456,
        ulozenka_status_history=[{"name": "K vyzvednutí, volat Novák +420 777 123 457, jan@novak.cz"}],
    )
    assert [item.title for item in found.items] == ["Věnování pro <e-mail>", "<e-mail>", "Lampa 777123456"]
    assert found.collect_at == "777123456: K vyzvednutí, …"


def sizes(found: MarketplaceView) -> int:
    return len(
        ListingUpdate(shop="demo", mall_order_id=ORDER, seen_at=NOW, view=found).model_dump_json().encode()
    )


def test_the_largest_view_fits_into_a_record_and_a_message() -> None:
    """DynamoDB: 400 KB for an item; SQS: 256 KiB for a message."""
    wide = "\U0001f4a1"
    found = view(
        tracking_number="1" * 200,
        tracking_url="https://t.example/" + wide * 1900,
        items=[{"title": wide * 1000, "quantity": "1." + "1" * 5000}] * 3000,
        branch_id=wide * 1000,
        ulozenka_status_history=[{"name": wide * 1000}] * 100,
    )
    assert len(found.items) == 200
    assert sizes(found) < 200 * 1024


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(known_keys, json_values))
def test_whatever_an_order_holds_its_view_can_be_sent(data: dict[str, object]) -> None:
    found = view(**{**data, "id": ORDER, "status": "shipped"})
    message = ListingUpdate(shop="demo", mall_order_id=ORDER, seen_at=NOW, view=found).model_dump_json()
    assert UNSENDABLE.search(message) is None
    assert sizes(found) < 200 * 1024


# --- a status that is not known -------------------------------------------------------------------------


def reasons(statuses: Iterable[object]) -> list[Reason | None]:
    answers = [read({"id": ORDER, "status": status}) for status in statuses]
    assert {answer.call_result for answer in answers} == {CallResult.BROKEN_BODY}
    return [answer.reason for answer in answers]


def test_an_unknown_status_is_quoted_only_if_it_is_one_short_word() -> None:
    assert reasons(["sent", "on_the_way"]) == [
        because(AnswerReason.UNKNOWN_STATUS, status=ShopText("sent")),
        because(AnswerReason.UNKNOWN_STATUS, status=ShopText("on_the_way")),
    ]
    personal = ["Novák", "Jan", "jan@novak.cz", "dlouhá 1", "sent;drop", "777123456", "x" * 31, "SENT"]
    assert {*reasons(personal)} == {because(AnswerReason.UNKNOWN_STATUS_HIDDEN)}
