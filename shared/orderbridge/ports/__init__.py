"""What the flows need from outside: protocols only.

Adapters implement them, ``bootstrap`` selects the implementations, and tests pass fakes.
"""

from __future__ import annotations

from typing import Protocol

from orderbridge.ports.checkpoints import ExportCheckpoints, FeedCheckpoints
from orderbridge.ports.ledger import Ledger
from orderbridge.ports.marketplace import Marketplace, Marketplaces
from orderbridge.ports.people import Actions, Alarms, Mail, Notices, Operator, Operators, Slots
from orderbridge.ports.queues import Queues
from orderbridge.ports.shop_files import Export, Exports, Imports
from orderbridge.ports.shops import Secrets, Shops, Webhooks
from orderbridge.ports.system import Chance, Clock

__all__ = [
    "Actions",
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
    """Everything that the flows may use. ``bootstrap`` creates each port at its first use."""

    @property
    def ledger(self) -> Ledger:
        """Orders, steps and attempts."""
        ...

    @property
    def shops(self) -> Shops:
        """The registry of shops."""
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
        """MALL, with each shop's key."""
        ...

    @property
    def exports(self) -> Exports:
        """The shops' exports at FastCentrik."""
        ...

    @property
    def export_checkpoints(self) -> ExportCheckpoints:
        """What the last good fetch of each shop's export showed."""
        ...

    @property
    def imports(self) -> Imports:
        """The shops' imports at FastCentrik."""
        ...

    @property
    def feed_checkpoints(self) -> FeedCheckpoints:
        """How far MALL's lists were read for each shop."""
        ...

    @property
    def notices(self) -> Notices:
        """What the shops' people were notified of."""
        ...

    @property
    def slots(self) -> Slots:
        """When requests of people are carried out."""
        ...

    @property
    def mail(self) -> Mail:
        """How many messages each shop's people got lately."""
        ...

    @property
    def actions(self) -> Actions:
        """The record of what persons asked for."""
        ...

    @property
    def alarms(self) -> Alarms:
        """Messages to the shops' people."""
        ...

    @property
    def clock(self) -> Clock:
        """The source of time."""
        ...

    @property
    def chance(self) -> Chance:
        """The source of randomness."""
        ...

    @property
    def webhooks(self) -> Webhooks:
        """The digests of the webhooks' secrets."""
        ...

    @property
    def console_url(self) -> str:
        """The address of the clerks' page, without a slash at its end; empty where it is not known."""
        ...

    @property
    def operators(self) -> Operators:
        """Who may use the HTTP API."""
        ...
