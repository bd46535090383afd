"""What a shop's server offers: its export, and its import."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from orderbridge.domain.answers import (
    ImportAnswer,
    ImportOutcome,
)
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.answers import ImportReason
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.views import ExportedOrder, ShopView
from orderbridge.errors import ExportProblemError
from tests.reasons import they_said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.settings import ShopSettings


@dataclass(frozen=True, slots=True)
class ShopFault:
    """How one document for a shop's import goes wrong. `effect`: it is taken all the same."""

    outcome: ImportOutcome
    effect: bool = False
    message: str = "the shop said so"


class FakeImports:
    """Every shop's import, which writes into the shops' exports.

    `written` are (shop, what, order number or code) of every document that took effect; `faults` are used up one per
    document, `outage`, while set, answers every one; `meanwhile` happens behind the next one, before its answer. A new
    order shows up in the export as pending, as a clerk would see it. A number that the shop has already is refused, as
    FastCentrik's stand-in does.
    """

    def __init__(self, exports: FakeExports) -> None:
        self._exports = exports
        self.written: list[tuple[str, str, str]] = []
        self.documents = 0
        self.faults: deque[ShopFault] = deque()
        self.outage: ShopFault | None = None
        self.meanwhile: Callable[[], None] | None = None
        self.tells_codes = True
        """Whether an answer says how the shop calls the new order."""

    def problem(
        self,
        settings: ShopSettings,  # noqa: ARG002
        secrets: ShopSecrets,
    ) -> Reason | None:
        return None if secrets.import_url else because(ImportReason.NO_ADDRESS)

    def create(self, settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        assert secrets.import_url, "a document needs the import's address"
        number = order.mall_order_id

        def take() -> None:
            view = ShopView(f"C{number}", ShopStatus.PENDING, "pending", tracking_number="DR1", carrier="PPL")
            self._exports.show(settings.shop, ExportedOrder(number, view))

        known = number in self._exports.at(settings.shop).records
        return self._answer(settings, ("create", str(number)), take, refuse=known)

    def cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:
        assert secrets.import_url, "a document needs the import's address"
        records = self._exports.at(settings.shop).records
        found = next((record for record in records.values() if record.view.code == code), None)

        def take() -> None:
            if found is not None:
                view = replace(found.view, status=ShopStatus.CANCELED, status_name="canceled")
                self._exports.show(settings.shop, replace(found, view=view))

        return self._answer(settings, ("cancel", code), take, refuse=found is None)

    def _answer(
        self, settings: ShopSettings, what: tuple[str, str], take: Callable[[], None], *, refuse: bool
    ) -> ImportAnswer:
        self.documents += 1
        fault = self.outage or (self.faults.popleft() if self.faults else None)
        if refuse and fault is None:
            return ImportAnswer(ImportOutcome.REFUSED, 409, they_said("already in the shop"))
        if fault is None or fault.effect:
            take()
            self.written.append((settings.shop, *what))
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        if fault is None:
            created = what[0] == "create" and self.tells_codes
            return ImportAnswer(ImportOutcome.TAKEN, 201, code=f"C{what[1]}" if created else "")
        status = 400 if fault.outcome is ImportOutcome.REFUSED else None
        return ImportAnswer(fault.outcome, status, they_said(fault.message))


@dataclass
class FakeExport:
    """`breaks_after`: the document proves broken behind so many orders. `stamp` is in it, so known once it was read."""

    records: tuple[ExportedOrder, ...] = ()
    validators: Validators = field(default_factory=Validators)
    document_digest: str = ""
    not_modified: bool = False
    breaks_after: int | None = None
    problems: tuple[Reason, ...] = ()
    stamp: datetime | None = None
    age: timedelta | None = None
    made_for_request: bool = False
    shows_all: bool = True
    made_at: datetime | None = None

    def orders(self) -> Iterator[ExportedOrder]:
        self.made_at = self.stamp
        for count, record in enumerate(self.records):
            if count == self.breaks_after:
                break
            yield record
        if self.breaks_after is not None:
            raise ExportProblemError(because(ExportReason.CSV_LAST_LINE))


@dataclass
class ShopExport:
    """What a shop's server serves. With an `etag` it answers a matching conditional request "not modified".

    `twice` are records beside `records`, under numbers that stand there too. `changes`: the list is one of changes.
    `fails`: it serves a web page instead.
    `stamp` is the document's own, `age` what the server says.
    """

    records: dict[int, ExportedOrder] = field(default_factory=dict)
    twice: tuple[ExportedOrder, ...] = ()
    etag: str = ""
    changes: bool = False
    stamp: datetime | None = None
    age: timedelta | None = None
    fails: bool = False
    breaks_after: int | None = None
    unattributable: tuple[Reason, ...] = ()


class FakeExports:
    """`fetches` are (shop, validators, changed_since) of every fetch."""

    def __init__(self) -> None:
        self.by_shop: dict[str, ShopExport] = {}
        self.profile = "profile-1"
        self.fetches: list[tuple[str, Validators, datetime | None]] = []
        self.open = 0

    def at(self, shop: str) -> ShopExport:
        return self.by_shop.setdefault(shop, ShopExport())

    def show(self, shop: str, *orders: ExportedOrder) -> None:
        """From now on the shop's export contains these, instead of what it had under the same numbers."""
        self.at(shop).records.update({order.mall_order_id: order for order in orders})

    @contextmanager
    def fetch(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        validators: Validators,
        changed_since: datetime | None,
    ) -> Iterator[FakeExport]:
        assert secrets.export_url, "a fetch needs the export's address"
        self.fetches.append((settings.shop, validators, changed_since))
        served = self.at(settings.shop)
        if served.fails:
            raise ExportProblemError(because(ExportReason.WEB_PAGE))
        self.open += 1
        try:
            yield self._export(served, validators)
        finally:
            self.open -= 1

    def profile_digest(self, settings: ShopSettings) -> str:  # noqa: ARG002
        return self.profile

    def _export(self, served: ShopExport, validators: Validators) -> FakeExport:
        if served.etag and served.etag == validators.etag:
            return FakeExport(validators=validators, not_modified=True, age=served.age)
        records = (*(served.records[number] for number in sorted(served.records)), *served.twice)
        return FakeExport(
            records,
            Validators(etag=served.etag),
            document_digest=_digest_of(records, served.breaks_after, served.unattributable, served.stamp),
            breaks_after=served.breaks_after,
            problems=served.unattributable,
            stamp=served.stamp,
            age=served.age,
            shows_all=not served.changes,
        )


def _digest_of(*content: object) -> str:
    """The same in every process, unlike ``hash``: the recorded samples hold it."""
    return blake2b(repr(content).encode(), digest_size=8).hexdigest()
