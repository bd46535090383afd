"""Exports over real HTTP, against the sandbox's shop in its three formats."""

from __future__ import annotations

import itertools
import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from orderbridge.adapters.fastcentrik.profile.load import SHIPPED, shipped_names
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.exports import NoteReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from sandbox import PERSONAL_MARKERS, Sandbox, start_sandbox
from sandbox.fastcentrik.render import PROFILES
from tests.contract.export_addresses import clean, secrets
from tests.waiting import SHOP_IN_TIME, SHOP_SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.fastcentrik.reading.exports import FetchedExport
    from orderbridge.domain.views import ExportedOrder

Json = Any
"""What the shop's administration sends; the tests look into it."""
FILES = {"orders" if name == "default" else name: profile.file for name, profile in PROFILES.items()}
"""Where the stand-in serves the document of each shipped profile."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox() as running:
        yield running


class Shop:
    """The sandbox's shop: its administration, and its export as the adapter sees it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._addresses = sandbox.fastcentrik
        self._http = requests.Session()
        self._http.trust_env = False
        self.exports = FastCentrikExports(limits=SHOP_IN_TIME, local=True)
        self.control("POST", "/reset")

    def control(self, method: str, path: str, **data: Json) -> Json:
        answer = self._http.request(method, f"{self._addresses.control_url}{path}", json=data, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def create(self, code: str, **fields: Json) -> None:
        self.control("POST", "/orders", code=code, **fields)

    def fault(self, **rule: Json) -> None:
        self.control("PUT", "/faults", **rule)

    @contextmanager
    def fetch(
        self,
        profile: str = "orders",
        validators: Validators | None = None,
        changed_since: datetime | None = None,
        **settings: Json,
    ) -> Iterator[FetchedExport]:
        url = self._addresses.export_url.removesuffix("orders.xml") + FILES[profile]
        chosen = ShopSettings(shop="demo", **{"profile": profile, **settings})
        with self.exports.fetch(chosen, secrets(url), validators or Validators(), changed_since) as export:
            yield export

    def read(self, profile: str = "orders", **options: Json) -> list[ExportedOrder]:
        with self.fetch(profile, **options) as export:
            return list(export.orders())

    def refusal(self, profile: str = "orders", **options: Json) -> str:
        """The line with which the export is refused; it gives nothing away."""
        with pytest.raises(ExportProblemError) as caught:
            self.read(profile, **options)
        return clean(caught.value, self._addresses.export_url)


CUT = [
    "export.xml.broken(",
    "export.csv.last_line",
    "export.csv.encoding(",
    "export.csv.broken(",
    "export.csv.torn(",
]
HOSTILE = ["export.xml.document_type", "export.csv.columns_missing(", "export.csv.broken("]


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)


def test_the_stand_in_serves_every_shipped_profile() -> None:
    assert sorted(FILES) == shipped_names()


class TestTheSandboxsShop:
    @pytest.mark.parametrize("profile", sorted(FILES))
    def test_the_same_orders_in_every_format(self, shop: Shop, profile: str) -> None:
        shop.create(
            "2026000001", mall_order_id=123456, status="vyřízená", carrier="Zásilkovna", tracking_number="Z1"
        )
        shop.create("2026000002", status="vyřízená")
        shop.create(
            "2026000003", mall_order_id=123457, status="nevyřízená", delivery_date="2026-11-21 14:05:00"
        )
        shop.create("2026000004", mall_order_id=123458, status="rozjednáno", delivery_date="31.2.2026")
        first, second, third = shop.read(profile)
        assert (first.mall_order_id, first.view.code, first.view.status) == (
            123456,
            "2026000001",
            ShopStatus.SETTLED,
        )
        assert (first.view.carrier, first.view.tracking_number) == ("Zásilkovna", "Z1")
        assert first.view.created is not None
        assert str(second.view.delivery).startswith("2026-11-21T14:05")
        assert (third.view.status, third.view.status_name) == (None, "rozjednáno")
        assert third.view.delivery_problem is not None
        assert third.view.delivery_problem.fact("value") == ShopText("31.2.2026")
        assert not any(order.view.problems for order in (first, second, third))
        for marker in PERSONAL_MARKERS:
            assert marker not in repr((first, second, third))

    @pytest.mark.parametrize("profile", sorted(FILES))
    def test_an_empty_shop(self, shop: Shop, profile: str) -> None:
        assert shop.read(profile) == []

    def test_an_unchanged_export_is_not_sent_again(self, shop: Shop) -> None:
        shop.create("1", mall_order_id=500005)
        with shop.fetch() as export:
            first = export.validators
            assert not export.not_modified
            assert len(export.document_digest) == 64
        assert first.etag
        assert first.last_modified
        with shop.fetch(validators=first) as export:
            assert export.not_modified
            assert export.validators == first
            assert export.document_digest == ""
            assert list(export.orders()) == []
        with shop.fetch(validators=Validators(last_modified=first.last_modified)) as export:
            assert export.not_modified
        shop.control("PATCH", "/orders/1", status="vyřizuje se")
        with shop.fetch(validators=first) as export:
            assert not export.not_modified
            assert export.validators != first

    def test_a_server_without_validators(self, shop: Shop) -> None:
        shop.create("1", mall_order_id=500005)
        shop.fault(no_validators=True)
        with shop.fetch(validators=Validators('"x"', "")) as export:
            assert export.validators == Validators()
            digest = export.document_digest
        with shop.fetch() as export:
            assert export.document_digest == digest

    def test_an_export_is_read_as_often_as_wanted(self, shop: Shop) -> None:
        shop.control("POST", "/orders/bulk", count=500, first_mall_order_id=100_000)
        with shop.fetch() as export:
            first = list(export.orders())
            half = list(itertools.islice(export.orders(), 7))
            assert [order.mall_order_id for order in first] == list(range(100_000, 100_500))
            assert first[:7] == half
            assert list(export.orders()) == first

    def test_a_large_export_goes_through_the_disk(self, shop: Shop) -> None:
        shop.control("POST", "/orders/bulk", count=2000, first_mall_order_id=100_000)
        assert len(shop.read()) == 2000

    def test_changed_since_is_asked_for_only_where_the_profile_names_it(self, shop: Shop) -> None:
        shop.create("1", mall_order_id=500005)
        future = datetime(2099, 1, 1, tzinfo=UTC)
        assert len(shop.read(changed_since=future)) == 1
        text = (SHIPPED / "orders.toml").read_text("utf-8") + (
            '\n[changed_since]\nparameter = "changed_since"\nform = "YYYY-MM-DD HH:mm:ss"\noverlap_seconds = 60\n'
        )
        assert shop.read(changed_since=future, profile_text=text) == []
        assert len(shop.read(changed_since=datetime(2020, 1, 1, tzinfo=UTC), profile_text=text)) == 1
        assert len(shop.read(changed_since=None, profile_text=text)) == 1

    def test_unreadable_mall_numbers_are_listed(self, shop: Shop) -> None:
        for code in range(7):
            shop.create(str(code), mall_order_id="mall")
        shop.create("8", mall_order_id=8)
        with shop.fetch("czech") as export:
            assert len(list(export.orders())) == 1
            assert len(export.problems) == 6
            first = export.problems[0]
            assert (first.code, first.fact("line")) == (NoteReason.NO_NUMBER_ORDER, 3)
            assert (first.fact("order"), first.fact("path")) == (ShopText("0"), Term("CisloObjednavkyMall"))
            assert export.problems[-1] == because(NoteReason.MORE_NO_NUMBER, records=2)

    @pytest.mark.parametrize("profile", sorted(FILES))
    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            ({"html_login": True}, ["export.web_page"]),
            ({"truncated": True, "clean": False}, ["download.cut_off"]),
            ({"truncated": True, "clean": True}, CUT),
            ({"truncated": 400, "clean": True}, CUT),
            ({"wrong_encoding": True}, ["xml.broken(", "csv.encoding(", "read_as=cp1250"]),
            ({"entity_bomb": True}, HOSTILE),
            ({"external_entity": True}, HOSTILE),
            ({"lost": True}, ["download.connection_ended"]),
            ({"lost": True, "how": "reset"}, ["download.connection_ended"]),
            ({"lost": True, "bytes": 300}, ["download.cut_off", "download.connection_ended"]),
            ({"huge": True, "shape": "orders"}, ["download.too_large(limit=300000)"]),
            ({"huge": True, "shape": "text"}, ["download.too_large(limit=300000)"]),
            ({"empty_body": True}, ["export.empty"]),
            ({"http_status": 401}, ["download.http.denied(http_status=401)"]),
            ({"http_status": 403}, ["download.http.denied(http_status=403)"]),
            ({"http_status": 404}, ["download.http.not_found(http_status=404)"]),
            ({"http_status": 429}, ["download.http.too_many_requests(http_status=429)"]),
            ({"http_status": 500}, ["download.http.server_fault(http_status=500)"]),
            ({"http_status": 503}, ["download.http.server_fault(http_status=503)"]),
            ({"http_status": 418}, ["download.http.other(http_status=418)"]),
        ],
    )
    def test_faults(self, shop: Shop, profile: str, fault: Json, expected: list[str]) -> None:
        for number in range(3):
            shop.create(f"202600000{number}", mall_order_id=100_000 + number, status="vyřízená")
        shop.fault(**fault)
        line = shop.refusal(profile, max_export_bytes=300_000)
        assert any(text in line for text in expected), line
        shop.fault()
        assert len(shop.read(profile)) == 3
        assert shop.control("GET", "/calls")["leaks"] == 0

    def test_a_shop_that_does_not_answer(self, shop: Shop) -> None:
        shop.create("1", mall_order_id=500005)
        patient, shop.exports = shop.exports, FastCentrikExports(limits=SHOP_SILENT, local=True)
        shop.fault(latency_ms=600_000)
        assert shop.refusal() == "download.stopped_answering"
        shop.exports = patient
        shop.fault()
        assert len(shop.read()) == 1


class TestNothingIsLogged:
    def test_not_even_by_the_library(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            shop.read()
        assert caplog.text == ""
        shop.fault(lost=True)
        caplog.clear()
        with caplog.at_level(logging.DEBUG):
            shop.refusal()
        assert caplog.text == ""

    def test_others_may_log(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        shop.read()
        with caplog.at_level(logging.DEBUG):
            shop.control("GET", "/orders")
        assert any(record.name == "urllib3.connectionpool" for record in caplog.records)

    def test_the_secret_shows_in_no_repr(self, shop: Shop) -> None:
        with shop.fetch() as export:
            assert "token" not in repr(export)
            assert "/export/" not in repr(export)
