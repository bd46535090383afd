"""How far each shop's export and MALL's lists were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orderbridge.domain.shops import Budget


@dataclass(frozen=True, slots=True)
class Validators:
    """What the shop's server said about the version of its export (HTTP ETag and Last-Modified)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class ExportCheckpoint:
    """What was known of a shop's export after the last good fetch, without the digests of its orders.

    `revision` is the store's own mark for the write condition; empty if there is no position yet.
    """

    validators: Validators = Validators()
    document_digest: str = ""
    profile_digest: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True)
class FeedCheckpoint:
    """How far MALL's lists are known for a shop.

    `read_at` is the start of the last good reading of the unconfirmed list, `reconciled_at` that of the last good
    reconciliation, `reconcile_again_at` when one that did not come about is to be tried again (None: none is owed),
    `hint_failed_at` when a reading that a hint asked for last failed. `unknown_numbers` are numbers from webhooks
    that turned out not to be ours, with the moment when that was found; the caller keeps them few. `budget` is what
    the last good reading's answer said of the calls that are left, few or many. `first_read_at` and
    `first_reconciled_at` are those of the very first ones: what they showed was there before we looked.
    """

    read_at: datetime | None = None
    reconciled_at: datetime | None = None
    reconcile_again_at: datetime | None = None
    hint_failed_at: datetime | None = None
    unknown_numbers: Mapping[int, datetime] = field(default_factory=dict)
    budget: Budget | None = None
    first_read_at: datetime | None = None
    first_reconciled_at: datetime | None = None
