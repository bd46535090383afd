"""The two services in memory: a marketplace that can be told to fail, and shops' exports. See ``fakes``."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING

from orderbridge.domain.answers import (
    ImportAnswer,
    ImportOutcome,
    ListAnswer,
    MarketplaceAnswer,
    OrderDetailAnswer,
)
from orderbridge.domain.checkpoints import Validators
from orderbridge.domain.codes.answers import ImportReason
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.order_detail import Customer, OrderDetail, OrderDetailItem
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import Budget, ShopSecrets
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus, allowed
from orderbridge.domain.views import ExportedOrder, ListedOrder, MarketplaceView, ShopView
from orderbridge.errors import ExportProblemError
from tests.some_reasons import they_said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.ports import Clock
    from orderbridge.settings import ShopSettings


UNDER_WAY = {MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPING, MarketplaceStatus.SHIPPED}


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """`change` is None for a read; `took_effect` is what happened, whatever the caller was told."""

    call: Call
    mall_order_id: int
    change: MarketplaceChange | None
    took_effect: bool
    call_result: CallResult


@dataclass(frozen=True, slots=True)
class Fault:
    """How one call goes wrong. `effect`: it is carried out all the same, only the answer is another one.

    `call` and `mall_order_id` narrow it to matching calls; None matches any.
    """

    call_result: CallResult
    effect: bool = False
    call: Call | None = None
    mall_order_id: int | None = None
    http_status: int | None = None
    message: str = ""
    retry_after: float | None = None

    def matches(self, call: Call, mall_order_id: int) -> bool:
        return self.call in {None, call} and self.mall_order_id in {None, mall_order_id}


@dataclass
class CallWindow:
    """The calls of one key: `limit` in every window of `length`. Several marketplaces may share it.

    `served` are the moments of the calls, `refused` how many came beyond the limit. `told` False: no answer says
    anything of it.
    """

    clock: Clock
    limit: int
    length: timedelta = timedelta(hours=1)
    told: bool = True
    served: list[datetime] = field(default_factory=list)
    refused: int = 0
    remaining: int = field(init=False)
    resets_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._begin()

    def leave(self, remaining: int) -> None:
        """Somebody else uses the key: so many are left of this window."""
        self._at_present()
        self.remaining = remaining

    def use(self, leaving: int) -> None:
        """Somebody else uses the key until no more than so many are left."""
        self._at_present()
        self.remaining = min(self.remaining, leaving)

    def take(self) -> Fault | None:
        """Counts a call, or refuses it."""
        self._at_present()
        if not self.remaining:
            self.refused += 1
            wait = (self.resets_at - self.clock.now()).total_seconds()
            return Fault(CallResult.LIMITED, retry_after=wait if self.told else None)
        self.remaining -= 1
        self.served.append(self.clock.now())
        return None

    def said(self) -> Budget | None:
        """What the answer to the call that was just taken says."""
        return Budget(self.limit, self.remaining, self.resets_at) if self.told else None

    def _at_present(self) -> None:
        if self.clock.now() >= self.resets_at:
            self._begin()

    def _begin(self) -> None:
        self.remaining, self.resets_at = self.limit, self.clock.now() + self.length


class FakeMarketplace:
    """Keeps to the marketplace's rules: the transition table, ``confirmed``, what each status must carry.

    `orders` is what it holds, to be set and changed at will. `faults` are used up one per matching call, in
    their order; `outage`, while set, answers every call; `meanwhile` happens while the next PUT is under way, once.
    `illegal_answer` is what a move against the rules comes back with, `same_status_answer` a PUT of the status that the
    order already has. `tests` are the numbers of test orders, `lists` how many lists were read, `list_fault`, while
    set, what they come back with; `bare_lists`: they name numbers only; `lists_blocked`: the unconfirmed one names
    blocked orders too; `stamps` False: nothing that it says has a time stamp; `ignores_filters`: the list of orders
    under way names all. `lacks` stands in for parts of whole orders.
    `window`, if it has one, counts the calls.
    """

    def __init__(self) -> None:
        self.orders: dict[int, MarketplaceView] = {}
        self.calls: list[RecordedCall] = []
        self.faults: deque[Fault] = deque()
        self.outage: Fault | None = None
        self.illegal_answer = CallResult.BAD_REQUEST
        self.same_status_answer = CallResult.BAD_REQUEST
        self.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
        self.tests: set[int] = set()
        self.lists = 0
        self.list_fault: Fault | None = None
        self.bare_lists = False
        self.lists_blocked = False
        self.stamps = True
        self.ignores_filters = False
        self.meanwhile: Callable[[], None] | None = None
        self.lacks: dict[str, object] = {}
        self.window: CallWindow | None = None

    def changes(self, mall_order_id: int, **values: object) -> None:
        """What MALL or the customer does: by no rule, and it waits to be confirmed."""
        self.orders[mall_order_id] = replace(
            self.orders[mall_order_id],
            **{"confirmed": False, **values},  # type: ignore[arg-type]
        )

    def hold(
        self,
        mall_order_id: int,
        status: MarketplaceStatus = MarketplaceStatus.OPEN,
        *,
        confirmed: bool = False,
    ) -> None:
        """From now on the marketplace has this order."""
        self.orders[mall_order_id] = MarketplaceView(status, confirmed, opened_at=self.now)

    def fail_next(self, call_result: CallResult, *, effect: bool = False, call: Call | None = None) -> None:
        self.faults.append(Fault(call_result, effect=effect, call=call))

    def writes(self, mall_order_id: int | None = None) -> list[MarketplaceChange]:
        """The PUTs that took effect."""
        return [
            call.change
            for call in self.calls
            if call.change is not None and call.took_effect and mall_order_id in {None, call.mall_order_id}
        ]

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        fault = self._over_the_limit() or self._fault(Call.READ, mall_order_id)
        view = self._view(mall_order_id)
        call_result = fault.call_result if fault else CallResult.NOT_FOUND if view is None else CallResult.OK
        self.calls.append(
            RecordedCall(Call.READ, mall_order_id, None, took_effect=False, call_result=call_result)
        )
        return self._said(_answer(call_result, fault, view if call_result is CallResult.OK else None))

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        """Every order whose last change nobody confirmed; blocked ones are left out unless `lists_blocked`."""
        return self._list(
            lambda view: (
                not view.confirmed and (self.lists_blocked or view.status is not MarketplaceStatus.BLOCKED)
            ),
            test=test,
        )

    def under_way(self, *, test: bool) -> ListAnswer:
        return self._list(lambda view: self.ignores_filters or view.status in UNDER_WAY, test=test)

    def order_detail(self, mall_order_id: int) -> OrderDetailAnswer:
        answer = self.read(mall_order_id)
        if answer.view is None:
            return OrderDetailAnswer(answer)
        customer = Customer(name=f"Customer {mall_order_id}", email="customer@example.invalid")
        items = (OrderDetailItem("ZBOZI-1", "Zboží č. 1", Decimal(2), Decimal(100), Decimal(21)),)
        whole = OrderDetail(mall_order_id, answer.view, mall_order_id in self.tests, customer, items)
        return OrderDetailAnswer(answer, replace(whole, **self.lacks))  # type: ignore[arg-type]

    def _view(self, mall_order_id: int) -> MarketplaceView | None:
        view = self.orders.get(mall_order_id)
        if view is not None and not self.stamps:
            view = replace(view, opened_at=None, shipped_at=None, delivered_at=None)
        return None if view is None else replace(view, test=mall_order_id in self.tests)

    def _list(self, wanted: Callable[[MarketplaceView], bool], *, test: bool) -> ListAnswer:
        self.lists += 1
        fault = self._over_the_limit() or self.list_fault
        if fault is not None:
            return ListAnswer(self._said(_answer(fault.call_result, fault, None)))
        found = tuple(
            ListedOrder(number, None if self.bare_lists else self._view(number), test=number in self.tests)
            for number, view in sorted(self.orders.items())
            if wanted(view) and (test or number not in self.tests)
        )
        return ListAnswer(self._said(_answer(CallResult.OK, None, None)), found)

    def wording(self, change: MarketplaceChange) -> dict[str, str | bool]:
        words: dict[str, str | bool] = {}
        if change.status is not None:
            words["status"] = change.status.value
        if change.confirm:
            words["confirmed"] = True
        if change.tracking_number:
            words["tracking_number"] = change.tracking_number
            words["tracking_url"] = change.tracking_url
        if change.delivered_at is not None:
            words["delivered_at"] = change.delivered_at.isoformat()
        return words

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        fault = self._over_the_limit() or self._fault(Call.WRITE, mall_order_id)
        judged = self._judge(mall_order_id, change)
        took_effect = judged is CallResult.OK and (fault is None or fault.effect)
        if took_effect:
            self.orders[mall_order_id] = self._changed(self.orders[mall_order_id], change)
        call_result = fault.call_result if fault else judged
        self.calls.append(RecordedCall(Call.WRITE, mall_order_id, change, took_effect, call_result))
        return self._said(_answer(call_result, fault, None))

    def _over_the_limit(self) -> Fault | None:
        return None if self.window is None else self.window.take()

    def _said(self, answer: MarketplaceAnswer) -> MarketplaceAnswer:
        """`answer` with what it says of the limit. A refusal for the limit says how long it lasts, and nothing else."""
        if self.window is None or answer.call_result is CallResult.LIMITED:
            return answer
        return replace(answer, budget=self.window.said())

    def _fault(self, call: Call, mall_order_id: int) -> Fault | None:
        if self.outage is not None and self.outage.matches(call, mall_order_id):
            return self.outage
        for fault in self.faults:
            if fault.matches(call, mall_order_id):
                self.faults.remove(fault)
                return fault
        return None

    def _judge(self, mall_order_id: int, change: MarketplaceChange) -> CallResult:
        held = self.orders.get(mall_order_id)
        if held is None:
            return CallResult.NOT_FOUND
        if change.confirm and held.confirmed:
            return CallResult.BAD_REQUEST
        if change.status is None:
            legal = not change.tracking_number or held.status is MarketplaceStatus.SHIPPED
            return CallResult.OK if legal else self.illegal_answer
        if change.status is held.status:
            return self.same_status_answer
        if not (held.confirmed or change.confirm) or (
            (change.delivered_at is not None) != (change.status is MarketplaceStatus.DELIVERED)
        ):
            return CallResult.BAD_REQUEST
        if not allowed(held.status, change.status, marketplace_delivery=held.marketplace_delivery):
            return self.illegal_answer
        return CallResult.OK

    def _changed(self, held: MarketplaceView, change: MarketplaceChange) -> MarketplaceView:
        status = change.status or held.status
        return replace(
            held,
            status=status,
            confirmed=held.confirmed or change.confirm,
            tracking_number=change.tracking_number or held.tracking_number,
            tracking_url=change.tracking_url or held.tracking_url,
            shipped_at=self.now if change.status is MarketplaceStatus.SHIPPED else held.shipped_at,
            delivered_at=change.delivered_at or held.delivered_at,
        )


_HTTP_STATUS = {
    CallResult.OK: 200,
    CallResult.EMPTY_BODY: 200,
    CallResult.BROKEN_BODY: 200,
    CallResult.REJECTED: 200,
    CallResult.BAD_REQUEST: 400,
    CallResult.UNAUTHORIZED: 401,
    CallResult.FORBIDDEN: 403,
    CallResult.NOT_FOUND: 404,
    CallResult.CONFLICT: 409,
    CallResult.UNPROCESSABLE: 422,
    CallResult.LIMITED: 429,
    CallResult.SERVER_ERROR: 500,
}


def _answer(call_result: CallResult, fault: Fault | None, view: MarketplaceView | None) -> MarketplaceAnswer:
    said = (fault.message if fault else "") or ("" if call_result is CallResult.OK else call_result.value)
    return MarketplaceAnswer(
        call_result,
        http_status=(fault and fault.http_status) or _HTTP_STATUS.get(call_result),
        reason=they_said(said) if said else None,
        view=view,
        retry_after=fault.retry_after if fault else None,
        duration_ms=7,
    )


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


class FakeMarketplaces:
    """One marketplace per shop; `used` are the keys that were used, in their order."""

    def __init__(self) -> None:
        self.by_shop: dict[str, FakeMarketplace] = {}
        self.used: list[str] = []

    def at(self, shop: str) -> FakeMarketplace:
        return self.by_shop.setdefault(shop, FakeMarketplace())

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> FakeMarketplace:
        self.used.append(secrets.client_id)
        return self.at(settings.shop)


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
