"""How far each shop's export and MALL's lists were read. All moments are aware and UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orderbridge.domain.shops import Budget


@dataclass(frozen=True, slots=True)
class Validators:
    """What the shop's server said about the version of its export."""

    etag: str = ""
    """The HTTP header ETag; empty: none was sent."""
    last_modified: str = ""
    """The HTTP header Last-Modified; empty: none was sent."""


@dataclass(frozen=True, slots=True)
class ExportCheckpoint:
    """What the last good fetch of a shop's export showed, without the digests of its orders (R10.3)."""

    validators: Validators = Validators()
    """The version of the export that was read."""
    document_digest: str = ""
    """The digest of the document; empty: none was read."""
    profile_digest: str = ""
    """The digest of the profile that it was read with."""
    revision: str = ""
    """The store's revision, for the condition of the next write; empty: there is no checkpoint yet."""


@dataclass(frozen=True, slots=True)
class FeedCheckpoint:
    """How far MALL's lists were read for a shop."""

    read_at: datetime | None = None
    """When the last good reading of the list of unconfirmed orders began (R8.7)."""
    reconciled_at: datetime | None = None
    """When the last good reconciliation began (R8.9)."""
    reconcile_again_at: datetime | None = None
    """When a reconciliation that failed is tried again; None: none is outstanding."""
    hint_failed_at: datetime | None = None
    """When a reading that a webhook's hint requested last failed (R8.11)."""
    unknown_numbers: Mapping[int, datetime] = field(default_factory=dict)
    """Numbers from webhooks that are no orders of ours → when that was found (R8.11). The caller keeps them few."""
    budget: Budget | None = None
    """The calls left, by the answer of the last good reading, whether few or many."""
    first_read_at: datetime | None = None
    """When the first good reading of the list of unconfirmed orders began. Its orders are older than the connection
    (R8.13)."""
    first_reconciled_at: datetime | None = None
    """When the first good reconciliation began. Its orders are older than the connection (R8.13)."""
