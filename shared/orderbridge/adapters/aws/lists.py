"""How far each shop's lists at MALL have been read, in DynamoDB: one item per shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.table import LISTS_PK, Codec, key_of
from orderbridge.domain.checkpoints import ListPosition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_POSITION = Codec(ListPosition)


class DynamoListPositions:
    """``ListPositions`` in the table.

    An item holds 400 KB. The caller keeps the position below that: 1,000 unknown numbers are about 50 KB.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def get(self, shop: str) -> ListPosition:
        """One GetItem, strongly consistent. An unreadable position counts as none, which is harmless."""
        return _POSITION.load_or(ListPosition(), self._table.get_values(key_of(LISTS_PK, shop)))

    def put(self, shop: str, position: ListPosition) -> None:
        """One PutItem, without a condition."""
        self._table.put_values({"pk": LISTS_PK, "sk": shop, **_POSITION.dump(position)})
