"""What came with an imported order beside what the clerk sees: customer, lines and amounts, as the shop keeps them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.http import Json
    from sandbox.people import Person

EXTRAS = ("delivery_price", "cash_on_delivery_price", "discount")
EXTRA_CODES = {"DOPRAVA": "delivery_price", "DOBIRKA": "cash_on_delivery_price", "SLEVA": "discount"}
"""Lines with these codes are no goods."""
_TITLES = {"DOPRAVA": "Doprava", "DOBIRKA": "Dobírka", "SLEVA": "Sleva"}


@dataclass(frozen=True, slots=True)
class Item:
    """One line. Numbers are text with a decimal point; `vat` may be empty."""

    code: str
    name: str
    pieces: str
    unit_price: str
    vat: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """An order as it was brought. Amounts are text with a decimal point, empty where there is none."""

    billing: Person
    shipping: Person
    company: str
    items: tuple[Item, ...]
    delivery_price: str = ""
    cash_on_delivery_price: str = ""
    discount: str = ""
    cash_on_delivery: str = ""
    paid: str = ""

    @property
    def lines(self) -> tuple[Item, ...]:
        """The goods and, as lines of their own, what is paid or taken off beside them."""
        extra = []
        for code, key in EXTRA_CODES.items():
            amount = number(getattr(self, key))
            if amount:
                price = -amount if key == "discount" else amount
                extra.append(Item(code, _TITLES[code], "1", str(price)))
        return (*self.items, *extra)

    def describe(self) -> Json:
        """All of it, with the customer: for tests only."""
        return {
            "customer": {**asdict(self.billing), "company": self.company},
            "shipping": asdict(self.shipping),
            "items": [asdict(item) for item in self.items],
            **{key: getattr(self, key) for key in (*EXTRAS, "cash_on_delivery", "paid")},
        }


def number(text: str) -> Decimal | None:
    """The number that `text` is; None for anything else."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
