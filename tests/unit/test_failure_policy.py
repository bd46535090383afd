"""Every answer that a call can come back with has its policy, and no policy breaks a guarantee."""

from __future__ import annotations

from itertools import product

import pytest

from orderbridge.domain.failure_policy import POLICIES, Call, CameBack, Then, is_silence, policy

EXPECTED: dict[CameBack, tuple[Then, Then]] = {
    # came back: (a read, a write)
    CameBack.OK: (Then.ACCEPT, Then.ACCEPT),
    CameBack.EMPTY_BODY: (Then.RETRY, Then.ACCEPT),
    CameBack.BROKEN_BODY: (Then.RETRY, Then.READ_FIRST),
    CameBack.TIMEOUT: (Then.RETRY, Then.READ_FIRST),
    CameBack.NOT_CONNECTED: (Then.RETRY, Then.RETRY),
    CameBack.CONNECTION_LOST: (Then.RETRY, Then.READ_FIRST),
    CameBack.BAD_REQUEST: (Then.HOLD, Then.REFUSED),
    CameBack.UNAUTHORIZED: (Then.STOP_SHOP, Then.STOP_SHOP),
    CameBack.FORBIDDEN: (Then.STOP_SHOP, Then.REFUSED),
    CameBack.NOT_FOUND: (Then.HOLD, Then.HOLD),
    CameBack.CONFLICT: (Then.RETRY, Then.REFUSED),
    CameBack.UNPROCESSABLE: (Then.HOLD, Then.REFUSED),
    CameBack.LIMITED: (Then.WAIT, Then.WAIT),
    CameBack.SERVER_ERROR: (Then.RETRY, Then.READ_FIRST),
    CameBack.REJECTED: (Then.RETRY, Then.REFUSED),
    CameBack.UNEXPECTED: (Then.RETRY, Then.READ_FIRST),
}

PAIRS = list(product(Call, CameBack))


@pytest.mark.parametrize(("call", "came_back"), PAIRS)
def test_every_pair_does_what_the_table_says(call: Call, came_back: CameBack) -> None:
    assert policy(call, came_back).then is EXPECTED[came_back][call is Call.WRITE]


@pytest.mark.parametrize(("call", "came_back"), PAIRS)
def test_what_says_nothing_of_the_order_is_silence(call: Call, came_back: CameBack) -> None:
    silent = {
        CameBack.BROKEN_BODY,
        CameBack.TIMEOUT,
        CameBack.NOT_CONNECTED,
        CameBack.CONNECTION_LOST,
        CameBack.SERVER_ERROR,
        CameBack.UNEXPECTED,
    } | ({CameBack.EMPTY_BODY} if call is Call.READ else set())
    assert is_silence(call, came_back) is (came_back in silent)


@pytest.mark.parametrize(("call", "came_back"), PAIRS)
def test_every_pair_says_why(call: Call, came_back: CameBack) -> None:
    why = policy(call, came_back).why
    assert why
    assert "\n" not in why


def test_the_table_holds_nothing_but_the_pairs() -> None:
    assert {(call, came_back) for call, table in POLICIES.items() for came_back in table} == set(PAIRS)


@pytest.mark.parametrize("came_back", CameBack)
def test_a_write_is_sent_again_only_when_it_was_never_carried_out(came_back: CameBack) -> None:
    again = policy(Call.WRITE, came_back).then in {Then.RETRY, Then.WAIT}
    assert again == (came_back in {CameBack.NOT_CONNECTED, CameBack.LIMITED})


@pytest.mark.parametrize("came_back", CameBack)
def test_reading_is_never_the_cure_for_a_failed_read(came_back: CameBack) -> None:
    assert policy(Call.READ, came_back).then not in {Then.READ_FIRST, Then.REFUSED}


@pytest.mark.parametrize("came_back", set(CameBack) - {CameBack.OK, CameBack.EMPTY_BODY})
def test_only_a_success_counts_as_one(came_back: CameBack) -> None:
    assert Then.ACCEPT not in {policy(call, came_back).then for call in Call}
