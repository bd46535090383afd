"""What FastCentrik shops export and import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from orderbridge.domain.answers import ImportAnswer
    from orderbridge.domain.checkpoints import Validators
    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.views import ExportedOrder
    from orderbridge.settings import ShopSettings


class Export(Protocol):
    """A fetched export, kept on disk until the context ends."""

    @property
    def not_modified(self) -> bool:
        """The shop's server says that nothing changed since the validators that were sent."""
        ...

    @property
    def validators(self) -> Validators:
        """What to send with the next request."""
        ...

    @property
    def document_digest(self) -> str:
        """Digest of the bytes; empty if not modified."""
        ...

    @property
    def age(self) -> timedelta | None:
        """How old the content was when it was served, if the server says so; else None."""
        ...

    @property
    def made_for_request(self) -> bool:
        """Whether the shop makes the export for each request: it is asked for what changed since a moment."""
        ...

    @property
    def shows_all(self) -> bool:
        """Whether the export is a list of all orders. If not, an order that it lacks has not changed."""
        ...

    @property
    def problems(self) -> tuple[Reason, ...]:
        """What is to be told of the document, and of records without a readable MALL number; after a whole reading.

        A few, however many records are broken.
        """
        ...

    @property
    def made_at(self) -> datetime | None:
        """When the content was made (UTC), as the document itself says; after a whole reading.

        None where the profile names no place for it, where it cannot be read (which `problems` says), and where the
        export is not modified. It is the shop's clock: it may be ahead of ours.
        """
        ...

    def orders(self) -> Iterator[ExportedOrder]:
        """Reads the document from its start, record by record, in constant memory. May be called again.

        Yields only orders with a MALL number. Raises ExportProblemError as soon as the document proves broken,
        which can be after records were yielded: act on none before the end was reached once.
        """
        ...


class Exports(Protocol):
    """The shops' exports."""

    def fetch(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        validators: Validators,
        changed_since: datetime | None,
    ) -> AbstractContextManager[Export]:
        """Raises ExportProblemError when the shop's server does not give a document."""
        ...

    def profile_digest(self, settings: ShopSettings) -> str:
        """Changes whenever the profile is read differently. Raises ExportProblemError for a broken profile."""
        ...


class Imports(Protocol):
    """The shops' imports. Never raises for anything that a shop's server or a profile does."""

    def problem(self, settings: ShopSettings, secrets: ShopSecrets) -> Reason | None:
        """Why nothing can be written for the shop; None if it can be tried. No request."""
        ...

    def create(self, settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        """Writes `order` into the shop as pending, with MALL's number. One POST, never repeated by itself."""
        ...

    def cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:
        """Sets the shop's order `code` to canceled. One POST, never repeated by itself."""
        ...
