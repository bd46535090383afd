"""The runner of a dry run: the real flows, order by order, each to its end.

The export's orders come one after the other from ``fetch_changes``. Each goes through ``map_state`` and, step by step,
through ``push_to_mall`` or ``push_to_shop``, until it is in sync, is held, or waits. Then one row is kept, and the
order is forgotten, so memory does not grow with the orders' records. After the export come the listed orders that the
shop does not have, through ``read_list``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from orderbridge.domain.actions import Action
from orderbridge.domain.advance import LOST_MESSAGE_AFTER
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.freshness import is_known_since, required_content_time
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import UNDER_WAY, MarketplaceStatus
from orderbridge.domain.steps import AttemptResult, StepState
from orderbridge.errors import ExportProblemError, UnreadableOrderError
from orderbridge.flows.fetch_changes import fetch_changes
from orderbridge.flows.lists.compare import agrees, message
from orderbridge.flows.map_state import map_state
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.flows.push_to_shop import push_to_shop
from orderbridge.flows.read_lists import read_list
from orderbridge.messages import ListingUpdate, ListRequest, NotInExport, Recheck, ShopUpdate
from orderbridge_cli.dry_run.calls import MallLists, calls_of, usable_record
from orderbridge_cli.dry_run.marketplace import NotListedError
from orderbridge_cli.dry_run.ports import DryRunPorts
from orderbridge_cli.dry_run.result import End, Preview, PreviewRow, PreviewStep

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.steps import Step
    from orderbridge.domain.views import ListedOrder
    from orderbridge.ports import Ports

MAX_ROUNDS = 100
"""Messages about one order after which its dry run is given up. An ordinary order needs about fifteen."""
MAX_SHARED = 2_000
"""Reasons that rows share. Most orders have one of a few."""
_BESIDE_A_STEP = frozenset({HoldCode.NO_ANSWER, HoldCode.NOT_IN_EXPORT})
"""Holds of an order whose step is still tried. In a dry run it would be tried for ever."""
ALL = 2**62
"""More orders than an export has."""


class Stage(StrEnum):
    """What a dry run is doing."""

    EXPORT = "export"
    """The export is fetched and read to its end."""
    LISTS = "lists"
    """MALL's lists are read."""
    ORDERS = "orders"
    """The orders are played."""


class Progress(Protocol):
    """Hears how far a dry run is."""

    def __call__(self, stage: Stage, done: int, /) -> None:
        """`done` orders of `stage` are done; 0 when a stage begins."""
        ...


def _quiet(stage: Stage, done: int, /) -> None:
    """Tells nobody."""


def run_preview(services: Ports, shop: str, progress: Progress = _quiet) -> Preview:
    """What would be sent for `shop`, were it switched on now. Writes nothing, neither here nor at MALL nor in the shop.

    The export is fetched whole. MALL gets the calls that ``calls_of`` announces, and only after the export was read to
    its end. Orders that MALL's lists lack are not read (see ``End.TO_BE_READ``).

    Raises NotFoundError for an unknown shop, WrongValueError for unusable settings, SecretsProblemError for unreadable
    secrets, ExportProblemError for an export that cannot be used, MallNotReadError if a list of MALL does not come, and
    NotNowError while no call may be made. Whatever is raised, nothing is left behind.
    """
    usable_record(services, shop)
    calls_of(services, shop)
    return _Run(services, shop, progress).preview()


class _Run:
    """One dry run."""

    def __init__(self, services: Ports, shop: str, progress: Progress) -> None:
        self.ports = DryRunPorts(services, shop)
        self.shop, self.progress, self.started = shop, progress, self.ports.started
        self.rows: dict[int, PreviewRow] = {}
        self.calls_needed = 0
        self._shared: dict[Reason, Reason] = {}
        record = usable_record(self.ports, shop)
        self.rules = record.settings.rules
        secrets = services.secrets.of(shop, record.secrets_at)
        self.lists = MallLists(services.marketplaces.of(record.settings, secrets), record, self.started)
        self.ports.marketplaces.lists = self.lists
        self.ports.queues.deliver = self._deliver
        first = services.ledger.orders(shop, limit=1)
        self.ports.ledger.is_empty = not (first.orders or first.unreadable)

    def preview(self) -> Preview:
        """The result."""
        self.progress(Stage.EXPORT, 0)
        report = fetch_changes(self.ports, self.shop, by_person=True, max_updates=ALL)
        if report is None or report.problem is not None:
            missing = because(ExportReason.NOT_READ_TO_ITS_END, seconds=0)
            raise ExportProblemError(missing if report is None or report.problem is None else report.problem)
        self._read_lists()
        whats: tuple[Literal["unconfirmed", "reconcile"], ...] = ("unconfirmed", "reconcile")
        for what in whats:
            self.ports.clock.set(self.started)
            read_list(self.ports, ListRequest(shop=self.shop, what=what, requested_at=self.started))
        return Preview(
            self.shop,
            self.started,
            orders=report.orders,
            calls=self.lists.calls,
            calls_needed=self.calls_needed,
            rows=tuple(self.rows[number] for number in sorted(self.rows)),
            notes=(*(report.notes or ()), *self.lists.notes),
        )

    def _read_lists(self) -> None:
        """MALL's lists, at their first use: an export that cannot be used costs no call."""
        if not self.lists.calls:
            self.progress(Stage.LISTS, 0)
            self.lists.read()
            self.progress(Stage.ORDERS, 0)

    def _deliver(self, update: ShopUpdate | NotInExport | ListingUpdate) -> None:
        """Plays the order of `update` to its end, and keeps its row."""
        self._read_lists()
        number = update.mall_order_id
        play = _Play(self, update)
        self.ports.clock.set(self.started)
        self.ports.ledger.done.discard(number)
        try:
            row = play.row()
        finally:
            self.ports.ledger.forget(self.shop, number)
            self.ports.queues.forget()
            self.ports.marketplaces.forget(number)
            self.ports.clock.set(self.started)
        if row is not None:
            self.rows[number] = row
            self.progress(Stage.ORDERS, len(self.rows))

    def shared(self, reason: Reason) -> Reason:
        """`reason`, or an equal one that another row has already."""
        if len(self._shared) >= MAX_SHARED:
            return self._shared.get(reason, reason)
        return self._shared.setdefault(reason, reason)


class _Play:
    """One order of a dry run, from the first message about it to its end."""

    def __init__(self, run: _Run, update: ShopUpdate | NotInExport | ListingUpdate) -> None:
        self.run, self.ports, self.update = run, run.ports, update
        self.shop, self.number = run.shop, update.mall_order_id

    def row(self) -> PreviewRow | None:
        """The order's row; None: the order is not ours."""
        try:
            before = self.ports.ledger.load(self.shop, self.number)
            self._begin()
            end = self._to_its_end()
        except UnreadableOrderError as problem:
            return PreviewRow(self.number, "", None, "", self._held(None), (), End.UNREADABLE, problem.reason)
        except NotListedError:
            before, end = self._order() or before, End.TO_BE_READ
        order = self._order()
        return None if order is None else self._row(before, order, end)

    def _begin(self) -> None:
        """The first message, and what MALL's lists say of the order."""
        map_state(self.ports, self.update)
        if not isinstance(self.update, ShopUpdate):
            return
        order, entry, rules = self._order(), self.run.lists.entry(self.number), self.run.rules
        if order is None or (entry is not None and agrees(order, entry, None)):
            return
        is_listed = rules.import_mode != "off" or self.update.bulk
        if entry is not None and is_listed and (rules.test_orders or not entry.test):
            map_state(self.ports, message(self.shop, entry, self.run.started))
        elif order.marketplace.observed is not None and _is_doubtful(order, entry):
            # The order would be read first: after a reconciliation (R8.9), or because MALL refuses what rests on our
            # record.
            doubt = ListingUpdate(shop=self.shop, mall_order_id=self.number, seen_at=self.run.started)
            map_state(self.ports, doubt)

    def _to_its_end(self) -> End:
        """Delivers the order's messages until none is left and none comes with time."""
        queues = self.ports.queues
        for _ in range(MAX_ROUNDS):
            if queues.rechecks:
                map_state(self.ports, queues.rechecks.popleft())
            elif queues.steps:
                self._carry_out()
            elif (end := self._end()) is not None:
                return end
            elif not self._let_time_pass():
                return End.WAITING
        return End.WAITING

    def _carry_out(self) -> None:
        dispatch, in_shop = self.ports.queues.steps.popleft()
        result = (push_to_shop if in_shop else push_to_mall)(self.ports, dispatch)
        if result.retry_in is not None:
            self.ports.clock.set(self.ports.clock.now() + result.retry_in)
            self.ports.queues.steps.append((dispatch, in_shop))

    def _end(self) -> End | None:
        """How the order ended; None: it still has a step."""
        order = self._order()
        if order is None:
            return End.IN_SYNC
        hold, step = order.work.hold, order.work.step
        if hold is not None and (step is None or hold.code in _BESIDE_A_STEP):
            return End.HELD
        return End.IN_SYNC if step is None else None

    def _let_time_pass(self) -> bool:
        """Moves the clock to the moment at which the order's step goes on. False: no moment is known.

        A step that needs a later export gets one that shows the order as the present one does.
        """
        order = self._order()
        step = None if order is None else order.work.step
        if order is None or step is None:
            return False
        now = self.ports.clock.now()
        moments = [now, step.due_at(), order.work.recheck_at if step.queued_at or step.claimed_at else None]
        self.ports.clock.set(max(moment for moment in moments if moment is not None))
        needed = required_content_time(order, step) if step.state is StepState.PLANNED else None
        if needed is None or is_known_since(order, needed):
            return self._recheck(step)
        return self._show_again(order, needed)

    def _recheck(self, step: Step) -> bool:
        now = self.ports.clock.now()
        if step.queued_at is not None and now < step.queued_at + LOST_MESSAGE_AFTER:
            self.ports.clock.set(now := step.queued_at + LOST_MESSAGE_AFTER)
        reason = f"dry run {now.isoformat()}"
        recheck = Recheck(
            shop=self.shop, mall_order_id=self.number, reason=reason, requested_at=now, queues_empty=True
        )
        self.ports.queues.request_rechecks([recheck])
        return True

    def _show_again(self, order: OrderState, needed: datetime) -> bool:
        """The next export, made late enough. False: the present one lacks the order, so the next is not known."""
        now = max(self.ports.clock.now(), needed)
        self.ports.clock.set(now)
        again: ShopUpdate | NotInExport
        if isinstance(self.update, ShopUpdate):
            again = self.update.model_copy(
                update={"seen_at": now, "content_at": now, "shown_before_at": None, "bulk": False}
            )
        elif order.shop_side.desired is None:
            again = NotInExport(
                shop=self.shop, mall_order_id=self.number, seen_at=now, content_at=now, whole=True
            )
        else:
            return False
        map_state(self.ports, again)
        return True

    def _row(self, before: OrderState | None, order: OrderState, end: End) -> PreviewRow:
        view, hold = order.shop_side.desired, order.work.hold if end is End.HELD else None
        reason = order.work.explanation if hold is None else hold.reason
        return PreviewRow(
            self.number,
            "" if view is None else view.code,
            None if view is None else view.status,
            "" if view is None else view.status_name,
            self._held(before),
            self._steps(),
            end,
            None if reason is None else self.run.shared(reason),
            None if hold is None else hold.code,
            None if hold is None else hold.actor,
            None if hold is None else hold.until,
        )

    def _held(self, before: OrderState | None) -> MarketplaceStatus | None:
        """What MALL holds before the dry run."""
        view = self.run.lists.view(self.number)
        if view is None and before is not None:
            view = before.marketplace.observed
        return None if view is None else view.status

    def _steps(self) -> tuple[PreviewStep, ...]:
        """The steps that took effect, as their records have them. Counts their calls to MALL, reads included."""
        ledger, found = self.ports.ledger, []
        for attempt in ledger.attempts.values():
            self.run.calls_needed += attempt.action.calls_marketplace
            if attempt.action is Action.READ or attempt.result is not AttemptResult.ACCEPTED:
                continue
            step = ledger.steps[attempt.step]
            due = attempt.started_at if attempt.started_at > self.run.started else None
            found.append(PreviewStep(attempt.action, attempt.sent, self.run.shared(step.reason), due))
        return tuple(found)

    def _order(self) -> OrderState | None:
        return self.ports.ledger.load(self.shop, self.number)


def _is_doubtful(order: OrderState, entry: ListedOrder | None) -> bool:
    """Whether MALL's lists contradict our record of the order: they lack it, or the product leaves `entry` out.

    Orders that we have under way or blocked are expected there. A known test order that is left out stays as it is.
    """
    if entry is not None:
        return not order.marketplace.test
    observed = order.marketplace.observed
    return observed is not None and observed.status in {*UNDER_WAY, MarketplaceStatus.BLOCKED}
