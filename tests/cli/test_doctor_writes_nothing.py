"""The doctor reads: no method of a port that writes, no request to MALL or the shop but GET, no write to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orderbridge import ports
from orderbridge.adapters import http
from orderbridge.adapters.mall.client import MallMarketplace
from orderbridge.ports import Ports
from orderbridge_cli.doctor.unreached import RIGHTS
from tests.cli.clinic import Clinic, codes
from tests.cli.test_doctor import clinic, guard, sandbox  # noqa: F401 - fixtures
from tests.contract.conftest import aws, moto_clients  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Callable

READS = {
    "shops": {"all", "get", "outage"},
    "secrets": {"of", "forget"},
    "webhooks": {"digest_of"},
    "feed_checkpoints": {"get"},
    "imports": {"problem"},
    "marketplaces": {"of"},
    "exports": {"fetch", "profile_digest"},
    "clock": {"now"},
    "chance": {"jitter"},
}
"""Port → the methods that the doctor may use: none of them writes. Every other method of every port is refused."""


def methods_of_ports() -> list[tuple[str, str]]:
    """Every method of every port, as the protocols have them."""
    found = []
    for port, one in vars(Ports).items():
        if isinstance(one, property) and one.fget is not None:
            protocol = getattr(ports, one.fget.__annotations__["return"], None)
            if protocol is None:  # a setting, such as an address
                continue
            found += [(port, name) for name in vars(protocol) if not name.startswith("_")]
    return [(port, name) for port, name in found if callable(getattr(ports_class(port), name, None))]


def ports_class(port: str) -> Any:  # noqa: ANN401 - a protocol
    return getattr(ports, getattr(Ports, port).fget.__annotations__["return"])


def refusing(name: str) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail(f"the doctor uses {name}")

    return refuse


def test_the_walk_finds_the_methods() -> None:
    found = methods_of_ports()
    assert len(found) > 40
    assert {("ledger", "save"), ("queues", "send_step"), ("imports", "create"), ("alarms", "publish")} <= set(
        found
    )
    assert {(port, name) for port, names in READS.items() for name in names} <= set(found)


@pytest.mark.parametrize("running", [True, False])
def test_no_way_that_writes_is_taken(
    clinic: Clinic,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
    *,
    running: bool,
) -> None:
    clinic.imports = True
    settings: dict[str, Any] = {"import": "create"}
    clinic.healthy(running=running, **settings)
    for port, name in methods_of_ports():
        if name not in READS.get(port, set()):
            monkeypatch.setattr(getattr(clinic.services, port), name, refusing(f"{port}.{name}"))
    for name in ("read", "write", "unconfirmed", "under_way", "order_detail"):
        monkeypatch.setattr(MallMarketplace, name, refusing(name))
    sent = http.Session.send
    asked: list[str] = []

    def send(session: http.Session, request: Any, **options: Any) -> Any:  # noqa: ANN401 - the library's
        asked.append(request.method)
        return sent(session, request, **options)

    monkeypatch.setattr(http.Session, "send", send)
    report = clinic.doctor(watch=1)
    assert {"export.watched", "mall.key_accepted"} <= codes(report, "ok")
    assert asked == ["GET"] * 4
    assert clinic.guard.seen == {
        "cloudformation.DescribeStacks",
        "cloudformation.ListStackResources",
        "dynamodb.GetItem",
        "scheduler.GetSchedule",
        "sns.GetSubscriptionAttributes",
        "sns.ListSubscriptionsByTopic",
        "sqs.GetQueueAttributes",
        "ssm.GetParameter",
    }
    assert {name.partition(".")[2] for name in clinic.guard.seen} <= set(RIGHTS)
