"""The shop's orders as the clerk sees them, and the store that knows what changed when.

What the clerk types (state, dates, tracking, carrier, payment, remarks) is kept and rendered as typed, so
that impossible values can be tried.
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zlib import crc32

from pydantic import BaseModel, ConfigDict, Field

from sandbox.fastcentrik.content import Content, Item
from sandbox.http import ControlError, Json, checked
from sandbox.people import invent_person, invent_total
from sandbox.times import PRAGUE, Clock, wire_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

FIRST_STATUS = "nevyřízená"
_Text = Annotated[str, Field(max_length=100_000)]


class ClerkFields(BaseModel):
    """What `PATCH …/control/orders/{code}` takes; null clears a value."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    mall_order_id: _Text | None = Field(
        None, description="MALL's order number; without it the order is not MALL's."
    )
    status: _Text | None = None
    delivery_date: _Text | None = None
    tracking_number: _Text | None = None
    carrier: _Text | None = None
    payment: _Text | None = None
    created: _Text | None = None
    currency: _Text | None = None
    total: _Text | None = Field(None, description="With VAT, with a decimal point.")
    remark: _Text | None = Field(None, description="The customer's remark.")
    shop_remark: _Text | None = Field(None, description="Instead of the text that names MALL's order number.")
    exported: bool | None = Field(None, description="false leaves the order out of the export.")


class NewOrder(ClerkFields):
    """What `POST …/control/orders` takes."""

    code: str = Field(min_length=1, max_length=100)


class ManyOrders(ClerkFields):
    """What `POST …/control/orders/bulk` takes: `count` orders alike but for their numbers, which count up."""

    count: int = Field(ge=1, le=1_000_000)
    first_code: int | None = Field(None, ge=1, description="By default the next free one.")
    first_mall_order_id: int | None = Field(None, ge=1, description="Without it the orders are not MALL's.")


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One order; never changed in place, so a rendering under way sees one state of the shop.

    `number` is the order's position in the shop, `version` the shop's version at its last change.
    """

    code: str
    number: int
    version: int
    changed_at: datetime
    status: str
    created: str
    mall_order_id: str | None = None
    delivery_date: str | None = None
    tracking_number: str | None = None
    carrier: str | None = None
    payment: str | None = None
    currency: str = "CZK"
    total: str | None = None
    remark: str | None = None
    shop_remark: str | None = None
    exported: bool = True
    brought: Content | None = None

    @property
    def seed(self) -> int:
        """The number that the invented customer and price follow from: the same as on MALL's side."""
        text = self.mall_order_id or self.code
        return int(text) if text.isascii() and text.isdigit() else crc32(text.encode())

    @property
    def content(self) -> Content:
        """Customer, lines and amounts, invented unless imported."""
        if self.brought is not None:
            return self.brought
        person = invent_person(self.seed)
        item = self.seed % 500
        return Content(person, person, "", (Item(f"ZBOZI-{item}", f"Zboží č. {item}", "1", self.price),))

    @property
    def price(self) -> str:
        """The total with VAT, with a decimal point."""
        if self.total is not None:
            return self.total
        crowns, hellers = divmod(invent_total(self.seed), 100)
        return f"{crowns}.{hellers:02d}"

    def describe(self) -> Json:
        """As the control address shows it; the customer is left out, `items` is the number of lines.

        `changed_at` is ISO 8601 in UTC.
        """
        return {
            "code": self.code,
            "mall_order_id": self.mall_order_id,
            "status": self.status,
            "delivery_date": self.delivery_date,
            "tracking_number": self.tracking_number,
            "carrier": self.carrier,
            "payment": self.payment,
            "created": self.created,
            "currency": self.currency,
            "total": self.price,
            "items": len(self.brought.items) if self.brought else 1,
            "remark": self.remark,
            "shop_remark": self.shop_remark,
            "exported": self.exported,
            "changed_at": self.changed_at.isoformat(),
        }


def exported(
    orders: Iterable[ShopOrder], *, changed_since: datetime | None, after_version: int
) -> Iterator[ShopOrder]:
    """Those of `orders` that an export shows."""
    return (
        order
        for order in orders
        if order.exported
        and order.version > after_version
        and (changed_since is None or order.changed_at >= changed_since)
    )


class Shop:
    """All orders of one shop. Callers hold `lock`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.orders: dict[str, ShopOrder] = {}
        self.version = 0
        self._incarnation = ""
        self._last_modified = clock().replace(microsecond=0)
        self._shown = False
        self.before_change: Callable[[], None] = lambda: None
        """Called before anything of the orders changes."""
        self.reset()

    def reset(self) -> None:
        """Forgets all orders; validators handed out before fit nothing any more."""
        self.orders.clear()
        self._incarnation = uuid.uuid4().hex[:12]
        self._bump()

    def create(self, data: Json) -> ShopOrder:
        """A new order by the clerk; ControlError 400 for a wrong key, 409 for a code that exists."""
        given = checked(NewOrder, data, "order")
        if given.code in self.orders:
            raise ControlError(f"order: code {given.code} exists; PATCH it or choose another code", 409)
        return self._add(given.code, given)

    def create_many(self, data: Json) -> Json:
        """Many orders at once: `{created, first_code, last_code}`; all or none."""
        given = checked(ManyOrders, data, "orders")
        first = given.first_code or self.next_code()
        codes = [str(code) for code in range(first, first + given.count)]
        taken = next((code for code in codes if code in self.orders), None)
        if taken is not None:
            raise ControlError(f"orders: code {taken} exists; choose another first_code", 409)
        for offset, code in enumerate(codes):
            order = self._add(code, given)
            if given.first_mall_order_id is not None:
                self.orders[code] = replace(order, mall_order_id=str(given.first_mall_order_id + offset))
        return {"created": given.count, "first_code": codes[0], "last_code": codes[-1]}

    def change(self, code: str, data: Json) -> ShopOrder:
        """What the clerk changes; saving what is there already changes nothing, nor the export's validators."""
        before = self.order(code)
        given = checked(ClerkFields, data, "order")
        values = {key: getattr(given, key) for key in given.model_fields_set}
        for key, default in (("status", ""), ("created", ""), ("currency", ""), ("exported", True)):
            if key in values and values[key] is None:
                values[key] = default
        after = replace(before, **values)
        if after != before:
            self._bump()
            after = self.orders[code] = replace(after, version=self.version, changed_at=self.clock())
        return after

    def put(self, order: ShopOrder, content: Content) -> None:
        """Gives an order what came with it."""
        self.orders[order.code] = replace(order, brought=content)

    def order(self, code: str) -> ShopOrder:
        """The order with this code; ControlError 404 if there is none."""
        if code not in self.orders:
            raise ControlError(f"order: code {code} does not exist; POST it first", 404)
        return self.orders[code]

    def next_code(self) -> int:
        """A number above every numeric code: the year, then six digits."""
        year = self.clock().astimezone(PRAGUE).year
        largest = max((int(code) for code in self.orders if code.isascii() and code.isdigit()), default=0)
        return max(largest, year * 1_000_000) + 1

    def validators(self) -> tuple[str, datetime]:
        """The entity tag's core and the time of last modification, both different after every change."""
        self._shown = True
        return f"{self._incarnation}-{self.version}", self._last_modified

    def _add(self, code: str, given: ClerkFields) -> ShopOrder:
        now = self.clock()
        self._bump()
        order = ShopOrder(
            code=code,
            number=len(self.orders) + 1,
            version=self.version,
            changed_at=now,
            status=FIRST_STATUS if given.status is None else given.status,
            created=given.created or wire_time(now - timedelta(days=1), PRAGUE),
            mall_order_id=given.mall_order_id,
            delivery_date=given.delivery_date,
            tracking_number=given.tracking_number,
            carrier=given.carrier if "carrier" in given.model_fields_set else "Zásilkovna",
            payment=given.payment if "payment" in given.model_fields_set else "Kartou online",
            currency=given.currency or "CZK",
            total=given.total,
            remark=given.remark,
            shop_remark=given.shop_remark,
            exported=given.exported is not False,
        )
        self.orders[code] = order
        return order

    def _bump(self) -> None:
        self.before_change()
        self.version += 1
        now = self.clock().replace(microsecond=0)
        if self._shown and now <= self._last_modified:
            # Times have whole seconds: a change in the same second as a fetch must still have another validator.
            now = self._last_modified + timedelta(seconds=1)
        self._last_modified = max(now, self._last_modified)
        self._shown = False
