"""How orders are written into the shop: the profile's table ``[import]``.

Its texts hold sources in braces: ``"MALL Partner: {mall_order_id}"``. A text whose sources are all empty is left out.
What is written must be read back by the same profile, so the table is checked against the rest of it before it is used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from orderbridge.adapters.fastcentrik.profile.dates import DateForm  # noqa: TC001 - pydantic reads it
from orderbridge.adapters.fastcentrik.profile.tables import Part, Text, as_tuple, regular_expression
from orderbridge.domain.statuses import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


AMOUNTS = ("delivery_price", "cash_on_delivery_price", "discount")
"""What the customer pays, or does not pay, beside the goods."""

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
"""The keys of ``payments`` that are no type of the marketplace's, but stand for all."""
T = TypeVar("T")

OneText = Annotated[str, Field(max_length=500)]
Texts = Annotated[tuple[OneText, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=10)]


def _checked_pattern(value: str) -> str:
    regular_expression(value, "one that is found in the shop's answer")
    return value


def _checked_code_pattern(value: str) -> str:
    if regular_expression(value, "one with exactly one group").groups != 1:
        raise ValueError("allowed is a regular expression with exactly one group")
    return value


Pattern = Annotated[str, AfterValidator(_checked_pattern)]
CodePattern = Annotated[str, AfterValidator(_checked_code_pattern)]


class StateNames(Part):
    """The names of states as the shop's import takes them."""

    pending: Text = "nevyřízená"
    canceled: Text = "stornováno"


class Line(Part):
    """An amount as a line among the goods: one piece of it. Its texts may hold the order's sources."""

    code: OneText = ""
    title: Text
    vat: OneText = ""


class Items(Part):
    """How the lines of an order are written."""

    path: Text
    """XML: path of the element that holds one line, within the record. CSV: the column that holds all lines."""
    fields: dict[Text, OneText] = Field(default_factory=dict, max_length=50)
    """XML: place within the line → text."""
    line: Text | None = None
    """CSV: one line as a text."""
    between: Annotated[str, Field(min_length=1, max_length=10)] = "\n"
    """CSV: what parts the lines."""
    delivery_price: Line | None = None
    cash_on_delivery_price: Line | None = None
    discount: Line | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of a line of goods."""
        return (*self.fields.values(), *([] if self.line is None else [self.line]))


class PaymentNames(Part):
    """The shop's names of one payment type: by whether there is an amount to collect, or one name for the type."""

    name: Text | None = None
    paid: Text | None = None
    cash_on_delivery: Text | None = None


def _as_payment(value: object) -> object:
    """A single name where a table is allowed too."""
    return {"name": value} if isinstance(value, str) else value


class ImportPart(Part):
    """How an order, or its cancellation, is written."""

    encoding: Literal["utf-8", "utf-8-sig", "windows-1250"] | None = None
    """Without it: the profile's, and UTF-8 for ``declared``."""
    date: DateForm
    states: StateNames = StateNames()
    fields: Annotated[dict[Text, Texts], Field(max_length=200)]
    """Place → text; of several texts those that are not empty, with commas between."""
    items: Items
    cancel: Annotated[dict[Text, OneText], Field(max_length=50)]
    """Place → text, of an order that is to be canceled."""
    payments: dict[Text, Annotated[PaymentNames, BeforeValidator(_as_payment)]] = Field(default_factory=dict)
    """The marketplace's payment type → the shop's name, or one name for each case. The two cases themselves stand for
    every type without a name of its own for them; see ``payment_name``."""
    carriers: dict[Text, Text] = Field(default_factory=dict)
    """The marketplace's delivery method → the shop's name of the carrier."""
    refused_pattern: Pattern | None = None
    """Found in an answer that reports success, it means that the shop said no all the same."""
    taken_pattern: Pattern | None = None
    """If set, an answer that reports success and does not hold it says nothing: the export has to tell."""
    code_pattern: CodePattern | None = None
    """Its one group is the code that the shop gave to a new order, in an answer that reports success: only under that
    code the order is MALL's then."""

    def payment_name(self, payment_type: str, *, collect: bool) -> str:
        """The shop's name of an order's payment; empty if the table has none.

        Whether there is an amount to `collect` decides, for a type does not say it: a name for the type alone stands
        for orders that are paid, and for the others only where nothing else names them.
        """
        general = self.payments.get("cash_on_delivery" if collect else "paid", PaymentNames()).name
        types = {key: names for key, names in self.payments.items() if key not in CASES}
        own = named(types, payment_type) or PaymentNames()
        if collect:
            return own.cash_on_delivery or general or own.name or ""
        return own.paid or own.name or general or ""

    def encoding_beside(self, encoding: str) -> str:
        """The encoding of what is written, in a profile whose export is in `encoding`."""
        return self.encoding or ("utf-8" if encoding == "declared" else encoding)


def named(names: Mapping[str, T], name: str) -> T | None:
    """What stands in `names` for the marketplace's `name`, regardless of case and diacritics."""
    wanted = fold(name)
    return next((own for other, own in names.items() if fold(other) == wanted), None)


def sources_of(texts: Iterable[str]) -> set[str]:
    """The sources that `texts` hold."""
    return {name for text in texts for name in SOURCE.findall(text)}
