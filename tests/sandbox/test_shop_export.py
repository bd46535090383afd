"""The shop's export in its three formats, its conditions, and its administration."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import requests

from sandbox import PERSONAL_MARKERS
from sandbox.fastcentrik.render import PROFILES

if TYPE_CHECKING:
    from tests.sandbox.conftest import FastCentrik, SetClock

ORDER_ELEMENTS = [
    *(
        "ORDER_ID",
        "CODE",
        "DATE",
        "STATUS",
        "CURRENCY",
        "PACKAGE_NUMBER",
        "DELIVERY_DATE",
        "CARRIER",
        "PAYMENT",
    ),
    *("REMARK", "SHOP_REMARK", "REFERER", "CUSTOMER", "TOTAL_PRICE", "ORDER_ITEMS"),
]


def _xml(answer: requests.Response) -> ET.Element:
    assert answer.status_code == 200, answer.text
    return ET.fromstring(answer.content)  # noqa: S314 - our own server


def _csv(answer: requests.Response) -> list[dict[str, str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_default_profile(shop: FastCentrik) -> None:
    shop.create(
        code="2026000123",
        mall_order_id=123456,
        status="vyřízená",
        delivery_date="2026-11-20 14:05:00",
        tracking_number="Z 1 & <2>",
        carrier="Zásilkovna",
        payment="Dobírka",
        created="2026-11-20 08:15:00",
        total="1234.50",
        remark="Zvonek nefunguje",
    )
    shop.create(code="2026000124")
    answer = shop.export()
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    root = _xml(answer)
    order, other = list(root)
    assert (root.tag, order.tag) == ("ORDERS", "ORDER")
    assert [element.tag for element in order] == ORDER_ELEMENTS
    assert {tag: order.findtext(tag) for tag in ORDER_ELEMENTS[:12]} == {
        "ORDER_ID": "1",
        "CODE": "2026000123",
        "DATE": "2026-11-20 08:15:00",
        "STATUS": "vyřízená",
        "CURRENCY": "CZK",
        "PACKAGE_NUMBER": "Z 1 & <2>",
        "DELIVERY_DATE": "2026-11-20 14:05:00",
        "CARRIER": "Zásilkovna",
        "PAYMENT": "Dobírka",
        "REMARK": "Zvonek nefunguje",
        "SHOP_REMARK": "MALL Partner: 123456",
        "REFERER": "",
    }
    assert order.findtext("TOTAL_PRICE/WITH_VAT") == "1234.50"
    assert [element.tag for element in order.findall("CUSTOMER/*")] == [
        "EMAIL",
        "PHONE",
        "BILLING_ADDRESS",
        "SHIPPING_ADDRESS",
    ]
    text = ET.tostring(order, encoding="unicode")
    assert all(marker in text for marker in PERSONAL_MARKERS)
    assert (other.findtext("STATUS"), other.findtext("SHOP_REMARK")) == ("nevyřízená", "")


def test_an_empty_export_is_a_header_and_an_empty_root(shop: FastCentrik) -> None:
    assert list(_xml(shop.export())) == []
    assert _csv(shop.export(profile="csv")) == []


def test_czech_profile(shop: FastCentrik) -> None:
    shop.create(
        code="1",
        mall_order_id=123456,
        created="2026-11-20 08:15:00",
        delivery_date="2026-11-21 14:05",
        total="1234.50",
    )
    answer = shop.export(profile="czech")
    assert b"nevy\xf8\xedzen\xe1" in answer.content
    [order] = _xml(answer)
    assert {element.tag: element.text for element in order if not len(element)} == {
        "CisloObjednavky": "1",
        "DatumVytvoreni": "20.11.2026 8:15",
        "Stav": "nevyřízená",
        "CisloZasilky": None,
        "Dopravce": "Zásilkovna",
        "Platba": "Kartou online",
        "DatumDoruceni": "21.11.2026 14:05",
        "CisloObjednavkyMall": "123456",
        "CelkovaCena": "1234,50",
    }
    assert requests.get(shop.export_url.replace(".xml", ".czech.xml"), timeout=10).content == answer.content


def test_csv_profile(shop: FastCentrik) -> None:
    shop.create(
        code="1",
        mall_order_id=123456,
        delivery_date="2026-11-21",
        created="2026-11-20 08:15:00",
        total="1234.50",
    )
    shop.create(code="2", remark='Středník; a "uvozovky"')
    answer = shop.export(profile="csv")
    first, second = _csv(answer)
    assert (
        first.items()
        >= {
            "CISLO_OBJEDNAVKY": "1",
            "DATUM": "20.11.2026 8:15",
            "DATUM_DORUCENI": "21.11.2026",
            "CISLO_OBJEDNAVKY_MALL": "123456",
            "POZNAMKA": "",
            "CENA_CELKEM": "1234,50",
        }.items()
    )
    assert second["POZNAMKA"] == 'Středník; a "uvozovky"'
    assert requests.get(shop.export_url.replace(".xml", ".csv"), timeout=10).content == answer.content


@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_clerk_types_is_rendered_raw(shop: FastCentrik, profile: str) -> None:
    shop.create(
        code="A/1",
        mall_order_id="12x",
        status=" VYŘÍZENÁ? ",
        delivery_date="31.2.2026 včera",
        created="2026-13-01",
    )
    text = shop.export(profile=profile).content.decode("cp1250" if profile == "czech" else "utf-8")
    for typed in ("A/1", "12x", " VYŘÍZENÁ? ", "31.2.2026 včera", "2026-13-01"):
        assert typed in text


def test_the_clerk_changes_and_clears(shop: FastCentrik) -> None:
    shop.create(code="1", delivery_date="2026-11-20", shop_remark="Viz MALL Partner: 77 a volat")
    assert shop.change("1", status="vyřízená", delivery_date=None)["delivery_date"] is None
    order = _xml(shop.export())[0]
    assert (order.findtext("STATUS"), order.findtext("DELIVERY_DATE")) == ("vyřízená", "")
    assert order.findtext("SHOP_REMARK") == "Viz MALL Partner: 77 a volat"
    assert shop.get("/orders/1")["status"] == "vyřízená"
    shop.change("1", exported=False)
    assert len(_xml(shop.export())) == 0
    assert len(shop.get("/orders")) == 1


@pytest.mark.parametrize(
    ("method", "path", "data", "http_status", "named"),
    [
        ("POST", "/orders", {"code": "1"}, 409, "1"),
        ("POST", "/orders", {"status": "x"}, 400, "code"),
        ("POST", "/orders", {"code": "2", "state": "x"}, 400, "allowed: mall_order_id, status"),
        ("PATCH", "/orders/1", {"code": "2"}, 400, "code"),
        ("PATCH", "/orders/9", {}, 404, "9"),
        ("GET", "/orders/9", None, 404, "9"),
        ("POST", "/orders/bulk", {}, 400, "count"),
        ("POST", "/orders/bulk", {"count": 2, "first_code": 1}, 409, "1"),
        ("PUT", "/faults", {"html": True}, 400, "html_login"),
        ("GET", "/orders?limit=x", None, 400, "limit"),
    ],
)
def test_administration_explains_what_is_wrong(
    shop: FastCentrik, method: str, path: str, data: object, http_status: int, named: str
) -> None:
    shop.create(code="1")
    answer = shop.call(method, path, data)
    assert answer.status_code == http_status
    assert named in answer.json()["error"]


def test_wrong_tokens_and_profiles(shop: FastCentrik) -> None:
    base = shop.export_url.rsplit("/", 2)[0]
    assert requests.get(f"{base}/wrong/orders.xml", timeout=10).status_code == 404
    assert requests.get(shop.export_url.replace("orders.xml", "users.xml"), timeout=10).status_code == 404
    assert requests.post(shop.import_url + "x", timeout=10).status_code == 404
    assert shop.export(profile="json").status_code == 400


def test_bulk_and_a_streamed_export(shop: FastCentrik) -> None:
    made = shop.call(
        "POST", "/orders/bulk", {"count": 3000, "first_mall_order_id": 500, "status": "vyřizuje se"}
    )
    assert made.json() == {"created": 3000, "first_code": "2026000001", "last_code": "2026003000"}
    answer = shop.export()
    assert answer.headers["Transfer-Encoding"] == "chunked"
    orders = _xml(answer)
    assert len(orders) == 3000
    assert orders[2999].findtext("SHOP_REMARK") == "MALL Partner: 3499"
    page = shop.get("/orders?offset=2999&limit=5")
    assert [order["code"] for order in page] == ["2026003000"]


def test_conditional_requests(shop: FastCentrik) -> None:
    shop.create(code="1")
    first = shop.export()
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for headers in (
        {"If-None-Match": tag},
        {"If-Modified-Since": modified},
        {"If-None-Match": f'"x", W/{tag}'},
    ):
        answer = shop.export(headers)
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert shop.export({"If-None-Match": tag}, profile="csv").status_code == 200
    shop.change("1", status="nevyřízená")
    assert shop.export({"If-None-Match": tag}).status_code == 304
    shop.change("1", status="vyřízená")
    assert shop.export({"If-None-Match": tag}).status_code == 200
    assert shop.export({"If-Modified-Since": modified}).status_code == 200
    assert shop.export({"If-None-Match": '"x"', "If-Modified-Since": modified}).status_code == 200
    assert shop.get("/calls") == {"exports": 9, "not_modified": 4, "refused": 0, "imports": 0, "leaks": 0}


def test_a_change_in_the_second_of_the_fetch_is_a_later_modification(shop: FastCentrik) -> None:
    shop.create(code="1")
    modified = [shop.export().headers["Last-Modified"]]
    for number in range(2):
        shop.change("1", status=f"stav {number}")
        modified.append(shop.export({"If-Modified-Since": modified[-1]}).headers["Last-Modified"])
    assert len(set(modified)) == 3


def test_changed_since(shop: FastCentrik, clock: SetClock) -> None:
    shop.create(code="1")
    clock.now += timedelta(hours=1)
    shop.create(code="2")
    since = clock.wire(minutes=1)
    assert [order.findtext("CODE") for order in _xml(shop.export(changed_since=since))] == ["2"]
    clock.now += timedelta(hours=1)
    shop.change("1", carrier="PPL")
    assert [order.findtext("CODE") for order in _xml(shop.export(changed_since=since))] == ["1", "2"]
    assert shop.export(changed_since="2026-11-20").status_code == 400


def test_a_reset_invalidates_old_validators(shop: FastCentrik) -> None:
    shop.create(code="1")
    tag = shop.export().headers["ETag"]
    shop.call("POST", "/reset")
    shop.create(code="1")
    assert shop.export({"If-None-Match": tag}).status_code == 200


def _document(shop: FastCentrik, code: str, mall_order_id: int | None) -> str:
    shop.create(code=code, mall_order_id=mall_order_id, payment="Dobírka", total="250.00")
    document: str = shop.export().text
    shop.call("POST", "/reset")
    return document


def test_import_takes_what_the_export_writes(shop: FastCentrik) -> None:
    document = _document(shop, "55", 4711)
    answer = shop.bring(document)
    assert answer.status_code == 201
    assert "<CODE>55</CODE>" in answer.text
    assert (
        shop.get("/orders/55").items()
        >= {"mall_order_id": "4711", "payment": "Dobírka", "total": "250.00"}.items()
    )
    assert shop.export().text == document
    again = shop.bring(document.replace("<CODE>55</CODE>", "<CODE>56</CODE>"))
    assert (again.status_code, "4711" in again.text) == (409, True)
    assert len(shop.get("/orders")) == 1


def test_import_numbers_orders_and_takes_all_or_nothing(shop: FastCentrik) -> None:
    document = _document(shop, "55", 4711)
    order = document[document.index("<ORDER>") : document.index("</ORDERS>")]
    unnumbered = order.replace("<CODE>55</CODE>", "<CODE/>")
    assert shop.bring(f"<ORDERS>{unnumbered}</ORDERS>").status_code == 201
    assert shop.get("/orders")[0]["code"] == "2026000001"
    other = unnumbered.replace("4711", "4712")
    assert shop.bring(f"<ORDERS>{other}{unnumbered}</ORDERS>").status_code == 409
    assert len(shop.get("/orders")) == 1


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "<ORDERS>",
        "<ORDERS/>",
        "<OBJEDNAVKY/>",
        "<ORDERS><ORDER><STATUS>nevyřízená</STATUS></ORDER></ORDERS>",
        "<ORDERS><ORDER><STATUS>open</STATUS></ORDER></ORDERS>",
        '<!DOCTYPE x [<!ENTITY a "b">]><ORDERS><ORDER/></ORDERS>',
    ],
)
def test_import_refuses(shop: FastCentrik, broken: str) -> None:
    answer = shop.bring(broken)
    assert answer.status_code == 400
    assert "<ERROR>" in answer.text
    assert shop.get("/orders") == []
