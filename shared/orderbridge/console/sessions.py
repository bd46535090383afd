"""Sessions: who is signed in, until when, and the tokens that tie a form to its session (R13).

A session is a cookie with a signature (HMAC-SHA-256); the server stores it only when it is ended. It names the operator
by the digest of the token, so whoever reads a cookie cannot make a token of it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from orderbridge.console.web import cookie

if TYPE_CHECKING:
    from orderbridge.console.web import WebRequest
    from orderbridge.ports.console import SigningKey, SigningKeys

COOKIE = "orderbridge_session"
IDLE = timedelta(minutes=30)
"""How long a session lasts without use."""
LONGEST = timedelta(hours=24)
"""How long a session lasts in all."""
RENEW_AFTER = timedelta(minutes=1)
"""A session that was renewed so lately is not renewed again."""
MAX_COOKIE = 2_000
"""Maximum length of a session's cookie in characters."""


@dataclass(frozen=True, slots=True)
class Session:
    """One person's session. Moments are whole seconds since 1970 (UTC)."""

    id: str
    """Random; it names the session where it was ended."""
    operator: str
    """SHA-256 of the operator's token."""
    begun_at: int
    """When the person signed in."""
    used_at: int
    """When it was last renewed."""
    said: str = ""
    """What the next page says first: a word of ``said`` in the templates. It is said once."""
    said_at: str = ""
    """The moment that it names (ISO); empty: it names none."""
    said_on: str = ""
    """The path of the page that says it. Any other page drops it: there it would be about something else."""

    @property
    def begun(self) -> datetime:
        """When the person signed in."""
        return datetime.fromtimestamp(self.begun_at, UTC)

    @property
    def longest_until(self) -> datetime:
        """When it ends at the latest."""
        return self.begun + LONGEST

    def lives(self, now: datetime) -> bool:
        """Whether it has not expired."""
        used = datetime.fromtimestamp(self.used_at, UTC)
        return used <= now + RENEW_AFTER and now < min(used + IDLE, self.longest_until)

    def renewed(self, now: datetime) -> Session:
        """The session after use at `now`."""
        return replace(self, used_at=int(now.timestamp()))

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be renewed."""
        return now.timestamp() - self.used_at > RENEW_AFTER.total_seconds()


def new_session(operator: str, now: datetime) -> Session:
    """A session that begins now."""
    at = int(now.timestamp())
    return Session(secrets.token_urlsafe(18), operator, at, at)


def form_token(session: Session, keys: SigningKeys) -> str:
    """The token that every form of the session carries. It is worth nothing in another session."""
    key = keys.newest()
    return f"{key.name}.{_signature(key, 'form', session.id)}"


def is_form_token(given: str, session: Session, keys: SigningKeys) -> bool:
    """Whether `given` is this session's token."""
    name, _, signature = given.partition(".")
    key = keys.named(name) if name else None
    return key is not None and hmac.compare_digest(
        signature.encode(), _signature(key, "form", session.id).encode()
    )


def session_cookie(session: Session, keys: SigningKeys, request: WebRequest, *, secure: bool) -> str:
    """The cookie of `session`. The browser forgets it when the session has expired without use."""
    content = _encoded(json.dumps(asdict(session), separators=(",", ":")).encode())
    key = keys.newest()
    value = f"{key.name}.{content}.{_signature(key, 'session', content)}"
    return cookie(COOKIE, value, request.cookie_path, seconds=int(IDLE.total_seconds()), secure=secure)


def no_session_cookie(request: WebRequest, *, secure: bool) -> str:
    """The cookie that removes the session from the browser."""
    return cookie(COOKIE, "", request.cookie_path, seconds=0, secure=secure)


def read_session(request: WebRequest, keys: SigningKeys, now: datetime) -> Session | None:
    """The session of the request's cookie. None: there is none, it is forged, or it has expired."""
    value = request.cookies.get(COOKIE, "")
    if not value or len(value) > MAX_COOKIE or value.count(".") != 2:  # noqa: PLR2004 - three parts
        return None
    name, content, signature = value.split(".")
    key = keys.named(name)
    if key is None or not hmac.compare_digest(
        signature.encode(), _signature(key, "session", content).encode()
    ):
        return None
    try:
        session = Session(**json.loads(base64.urlsafe_b64decode(content + "==")))
    except (ValueError, TypeError, binascii.Error):
        return None
    return session if session.lives(now) else None


def keyed_digest(keys: SigningKeys, what: str, text: str) -> str:
    """A digest of `text` that nobody can make without the key. It changes when the key is replaced."""
    return _signature(keys.newest(), what, text)


def _signature(key: SigningKey, what: str, text: str) -> str:
    """`what` keeps a signature from being used for something else."""
    return _encoded(hmac.new(key.secret, f"{what}:{text}".encode(), sha256).digest())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
