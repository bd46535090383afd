"""How far MALL's lists are known for each shop, in DynamoDB: one item per shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.table import LISTS_PK, Codec, item_of, values_of
from orderbridge.domain.checkpoints import ListPosition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_POSITION = Codec(ListPosition)


class DynamoListPositions:
    """``ListPositions`` in the table.

    An item holds 400 KB. Whoever writes keeps the position below that: 1,000 strangers are about 50 KB.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

    def get(self, shop: str) -> ListPosition:
        """One GetItem, strongly consistent. A position that cannot be read counts as none, which is harmless."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=item_of({"pk": LISTS_PK, "sk": shop}), ConsistentRead=True
        )
        try:
            return _POSITION.load(values_of(answer.get("Item", {})))
        except ValueError:
            return ListPosition()

    def put(self, shop: str, position: ListPosition) -> None:
        """One PutItem, without a condition."""
        item = {"pk": LISTS_PK, "sk": shop, **_POSITION.dump(position)}
        self._dynamodb.put_item(TableName=self._table, Item=item_of(item))
