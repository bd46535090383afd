"""What the flows need from the outside world: protocols only.

Adapters implement them, ``bootstrap`` picks the implementations, tests pass fakes.
"""

from __future__ import annotations

from typing import Protocol

from orderbridge.ports.checkpoints import ExportCheckpoints, FeedCheckpoints
from orderbridge.ports.ledger import Ledger
from orderbridge.ports.marketplace import Marketplace, Marketplaces
from orderbridge.ports.people import Alarms, Mail, Notices, Operator, Operators, Slots
from orderbridge.ports.queues import Queues
from orderbridge.ports.shop_files import Export, Exports, Imports
from orderbridge.ports.shops import Secrets, Shops, Webhooks
from orderbridge.ports.system import Chance, Clock

__all__ = [
    "Alarms",
    "Chance",
    "Clock",
    "Export",
    "ExportCheckpoints",
    "Exports",
    "FeedCheckpoints",
    "Imports",
    "Ledger",
    "Mail",
    "Marketplace",
    "Marketplaces",
    "Notices",
    "Operator",
    "Operators",
    "Ports",
    "Queues",
    "Secrets",
    "Shops",
    "Slots",
    "Webhooks",
]


class Ports(Protocol):
    """Everything that the flows may use. ``bootstrap`` makes each at its first use."""

    @property
    def ledger(self) -> Ledger:
        """Orders, steps, attempts."""
        ...

    @property
    def shops(self) -> Shops:
        """The registry."""
        ...

    @property
    def queues(self) -> Queues:
        """Messages to the other functions."""
        ...

    @property
    def secrets(self) -> Secrets:
        """The shops' secrets."""
        ...

    @property
    def marketplaces(self) -> Marketplaces:
        """MALL."""
        ...

    @property
    def exports(self) -> Exports:
        """FastCentrik."""
        ...

    @property
    def export_checkpoints(self) -> ExportCheckpoints:
        """Where the fetches stand."""
        ...

    @property
    def imports(self) -> Imports:
        """FastCentrik, the other way."""
        ...

    @property
    def feed_checkpoints(self) -> FeedCheckpoints:
        """Where the lists of MALL are known up to."""
        ...

    @property
    def notices(self) -> Notices:
        """What the shops were told."""
        ...

    @property
    def slots(self) -> Slots:
        """When people's requests are carried out."""
        ...

    @property
    def mail(self) -> Mail:
        """How much of it there was."""
        ...

    @property
    def alarms(self) -> Alarms:
        """E-mail."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def chance(self) -> Chance:
        """Randomness."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """The secrets of the webhooks' addresses."""
        ...

    @property
    def operators(self) -> Operators:
        """Who may use the HTTP API."""
        ...
