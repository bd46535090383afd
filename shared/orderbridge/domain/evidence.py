"""What MALL's answer proves about a step whose own answer was lost or was a refusal (R9.6).

MALL's people, the customer or another tool may have set the same status before us. So the step counts as ours only if
nothing in the answer speaks against it: status, tracking, moments, and whether the status waits to be confirmed. What
MALL or the customer sets waits for a confirmation; what we set does not (R8.6).
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
"""How far two moments of delivery may differ and still be the same: one may be cut to its day, or in another zone."""
MAX_ZONE_DIFFERENCE = timedelta(hours=3)
"""How far a moment of MALL's may be off because its zone is not the one in the settings."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an answer proves about a step."""

    doubtful: Step
    """The step in doubt."""
    holds: bool
    """Whether MALL holds what the step asked for."""
    ours: bool
    """Whether it does so because of the step."""
    tracking: Tracking | None
    """The step's tracking, if MALL accepted it; None: it did not, or the step had none."""


def evidence(doubtful: Step, before: MarketplaceView | None, answer: MarketplaceView) -> Evidence:
    """What `answer`, as it was received, proves about `doubtful`; `before` is what was known until then."""
    return Evidence(
        doubtful,
        took_effect(doubtful, before, answer),
        was_ours(doubtful, before, answer),
        tracking_taken(doubtful, before, answer),
    )


def took_effect(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether MALL holds what `doubtful` asked for, no matter who set it.

    `view` is the answer as it was received, `before` what was known until then.
    """
    if doubtful.action is Action.TRACKING:
        sent = tracking_in(doubtful.payload)
        return sent is not None and _took_tracking(sent, before, view)
    if doubtful.action is Action.CONFIRM:
        return view.confirmed
    return view.status is doubtful.action.target


def tracking_taken(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> Tracking | None:
    """The tracking of `doubtful`, if MALL accepted it with the step; None: it did not, or the step had none."""
    if doubtful.action not in {Action.SHIPPED, Action.TRACKING} or not took_effect(doubtful, before, view):
        return None
    sent = tracking_in(doubtful.payload)
    shown = view.tracking_number
    return sent if sent is not None and (not shown or alike(shown, sent.number)) else None


def was_ours(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether MALL holds what `doubtful` asked for because of this step (R9.6).

    A refused step is never ours. Otherwise tracking or a moment that only we can have sent decides. If the answer shows
    neither, a status that waits to be confirmed was set by the other side. Shipping is an exception: only a partner
    sets it, so the change that waits came after it.
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
    """Whether MALL holds something else than when it last refused."""
    return (before.status, before.confirmed, before.marketplace_delivery) != (
        view.status,
        view.confirmed,
        view.marketplace_delivery,
    )


def has_changed(before: MarketplaceView | None, view: MarketplaceView, ours: Step | None) -> bool:
    """Whether MALL's side changed something else than the status of a confirmed order (R6.17).

    `ours` is our step that set the status since `before`; after it the order was confirmed. None: it was not ours.
    """
    if before is None or view.confirmed:
        return False
    if ours is not None and ours.action.target is not None:
        return True
    return before.confirmed and view.status is before.status


def alike(shown: str, sent: str) -> bool:
    """Whether MALL may show the number `sent` as `shown`: in other case or punctuation, or with its end cut off."""
    shown, sent = _plain(shown), _plain(sent)
    return bool(shown) and sent.startswith(shown)


def _plain(number: str) -> str:
    """`number` without punctuation, in lower case."""
    return "".join(character for character in number.casefold() if character.isalnum())


def _took_tracking(sent: Tracking, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether MALL shows the tracking `sent` since `before`."""
    number, url = view.tracking_number, view.tracking_url
    if (number, url) == (sent.number, sent.url):
        return True
    unchanged = before is not None and number == before.tracking_number and url in {"", before.tracking_url}
    return not unchanged and alike(number, sent.number)


def _by_tracking(doubtful: Step, view: MarketplaceView) -> bool | None:
    """Whether the tracking shows that the step was ours; None: it shows nothing."""
    sent = tracking_in(doubtful.payload) if doubtful.action is Action.SHIPPED else None
    if sent is None or not view.tracking_number:
        return None
    return alike(view.tracking_number, sent.number)


def _by_delivery(doubtful: Step, view: MarketplaceView) -> bool | None:
    """Whether the moment of delivery shows that the step was ours; None: it shows nothing."""
    sent = doubtful.sent.delivered_at if doubtful.sent is not None else None
    if sent is None or view.delivered_at is None:
        return None
    return abs(view.delivered_at - sent) < MAX_DELIVERY_DIFFERENCE


def _came_earlier(doubtful: Step, before: MarketplaceView | None, view: MarketplaceView) -> bool:
    """Whether MALL held Shipped before we asked for it, by its own moment."""
    if doubtful.action is not Action.SHIPPED or view.shipped_at is None:
        return False
    requested_at: datetime = doubtful.closed_at or doubtful.planned_at
    fresh = before is None or before.shipped_at != view.shipped_at
    return fresh and view.shipped_at < requested_at - MAX_ZONE_DIFFERENCE
