"""Failures in a row: from how many on an order shows that nobody answers, and since when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import (
    NO_ANSWER_FAILURES,
    after_failure,
    after_no_answer,
    after_no_answer_from_shop,
)
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Step
from tests.orders import NOW, an_order
from tests.reasons import ANY, they_said

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from orderbridge.domain.orders import OrderState

    FailsAt = Callable[[OrderState, datetime], OrderState]

MINUTE = timedelta(minutes=1)
STEP = Step(1, Action.SHIPPING, None, ANY, NOW)
WRITING = Step(1, Action.CREATE_IN_SHOP, None, ANY, NOW)
LAST = they_said("502")

FAILURES: dict[str, tuple[HoldReason, Actor, FailsAt]] = {
    "MALL, surely without an effect": (
        HoldReason.NO_ANSWER,
        Actor.MARKETPLACE,
        lambda order, now: after_failure(order, STEP, LAST, now, 0.5)[0],
    ),
    "MALL, without an answer": (
        HoldReason.NO_ANSWER,
        Actor.MARKETPLACE,
        lambda order, now: after_no_answer(order, STEP, LAST, now, still_running=False)[0],
    ),
    "the shop, surely without an effect": (
        HoldReason.NO_ANSWER_SHOP,
        Actor.INTEGRATOR,
        lambda order, now: after_failure(order, WRITING, LAST, now, 0.5, by_shop=True)[0],
    ),
    "the shop, without an answer": (
        HoldReason.NO_ANSWER_SHOP,
        Actor.INTEGRATOR,
        lambda order, now: after_no_answer_from_shop(order, WRITING, LAST, now)[0],
    ),
}
WHOEVER_FAILS = pytest.mark.parametrize(("code", "actor", "fails_at"), FAILURES.values(), ids=FAILURES)


@WHOEVER_FAILS
def test_a_few_failures_hold_nothing_and_more_say_who_does_not_answer(
    code: HoldReason, actor: Actor, fails_at: FailsAt
) -> None:
    order, shown = an_order(ShopStatus.HANDLED, MarketplaceStatus.OPEN, step=STEP), []
    for failures in range(1, NO_ANSWER_FAILURES + 2):
        order = fails_at(order, NOW + failures * MINUTE)
        assert order.work.failures == failures
        shown.append((order.work.hold, order.work.hold_since))
    since = NOW + NO_ANSWER_FAILURES * MINUTE
    assert shown[: NO_ANSWER_FAILURES - 1] == [(None, None)] * (NO_ANSWER_FAILURES - 1)
    assert shown[NO_ANSWER_FAILURES - 1 :] == [
        (Hold(HoldCode.NO_ANSWER, because(code, failures=failures, last=LAST), actor), since)
        for failures in (NO_ANSWER_FAILURES, NO_ANSWER_FAILURES + 1)
    ], "the second failure after it began the hold has not begun it anew"


@WHOEVER_FAILS
@pytest.mark.parametrize(
    ("known", "begins_now"), [(HoldCode.NO_ANSWER, False), (HoldCode.MISSING_TRACKING, True)]
)
def test_the_hold_began_when_it_was_first_shown_but_never_with_another_one(
    code: HoldReason, actor: Actor, fails_at: FailsAt, known: HoldCode, *, begins_now: bool
) -> None:
    order = an_order(
        ShopStatus.HANDLED,
        MarketplaceStatus.OPEN,
        step=STEP,
        failures=NO_ANSWER_FAILURES,
        hold=Hold(known, ANY, Actor.CLERK),
        hold_since=NOW - MINUTE,
    )
    after = fails_at(order, NOW).work
    assert after.hold == Hold(
        HoldCode.NO_ANSWER, because(code, failures=NO_ANSWER_FAILURES + 1, last=LAST), actor
    )
    assert after.hold_since == (NOW if begins_now else NOW - MINUTE)
