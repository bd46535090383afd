"""The registry of shops and their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.export_content import ExportContent
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, ShopRecord, ShopSecrets


class Shops(Protocol):
    """The registry of shops."""

    def all(self) -> list[ShopRecord]:
        """Every shop, by name. One whose settings are broken is among them, with its `settings_problem`."""
        ...

    def get(self, shop: str) -> ShopRecord | None:
        """The shop; None if it is not registered."""
        ...

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:
        """Claims the shop for one fetch that begins `at`; False if another fetch has it, or there is no such shop.

        The shop is free again after ``record_fetch`` or ``drop_fetch``, or at `until`. Until then the fetch counts as
        one that hung, so a fetch whose process was killed is counted as well.
        """
        ...

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        """Forgets the fetch of `begun_at`, which failed for a reason that is not the shop's."""
        ...

    def record_fetch(
        self,
        shop: str,
        at: datetime,
        problem: Reason | None,
        notes: tuple[Reason, ...] | None = None,
        *,
        hung: bool = False,
        caught_up: bool = False,
        content: ExportContent | None = None,
    ) -> None:
        """Notes the end of a fetch that began `at`; without a `problem` it is a success. `hung`: it took long to fail.

        `caught_up`: all of its changes were handed over. `content` is what is now known of the content's age (None: as
        before). `notes` are problems of a good export that belong to no order (None: it was not
        read, keep them).
        """
        ...

    def stop(self, shop: str, reason: Reason, now: datetime, probe_at: datetime) -> bool:
        """Stops sending for `shop`, keeping the first ``since``. True if the shop was not stopped before."""
        ...

    def resume(self, shop: str) -> None:
        """Ends a stop: the marketplace took the key again."""
        ...

    def pause(self, shop: str, until: datetime) -> None:
        """Records that the marketplace takes no calls for this shop before `until`."""
        ...

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        """Records that few calls are left; None: enough are left again.

        In a window that is not over `now` the lowest value counts, because answers come out of order.
        """
        ...

    def note_reconciled(self, shop: str, at: datetime) -> None:
        """Records that all orders under way were listed `at`. Called after the list's updates were handed over."""
        ...

    def outage(self, marketplace: str) -> Outage | None:
        """The outage of a `marketplace` (``ShopRecord.marketplace``); None while it answers. Strongly consistent."""
        ...

    def note_outage(self, marketplace: str, caller: str, now: datetime, probe_at: datetime) -> None:
        """Adds a call without an answer; no call is made before `probe_at`. The first ``since`` is kept.

        An empty `caller` only delays the next call.
        """
        ...

    def claim_probe(self, marketplace: str, seen: Outage, until: datetime) -> bool:
        """Whether the caller may make the one call; if so, nobody else may before `until`.

        Of several callers that saw the same outage one gets True.
        """
        ...

    def end_outage(self, marketplace: str) -> None:
        """Ends the outage: the address answered."""
        ...


class Secrets(Protocol):
    """The shops' secrets. Read at first use, cached until ``forget`` or until they are stored anew."""

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        """The shop's secrets. Raises SecretsProblemError.

        `stored_at` is ``secrets_at`` of the shop's record: secrets that were read under another value are read again.
        """
        ...

    def forget(self, shop: str) -> None:
        """Drops the cached secrets of `shop`."""
        ...


class Webhooks(Protocol):
    """The secrets of the shops' webhook addresses, as digests."""

    def digest_of(self, shop: str) -> str | None:
        """SHA-256 (64 hexadecimal digits) of the shop's secret; None if the shop has no webhook. Cached for minutes."""
        ...
