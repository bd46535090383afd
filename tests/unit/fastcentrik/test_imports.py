"""What comes back from a shop's import, and what it means: the table in ``imports``."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests
import responses
from urllib3 import exceptions as causes

from orderbridge.adapters.fastcentrik.profile.load import SHIPPED
from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.codes.answers import ImportReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.shops import ShopSecrets
from orderbridge.settings import ShopSettings
from sandbox import PERSONAL_MARKERS
from tests.reasons import codes_in, words_of
from tests.texts import said
from tests.unit.fastcentrik.whole_orders import CUSTOMER, whole_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.answers import ImportAnswer
    from orderbridge.domain.order_detail import OrderDetail

SECRET = "s3cret-token"
URL = f"https://shop.example/import/{SECRET}?key={SECRET}"
SECRETS = ShopSecrets("https://shop.example/export/other-s3cret-token", "k3y-of-mall", URL)
SHOP = ShopSettings(shop="demo")
TAKEN = b"<IMPORT><ORDER><CODE>1</CODE></ORDER></IMPORT>"
WITHOUT_PATTERNS = "\n".join(
    line
    for line in (SHIPPED / "orders.toml").read_text("utf-8").splitlines()
    if not line.startswith(("refused_pattern", "taken_pattern"))
)
ANY_ANSWER = ShopSettings(shop="demo", profile_text=WITHOUT_PATTERNS)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mocked:
        yield mocked


def clean(answer: ImportAnswer) -> ImportAnswer:
    """The answer, after a look through it for the address, the keys and the customer."""
    if answer.reason is not None:
        assert len(said(answer.reason)) < 600
    for part in (SECRET, "other-s3cret", "k3y-of-mall", "shop.example", *PERSONAL_MARKERS):
        assert part not in repr(answer)
    return answer


def refused(text: str) -> Reason:
    return because(ImportReason.REFUSED_SAID, said=ShopText(text))


def create(
    order: OrderDetail | None = None, *, settings: ShopSettings = SHOP, secrets: ShopSecrets = SECRETS
) -> ImportAnswer:
    return clean(FastCentrikImports().create(settings, secrets, order or whole_order()))


def cancel(code: str = "2026000001", *, settings: ShopSettings = SHOP) -> ImportAnswer:
    return clean(FastCentrikImports().cancel(settings, SECRETS, code))


class TestTheCodeOfANewOrder:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (TAKEN, "1"),
            ("<ORDER><CODE> Ž&amp;1 </CODE></ORDER>", "Ž&1"),
            ("<ORDER><CODE>1</CODE></ORDER><ORDER><CODE>1</CODE></ORDER>", "1"),
            ("<ORDER><CODE>1</CODE></ORDER><ORDER><CODE>2</CODE></ORDER>", ""),
            ("<ORDER><CODE/></ORDER>", ""),
            ("<CODE>" + "7" * 101 + "</CODE>", ""),
            ("<CODE>jana@example.invalid</CODE>", ""),
        ],
    )
    def test_is_read_where_the_answer_names_one(
        self, web: responses.RequestsMock, body: bytes | str, code: str
    ) -> None:
        web.post(URL, status=201, body=body)
        assert create(settings=ANY_ANSWER).code == code

    def test_is_not_known_without_a_pattern(self, web: responses.RequestsMock) -> None:
        web.post(URL, status=201, body=TAKEN)
        text = "\n".join(
            line for line in WITHOUT_PATTERNS.splitlines() if not line.startswith("code_pattern")
        )
        assert create(settings=ShopSettings(shop="demo", profile_text=text)).code == ""


@pytest.mark.usefixtures("little_work")
class TestAnHostileAnswer:
    """It comes after the shop took the order: whatever it costs is spent while nobody knows of that."""

    def test_of_comments_is_judged_at_once(self, web: responses.RequestsMock) -> None:
        web.post(URL, body=b"<!-- -->" * 200 + b"<CODE>1</CODE>")
        assert create().code == "1"

    def test_that_refers_to_no_character_is_judged(self, web: responses.RequestsMock) -> None:
        web.post(URL, status=400, body=b"&#" + b"9" * 5000 + b"; x&#x" + b"f" * 5000 + b";")
        assert create().outcome is ImportOutcome.REFUSED

    def test_with_such_a_code_gives_none_of_the_kind(self, web: responses.RequestsMock) -> None:
        text = WITHOUT_PATTERNS.replace("{1,100}", "{1,9000}")
        web.post(URL, body=b"<CODE>&#" + b"9" * 5000 + b";</CODE>")
        answer = create(settings=ShopSettings(shop="demo", profile_text=text))
        assert answer.outcome is ImportOutcome.TAKEN

    @pytest.mark.parametrize(
        "text", ["a" + "\u0301\u0323" * 15_000, "\ufdfa" * 20_000, "&" * 60_000, "%" * 60_000]
    )
    def test_of_letters_that_are_many_is_searched_at_once(
        self, web: responses.RequestsMock, text: str
    ) -> None:
        web.post(URL, status=400, body=text.encode())
        assert create().outcome is ImportOutcome.REFUSED


def test_a_number_that_would_not_be_found_again_is_not_written() -> None:
    answer = create(whole_order(12345))
    assert answer.outcome is ImportOutcome.NOT_SENT
    assert answer.reason == because(ImportReason.SHORT_NUMBER, order=12345, shortest=6)


class TestOutcomes:
    @pytest.mark.parametrize(
        ("status", "body", "outcome", "reason"),
        [
            (200, TAKEN, ImportOutcome.TAKEN, None),
            (201, TAKEN, ImportOutcome.TAKEN, None),
            (202, TAKEN, ImportOutcome.TAKEN, None),
            (
                200,
                b"<IMPORT><ERROR>sklad</ERROR></IMPORT>",
                ImportOutcome.REFUSED,
                refused("sklad"),
            ),
            (201, b"<CODE/><ERROR>x</ERROR>", ImportOutcome.REFUSED, refused("x")),
            (200, b"", ImportOutcome.UNCLEAR, because(ImportReason.NOT_SAID)),
            (204, b"", ImportOutcome.UNCLEAR, because(ImportReason.NOT_SAID)),
            (200, b"OK", ImportOutcome.UNCLEAR, because(ImportReason.NOT_SAID)),
            (200, b"<!DOCTYPE html><html><CODE></html>", ImportOutcome.UNCLEAR, because(ImportReason.PAGE)),
            (200, b"\xef\xbb\xbf<html><body><CODE>", ImportOutcome.UNCLEAR, because(ImportReason.PAGE)),
            (200, b"<CODE>" + b" " * 70_000, ImportOutcome.UNCLEAR, because(ImportReason.CUT_TOO_LARGE)),
            (400, b"<ERROR>STATUS</ERROR>", ImportOutcome.REFUSED, refused("STATUS")),
            (400, b"", ImportOutcome.REFUSED, because(ImportReason.REFUSED)),
            (400, b"<html>Vymyslen", ImportOutcome.REFUSED, because(ImportReason.REFUSED)),
            (406, b"x", ImportOutcome.REFUSED, refused("x")),
            (409, b"MALL 123456 exists", ImportOutcome.REFUSED, refused("MALL 123456 exists")),
            (413, b"", ImportOutcome.REFUSED, because(ImportReason.REFUSED)),
            (415, b"", ImportOutcome.REFUSED, because(ImportReason.REFUSED)),
            (418, b"", ImportOutcome.REFUSED, because(ImportReason.REFUSED)),
            (422, b"", ImportOutcome.REFUSED, because(ImportReason.REFUSED)),
            (400, b"chyba " * 9_000, ImportOutcome.REFUSED, refused("chyba " * 9_000)),
            (401, b"", ImportOutcome.NOT_SENT, because(ImportReason.ADDRESS_REFUSED)),
            (403, b"", ImportOutcome.NOT_SENT, because(ImportReason.ADDRESS_REFUSED)),
            (404, b"<ERROR>x", ImportOutcome.NOT_SENT, because(ImportReason.NO_IMPORT)),
            (405, b"", ImportOutcome.NOT_SENT, because(ImportReason.NO_IMPORT)),
            (410, b"", ImportOutcome.NOT_SENT, because(ImportReason.NO_IMPORT)),
            (429, b"", ImportOutcome.NOT_SENT, because(ImportReason.TOO_MANY)),
            (408, b"", ImportOutcome.UNCLEAR, because(ImportReason.NOT_CLEAR)),
            (500, b"<ERROR>x", ImportOutcome.UNCLEAR, because(ImportReason.NOT_CLEAR)),
            (502, b"", ImportOutcome.UNCLEAR, because(ImportReason.NOT_CLEAR)),
            (503, b"", ImportOutcome.UNCLEAR, because(ImportReason.NOT_CLEAR)),
            (304, b"", ImportOutcome.UNCLEAR, because(ImportReason.NOT_CLEAR)),
        ],
    )
    def test_by_status_and_body(
        self,
        web: responses.RequestsMock,
        status: int,
        body: bytes,
        outcome: ImportOutcome,
        reason: Reason | None,
    ) -> None:
        web.post(URL, status=status, body=body, content_type="text/xml", auto_calculate_content_length=True)
        answer = create()
        assert (answer.outcome, answer.http_status, answer.reason) == (outcome, status, reason)
        assert cancel().outcome is outcome

    @pytest.mark.parametrize(
        ("status", "body", "outcome"),
        [
            (200, b"OK", ImportOutcome.TAKEN),
            (200, b"<ERROR>", ImportOutcome.TAKEN),
            (200, b"", ImportOutcome.UNCLEAR),
            (200, b" \r\n", ImportOutcome.UNCLEAR),
            (201, b"", ImportOutcome.TAKEN),
            (204, b"", ImportOutcome.TAKEN),
        ],
    )
    def test_a_profile_without_patterns(
        self, web: responses.RequestsMock, status: int, body: bytes, outcome: ImportOutcome
    ) -> None:
        web.post(URL, status=status, body=body, content_type="text/plain", auto_calculate_content_length=True)
        assert create(settings=ANY_ANSWER).outcome is outcome

    def test_a_page_is_told_by_its_type_too(self, web: responses.RequestsMock) -> None:
        web.post(URL, body=b"<CODE>", content_type="Text/HTML; charset=utf-8")
        assert create().outcome is ImportOutcome.UNCLEAR

    @pytest.mark.parametrize(
        ("status", "location", "outcome"),
        [
            (301, "https://shop.example/new", ImportOutcome.NOT_SENT),
            (307, "/new", ImportOutcome.NOT_SENT),
            (308, "/new", ImportOutcome.NOT_SENT),
            (302, "/admin/login.aspx?ReturnUrl=x", ImportOutcome.NOT_SENT),
            (303, "https://shop.example/prihlaseni", ImportOutcome.NOT_SENT),
            # Also how a server answers a form that it has taken.
            (302, "/import/done", ImportOutcome.UNCLEAR),
            (303, "/import/done", ImportOutcome.UNCLEAR),
            (302, "http://[", ImportOutcome.UNCLEAR),
        ],
    )
    def test_no_redirect_is_followed(
        self, web: responses.RequestsMock, status: int, location: str, outcome: ImportOutcome
    ) -> None:
        web.post(URL, status=status, headers={"Location": location})
        assert create().outcome is outcome
        assert len(web.calls) == 1

    def test_a_compressed_answer_cannot_be_looked_into(self, web: responses.RequestsMock) -> None:
        web.post(URL, body=TAKEN, headers={"Content-Encoding": "br"}, auto_calculate_content_length=True)
        assert create().outcome is ImportOutcome.UNCLEAR


_NO_CONNECTION: Any = None


def _max_retry(reason: Exception) -> causes.MaxRetryError:
    return causes.MaxRetryError(_NO_CONNECTION, URL, reason)


class TestNoAnswer:
    @pytest.mark.parametrize(
        ("error", "outcome", "code"),
        [
            (
                requests.ConnectionError(
                    _max_retry(causes.NameResolutionError("shop.example", _NO_CONNECTION, socket.gaierror()))
                ),
                ImportOutcome.NOT_SENT,
                ImportReason.UNKNOWN_NAME,
            ),
            (
                requests.ConnectionError(_max_retry(causes.NewConnectionError(_NO_CONNECTION, "refused"))),
                ImportOutcome.NOT_SENT,
                ImportReason.NOT_REACHED,
            ),
            (
                requests.ConnectTimeout(_max_retry(causes.ConnectTimeoutError())),
                ImportOutcome.NOT_SENT,
                ImportReason.NOT_REACHED,
            ),
            (
                requests.exceptions.SSLError(_max_retry(causes.SSLError(ssl.SSLCertVerificationError()))),
                ImportOutcome.NOT_SENT,
                ImportReason.CERTIFICATE,
            ),
            (
                requests.exceptions.SSLError(_max_retry(causes.SSLError(ssl.SSLEOFError()))),
                ImportOutcome.UNCLEAR,
                ImportReason.ENDED,
            ),
            (requests.exceptions.InvalidURL(URL), ImportOutcome.NOT_SENT, ImportReason.UNUSABLE_ADDRESS),
            (requests.ReadTimeout(URL), ImportOutcome.UNCLEAR, ImportReason.NO_ANSWER),
            (requests.ConnectionError(URL), ImportOutcome.UNCLEAR, ImportReason.ENDED),
            (requests.RequestException(URL), ImportOutcome.UNCLEAR, ImportReason.ENDED),
            (ConnectionResetError(URL), ImportOutcome.UNCLEAR, ImportReason.ENDED),
            (ValueError(URL), ImportOutcome.UNCLEAR, ImportReason.ENDED),
        ],
    )
    def test_whatever_is_not_certainly_unsent_is_unclear(
        self, web: responses.RequestsMock, error: Exception, outcome: ImportOutcome, code: ImportReason
    ) -> None:
        web.post(URL, body=error)
        answer = create()
        assert (answer.outcome, answer.http_status) == (outcome, None)
        assert answer.reason == because(code)

    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("", ImportReason.NO_ADDRESS),
            (SECRET, ImportReason.BAD_ADDRESS),
            (f"http://shop.example/{SECRET}", ImportReason.BAD_ADDRESS),
            (f"http://8.8.8.8/{SECRET}", ImportReason.BAD_ADDRESS),
            (f"ftp://shop.example/{SECRET}", ImportReason.BAD_ADDRESS),
            (f"https://shop.example:x/{SECRET}", ImportReason.BAD_ADDRESS),
            (f"https://{'x' * 300}.example/{SECRET}", ImportReason.BAD_ADDRESS),
            (f"https://127.0.0.1:9001/{SECRET}", ImportReason.BAD_ADDRESS),
            (f"http://172.17.0.1/{SECRET}", ImportReason.BAD_ADDRESS),
        ],
    )
    def test_an_address_that_keeps_no_secret_is_not_used(self, url: str, code: ImportReason) -> None:
        answer = create(secrets=replace(SECRETS, import_url=url))
        assert (answer.outcome, answer.http_status) == (ImportOutcome.NOT_SENT, None)
        assert answer.reason == because(code)


class TestBeforeAnyRequest:
    def test_a_profile_that_only_reads(self) -> None:
        text = (SHIPPED / "orders.toml").read_text("utf-8").partition("\n[import]\n")[0]
        settings = ShopSettings(shop="demo", profile_text=text)
        for answer in (create(settings=settings), cancel(settings=settings)):
            assert answer.outcome is ImportOutcome.NOT_SENT
            assert codes_in(answer.reason)[0] == "import.bad_profile"
            assert "profile.no_import" in codes_in(answer.reason)

    def test_a_broken_profile(self) -> None:
        for settings in (
            ShopSettings(shop="demo", profile="nope"),
            ShopSettings(shop="demo", profile_text="format = 'x'"),
        ):
            for answer in (create(settings=settings), cancel(settings=settings)):
                assert answer.outcome is ImportOutcome.NOT_SENT
                assert codes_in(answer.reason)[0] == "import.bad_profile"

    def test_a_code_that_cannot_be_written(self) -> None:
        for code in ("", "a\nb"):
            assert cancel(code).outcome is ImportOutcome.NOT_SENT


class TestPrivacy:
    @pytest.mark.parametrize("status", [200, 400])
    @pytest.mark.parametrize("value", [CUSTOMER.name, CUSTOMER.email, CUSTOMER.street, CUSTOMER.city.upper()])
    def test_a_text_that_repeats_the_customer_is_not_shown(
        self, web: responses.RequestsMock, status: int, value: str
    ) -> None:
        web.post(URL, status=status, body=f"<ERROR>bad value {value} in {URL}</ERROR>".encode())
        answer = create()
        assert answer.outcome is ImportOutcome.REFUSED
        assert answer.reason == because(ImportReason.REFUSED_HIDDEN)

    def test_another_text_is_shown_without_secrets_and_contacts(self, web: responses.RequestsMock) -> None:
        body = f'<ERROR code="7">order 123456 at {URL}: write to shop@firma.example, k3y-of-mall</ERROR>'
        web.post(URL, status=400, body=body.encode("cp1250"))
        assert words_of(create().reason).startswith("order 123456 at ***: write to <e-mail>")

    def test_of_a_cancellation_no_text_is_shown(self, web: responses.RequestsMock) -> None:
        web.post(URL, status=400, body=f"<ERROR>order of {CUSTOMER.name} is settled</ERROR>".encode())
        assert cancel().reason == because(ImportReason.REFUSED_CANCELLATION)


def test_one_request_with_the_documents_type_and_nothing_kept(web: responses.RequestsMock) -> None:
    web.post(URL, status=201, body=TAKEN, headers={"Set-Cookie": "session=1"})
    ticks = iter((10.0, 10.25, 11.5, 12.0, 12.0, 12.0))
    imports = FastCentrikImports(monotonic=lambda: next(ticks, 12.0))
    assert imports.create(SHOP, SECRETS, whole_order()).duration_ms > 0
    imports.create(ShopSettings(shop="demo", profile="czech"), SECRETS, whole_order())
    first, second = (call.request for call in web.calls)
    assert first.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert second.headers["Content-Type"] == "application/xml; charset=windows-1250"
    assert first.headers["Accept-Encoding"] == "identity"
    assert "Cookie" not in second.headers
    assert first.body is not None
    assert b"MALL Partner: 123456" in first.body
    for part in (SECRET, *PERSONAL_MARKERS):
        assert part not in repr(vars(imports))


def test_a_session_that_is_passed_in_is_used(web: responses.RequestsMock) -> None:
    session = requests.Session()
    session.headers["X-Mark"] = "1"
    web.post(URL, status=201, body=TAKEN, match=[responses.matchers.header_matcher({"X-Mark": "1"})])
    assert FastCentrikImports(session).create(SHOP, SECRETS, whole_order()).outcome is ImportOutcome.TAKEN
