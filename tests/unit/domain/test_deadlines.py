"""What MALL expects by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.cases.deadlines import DeadlineKind, deadlines_of
from orderbridge.domain.cases.escalations import close, enter_return_number
from orderbridge.domain.cases.records import Cause, ReturnDocument
from orderbridge.domain.codes.cases import DeadlineReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from tests.orders import DELIVERIES, NOW, an_order, changed, marketplace_view, shop_view
from tests.unit.domain.strategies import recheck

if TYPE_CHECKING:
    from orderbridge.domain.cases.deadlines import Deadline
    from orderbridge.domain.orders import OrderState

K, M, S = DeadlineKind, MarketplaceStatus, ShopStatus
RULES = Rules()
HOUR = timedelta(hours=1)
PRAGUE = ZoneInfo("Europe/Prague")


def only(state: OrderState, now: datetime = NOW, rules: Rules = RULES) -> Deadline | None:
    found = deadlines_of(state, rules, now)
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.parametrize("held", M)
@pytest.mark.parametrize("confirmed", [False, True])
def test_an_open_order_is_confirmed_within_a_day(held: MarketplaceStatus, confirmed: bool) -> None:  # noqa: FBT001
    view = replace(marketplace_view(held, confirmed=confirmed), opened_at=NOW - HOUR)
    deadline = only(an_order(S.PENDING, view))
    assert (deadline is not None) is (held is M.OPEN and not confirmed)
    if deadline is not None:
        assert (deadline.kind, deadline.due_at, deadline.missed) == (K.CONFIRM, NOW + 23 * HOUR, False)
        assert deadline.reason == because(DeadlineReason.CONFIRM, due_at=NOW + 23 * HOUR)


def test_a_deadline_is_missed_when_it_is_over() -> None:
    view = replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW)
    state = an_order(S.PENDING, view)
    last, over = only(state, NOW + 24 * HOUR), only(state, NOW + 24 * HOUR + timedelta(seconds=1))
    assert last is not None
    assert over is not None
    assert (last.missed, over.missed) == (False, True)
    assert (last.reason.code, over.reason.code) == (DeadlineReason.CONFIRM, DeadlineReason.CONFIRM_MISSED)
    assert over.reason.fact("due_at") == over.due_at


def test_an_order_without_a_moment_of_opening_counts_from_when_it_was_listed() -> None:
    view = replace(marketplace_view(M.OPEN, confirmed=False), opened_at=None)
    state = an_order(S.PENDING, view)
    assert only(state) is None
    known = only(replace(state, created_at=NOW))
    assert known is not None
    assert known.due_at == NOW + 24 * HOUR
    listed = only(changed(state, created_at=NOW, listed_at=NOW - HOUR))
    assert listed is not None
    assert listed.due_at == NOW + 23 * HOUR


def test_nobody_waits_for_a_test_order() -> None:
    state = an_order(S.PENDING, marketplace_view(M.OPEN, confirmed=False))
    assert only(changed(state, test=True)) is None


@pytest.mark.parametrize(
    ("delivery", "end"),
    [
        ("past day", datetime(2026, 11, 20, 0, 0, tzinfo=PRAGUE)),
        ("past time", datetime(2026, 11, 19, 14, 5, tzinfo=PRAGUE)),
        ("today", None),
        ("tomorrow", None),
        ("none", None),
    ],
)
def test_a_delivery_is_reported_within_a_day(delivery: str, end: datetime | None) -> None:
    deadline = only(an_order(S.SETTLED, M.SHIPPED, delivery=delivery))
    assert (deadline.due_at if deadline else None) == (end + 24 * HOUR if end else None)
    if deadline is not None:
        assert deadline.kind is K.DELIVERED
        code = DeadlineReason.DELIVERED_MISSED if deadline.missed else DeadlineReason.DELIVERED
        assert deadline.reason == because(code, due_at=deadline.due_at)


@pytest.mark.parametrize(
    ("status", "held", "mdp"),
    [
        (S.CANCELED, M.SHIPPED, False),
        (S.HANDLED, M.SHIPPED, False),
        (S.SETTLED, M.DELIVERED, False),
        (S.SETTLED, M.RETURNED, False),
        (S.SETTLED, M.SHIPPED, True),
    ],
)
def test_what_is_done_or_not_ours_has_no_deadline(
    status: ShopStatus,
    held: MarketplaceStatus,
    mdp: bool,  # noqa: FBT001
) -> None:
    state = an_order(status, held, delivery="past day", marketplace_delivery=mdp)
    assert only(state) is None


def test_the_shop_zone_decides_when_a_day_is_over() -> None:
    now = datetime(2026, 11, 19, 23, 30, tzinfo=PRAGUE)
    state = an_order(replace(shop_view(), delivery=DELIVERIES["past day"]), M.SHIPPED)
    assert only(state, now) is None
    assert only(state, now, Rules(shop_zone="Asia/Tokyo")) is not None


def test_a_credit_note_is_due_fourteen_days_after_the_return_number() -> None:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    assert only(state) is None
    state = enter_return_number(
        state, Cause.WRONG_DELIVERED, ReturnDocument("4712345678", NOW + HOUR, "clerk")
    )
    deadline = only(state)
    assert deadline is not None
    assert (deadline.kind, deadline.due_at) == (K.CREDIT_NOTE, NOW + HOUR + timedelta(days=14))
    assert deadline.reason.code is DeadlineReason.CREDIT_NOTE
    assert deadline.reason.fact("return_number") == Term("4712345678")
    missed = only(state, deadline.due_at + HOUR)
    assert missed is not None
    assert missed.reason.code is DeadlineReason.CREDIT_NOTE_MISSED
    assert only(close(state, Cause.WRONG_DELIVERED, "clerk", "sent", NOW)) is None
