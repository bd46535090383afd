"""What a shop may set about the rules themselves. Every other rule is fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orderbridge.domain.codes.api import SettingReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import because
from orderbridge.domain.tracking_address import template_problem
from orderbridge.errors import WrongValueError

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_RANGES = {
    "undo_window_seconds": (0, 30 * DAY),
    "missing_tracking_wait_seconds": (0, 30 * DAY),
    "not_imported_alarm_seconds": (1, DAY),
    "overdue_days": (1, 365),
    "forgotten_days": (1, 365),
}
"""The smallest and the largest value of each key."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A shop's choices. All durations are whole seconds, 0 or more.

    Raises WrongValueError, with the key and what is allowed, when a value makes no sense.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    partially_settled: Literal["hold", "shipping"] = "hold"
    """What ``částečně vyřízená`` means: nothing is sent (``hold``), or the same as ``vyřizuje se``."""
    undo_window_seconds: int = 15 * MINUTE
    """How long Delivered and Cancelled wait before they are sent, so that a mistake can be taken back."""
    missing_tracking: Literal["hold", "send"] = "hold"
    """Shipped without a tracking number: wait for the number, or send Shipped without one."""
    missing_tracking_wait_seconds: int | None = 24 * HOUR
    """With ``hold``: how long to wait for the number before Shipped is sent without it; null waits for ever."""
    several_parcels: Literal["hold", "first"] = "hold"
    """An order with several tracking numbers, of which the marketplace takes one: wait for a person (as without a
    number), or send the first one and tell the others with the step."""
    push_shipped_for_marketplace_delivery: bool = False
    """Whether Shipped is sent for orders that the marketplace delivers itself."""
    shop_zone: str = "Europe/Prague"
    """Zone of the times in the shop's export."""
    marketplace_zone: str = "Europe/Prague"
    """Zone of the times that the marketplace's API takes and gives."""
    import_mode: Literal["create", "link", "off"] = "link"
    """Where the shop's orders come from (setting ``import``). ``create``: we write MALL's open orders into the shop.
    ``link``: the shop gets them by other means, we only link them by MALL's number. ``off``: MALL's lists are not
    even read. Only ``create`` can make a second copy of an order, so it is never the default."""
    import_opened_from: date | None = None
    """With ``create``: orders that MALL opened before this day (the shop's zone) are not written into the shop."""
    test_orders: bool = False
    """Whether test orders are brought into the shop as well (R7.9)."""
    discount: Literal["subtract", "ignore"] = "subtract"
    """What MALL's ``discount`` is to this shop, with ``create``: taken off what the customer pays, or not (MALL bears
    it, or the prices have it in them already). An amount to collect tells which of the two is wrong."""
    not_imported_alarm_seconds: int = 4 * HOUR
    """How long an open order may fail to get into the shop before it is escalated. MALL allows 24 hours."""
    overdue_days: int = 14
    """So many days after Shipped an order without a delivery date is on the list of returns."""
    forgotten_days: int = 3
    """So many days after Shipping an order that is still in Shipping is in the digest."""
    push_returned: bool = False
    """Whether a person may have Returned set over the API (R5.9); otherwise by hand in the portal (R5.1)."""
    carriers: Mapping[str, str] = field(default_factory=dict)
    """Carrier's name as the shop writes it → tracking URL with ``{number}`` in it. Comes before the built-in
    table; the name ``*`` stands for every carrier that no other entry knows."""

    def __post_init__(self) -> None:
        """Raises WrongValueError, which names the key and what is allowed."""
        for key, (first, last) in _RANGES.items():
            value = getattr(self, key)
            if value is not None and not first <= value <= last:
                raise WrongValueError(
                    because(
                        SettingReason.OUT_OF_RANGE,
                        key=Term(key),
                        given=Term(str(value)),
                        first=first,
                        last=last,
                    )
                )
        for key in ("shop_zone", "marketplace_zone"):
            value = getattr(self, key)
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Europe
                raise WrongValueError(
                    because(SettingReason.ZONE, key=Term(key), given=ShopText(value))
                ) from None
        for carrier, address in self.carriers.items():
            if template_problem(address):
                raise WrongValueError(
                    because(SettingReason.CARRIER, carrier=ShopText(carrier), address=ShopText(address))
                )
