"""The typed detail: everything that is documented can be read, nothing personal shows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from orderbridge.adapters.mall.detail import Order
from orderbridge.adapters.mall.models import BasicOrder, Envelope

ZONE = {"zone": ZoneInfo("Europe/Prague")}
DOCUMENT = {
    "result": {"code": "200", "status": "OK"},
    "paging": {"pages": 3, "size": "50", "page": 1},
    "errorCodes": [],
    "data": {
        "id": str(2**63 - 1),
        "customer_id": 55,
        "customer": "Jan Novák",
        "purchase_id": 9007199254740993,
        "external_order_id": 12,
        "currency": "CZK",
        "cod": " ",
        "cod_price": "39.50",
        "delivery_price": 99,
        "discount": "",
        "delivery_method": "Zásilkovna",
        "delivery_method_id": 7,
        "delivery_date": "2026-11-25",
        "branches": {"branch_id": 4711, "overridden": "0", "last_change": "2026-11-20 10:00:00"},
        "address": {
            "name": "Jan Novák",
            "company": "",
            "phone": 420777123456,
            "email": "jan@example.cz",
            "street": "Dlouhá 1",
            "city": "Praha",
            "zip": 11000,
            "country": "CZ",
        },
        "items": [
            {
                "id": "SKU-1",
                "article_id": "100000738462",
                "quantity": "2",
                "price": "1000.10",
                "vat": 21,
                "commission": 12.1,
                "title": " Lampa ",
                "serial_numbers": ["S1", 2],
            },
            None,
        ],
        "ready_to_return": "true",
        "ulozenka_status_history": [],
        "consignment_status_history": [
            {"code": "D1", "date": "2026-11-21 09:00:00", "flags": ["x"], "tracking_number": "DR1"}
        ],
        "status": "shipped",
        "shipped": "2026-11-20 10:00:00",
    },
}


@pytest.fixture
def order() -> Order:
    return Order.model_validate(Envelope.model_validate(DOCUMENT).data, context=ZONE)


def test_the_envelope() -> None:
    envelope = Envelope.model_validate(DOCUMENT)
    assert envelope.result is not None
    assert (envelope.result.code, envelope.result.status, envelope.error_codes) == (200, "OK", ())
    assert envelope.paging is not None
    assert envelope.paging.pages == 3


def test_the_detail(order: Order) -> None:
    assert order.id == 2**63 - 1
    assert (order.cod, order.cod_price, order.delivery_price) == (None, Decimal("39.50"), Decimal(99))
    assert order.discount is None
    assert order.ready_to_return is True
    assert order.branches is not None
    assert order.branches.branch_id == "4711"
    assert order.shipped_since == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert order.address is not None
    assert (order.address.phone, order.address.zip, order.address.company) == ("420777123456", "11000", "")


def test_the_items(order: Order) -> None:
    (item,) = order.items
    assert (item.id, item.article_id, item.title) == ("SKU-1", 100000738462, "Lampa")
    assert (item.quantity, item.price, item.vat) == (Decimal(2), Decimal("1000.10"), Decimal(21))


def test_the_customer_does_not_show(order: Order) -> None:
    for shown in (repr(order), str(order), repr(order.address), f"{Envelope.model_validate(DOCUMENT)}"):
        for word in ("Novák", "jan@", "777123456", "Dlouhá", "Praha", "11000", "55"):
            assert word not in shown


@pytest.mark.parametrize("value", [2**64, -(2**64), "9" * 400, "1e30", 1.5, "x", True, float("inf"), "NaN"])
def test_an_impossible_id_is_no_order_s(value: object) -> None:
    with pytest.raises(ValidationError, match="not what MALL documents"):
        Order.model_validate({"id": value}, context=ZONE)


@pytest.mark.parametrize("value", [None, "", " ", [], {}])
def test_an_id_without_a_value_is_absent(value: object) -> None:
    assert Order.model_validate({"id": value}, context=ZONE).id is None


@pytest.mark.parametrize("value", ["1e999999999", "-1e-999999999", "Infinity", "sNaN", [1], {"a": 1}])
def test_an_impossible_amount_is_absent_where_nothing_hangs_on_it(value: object) -> None:
    (line,) = BasicOrder.model_validate({"items": [{"quantity": value}]}, context=ZONE).items
    assert line.quantity is None
    with pytest.raises(ValidationError, match="not what MALL documents"):
        Order.model_validate({"cod": value}, context=ZONE)


def test_items_as_php_writes_them() -> None:
    order = Order.model_validate({"items": {"0": {"id": "a"}, "2": {"id": "b"}}, "address": []}, context=ZONE)
    assert [item.id for item in order.items] == ["a", "b"]
    assert order.address is None
