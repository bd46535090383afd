"""The orders with their steps, attempts and dead letters."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from orderbridge.domain.freshness import awaited_content_time
from orderbridge.domain.lists import OrderPage, changed_at, listing, with_list_entry
from orderbridge.domain.orders import OrderHistory
from orderbridge.domain.search import keys_of, normalised
from orderbridge.errors import CursorError, UnreadableOrderError, VersionConflictError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Listing, Matter, Period
    from orderbridge.domain.orders import DeadLetter, OrderState
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.domain.steps import Attempt, Step
from tests.fakes.people import FakeActions
from tests.fakes.shops import FakeShops


class FakeLedger:
    """`fail_next_saves`: so many of the next saves raise VersionConflictError, as if somebody was faster.

    `unreadable`: (shop, number) of the orders whose records cannot be read; a save mends them.
    """

    def __init__(self, shops: FakeShops | None = None, actions: FakeActions | None = None) -> None:
        self.shops = shops or FakeShops()
        self.actions = actions or FakeActions()
        self.stored: dict[tuple[str, int], OrderState] = {}
        self.steps: dict[tuple[str, int, int], Step] = {}
        self.attempts: dict[tuple[str, int, int, int], Attempt] = {}
        self.letters: dict[tuple[str, int, str], DeadLetter] = {}
        self.unreadable: set[tuple[str, int]] = set()
        self.saves = 0
        self.fail_next_saves = 0

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        if (shop, mall_order_id) in self.unreadable:
            raise UnreadableOrderError(shop, mall_order_id, "stored OrderState: not known to this version")
        return self.stored.get((shop, mall_order_id))

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        record = self.shops.get(shop)
        if record is not None:
            record = replace(record, outage=self.shops.outage(record.marketplace))
        return self.load(shop, mall_order_id), record

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        key = (order.shop, order.mall_order_id)
        stored = self.stored.get(key)
        if self.fail_next_saves or order.version != (stored.version if stored else 0):
            self.fail_next_saves = max(0, self.fail_next_saves - 1)
            raise VersionConflictError(f"order {order.label}: somebody else wrote it: load it again")
        self.saves += 1
        saved = with_list_entry(replace(order, version=order.version + 1))
        self.stored[key] = saved
        self.unreadable.discard(key)
        self.steps.update({(*key, step.number): step for step in steps})
        self.attempts.update({(*key, attempt.step, attempt.number): attempt for attempt in attempts})
        return saved

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        key = (shop, mall_order_id)
        if (order := self.load(shop, mall_order_id)) is None:
            return None
        return OrderHistory.of(
            order,
            (step for k, step in self.steps.items() if k[:2] == key),
            (attempt for k, attempt in self.attempts.items() if k[:2] == key),
            (letter for k, letter in self.letters.items() if k[:2] == key),
            self.actions.of_order(shop, mall_order_id),
        )

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
        which = listing(
            shop,
            status=status,
            hold=hold,
            matter=matter,
            changed=changed,
            limit=limit,
            oldest_first=oldest_first,
        )
        behind = None if cursor is None else _place_in(which, cursor)
        found = [
            order
            for order in sorted(self.stored.values(), key=_place, reverse=not oldest_first)
            if which.has(order)
            and (behind is None or (_place(order) > behind if oldest_first else _place(order) < behind))
        ]
        page = found[:limit]
        shown = [order for order in page if order.mall_order_id not in besides]
        return self._page(shown, _cursor(which, page[-1]) if len(found) > limit else None)

    def load_many(self, shop: str, numbers: Sequence[int]) -> OrderPage:
        known = [self.stored.get((shop, number)) for number in dict.fromkeys(numbers)]
        return self._page([order for order in known if order is not None])

    def find(self, shop: str, text: str, limit: int) -> OrderPage:
        wanted = normalised(text)
        ranked = [
            (str(order.mall_order_id) == wanted, _place(order), order)
            for order in self.stored.values()
            if order.shop == shop and (str(order.mall_order_id) == wanted or wanted in keys_of(order))
        ]
        ranked.sort(key=lambda one: one[:2], reverse=True)
        return self._page([order for *_, order in ranked[:limit]])

    def _page(self, orders: Sequence[OrderState], cursor: str | None = None) -> OrderPage:
        lost = [order for order in orders if (order.shop, order.mall_order_id) in self.unreadable]
        read = tuple(order for order in orders if order not in lost)
        return OrderPage(read, cursor, tuple(order.mall_order_id for order in lost))

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        found = [
            (order.shop, order.mall_order_id, order.work.recheck_at)
            for order in self.stored.values()
            if order.work.recheck_at is not None and order.work.recheck_at <= now
        ]
        return sorted(found, key=lambda one: one[2])[:limit]

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        found = {
            order.mall_order_id: moment
            for order in self.stored.values()
            if order.shop == shop and (moment := awaited_content_time(order)) is not None and moment <= until
        }
        return dict(sorted(found.items(), key=lambda one: one[1])[:limit])

    def park(self, letter: DeadLetter) -> None:
        self.letters.setdefault((letter.shop, letter.mall_order_id, letter.message_id), letter)


def _place(order: OrderState) -> tuple[datetime, str]:
    """Where an order stands on a list; the number, as text, tells orders of one moment apart."""
    return changed_at(order), str(order.mall_order_id)


def _cursor(which: Listing, last: OrderState) -> str:
    moment, number = _place(last)
    return base64.urlsafe_b64encode(f"{which}|{moment.isoformat()}|{number}".encode()).decode().rstrip("=")


def _place_in(which: Listing, cursor: str) -> tuple[datetime, str]:
    with suppress(ValueError):
        padded = cursor + "=" * (-len(cursor) % 4)
        of, moment, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("|")
        if of == str(which):
            return datetime.fromisoformat(moment), number
    raise CursorError
