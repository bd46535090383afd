"""A profile says how one shop's orders are written, in its export and for its import.

It is loaded from TOML and checked before it is used: for writing as a whole, for reading without ``[import]``.
Every problem of a profile is one line that names the file, the key and what is allowed there.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    field_validator,
)

from orderbridge.adapters.fastcentrik.profile.dates import DateForm, Midnight
from orderbridge.adapters.fastcentrik.profile.import_schema import ImportPart  # noqa: TC001 - pydantic reads it
from orderbridge.adapters.fastcentrik.profile.tables import Part, Text, as_tuple, regular_expression
from orderbridge.domain.statuses import ShopStatus  # noqa: TC001 - pydantic reads it

CODEC_VERSION = 2
"""Raise it whenever the same document and profile are read differently than before: every order is then new."""


NAMES_MALL = r"(?i)(?<![^\W_])MALL(?:em|u)?(?![^\W\d_])"
"""The name as a word of its own, also declined; not "small", not "Mallorca"."""

_XML_RECORD = re.compile(r"[^\s/@]++(?:/[^\s/@]++)++")


def _checked_pattern(value: str) -> str:
    groups = regular_expression(value, "one with exactly one group, around the number").groups
    if groups != 1:
        msg = f"has {groups} groups; allowed is exactly one, around the number (write others as (?:…))"
        raise ValueError(msg)
    return value


def _checked_names(value: str) -> str:
    regular_expression(value, "one that finds the marketplace's name")
    return value


def _checked_record(value: str) -> str:
    if not _XML_RECORD.fullmatch(value):
        raise ValueError("allowed is a path of element names from the root, such as ORDERS/ORDER")
    return value


OneCharacter = Annotated[str, Field(pattern=r"^[^\r\n\x00]$")]


class XmlPart(Part):
    """How the records of an XML document are found."""

    record: Annotated[str, AfterValidator(_checked_record)]
    """Path of the element that holds one order, from the root on: ``ORDERS/ORDER``."""


class CsvPart(Part):
    """How a CSV document is cut into columns."""

    delimiter: OneCharacter = ";"
    quote: OneCharacter = '"'
    header: bool = True
    """True: the first line names the columns. False: columns are named by their number, from 1."""
    last_line_ends: bool = True
    """True: the last line ends with a line end too, so one that does not was cut off."""


class Fields(Part):
    """Where a value stands: a path within the record (XML: ``A/B``, ``A@attribute``), or a column's name (CSV)."""

    code: Text
    status: Text
    delivery_date: Text
    created: Text | None = None
    tracking_number: Text | None = None
    tracking_url: Text | None = None
    carrier: Text | None = None


class MallOrderId(Part):
    """Where MALL's order number stands."""

    path: Annotated[tuple[Text, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=10)]
    """One place or several; the first one that holds a number counts."""
    pattern: Annotated[str, AfterValidator(_checked_pattern)] | None = None
    """Finds the number in a free text; its one group begins with the number. Without it the value is the number."""
    names: Annotated[str, AfterValidator(_checked_names)] = NAMES_MALL
    """Found in a free text without a number, it means that MALL's number is missing there."""
    shortest: Annotated[int, Field(ge=1, le=19)] = 6
    """Digits that a number has at least, to be taken for MALL's in a free text."""

    def reads(self, number: int) -> bool:
        """Whether `number`, as digits in its place, is long enough to be read."""
        return self.pattern is None or len(str(number)) >= self.shortest


class Dates(Part):
    """How dates are written."""

    read: Annotated[tuple[DateForm, ...], Field(min_length=1)]
    """Forms that are understood."""
    empty: tuple[Text, ...] = ()
    """Texts that stand for "no date", such as ``0000-00-00``."""
    midnight: Midnight = "day"
    """``time``: this shop's times are real, so 0:00 is one too. ``day``: 0:00 is a day without a time."""

    @field_validator("read")
    @classmethod
    def _says_what_comes_first(cls, read: tuple[DateForm, ...]) -> tuple[DateForm, ...]:
        if len({form.month_first for form in read} - {None}) > 1:
            raise ValueError(
                "has forms with the day first and with the month first (dd/MM/yyyy, M/d/yyyy): allowed is one kind, "
                "or nobody can tell what 5/6/2026 means"
            )
        return read

    @property
    def advised(self) -> DateForm:
        """The form to tell a clerk: the one that the shop's administration shows, if the profile reads it."""
        return DateForm.CZECH_DAY if DateForm.CZECH_DAY in self.read else self.read[0]


class Document(Part):
    """What an XML document says of itself, outside the orders."""

    made_at: Text
    """Place of the moment when the content was made, from the root on: ``@generated``, ``HEAD/CREATED``."""
    read: Annotated[tuple[DateForm, ...], Field(max_length=20)] = ()
    """Forms of that moment; without any, those of ``dates.read``."""

    def elements(self, record: str) -> list[str]:
        """The elements from the root to the place, where orders stand at `record`."""
        root = record.partition("/")[0]
        below = self.made_at.partition("@")[0]
        return [root, *below.split("/")] if below else [root]

    def is_within(self, record: str) -> bool:
        """Whether the place belongs to the orders at `record`, or holds them as a text."""
        place, orders = self.elements(record), record.split("/")
        holds = "@" not in self.made_at and orders[: len(place)] == place
        return holds or place[: len(orders)] == orders


class Numbers(Part):
    """How numbers are written."""

    decimal_mark: Literal[".", ","] = "."


class ChangedSince(Part):
    """How to ask the shop for only those orders that changed."""

    parameter: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,60}$")]
    """Name of the query parameter."""
    form: DateForm
    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 24 * 3600)] = 3600
    """How much earlier than needed to ask, against clocks that differ."""


class Profile(Part):
    """How one shop's orders are written."""

    format: Literal["xml", "csv"]
    encoding: Literal["utf-8", "utf-8-sig", "windows-1250", "declared"]
    """``declared``: what the XML declaration says, else UTF-8. Any other wins over the declaration."""
    xml: XmlPart | None = None
    csv: CsvPart | None = None
    fields: Fields
    mall_order_id: MallOrderId
    dates: Dates
    numbers: Numbers = Numbers()
    states: dict[Text, ShopStatus] = Field(default_factory=dict)
    """The shop's own names of states, beside those that every shop uses."""
    contains: Literal["all", "changes"] = "all"
    """``all``: every order each time (within the shop's limits), so one that is missing has not been seen. ``changes``:
    only what is new or changed, so one that is missing has not changed; always so with ``[changed_since]``."""
    changed_since: ChangedSince | None = None
    document: Document | None = None
    """Where the document says when its content was made."""
    import_part: ImportPart | None = Field(default=None, alias="import")
    """How orders are written; without it none are. It decides nothing about reading."""

    @property
    def places(self) -> list[tuple[str, str]]:
        """Every place that is read, with the key that names it."""
        places = [(f"fields.{key}", path) for key, path in self.fields if path is not None]
        return places + [("mall_order_id.path", path) for path in self.mall_order_id.path]

    @property
    def shows_all(self) -> bool:
        """Whether the export is a list of all orders."""
        return self.contains == "all" and self.changed_since is None

    @property
    def paths(self) -> frozenset[str]:
        """Every place that is read."""
        return frozenset(path for _, path in self.places)

    @property
    def csv_part(self) -> CsvPart:
        """How the CSV document is cut: ``[csv]``, or its defaults."""
        return self.csv or CsvPart()

    @property
    def digest(self) -> str:
        """Hex SHA-256 of all that decides how a document is read; the order of keys and comments do not count."""
        canonical = json.dumps(
            [CODEC_VERSION, self.model_dump(mode="json", exclude={"import_part"})],
            sort_keys=True,
            ensure_ascii=False,
        )
        return hashlib.sha256(canonical.encode()).hexdigest()
