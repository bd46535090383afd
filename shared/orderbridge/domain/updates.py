"""Applies updates to an order: from the shop's export, from MALL's lists, and from a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain import bounds, undo
from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import (
    completed,
    is_new_order,
    marketplace_change,
)
from orderbridge.domain.corrections import accepted
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.planning import SHOWN_AT_LATEST
from orderbridge.domain.statuses import FINAL, PROGRESS, MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import StepState
from orderbridge.domain.views import MarketplaceView, Reading, ShopView

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.rules import Rules

PARKED_WITHIN = timedelta(minutes=10)
"""How long it takes at most until a message that failed too often is sent again, or parked with its order (R12.6)."""


def with_shop_update(
    order: OrderState,
    view: ShopView,
    reading: Reading,
    shown_before_at: datetime | None = None,
    *,
    bulk: bool = False,
) -> OrderState:
    """`order` after the shop's export showed it as `view` in `reading`. An older update changes nothing (R10.4).

    `shown_before_at`: content of that moment showed the order as it was before; None: no such content is known. `bulk`:
    the update is part of a bulk change (R8.12).

    A change in the shop also ends refusals: what MALL refused may be sent again. It ends an undo if it changes what had
    led to the undone step (R2.16). Another order of the shop with the
    same MALL number is only recorded as the conflicting view (R1.22). If MALL never knew the number, or the first order
    was written by us and never shown, the other order takes its place.
    """
    seen_at = reading.seen_at
    if order.shop_side.seen_at is not None and seen_at < order.shop_side.seen_at:
        return order
    other_order = bool(order.shop_side.code) and view.code != order.shop_side.code
    if other_order and (_was_never_at_marketplace(order) or _was_lost_in_the_shop(order, seen_at)):
        order = replace(
            order,
            shop_side=replace(
                order.shop_side,
                code="",
                desired=None,
                desired_since=None,
                details_since=None,
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
    same_wish = known is not None and (known.status, known.delivery, known.delivery_problem) == (
        view.status,
        view.delivery,
        view.delivery_problem,
    )
    since = (
        order.shop_side.desired_since if same_wish and order.shop_side.desired_since is not None else seen_at
    )
    same_status = known is not None and known.status is view.status
    status_since = order.shop_side.status_since if same_status else None
    order = _with_own_writes(order, view, seen_at)
    if known is None or known.delivery != view.delivery:
        order = replace(
            order,
            shop_side=replace(
                order.shop_side, delivery_since=seen_at, delivery_entered_after=shown_before_at
            ),
        )
    shown = replace(
        order,
        shop_side=replace(
            order.shop_side,
            code=order.shop_side.code or ("" if view.problems else view.code),
            desired=view,
            desired_since=since,
            details_since=seen_at if same_wish else None,
            status_since=status_since or seen_at,
            bulk_change_at=seen_at if bulk and order.marketplace.observed is None else None,
        ),
        cases=replace(order.cases, drift=None),
        work=replace(order.work, refusals=()),
        marketplace=replace(order.marketplace, unlisted_at=None),
    )
    return undo.without_outdated(shown)


def with_full_list_read(order: OrderState, reconciled_at: datetime | None) -> OrderState:
    """`order` after a list of all orders under way, read at `reconciled_at` (None: never), lacked it (R8.12).

    A list read before the bulk change says nothing. What a list shows of an order comes in a message of its own, which
    may arrive later than this and counts then.
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
    """`order` after the shop's export lacked it; `whole`: it was a list of all orders, else a list of changes.

    A list of all orders makes it missing (R10.6). A list of changes says that it has not changed (R10.8). The message
    of an earlier change may be delayed, so this counts only after a second list, fetched at least ``PARKED_WITHIN``
    after the first was processed (`now`).
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
    content_at = reading.content_at
    if not whole:
        first = order.shop_side.unchanged_in
        if first is None or reading.seen_at < first.seen_at + PARKED_WITHIN:
            return replace(
                order,
                shop_side=replace(order.shop_side, unchanged_in=first or Reading(now, reading.content_at)),
            )
        content_at = first.content_at
    return replace(
        order,
        shop_side=replace(
            order.shop_side, content_at=_later_of(order.shop_side.content_at, content_at), unchanged_in=None
        ),
    )


def _later_of(one: datetime | None, other: datetime) -> datetime:
    """The later of two moments."""
    return other if one is None else max(one, other)


def _was_never_at_marketplace(order: OrderState) -> bool:
    """Whether MALL does not know the number and never did (R1.25)."""
    return order.marketplace.observed is None and any(refusal.not_found for refusal in order.work.refusals)


def _was_lost_in_the_shop(order: OrderState, now: datetime) -> bool:
    """Whether the shop accepted our order and never showed it, so long that people were asked to enter it (R7.6)."""
    taken_at = order.shop_side.imported_at
    return order.shop_side.desired is None and taken_at is not None and now >= taken_at + SHOWN_AT_LATEST


def _with_own_writes(order: OrderState, view: ShopView, seen_at: datetime) -> OrderState:
    """`order` with what its export shows of our writes into the shop.

    Once the shop has shown the cancellation, it is not written again (R7.14), even if a clerk sets the order back.
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


MAX_LIST_TIME = timedelta(minutes=4)
"""How long reading one of MALL's lists takes at most. An entry may be newer than the start of the reading by this much
(R8.8)."""


def with_listing_update(
    order: OrderState, listed: MarketplaceView | None, seen_at: datetime, rules: Rules, *, test: bool
) -> OrderState:
    """`order` after one of MALL's lists showed it as `listed`; the reading of the list began at `seen_at` (R8.8).

    `listed` None: the list gave the number only. `test`: it is on the list as a test order.

    A status ahead of ours is taken over. A status behind ours, or one that comes while an answer is open, raises a
    doubt, and the order itself is read. So an old list never undoes what MALL accepted since. A list that is older than
    our view is ignored, unless it differs and is only ``MAX_LIST_TIME`` older.
    """
    before = order.marketplace.observed
    order = _with_listed_at(order, seen_at, rules, test=test)
    if listed is not None:
        order = replace(
            order, work=replace(order.work, refusals=tuple(r for r in order.work.refusals if not r.not_found))
        )
    if order.marketplace.observed_at is not None and seen_at <= order.marketplace.observed_at:
        close = order.marketplace.observed_at - seen_at < MAX_LIST_TIME
        return _in_doubt(order) if close and before and _differ(before, listed) else order
    if (
        listed is None
        and before is not None
        and before.status in FINAL
        and order.marketplace.observed_certain
    ):
        return order  # a final status does not change, and no list of orders under way shows it
    if listed is None:
        unwanted = order.shop_side.desired is None and rules.import_mode != "create"
        return (
            replace(
                order,
                marketplace=replace(order.marketplace, observed=None),
                cases=replace(order.cases, drift=None),
            )
            if unwanted
            else _in_doubt(order)
        )
    if before is None:
        # With "create" no other importer confirms the order meanwhile, so the list is certain.
        certain = rules.import_mode == "create"
        if not listed.confirmed and not is_new_order(None, listed):
            order = replace(
                order,
                marketplace=replace(order.marketplace, change_to_confirm=marketplace_change(listed.status)),
            )
        return replace(
            order,
            marketplace=replace(
                order.marketplace, observed=listed, observed_certain=certain, observed_at=seen_at
            ),
        )
    listed = completed(listed, before)
    # An entry may lack a field that the order's detail has. A missing field must not end MALL Delivery.
    listed = replace(listed, marketplace_delivery=listed.marketplace_delivery or before.marketplace_delivery)
    if before == listed:
        return (
            replace(order, marketplace=replace(order.marketplace, observed_at=seen_at))
            if order.marketplace.observed_certain
            else order
        )
    order = _no_longer_requested(order)
    if not order.marketplace.observed_certain:
        # It is read before anything is sent. An order without any work is not read.
        idle = order.shop_side.desired is None and order.work.unanswered is None and order.work.step is None
        known = _with_change_to_confirm(order, before, listed, seen_at)
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
        return _in_doubt(_with_change_to_confirm(order, before, listed, seen_at))
    moved = (before.status, before.marketplace_delivery) != (listed.status, listed.marketplace_delivery)
    noted = _with_change_to_confirm(order, before, listed, seen_at)
    return replace(
        noted,
        marketplace=replace(noted.marketplace, observed=listed, observed_at=seen_at),
        work=replace(
            noted.work, refusals=() if moved or before.confirmed != listed.confirmed else order.work.refusals
        ),
    )


def _differ(before: MarketplaceView, listed: MarketplaceView | None) -> bool:
    """Whether status or confirmation differ."""
    return listed is not None and (before.status, before.confirmed) != (listed.status, listed.confirmed)


def _in_doubt(order: OrderState) -> OrderState:
    """`order` with its status at MALL uncertain, so it is read first; unchanged if it was never read."""
    order = _no_longer_requested(order)
    return (
        replace(order, marketplace=replace(order.marketplace, observed_certain=False))
        if order.marketplace.observed is not None
        else order
    )


def _no_longer_requested(order: OrderState) -> OrderState:
    """`order` without a person's request for a read: it is read for another reason, and no longer waits for calls."""
    step = order.work.step
    waits = step is not None and step.action is Action.READ and step.state is StepState.PLANNED
    if step is not None and waits and order.work.reread_requested_at is not None:
        order = replace(
            order,
            work=replace(order.work, step=replace(step, retry_at=order.work.read_after), recheck_at=None),
        )
    return replace(order, work=replace(order.work, reread_requested_at=None))


def _with_listed_at(order: OrderState, seen_at: datetime, rules: Rules, *, test: bool) -> OrderState:
    """`order` with the moment when a list first showed it. An order without any work gets this moment.

    Such an order was listed while the shop received its orders by other means. The time to import it starts now
    (R6.10).
    """
    idle = order.work.step is None and order.work.recheck_at is None and order.work.hold is None
    not_in_shop = order.shop_side.desired is None and order.shop_side.imported_at is None
    restarts = rules.import_mode == "create" and idle and not_in_shop
    listed_at = seen_at if restarts or order.marketplace.listed_at is None else order.marketplace.listed_at
    return replace(
        order,
        marketplace=replace(order.marketplace, listed_at=listed_at, test=order.marketplace.test or test),
    )


def _with_change_to_confirm(
    order: OrderState, before: MarketplaceView, listed: MarketplaceView, seen_at: datetime
) -> OrderState:
    """`order` with the change that MALL wants confirmed, if there is one (R8.6)."""
    if listed.confirmed:
        return replace(order, marketplace=replace(order.marketplace, change_to_confirm=None))
    if listed.status is not before.status and not is_new_order(before, listed):
        return replace(
            order, marketplace=replace(order.marketplace, change_to_confirm=marketplace_change(listed.status))
        )
    if before.confirmed:
        return replace(
            order,
            marketplace=replace(
                order.marketplace, change_to_confirm=marketplace_change(None), detail_changed_at=seen_at
            ),
        )
    return order


def reread_requested(order: OrderState, requested_at: datetime) -> OrderState:
    """`order` after a person asked for a recheck at `requested_at`: MALL is read before anything is sent.

    * What the shop refused, or accepted and did not show, is written again after an export made since (R7.4).
    * A hold ``two_orders`` is decided for the conflicting order (R1.22).
    * A hold ``reopened`` is lifted: the person accepts what MALL shows (R2.13).
    * Refusals, parking and failures end, and used-up limits allow a few more calls (R12.4).
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
    # A request does not shorten the wait for a PUT that MALL may still be working on.
    read_after = _later_of(order.work.read_after, requested_at)
    if step is not None and step.state is StepState.PLANNED:
        step = replace(step, retry_at=read_after if step.action is Action.READ else None)
    extended = bounds.with_extra_calls(order, requested_at)
    return replace(
        extended,
        work=replace(
            extended.work,
            step=step,
            read_after=read_after,
            reread_requested_at=requested_at,
            parked=None,
            refusals=(),
            failures=0,
            last_failure_at=None,
            recheck_at=None,
        ),
        marketplace=replace(extended.marketplace, observed_certain=False),
        shop_side=replace(
            extended.shop_side,
            import_unclear_at=None,
            import_requested_at=requested_at
            if _did_not_get_into_the_shop(order)
            else order.shop_side.import_requested_at,
        ),
    )


def _did_not_get_into_the_shop(order: OrderState) -> bool:
    """Whether a write into the shop failed, was refused or is unclear."""
    tried = order.work.step is not None and order.work.step.action.in_shop and order.work.step.attempts > 0
    refused = order.work.hold is not None and order.work.hold.code is HoldCode.IMPORT_REFUSED
    return (
        tried
        or refused
        or order.shop_side.import_unclear_at is not None
        or any(r.action.in_shop for r in order.work.refusals)
    )


def with_reread(order: OrderState) -> OrderState:
    """`order` after a flow, not a person, asked for a read: MALL is read before anything else.

    What waits for a person still waits. An order that is not read while it waits stays as it is.
    """
    unread = order.work.parked is not None or any(refusal.not_found for refusal in order.work.refusals)
    return order if unread else _in_doubt(order)
