"""The contract of ``Webhooks``, over the fake and the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.webhooks import MAX_UNKNOWN, SsmWebhooks
from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.errors import SecretsProblemError
from tests.fakes import FakeWebhooks, ManualClock

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

DIGEST, NEWER = "0a" * 32, "f" * 64
TTL = timedelta(minutes=5)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def webhooks(aws_or_none: Aws | None, clock: ManualClock) -> FakeWebhooks | SsmWebhooks:
    if aws_or_none is None:
        return FakeWebhooks(clock)
    return SsmWebhooks(aws_or_none.ssm, aws_or_none.prefix, clock)


class Somebody:
    """Somebody else who changes what is stored, past the cache."""

    def __init__(self, webhooks: FakeWebhooks | SsmWebhooks, aws: Aws | None) -> None:
        self._fake = webhooks if isinstance(webhooks, FakeWebhooks) else None
        self._real = None if aws is None else SsmWebhooks(aws.ssm, aws.prefix, ManualClock())

    def put(self, shop: str, digest: str) -> None:
        if self._fake is not None:
            self._fake.stored[shop] = digest
        if self._real is not None:
            self._real.put(shop, digest)

    def remove(self, shop: str) -> None:
        if self._fake is not None:
            self._fake.stored.pop(shop)
        if self._real is not None:
            self._real.remove(shop)


@pytest.fixture
def somebody(webhooks: FakeWebhooks | SsmWebhooks, aws_or_none: Aws | None) -> Somebody:
    return Somebody(webhooks, aws_or_none)


def test_each_shop_has_its_own_webhook_or_none(webhooks: FakeWebhooks | SsmWebhooks) -> None:
    webhooks.put("demo", DIGEST)
    webhooks.put("other", NEWER)
    assert (webhooks.digest_of("demo"), webhooks.digest_of("other")) == (DIGEST, NEWER)
    assert webhooks.digest_of("nobody") is None


def test_what_is_put_or_removed_here_counts_at_once(webhooks: FakeWebhooks | SsmWebhooks) -> None:
    assert webhooks.digest_of("demo") is None
    webhooks.put("demo", DIGEST)
    assert webhooks.digest_of("demo") == DIGEST
    webhooks.put("demo", NEWER)
    assert webhooks.digest_of("demo") == NEWER
    webhooks.remove("demo")
    webhooks.remove("demo")
    assert webhooks.digest_of("demo") is None


def test_a_webhook_is_read_again_after_five_minutes(
    webhooks: FakeWebhooks | SsmWebhooks, somebody: Somebody, clock: ManualClock
) -> None:
    somebody.put("demo", DIGEST)
    assert webhooks.digest_of("demo") == DIGEST
    somebody.put("demo", NEWER)
    clock.advance(TTL - timedelta(seconds=1))
    assert webhooks.digest_of("demo") == DIGEST
    clock.advance(seconds=1)
    assert webhooks.digest_of("demo") == NEWER


def test_a_webhook_is_gone_after_five_minutes_and_there_again_after_five_more(
    webhooks: FakeWebhooks | SsmWebhooks, somebody: Somebody, clock: ManualClock
) -> None:
    somebody.put("demo", DIGEST)
    webhooks.digest_of("demo")
    somebody.remove("demo")
    clock.advance(TTL)
    assert webhooks.digest_of("demo") is None
    somebody.put("demo", DIGEST)
    clock.advance(TTL - timedelta(seconds=1))
    assert webhooks.digest_of("demo") is None
    clock.advance(seconds=1)
    assert webhooks.digest_of("demo") == DIGEST


@pytest.mark.parametrize("name", ["", "Demo", "../operators", "a/b", "demo\n", "d" * 41, "ž", "*"])
def test_what_is_no_name_of_a_shop_has_no_webhook(webhooks: FakeWebhooks | SsmWebhooks, name: str) -> None:
    assert webhooks.digest_of(name) is None


# --- the real one alone ---------------------------------------------------------------------------------


def test_a_name_is_asked_for_once_and_what_is_no_name_never(aws: Aws) -> None:
    webhooks = SsmWebhooks(aws.ssm, aws.prefix, ManualClock())
    webhooks.put("demo", DIGEST)
    with patch.object(aws.ssm, "get_parameter", wraps=aws.ssm.get_parameter) as asked:
        for name in ("demo", "nobody", "../operators", "Demo", "demo", "nobody", "../operators"):
            webhooks.digest_of(name)
    assert [call.kwargs["Name"] for call in asked.call_args_list] == [
        f"{aws.prefix}/webhooks/demo",
        f"{aws.prefix}/webhooks/nobody",
    ]


def test_unknown_names_fill_no_memory_and_push_out_no_shop(aws: Aws) -> None:
    webhooks = SsmWebhooks(aws.ssm, aws.prefix, ManualClock())
    webhooks.put("demo", DIGEST)
    webhooks.digest_of("demo")
    missing = ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
    with patch.object(aws.ssm, "get_parameter", side_effect=missing) as asked:
        for number in range(2 * MAX_UNKNOWN):
            assert webhooks.digest_of(f"shop-{number}") is None
        assert asked.call_count == 2 * MAX_UNKNOWN
        assert webhooks.digest_of("demo") == DIGEST
        webhooks.digest_of(f"shop-{2 * MAX_UNKNOWN - 1}")
        webhooks.digest_of(f"shop-{MAX_UNKNOWN}")
        assert asked.call_count == 2 * MAX_UNKNOWN
        webhooks.digest_of("shop-0")
        assert asked.call_count == 2 * MAX_UNKNOWN + 1
    assert len(webhooks._unknown) == MAX_UNKNOWN


@pytest.mark.parametrize("value", ["hush", DIGEST[:-1], DIGEST.upper(), f"{DIGEST}\n", "ž" * 64])
def test_what_is_no_digest_lets_nobody_in_and_is_not_shown(aws: Aws, value: str) -> None:
    name = f"{aws.prefix}/webhooks/demo"
    aws.ssm.put_parameter(Name=name, Value=value, Type="SecureString")
    with pytest.raises(SecretsProblemError) as raised:
        SsmWebhooks(aws.ssm, aws.prefix, ManualClock()).digest_of("demo")
    assert raised.value.reason == because(SettingsReason.WEBHOOK_NOT_USABLE, parameter=Term(name))


def test_a_fault_of_the_store_is_an_error_and_not_remembered(aws: Aws) -> None:
    webhooks = SsmWebhooks(aws.ssm, aws.prefix, ManualClock())
    webhooks.put("demo", DIGEST)
    fault = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetParameter")
    with patch.object(aws.ssm, "get_parameter", side_effect=fault), pytest.raises(ClientError):
        webhooks.digest_of("demo")
    assert webhooks.digest_of("demo") == DIGEST


def test_the_digest_is_kept_as_a_secret(aws: Aws) -> None:
    SsmWebhooks(aws.ssm, aws.prefix, ManualClock()).put("demo", DIGEST)
    stored = aws.ssm.get_parameter(Name=f"{aws.prefix}/webhooks/demo", WithDecryption=True)["Parameter"]
    assert (stored["Type"], stored["Value"]) == ("SecureString", DIGEST)
