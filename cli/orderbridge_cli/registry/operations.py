"""What the integrator does: register a shop, give it new secrets, add an operator, give a shop a webhook."""

from __future__ import annotations

import json
import secrets
import tomllib
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from orderbridge.adapters.aws.operators import Operator, token_digest
from orderbridge.adapters.fastcentrik.profile.load import reading_profile, writing_profile
from orderbridge.addresses import checked
from orderbridge.console.sign_in import new_code
from orderbridge.domain.codes.api import SettingReason, SettingsReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.persons import EVERY_SHOP, Role
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import MALL_API_URL, ShopSecrets
from orderbridge.errors import ExportProblemError, SecretsProblemError, WrongValueError
from orderbridge.settings import marketplace_address, problems_of, shop_settings
from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.language import t
from orderbridge_cli.output import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.settings import ShopSettings


def _is_local(info: ValidationInfo) -> bool:
    return bool((info.context or {}).get("local"))


def _usable(value: str, info: ValidationInfo) -> str:
    if checked(value, local=_is_local(info)) is None:
        raise WrongValueError(because(SettingReason.EXPORT_ADDRESS, key=Term(info.field_name or "")))
    return value


def _usable_or_none(value: str, info: ValidationInfo) -> str:
    return _usable(value, info) if value else value


def _base(value: str, info: ValidationInfo) -> str:
    return marketplace_address(value, local=_is_local(info))


class _SecretValues(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    export_url: Annotated[str, AfterValidator(_usable)] = Field(repr=False)
    client_id: str = Field(min_length=1, repr=False)
    import_url: Annotated[str, AfterValidator(_usable_or_none)] = Field(default="", repr=False)
    marketplace_api_url: Annotated[str, AfterValidator(_base)] = MALL_API_URL


def _off_record() -> None:
    """Records nothing: the local stack's own shop is nobody's action."""


def register_shop(
    stack: Services,
    settings: Mapping[str, Any],
    secret_values: Mapping[str, Any],
    *,
    by: str = "",
    running: bool = False,
    before: Callable[[], None] = _off_record,
) -> ShopSettings:
    """Registers a shop, or gives a registered shop new settings and secrets. Idempotent.

    A new shop is paused by the person `by` until somebody resumes it; `running`: it runs at once. A registered shop
    runs or is paused as before. `before` is called when everything is known to be right, and before anything is
    written.

    The secrets are written first, so a registered shop always has some. It is not atomic: if a write fails, run it
    again. Raises WrongValueError, which names each wrong key, of the profile too, and no value of a secret; nothing is
    written then.
    """
    checked, values = checked_shop(settings, secret_values, local=stack.local)
    before()
    stack.secrets.put(checked.shop, values)
    now = stack.clock.now()
    stack.shops.put(checked, now, settings, paused_by=None if running else by)
    _note_secrets(stack, checked.shop, values, now)
    return checked


def rotate_key(
    stack: Services, shop: str, changes: Mapping[str, str], before: Callable[[], None] = _off_record
) -> None:
    """Gives a registered shop new secrets, such as a new ``client_id``; those that `changes` does not name stay.

    The functions use them from their next call on. It is not atomic: if it fails, run it again; until then the old
    secrets may be used for some minutes more. Raises WrongUseError for an unknown shop, WrongValueError for
    a value that is not allowed; nothing is written then.
    """
    record = check_registered(stack, shop)
    present = stack.secrets.of(shop)
    values = _checked_secrets(record.settings, {**asdict(present), **changes}, local=stack.local)
    before()
    stack.secrets.put(shop, values)
    _note_secrets(stack, shop, values, stack.clock.now())


def check_removable(stack: Services, shop: str) -> None:
    """Raises WrongUseError where neither the shop is registered nor anything is left of its removal."""
    if stack.shops.get(shop) is None and not _something_left(stack, shop):
        raise WrongUseError(unknown_shop(shop))


def _something_left(stack: Services, shop: str) -> bool:
    try:
        stack.secrets.of(shop)
    except SecretsProblemError:
        heard = () if stack.listeners is None else stack.listeners.all()
        return stack.webhooks.digest_of(shop) is not None or any(shop in one.shops for one in heard)
    return True


def remove_shop(stack: Services, shop: str) -> None:
    """Removes a shop with its secrets, its webhook, and from everybody's alarms; its orders stay in the table.

    The record goes first: then no function reads the secrets any more. Not atomic; a repeat goes on where it failed.
    """
    stack.shops.remove(shop)
    stack.secrets.remove(shop)
    stack.webhooks.remove(shop)
    if stack.listeners is not None:
        stack.listeners.forget(shop)


def _checked_secrets(settings: ShopSettings, values: Mapping[str, Any], *, local: bool) -> ShopSecrets:
    try:
        valid = _SecretValues.model_validate(dict(values), context={"local": local})
    except ValidationError as error:
        raise _wrong_secrets(settings.shop, problems_of(error)) from None
    if settings.rules.import_mode == "create" and not valid.import_url:
        raise _wrong_secrets(settings.shop, (because(SettingReason.IMPORT_ADDRESS_MISSING),))
    return ShopSecrets(**valid.model_dump())


def _note_secrets(stack: Services, shop: str, values: ShopSecrets, now: datetime) -> None:
    # A digest of the address: shops with the same address share it, and no function has to read the secret.
    marketplace = sha256(values.marketplace_api_url.encode()).hexdigest()[:16]
    stack.shops.note_secrets(shop, now, marketplace)


def checked_shop(
    settings: Mapping[str, Any], secret_values: Mapping[str, Any], *, local: bool, check_profile: bool = True
) -> tuple[ShopSettings, ShopSecrets]:
    """The settings and secrets of a shop's file. `local`: the deployment is local; see ``addresses``.

    Raises WrongValueError as ``register_shop`` does. `check_profile` False: a broken profile is no error here.
    """
    checked = shop_settings(settings)
    if check_profile:
        _check_profile(checked)
    return checked, _checked_secrets(checked, secret_values, local=local)


def _wrong_secrets(shop: str, problems: tuple[Reason, ...]) -> WrongValueError:
    return WrongValueError(because(SettingsReason.SECRETS, shop=ShopText(shop), problems=problems))


def _check_profile(settings: ShopSettings) -> None:
    """Raises WrongValueError with the profile's reason. The part for writing counts only with ``import: create``."""
    try:
        if settings.rules.import_mode == "create":
            writing_profile(settings)
        else:
            reading_profile(settings)
    except ExportProblemError as problem:
        raise WrongValueError(problem.reason) from None


def read_shop_file(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Reads a TOML or JSON file: the settings are at its top, the secrets under ``secrets``.

    Returns settings and secrets; without that part no secrets. Raises WrongUseError without a text of the file.
    """
    try:
        content = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        problem = type(error).__name__
        raise WrongUseError(t("{file} cannot be read ({problem}).", file=path, problem=problem)) from None
    values: object
    try:
        values = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
    except ValueError:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise WrongUseError(
            t(
                "{file} is not valid {kind}: correct it, or name it .toml or .json as it is.",
                file=path,
                kind=kind,
            )
        ) from None
    match values:
        case {"secrets": dict(secret_values), **settings}:
            return {str(key): value for key, value in settings.items()}, secret_values
        case {"secrets": _}:
            raise WrongUseError(t("{file}: secrets is no group of keys with values.", file=path))
        case dict():
            return {str(key): value for key, value in values.items()}, {}
        case _:
            raise WrongUseError(t("{file} is no group of keys with values.", file=path))


def add_operator(
    stack: Services,
    name: str,
    shops: Sequence[str],
    role: Role = Role.OPERATOR,
    before: Callable[[], None] = _off_record,
) -> str:
    """Adds an operator and returns the token, which is not stored. No `shops`: the token may see every shop.

    `role` says what the token allows (R13.1).

    Raises WrongUseError if the name is taken or a value is not valid; nothing is written then. It does not repeat the
    name, which is a person's.
    """
    if any(operator.name == name for operator in stack.operators.all()):
        raise WrongUseError(t("There is an operator of that name: remove it first, or use another name."))
    token = secrets.token_urlsafe(32)
    try:
        added = Operator(
            name=name, token_sha256=token_digest(token), role=role, shops=tuple(shops) or (EVERY_SHOP,)
        )
    except ValidationError:
        raise WrongUseError(t("An operator's name has 1 to 60 characters.")) from None
    before()
    stack.operators.add(added)
    return token


def remove_operator(stack: Services, name: str, before: Callable[[], None] = _off_record) -> None:
    """Removes an operator. The token stops working once API Gateway's cache of it has expired.

    Raises WrongUseError if the operator is unknown.
    """
    named = [operator for operator in stack.operators.all() if operator.name == name]
    if not named:
        raise WrongUseError(t("There is no operator of that name: see orderbridge operator list."))
    before()
    for operator in named:
        stack.operators.remove(operator)


@dataclass(frozen=True, slots=True)
class OneTimeSignIn:
    """A way into the clerks' page that works once, within ``CODE_LASTS`` of ``orderbridge.console.sign_in``."""

    code: str = field(repr=False)
    """To be typed on the page's sign-in."""
    link: str = field(repr=False)
    """The page with the code behind ``#``: a browser sends that part to nobody, and the page takes it off at once."""


def one_time_sign_in(
    stack: Services, name: str, console_url: str = "", before: Callable[[], None] = _off_record
) -> OneTimeSignIn:
    """Makes a code that signs the operator in to the clerks' page once. Only its digest is stored.

    `console_url`: the page's address; empty: the stack's. `before` is called when the operator is known to exist, and
    before anything is written. Raises WrongUseError if the operator is unknown.
    """
    found = next((operator for operator in stack.operators.all() if operator.name == name), None)
    if found is None:
        raise WrongUseError(t("There is no operator of that name: see orderbridge operator list."))
    before()
    code = new_code(stack.console_store, found.token_sha256, stack.clock.now())
    return OneTimeSignIn(code, f"{console_url or stack.console_url}/sign-in#code={code}")


def add_webhook(stack: Services, shop: str) -> str:
    """Gives a shop a webhook, or replaces its present one.

    Returns the path of its URL with the secret, which is not stored. Raises WrongUseError for an unknown shop.
    """
    check_registered(stack, shop)
    secret = secrets.token_urlsafe(32)
    stack.webhooks.put(shop, token_digest(secret))
    return f"/webhook/{shop}/{secret}"


def unknown_shop(shop: str) -> str:
    """What a person is told who named a shop that is not there."""
    return t("There is no shop {shop}: see orderbridge shop list.", shop=safe(shop)[:40])


def check_registered(stack: Services, shop: str) -> ShopRecord:
    """The shop's record. Raises WrongUseError if the shop is not registered."""
    record = stack.shops.get(shop)
    if record is None:
        raise WrongUseError(unknown_shop(shop))
    return record
