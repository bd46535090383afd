"""What cannot be played by a plain local server: https, redirects to it, and the library's own errors."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import requests
import responses
import urllib3.exceptions

from orderbridge.adapters.fastcentrik.profile.dates import DateForm
from orderbridge.adapters.fastcentrik.profile.schema import ChangedSince
from orderbridge.adapters.fastcentrik.reading.download import MAX_MEMBERS
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports, with_changed_since
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.texts import said

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "s3cret-token"
URL = f"https://shop.example/export/{SECRET}?key={SECRET}"
ORDERS = b"<ORDERS><ORDER><CODE>1</CODE><STATUS>done</STATUS><SHOP_REMARK>MALL 500005</SHOP_REMARK></ORDER></ORDERS>"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mocked:
        yield mocked


def fetch(url: str = URL, *, local: bool = False) -> list[int]:
    secrets = ShopSecrets(export_url=url, client_id="unused")
    with FastCentrikExports(local=local).fetch(
        ShopSettings(shop="demo"), secrets, Validators(), None
    ) as export:
        return [order.mall_order_id for order in export.orders()]


def refusal(url: str = URL) -> str:
    with pytest.raises(ExportProblemError) as caught:
        fetch(url)
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    assert SECRET not in repr(error)
    assert "example" not in repr(error)
    for language in ("cs", "sk", "en"):
        assert "example" not in said(error.reason, language)
    return str(error)


@pytest.mark.parametrize(
    "location",
    ["https://shop.example/new/orders.xml", "/new/orders.xml", "https://SHOP.example:443/new/orders.xml"],
)
def test_a_redirect_to_https_on_the_same_host_is_followed(web: responses.RequestsMock, location: str) -> None:
    web.get(URL, status=301, headers={"Location": location})
    web.get("https://shop.example/new/orders.xml" if location.startswith("/") else location, body=ORDERS)
    assert fetch() == [500005]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://shop.example/new", "download.redirected"),
        ("https://evil.example/new", "download.redirected"),
        ("https://shop.example.evil.example/new", "download.redirected"),
        ("https://shop.example:8443/new", "download.redirected"),
        ("https://shop.example@evil.example/new", "download.redirected"),
        ("https://evil.example\\@shop.example/new", "download.redirected"),
        ("https://shop.example\\@evil.example/new", "download.redirected"),
        ("https://shop.example\\.evil.example/new", "download.redirected"),
        ("//evil.example\\@shop.example/new", "download.redirected"),
        ("\\\\evil.example/new", "download.redirected"),
        ("https://user:pw@shop.example/new", "download.redirected"),
        ("https://@shop.example/new", "download.redirected"),
        ("https://shop.example/\tnew", "download.redirected"),
        ("https://shop.example /new", "download.redirected"),
        ("https://shop.example:0/new", "download.redirected"),
        ("/admin/login.aspx?ReturnUrl=x", "download.login_page"),
        ("https://shop.example/prihlaseni/", "download.login_page"),
    ],
)
def test_other_redirects_are_not(web: responses.RequestsMock, location: str, expected: str) -> None:
    web.get(URL, status=302, headers={"Location": location})
    assert refusal() == expected


def test_a_redirect_in_circles_ends(web: responses.RequestsMock) -> None:
    web.get(URL, status=302, headers={"Location": "/export/other"})
    web.get("https://shop.example/export/other", status=302, headers={"Location": "/export/other"})
    assert refusal() == "download.redirects(limit=3)"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (requests.exceptions.SSLError(URL), "download.tls"),
        (requests.exceptions.ConnectTimeout(URL), "download.unreachable"),
        (requests.exceptions.ReadTimeout(URL), "download.stopped_answering"),
        (requests.exceptions.ConnectionError(URL), "download.connection_ended"),
        (requests.exceptions.InvalidURL(URL), "download.address.unusable"),
        (requests.exceptions.RequestException(URL), "download.cut_off"),
        (urllib3.exceptions.LocationParseError(URL), "download.cut_off"),
        (ValueError(URL), "download.address.unusable"),
        (UnicodeError(URL), "download.address.unusable"),
        (OSError(28, "No space left on device"), "download.disk"),
    ],
)
def test_an_error_of_the_library_is_told_without_its_text(
    web: responses.RequestsMock, error: Exception, expected: str
) -> None:
    web.get(URL, body=error)
    assert refusal() == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        SECRET,
        f"http://shop.example/{SECRET}",
        f"http://8.8.8.8/{SECRET}",
        f"ftp://shop.example/{SECRET}",
        f"file:///{SECRET}",
        f"https:///{SECRET}",
        f"https://[shop.example/{SECRET}",
        f"https://shop.example:x/{SECRET}",
        f"https://shop.example:0/{SECRET}",
    ],
)
def test_the_secret_travels_by_https_only(url: str) -> None:
    assert refusal(url) == "download.address.not_public"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "172.17.0.1", "[::1]", "host.docker.internal"])
def test_or_within_a_private_network_where_the_stack_is_local(web: responses.RequestsMock, host: str) -> None:
    web.get(f"http://{host}:8000/x", body=ORDERS)
    assert fetch(f"http://{host}:8000/x", local=True) == [500005]
    assert refusal(f"http://{host}:8000/x") == "download.address.not_public"


def test_a_session_that_is_passed_in_is_used(web: responses.RequestsMock) -> None:
    session = requests.Session()
    session.headers["X-Mark"] = "1"
    web.get(URL, body=ORDERS, match=[responses.matchers.header_matcher({"X-Mark": "1"})])
    exports = FastCentrikExports(session)
    with exports.fetch(ShopSettings(shop="demo"), ShopSecrets(URL, ""), Validators(), None) as export:
        assert len(export.document_digest) == 64


class TestChangedSince:
    PRAGUE = ZoneInfo("Europe/Prague")
    MOMENT = datetime(2026, 11, 20, 7, 30, 59, tzinfo=UTC)

    def url(self, base: str, form: DateForm, overlap: int = 0, moment: datetime = MOMENT) -> str:
        how = ChangedSince(parameter="od", form=form, overlap_seconds=overlap)
        return with_changed_since(base, how, moment, self.PRAGUE)

    def test_is_written_in_the_shops_time_and_the_profiles_form(self) -> None:
        assert (
            self.url("https://x.example/e", DateForm.ISO_SECONDS)
            == "https://x.example/e?od=2026-11-20%2008%3A30%3A59"
        )
        assert self.url("https://x.example/e", DateForm.CZECH_DAY) == "https://x.example/e?od=20.11.2026"

    def test_leaves_the_rest_of_the_address_alone(self) -> None:
        base = "https://x.example/e%20f?a=%C4%8D&b=c+d"
        assert self.url(base, DateForm.ISO_DAY) == f"{base}&od=2026-11-20"

    def test_is_never_later_than_asked_for(self) -> None:
        assert self.url("https://x.example/e", DateForm.CZECH_MINUTES, 3600).endswith(
            "od=20.11.2026%207%3A30"
        )

    def test_the_overlap_is_real_time_when_clocks_change(self) -> None:
        after_change = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # the second half past two of that night
        assert self.url("https://x.example/e", DateForm.ISO_MINUTES, 7200, after_change).endswith(
            "2026-10-25%2001%3A30"
        )


def test_a_document_in_very_many_compressed_parts_is_refused(web: responses.RequestsMock) -> None:
    whole = gzip.compress(b"<ORDERS/>")
    web.get(URL, body=whole * (MAX_MEMBERS // 10))
    web.get(URL, body=gzip.compress(b"") * (MAX_MEMBERS + 1))

    assert "parts" not in refusal()
    assert refusal() == f"download.compression.parts(limit={MAX_MEMBERS})"
