"""How far each shop's lists at MALL have been read, in DynamoDB: one item per shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.table import LISTS_PK, Codec, key_of
from orderbridge.domain.checkpoints import FeedCheckpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CHECKPOINT = Codec(FeedCheckpoint)


class DynamoFeedCheckpoints:
    """``FeedCheckpoints`` in the table.

    An item holds 400 KB. The caller keeps the position below that: 1,000 unknown numbers are about 50 KB.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def get(self, shop: str) -> FeedCheckpoint:
        """One GetItem, strongly consistent. An unreadable position counts as none, which is harmless."""
        return _CHECKPOINT.load_or(FeedCheckpoint(), self._table.get_values(key_of(LISTS_PK, shop)))

    def put(self, shop: str, checkpoint: FeedCheckpoint) -> None:
        """One PutItem, without a condition."""
        self._table.put_values({"pk": LISTS_PK, "sk": shop, **_CHECKPOINT.dump(checkpoint)})
