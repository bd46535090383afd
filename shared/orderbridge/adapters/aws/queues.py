"""Messages between the functions, on SQS.

The queues of fetches and returns are standard queues. The others are FIFO: the messages of a group are handled one
after the other. The group is the order, so a stuck order delays no other. For a shop as a whole (its lists, its digest,
its stop) the group is the shop. A FIFO queue drops a message with the deduplication id of an earlier one for five
minutes.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orderbridge.errors import NotTakenError
from orderbridge.messages import (
    AlarmRequest,
    DigestRequest,
    FetchRequest,
    ListingUpdate,
    ListRequest,
    NotInExport,
    Recheck,
    ReturnsRequest,
    ShopUpdate,
    StepDispatch,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

    Grouped = (
        ShopUpdate
        | NotInExport
        | ListingUpdate
        | Recheck
        | StepDispatch
        | ListRequest
        | AlarmRequest
        | DigestRequest
    )

MAX_MESSAGES = 10
"""Messages in one SendMessageBatch (a limit of SQS)."""
MAX_BYTES = 256 * 1024
"""Bodies in one SendMessageBatch. SQS takes 1 MiB since August 2025; emulators and older set-ups take this."""


MAX_DELAY_SECONDS = 900
"""A limit of SQS."""
MAX_SUSPECTS = 100
"""Messages of refused requests that are sent again one by one; more are sent in batches."""
MAX_WITHOUT_ANSWER = 2
"""Requests in a row without an answer after which a queue counts as unreachable."""


def message_group(message: Grouped) -> str:
    """The group of a message: its order or its shop. A group is delivered in order, one after the other."""
    match message:
        case ListRequest() | DigestRequest() | AlarmRequest(mall_order_id=None):
            return message.shop
        case _:
            return f"{message.shop}#{message.mall_order_id}"


def deduplication_id(message: Grouped) -> str:
    """Equal for messages that may count as one. 64 hexadecimal digits.

    ShopUpdate, NotInExport, ListingUpdate: shop, order, moment of the reading, content. Recheck: shop, order, reason,
    and whether it asks for a reread and on whose word. StepDispatch: shop, order, step and dispatch. ListRequest,
    AlarmRequest: everything with the moment, because the list may be read, or the alarm sent, between two equal
    requests; the reader merges them. DigestRequest: shop and day.
    """
    identity: list[object]
    match message:
        case (
            ShopUpdate() | NotInExport() | ListingUpdate() | ListRequest() | AlarmRequest() | DigestRequest()
        ):
            identity = [message.model_dump(mode="json")]
        case Recheck():
            identity = [message.shop, message.mall_order_id, message.reason, message.reread, message.by_flow]
        case StepDispatch():
            identity = [message.shop, message.mall_order_id, message.step, message.dispatch_id]
    return hashlib.sha256(json.dumps([type(message).__name__, *identity]).encode()).hexdigest()


class SqsQueues:
    """``Queues`` on SQS. A function leaves the addresses of queues that it does not use empty."""

    def __init__(  # noqa: PLR0913 - one address per queue
        self,
        sqs: SQSClient,
        *,
        fetch_queue_url: str = "",
        changes_queue_url: str = "",
        steps_queue_url: str = "",
        shop_steps_queue_url: str = "",
        lists_queue_url: str = "",
        alarms_queue_url: str = "",
        returns_queue_url: str = "",
        on_sent: Callable[[str, Iterable[tuple[str, int]]], None] = lambda *_: None,
    ) -> None:
        """`on_sent` gets a queue's name and the orders (shop, number) of the messages that it accepted."""
        self._sqs = sqs
        self._fetch = fetch_queue_url
        self._changes = changes_queue_url
        self._steps = steps_queue_url
        self._shop_steps = shop_steps_queue_url
        self._lists = lists_queue_url
        self._alarms = alarms_queue_url
        self._returns = returns_queue_url
        self._on_sent = on_sent

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        requested_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        """One request per ten shops. Raises NotTakenError."""
        waits = {shop: (delays or {}).get(shop, timedelta()) for shop in shops}
        requests = [
            FetchRequest(shop=shop, requested_at=requested_at, by_person=by_person, rounds=rounds)
            for shop in shops
        ]
        self._send_all(self._fetch, [_loose(request, waits[request.shop]) for request in requests])

    def request_returns(self, shops: Sequence[str]) -> None:
        """One request per ten shops. Raises NotTakenError."""
        self._send_all(self._returns, [_loose(ReturnsRequest(shop=shop)) for shop in shops])

    def send_shop_updates(self, shop_updates: Sequence[ShopUpdate | NotInExport]) -> None:
        """One request per ten orders (fewer where they are long). Raises NotTakenError: others may be sent then."""
        self._send_orders(self._changes, shop_updates)

    def send_listing_updates(self, listed: Sequence[ListingUpdate]) -> None:
        """One request per ten orders. Raises NotTakenError: others may be sent then."""
        self._send_orders(self._changes, listed)

    def request_rechecks(self, rechecks: Sequence[Recheck]) -> None:
        """One request per ten orders. Raises NotTakenError: others may be sent then."""
        self._send_orders(self._changes, rechecks)

    def send_step(self, send: StepDispatch, *, in_shop: bool = False) -> None:
        """One request. Raises NotTakenError."""
        self._send_orders(self._shop_steps if in_shop else self._steps, [send])

    def waiting(self) -> Waiting:
        """One request per queue."""
        return Waiting(
            self._length(self._changes), self._length(self._steps) + self._length(self._shop_steps)
        )

    def _length(self, queue_url: str) -> int:
        names: list[QueueAttributeNameType] = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ]
        answer = self._sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        """One request per ten. Raises NotTakenError: others may be sent then."""
        self._send_all(self._lists, [_ordered(message) for message in requests])

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        """One request per ten. Raises NotTakenError: others may be sent then."""
        self._send_all(self._alarms, [_ordered(message) for message in requests])

    def _send_orders(
        self,
        queue_url: str,
        sent: Sequence[ShopUpdate | NotInExport | ListingUpdate | Recheck | StepDispatch],
    ) -> None:
        self._send_all(queue_url, [_ordered(message) for message in sent])
        self._on_sent(queue_url.rsplit("/", 1)[-1], [(one.shop, one.mall_order_id) for one in sent])

    def _send_all(self, queue_url: str, entries: list[SendMessageBatchRequestEntryTypeDef]) -> None:
        """Sends all `entries`. Those that were not accepted are sent once more at the end. Raises NotTakenError.

        A message that no queue accepts does not block others: the messages of a refused request are sent again one by
        one, unless there are too many for single messages to be the cause.
        """
        first = self._send_batches(queue_url, batches(entries))
        if not first:
            return
        suspects = [one.entry for one in first if one.suspect]
        if len(suspects) > MAX_SUSPECTS:
            again = list(batches([one.entry for one in first]))
        else:
            others = [one.entry for one in first if not one.suspect]
            again = [*batches(others), *(alone for one in suspects for alone in batches([one]))]
        left = self._send_batches(queue_url, again)
        if left:
            codes = ", ".join(
                f"{code} ({count})" for code, count in Counter(one.code for one in left).items()
            )
            queue = queue_url.rsplit("/", 1)[-1]
            raise NotTakenError(
                f"queue {queue} did not take {len(left)} of {len(entries)} messages: {codes}: repeat"
            )

    def _send_batches(
        self, queue_url: str, requests: Iterable[list[SendMessageBatchRequestEntryTypeDef]]
    ) -> list[_NotTaken]:
        """One request per batch. Returns the messages that were not accepted, in their order.

        After MAX_WITHOUT_ANSWER requests in a row without an answer the rest is not sent: each request would cost
        seconds.
        """
        left: list[_NotTaken] = []
        outage = ""
        silent = 0
        for batch in requests:
            if silent >= MAX_WITHOUT_ANSWER:
                left += [_NotTaken(entry, outage) for entry in batch]
                continue
            try:
                answer = self._sqs.send_message_batch(QueueUrl=queue_url, Entries=batch)
            except ClientError as error:
                silent = 0
                code = str(error.response.get("Error", {}).get("Code", "unknown"))
                left += [_NotTaken(entry, code, suspect=True) for entry in batch]
            except BotoCoreError as error:
                silent, outage = silent + 1, type(error).__name__
                left += [_NotTaken(entry, outage) for entry in batch]
            else:
                silent = 0
                left += [_NotTaken(batch[int(one["Id"])], one["Code"]) for one in answer.get("Failed", [])]
        return left


@dataclass(frozen=True, slots=True)
class _NotTaken:
    """A message that a queue did not accept, and SQS's code.

    `suspect`: the whole request was refused, because of this message or another one in it.
    """

    entry: SendMessageBatchRequestEntryTypeDef
    code: str
    suspect: bool = False


def batches(
    entries: list[SendMessageBatchRequestEntryTypeDef],
) -> Iterator[list[SendMessageBatchRequestEntryTypeDef]]:
    """`entries` in their order, in as few batches as the limits allow. ``Id`` is the place in the batch.

    A message above the limit is sent alone, and SQS decides.
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


def _loose(
    message: FetchRequest | ReturnsRequest, delay: timedelta = timedelta()
) -> SendMessageBatchRequestEntryTypeDef:
    """For a standard queue, which delivers it after `delay`, rounded up to seconds (15 minutes at most)."""
    seconds = min(ceil(delay.total_seconds()), MAX_DELAY_SECONDS)
    entry: SendMessageBatchRequestEntryTypeDef = {"Id": "", "MessageBody": message.model_dump_json()}
    return {**entry, "DelaySeconds": seconds} if seconds > 0 else entry


def _ordered(message: Grouped) -> SendMessageBatchRequestEntryTypeDef:
    """For a FIFO queue."""
    return {
        "Id": "",
        "MessageBody": message.model_dump_json(),
        "MessageGroupId": message_group(message),
        "MessageDeduplicationId": deduplication_id(message),
    }
