"""Items as DynamoDB wrote them, without botocore's look at each of their values.

The JSON of an item is what the adapters work with already. botocore makes a copy of it and asks of every value which of
the ten types of DynamoDB it has: half of the time that a page with many orders takes. Only bytes come as another text
than botocore returns, and no item of ours has any (``item_of``).
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WITH_ITEMS = ("Item", "Items", "Responses", "LastEvaluatedKey")
"""The parts of an answer that have items or keys in them, and nothing else."""


def keep_plain_items(dynamodb: DynamoDBClient) -> None:
    """From now on the client returns the items of an answer as they came. To be called any number of times."""
    events: Any = dynamodb.meta.events
    events.register("before-parse.dynamodb", _take_items, unique_id="orderbridge-plain-items")


def _take_items(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Takes the items out of an answer before botocore reads it; it puts them back after that."""
    if response_dict["status_code"] != HTTPStatus.OK:
        return
    try:
        content = json.loads(response_dict["body"])
    except ValueError:
        return  # botocore knows what to do with half an answer
    taken = {name: content.pop(name) for name in _WITH_ITEMS if name in content}
    if taken:
        customized_response_dict.update(taken)
        response_dict["body"] = json.dumps(content).encode()
