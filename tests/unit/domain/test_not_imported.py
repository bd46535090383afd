"""Orders, and cancellations, that do not get into the shop."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.cases.states import NOT_IN_SHOP, in_shop
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.steps import Refusal
from orderbridge.domain.updates import reread_requested, with_not_in_export, with_shop_update
from orderbridge.domain.views import Reading
from tests.orders import NOW, an_order, changed, marketplace_view, shop_view
from tests.reasons import ANY
from tests.texts import said
from tests.unit.domain.escalated_orders import (
    CREATING,
    HOUR,
    RULES,
    escalation,
    events,
    only_at_mall,
    open_causes,
    written,
)
from tests.unit.domain.strategies import in_doubt, mall_holds, recheck, shop_says

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState

C, M, S = Cause, MarketplaceStatus, ShopStatus


def test_not_imported_stays_open_while_an_unclear_answer_is_waited_for() -> None:
    late = recheck(only_at_mall(), CREATING, NOW + 5 * HOUR)
    assert open_causes(late) == {C.NOT_IMPORTED}
    doubtful = changed(late, step=None, import_unclear_at=NOW + 5 * HOUR)
    assert events(recheck(doubtful, CREATING, NOW + 5 * HOUR), C.NOT_IMPORTED) == ["opened"]
    assert events(recheck(doubtful, CREATING, NOW + 6 * HOUR), C.NOT_IMPORTED) == ["opened"]


def test_an_order_that_does_not_get_into_the_shop_is_escalated_in_time() -> None:
    state = only_at_mall()
    assert open_causes(recheck(state, CREATING, NOW + 4 * HOUR - timedelta(seconds=1))) == set()
    late = recheck(state, CREATING, NOW + 4 * HOUR)
    assert open_causes(late) == {C.NOT_IMPORTED}
    assert escalation(late, C.NOT_IMPORTED).right_status == in_shop(S.PENDING)
    there = shop_says(late, S.PENDING, NOW + 5 * HOUR)
    state = recheck(
        changed(there, step=None, observed=marketplace_view(M.OPEN)),
        CREATING,
        NOW + 5 * HOUR,
    )
    assert escalation(late, C.NOT_IMPORTED).shop_says == NOT_IN_SHOP
    assert events(state, C.NOT_IMPORTED) == ["opened", "closed"]


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        (only_at_mall(test=True), CREATING),
        (only_at_mall(), RULES),
        (only_at_mall(), Rules(import_mode="off")),
        (only_at_mall(), Rules(import_mode="create", import_opened_from=NOW.date() + timedelta(days=1))),
        (changed(only_at_mall(), imported_at=NOW + 29 * HOUR, step=None), CREATING),
        (changed(only_at_mall(), observed=marketplace_view(M.BLOCKED), step=None), CREATING),
        (in_doubt(only_at_mall(test=True)), CREATING),
    ],
    ids=[
        "test order",
        "link",
        "off",
        "before import_opened_from",
        "taken by the shop",
        "blocked",
        "test order in doubt",
    ],
)
def test_what_is_not_to_get_into_the_shop_is_not_missed(state: OrderState, rules: Rules) -> None:
    assert open_causes(recheck(state, rules, NOW + 30 * HOUR)) == set()


def test_an_order_that_the_shop_took_and_never_showed_is_missed() -> None:
    """Its import said yes, MALL got the confirmation, and nobody will ever pack it."""
    taken = only_at_mall()
    taken = changed(taken, imported_at=NOW, step=None)
    taken = recheck(
        changed(taken, observed=marketplace_view(M.OPEN)),
        CREATING,
        NOW,
    )
    assert open_causes(recheck(taken, CREATING, NOW + 3 * HOUR)) == set()  # its exports may all be old ones
    made = Reading(NOW + 2 * HOUR, NOW + 2 * HOUR)
    missed = recheck(with_not_in_export(taken, made, NOW, whole=True), CREATING, NOW + 2 * HOUR)
    assert open_causes(missed) == {C.NOT_IMPORTED}
    assert open_causes(recheck(taken, CREATING, NOW + 6 * HOUR)) == {C.NOT_IMPORTED}
    assert missed.work.hold is not None
    assert "export" in said(missed.work.hold.reason)
    assert (
        open_causes(
            recheck(
                with_shop_update(missed, shop_view(S.PENDING), Reading(NOW + 3 * HOUR, NOW + 3 * HOUR)),
                CREATING,
                NOW + 3 * HOUR,
            )
        )
        == set()
    )
    asked = recheck(reread_requested(missed, NOW + 3 * HOUR), CREATING, NOW + 3 * HOUR)
    asked = recheck(mall_holds(asked, marketplace_view(M.OPEN), NOW + 3 * HOUR), CREATING, NOW + 3 * HOUR)
    assert asked.work.step is not None
    assert asked.work.step.action is Action.CREATE_IN_SHOP, (
        "once the export was read anew, and still lacks it"
    )


def test_an_order_that_mall_does_not_let_us_read_is_missed_as_well() -> None:
    assert open_causes(recheck(in_doubt(only_at_mall()), CREATING, NOW + 5 * HOUR)) == {C.NOT_IMPORTED}


def test_test_orders_are_missed_where_they_are_wanted() -> None:
    rules = Rules(import_mode="create", test_orders=True)
    assert open_causes(recheck(only_at_mall(rules, test=True), rules, NOW + 5 * HOUR)) == {C.NOT_IMPORTED}


def test_what_the_shop_refused_is_escalated_at_once() -> None:
    state = only_at_mall()
    refusal = Refusal(Action.CREATE_IN_SHOP, None, ANY)
    state = recheck(changed(state, step=None, refusals=(refusal,)), CREATING, NOW)
    assert open_causes(state) == {C.NOT_IMPORTED}
    again = recheck(reread_requested(state, NOW), CREATING, NOW + HOUR)
    view = marketplace_view(M.OPEN, confirmed=False)
    read = recheck(mall_holds(again, view, NOW + HOUR), CREATING, NOW + HOUR)
    assert read.work.step is not None
    assert read.work.step.action is Action.CREATE_IN_SHOP
    assert events(read, C.NOT_IMPORTED) == ["opened"]


def test_a_cancellation_that_the_shop_refused_is_escalated() -> None:
    refusal = Refusal(Action.CANCEL_IN_SHOP, None, ANY)
    known = an_order(S.HANDLED, M.CANCELLED)
    state = recheck(changed(known, refusals=(refusal,)), CREATING, NOW)
    assert open_causes(state) == {C.NOT_IMPORTED}
    facts = escalation(state, C.NOT_IMPORTED)
    assert facts.right_status == in_shop(S.CANCELED)
    assert "Do not send the parcel" in written(state, facts, "en")
    assert "Zásilku neposílejte" in written(state, facts, "cs")


def test_not_imported_ends_where_orders_are_not_imported_any_more() -> None:
    late = recheck(only_at_mall(), CREATING, NOW + 5 * HOUR)
    assert open_causes(recheck(in_doubt(late), RULES, NOW + 6 * HOUR)) == set()
