"""Items that come without botocore's look at their values are those that come with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.dynamodb import Table
from tests.contract.conftest import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.contract.conftest import Aws

PK: Mapping[str, Any] = {"pk": {"S": "kinds"}}
KINDS: Mapping[str, Any] = {
    "text": {"S": '„Žluťoučký kůň“ \\ " \x07 \U0001f40e'},
    "empty": {"S": ""},
    "number": {"N": "-12345678901234567890123456789012345678"},
    "fraction": {"N": "0.1"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "list": {"L": [{"S": "a"}, {"L": []}, {"M": {}}]},
    "map": {"M": {"N": {"S": "named as a type"}, "deep": {"M": {"Items": {"L": [{"N": "1"}]}}}}},
    "set": {"SS": ["a"]},
}
"""A value of every type that an item of the product may have."""


def answers(client: Any, table: str) -> list[Any]:  # noqa: ANN401 - a client of either kind
    """What every reading request answers, without what differs from request to request."""
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": PK["pk"]}, "Limit": 1}
    found = [
        client.get_item(TableName=table, Key={**PK, "sk": {"S": "0"}}),
        client.get_item(TableName=table, Key={**PK, "sk": {"S": "none"}}),
        client.query(TableName=table, **query),
        client.batch_get_item(RequestItems={table: {"Keys": [{**PK, "sk": {"S": "1"}}]}}),
    ]
    return [{name: part for name, part in one.items() if name != "ResponseMetadata"} for one in found]


def test_every_answer_is_the_same(aws: Aws) -> None:
    plain, usual = (boto3.client("dynamodb", region_name=REGION) for _ in range(2))
    Table(plain, aws.table)
    for sk in "01":
        usual.put_item(TableName=aws.table, Item={**PK, "sk": {"S": sk}, **KINDS})
    seen = answers(plain, aws.table)
    assert seen == answers(usual, aws.table)
    assert seen[0]["Item"] == {**PK, "sk": {"S": "0"}, **KINDS}
    assert "Item" not in seen[1]
    assert seen[2]["LastEvaluatedKey"] == {**PK, "sk": {"S": "0"}}
    assert [one["sk"] for one in seen[3]["Responses"][aws.table]] == [{"S": "1"}]


def test_botocore_does_not_look_at_them(aws: Aws) -> None:
    """Bytes, which no item of the product has, show it: botocore would decode them."""
    plain = boto3.client("dynamodb", region_name=REGION)
    table = Table(plain, aws.table)
    key: dict[str, Any] = {**PK, "sk": {"S": "bytes"}}
    plain.put_item(TableName=aws.table, Item={**key, "bytes": {"B": b"abc"}})
    found = table.get(key)
    assert found is not None
    assert found["bytes"] == {"B": "YWJj"}


def test_a_refusal_is_read_as_ever(aws: Aws) -> None:
    plain = boto3.client("dynamodb", region_name=REGION)
    with pytest.raises(ClientError) as refused:
        Table(plain, "no-such-table").get({**PK, "sk": {"S": "0"}})
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert aws.table
