"""The places of a switch-on, without the flows: how far they are apart, and which come last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import StepReason
from orderbridge.domain.orders import OrderState, Work
from orderbridge.domain.reasons import because
from orderbridge.domain.steps import Place, Step
from orderbridge.domain.switch_on import (
    ENDS_AFTER,
    HOUR,
    PLACE_LASTS,
    STARTS_AFTER,
    Difference,
    SwitchOn,
    begun,
    goes_in_steps,
    is_paced,
    usable_place,
)
from tests.fakes import NOON

FIRST = NOON + STARTS_AFTER
COUNTS = st.integers(0, 200)
PACES = st.integers(1, 3_600)


def places(switch_on: SwitchOn) -> list[Place]:
    return [
        *(Place(number, irreversible=False, begun_at=NOON) for number in range(switch_on.reversible)),
        *(Place(number, irreversible=True, begun_at=NOON) for number in range(switch_on.irreversible)),
    ]


@given(COUNTS, COUNTS, PACES)
def test_every_place_has_its_own_moment_and_the_irreversible_ones_come_last(
    reversible: int, irreversible: int, per_hour: int
) -> None:
    switch_on = begun(Difference(reversible, irreversible), per_hour, NOON)
    moments = [switch_on.moment_of(place) for place in places(switch_on)]
    assert all(earlier < later for earlier, later in pairwise(moments))
    assert moments[:1] in ([], [FIRST])
    assert moments[-1:] in ([], [switch_on.ends_at])


@given(COUNTS, PACES, st.integers(0, 200))
def test_no_hour_has_more_than_the_pace_even_if_places_are_used_as_late_as_they_can(
    reversible: int, per_hour: int, first: int
) -> None:
    switch_on = begun(Difference(reversible, 0), per_hour, NOON)
    moments = [switch_on.moment_of(place) for place in places(switch_on)]
    if first < len(moments):
        from_ = moments[first] + PLACE_LASTS  # this one was late by all it may be, the others are on time
        in_the_hour = 1 + sum(from_ <= moment < from_ + HOUR for moment in moments[first + 1 :])
        late = sum(moments[first] < moment < from_ for moment in moments[first + 1 :])
        assert in_the_hour + late <= per_hour


@given(
    reversible=COUNTS,
    irreversible=COUNTS,
    per_hour=PACES,
    seconds=st.integers(-3_600, 400_000),
    kind=st.booleans(),
)
def test_the_lowest_free_place_is_never_in_the_past(
    reversible: int, irreversible: int, per_hour: int, seconds: int, *, kind: bool
) -> None:
    switch_on, now = begun(Difference(reversible, irreversible), per_hour, NOON), NOON
    now += timedelta(seconds=seconds)
    number = switch_on.lowest(now, irreversible=kind)
    moment = switch_on.moment_of(Place(number, kind, NOON))
    assert moment >= now
    if number:
        assert switch_on.moment_of(Place(number - 1, kind, NOON)) <= now


@given(COUNTS, COUNTS, PACES, st.integers(0, 400_000))
def test_a_pause_moves_every_place_by_more_than_its_length(
    reversible: int, irreversible: int, per_hour: int, seconds: int
) -> None:
    length = timedelta(seconds=seconds)
    switch_on = begun(Difference(reversible, irreversible), per_hour, NOON)
    later = switch_on.after_pause(length)
    for place in places(switch_on):
        assert later.moment_of(place) - switch_on.moment_of(place) > length + PLACE_LASTS


@pytest.mark.parametrize(
    ("steps", "limit", "in_steps"),
    [(20, 20, False), (21, 20, True), (0, 0, False), (1, 0, True), (10_000, 1_000_000, False)],
)
def test_the_setting_decides_what_goes_out_in_steps(steps: int, limit: int, *, in_steps: bool) -> None:
    assert goes_in_steps(Difference(steps, 0), limit) is in_steps
    assert goes_in_steps(Difference(0, steps), limit) is in_steps


def test_it_is_over_a_day_after_its_last_place_and_not_before_the_export_was_read() -> None:
    switch_on = begun(Difference(60, 0), 30, NOON)
    long_after = NOON + 30 * ENDS_AFTER
    assert not switch_on.is_over(long_after)
    read = SwitchOn(NOON, NOON, 30, 60, caught_up_at=NOON)
    assert not read.is_over(read.ends_at + ENDS_AFTER - HOUR)
    assert read.is_over(read.ends_at + ENDS_AFTER)
    late = SwitchOn(NOON, NOON, 30, 60, caught_up_at=long_after)
    assert not late.is_over(long_after + ENDS_AFTER - HOUR)
    assert late.is_over(long_after + ENDS_AFTER)


def test_what_was_released_is_counted_from_the_first_place_on() -> None:
    switch_on = begun(Difference(2, 1), 30, NOON)
    gap = switch_on.moment_of(Place(1, irreversible=False, begun_at=NOON)) - FIRST
    assert gap == timedelta(seconds=130)
    counted = [switch_on.released(FIRST + part * gap) for part in (-1, 0, 0.9, 1, 2, 50)]
    assert counted == [0, 1, 1, 2, 3, 3]


def shipping(number: int, action: Action = Action.SHIPPING) -> Step:
    return Step(number, action, None, because(StepReason.SHIPPING), NOON)


def test_a_place_is_for_one_step_of_its_kind_and_of_its_switch_on() -> None:
    switch_on = begun(Difference(1, 1), 30, NOON)
    free = Place(0, irreversible=False, begun_at=NOON)
    order = OrderState("demo", 1, work=Work(place=free))
    used = replace(order, work=Work(place=replace(free, step=1)))
    assert usable_place(switch_on, order, shipping(2), NOON) == free
    assert usable_place(switch_on, used, shipping(1), NOON) == replace(free, step=1)
    assert usable_place(switch_on, used, shipping(2), NOON) is None
    assert usable_place(switch_on, order, shipping(1, Action.DELIVERED), NOON) is None
    assert usable_place(begun(Difference(1, 1), 30, FIRST), order, shipping(1), NOON) is None
    assert usable_place(switch_on, OrderState("demo", 1), shipping(1), NOON) is None
    assert usable_place(switch_on, order, shipping(1), FIRST + PLACE_LASTS) is None
    assert usable_place(switch_on, order, shipping(1), FIRST + PLACE_LASTS - HOUR / 3_600) == free


@pytest.mark.parametrize(
    "action", [Action.READ, Action.CONFIRM, Action.RETURNED, Action.CREATE_IN_SHOP, Action.CANCEL_IN_SHOP]
)
def test_what_is_no_status_of_the_shop_needs_no_place(action: Action) -> None:
    switch_on = begun(Difference(1, 1), 30, NOON)
    order = OrderState("demo", 1)
    assert not is_paced(switch_on, order, shipping(1, action), NOON)
    assert is_paced(switch_on, order, shipping(1), NOON)
    assert not is_paced(None, order, shipping(1), NOON)
