"""The account's reads of parameters are enough for a thousand shops, and for whoever else needs some."""

from __future__ import annotations

import pytest

from tests.bench.secret_reads import BEFORE, READS_PER_SECOND, Way, simulate


@pytest.mark.parametrize("shops", [300, 1000])
def test_no_fetch_fails_for_want_of_reads(shops: int) -> None:
    came = simulate(shops, ticks=2)
    assert came.fetches == 2 * shops
    assert (came.share, came.others_failed) == (0, 0)
    assert came.busiest < READS_PER_SECOND / 2, "the other half is for others"


def test_the_simulation_tells_what_a_tick_without_them_was_like() -> None:
    assert simulate(300, way=BEFORE, ticks=2).share > 0.2


def test_secrets_that_are_kept_are_not_read_again() -> None:
    """Without a change every function reads a shop's secrets once, and there are few functions."""
    came, short = simulate(100, ticks=12), simulate(100, way=Way(kept=BEFORE.kept), ticks=12)
    assert sum(came.reads.values()) < sum(short.reads.values())
