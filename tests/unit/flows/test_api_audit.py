"""The audit trail in pages: the same rows as in the file, none missing whatever happens between two pages."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.adapters.aws import cursor as of_adapter
from orderbridge.adapters.aws.table import text_of
from orderbridge.domain.cursors import decoded, encoded
from orderbridge.domain.lists import Period, changed_at, listing
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError
from orderbridge.flows.api import audit as of_api
from orderbridge.flows.api.audit import audit
from orderbridge.flows.audit import audit_rows
from orderbridge.texts import API
from tests.fakes import NOON
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import ship
from tests.unit.flows.test_audit import DAY, HOUR, MINUTE, a_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.flows.api.request import Json


def pages(
    product: InMemoryProduct, between: Callable[[], None] = lambda: None, **query: str
) -> list[list[Json]]:
    """Every page of rows; `between` is called after each."""
    found: list[list[Json]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = ApiClient(product).ask(audit, **query, **cursor)
        found.append(answer["rows"])
        if answer["next_cursor"] is None:
            return found
        cursor = {"cursor": answer["next_cursor"]}
        between()
        assert len(found) < 200, "it never ends"


def joined(found: list[list[Json]]) -> list[Json]:
    return [row for page in found for row in page]


def keys(rows: list[Json]) -> set[tuple[object, ...]]:
    return {(row["kind"], row["mall_order_id"], row["step"], row["attempt"]) for row in rows}


def test_the_rows_are_those_of_the_file_without_the_actions() -> None:
    product = a_day()
    whole = [
        row for row in audit_rows(product, SHOP, NOON - DAY, NOON + DAY, edge=API) if row["kind"] != "action"
    ]
    for row in whole:
        del row["by"], row["why"]
    rows = joined(pages(product))
    assert [row for row in whole if row not in rows] == []
    assert [row for row in rows if row not in whole] == []


def test_days_are_those_of_the_shop() -> None:
    product = a_day()
    whole = keys(joined(pages(product)))
    assert keys(joined(pages(product, from_="2026-11-20", to="2026-11-20"))) == whole
    assert joined(pages(product, to="2026-11-19")) == []
    assert joined(pages(product, from_="2026-11-21")) == []


def test_a_step_that_moves_the_order_on_no_list_is_not_missing() -> None:
    product = InMemoryProduct()
    ship(product, 1)
    shown = changed_at(product.order(1))
    product.clock.advance(2 * DAY)
    product.clerk(1, S.SETTLED, tracking_number="DR99999999")
    product.tick()
    assert changed_at(product.order(1)) == shown, "the case is not the one that is tested"
    rows = joined(pages(product, from_="2026-11-22"))
    assert {(row["kind"], row["action"]) for row in rows} == {("step", "tracking"), ("attempt", "tracking")}


def test_orders_without_a_row_are_read_on_for_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    product = a_day()
    monkeypatch.setattr(of_api, "PAGE", 1)
    assert [len(page) for page in pages(product, from_="2026-11-21")] == [0, 0]
    monkeypatch.setattr(of_api, "MAX_PAGES", 2)
    assert [len(page) for page in pages(product, from_="2026-11-21")] == [0, 0, 0]


@given(changed=st.lists(st.lists(st.integers(1, 6), max_size=3), max_size=12), size=st.integers(1, 4))
def test_no_row_is_missing_whatever_changes_between_two_pages(changed: list[list[int]], size: int) -> None:
    product = InMemoryProduct()
    for number in range(1, 7):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
        product.tick()
        product.clock.advance(seconds=40)
    product.clock.advance(HOUR)
    before = keys(list(audit_rows(product, SHOP, NOON - DAY, NOON + DAY, edge=API)))
    left = iter(changed)

    def change() -> None:
        product.clock.advance(seconds=20)
        for number in next(left, []):
            product.clerk(number, S.SETTLED, tracking_number=f"DR{product.clock.now():%M%S}{number}")
            product.tick()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_api, "PAGE", size)
        patch.setattr(of_api, "CAUGHT_UP", size + 2)
        found = pages(product, change)
    assert before <= keys(joined(found))


def test_what_changed_while_the_list_was_read_comes_once_more_with_its_newest_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product = a_day()
    monkeypatch.setattr(of_api, "PAGE", 1)
    changes = iter([1])

    def change() -> None:
        for number in changes:
            product.clerk(number, S.SETTLED, tracking_number="DR12345678")
            product.tick()

    *_, last = pages(product, change)
    newest = max(one for _, number, *one in product.ledger.attempts if number == 1)
    assert ("attempt", 1, *newest) in keys(last)


def test_an_order_that_cannot_be_read_is_a_row_of_its_own() -> None:
    product = a_day()
    product.ledger.unreadable.add((SHOP, 2))
    rows = joined(pages(product))
    found = [(row["kind"], row["reason_code"]) for row in rows if row["mall_order_id"] == 2]
    assert {*found} == {("unreadable", "error.unreadable_order")}


ALL_DAYS = [SHOP, None, None]
"""How a cursor of the whole trail begins."""


def cursor_of(content: object) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ž",
        "A" * 5_000,
        cursor_of([]),
        cursor_of(["2026-11-20T12:00:00+00:00", None, None, False]),
        cursor_of([*ALL_DAYS, "2026-11-20T12:00:00+00:00", None, None]),
        cursor_of([*ALL_DAYS, "2026-11-20T12:00:00+00:00", None, None, 1]),
        cursor_of([*ALL_DAYS, "2026-11-20T12:00:00", None, None, False]),
        cursor_of([*ALL_DAYS, "9999-12-31T23:59:59-23:59", None, None, True]),
        cursor_of([*ALL_DAYS, "never", None, None, False]),
        cursor_of([*ALL_DAYS, "2026-11-20T12:00:00+00:00", "x", None, False]),
        cursor_of([*ALL_DAYS, "2026-11-20T12:00:00+00:00", None, "x", False]),
        cursor_of([*ALL_DAYS, "2026-11-20T12:00:00+00:00", None, 7, False]),
    ],
)
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        ApiClient(a_day()).ask(audit, cursor=cursor)
    assert refused.value.reason.code == "error.cursor"


def test_a_cursor_that_is_none_of_ours_but_has_our_form_is_taken() -> None:
    """Else the ones above would be refused for their form alone."""
    cursor = cursor_of([*ALL_DAYS, "2026-11-20T12:00:00+00:00", None, None, False])
    assert ApiClient(a_day()).ask(audit, cursor=cursor)["rows"]


@pytest.mark.parametrize("other", [{"from_": "2026-11-20"}, {"to": "2026-11-20"}, {"shop": "other"}])
def test_a_cursor_goes_on_in_the_trail_that_it_came_with_only(other: dict[str, str]) -> None:
    product = a_day()
    product.add_shop("other")
    asked = {"shop": SHOP}
    cursor = ApiClient(product).ask(audit, **asked)["next_cursor"]
    with pytest.raises(BadRequestError) as refused:
        ApiClient(product).ask(audit, **{**asked, **other}, cursor=cursor)
    assert refused.value.reason.code == "error.cursor"


def test_the_longest_cursor_is_read() -> None:
    """The cursor of a list is in it, so the shop's name is in it twice."""
    shop, moment = "s" * 40, NOON.replace(microsecond=999_999)
    which = listing(shop, status=None, hold=None, matter=None, changed=Period(since=moment), limit=1)
    of_list = of_adapter.encode(which, f"{text_of(moment)}#{'9' * 20}")
    whole: list[str | bool | None] = [shop, *[moment.isoformat()] * 4, of_list, True]
    assert decoded(encoded(whole)) == whole


def test_the_end_of_a_quiet_shop_takes_one_request_more(monkeypatch: pytest.MonkeyPatch) -> None:
    product = a_day()
    product.clock.advance(HOUR + MINUTE)
    assert [len(page) > 0 for page in pages(product)] == [True, False]
    monkeypatch.setattr(of_api, "PAGE", 2)
    assert [len(page) > 0 for page in pages(product)] == [True, True, False]
