"""What persons asked for, in DynamoDB: one partition per shop, and a copy beside the order (see ``table``)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orderbridge.adapters.aws import cursor as cursors
from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.table import action_items, action_of, actions_pk, key_of, text_of
from orderbridge.domain.cursors import decoded, encoded
from orderbridge.domain.lists import Period
from orderbridge.domain.persons import ActionPage
from orderbridge.errors import CursorError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

    from orderbridge.adapters.aws.dynamodb import Item
    from orderbridge.domain.persons import PersonAction

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#[0-9a-f]{16}", re.ASCII)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 31, tzinfo=UTC)
_PAGE = 200
"""Actions per query where all are read."""


class DynamoActions:
    """``Actions`` in the table. Nothing deletes an action, and nothing changes one."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def record(self, action: PersonAction) -> None:
        """One PutItem; for an action about an order one TransactWriteItems of two items, without conditions."""
        item, *copies = action_items(action)
        self._table.put_together(None, item, copies)

    def of_shop(self, shop: str, since: datetime, until: datetime) -> Iterator[PersonAction]:
        """One Query per ``_PAGE`` actions, strongly consistent."""
        query = self._query(shop, Period(since, until))
        query["Limit"] = _PAGE
        yield from map(action_of, self._table.items(query))

    def latest(self, shop: str, period: Period, limit: int, cursor: str | None = None) -> ActionPage:
        """One Query as a rule, strongly consistent."""
        query = self._query(shop, period)
        query["ScanIndexForward"] = False
        which = [actions_pk(shop), *cursors.ends_of(period)]
        if cursor is not None:
            query["ExclusiveStartKey"] = key_of(actions_pk(shop), _place_in(which, period, cursor))
        found: list[Item] = []
        more = True
        while more and len(found) <= limit:
            query["Limit"] = limit + 1 - len(found)
            items, more = self._table.page(query)
            found += items
        next_cursor = encoded([*which, found[limit - 1]["sk"]["S"]]) if len(found) > limit else None
        return ActionPage(tuple(map(action_of, found[:limit])), next_cursor)

    def _query(self, shop: str, period: Period) -> QueryInputTypeDef:
        """The shop's actions in `period`. ``BETWEEN`` includes its end, but a place goes on after its moment."""
        since, before = text_of(period.since or _FIRST), text_of(period.before or _LAST)
        values: Item = {":pk": {"S": actions_pk(shop)}, ":since": {"S": since}, ":before": {"S": before}}
        return self._table.query_of("pk = :pk AND sk BETWEEN :since AND :before", values)


def _place_in(which: list[str | None], period: Period, cursor: str) -> str:
    """The place to continue after. Raises CursorError unless `cursor` belongs to the list `which`."""
    match decoded(cursor):
        case [*identity, str(place)] if (
            identity == which and _PLACE.fullmatch(place) and cursors.is_in(period, place)
        ):
            return place
        case _:
            raise CursorError
