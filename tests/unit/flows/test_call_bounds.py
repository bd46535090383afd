"""How many calls of a day an order may make, whatever MALL answers and whoever asks."""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle

from orderbridge.domain import bounds
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.unit.flows.hostile_mall import DAYS, HOURS, Mood, hostile, open_causes, per_day, per_write, retry
from tests.unit.flows.sequences import MINUTES


def test_beyond_the_days_calls_an_order_is_held_told_and_goes_on_tomorrow_or_by_a_persons_word() -> None:
    product, mall = hostile([Mood(CallResult.BAD_REQUEST, effect=False)])
    mall.hold(1)
    for number in range(bounds.PUTS_PER_DAY + 3):
        product.clerk(1, S.SETTLED, tracking_number=f"DR{number}")
        product.ticks(10 * MINUTES)
    assert len(per_write(mall)) == bounds.PUTS_PER_DAY
    hold = product.order(1).work.hold
    assert hold is not None
    assert hold.code is HoldCode.CALLS_SPENT
    assert Cause.CALLS_SPENT in open_causes(product)
    retry(product)
    assert len(per_write(mall)) == bounds.PUTS_PER_DAY + 1
    mall.next_mood = cycle([Mood()])
    product.clock.advance(DAYS)
    product.clerk(1, S.SETTLED, tracking_number="DR")
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPED
    assert open_causes(product) == set()


def test_a_program_that_asks_again_and_again_uses_up_no_budget() -> None:
    product, mall = hostile([Mood(CallResult.BAD_REQUEST, effect=False)])
    mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    for _ in range(500):
        product.clock.advance(timedelta(seconds=40))
        retry(product)
    most = bounds.READS_PER_DAY + bounds.ALLOWANCES_PER_DAY * bounds.EXTRA_READS
    assert per_day(mall, Call.READ)[product.clock.now().date()] <= most
    most = bounds.PUTS_PER_DAY + bounds.ALLOWANCES_PER_DAY * bounds.EXTRA_PUTS
    assert per_day(mall, Call.WRITE)[product.clock.now().date()] <= most


def test_hints_leave_the_reads_that_doubts_need() -> None:
    product, mall = hostile([Mood()])
    mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    for _ in range(100):
        product.clock.advance(timedelta(minutes=5))
        product.read_list(hints=(1,))
        product.settle()
    assert max(per_day(mall, Call.READ).values()) <= bounds.HINT_READS_PER_DAY
    assert product.order(1).work.hold is None


def test_an_outage_of_writes_uses_up_no_allowance_of_answered_puts() -> None:
    product, mall = hostile([Mood(CallResult.SERVER_ERROR, effect=False)])
    mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.ticks(6 * HOURS, timedelta(minutes=5))
    mall.next_mood = cycle([Mood()])
    product.ticks(timedelta(minutes=30), timedelta(minutes=5))
    assert product.held(1) is M.SHIPPING
