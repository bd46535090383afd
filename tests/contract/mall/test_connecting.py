"""As long as a request was not sent, everything that goes wrong says so."""

from __future__ import annotations

import logging
import socket
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters import connections
from orderbridge.adapters.mall import Timeouts
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import Term
from orderbridge.domain.failure_policy import Call, CallResult, Reaction, policy
from orderbridge.domain.reasons import Reason, because
from tests.contract.mall.calls import (
    DELIVERED,
    DONE,
    HEAD,
    OPEN,
    ORDER,
    at,
    call,
    no_key_in,
)
from tests.contract.mall.raw_server import (
    Conversation,
    RawServer,
    answer,
    close,
    raw_server,
    reset,
    send,
    silence,
)
from tests.waiting import FAR, MALL_SILENT, SOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.adapters.mall import MallMarketplaces
    from orderbridge.ports import Marketplace


CONNECT_SOON = Timeouts(connect=SOON, answer=FAR)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full: connecting to it gets no answer at all."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(4):
            sock = socket.socket()
            sock.setblocking(False)  # noqa: FBT003 - the socket's own call
            sock.connect_ex(address)
            waiting.append(sock)
        yield address[1]
        for sock in waiting:
            sock.close()


UNUSABLE = because(AnswerReason.BAD_API_URL)
REFUSED = because(AnswerReason.NO_CONNECTION, error=Term("ECONNREFUSED"))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:{free}/v1", REFUSED),
        ("https://mall.invalid/v1", because(AnswerReason.UNKNOWN_NAME)),
        ("https://127.0.0.1:{free}/v1", REFUSED),
        ("https://a..b/v1", UNUSABLE),
        (f"https://{'a' * 70}.example/v1", UNUSABLE),
        ("https://*/v1", UNUSABLE),
        ("https://a b/v1", UNUSABLE),
    ],
)
def test_before_sending_every_failure_says_never_sent(
    url: str, says: Reason, which: Call, marketplaces: MallMarketplaces, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mall = at(marketplaces, url.format(free=free_port()))
    result = call(mall, which)
    assert (result.call_result, result.reason) == (CallResult.NOT_CONNECTED, says)
    assert policy(which, result.call_result).reaction is Reaction.RETRY
    no_key_in(result, mall, caplog)


@pytest.mark.parametrize("timeouts", [CONNECT_SOON])
def test_a_connection_that_does_not_come_about_was_never_sent(
    which: Call, marketplaces: MallMarketplaces
) -> None:
    for deaf in deaf_port():
        result = call(at(marketplaces, f"http://127.0.0.1:{deaf}/v1"), which)
        assert (result.call_result, result.reason) == (
            CallResult.NOT_CONNECTED,
            because(AnswerReason.NO_CONNECTION_IN_TIME),
        )
        assert policy(which, result.call_result).reaction is Reaction.RETRY


def test_tls_that_cannot_be_set_up_counts_as_sent(which: Call, marketplaces: MallMarketplaces) -> None:
    def plain_text(sock: socket.socket) -> socket.socket:
        sock.recv(1024)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        raise ConnectionAbortedError

    # Though it is not: the library does not tell it apart from TLS that fails later, and reading first is safe.
    for tls, call_result in (
        (plain_text, CallResult.CONNECTION_LOST),
        (_refuse, CallResult.CONNECTION_LOST),
    ):
        with raw_server(tls) as server:
            result = call(at(marketplaces, f"https://127.0.0.1:{server.port}/v1"), which)
            assert result.call_result is call_result
            assert not server.requests
            assert server.connections == 1


@pytest.mark.parametrize("timeouts", [CONNECT_SOON])
def test_tls_that_is_not_answered_counts_as_sent(
    which: Call, marketplaces: MallMarketplaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same limit is for the lookup of the name, which takes another thread and so may take a moment.
    monkeypatch.setattr(connections, "addresses_of", lambda host, *_: [host])

    def silent(sock: socket.socket) -> socket.socket:
        silence()(sock)
        raise ConnectionAbortedError

    with raw_server(silent) as server:
        result = call(at(marketplaces, f"https://127.0.0.1:{server.port}/v1"), which)
        assert result.call_result is CallResult.TIMEOUT
        assert not server.requests


def _refuse(_: socket.socket) -> socket.socket:
    raise ConnectionAbortedError


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody vouches for, with its key in one file."""
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
    command += " -addext subjectAltName=IP:127.0.0.1"
    try:
        subprocess.run(
            [*command.split(), "-keyout", file, "-out", f"{file}.crt"], check=True, capture_output=True
        )
    except FileNotFoundError:
        pytest.skip("needs the openssl program")
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def over_tls(certificate: Path) -> Callable[[socket.socket], socket.socket]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda sock: context.wrap_socket(sock, server_side=True)


def test_a_certificate_that_is_not_trusted_is_before_sending(
    which: Call, marketplaces: MallMarketplaces, certificate: Path
) -> None:
    with raw_server(over_tls(certificate)) as server:
        result = call(at(marketplaces, server.url.replace("http:", "https:")), which)
        assert (result.call_result, result.reason) == (
            CallResult.NOT_CONNECTED,
            because(AnswerReason.CERTIFICATE),
        )
        assert not server.requests


@pytest.mark.parametrize(
    ("conversation", "call_result"),
    [
        (answer(DONE), CallResult.OK),
        (close, CallResult.CONNECTION_LOST),
        (reset, CallResult.CONNECTION_LOST),
        (send(HEAD + b"Content-Length: 500\r\n\r\n{"), CallResult.CONNECTION_LOST),
    ],
)
def test_over_tls_it_is_the_same_after_sending(
    conversation: Conversation,
    call_result: CallResult,
    marketplaces: MallMarketplaces,
    certificate: Path,
) -> None:
    marketplaces._transport._session.verify = f"{certificate}.crt"
    with raw_server(over_tls(certificate)) as server:
        server.script.extend([conversation] * 2)
        mall = at(marketplaces, server.url.replace("http:", "https:"))
        assert mall.write(ORDER, DELIVERED).call_result is call_result
        assert len(server.requests) == 1
        if call_result is CallResult.OK:
            assert mall.write(ORDER, DELIVERED).call_result is call_result
            assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.parametrize("timeouts", [MALL_SILENT])
@pytest.mark.parametrize("before", [b"", HEAD])
def test_over_tls_silence_is_the_same_after_sending(
    before: bytes, marketplaces: MallMarketplaces, certificate: Path
) -> None:
    marketplaces._transport._session.verify = f"{certificate}.crt"
    with raw_server(over_tls(certificate)) as server:
        server.script.extend([silence(before)] * 2)
        mall = at(marketplaces, server.url.replace("http:", "https:"))
        assert mall.write(ORDER, DELIVERED).call_result is CallResult.TIMEOUT
        server.wait_until_done()
        assert len(server.requests) == 1


def test_proxies_and_passwords_of_the_environment_are_not_used(
    mall: Marketplace, server: RawServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password anything")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with raw_server() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.upper(), f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        server.script.append(answer(OPEN))
        assert mall.read(ORDER).call_result is CallResult.OK
        assert not proxy.requests
    assert b"Authorization" not in server.requests[0]
