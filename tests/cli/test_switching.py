"""``shop pause`` and ``shop resume``: what is asked, what is written, and that nothing is half done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.orders import StepReason
from orderbridge.domain.reasons import because
from orderbridge_cli import dry_run
from orderbridge_cli.dry_run import End, NotNowError, Preview, PreviewRow, PreviewStep, Wait
from orderbridge_cli.registry import register_shop
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.bootstrap import Services
    from orderbridge.domain.shops import ShopRecord
    from tests.cli.conftest import Ended

    Cli = Callable[..., Ended]
    Finds = Callable[..., None]


def row_of(number: int, action: Action) -> PreviewRow:
    """An order with one step."""
    step = PreviewStep(action, {}, because(StepReason.SHIPPING), None)
    return PreviewRow(number, "", None, "", None, (step,), End.IN_SYNC, None)


@pytest.fixture(autouse=True)
def paused_shop(services: Services) -> None:
    """A shop that was registered and never switched on."""
    secrets = {"export_url": "https://shop.test/export?key=hush", "client_id": "client-hush"}
    register_shop(services, {"shop": "demo", "switch_on_limit": 3}, secrets, by="marta")


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Finds:
    """Says what the preview finds: the action of one order each, or the error that it ends with."""

    def say(*actions: Action, error: BaseException | None = None) -> None:
        def preview(*_: object) -> Preview:
            if error is not None:
                raise error
            rows = tuple(row_of(number, action) for number, action in enumerate(actions, 1))
            return Preview("demo", NOON, len(rows), calls=2, calls_needed=len(rows), rows=rows)

        monkeypatch.setattr(dry_run, "run_preview", preview)

    return say


def record_of(services: Services) -> ShopRecord:
    record = services.shops.get("demo")
    assert record is not None
    return record


def test_a_new_shop_is_shown_as_paused(cli: Cli) -> None:
    (shop,) = cli("shop", "list", "--json").json["shops"]
    assert (shop["state"]["code"], shop["paused"]["by"]) == ("shop.not_switched_on", "marta")
    assert "paused" in cli("shop", "show", "demo").out


def test_the_first_time_it_shows_what_would_be_sent(cli: Cli, services: Services, finds: Finds) -> None:
    finds(Action.SHIPPING, Action.CONFIRM, Action.DELIVERED, Action.CREATE_IN_SHOP)
    ended = cli("shop", "resume", "demo", "--yes")
    assert ended.code == 0
    assert "1 step cannot be undone" in ended.err
    assert "2 steps are not more than 3" in ended.err
    assert "orderbridge shop pause demo" in ended.out
    assert record_of(services).runs
    assert record_of(services).switch_on is None


def test_a_large_difference_goes_out_in_steps(cli: Cli, services: Services, finds: Finds) -> None:
    finds(*[Action.SHIPPED] * 60, *[Action.CANCELLED] * 30)
    ended = cli("shop", "resume", "demo", "--yes", "--json")
    assert ended.json == {
        "shop": "demo",
        "running": True,
        "changed": True,
        "difference": {"reversible": 60, "irreversible": 30},
        "switch_on": {"per_hour": 30, "steps": 90, "ends_at": "2026-11-20T15:17:50+00:00"},
    }
    assert "30 an hour at most" in ended.err
    switch_on = record_of(services).switch_on
    assert switch_on is not None
    assert (switch_on.reversible, switch_on.irreversible) == (60, 30)
    shown = cli("shop", "show", "demo", "--json").json
    assert shown["switch_on"]["left"] == 90


def test_without_a_terminal_and_without_yes_it_stays_paused(
    cli: Cli, services: Services, finds: Finds
) -> None:
    finds(Action.SHIPPED)
    ended = cli("shop", "resume", "demo")
    assert ended.code == 2
    assert "--yes" in ended.err
    assert not record_of(services).runs


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), NotNowError(Wait.RESERVED, NOON + timedelta(hours=1))], ids=type
)
def test_an_interruption_leaves_the_shop_paused(
    cli: Cli, services: Services, finds: Finds, error: BaseException
) -> None:
    finds(error=error)
    ended = cli("shop", "resume", "demo", "--yes")
    assert ended.code in {1, 3}
    assert not record_of(services).runs


def test_a_pause_is_taken_back_without_a_preview(cli: Cli, services: Services, finds: Finds) -> None:
    finds(*[Action.SHIPPED] * 10)
    cli("shop", "resume", "demo", "--yes")
    begun = record_of(services).switch_on
    assert begun is not None
    ended = cli("shop", "pause", "demo", "--json")
    assert ended.json == {
        "shop": "demo",
        "paused": True,
        "changed": True,
        "next": "orderbridge shop resume demo",
    }
    assert cli("shop", "pause", "demo", "--json").json["changed"] is False
    finds(error=AssertionError("no preview is asked for"))
    assert cli("shop", "resume", "demo", "--json").json["switch_on"]["steps"] == 10
    going_on = record_of(services).switch_on
    assert going_on is not None
    assert going_on.since > begun.since
    assert cli("shop", "resume", "demo", "--json").json["changed"] is False


def test_an_unknown_shop_is_wrong_use(cli: Cli) -> None:
    for command in ("pause", "resume"):
        ended = cli("shop", command, "demi")
        assert (ended.code, ended.err.count("\n")) == (2, 1)
