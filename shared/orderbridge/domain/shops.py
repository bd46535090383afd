"""One shop of the registry: settings, health, stop, call budget, and what its people were notified of.

All moments are aware and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.export_content import MAX_LIST_WAIT, ExportContent
from orderbridge.domain.reasons import Reason

if TYPE_CHECKING:
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.switch_on import SwitchOn
    from orderbridge.settings import ShopSettings


MALL_API_URL = "https://mpapi.mallgroup.com/v1"
"""The base address of MALL's API, unless a shop's secrets name another one."""


STOPS_NOTIFIED_AT_ONCE = 3
"""How many stops in a row for one reason are notified at once (R6.19). Later ones are notified once in
``REPEATED_STOP_WITHIN``."""


REPEATED_STOP_WITHIN = timedelta(hours=6)
"""How long no further stop for the same reason is notified, once ``STOPS_NOTIFIED_AT_ONCE`` were (R6.19)."""


@dataclass(frozen=True, slots=True)
class ShopSecrets:
    """The secrets of one shop, and the addresses that they are sent to. The repr shows no secret."""

    export_url: str = field(repr=False)
    """The https address of the shop's export. It is a secret: the address alone gives access."""
    client_id: str = field(repr=False)
    """The shop's key to MALL's API (R9.17)."""
    import_url: str = field(repr=False, default="")
    """The https address of the shop's import; empty: the shop has none."""
    marketplace_api_url: str = MALL_API_URL
    """The base address of MALL's API. It is stored with the key, so that a change of settings cannot send the key to
    another address."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls MALL leaves to a key. All programs that use the key share them (R9.9).

    MALL may answer with several windows. This is the one with the fewest calls left.
    """

    limit: int
    """How many calls the window allows."""
    remaining: int
    """How many of them are left."""
    resets_at: datetime
    """When the window ends."""


@dataclass(frozen=True, slots=True)
class ShopStop:
    """Why nothing is sent for a shop (R9.7)."""

    reason: Reason
    """Why the shop was stopped."""
    since: datetime
    """When it was stopped."""
    probe_at: datetime
    """When one order may try the key again."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A person paused a shop: its export is not read, and nothing is sent for it (R14.4)."""

    since: datetime
    """When the shop was paused, or registered."""
    by: str = ""
    """Who did it; empty: nobody is known."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A person set a shop running."""

    at: datetime
    """When that was."""
    by: str
    """Who did it."""


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """A shop in the registry: its settings and its health. Holds no secret."""

    shop: str
    """The shop's name."""
    settings: ShopSettings
    """The shop's settings."""
    registered_at: datetime | None = None
    """When the shop was registered."""
    fetch_begun_at: datetime | None = None
    """When the last fetch of the export began, however it ended."""
    fetching_until: datetime | None = None
    """Until when the fetch under way has the shop to itself (R10.14); None: no fetch is under way."""
    hung_fetches: int = 0
    """How many fetches in a row hung (R10.14). The one under way counts."""
    last_fetch_at: datetime | None = None
    """When the last finished fetch began."""
    last_success_at: datetime | None = None
    """When the last good fetch began."""
    caught_up_at: datetime | None = None
    """When the last fetch began whose changes were all handed over."""
    content: ExportContent = field(default_factory=ExportContent)
    """What is known of the age of the export's content (R10.5)."""
    settings_at: datetime | None = None
    """When the settings were last changed."""
    secrets_at: datetime | None = None
    """When the secrets were last stored."""
    marketplace: str = ""
    """A digest of the marketplace's address. Shops with the same digest share its outage (R9.12)."""
    fetch_problem: Reason | None = None
    """Why the last fetch failed; None: it was good."""
    fetch_notes: tuple[Reason, ...] = ()
    """Problems of the last good export that belong to no order."""
    stop: ShopStop | None = None
    """Why nothing is sent for the shop; None: it is not stopped."""
    limited_until: datetime | None = None
    """When calls to MALL may go on (R9.8); None: no limit was reached."""
    budget: Budget | None = None
    """The calls left, noted when they were few; without meaning once its window has ended. None: enough are left."""
    settings_problem: Reason | None = None
    """Why the stored settings cannot be used; None: they can."""
    outage: Outage | None = None
    """The outage of the marketplace's address. Only ``Ledger.load_with_shop`` and ``Shops.outage`` set it."""
    reconciled_at: datetime | None = None
    """When MALL's list of all orders under way was last read to its end (R8.9)."""
    pause: Pause | None = None
    """A person's pause; None: there is none."""
    resumed: Resumed | None = None
    """Who last ended a pause, and when; None: nobody ever did."""
    switch_on: SwitchOn | None = None
    """The last switch-on in steps, also when it is over (R14.5); None: there was none."""

    @property
    def runs(self) -> bool:
        """Whether the export is read and steps are sent: nobody paused the shop, and its settings can be used."""
        return self.pause is None and self.settings_problem is None

    @property
    def never_ran(self) -> bool:
        """Whether the pause is the one in which the shop was registered, or one that nobody is known to have made."""
        if self.pause is None or self.resumed is not None:
            return False
        return not self.pause.by or self.pause.since == self.registered_at

    @property
    def set_up_at(self) -> datetime | None:
        """When the shop was last registered, given other settings, or resumed. What is late is late since then."""
        resumed_at = None if self.resumed is None else self.resumed.at
        moments = (self.registered_at, self.settings_at, resumed_at)
        return max((at for at in moments if at is not None), default=None)

    def needs_full_list(self, now: datetime) -> bool:
        """Whether orders of a bulk change wait for the list of all orders under way (R8.12). A day at most."""
        bulk_change_at = self.content.bulk_change_at
        if bulk_change_at is None or now >= bulk_change_at + MAX_LIST_WAIT:
            return False
        return self.reconciled_at is None or self.reconciled_at < bulk_change_at


@dataclass(frozen=True, slots=True)
class ShopNotices:
    """What a shop's people were last notified of, about the shop as a whole."""

    notified_stop: datetime | None = None
    """``ShopStop.since`` of the last stop that they were notified of; None: they were notified of none."""
    notified_reason: Reason | None = None
    """The reason of that stop."""
    notified_stops: int = 0
    """How many stops in a row with that reason were notified."""
    digest_day: str = ""
    """The last day with a digest, in ISO form; empty: there was none."""
    digest_items: tuple[str, ...] = ()
    """The keys of the items in that digest."""
    begun: str = ""
    """Names the message that was about to be published last. If no other field records it, it may have been
    published."""

    def was_notified_of(self, stop: ShopStop) -> bool:
        """Whether no message about `stop` is due: it was sent, or enough were sent for the same reason (R6.19).

        An order that MALL forbids can stop the shop again and again, while all other orders are accepted.
        """
        if self.notified_stop is None:
            return False
        often = self._same(stop) and self.notified_stops >= STOPS_NOTIFIED_AT_ONCE
        return stop.since == self.notified_stop or (
            often and stop.since < self.notified_stop + REPEATED_STOP_WITHIN
        )

    def after_notifying(self, stop: ShopStop) -> ShopNotices:
        """The notices after a message about `stop` was sent."""
        before = self.notified_stops if self._same(stop) else 0
        return replace(self, notified_stop=stop.since, notified_reason=stop.reason, notified_stops=before + 1)

    def _same(self, stop: ShopStop) -> bool:
        recent = self.notified_stop is not None and stop.since < self.notified_stop + timedelta(days=1)
        return recent and stop.reason == self.notified_reason
