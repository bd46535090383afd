"""Every answer that a call can come back with has its policy, and no policy breaks a guarantee."""

from __future__ import annotations

from itertools import product

import pytest

from orderbridge.domain.failure_policy import POLICIES, Call, CallResult, Reaction, is_outage, policy

EXPECTED: dict[CallResult, tuple[Reaction, Reaction]] = {
    # came back: (a read, a write)
    CallResult.OK: (Reaction.ACCEPT, Reaction.ACCEPT),
    CallResult.EMPTY_BODY: (Reaction.RETRY, Reaction.ACCEPT),
    CallResult.BROKEN_BODY: (Reaction.RETRY, Reaction.READ_FIRST),
    CallResult.TIMEOUT: (Reaction.RETRY, Reaction.READ_FIRST),
    CallResult.NOT_CONNECTED: (Reaction.RETRY, Reaction.RETRY),
    CallResult.CONNECTION_LOST: (Reaction.RETRY, Reaction.READ_FIRST),
    CallResult.BAD_REQUEST: (Reaction.HOLD, Reaction.REFUSED),
    CallResult.UNAUTHORIZED: (Reaction.STOP_SHOP, Reaction.STOP_SHOP),
    CallResult.FORBIDDEN: (Reaction.STOP_SHOP, Reaction.REFUSED),
    CallResult.NOT_FOUND: (Reaction.HOLD, Reaction.HOLD),
    CallResult.CONFLICT: (Reaction.RETRY, Reaction.REFUSED),
    CallResult.UNPROCESSABLE: (Reaction.HOLD, Reaction.REFUSED),
    CallResult.LIMITED: (Reaction.WAIT, Reaction.WAIT),
    CallResult.SERVER_ERROR: (Reaction.RETRY, Reaction.READ_FIRST),
    CallResult.REJECTED: (Reaction.RETRY, Reaction.REFUSED),
    CallResult.UNEXPECTED: (Reaction.RETRY, Reaction.READ_FIRST),
}

PAIRS = list(product(Call, CallResult))


@pytest.mark.parametrize(("call", "call_result"), PAIRS)
def test_every_pair_does_what_the_table_says(call: Call, call_result: CallResult) -> None:
    assert policy(call, call_result).reaction is EXPECTED[call_result][call is Call.WRITE]


@pytest.mark.parametrize(("call", "call_result"), PAIRS)
def test_what_says_nothing_of_the_order_counts_as_no_answer(call: Call, call_result: CallResult) -> None:
    silent = {
        CallResult.BROKEN_BODY,
        CallResult.TIMEOUT,
        CallResult.NOT_CONNECTED,
        CallResult.CONNECTION_LOST,
        CallResult.SERVER_ERROR,
        CallResult.UNEXPECTED,
    } | ({CallResult.EMPTY_BODY} if call is Call.READ else set())
    assert is_outage(call, call_result) is (call_result in silent)


@pytest.mark.parametrize(("call", "call_result"), PAIRS)
def test_every_pair_says_why(call: Call, call_result: CallResult) -> None:
    why = policy(call, call_result).why
    assert why
    assert "\n" not in why


def test_the_table_holds_nothing_but_the_pairs() -> None:
    assert {(call, call_result) for call, table in POLICIES.items() for call_result in table} == set(PAIRS)


@pytest.mark.parametrize("call_result", CallResult)
def test_a_write_is_sent_again_only_when_it_was_never_carried_out(call_result: CallResult) -> None:
    again = policy(Call.WRITE, call_result).reaction in {Reaction.RETRY, Reaction.WAIT}
    assert again == (call_result in {CallResult.NOT_CONNECTED, CallResult.LIMITED})


@pytest.mark.parametrize("call_result", CallResult)
def test_reading_is_never_the_cure_for_a_failed_read(call_result: CallResult) -> None:
    assert policy(Call.READ, call_result).reaction not in {Reaction.READ_FIRST, Reaction.REFUSED}


@pytest.mark.parametrize("call_result", set(CallResult) - {CallResult.OK, CallResult.EMPTY_BODY})
def test_only_a_success_counts_as_one(call_result: CallResult) -> None:
    assert Reaction.ACCEPT not in {policy(call, call_result).reaction for call in Call}
