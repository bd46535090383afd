"""The settings of a shop that change the rules. All other rules are fixed."""

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
"""Seconds."""
HOUR = 60 * MINUTE
"""Seconds."""
DAY = 24 * HOUR
"""Seconds."""

_RANGES = {
    "undo_window_seconds": (0, 30 * DAY),
    "missing_tracking_wait_seconds": (0, 30 * DAY),
    "not_imported_alarm_seconds": (1, DAY),
    "overdue_days": (1, 365),
    "forgotten_days": (1, 365),
}
"""Key → its smallest and its largest value."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A shop's settings for the rules. All durations are whole seconds, 0 or more.

    Raises WrongValueError for a value that is not allowed. The error names the key and what is allowed.
    """

    __pydantic_config__: ClassVar = {"extra": "forbid"}

    partially_settled: Literal["hold", "shipping"] = "hold"
    """What ``částečně vyřízená`` means (R1.11): nothing is sent (``hold``), or the same as ``vyřizuje se``."""
    undo_window_seconds: int = 15 * MINUTE
    """How long Delivered and Cancelled wait before they are sent, so that a mistake can be corrected (R2.3)."""
    missing_tracking: Literal["hold", "send"] = "hold"
    """Shipped without a tracking number (R3.3): wait for the number, or send Shipped without one."""
    missing_tracking_wait_seconds: int | None = 24 * HOUR
    """With ``hold``: how long Shipped waits for the number; null: for ever (R3.3)."""
    several_parcels: Literal["hold", "first"] = "hold"
    """An order with several tracking numbers, of which MALL accepts one (R3.9): wait for a person, or send the first
    one and name the others in the step's reason."""
    push_shipped_for_marketplace_delivery: bool = False
    """Whether Shipped is sent for orders of MALL Delivery (R1.16)."""
    shop_zone: str = "Europe/Prague"
    """The zone of the times in the shop's export (R4.12)."""
    marketplace_zone: str = "Europe/Prague"
    """The zone of the times in MALL's API (R4.12)."""
    import_mode: Literal["create", "link", "off"] = "link"
    """Where the shop's orders come from (setting ``import``, R7.2). ``create``: we write MALL's open orders into the
    shop. ``link``: they come by other means and are recognised by MALL's number. ``off``: MALL's lists are not read.
    Only ``create`` can make a second copy of an order, so it is never the default."""
    import_opened_from: date | None = None
    """With ``create``: orders that MALL opened before this day (the shop's zone) are not written into the shop
    (R7.10)."""
    test_orders: bool = False
    """Whether test orders are written into the shop too (R7.9)."""
    discount: Literal["subtract", "ignore"] = "subtract"
    """With ``create``: whether MALL's ``discount`` lowers what the customer pays (R7.12). ``ignore``: MALL bears it, or
    the prices already contain it. The amount to collect shows which of the two is right."""
    not_imported_alarm_seconds: int = 4 * HOUR
    """How long an open order may be missing from the shop before it is escalated (R6.10). MALL allows 24 hours."""
    overdue_days: int = 14
    """How many days after Shipped an order without a delivery date is on the list of returns (R5.3)."""
    forgotten_days: int = 3
    """How many days an order may be in Shipping before it is in the digest (R6.13)."""
    push_returned: bool = False
    """Whether a person may have Returned set over the API (R5.9); otherwise it is set by hand in the portal (R5.1)."""
    carriers: Mapping[str, str] = field(default_factory=dict)
    """Carrier's name as the shop writes it → tracking address with ``{number}`` in it (R3.11). It comes before the
    built-in table. The name ``*`` stands for every carrier without an entry."""

    def __post_init__(self) -> None:
        """Checks all values. Raises WrongValueError, which names the key and what is allowed."""
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
