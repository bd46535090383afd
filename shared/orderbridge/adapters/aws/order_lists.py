"""Reads a page of a list of orders: the entries of an index, then the orders themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.adapters.aws import cursor as cursors
from orderbridge.adapters.aws import table as layout
from orderbridge.domain.lists import ANY_HOLD, Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef

    from orderbridge.adapters.aws.dynamodb import Item, Table

_MIN_KEYS = 100
"""Keys per query if a filter drops some of their orders."""


def read_page(
    table: Table, listing: Listing, limit: int, cursor: str | None, besides: frozenset[int]
) -> tuple[list[Item], str | None]:
    """At most `limit` orders' items, and the cursor of the next page; None at the end of the list.

    Orders in `besides` have their places on the page, and are not read: the index alone says that they are on the list.
    Raises CursorError for a cursor of another list.
    """
    query = _query(table, listing)
    if cursor is not None:
        query["ExclusiveStartKey"] = _start_key(listing, cursors.decode(listing, cursor))
    fewest = 1 if listing.status is None or listing.hold is None else _MIN_KEYS
    found: list[tuple[str, Item | None]] = []
    more = True
    while more and len(found) <= limit:
        query["Limit"] = max(fewest, limit + 1 - len(found))
        entries, more = table.page(query)
        found += _orders_behind(table, listing, entries, besides)
    next_cursor = cursors.encode(listing, found[limit - 1][0]) if len(found) > limit else None
    return [item for _, item in found[:limit] if item is not None], next_cursor


def _orders_behind(
    table: Table, listing: Listing, entries: Sequence[Item], besides: frozenset[int]
) -> list[tuple[str, Item | None]]:
    """The present orders of the `entries` of an index, each with its place there; None for one in `besides`.

    The index may be some milliseconds behind, so an order that has left the list is left out.
    """
    had = {pk for entry in entries if layout.order_of_pk(pk := entry["pk"]["S"])[1] in besides}
    keys = [{name: entry[name] for name in ("pk", "sk")} for entry in entries if entry["pk"]["S"] not in had]
    items = {item["pk"]["S"]: item for item in table.batch_get(keys, consistent=False)}
    required = _required_attributes(listing)
    present = {
        pk: item
        for pk, item in items.items()
        if all(item.get(name) == {"S": value} for name, value in required.items())
    }
    return [
        (entry["update_key"]["S"], present.get(pk))
        for entry in entries
        if (pk := entry["pk"]["S"]) in present or pk in had
    ]


def _query(table: Table, listing: Listing) -> QueryInputTypeDef:
    index, partition = _partition(listing)
    values: dict[str, AttributeValueTypeDef] = {":partition": {"S": partition}}
    condition = f"{index.hash_attribute} = :partition"
    if (period := _period(listing, values)) is not None:
        condition += f" AND {period}"
    query = table.query_of(condition, values, index=index.name)
    query["ScanIndexForward"] = listing.oldest_first
    return query


def _start_key(listing: Listing, update_key: str) -> dict[str, AttributeValueTypeDef]:
    """The key, in the index, of the order that the cursor stands after."""
    index, partition = _partition(listing)
    return {
        **layout.order_key(listing.shop, int(update_key.rpartition("#")[2])),
        index.hash_attribute: {"S": partition},
        "update_key": {"S": update_key},
    }


def _partition(listing: Listing) -> tuple[layout.ListIndex, str]:
    """The narrowest index for `listing`, and the partition in it."""
    shop, status, hold = listing.shop, listing.status, listing.hold
    if listing.matter is not None:
        return (layout.BY_RETURN if listing.matter == "return" else layout.BY_ESCALATION), shop
    if hold == ANY_HOLD:
        return layout.BY_HELD, shop
    if hold is not None:
        return layout.BY_HOLD, f"{shop}#{hold}"
    if status is not None:
        return layout.BY_STATUS, f"{shop}#{status}"
    return layout.BY_UPDATE, shop


def _period(listing: Listing, values: dict[str, AttributeValueTypeDef]) -> str | None:
    """The condition on the range key; its values are added to `values`. None without a period.

    ``BETWEEN`` includes its upper end, but a key is a moment with ``#`` and a number, so an order that changed exactly
    at the end sorts after it.
    """
    if listing.changed.since is not None:
        values[":since"] = {"S": layout.text_of(listing.changed.since)}
    if listing.changed.before is not None:
        values[":before"] = {"S": layout.text_of(listing.changed.before)}
    match listing.changed.since, listing.changed.before:
        case None, None:
            return None
        case _, None:
            return "update_key >= :since"
        case None, _:
            return "update_key < :before"
        case _:
            return "update_key BETWEEN :since AND :before"


def _required_attributes(listing: Listing) -> dict[str, str]:
    """The attributes of every order on the list."""
    index, partition = _partition(listing)
    wanted = {index.hash_attribute: partition}
    if listing.status is not None:
        wanted[layout.BY_STATUS.hash_attribute] = f"{listing.shop}#{listing.status}"
    return wanted
