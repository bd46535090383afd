"""A shop's record in its item: what is stored, and what is made of it where it cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orderbridge.adapters.aws.table import Codec, moment_of
from orderbridge.domain.codes.api import SettingReason, SettingsReason
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.export_content import ExportContent
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.shops import Budget, Pause, Resumed, ShopRecord, ShopStop
from orderbridge.domain.switch_on import SwitchOn
from orderbridge.errors import WrongValueError
from orderbridge.settings import ShopSettings, known_settings, shop_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

_MOMENTS_THAT_HOLD_BACK = (
    "registered_at",  # older orders are none of our business
    "settings_at",  # what is final waits for a fetch under the present settings
    "stopped_since",  # nothing is sent
    "stopped_probe_at",  # when the first order may be sent again
    "limited_until",  # no calls: MALL asked for that
    "paused_since",  # nothing is read or sent
    "switch_on_begun_at",  # steps of the first difference wait
    "switch_on_since",  # when they may be sent
)
"""Moments that hold something back. If one is unreadable, too much would be sent or told, so it is a problem of the
shop.

The other moments are about the last fetch. If one is unreadable, it counts as absent: the next good fetch writes it.
"""
HOLD_BACK_STEPS = frozenset({"paused_since", "switch_on_begun_at", "switch_on_since"})
"""Those that say when a shop's steps may go out. A shop that lost one of them is paused: a person decides anew."""
_YEARS = range(2000, 2100)
"""Years of valid moments. Others were not written here, and could not be converted."""
_MAX_NUMBER = 1_000_000_000
CONTENT = Codec(ExportContent)
"""The form of what is known of the content of the shop's export."""


def shop_record(item: Item) -> ShopRecord:
    """The record in `item`. Unusable values are a problem of this shop, never an error.

    A shop with a problem has minimal settings, and does not run until it is registered anew.
    """
    shop = item["sk"]["S"]
    settings, problem = _settings(shop, text_in(item, "settings"))
    if problem is None and (broken := broken_moments(item)):
        attributes = tuple(map(Term, broken))
        problem = because(SettingsReason.BROKEN_RECORD, shop=Term(shop), attributes=attributes)
    if problem is not None:
        # not validated: the name itself may be wrong
        settings = ShopSettings.model_construct(shop=shop)
    since, probe_at = moment_in(item, "stopped_since"), moment_in(item, "stopped_probe_at")
    paused_since, resumed_at = moment_in(item, "paused_since"), moment_in(item, "resumed_at")
    return ShopRecord(
        shop,
        settings,
        registered_at=moment_in(item, "registered_at"),
        fetch_begun_at=moment_in(item, "fetch_begun_at"),
        fetching_until=moment_in(item, "fetching_until"),
        hung_fetches=number_in(item, "hung_fetches") or 0,
        last_fetch_at=moment_in(item, "last_fetch_at"),
        last_success_at=moment_in(item, "last_success_at"),
        caught_up_at=moment_in(item, "caught_up_at"),
        content=_content(item),
        settings_at=moment_in(item, "settings_at"),
        secrets_at=moment_in(item, "secrets_at"),
        marketplace=text_in(item, "marketplace"),
        fetch_problem=next(iter(_reasons(item, "fetch_problem")), None),
        fetch_notes=_reasons(item, "fetch_notes"),
        stop=ShopStop(_stop_reason(item), since, probe_at or since) if since is not None else None,
        limited_until=moment_in(item, "limited_until"),
        budget=_budget(item),
        settings_problem=problem,
        reconciled_at=moment_in(item, "reconciled_at"),
        pause=None if paused_since is None else Pause(paused_since, text_in(item, "paused_by")),
        resumed=None if resumed_at is None else Resumed(resumed_at, text_in(item, "resumed_by")),
        switch_on=switch_on_of(item),
    )


def switch_on_of(item: Item) -> SwitchOn | None:
    """The last switch-on; None: there was none. Counts that cannot be read are 0, and its pace is the default then."""
    begun_at, since = moment_in(item, "switch_on_begun_at"), moment_in(item, "switch_on_since")
    if begun_at is None or since is None:
        return None
    return SwitchOn(
        begun_at,
        since,
        number_in(item, "switch_on_per_hour") or ShopSettings.model_fields["switch_on_per_hour"].default,
        reversible=number_in(item, "switch_on_reversible") or 0,
        irreversible=number_in(item, "switch_on_irreversible") or 0,
        reversible_taken=number_in(item, "switch_on_reversible_taken") or 0,
        irreversible_taken=number_in(item, "switch_on_irreversible_taken") or 0,
        caught_up_at=moment_in(item, "first_caught_up_at"),
    )


def _settings(shop: str, text: str) -> tuple[ShopSettings, Reason | None]:
    """The settings in `text`, and a problem (then they are minimal). Keys of another version are no problem."""
    none = ShopSettings.model_construct(shop=shop)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return none, _unusable(shop, SettingReason.NOT_JSON)
    if not isinstance(values, dict) or values.get("shop") != shop:
        return none, _unusable(shop, SettingReason.NOT_THIS_SHOP)
    try:
        return shop_settings(known_settings(values)), None
    except WrongValueError as problem:
        return none, problem.reason


def _unusable(shop: str, code: SettingReason) -> Reason:
    return because(SettingsReason.SETTINGS, shop=ShopText(shop), problems=(because(code),))


def _stop_reason(item: Item) -> Reason:
    """Why the shop is stopped, as it was noted; that it is so, where that cannot be read."""
    try:
        return Reason.of_stored(json.loads(text_in(item, "stopped_reason")))
    except (ValueError, RecursionError):
        return because(StopReason.UNKNOWN)


def broken_moments(item: Item) -> list[str]:
    """The attributes of moments that hold something back and are unreadable."""
    return [name for name in _MOMENTS_THAT_HOLD_BACK if name in item and moment_in(item, name) is None]


def text_in(item: Item, name: str) -> str:
    """Empty if there is no text."""
    value: dict[str, Any] = dict(item.get(name, {}))
    return str(value.get("S", ""))


def dumped_reason(reason: Reason | None) -> str:
    """Empty without a reason."""
    return "" if reason is None else json.dumps(reason.stored(), ensure_ascii=False)


def _reasons(item: Item, name: str) -> tuple[Reason, ...]:
    """The stored reason or reasons. One that is unreadable is left out: the next fetch writes it again."""
    try:
        stored = json.loads(text_in(item, name) or "[]")
        return tuple(map(Reason.of_stored, stored if isinstance(stored, list) else [stored]))
    except (ValueError, RecursionError):
        return ()


def _budget(item: Item) -> Budget | None:
    """None if nothing readable is stored. The marketplace's next answer updates it."""
    limit, remaining = number_in(item, "budget_limit"), number_in(item, "budget_remaining")
    resets_at = moment_in(item, "budget_resets_at")
    if limit is None or remaining is None or resets_at is None:
        return None
    return Budget(limit, remaining, resets_at)


def _content(item: Item) -> ExportContent:
    """Empty if unreadable: then the content counts as old, which is safe."""
    try:
        return CONTENT.load(json.loads(text_in(item, "export_content") or "{}"))
    except (ValueError, RecursionError):
        return ExportContent()


def number_in(item: Item, name: str) -> int | None:
    """None if there is no whole number of a sensible size."""
    value: dict[str, Any] = dict(item.get(name, {}))
    try:
        number = int(value.get("N", ""))
    except ValueError:
        return None
    return number if 0 <= number <= _MAX_NUMBER else None


def moment_in(item: Item, name: str) -> datetime | None:
    """UTC; None if there is no moment with a zone."""
    try:
        moment = moment_of(text_in(item, name))
    except ValueError:
        return None
    if moment.tzinfo is None or moment.year not in _YEARS:
        return None
    return moment.astimezone(UTC)
