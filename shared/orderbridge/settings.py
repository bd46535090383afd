"""Settings: of the deployment (environment, read once in ``bootstrap``) and of each shop (the registry)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Annotated, Any

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
from orderbridge.domain.rules import Rules

_IMPORT_MODES = ("create", "link", "off")

ShopName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class ShopSettings(BaseModel):
    """Everything that may differ from shop to shop and is not secret. Unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shop: ShopName
    """Short name, part of every key and message: lower-case letters, digits and ``-``."""
    profile: str = "orders"
    """Name of a profile that ships with the product (``orders``, ``czech``, ``csv``)."""
    profile_text: str = ""
    """A whole profile as TOML text; if set, it is used instead of `profile`."""
    ignore_created_before: date | None = None
    """Orders created in the shop before this day are ignored: for a shop that has old orders when it is connected."""
    rules: Rules = Rules()
    max_export_bytes: Annotated[int, Field(ge=1024, le=480 * 1024 * 1024)] = 200 * 1024 * 1024
    """An export larger than this is refused as a whole."""
    export_interval_seconds: Annotated[int, Field(ge=0, le=7 * 24 * 3600)] | None = None
    """How often the shop makes its export; 0: for every request, whatever ``Last-Modified`` says. null: learned from
    how often the export changes, and an hour until that is known. Used where neither the document nor the server says
    when the content was made."""
    trust_last_modified: bool = True
    """Whether the server's ``Last-Modified`` is when the export was made. False where it says something else, such as
    when an order was last changed."""
    enabled: bool = True
    """False: the shop is neither fetched nor written to."""

    @property
    def export_interval(self) -> timedelta | None:
        """``export_interval_seconds`` as a duration; None: learned."""
        seconds = self.export_interval_seconds
        return None if seconds is None else timedelta(seconds=seconds)

    @property
    def last_modified_is_made(self) -> bool:
        """Whether the server's ``Last-Modified`` tells when the export was made."""
        return self.trust_last_modified and self.export_interval_seconds != 0

    @model_validator(mode="before")
    @classmethod
    def _import_is_a_rule(cls, values: object) -> object:
        """``import`` stands at the top of a shop's file, but decides with the rules, as ``import_mode``."""
        if not isinstance(values, dict) or "import" not in values:
            return values
        values = dict(values)
        mode, rules = values.pop("import"), values.get("rules", {})
        if not isinstance(mode, str) or mode not in _IMPORT_MODES:
            raise ValueError("import: use create, link or off")
        if not isinstance(rules, dict):
            return values
        if rules.get("import_mode", mode) != mode:
            raise ValueError("import: rules.import_mode says something else: leave one of the two out")
        return {**values, "rules": {**rules, "import_mode": mode}}

    @field_validator("rules")
    @classmethod
    def _what_is_ignored_is_not_written(cls, rules: Rules, info: ValidationInfo) -> Rules:
        """An order that is ignored in the shop would count as one that the shop does not have."""
        ignored = info.data.get("ignore_created_before")
        if rules.import_mode != "create" or ignored is None:
            return rules
        return replace(rules, import_opened_from=max(ignored, rules.import_opened_from or ignored))


def marketplace_address(value: str, *, local: bool = False) -> str:
    """`value` as the base address of MALL's API, without a slash at its end. Raises ValueError with one line.

    `local`: the deployment is; see ``addresses``.
    """
    usable = checked(value, local=local)
    if usable is None or any(sign in value for sign in "?#@"):
        msg = (
            "use an https address of the public internet without user, query or fragment, such as "
            "https://mpapi.mallgroup.com/v1 (the key travels with every call, so plain http is for a local stack only)"
        )
        raise ValueError(msg)
    return usable.url.rstrip("/")


def problem_line(error: ValidationError, what: str) -> str:
    """A validation error as one line: which key of `what` is wrong and what is allowed. No values in it."""
    parts = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(whole)"
        parts.append(f"{key}: {problem['msg']}")
    return " ".join(f"{what}: {'; '.join(parts)}".split())


def shop_settings(values: Mapping[str, Any]) -> ShopSettings:
    """Validated settings. Raises ValueError with one line that names each wrong key."""
    try:
        return ShopSettings.model_validate(dict(values))
    except ValidationError as error:
        raise ValueError(problem_line(error, f"settings of shop {values.get('shop', '?')}")) from None


def given_settings(settings: ShopSettings, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that `given`, from which `settings` were made, names: plain values, ready for JSON.

    A setting that is not named stays out, so the version that reads it applies its own default.
    """
    whole = settings.model_dump(mode="json")
    kept = {key: value for key, value in whole.items() if key in given and key != "rules"}
    rules = {key: value for key, value in whole["rules"].items() if key in given.get("rules", {})}
    mode = rules.pop("import_mode", None)
    if mode is not None or "import" in given:
        kept["import"] = settings.rules.import_mode
    return kept | ({"rules": rules} if rules else {})


def known_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` without the keys that only another version of this program knows, at the top and in the rules."""
    known = {key: value for key, value in values.items() if key in {*ShopSettings.model_fields, "import"}}
    if isinstance(rules := known.get("rules"), Mapping):
        names = {field.name for field in fields(Rules)}
        known["rules"] = {key: value for key, value in rules.items() if key in names}
    return known
