"""A whole shop: its health, its figures, and what follows from requests about it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from deployment.openapi.models.common import (
    Counter,
    Explanation,
    Model,
    Moment,
    Natural,
    OrderNumber,
    ShopName,
)
from orderbridge.domain.statuses import MarketplaceStatus


class MallCalls(Model):
    """How many calls MALL leaves to the shop's key."""

    limit: Natural
    """How many it allows in all."""
    remaining: Natural
    """How many are left."""
    resets_at: Moment
    """Until when."""


class ExportHealth(Model):
    """How old the content of the shop's export is."""

    content_made_at: Moment | None
    """When the content was made; null: not known."""
    content_age_seconds: Natural | None
    """How long ago that was."""
    told: bool
    """Whether the document or the server says when it was made."""
    interval_seconds: Natural
    """How often the shop makes its export; 0: for every request."""
    unchanged_since: Moment | None
    """Since when the content has been the same."""
    orders: Natural | None
    """How many orders it has; null: not known."""


class MallLists(Model):
    """When MALL's lists were read."""

    read_at: Moment | None
    """When the list of unconfirmed orders was last read."""
    reconciled_at: Moment | None
    """When all orders under way were last compared."""


class Paused(Model):
    """A pause of the shop."""

    since: Moment
    """Since when nothing is sent."""
    by: str | None
    """Who paused it; null: nobody, it was not switched on yet, or the record cannot be read."""


class Resumed(Model):
    """The end of a pause."""

    at: Moment
    """When it ended."""
    by: str | None
    """Who ended it; null: the record of it cannot be read."""


class SwitchOn(Model):
    """How far the first difference between shop and MALL went out."""

    begun_at: Moment
    """When it began."""
    per_hour: Natural
    """How many orders are let go in an hour."""
    released: Natural
    """How many were let go."""
    left: Natural
    """How many wait."""
    ends_at: Moment | None
    """When the last one is let go; null: not known, or a pause stops it."""
    paused: bool
    """Whether a pause stops it."""


class Sending(Model):
    """Whether a shop runs."""

    shop: ShopName
    """The shop."""
    state: Explanation
    """Whether the shop runs, is paused, or is being switched on."""
    paused: Paused | None
    """Who paused it; null: nobody did."""
    resumed: Resumed | None
    """Who resumed it last; null: nobody did yet."""
    switch_on: SwitchOn | None
    """How far its first difference went out; null: none is going out."""


class PauseAnswer(Sending):
    """Whether a shop runs, after a request to pause or to resume it."""

    changed: bool
    """Whether the request changed that; false: it was so already."""


class SettingsAnswer(Model):
    """The settings of one shop. No secret is among them."""

    shop: ShopName
    """The shop."""
    settings: dict[str, Any]
    """Every setting under the key that it has in a shop's file, also those that nobody chose. `profile` is null for a
    shop with a profile of its own. More keys may come."""


class ShopHealth(Sending):
    """How one shop is doing."""

    ok: bool
    """Whether nothing is wrong."""
    stopped: bool
    """Whether MALL refuses its key, so that nothing is sent."""
    limited_until: Moment | None
    """Until when nothing is sent, because MALL's limit is reached; null: it is not."""
    mall_calls: MallCalls | None
    """How many calls MALL leaves to its key; null: not known."""
    last_fetch_at: Moment | None
    """When its export was last asked for."""
    last_success_at: Moment | None
    """When its export was last read."""
    export: ExportHealth
    """How old the content of its export is."""
    import_: Annotated[Literal["create", "link", "off"], Field(alias="import")]
    """What is done with MALL's open orders: they are written into the shop, only watched, or not read."""
    mall_lists: MallLists | None
    """When MALL's lists were read; null: they are not read for it, or too many shops were asked for."""
    problems: list[Explanation]
    """What is wrong, and what to do."""


class Health(Model):
    """How each shop that the token sees is doing."""

    status: Literal["ok", "attention"]
    """`attention`: something is wrong with a shop."""
    checked_at: Moment
    """When this was found."""
    shops: list[ShopHealth]
    """The shops."""


class Figure(Model):
    """One rate."""

    value: float | None
    """In per cent; null: there is nothing to measure."""
    limit: float | None
    """MALL's limit in per cent; null: MALL has none."""
    other_limit: float | None
    """The limit in another version of MALL's page; null: there is none."""
    ok: bool | None
    """Whether the limit is kept; null: there is no limit, or nothing to measure."""
    count: Natural
    """How many orders count."""
    total: Natural
    """How many orders they are compared with."""
    orders: list[OrderNumber]
    """The orders that make the rate worse, newest first: the first fifty."""
    counts: Explanation
    """What is counted."""


class Wait(Model):
    """How long one order waited for a status."""

    mall_order_id: OrderNumber
    """MALL's number of the order."""
    seconds: float
    """The time in seconds."""


class ClickToStatus(Model):
    """How long orders waited, from when the shop was first seen to want a status until it was set."""

    status: MarketplaceStatus
    """The status."""
    count: Counter
    """How many orders."""
    median_seconds: float
    """The median."""
    percentile_95_seconds: float
    """How long 95 of 100 waited at most."""
    longest_seconds: float
    """How long the slowest waited."""
    slowest: list[Wait]
    """The orders that waited longest."""


class Figures(Model):
    """What MALL judges the shop by."""

    shop: ShopName
    """The shop."""
    from_: Annotated[dt.date, Field(alias="from")]
    """The first day, in the shop's zone."""
    to: dt.date
    """The last day."""
    since: Moment
    """When the first day began."""
    before: Moment
    """When the last day ended, or now."""
    complete: bool
    """Whether every order was counted: otherwise ask for a later first day."""
    unreadable: list[OrderNumber]
    """Orders that were left out, because their records cannot be read."""
    orders: Natural
    """How many orders were opened on these days."""
    cancel_rate: Figure
    """Cancelled orders."""
    status_errors: Figure
    """Orders with a wrong final status."""
    tracking_rate: Figure
    """Parcels with tracking."""
    late_delivered: Figure
    """Orders whose Delivered came late."""
    click_to_status: list[ClickToStatus]
    """How long orders waited for a status."""
