"""An order with all that a shop needs to carry it out: customer, address, items, prices, payment, delivery.

All of it is personal data or stands beside personal data: it is passed from the marketplace's adapter to the shop's
within one call and never stored, logged or put into a message. No repr shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal

    from orderbridge.domain.views import MarketplaceView

_HALF_A_CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True, repr=False)
class Customer:
    """Who ordered and where the parcel goes (MALL knows one address per order). Empty where MALL has no value."""

    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    city: str = ""
    zip: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class OrderDetailItem:
    """One line. `code` is the shop's own, `unit_price` is for one piece with VAT, `vat` the rate in per cent."""

    code: str
    title: str
    pieces: Decimal
    unit_price: Decimal | None = None
    vat: Decimal | None = None


@dataclass(frozen=True, slots=True, repr=False)
class OrderDetail:
    """Amounts are in `currency` and with VAT. `cash_on_delivery`: the amount to collect; 0 if paid in advance.

    `discount` is the amount taken off, 0 or more. `branch` is the pick-up branch, empty for a delivery to the address.
    """

    mall_order_id: int
    view: MarketplaceView
    test: bool
    customer: Customer
    items: tuple[OrderDetailItem, ...]
    currency: str = ""
    payment: str = ""
    cash_on_delivery: Decimal = Decimal(0)
    cash_on_delivery_price: Decimal = Decimal(0)
    delivery_method: str = ""
    delivery_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    branch: str = ""
    ship_by: str = ""
    opened_at: datetime | None = None

    @property
    def lacking(self) -> str:
        """What it must have for its lines to add up and its parcel to find somebody; empty if it is all there."""
        if not self.items:
            return "the lines of the order"
        if any(item.unit_price is None for item in self.items):
            return "the price of a line"
        return "" if self.customer.name or self.customer.company else "the customer's name"

    @property
    def goods(self) -> Decimal:
        """The sum of all lines, with VAT."""
        return sum((item.pieces * (item.unit_price or Decimal(0)) for item in self.items), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What the customer pays in all, with VAT."""
        return self.goods + self.delivery_price + self.cash_on_delivery_price - self.discount

    def with_discount(self, counts: Literal["subtract", "ignore"]) -> OrderDetail:
        """The order as its discount counts: with ``ignore`` it lowers nothing that the customer pays."""
        return self if counts == "subtract" else replace(self, discount=Decimal(0))

    @property
    def contradiction(self) -> str:
        """Why the sum cannot be right: it is not what is to be collected, or less than nothing. Empty if it can.

        A shop that was told such a sum would have the carrier collect it. Of an order that is paid nothing tells.
        """
        sums = f"goods {self.goods:.2f} + delivery {self.delivery_price:.2f}"
        sums += f" + cash on delivery {self.cash_on_delivery_price:.2f} - discount {self.discount:.2f}"
        if self.cash_on_delivery and abs(self.total - self.cash_on_delivery) >= _HALF_A_CENT:
            return f"{sums} is {self.total:.2f}, and {self.cash_on_delivery:.2f} is to be collected"
        return f"{sums} is {self.total:.2f}, less than nothing" if self.total < 0 else ""
