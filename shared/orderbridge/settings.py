"""Settings: those of the deployment (environment, read once in ``bootstrap``) and those of each shop (the registry)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from orderbridge.addresses import checked
from orderbridge.domain.codes.api import SettingReason, SettingsReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.errors import WrongValueError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from orderbridge.domain.facts import Code
    from orderbridge.domain.reasons import Reason

_IMPORT_MODES = ("create", "link", "off")

SHOP_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$"
"""What a shop can be called."""
ShopName = Annotated[str, Field(pattern=SHOP_PATTERN)]


class ShopSettings(BaseModel):
    """Everything that may differ from shop to shop and is not secret. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shop: ShopName
    """Short name, part of every key and message: 1 to 40 lower-case letters, digits and ``-``."""
    profile: str = "orders"
    """Name of a profile that ships with the product (``orders``, ``czech``, ``csv``)."""
    profile_text: str = ""
    """A whole profile as TOML text; if set, it is used instead of `profile`."""
    ignore_created_before: date | None = None
    """Orders that were created in the shop before this day are ignored (R10.13). For a shop that already has orders
    when it is connected."""
    rules: Rules = Rules()
    """Settings that decide what is sent; see ``domain/rules.py``."""
    max_export_bytes: Annotated[int, Field(ge=1024, le=480 * 1024 * 1024)] = 200 * 1024 * 1024
    """Maximum size of an export in bytes. A larger export is refused as a whole (R10.15)."""
    export_interval_seconds: Annotated[int, Field(ge=0, le=7 * 24 * 3600)] | None = None
    """How often the shop makes its export, in seconds. 0: for every request, whatever ``Last-Modified`` says. null: it
    is learned from the export's changes, and counts as one hour until then. Used only where neither the document nor
    the server states when the content was made (R10.5)."""
    trust_last_modified: bool = True
    """Whether the server's ``Last-Modified`` is when the export was made. False where it means something else, such as
    the last change of an order."""
    language: Literal["cs", "sk", "en"] = "cs"
    """Language of mails and digests, and of the API's texts where a request names no language (R11.2)."""
    switch_on_limit: Annotated[int, Field(ge=0, le=1_000_000)] = 20
    """A first difference of more steps than this goes out in steps when the shop is switched on (R14.1). 0: each one
    does; the largest value: none does."""
    switch_on_per_hour: Annotated[int, Field(ge=1, le=3_600)] = 30
    """How many steps of a first difference go out within an hour at most (R14.3)."""

    @property
    def export_interval(self) -> timedelta | None:
        """``export_interval_seconds`` as a duration. None: it is learned."""
        seconds = self.export_interval_seconds
        return None if seconds is None else timedelta(seconds=seconds)

    @property
    def last_modified_is_made(self) -> bool:
        """Whether the server's ``Last-Modified`` states when the export was made."""
        return self.trust_last_modified and self.export_interval_seconds != 0

    @model_validator(mode="before")
    @classmethod
    def _move_import_to_rules(cls, values: object) -> object:
        """Moves ``import`` from the top of a shop's file to ``rules.import_mode``.

        Raises WrongValueError for an unknown mode, and for two modes that differ.
        """
        if not isinstance(values, dict) or "import" not in values:
            return values
        values = dict(values)
        mode, rules = values.pop("import"), values.get("rules", {})
        if not isinstance(mode, str) or mode not in _IMPORT_MODES:
            allowed = tuple(map(Term, _IMPORT_MODES))
            raise WrongValueError(because(SettingReason.NOT_ONE_OF, key=Term("import"), allowed=allowed))
        if not isinstance(rules, dict):
            return values
        if rules.get("import_mode", mode) != mode:
            raise WrongValueError(because(SettingReason.TWO_IMPORT_MODES))
        return {**values, "rules": {**rules, "import_mode": mode}}

    @field_validator("rules")
    @classmethod
    def _import_only_considered_orders(cls, rules: Rules, info: ValidationInfo) -> Rules:
        """Keeps orders from before ``ignore_created_before`` from being imported (R7.10).

        They would count as missing from the shop.
        """
        ignored = info.data.get("ignore_created_before")
        if rules.import_mode != "create" or ignored is None:
            return rules
        return replace(rules, import_opened_from=max(ignored, rules.import_opened_from or ignored))


def marketplace_address(value: str, *, local: bool = False) -> str:
    """`value` as the base URL of MALL's API, without a slash at its end.

    `local`: the deployment is local; see ``addresses``. Raises WrongValueError for a URL that is not allowed (R9.18),
    and for one with a query, a fragment or a user name.
    """
    usable = checked(value, local=local)
    if usable is None or any(sign in value for sign in "?#@"):
        raise WrongValueError(because(SettingReason.MARKETPLACE_ADDRESS, key=Term("marketplace_api_url")))
    return usable.url.rstrip("/")


_CODES: Mapping[str, Code] = {
    "missing": SettingReason.MISSING,
    "extra_forbidden": SettingReason.UNKNOWN_KEY,
    "unexpected_keyword_argument": SettingReason.UNKNOWN_KEY,
    "string_type": SettingReason.NOT_A_TEXT,
    "string_unicode": SettingReason.NOT_A_TEXT,
    "string_pattern_mismatch": SettingReason.SHOP_NAME,
    "int_type": SettingReason.NOT_A_NUMBER,
    "int_parsing": SettingReason.NOT_A_NUMBER,
    "int_parsing_size": SettingReason.NOT_A_NUMBER,
    "int_from_float": SettingReason.NOT_A_NUMBER,
    "finite_number": SettingReason.NOT_A_NUMBER,
    "bool_type": SettingReason.NOT_TRUE_OR_FALSE,
    "bool_parsing": SettingReason.NOT_TRUE_OR_FALSE,
    "date_type": SettingReason.NOT_A_DAY,
    "date_parsing": SettingReason.NOT_A_DAY,
    "date_from_datetime_parsing": SettingReason.NOT_A_DAY,
    "date_from_datetime_inexact": SettingReason.NOT_A_DAY,
    "dict_type": SettingReason.NOT_AN_OBJECT,
    "mapping_type": SettingReason.NOT_AN_OBJECT,
    "model_type": SettingReason.NOT_AN_OBJECT,
    "dataclass_type": SettingReason.NOT_AN_OBJECT,
    "list_type": SettingReason.NOT_A_LIST,
    "tuple_type": SettingReason.NOT_A_LIST,
}
"""Pydantic's name of an error that has no limit or list of values → our code."""

_CODES_WITH_LIMIT: Mapping[str, tuple[Code, str]] = {
    "greater_than": (SettingReason.TOO_SMALL, "gt"),
    "greater_than_equal": (SettingReason.TOO_SMALL, "ge"),
    "less_than": (SettingReason.TOO_LARGE, "lt"),
    "less_than_equal": (SettingReason.TOO_LARGE, "le"),
    "string_too_short": (SettingReason.TOO_SHORT, "min_length"),
    "string_too_long": (SettingReason.TOO_LONG, "max_length"),
    "too_long": (SettingReason.TOO_LONG, "max_length"),
}
"""Pydantic's name of an error with a limit → our code, and the key of the limit in pydantic's context."""


def problems_of(error: ValidationError) -> tuple[Reason, ...]:
    """One reason per wrong key, without repeats: what is wrong and what is allowed. It holds no input value."""
    found = error.errors(include_input=False, include_url=False)
    return tuple(dict.fromkeys(map(_problem, found)))


def _problem(problem: ErrorDetails) -> Reason:
    kind, context = problem["type"], problem.get("ctx", {})
    key = Term(".".join(map(str, problem["loc"])))
    own = context.get("error")
    if isinstance(own, WrongValueError):
        return own.reason
    if kind == "json_invalid":
        return because(SettingReason.NOT_JSON)
    if kind == "literal_error":
        allowed = tuple(map(Term, re.findall(r"'([^']*)'", str(context.get("expected", "")))))
        return because(SettingReason.NOT_ONE_OF, key=key, allowed=allowed)
    if kind in _CODES_WITH_LIMIT:
        code, name = _CODES_WITH_LIMIT[kind]
        # All limited numbers are integers, so "more than 0" is "at least 1".
        beside = {"gt": 1, "lt": -1}.get(name, 0)
        return because(code, key=key, limit=int(context[name]) + beside)
    return because(_CODES.get(kind, SettingReason.NOT_ALLOWED), key=key)


def technical_line(error: ValidationError, what: str) -> str:
    """A validation error as one line for developers: each wrong place in `what` with pydantic's error type."""
    places = (f"{'.'.join(map(str, one['loc'])) or '(whole)'} ({one['type']})" for one in error.errors())
    return " ".join(f"{what}: {', '.join(places)}".split())


def shop_settings(values: Mapping[str, Any]) -> ShopSettings:
    """The validated settings. Raises WrongValueError, whose reason names each wrong key."""
    try:
        return ShopSettings.model_validate(dict(values))
    except ValidationError as error:
        shop = ShopText(str(values.get("shop", "?")))
        raise WrongValueError(
            because(SettingsReason.SETTINGS, shop=shop, problems=problems_of(error))
        ) from None


def given_settings(settings: ShopSettings, given: Mapping[str, Any]) -> dict[str, Any]:
    """The part of `settings` that `given` names explicitly, as plain values for JSON.

    `settings` must have been made from `given`. A setting that `given` does not name is left out, so that a later
    version applies its own default.
    """
    whole = settings.model_dump(mode="json")
    kept = {key: value for key, value in whole.items() if key in given and key != "rules"}
    rules = {key: value for key, value in whole["rules"].items() if key in given.get("rules", {})}
    mode = rules.pop("import_mode", None)
    if mode is not None or "import" in given:
        kept["import"] = settings.rules.import_mode
    return kept | ({"rules": rules} if rules else {})


def known_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` without the keys that this version does not know, at the top level and in ``rules``."""
    known = {key: value for key, value in values.items() if key in {*ShopSettings.model_fields, "import"}}
    if isinstance(rules := known.get("rules"), Mapping):
        names = {field.name for field in fields(Rules)}
        known["rules"] = {key: value for key, value in rules.items() if key in names}
    return known
