"""Who may use the HTTP API: how often that is read, and how soon a change counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.operators import TTL, Operator, SsmOperators, token_digest
from orderbridge.flows.authorize import authorize
from orderbridge.ports import SecretsProblemError
from tests.fakes import ManualClock

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

TOKEN = "a-token-that-was-given-out"
ME = Operator(name="me", token_sha256=token_digest(TOKEN))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def operators(aws: Aws, clock: ManualClock) -> SsmOperators:
    return SsmOperators(aws.ssm, aws.prefix, clock)


@pytest.fixture
def program(aws: Aws) -> SsmOperators:
    """Another process, which changes the list past the cache."""
    return SsmOperators(aws.ssm, aws.prefix, ManualClock())


@pytest.mark.parametrize("known", [(), (ME,)])
def test_whatever_tokens_are_tried_the_list_is_read_once(
    aws: Aws, clock: ManualClock, operators: SsmOperators, program: SsmOperators, known: tuple[Operator, ...]
) -> None:
    if known:
        program.put_all(known)
    with patch.object(aws.ssm, "get_parameter", wraps=aws.ssm.get_parameter) as asked:
        for number in range(100):
            assert authorize(f"Bearer an-invented-token-{number}", operators) is None
            assert (authorize(TOKEN, operators) is not None) is bool(known)
        assert asked.call_count == 1
        clock.advance(TTL)
        authorize(TOKEN, operators)
        assert asked.call_count == 2


def test_a_removed_token_works_no_longer_than_the_list_is_remembered(
    clock: ManualClock, operators: SsmOperators, program: SsmOperators
) -> None:
    program.put_all((ME,))
    assert authorize(TOKEN, operators) == ME
    program.put_all(())
    clock.advance(TTL - timedelta(seconds=1))
    assert authorize(TOKEN, operators) == ME
    clock.advance(seconds=1)
    assert authorize(TOKEN, operators) is None


def test_a_new_token_works_as_soon_although_it_was_tried_before(
    clock: ManualClock, operators: SsmOperators, program: SsmOperators
) -> None:
    assert authorize(TOKEN, operators) is None
    program.put_all((ME,))
    clock.advance(TTL)
    assert authorize(TOKEN, operators) == ME


def test_what_is_changed_here_counts_at_once_and_whoever_changes_it_sees_it_as_it_is(
    operators: SsmOperators, program: SsmOperators
) -> None:
    assert operators.all() == ()
    program.put_all((ME,))
    assert operators.all() == ()
    assert operators.stored() == (ME,)
    operators.put_all(())
    assert operators.all() == ()
    operators.put_all((ME,))
    assert operators.all() == (ME,)


def test_a_problem_is_not_remembered_and_shows_nothing(
    aws: Aws, operators: SsmOperators, program: SsmOperators
) -> None:
    name = f"{aws.prefix}/operators"
    aws.ssm.put_parameter(Name=name, Value="hush", Type="SecureString")
    with pytest.raises(SecretsProblemError) as raised:
        operators.all()
    assert str(raised.value) == f"parameter {name} is not a JSON object with operators: repair or delete it"
    program.put_all((ME,))
    fault = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetParameter")
    with patch.object(aws.ssm, "get_parameter", side_effect=fault), pytest.raises(ClientError):
        operators.all()
    assert operators.all() == (ME,)
