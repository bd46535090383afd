"""Orders, steps, attempts and dead letters in DynamoDB.

Only the order's item has a condition. A save writes the order in its next version, together with the steps and attempts
of that version, in one transaction, so steps and attempts need no versions. An open step is a part of the order's item
and gets an item when it ends: a plan is a single write.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orderbridge.adapters.aws import outages
from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.client_errors import not_saved
from orderbridge.adapters.aws.dynamodb import Condition, Table
from orderbridge.adapters.aws.order_lists import read_page
from orderbridge.adapters.aws.shop_records import shop_record
from orderbridge.adapters.aws.shops import shop_key
from orderbridge.domain.lists import OrderPage, listing, with_list_entry
from orderbridge.domain.orders import OrderHistory
from orderbridge.domain.search import mall_number, normalised
from orderbridge.errors import UnreadableOrderError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from orderbridge.adapters.aws.dynamodb import Item
    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Matter, Period
    from orderbridge.domain.orders import DeadLetter, OrderState
    from orderbridge.domain.persons import PersonAction
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Attempt, Step


class DynamoLedger:
    """``Ledger`` on one table. See ``table`` for its layout. `sleep`: see ``Table``."""

    def __init__(
        self, dynamodb: DynamoDBClient, table_name: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._table = Table(dynamodb, table_name, sleep)

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        """One GetItem, strongly consistent: it sees every save that returned before."""
        return _order(self._table.get(layout.order_key(shop, mall_order_id)))

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        """One BatchGetItem, strongly consistent; unprocessed keys are requested again. Raises TableBusyError.

        Not a transaction: the records are independent, and a transaction would cost twice as much and be cancelled by
        every concurrent write to the order.
        """
        keys = [layout.order_key(shop, mall_order_id), shop_key(shop), outages.KEY]
        found = {_place(item): item for item in self._table.batch_get(keys, consistent=True)}
        order_item, shop_item, outage_item = (found.get(_place(key)) for key in keys)
        record = None if shop_item is None else shop_record(shop_item)
        if record is not None and outage_item is not None:
            outage = outages.outage(outage_item, record.marketplace)
            record = replace(record, outage=outage)
        return _order(order_item), record

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """One PutItem for the order alone, else one TransactWriteItems (at most 99 steps and attempts).

        It needs no ClientRequestToken: the condition makes a repeated save fail instead of writing twice, and botocore
        sets a token for its own repeats of a transaction. If a PutItem's answer was lost, the repeat reports a conflict
        although the first one was written: the caller then loads the order and decides anew.

        A save that fails for want of capacity, also after repeats, counts as a conflict: every caller repeats a save a
        bounded number of times, then returns its message to the queue.
        """
        saved = with_list_entry(replace(order, version=order.version + 1))
        records = [layout.step_item(order, step) for step in layout.closed_of(order, steps)]
        records += [layout.attempt_item(order, attempt) for attempt in attempts]
        condition = Condition.at_version(order.version)
        try:
            self._table.put_together(condition, layout.order_item(saved), records)
        except ClientError as error:
            raise not_saved(order, error) from None
        return saved

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        """One Query (more only beyond 1 MB), strongly consistent. None while the order itself is not stored."""
        order: OrderState | None = None
        steps: list[Step] = []
        attempts: list[Attempt] = []
        letters: list[DeadLetter] = []
        actions: list[PersonAction] = []
        pk: Item = {":pk": {"S": layout.order_pk(shop, mall_order_id)}}
        for item in self._table.items(self._table.query_of("pk = :pk", pk)):
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
                    case {"person_action": _}:
                        actions.append(layout.action_of(item))
            except ValueError as problem:
                raise UnreadableOrderError(shop, mall_order_id, str(problem)) from None
        if order is None:
            return None
        return OrderHistory.of(order, steps, attempts, letters, actions)

    def orders(  # noqa: PLR0913 - one per filter
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
        oldest_first: bool = False,
        besides: Collection[int] = (),
    ) -> OrderPage:
        """One Query and one BatchGetItem per hundred orders as a rule, at most `limit` (1 or more) orders.

        No BatchGetItem where every order is in `besides`.

        Newest change first, or oldest first. The Query asks for one more than `limit`, to know whether there is more.

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

        `changed` is a part of the key, so orders that changed outside the period are not read.

        A page is short only at the end of the list: if the filter leaves too few orders, more are read. An order with
        an unreadable record counts too, among the unreadable ones. Eventually consistent, as all indexes are: a save is
        visible after some milliseconds. An order that changes between two pages moves to the front of the list and is
        not on the following pages.

        Raises ValueError (one line) for an unknown hold code or matter, a matter beside a status or a hold, a period
        that ends before it begins, and a limit below 1; CursorError for a cursor of another shop's or another filter's
        list.
        """
        which = listing(
            shop,
            status=status,
            hold=hold,
            matter=matter,
            changed=changed,
            limit=limit,
            oldest_first=oldest_first,
        )
        items, next_cursor = read_page(self._table, which, limit, cursor, frozenset(besides))
        return _page(items, next_cursor)

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """One Query per shard as a rule. Pages are read when they are needed.

        Eventually consistent, which is enough: an order that is visible late is found a minute later, and for one that
        is found once too often the look finds nothing to do.
        """
        page = max(1, limit // layout.DUE_SHARDS)
        shards = [self._due_of(str(shard), now, page) for shard in range(layout.DUE_SHARDS)]
        return list(islice(heapq.merge(*shards, key=lambda one: one[2]), limit))

    def _due_of(self, shard: str, now: datetime, page: int) -> Iterator[tuple[str, int, datetime]]:
        """The due orders of one shard, the oldest first. Pages are read when they are needed."""
        values: Item = {":shard": {"S": shard}, ":now": {"S": layout.text_of(now)}}
        query = self._table.query_of("due_shard = :shard AND due_at <= :now", values, index=layout.DUE_INDEX)
        query["Limit"] = page
        for item in self._table.items(query):
            shop, mall_order_id = layout.order_of_pk(item["pk"]["S"])
            yield shop, mall_order_id, layout.moment_of(item["due_at"]["S"])

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        """One Query as a rule. The next fetch finds an order that is late in the index."""
        values: Item = {":shop": {"S": shop}, ":until": {"S": layout.text_of(until)}}
        query = self._table.query_of(
            "awaiting_shop = :shop AND awaited_at <= :until", values, index=layout.AWAITING_INDEX
        )
        found: dict[int, datetime] = {}
        more = True
        while more and len(found) < limit:
            query["Limit"] = limit - len(found)
            items, more = self._table.page(query)
            for item in items:
                _, number = layout.order_of_pk(item["pk"]["S"])
                found[number] = layout.moment_of(item["awaited_at"]["S"])
        return found

    def load_many(self, shop: str, numbers: Sequence[int]) -> OrderPage:
        """One BatchGetItem per hundred orders, none for none."""
        return _page(self._items_of(shop, dict.fromkeys(numbers)))

    def find(self, shop: str, text: str, limit: int) -> OrderPage:
        """Two Queries, for a parcel's number may be a shop's too, and one BatchGetItem.

        The indexes are not sorted: of more than `limit` orders with one number some are found. An index may be some
        milliseconds behind, so an order that has another number by now is left out.
        """
        wanted = normalised(text)
        if not wanted:
            return OrderPage(())
        number = mall_number(wanted)
        numbers = [] if number is None else [number]
        for index in (layout.BY_CODE, layout.BY_TRACKING):
            values: Item = {":found": {"S": layout.found_by(shop, wanted)}}
            query = self._table.query_of(f"{index.hash_attribute} = :found", values, index=index.name)
            query["Limit"] = limit
            items, _ = self._table.page(query)
            numbers += [layout.order_of_pk(item["pk"]["S"])[1] for item in items]
        items = self._items_of(shop, dict.fromkeys(numbers))
        found = [item for item in items if layout.is_found_by(item, shop, wanted)]
        found.sort(key=lambda item: item["update_key"]["S"], reverse=True)
        found.sort(key=lambda item: item["pk"]["S"] != layout.order_pk(shop, number or 0))
        return _page(found[:limit])

    def _items_of(self, shop: str, numbers: Iterable[int]) -> list[Item]:
        """The items of the orders that there are, in the order of `numbers`."""
        keys = [layout.order_key(shop, number) for number in numbers]
        found = {_place(item): item for item in self._table.batch_get(keys, consistent=False)}
        return [found[place] for key in keys if (place := _place(key)) in found]

    def park(self, letter: DeadLetter) -> None:
        """One PutItem under the message's id. A letter that is already stored stays unchanged."""
        self._table.put_if(Condition.at_version(0), layout.letter_item(letter))


def _place(key: Item) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _order(item: Item | None) -> OrderState | None:
    return None if item is None else _order_of(item)


def _order_of(item: Item) -> OrderState:
    """The order in its item. Raises UnreadableOrderError."""
    try:
        return layout.ORDER.load(layout.values_of(item).get("order"))
    except ValueError as problem:
        raise UnreadableOrderError(*layout.order_of_pk(item["pk"]["S"]), str(problem)) from None


def _page(items: Sequence[Item], cursor: str | None = None) -> OrderPage:
    orders, unreadable = [], []
    for item in items:
        try:
            orders.append(_order_of(item))
        except UnreadableOrderError as problem:
            unreadable.append(problem.mall_order_id)
    return OrderPage(tuple(orders), cursor, tuple(unreadable))
