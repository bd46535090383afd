"""The services that functions take: each is made from the environment, and says what is missing there."""

from __future__ import annotations

import pytest

from orderbridge.bootstrap import Services
from orderbridge.errors import SettingMissingError
from orderbridge.ports import Ports

SETTINGS = {
    "list_positions": "TABLE_NAME",
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
    for setting in {*SETTINGS.values(), "POSITIONS_BUCKET"}:
        monkeypatch.setenv(setting, "something")
    services = Services()
    ports = [name for name, value in vars(Ports).items() if isinstance(value, property)]
    assert {"ledger", "imports", "list_positions", "notices", "alarms"} <= set(ports)
    assert all(getattr(services, name) is not None for name in ports)


def test_each_queue_has_the_address_that_the_environment_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("FETCH", "CHANGES", "STEPS", "SHOP_STEPS", "LISTS", "ALARMS", "RETURNS")
    for name in names:
        monkeypatch.setenv(f"{name}_QUEUE_URL", f"https://sqs.test/{name}")
    queues = vars(Services().queues)
    addresses = {name: queues[f"_{name.lower()}"] for name in names}
    assert addresses == {name: f"https://sqs.test/{name}" for name in names}
