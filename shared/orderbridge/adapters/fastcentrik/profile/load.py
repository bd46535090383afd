"""Loads a shop's profile from TOML and checks it: whole for writing, without ``[import]`` for reading.

A problem names the profile, the key and what is allowed there. It shows no values: a profile's text can hold anything.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from orderbridge.adapters.fastcentrik.profile.checks import unfit
from orderbridge.adapters.fastcentrik.profile.dates import DateForm
from orderbridge.adapters.fastcentrik.profile.schema import Format, Profile
from orderbridge.adapters.fastcentrik.profile.tables import UnfitValueError
from orderbridge.adapters.fastcentrik.shop_text import shown
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orderbridge.domain.reasons import Reason
    from orderbridge.settings import ShopSettings

SHIPPED = Path(__file__).parents[1] / "profiles"
"""The folder of the profiles that come with the product."""

MAX_PROBLEMS = 5
"""Problems of a profile that are described. The others are counted."""


def reading_profile(settings: ShopSettings) -> Profile:
    """A shop's profile without ``[import]``, which is not checked. Raises ExportProblemError."""
    return _profile(*_text_of(settings), writes=False)


def writing_profile(settings: ShopSettings) -> Profile:
    """A shop's whole profile. Raises ExportProblemError, also if it has no ``[import]``."""
    text, source = _text_of(settings)
    profile = _profile(text, source, writes=True)
    if profile.import_part is None:
        raise ExportProblemError(_unusable(source, [because(ProfileReason.NO_IMPORT)]))
    return profile


def _text_of(settings: ShopSettings) -> tuple[str, str]:
    """The text of a shop's profile, and its name in problems. Raises ExportProblemError."""
    if settings.profile_text:
        return settings.profile_text, "profile_text"
    return _shipped_text(settings.profile)


def shipped_profile(name: str) -> Profile:
    """The whole profile `name` that comes with the product. Raises ExportProblemError."""
    return parse_profile(*_shipped_text(name))


def shipped_names() -> list[str]:
    """The names of the profiles that come with the product, sorted."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


@lru_cache(maxsize=32)
def _shipped_text(name: str) -> tuple[str, str]:
    names = shipped_names()
    if name not in names:
        allowed = tuple(map(Term, names))
        raise ExportProblemError(
            because(ProfileReason.UNKNOWN, name=ShopText(shown(name, 40)), allowed=allowed)
        )
    return (SHIPPED / f"{name}.toml").read_text("utf-8"), f"profiles/{name}.toml"


def parse_profile(text: str, source: str) -> Profile:
    """The whole profile that the TOML `text` describes. Raises ExportProblemError, which names `source`."""
    return _profile(text, source, writes=True)


@lru_cache(maxsize=64)
def _profile(text: str, source: str, *, writes: bool) -> Profile:
    """Each text is parsed once for reading and once for writing."""
    try:
        values = tomllib.loads(text)
        if not writes:
            values.pop("import", None)
        profile = Profile.model_validate(values)
    except RecursionError:
        problems = [because(ProfileReason.TOO_DEEP)]
    except ValidationError as error:
        problems = [_problem(dict(found)) for found in error.errors(include_url=False)]
    except ValueError as error:  # TOML's own error, or Python's for a number of thousands of digits
        problems = [because(ProfileReason.NOT_TOML, said=ShopText(str(error)))]
    else:
        problem = unfit(profile)
        if problem is None:
            return profile
        problems = [problem]
    raise ExportProblemError(_unusable(source, problems))


def _unusable(source: str, problems: Sequence[Reason]) -> Reason:
    more = len(problems) - MAX_PROBLEMS
    counted = [because(ProfileReason.MORE, problems=more)] if more > 0 else []
    told = (*problems[:MAX_PROBLEMS], *counted)
    return because(ProfileReason.UNUSABLE, source=Term(source), problems=told)


def _terms(names: Iterable[str]) -> tuple[Term, ...]:
    return tuple(map(Term, names))


_PLACES = frozenset(
    {"fields.code", "fields.status", "fields.delivery_date", "mall_order_id.path", "import.items.path"}
)
_CHOICES = {
    "format": get_args(Format),
    "encoding": ("utf-8", "utf-8-sig", "windows-1250", "iso-8859-2", "declared (XML)"),
    "dates.read": tuple(DateForm),
    "changed_since.form": tuple(DateForm),
    "import.date": tuple(DateForm),
}
_TABLES = {
    "fields": ("code", "status", "delivery_date"),
    "mall_order_id": ("path",),
    "dates": ("read",),
    "import.fields": ("{mall_order_id}", "{status}"),
    "import.items": ("path", "fields (XML)", "line (CSV)"),
    "import.cancel": ("{code}", "{status}"),
}
_EXAMPLES = {
    "xml.record": "ORDERS/ORDER",
    "document.made_at": "@generated",
    "changed_since.parameter": "changed_since",
}
"""What is allowed for required keys: a place, one of several texts, a table with keys or sources, a text like this."""


def _missing(key: str) -> Reason:
    if key in _PLACES:
        return because(ProfileReason.MISSING_PLACE, key=Term(key))
    if key in _CHOICES:
        return because(ProfileReason.MISSING_CHOICE, key=Term(key), allowed=_terms(_CHOICES[key]))
    if key in _TABLES:
        return because(ProfileReason.MISSING_TABLE, key=Term(key), keys=_terms(_TABLES[key]))
    if key in _EXAMPLES:
        return because(ProfileReason.MISSING_EXAMPLE, key=Term(key), example=Term(_EXAMPLES[key]))
    return because(ProfileReason.MISSING, key=Term(key))


def _problem(found: dict[str, Any]) -> Reason:
    """A problem that pydantic found."""
    location: tuple[int | str, ...] = found["loc"]
    key = ".".join(str(part) for part in location)
    if found["type"] == "extra_forbidden":
        allowed = _terms(_keys_beside(location))
        return because(ProfileReason.UNKNOWN_KEY, key=Term(key), allowed=allowed)
    if found["type"] == "missing":
        return _missing(key)
    error = found.get("ctx", {}).get("error")
    if isinstance(error, UnfitValueError):
        return error.at(key)
    return because(ProfileReason.VALUE, key=Term(key), said=ShopText(str(found["msg"])))


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
