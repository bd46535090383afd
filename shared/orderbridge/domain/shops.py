"""A shop as the registry knows it: settings, stops, its key's budget, and what its people were notified of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.export_content import MAX_LIST_WAIT, ExportContent
from orderbridge.domain.reasons import Reason

if TYPE_CHECKING:
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.reasons import Reason
    from orderbridge.settings import ShopSettings


MALL_API_URL = "https://mpapi.mallgroup.com/v1"


STOPS_NOTIFIED_AT_ONCE = 3
"""So many stops in a row for the same reason are told at once; the others at most once in ``REPEATED_STOP_WITHIN``."""


REPEATED_STOP_WITHIN = timedelta(hours=6)
"""How long a shop that is stopped anew for the same reason, again and again, is the same news."""


@dataclass(frozen=True, slots=True)
class ShopSecrets:
    """The secrets of one shop, and the addresses that they go to. Their repr shows no secret.

    `marketplace_api_url` (the base of MALL's API) is where `client_id` is sent. It is kept with the key: whoever can
    change a shop's settings sends the key nowhere else.
    """

    export_url: str = field(repr=False)
    client_id: str = field(repr=False)
    import_url: str = field(repr=False, default="")
    marketplace_api_url: str = MALL_API_URL


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls the marketplace leaves to a key: `remaining` of `limit`, until the window ends at `resets_at`.

    Of several windows the tightest one, as an answer told it. Everybody who uses the key shares it.
    """

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class ShopStop:
    """Why nothing is sent for a shop, since when, and when one order may probe again."""

    reason: Reason
    since: datetime
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """A shop in the registry: its settings and how it is doing. Holds no secret.

    `fetch_begun_at` is the start of the last fetch, however it ended; while one is under way it has the shop to itself
    until `fetching_until`. `hung_fetches` is how many in a row hung, the one under way among them.
    `secrets_at` is when its secrets were last stored; `marketplace` names the address among them without showing it, so
    that shops with the same one hear of each other's silences.
    `caught_up_at` is the start of the last fetch all of whose changes were handed over, `content` what is known of the
    age of the export's content; `settings_at` is when the settings were last changed. `budget` was noted when few calls
    were left; it says nothing any more once its window is over. `outage` is that of the marketplace's address, which
    other shops may have: it comes with ``Ledger.load_with_shop`` and ``Shops.outage`` only. `reconciled_at` is when
    MALL's list of all orders under way was last read whole.
    """

    shop: str
    settings: ShopSettings
    registered_at: datetime | None = None
    fetch_begun_at: datetime | None = None
    fetching_until: datetime | None = None
    hung_fetches: int = 0
    last_fetch_at: datetime | None = None
    last_success_at: datetime | None = None
    caught_up_at: datetime | None = None
    content: ExportContent = field(default_factory=ExportContent)
    settings_at: datetime | None = None
    secrets_at: datetime | None = None
    marketplace: str = ""
    fetch_problem: Reason | None = None
    fetch_notes: tuple[Reason, ...] = ()
    stop: ShopStop | None = None
    paused_until: datetime | None = None
    budget: Budget | None = None
    settings_problem: Reason | None = None
    outage: Outage | None = None
    reconciled_at: datetime | None = None

    def needs_full_list(self, now: datetime) -> bool:
        """Whether orders that came in a crowd wait for the list of all orders under way: for a day at most."""
        bulk_change_at = self.content.bulk_change_at
        if bulk_change_at is None or now >= bulk_change_at + MAX_LIST_WAIT:
            return False
        return self.reconciled_at is None or self.reconciled_at < bulk_change_at


@dataclass(frozen=True, slots=True)
class ShopNotices:
    """What a shop's people were last told about the shop as a whole.

    `notified_stop` is the ``since`` of the stop they know of, `notified_reason` why that was, `notified_stops` how
    many of one reason were told in a row. `digest_day` (ISO) is the last day with a digest, `digest_items` the keys
    of what stood in it. `begun` names the message that was last about to be published: where none of the others says
    that it was told, it may have been.
    """

    notified_stop: datetime | None = None
    notified_reason: Reason | None = None
    notified_stops: int = 0
    digest_day: str = ""
    digest_items: tuple[str, ...] = ()
    begun: str = ""

    def was_notified_of(self, stop: ShopStop) -> bool:
        """Whether the people were told of `stop`, or often enough of others for the same reason not long before it.

        One order that MALL forbids stops a shop again and again while all others are taken: that is told now and then.
        """
        if self.notified_stop is None:
            return False
        often = self._same(stop) and self.notified_stops >= STOPS_NOTIFIED_AT_ONCE
        return stop.since == self.notified_stop or (
            often and stop.since < self.notified_stop + REPEATED_STOP_WITHIN
        )

    def after_notifying(self, stop: ShopStop) -> ShopNotices:
        """Itself once the people were told of `stop`."""
        before = self.notified_stops if self._same(stop) else 0
        return replace(self, notified_stop=stop.since, notified_reason=stop.reason, notified_stops=before + 1)

    def _same(self, stop: ShopStop) -> bool:
        recent = self.notified_stop is not None and stop.since < self.notified_stop + timedelta(days=1)
        return recent and stop.reason == self.notified_reason
