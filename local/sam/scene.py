"""The surroundings in which `sam local` runs the functions: queues, the shop's clerk, MALL; and what is compared."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.stack.client import Deployment, ShopClient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any
ORDER, DEAD_ORDER, OTHER_ORDER, NEW_ORDER = 4_700_000_001, 4_700_000_002, 4_700_000_003, 4_700_000_004
"""The orders in events/. The shop learns of the last one from us."""
POLL_SECONDS = 0.5
RECEIVE_SECONDS = 5


class WrongError(Exception):
    """An answer or its effect is not what it must be. One line: what, and what it is instead."""


@dataclass(frozen=True, slots=True)
class Says:
    """A pattern for a text: it has all these words."""

    words: tuple[str, ...]

    def __init__(self, *words: str) -> None:
        object.__setattr__(self, "words", words)


@dataclass(frozen=True, slots=True)
class Filled:
    """A pattern for a value that is there (`yes`), or empty or absent."""

    yes: bool = True


def must_match(what: str, found: Json, pattern: Json) -> None:
    """Raises WrongError unless `found` is like `pattern`.

    An object may have more keys than the pattern, a list has exactly the pattern's entries; anything else is equal.
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
    """The demo shop of a running stack whose event sources are switched off."""

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        self.deployment = Deployment(addresses)
        self.shop = ShopClient(self.deployment, "demo", addresses)
        self.webhook_secret: str = addresses["api"]["mall_webhook_url"].rpartition("/")[2]
        self.handle = "none"

    def values(self) -> dict[str, str]:
        """What the placeholders in the events stand for at this moment."""
        return {
            "operator_token": self.deployment.token,
            "webhook_secret": self.webhook_secret,
            "receipt_handle": self.handle,
            "now": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }

    def quiet(self) -> None:
        """Switches the event sources off: from now on the queues keep what they get."""
        functions = self.deployment.aws("lambda")
        for source in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)

    def order_arrives(self) -> None:
        """The order of the events, on both sides: MALL has it open, the clerk handles it."""
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
        """An order that the shop does not have yet."""
        self.shop.control_mall("POST", "/orders", {"id": number})

    def take(self, queue: str) -> list[Json]:
        """Everything visible in `queue` (`changes.fifo`, say), taken out."""
        taken = []
        while messages := self._receive(queue):
            for message in messages:
                taken.append(json.loads(message["Body"]))
                self._delete(queue, message["ReceiptHandle"])
        return taken

    def receive(self, queue: str, wanted: Mapping[str, Json]) -> None:
        """Receives the message with these values as Lambda would, and keeps it for the next event."""
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
