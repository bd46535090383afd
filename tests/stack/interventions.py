"""Moves the moments in stored records into the past, as if so much time had gone by.

Done behind the product's back, because the real time takes minutes or weeks.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

Json = Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_TRIES = 20


@dataclass(frozen=True)
class Records:
    """The table of the deployed stack."""

    dynamodb: Json
    table: str

    def rewind(self, shop: str, number: int, seconds: float) -> None:
        """Moves everything that is stored of an order, also where a text names a moment."""

        def earlier(item: Json) -> Json:
            return {key: _shifted(value, seconds) for key, value in item.items()}

        self._change_order(shop, number, earlier)

    def rewind_shop(self, shop: str, seconds: float, name: str) -> None:
        """Moves one of the moments in a shop's record."""
        key = {"pk": {"S": "SHOPS"}, "sk": {"S": shop}}
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        self.dynamodb.update_item(
            TableName=self.table,
            Key=key,
            UpdateExpression="SET #name = :at",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":at": _shifted(item[name], seconds)},
        )

    def _change_order(self, shop: str, number: int, change: Json) -> None:
        """Writes what `change` makes of an order's item. The product may write it meanwhile."""
        key = {"pk": {"S": f"ORDER#{shop}#{number}"}, "sk": {"S": "ORDER"}}
        for _ in range(_TRIES):
            item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
            changed = change(item)
            try:
                self.dynamodb.put_item(
                    TableName=self.table,
                    Item=changed,
                    ConditionExpression="version = :version",
                    ExpressionAttributeValues={":version": item["version"]},
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"order {shop}/{number} is never left alone")


def _shifted(value: Json, seconds: float) -> Json:
    """A DynamoDB value with every moment in it moved."""
    ((kind, content),) = value.items()
    if kind == "S":
        return {"S": _MOMENT.sub(lambda found: _earlier(found, seconds), content)}
    if kind == "M":
        return {"M": {key: _shifted(inner, seconds) for key, inner in content.items()}}
    if kind == "L":
        return {"L": [_shifted(inner, seconds) for inner in content]}
    return value


def _earlier(found: re.Match[str], seconds: float) -> str:
    """The moment in the form that it was written in."""
    moment = datetime.fromisoformat(found.group()) - timedelta(seconds=seconds)
    text = moment.isoformat(timespec="microseconds" if found[1] else "seconds")
    return text.replace("+00:00", found[2])
