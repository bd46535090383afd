"""When a shop's export is fetched."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.fetch_schedule import MAX_PHASE, MAX_WAIT, is_due, phase, wait_after
from tests.fakes import NOON

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=40)


def test_one_shop_waits_for_nobody() -> None:
    assert {phase(shop, 4) for shop in ("demo", "other", "third")} == {timedelta()}


@given(NAMES, st.integers(min_value=1, max_value=100_000))
def test_a_shops_moment_is_its_own_and_within_the_interval(shop: str, shops: int) -> None:
    assert phase(shop, shops) == phase(shop, shops)
    assert timedelta() <= phase(shop, shops) <= MAX_PHASE


def test_a_thousand_shops_do_not_begin_at_once() -> None:
    starts = Counter(phase(f"shop-{number}", 1000) for number in range(1000))
    assert max(starts.values()) <= 15


def test_a_shop_that_hangs_again_and_again_is_fetched_less_and_less_often() -> None:
    waits = [wait_after(hung) for hung in range(100)]
    assert [wait // timedelta(minutes=1) for wait in waits[:7]] == [0, 0, 10, 20, 40, 60, 60]
    assert max(waits) == MAX_WAIT


@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=10**6))
def test_a_shop_is_due_again_at_last(hung: int, later: int) -> None:
    assert is_due(NOON, hung, NOON + MAX_WAIT + timedelta(seconds=later))
    assert is_due(None, hung, NOON)
