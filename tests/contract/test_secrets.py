"""The contract of ``Secrets``, over the fake and the real one."""

from __future__ import annotations

import re
import traceback
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopSecrets
from orderbridge.errors import SecretsProblemError
from tests.fakes import FakeSecrets, ManualClock

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

SECRETS = ShopSecrets(
    "https://shop.test/export?key=hush",
    "client-hush",
    "https://shop.test/import?key=hush",
    "https://mall.test/v1",
)
NEWER = ShopSecrets("https://shop.test/export?key=newer", "client-newer")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def secrets(aws_or_none: Aws | None, clock: ManualClock) -> FakeSecrets | SsmSecrets:
    if aws_or_none is None:
        return FakeSecrets(clock)
    return SsmSecrets(aws_or_none.ssm, aws_or_none.prefix, clock)


@pytest.fixture
def writer(secrets: FakeSecrets | SsmSecrets, aws_or_none: Aws | None) -> FakeSecrets | SsmSecrets:
    """Somebody else who changes what is stored."""
    if aws_or_none is None:
        return secrets
    return SsmSecrets(aws_or_none.ssm, aws_or_none.prefix, ManualClock())


def test_a_shop_has_its_own_secrets(secrets: FakeSecrets | SsmSecrets) -> None:
    secrets.put("demo", SECRETS)
    secrets.put("other", NEWER)
    assert secrets.of("demo") == SECRETS
    assert secrets.of("other") == NEWER


def test_secrets_are_kept_for_as_long_as_nobody_stores_others(
    secrets: FakeSecrets | SsmSecrets, writer: FakeSecrets | SsmSecrets, clock: ManualClock
) -> None:
    secrets.put("demo", SECRETS)
    first, second = clock.now(), clock.now() + timedelta(hours=1)
    assert secrets.of("demo", first) == SECRETS
    writer.put("demo", NEWER)
    clock.advance(timedelta(hours=2))
    assert secrets.of("demo", first) == SECRETS
    assert secrets.of("demo", second) == NEWER
    writer.put("demo", SECRETS)
    assert secrets.of("demo", second) == NEWER


def test_what_was_changed_by_hand_is_read_within_half_a_day(
    secrets: FakeSecrets | SsmSecrets, writer: FakeSecrets | SsmSecrets, clock: ManualClock
) -> None:
    secrets.put("demo", SECRETS)
    assert secrets.of("demo") == SECRETS
    writer.put("demo", NEWER)
    clock.advance(timedelta(hours=11, minutes=59, seconds=59))
    assert secrets.of("demo") == SECRETS
    clock.advance(timedelta(seconds=1))
    assert secrets.of("demo") == NEWER


def test_forgotten_secrets_are_read_again(
    secrets: FakeSecrets | SsmSecrets, writer: FakeSecrets | SsmSecrets
) -> None:
    secrets.put("demo", SECRETS)
    secrets.of("demo")
    writer.put("demo", NEWER)
    secrets.forget("demo")
    assert secrets.of("demo") == NEWER
    secrets.forget("never-read")


def test_missing_secrets_are_a_problem_until_they_are_put(
    secrets: FakeSecrets | SsmSecrets, writer: FakeSecrets | SsmSecrets
) -> None:
    with pytest.raises(SecretsProblemError) as raised:
        secrets.of("demo")
    assert raised.value.reason.code is SettingsReason.SECRETS_NOT_READ
    assert re.search(r"\(parameter=/[a-z0-9/]+/shops/demo, error=ParameterNotFound\)$", str(raised.value))
    writer.put("demo", SECRETS)
    assert secrets.of("demo") == SECRETS


def test_removed_secrets_are_a_problem(secrets: FakeSecrets | SsmSecrets) -> None:
    secrets.put("demo", SECRETS)
    secrets.remove("demo")
    secrets.remove("demo")
    with pytest.raises(SecretsProblemError):
        secrets.of("demo")


# --- the real one alone ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "hush",
        '"hush"',
        "{}",
        '["hush"]',
        '{"client_id": "hush"}',
        '{"client_id": "hush", "export_url": ""}',
        '{"client_id": "hush", "export_url": ["hush"]}',
        '{"client_id": "hush", "export_url": "x", "marketplace_api_url": "http://hush.example/v1"}',
    ],
)
def test_unreadable_secrets_name_the_parameter_and_nothing_else(aws: Aws, value: str) -> None:
    name = f"{aws.prefix}/shops/demo"
    aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    with pytest.raises(SecretsProblemError) as raised:
        SsmSecrets(aws.ssm, aws.prefix, ManualClock()).of("demo")
    assert raised.value.reason == because(SettingsReason.SECRETS_NOT_USABLE, parameter=Term(name))
    assert "hush" not in "".join(traceback.format_exception(raised.value))


def test_keys_of_another_version_are_no_obstacle(aws: Aws) -> None:
    value = '{"client_id": "a", "export_url": "b", "more": 1}'
    aws.ssm.put_parameter(Name=f"{aws.prefix}/shops/demo", Value=value, Type="SecureString")
    assert SsmSecrets(aws.ssm, aws.prefix, ManualClock()).of("demo") == ShopSecrets("b", "a")


def test_a_fault_of_the_store_is_no_problem_of_the_shop(aws: Aws) -> None:
    fault = ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, "GetParameter")
    with patch.object(aws.ssm, "get_parameter", side_effect=fault), pytest.raises(ClientError):
        SsmSecrets(aws.ssm, aws.prefix, ManualClock()).of("demo")


def test_nothing_shows_in_a_repr(aws: Aws) -> None:
    secrets = SsmSecrets(aws.ssm, aws.prefix, ManualClock())
    secrets.put("demo", SECRETS)
    secrets.of("demo")
    assert "hush" not in repr(secrets) + repr(secrets.of("demo"))
    stored = aws.ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Values": [f"{aws.prefix}/shops/demo"]}]
    )
    assert [one["Type"] for one in stored["Parameters"]] == ["SecureString"]
