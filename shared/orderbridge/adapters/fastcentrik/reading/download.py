"""Downloads the export to a file, within limits of size and time.

The URL is a secret: FastCentrik asks for nothing else. So no message contains it, exceptions of the HTTP library are
not chained, and the library logs nothing during a request.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import chain
from typing import IO, TYPE_CHECKING
from urllib.parse import urljoin

import requests
import urllib3.exceptions

from orderbridge.adapters.connections import Deadline, LateError
from orderbridge.adapters.fastcentrik.server import leads_to_login
from orderbridge.adapters.http import (
    CHUNK,
    FailureKind,
    TooLargeError,
    body_pieces,
    call_under_way,
    failure,
)
from orderbridge.addresses import Server, checked
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.exports import DownloadReason, ExportReason
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.adapters.fastcentrik.server import TimeLimits
    from orderbridge.domain.reasons import Reason

MAX_REDIRECTS = 3
_GZIP = b"\x1f\x8b\x08"
MAX_MEMBERS = 20_000
"""Separately compressed members of one gzip document. A large one has thousands; empty ones only cost time."""
_MAX_VALIDATOR = 300
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Download:
    """The result of a download."""

    not_modified: bool
    validators: Validators
    digest: str = ""
    """Hex SHA-256 of the decompressed bytes; empty if not modified."""
    age: timedelta | None = None
    """Age of the content by the server's clock; None if the server does not say."""


def usable(url: str, *, local: bool) -> str:
    """`url` in the form to request. `local`: the deployment is local. Raises ExportProblemError for an unusable one."""
    found = checked(url, local=local)
    if found is None:
        raise ExportProblemError(because(DownloadReason.ADDRESS_NOT_PUBLIC))
    return found.url


def download(
    session: requests.Session,
    url: str,
    validators: Validators,
    document: IO[bytes],
    *,
    max_bytes: int,
    limits: TimeLimits,
    monotonic: Callable[[], float],
) -> Download:
    """Writes the export at `url` (from ``usable``) to `document`, decompressed, at most `max_bytes`.

    Raises ExportProblemError unless the result is a whole document or "not modified".
    """
    deadline = Deadline(limits.total, monotonic)
    with call_under_way(deadline):
        try:
            response = _get(session, url, validators, limits, deadline)
            try:
                return _received(response, validators, document, max_bytes, deadline)
            finally:
                response.close()
        except TooLargeError:
            problem = _too_large(max_bytes)
        except LateError:
            problem = _late(deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, zlib.error) as error:
            problem = _late(deadline) if deadline.passed else _problem_of(error)
        except (UnicodeError, ValueError):
            problem = because(DownloadReason.ADDRESS_UNUSABLE)
    # Raised here, so that the library's exception, which has the URL, is not its context.
    raise ExportProblemError(problem)


def _get(
    session: requests.Session, url: str, validators: Validators, limits: TimeLimits, deadline: Deadline
) -> requests.Response:
    headers = {"Accept": "*/*", "Accept-Encoding": "gzip, identity", "User-Agent": "orderbridge"}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    for _ in range(MAX_REDIRECTS + 1):
        left = deadline.left()
        response = session.get(
            url,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(min(limits.connect, left), min(limits.read, left)),
        )
        if response.status_code not in _REDIRECTS:
            return response
        response.close()
        url = _redirected(url, response.headers.get("Location", ""))
    raise ExportProblemError(because(DownloadReason.REDIRECTS, limit=MAX_REDIRECTS))


def _redirected(url: str, location: str) -> str:
    """The target of a redirect that may be followed: https on the same host. It is `checked` like the address."""
    source, target = checked(url, local=True), None
    try:
        # urljoin drops some characters, so a location with odd ones is not joined.
        if location and location.isprintable() and "\\" not in location:
            target = checked(urljoin(url, location), local=True)
    except ValueError:
        target = None
    if leads_to_login(url, location):
        raise ExportProblemError(because(DownloadReason.LOGIN_PAGE))
    if source is None or target is None or not _same_server(source.server, target.server):
        raise ExportProblemError(because(DownloadReason.REDIRECTED))
    return target.url


def _same_server(source: Server, target: Server) -> bool:
    if target.scheme != "https" or target.host != source.host:
        return False
    return target.port in {source.port, 443}


def _received(
    response: requests.Response, sent: Validators, document: IO[bytes], max_bytes: int, deadline: Deadline
) -> Download:
    status = response.status_code
    if status == HTTPStatus.NOT_MODIFIED and sent != Validators():
        return Download(not_modified=True, validators=sent, age=_age(response, sent.last_modified))
    if status != HTTPStatus.OK:
        raise ExportProblemError(_refused(status))
    digest = hashlib.sha256()
    size = 0
    for piece in _unpacked(_decompressed(response, body_pieces(response, max_bytes, deadline)), max_bytes):
        size += len(piece)
        if size > max_bytes:
            raise TooLargeError
        digest.update(piece)
        document.write(piece)
    if not size:
        raise ExportProblemError(because(ExportReason.EMPTY))
    return Download(
        not_modified=False,
        validators=_validators(response),
        digest=digest.hexdigest(),
        age=_age(response, ""),
    )


def _age(response: requests.Response, known: str) -> timedelta | None:
    """Date minus Last-Modified (`known` if the answer has none): both are the server's, so clocks are not mixed.

    The time in a cache is added: Date is when the server answered, not when the cache did.
    """
    modified = _moment(response.headers.get("Last-Modified", known))
    answered = _moment(response.headers.get("Date", ""))
    if modified is None or answered is None:
        return None
    cached = response.headers.get("Age", "0").strip()
    in_cache = timedelta(seconds=int(cached)) if re.fullmatch(r"[0-9]{1,7}", cached) else timedelta()
    return max(answered - modified, timedelta()) + in_cache


def _moment(value: str) -> datetime | None:
    """An HTTP date; None for anything else."""
    try:
        moment = parsedate_to_datetime(value[:_MAX_VALIDATOR])
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


def _decompressed(response: requests.Response, pieces: Iterator[bytes]) -> Iterator[bytes]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        yield from pieces
    elif encoding in {"gzip", "x-gzip"}:
        yield from _gunzipped(pieces)
    else:
        raise ExportProblemError(because(DownloadReason.COMPRESSION_UNASKED))


def _unpacked(pieces: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The document, decompressed if it is a gzip file without a header that says so."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= len(_GZIP):
            break
    pieces = chain([head] if head else [], pieces)
    return _gunzipped(_at_most(pieces, max_bytes)) if head.startswith(_GZIP) else pieces


def _at_most(pieces: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """The same pieces. Raises TooLargeError for more than `max_bytes` compressed bytes, whatever they hold."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > max_bytes:
            raise TooLargeError
        yield piece


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompresses at most one chunk at a time, so a few bytes cannot become gigabytes in memory."""
    gzip = zlib.decompressobj(wbits=31)
    begun = False
    members = 1
    for piece in pieces:
        rest = piece
        while rest:
            if gzip.eof:
                members += 1
                if members > MAX_MEMBERS:
                    problem = because(DownloadReason.COMPRESSED_PARTS, limit=MAX_MEMBERS)
                    raise ExportProblemError(problem)
                gzip = zlib.decompressobj(wbits=31)
            begun = True
            yield gzip.decompress(rest, CHUNK)
            rest = gzip.unused_data if gzip.eof else gzip.unconsumed_tail
    while begun and not gzip.eof and (more := gzip.decompress(b"", CHUNK)):
        yield more
    if begun and not gzip.eof:
        raise ExportProblemError(because(DownloadReason.CUT_OFF))


def _validators(response: requests.Response) -> Validators:
    """The server's validators that can be stored and sent back unchanged."""
    values = (response.headers.get(name, "").strip() for name in ("ETag", "Last-Modified"))
    return Validators(
        *(v if len(v) <= _MAX_VALIDATOR and v.isascii() and v.isprintable() else "" for v in values)
    )


def _too_large(max_bytes: int) -> Reason:
    return because(DownloadReason.TOO_LARGE, limit=max_bytes)


def _late(deadline: Deadline) -> Reason:
    return because(DownloadReason.LATE, seconds=max(1, round(deadline.seconds)))


_BY_STATUS = {
    401: DownloadReason.DENIED,
    403: DownloadReason.DENIED,
    404: DownloadReason.NOT_FOUND,
    410: DownloadReason.NOT_FOUND,
    429: DownloadReason.TOO_MANY_REQUESTS,
    304: DownloadReason.NOT_MODIFIED,
}


def _refused(status: int) -> Reason:
    is_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    otherwise = DownloadReason.SERVER_FAULT if is_fault else DownloadReason.OTHER_STATUS
    return because(_BY_STATUS.get(status, otherwise), http_status=status)


_BY_EXCEPTION: tuple[tuple[tuple[type[Exception], ...], DownloadReason], ...] = (
    ((requests.exceptions.SSLError, urllib3.exceptions.SSLError), DownloadReason.TLS),
    ((requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError), DownloadReason.UNREACHABLE),
    ((requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError), DownloadReason.STOPPED_ANSWERING),
    (
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ),
        DownloadReason.ADDRESS_UNUSABLE,
    ),
    (
        (requests.ConnectionError, urllib3.exceptions.NewConnectionError),
        DownloadReason.CONNECTION_ENDED,
    ),
    ((zlib.error,), DownloadReason.COMPRESSION_BROKEN),
    ((requests.RequestException, urllib3.exceptions.HTTPError), DownloadReason.CUT_OFF),
)
"""What a kind of exception means. The first kind that fits counts."""


def _problem_of(error: Exception) -> Reason:
    """The problem, by the kind of exception: its text has the URL."""
    if isinstance(error, requests.RequestException) and failure(error).kind is FailureKind.NOT_PUBLIC:
        return because(DownloadReason.ADDRESS_PRIVATE)
    code = next((code for kinds, code in _BY_EXCEPTION if isinstance(error, kinds)), DownloadReason.DISK)
    return because(code)
