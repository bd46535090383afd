"""An order with all that a shop needs to carry it out: customer, address, items, prices, payment, delivery.

All of it is personal data or stands beside personal data: it is passed from the marketplace's adapter to the shop's
within one call and never stored, logged or put into a message. No repr shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from orderbridge.domain.codes.answers import AnswerReason, ImportReason
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal

    from orderbridge.domain.reasons import Reason
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
    def lacking(self) -> Reason | None:
        """What it must have for its lines to add up and its parcel to find somebody; None if it is all there."""
        if not self.items:
            return because(AnswerReason.NO_LINES)
        if any(item.unit_price is None for item in self.items):
            return because(AnswerReason.NO_PRICE)
        named = self.customer.name or self.customer.company
        return None if named else because(AnswerReason.NO_CUSTOMER)

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
    def contradiction(self) -> Reason | None:
        """Why the sum cannot be right: it is not what is to be collected, or less than nothing. None if it can.

        A shop that was told such a sum would have the carrier collect it. Of an order that is paid nothing tells.
        """
        amounts = {
            "goods": self.goods,
            "delivery": self.delivery_price,
            "cash_on_delivery": self.cash_on_delivery_price,
            "discount": self.discount,
            "total": self.total,
        }
        if self.cash_on_delivery and abs(self.total - self.cash_on_delivery) >= _HALF_A_CENT:
            return because(ImportReason.AMOUNTS_DIFFER, **amounts, to_collect=self.cash_on_delivery)
        return because(ImportReason.AMOUNTS_NEGATIVE, **amounts) if self.total < 0 else None
