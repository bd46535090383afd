"""Read a shop's export, find what changed since the last good fetch and what a step waits for, hand it over."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from orderbridge.domain.export_content import ExportContent, counted, interval, made_after, served, stamped
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.flows.export_reading import Findings, contains, our_orders, read_export, was_there
from orderbridge.flows.ledger_use import every_order
from orderbridge.messages import News, NotShown
from orderbridge.ports import (
    ExportProblemError,
    Position,
    SecretsProblemError,
    Validators,
    VersionConflictError,
)

if TYPE_CHECKING:
    from orderbridge.domain.orders import ExportedOrder
    from orderbridge.ports import Export, Ports, Queues, ShopRecord, Shops

NEWS_PER_MESSAGE_BATCH = 10
MAX_NEWS_PER_FETCH = 5_000
"""So many changed orders are handed over by one fetch; the rest stays "changed" and follows with the next."""
MAX_AWAITED = 2_000
"""So many orders that wait to be shown are looked for in one fetch, the longest waiting first."""
MAX_MISSING = 1_000
"""So many missing orders are told by one roll call."""
JUST_NOW = timedelta(minutes=1)
UNDER_WAY = (MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED)


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What one fetch found. `problem` is empty when the export was good.

    `notes` are about records that belong to no order; None when the export was not read. `left` are changed
    orders that wait for the next fetch, `shown` those that a step waited for, `missing` those that are under way and
    not in the export any more. `content` is what is known of the content's age after it.
    """

    shop: str
    orders: int = 0
    news: int = 0
    left: int = 0
    shown: int = 0
    missing: int = 0
    unchanged: bool = False
    problem: str = ""
    notes: str | None = None
    content: ExportContent | None = None


def request_fetches(*, shops: Shops, queues: Queues) -> int:
    """The tick: asks for a fetch of every shop that is switched on, one message each; returns how many.

    At least once; two fetches of one shop at the same time are harmless (see ``fetch_changes``).
    """
    names = [record.shop for record in shops.all() if record.settings.enabled or record.settings_problem]
    queues.request_fetch(names)
    return len(names)


def fetch_changes(shop: str, ports: Ports) -> FetchReport | None:
    """Fetches `shop`'s export and hands the changed orders to ``map_state``; None if there is no such shop.

    All or nothing: a document is read to its end before its first change is acted on, and one that is broken,
    truncated or foreign changes nothing and keeps the position. At least once: the changed orders leave the
    position before they are handed over and come back into it after the queue took them, so whatever dies in
    between, they are handed over again, also if the shop went back to its old state meanwhile. Of two fetches at
    the same time the slower one hands nothing over. Known problems of the export are reported, not raised.

    Orders that a step waits for (see ``domain/sighting.py``) are handed over too, changed or not, once the content was
    made late enough; a message that is lost comes again with the next fetch.
    """
    record = ports.shops.get(shop)
    if record is None:
        return None
    started = ports.clock.now()
    if record.settings_problem:
        return _report(FetchReport(shop, problem=record.settings_problem), started, ports)
    if not record.settings.enabled:
        return FetchReport(shop, unchanged=True)
    try:
        report = _Fetch(record, started, ports).run()
    except (ExportProblemError, SecretsProblemError) as problem:
        ports.secrets.forget(shop)
        report = FetchReport(shop, problem=str(problem))
    except VersionConflictError:
        return FetchReport(shop, unchanged=True)
    if report.left:
        ports.queues.request_fetch([shop])
    return _report(report, started, ports)


def _report(report: FetchReport, started: datetime, ports: Ports) -> FetchReport:
    ports.shops.record_fetch(
        report.shop,
        started,
        report.problem,
        report.notes,
        caught_up=not report.left,
        content=report.content,
    )
    return report


class _Fetch:
    """One fetch of one shop, begun at `started`."""

    def __init__(self, record: ShopRecord, started: datetime, ports: Ports) -> None:
        self.record, self.started, self.ports = record, started, ports
        self.shop, self.settings = record.shop, record.settings
        self.reading = _reading(record, ports.exports.profile_digest(record.settings))
        self.awaited = ports.ledger.awaiting_export(record.shop, started, MAX_AWAITED)
        self.conditional = False
        self.content = record.content
        self.content_at = self._made_after(record.content, live=False)

    def run(self) -> FetchReport:
        """Raises ExportProblemError, SecretsProblemError, and VersionConflictError if another fetch was faster."""
        ports, shop = self.ports, self.shop
        secrets = ports.secrets.of(shop)
        position = ports.positions.head(shop)
        known = position.profile_digest == self.reading
        whole = not known or bool(self.due()) or self.content.asks_whole(self.started)
        validators = Validators() if whole else position.validators
        self.conditional = validators != Validators()
        since = self.record.caught_up_at if known and position.document_digest else None
        with ports.exports.fetch(self.settings, secrets, validators, since) as export:
            self._served(export, position)
            same = known and export.document_digest == position.document_digest
            if export.not_modified or (same and not self.due() and not self._calls_roll(export)):
                self.content = replace(self.content, known_at=self.content_at)
                return FetchReport(shop, unchanged=True, content=self.content)
            previous = ports.positions.digests(shop, position) if known else array("Q")
            return self._read(export, position, previous)

    def due(self) -> set[int]:
        """The orders that wait for content no younger than this one."""
        return {number for number, moment in self.awaited.items() if moment <= self.content_at}

    def _calls_roll(self, export: Export) -> bool:
        return export.shows_all and self.content.calls_roll(self.started)

    def _served(self, export: Export, position: Position) -> None:
        """Takes note of what was served, and of how old it may be. A document's own stamp is known once it was read."""
        modified_at = None
        if export.age is not None and self.settings.last_modified_is_made:
            modified_at = self.started - export.age
        digest = position.document_digest if export.not_modified else export.document_digest
        before = self.record.content
        self.content = served(before, digest, self.started, modified_at, conditional=self.conditional)
        self.content = stamped(self.content, export.made_at, before)
        stated = position.validators
        if not self.conditional and stated != Validators() and stated == export.validators:
            lied = position.document_digest not in {"", digest}
            self.content = replace(
                self.content, distrusted_at=self.started if lied else self.content.distrusted_at
            )
        self.content_at = self._made_after(self.content, live=export.made_for_request)

    def _made_after(self, content: ExportContent, *, live: bool) -> datetime:
        setting = self.settings.export_interval
        if setting is None and live:
            setting = timedelta()
        return made_after(content, self.started, interval(content, setting))

    def _read(self, export: Export, position: Position, previous: array[int]) -> FetchReport:
        """Reads the document, hands over what is to be, and stores the new position."""
        findings = read_export(export, self.settings.ignore_created_before, previous, self.awaited)
        self._served(export, position)
        if export.shows_all:
            self.content = counted(self.content, findings.orders, self.started)
        believed = self.content.short_since is None
        hand_over = _HandOver(self, findings, previous, believed=believed)
        if findings.changed or findings.digests != previous or not position.document_digest:
            self._hand_over_and_store(hand_over, export, position)
        else:
            hand_over.send(export)
        missing = self._call_the_roll(findings) if believed and self._calls_roll(export) else 0
        self.content = replace(self.content, known_at=self.content_at)
        return FetchReport(
            self.shop,
            orders=findings.orders,
            news=hand_over.news,
            left=len(hand_over.left),
            shown=hand_over.shown,
            missing=missing,
            unchanged=not findings.changed,
            notes=findings.notes,
            content=self.content,
        )

    def _hand_over_and_store(self, hand_over: _HandOver, export: Export, position: Position) -> None:
        """What changed is taken out of the position first, and put back once the queue took it."""
        findings, previous = hand_over.findings, hand_over.previous
        position = Position(profile_digest=self.reading, revision=position.revision)
        if findings.changed:
            kept = array("Q", (digest for digest in findings.digests if contains(previous, digest)))
            position = self.ports.positions.put(self.shop, position, kept)
        hand_over.send(export)
        left = frozenset(hand_over.left)
        if not left:
            validators = _lasting(export.validators, self.started)
            position = replace(position, validators=validators, document_digest=export.document_digest)
        self.ports.positions.put(self.shop, position, _without(findings.digests, left))

    def _call_the_roll(self, findings: Findings) -> int:
        """Tells of the orders under way that a whole list lacks. Once a day, one list of the table per status."""
        missing: list[NotShown] = []
        under_way = 0
        for status in UNDER_WAY:
            for order in every_order(self.ports.ledger, self.shop, status=status.value):
                if order.desired is None:
                    continue
                under_way += 1
                if not findings.shows(order.mall_order_id) and len(missing) < MAX_MISSING:
                    missing.append(self.not_shown(order.mall_order_id, whole=True))
        self.ports.queues.send_news(missing)
        self.content = replace(self.content, roll_called_at=self.started, under_way=under_way)
        return len(missing)

    def not_shown(self, mall_order_id: int, *, whole: bool) -> NotShown:
        """The message that the export does not have the order."""
        return NotShown(
            shop=self.shop,
            mall_order_id=mall_order_id,
            seen_at=self.started,
            content_at=self.content_at,
            whole=whole,
        )


class _HandOver:
    """Sends the changed orders and those that a step waits for, each once, in batches.

    `believed`: the list may be taken for what the shop has, so that a step may rest on it. `left` gets the digests of
    the changed orders that have to wait for the next fetch.
    """

    def __init__(self, fetch: _Fetch, findings: Findings, previous: array[int], *, believed: bool) -> None:
        self.findings, self.previous = findings, previous
        self.news = self.shown = 0
        self.left: set[int] = set()
        self._fetch = fetch
        self._awaited = fetch.due() if believed else set()
        self._sent: set[int] = set()
        self._batch: list[News | NotShown] = []

    def send(self, export: Export) -> None:
        """Raises if the queue did not take a batch; what was sent before stays sent."""
        findings, chosen = self.findings, self.findings.chosen
        if findings.changed or self._awaited:
            created_from = self._fetch.settings.ignore_created_before
            for order in our_orders(export, created_from) if chosen is None else chosen:
                self._one(order)
        for number in sorted(self._awaited):
            if not findings.shows(number):
                self._add(self._fetch.not_shown(number, whole=export.shows_all))
        self._flush()

    def _one(self, order: ExportedOrder) -> None:
        digest = self.findings.digest_of(order)
        if digest in self._sent:
            return
        if contains(self.previous, digest):
            if order.mall_order_id not in self._awaited:
                return
            self.shown += 1
        elif self.news >= MAX_NEWS_PER_FETCH:
            self.left.add(digest)
            return
        else:
            self.news += 1
        self._sent.add(digest)
        self._add(self._message(order))

    def _message(self, order: ExportedOrder) -> News:
        number, view = order.mall_order_id, order.view
        if number in self.findings.contradicted:
            problem = (
                f"MALL number {number} stands more than once in the export, and not for the same (here in "
                f"{view.code or 'a record without a code'}): leave it in one order only"
            )
            view = replace(view, problems=(*view.problems, problem))
        shown_before = self._fetch.record.content.known_at if was_there(self.previous, number) else None
        return News(
            shop=self._fetch.shop,
            mall_order_id=number,
            seen_at=self._fetch.started,
            content_at=self._fetch.content_at,
            shown_before_at=shown_before,
            view=view,
        )

    def _add(self, message: News | NotShown) -> None:
        self._batch.append(message)
        if len(self._batch) == NEWS_PER_MESSAGE_BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            self._fetch.ports.queues.send_news(self._batch)
            self._batch = []


def _reading(record: ShopRecord, profile_digest: str) -> str:
    """What a position is good for: another profile, other rules or a shop registered anew look at every order."""
    settings = record.settings.model_dump_json(include={"rules", "ignore_created_before"})
    registered = record.registered_at.isoformat() if record.registered_at else ""
    digest = blake2b(f"{profile_digest}\x1f{settings}\x1f{registered}".encode(), digest_size=16)
    return digest.hexdigest()


def _lasting(validators: Validators, started: datetime) -> Validators:
    """`validators` that can tell a later change: a Last-Modified of just now, in whole seconds, cannot."""
    if validators.etag or not validators.last_modified:
        return validators
    try:
        modified = parsedate_to_datetime(validators.last_modified)
    except ValueError:
        return Validators()
    settled = modified.tzinfo is not None and started - modified >= JUST_NOW
    return validators if settled else Validators()


def _without(digests: array[int], left: frozenset[int]) -> array[int]:
    return array("Q", (digest for digest in digests if digest not in left)) if left else digests
