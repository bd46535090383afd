"""Orders, steps, attempts and dead letters in DynamoDB.

The order's item is the only one with a condition: whoever writes the order in its next version also writes the
steps and attempts of that version, in the same transaction. So steps and attempts need no versions of their own. An
order's open step is in its own item, and gets one of its own with its end: a plan is a single write.
"""

from __future__ import annotations

import heapq
import random
import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbridge.adapters.aws import cursor as cursors
from orderbridge.adapters.aws import silences
from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.refusals import is_cancelled_for_throttling, not_saved
from orderbridge.adapters.aws.shops import shop_key, shop_record
from orderbridge.domain.lists import ANY_HOLD, Listing, OrderPage, listing, with_place
from orderbridge.domain.orders import OrderHistory
from orderbridge.errors import TableBusyError, UnreadableOrderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        KeysAndAttributesOutputTypeDef,
        KeysAndAttributesTypeDef,
        PutTypeDef,
        QueryInputTypeDef,
    )

    from orderbridge.domain.lists import Matter, Period
    from orderbridge.domain.orders import Attempt, DeadLetter, HoldCode, OrderState, Step
    from orderbridge.domain.shops import ShopRecord

_TRIES = 3
_LONGEST_WAIT = 0.8
"""Seconds. Two waits of at most 0.4 and 0.8 s, as long as botocore waits for any other request."""
_BATCH_KEYS = 100
"""So many items DynamoDB gives at once."""
_FEWEST_KEYS = 100
"""So many keys are read at once where a filter drops some of their orders."""


class DynamoLedger:
    """``Ledger`` on one table. See ``table`` for its layout. `sleep` waits (seconds) where the table is too busy."""

    def __init__(
        self, dynamodb: DynamoDBClient, table_name: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table_name
        self._sleep = sleep

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        """One GetItem, strongly consistent: it sees every save that returned before it."""
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=_order_key(shop, mall_order_id), ConsistentRead=True
        )
        return _order(answer.get("Item"))

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        """One BatchGetItem, strongly consistent; what it left unread for want of capacity is asked for again.

        Not a transaction: the two records are independent, a transaction would cost twice as much and would be
        cancelled by every write to the order under way. Raises TableBusyError.
        """
        keys = [_order_key(shop, mall_order_id), shop_key(shop), silences.KEY]
        found = {_place(item): item for item in self._items(keys, consistent=True)}
        order_item, shop_item, silence_item = (found.get(_place(key)) for key in keys)
        record = None if shop_item is None else shop_record(shop_item)
        if record is not None and silence_item is not None:
            silence = silences.silence(silence_item, record.marketplace)
            record = replace(record, silence=silence)
        return _order(order_item), record

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """One PutItem for the order alone, else one TransactWriteItems (at most 99 steps and attempts).

        No ClientRequestToken of ours: the condition already makes a repeated save fail instead of writing
        twice. A token would only help a repeat of the very same request after a lost answer, and botocore puts
        one on each transaction for its own repeats. Where a PutItem's answer was lost, the repeat reports a
        conflict although the first one was written: the caller loads the order and decides anew, as always.

        A transaction that DynamoDB cancelled for want of capacity wrote nothing, and botocore does not repeat it: it is
        repeated here after a wait, and then counts as a conflict, like any other save that found the table too busy:
        every caller takes one up by itself, a bounded number of times, and then leaves it to its message to come back.
        """
        saved = with_place(replace(order, version=order.version + 1))
        put_order = self._put_order(saved, order.version)
        records = [layout.step_item(order, step) for step in layout.closed_of(order, steps)]
        records += [layout.attempt_item(order, attempt) for attempt in attempts]
        for tries_left in reversed(range(_TRIES)):
            try:
                self._write(put_order, records)
            except ClientError as error:
                if is_cancelled_for_throttling(error) and tries_left:
                    self._wait(_TRIES - tries_left)
                    continue
                raise not_saved(order, error) from None
            break
        return saved

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        """One Query (more only beyond 1 MB), strongly consistent. None while the order itself is not stored."""
        order: OrderState | None = None
        steps: list[Step] = []
        attempts: list[Attempt] = []
        letters: list[DeadLetter] = []
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": layout.order_pk(shop, mall_order_id)}},
            "ConsistentRead": True,
        }
        for item in self._all_pages(query):
            try:
                match layout.values_of(item):
                    case {"sk": layout.ORDER_SK}:
                        order = _order_of(item)
                    case {"step": step}:
                        steps.append(layout.STEP.load(step))
                    case {"attempt": attempt}:
                        attempts.append(layout.ATTEMPT.load(attempt))
                    case {"dead_letter": letter}:
                        letters.append(layout.DEAD_LETTER.load(letter))
            except ValueError as problem:
                raise UnreadableOrderError(shop, mall_order_id, str(problem)) from None
        if order is None:
            return None
        return OrderHistory.of(order, steps, attempts, letters)

    def orders(
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> OrderPage:
        """One Query as a rule, newest change first, at most `limit` (1 or more) orders.

        ==========  ============  ============  =================  =========================================
        `status`    `hold`        `matter`      index              filtered after reading
        ==========  ============  ============  =================  =========================================
        None        None          None          ``by_update``      nothing
        a status    None          None          ``by_status``      nothing
        None        "any"         None          ``by_held``        nothing
        None        a code        None          ``by_hold``        nothing
        a status    "any"         None          ``by_held``        status, among the orders on hold
        a status    a code        None          ``by_hold``        status, among the orders held with this code
        None        None          "return"      ``by_return``      nothing
        None        None          "escalation"  ``by_escalation``  nothing
        ==========  ============  ============  =================  =========================================

        `changed` is a part of the key, so orders that changed outside the period are not read at all.

        A page is short only at the end of the list: where the filter leaves too few, reading goes on. An order whose
        record cannot be read takes a place on the page too, among the unreadable ones. Eventually consistent (an index
        offers nothing else): a save shows after some milliseconds. An order that changes between two pages moves to
        the front of the list and is not on the pages that follow.

        Raises ValueError (one line) for an unknown hold code or matter, a matter beside a status or a hold, a period
        that ends before it begins, and a limit below 1; CursorError for a cursor of another shop's or another filter's
        list.
        """
        which = listing(shop, status=status, hold=hold, matter=matter, changed=changed, limit=limit)
        query = self._list_query(which)
        if cursor is not None:
            query["ExclusiveStartKey"] = _start_key(which, cursors.decode(which, cursor))
        fewest = 1 if which.status is None or which.hold is None else _FEWEST_KEYS
        found: list[tuple[str, dict[str, AttributeValueTypeDef]]] = []
        while True:
            query["Limit"] = max(fewest, limit + 1 - len(found))
            answer = self._dynamodb.query(**query)
            found += self._listed(which, answer["Items"])
            if len(found) > limit or not answer.get("LastEvaluatedKey"):
                break
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        page = [item for _, item in found[:limit]]
        return _page(page, cursors.encode(which, found[limit - 1][0]) if len(found) > limit else None)

    def _listed(
        self, which: Listing, entries: Sequence[Mapping[str, AttributeValueTypeDef]]
    ) -> list[tuple[str, dict[str, AttributeValueTypeDef]]]:
        """The orders behind the `entries` of an index, as they stand now, each with its place there.

        The index may be some milliseconds behind: an order that has left the list meanwhile is left out.
        """
        keys = [{name: entry[name] for name in ("pk", "sk")} for entry in entries]
        items = {item["pk"]["S"]: item for item in self._items(keys, consistent=False)}
        belongs = _belongs(which)
        return [
            (entry["update_key"]["S"], item)
            for entry in entries
            if (item := items.get(entry["pk"]["S"])) is not None
            and all(item.get(name) == {"S": value} for name, value in belongs.items())
        ]

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """One Query per shard as a rule, a page of each at a time: no more of them is read than is asked for.

        Eventually consistent, and that is enough: an order that shows late is found a minute later, and for one
        that shows once too often the look finds nothing to do.
        """
        page = max(1, limit // layout.DUE_SHARDS)
        shards = [self._due_of(str(shard), now, page) for shard in range(layout.DUE_SHARDS)]
        return list(islice(heapq.merge(*shards, key=lambda one: one[2]), limit))

    def _due_of(self, shard: str, now: datetime, page: int) -> Iterator[tuple[str, int, datetime]]:
        """What is due in one shard, the oldest first; read page by page when it is asked for."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": layout.DUE_INDEX,
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
            "ExpressionAttributeValues": {":shard": {"S": shard}, ":now": {"S": layout.text_of(now)}},
            "Limit": page,
        }
        while True:
            answer = self._dynamodb.query(**query)
            for item in answer["Items"]:
                shop, mall_order_id = layout.order_of_pk(item["pk"]["S"])
                yield shop, mall_order_id, layout.moment_of(item["due_at"]["S"])
            if not answer.get("LastEvaluatedKey"):
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        """One Query as a rule. An order that shows late in the index is found by the next fetch."""
        found: dict[int, datetime] = {}
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": layout.AWAITING_INDEX,
            "KeyConditionExpression": "awaiting_shop = :shop AND awaited_at <= :until",
            "ExpressionAttributeValues": {":shop": {"S": shop}, ":until": {"S": layout.text_of(until)}},
        }
        while len(found) < limit:
            query["Limit"] = limit - len(found)
            answer = self._dynamodb.query(**query)
            for item in answer["Items"]:
                _, number = layout.order_of_pk(item["pk"]["S"])
                found[number] = layout.moment_of(item["awaited_at"]["S"])
            if not answer.get("LastEvaluatedKey"):
                break
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found

    def park(self, letter: DeadLetter) -> None:
        """One PutItem under the message's id. A letter that is stored already stays as it is."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=layout.letter_item(letter),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _put_order(self, saved: OrderState, expected_version: int) -> PutTypeDef:
        put: PutTypeDef = {"TableName": self._table, "Item": layout.order_item(saved)}
        if expected_version == 0:
            # nobody stored this order before: there is no item under its key
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            # nobody wrote it since it was loaded (an order that was removed has no version, which fails too)
            put["ConditionExpression"] = "version = :expected"
            put["ExpressionAttributeValues"] = {":expected": {"N": str(expected_version)}}
        return put

    def _write(self, put_order: PutTypeDef, records: Sequence[Mapping[str, AttributeValueTypeDef]]) -> None:
        if not records:
            self._dynamodb.put_item(**put_order)
            return
        puts: list[PutTypeDef] = [{"TableName": self._table, "Item": record} for record in records]
        self._dynamodb.transact_write_items(TransactItems=[{"Put": put} for put in (put_order, *puts)])

    def _wait(self, tries: int) -> None:
        """Between half and whole of a wait that doubles, so that those who were turned away do not come together."""
        longest = min(_LONGEST_WAIT, 0.2 * 2**tries)
        self._sleep(longest * random.uniform(0.5, 1))  # noqa: S311 - no secret

    def _items(
        self, keys: Sequence[Mapping[str, AttributeValueTypeDef]], *, consistent: bool
    ) -> list[dict[str, AttributeValueTypeDef]]:
        """The items of `keys` that there are, in no order: a BatchGetItem per hundred.

        What it leaves unread for want of capacity is asked for again after a wait. Raises TableBusyError.
        """
        found: list[dict[str, AttributeValueTypeDef]] = []
        for first in range(0, len(keys), _BATCH_KEYS):
            wanted: Mapping[str, KeysAndAttributesTypeDef | KeysAndAttributesOutputTypeDef] = {
                self._table: {"Keys": keys[first : first + _BATCH_KEYS], "ConsistentRead": consistent}
            }
            for tries in range(1, _TRIES + 1):
                answer = self._dynamodb.batch_get_item(RequestItems=wanted)
                found += answer["Responses"].get(self._table, [])
                wanted = answer.get("UnprocessedKeys", {})
                if not wanted:
                    break
                if tries == _TRIES:
                    raise TableBusyError(_left_unread(keys[first]))
                self._wait(tries)
        return found

    def _list_query(self, which: Listing) -> QueryInputTypeDef:
        index, partition = _partition(which)
        values: dict[str, AttributeValueTypeDef] = {":partition": {"S": partition}}
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": index.name,
            "KeyConditionExpression": f"{index.hash_attribute} = :partition",
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
        }
        if (period := _period(which, values)) is not None:
            query["KeyConditionExpression"] = f"{index.hash_attribute} = :partition AND {period}"
        return query

    def _all_pages(self, query: QueryInputTypeDef) -> list[dict[str, AttributeValueTypeDef]]:
        items: list[dict[str, AttributeValueTypeDef]] = []
        while True:
            answer = self._dynamodb.query(**query)
            items += answer["Items"]
            if not answer.get("LastEvaluatedKey"):
                return items
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _order_key(shop: str, mall_order_id: int) -> dict[str, AttributeValueTypeDef]:
    return {"pk": {"S": layout.order_pk(shop, mall_order_id)}, "sk": {"S": layout.ORDER_SK}}


def _place(key: Mapping[str, AttributeValueTypeDef]) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _order(item: Mapping[str, AttributeValueTypeDef] | None) -> OrderState | None:
    return None if item is None else _order_of(item)


def _order_of(item: Mapping[str, AttributeValueTypeDef]) -> OrderState:
    """The order in its item. Raises UnreadableOrderError."""
    try:
        return layout.ORDER.load(layout.values_of(item).get("order"))
    except ValueError as problem:
        raise UnreadableOrderError(*layout.order_of_pk(item["pk"]["S"]), str(problem)) from None


def _page(items: Sequence[Mapping[str, AttributeValueTypeDef]], cursor: str | None = None) -> OrderPage:
    orders, unreadable = [], []
    for item in items:
        try:
            orders.append(_order_of(item))
        except UnreadableOrderError as problem:
            unreadable.append(problem.mall_order_id)
    return OrderPage(tuple(orders), cursor, tuple(unreadable))


def _start_key(which: Listing, update_key: str) -> dict[str, AttributeValueTypeDef]:
    """The key of the order that a cursor stands behind, as the index knows it."""
    index, partition = _partition(which)
    return {
        **_order_key(which.shop, int(update_key.rpartition("#")[2])),
        index.hash_attribute: {"S": partition},
        "update_key": {"S": update_key},
    }


def _partition(which: Listing) -> tuple[layout.ListIndex, str]:
    """The narrowest index for `which`, and its partition there."""
    shop, status, hold = which.shop, which.status, which.hold
    if which.matter is not None:
        return (layout.BY_RETURN if which.matter == "return" else layout.BY_ESCALATION), shop
    if hold == ANY_HOLD:
        return layout.BY_HELD, shop
    if hold is not None:
        return layout.BY_HOLD, f"{shop}#{hold}"
    if status is not None:
        return layout.BY_STATUS, f"{shop}#{status}"
    return layout.BY_UPDATE, shop


def _period(which: Listing, values: dict[str, AttributeValueTypeDef]) -> str | None:
    """The condition on the range key, its `values` added; None if the list goes back to the first order.

    ``BETWEEN`` includes its upper end, but no key is a bare moment: the ``#`` and the number that follow put every
    order that changed at the very end behind it.
    """
    since, before = which.changed.since, which.changed.before
    if since is not None:
        values[":since"] = {"S": layout.text_of(since)}
    if before is not None:
        values[":before"] = {"S": layout.text_of(before)}
    match since, before:
        case None, None:
            return None
        case _, None:
            return "update_key >= :since"
        case None, _:
            return "update_key < :before"
        case _:
            return "update_key BETWEEN :since AND :before"


def _belongs(which: Listing) -> dict[str, str]:
    """The attributes that every order on the list has."""
    index, partition = _partition(which)
    wanted = {index.hash_attribute: partition}
    if which.status is not None:
        wanted[layout.BY_STATUS.hash_attribute] = f"{which.shop}#{which.status}"
    return wanted


def _left_unread(key: Mapping[str, AttributeValueTypeDef]) -> str:
    shop, mall_order_id = layout.order_of_pk(key["pk"]["S"])
    return f"order {shop}/{mall_order_id}: the table did not give it: try again later"
