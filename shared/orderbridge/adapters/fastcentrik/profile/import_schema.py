"""The profile's table ``[import]``: how orders are written into the shop.

Texts have sources in braces: ``"MALL Partner: {mall_order_id}"``. A text is left out if all its sources are empty.
The same profile must be able to read what is written: see ``checks``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from orderbridge.adapters.fastcentrik.profile.dates import DateForm  # noqa: TC001 - pydantic reads it
from orderbridge.adapters.fastcentrik.profile.tables import (
    Part,
    Text,
    as_tuple,
    one_group,
    regular_expression,
)
from orderbridge.domain.statuses import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


AMOUNTS = ("delivery_price", "cash_on_delivery_price", "discount")
"""Amounts beside the goods that the customer pays, or that are deducted."""

ORDER_SOURCES = frozenset(
    {
        "mall_order_id",
        "status",
        "created",
        "currency",
        "total",
        *("name", "company", "email", "phone", "street", "city", "zip", "country"),
        "payment",
        "paid",
        "cash_on_delivery",
        "carrier",
        "branch",
        "ship_by",
        "test",
        *AMOUNTS,
    }
)
ITEM_SOURCES = frozenset({"code", "title", "pieces", "unit_price", "vat"})
CANCEL_SOURCES = frozenset({"code", "status"})

SOURCE = re.compile(r"\{([^{}]*)\}")

CASES = ("paid", "cash_on_delivery")
"""The keys of ``payments`` that are no type of MALL's, but stand for all types."""
T = TypeVar("T")

OneText = Annotated[str, Field(max_length=500)]
Texts = Annotated[tuple[OneText, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=10)]


def _checked_pattern(value: str) -> str:
    regular_expression(value)
    return value


Pattern = Annotated[str, AfterValidator(_checked_pattern)]
CodePattern = Annotated[str, AfterValidator(one_group)]


class StateNames(Part):
    """The names of states in the shop's import."""

    pending: Text = "nevyřízená"
    canceled: Text = "stornováno"


class Line(Part):
    """An amount as a line of one piece among the goods. Its texts may have the order's sources."""

    code: OneText = ""
    title: Text
    vat: OneText = ""


class Items(Part):
    """The lines of an order."""

    path: Text
    """XML: path of the element that holds one line, within the record. CSV: the column that holds all lines."""
    fields: dict[Text, OneText] = Field(default_factory=dict, max_length=50)
    """XML: place within the line → text."""
    line: Text | None = None
    """CSV: one line as a text."""
    between: Annotated[str, Field(min_length=1, max_length=10)] = "\n"
    """CSV: the separator of lines."""
    delivery_price: Line | None = None
    cash_on_delivery_price: Line | None = None
    discount: Line | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of a line of goods."""
        return (*self.fields.values(), *([] if self.line is None else [self.line]))


class PaymentNames(Part):
    """The shop's names of a payment type: one for paid orders and one for cash on delivery, or one for both."""

    name: Text | None = None
    paid: Text | None = None
    cash_on_delivery: Text | None = None


def _as_payment(value: object) -> object:
    """Accepts a single name in place of a table."""
    return {"name": value} if isinstance(value, str) else value


class ImportPart(Part):
    """An order, and its cancellation, in the import."""

    encoding: Literal["utf-8", "utf-8-sig", "windows-1250"] | None = None
    """Default: the profile's encoding, or UTF-8 for ``declared``."""
    date: DateForm
    states: StateNames = StateNames()
    fields: Annotated[dict[Text, Texts], Field(max_length=200)]
    """Place → text. Several texts are joined with commas; empty ones are left out."""
    items: Items
    cancel: Annotated[dict[Text, OneText], Field(max_length=50)]
    """Place → text of a cancellation."""
    payments: dict[Text, Annotated[PaymentNames, BeforeValidator(_as_payment)]] = Field(default_factory=dict)
    """The marketplace's payment type → the shop's name, or a name for each case. The keys ``paid`` and
    ``cash_on_delivery`` stand for all types without a name of their own; see ``payment_name``."""
    carriers: dict[Text, Text] = Field(default_factory=dict)
    """The marketplace's delivery method → the shop's name of the carrier."""
    refused_pattern: Pattern | None = None
    """If it matches an answer that reports success, the shop has refused the order."""
    taken_pattern: Pattern | None = None
    """If it is set and does not match an answer that reports success, the result is unclear until the next export."""
    code_pattern: CodePattern | None = None
    """Its one group is the code of the new order, in an answer that reports success. Then only the order with that code
    is MALL's."""

    def payment_name(self, payment_type: str, *, collect: bool) -> str:
        """The shop's name of an order's payment; empty if the table has none.

        The payment type does not say whether there is an amount to `collect`. A single name for a type counts for paid
        orders; for cash on delivery it counts only if there is no other name.
        """
        general = self.payments.get("cash_on_delivery" if collect else "paid", PaymentNames()).name
        types = {key: names for key, names in self.payments.items() if key not in CASES}
        own = named(types, payment_type) or PaymentNames()
        if collect:
            return own.cash_on_delivery or general or own.name or ""
        return own.paid or own.name or general or ""

    def encoding_beside(self, encoding: str) -> str:
        """The encoding of the import, in a profile whose export is in `encoding`."""
        return self.encoding or ("utf-8" if encoding == "declared" else encoding)


def named(names: Mapping[str, T], name: str) -> T | None:
    """The value in `names` for the marketplace's `name`, regardless of case and diacritics."""
    wanted = fold(name)
    return next((own for other, own in names.items() if fold(other) == wanted), None)


def sources_of(texts: Iterable[str]) -> set[str]:
    """The sources in `texts`."""
    return {name for text in texts for name in SOURCE.findall(text)}
