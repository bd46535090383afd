"""What each shop's people were last told about the shop, in DynamoDB: one item per shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.table import NOTICES_PK, Codec, key_of
from orderbridge.ports import ShopNotices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOTICES = Codec(ShopNotices)


class DynamoNotices:
    """``Notices`` in the table."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def get(self, shop: str) -> ShopNotices:
        """One GetItem, strongly consistent.

        Notices that cannot be read count as none: being told twice is better than never again.
        """
        return _NOTICES.load_or(ShopNotices(), self._table.get_values(key_of(NOTICES_PK, shop)))

    def put(self, shop: str, notices: ShopNotices) -> None:
        """One PutItem, without a condition. An item holds 400 KB: some 20,000 keys of 16 signs."""
        self._table.put_values({"pk": NOTICES_PK, "sk": shop, **_NOTICES.dump(notices)})
