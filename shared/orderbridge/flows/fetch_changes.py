"""Read a shop's export, find what changed since the last good fetch, hand it over."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

from orderbridge.messages import News
from orderbridge.ports import (
    ExportProblemError,
    Position,
    SecretsProblemError,
    Validators,
    VersionConflictError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from orderbridge.domain.orders import ExportedOrder
    from orderbridge.ports import Export, Ports, Queues, ShopRecord, Shops

NEWS_PER_MESSAGE_BATCH = 10
MOST_NEWS_PER_FETCH = 5_000
"""So many changed orders are handed over by one fetch; the rest stays "changed" and follows with the next."""
MOST_REMEMBERED = 1_000
"""So many changed orders are remembered while reading; more of them need a second reading."""
JUST_NOW = timedelta(minutes=1)
_DUPLICATE_MARK = 0x9E37_79B9_7F4A_7C15


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What one fetch found. `problem` is empty when the export was good.

    `notes` are about records that belong to no order; None when the export was not read. `left` are changed
    orders that wait for the next fetch.
    """

    shop: str
    orders: int = 0
    news: int = 0
    left: int = 0
    unchanged: bool = False
    problem: str = ""
    notes: str | None = None


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
        report = _fetch(record, started, ports)
    except (ExportProblemError, SecretsProblemError) as problem:
        ports.secrets.forget(shop)
        report = FetchReport(shop, problem=str(problem))
    except VersionConflictError:
        return FetchReport(shop, unchanged=True)
    if report.left:
        ports.queues.request_fetch([shop])
    return _report(report, started, ports)


def _report(report: FetchReport, started: datetime, ports: Ports) -> FetchReport:
    handed_over_at = None if report.left else ports.clock.now()
    ports.shops.record_fetch(
        report.shop, started, report.problem, report.notes, handed_over_at=handed_over_at
    )
    return report


def _fetch(record: ShopRecord, started: datetime, ports: Ports) -> FetchReport:
    settings = record.settings
    secrets = ports.secrets.of(record.shop)
    reading = _reading(record, ports.exports.profile_digest(settings))
    position = ports.positions.head(record.shop)
    known = position.profile_digest == reading
    validators = position.validators if known else Validators()
    since = record.caught_up_at if known and position.document_digest else None
    with ports.exports.fetch(settings, secrets, validators, since) as export:
        if export.not_modified or (known and export.document_digest == position.document_digest):
            return FetchReport(record.shop, unchanged=True)
        previous = ports.positions.digests(record.shop, position) if known else array("Q")
        findings = _read(record, export, previous)
        unchanged = FetchReport(record.shop, orders=findings.orders, unchanged=True, notes=findings.notes)
        if not findings.changed and findings.digests == previous and position.document_digest:
            return unchanged
        position = Position(profile_digest=reading, revision=position.revision)
        if findings.changed:
            kept = array("Q", (digest for digest in findings.digests if _contains(previous, digest)))
            position = ports.positions.put(record.shop, position, kept)
        sent, left = _hand_over(record, export, findings, previous, started, ports)
        if not left:
            validators = _lasting(export.validators, started)
            position = replace(position, validators=validators, document_digest=export.document_digest)
        ports.positions.put(record.shop, position, _without(findings.digests, left))
        return replace(unchanged, news=sent, left=len(left), unchanged=not findings.changed)


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


@dataclass(frozen=True, slots=True)
class _Findings:
    """`digests` sorted; `duplicates` are MALL numbers that more than one order of the export carries.

    `changes` are the changed orders, or None if they have to be read again: too many, or duplicates among them.
    """

    orders: int
    digests: array[int]
    duplicates: frozenset[int]
    changed: bool
    changes: list[ExportedOrder] | None
    notes: str


def _read(record: ShopRecord, export: Export, previous: array[int]) -> _Findings:
    """Reads the document to its end once. Eight bytes for a digest and eight for a number are kept per order."""
    digests, numbers = array("Q"), array("Q")
    changes: list[ExportedOrder] | None = []
    for order in _ours(record.settings.ignore_created_before, export):
        digest = _digest(order)
        digests.append(digest)
        numbers.append(order.mall_order_id)
        if changes is not None and not _contains(previous, digest):
            changes.append(order)
            if len(changes) > MOST_REMEMBERED:
                changes = None
    duplicates = _more_than_once(numbers)
    if duplicates:
        for index, number in enumerate(numbers):
            if number in duplicates:
                digests[index] ^= _DUPLICATE_MARK
    digests = array("Q", sorted(digests))
    changed = any(not _contains(previous, digest) for digest in digests)
    return _Findings(
        len(digests),
        digests,
        duplicates,
        changed,
        None if duplicates else changes,
        "; ".join(export.problems),
    )


def _ours(created_from: date | None, export: Export) -> Iterator[ExportedOrder]:
    for order in export.orders():
        view = order.view.looked_at(created_from)
        if view is not None:
            yield order if view is order.view else replace(order, view=view)


def _hand_over(
    record: ShopRecord,
    export: Export,
    findings: _Findings,
    previous: array[int],
    started: datetime,
    ports: Ports,
) -> tuple[int, frozenset[int]]:
    """Sends the changed orders in batches. Returns how many, and the digests of those left for the next fetch."""
    if not findings.changed:
        return 0, frozenset()
    sent = 0
    batch: list[News] = []
    left: set[int] = set()
    changes = findings.changes
    for order in _ours(record.settings.ignore_created_before, export) if changes is None else changes:
        duplicate = order.mall_order_id in findings.duplicates
        digest = _digest(order) ^ (_DUPLICATE_MARK if duplicate else 0)
        if _contains(previous, digest):
            continue
        if sent + len(batch) >= MOST_NEWS_PER_FETCH:
            left.add(digest)
            continue
        batch.append(_news(record.shop, order, started, duplicate=duplicate))
        if len(batch) == NEWS_PER_MESSAGE_BATCH:
            ports.queues.send_news(batch)
            sent += len(batch)
            batch = []
    if batch:
        ports.queues.send_news(batch)
    return sent + len(batch), frozenset(left)


def _news(shop: str, order: ExportedOrder, started: datetime, *, duplicate: bool) -> News:
    view = order.view
    if duplicate:
        problem = (
            f"MALL number {order.mall_order_id} stands in more than one order of the shop (one is "
            f"{view.code or 'without a code'}): remove it from all but one"
        )
        view = replace(view, problems=(*view.problems, problem))
    return News(shop=shop, mall_order_id=order.mall_order_id, seen_at=started, view=view)


def _digest(order: ExportedOrder) -> int:
    """64 bits over everything that the product reads of an order: all fields, whatever they are.

    With a hundred thousand orders in the export, one change in 10^14 is taken for something known already, and
    the order's next change mends it.
    """
    return int.from_bytes(blake2b(repr(order).encode(), digest_size=8).digest(), "big")


def _contains(digests: array[int], digest: int) -> bool:
    index = bisect_left(digests, digest)
    return index < len(digests) and digests[index] == digest


def _more_than_once(numbers: array[int]) -> frozenset[int]:
    ordered = sorted(numbers)
    return frozenset(a for a, b in pairwise(ordered) if a == b)


def _without(digests: array[int], left: frozenset[int]) -> array[int]:
    return array("Q", (digest for digest in digests if digest not in left)) if left else digests
