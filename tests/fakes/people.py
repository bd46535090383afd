"""What reaches people: alarms, mails, what shops were notified of."""

from __future__ import annotations

from dataclasses import replace

from orderbridge.domain.cases.mail_cap import ShopMail
from orderbridge.domain.shops import ShopNotices
from orderbridge.errors import VersionConflictError

MAX_SUBJECT = 100
"""Characters of an e-mail's subject that SNS takes."""
MAX_TEXT = 256 * 1024
"""Bytes of an e-mail's text that SNS takes, its attributes included."""


class FakeMail:
    def __init__(self) -> None:
        self.stored: dict[str, ShopMail] = {}

    def get(self, shop: str) -> ShopMail:
        return self.stored.get(shop, ShopMail())

    def put(self, shop: str, mail: ShopMail) -> None:
        if mail.version != self.get(shop).version:
            raise VersionConflictError(f"mail of shop {shop}: somebody else was faster: read it again")
        self.stored[shop] = replace(mail, version=mail.version + 1)


class FakeNotices:
    def __init__(self) -> None:
        self.stored: dict[str, ShopNotices] = {}

    def get(self, shop: str) -> ShopNotices:
        return self.stored.get(shop, ShopNotices())

    def put(self, shop: str, notices: ShopNotices) -> None:
        self.stored[shop] = notices


class FakeAlarms:
    """`published`: (shop, subject, text) of every message. `fail_with`, while set, is raised.

    What SNS would not take is an error here as well.
    """

    def __init__(self) -> None:
        self.published: list[tuple[str, str, str]] = []
        self.fail_with: Exception | None = None

    def publish(self, shop: str, subject: str, text: str) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        if not (subject.isascii() and subject.isprintable() and 0 < len(subject) <= MAX_SUBJECT):
            raise ValueError(f"no subject of an e-mail: {subject!r}")
        if not 0 < len(text.encode()) <= MAX_TEXT:
            raise ValueError(f"no text of an e-mail: {len(text)} characters")
        self.published.append((shop, subject, text))
