"""What goes wrong with the shop's export and import goes wrong exactly so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import requests

if TYPE_CHECKING:
    from tests.sandbox.conftest import FastCentrik

PROFILES = ("default", "czech", "csv")


@pytest.fixture
def orders(shop: FastCentrik) -> FastCentrik:
    shop.call("POST", "/orders/bulk", {"count": 20, "first_code": 1, "first_mall_order_id": 100})
    return shop


def _parse(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - our own server


def test_html_login_and_times(orders: FastCentrik) -> None:
    orders.put("/faults", {"html_login": True, "times": 1})
    answer = orders.export()
    assert (answer.status_code, "Přihlášení" in answer.text) == (200, True)
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "ETag" not in answer.headers
    assert len(_parse(orders.export().content)) == 20


def test_a_fault_strikes_before_the_conditions_are_looked_at(orders: FastCentrik) -> None:
    tag = orders.export().headers["ETag"]
    orders.put("/faults", {"html_login": True})
    assert orders.export({"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("profile", PROFILES)
def test_truncated_with_a_clean_end(orders: FastCentrik, profile: str) -> None:
    whole = orders.export(profile=profile).content
    orders.put("/faults", {"truncated": 1500})
    assert orders.export(profile=profile).content == whole[:1500]
    orders.put("/faults", {"truncated": True})
    half = orders.export(profile=profile)
    assert half.content == whole[: len(whole) // 2]
    assert "ETag" in half.headers


def test_truncated_with_a_wrong_length(orders: FastCentrik) -> None:
    orders.put("/faults", {"rules": [{"kind": "truncated", "bytes": 1500, "clean": False}]})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        orders.export()


@pytest.mark.parametrize("profile", PROFILES)
def test_wrong_encoding(orders: FastCentrik, profile: str) -> None:
    whole = orders.export(profile=profile)
    orders.put("/faults", {"wrong_encoding": True})
    broken = orders.export(profile=profile)
    assert broken.headers["Content-Type"] == whole.headers["Content-Type"]
    declared, sent = ("cp1250", "utf-8") if profile == "czech" else ("utf-8", "cp1250")
    assert broken.content.decode(sent) == whole.content.decode(declared).removeprefix("\ufeff")
    if profile != "czech":
        with pytest.raises(UnicodeDecodeError):
            broken.content.decode(declared)


@pytest.mark.parametrize("profile", PROFILES)
def test_entity_bomb(orders: FastCentrik, profile: str) -> None:
    orders.put("/faults", {"entity_bomb": True})
    content = orders.export(profile=profile).content
    assert len(content) < 10_000
    assert content.count(b"<!ENTITY") == 10
    with pytest.raises(ET.ParseError, match="amplification"):
        _parse(content)


def test_external_entity(orders: FastCentrik) -> None:
    orders.put("/faults", {"external_entity": True})
    text = orders.export().text
    url = text[text.index("SYSTEM") :].split('"')[1]
    assert "<STATUS>&ven;</STATUS>" in text
    assert orders.get("/calls")["leaks"] == 0
    assert requests.get(url, timeout=10).text == "leaked"
    assert orders.get("/calls")["leaks"] == 1
    orders.put("/faults", {"external_entity": True, "url": "file:///etc/hostname"})
    assert "file:///etc/hostname" in orders.export().text


def test_http_status(orders: FastCentrik) -> None:
    orders.put("/faults", {"http_status": 503, "times": 2, "retry_after": 60})
    answers = [orders.export() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "60"


def test_latency(orders: FastCentrik) -> None:
    orders.put("/faults", {"latency_ms": 120})
    started = time.monotonic()
    assert orders.export().status_code == 200
    assert time.monotonic() - started >= 0.12


@pytest.mark.parametrize(
    "faults",
    [{"lost": True}, {"lost": True, "how": "reset"}, {"lost": 700}, {"lost": 700, "how": "reset"}],
)
def test_lost(orders: FastCentrik, faults: dict[str, Any]) -> None:
    orders.put("/faults", {**faults, "times": 1})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        orders.export()
    assert orders.export().status_code == 200


@pytest.mark.parametrize("shape", ["orders", "text"])
@pytest.mark.parametrize("profile", PROFILES)
def test_huge_never_ends(orders: FastCentrik, profile: str, shape: str) -> None:
    orders.put("/faults", {"huge": True, "shape": shape})
    with requests.get(orders.export_url, params={"profile": profile}, stream=True, timeout=10) as answer:
        read = 0
        for piece in answer.iter_content(65_536):
            read += len(piece)
            if read > 2_000_000:
                break
    assert read > 2_000_000
    orders.put("/faults", {"huge": 100_000})
    assert len(orders.export(profile=profile).content) == 100_000


def test_empty_body(orders: FastCentrik) -> None:
    orders.put("/faults", {"empty_body": True})
    answer = orders.export()
    assert (answer.status_code, answer.content) == (200, b"")


def test_no_validators(orders: FastCentrik) -> None:
    tag = orders.export().headers["ETag"]
    orders.put("/faults", {"no_validators": True})
    answer = orders.export({"If-None-Match": tag})
    assert (answer.status_code, len(_parse(answer.content))) == (200, 20)
    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers


def test_delta(orders: FastCentrik) -> None:
    orders.put("/faults", {"delta": True, "no_validators": True})

    def fetched() -> list[str | None]:
        return [order.findtext("CODE") for order in _parse(orders.export().content)]

    assert len(fetched()) == 20
    assert fetched() == []
    orders.change("7", status="vyřízená")
    orders.create(code="99")
    assert fetched() == ["7", "99"]
    assert fetched() == []
    orders.put("/faults", {})
    assert len(fetched()) == 21


def test_faults_of_one_profile(orders: FastCentrik) -> None:
    orders.put("/faults", {"rules": [{"kind": "status", "profile": "csv"}]})
    assert orders.export(profile="csv").status_code == 500
    assert orders.export().status_code == 200


def test_faults_of_the_import(orders: FastCentrik) -> None:
    document = orders.export().text
    orders.call("POST", "/reset")
    orders.put("/faults", {"rules": [{"kind": "status", "http_status": 503, "target": "import", "times": 1}]})
    assert orders.export().status_code == 200
    assert orders.bring(document).status_code == 503
    orders.put("/faults", {"lost": True, "target": "import"})
    with pytest.raises(requests.ConnectionError):
        orders.bring(document)
    assert orders.get("/orders") == []
    orders.put("/faults", {"lost": "after", "target": "import", "times": 1})
    with pytest.raises(requests.ConnectionError):
        orders.bring(document)
    assert len(orders.get("/orders")) == 20
    assert orders.bring(document).status_code == 409
