"""Every kind of order that the rules can meet."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.advance import advance
from orderbridge.domain.cases.follow_up import follow_up
from orderbridge.domain.cases.records import (
    Alarm,
    Escalation,
    Resolution,
    ReturnFlag,
)
from orderbridge.domain.cases.returns import request_returned, resolve
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.orders import Cases, OrderState
from orderbridge.domain.reasons import Reason
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.updates import with_shop_update
from orderbridge.domain.views import MarketplaceView, Reading, ShopView
from tests.orders import (
    DELIVERIES,
    NOW,
    SHIPPED_AT,
    TRACKINGS,
    an_order,
    changed,
    marketplace_view,
    shop_view,
)
from tests.reasons import ANY, DRIFT, they_said
from tests.strategies import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy


def every_order() -> Iterator[OrderState]:
    """Shop states × marketplace statuses × confirmed × MALL Delivery × delivery date × tracking."""
    for shop, held, confirmed, mdp, delivery, tracking in product(
        ShopStatus, MarketplaceStatus, (True, False), (True, False), DELIVERIES, TRACKINGS
    ):
        yield an_order(
            shop_view(shop, delivery, tracking),
            marketplace_view(held, confirmed=confirmed, marketplace_delivery=mdp),
        )


def every_rules() -> Iterator[Rules]:
    for partially, missing, push in product(("hold", "shipping"), ("hold", "send"), (True, False)):
        yield Rules(
            partially_settled=partially,  # type: ignore[arg-type]
            missing_tracking=missing,  # type: ignore[arg-type]
            push_shipped_for_marketplace_delivery=push,
        )


def recheck(state: OrderState, rules: Rules, now: datetime) -> OrderState:
    """What ``map_state`` makes of an order each time it looks at it, without what it sends."""
    return follow_up(advance(state, rules, now, 0.5).order, rules, now)


def shop_says(
    state: OrderState, status: ShopStatus, now: datetime, delivery: ShopDate | None = None
) -> OrderState:
    """`state` after the shop's export showed it so at `now`."""
    view = replace(shop_view(status), delivery=delivery)
    return with_shop_update(state, view, Reading(now, now))


def mall_holds(state: OrderState, view: MarketplaceView, now: datetime) -> OrderState:
    """`state` after MALL was read at `now` and held `view`; a step that was open for it is gone."""
    step = None if state.work.step is None or state.work.step.action is Action.READ else state.work.step
    return changed(
        state,
        observed=view,
        observed_certain=True,
        observed_at=now,
        step=step,
        unanswered=None,
        read_after=None,
    )


def in_doubt(state: OrderState) -> OrderState:
    """`state` when what MALL holds has to be read first."""
    return changed(state, observed_certain=False)


@dataclass(frozen=True)
class Event:
    """One thing that happens to an order, `after` the one before."""

    after: timedelta
    shop: ShopStatus | None = None
    delivery: ShopDate | None = None
    mall: MarketplaceView | None = None
    doubt: bool = False
    resolve: bool = False
    ask_returned: bool = False


@st.composite
def _marketplace_views(draw: st.DrawFn) -> MarketplaceView:
    status = draw(st.sampled_from([MarketplaceStatus.SHIPPED, *MarketplaceStatus]))
    mdp = draw(st.booleans())
    view = marketplace_view(status, confirmed=draw(st.booleans()), marketplace_delivery=mdp)
    return replace(
        view,
        shipped_at=draw(st.sampled_from([None, SHIPPED_AT, SHIPPED_AT + timedelta(seconds=3)])),
        ready_to_return=mdp and status is MarketplaceStatus.SHIPPED and draw(st.booleans()),
    )


_waits = st.sampled_from([timedelta(0), timedelta(minutes=1), timedelta(hours=3), timedelta(days=6)])
events = st.one_of(
    st.builds(
        Event,
        after=_waits,
        shop=st.sampled_from([ShopStatus.SETTLED, ShopStatus.CANCELED, *ShopStatus]),
        delivery=st.sampled_from([None, None, DELIVERIES["past day"], DELIVERIES["today"]]),
    ),
    st.builds(Event, after=_waits, mall=_marketplace_views()),
    st.builds(Event, after=_waits, doubt=st.just(True)),  # noqa: FBT003
    st.builds(Event, after=_waits, resolve=st.just(True)),  # noqa: FBT003
    st.builds(Event, after=_waits, ask_returned=st.just(True)),  # noqa: FBT003
    st.builds(Event, after=_waits),
)
lives = st.lists(events, min_size=1, max_size=25)
"""What can happen to an order, in any order; also what MALL's table does not allow."""


def happen(state: OrderState, event: Event, rules: Rules, now: datetime) -> OrderState:
    """`state` after `event` at `now` and the look that follows. What the rules refuse to a person changes nothing."""
    if event.shop is not None:
        state = shop_says(state, event.shop, now, event.delivery)
    if event.mall is not None:
        state = mall_holds(state, event.mall, now)
    if event.doubt:
        state = in_doubt(state)
    with suppress(ValueError):
        if event.resolve:
            state = resolve(state, Resolution(now, "clerk", "done"))
        if event.ask_returned:
            state = request_returned(state, rules, "clerk", now)
    return recheck(state, rules, now)


_words = st.sampled_from(["", "x", "2026-11-19"])
_ANY = Values(
    types={
        bool: st.booleans(),
        int: st.integers(0, 60),
        str: _words,
        Reason: st.sampled_from([ANY, DRIFT, they_said()]),
        date: st.sampled_from([NOW.date() + timedelta(days=days) for days in (-1, 0, 1)]),
        datetime: st.sampled_from([NOW + timedelta(hours=hours) for hours in (-400, -30, -1, 0, 1, 30)]),
        ShopView: st.builds(
            shop_view,
            status=st.none() | st.sampled_from(ShopStatus),
            delivery=st.sampled_from(sorted(DELIVERIES)),
            tracking=st.sampled_from(sorted(TRACKINGS)),
        ),
        MarketplaceView: _marketplace_views(),
        ShopDate: st.sampled_from([date for date in DELIVERIES.values() if date is not None]),
    },
    fields={
        (OrderState, "shop"): st.just("demo"),
        (OrderState, "mall_order_id"): st.just(123456),
        (ReturnFlag, "basis"): st.sampled_from(["ready to return", "x"]),
        (Alarm, "key"): st.sampled_from([f"key {n}" for n in range(9)]),
    },
)
_ONE_EACH: dict[tuple[type, str], SearchStrategy[tuple[object, ...]]] = {
    (Cases, "escalations"): st.lists(_ANY.of(Escalation), max_size=2, unique_by=lambda one: one.cause).map(
        tuple
    ),
    (Cases, "alarms"): st.lists(_ANY.of(Alarm), max_size=2, unique_by=lambda one: one.key).map(tuple),
}
states = replace(_ANY, fields={**_ANY.fields, **_ONE_EACH}).of(OrderState)
"""Any state near `NOW`, also those that no life leads to."""
