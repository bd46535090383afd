"""What a shop may set about the rules themselves. Every other rule is fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orderbridge.domain.carriers import CARRIERS

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Rules:
    """A shop's choices. All durations are whole seconds, 0 or more.

    Raises ValueError, with the key and what is allowed, when a value makes no sense.
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
    push_shipped_for_marketplace_delivery: bool = False
    """Whether Shipped is sent for orders that the marketplace delivers itself."""
    shop_zone: str = "Europe/Prague"
    """Zone of the times in the shop's export."""
    marketplace_zone: str = "Europe/Prague"
    """Zone of the times that the marketplace's API takes and gives."""
    carriers: Mapping[str, str] = field(default_factory=dict)
    """Carrier's name as the shop writes it → tracking URL with ``{number}`` in it. Comes before the built-in
    table; the name ``*`` stands for every carrier that no other entry knows."""

    def __post_init__(self) -> None:
        for key in ("undo_window_seconds", "missing_tracking_wait_seconds"):
            value = getattr(self, key)
            if value is not None and not 0 <= value <= 30 * 24 * HOUR:
                msg = f"{key} is {value}: allowed are 0 to {30 * 24 * HOUR} seconds (30 days)"
                raise ValueError(msg)
        for key in ("shop_zone", "marketplace_zone"):
            try:
                ZoneInfo(getattr(self, key))
            except (ZoneInfoNotFoundError, ValueError):
                msg = f"{key} is {getattr(self, key)!r}: use an IANA name such as Europe/Prague or UTC"
                raise ValueError(msg) from None
        for name, template in self.carriers.items():
            if template.count("{number}") != 1 or not template.startswith(("https://", "http://")):
                msg = f"carriers[{name!r}] is {template!r}: use an http(s) address with one {{number}} in it"
                raise ValueError(msg)

    @property
    def all_carriers(self) -> Mapping[str, str]:
        """The shop's own table over the built-in one."""
        return {**CARRIERS, **self.carriers}
