"""An order's detail as the shop needs it, and that none of it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.mall.order_detail import order_detail_from
from orderbridge.domain.cases.records import Item
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from sandbox import PERSONAL_MARKERS
from sandbox.people import invent_person
from tests.unit.mall.judging import (
    DETAIL,
    NONSENSE,
    OK,
    ORDER,
    VIEW,
    asked,
    error,
    json_values,
    judged,
    known_keys,
    received,
)

if TYPE_CHECKING:
    from orderbridge.domain.answers import OrderDetailAnswer
    from orderbridge.domain.order_detail import OrderDetail

PERSON = invent_person(ORDER)
WHOLE: dict[str, Any] = DETAIL | {
    "customer": f"{PERSON.name} st.",
    "test": False,
    "payment_type": "COD",
    "cod": 2099.0,
    "cod_price": "39.50",
    "currency": "CZK",
    "delivery_price": 99,
    "discount": 100,
    "delivery_method": "Zásilkovna",
    "branch_id": 4711,
    "branches": {"branch_id": 4712},
    "ship_date": "2026-11-22",
    "address": {
        "name": PERSON.name,
        "company": "Vymyšlená s.r.o.",
        "email": PERSON.email,
        "phone": PERSON.phone,
        "street": PERSON.street,
        "city": PERSON.city,
        "zip": 99001,
        "country": "CZ",
    },
    "items": [
        {"id": "SKU-1", "article_id": 7, "title": "Lampa", "quantity": 2, "price": "1000.10", "vat": 21},
        {"article_id": 100000738462, "title": "Stůl", "price": 60},
    ],
}


def answered(data: object, status: int = 200) -> OrderDetailAnswer:
    return order_detail_from(received({"result": OK, "data": data}, status), asked(duration_ms=9), ORDER)


def whole(**fields: object) -> OrderDetail:
    answer = answered(WHOLE | fields)
    assert answer.answer.call_result is CallResult.OK
    assert answer.order is not None
    return answer.order


# --- what is taken over ---------------------------------------------------------------------------------


def test_the_order() -> None:
    order = whole()
    assert (order.mall_order_id, order.test, order.currency, order.payment) == (ORDER, False, "CZK", "COD")
    assert (order.cash_on_delivery, order.cash_on_delivery_price) == (Decimal(2099), Decimal("39.50"))
    assert (order.delivery_method, order.delivery_price, order.branch) == ("Zásilkovna", Decimal(99), "4711")
    assert (order.discount, order.ship_by) == (Decimal(100), "2026-11-22")
    assert order.opened_at == datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
    assert order.total == Decimal("2098.70")


def test_the_view_is_that_of_a_read() -> None:
    answer = answered(WHOLE)
    assert answer.order is not None
    assert answer.order.view == judged(received({"result": OK, "data": WHOLE})).view == answer.answer.view
    assert answer.order.view == replace(
        VIEW, items=(Item("Lampa", "2"), Item("Stůl", "1")), collect_at="4711"
    )
    assert (answer.answer.http_status, answer.answer.duration_ms) == (200, 9)


def test_the_customer() -> None:
    customer = whole().customer
    assert (customer.name, customer.company) == (PERSON.name, "Vymyšlená s.r.o.")
    assert (customer.email, customer.phone) == (PERSON.email, PERSON.phone)
    assert (customer.street, customer.city, customer.zip, customer.country) == (
        PERSON.street,
        PERSON.city,
        "99001",
        "CZ",
    )


@pytest.mark.parametrize("address", [None, [], {}, {"city": "Smyšlenov 1"}, {"name": " "}])
def test_the_basic_object_s_name_stands_in_for_the_address_s(address: object) -> None:
    assert whole(address=address).customer.name == f"{PERSON.name} st."


def test_the_items() -> None:
    first, second = whole().items
    assert (first.code, first.title, first.pieces) == ("SKU-1", "Lampa", Decimal(2))
    assert (first.unit_price, first.vat) == (Decimal("1000.10"), Decimal(21))
    assert (second.code, second.title, second.pieces) == ("100000738462", "Stůl", Decimal(1))
    assert (second.unit_price, second.vat) == (Decimal(60), None)


def test_a_detail_with_nothing_but_its_status() -> None:
    order = answered({"status": "open"}).order
    assert order is not None
    assert (order.mall_order_id, order.items, order.customer.name, order.opened_at) == (ORDER, (), "", None)
    assert (order.test, order.payment, order.branch, order.ship_by, order.currency) == (False, "", "", "", "")
    amounts = (order.cash_on_delivery, order.cash_on_delivery_price, order.delivery_price, order.discount)
    assert amounts == (Decimal(0),) * 4
    assert all(isinstance(amount, Decimal) for amount in amounts)


@pytest.mark.parametrize(
    ("said", "taken_off"), [(100, 100), (-100, 100), ("-99.50", "99.5"), (0, 0), (None, 0)]
)
def test_a_discount_is_what_is_taken_off(said: object, taken_off: str | int) -> None:
    assert whole(discount=said).discount == Decimal(taken_off)


@pytest.mark.parametrize(
    ("fields", "branch"),
    [
        ({"branches": {}}, "4711"),
        ({"branches": {"branch_id": ""}}, "4711"),
        (
            {"branches": {"branch_id": 29, "secondary_branch_id": 21, "overridden": True}, "branch_id": 21},
            "21",
        ),
        (
            {"branches": {"branch_id": 29, "secondary_branch_id": 22, "overridden": True}, "branch_id": "21"},
            "21",
        ),
        (
            {"branches": {"branch_id": 29, "secondary_branch_id": 22, "overridden": False}, "branch_id": 21},
            "21",
        ),
        (
            {"branches": {"branch_id": 29, "secondary_branch_id": 22, "overridden": 1}, "branch_id": None},
            "22",
        ),
        (
            {"branches": {"branch_id": 29, "secondary_branch_id": 22, "overridden": False}, "branch_id": 0},
            "29",
        ),
        (
            {"branches": {"branch_id": 29, "secondary_branch_id": None, "overridden": True}, "branch_id": ""},
            "29",
        ),
        ({"branches": [{"branch_id": 4713}], "branch_id": None}, "4713"),
        ({"branches": {"overridden": False}, "branch_id": 21.0}, "21"),
        ({"branches": {"overridden": False}, "branch_id": 0.0}, ""),
        ({"branches": None, "branch_id": None}, ""),
    ],
)
def test_the_branch(fields: dict[str, object], branch: str) -> None:
    assert whole(**fields).branch == branch


def test_numbers_as_strings_mean_the_same() -> None:
    def stringly(value: object) -> object:
        if isinstance(value, dict):
            return {key: stringly(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [stringly(inner) for inner in value]
        return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    assert answered(stringly(WHOLE)).order == whole()


MUST_BE_READABLE = {"id", "cod", "cod_price", "delivery_price", "discount", "address", "items"}


@pytest.mark.parametrize("missing", [key for key in WHOLE if key != "status"])
def test_any_field_but_the_status_may_be_missing(missing: str) -> None:
    nothings: tuple[dict[str, object], ...] = ({}, {missing: None}, {missing: " "}, {missing: []})
    for rest in nothings:
        without = {key: value for key, value in WHOLE.items() if key != missing}
        assert answered(without | rest).order is not None


@pytest.mark.parametrize("missing", [key for key in WHOLE if key not in MUST_BE_READABLE | {"status"}])
def test_any_other_field_may_be_nonsense(missing: str) -> None:
    for nonsense in NONSENSE:
        assert answered({**WHOLE, missing: nonsense, "brand_new": nonsense}).order is not None


@pytest.mark.parametrize(
    ("field", "nonsense"),
    [
        *((field, nonsense) for field in sorted(MUST_BE_READABLE) for nonsense in ("1 299,00 Kč", True)),
        ("cod", "1299,00"), ("cod", "NaN"), ("cod", "1e999"), ("cod", ["1299"]), ("items", ["Lampa"]),
        ("items", [{"title": "Lampa"}, "Stůl"]), ("address", ["Praha", "Brno"]),
    ],
)  # fmt: skip
def test_money_goods_and_address_are_never_guessed(field: str, nonsense: object) -> None:
    """An unreadable amount to collect taken for none: the parcel would go out for nothing."""
    answer = answered(WHOLE | {field: nonsense})
    assert answer.order is None
    assert answer.answer.call_result is CallResult.BROKEN_BODY
    assert answer.answer.reason == because(AnswerReason.UNREADABLE, places=(Term(field),))


@pytest.mark.parametrize("field", ["quantity", "price"])
def test_nor_pieces_and_prices(field: str) -> None:
    answer = answered(WHOLE | {"items": [{"title": "Lampa", field: "2 ks"}]})
    places = (Term(f"items.0.{field}"),)
    assert (answer.order, answer.answer.reason) == (None, because(AnswerReason.UNREADABLE, places=places))


# --- what fails, by the rules of a read -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "call_result"),
    [
        (b"", 200, CallResult.EMPTY_BODY),
        ({"result": OK}, 200, CallResult.EMPTY_BODY),
        ({"result": OK, "data": []}, 200, CallResult.EMPTY_BODY),
        ({"result": OK, "data": WHOLE | {"id": ORDER + 1}}, 200, CallResult.BROKEN_BODY),
        ({"result": OK, "data": WHOLE | {"status": "sent"}}, 200, CallResult.BROKEN_BODY),
        ({"result": OK, "data": WHOLE | {"status": None}}, 200, CallResult.BROKEN_BODY),
        (b"<html>", 200, CallResult.BROKEN_BODY),
        (error(404), 200, CallResult.NOT_FOUND),
        (error(404), 404, CallResult.NOT_FOUND),
        (error(403), 403, CallResult.FORBIDDEN),
        ({"result": OK, "data": WHOLE}, 500, CallResult.SERVER_ERROR),
    ],
)
def test_it_fails_as_a_read_does(body: object, status: int, call_result: CallResult) -> None:
    answer = order_detail_from(received(body, status), asked(), ORDER)
    assert (answer.answer.call_result, answer.order, answer.answer.view) == (call_result, None, None)
    assert answer.answer == judged(received(body, status))


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        known_keys | st.sampled_from(["address", "items", "discount", "cod", "customer"]), json_values
    )
)
def test_no_order_makes_it_fail(data: dict[str, object]) -> None:
    answer = answered(data)
    assert (answer.order is not None) == (answer.answer.call_result is CallResult.OK)
    if answer.order is not None:
        assert answer.order.discount >= 0
        assert isinstance(answer.order.total, Decimal)


# --- privacy --------------------------------------------------------------------------------------------


def test_nothing_of_the_customer_shows() -> None:
    answer = answered(WHOLE)
    order = answer.order
    assert order is not None
    shown = [answer, answer.answer, order, order.customer, *order.items, order.view]
    failed = [answered(WHOLE | change) for change in ({"id": 5}, {"status": "sent"}, {"status": ""})]
    for one in [*shown, *failed]:
        text = f"{one!r} {one!s} {one}"
        assert not [marker for marker in (*PERSONAL_MARKERS, PERSON.name, PERSON.zip) if marker in text]
    for marker in PERSONAL_MARKERS:
        assert marker in str(WHOLE)
