"""How orders are written into the shop: the profile's table ``[import]``.

Its texts hold sources in braces: ``"MALL Partner: {mall_order_id}"``. A text whose sources are all empty is left out.
What is written must be read back by the same profile, so the table is checked against the rest of it before it is used.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from orderbridge.adapters.fastcentrik.characters import spelled
from orderbridge.adapters.fastcentrik.dates import DateForm  # noqa: TC001 - pydantic reads it
from orderbridge.adapters.fastcentrik.mall_numbers import Found, NumberReader
from orderbridge.adapters.fastcentrik.parts import Part, Text, as_tuple, regular_expression
from orderbridge.adapters.texts import clean
from orderbridge.domain.statuses import ShopStatus, fold, shop_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orderbridge.adapters.fastcentrik.profile import Profile

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
_NAME = r"[^\W\d][\w.-]*+"
_ELEMENTS = re.compile(rf"{_NAME}(?:/{_NAME})*+")
_PLACE = re.compile(rf"(?:{_NAME}(?:/{_NAME})*+)?+(?:@{_NAME})?+")
_COLUMN = re.compile(r"[1-9][0-9]{0,2}")
_SAMPLES = (1, 123_456, 10_085_339_302, 2**63 - 1)

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


def refuse_unfit(part: ImportPart, profile: Profile) -> None:
    """Raises ValueError, ``key: what is allowed``, for a table that does not fit the rest of `profile`."""
    for problem in _problems(part, profile):
        raise ValueError(problem)


def _problems(part: ImportPart, profile: Profile) -> Iterator[str]:
    yield from _wrong_sources(part)
    yield from _wrong_xml(part, profile) if profile.format == "xml" else _wrong_csv(part, profile)
    yield from _wrong_number(part, profile)
    yield from _wrong_states(part, profile)
    yield from _wrong_dates(part, profile)
    yield from _wrong_amounts(part)
    yield from _wrong_payments(part)
    missing = {"code", "pieces", "unit_price"} - sources_of(part.items.texts)
    if missing:
        names = ", ".join(f"{{{name}}}" for name in sorted(missing))
        yield f"import.items: lacks {names}: without it nobody knows what was ordered"


def _wrong_sources(part: ImportPart) -> Iterator[str]:
    lines = {name: line for name in AMOUNTS if (line := getattr(part.items, name)) is not None}
    tables: list[tuple[str, Mapping[str, tuple[str, ...]], frozenset[str]]] = [
        ("import.fields", part.fields, ORDER_SOURCES),
        ("import.items.fields", {place: (text,) for place, text in part.items.fields.items()}, ITEM_SOURCES),
        ("import.items", {"line": (part.items.line or "",)}, ITEM_SOURCES),
        *(
            (f"import.items.{name}", {key: (text,) for key, text in line}, ORDER_SOURCES)
            for name, line in lines.items()
        ),
        ("import.cancel", {place: (text,) for place, text in part.cancel.items()}, CANCEL_SOURCES),
    ]
    for table, texts, allowed in tables:
        for key, values in texts.items():
            unknown = sources_of(values) - allowed
            rest = "".join(SOURCE.sub("", text) for text in values)
            if unknown or "{" in rest or "}" in rest:
                yield f"{table}.{key}: allowed in braces are {', '.join(sorted(allowed))}"


def _wrong_xml(part: ImportPart, profile: Profile) -> Iterator[str]:
    encoding = part.encoding_beside(profile.encoding)
    record = profile.xml.record if profile.xml else ""
    places = [
        ("xml.record", record, _ELEMENTS),
        *((f"import.fields.{place}", place, _PLACE) for place in part.fields),
        ("import.items.path", part.items.path, _ELEMENTS),
        *((f"import.items.fields.{place}", place, _PLACE) for place in part.items.fields),
        *((f"import.cancel.{place}", place, _PLACE) for place in part.cancel),
    ]
    for key, place, form in places:
        # A name cannot be written with character references.
        if not form.fullmatch(place) or spelled(place, encoding) != place:
            yield f"{key}: not a place that can be written in {encoding}, such as CODE, CUSTOMER/EMAIL or @id"
    if not part.items.fields or part.items.line is not None:
        yield "import.items: with XML fields is needed, and line is not allowed"
    taken = [*part.fields, *profile.paths]
    if any(f"{place.replace('@', '/')}/".startswith(f"{part.items.path}/") for place in taken):
        yield f"import.items.path: {part.items.path} is a place of the order itself"


def _wrong_csv(part: ImportPart, profile: Profile) -> Iterator[str]:
    encoding = part.encoding_beside(profile.encoding)
    places = [
        *((f"import.fields.{place}", place) for place in part.fields),
        ("import.items.path", part.items.path),
        *((f"import.cancel.{place}", place) for place in part.cancel),
    ]
    for key, place in places:
        if not profile.csv_part.header and not _COLUMN.fullmatch(place):
            yield f"{key}: with header = false allowed is the column's number, from 1"
        if spelled(clean(place), encoding) != place:
            yield f"{key}: not a column's name that can be written in {encoding}"
    if part.items.line is None or part.items.fields:
        yield "import.items: with CSV line is needed, and fields is not allowed"
    if part.items.path in {*part.fields, *profile.paths}:
        yield f"import.items.path: {part.items.path} is a place of the order itself"


def _wrong_number(part: ImportPart, profile: Profile) -> Iterator[str]:
    """The first place that is read for MALL's number and is written must give the number back, and nothing else."""
    place = next((place for place in profile.mall_order_id.path if place in part.fields), None)
    if place is None:
        places = ", ".join(profile.mall_order_id.path)
        yield f"import.fields: write {{mall_order_id}} where it is read ({places}), or the order is never found again"
        return
    texts = part.fields[place]
    reader = NumberReader(profile.mall_order_id)
    encoding = part.encoding_beside(profile.encoding)
    if len(texts) == 1 and sources_of(texts) == {"mall_order_id"}:
        for number in filter(profile.mall_order_id.reads, _SAMPLES):
            value = clean(SOURCE.sub(str(number), texts[0]))
            value = value if profile.format == "xml" else spelled(value, encoding)
            if reader.read(value) != Found((number,)):
                break
        else:
            return
    yield f"import.fields.{place}: allowed is one text that holds {{mall_order_id}} alone, and from which it is read"


def _wrong_states(part: ImportPart, profile: Profile) -> Iterator[str]:
    encoding = part.encoding_beside(profile.encoding)
    for key, name in part.states:
        kept = profile.format == "xml" or spelled(name, encoding) == name
        if not kept or shop_status(name, profile.states) is not ShopStatus(key):
            yield f"import.states.{key}: allowed is a name that is read as {key} (see states) and that {encoding} has"
    if part.fields.get(profile.fields.status) != ("{status}",):
        yield f"import.fields.{profile.fields.status}: allowed is {{status}}: the state is read there"
    for place, text in ((profile.fields.code, "{code}"), (profile.fields.status, "{status}")):
        if part.cancel.get(place) != text:
            yield f"import.cancel.{place}: needed, as {text}: it is read there"


def _wrong_dates(part: ImportPart, profile: Profile) -> Iterator[str]:
    fields = profile.fields
    if fields.created in part.fields:
        if part.fields[fields.created] != ("{created}",):
            yield f"import.fields.{fields.created}: allowed is {{created}}: the date is read there"
        if part.date not in profile.dates.read:
            yield f"import.date: allowed is a form that is read: {', '.join(profile.dates.read)}"
    for place in (fields.delivery_date, fields.tracking_number, fields.tracking_url):
        written = [*part.fields.get(place or "", ()), part.cancel.get(place or "", "")]
        if any(written):
            yield f"import: {place} must stay empty: what stands there is passed on to the marketplace as a fact"


def _wrong_amounts(part: ImportPart) -> Iterator[str]:
    in_fields = sources_of(text for texts in part.fields.values() for text in texts)
    for name in AMOUNTS:
        if (name in in_fields) == (getattr(part.items, name) is not None):
            yield (
                f"import: {name} is needed once, as {{{name}}} in import.fields or as a line in import.items.{name}: "
                "all amounts must add up to what the customer pays"
            )


def _wrong_payments(part: ImportPart) -> Iterator[str]:
    for key, names in part.payments.items():
        if key in CASES and not names.name:
            yield f"import.payments.{key}: allowed is a name"
        elif not (names.name or names.paid or names.cash_on_delivery):
            yield f"import.payments.{key}: allowed is a name, or a table with paid, cash_on_delivery or both"
