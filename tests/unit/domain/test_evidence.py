"""What an answer proves of a step whose own answer was lost: whether it took effect, and whether it was ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.attempts import after_read
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.evidence import alike, took_effect, was_ours
from orderbridge.domain.payloads import DeliveredPayload, ReadCause, ReadPayload, StepPayload, TrackingPayload
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.steps import MarketplaceChange, Step, StepState
from orderbridge.domain.views import MarketplaceView
from tests.orders import NOW, an_order, changed, marketplace_view
from tests.reasons import ANY

HOUR = timedelta(hours=1)
DR1 = TrackingPayload(Tracking("DR1", "https://t.cz/?id=DR1"))


def lost(
    action: Action,
    payload: StepPayload | None = None,
    state: StepState = StepState.UNANSWERED,
    **sent: object,
) -> Step:
    change = MarketplaceChange(action.target, **sent)  # type: ignore[arg-type]
    return Step(1, action, payload, ANY, NOW, state=state, closed_at=NOW, sent=change)


def seen(status: M, number: str = "", url: str = "", **values: object) -> MarketplaceView:
    view = MarketplaceView(status, confirmed=True, tracking_number=number, tracking_url=url)
    return replace(view, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", [Action.CANCELLED, Action.SHIPPED, Action.DELIVERED, Action.RETURNED])
@pytest.mark.parametrize("confirmed", [True, False])
def test_without_another_sign_what_waits_to_be_confirmed_was_the_other_sides(
    action: Action, *, confirmed: bool
) -> None:
    assert action.target is not None
    view = replace(seen(action.target), confirmed=confirmed)
    assert was_ours(lost(action), seen(M.OPEN), view) is confirmed
    assert not was_ours(lost(action, state=StepState.REFUSED), seen(M.OPEN), view)


@pytest.mark.parametrize("confirmed", [True, False])
def test_shipping_is_a_partners_alone(*, confirmed: bool) -> None:
    assert was_ours(lost(Action.SHIPPING), seen(M.OPEN), replace(seen(M.SHIPPING), confirmed=confirmed))


@pytest.mark.parametrize(("number", "ours"), [("DR1", True), ("dr-1", True), ("DR", True), ("X9", False)])
@pytest.mark.parametrize("confirmed", [True, False])
def test_the_tracking_that_we_sent_tells(number: str, ours: bool, *, confirmed: bool) -> None:  # noqa: FBT001
    view = replace(seen(M.SHIPPED, number), confirmed=confirmed)
    assert was_ours(lost(Action.SHIPPED, DR1), seen(M.OPEN), view) is ours


@pytest.mark.parametrize(("hours", "ours"), [(0, True), (-2, True), (12, True), (-24, False), (50, False)])
@pytest.mark.parametrize("confirmed", [True, False])
def test_the_moment_of_delivery_that_we_sent_tells(hours: int, ours: bool, *, confirmed: bool) -> None:  # noqa: FBT001
    view = replace(seen(M.DELIVERED), confirmed=confirmed, delivered_at=NOW + hours * HOUR)
    assert (
        was_ours(
            lost(Action.DELIVERED, DeliveredPayload(ShopDate(NOW.date())), delivered_at=NOW),
            seen(M.SHIPPED),
            view,
        )
        is ours
    )


def test_what_was_shipped_long_before_we_asked_was_not_ours() -> None:
    view = seen(M.SHIPPED, "DR1", shipped_at=NOW - 5 * HOUR)
    assert not was_ours(lost(Action.SHIPPED, DR1), seen(M.OPEN), view)
    assert was_ours(lost(Action.SHIPPED, DR1), seen(M.OPEN), replace(view, shipped_at=NOW - 2 * HOUR))


@pytest.mark.parametrize(
    ("before", "after", "took"),
    [
        (("DR1", "u1"), ("DR2", "u2"), True),
        (("DR1", "u1"), ("DR2", ""), True),
        (("DR1", "u1"), ("dr2", "other"), True),
        (("DR1", "u1"), ("DR1", "u1"), False),
        (("DR1", "u1"), ("DR1", ""), False),
        (("DR1", "u1"), ("", ""), False),
        (("", ""), ("DR2", ""), True),
        (("", ""), ("", ""), False),
        (("DR2", "u1"), ("DR2", "u1"), False),
        (("DR2", "u1"), ("DR2", ""), False),
        (("DR2", "u1"), ("DR2", "own"), True),
        (("DR", "u1"), ("DR", "u1"), False),
        (("DR1", "u1"), ("M77", "own"), False),
    ],
)
def test_whether_lost_tracking_arrived(
    before: tuple[str, str], after: tuple[str, str], *, took: bool
) -> None:
    step = lost(Action.TRACKING, TrackingPayload(Tracking("DR2", "u2")))
    assert took_effect(step, seen(M.SHIPPED, *before), seen(M.SHIPPED, *after)) is took


def test_numbers_that_are_alike() -> None:
    assert alike("abc-12", "ABC12")
    assert alike("ABC1", "ABC123")
    assert not alike("ABC123", "ABC1")
    assert not alike("", "ABC1")
    assert not alike("---", "ABC1")


@pytest.mark.parametrize(("failed_after", "left"), [(-1, 5), (1, 0)])
def test_a_read_that_succeeds_forgives_its_own_failures_alone(failed_after: int, left: int) -> None:
    step = Step(2, Action.READ, ReadPayload(ReadCause.DOUBT), ANY, NOW)
    state = an_order(ShopStatus.SETTLED, M.SHIPPED)
    state = changed(state, step=step, failures=5, last_failure_at=NOW + failed_after * HOUR)
    after, _ = after_read(state, step, marketplace_view(M.SHIPPED), NOW + 2 * HOUR)
    assert after.work.failures == left
