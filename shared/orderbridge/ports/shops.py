"""The registry of shops, and their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.export_content import ExportContent
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, Pause, ShopRecord, ShopSecrets
    from orderbridge.domain.switch_on import SwitchOn


class Shops(Protocol):
    """The registry of shops."""

    def all(self) -> list[ShopRecord]:
        """All shops, sorted by name. A shop with broken settings has a `settings_problem`."""
        ...

    def get(self, shop: str) -> ShopRecord | None:
        """The shop; None: it is not registered."""
        ...

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:
        """Claims the shop for one fetch that begins `at` (R10.14). False: it has a fetch already, or is not registered.

        The claim ends with ``record_fetch`` or ``drop_fetch``, or at `until`. Until then the fetch counts as hung, so a
        fetch whose process was killed counts too.
        """
        ...

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        """Removes the record of the fetch of `begun_at`, which failed for a reason that is not the shop's."""
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
        """Records the end of a fetch that began `at`; `problem` None: it was good. `hung`: it took long to fail.

        `caught_up`: all of its changes were handed over. `content` is what is now known of the content's age; None:
        unchanged. `notes` are problems of a good export that belong to no order; None: it was not read, and the notes
        stay.
        """
        ...

    def stop(self, shop: str, reason: Reason, now: datetime, probe_at: datetime) -> bool:
        """Stops sending for `shop` (R9.7) and keeps the first ``since``. True: the shop was not stopped before."""
        ...

    def end_stop(self, shop: str) -> None:
        """Ends a stop: MALL accepts the key again."""
        ...

    def note_limit(self, shop: str, until: datetime) -> None:
        """Records that MALL accepts no calls for this shop before `until` (R9.8)."""
        ...

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        """Records that few calls are left (R9.9); None: enough are left again.

        Answers may arrive out of order. So within a window that has not ended at `now` the lowest value counts.
        """
        ...

    def note_reconciled(self, shop: str, at: datetime) -> None:
        """Records that all orders under way were listed `at`. Call it after the list's updates were handed over."""
        ...

    def pause(self, shop: str, by: str, now: datetime) -> bool:
        """Records that the person `by` paused `shop` (R14.4). False: it is paused already, or not registered.

        Atomic: of several calls one gets True, and the first ``since`` stays.
        """
        ...

    def resume(
        self, shop: str, seen: Pause, by: str, now: datetime, switch_on: SwitchOn | None = None
    ) -> bool:
        """Ends the pause `seen` of `shop`, and stores `switch_on` with it (None: the stored one stays).

        False: the shop is not in this pause any more, and nothing was written. Atomic: of several callers that saw the
        same pause one gets True. A `switch_on` that is new to the shop (``begun_at``) begins with its own counts and
        without ``caught_up_at``. Of a known one only ``since`` is written: its counts go on.
        """
        ...

    def take_place(self, shop: str, begun_at: datetime, lowest: int, *, irreversible: bool) -> int | None:
        """The next free place for a step of this kind in the switch-on that began `begun_at` (R14.2).

        `lowest` or more; no number is given out twice, and one whose caller dies stays empty. None: the shop has no
        such switch-on any more.
        """
        ...

    def outage(self, marketplace: str) -> Outage | None:
        """The outage of a `marketplace` (``ShopRecord.marketplace``), strongly consistent; None: it answers."""
        ...

    def note_outage(self, marketplace: str, caller: str, now: datetime, probe_at: datetime) -> None:
        """Adds a call without an answer (R9.12). No call is made before `probe_at`. The first ``since`` is kept.

        An empty `caller` only delays the next call.
        """
        ...

    def claim_probe(self, marketplace: str, seen: Outage, until: datetime) -> bool:
        """Whether the caller may make the one call (R9.12). If so, no other caller may before `until`.

        Of several callers that saw the same outage one gets True.
        """
        ...

    def end_outage(self, marketplace: str) -> None:
        """Ends the outage: the address answered."""
        ...


class Secrets(Protocol):
    """The shops' secrets. They are read at first use, and cached until ``forget`` or until they are stored again."""

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        """The shop's secrets. Raises SecretsProblemError.

        `stored_at` is ``secrets_at`` of the shop's record. Secrets that were read under another value are read again.
        """
        ...

    def forget(self, shop: str) -> None:
        """Drops the cached secrets of `shop`."""
        ...


class Webhooks(Protocol):
    """The secrets of the shops' webhook addresses, as digests."""

    def digest_of(self, shop: str) -> str | None:
        """SHA-256 (64 hexadecimal digits) of the shop's secret; None: the shop has no webhook. Cached for minutes."""
        ...
