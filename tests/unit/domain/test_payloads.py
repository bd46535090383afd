"""What a step carries: one key for each payload, and what is stored is read back as it was."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from datetime import UTC, date, datetime, time
from itertools import combinations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.adapters.aws.table import STEP, item_of, values_of
from orderbridge.domain.actions import Action
from orderbridge.domain.bounds import accepted_times, with_acceptance
from orderbridge.domain.carriers import Tracking
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.payloads import (
    ConfirmPayload,
    DeliveredPayload,
    ReadCause,
    ReadPayload,
    ReturnedPayload,
    StepPayload,
    TrackingPayload,
    key_of,
    tracking_in,
)
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import PlannedStep, Refusal, Step
from tests import strategies
from tests.orders import an_order
from tests.reasons import ANY, PARKED, they_said
from tests.strategies import PAYLOADS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 21)
DR1 = Tracking("DR1", "https://a.test/?a=1|2")
KINDS = pytest.mark.parametrize("kind", PAYLOADS, ids=lambda kind: kind.__name__)
ALIKE: dict[str, tuple[StepPayload | None, ...]] = {
    "read": (
        ReadPayload(ReadCause.FIRST),
        ReadPayload(ReadCause.DOUBT),
        ReadPayload(ReadCause.UNCLEAR_ANSWER, 3),
        ReadPayload(ReadCause.UNCLEAR_ANSWER, 4),
        ReadPayload(ReadCause.STALE_VIEW, observed_at=NOON),
        ReadPayload(ReadCause.STALE_VIEW, observed_at=NOON.replace(microsecond=1)),
        ReadPayload(ReadCause.BLOCKED, observed_at=NOON),
    ),
    "shipped": (
        None,
        TrackingPayload(None),
        TrackingPayload(DR1),
        TrackingPayload(replace(DR1, number="DR2")),
        TrackingPayload(replace(DR1, url="https://a.test/?a=1")),
    ),
    "delivered": (
        DeliveredPayload(ShopDate(DAY)),
        DeliveredPayload(ShopDate(DAY.replace(day=22))),
        DeliveredPayload(ShopDate(DAY, time(0))),
        DeliveredPayload(ShopDate(DAY, time(14, 5))),
    ),
    "returned": (ReturnedPayload(NOON), ReturnedPayload(NOON.replace(microsecond=1))),
    "confirm": tuple(ConfirmPayload(status) for status in MarketplaceStatus),
}
"""Payloads of one action that are easily taken for each other."""


def test_every_kind_has_its_strategy() -> None:
    assert set(PAYLOADS) == set(get_args(StepPayload))


def test_each_kind_has_a_needed_field_of_its_own_by_which_the_stored_one_is_told() -> None:
    needed = [{f.name for f in fields(kind) if f.default is MISSING} for kind in PAYLOADS]
    assert all(len(names) == 1 for names in needed)
    assert len(set.union(*needed)) == len(PAYLOADS)


@KINDS
@given(data=st.data())
def test_keys_are_equal_exactly_if_payloads_are(kind: type[StepPayload], data: st.DataObject) -> None:
    one, other = data.draw(PAYLOADS[kind]), data.draw(PAYLOADS[kind])
    assert (key_of(one) == key_of(other)) is (one == other)
    for field in fields(one):
        changed = replace(one, **{field.name: getattr(other, field.name)})
        assert (changed.key == one.key) is (changed == one), field.name


@pytest.mark.parametrize("action", ALIKE)
def test_another_payload_is_another_step_and_another_refusal(action: str) -> None:
    for one, other in combinations(ALIKE[action], 2):
        step, same = (PlannedStep(Action(action), payload, ANY) for payload in (other, one))
        recorded = Step(1, Action(action), one, PARKED, NOON)
        assert recorded.same_as(same)
        assert not recorded.same_as(step)
        refused = an_order(refusals=(Refusal(Action(action), one, they_said()),))
        assert refused.refused(Action(action), one) is not None
        assert refused.refused(Action(action), other) is None


@pytest.mark.parametrize("action", ["shipped", "delivered", "returned", "confirm"])
def test_a_status_counts_with_any_payload_and_a_confirmation_with_its_own(action: str) -> None:
    state, payloads = an_order(), ALIKE[action]
    for payload in payloads:
        state = with_acceptance(state, Action(action), payload)
    each = len(payloads) if Action(action).target is not None else 1
    assert {accepted_times(state, Action(action), payload) for payload in payloads} == {each}


def test_a_note_makes_no_other_step() -> None:
    noted = replace(DR1, notes=(ANY,))
    assert TrackingPayload(noted).key == TrackingPayload(DR1).key
    assert noted.without_notes() == noted
    assert noted.without_notes().notes == ()


@KINDS
@given(data=st.data())
def test_a_payload_is_stored_and_read_back(kind: type[StepPayload], data: st.DataObject) -> None:
    payload = data.draw(PAYLOADS[kind])
    step = replace(data.draw(strategies.steps), payload=payload)
    found = STEP.load(values_of(item_of(STEP.dump(step))))
    assert found == step
    assert type(found.payload) is kind
    assert key_of(found.payload) == key_of(payload)


@pytest.mark.parametrize("stored", [{}, {"unknown": 1}, "DR1|https://a.test", {"cause": "unknown"}])
def test_what_is_no_payload_is_not_read(stored: object) -> None:
    step = STEP.dump(Step(1, Action.SHIPPED, None, ANY, NOON))
    with pytest.raises(ValueError, match="stored Step"):
        STEP.load({**step, "payload": stored})


@pytest.mark.parametrize(
    ("payload", "tracking"),
    [
        (TrackingPayload(DR1), DR1),
        (TrackingPayload(None), None),
        (DeliveredPayload(ShopDate(DAY)), None),
        (None, None),
    ],
)
def test_the_tracking_in_a_payload(payload: StepPayload | None, tracking: Tracking | None) -> None:
    assert tracking_in(payload) == tracking


def test_a_delivery_date_as_text() -> None:
    assert str(ShopDate(DAY)) == "2026-11-21"
    assert str(ShopDate(DAY, time(14, 5))) == "2026-11-21T14:05:00"
