"""The queues of each backend, and what their readers get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.adapters.aws.queues import SqsQueues
from orderbridge.domain.codes.exports import ExportedReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.views import MarketplaceView, ShopView
from orderbridge.messages import (
    ALARM_MESSAGE,
    ORDER_UPDATE,
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
)
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.contract.conftest import Aws


PROBLEM = because(ExportedReason.DELIVERY_TWICE)
VIEW = ShopView("20260001", ShopStatus.SETTLED, "vyřízená", tracking_number="DR1", problems=(PROBLEM,))
SHOP_UPDATE = ShopUpdate(shop="demo", mall_order_id=7, seen_at=NOON, content_at=NOON, view=VIEW)
DISPATCH = StepDispatch(shop="demo", mall_order_id=7, step=1, dispatch_id="1")
HELD = MarketplaceView(MarketplaceStatus.OPEN, confirmed=False, opened_at=NOON)
LISTING_UPDATE = ListingUpdate(shop="demo", mall_order_id=7, seen_at=NOON, view=HELD)
HINT = ListRequest(shop="demo", what="unconfirmed", requested_at=NOON, hints=(7, 2**63 - 1))
ALARM = AlarmRequest(shop="demo", mall_order_id=7, requested_at=NOON)
STOPPED = AlarmRequest(shop="demo", requested_at=NOON)
DIGEST = DigestRequest(shop="demo", day="2026-11-20")


class SqsReaders:
    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.queues = queues_of(aws)

    def fetches(self) -> list[str]:
        return [FetchRequest.model_validate_json(body).shop for body in self._bodies("fetch")]

    def returns(self) -> list[str]:
        return [ReturnsRequest.model_validate_json(body).shop for body in self._bodies("returns")]

    def changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]:
        return [ORDER_UPDATE.validate_json(body) for body in self._bodies("changes")]

    def sends(self) -> list[StepDispatch]:
        return [StepDispatch.model_validate_json(body) for body in self._bodies("steps")]

    def shop_sends(self) -> list[StepDispatch]:
        return [StepDispatch.model_validate_json(body) for body in self._bodies("shop-steps")]

    def lists(self) -> list[ListRequest]:
        return [ListRequest.model_validate_json(body) for body in self._bodies("lists")]

    def alarms(self) -> list[AlarmRequest | DigestRequest]:
        return [ALARM_MESSAGE.validate_json(body) for body in self._bodies("alarms")]

    def _bodies(self, queue: str) -> list[str]:
        bodies: list[str] = []
        while got := receive(self._aws, queue):
            bodies += [message["Body"] for message in got]
        return bodies


def queues_of(aws: Aws) -> SqsQueues:
    urls = aws.queue_urls
    return SqsQueues(
        aws.sqs,
        fetch_queue_url=urls["fetch"],
        changes_queue_url=urls["changes"],
        steps_queue_url=urls["steps"],
        shop_steps_queue_url=urls["shop-steps"],
        lists_queue_url=urls["lists"],
        alarms_queue_url=urls["alarms"],
        returns_queue_url=urls["returns"],
    )


def receive(aws: Aws, queue: str) -> list[Any]:
    """Up to ten messages, taken off the queue."""
    url = aws.queue_urls[queue]
    got = aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], WaitTimeSeconds=0
    ).get("Messages", [])
    for message in got:
        aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return list(got)
