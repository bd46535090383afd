"""The ports of a dry run, and the list of the methods that may reach the real services.

``READS`` and ``IN_MEMORY`` name every method of every port. A test holds them to the protocols: it calls each method,
and fails if one that is not in ``READS`` reaches the service below, or if a method is in neither list.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from orderbridge.domain.checkpoints import Validators
from orderbridge_cli.dry_run.marketplace import DryImports, DryMarketplaces
from orderbridge_cli.dry_run.memory import (
    DryActions,
    DryAlarms,
    DryExportCheckpoints,
    DryFeedCheckpoints,
    DryLedger,
    DryMail,
    DryNotices,
    DryQueues,
    DrySecrets,
    DryShops,
    DrySlots,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.ports import Export, Exports, Operator, Operators, Ports, Webhooks
    from orderbridge.settings import ShopSettings

READS = frozenset(
    {
        "Ledger.load",
        "Ledger.load_with_shop",
        "Ledger.history",
        "Ledger.load_many",
        "Ledger.find",
        "Ledger.orders",
        "Ledger.due",
        "Ledger.awaiting_export",
        "Shops.all",
        "Shops.get",
        "Secrets.of",
        "Webhooks.digest_of",
        "Actions.of_shop",
        "Actions.latest",
        "Operators.find",
        "Exports.fetch",
        "Exports.profile_digest",
        "Imports.problem",
        "FeedCheckpoints.get",
        "Notices.get",
        "Mail.get",
        "Marketplaces.of",
        "Marketplace.wording",
    }
)
"""Methods that change nothing, neither here nor there. They may reach the real service."""
IN_MEMORY = frozenset(
    {
        "Ledger.save",
        "Ledger.park",
        "Shops.begin_fetch",
        "Shops.drop_fetch",
        "Shops.record_fetch",
        "Shops.stop",
        "Shops.end_stop",
        "Shops.note_limit",
        "Shops.pause",
        "Shops.resume",
        "Shops.take_place",
        "Shops.note_budget",
        "Shops.note_reconciled",
        "Shops.outage",
        "Shops.note_outage",
        "Shops.claim_probe",
        "Shops.end_outage",
        "Secrets.forget",
        "Queues.request_fetch",
        "Queues.request_returns",
        "Queues.send_shop_updates",
        "Queues.send_listing_updates",
        "Queues.request_rechecks",
        "Queues.send_step",
        "Queues.waiting",
        "Queues.request_lists",
        "Queues.request_alarms",
        "ExportCheckpoints.head",
        "ExportCheckpoints.digests",
        "ExportCheckpoints.put",
        "FeedCheckpoints.put",
        "Notices.put",
        "Mail.put",
        "Actions.record",
        "Alarms.publish",
        "Slots.take",
        "Slots.release",
        "Imports.create",
        "Imports.cancel",
        "Marketplace.read",
        "Marketplace.write",
        "Marketplace.order_detail",
        "Marketplace.under_way",
        "Marketplace.unconfirmed",
        "Clock.now",
        "Chance.jitter",
    }
)
"""Methods that write, call MALL, or need no real answer. They never reach the real service."""
RUNNERS_OWN = frozenset({"Clock.now", "Shops.outage", "Marketplace.under_way", "Marketplace.unconfirmed"})
"""Beside ``READS``, what the runner itself asks the real services: the time, whether MALL may be called, and MALL's
lists, each once (see ``calls``)."""


class DryClock:
    """A clock that the runner moves, so that undo windows pass."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """The moment that the runner chose (UTC)."""
        return self._now

    def set(self, now: datetime) -> None:
        """Moves the clock."""
        self._now = now


class DryChance:
    """No chance: a dry run gives the same result twice."""

    def jitter(self) -> float:
        """Always 0."""
        return 0.0


class DryExports:
    """The shops' exports. The whole export is fetched, whatever was fetched before."""

    def __init__(self, base: Exports) -> None:
        self._base = base

    @contextmanager
    def fetch(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        validators: Validators,  # noqa: ARG002
        changed_since: datetime | None,  # noqa: ARG002
    ) -> Iterator[Export]:
        """Fetches the whole export. Raises ExportProblemError if the shop's server gives no document."""
        with self._base.fetch(settings, secrets, Validators(), None) as export:
            yield export

    def profile_digest(self, settings: ShopSettings) -> str:
        """The digest of the shop's profile."""
        return self._base.profile_digest(settings)


class DryWebhooks:
    """The secrets of the shops' webhooks, as digests."""

    def __init__(self, base: Webhooks) -> None:
        self._base = base

    def digest_of(self, shop: str) -> str | None:
        """The real digest."""
        return self._base.digest_of(shop)


class DryOperators:
    """Who may use the HTTP API."""

    def __init__(self, base: Operators) -> None:
        self._base = base

    def find(self, token_sha256: str) -> Operator | None:
        """The real operator."""
        return self._base.find(token_sha256)


class DryRunPorts:
    """All ports of one dry run of `shop` over the real `base`. Satisfies ``orderbridge.ports.Ports``.

    The clock stands still at the moment of the making until the runner moves it. A port of `base` is touched when a
    flow first needs it, and only through the methods in ``READS``.
    """

    def __init__(self, base: Ports, shop: str) -> None:
        self.shop, self.started = shop, base.clock.now()
        self.clock, self.chance = DryClock(self.started), DryChance()
        self.shops = DryShops(base.shops, shop, self.started)
        self.ledger = DryLedger(base.ledger, self.shops)
        self.queues = DryQueues()
        self.secrets = DrySecrets(base.secrets)
        self.exports = DryExports(base.exports)
        self.imports = DryImports(base.imports)
        self.marketplaces = DryMarketplaces(
            base.marketplaces, self.clock, lambda number: number in self.ledger.done
        )
        self.export_checkpoints = DryExportCheckpoints()
        self.feed_checkpoints = DryFeedCheckpoints(base.feed_checkpoints)
        self.alarms, self.slots = DryAlarms(), DrySlots()
        self.console_url = ""
        self._base = base

    @property
    def notices(self) -> DryNotices:
        """What the shops' people were notified of."""
        return DryNotices(self._base.notices)

    @property
    def mail(self) -> DryMail:
        """How many messages each shop's people got lately."""
        return DryMail(self._base.mail)

    @property
    def actions(self) -> DryActions:
        """The record of what persons asked for."""
        return DryActions(self._base.actions)

    @property
    def webhooks(self) -> DryWebhooks:
        """The digests of the webhooks' secrets."""
        return DryWebhooks(self._base.webhooks)

    @property
    def operators(self) -> DryOperators:
        """Who may use the HTTP API."""
        return DryOperators(self._base.operators)
