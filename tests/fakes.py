"""In-memory implementations of every port. ``tests/contract`` holds the fakes of the stores to the real ones."""

from __future__ import annotations

import base64
from array import array
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.queues import deduplication_id
from orderbridge.domain.cases.mail_cap import ShopMail
from orderbridge.domain.checkpoints import ExportCheckpoint, FeedCheckpoint
from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.facts import Term
from orderbridge.domain.freshness import awaited_content_time
from orderbridge.domain.lists import OrderPage, changed_at, listing, with_list_entry
from orderbridge.domain.orders import OrderHistory
from orderbridge.domain.outage import Outage
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopNotices, ShopRecord, ShopStop
from orderbridge.domain.spacing import Slot, next_slot
from orderbridge.errors import CursorError, SecretsProblemError, UnreadableOrderError, VersionConflictError
from orderbridge.messages import FetchRequest, Waiting
from tests.fake_services import (
    FakeExport,
    FakeExports,
    FakeMarketplace,
    FakeMarketplaces,
    Fault,
    RecordedCall,
    ShopExport,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.adapters.aws.queues import Grouped
    from orderbridge.domain.export_content import ExportContent
    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.lists import Listing, Matter, Period
    from orderbridge.domain.orders import DeadLetter, OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, ShopSecrets
    from orderbridge.domain.spacing import Spacing
    from orderbridge.domain.steps import Attempt, Step
    from orderbridge.messages import (
        AlarmRequest,
        DigestRequest,
        ListingUpdate,
        ListRequest,
        NotInExport,
        Recheck,
        ShopUpdate,
        StepDispatch,
    )
    from orderbridge.ports import Clock
    from orderbridge.settings import ShopSettings

__all__ = [
    "KEY_REFUSED",
    "NOON",
    "FakeAlarms",
    "FakeExport",
    "FakeExportCheckpoints",
    "FakeExports",
    "FakeFeedCheckpoints",
    "FakeLedger",
    "FakeMail",
    "FakeMarketplace",
    "FakeMarketplaces",
    "FakeNotices",
    "FakeOperator",
    "FakeOperators",
    "FakeQueues",
    "FakeSecrets",
    "FakeShops",
    "FakeSlots",
    "FakeWebhooks",
    "Fault",
    "FixedChance",
    "ManualClock",
    "RecordedCall",
    "ShopExport",
]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY_REFUSED = because(StopReason.KEY_REFUSED, http_status=401)
"""Why a shop is stopped."""
MAX_SUBJECT = 100
"""Characters of an e-mail's subject that SNS takes."""
MAX_TEXT = 256 * 1024
"""Bytes of an e-mail's text that SNS takes, its attributes included."""


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta | None = None, *, seconds: float = 0) -> datetime:
        self._now += (by or timedelta()) + timedelta(seconds=seconds)
        return self._now


class FixedChance:
    """Always the same jitter."""

    def __init__(self, jitter: float = 0.5) -> None:
        self.value = jitter

    def jitter(self) -> float:
        return self.value


class FakeShops:
    def __init__(self) -> None:
        self.records: dict[str, ShopRecord] = {}
        self.outages: dict[str, Outage] = {}

    def put(self, settings: ShopSettings, now: datetime) -> None:
        old = self.records.get(settings.shop)
        if old is not None and old.settings == settings:
            return
        self.records[settings.shop] = (
            replace(old, settings=settings, settings_problem=None, settings_at=now)
            if old is not None
            else ShopRecord(settings.shop, settings, registered_at=now, settings_at=now)
        )

    def note_secrets(self, shop: str, now: datetime, marketplace: str = "") -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, secrets_at=now, marketplace=marketplace)

    def remove(self, shop: str) -> None:
        self.records.pop(shop, None)

    def all(self) -> list[ShopRecord]:
        return [self.records[shop] for shop in sorted(self.records)]

    def get(self, shop: str) -> ShopRecord | None:
        return self.records.get(shop)

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:
        record = self.records.get(shop)
        if record is None or (record.fetching_until is not None and record.fetching_until >= at):
            return False
        hung = record.hung_fetches + 1
        self.records[shop] = replace(record, fetch_begun_at=at, fetching_until=until, hung_fetches=hung)
        return True

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        record = self.records.get(shop)
        if record is not None and record.fetch_begun_at == begun_at:
            self.records[shop] = replace(record, fetch_begun_at=None, fetching_until=None, hung_fetches=0)

    def record_fetch(
        self,
        shop: str,
        at: datetime,
        problem: Reason | None,
        notes: tuple[Reason, ...] | None = None,
        *,
        hung: bool = False,
        caught_up: bool = False,
        content: ExportContent | None = None,
    ) -> None:
        if (record := self.records.get(shop)) is not None:
            success = at if problem is None else record.last_success_at
            caught_up = caught_up and problem is None
            self.records[shop] = replace(
                record,
                fetching_until=None,
                hung_fetches=record.hung_fetches if hung else 0,
                last_fetch_at=at,
                last_success_at=success,
                caught_up_at=at if caught_up else record.caught_up_at,
                content=record.content if content is None else content,
                fetch_problem=problem,
                fetch_notes=record.fetch_notes if notes is None else notes,
            )

    def stop(self, shop: str, reason: Reason, now: datetime, probe_at: datetime) -> bool:
        if (record := self.records.get(shop)) is None:
            return False
        since = record.stop.since if record.stop is not None else now
        self.records[shop] = replace(record, stop=ShopStop(reason, since, probe_at))
        return record.stop is None

    def resume(self, shop: str) -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, stop=None)

    def pause(self, shop: str, until: datetime) -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, paused_until=max(until, record.paused_until or until))

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        if (record := self.records.get(shop)) is None:
            return
        noted = record.budget
        later_known = noted and budget and noted.resets_at > now and noted.remaining < budget.remaining
        if not later_known:
            self.records[shop] = replace(record, budget=budget)

    def note_reconciled(self, shop: str, at: datetime) -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, reconciled_at=at)

    def outage(self, address: str) -> Outage | None:
        return self.outages.get(address)

    def note_outage(self, address: str, caller: str, now: datetime, probe_at: datetime) -> None:
        known = self.outages.get(address, Outage(now, probe_at, frozenset()))
        callers = known.callers | ({caller} if caller else frozenset())
        self.outages[address] = Outage(known.since, probe_at, callers)

    def claim_probe(self, address: str, seen: Outage, until: datetime) -> bool:
        known = self.outages.get(address)
        if known is None or known.probe_at != seen.probe_at:
            return False
        self.outages[address] = replace(known, probe_at=until)
        return True

    def end_outage(self, address: str) -> None:
        self.outages.pop(address, None)


class FakeLedger:
    """`fail_next_saves`: so many of the next saves raise VersionConflictError, as if somebody was faster.

    `unreadable`: (shop, number) of the orders whose records cannot be read; a save mends them.
    """

    def __init__(self, shops: FakeShops | None = None) -> None:
        self.shops = shops or FakeShops()
        self.stored: dict[tuple[str, int], OrderState] = {}
        self.steps: dict[tuple[str, int, int], Step] = {}
        self.attempts: dict[tuple[str, int, int, int], Attempt] = {}
        self.letters: dict[tuple[str, int, str], DeadLetter] = {}
        self.unreadable: set[tuple[str, int]] = set()
        self.saves = 0
        self.fail_next_saves = 0

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        if (shop, mall_order_id) in self.unreadable:
            raise UnreadableOrderError(shop, mall_order_id, "stored OrderState: not known to this version")
        return self.stored.get((shop, mall_order_id))

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        record = self.shops.get(shop)
        if record is not None:
            record = replace(record, outage=self.shops.outage(record.marketplace))
        return self.load(shop, mall_order_id), record

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        key = (order.shop, order.mall_order_id)
        stored = self.stored.get(key)
        if self.fail_next_saves or order.version != (stored.version if stored else 0):
            self.fail_next_saves = max(0, self.fail_next_saves - 1)
            raise VersionConflictError(f"order {order.label}: somebody else wrote it: load it again")
        self.saves += 1
        saved = with_list_entry(replace(order, version=order.version + 1))
        self.stored[key] = saved
        self.unreadable.discard(key)
        self.steps.update({(*key, step.number): step for step in steps})
        self.attempts.update({(*key, attempt.step, attempt.number): attempt for attempt in attempts})
        return saved

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        key = (shop, mall_order_id)
        if (order := self.load(shop, mall_order_id)) is None:
            return None
        return OrderHistory.of(
            order,
            (step for k, step in self.steps.items() if k[:2] == key),
            (attempt for k, attempt in self.attempts.items() if k[:2] == key),
            (letter for k, letter in self.letters.items() if k[:2] == key),
        )

    def orders(
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> OrderPage:
        which = listing(shop, status=status, hold=hold, matter=matter, changed=changed, limit=limit)
        behind = None if cursor is None else _place_in(which, cursor)
        found = [
            order
            for order in sorted(self.stored.values(), key=_place, reverse=True)
            if which.has(order) and (behind is None or _place(order) < behind)
        ]
        page = found[:limit]
        return OrderPage(
            tuple(order for order in page if (shop, order.mall_order_id) not in self.unreadable),
            _cursor(which, page[-1]) if len(found) > limit else None,
            tuple(order.mall_order_id for order in page if (shop, order.mall_order_id) in self.unreadable),
        )

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        found = [
            (order.shop, order.mall_order_id, order.work.recheck_at)
            for order in self.stored.values()
            if order.work.recheck_at is not None and order.work.recheck_at <= now
        ]
        return sorted(found, key=lambda one: one[2])[:limit]

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        found = {
            order.mall_order_id: moment
            for order in self.stored.values()
            if order.shop == shop and (moment := awaited_content_time(order)) is not None and moment <= until
        }
        return dict(sorted(found.items(), key=lambda one: one[1])[:limit])

    def park(self, letter: DeadLetter) -> None:
        self.letters.setdefault((letter.shop, letter.mall_order_id, letter.message_id), letter)


def _place(order: OrderState) -> tuple[datetime, str]:
    """Where an order stands on a list; the number, as text, tells orders of one moment apart."""
    return changed_at(order), str(order.mall_order_id)


def _cursor(which: Listing, last: OrderState) -> str:
    moment, number = _place(last)
    return base64.urlsafe_b64encode(f"{which}|{moment.isoformat()}|{number}".encode()).decode().rstrip("=")


def _place_in(which: Listing, cursor: str) -> tuple[datetime, str]:
    with suppress(ValueError):
        padded = cursor + "=" * (-len(cursor) % 4)
        of, moment, number = base64.b64decode(padded, altchars=b"-_", validate=True).decode().split("|")
        if of == str(which):
            return datetime.fromisoformat(moment), number
    raise CursorError


class FakeMail:
    def __init__(self) -> None:
        self.stored: dict[str, ShopMail] = {}

    def get(self, shop: str) -> ShopMail:
        return self.stored.get(shop, ShopMail())

    def put(self, shop: str, mail: ShopMail) -> None:
        if mail.version != self.get(shop).version:
            raise VersionConflictError(f"mail of shop {shop}: somebody else was faster: read it again")
        self.stored[shop] = replace(mail, version=mail.version + 1)


class FakeSlots:
    def __init__(self) -> None:
        self.taken: dict[tuple[str, str], Slot] = {}

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:
        slot = next_slot(self.taken.get((shop, what)), now, spacing)
        self.taken[shop, what] = slot
        return slot

    def release(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        if self.taken[shop, what].at == slot.at:
            self.taken[shop, what] = Slot(now, slot.refilled_at)


class FakeQueues:
    """Records what was sent. With a clock it drops repeats within five minutes, as a FIFO queue does."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.fetches: list[str] = []
        self.fetch_requests: list[tuple[FetchRequest, timedelta]] = []
        self.returns: list[str] = []
        self.changes: list[ShopUpdate | NotInExport | ListingUpdate | Recheck] = []
        self.sends: list[StepDispatch] = []
        self.shop_sends: list[StepDispatch] = []
        self.lists: list[ListRequest] = []
        self.alarms: list[AlarmRequest | DigestRequest] = []
        self.dropped: list[Grouped] = []
        self.fail_with: Exception | None = None
        self._clock = clock
        self._seen: dict[tuple[str, bool], datetime] = {}

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        requested_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._fail()
        self.fetches += shops
        for shop in shops:
            request = FetchRequest(shop=shop, requested_at=requested_at, by_person=by_person, rounds=rounds)
            self.fetch_requests.append((request, (delays or {}).get(shop, timedelta())))

    def request_returns(self, shops: Sequence[str]) -> None:
        self._fail()
        self.returns += shops

    def send_shop_updates(self, shop_updates: Sequence[ShopUpdate | NotInExport]) -> None:
        self._fail()
        self.changes += [message for message in shop_updates if self._new(message)]

    def send_listing_updates(self, listed: Sequence[ListingUpdate]) -> None:
        self._fail()
        self.changes += [message for message in listed if self._new(message)]

    def request_rechecks(self, rechecks: Sequence[Recheck]) -> None:
        self._fail()
        self.changes += [message for message in rechecks if self._new(message)]

    def send_step(self, send: StepDispatch, *, in_shop: bool = False) -> None:
        self._fail()
        sends = self.shop_sends if in_shop else self.sends
        sends.extend([send] if self._new(send, in_shop=in_shop) else [])

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        self._fail()
        self.lists += [message for message in requests if self._new(message)]

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        self._fail()
        self.alarms += [message for message in requests if self._new(message)]

    def waiting(self) -> Waiting:
        return Waiting(len(self.changes), len(self.sends) + len(self.shop_sends))

    def take_fetches(self) -> list[str]:
        taken, self.fetches = self.fetches, []
        return taken

    def take_returns(self) -> list[str]:
        taken, self.returns = self.returns, []
        return taken

    def take_changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]:
        taken, self.changes = self.changes, []
        return taken

    def take_sends(self) -> list[StepDispatch]:
        taken, self.sends = self.sends, []
        return taken

    def take_shop_sends(self) -> list[StepDispatch]:
        taken, self.shop_sends = self.shop_sends, []
        return taken

    def take_lists(self) -> list[ListRequest]:
        taken, self.lists = self.lists, []
        return taken

    def take_alarms(self) -> list[AlarmRequest | DigestRequest]:
        taken, self.alarms = self.alarms, []
        return taken

    def _fail(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with

    def _new(self, message: Grouped, *, in_shop: bool = False) -> bool:
        if self._clock is None:
            return True
        now, identity = self._clock.now(), (deduplication_id(message), in_shop)
        if identity in self._seen and now - self._seen[identity] < timedelta(minutes=5):
            self.dropped.append(message)
            return False
        self._seen[identity] = now
        return True


class FakeSecrets:
    """Cached as the real one: what is put later is seen after ``forget`` or after `ttl`."""

    def __init__(self, clock: Clock | None = None, ttl: timedelta = timedelta(hours=12)) -> None:
        self.stored: dict[str, ShopSecrets] = {}
        self.reads = 0
        self._clock = clock or ManualClock()
        self._ttl = ttl
        self._cache: dict[str, tuple[datetime | None, datetime, ShopSecrets]] = {}

    def put(self, shop: str, secrets: ShopSecrets) -> None:
        self.stored[shop] = secrets

    def remove(self, shop: str) -> None:
        self.stored.pop(shop, None)

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        now = self._clock.now()
        if shop in self._cache:
            known_at, until, secrets = self._cache[shop]
            if known_at == stored_at and now < until:
                return secrets
        self.reads += 1
        if shop not in self.stored:
            parameter, missing = Term(f"/fake/shops/{shop}"), Term("ParameterNotFound")
            raise SecretsProblemError(
                because(SettingsReason.SECRETS_NOT_READ, parameter=parameter, error=missing)
            )
        self._cache[shop] = (stored_at, now + self._ttl, self.stored[shop])
        return self.stored[shop]

    def forget(self, shop: str) -> None:
        self._cache.pop(shop, None)


class FakeExportCheckpoints:
    def __init__(self) -> None:
        self.stored: dict[str, tuple[ExportCheckpoint, array[int]]] = {}
        self.puts = 0

    def head(self, shop: str) -> ExportCheckpoint:
        return self.stored[shop][0] if shop in self.stored else ExportCheckpoint()

    def digests(self, shop: str, checkpoint: ExportCheckpoint) -> array[int]:
        if not checkpoint.revision:
            return array("Q")
        self._check(shop, checkpoint)
        return self.stored[shop][1][:]

    def put(self, shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
        self._check(shop, checkpoint)
        self.puts += 1
        stored = replace(checkpoint, revision=f"revision-{self.puts}")
        self.stored[shop] = (stored, digests[:])
        return stored

    def _check(self, shop: str, checkpoint: ExportCheckpoint) -> None:
        if checkpoint.revision != self.head(shop).revision:
            raise VersionConflictError(f"position of shop {shop}: another fetch was faster")


class FakeFeedCheckpoints:
    def __init__(self) -> None:
        self.stored: dict[str, FeedCheckpoint] = {}

    def get(self, shop: str) -> FeedCheckpoint:
        return self.stored.get(shop, FeedCheckpoint())

    def put(self, shop: str, checkpoint: FeedCheckpoint) -> None:
        self.stored[shop] = replace(checkpoint, unknown_numbers=dict(checkpoint.unknown_numbers))


class FakeNotices:
    def __init__(self) -> None:
        self.stored: dict[str, ShopNotices] = {}

    def get(self, shop: str) -> ShopNotices:
        return self.stored.get(shop, ShopNotices())

    def put(self, shop: str, notices: ShopNotices) -> None:
        self.stored[shop] = notices


class FakeAlarms:
    """`published`: (shop, subject, text) of every message. `fail_with`, while set, is raised.

    What SNS would not take is an error here as well.
    """

    def __init__(self) -> None:
        self.published: list[tuple[str, str, str]] = []
        self.fail_with: Exception | None = None

    def publish(self, shop: str, subject: str, text: str) -> None:
        if self.fail_with is not None:
            raise self.fail_with
        if not (subject.isascii() and subject.isprintable() and 0 < len(subject) <= MAX_SUBJECT):
            raise ValueError(f"no subject of an e-mail: {subject!r}")
        if not 0 < len(text.encode()) <= MAX_TEXT:
            raise ValueError(f"no text of an e-mail: {len(text)} characters")
        self.published.append((shop, subject, text))


class FakeWebhooks:
    """Cached as the real one: what is put later by somebody else is seen after `ttl`."""

    def __init__(self, clock: Clock | None = None, ttl: timedelta = timedelta(minutes=5)) -> None:
        self.stored: dict[str, str] = {}
        self.reads = 0
        self._clock = clock or ManualClock()
        self._ttl = ttl
        self._cache: dict[str, tuple[datetime, str | None]] = {}

    def put(self, shop: str, digest: str) -> None:
        self.stored[shop] = digest
        self._cache.pop(shop, None)

    def remove(self, shop: str) -> None:
        self.stored.pop(shop, None)
        self._cache.pop(shop, None)

    def digest_of(self, shop: str) -> str | None:
        now = self._clock.now()
        if shop in self._cache and now < self._cache[shop][0]:
            return self._cache[shop][1]
        self.reads += 1
        self._cache[shop] = (now + self._ttl, self.stored.get(shop))
        return self.stored.get(shop)


@dataclass(frozen=True)
class FakeOperator:
    name: str
    token_sha256: str
    shops: Sequence[str]


@dataclass
class FakeOperators:
    known: list[FakeOperator] = field(default_factory=list)

    def find(self, token_sha256: str) -> FakeOperator | None:
        return next((one for one in self.known if one.token_sha256 == token_sha256), None)
