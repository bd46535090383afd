"""Whatever MALL answers: no order goes round in a circle, nothing follows an accepted Delivered, nothing is illegal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain import bounds
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.unit.flows.sequences import MINUTES, TODAY

if TYPE_CHECKING:
    from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.flows.hostile_mall import (
    DAYS,
    ECHOES,
    HOURS,
    Mood,
    Recheck,
    hostile,
    open_causes,
    per_day,
    per_write,
    retry,
)

MOODS = st.lists(
    st.builds(
        Mood,
        answer=st.sampled_from(
            [
                CallResult.OK,
                CallResult.OK,
                CallResult.OK,
                CallResult.BAD_REQUEST,
                CallResult.CONFLICT,
                CallResult.TIMEOUT,
                CallResult.SERVER_ERROR,
                CallResult.FORBIDDEN,
            ]
        ),
        effect=st.booleans(),
        then=st.none() | st.sampled_from(M),
        confirmed=st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=6,
)
RECHECKS = st.lists(
    st.builds(
        Recheck,
        echo=st.sampled_from(sorted(ECHOES)),
        status=st.none() | st.sampled_from([M.OPEN, M.SHIPPING, M.SHIPPED, *M]),
        confirmed=st.none() | st.booleans(),
    ),
    min_size=1,
    max_size=5,
)
CLERK = st.lists(
    st.tuples(
        st.sampled_from([S.SETTLED, S.SETTLED, *S]),
        st.sampled_from([None, TODAY, TODAY, ShopDate(date(2026, 11, 19))]),
        st.sampled_from(["DR1", "DR1", "dr22-x"]),
    ),
    min_size=1,
    max_size=6,
)
FLAPS = st.lists(st.tuples(st.none() | st.sampled_from(M), st.booleans()), max_size=5)
"""What MALL does of its own accord every few hours: another status, and whether it waits to be confirmed."""


@pytest.mark.slow
@settings(max_examples=40)
@given(
    moods=MOODS,
    rechecks=RECHECKS,
    clerk=CLERK,
    flaps=FLAPS,
    mode=st.sampled_from(["link", "create", "off"]),
    mdp=st.booleans(),
)
def test_no_order_goes_round_in_a_circle(
    moods: list[Mood],
    rechecks: list[Recheck],
    clerk: list[tuple[S, ShopDate | None, str]],
    flaps: list[tuple[M | None, bool]],
    mode: str,
    *,
    mdp: bool,
) -> None:
    product, mall = hostile(moods, *rechecks, import_mode=mode)
    mall.hold(1)
    mall.orders[1] = replace(mall.orders[1], marketplace_delivery=mdp)
    sets, does = cycle(clerk), cycle(flaps or [(None, True)])
    for recheck in range(20):
        if recheck % 3 == 0:
            status, delivery, number = next(sets)
            product.clerk(1, status, delivery=delivery, tracking_number=number)
        status_then, confirmed = next(does)
        mall.orders[1] = replace(
            mall.orders[1], status=status_then or mall.orders[1].status, confirmed=confirmed
        )
        product.tick()
        product.ticks(3 * HOURS, HOURS)

    assert mall.illegal == []
    assert max(per_day(mall, Call.READ).values(), default=0) <= bounds.READS_PER_DAY
    assert max(per_day(mall, Call.WRITE).values(), default=0) <= bounds.PUTS_PER_DAY
    every = per_day(mall, Call.WRITE, answered=False)
    assert max(every.values(), default=0) <= bounds.PUTS_PER_DAY + bounds.READS_PER_DAY
    puts = [(change.status, call_result) for _, _, change, call_result in mall.made if change is not None]
    assert (M.DELIVERED, CallResult.OK) not in puts[:-1], "something was sent after Delivered"


@pytest.mark.parametrize("echo", sorted(ECHOES))
def test_tracking_that_mall_shows_in_its_own_way_is_sent_once_whatever_is_refused(echo: str) -> None:
    product, mall = hostile([Mood(), Mood(CallResult.BAD_REQUEST, effect=False)], Recheck(echo))
    mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.tick()
    product.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    product.ticks(3 * DAYS, 2 * HOURS)
    sent = [change for _, call, change, _ in mall.made if call is Call.WRITE and change is not None]
    assert [change.status for change in sent] == [M.SHIPPED, M.DELIVERED]
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.REFUSED


def test_an_answer_that_moves_after_every_refusal_does_not_keep_the_calls_going() -> None:
    shown = [Recheck(status=M.OPEN, confirmed=confirmed) for confirmed in (True, False)]
    product, mall = hostile([Mood(CallResult.CONFLICT, effect=False)], *shown)
    mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.ticks(3 * DAYS, HOURS)
    assert len(per_write(mall)) > bounds.PUTS_PER_DAY, "it was tried again the next day"
    assert max(per_day(mall, Call.WRITE).values()) == bounds.PUTS_PER_DAY
    assert max(per_day(mall, Call.READ).values()) <= bounds.READS_PER_DAY
    assert open_causes(product) >= {Cause.CALLS_SPENT}
    told = [subject for _, subject, _ in product.alarms.published if "vycerpany" in subject]
    assert len(told) == 1, "one matter, told once"


def test_a_correction_that_succeeds_forgives_no_refused_delivered() -> None:
    refused = Mood(CallResult.BAD_REQUEST, effect=False)
    product, mall = hostile([refused, Mood(), refused], Recheck(), Recheck("own address"))
    mall.hold(1, M.SHIPPED, confirmed=True)
    mall.orders[1] = replace(mall.orders[1], tracking_number="DR1", tracking_url="https://t.cz/?a=1&id=DR1")
    product.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    product.ticks(DAYS, HOURS)
    assert [change.status for change in per_write(mall)] == [M.DELIVERED, None]


@pytest.mark.parametrize("mode", ["create", "link"])
def test_what_mall_changes_after_our_delivered_is_not_even_confirmed(mode: str) -> None:
    product, mall = hostile([Mood()], import_mode=mode)
    mall.hold(1)
    product.clerk(1, S.SETTLED, delivery=TODAY, created=TODAY)
    product.tick()
    assert product.held(1) is M.DELIVERED
    before = len(per_write(mall))
    mall.changes(1)
    product.ticks(DAYS, HOURS)
    assert len(per_write(mall)) == before


@pytest.mark.parametrize("echo", sorted(ECHOES))
def test_a_correction_by_the_clerk_still_goes_out_once(echo: str) -> None:
    product, mall = hostile([Mood()], Recheck(echo))
    mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.tick()
    product.clerk(1, S.SETTLED, tracking_number="PQ987")
    product.ticks(6 * HOURS, HOURS)
    product.clerk(1, S.SETTLED)
    product.ticks(6 * HOURS, HOURS)
    retry(product)
    numbers = [change.tracking_number for _, _, change, _ in mall.made if change is not None]
    assert numbers == ["DR1", "PQ987", "DR1"]


@pytest.mark.parametrize("clerk", [S.HANDLED, S.SETTLED])
def test_a_status_accepted_without_effect_is_sent_twice_then_told(clerk: S) -> None:
    product, mall = hostile([Mood(effect=False)])
    mall.hold(1)
    product.clerk(1, clerk)
    for _ in range(5):
        product.ticks(DAYS, 4 * HOURS)
        retry_by_flow(product)
    wanted = M.SHIPPING if clerk is S.HANDLED else M.SHIPPED
    assert [change.status for _, _, change, _ in mall.made if change is not None] == [wanted] * 2
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.NO_EFFECT
    assert open_causes(product) == {Cause.NO_EFFECT}
    retry(product)
    product.ticks(2 * DAYS, 4 * HOURS)
    retry_by_flow(product)
    assert len(per_write(mall)) == bounds.MAX_STATUS_ACCEPTANCES + 1, "a person's word is one more try"
    assert open_causes(product) == {Cause.NO_EFFECT}
    mall.next_mood = cycle([Mood()])
    retry(product)
    product.ticks(DAYS, 4 * HOURS)
    retry_by_flow(product)
    assert product.held(1) is wanted
    assert product.order(1).work.hold is None
    assert open_causes(product) == set()


def retry_by_flow(product: InMemoryProduct) -> None:
    """The nightly reconciliation."""
    product.read_list("reconcile")
    product.settle()
    product.ticks(10 * MINUTES)


def test_a_confirmation_accepted_without_effect_is_not_sent_for_ever() -> None:
    product, mall = hostile([Mood(effect=False)])
    mall.hold(1, M.SHIPPING, confirmed=True)
    product.clerk(1, S.HANDLED)
    product.tick()
    mall.changes(1)
    product.ticks(4 * DAYS, HOURS)
    assert len(per_write(mall)) == bounds.MAX_CONFIRM_ACCEPTANCES
    assert open_causes(product) == {Cause.NO_EFFECT}
