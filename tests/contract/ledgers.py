"""Ledgers with orders on them, for the suites."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.cases.records import Cause, Resolution, ReturnFlag, ReturnKind
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from tests.contract.samples import ORDER
from tests.fakes import NOON
from tests.orders import an_escalation, changed
from tests.reasons import ANY

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.ports import Ledger


MINUTE = timedelta(minutes=1)
FLAG = ReturnFlag(ReturnKind.OVERDUE, "shipped", ANY, NOON, NOON)
RESOLVED = replace(FLAG, resolved=Resolution(NOON, "ops", "it is back"))
ESCALATION = an_escalation(Cause.REFUSED, NOON)
CLOSED = replace(ESCALATION, cause=Cause.DRIFT, closed_at=NOON)


def held(order: OrderState, code: HoldCode) -> OrderState:
    return changed(order, hold=Hold(code, ANY, Actor.CLERK), hold_since=order.updated_at)


def fill(ledger: Ledger) -> Ledger:
    """Twelve orders, the highest number changed last: everything that lists are made of in turns.

    13 is another shop's.
    """
    statuses = (MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPED, None)
    holds = (HoldCode.PARKED, None, HoldCode.REFUSED, None)
    flags = (FLAG, RESOLVED, None)
    escalations = ((CLOSED, ESCALATION), (CLOSED,), (), ())
    for number in range(1, 13):
        status, code = statuses[number % 3], holds[number % 4]
        order = changed(
            ORDER,
            mall_order_id=number,
            updated_at=NOON + number * MINUTE,
            observed=None if status is None else MarketplaceView(status, confirmed=True),
            return_flag=flags[number % 3],
            escalations=escalations[number % 4],
        )
        ledger.save(order if code is None else held(order, code))
    theirs = changed(ORDER, shop="other", mall_order_id=13, return_flag=FLAG, escalations=(ESCALATION,))
    ledger.save(held(theirs, HoldCode.PARKED))
    return ledger
