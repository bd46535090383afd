"""Posts one document to the address behind the shop's import URL, and says for certain whether it may have arrived.

As with the export, the URL is the secret: nothing here shows it, and the library logs nothing during the call.
"""

from __future__ import annotations

import ssl
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as causes

from orderbridge.adapters.fastcentrik.transport import leads_to_login
from orderbridge.adapters.http import Deadline, LateError, TooLargeError, body_pieces, library_is_quiet

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.adapters.fastcentrik.import_codec import ImportDocument
    from orderbridge.adapters.fastcentrik.transport import TimeLimits

LARGEST_ANSWER = 64 * 1024
"""Bytes of an answer that are looked at."""

_FAILURES = (requests.RequestException, causes.HTTPError, HTTPException, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of a document.

    `status` None: no answer; then `problem` says why, and `sent` False that the document certainly never left.
    `cut`: why `body` is not whole; empty if it is. `to_login`: the answer redirects to a login page.
    """

    sent: bool = True
    problem: str = ""
    status: int | None = None
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    cut: str = ""
    to_login: bool = False


def post(
    session: requests.Session,
    url: str,
    document: ImportDocument,
    limits: TimeLimits,
    monotonic: Callable[[], float],
) -> Posted:
    """One request, never repeated, never redirected. Raises nothing for what the shop's server does."""
    deadline = Deadline(limits.total, monotonic)
    headers = {
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Content-Type": document.content_type,
        "User-Agent": "orderbridge",
    }
    with library_is_quiet():
        try:
            request = session.prepare_request(
                requests.Request("POST", url, headers=headers, data=document.body)
            )
        except _FAILURES:
            return Posted(sent=False, problem="the import address cannot be used: store the right one again")
        try:
            response = session.send(
                request, stream=True, allow_redirects=False, timeout=(limits.connect, limits.read)
            )
        except _FAILURES as error:
            return _no_answer(error)
        # Closing also ends the connection of an answer that was not read to its end.
        with closing(response):
            body, cut = _body(response, deadline)
    return Posted(
        status=response.status_code,
        content_type=response.headers.get("Content-Type", "").lower(),
        body=body,
        cut=cut,
        to_login=leads_to_login(url, response.headers.get("Location", "")),
    )


def _body(response: requests.Response, deadline: Deadline) -> tuple[bytes, str]:
    """The body and why it is not whole. What is neither a success nor a refusal is not read: nothing is in it."""
    status = response.status_code
    if not (200 <= status < 300 or 400 <= status < 500):  # noqa: PLR2004 - HTTP's classes
        return b"", ""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        return b"", "compressed"
    raw = response.raw
    framed = raw.chunked or raw.length_remaining is not None
    pieces: list[bytes] = []
    try:
        pieces.extend(body_pieces(response, LARGEST_ANSWER, deadline))
    except TooLargeError:
        return b"".join(pieces), "too long"
    except (LateError, causes.TimeoutError):
        return b"".join(pieces), "late"
    except _FAILURES:
        return b"".join(pieces), "cut off"
    # A connection that ends among the headers looks like an empty body of no announced length.
    return b"".join(pieces), "" if framed or pieces else "cut off"


def _no_answer(error: Exception) -> Posted:
    """The failure without its text, which shows the address. Whatever is not certainly unsent counts as sent."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, causes.MaxRetryError) else None
    if isinstance(error, (requests.exceptions.InvalidURL, causes.LocationValueError)):
        return Posted(sent=False, problem="the import address cannot be used: store the right one again")
    if isinstance(reason, causes.NameResolutionError):
        return Posted(
            sent=False, problem="the name in the import address is not known; ask FastCentrik support"
        )
    # The base of all that can happen before a connection is there.
    if isinstance(reason, causes.ConnectTimeoutError):
        return Posted(sent=False, problem="the shop's server could not be reached; it is tried again")
    # It is checked while connecting. Other errors of TLS can also come later.
    if isinstance(reason, causes.SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return Posted(
            sent=False, problem="the certificate of the shop's server is not trusted; ask FastCentrik support"
        )
    if isinstance(error, requests.Timeout):
        return Posted(problem="the shop's server took the document and did not answer in time")
    return Posted(problem="the connection to the shop's server ended before an answer")
