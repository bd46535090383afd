"""An order with everything that a shop needs: customer, address, items, prices, payment, delivery.

It is personal data. MALL's adapter passes it to the shop's adapter within one call. It is never stored, logged or put
into a message, and no repr shows it (R7.17).
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
"""Sums that differ by less count as equal (R7.12)."""


@dataclass(frozen=True, slots=True, repr=False)
class Customer:
    """Who ordered, and where the parcel goes (MALL has one address per order). A missing value is empty."""

    name: str = ""
    """The person's name."""
    company: str = ""
    """The company's name."""
    email: str = ""
    """The e-mail address."""
    phone: str = ""
    """The telephone number."""
    street: str = ""
    """Street and house number."""
    city: str = ""
    """The town."""
    zip: str = ""
    """The postal code."""
    country: str = ""
    """The country, as MALL writes it."""


@dataclass(frozen=True, slots=True, repr=False)
class OrderDetailItem:
    """One line of an order."""

    code: str
    """The shop's own code of the product."""
    title: str
    """The product's name."""
    pieces: Decimal
    """How many pieces."""
    unit_price: Decimal | None = None
    """The price of one piece with VAT, in the order's currency; None: MALL gives none."""
    vat: Decimal | None = None
    """The VAT rate in per cent; None: MALL gives none."""


@dataclass(frozen=True, slots=True, repr=False)
class OrderDetail:
    """An order as it is written into the shop. Amounts are in `currency` and with VAT."""

    mall_order_id: int
    """MALL's number of the order."""
    view: MarketplaceView
    """What MALL holds."""
    test: bool
    """Whether it is a test order."""
    customer: Customer
    """Who ordered, and where the parcel goes."""
    items: tuple[OrderDetailItem, ...]
    """The lines."""
    currency: str = ""
    """The currency's code."""
    payment: str = ""
    """MALL's name of the method of payment."""
    cash_on_delivery: Decimal = Decimal(0)
    """The amount to collect; 0: the order is paid."""
    cash_on_delivery_price: Decimal = Decimal(0)
    """The fee for cash on delivery."""
    delivery_method: str = ""
    """MALL's name of the delivery method."""
    delivery_price: Decimal = Decimal(0)
    """The price of the delivery."""
    discount: Decimal = Decimal(0)
    """The amount taken off, 0 or more."""
    branch: str = ""
    """The pick-up branch; empty: the parcel goes to the address."""
    ship_by: str = ""
    """When MALL wants the order shipped, as MALL writes it."""
    opened_at: datetime | None = None
    """When the order came to Open (UTC); None: MALL does not say."""

    @property
    def lacking(self) -> Reason | None:
        """What is missing for writing the order into the shop (R7.13); None: nothing is."""
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
        """The order with its discount as the setting `discount` says: with ``ignore`` it is 0 (R7.12)."""
        return self if counts == "subtract" else replace(self, discount=Decimal(0))

    @property
    def contradiction(self) -> Reason | None:
        """Why the sum is wrong: it differs from the amount to collect, or is negative (R7.12). None: it can be right.

        The carrier would collect a wrong sum. A paid order has no amount to compare with.
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
