"""What an answer of the marketplace proves about a step whose own answer was lost or was a refusal.

Nothing is taken for ours only because it is what we asked for: the marketplace's people, the customer or another tool
may have been faster. All that the answer says counts: the status, whether it waits to be confirmed (what the
marketplace or the customer does waits, what we do does not), the tracking and the moments that nobody but us sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.payloads import tracking_in
from orderbridge.domain.steps import Step, StepState

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.carriers import Tracking
    from orderbridge.domain.views import MarketplaceView

MAX_DELIVERY_DIFFERENCE = timedelta(days=1)
"""Moments this far apart are not the same: less may be a zone, or a moment that was cut to its day."""
MAX_ZONE_DIFFERENCE = timedelta(hours=3)
"""How far a moment of the marketplace may be off because its zone is another one than we were told."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer shows of the step `doubtful`.

    `holds`: the marketplace holds what it asked for; `ours`: because of it. `tracking` is what was taken of it with it.
    """

    doubtful: Step
    holds: bool
    ours: bool
    tracking: Tracking | None


def evidence(doubtful: Step, before: MarketplaceView | None, answer: MarketplaceView) -> Evidence:
    """All that `answer`, as it came, shows of `doubtful`; `before` is what was known until then."""
    return Evidence(
        doubtful,
        took_effect(doubtful, before, answer),
        was_ours(doubtful, before, answer),
        tracking_taken(doubtful, before, answer),
    )


def took_effect(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether the marketplace holds what `doubtful` asked for, whoever brought it about.

    `view` is the answer as it came, `before` what was known until then.
    """
    if doubtful.action is Action.TRACKING:
        sent = tracking_in(doubtful.payload)
        return sent is not None and _took_tracking(sent, before, view)
    if doubtful.action is Action.CONFIRM:
        return view.confirmed
    return view.status is doubtful.action.target


def tracking_taken(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> Tracking | None:
    """The tracking of `doubtful`, if the marketplace took it with the step; None if not, or if it had none."""
    if doubtful.action not in {Action.SHIPPED, Action.TRACKING} or not took_effect(doubtful, before, view):
        return None
    sent = tracking_in(doubtful.payload)
    shown = view.tracking_number
    return sent if sent is not None and (not shown or alike(shown, sent.number)) else None


def was_ours(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether the marketplace holds what `doubtful` asked for because of it.

    Not what it refused: somebody else brought that about. Otherwise what only we can have sent proves that it was us,
    or that it was not; where the answer says nothing of it, a change that waits to be confirmed was the other side's.
    Shipping is set by nobody but a partner, so what waits there came after it.
    """
    if doubtful.state is not StepState.UNANSWERED or not took_effect(doubtful, before, view):
        return False
    if doubtful.action in {Action.TRACKING, Action.CONFIRM}:
        return True
    signs = [
        sign for sign in (_by_tracking(doubtful, view), _by_delivery(doubtful, view)) if sign is not None
    ]
    if not all(signs) or _came_earlier(doubtful, before, view):
        return False
    return bool(signs) or view.confirmed or doubtful.action is Action.SHIPPING


def has_moved(before: MarketplaceView, view: MarketplaceView) -> bool:
    """Whether the marketplace holds something else than what it held when it last refused."""
    return (before.status, before.confirmed, before.marketplace_delivery) != (
        view.status,
        view.confirmed,
        view.marketplace_delivery,
    )


def has_changed(before: MarketplaceView | None, view: MarketplaceView, ours: Step | None) -> bool:
    """Whether the marketplace's side changed something else than the status of a confirmed order.

    `ours` is the step of ours that brought its status about since `before`: that left it confirmed.
    """
    if before is None or view.confirmed:
        return False
    if ours is not None and ours.action.target is not None:
        return True
    return before.confirmed and view.status is before.status


def alike(shown: str, sent: str) -> bool:
    """Whether `shown` is what a marketplace may make of the number `sent`: other capitals or signs, or its end cut."""
    shown, sent = _plain(shown), _plain(sent)
    return bool(shown) and sent.startswith(shown)


def _plain(number: str) -> str:
    return "".join(character for character in number.casefold() if character.isalnum())


def _took_tracking(sent: Tracking, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    number, url = view.tracking_number, view.tracking_url
    if (number, url) == (sent.number, sent.url):
        return True
    unchanged = before is not None and number == before.tracking_number and url in {"", before.tracking_url}
    return not unchanged and alike(number, sent.number)


def _by_tracking(doubtful: Step, view: MarketplaceView) -> bool | None:
    """Whether the tracking says that it was us; None if it says nothing."""
    sent = tracking_in(doubtful.payload) if doubtful.action is Action.SHIPPED else None
    if sent is None or not view.tracking_number:
        return None
    return alike(view.tracking_number, sent.number)


def _by_delivery(doubtful: Step, view: MarketplaceView) -> bool | None:
    """Whether the moment of delivery says that it was us; None if it says nothing."""
    sent = doubtful.sent.delivered_at if doubtful.sent is not None else None
    if sent is None or view.delivered_at is None:
        return None
    return abs(view.delivered_at - sent) < MAX_DELIVERY_DIFFERENCE


def _came_earlier(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether the marketplace came to hold Shipped before we asked for it, by its own stamp."""
    if doubtful.action is not Action.SHIPPED or view.shipped_at is None:
        return False
    requested_at: datetime = doubtful.closed_at or doubtful.planned_at
    fresh = before is None or before.shipped_at != view.shipped_at
    return fresh and view.shipped_at < requested_at - MAX_ZONE_DIFFERENCE
