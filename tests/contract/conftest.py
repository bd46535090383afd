"""What the contract suites run against: ``fake`` (in memory) and ``moto`` (the real adapters on a stand-in)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from moto import mock_aws

from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.adapters.aws.shops import DynamoShops
from tests.contract.ledgers import fill
from tests.fakes import FakeLedger, FakeShops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.literals import ScalarAttributeTypeType
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexUnionTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Ledger

REGION: Final = "eu-central-1"
LISTS = (
    layout.BY_UPDATE,
    layout.BY_STATUS,
    layout.BY_HELD,
    layout.BY_HOLD,
    layout.BY_RETURN,
    layout.BY_ESCALATION,
)

SEARCHED = (layout.BY_CODE, layout.BY_TRACKING)


@dataclass(frozen=True)
class Clients:
    dynamodb: DynamoDBClient
    s3: S3Client
    sns: SNSClient
    sqs: SQSClient
    ssm: SSMClient


@dataclass(frozen=True)
class Aws(Clients):
    """A stand-in's clients, and an empty table, bucket, path of parameters, topic and queues of the test's own."""

    table: str
    bucket: str
    prefix: str
    topic: str
    queue_urls: dict[str, str]


@pytest.fixture(params=["fake", "moto"])
def backend(request: pytest.FixtureRequest) -> str:
    """Every suite runs once per backend."""
    return str(request.param)


@pytest.fixture(scope="module")
def moto_clients() -> Iterator[Clients]:
    """Once per module, because making clients is what takes the time."""
    with mock_aws():
        yield make_clients()


@pytest.fixture
def aws(moto_clients: Clients) -> Aws:
    return make_aws(moto_clients)


@pytest.fixture
def aws_or_none(backend: str, request: pytest.FixtureRequest) -> Aws | None:
    """None for the fakes, which need no AWS."""
    return None if backend == "fake" else request.getfixturevalue("aws")


def make_clients(endpoint_url: str | None = None) -> Clients:
    keys: dict[str, Any] = {
        "region_name": REGION,
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
        "endpoint_url": endpoint_url,
    }
    return Clients(
        boto3.client("dynamodb", **keys),
        boto3.client("s3", **keys),
        boto3.client("sns", **keys),
        boto3.client("sqs", **keys),
        boto3.client("ssm", **keys),
    )


def make_aws(clients: Clients) -> Aws:
    """Everything under names that were never used before."""
    mark = uuid.uuid4().hex[:12]
    make_table(clients.dynamodb, f"orders-{mark}")
    clients.s3.create_bucket(
        Bucket=f"positions-{mark}", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    queue_urls = {
        name: clients.sqs.create_queue(QueueName=f"{name}-{mark}")["QueueUrl"]
        for name in ("fetch", "returns")
    }
    for name in ("changes", "steps", "shop-steps", "lists", "alarms"):
        queue_urls[name] = clients.sqs.create_queue(
            QueueName=f"{name}-{mark}.fifo",
            Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "false"},
        )["QueueUrl"]
    return Aws(
        clients.dynamodb,
        clients.s3,
        clients.sns,
        clients.sqs,
        clients.ssm,
        f"orders-{mark}",
        f"positions-{mark}",
        f"/orderbridge/{mark}",
        clients.sns.create_topic(Name=f"shop-alarms-{mark}")["TopicArn"],
        queue_urls,
    )


def make_table(dynamodb: DynamoDBClient, name: str) -> None:
    text: ScalarAttributeTypeType = "S"
    indexes: list[GlobalSecondaryIndexUnionTypeDef] = [
        {
            "IndexName": layout.DUE_INDEX,
            "KeySchema": [
                {"AttributeName": "due_shard", "KeyType": "HASH"},
                {"AttributeName": "due_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
        {
            "IndexName": layout.AWAITING_INDEX,
            "KeySchema": [
                {"AttributeName": "awaiting_shop", "KeyType": "HASH"},
                {"AttributeName": "awaited_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
    ]
    indexes += [
        {
            "IndexName": index.name,
            "KeySchema": [
                {"AttributeName": index.hash_attribute, "KeyType": "HASH"},
                {"AttributeName": "update_key", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index in LISTS
    ]
    indexes += [
        {
            "IndexName": index.name,
            "KeySchema": [{"AttributeName": index.hash_attribute, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
        for index in SEARCHED
    ]
    hashes = [index.hash_attribute for index in (*LISTS, *SEARCHED)]
    attributes = ["pk", "sk", "due_shard", "due_at", "awaiting_shop", "awaited_at", "update_key", *hashes]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": text} for one in attributes],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=indexes,
    )


@pytest.fixture
def shops(aws_or_none: Aws | None) -> FakeShops | DynamoShops:
    return FakeShops() if aws_or_none is None else DynamoShops(aws_or_none.dynamodb, aws_or_none.table)


@pytest.fixture
def ledger(aws_or_none: Aws | None, shops: FakeShops | DynamoShops) -> Ledger:
    if aws_or_none is not None:
        return DynamoLedger(aws_or_none.dynamodb, aws_or_none.table)
    assert isinstance(shops, FakeShops)
    return FakeLedger(shops)


@pytest.fixture
def many(ledger: Ledger) -> Ledger:
    return fill(ledger)
