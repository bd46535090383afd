"""The request as API Gateway hands it over, and the answer as API Gateway wants it."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from orderbridge.flows.api.request import MAX_BODY
from orderbridge.redaction import storable

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = "console"
"""The first part of every path."""
MAX_COOKIES = 8_000
"""Maximum length of the header with the cookies in characters. Browsers send fewer."""
_PART = re.compile(r"[A-Za-z0-9._-]{1,80}")

POLICY = (
    "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy of a page with these `scripts`."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY.format(scripts="'self'"),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" a browser hides the origin of a form too, by which an older one is judged.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cache-Control": "no-store",
}
"""The headers of every answer. Nothing from another host, no script or style in the page, no frame around it.

The page of the sign-in has one script in it, and its policy names the digest of that one, and no other (``outside``).
"""
STRICT_TRANSPORT = "max-age=31536000"
"""HSTS, where there is TLS."""


@dataclass(frozen=True, slots=True)
class WebRequest:
    """One request of a browser. Its texts are as received; nothing is checked yet."""

    method: str
    path: tuple[str, ...] | None
    """The parts of the path after ``/console``; None: it has a part that no page has."""
    cookie_path: str
    """The path of the whole page as the browser knows it, such as ``/v1/console``."""
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    source: str = ""
    """The address that the request came from."""
    depth: int = 0
    """How many parts of the address as the browser knows it follow ``console``, an empty one too."""

    @property
    def home(self) -> str:
        """The way from this page to the one called ``console``, relative: the page does not know its own address."""
        return "../" * self.depth + ROOT

    @property
    def own_form(self) -> bool:
        """Whether the browser says that the request comes from this very page.

        Every browser of today sends ``Sec-Fetch-Site``. An older one is judged by ``Origin``.
        """
        site = self.headers.get("sec-fetch-site")
        if site is not None:
            return site == "same-origin"
        origin = self.headers.get("origin", "")
        return bool(origin) and urlsplit(origin).netloc == self.headers.get("host")

    @property
    def from_elsewhere(self) -> bool:
        """Whether a link on another site led here. The browser then leaves out cookies that are ``SameSite=Strict``."""
        return self.headers.get("sec-fetch-site") == "cross-site"

    @property
    def is_refresh(self) -> bool:
        """Whether the page asked by itself, without a person."""
        return "x-refresh" in self.headers


@dataclass(slots=True)
class Answer:
    """One answer. `cookies` are whole values of ``Set-Cookie``.

    `noted` is a line for the log, where somebody signed in or out; `by` is the operator's name, empty for a stranger.
    """

    status: HTTPStatus
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    noted: str = ""
    by: str = ""

    def for_gateway(self, *, secure: bool) -> dict[str, Any]:
        """The answer as API Gateway takes it. `secure`: there is TLS."""
        headers = {**HEADERS, "Content-Type": self.content_type, **self.headers}
        if secure:
            headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        multi = {name: [value] for name, value in headers.items()}
        if self.cookies:
            multi["Set-Cookie"] = list(self.cookies)
        return {
            "statusCode": int(self.status),
            "multiValueHeaders": multi,
            "body": self.body,
            "isBase64Encoded": False,
        }


def see_other(address: str) -> Answer:
    """After a form: the browser is to read the page at `address` (relative)."""
    return Answer(HTTPStatus.SEE_OTHER, headers={"Location": address})


def cookie(name: str, value: str, path: str, *, seconds: int, secure: bool) -> str:
    """A cookie that scripts cannot read and other sites do not send along. `seconds` 0: it is removed."""
    strict = f"{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict"
    return f"{strict}; Secure" if secure else strict


def read_request(event: Mapping[str, Any], *, local: bool) -> WebRequest:
    """The request in an event of API Gateway (REST API, proxy integration)."""
    context = event.get("requestContext") or {}
    headers = {
        str(name).lower(): storable(str(value)) for name, value in (event.get("headers") or {}).items()
    }
    path = str(event.get("path") or "")
    whole = str(context.get("path") or path)
    # The stage's name is before the path, and may itself begin like ours.
    stage = whole[: -len(path)] if path and whole.endswith(path) else ""
    before, _, after = whole.removeprefix(stage).partition(f"/{ROOT}")
    # The embedded AWS serves every API under a path of its own.
    prefix = f"/_aws/execute-api/{context.get('apiId', '')}" if local else ""
    parts = tuple(after.strip("/").split("/")) if after.strip("/") else ()
    return WebRequest(
        method=str(event.get("httpMethod") or ""),
        path=parts if all(map(_PART.fullmatch, parts)) and not whole.endswith("/") else None,
        cookie_path=f"{prefix}{stage}{before}/{ROOT}",
        query={
            storable(str(name)): storable(str(value))
            for name, value in (event.get("queryStringParameters") or {}).items()
        },
        form=_form(event),
        cookies=_cookies(headers.get("cookie", "")),
        headers=headers,
        source=str((context.get("identity") or {}).get("sourceIp") or ""),
        depth=after.count("/"),
    )


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form; of a field that comes twice the last. Nothing where it is too long or no form.

    The end of a line is one character, as a browser counts it for the length of a field.
    """
    body = storable(str(event.get("body") or ""))
    if len(body) > MAX_BODY:
        return {}
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        fields = parse_qsl(body, keep_blank_values=True, max_num_fields=100)
        return {name: value.replace("\r\n", "\n") for name, value in fields}
    except (ValueError, binascii.Error):
        return {}


def _cookies(header: str) -> dict[str, str]:
    """The cookies of a request. Of a name that comes twice the first counts: its path is the longest.

    Each is read for itself. Another site of the same domain may have set one of any form, such as JSON, and it hides
    none of ours.
    """
    pairs = (part.partition("=") for part in header[:MAX_COOKIES].split(";"))
    found: dict[str, str] = {}
    for name, _, value in pairs:
        found.setdefault(name.strip(), value.strip())
    return found
