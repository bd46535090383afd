"""Posts one document to the shop's import URL, and says whether it may have arrived.

The URL is a secret, like the export's: nothing here shows it, and the library logs nothing during the call.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests

from orderbridge.adapters.connections import Deadline
from orderbridge.adapters.fastcentrik.server import leads_to_login
from orderbridge.adapters.http import (
    FAILURES,
    Cut,
    Failure,
    FailureKind,
    call_under_way,
    failure,
    framed_body,
)
from orderbridge.domain.codes.answers import ImportReason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderbridge.adapters.fastcentrik.server import TimeLimits
    from orderbridge.adapters.fastcentrik.writing.import_codec import ImportDocument

MAX_ANSWER = 64 * 1024
"""Bytes of an answer that are read."""

_SAID: Mapping[FailureKind, ImportReason] = {
    FailureKind.UNUSABLE: ImportReason.UNUSABLE_ADDRESS,
    FailureKind.NAME: ImportReason.UNKNOWN_NAME,
    FailureKind.NOT_PUBLIC: ImportReason.PRIVATE_NETWORK,
    FailureKind.CONNECT: ImportReason.NOT_REACHED,
    FailureKind.CONNECT_TIMEOUT: ImportReason.NOT_REACHED,
    FailureKind.CERTIFICATE: ImportReason.CERTIFICATE,
    FailureKind.TIMEOUT: ImportReason.NO_ANSWER,
    FailureKind.NOT_HTTP: ImportReason.ENDED,
    FailureKind.LOST: ImportReason.ENDED,
}
_CUT: Mapping[Cut, ImportReason] = {
    Cut.TOO_LARGE: ImportReason.CUT_TOO_LARGE,
    Cut.LATE: ImportReason.CUT_LATE,
    Cut.LOST: ImportReason.CUT_LOST,
}


@dataclass(frozen=True, slots=True)
class Posted:
    """The result of a post."""

    sent: bool = True
    """False: the document was certainly not sent."""
    problem: ImportReason | None = None
    """Why there is no answer; None if there is one."""
    status: int | None = None
    """None: no answer."""
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    cut: ImportReason | None = None
    """Why `body` is not whole; None if it is whole."""
    to_login: bool = False
    """The answer redirects to a login page."""


def post(
    session: requests.Session,
    url: str,
    document: ImportDocument,
    limits: TimeLimits,
    monotonic: Callable[[], float],
) -> Posted:
    """One request, never repeated, never redirected. Raises nothing, whatever the shop's server does."""
    deadline = Deadline(limits.total, monotonic)
    headers = {
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Content-Type": document.content_type,
        "User-Agent": "orderbridge",
    }
    if deadline.passed:
        return Posted(sent=False, problem=ImportReason.NO_TIME)
    with call_under_way(deadline):
        try:
            request = session.prepare_request(
                requests.Request("POST", url, headers=headers, data=document.body)
            )
        except FAILURES:
            return no_answer(Failure(FailureKind.UNUSABLE))
        try:
            response = session.send(
                request, stream=True, allow_redirects=False, timeout=(limits.connect, limits.read)
            )
        except FAILURES as error:
            return no_answer(failure(error))
        # If the answer was not read to its end, this also ends the connection.
        with closing(response):
            body, cut = _body(response, deadline)
    return Posted(
        status=response.status_code,
        content_type=response.headers.get("Content-Type", "").lower(),
        body=body,
        cut=cut,
        to_login=leads_to_login(url, response.headers.get("Location", "")),
    )


def _body(response: requests.Response, deadline: Deadline) -> tuple[bytes, ImportReason | None]:
    """The body, and why it is not whole. Only the body of a success or a refusal is read."""
    status = response.status_code
    if not (200 <= status < 300 or 400 <= status < 500):  # noqa: PLR2004 - HTTP's classes
        return b"", None
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        return b"", ImportReason.COMPRESSED
    body, cut = framed_body(response, MAX_ANSWER, deadline)
    return body, _CUT[cut] if cut else None


def no_answer(why: Failure) -> Posted:
    """The result of a post that failed with `why`."""
    return Posted(sent=why.sent, problem=_SAID[why.kind])
