"""A profile says how one shop's orders are written, in its export and for its import.

It is loaded from TOML and checked before it is used: for writing as a whole, for reading without ``[import]``.
Every problem of a profile is one line that names the file, the key and what is allowed there.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from orderbridge.adapters.fastcentrik.dates import DateForm, Midnight
from orderbridge.adapters.fastcentrik.import_part import ImportPart, refuse_unfit
from orderbridge.adapters.fastcentrik.parts import Part, Text, as_tuple, regular_expression
from orderbridge.adapters.fastcentrik.showing import shown
from orderbridge.domain.statuses import ShopStatus  # noqa: TC001 - pydantic reads it
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from orderbridge.settings import ShopSettings

CODEC_VERSION = 2
"""Raise it whenever the same document and profile are read differently than before: every order is then new."""

SHIPPED = Path(__file__).parent / "profiles"
"""The profiles that come with the product, one TOML file each."""

NAMES_MALL = r"(?i)(?<![^\W_])MALL(?:em|u)?(?![^\W\d_])"
"""The name as a word of its own, also declined; not "small", not "Mallorca"."""

_XML_PATH = re.compile(r"(?:[^\s/@]++(?:/[^\s/@]++)*+)?+(?:@[^\s/@]++)?+")
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

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        self._refuse_unfit_places()
        if self.import_part is not None:
            refuse_unfit(self.import_part, self)
        return self

    def _refuse_unfit_places(self) -> None:
        if self.format == "xml":
            self._refuse_unfit_xml()
        else:
            self._refuse_unfit_csv()

    def _refuse_unfit_xml(self) -> None:
        if self.xml is None or self.csv is not None:
            raise ValueError('xml: needed, and [csv] is not allowed, with format = "xml"')
        for key, path in self._places():
            if not _XML_PATH.fullmatch(path):
                msg = f"{key}: allowed is a path within the record such as CODE, CUSTOMER/EMAIL or @id"
                raise ValueError(msg)
        stamp = self.document
        if stamp and (not _XML_PATH.fullmatch(stamp.made_at) or stamp.is_within(self.xml.record)):
            raise ValueError(
                "document.made_at: allowed is a path from the root that is not an order's, such as @generated"
            )

    def _refuse_unfit_csv(self) -> None:
        if self.xml is not None:
            raise ValueError('xml: not allowed with format = "csv"')
        if self.document is not None:
            raise ValueError('document: not allowed with format = "csv": a table says nothing of itself')
        if self.csv_part.delimiter == self.csv_part.quote:
            raise ValueError("csv.quote: allowed is any character but the delimiter")
        if self.encoding == "declared":
            raise ValueError("encoding: a CSV file declares none; allowed: utf-8, utf-8-sig, windows-1250")
        for key, path in self._places():
            if not self.csv_part.header and not re.fullmatch(r"[1-9][0-9]{0,2}", path):
                msg = f"{key}: with header = false allowed is the column's number, from 1"
                raise ValueError(msg)

    def _places(self) -> list[tuple[str, str]]:
        places = [(f"fields.{key}", path) for key, path in self.fields if path is not None]
        return places + [("mall_order_id.path", path) for path in self.mall_order_id.path]

    @property
    def shows_all(self) -> bool:
        """Whether the export is a list of all orders."""
        return self.contains == "all" and self.changed_since is None

    @property
    def paths(self) -> frozenset[str]:
        """Every place that is read."""
        return frozenset(path for _, path in self._places())

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


def reading_profile(settings: ShopSettings) -> Profile:
    """The profile of a shop without its ``[import]``, which may be broken. Raises ExportProblemError, one line."""
    return _profile(*_text_of(settings), writes=False)


def writing_profile(settings: ShopSettings) -> Profile:
    """The whole profile of a shop. Raises ExportProblemError, one line; also if it does not say how to write."""
    text, source = _text_of(settings)
    profile = _profile(text, source, writes=True)
    if profile.import_part is None:
        msg = f"{source}: the table [import] is missing: it says how orders are written, see docs/profiles.md"
        raise ExportProblemError(msg)
    return profile


def _text_of(settings: ShopSettings) -> tuple[str, str]:
    """The text of a shop's profile, and what to call it. Raises ExportProblemError, one line."""
    if settings.profile_text:
        return settings.profile_text, f"profile_text of shop {settings.shop}"
    return _shipped_text(settings.profile)


def shipped_profile(name: str) -> Profile:
    """The whole profile `name` that comes with the product. Raises ExportProblemError, one line."""
    return parse_profile(*_shipped_text(name))


@lru_cache(maxsize=32)
def _shipped_text(name: str) -> tuple[str, str]:
    names = sorted(path.stem for path in SHIPPED.glob("*.toml"))
    if name not in names:
        msg = (
            f"profile {shown(name, 40)!r}: allowed are {', '.join(names)}, or a whole profile as profile_text"
        )
        raise ExportProblemError(msg)
    return (SHIPPED / f"{name}.toml").read_text("utf-8"), f"profiles/{name}.toml"


def parse_profile(text: str, source: str) -> Profile:
    """The whole profile that the TOML `text` describes.

    Raises ExportProblemError: one line that begins with `source`.
    """
    return _profile(text, source, writes=True)


@lru_cache(maxsize=64)
def _profile(text: str, source: str, *, writes: bool) -> Profile:
    """Parsed once per text and purpose."""
    try:
        values = tomllib.loads(text)
        if not writes:
            values.pop("import", None)
        return Profile.model_validate(values)
    except tomllib.TOMLDecodeError as error:
        problem = f"{source}: not TOML: {error}"
    except RecursionError:
        problem = f"{source}: not TOML that can be read: nested too deeply"
    except ValidationError as error:
        problem = f"{source}: " + "; ".join(
            _problem(dict(found)) for found in error.errors(include_url=False)
        )
    raise ExportProblemError(" ".join(problem.split()))


_PLACE = "the place of the value: a path in XML, a column's name in CSV"
_FORMS = ", ".join(DateForm)
_NEEDED = {
    "format": "xml or csv",
    "encoding": "utf-8, utf-8-sig, windows-1250, or declared (XML only)",
    "fields": "a table with at least code, status and delivery_date",
    "fields.code": _PLACE,
    "fields.status": _PLACE,
    "fields.delivery_date": _PLACE,
    "mall_order_id": "a table with path and perhaps pattern",
    "mall_order_id.path": "one place or a list of places",
    "dates": "a table with read and perhaps empty",
    "dates.read": f"a list of {_FORMS}",
    "xml.record": "a path of element names from the root, such as ORDERS/ORDER",
    "changed_since.parameter": "the name of a query parameter",
    "changed_since.form": f"one of {_FORMS}",
    "document.made_at": "a path from the root, such as @generated or HEAD/CREATED",
    "import.date": f"one of {_FORMS}",
    "import.fields": "a table of place = text, see docs/profiles.md",
    "import.items": "a table with path and, for XML, fields or, for CSV, line",
    "import.items.path": "the place of a line (XML) or of all lines (CSV)",
    "import.cancel": "a table of place = text with {code} and {status}",
}
"""What is allowed for the keys that cannot be left out."""


def _problem(found: dict[str, Any]) -> str:
    """One problem as ``key: what is allowed``. The values stay out: a profile's text can hold anything."""
    location: tuple[int | str, ...] = found["loc"]
    key = ".".join(str(part) for part in location)
    if found["type"] == "extra_forbidden":
        return f"{key}: unknown key; allowed: {', '.join(_keys_beside(location))}"
    if found["type"] == "missing":
        return f"{key}: missing; allowed is {_NEEDED.get(key, 'see docs/profiles.md')}"
    message = str(found["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """The keys that are allowed in the table in which the last part of `location` stands."""
    table: type[BaseModel] = Profile
    for part in location[:-1]:
        fields = table.model_fields.items()
        field = next((field for name, field in fields if str(part) in {name, field.alias}), None)
        if field is None:
            continue  # a key of the profile's own, in a table of tables
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        kinds += [getattr(kind, "__origin__", None) for kind in kinds]  # of Annotated
        table = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return [field.alias or name for name, field in table.model_fields.items()]
