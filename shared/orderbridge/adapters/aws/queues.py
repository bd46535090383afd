"""Messages between the functions, on SQS.

The fetch queue is a standard one. The other two are FIFO: one message group per order, so that one stuck order
holds up no other. Within five minutes the queue drops a message with the deduplication id of an earlier one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING

from orderbridge.messages import FetchRequest, Look, News, Send

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef, SendMessageBatchRequestEntryTypeDef

MAX_MESSAGES = 10
"""Messages in one SendMessageBatch (a limit of SQS)."""
MAX_BYTES = 256 * 1024
"""Bodies in one SendMessageBatch. SQS takes 1 MiB since August 2025; its stand-ins and older set-ups take this."""


class NotTakenError(Exception):
    """A queue did not take some of the messages, also when asked again. Sending all of them anew is harmless."""


def message_group(shop: str, mall_order_id: int) -> str:
    """Messages of one group are delivered one after the other, in their order."""
    return f"{shop}#{mall_order_id}"


def deduplication_id(message: News | Look | Send) -> str:
    """Equal for messages that may count as one: 64 hexadecimal digits.

    News: shop, order, moment of the fetch and content. Look: shop, order, reason and whether it asks to reread.
    Send: shop, order, step and turn.
    """
    identity: list[object]
    match message:
        case News():
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
    ) -> None:
        self._sqs = sqs
        self._fetch = fetch_queue_url
        self._changes = changes_queue_url
        self._steps = steps_queue_url

    def request_fetch(self, shops: Sequence[str]) -> None:
        """One request per ten shops. Raises NotTakenError."""
        self._send_all(
            self._fetch,
            [{"Id": "", "MessageBody": FetchRequest(shop=shop).model_dump_json()} for shop in shops],
        )

    def send_news(self, news: Sequence[News]) -> None:
        """One request per ten orders (fewer where they are long). Raises NotTakenError: others may be sent then."""
        self._send_all(self._changes, [_ordered(message) for message in news])

    def ask_to_look(self, looks: Sequence[Look]) -> None:
        """One request per ten orders. Raises NotTakenError: others may be sent then."""
        self._send_all(self._changes, [_ordered(message) for message in looks])

    def send_step(self, send: Send) -> None:
        """One request. Raises NotTakenError."""
        self._send_all(self._steps, [_ordered(send)])

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


def _ordered(message: News | Look | Send) -> SendMessageBatchRequestEntryTypeDef:
    return {
        "Id": "",
        "MessageBody": message.model_dump_json(),
        "MessageGroupId": message_group(message.shop, message.mall_order_id),
        "MessageDeduplicationId": deduplication_id(message),
    }
