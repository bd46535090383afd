"""What the shop's side remembers besides orders: tokens, faults, counts, what each profile was last given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.fastcentrik.faults import ADDITIVE, FLAG_NUMBERS, ShopFault
from sandbox.fastcentrik.publishing import ExportSettings, Publishing
from sandbox.faults import FaultBook, Struck

if TYPE_CHECKING:
    from sandbox.fastcentrik.orders import Shop


@dataclass
class ShopState:
    """The state of the shop's side, guarded by `shop.lock`.

    `counts` has `exports` (all fetches), `not_modified`, `refused` (faults and bad requests), `imports` and
    `leaks` (a reader resolved the external entity). `served` is, per profile, the shop's version at the last
    export that was sent whole.
    """

    shop: Shop
    export_token: str
    import_token: str
    faults: FaultBook[ShopFault] = field(default_factory=lambda: FaultBook(ShopFault, ADDITIVE, FLAG_NUMBERS))
    counts: Counter[str] = field(default_factory=Counter)
    served: dict[str, int] = field(default_factory=dict)
    publishing: Publishing = field(init=False)

    def __post_init__(self) -> None:
        self.publishing = Publishing(self.shop)

    def reset(self) -> None:
        """Forgets everything but the tokens."""
        self.publishing.set(ExportSettings())
        self.shop.reset()
        self.faults.clear()
        self.counts.clear()
        self.served.clear()

    def strike(self, target: str, profile: str) -> Struck[ShopFault]:
        """The faults of one request."""
        return self.faults.strike(lambda rule: rule.target == target and rule.profile in (None, profile))
