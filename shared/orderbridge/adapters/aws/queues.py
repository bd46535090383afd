"""Messages between the functions, on SQS.

The queue of fetches is a standard one. The others are FIFO: the messages of one group are handled one after the other.
The group is the order, so that one stuck order holds up no other; for what concerns a shop as a whole (its lists, its
digest, that it was stopped) it is the shop. Within five minutes a FIFO queue drops a message with the deduplication id
of an earlier one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from orderbridge.messages import (
    AlarmRequest,
    DigestRequest,
    FetchRequest,
    Listed,
    ListRequest,
    Look,
    News,
    Send,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef, SendMessageBatchRequestEntryTypeDef

    Grouped = News | Listed | Look | Send | ListRequest | AlarmRequest | DigestRequest

MAX_MESSAGES = 10
"""Messages in one SendMessageBatch (a limit of SQS)."""
MAX_BYTES = 256 * 1024
"""Bodies in one SendMessageBatch. SQS takes 1 MiB since August 2025; its stand-ins and older set-ups take this."""


class NotTakenError(Exception):
    """A queue did not take some of the messages, also when asked again. Sending all of them anew is harmless."""


def message_group(message: Grouped) -> str:
    """Messages of one group are delivered one after the other, in their order: those of one order, or of one shop."""
    match message:
        case ListRequest() | DigestRequest() | AlarmRequest(mall_order_id=None):
            return message.shop
        case _:
            return f"{message.shop}#{message.mall_order_id}"


def deduplication_id(message: Grouped) -> str:
    """Equal for messages that may count as one: 64 hexadecimal digits.

    News, Listed: shop, order, moment of the reading and content. Look: shop, order, reason and whether it asks to
    reread. Send: shop, order, step and turn. ListRequest, AlarmRequest: everything, the moment with it, because the
    list may have been read, or the people told, between two requests that are alike but for it; what several of them
    ask for is merged by the reader. DigestRequest: shop and day.
    """
    identity: list[object]
    match message:
        case News() | Listed() | ListRequest() | AlarmRequest() | DigestRequest():
            identity = [message.model_dump(mode="json")]
        case Look():
            identity = [message.shop, message.mall_order_id, message.reason, message.reread]
        case Send():
            identity = [message.shop, message.mall_order_id, message.step, message.turn]
    return hashlib.sha256(json.dumps([type(message).__name__, *identity]).encode()).hexdigest()


class SqsQueues:
    """``Queues`` on SQS. A function that sends to some of the queues only leaves the others' addresses empty."""

    def __init__(
        self,
        sqs: SQSClient,
        *,
        fetch_queue_url: str = "",
        changes_queue_url: str = "",
        steps_queue_url: str = "",
        shop_steps_queue_url: str = "",
        lists_queue_url: str = "",
        alarms_queue_url: str = "",
    ) -> None:
        self._sqs = sqs
        self._fetch = fetch_queue_url
        self._changes = changes_queue_url
        self._steps = steps_queue_url
        self._shop_steps = shop_steps_queue_url
        self._lists = lists_queue_url
        self._alarms = alarms_queue_url

    def request_fetch(self, shops: Sequence[str]) -> None:
        """One request per ten shops. Raises NotTakenError."""
        self._send_all(self._fetch, [_loose(FetchRequest(shop=shop)) for shop in shops])

    def send_news(self, news: Sequence[News]) -> None:
        """One request per ten orders (fewer where they are long). Raises NotTakenError: others may be sent then."""
        self._send_all(self._changes, [_ordered(message) for message in news])

    def send_listed(self, listed: Sequence[Listed]) -> None:
        """One request per ten orders. Raises NotTakenError: others may be sent then."""
        self._send_all(self._changes, [_ordered(message) for message in listed])

    def ask_to_look(self, looks: Sequence[Look]) -> None:
        """One request per ten orders. Raises NotTakenError: others may be sent then."""
        self._send_all(self._changes, [_ordered(message) for message in looks])

    def send_step(self, send: Send, *, in_shop: bool = False) -> None:
        """One request. Raises NotTakenError."""
        self._send_all(self._shop_steps if in_shop else self._steps, [_ordered(send)])

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        """One request per ten. Raises NotTakenError: others may be sent then."""
        self._send_all(self._lists, [_ordered(message) for message in requests])

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        """One request per ten. Raises NotTakenError: others may be sent then."""
        self._send_all(self._alarms, [_ordered(message) for message in requests])

    def _send_all(self, queue_url: str, entries: list[SendMessageBatchRequestEntryTypeDef]) -> None:
        """Sends all `entries`; what a batch refuses is sent once more at the end. Raises NotTakenError."""
        refused, _ = self._send_batches(queue_url, entries)
        if not refused:
            return
        still_refused, errors = self._send_batches(queue_url, refused)
        if still_refused:
            codes = ", ".join(
                f"{code} ({count})" for code, count in Counter(e["Code"] for e in errors).items()
            )
            queue = queue_url.rsplit("/", 1)[-1]
            raise NotTakenError(
                f"queue {queue} did not take {len(still_refused)} of {len(entries)} messages: {codes}: repeat"
            )

    def _send_batches(
        self, queue_url: str, entries: list[SendMessageBatchRequestEntryTypeDef]
    ) -> tuple[list[SendMessageBatchRequestEntryTypeDef], list[BatchResultErrorEntryTypeDef]]:
        """One request per batch; the entries that were refused, and why."""
        refused: list[SendMessageBatchRequestEntryTypeDef] = []
        errors: list[BatchResultErrorEntryTypeDef] = []
        for batch in batches(entries):
            answer = self._sqs.send_message_batch(QueueUrl=queue_url, Entries=batch)
            errors += answer.get("Failed", [])
            refused += [batch[int(failed["Id"])] for failed in answer.get("Failed", [])]
        return refused, errors


def batches(
    entries: list[SendMessageBatchRequestEntryTypeDef],
) -> Iterator[list[SendMessageBatchRequestEntryTypeDef]]:
    """`entries` in their order, in as few batches as the limits allow; ``Id`` is the place in the batch.

    A single message above the limit travels alone: SQS decides.
    """
    batch: list[SendMessageBatchRequestEntryTypeDef] = []
    size = 0
    for entry in entries:
        length = len(entry["MessageBody"].encode())
        if batch and (len(batch) == MAX_MESSAGES or size + length > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append({**entry, "Id": str(len(batch))})
        size += length
    if batch:
        yield batch


def _loose(message: FetchRequest) -> SendMessageBatchRequestEntryTypeDef:
    """For the standard queue."""
    return {"Id": "", "MessageBody": message.model_dump_json()}


def _ordered(message: Grouped) -> SendMessageBatchRequestEntryTypeDef:
    """For a FIFO queue."""
    return {
        "Id": "",
        "MessageBody": message.model_dump_json(),
        "MessageGroupId": message_group(message),
        "MessageDeduplicationId": deduplication_id(message),
    }
