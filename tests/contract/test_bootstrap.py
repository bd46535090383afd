"""The services that functions take: each is made from the environment, and says what is missing there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.bootstrap import Services, open_stack
from orderbridge.errors import SettingMissingError, StackProblemError
from orderbridge.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = {
    "feed_checkpoints": "TABLE_NAME",
    "notices": "TABLE_NAME",
    "alarms": "SHOP_ALARMS_TOPIC_ARN",
    "webhooks": "SECRETS_PREFIX",
    "steps_visibility": "STEPS_QUEUE_URL",
    "shop_steps_visibility": "SHOP_STEPS_QUEUE_URL",
    "lists_visibility": "LISTS_QUEUE_URL",
}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


@pytest.mark.parametrize(("name", "setting"), SETTINGS.items())
def test_a_service_needs_its_setting_only(monkeypatch: pytest.MonkeyPatch, name: str, setting: str) -> None:
    for other in SETTINGS.values():
        monkeypatch.delenv(other, raising=False)
    with pytest.raises(SettingMissingError, match=setting):
        getattr(Services(), name)
    monkeypatch.setenv(setting, "something")
    assert getattr(Services(), name) is not None


def test_every_port_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in {*SETTINGS.values(), "CHECKPOINTS_BUCKET"}:
        monkeypatch.setenv(setting, "something")
    services = Services()
    ports = [name for name, value in vars(Ports).items() if isinstance(value, property)]
    assert {"ledger", "imports", "feed_checkpoints", "notices", "alarms"} <= set(ports)
    assert all(getattr(services, name) is not None for name in ports)


def test_each_queue_has_the_address_that_the_environment_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("FETCH", "CHANGES", "STEPS", "SHOP_STEPS", "LISTS", "ALARMS", "RETURNS")
    for name in names:
        monkeypatch.setenv(f"{name}_QUEUE_URL", f"https://sqs.test/{name}")
    queues = vars(Services().queues)
    addresses = {name: queues[f"_{name.lower()}"] for name in names}
    assert addresses == {name: f"https://sqs.test/{name}" for name in names}


def _described(*outputs: tuple[str, str], **parameters: str) -> Callable[[str], Any]:
    """Clients of an account with one stack, which has `outputs` and `parameters`."""
    stack = {
        "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
    }
    clients = {"cloudformation": SimpleNamespace(describe_stacks=lambda **_: {"Stacks": [stack]})}
    return lambda service: clients.get(service, service)


WHOLE = (("TableName", "orders"), ("SecretsPrefix", "/orderbridge/x"))


def test_a_deployed_stack_says_where_everything_is() -> None:
    addresses = ("FetchQueueUrl", "https://sqs.test/fetch"), ("ApiUrl", "https://api.test/live")
    opened = open_stack("x", _described(*WHOLE, *addresses, RequireTls="false"))
    assert (opened.table, opened.api_url, opened.local) == ("orders", "https://api.test/live", True)
    assert vars(opened.queues)["_fetch"] == "https://sqs.test/fetch"
    assert opened.listeners is None
    ports = [name for name, value in vars(Ports).items() if isinstance(value, property)]
    assert all(getattr(opened, name) is not None for name in {*ports} - {"export_checkpoints", "alarms"})


def test_a_stack_is_strict_about_addresses_unless_it_says_that_it_is_local() -> None:
    assert not open_stack("x", _described(*WHOLE)).local


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_stack_of_something_else_is_refused(lacking: int) -> None:
    with pytest.raises(StackProblemError, match=r"^stack x: has no outputs TableName and SecretsPrefix"):
        open_stack("x", _described(WHOLE[lacking]))


def test_the_same_services_on_another_table() -> None:
    opened = open_stack("x", _described(*WHOLE))
    assert (opened.with_settings(TABLE_NAME="restored").table, opened.table) == ("restored", "orders")
