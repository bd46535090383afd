"""Orders written into the shop over real HTTP: against the sandbox's shop, and against servers that misbehave."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings

from orderbridge.adapters.fastcentrik.profile.load import SHIPPED
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.answers import ImportReason
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopSecrets
from orderbridge.domain.statuses import ShopStatus
from orderbridge.settings import ShopSettings
from sandbox import PERSONAL_MARKERS, Sandbox, start_sandbox
from sandbox.fastcentrik import wire
from tests.contract.export_addresses import SECRET
from tests.contract.mall.raw_server import Dripping, silence
from tests.contract.test_fastcentrik_http import FILES
from tests.contract.test_fastcentrik_wire import ok, serving, with_length
from tests.reasons import words_of
from tests.texts import said
from tests.unit.fastcentrik.whole_orders import CUSTOMER, CUSTOMERS, whole_order
from tests.waiting import FAR, SHOP_IN_TIME, SHOP_SILENT, LastMoment, eventually

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from orderbridge.adapters.fastcentrik.server import TimeLimits
    from orderbridge.domain.answers import ImportAnswer
    from orderbridge.domain.order_detail import Customer, OrderDetail
    from orderbridge.domain.views import ExportedOrder

Json = Any
"""What the shop's administration sends; the tests look into it."""
PROFILES = sorted(FILES)
TAKEN = b"<IMPORT><ORDER><CODE>1</CODE></ORDER></IMPORT>"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with start_sandbox() as running:
        yield running


class Shop:
    """The sandbox's shop: its administration, its import and its export as the adapters see them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._addresses = sandbox.fastcentrik
        self._http = requests.Session()
        self._http.trust_env = False
        self.imports = FastCentrikImports(limits=SHOP_IN_TIME, local=True)
        self.control("POST", "/reset")

    def control(self, method: str, path: str, **data: Json) -> Json:
        answer = self._http.request(method, f"{self._addresses.control_url}{path}", json=data, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, **rule: Json) -> None:
        self.control("PUT", "/faults", **({"target": "import", **rule} if rule else {}))

    def orders(self) -> list[Json]:
        found: list[Json] = self.control("GET", "/orders")
        return found

    def whole(self, code: str) -> Json:
        return self.control("GET", f"/orders/{code}?customer=1")

    def secrets(self, profile: str = "orders") -> ShopSecrets:
        export_url = self._addresses.export_url.removesuffix("orders.xml") + FILES[profile]
        return ShopSecrets(export_url, "the-key-of-mall", self._addresses.import_url)

    def create(self, order: OrderDetail, profile: str = "orders") -> ImportAnswer:
        chosen = ShopSettings(shop="demo", profile=profile)
        return self.clean(self.imports.create(chosen, self.secrets(profile), order), order.customer)

    def cancel(self, code: str, profile: str = "orders") -> ImportAnswer:
        chosen = ShopSettings(shop="demo", profile=profile)
        return self.clean(self.imports.cancel(chosen, self.secrets(profile), code), CUSTOMER)

    def clean(self, answer: ImportAnswer, customer: Customer) -> ImportAnswer:
        """The answer, after a look through it for addresses, keys and the customer."""
        if answer.reason is not None:
            assert len(said(answer.reason)) < 400
        token = self._addresses.import_url.rsplit("/", 1)[1]
        for part in (token, "127.0.0.1", "the-key-of-mall", *PERSONAL_MARKERS):
            assert part not in repr(answer)
        for value in (customer.name, customer.email, customer.phone, customer.street):
            assert len(value) < 4 or value not in repr(answer)
        return answer

    def export(self, profile: str = "orders") -> list[ExportedOrder]:
        exports = FastCentrikExports(limits=SHOP_IN_TIME, local=True)
        with exports.fetch(
            ShopSettings(shop="demo", profile=profile), self.secrets(profile), Validators(), None
        ) as export:
            return list(export.orders())


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return Shop(sandbox)


class TestTheSandboxsShop:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_an_order_arrives_whole_and_shows_up_in_every_export(self, shop: Shop, profile: str) -> None:
        order = whole_order(cash_on_delivery=Decimal("529.4995"), test=True)
        answer = shop.create(order, profile)
        assert (answer.outcome, answer.http_status, answer.reason) == (ImportOutcome.TAKEN, 201, None)
        (shown,) = shop.orders()
        assert (
            shown.items()
            >= {
                "mall_order_id": "123456",
                "status": "nevyřízená",
                "carrier": "Kurýr na adresu",
                "payment": "Dobírka",
                "currency": "CZK",
                "total": "529.4995",
                "items": 2,
                "remark": "Výdejní místo: Smyšlenov 7, TEST",
            }.items()
        )
        assert "customer" not in shown
        whole = shop.whole(shown["code"])
        person = {
            "name": CUSTOMER.name,
            "email": CUSTOMER.email,
            "phone": CUSTOMER.phone,
            "street": CUSTOMER.street,
            "city": CUSTOMER.city,
            "zip": CUSTOMER.zip,
            "country": "CZ",
        }
        assert whole["customer"] == {**person, "company": CUSTOMER.company}
        assert whole["shipping"] == person
        assert whole["items"] == [
            {"code": "ZBOZI-1", "name": "Zboží č. 1", "pieces": "2", "unit_price": "199.50", "vat": "21"},
            {
                "code": "ZBOZI-2",
                "name": "Hrnek <2> & lžička",
                "pieces": "0.5",
                "unit_price": "9.999",
                "vat": "0",
            },
        ]
        amounts = [whole[key] for key in ("delivery_price", "cash_on_delivery_price", "discount", "paid")]
        assert amounts == ["99.00", "39.00", "12.50", "0"]
        assert whole["cash_on_delivery"] == "529.4995"
        for other in PROFILES:
            (found,) = shop.export(other)
            assert (found.mall_order_id, found.view.code) == (123456, shown["code"])
            assert (found.view.status, found.view.carrier) == (ShopStatus.PENDING, "Kurýr na adresu")
            assert str(found.view.created).startswith("2026-11-20T08:15")
            assert (found.view.delivery, found.view.tracking_number, found.view.problems) == (None, "", ())

    @pytest.mark.slow
    @pytest.mark.parametrize("profile", PROFILES)
    @given(customer=CUSTOMERS)
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_customer_arrives_and_leaves_in_every_export(
        self, shop: Shop, profile: str, customer: Customer
    ) -> None:
        shop.control("POST", "/reset")
        customer = replace(customer, name=f"J {customer.name}")
        assert shop.create(whole_order(customer=customer), profile).outcome is ImportOutcome.TAKEN
        for other in PROFILES:
            assert [order.mall_order_id for order in shop.export(other)] == [123456]

    @pytest.mark.parametrize("profile", PROFILES)
    def test_a_cancellation_shows_up_in_the_export(self, shop: Shop, profile: str) -> None:
        for number in (500005, 600006):
            shop.create(whole_order(number), profile)
        code = shop.orders()[0]["code"]
        assert shop.cancel(code, profile).outcome is ImportOutcome.TAKEN
        assert {order.mall_order_id: order.view.status for order in shop.export(profile)} == {
            500005: ShopStatus.CANCELED,
            600006: ShopStatus.PENDING,
        }
        assert shop.whole(code)["customer"]["name"] == CUSTOMER.name
        assert shop.cancel(code, profile).outcome is ImportOutcome.TAKEN

    def test_the_shop_says_no(self, shop: Shop) -> None:
        shop.create(whole_order())
        again = shop.create(whole_order())
        assert (again.outcome, again.http_status) == (ImportOutcome.REFUSED, 409)
        assert words_of(again.reason) == "MALL order 123456 is already in the shop"
        unknown = shop.cancel("nope")
        assert (unknown.outcome, unknown.http_status) == (ImportOutcome.REFUSED, 400)
        assert len(shop.orders()) == 1
        assert shop.control("GET", "/calls")["imports"] == 3

    @pytest.mark.parametrize(
        ("fault", "outcome", "effect"),
        [
            ({"http_status": 400}, ImportOutcome.REFUSED, False),
            ({"http_status": 401}, ImportOutcome.NOT_SENT, False),
            ({"http_status": 404}, ImportOutcome.NOT_SENT, False),
            ({"http_status": 422}, ImportOutcome.REFUSED, False),
            ({"http_status": 429}, ImportOutcome.NOT_SENT, False),
            ({"http_status": 500}, ImportOutcome.UNCLEAR, False),
            ({"http_status": 500, "after_effect": True}, ImportOutcome.UNCLEAR, True),
            ({"http_status": 503}, ImportOutcome.UNCLEAR, False),
            ({"html_login": True}, ImportOutcome.UNCLEAR, False),
            ({"empty_body": True}, ImportOutcome.UNCLEAR, False),
            ({"empty_body": True, "after_effect": True}, ImportOutcome.UNCLEAR, True),
            ({"refused": True}, ImportOutcome.REFUSED, False),
            ({"refused": True, "http_status": 422, "echo": True}, ImportOutcome.REFUSED, False),
            ({"lost": True}, ImportOutcome.UNCLEAR, False),
            ({"lost": True, "how": "reset"}, ImportOutcome.UNCLEAR, False),
            ({"lost": "after"}, ImportOutcome.UNCLEAR, True),
            ({"lost": "after", "how": "reset"}, ImportOutcome.UNCLEAR, True),
            ({"lost": 30, "after_effect": True}, ImportOutcome.UNCLEAR, True),
            ({"truncated": True, "after_effect": True}, ImportOutcome.UNCLEAR, True),
            ({"truncated": True, "clean": False, "after_effect": True}, ImportOutcome.UNCLEAR, True),
            ({"huge": True, "after_effect": True}, ImportOutcome.UNCLEAR, True),
            ({"latency_ms": 1}, ImportOutcome.TAKEN, True),
        ],
    )
    @pytest.mark.parametrize("document", ["order", "cancellation"])
    def test_faults(
        self, shop: Shop, document: str, fault: Json, outcome: ImportOutcome, *, effect: bool
    ) -> None:
        code = ""
        if document == "cancellation":
            shop.create(whole_order())
            code = shop.orders()[0]["code"]
        shop.fault(**fault)
        answer = shop.create(whole_order()) if document == "order" else shop.cancel(code)
        assert answer.outcome is outcome
        assert (answer.outcome is ImportOutcome.TAKEN) == (answer.reason is None)
        states = [order["status"] for order in shop.orders()]
        if document == "order":
            assert states == (["nevyřízená"] if effect else [])
        else:
            assert states == (["stornováno"] if effect else ["nevyřízená"])
        shop.fault()
        if effect:
            return
        again = shop.create(whole_order()) if document == "order" else shop.cancel(code)
        assert again.outcome is ImportOutcome.TAKEN

    def test_a_shop_that_takes_it_after_we_gave_up(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        given_up = threading.Event()
        monkeypatch.setattr(wire, "time", SimpleNamespace(sleep=lambda _: given_up.wait(FAR)))
        shop.imports = FastCentrikImports(limits=SHOP_SILENT, local=True)
        shop.fault(latency_ms=1)
        answer = shop.create(whole_order())
        assert (answer.outcome, answer.http_status) == (ImportOutcome.UNCLEAR, None)
        assert shop.orders() == []
        given_up.set()
        eventually(shop.orders)
        assert [order["mall_order_id"] for order in shop.orders()] == ["123456"]


class TestPrivacy:
    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize("status", [200, 400])
    def test_a_shop_that_quotes_the_document(self, shop: Shop, profile: str, status: int) -> None:
        shop.fault(refused=True, http_status=status, echo=True)
        answer = shop.create(whole_order(), profile)
        assert (answer.outcome, answer.http_status) == (ImportOutcome.REFUSED, status)
        assert answer.reason == because(ImportReason.REFUSED_HIDDEN)
        assert shop.cancel("1", profile).outcome is ImportOutcome.REFUSED

    def test_nothing_is_logged(self, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            shop.imports.create(ShopSettings(shop="demo"), shop.secrets(), whole_order())
            # The control address is asked with the same library, and may log.
            written = caplog.text
        assert written == ""
        shop.fault(lost=True)
        caplog.clear()
        with caplog.at_level(logging.DEBUG):
            shop.imports.create(ShopSettings(shop="demo"), shop.secrets(), whole_order(5))
        assert caplog.text == ""


def answer_of(
    answer: bytes | Callable[[socket.socket], None],
    *,
    patterns: bool = True,
    limits: TimeLimits = SHOP_IN_TIME,
    monotonic: Callable[[], float] = time.monotonic,
) -> ImportAnswer:
    """What the adapter makes of a server's bytes."""
    text = (SHIPPED / "orders.toml").read_text("utf-8")
    if not patterns:
        text = text.replace('taken_pattern = "<CODE>"', "")
    imports = FastCentrikImports(limits=limits, monotonic=monotonic, local=True)
    with serving(answer) as server:
        secrets = ShopSecrets("", "", server.url)
        found = imports.create(ShopSettings(shop="demo", profile_text=text), secrets, whole_order())
        assert len(server.requests) == 1
    for part in (SECRET, "127.0.0.1", *PERSONAL_MARKERS):
        assert part not in repr(found)
    return found


class TestOnTheWire:
    def test_one_post(self) -> None:
        with serving(with_length(TAKEN)) as server:
            imports = FastCentrikImports(limits=SHOP_IN_TIME, local=True)
            secrets = ShopSecrets("", "", server.url)
            assert (
                imports.create(ShopSettings(shop="demo"), secrets, whole_order()).outcome
                is ImportOutcome.TAKEN
            )
        (request,) = server.requests
        assert request.startswith(f"POST /{SECRET}?key={SECRET} HTTP/1.1\r\n")
        assert "Content-Type: application/xml; charset=utf-8\r\n" in request

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (with_length(TAKEN), ImportOutcome.TAKEN),
            (ok(TAKEN), ImportOutcome.TAKEN),
            (
                ok(b"%x\r\n%b\r\n0\r\n\r\n" % (len(TAKEN), TAKEN), "Transfer-Encoding: chunked"),
                ImportOutcome.TAKEN,
            ),
            (with_length(TAKEN, more=5), ImportOutcome.UNCLEAR),
            (ok(b"%x\r\n%b\r\n" % (len(TAKEN), TAKEN), "Transfer-Encoding: chunked"), ImportOutcome.UNCLEAR),
            (with_length(b"x<ERROR>no", more=5), ImportOutcome.REFUSED),
            (with_length(TAKEN, more=10**9), ImportOutcome.UNCLEAR),
            (with_length(TAKEN, "Content-Encoding: gzip"), ImportOutcome.UNCLEAR),
            (b"", ImportOutcome.UNCLEAR),
            (b"SSH-2.0-OpenSSH\r\n\r\n", ImportOutcome.UNCLEAR),
            (b"HTTP/1.1 200 OK\r\n", ImportOutcome.UNCLEAR),
            (b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", ImportOutcome.UNCLEAR),
            (b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n", ImportOutcome.NOT_SENT),
        ],
    )
    def test_answers(self, answer: bytes, outcome: ImportOutcome) -> None:
        assert answer_of(answer).outcome is outcome

    @pytest.mark.parametrize(
        ("answer", "outcome"),
        [
            (b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", ImportOutcome.TAKEN),
            (b"HTTP/1.1 204 No Content\r\n\r\n", ImportOutcome.TAKEN),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ImportOutcome.UNCLEAR),
            # A connection that ended among the headers.
            (b"HTTP/1.1 201 Created\r\n", ImportOutcome.UNCLEAR),
            (b"HTTP/1.1 103 Early Hints\r\n\r\n", ImportOutcome.UNCLEAR),
        ],
    )
    def test_answers_without_a_body(self, answer: bytes, outcome: ImportOutcome) -> None:
        assert answer_of(answer, patterns=False).outcome is outcome

    def test_nobody_listens(self) -> None:
        with serving(b"") as server:
            pass
        imports = FastCentrikImports(limits=SHOP_IN_TIME, local=True)
        answer = imports.create(ShopSettings(shop="demo"), ShopSecrets("", "", server.url), whole_order())
        assert (answer.outcome, answer.http_status) == (ImportOutcome.NOT_SENT, None)
        assert answer.reason == because(ImportReason.NOT_REACHED)

    def test_a_name_that_is_not_known(self) -> None:
        url = f"https://nobody.invalid/{SECRET}"
        imports = FastCentrikImports(limits=SHOP_IN_TIME, local=True)
        answer = imports.create(ShopSettings(shop="demo"), ShopSecrets("", "", url), whole_order())
        assert answer.outcome is ImportOutcome.NOT_SENT
        assert "invalid" not in repr(answer)

    def test_a_server_that_falls_silent(self) -> None:
        answer = answer_of(silence(), limits=SHOP_SILENT)
        assert (answer.outcome, answer.http_status) == (ImportOutcome.UNCLEAR, None)
        assert answer.reason == because(ImportReason.NO_ANSWER)

    def test_an_answer_that_trickles_meets_the_deadline(self) -> None:
        last = LastMoment()
        trickle = Dripping(with_length(TAKEN, more=1_000), b" ", last.begin)
        answer = answer_of(trickle, monotonic=last)
        assert answer.outcome is ImportOutcome.UNCLEAR
        # A machine that stalls is late before it has read the headers.
        assert answer.reason in {because(ImportReason.CUT_LATE), because(ImportReason.NO_ANSWER)}
        assert trickle.hung_up.wait(FAR)
