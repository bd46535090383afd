"""When people's requests are carried out next, in DynamoDB: one small item per shop and kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbridge.adapters.aws.table import SLOTS_PK, item_of, moment_of, text_of, values_of
from orderbridge.domain.spacing import Slot, next_slot
from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutItemInputTypeDef

    from orderbridge.domain.spacing import Spacing

TRIES = 6
"""How often a slot is looked for anew because somebody else took one meanwhile."""


class DynamoSlots:
    """``Slots`` in the table."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:
        """One GetItem, and one conditional PutItem for a new slot. Of requests at one moment each sees the others'."""
        for _ in range(TRIES):
            stored = self._read(shop, what)
            slot = next_slot(_slot(stored), now, spacing)
            if not slot.new or self._write(shop, what, slot, stored.get("slot_at")):
                return slot
        raise VersionConflictError(f"shop {shop}: too many ask for {what} at this moment: ask again")

    def give_back(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        """One conditional PutItem: another one's slot stays."""
        self._write(shop, what, Slot(now, slot.used_until), text_of(slot.at))

    def _read(self, shop: str, what: str) -> Mapping[str, Any]:
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(shop, what), ConsistentRead=True)
        return values_of(answer.get("Item", {}))

    def _write(self, shop: str, what: str, slot: Slot, last: str | None) -> bool:
        """True if `last`, as it is stored, was still the latest."""
        moments = {"slot_at": text_of(slot.at), "used_until": text_of(slot.used_until)}
        put: PutItemInputTypeDef = {
            "TableName": self._table,
            "Item": {**_key(shop, what), **item_of(moments)},
            # nobody asked before
            "ConditionExpression": "attribute_not_exists(slot_at)",
        }
        if last is not None:
            # nobody asked since
            put["ConditionExpression"] = "slot_at = :last"
            put["ExpressionAttributeValues"] = {":last": {"S": last}}
        try:
            self._dynamodb.put_item(**put)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(shop: str, what: str) -> Any:  # noqa: ANN401 - DynamoDB's own form of a key
    return item_of({"pk": SLOTS_PK, "sk": f"{shop}#{what}"})


def _slot(stored: Mapping[str, Any]) -> Slot | None:
    """None where nothing is stored, or nothing that can be read: the request writes it anew."""
    try:
        slot = Slot(moment_of(stored["slot_at"]), moment_of(stored["used_until"]))
    except (KeyError, ValueError):
        return None
    return slot if slot.at.tzinfo and slot.used_until.tzinfo else None
