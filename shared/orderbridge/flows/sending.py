"""What every call to MALL has in common, for a step or for a list: may the shop send now, and what if MALL says no."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderbridge.ports import Ports, ShopRecord

PROBE_AFTER = timedelta(minutes=5)
"""How long a stopped shop sends nothing before its steps may try the key again."""
UNSAID_LIMIT_WAIT = timedelta(seconds=60)
"""How long a shop pauses after a 429 that does not say how long."""


def closed_until(shop: ShopRecord, now: datetime, *, calls_mall: bool = True) -> datetime | None:
    """Until when nothing may be sent for `shop`; None: it may.

    A refused key or a limit of MALL's holds back nothing that needs no call to it (`calls_mall` False).
    """
    if not shop.settings.enabled or shop.settings_problem:
        return now + timedelta(hours=1)
    if not calls_mall:
        return None
    if shop.stop is not None and now < shop.stop.probe_at:
        return shop.stop.probe_at
    if shop.paused_until is not None and now < shop.paused_until:
        return shop.paused_until
    return None


def limit_wait(retry_after: float | None) -> timedelta:
    """How long the shop pauses after a 429."""
    return UNSAID_LIMIT_WAIT if retry_after is None else timedelta(seconds=max(1.0, retry_after))


def note_stop(shop: str, reason: str, now: datetime, ports: Ports) -> bool:
    """Stops the shop; its secrets are read anew at the next try. True if it was not stopped before."""
    ports.secrets.forget(shop)
    return ports.shops.stop(shop, reason, now, now + PROBE_AFTER)
