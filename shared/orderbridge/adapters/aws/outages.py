"""Which marketplace addresses do not answer, in DynamoDB: one item for all of them, read together with an order.

The item is in the partition of the shops, before the first shop, so the permission to update a shop's record covers it.
Each address has three attributes, named with its digest: a reader needs no list of addresses.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.table import SHOPS_PK, key_of, moment_of, text_of
from orderbridge.domain.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from orderbridge.adapters.aws.dynamodb import Table

KEY = key_of(SHOPS_PK, "#silences")
BEFORE_SHOPS = "$"
"""Sorts after this item and before every shop's name."""


class Outages:
    """The silence of each marketplace. Every method is one request."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, marketplace: str) -> Outage | None:
        """Strongly consistent."""
        return outage(self._table.get(KEY) or {}, marketplace)

    def note(self, marketplace: str, caller: str, now: datetime, probe_at: datetime) -> None:
        """The callers are a set, so each counts once, also if several are added at the same time."""
        update = "SET #since = if_not_exists(#since, :now), #probe_at = :probe_at"
        values: dict[str, AttributeValueTypeDef] = {
            ":now": {"S": text_of(now)},
            ":probe_at": {"S": text_of(probe_at)},
        }
        if caller:
            update += " ADD #callers :caller"
            values[":caller"] = {"SS": [caller]}
        self._update(marketplace, update, values)

    def claim(self, marketplace: str, seen: Outage, until: datetime) -> bool:
        """Of several that saw the same `probe_at`, the first moves it, and only the first gets True."""
        values: dict[str, AttributeValueTypeDef] = {
            ":seen": {"S": text_of(seen.probe_at)},
            ":until": {"S": text_of(until)},
        }
        return self._update(marketplace, "SET #probe_at = :until", values, condition="#probe_at = :seen")

    def end(self, marketplace: str) -> None:
        """Removes the marketplace from the item."""
        self._update(marketplace, "REMOVE #since, #probe_at, #callers", {})

    def _update(
        self, marketplace: str, update: str, values: Mapping[str, AttributeValueTypeDef], condition: str = ""
    ) -> bool:
        """Whether `condition` was met."""
        names = {f"#{part}": name for part, name in _names(marketplace).items() if f"#{part}" in update}
        return self._table.update(KEY, update, values, names, condition) is not None


def outage(item: Mapping[str, AttributeValueTypeDef], marketplace: str) -> Outage | None:
    """The silence of `marketplace`; None if nothing readable is stored. The next failed call stores it again."""
    names = _names(marketplace)
    try:
        return Outage(
            since=moment_of(item[names["since"]]["S"]),
            probe_at=moment_of(item[names["probe_at"]]["S"]),
            callers=frozenset(item.get(names["callers"], {}).get("SS", ())),
        )
    except (KeyError, ValueError):
        return None


def _names(marketplace: str) -> dict[str, str]:
    digest = sha256(marketplace.encode()).hexdigest()[:16]
    return {part: f"{part}_{digest}" for part in ("since", "probe_at", "callers")}
