"""``Exports`` for FastCentrik: fetches a shop's export once, and reads it any number of times."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.profile.dates import write_date
from orderbridge.adapters.fastcentrik.profile.load import reading_profile
from orderbridge.adapters.fastcentrik.reading.orders import read_orders
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.adapters.fastcentrik.server import TimeLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import requests

    from orderbridge.adapters.fastcentrik.profile.schema import ChangedSince, Profile
    from orderbridge.domain.checkpoints import Validators
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.views import ExportedOrder
    from orderbridge.settings import ShopSettings

IN_MEMORY = 1024 * 1024
"""Bytes of an export that is kept in memory. A larger one is written to the temporary disk."""


@dataclass(slots=True)
class FetchedExport:
    """A fetched export. One reading at a time."""

    not_modified: bool
    validators: Validators
    document_digest: str
    age: timedelta | None
    made_for_request: bool
    _document: IO[bytes] = field(repr=False)
    _profile: Profile = field(repr=False)
    _zone: ZoneInfo = field(repr=False)
    _report: ReadingReport = field(default_factory=ReadingReport, repr=False)

    def orders(self) -> Iterator[ExportedOrder]:
        """See ``ports.Export.orders``. Nothing if the export is not modified."""
        self._report = ReadingReport()
        if not self.not_modified:
            yield from read_orders(self._document, self._profile, self._zone, self._report)

    @property
    def document(self) -> IO[bytes]:
        """The document, decompressed, for whoever reads it with other profiles; empty if the export is not modified.

        It is closed when the export's context ends. Do not read it during ``orders``.
        """
        return self._document

    @property
    def shows_all(self) -> bool:
        """See ``ports.Export.shows_all``."""
        return self._profile.shows_all

    @property
    def problems(self) -> tuple[Reason, ...]:
        """See ``ports.Export.problems``: a few, however many records are broken."""
        return self._report.problems

    @property
    def made_at(self) -> datetime | None:
        """See ``ports.Export.made_at``."""
        return self._report.made_at


class FastCentrikExports:
    """Fetches exports over HTTP. One instance serves any number of shops, one fetch at a time."""

    def __init__(
        self,
        session: requests.Session | None = None,
        limits: TimeLimits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        local: bool = False,
    ) -> None:
        """Without a `session`, one is made at the first fetch. `monotonic` (seconds) is for the total limit.

        `local`: the deployment is local; see ``addresses``.
        """
        self._local = local
        self._session = session
        self._limits = limits
        self._monotonic = monotonic

    @contextmanager
    def fetch(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        validators: Validators,
        changed_since: datetime | None,
    ) -> Iterator[FetchedExport]:
        """The export, until the context ends. `changed_since` (aware) is used if the profile says how.

        Raises ExportProblemError if the server returns no document, or if the profile, without its ``[import]``, is
        broken.
        """
        # The HTTP library is most of this package's import time.
        from orderbridge.adapters.fastcentrik.reading import download  # noqa: PLC0415
        from orderbridge.adapters.http import Session  # noqa: PLC0415

        profile = reading_profile(settings)
        zone = ZoneInfo(settings.rules.shop_zone)
        url = secrets.export_url
        if changed_since is not None and profile.changed_since is not None:
            url = with_changed_since(url, profile.changed_since, changed_since, zone)
        url = download.usable(url, local=self._local)
        if self._session is None:
            self._session = Session(local=self._local)
        with SpooledTemporaryFile(max_size=IN_MEMORY) as document:
            got = download.download(
                self._session,
                url,
                validators,
                document,
                max_bytes=settings.max_export_bytes,
                limits=self._limits or TimeLimits(),
                monotonic=self._monotonic,
            )
            yield FetchedExport(
                got.not_modified,
                got.validators,
                got.digest,
                got.age,
                profile.changed_since is not None,
                document,
                profile,
                zone,
            )

    def profile_digest(self, settings: ShopSettings) -> str:
        """Hex SHA-256. Raises ExportProblemError if the profile, without its ``[import]``, is broken."""
        return reading_profile(settings).digest


def with_changed_since(url: str, how: ChangedSince, moment: datetime, zone: ZoneInfo) -> str:
    """`url` with the profile's parameter, in the shop's local time and earlier by the profile's overlap.

    It is rounded down to the form's precision. The rest of `url` is unchanged.
    """
    # The overlap is subtracted from the moment, not from the local time: the clock may be set back in between.
    since = (moment - timedelta(seconds=how.overlap_seconds)).astimezone(zone)
    parts = urlsplit(url)
    parameter = f"{quote(how.parameter, safe='')}={quote(write_date(since, how.form), safe='')}"
    return parts._replace(
        query=f"{parts.query}&{parameter}" if parts.query else parameter, fragment=""
    ).geturl()
