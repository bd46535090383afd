"""Orders, steps, attempts and dead letters in DynamoDB.

The order's item is the only one with a condition: whoever writes the order in its next version also writes the
steps and attempts of that version, in the same transaction. So steps and attempts need no versions of their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from orderbridge.adapters.aws import cursor as cursors
from orderbridge.adapters.aws import silences
from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.shops import shop_key, shop_record
from orderbridge.domain.orders import OrderHistory
from orderbridge.ports import OrderPage, UnreadableOrderError, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        KeysAndAttributesOutputTypeDef,
        KeysAndAttributesTypeDef,
        PutTypeDef,
        QueryInputTypeDef,
    )

    from orderbridge.domain.orders import Attempt, DeadLetter, HoldCode, OrderState, Step
    from orderbridge.ports import Matter, Period, ShopRecord

_BATCH_TRIES = 3
_CONFLICT_ERRORS = frozenset({"ConditionalCheckFailedException", "TransactionConflictException"})
_CONFLICT_REASONS = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class TableBusyError(Exception):
    """DynamoDB answered only a part of a request, also when asked again. Nothing was changed: try again later."""


class DynamoLedger:
    """``Ledger`` on one table. See ``table`` for its layout."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

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
        wanted: Mapping[str, KeysAndAttributesTypeDef | KeysAndAttributesOutputTypeDef] = {
            self._table: {"Keys": keys, "ConsistentRead": True}
        }
        found: dict[tuple[str, str], dict[str, AttributeValueTypeDef]] = {}
        for _ in range(_BATCH_TRIES):
            answer = self._dynamodb.batch_get_item(RequestItems=wanted)
            items = answer["Responses"].get(self._table, [])
            found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in items}
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                order_item, shop_item, silence_item = (found.get(_place(key)) for key in keys)
                record = None if shop_item is None else shop_record(shop_item)
                if record is not None and silence_item is not None:
                    silence = silences.silence(silence_item, record.settings.marketplace_api_url)
                    record = replace(record, silence=silence)
                return _order(order_item), record
        raise TableBusyError(f"order {shop}/{mall_order_id}: the table did not give it: try again later")

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """One PutItem for the order alone, else one TransactWriteItems (at most 99 steps and attempts).

        No ClientRequestToken of ours: the condition already makes a repeated save fail instead of writing
        twice. A token would only help a repeat of the very same request after a lost answer, and botocore puts
        one on each transaction for its own repeats. Where a PutItem's answer was lost, the repeat reports a
        conflict although the first one was written: the caller loads the order and decides anew, as always.
        """
        saved = replace(order, version=order.version + 1)
        put_order = self._put_order(saved, order.version)
        records = [_step_item(order, step) for step in steps]
        records += [_attempt_item(order, attempt) for attempt in attempts]
        try:
            if not records:
                self._dynamodb.put_item(**put_order)
            else:
                puts: list[PutTypeDef] = [{"TableName": self._table, "Item": record} for record in records]
                self._dynamodb.transact_write_items(
                    TransactItems=[{"Put": put} for put in (put_order, *puts)]
                )
        except ClientError as error:
            if not _is_conflict(error):
                raise
            raise VersionConflictError(
                f"order {order.label}: it is not at version {order.version} any more, or being written: load it again"
            ) from None
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
        return OrderHistory(
            order,
            steps=tuple(sorted(steps, key=lambda step: step.number)),
            attempts=tuple(sorted(attempts, key=lambda attempt: (attempt.step, attempt.number))),
            dead_letters=tuple(sorted(letters, key=lambda letter: (letter.parked_at, letter.message_id))),
        )

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
        listing = cursors.listing(shop, status=status, hold=hold, matter=matter, changed=changed, limit=limit)
        query = self._list_query(listing)
        if cursor is not None:
            query["ExclusiveStartKey"] = _start_key(listing, cursors.decode(listing, cursor))
        found: list[dict[str, AttributeValueTypeDef]] = []
        while True:
            if "FilterExpression" not in query:  # else the limit would count what the filter drops
                query["Limit"] = limit + 1 - len(found)
            answer = self._dynamodb.query(**query)
            found += answer["Items"]
            if len(found) > limit or not answer.get("LastEvaluatedKey"):
                break
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        if len(found) <= limit:
            return _page(found)
        return _page(found[:limit], cursors.encode(listing, found[limit - 1]["update_key"]["S"]))

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """One Query as a rule.

        Eventually consistent, and that is enough: an order that shows late is found a minute later, and for one
        that shows once too often the look finds nothing to do.
        """
        found: list[tuple[str, int, datetime]] = []
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": layout.DUE_INDEX,
            "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
            "ExpressionAttributeValues": {
                ":shard": {"S": layout.DUE_SHARD},
                ":now": {"S": layout.text_of(now)},
            },
        }
        while len(found) < limit:
            query["Limit"] = limit - len(found)
            answer = self._dynamodb.query(**query)
            for item in answer["Items"]:
                shop, mall_order_id = layout.order_of_pk(item["pk"]["S"])
                found.append((shop, mall_order_id, layout.moment_of(item["due_at"]["S"])))
            if not answer.get("LastEvaluatedKey"):
                break
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found

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
        item = {
            "pk": layout.order_pk(letter.shop, letter.mall_order_id),
            "sk": layout.dead_sk(letter.message_id),
            "dead_letter": layout.DEAD_LETTER.dump(letter),
        }
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=layout.item_of(item),
                ConditionExpression="attribute_not_exists(pk)",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def _put_order(self, saved: OrderState, expected_version: int) -> PutTypeDef:
        item = {
            "pk": layout.order_pk(saved.shop, saved.mall_order_id),
            "sk": layout.ORDER_SK,
            "version": saved.version,
            "order": layout.ORDER.dump(saved),
            **layout.index_keys(saved),
        }
        put: PutTypeDef = {"TableName": self._table, "Item": layout.item_of(item)}
        if expected_version == 0:
            # nobody stored this order before: there is no item under its key
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            # nobody wrote it since it was loaded (an order that was removed has no version, which fails too)
            put["ConditionExpression"] = "version = :expected"
            put["ExpressionAttributeValues"] = {":expected": {"N": str(expected_version)}}
        return put

    def _list_query(self, listing: cursors.Listing) -> QueryInputTypeDef:
        index, partition = _partition(listing)
        values: dict[str, AttributeValueTypeDef] = {":partition": {"S": partition}}
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": index.name,
            "KeyConditionExpression": f"{index.hash_attribute} = :partition",
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
        }
        if (period := _period(listing, values)) is not None:
            query["KeyConditionExpression"] = f"{index.hash_attribute} = :partition AND {period}"
        if listing.hold is not None and listing.status is not None:
            query["FilterExpression"] = f"{layout.BY_STATUS.hash_attribute} = :status"
            values[":status"] = {"S": f"{listing.shop}#{listing.status}"}
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


def _step_item(order: OrderState, step: Step) -> dict[str, AttributeValueTypeDef]:
    return layout.item_of(
        {
            "pk": layout.order_pk(order.shop, order.mall_order_id),
            "sk": layout.step_sk(step.number),
            "step": layout.STEP.dump(step),
        }
    )


def _attempt_item(order: OrderState, attempt: Attempt) -> dict[str, AttributeValueTypeDef]:
    return layout.item_of(
        {
            "pk": layout.order_pk(order.shop, order.mall_order_id),
            "sk": layout.attempt_sk(attempt.step, attempt.number),
            "attempt": layout.ATTEMPT.dump(attempt),
        }
    )


def _start_key(listing: cursors.Listing, update_key: str) -> dict[str, AttributeValueTypeDef]:
    """The key of the order that a cursor stands behind, as the index knows it."""
    index, partition = _partition(listing)
    return {
        **_order_key(listing.shop, int(update_key.rpartition("#")[2])),
        index.hash_attribute: {"S": partition},
        "update_key": {"S": update_key},
    }


def _partition(listing: cursors.Listing) -> tuple[layout.ListIndex, str]:
    """The narrowest index for `listing`, and its partition there."""
    shop, status, hold = listing.shop, listing.status, listing.hold
    if listing.matter is not None:
        return (layout.BY_RETURN if listing.matter == "return" else layout.BY_ESCALATION), shop
    if hold == cursors.ANY_HOLD:
        return layout.BY_HELD, shop
    if hold is not None:
        return layout.BY_HOLD, f"{shop}#{hold}"
    if status is not None:
        return layout.BY_STATUS, f"{shop}#{status}"
    return layout.BY_UPDATE, shop


def _period(listing: cursors.Listing, values: dict[str, AttributeValueTypeDef]) -> str | None:
    """The condition on the range key, its `values` added; None if the list goes back to the first order.

    ``BETWEEN`` includes its upper end, but no key is a bare moment: the ``#`` and the number that follow put every
    order that changed at the very end behind it.
    """
    if listing.since is not None:
        values[":since"] = {"S": listing.since}
    if listing.before is not None:
        values[":before"] = {"S": listing.before}
    match listing.since, listing.before:
        case None, None:
            return None
        case _, None:
            return "update_key >= :since"
        case None, _:
            return "update_key < :before"
        case _:
            return "update_key BETWEEN :since AND :before"


def _is_conflict(error: ClientError) -> bool:
    """Whether somebody else's write is the reason, and not a fault."""
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons: list[dict[str, Any]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
        return any(reason.get("Code") in _CONFLICT_REASONS for reason in reasons)
    return code in _CONFLICT_ERRORS
