"""When people's requests are carried out, in DynamoDB: one item per shop and kind of request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Condition, Table
from orderbridge.adapters.aws.table import SLOTS_PK, item_of, key_of, moment_of, text_of
from orderbridge.domain.spacing import Slot, next_slot
from orderbridge.errors import VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from mypy_boto3_dynamodb import DynamoDBClient

    from orderbridge.adapters.aws.table import Key
    from orderbridge.domain.spacing import Spacing

TRIES = 6
"""Tries to take a slot while others take slots at the same moment."""


class DynamoSlots:
    """``Slots`` in the table."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:
        """One GetItem, and one conditional PutItem for a new slot. Repeated if another request took one meanwhile."""
        for _ in range(TRIES):
            stored = self._table.get_values(_key(shop, what))
            slot = next_slot(_slot(stored), now, spacing)
            if not slot.new or self._write(shop, what, slot, stored.get("slot_at")):
                return slot
        raise VersionConflictError(f"shop {shop}: too many ask for {what} at this moment: ask again")

    def release(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        """One conditional PutItem: a later request's slot stays."""
        self._write(shop, what, Slot(now, slot.refilled_at), text_of(slot.at))

    def _write(self, shop: str, what: str, slot: Slot, last: str | None) -> bool:
        """True if `last` was still stored as the latest slot; None: no slot was stored."""
        moments = item_of({"slot_at": text_of(slot.at), "refilled_at": text_of(slot.refilled_at)})
        unchanged = (
            Condition("attribute_not_exists(slot_at)")
            if last is None
            else Condition("slot_at = :last", {":last": {"S": last}})
        )
        return self._table.put_if(unchanged, {**_key(shop, what), **moments})


def _key(shop: str, what: str) -> Key:
    return key_of(SLOTS_PK, f"{shop}#{what}")


def _slot(stored: Mapping[str, Any]) -> Slot | None:
    """None if nothing readable is stored: then the request writes it anew."""
    try:
        slot = Slot(moment_of(stored["slot_at"]), moment_of(stored["refilled_at"]))
    except (KeyError, ValueError):
        return None
    return slot if slot.at.tzinfo and slot.refilled_at.tzinfo else None
