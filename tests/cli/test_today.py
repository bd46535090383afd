"""`today` and `undo`: what waits, and a step that is taken back before it is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.payloads import DeliveredPayload
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import Step
from tests.cli.registering import add
from tests.contract.ledgers import held
from tests.fakes import NOON
from tests.orders import an_order, changed
from tests.reasons import ANY

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli

ORDER = 4_810_000_001


@pytest.fixture
def shop(cli: Cli, services: Services, tmp_path: Path) -> Services:
    """A shop with one order whose Delivered waits in its undo window."""
    add(cli, tmp_path / "shop.toml")
    delivery = ShopDate(NOON.date())
    step = Step(
        4, Action.DELIVERED, DeliveredPayload(delivery), ANY, NOON, not_before=NOON + timedelta(minutes=15)
    )
    order = an_order(S.SETTLED, M.SHIPPED, mall_order_id=ORDER, since=NOON, step=step, last_step_number=4)
    assert order.shop_side.desired is not None
    desired = replace(order.shop_side.desired, delivery=delivery)
    services.ledger.save(changed(order, desired=desired, updated_at=NOON))
    return services


def test_what_is_about_to_be_sent_is_shown_with_its_step(cli: Cli, shop: Services) -> None:  # noqa: ARG001
    ended = cli("today")
    assert (ended.code, ended.err) == (0, "")
    assert "Is about to be sent" in ended.out
    assert f"{ORDER}" in ended.out
    assert "Step 4: setting Delivered, from 20 Nov 2026 13:15 on" in ended.out
    assert "Sent to MALL today: 0 statuses." in ended.out
    assert cli("today", "demo", "--json").json["undo_windows"][0]["step"] == 4


def test_what_waits_for_a_person_is_told_by_the_exit_code(cli: Cli, shop: Services) -> None:
    order = held(changed(an_order(S.SETTLED, M.SHIPPING, mall_order_id=7), updated_at=NOON), HoldCode.REFUSED)
    shop.ledger.save(order)
    ended = cli("today", "--lang", "cs")
    assert ended.code == 1
    assert "Zkontrolujte objednávku v partnerském portálu" in ended.out


def test_a_step_is_taken_back_with_a_reason(cli: Cli, shop: Services) -> None:
    ended = cli("undo", str(ORDER), "--step", "4", "--why", "a slip", "--yes")
    assert (ended.code, ended.err) == (0, "")
    assert "is not sent" in ended.out
    history = shop.ledger.history("demo", ORDER)
    assert history is not None
    assert history.order.work.hold is not None
    assert history.order.work.hold.code is HoldCode.UNDONE_BY_PERSON
    assert [(one.what.code, one.why) for one in history.actions] == [("person.undo", "a slip")]
    assert cli("today").code == 1


def test_it_asks_first(cli: Cli, shop: Services) -> None:
    ended = cli("undo", str(ORDER), "--step", "4", "--why", "a slip")
    assert ended.code != 0
    order = shop.ledger.load("demo", ORDER)
    assert order is not None
    assert order.work.undone is None


@pytest.mark.parametrize("step", ["3", "5"])
def test_a_step_that_is_not_there_is_wrong_use(cli: Cli, shop: Services, step: str) -> None:  # noqa: ARG001
    ended = cli("undo", str(ORDER), "--step", step, "--why", "a slip", "--yes")
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert step in ended.err


def test_an_order_is_found_by_the_shops_number(cli: Cli, shop: Services) -> None:  # noqa: ARG001
    found = cli("orders", "--search", "2026 001", "--json").json
    assert [one["mall_order_id"] for one in found["orders"]] == [ORDER]
