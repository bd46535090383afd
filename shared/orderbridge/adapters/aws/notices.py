"""What each shop's people were last told about the shop, in DynamoDB: one item per shop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.table import NOTICES_PK, Codec, item_of, values_of
from orderbridge.domain.shops import ShopNotices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NOTICES = Codec(ShopNotices)


class DynamoNotices:
    """``Notices`` in the table."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

    def get(self, shop: str) -> ShopNotices:
        """One GetItem, strongly consistent.

        Notices that cannot be read count as none: being told twice is better than never again.
        """
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=item_of({"pk": NOTICES_PK, "sk": shop}), ConsistentRead=True
        )
        try:
            return _NOTICES.load(values_of(answer.get("Item", {})))
        except ValueError:
            return ShopNotices()

    def put(self, shop: str, notices: ShopNotices) -> None:
        """One PutItem, without a condition. An item holds 400 KB: some 20,000 keys of 16 signs."""
        item = {"pk": NOTICES_PK, "sk": shop, **_NOTICES.dump(notices)}
        self._dynamodb.put_item(TableName=self._table, Item=item_of(item))
