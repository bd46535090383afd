"""What an error of the HTTP library means: above all, whether the request may have reached the other side."""

from __future__ import annotations

import errno
import socket
import ssl
from http.client import BadStatusLine, RemoteDisconnected
from typing import Any

import pytest
import requests
from urllib3 import exceptions as causes

from orderbridge.adapters.fastcentrik.writing import upload
from orderbridge.adapters.http import FAILURES, Failure, FailureKind, failure
from orderbridge.adapters.mall import transport
from orderbridge.domain.failure_policy import CallResult

URL = "https://shop.example/?client_id=5d41402abc4b2a76"
_POOL: Any = None


def max_retry(reason: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(causes.MaxRetryError(_POOL, URL, reason))


def protocol(cause: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(causes.ProtocolError(f"aborted {URL}", cause))


def refused() -> causes.NewConnectionError:
    error = causes.NewConnectionError(_POOL, URL)
    error.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, URL)
    return error


CASES: list[tuple[Exception, Failure]] = [
    (requests.exceptions.InvalidURL(URL), Failure(FailureKind.UNUSABLE)),
    (causes.LocationParseError(URL), Failure(FailureKind.UNUSABLE)),
    (
        max_retry(causes.NameResolutionError("shop.example", _POOL, socket.gaierror())),
        Failure(FailureKind.NAME),
    ),
    (max_retry(refused()), Failure(FailureKind.CONNECT, "ECONNREFUSED")),
    (max_retry(causes.NewConnectionError(_POOL, URL)), Failure(FailureKind.CONNECT, "None")),
    (max_retry(causes.ConnectTimeoutError(URL)), Failure(FailureKind.CONNECT_TIMEOUT)),
    (max_retry(causes.SSLError(ssl.SSLCertVerificationError(URL))), Failure(FailureKind.CERTIFICATE)),
    (max_retry(causes.SSLError(ssl.SSLEOFError(URL))), Failure(FailureKind.LOST)),
    (requests.ReadTimeout(URL), Failure(FailureKind.TIMEOUT)),
    (protocol(BadStatusLine(URL)), Failure(FailureKind.NOT_HTTP)),
    (requests.exceptions.InvalidHeader(URL), Failure(FailureKind.NOT_HTTP)),
    (protocol(RemoteDisconnected(URL)), Failure(FailureKind.LOST)),
    (protocol(ConnectionResetError(URL)), Failure(FailureKind.LOST)),
    (requests.RequestException(URL), Failure(FailureKind.LOST)),
    (requests.RequestException(), Failure(FailureKind.LOST)),
    (ConnectionResetError(URL), Failure(FailureKind.LOST)),
    (ValueError(URL), Failure(FailureKind.LOST)),
]


@pytest.mark.parametrize(("error", "means"), CASES, ids=[f"{type(e).__name__}-{f.kind}" for e, f in CASES])
def test_what_an_error_means_without_its_text(error: Exception, means: Failure) -> None:
    assert isinstance(error, FAILURES)
    assert failure(error) == means
    assert "shop.example" not in repr(failure(error))


def test_certain_is_only_what_happens_before_a_connection_is_there() -> None:
    assert {kind for kind in FailureKind if not Failure(kind).sent} == {
        FailureKind.UNUSABLE,
        FailureKind.NAME,
        FailureKind.NOT_PUBLIC,
        FailureKind.CONNECT,
        FailureKind.CONNECT_TIMEOUT,
        FailureKind.CERTIFICATE,
    }


@pytest.mark.parametrize("kind", FailureKind)
def test_both_sides_judge_alike(kind: FailureKind) -> None:
    """A PUT, and a new order, are repeated only if they never left."""
    why = Failure(kind)
    assert (transport.no_answer(why).call_result is CallResult.NOT_CONNECTED) is not why.sent
    assert upload.no_answer(why).sent is why.sent
    assert upload.no_answer(why).problem
