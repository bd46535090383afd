"""The tables of a profile: how one shop's orders are written in its export. For its import see ``import_schema``."""

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
from orderbridge.adapters.fastcentrik.profile.tables import (
    Part,
    Text,
    UnfitValueError,
    as_tuple,
    one_group,
    regular_expression,
)
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.statuses import ShopStatus  # noqa: TC001 - pydantic reads it

CODEC_VERSION = 2
"""Raise it when the same document and profile are read differently than before: then every order counts as new."""


NAMES_MALL = r"(?i)(?<![^\W_])MALL(?:em|u)?(?![^\W\d_])"
"""The name as a separate word, also declined; not "small", not "Mallorca"."""

_XML_RECORD = re.compile(r"[^\s/@]++(?:/[^\s/@]++)++")


def _checked_names(value: str) -> str:
    regular_expression(value)
    return value


def _checked_record(value: str) -> str:
    if not _XML_RECORD.fullmatch(value):
        raise UnfitValueError(ProfileReason.RECORD_PATH)
    return value


Format = Literal["xml", "csv"]
"""The formats of documents. Whoever handles each in its own way ends with ``assert_never``, so mypy finds the place."""
OneCharacter = Annotated[str, Field(pattern=r"^[^\r\n\x00]$")]


class XmlPart(Part):
    """Where the records of an XML document are."""

    record: Annotated[str, AfterValidator(_checked_record)]
    """Path, from the root, of the element that holds one order: ``ORDERS/ORDER``."""


class CsvPart(Part):
    """The format of a CSV document."""

    delimiter: OneCharacter = ";"
    quote: OneCharacter = '"'
    header: bool = True
    """True: the first line has the columns' names. False: columns have numbers, from 1."""
    last_line_ends: bool = True
    """True: the last line ends with a line end, so a document without one was cut off."""


class Fields(Part):
    """The place of each value: a path within the record (XML: ``A/B``, ``A@attribute``) or a column's name (CSV)."""

    code: Text
    status: Text
    delivery_date: Text
    created: Text | None = None
    tracking_number: Text | None = None
    tracking_url: Text | None = None
    carrier: Text | None = None


class MallOrderId(Part):
    """The place of MALL's order number."""

    path: Annotated[tuple[Text, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=10)]
    """One place or several. The first that holds a number counts."""
    pattern: Annotated[str, AfterValidator(one_group)] | None = None
    """Finds the number in a free text; its one group begins with the number.

    Without a pattern the value is the number.
    """
    names: Annotated[str, AfterValidator(_checked_names)] = NAMES_MALL
    """Finds MALL's name in a free text. If the text has the name and no number, the number is missing."""
    shortest: Annotated[int, Field(ge=1, le=19)] = 6
    """Digits that MALL's number has at least in a free text."""

    def reads(self, number: int) -> bool:
        """Whether `number` is long enough to be read."""
        return self.pattern is None or len(str(number)) >= self.shortest


class Dates(Part):
    """The forms of dates."""

    read: Annotated[tuple[DateForm, ...], Field(min_length=1)]
    """Forms that are read."""
    empty: tuple[Text, ...] = ()
    """Texts that mean "no date", such as ``0000-00-00``."""
    midnight: Midnight = "day"
    """``time``: 0:00 is a time. ``day``: 0:00 is a day without a time."""

    @field_validator("read")
    @classmethod
    def _says_what_comes_first(cls, read: tuple[DateForm, ...]) -> tuple[DateForm, ...]:
        if len({form.month_first for form in read} - {None}) > 1:
            raise UnfitValueError(ProfileReason.DAY_OR_MONTH)
        return read

    @property
    def advised(self) -> DateForm:
        """The form to recommend to a clerk: the one in the shop's administration, if the profile reads it."""
        return DateForm.CZECH_DAY if DateForm.CZECH_DAY in self.read else self.read[0]


class Document(Part):
    """The data about an XML document itself, outside the orders."""

    made_at: Text
    """Place, from the root, of the moment when the content was made: ``@generated``, ``HEAD/CREATED``."""
    read: Annotated[tuple[DateForm, ...], Field(max_length=20)] = ()
    """Forms of that moment. If empty, those of ``dates.read``."""

    def elements(self, record: str) -> list[str]:
        """The elements from the root to `made_at`, in a document with orders at `record`."""
        root = record.partition("/")[0]
        below = self.made_at.partition("@")[0]
        return [root, *below.split("/")] if below else [root]

    def is_within(self, record: str) -> bool:
        """Whether `made_at` is within the orders at `record`, or is an element around them."""
        place, orders = self.elements(record), record.split("/")
        holds = "@" not in self.made_at and orders[: len(place)] == place
        return holds or place[: len(orders)] == orders


class Numbers(Part):
    """The form of numbers."""

    decimal_mark: Literal[".", ","] = "."


class ChangedSince(Part):
    """How to request changed orders only."""

    parameter: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,60}$")]
    """Name of the query parameter."""
    form: DateForm
    overlap_seconds: Annotated[int, Field(ge=0, le=30 * 24 * 3600)] = 3600
    """Time that the request goes further back, because clocks differ."""


class Profile(Part):
    """How one shop's orders are written."""

    format: Format
    encoding: Literal["utf-8", "utf-8-sig", "windows-1250", "iso-8859-2", "declared"]
    """``declared``: the encoding in the XML declaration, else UTF-8. Any other wins over the declaration."""
    xml: XmlPart | None = None
    csv: CsvPart | None = None
    fields: Fields
    mall_order_id: MallOrderId
    dates: Dates
    numbers: Numbers = Numbers()
    states: dict[Text, ShopStatus] = Field(default_factory=dict)
    """The shop's own names of states, beside the standard names."""
    contains: Literal["all", "changes"] = "all"
    """``all``: every order each time, so a missing order was not seen. ``changes``: new and changed orders only, so a
    missing order has not changed. With ``[changed_since]`` it is always ``changes``."""
    changed_since: ChangedSince | None = None
    document: Document | None = None
    """Where the document has the moment when its content was made."""
    import_part: ImportPart | None = Field(default=None, alias="import")
    """How orders are written. Without it none are written. It does not affect reading."""

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
        """Hex SHA-256 of everything that affects reading. Comments and the order of keys do not count."""
        canonical = json.dumps(
            [CODEC_VERSION, self.model_dump(mode="json", exclude={"import_part"})],
            sort_keys=True,
            ensure_ascii=False,
        )
        return hashlib.sha256(canonical.encode()).hexdigest()
