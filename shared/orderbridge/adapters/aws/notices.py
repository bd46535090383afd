"""What each shop was last notified of, in DynamoDB: one item per shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.table import NOTICES_PK, Codec, key_of
from orderbridge.domain.shops import ShopNotices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOTICES = Codec(ShopNotices)


class DynamoNotices:
    """``Notices`` in the table."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def get(self, shop: str) -> ShopNotices:
        """One GetItem, strongly consistent.

        Unreadable notices count as none: a second notice is better than none at all.
        """
        return _NOTICES.load_or(ShopNotices(), self._table.get_values(key_of(NOTICES_PK, shop)))

    def put(self, shop: str, notices: ShopNotices) -> None:
        """One PutItem, without a condition. An item holds 400 KB: about 20,000 keys of 16 characters."""
        self._table.put_values({"pk": NOTICES_PK, "sk": shop, **_NOTICES.dump(notices)})
