"""Loads a shop's profile from TOML and checks it: whole for writing, without ``[import]`` for reading.

Every problem of a profile is one line that names the file, the key and what is allowed there.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from orderbridge.adapters.fastcentrik.profile.checks import refuse_unfit
from orderbridge.adapters.fastcentrik.profile.dates import DateForm
from orderbridge.adapters.fastcentrik.profile.schema import Profile
from orderbridge.adapters.fastcentrik.shop_text import shown
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from orderbridge.settings import ShopSettings

SHIPPED = Path(__file__).parents[1] / "profiles"
"""The folder of the profiles that come with the product."""


def reading_profile(settings: ShopSettings) -> Profile:
    """A shop's profile without ``[import]``, which is not checked. Raises ExportProblemError, one line."""
    return _profile(*_text_of(settings), writes=False)


def writing_profile(settings: ShopSettings) -> Profile:
    """A shop's whole profile. Raises ExportProblemError, one line; also if it has no ``[import]``."""
    text, source = _text_of(settings)
    profile = _profile(text, source, writes=True)
    if profile.import_part is None:
        msg = f"{source}: the table [import] is missing: it says how orders are written, see docs/profiles.md"
        raise ExportProblemError(msg)
    return profile


def _text_of(settings: ShopSettings) -> tuple[str, str]:
    """The text of a shop's profile, and its name in problems. Raises ExportProblemError, one line."""
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
    """Each text is parsed once for reading and once for writing."""
    try:
        values = tomllib.loads(text)
        if not writes:
            values.pop("import", None)
        profile = Profile.model_validate(values)
        refuse_unfit(profile)
    except tomllib.TOMLDecodeError as error:
        problem = f"{source}: not TOML: {error}"
    except RecursionError:
        problem = f"{source}: not TOML that can be read: nested too deeply"
    except ValidationError as error:
        problem = f"{source}: " + "; ".join(
            _problem(dict(found)) for found in error.errors(include_url=False)
        )
    except ValueError as error:
        problem = f"{source}: {error}"
    else:
        return profile
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
"""What is allowed for required keys."""


def _problem(found: dict[str, Any]) -> str:
    """A problem as ``key: what is allowed``. It shows no values: a profile's text can hold anything."""
    location: tuple[int | str, ...] = found["loc"]
    key = ".".join(str(part) for part in location)
    if found["type"] == "extra_forbidden":
        return f"{key}: unknown key; allowed: {', '.join(_keys_beside(location))}"
    if found["type"] == "missing":
        return f"{key}: missing; allowed is {_NEEDED.get(key, 'see docs/profiles.md')}"
    message = str(found["msg"]).removeprefix("Value error, ")
    return f"{key}: {message}" if key else message


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """The allowed keys of the table that holds the last part of `location`."""
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
