"""The requests to the table, for all adapters that use it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from orderbridge.adapters.aws.client_errors import error_code, is_cancelled_for_throttling
from orderbridge.adapters.aws.table import item_of, order_of_pk, values_of
from orderbridge.errors import TableBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        KeysAndAttributesOutputTypeDef,
        KeysAndAttributesTypeDef,
        PutTypeDef,
        QueryInputTypeDef,
        UpdateItemInputTypeDef,
    )

    Item = Mapping[str, AttributeValueTypeDef]

_TRIES = 3
_MAX_WAIT = 0.8
"""Seconds. Two waits of at most 0.4 and 0.8 s, as long as botocore waits for any other request."""
_BATCH_KEYS = 100
"""Keys in one BatchGetItem, a limit of DynamoDB."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition of a write: an expression and its values."""

    expression: str
    values: Item = field(default_factory=dict)

    @classmethod
    def at_version(cls, version: int) -> Condition:
        """The item is still at `version`; 0: it does not exist. A removed item has no version."""
        if not version:
            return cls("attribute_not_exists(pk)")
        return cls("version = :expected", {":expected": {"N": str(version)}})


class Table:
    """One table. Every read of an item by its key is strongly consistent.

    `sleep` waits (seconds) where the table has too little capacity.
    """

    def __init__(
        self, dynamodb: DynamoDBClient, name: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.name = name
        self._dynamodb = dynamodb
        self._sleep = sleep

    def get(self, key: Item) -> Item | None:
        """One GetItem. None if there is no such item."""
        return self._dynamodb.get_item(TableName=self.name, Key=key, ConsistentRead=True).get("Item")

    def get_values(self, key: Item) -> dict[str, Any]:
        """One GetItem: the item's values; none if there is no such item."""
        return values_of(self.get(key) or {})

    def put(self, item: Item) -> None:
        """One PutItem, without a condition."""
        self._dynamodb.put_item(TableName=self.name, Item=item)

    def put_values(self, values: Mapping[str, Any]) -> None:
        """One PutItem, without a condition."""
        self.put(item_of(values))

    def put_if(self, condition: Condition, item: Item) -> bool:
        """One conditional PutItem. False if `condition` is not met."""
        try:
            self._dynamodb.put_item(**self._put_request(item, condition))
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def update(
        self,
        key: Item,
        expression: str,
        values: Item,
        names: Mapping[str, str] | None = None,
        condition: str = "",
    ) -> Item | None:
        """One UpdateItem. The item before the update; None if `condition` is not met."""
        request: UpdateItemInputTypeDef = {
            "TableName": self.name,
            "Key": key,
            "UpdateExpression": expression,
            "ReturnValues": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = values
        if names:
            request["ExpressionAttributeNames"] = names
        if condition:
            request["ConditionExpression"] = condition
        try:
            return self._dynamodb.update_item(**request).get("Attributes", {})
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            return None

    def delete(self, key: Item) -> None:
        """One DeleteItem. Harmless if there is no such item."""
        self._dynamodb.delete_item(TableName=self.name, Key=key)

    def query_of(self, condition: str, values: Item, *, index: str | None = None) -> QueryInputTypeDef:
        """A query of the table (strongly consistent) or of an `index` (eventually consistent)."""
        query: QueryInputTypeDef = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
        }
        if index is None:
            query["ConsistentRead"] = True
        else:
            query["IndexName"] = index
        return query

    def page(self, query: QueryInputTypeDef) -> tuple[Sequence[Item], bool]:
        """One Query: the items of a page, and whether another page may follow. `query` then reads the next page."""
        answer = self._dynamodb.query(**query)
        last = answer.get("LastEvaluatedKey")
        if last:
            query["ExclusiveStartKey"] = last
        return answer["Items"], bool(last)

    def items(self, query: QueryInputTypeDef) -> Iterator[Item]:
        """All items of `query`. One Query per page, made when the page is needed."""
        more = True
        while more:
            found, more = self.page(query)
            yield from found

    def batch_get(self, keys: Sequence[Item], *, consistent: bool) -> list[Item]:
        """The items of `keys` that there are, in no order: a BatchGetItem per hundred.

        Keys that it leaves unprocessed for want of capacity are requested again after a wait. Raises TableBusyError.
        """
        found: list[Item] = []
        for first in range(0, len(keys), _BATCH_KEYS):
            wanted: Mapping[str, KeysAndAttributesTypeDef | KeysAndAttributesOutputTypeDef] = {
                self.name: {"Keys": keys[first : first + _BATCH_KEYS], "ConsistentRead": consistent}
            }
            for tries in range(1, _TRIES + 1):
                answer = self._dynamodb.batch_get_item(RequestItems=wanted)
                found += answer["Responses"].get(self.name, [])
                wanted = answer.get("UnprocessedKeys", {})
                if not wanted:
                    break
                if tries == _TRIES:
                    raise TableBusyError(_left_unread(keys[first]))
                self._wait(tries)
        return found

    def put_together(self, condition: Condition | None, item: Item, others: Sequence[Item]) -> None:
        """One PutItem of `item` alone, else one TransactWriteItems with the `others` (99 at most).

        `condition` is on `item`; None: there is none.

        botocore does not repeat a transaction that DynamoDB cancelled for want of capacity. It wrote nothing, so it is
        repeated here after a wait. Raises botocore's ClientError, also if `condition` is not met.
        """
        put = self._put_request(item, condition)
        if not others:
            self._dynamodb.put_item(**put)
            return
        puts = [put]
        puts += [{"TableName": self.name, "Item": other} for other in others]
        for tries in range(1, _TRIES + 1):
            try:
                self._dynamodb.transact_write_items(TransactItems=[{"Put": one} for one in puts])
            except ClientError as error:
                if tries == _TRIES or not is_cancelled_for_throttling(error):
                    raise
                self._wait(tries)
            else:
                return

    def _put_request(self, item: Item, condition: Condition | None) -> PutTypeDef:
        put: PutTypeDef = {"TableName": self.name, "Item": item}
        if condition is not None:
            put["ConditionExpression"] = condition.expression
            if condition.values:
                put["ExpressionAttributeValues"] = condition.values
        return put

    def _wait(self, tries: int) -> None:
        """Waits between half and all of a time that doubles, so that failed requests are not repeated together."""
        longest = min(_MAX_WAIT, 0.2 * 2**tries)
        self._sleep(longest * random.uniform(0.5, 1))  # noqa: S311 - no secret


def _left_unread(key: Item) -> str:
    shop, mall_order_id = order_of_pk(key["pk"]["S"])
    return f"order {shop}/{mall_order_id}: the table did not give it: try again later"
