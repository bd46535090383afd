"""Attempts: failures in a row, what a read leaves to confirm, and how long a claimed step is its sender's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.advance import advance
from orderbridge.domain.attempts import (
    NO_ANSWER_FAILURES,
    after_failure,
    after_no_answer,
    after_no_answer_from_shop,
    after_read,
    lease,
    marketplace_change,
)
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Step, StepState
from tests.orders import NOW, an_order, marketplace_view
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


def test_a_read_that_finds_the_same_status_has_found_no_change_to_confirm() -> None:
    held = marketplace_view(MarketplaceStatus.SHIPPED, confirmed=False)
    order = an_order(ShopStatus.SETTLED, held, step=STEP)
    assert after_read(order, STEP, held, NOW)[0].marketplace.change_to_confirm is None
    moved = marketplace_view(MarketplaceStatus.LOST, confirmed=False)
    found = after_read(order, STEP, moved, NOW)[0].marketplace.change_to_confirm
    assert found == marketplace_change(MarketplaceStatus.LOST)


@pytest.mark.parametrize("claimed", [STEP, WRITING], ids=["at MALL", "in the shop"])
def test_a_claimed_step_is_its_senders_until_the_lease_ends(claimed: Step) -> None:
    sending = replace(claimed, state=StepState.SENDING, claimed_at=NOW)
    order = an_order(ShopStatus.HANDLED, MarketplaceStatus.OPEN, step=sending)
    end = NOW + lease(sending)
    assert end > NOW + MINUTE
    held = advance(order, Rules(), end - timedelta(seconds=1), 0.5)
    assert (held.order.work.step, held.order.work.recheck_at, held.steps) == (sending, end, ())
    ended = advance(order, Rules(), end, 0.5)
    assert ended.steps[0].state is StepState.UNANSWERED
