"""How an order moves on: taking news in, and recording what the plan says.

Every function maps an order to its next value; the flows load, save and send. So each move can be made again on
a freshly loaded order when somebody else was faster, and a crash between two moves leaves a valid order behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import backoff, bounds
from orderbridge.domain.attempts import (
    NO_ANSWER_FAILURES,
    after_no_answer_from_shop,
    by_marketplace,
    completed,
    is_no_change,
    lease,
)
from orderbridge.domain.corrections import accepted
from orderbridge.domain.freshness import is_known_since, required_content_time
from orderbridge.domain.orders import (
    Action,
    Actor,
    Hold,
    HoldCode,
    InSync,
    MarketplaceView,
    OrderState,
    PlannedStep,
    Reading,
    ShopView,
    Step,
    StepState,
)
from orderbridge.domain.planning import SHOWN_AT_LATEST, parked_hold, plan
from orderbridge.domain.statuses import FINAL, MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from orderbridge.domain.rules import Rules

UNSEEN_FOR = timedelta(hours=6)
"""How long a step may wait for the shop's export to show its order before people are told."""
PARKED_WITHIN = timedelta(minutes=10)
"""How soon a message that failed too often is sent again, or parked and its order with it."""
LOST_MESSAGE_AFTER = timedelta(minutes=5)
"""When a step that was handed to the queue is looked at again, in case its message never arrived."""
SURELY_LOST_AFTER = timedelta(hours=6)
"""After so long it is handed on again though others still wait in the queue: they may never end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The next value of an order, the step records to write with it, and the step to hand to the queue."""

    order: OrderState
    steps: tuple[Step, ...] = ()
    send: Step | None = None


def with_shop_update(
    order: OrderState,
    view: ShopView,
    reading: Reading,
    shown_before_at: datetime | None = None,
    *,
    bulk: bool = False,
) -> OrderState:
    """`order` as the shop's export showed it in `reading`. Older news than what is known changes nothing.

    `shown_before_at`: content of that moment showed the order as it was known before; None if none is known to have.
    `bulk`: it was shown among a crowd of orders.

    A change made by a person in the shop also ends a refusal: what MALL refused may be sent again. Another order of
    the shop under the same MALL number changes nothing but that it is known as the conflicting view, unless MALL never
    knew the number: then it was wrong in the first one, and nothing of that one is left.
    """
    seen_at = reading.seen_at
    if order.shop_side.seen_at is not None and seen_at < order.shop_side.seen_at:
        return order
    another = bool(order.shop_side.code) and view.code != order.shop_side.code
    if another and (_was_never_at_marketplace(order) or _was_lost_in_the_shop(order, seen_at)):
        order = replace(
            order,
            shop_side=replace(
                order.shop_side,
                code="",
                desired=None,
                desired_since=None,
                status_since=None,
                delivery_since=None,
            ),
        )
    if order.shop_side.code and view.code != order.shop_side.code:
        return replace(order, shop_side=replace(order.shop_side, conflicting_view=view, seen_at=seen_at))
    order = replace(
        order,
        shop_side=replace(
            order.shop_side,
            conflicting_view=None,
            seen_at=seen_at,
            content_at=_later_of(order.shop_side.content_at, reading.content_at),
            missing_since=None,
            unchanged_in=None,
        ),
    )
    known = order.shop_side.desired
    if known == view and order.shop_side.desired_since is not None:
        return order
    wants_the_same = known is not None and (known.status, known.delivery, known.delivery_problem) == (
        view.status,
        view.delivery,
        view.delivery_problem,
    )
    since = (
        order.shop_side.desired_since
        if wants_the_same and order.shop_side.desired_since is not None
        else seen_at
    )
    same_status = known is not None and known.status is view.status
    status_since = order.shop_side.status_since if same_status else None
    order = _written_by_us(order, view, seen_at)
    if known is None or known.delivery != view.delivery:
        order = replace(
            order,
            shop_side=replace(
                order.shop_side, delivery_since=seen_at, delivery_entered_after=shown_before_at
            ),
        )
    return replace(
        order,
        shop_side=replace(
            order.shop_side,
            code=order.shop_side.code or ("" if view.problems else view.code),
            desired=view,
            desired_since=since,
            status_since=status_since or seen_at,
            bulk_change_at=seen_at if bulk and order.marketplace.observed is None else None,
        ),
        cases=replace(order.cases, drift=""),
        work=replace(order.work, refusals=()),
        marketplace=replace(order.marketplace, unlisted_at=None),
    )


def with_full_list_read(order: OrderState, reconciled_at: datetime | None) -> OrderState:
    """`order` once all orders under way were listed at `reconciled_at` (None: never), and it was not among them.

    It was in the shop before, so at the marketplace as well. What a list shows comes in a message of its own, which may
    come later than this, and counts then.
    """
    known = (
        order.marketplace.observed is not None
        or order.marketplace.listed_at is not None
        or order.marketplace.unlisted_at is not None
    )
    if (
        known
        or reconciled_at is None
        or order.shop_side.bulk_change_at is None
        or reconciled_at < order.shop_side.bulk_change_at
    ):
        return order
    return replace(order, marketplace=replace(order.marketplace, unlisted_at=reconciled_at))


def with_not_in_export(order: OrderState, reading: Reading, now: datetime, *, whole: bool) -> OrderState:
    """`order` after the shop's export left it out; `whole`: a list of all orders, else of what is new and changed.

    A whole list that lacks an order that the shop once showed tells nothing of what the shop wants: it counts as
    missing. One of new and changed orders says that it has not changed, but not so that a change told before could not
    have died in front of this one and be on its way back; so that counts once a second list says it, from a fetch so
    much later than the first was taken in (`now`), whenever that one was fetched.
    """
    if order.shop_side.seen_at is not None and reading.seen_at < order.shop_side.seen_at:
        return order
    if whole and order.shop_side.desired is not None:
        return replace(
            order,
            shop_side=replace(
                order.shop_side, missing_since=order.shop_side.missing_since or reading.seen_at
            ),
        )
    known_at = reading.content_at
    if not whole:
        first = order.shop_side.unchanged_in
        if first is None or reading.seen_at < first.seen_at + PARKED_WITHIN:
            return replace(
                order,
                shop_side=replace(order.shop_side, unchanged_in=first or Reading(now, reading.content_at)),
            )
        known_at = first.content_at
    return replace(
        order,
        shop_side=replace(
            order.shop_side, content_at=_later_of(order.shop_side.content_at, known_at), unchanged_in=None
        ),
    )


def _later_of(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _was_never_at_marketplace(order: OrderState) -> bool:
    return order.marketplace.observed is None and any(refusal.not_found for refusal in order.work.refusals)


def _was_lost_in_the_shop(order: OrderState, now: datetime) -> bool:
    """Whether the shop took what we wrote so long ago, and never showed it, that people were told to enter it."""
    taken_at = order.shop_side.imported_at
    return order.shop_side.desired is None and taken_at is not None and now >= taken_at + SHOWN_AT_LATEST


def _written_by_us(order: OrderState, view: ShopView, seen_at: datetime) -> OrderState:
    """`order` with what its export tells of our own writing into the shop.

    A shop that has shown the cancellation once knows of it, whoever wrote it: it is not written again, so that we
    never argue with a clerk who sets the order back.
    """
    if order.shop_side.desired is None:
        return replace(order, shop_side=replace(order.shop_side, import_unclear_at=None))
    observed = order.marketplace.observed
    if view.status is ShopStatus.CANCELED and observed and observed.status is MarketplaceStatus.CANCELLED:
        return replace(
            order,
            shop_side=replace(
                order.shop_side, canceled_at=order.shop_side.canceled_at or seen_at, import_unclear_at=None
            ),
        )
    return order


MAX_LIST = timedelta(minutes=4)
"""How long reading one of the marketplace's lists takes at most: how much later than its start it may speak of."""
PROGRESS = {
    MarketplaceStatus.BLOCKED: 0,
    MarketplaceStatus.OPEN: 1,
    MarketplaceStatus.SHIPPING: 2,
    MarketplaceStatus.SHIPPED: 3,
    MarketplaceStatus.DELIVERED: 4,
    MarketplaceStatus.RETURNED: 4,
    MarketplaceStatus.CANCELLED: 4,
    MarketplaceStatus.LOST: 4,
}
"""How far a status is on its way. MALL itself only goes forward, but for blocking an order anew."""


def with_listing_update(
    order: OrderState, listed: MarketplaceView | None, seen_at: datetime, rules: Rules, *, test: bool
) -> OrderState:
    """`order` as one of the marketplace's lists showed it at `seen_at` (the start of the call).

    A list from before our last observation is ignored, unless it may have been written after it all the same.

    What lies ahead of what we knew is taken over. What lies behind it, or comes while an answer is open, only raises
    doubt: the order itself is read then. So a list that is a moment old can never undo what was accepted since, and
    whatever the order itself says counts. `listed` None: the list named the number only.
    """
    before = order.marketplace.observed
    order = _on_a_list(order, seen_at, rules, test=test)
    if listed is not None:
        order = replace(
            order, work=replace(order.work, refusals=tuple(r for r in order.work.refusals if not r.not_found))
        )
    if order.marketplace.observed_at is not None and seen_at <= order.marketplace.observed_at:
        close = order.marketplace.observed_at - seen_at < MAX_LIST
        return _in_doubt(order) if close and before and _differ(before, listed) else order
    if (
        listed is None
        and before is not None
        and before.status in FINAL
        and order.marketplace.observed_certain
    ):
        return order  # what is final cannot have changed, and is on no list of orders under way
    if listed is None:
        nobodys = order.shop_side.desired is None and rules.import_mode != "create"
        return (
            replace(
                order,
                marketplace=replace(order.marketplace, observed=None),
                cases=replace(order.cases, drift=""),
            )
            if nobodys
            else _in_doubt(order)
        )
    if before is None:
        # Only who writes the order into the shop knows that nobody else confirms it meanwhile.
        certain = rules.import_mode == "create"
        if not listed.confirmed and not is_no_change(None, listed):
            order = replace(
                order, marketplace=replace(order.marketplace, change_to_confirm=by_marketplace(listed.status))
            )
        return replace(
            order,
            marketplace=replace(
                order.marketplace, observed=listed, observed_certain=certain, observed_at=seen_at
            ),
        )
    listed = completed(listed, before)
    # An entry may lack what the order's own detail says: what is MALL Delivery's is not sent by us for a gap.
    listed = replace(listed, marketplace_delivery=listed.marketplace_delivery or before.marketplace_delivery)
    if before == listed:
        return (
            replace(order, marketplace=replace(order.marketplace, observed_at=seen_at))
            if order.marketplace.observed_certain
            else order
        )
    order = _not_only_requested(order)
    if not order.marketplace.observed_certain:
        # It is read before anything is sent; only an order that nobody asks anything of is not.
        idle = order.shop_side.desired is None and order.work.unanswered is None and order.work.step is None
        known = _noted(order, before, listed, seen_at)
        known = replace(known, marketplace=replace(known.marketplace, observed=listed, observed_at=seen_at))
        return known if idle else order
    sending = order.work.step is not None and order.work.step.state is StepState.SENDING
    behind = PROGRESS[listed.status] < PROGRESS[before.status] or (
        before.status in FINAL and listed.status is not before.status
    )
    unread = (
        listed.marketplace_delivery and listed.status is MarketplaceStatus.SHIPPED and not listed.confirmed
    )
    if sending or order.work.unanswered is not None or behind or unread:
        return _in_doubt(_noted(order, before, listed, seen_at))
    moved = (before.status, before.marketplace_delivery) != (listed.status, listed.marketplace_delivery)
    noted = _noted(order, before, listed, seen_at)
    return replace(
        noted,
        marketplace=replace(noted.marketplace, observed=listed, observed_at=seen_at),
        work=replace(
            noted.work, refusals=() if moved or before.confirmed != listed.confirmed else order.work.refusals
        ),
    )


def _differ(before: MarketplaceView, listed: MarketplaceView | None) -> bool:
    return listed is not None and (before.status, before.confirmed) != (listed.status, listed.confirmed)


def _in_doubt(order: OrderState) -> OrderState:
    """`order` to be read before anything else, unless it never showed up in the shop."""
    order = _not_only_requested(order)
    return (
        replace(order, marketplace=replace(order.marketplace, observed_certain=False))
        if order.marketplace.observed is not None
        else order
    )


def _not_only_requested(order: OrderState) -> OrderState:
    """`order`, which is to be read for another reason than a person's wish: that waits for more calls no longer."""
    step = order.work.step
    waits = step is not None and step.action is Action.READ and step.state is StepState.PLANNED
    if step is not None and waits and order.work.reread_requested_at is not None:
        order = replace(
            order,
            work=replace(order.work, step=replace(step, retry_at=order.work.read_after), recheck_at=None),
        )
    return replace(order, work=replace(order.work, reread_requested_at=None))


def _on_a_list(order: OrderState, seen_at: datetime, rules: Rules, *, test: bool) -> OrderState:
    """`order` with the moment of its listing: the first, or this one for an order that nothing wakes.

    The latter was listed while the shop got its orders by other means; being late counts from now on.
    """
    asleep = order.work.step is None and order.work.recheck_at is None and order.work.hold is None
    outside = order.shop_side.desired is None and order.shop_side.imported_at is None
    anew = rules.import_mode == "create" and asleep and outside
    listed_at = seen_at if anew or order.marketplace.listed_at is None else order.marketplace.listed_at
    return replace(
        order,
        marketplace=replace(order.marketplace, listed_at=listed_at, test=order.marketplace.test or test),
    )


def _noted(
    order: OrderState, before: MarketplaceView, listed: MarketplaceView, seen_at: datetime
) -> OrderState:
    """`order` with the change that the marketplace wants to have confirmed, if there is one."""
    if listed.confirmed:
        return replace(order, marketplace=replace(order.marketplace, change_to_confirm=""))
    if listed.status is not before.status and not is_no_change(before, listed):
        return replace(
            order, marketplace=replace(order.marketplace, change_to_confirm=by_marketplace(listed.status))
        )
    if before.confirmed:
        return replace(
            order,
            marketplace=replace(
                order.marketplace, change_to_confirm=by_marketplace(None), detail_changed_at=seen_at
            ),
        )
    return order


def reread_requested(order: OrderState, requested_at: datetime) -> OrderState:
    """`order` after a person asked for a fresh look at `requested_at`, or for one then: nothing is taken for granted.

    What the shop did not take, or did not show, is written once the export was read after that: the person may have
    entered it. What has not been tried yet waits no longer for being asked for.

    If the person was shown that two orders of the shop carry this MALL number, this decides for the conflicting one. If
    the person was shown that MALL took a final status back, this accepts it.
    """
    if order.work.hold is not None and order.work.hold.code is HoldCode.REOPENED:
        order = accepted(order)
    if (
        order.shop_side.conflicting_view is not None
        and order.work.hold is not None
        and order.work.hold.code is HoldCode.TWO_ORDERS
    ):
        order = replace(
            order,
            shop_side=replace(
                order.shop_side,
                code=order.shop_side.conflicting_view.code,
                desired=order.shop_side.conflicting_view,
                desired_since=order.shop_side.seen_at,
                status_since=order.shop_side.seen_at,
                conflicting_view=None,
            ),
        )
    step = order.work.step
    # What may be running at MALL yet is not read sooner for being asked for, and nothing is before it is to be.
    read_after = _later_of(order.work.read_after, requested_at)
    if step is not None and step.state is StepState.PLANNED:
        step = replace(step, retry_at=read_after if step.action is Action.READ else None)
    fresh = bounds.afresh(order, requested_at)
    return replace(
        fresh,
        work=replace(
            fresh.work,
            step=step,
            read_after=read_after,
            reread_requested_at=requested_at,
            parked="",
            refusals=(),
            failures=0,
            last_failure_at=None,
            recheck_at=None,
        ),
        marketplace=replace(fresh.marketplace, observed_certain=False),
        shop_side=replace(
            fresh.shop_side,
            import_unclear_at=None,
            import_requested_at=requested_at
            if _did_not_get_into_the_shop(order)
            else order.shop_side.import_requested_at,
        ),
    )


def _did_not_get_into_the_shop(order: OrderState) -> bool:
    tried = order.work.step is not None and order.work.step.action.in_shop and order.work.step.attempts > 0
    refused = order.work.hold is not None and order.work.hold.code is HoldCode.IMPORT_REFUSED
    return (
        tried
        or refused
        or order.shop_side.import_unclear_at is not None
        or any(r.action.in_shop for r in order.work.refusals)
    )


def with_reread(order: OrderState) -> OrderState:
    """`order` after a flow, not a person, asked what the marketplace holds by now: it is read before anything else.

    What waits for a person (parked, refused, unclear in the shop, another order under its number) waits on. An order
    that is not read while it waits stays as it is.
    """
    unread = order.work.parked or any(refusal.not_found for refusal in order.work.refusals)
    return order if unread else _in_doubt(order)


def advance(
    order: OrderState,
    rules: Rules,
    now: datetime,
    jitter: float,
    *,
    none_waits: bool = False,
) -> Progress:
    """Plans `order` and records the answer. A step being sent is left to its sender until its lease ends.

    A step that was handed on is not handed on again while its message may be under way. `none_waits`: no message about
    any step was under way a moment ago, so one that should have arrived long since is lost.

    A recorded step that the plan no longer asks for is withdrawn: newer news always wins over a step not sent.
    A final step whose undo window is over, and a step in the shop, is handed on only once the shop's export has shown
    this order in content made after that (see ``sighting``): a correction made within the window is in that content,
    however late it is read.
    """
    closed: list[Step] = []
    step = order.work.step
    if step is not None and step.state is StepState.SENDING:
        if step.claimed_at is not None and now < step.claimed_at + lease(step):
            return Progress(
                replace(order, work=replace(order.work, recheck_at=step.claimed_at + lease(step)))
            )
        order, left_behind = _sender_died(order, step, now)
        closed.extend(left_behind)
        step = order.work.step
    decision = plan(order, rules, now)
    if isinstance(decision, PlannedStep) and decision.action is Action.CONFIRM:
        order = _held(order, decision.beside, now)
    if isinstance(decision, PlannedStep) and step is not None and step.same_as(decision):
        return _keep(order, step, closed, now, none_waits=none_waits)
    if step is not None:
        closed.append(step.close(StepState.WITHDRAWN, _why_withdrawn(decision), now))
        order = replace(order, work=replace(order.work, step=None))
    if isinstance(decision, PlannedStep):
        return _record(order, decision, closed, now, jitter)
    if isinstance(decision, Hold):
        order = _held(order, decision, now)
        order = replace(order, work=replace(order.work, explanation=decision.text, recheck_at=decision.until))
    else:
        order = _held(order, None, now)
        order = replace(order, work=replace(order.work, explanation=decision.text, recheck_at=decision.until))
    return Progress(order, tuple(closed))


def _held(order: OrderState, hold: Hold | None, now: datetime) -> OrderState:
    """`order` with `hold`. One with the same code goes on, whatever its text says now."""
    same = hold is not None and order.work.hold is not None and order.work.hold.code is hold.code
    since = order.work.hold_since if same else now
    return replace(order, work=replace(order.work, hold=hold, hold_since=since if hold is not None else None))


def parked(order: OrderState, what: str, now: datetime) -> Progress:
    """`order` taken out of the line: held until a person repeats it.

    A step not sent is withdrawn; a step being sent is left as it is, and what became of it is read when the
    order is repeated.
    """
    step = order.work.step
    closed: tuple[Step, ...] = ()
    if step is not None and step.state is StepState.PLANNED:
        closed = (step.close(StepState.WITHDRAWN, f"withdrawn before it was sent: parked ({what})", now),)
        order = replace(order, work=replace(order.work, step=None))
    hold = parked_hold(order, what)
    return Progress(
        replace(
            order,
            work=replace(
                order.work, parked=what, hold=hold, hold_since=now, explanation=hold.text, recheck_at=None
            ),
        ),
        closed,
    )


def _sender_died(order: OrderState, step: Step, now: datetime) -> tuple[OrderState, list[Step]]:
    if step.action is Action.READ:
        return replace(
            order, work=replace(order.work, step=replace(step, state=StepState.PLANNED, claimed_at=None))
        ), []
    if step.action.in_shop:
        return after_no_answer_from_shop(
            order, step, "the writer stopped before it could record an answer", now
        )
    lost = step.close(StepState.UNANSWERED, "the sender stopped before it could record an answer", now)
    order = replace(
        order,
        work=replace(order.work, step=None, unanswered=lost),
        marketplace=replace(order.marketplace, observed_certain=False),
    )
    return replace(order, work=replace(order.work, failures=order.work.failures + 1, last_failure_at=now)), [
        lost
    ]


def _keep(
    order: OrderState, step: Step, closed: list[Step], now: datetime, *, none_waits: bool = False
) -> Progress:
    due = step.due_at()
    if due is not None and due > now:
        return Progress(
            replace(
                order,
                work=replace(
                    order.work,
                    recheck_at=order.work.recheck_at if _later(order.work.recheck_at, due) else due,
                ),
            ),
            tuple(closed),
        )
    unseen_from = _unseen_from(order, step)
    if unseen_from is not None:
        return Progress(_unseen(order, step, unseen_from, now), tuple(closed))
    if order.work.hold is not None and order.work.hold.code is HoldCode.NOT_IN_EXPORT:
        order = _held(order, None, now)
        order = replace(order, work=replace(order.work, explanation=step.reason))
    if step.queued_at is not None and not _is_lost(order, step.queued_at, now, none_waits=none_waits):
        late = order.work.recheck_at is None or order.work.recheck_at <= now
        recheck_at = now + LOST_MESSAGE_AFTER if late else order.work.recheck_at
        return Progress(replace(order, work=replace(order.work, recheck_at=recheck_at)), tuple(closed))
    step = replace(step, queued_at=now)
    return Progress(
        replace(order, work=replace(order.work, step=step, recheck_at=now + LOST_MESSAGE_AFTER)),
        tuple(closed),
        send=step,
    )


def _is_lost(order: OrderState, queued_at: datetime, now: datetime, *, none_waits: bool) -> bool:
    """Whether the message that a step was handed on with at `queued_at` will not come any more.

    It is written down before the message is sent, so a crash between the two loses the message; a queue loses none.
    """
    if order.work.recheck_at is not None and order.work.recheck_at > now:
        return False  # it is under way, or waits out a short failure
    return none_waits or now >= queued_at + SURELY_LOST_AFTER


def _later(recheck_at: datetime | None, due: datetime) -> bool:
    return recheck_at is not None and due <= recheck_at <= due + LOST_MESSAGE_AFTER


def _unseen_from(order: OrderState, step: Step) -> datetime | None:
    """The moment after which content must be made that has not come yet; None if `step` waits for none."""
    needed = required_content_time(order, step)
    return None if needed is None or is_known_since(order, needed) else needed


def _unseen(order: OrderState, step: Step, needed: datetime, now: datetime) -> OrderState:
    """`order` while the shop's export has to show it: the fetch sends a message when it does.

    Nothing else has to wake it, but for people who have to know after a while.
    """
    if now < needed + UNSEEN_FOR:
        return replace(order, work=replace(order.work, recheck_at=needed + UNSEEN_FOR))
    why = f"no export of the shop made after {needed:%Y-%m-%d %H:%M} UTC has shown this order"
    if order.shop_side.missing_since is not None:
        todo = "the export lacks it: see in the shop whether it was deleted or the export leaves it out"
        actor = Actor.CLERK
    else:
        todo = "see in GET /health how old the export's content is"
        actor = Actor.INTEGRATOR
    hold = Hold(HoldCode.NOT_IN_EXPORT, f"{step.action.value} waits: {why}; {todo}", actor)
    held = _held(order, hold, now)
    return replace(held, work=replace(held.work, recheck_at=None))


def _record(
    order: OrderState,
    planned: PlannedStep,
    closed: list[Step],
    now: datetime,
    jitter: float,
) -> Progress:
    retry_at = order.work.read_after if planned.action is Action.READ else None
    if (
        planned.action is not Action.READ
        and order.work.failures > 1
        and order.work.last_failure_at is not None
    ):
        retry_at = order.work.last_failure_at + backoff.delay(order.work.failures, jitter)
    step = Step(
        number=order.work.last_step_number + 1,
        action=planned.action,
        payload=planned.payload,
        reason=planned.reason,
        planned_at=now,
        not_before=planned.not_before,
        retry_at=retry_at,
    )
    hold = order.work.hold
    without_answer = (
        hold is not None and hold.code is HoldCode.NO_ANSWER and order.work.failures >= NO_ANSWER_FAILURES
    )
    # A look in between ends no hold: what is planned after it tells.
    if not without_answer and planned.action not in {Action.READ, Action.CONFIRM}:
        hold = None
    order = replace(
        order,
        work=replace(
            order.work,
            step=step,
            last_step_number=step.number,
            hold=hold,
            hold_since=order.work.hold_since if hold else None,
            explanation=planned.reason,
            recheck_at=None,
        ),
    )
    return _keep(order, step, [*closed, step], now)


def _why_withdrawn(decision: PlannedStep | Hold | InSync) -> str:
    if isinstance(decision, PlannedStep):
        return f"withdrawn before it was sent: {decision.reason} asks for {decision.action.value}"
    return f"withdrawn before it was sent: {decision.text}"
