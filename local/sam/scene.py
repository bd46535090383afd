"""The environment of `sam local`: the queues, the shop's clerk, MALL; and the comparison of results with patterns."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from local.stack.client import Deployment, ShopClient
from orderbridge.bootstrap import open_stack
from orderbridge.console.sessions import form_token, new_session, session_cookie
from orderbridge.console.web import WebRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderbridge.ports.console import SigningKeys

Json = Any
ORDER, DEAD_ORDER, OTHER_ORDER, NEW_ORDER = 4_700_000_001, 4_700_000_002, 4_700_000_003, 4_700_000_004
"""The orders in events/. The last one comes into the shop from MALL."""
POLL_SECONDS = 0.5
"""Seconds between two reads of a queue."""
RECEIVE_SECONDS = 5
"""Maximum time to wait for a message, in seconds."""


class WrongError(Exception):
    """An answer or its effect is wrong. The message is one line: what, and what it is instead."""


@dataclass(frozen=True, slots=True)
class Says:
    """Pattern of a text that contains all these words."""

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)


@dataclass(frozen=True, slots=True)
class Filled:
    """Pattern of a value that is present (`yes`), or that is empty or absent."""

    yes: bool = True


def must_match(what: str, found: Json, pattern: Json) -> None:
    """Raises WrongError unless `found` matches `pattern`.

    An object may have more keys than the pattern. A list must have exactly the pattern's entries. Other values must be
    equal.
    """
    for difference in _differences(what, found, pattern):
        raise WrongError(difference)


def _differences(what: str, found: Json, pattern: Json) -> Iterator[str]:
    if isinstance(pattern, Filled):
        if bool(found) != pattern.yes:
            yield f"{what}: {found!r} must be {'filled' if pattern.yes else 'empty'}"
    elif isinstance(pattern, Says):
        if missing := [word for word in pattern.words if word not in str(found)]:
            yield f"{what}: {found!r} lacks {missing}"
    elif isinstance(pattern, dict) and isinstance(found, dict):
        for key, value in pattern.items():
            yield from _differences(f"{what}.{key}", found.get(key), value)
    elif isinstance(pattern, list) and isinstance(found, list) and len(pattern) == len(found):
        for number, (one, value) in enumerate(zip(found, pattern, strict=True)):
            yield from _differences(f"{what}[{number}]", one, value)
    elif found != pattern:
        yield f"{what}: {found!r} instead of {pattern!r}"


class Scene:
    """The demo shop of a running stack whose event sources are disabled."""

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        self.deployment = Deployment(addresses)
        self.shop = ShopClient(self.deployment, "demo", addresses)
        self.webhook_secret: str = addresses["api"]["mall_webhook_url"].rpartition("/")[2]
        self.handle = "none"
        self.session = token_urlsafe()

    def values(self) -> dict[str, str]:
        """The present values of the events' placeholders."""
        return {
            "operator_token": self.deployment.token,
            "webhook_secret": self.webhook_secret,
            "receipt_handle": self.handle,
            "now": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }

    def session_values(self) -> dict[str, str]:
        """The placeholders of the clerks' page: a session that begins now, and the token of its forms."""
        keys, token = self.signing_keys, sha256(self.deployment.token.encode()).hexdigest()
        begun = replace(new_session(token, datetime.now(UTC)), id=self.session)
        cookie = session_cookie(begun, keys, WebRequest("GET", (), "/"), secure=True)
        value = cookie.partition("=")[2].partition(";")[0]
        return {"console_session": value, "form_token": form_token(begun, keys)}

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """The keys of the stack's sessions."""
        return open_stack(self.deployment.addresses["aws"]["stack"], self.deployment.aws).signing_keys

    def disable_event_sources(self) -> None:
        """Disables the event sources, so that messages stay in the queues."""
        functions = self.deployment.aws("lambda")
        for source in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)

    def order_arrives(self) -> None:
        """Creates the events' order on both sides: open at MALL, being handled in the shop."""
        self.order_opens_at_mall(ORDER)
        order = {
            "code": "2026000001",
            "mall_order_id": ORDER,
            "status": "vyřizuje se",
            "carrier": "Zásilkovna",
            "tracking_number": "Z1234567890",
        }
        self.shop.control_shop("POST", "/orders", order)

    def order_opens_at_mall(self, number: int) -> None:
        """Creates an order at MALL that the shop does not have yet."""
        self.shop.control_mall("POST", "/orders", {"id": number})

    def take(self, queue: str) -> list[Json]:
        """Removes all visible messages from `queue`, e.g. `changes.fifo`, and returns their bodies."""
        taken = []
        while messages := self._receive(queue):
            for message in messages:
                taken.append(json.loads(message["Body"]))
                self._delete(queue, message["ReceiptHandle"])
        return taken

    def receive(self, queue: str, wanted: Mapping[str, Json]) -> None:
        """Receives the message with these values, as Lambda would, and keeps its handle for the next event.

        Raises WrongError after ``RECEIVE_SECONDS``.
        """
        end = time.monotonic() + RECEIVE_SECONDS
        while time.monotonic() < end:
            for message in self._receive(queue):
                if wanted.items() <= json.loads(message["Body"]).items():
                    self.handle = message["ReceiptHandle"]
                    return
            time.sleep(POLL_SECONDS)
        raise WrongError(f"no message with {wanted} was in {queue} within {RECEIVE_SECONDS} s")

    def is_done(self, queue: str) -> None:
        """Deletes the received message, as Lambda does when the function reports no failure."""
        self._delete(queue, self.handle)

    def _receive(self, queue: str) -> list[Json]:
        answer = self.deployment.aws("sqs").receive_message(
            QueueUrl=self.deployment.queue(queue), MaxNumberOfMessages=10
        )
        messages: list[Json] = answer.get("Messages", [])
        return messages

    def _delete(self, queue: str, handle: str) -> None:
        self.deployment.aws("sqs").delete_message(QueueUrl=self.deployment.queue(queue), ReceiptHandle=handle)
