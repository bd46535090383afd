"""Reads a shop's export and sends ``map_state`` what changed, what a step waits for, and what is missing (R10)."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from orderbridge.domain.checkpoints import ExportCheckpoint, Validators
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.export_content import (
    ExportContent,
    interval,
    made_after,
    served,
    stamped,
    with_order_count,
)
from orderbridge.domain.fetch_schedule import HUNG_AFTER, is_due, phase
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import UNDER_WAY
from orderbridge.errors import ExportProblemError, SecretsProblemError, VersionConflictError
from orderbridge.flows.common.export_reading import contains, read_export, without
from orderbridge.flows.common.hand_over import HandOver, Seen
from orderbridge.flows.common.stored_orders import every_order
from orderbridge.messages import ListRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.common.export_reading import Findings
    from orderbridge.messages import NotInExport
    from orderbridge.ports import Export, Ports

MAX_UPDATES_PER_FETCH = 5_000
"""Maximum number of changed orders that one fetch sends. The rest stays changed and follows with the next fetch
(R10.3)."""
MAX_ROUNDS = 40
"""Maximum number of fetches in a row that request the next one; after that the tick does. Without it, an export that
differs each time would keep a function busy for ever."""
MAX_AWAITED = 2_000
"""Maximum number of orders waiting for the export that one fetch searches, the longest waiting first."""
MAX_MISSING = 1_000
"""Maximum number of missing orders that one roll call reports (R10.6)."""
SETTLED_AFTER = timedelta(minutes=1)
"""Age from which a Last-Modified can be relied on: it has whole seconds, so a younger one may hide a later change."""
MAX_FETCH = timedelta(minutes=6)
"""Maximum duration of a fetch: the function ends before. After that the shop is free for another fetch (R10.14)."""
BUSY_RETRY_AFTER = timedelta(seconds=10)
"""How soon a person's request returns that came during another fetch."""


@dataclass(frozen=True, slots=True)
class FetchReport:
    """The result of one fetch. `problem` None: the export was good.

    `orders`: number of orders in the export. `shop_updates`: changed orders that were sent. `left`: changed orders that
    wait for the next fetch. `shown`: unchanged orders that were sent because a step waits for them. `missing`: orders
    under way that the export lacks. `unchanged`: nothing changed. `notes`: problems of records that belong to no order;
    None if the export was not read. `content`: what is known of the content's age after the fetch.
    """

    shop: str
    orders: int = 0
    shop_updates: int = 0
    left: int = 0
    shown: int = 0
    missing: int = 0
    unchanged: bool = False
    problem: Reason | None = None
    notes: tuple[Reason, ...] | None = None
    content: ExportContent | None = None


def request_fetches(ports: Ports) -> int:
    """The tick: requests a fetch of every shop that is due and not paused, one message each. Returns how many.

    Each shop has its own delay after the tick, and a shop that hangs is requested less often (R10.14). At least once: a
    message too many is answered by the fetch before it (see ``fetch_changes``).
    """
    now = ports.clock.now()
    records = [record for record in ports.shops.all() if record.pause is None]
    delays = {record.shop: phase(record.shop, len(records)) for record in records}
    due = [
        record.shop
        for record in records
        if is_due(record.fetch_begun_at, record.hung_fetches, now + delays[record.shop])
    ]
    ports.queues.request_fetch(due, requested_at=now, delays=delays)
    return len(due)


def fetch_changes(
    ports: Ports,
    shop: str,
    *,
    requested_at: datetime | None = None,
    by_person: bool = False,
    rounds: int = 0,
    begins: Callable[[], object] = lambda: None,
    max_updates: int | None = None,
) -> FetchReport | None:
    """Fetches `shop`'s export and sends the changed orders to ``map_state``. None: nothing was fetched.

    That is so for an unknown shop, during another fetch of the shop, and if a fetch that began at `requested_at` (UTC)
    or later has answered the request. A shop that hangs is left out for a while, unless `by_person` is set (R10.14). A
    person's request during a fetch is repeated after it. `begins` is called right before the work. `max_updates`: how
    many changed orders are sent at most; None: ``MAX_UPDATES_PER_FETCH``. The rest follows with the next fetch.

    A document is read to its end before its first change is sent (R10.2). A broken one changes nothing and keeps the
    checkpoint. At least once: changed orders are removed from the checkpoint before they are sent, and added after the
    queue accepted them. If the process dies in between, they are sent again, even if the shop is back in its old state.
    Of two fetches at the same time the slower one sends nothing. Orders that a step waits for are sent too, changed or
    not, once the content was made late enough (R2.5); a lost message is repeated by the next fetch.

    Problems of the export and of the secrets are reported, not raised. Other errors are raised; the shop is free then.
    """
    record = ports.shops.get(shop)
    if record is None:
        return None
    started = ports.clock.now()
    if record.settings_problem is not None:
        return _report(ports, FetchReport(shop, problem=record.settings_problem), started)
    if record.pause is not None:
        return FetchReport(shop, unchanged=True)
    if _is_answered(record, requested_at):
        return None
    if not by_person and not is_due(record.fetch_begun_at, record.hung_fetches, started):
        return None
    if not ports.shops.begin_fetch(shop, started, started + MAX_FETCH):
        if by_person:
            ports.queues.request_fetch(
                [shop], requested_at=requested_at, by_person=True, delays={shop: BUSY_RETRY_AFTER}
            )
        return None
    begins()
    report = _fetched(ports, record, started, MAX_UPDATES_PER_FETCH if max_updates is None else max_updates)
    if report.left and rounds < MAX_ROUNDS:
        # The message comes after this fetch has ended: otherwise it would find the shop busy.
        ports.queues.request_fetch([shop], rounds=rounds + 1)
    return report


def give_up(ports: Ports, shop: str, started: datetime) -> FetchReport:
    """Records the end of a fetch that was cut off because its time was over. `started` (UTC) is when it began."""
    seconds = round((ports.clock.now() - started).total_seconds())
    problem = because(ExportReason.NOT_READ_TO_ITS_END, seconds=seconds)
    return _report(ports, FetchReport(shop, problem=problem), started)


def _is_answered(record: ShopRecord, requested_at: datetime | None) -> bool:
    begun_at = record.fetch_begun_at
    return requested_at is not None and begun_at is not None and begun_at >= requested_at


def _fetched(ports: Ports, record: ShopRecord, started: datetime, max_updates: int) -> FetchReport:
    """Runs the fetch and records its end, also after an error."""
    shop = record.shop
    try:
        report = _Fetch(ports, record, started, max_updates).run()
    except (ExportProblemError, SecretsProblemError) as problem:
        ports.secrets.forget(shop)
        report = FetchReport(shop, problem=problem.reason)
    except VersionConflictError:
        ports.shops.drop_fetch(shop, started)
        return FetchReport(shop, unchanged=True)
    except Exception:  # an error of AWS or of our own, not of this shop
        ports.shops.drop_fetch(shop, started)
        raise
    _report(ports, report, started)
    if report.content is not None and report.content.bulk_change_at == started:
        ports.queues.request_lists([ListRequest(shop=shop, what="reconcile", requested_at=started)])
    return report


def _report(ports: Ports, report: FetchReport, started: datetime) -> FetchReport:
    took = ports.clock.now() - started
    ports.shops.record_fetch(
        report.shop,
        started,
        report.problem,
        report.notes,
        hung=report.problem is not None and took >= HUNG_AFTER,
        caught_up=not report.left,
        content=report.content,
    )
    return report


class _Fetch:
    """One fetch of one shop, begun at `started` (UTC). It sends at most `max_updates` changed orders."""

    def __init__(self, ports: Ports, record: ShopRecord, started: datetime, max_updates: int) -> None:
        self.record, self.started, self.ports = record, started, ports
        self.max_updates = max_updates
        self.shop, self.settings = record.shop, record.settings
        self.reading_digest = _reading_digest(record, ports.exports.profile_digest(record.settings))
        self.awaited = ports.ledger.awaiting_export(record.shop, started, MAX_AWAITED)
        self.conditional = False
        self.content = record.content
        self.content_at = self._made_after(record.content, made_per_request=False)

    def run(self) -> FetchReport:
        """Raises ExportProblemError, SecretsProblemError, and VersionConflictError if another fetch was faster."""
        ports, shop = self.ports, self.shop
        secrets = ports.secrets.of(shop, self.record.secrets_at)
        checkpoint = ports.export_checkpoints.head(shop)
        known = checkpoint.profile_digest == self.reading_digest
        whole = not known or bool(self.due()) or self.content.is_unconditional_due(self.started)
        validators = Validators() if whole else checkpoint.validators
        self.conditional = validators != Validators()
        since = self.record.caught_up_at if known and checkpoint.document_digest else None
        with ports.exports.fetch(self.settings, secrets, validators, since) as export:
            self._note_served(export, checkpoint)
            same = known and export.document_digest == checkpoint.document_digest
            if export.not_modified or (same and not self.due() and not self._calls_roll(export)):
                self.content = replace(self.content, known_at=self.content_at)
                return FetchReport(shop, unchanged=True, content=self.content)
            previous = ports.export_checkpoints.digests(shop, checkpoint) if known else array("Q")
            return self._read(export, checkpoint, previous)

    def due(self) -> set[int]:
        """The numbers of the orders for which this content is late enough."""
        return {number for number, moment in self.awaited.items() if moment <= self.content_at}

    def _calls_roll(self, export: Export) -> bool:
        return export.shows_all and self.content.is_roll_call_due(self.started)

    def _note_served(self, export: Export, checkpoint: ExportCheckpoint) -> None:
        """Stores in `content` what was served and how old it may be.

        The document's own time is known only after it was read.
        """
        modified_at = None
        if export.age is not None and self.settings.last_modified_is_made:
            modified_at = self.started - export.age
        digest = checkpoint.document_digest if export.not_modified else export.document_digest
        before = self.record.content
        self.content = served(before, digest, self.started, modified_at, conditional=self.conditional)
        self.content = stamped(self.content, export.made_at, before)
        stated = checkpoint.validators
        if not self.conditional and stated != Validators() and stated == export.validators:
            untrue = checkpoint.document_digest not in {"", digest}
            self.content = replace(
                self.content, distrusted_at=self.started if untrue else self.content.distrusted_at
            )
        self.content_at = self._made_after(self.content, made_per_request=export.made_for_request)

    def _made_after(self, content: ExportContent, *, made_per_request: bool) -> datetime:
        setting = self.settings.export_interval
        if setting is None and made_per_request:
            setting = timedelta()
        return made_after(content, self.started, interval(content, setting))

    def _read(self, export: Export, checkpoint: ExportCheckpoint, previous: array[int]) -> FetchReport:
        """Reads the document, sends the updates, and stores the new checkpoint."""
        findings = read_export(export, self.settings.ignore_created_before, previous, self.awaited)
        self._note_served(export, checkpoint)
        if export.shows_all:
            self.content = with_order_count(self.content, findings.orders, self.started)
        trusted = self.content.short_since is None
        hand_over = HandOver(
            self.ports.queues,
            self._seen(),
            findings,
            previous,
            awaited=self.due() if trusted else set(),  # a step may rest on a complete list only (R10.7)
            created_from=self.settings.ignore_created_before,
            max_updates=self.max_updates,
        )
        if findings.changed or findings.digests != previous or not checkpoint.document_digest:
            self._hand_over_and_store(hand_over, export, checkpoint)
        else:
            hand_over.send(export)
        # After the checkpoint was stored without these orders, so that an order that returns counts as changed.
        hand_over.send_not_in_export(export)
        missing = self._send_roll_call(findings) if trusted and self._calls_roll(export) else 0
        bulk_change_at = (
            self.started if findings.bulk and hand_over.shop_updates else self.content.bulk_change_at
        )
        known_at = self.content.known_at if hand_over.left else self.content_at
        self.content = replace(self.content, known_at=known_at, bulk_change_at=bulk_change_at)
        return FetchReport(
            self.shop,
            orders=findings.orders,
            shop_updates=hand_over.shop_updates,
            left=len(hand_over.left),
            shown=hand_over.shown,
            missing=missing,
            unchanged=not findings.changed,
            notes=findings.notes,
            content=self.content,
        )

    def _seen(self) -> Seen:
        return Seen(self.shop, self.started, self.content_at, self.record.content.known_at)

    def _hand_over_and_store(self, hand_over: HandOver, export: Export, checkpoint: ExportCheckpoint) -> None:
        """Removes the changed orders from the checkpoint, sends them, and adds them once the queue accepted them."""
        findings, previous = hand_over.findings, hand_over.previous
        checkpoint = ExportCheckpoint(profile_digest=self.reading_digest, revision=checkpoint.revision)
        if findings.changed:
            kept = array("Q", (digest for digest in findings.digests if contains(previous, digest)))
            checkpoint = self.ports.export_checkpoints.put(self.shop, checkpoint, kept)
        hand_over.send(export)
        if not hand_over.left:
            validators = _reliable_validators(export.validators, self.started)
            checkpoint = replace(checkpoint, validators=validators, document_digest=export.document_digest)
        self.ports.export_checkpoints.put(
            self.shop, checkpoint, without(findings.digests, previous, hand_over.left)
        )

    def _send_roll_call(self, findings: Findings) -> int:
        """Sends the orders under way that a whole list lacks (R10.6).

        Runs once a day, with one list of the table per status.
        """
        seen = self._seen()
        missing: list[NotInExport] = []
        under_way = 0
        for status in UNDER_WAY:
            for order in every_order(self.ports.ledger, self.shop, status=status.value):
                if order.shop_side.desired is None:
                    continue
                under_way += 1
                if not findings.shows(order.mall_order_id) and len(missing) < MAX_MISSING:
                    missing.append(seen.lacks(order.mall_order_id, whole=True))
        self.ports.queues.send_shop_updates(missing)
        self.content = replace(self.content, roll_called_at=self.started, under_way=under_way)
        return len(missing)


def _reading_digest(record: ShopRecord, profile_digest: str) -> str:
    """Digest of everything that a checkpoint depends on.

    A new profile, new rules or a new registration of the shop make every order count as changed.
    """
    settings = record.settings.model_dump_json(include={"rules", "ignore_created_before"})
    registered = record.registered_at.isoformat() if record.registered_at else ""
    digest = blake2b(f"{profile_digest}\x1f{settings}\x1f{registered}".encode(), digest_size=16)
    return digest.hexdigest()


def _reliable_validators(validators: Validators, started: datetime) -> Validators:
    """`validators` with which a later change is noticed. A Last-Modified of the last minute is dropped."""
    if validators.etag or not validators.last_modified:
        return validators
    try:
        modified = parsedate_to_datetime(validators.last_modified)
    except ValueError:
        return Validators()
    settled = modified.tzinfo is not None and started - modified >= SETTLED_AFTER
    return validators if settled else Validators()
