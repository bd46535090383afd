"""Drafts for the samples: the right place with its evidence, or the place left open – never a wrong one."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from orderbridge.domain.statuses import ShopStatus
from tests.unit.profiles.drafts import SAMPLES, drafted, stated

PERSONAL = (
    "ymyšlen",
    "ymyslen",
    "Smyšl",
    "Smyšlenov",
    "601000",
    "@example",
    "Neexistující",
    "9999",
    "27074358",
    "zvoňte",
)
"""What the samples hold about people, in pieces."""

COMPLETE: dict[str, dict[str, Any]] = {
    "nested-customers.xml": {
        "encoding": "declared",
        "record": "SHOP/ORDERS/ORDER",
        "code": "CODE",
        "status": "STATUS",
        "created": "DATE",
        "delivery_date": "SHIPPING/DELIVERED_AT",
        "tracking_number": "SHIPPING/PACKAGE_NUMBER",
        "carrier": "SHIPPING/NAME",
        "mall": "SHOP_REMARK",
        "orders": {4810000123: "pending", 4810000124: "handled", 4810000125: "settled"},
        "delivered": {4810000125: date(2026, 11, 14)},
    },
    "attributes.xml": {
        "encoding": "declared",
        "record": "export/orders/order",
        "code": "@number",
        "status": "@status",
        "created": "@created",
        "delivery_date": "shipment@delivered",
        "tracking_number": "shipment@tracking",
        "tracking_url": "shipment@url",
        "carrier": "shipment@carrier",
        "mall": "marketplace@order",
        "orders": {4810000401: "pending", 4810000402: "settled"},
        "delivered": {4810000402: date(2026, 11, 6)},
    },
    "own-numbers-alike.csv": {
        "encoding": "windows-1250",
        "code": "Číslo objednávky",
        "status": "Stav objednávky",
        "created": "Datum vytvoření",
        "delivery_date": "Datum doručení",
        "tracking_number": "Číslo zásilky",
        "carrier": "Způsob dopravy",
        "mall": "Číslo objednávky Mall",
        "orders": {4810000501: "pending", 4810000502: "settled", 4810000504: "handled"},
        "delivered": {4810000502: date(2026, 11, 16)},
    },
    "accounting.xml": {
        "encoding": "declared",
        "record": "dataPack/dataPackItem/order",
        "code": "orderHeader/number/numberRequested",
        "status": "orderHeader/stav",
        "created": "orderHeader/date",
        "delivery_date": "orderHeader/dateDelivered",
        "tracking_number": "orderHeader/parcel/number",
        "carrier": "orderHeader/carrier/ids",
        "mall": "orderHeader/intNote",
        "orders": {4810000601: "pending", 4810000602: "settled"},
        "delivered": {4810000602: date(2026, 11, 8)},
    },
    "slovak.csv": {
        "encoding": "iso-8859-2",
        "code": "Číslo objednávky",
        "status": "Stav",
        "created": "Vytvorená",
        "delivery_date": "Doručené dňa",
        "tracking_number": "Podacie číslo",
        "carrier": "Prepravca",
        "mall": "MALL ID",
        "orders": {4810000701: "pending", 4810000702: "settled", 4810000703: "handled"},
        "delivered": {4810000702: date(2026, 11, 17)},
    },
    "slashes-clear.csv": {
        "encoding": "utf-8",
        "code": "OrderNumber",
        "status": "OrderStatus",
        "created": "CreatedAt",
        "delivery_date": "DeliveredAt",
        "tracking_number": "TrackingCode",
        "carrier": "Carrier",
        "mall": "MallOrderNumber",
        "orders": {4810001201: "pending", 4810001202: "settled", 4810001203: "handled"},
        "delivered": {4810001202: date(2026, 11, 17)},
    },
    "walkthrough.xml": {
        "encoding": "declared",
        "record": "ObchodniData/Zakazky/Zakazka",
        "code": "@cislo",
        "status": "StavZakazky",
        "created": "Zalozeno",
        "delivery_date": "Preprava/Doruceno",
        "tracking_number": "Preprava/CisloZasilky",
        "carrier": "Preprava/Dopravce",
        "mall": "CisloMall",
        "orders": {
            4810002001: "pending",
            4810002002: "handled",
            4810002003: "settled",
            4810002004: "settled",
            4810002005: "canceled",
        },
        "delivered": {4810002004: date(2026, 11, 20)},
    },
}
OPEN = {
    "english-planned.csv": ("fields.delivery_date", "mall_order_id.path", "states"),
    "items-in-rows.csv": ("states",),
    "no-mall.csv": ("mall_order_id.path",),
    "two-dates.csv": ("fields.delivery_date",),
    "customers-note.xml": ("mall_order_id.path",),
    "slashes-unclear.csv": ("fields.created", "fields.delivery_date"),
    "several-marketplaces.csv": ("mall_order_id.path",),
    "shop-rows.csv": ("fields.delivery_date", "states"),
    "states-by-id.xml": ("fields.delivery_date", "mall_order_id.path", "states"),
    "papers.csv": ("fields.code", "fields.created", "fields.delivery_date", "mall_order_id.path", "states"),
}
FIELDS = ("code", "status", "created", "delivery_date", "tracking_number", "tracking_url", "carrier")


def test_every_sample_is_judged_here() -> None:
    assert {path.name for path in SAMPLES.iterdir()} == COMPLETE.keys() | OPEN.keys()


@pytest.mark.parametrize("name", COMPLETE)
def test_a_complete_draft_has_the_right_places_and_reads_the_sample(name: str) -> None:
    expected, found = COMPLETE[name], drafted(name)
    assert found.open_keys == ()
    assert found.is_complete
    profile = tomllib.loads(found.text)
    assert profile["fields"] == {field: expected[field] for field in FIELDS if field in expected}
    assert profile["mall_order_id"]["path"] == expected["mall"]
    assert profile["encoding"] == expected["encoding"]
    assert profile.get("xml", {}).get("record") == expected.get("record")
    views = {one.mall_order_id: one.view for one in found.report.shown if one.view is not None}
    assert {number: view.status for number, view in views.items()} == {
        number: ShopStatus(status) for number, status in expected["orders"].items()
    }
    delivered = {number: view.delivery.day for number, view in views.items() if view.delivery is not None}
    assert delivered == expected["delivered"]


@pytest.mark.parametrize("name", OPEN)
def test_what_is_not_certain_is_left_open(name: str) -> None:
    found = drafted(name)
    assert found.open_keys == OPEN[name]
    assert not found.is_complete
    profile = tomllib.loads(found.text)
    for key in OPEN[name]:
        table, _, name_in_table = key.partition(".")
        assert name_in_table not in profile.get(table, {}) or key == "states"
        assert f'# {name_in_table} = "' in found.text or key == "states"


@pytest.mark.parametrize("name", [*COMPLETE, *OPEN])
def test_a_draft_names_no_customer(name: str) -> None:
    found = drafted(name)
    assert [piece for piece in PERSONAL if piece in found.text or piece in repr(found.report)] == []


@pytest.mark.parametrize(
    ("name", "places"),
    [
        (
            "shop-rows.csv",
            {
                "fields.code": "code",
                "fields.status": "statusName",
                "fields.created": "date",
                "fields.tracking_number": "packageNumber",
                "mall_order_id.path": "shopRemark",
            },
        ),
        (
            "states-by-id.xml",
            {
                "fields.code": "id_order",
                "fields.status": "current_state/name",
                "fields.created": "date_add",
                "fields.tracking_number": "shipping_number",
                "fields.carrier": "carrier/name",
            },
        ),
        (
            "papers.csv",
            {
                "fields.status": "Stav",
                "fields.tracking_url": "Sledovací odkaz",
                "fields.carrier": "Forma dopravy",
            },
        ),
    ],
)
def test_what_is_certain_is_stated_beside_what_is_open(name: str, places: dict[str, str]) -> None:
    assert stated(drafted(name)) == places


def test_orders_in_several_rows_are_one_order() -> None:
    found = drafted("items-in-rows.csv")
    assert stated(found)["fields.code"] == "order_number"
    assert "3 orders in 5 rows" in found.text
    assert not found.report.problems


def test_an_unknown_state_is_a_question_and_never_an_entry() -> None:
    found = drafted("items-in-rows.csv")
    assert '# "processing" = "?"' in found.text
    assert not tomllib.loads(found.text)["states"]


def test_a_customers_note_is_a_candidate_with_a_warning() -> None:
    text = drafted("customers-note.xml").text
    assert '# path = "zakaznik/poznamka"' in text
    assert "customers may be able to write there" in text
    assert "# pattern = '''" in text


def test_a_date_that_open_orders_have_is_a_planned_one() -> None:
    assert "may be a planned date" in drafted("english-planned.csv").text


def test_no_candidate_is_made_up_where_no_number_is_malls() -> None:
    text = drafted("no-mall.csv").text
    assert "No place holds MALL's number" in text
    assert '# path = "?"' in text


def test_both_orders_of_day_and_month_are_offered_where_neither_is_proven() -> None:
    text = drafted("slashes-unclear.csv").text
    assert '# read = ["dd/MM/yyyy"]' in text
    assert '# read = ["M/d/yyyy"]' in text
