"""Settings: of the deployment (environment, read once in ``bootstrap``) and of each shop (the registry)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from orderbridge.addresses import keeps_secrets
from orderbridge.domain.rules import Rules

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
    marketplace_api_url: str = "https://mpapi.mallgroup.com/v1"
    """Base address of MALL's API."""
    rules: Rules = Rules()
    ignore_created_before: date | None = None
    """Orders created in the shop before this day are not looked at: for a shop that is connected with a past."""
    max_export_bytes: Annotated[int, Field(ge=1024, le=480 * 1024 * 1024)] = 200 * 1024 * 1024
    """An export larger than this is refused as a whole."""
    enabled: bool = True
    """False: the shop is neither fetched nor written to."""

    @model_validator(mode="before")
    @classmethod
    def _import_is_a_rule(cls, values: object) -> object:
        """``import`` stands at the top of a shop's file, but decides with the rules."""
        if not isinstance(values, dict) or "import" not in values:
            return values
        values = dict(values)
        mode, rules = values.pop("import"), values.get("rules", {})
        if not isinstance(rules, dict):
            return values
        if mode not in {"create", "link", "off"}:
            raise ValueError("import: use create, link or off")
        rules = {**rules, "import_mode": mode}
        ignored = values.get("ignore_created_before")
        if mode == "create" and ignored:
            # An order that is not looked at in the shop would look like one that the shop does not have.
            rules["import_opened_from"] = max(str(ignored), str(rules.get("import_opened_from") or ""))
        return {**values, "rules": rules}

    @field_validator("marketplace_api_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        if not keeps_secrets(value) or any(sign in value for sign in "?#@"):
            msg = (
                "use an https address without user, query or fragment, such as https://mpapi.mallgroup.com/v1 "
                "(plain http is for private networks only: the key travels with every call)"
            )
            raise ValueError(msg)
        return value.rstrip("/")


def problem_line(error: ValidationError, what: str) -> str:
    """A validation error as one line: which key of `what` is wrong and what is allowed. No values in it."""
    parts = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(whole)"
        parts.append(f"{key}: {problem['msg']}")
    return f"{what}: " + "; ".join(parts)


def shop_settings(values: dict[str, Any]) -> ShopSettings:
    """Validated settings. Raises ValueError with one line that names each wrong key."""
    try:
        return ShopSettings.model_validate(values)
    except ValidationError as error:
        raise ValueError(problem_line(error, f"settings of shop {values.get('shop', '?')}")) from None
