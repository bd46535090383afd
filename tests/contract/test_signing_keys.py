"""The keys that sign sessions: made at first use, replaced in time, read seldom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from orderbridge.adapters.aws.signing_keys import READ_AGAIN_AFTER, ROTATE_AFTER, TTL, SsmSigningKeys
from tests.fakes import ManualClock

if TYPE_CHECKING:
    from orderbridge.ports.console import SigningKey
    from tests.contract.conftest import Aws


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys(aws: Aws, clock: ManualClock) -> SsmSigningKeys:
    return SsmSigningKeys(aws.ssm, aws.prefix, clock)


def stored(aws: Aws) -> str:
    name = f"{aws.prefix}/console/signing-keys"
    found = aws.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    return found["Value"]


def test_the_first_key_is_made_once_by_whoever_is_first(
    aws: Aws, clock: ManualClock, keys: SsmSigningKeys
) -> None:
    made = keys.newest()
    assert SsmSigningKeys(aws.ssm, aws.prefix, clock).newest() == made
    assert len(made.secret) == 32
    assert made.secret.hex() in stored(aws)
    assert made.secret.hex() not in repr(made)


def test_who_is_second_takes_the_key_of_the_first(aws: Aws, clock: ManualClock, keys: SsmSigningKeys) -> None:
    second = SsmSigningKeys(aws.ssm, aws.prefix, clock)
    read = second._read
    made: list[SigningKey] = []

    def just_before() -> None:
        read()
        if not made:
            made.append(keys.newest())

    with patch.object(second, "_read", just_before):
        assert second.newest() == made[0]


def test_a_key_is_replaced_in_time_and_the_one_before_is_kept(
    aws: Aws, clock: ManualClock, keys: SsmSigningKeys
) -> None:
    first = keys.newest()
    clock.advance(ROTATE_AFTER)
    assert keys.newest() == first
    clock.advance(seconds=1)
    second = keys.newest()
    assert second != first
    assert keys.named(first.name) == first
    assert SsmSigningKeys(aws.ssm, aws.prefix, clock).newest() == second
    clock.advance(ROTATE_AFTER + timedelta(seconds=1))
    assert keys.newest() not in {first, second}
    assert keys.named(first.name) is None
    assert keys.named(second.name) == second


def test_another_process_learns_of_a_new_key_from_its_name(
    aws: Aws, clock: ManualClock, keys: SsmSigningKeys
) -> None:
    old = keys.newest()
    clock.advance(ROTATE_AFTER - timedelta(minutes=2))
    keys.newest()
    clock.advance(seconds=180)
    made = SsmSigningKeys(aws.ssm, aws.prefix, clock).newest()
    assert made != old
    assert keys.named(made.name) == made


def test_invented_names_do_not_use_up_the_accounts_reads(
    aws: Aws, clock: ManualClock, keys: SsmSigningKeys
) -> None:
    keys.newest()
    with patch.object(aws.ssm, "get_parameter", wraps=aws.ssm.get_parameter) as asked:
        for number in range(100):
            assert keys.named(f"invented-{number}") is None
        assert asked.call_count == 0
        clock.advance(READ_AGAIN_AFTER + timedelta(seconds=1))
        for number in range(100):
            assert keys.named(f"invented-{number}") is None
        assert asked.call_count == 1
        clock.advance(TTL + timedelta(seconds=1))
        for _ in range(100):
            keys.newest()
        assert asked.call_count == 2


@pytest.mark.parametrize(
    "value", ["nonsense", "[]", "{}", '[{"name": "x"}]', "null", '[{"name": 1, "secret": "zz"}]']
)
def test_what_cannot_be_read_is_made_anew(aws: Aws, keys: SsmSigningKeys, value: str) -> None:
    name = f"{aws.prefix}/console/signing-keys"
    aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    assert keys.newest().secret.hex() in stored(aws)
