"""What each shop's people were last told about the shop, in DynamoDB: one item per shop."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from orderbridge.adapters.aws.table import NOTICES_PK, item_of, values_of
from orderbridge.ports import ShopNotices

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class _Stored(BaseModel):
    """The item's attributes. Unknown ones are ignored, so that another version's are no obstacle."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    told_stop: datetime | None = None
    digest_day: str = ""
    digest_items: tuple[str, ...] = ()
    begun: str = ""


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
            stored = _Stored.model_validate(values_of(answer.get("Item", {})))
        except ValidationError:
            return ShopNotices()
        return ShopNotices(stored.told_stop, stored.digest_day, stored.digest_items, stored.begun)

    def put(self, shop: str, notices: ShopNotices) -> None:
        """One PutItem, without a condition. An item holds 400 KB: some 20,000 keys of 16 signs."""
        stored = _Stored(
            told_stop=notices.told_stop,
            digest_day=notices.digest_day,
            digest_items=notices.digest_items,
            begun=notices.begun,
        )
        item = {"pk": NOTICES_PK, "sk": shop, **stored.model_dump(mode="json")}
        self._dynamodb.put_item(TableName=self._table, Item=item_of(item))
