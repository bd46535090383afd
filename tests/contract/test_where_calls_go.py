"""On AWS no call ends inside: at the function's own machine, at the credentials' address or in a private network.

Whatever stands in an address, the name's own addresses decide, and they are looked at where they are connected to.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
from orderbridge.adapters.mall import MallMarketplaces
from orderbridge.adapters.system import SystemClock
from orderbridge.bootstrap import Services
from orderbridge.domain.answers import ImportAnswer, ImportOutcome
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.answers import AnswerReason, ImportReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import ExportProblemError
from orderbridge.settings import ShopSettings
from tests.contract.mall.calls import DELIVERED, ORDER, at
from tests.contract.mall.raw_server import RawServer, raw_server
from tests.waiting import MALL_IN_TIME, SHOP_IN_TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.answers import MarketplaceAnswer

INSIDE = ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
PRIVATE = because(AnswerReason.PRIVATE_NETWORK)


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that something was connected to."""
    to: list[str] = []

    def connect(_sock: socket.socket, address: tuple[str, int]) -> None:
        to.append(address[0])
        raise ConnectionRefusedError(errno.ECONNREFUSED, "")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return to


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
    """Names have the addresses of the first answer, then of the next, as one who rebinds a name has it."""
    left = list(answers)
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: int) -> object:
        if not host.endswith(".test"):
            return real(host, port, *rest)
        found = left.pop(0) if len(left) > 1 else left[0]
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in one], socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def fetched(url: str) -> str:
    with (
        pytest.raises(ExportProblemError) as caught,
        FastCentrikExports(limits=SHOP_IN_TIME).fetch(
            ShopSettings(shop="demo"), ShopSecrets(url, "key"), Validators(), None
        ),
    ):
        pass
    return str(caught.value)


def written(url: str) -> MarketplaceAnswer:
    return at(MallMarketplaces(SystemClock(), timeouts=MALL_IN_TIME), url).write(ORDER, DELIVERED)


def cancelled(url: str) -> ImportAnswer:
    imports = FastCentrikImports(limits=SHOP_IN_TIME, monotonic=time.monotonic)
    return imports.cancel(ShopSettings(shop="demo"), ShopSecrets("", "key", url), "20260001")


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_connected_to(
    address: str, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, [address])
    url = "https://inside.test/v1"
    assert fetched(url) == "download.address.private"
    mall = written(url)
    assert mall.call_result is CallResult.NOT_CONNECTED
    assert mall.reason == PRIVATE
    shop = cancelled(url)
    assert shop.outcome is ImportOutcome.NOT_SENT
    assert shop.reason == because(ImportReason.PRIVATE_NETWORK)
    assert connected == []


def test_of_a_names_addresses_only_public_ones_are_connected_to(
    connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, ["127.0.0.1", "8.8.8.8", "169.254.169.254"], ["127.0.0.1"])
    refused = because(AnswerReason.NO_CONNECTION, error=Term("ECONNREFUSED"))
    assert written("https://both.test/v1").reason == refused
    assert connected == ["8.8.8.8"]
    # The same name a moment later.
    assert written("https://both.test/v1").reason == PRIVATE
    assert connected == ["8.8.8.8"]


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
def test_odd_writings_of_a_number_are_names_and_end_alike(host: str, connected: list[str]) -> None:
    assert written(f"https://{host}/v1").call_result is CallResult.NOT_CONNECTED
    assert connected == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/v1",
        "https://127.0.0.1:{port}/v1",
        "http://[::ffff:127.0.0.1]:{port}/v1",
        "https://mall.test\\@127.0.0.1:{port}/v1",
        "https://127.0.0.1:{port}\\@mall.test/v1",
    ],
)
def test_no_address_names_a_server_inside(url: str, server: RawServer) -> None:
    url = url.format(port=server.port)
    assert fetched(url) == "download.address.not_public"
    assert written(url).reason == because(AnswerReason.BAD_API_URL)
    assert cancelled(url).reason == because(ImportReason.BAD_ADDRESS)
    assert server.connections == 0


@pytest.mark.parametrize("said", [None, "true", "", "False"])
def test_a_stack_is_local_only_if_it_says_so(
    said: str | None, server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if said is None:
        monkeypatch.delenv("REQUIRE_TLS", raising=False)
    else:
        monkeypatch.setenv("REQUIRE_TLS", said)
    read = Services().marketplaces.of(
        ShopSettings(shop="demo"), ShopSecrets("", "key", marketplace_api_url=server.url)
    )
    assert read.read(ORDER).call_result is CallResult.NOT_CONNECTED
    assert server.connections == 0


def test_a_local_stack_asks_the_stand_ins_beside_it(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_TLS", "false")
    read = Services().marketplaces.of(
        ShopSettings(shop="demo"), ShopSecrets("", "key", marketplace_api_url=server.url)
    )
    read.read(ORDER)
    assert server.connections == 1
