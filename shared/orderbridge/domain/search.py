"""How people find an order: by MALL's number, the shop's number, or the number of its parcel.

A number is found as a whole. White space, characters that print nothing, and case do not count: people copy numbers
from mails and labels.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

MAX_NUMBER = 100
"""Maximum length of a number that an order is found by, in characters. No number of a shop or carrier is longer."""
_MALL_NUMBER = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
"""Unicode's categories of white space and of what prints nothing."""


@dataclass(frozen=True, slots=True)
class SearchKeys:
    """The numbers that an order is found by, beside MALL's. Empty: it has none that could be found."""

    code: str
    """The shop's number."""
    tracking: str
    """The parcel's number: as MALL holds it, else as the shop shows it."""

    def __contains__(self, number: str) -> bool:
        """Whether the order is found by `number`, which is ``normalised``."""
        return bool(number) and number in {self.code, self.tracking}


def keys_of(order: OrderState) -> SearchKeys:
    """What `order` is found by. It changes only with its numbers, so an index of it costs next to nothing."""
    desired, observed = order.shop_side.desired, order.marketplace.observed
    code = desired.code if desired is not None else order.shop_side.code
    tracking = observed.tracking_number if observed is not None else ""
    if not tracking and desired is not None:
        tracking = desired.tracking_number
    return SearchKeys(normalised(code), normalised(tracking))


def mall_number(text: str) -> int | None:
    """`text` as MALL's order number; None: it cannot be one."""
    return int(text) if _MALL_NUMBER.fullmatch(text) and int(text) < 2**63 else None


def normalised(text: str) -> str:
    """`text` as it is compared; empty if nothing is left, or if it is too long to be a number.

    Longer texts are cut before they are looked at, so the work is bounded.
    """
    begin = text[: 4 * MAX_NUMBER]
    kept = "".join(one for one in begin if unicodedata.category(one) not in _UNSEEN).casefold()
    return kept if len(kept) <= MAX_NUMBER and len(text) <= len(begin) else ""
