"""Every kind of message and record, with a sample of each out of the flows themselves."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws
from pydantic import TypeAdapter

from orderbridge import messages
from orderbridge.adapters.aws.operators import Operator, token_digest
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.domain.cases.mail_cap import ShopMail
from orderbridge.domain.checkpoints import FeedCheckpoint
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.export_content import ExportContent
from orderbridge.domain.orders import DeadLetter, OrderState
from orderbridge.domain.persons import PersonAction, Role
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import Budget, Pause, ShopNotices
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Attempt, Step
from orderbridge.domain.switch_on import Difference, begun
from orderbridge.flows.retry_transitions import park_dead_letter
from orderbridge.flows.send_alarms import request_digests
from orderbridge.settings import ShopSettings
from tests.fakes import KEY_REFUSED, NOON
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Json = Any
PROBLEM = because(ExportReason.EMPTY)
RETURNED, OPEN, STRANGE = 4_700_000_001, 4_700_000_002, 4_700_000_003
MESSAGES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(messages.FetchRequest, messages.ReturnsRequest, messages.ListRequest, messages.AlarmRequest),
        *(
            messages.DigestRequest,
            messages.ShopUpdate,
            messages.NotInExport,
            messages.Recheck,
            messages.ListingUpdate,
        ),
        messages.StepDispatch,
    )
}
RECORDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        *(
            OrderState,
            Step,
            Attempt,
            DeadLetter,
            FeedCheckpoint,
            ShopNotices,
            ShopMail,
            ExportContent,
            Operator,
            PersonAction,
        ),
    )
}
SHOP_ITEM = "shop_item"


def samples() -> dict[str, Json]:
    """One of each kind, as it is sent or stored."""
    return {
        name: TypeAdapter(type(sample)).dump_python(sample, mode="json")
        for name, sample in {**_messages(), **_records()}.items()
    } | {SHOP_ITEM: _shop_item()}


def _messages() -> dict[str, object]:
    product = InMemoryProduct()
    product.shops.put(ShopSettings(shop=SHOP, rules=Rules(import_mode="create")), NOON)
    product.mall.hold(OPEN)
    product.read_list()
    (listed,) = product.queues.take_changes()
    product.map(listed)
    product.clock.advance(seconds=20)
    product.fetch()
    product.clerk(RETURNED, ShopStatus.SETTLED, tracking_number="Z1", carrier="Zásilkovna")
    product.clock.advance(seconds=20)
    product.fetch()
    told = {type(message): message for message in product.queues.take_changes()}
    now = product.clock.now()
    request_digests(product)
    (digest,) = product.queues.take_alarms()
    sent = (
        listed,
        told[messages.ShopUpdate],
        told[messages.NotInExport],
        digest,
        messages.FetchRequest(shop=SHOP),
        messages.ReturnsRequest(shop=SHOP),
        messages.ListRequest(shop=SHOP, what="unconfirmed", requested_at=now, hints=(OPEN, STRANGE)),
        messages.AlarmRequest(shop=SHOP, mall_order_id=OPEN, requested_at=now),
        messages.Recheck(shop=SHOP, mall_order_id=OPEN, reason="retry:1", requested_at=now, reread=True),
        messages.StepDispatch(shop=SHOP, mall_order_id=OPEN, step=2, dispatch_id=now.isoformat()),
    )
    return {type(message).__name__: message for message in sent}


def _records() -> dict[str, object]:
    product = InMemoryProduct()
    product.mall.hold(RETURNED, MarketplaceStatus.SHIPPED, confirmed=True)
    product.clerk(RETURNED, ShopStatus.SETTLED)
    product.fetch()
    product.settle()
    product.clock.advance(timedelta(days=15))
    product.clerk(RETURNED, ShopStatus.CANCELED)
    product.fetch()
    product.settle()
    body = messages.StepDispatch(shop=SHOP, mall_order_id=RETURNED, step=1, dispatch_id="1").model_dump_json()
    park_dead_letter(product, "message-1", "steps.fifo", body, 8)
    history = product.history(RETURNED)
    budget = Budget(12, 2875, NOON + timedelta(hours=1))
    kept = (
        history.order,
        history.steps[-1],
        history.attempts[-1],
        history.dead_letters[-1],
        FeedCheckpoint(NOON, NOON, NOON, NOON, {STRANGE: NOON}, budget, NOON, NOON),
        ShopNotices(NOON, KEY_REFUSED, 1, "2026-11-20", ("escalation:1",), "digest:2026-11-20"),
        ShopMail((NOON,), (OPEN,), 3),
        product.shops.records[SHOP].content,
        Operator(
            name="warehouse", token_sha256=token_digest("an invented token"), role=Role.VIEWER, shops=(SHOP,)
        ),
        PersonAction(SHOP, NOON, "warehouse", because(PersonReason.RETRY), RETURNED, "it is mended"),
    )
    return {type(record).__name__: record for record in kept}


def _shop_item() -> Json:
    """A shop's whole item, in DynamoDB's own words."""
    with mock_aws():
        dynamodb: DynamoDBClient = boto3.client(
            "dynamodb", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        dynamodb.create_table(
            TableName="kept",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        shops = DynamoShops(dynamodb, "kept")
        given = {
            "shop": SHOP,
            "import": "create",
            "ignore_created_before": date(2026, 11, 1),
            "rules": {"undo_window_seconds": 60},
        }
        shops.put(ShopSettings.model_validate(given), NOON, given)
        shops.record_fetch(SHOP, NOON, None, (PROBLEM,), caught_up=True, content=ExportContent())
        shops.record_fetch(SHOP, NOON + timedelta(minutes=5), PROBLEM)
        shops.stop(SHOP, KEY_REFUSED, NOON, NOON + timedelta(minutes=5))
        shops.note_limit(SHOP, NOON + timedelta(minutes=1))
        shops.pause(SHOP, "me", NOON)
        shops.resume(SHOP, Pause(NOON, "me"), "me", NOON, begun(Difference(30, 5), 30, NOON))
        shops.take_place(SHOP, NOON, 0, irreversible=True)
        shops.record_fetch(SHOP, NOON, None, caught_up=True)
        shops.record_fetch(SHOP, NOON + timedelta(minutes=5), PROBLEM)
        shops.pause(SHOP, "me", NOON)
        resets = datetime(2100 - 1, 1, 1, tzinfo=UTC)
        shops.note_budget(SHOP, Budget(12, 2875, resets), NOON)
        (item,) = dynamodb.scan(TableName="kept")["Items"]
    return json.loads(json.dumps(item))
