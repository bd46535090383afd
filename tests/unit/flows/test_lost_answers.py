"""An answer of MALL was lost: what counts as ours, and what is sent again."""

from __future__ import annotations

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from tests.reasons import codes_in
from tests.unit.flows.hostile_mall import HOURS, Mood, Recheck, hostile, per_write, retry
from tests.unit.flows.sequences import MINUTES, linking, stops


@pytest.mark.parametrize("mode", ["create", "link"])
def test_a_cancellation_by_the_customer_is_not_taken_for_ours_whose_answer_was_lost(mode: str) -> None:
    product = linking(mode)
    product.mall.hold(1, confirmed=True)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.clerk(1, S.CANCELED)
    product.mall.fail_next(CallResult.TIMEOUT, call=Call.WRITE)
    product.fetch()
    product.settle()
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(5 * MINUTES)
    cancelled = [
        passed for passed in product.order(1).marketplace.status_changes if passed.status is M.CANCELLED
    ]
    assert [passed.by_us for passed in cancelled] == [False]
    steps = [step for step in product.history(1).steps if step.action is Action.CANCELLED]
    assert codes_in(steps[-1].result)[0] == "result.by_somebody_else"
    product.clerk(1, S.HANDLED)
    product.ticks(30 * MINUTES)
    assert stops(product) or mode == "create"
    told = [what for _, what, _ in product.imports.written]
    assert told == (["cancel"] if mode == "create" else [])


def test_a_cancellation_by_the_customer_is_not_taken_for_ours_that_mall_accepted_on_top() -> None:
    product = linking()
    product.mall.hold(1, confirmed=True)
    product.mall.same_status_answer = CallResult.OK
    product.clerk(1, S.HANDLED)
    product.tick()
    product.clerk(1, S.CANCELED)
    product.mall.meanwhile = lambda: product.mall.changes(1, status=M.CANCELLED)
    product.fetch()
    product.settle()
    product.ticks(5 * MINUTES)
    assert not any(
        passed.by_us for passed in product.order(1).marketplace.status_changes if passed.status is M.CANCELLED
    )
    product.clerk(1, S.HANDLED)
    product.ticks(5 * MINUTES)
    assert stops(product)


def test_our_own_cancellation_stays_ours_when_its_answer_is_lost() -> None:
    product = linking()
    product.mall.hold(1)
    product.clerk(1, S.CANCELED)
    product.mall.fail_next(CallResult.TIMEOUT, effect=True, call=Call.WRITE)
    product.ticks(5 * MINUTES)
    cancelled = [
        passed for passed in product.order(1).marketplace.status_changes if passed.status is M.CANCELLED
    ]
    assert [passed.by_us for passed in cancelled] == [True]
    assert stops(product) == []


def test_a_change_behind_a_lost_answer_of_ours_is_told_and_acknowledged() -> None:
    product = linking()
    product.mall.hold(1, confirmed=True)
    product.clerk(1, S.HANDLED)
    product.mall.fail_next(CallResult.TIMEOUT, effect=True, call=Call.WRITE)
    product.fetch()
    product.settle()
    assert product.held(1) is M.SHIPPING
    product.mall.changes(1)
    product.ticks(5 * MINUTES)
    assert product.mall.orders[1].confirmed
    assert any("zmenil" in subject for _, subject, _ in product.alarms.published)


@pytest.mark.parametrize("echo", ["no address", "own address", "capitals", "escaped"])
@pytest.mark.parametrize("confirmed", [True, False])
def test_tracking_whose_answer_was_lost_is_not_sent_again_for_a_missing_address(
    echo: str, *, confirmed: bool
) -> None:
    lost = Mood(CallResult.TIMEOUT)
    for first, second in ((lost, Mood()), (Mood(), lost), (lost, lost)):
        product, mall = hostile([first, second], Recheck(echo))
        mall.hold(1, confirmed=confirmed)
        product.clerk(1, S.SETTLED)
        product.ticks(10 * MINUTES)
        product.clerk(1, S.SETTLED, tracking_number="PQ987")
        product.ticks(HOURS, 10 * MINUTES)
        retry(product)
        assert [change.tracking_number for change in per_write(mall)] == ["DR1", "PQ987"]


def test_a_correction_that_did_not_arrive_is_sent_again() -> None:
    product, mall = hostile([Mood(), Mood(CallResult.TIMEOUT, effect=False), Mood()], Recheck("no address"))
    mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.ticks(10 * MINUTES)
    product.clerk(1, S.SETTLED, tracking_number="PQ987")
    product.ticks(HOURS, 10 * MINUTES)
    assert [change.tracking_number for change in per_write(mall)] == ["DR1", "PQ987", "PQ987"]
    assert mall.orders[1].tracking_number == "PQ987"
