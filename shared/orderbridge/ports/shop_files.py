"""The exports and imports of FastCentrik shops."""

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
    """A fetched export, kept on disk until its context ends."""

    @property
    def not_modified(self) -> bool:
        """Whether the shop's server says that nothing changed since the validators that were sent."""
        ...

    @property
    def validators(self) -> Validators:
        """The validators for the next request."""
        ...

    @property
    def document_digest(self) -> str:
        """The digest of the bytes; empty: not modified."""
        ...

    @property
    def age(self) -> timedelta | None:
        """How old the content was when it was served (R10.5); None: the server does not say."""
        ...

    @property
    def made_for_request(self) -> bool:
        """Whether the shop makes the export for each request, for changes since a given moment."""
        ...

    @property
    def shows_all(self) -> bool:
        """Whether the export is a list of all orders (R10.6). If not, an order that it lacks is unchanged (R10.8)."""
        ...

    @property
    def problems(self) -> tuple[Reason, ...]:
        """Problems of the document, and of records without a readable MALL number. Complete after a whole reading.

        A few are described, however many records are broken.
        """
        ...

    @property
    def made_at(self) -> datetime | None:
        """When the content was made (UTC), as the document says. Complete after a whole reading.

        None if the profile names no place for it, if it cannot be read (see `problems`), or if the export is not
        modified. It is the shop's clock, which may be ahead of ours.
        """
        ...

    def orders(self) -> Iterator[ExportedOrder]:
        """Reads the document from its start, record by record, in constant memory. It can be called again.

        Yields only orders with a MALL number. Raises ExportProblemError as soon as the document is found to be broken,
        even after records were yielded. So do not act on a record before the end was reached once (R10.2).
        """
        ...


class Exports(Protocol):
    """Fetches the shops' exports."""

    def fetch(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        validators: Validators,
        changed_since: datetime | None,
    ) -> AbstractContextManager[Export]:
        """Fetches one export. Raises ExportProblemError if the shop's server gives no document."""
        ...

    def profile_digest(self, settings: ShopSettings) -> str:
        """A digest that changes if the profile is read differently. Raises ExportProblemError for a broken profile."""
        ...


class Imports(Protocol):
    """Writes into the shops' imports. Nothing that a shop's server or a profile does raises an error."""

    def problem(self, settings: ShopSettings, secrets: ShopSecrets) -> Reason | None:
        """Why nothing can be written into the shop; None: it can be tried. Makes no request."""
        ...

    def create(self, settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        """Writes `order` into the shop as pending, with MALL's number (R7.1). One POST, never repeated by itself."""
        ...

    def cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:
        """Sets the shop's order `code` to canceled (R7.14). One POST, never repeated by itself."""
        ...
