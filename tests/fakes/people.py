"""What reaches people: alarms, mails, what shops were notified of; and what persons asked for."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.cases.mail_cap import ShopMail
from orderbridge.domain.lists import Period
from orderbridge.domain.persons import ActionPage
from orderbridge.domain.shops import ShopNotices
from orderbridge.errors import CursorError, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orderbridge.domain.persons import PersonAction

_PLACE = re.compile(r"[0-9T:.+-]{32}#[0-9a-f]{64}")

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


class FakeActions:
    """`recorded`: every action, in the order of the calls. `fail_with`, while set, is raised."""

    def __init__(self) -> None:
        self.recorded: list[PersonAction] = []
        self.fail_with: Exception | None = None

    def record(self, action: PersonAction) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        if action not in self.recorded:
            self.recorded.append(action)

    def of_order(self, shop: str, mall_order_id: int) -> list[PersonAction]:
        return [one for one in self.recorded if (one.shop, one.mall_order_id) == (shop, mall_order_id)]

    def of_shop(self, shop: str, since: datetime, until: datetime) -> Iterator[PersonAction]:
        period = Period(since, until)
        found = [one for one in self.recorded if one.shop == shop and period.covers(one.at)]
        yield from sorted(found, key=lambda one: one.at)

    def latest(self, shop: str, period: Period, limit: int, cursor: str | None = None) -> ActionPage:
        found = [one for one in self.recorded if one.shop == shop and period.covers(one.at)]
        which = f"{shop}|{period}|"
        behind = None if cursor is None else _place_in(cursor, which)
        left = [
            one for one in sorted(found, key=_place, reverse=True) if behind is None or _place(one) < behind
        ]
        page = left[:limit]
        return ActionPage(tuple(page), which + _place(page[-1]) if len(left) > limit else None)


def _place(action: PersonAction) -> str:
    """Where an action stands on its shop's list."""
    digest = hashlib.sha256(repr(action).encode()).hexdigest()
    return f"{action.at.isoformat(timespec='microseconds')}#{digest}"


def _place_in(cursor: str, which: str) -> str:
    place = cursor.removeprefix(which)
    if not cursor.startswith(which) or not _PLACE.fullmatch(place):
        raise CursorError
    return place


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
