"""Requests for the same work: each is answered by work that begins after it, and the work is spaced."""

from __future__ import annotations

import itertools
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.spacing import EARLIEST_START, Slot, Spacing, next_slot
from tests.fakes import NOON

TENTHS = st.integers(0, 4_000)
SPACINGS = st.builds(
    Spacing,
    gap=st.integers(1, 20).map(lambda seconds: timedelta(seconds=seconds)),
    burst=st.integers(1, 6),
    refill=st.integers(20, 300).map(lambda seconds: timedelta(seconds=seconds)),
)


@given(SPACINGS, st.lists(TENTHS, min_size=1, max_size=60).map(sorted), st.integers(1, 1000))
def test_no_request_is_lost_and_none_comes_too_soon(
    spacing: Spacing, asked: list[int], window_seconds: int
) -> None:
    slots: list[Slot] = []
    for tenths in asked:
        now = NOON + timedelta(seconds=tenths / 10)
        slot = next_slot(slots[-1] if slots else None, now, spacing)
        assert slot.at >= now, "work that began before may have missed what the request is about"
        if slot.new:
            slots.append(slot)
        else:
            assert slot.at == slots[-1].at
            assert slot.at - EARLIEST_START > now, "the work may have begun by a clock that is ahead"
    begun = [slot.at for slot in slots]
    assert all(later - earlier >= spacing.gap for earlier, later in itertools.pairwise(begun))
    window = timedelta(seconds=window_seconds)
    most = spacing.burst + window // spacing.refill
    for first in begun:
        assert sum(first <= at < first + window for at in begun) <= most


@given(SPACINGS)
def test_who_asks_now_and_then_never_waits(spacing: Spacing) -> None:
    last, now = None, NOON
    for _ in range(10):
        last = next_slot(last, now, spacing)
        assert (last.at, last.new) == (now, True)
        now += spacing.refill
