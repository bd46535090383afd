"""How far MALL's lists are known for each shop, in DynamoDB: one item per shop."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from orderbridge.adapters.aws.table import LISTS_PK, item_of, values_of
from orderbridge.ports import ListPosition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class _Stored(BaseModel):
    """The item's attributes. Unknown ones are ignored, so that another version's are no obstacle."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    read_at: datetime | None = None
    reconciled_at: datetime | None = None
    reconcile_again_at: datetime | None = None
    strangers: dict[int, datetime] = {}


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
            stored = _Stored.model_validate(values_of(answer.get("Item", {})))
        except ValidationError:
            return ListPosition()
        return ListPosition(stored.read_at, stored.reconciled_at, stored.reconcile_again_at, stored.strangers)

    def put(self, shop: str, position: ListPosition) -> None:
        """One PutItem, without a condition."""
        stored = _Stored(
            read_at=position.read_at,
            reconciled_at=position.reconciled_at,
            reconcile_again_at=position.reconcile_again_at,
            strangers=dict(position.strangers),
        )
        item = {"pk": LISTS_PK, "sk": shop, **stored.model_dump(mode="json")}
        self._dynamodb.put_item(TableName=self._table, Item=item_of(item))
