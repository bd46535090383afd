"""The small stores: slots, checkpoints, secrets, webhooks, operators."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.checkpoints import ExportCheckpoint, FeedCheckpoint
from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.facts import Term
from orderbridge.domain.persons import Role
from orderbridge.domain.reasons import because
from orderbridge.domain.spacing import Slot, next_slot
from orderbridge.errors import SecretsProblemError, VersionConflictError
from orderbridge.ports.console import SigningKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.spacing import Spacing
    from orderbridge.ports import Clock
from tests.fakes.clock import ManualClock


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
    role: Role = Role.OPERATOR


@dataclass
class FakeSigningKeys:
    """Two keys; `known` is the newest first."""

    known: list[SigningKey] = field(default_factory=lambda: [SigningKey("one", b"1" * 32)])

    def newest(self) -> SigningKey:
        return self.known[0]

    def named(self, name: str) -> SigningKey | None:
        return next((key for key in self.known if key.name == name), None)


class FakeConsoleStore:
    """`operators` are those of the product: whoever is removed there is gone here."""

    def __init__(self, operators: FakeOperators) -> None:
        self.ended: set[str] = set()
        self.counts: dict[str, int] = {}
        self.codes: dict[str, tuple[str, datetime]] = {}
        self._operators = operators

    def operator_of(self, token_sha256: str, session: str) -> FakeOperator | None:
        return None if session in self.ended else self._operators.find(token_sha256)

    def end_session(self, session: str, until: datetime) -> None:  # noqa: ARG002 - nothing expires here
        self.ended.add(session)

    def begin_try(self, source: str, limit: int, until: datetime) -> bool:  # noqa: ARG002
        if self.counts.get(source, 0) >= limit:
            return False
        self.counts[source] = self.counts.get(source, 0) + 1
        return True

    def forget_tries(self, source: str) -> None:
        self.counts.pop(source, None)

    def tries(self, source: str) -> int:
        return self.counts.get(source, 0)

    def put_code(self, code_sha256: str, token_sha256: str, until: datetime) -> None:
        self.codes[code_sha256] = (token_sha256, until)

    def take_code(self, code_sha256: str, now: datetime) -> str | None:
        token, until = self.codes.get(code_sha256, ("", now))
        if until <= now:
            return None
        del self.codes[code_sha256]
        return token


@dataclass
class FakeOperators:
    known: list[FakeOperator] = field(default_factory=list)

    def find(self, token_sha256: str) -> FakeOperator | None:
        return next((one for one in self.known if one.token_sha256 == token_sha256), None)
