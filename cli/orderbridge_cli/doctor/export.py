"""The shop's export: whether it is reached, how it is served, how often it changes. Two downloads, three with a watch.

It goes through the product's own adapter: its address rules, its limits of size and time.
"""

from __future__ import annotations

import codecs
import re
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.load import reading_profile
from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
from orderbridge.adapters.fastcentrik.server import TimeLimits
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.exports import DownloadReason
from orderbridge.domain.export_content import MIN_GAPS, interval
from orderbridge.errors import ExportProblemError
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.doctor.observed import ObservedSession
from orderbridge_cli.doctor.orders import orders_in
from orderbridge_cli.doctor.profiles import judge
from orderbridge_cli.language import decimal, n, t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.adapters.fastcentrik.reading.exports import FetchedExport
    from orderbridge.domain.reasons import Reason
    from orderbridge.settings import ShopSettings
    from orderbridge_cli.doctor.census import Census
    from orderbridge_cli.doctor.patient import Patient

_EXPORT = Section.EXPORT
_NOT_REACHED = frozenset(
    {
        *(DownloadReason.UNREACHABLE, DownloadReason.CONNECTION_ENDED, DownloadReason.STOPPED_ANSWERING),
        *(DownloadReason.TLS, DownloadReason.LATE, DownloadReason.SERVER_FAULT, DownloadReason.CUT_OFF),
        *(DownloadReason.TOO_MANY_REQUESTS, DownloadReason.ADDRESS_PRIVATE),
    }
)
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_HEAD = 1024
_PIECE = 64 * 1024


def _nothing(_records: int) -> None:
    """Hears of records that were read."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the look at the export needs from outside, so that tests need no waiting."""

    on_records: Callable[[int], None] = _nothing
    """Hears how many more records were read."""
    watch: float = 0
    """Seconds after which the export is fetched once more; 0: it is not."""
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    limits: TimeLimits | None = None
    """None: the product's own."""


@dataclass(frozen=True, slots=True)
class _Served:
    """One good answer of the shop's server."""

    validators: Validators
    digest: str


class ExportLook:
    """One look at a shop's export."""

    def __init__(self, patient: Patient, tools: Tools) -> None:
        self._patient = patient
        self._tools = tools
        local = patient.services.local
        self._session = ObservedSession(local=local, monotonic=tools.monotonic)
        self._exports = FastCentrikExports(self._session, tools.limits, tools.monotonic, local=local)
        self._settings = patient.settings

    def findings(self) -> Iterator[Finding]:
        """Yields what is found about export, profile and orders. The export's address is in none of it."""
        if self._patient.secrets is None:
            yield Finding(
                _EXPORT, "export.no_address", Level.NOTE, t("Not fetched: the address is not known.")
            )
            return
        own, broken = _own_profile(self._settings)
        if broken is not None:
            # The address does not depend on the profile, so a shipped one serves for the download.
            self._settings = self._settings.model_copy(update={"profile": "orders", "profile_text": ""})
        served: list[_Served] = []
        try:
            yield from self._first(own, broken, served)
            yield from self._again(served[0])
            yield from self._watched(served[0])
        except ExportProblemError as problem:
            yield self._not_fetched(problem.reason)
        finally:
            self._session.close()

    def _first(self, own: Profile | None, broken: Reason | None, served: list[_Served]) -> Iterator[Finding]:
        patient, started = self._patient, self._tools.monotonic()
        assert patient.secrets is not None  # noqa: S101 - for mypy
        with self._exports.fetch(self._settings, patient.secrets, Validators(), None) as export:
            seconds = self._tools.monotonic() - started
            served.append(_Served(export.validators, export.document_digest))
            yield self._fetched(export, seconds)
            yield from self._slow_or_large(export, seconds)
            census, findings = judge(patient, export.document, own, broken, self._tools.on_records)
            yield from findings
            if census is not None and own is not None:
                yield from orders_in(patient, census, own)
            yield from self._content(export, own, census)

    def _fetched(self, export: FetchedExport, seconds: float) -> Finding:
        answered, size = self._session.answered, _size(export.document)
        encoding = _encoding(export.document)
        first = answered.first_byte if answered else seconds
        facts = {
            "first_byte_ms": round(first * 1000),
            "total_ms": round(seconds * 1000),
            "bytes": size,
            "encoding": encoding,
            "content_type": answered.content_type if answered else "",
            "compressed": bool(answered and answered.compressed),
            "age_seconds": None if export.age is None else int(export.age.total_seconds()),
        }
        text = t(
            "The export is reached: first byte after {first} s, whole after {total} s; "
            "{size}, {encoding}, sent as {kind}.",
            first=decimal(f"{first:.1f}"),
            total=decimal(f"{seconds:.1f}"),
            size=_shown(size),
            encoding=encoding,
            kind=facts["content_type"] or t("no content type"),
        )
        return Finding(_EXPORT, "export.fetched", Level.OK, text, facts=facts)

    def _slow_or_large(self, export: FetchedExport, seconds: float) -> Iterator[Finding]:
        limit = (self._tools.limits or TimeLimits()).total
        if seconds > limit / 2:
            text = t(
                "It takes {seconds} s; after {limit} s a fetch is given up.",
                seconds=round(seconds),
                limit=round(limit),
            )
            todo = t("Ask FastCentrik why the export is slow, or for one with fewer orders.")
            facts = {"seconds": round(seconds), "limit": round(limit)}
            yield Finding(_EXPORT, "export.slow", Level.WARNING, text, todo, facts)
        size, most = _size(export.document), self._settings.max_export_bytes
        if size > most * 0.8:
            text = t("It has {size}; above {limit} it is refused.", size=_shown(size), limit=_shown(most))
            todo = t("Raise max_export_bytes in the shop's file, or ask for an export with fewer orders.")
            facts = {"bytes": size, "limit": most}
            yield Finding(_EXPORT, "export.large", Level.WARNING, text, todo, facts)

    def _content(
        self, export: FetchedExport, own: Profile | None, census: Census | None
    ) -> Iterator[Finding]:
        if own is not None and own.shows_all:
            yield Finding(
                _EXPORT, "export.lists_all", Level.OK, t("It is a list of all orders, by the profile.")
            )
        elif own is not None:
            text = t(
                "It has changed orders only, by the profile: an order that it lacks counts as unchanged."
            )
            yield Finding(_EXPORT, "export.lists_changes", Level.NOTE, text)
        now, made = self._patient.now, None if census is None else census.report.made_at
        told_by = "document"
        if made is None and export.age is not None and self._settings.last_modified_is_made:
            made, told_by = now - export.age, "server"
        if made is not None:
            minutes = max(0, round((now - made) / timedelta(minutes=1)))
            facts = {"made_at": made.isoformat(), "age_minutes": minutes, "told_by": told_by}
            text = t(
                "It was made on {at}, as the {who} says.",
                at=self._patient.voice.at(made),
                who=t("document") if told_by == "document" else t("server"),
            )
            yield Finding(_EXPORT, "export.made", Level.OK, text, facts=facts)
        yield self._interval(told=made is not None)

    def _interval(self, *, told: bool) -> Finding:
        record = self._patient.record
        content = None if record is None else record.content
        if content is None or len(content.gaps) < MIN_GAPS:
            given = self._settings.export_interval
            if given is not None:
                text = n(
                    "How often it changes is set: every minute.",
                    "How often it changes is set: every {number} minutes.",
                    _minutes(given),
                )
                return Finding(_EXPORT, "export.interval", Level.OK, text, facts=_seconds(given, "setting"))
            text = t("How often it changes is not known yet; it is learned from its first changes.")
            if told:
                return Finding(_EXPORT, "export.interval", Level.OK, text, facts=_seconds(None, "unknown"))
            more = t("Until then it counts as an hour old, so final steps wait that long (R10.5).")
            return Finding(
                _EXPORT, "export.interval", Level.NOTE, f"{text} {more}", facts=_seconds(None, "unknown")
            )
        learned = interval(content, self._settings.export_interval)
        source = "learned" if self._settings.export_interval is None else "setting"
        text = n(
            "It changes about every minute.", "It changes about every {number} minutes.", _minutes(learned)
        )
        return Finding(_EXPORT, "export.interval", Level.OK, text, facts=_seconds(learned, source))

    def _again(self, first: _Served) -> Iterator[Finding]:
        """Whether the server answers conditional requests: a second request, with its validators."""
        if first.validators == Validators():
            text = t("The server gives no version of the export, so each fetch downloads all of it.")
            yield Finding(
                _EXPORT,
                "export.unconditional",
                Level.NOTE,
                text,
                facts={"conditional": False, "http_status": None},
            )
            return
        second = self._fetch(first.validators)
        status = None if self._session.answered is None else self._session.answered.http_status
        facts = {"conditional": second is None, "http_status": status}
        if second is None:
            text = t("It answers conditional requests: an unchanged export is not sent again (304).")
            yield Finding(_EXPORT, "export.conditional", Level.OK, text, facts=facts)
        elif second.digest == first.digest:
            text = t("The server sends the whole export again although nothing changed.")
            yield Finding(_EXPORT, "export.unconditional", Level.NOTE, text, facts=facts)
        else:
            text = t(
                "It changed between two requests, so whether it answers conditional requests is not known."
            )
            yield Finding(
                _EXPORT, "export.conditional_unknown", Level.NOTE, text, facts={**facts, "conditional": None}
            )

    def _watched(self, first: _Served) -> Iterator[Finding]:
        seconds = self._tools.watch
        if not seconds:
            return
        self._tools.sleep(seconds)
        later = self._fetch(first.validators)
        changed = later is not None and later.digest != first.digest
        facts = {"seconds": seconds, "changed": changed}
        if changed:
            text = n(
                "It changed within {number} second.", "It changed within {number} seconds.", round(seconds)
            )
        else:
            text = n(
                "It stayed the same for {number} second.",
                "It stayed the same for {number} seconds.",
                round(seconds),
            )
        yield Finding(_EXPORT, "export.watched", Level.OK, text, facts=facts)

    def _fetch(self, validators: Validators) -> _Served | None:
        """Another download; None: not modified. Raises ExportProblemError."""
        assert self._patient.secrets is not None  # noqa: S101 - for mypy
        with self._exports.fetch(self._settings, self._patient.secrets, validators, None) as export:
            return None if export.not_modified else _Served(export.validators, export.document_digest)

    def _not_fetched(self, reason: Reason) -> Finding:
        text = self._patient.voice.say(reason)
        answered = self._session.answered
        facts = {"http_status": None if answered is None else answered.http_status}
        reached = reason.code not in _NOT_REACHED
        return Finding(_EXPORT, str(reason.code), Level.PROBLEM, text, text, facts, reached)


def _own_profile(settings: ShopSettings) -> tuple[Profile | None, Reason | None]:
    """The shop's profile, or why it cannot be used."""
    try:
        return reading_profile(settings), None
    except ExportProblemError as problem:
        return None, problem.reason


def _shown(size: int) -> str:
    return decimal(f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB")  # noqa: PLR2004 - 0.1 MB


def _size(document: IO[bytes]) -> int:
    return document.seek(0, 2)


def _encoding(document: IO[bytes]) -> str:
    """The document's encoding: by its byte order mark, its declaration, or its bytes (UTF-8 or not)."""
    document.seek(0)
    head = document.read(_HEAD)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARED.match(head)
    if declared is not None:
        return declared[1].decode("ascii").lower()
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    document.seek(0)
    try:
        while piece := document.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "windows-1250?"
    return "utf-8"


def _minutes(duration: timedelta) -> int:
    return max(1, round(duration / timedelta(minutes=1)))


def _seconds(duration: timedelta | None, source: str) -> dict[str, object]:
    return {"seconds": None if duration is None else int(duration.total_seconds()), "source": source}
