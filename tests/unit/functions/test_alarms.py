"""send_alarms, flag_returns, and the part of retry_transitions that has stopped shops told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows import flag_returns as flow
from orderbridge.messages import AlarmRequest, DigestRequest, Recheck
from orderbridge.settings import ShopSettings
from tests.unit.functions.function_harness import (
    DEAD_ORDER,
    ORDER,
    failed,
    ids,
    load,
    parcel_is_overdue,
    park,
    stop,
)

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


@pytest.fixture
def herald(new_harness: NewHarness) -> FunctionHarness:
    """One order is parked, and nobody knows it yet."""
    made = new_harness("send_alarms")
    park(made.product)
    return made


# --- send_alarms ----------------------------------------------------------------------------------------


def test_an_alarm_is_sent_once(herald: FunctionHarness) -> None:
    assert failed(herald.play("alarm")) == []
    ((shop, subject, text),) = herald.product.alarms.published
    assert shop == "demo"
    assert subject
    assert str(DEAD_ORDER) in text
    assert herald.figures() == {"AlarmsSent": 1, "DigestsSent": 0}
    (line,) = herald.log()
    assert (line["shop"], line["mall_order_id"], line["alarms"]) == ("demo", DEAD_ORDER, 1)
    assert text not in herald.output()
    herald.play("alarm")
    assert len(herald.product.alarms.published) == 1
    assert herald.figures()["AlarmsSent"] == 0
    assert len(herald.log()) == 1


def test_an_alarm_that_is_not_accepted_comes_back(herald: FunctionHarness) -> None:
    herald.product.alarms.fail_with = TimeoutError("the topic did not answer")
    assert failed(herald.play("alarm")) == ids(load("send_alarms.alarm"))
    (line,) = herald.log()
    assert line["level"] == "ERROR"
    herald.product.alarms.fail_with = None
    assert failed(herald.play("alarm")) == []
    assert len(herald.product.alarms.published) == 1


def test_a_stop_is_mailed_once(herald: FunctionHarness) -> None:
    assert failed(herald.play("stop")) == []
    assert herald.product.alarms.published == []
    stop(herald.product)
    herald.play("stop")
    herald.play("stop")
    assert len(herald.product.alarms.published) == 1
    (line,) = herald.log()
    assert (line["shop"], line["alarms"]) == ("demo", 1)


def test_the_tick_asks_for_every_shops_digest_of_today(herald: FunctionHarness) -> None:
    herald.product.add_shop("second")
    assert herald.play("schedule") == {"requested": 2}
    assert herald.product.queues.take_alarms() == [
        DigestRequest(shop="demo", day="2026-11-20"),
        DigestRequest(shop="second", day="2026-11-20"),
    ]


def test_a_digest_is_sent_once_a_day(herald: FunctionHarness) -> None:
    assert failed(herald.play("digest")) == []
    assert failed(herald.play("digest")) == []
    ((shop, _, text),) = herald.product.alarms.published
    assert shop == "demo"
    assert str(DEAD_ORDER) in text
    assert [line["DigestsSent"] for line in herald.metrics()] == [[1], [0]]
    (line,) = herald.log()
    assert (line["shop"], line["day"]) == ("demo", "2026-11-20")


# --- retry_transitions ----------------------------------------------------------------------------------


def test_a_tick_notifies_the_people_of_a_stopped_shop(new_harness: NewHarness) -> None:
    retry = new_harness("retry_transitions")
    retry.play("schedule")
    assert retry.product.queues.take_alarms() == []
    stop(retry.product)
    assert retry.play("schedule")["stopped_shops"] == 1
    assert retry.product.queues.take_alarms() == [
        AlarmRequest(shop="demo", requested_at=retry.product.clock.now())
    ]


@pytest.fixture
def retry(new_harness: NewHarness) -> FunctionHarness:
    """One order is due, and the shop is stopped."""
    made = new_harness("retry_transitions")
    made.product.mall.hold(ORDER)
    made.product.clerk(ORDER, ShopStatus.HANDLED)
    made.product.fetch()
    made.product.map_all()
    made.product.queues.take_sends()
    stop(made.product)
    made.product.clock.advance(timedelta(minutes=6))
    return made


def fail(*_: object) -> None:
    raise TimeoutError("it did not answer")


def test_a_tick_that_cannot_notify_them_has_woken_what_is_due(
    retry: FunctionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry.product.queues, "request_alarms", fail)
    with pytest.raises(TimeoutError):
        retry.play("schedule")
    assert [recheck.mall_order_id for recheck in retry.product.queues.take_changes()] == [ORDER]
    assert retry.figures()["StoppedShops"] == 1


def test_a_tick_that_cannot_wake_what_is_due_reports_on_the_shops_and_fails(
    retry: FunctionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry.product.ledger, "due", fail)
    with pytest.raises(TimeoutError):
        retry.play("schedule")
    assert retry.figures() == {
        "OldestFetchSeconds": 360,
        "StoppedShops": 1,
        "ShopsWithoutFetch": 0,
        "ShopsRefused": 1,
    }
    assert [line["message"] for line in retry.log() if "figure" in line] == ["shops need somebody: demo"]
    assert retry.product.queues.take_alarms() == [
        AlarmRequest(shop="demo", requested_at=retry.product.clock.now())
    ]


def test_a_tick_that_cannot_read_the_shops_has_woken_what_is_due_and_fails(
    retry: FunctionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry.product.shops, "all", fail)
    with pytest.raises(TimeoutError):
        retry.play("schedule")
    assert [recheck.mall_order_id for recheck in retry.product.queues.take_changes()] == [ORDER]
    assert retry.figures() == {"OrdersDue": 1, "OrdersDueLatestSeconds": 60}


# --- flag_returns ---------------------------------------------------------------------------------------


def test_a_tick_has_every_shop_that_is_on_gone_through(new_harness: NewHarness) -> None:
    returns = new_harness("flag_returns")
    returns.product.add_shop("second")
    returns.product.shops.put(ShopSettings(shop="third"), returns.product.clock.now(), paused_by="me")
    assert returns.play("schedule") == {"requested": 2}
    assert returns.product.queues.take_returns() == ["demo", "second"]


def test_a_shop_that_is_gone_has_no_parcels(new_harness: NewHarness) -> None:
    returns = new_harness("flag_returns")
    assert failed(returns.play("unknown_shop")) == []
    assert returns.lines() == []


def test_more_parcels_than_are_gone_through_at_a_time_are_said(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    returns = new_harness("flag_returns")
    monkeypatch.setattr(flow, "MAX_ORDERS", 0)
    parcel_is_overdue(returns.product)
    assert failed(returns.play("request")) == []
    (line,) = returns.log()
    assert (line["level"], line["shop"]) == ("WARNING", "demo")


def test_parcels_that_are_long_overdue_are_rechecked(new_harness: NewHarness) -> None:
    returns = new_harness("flag_returns")
    assert failed(returns.play("request")) == []
    assert returns.figures() == {"ParcelsRechecked": 0}
    parcel_is_overdue(returns.product)
    assert failed(returns.play("request")) == []
    assert returns.figures() == {"ParcelsRechecked": 1}
    (recheck,) = returns.product.queues.take_changes()
    assert isinstance(recheck, Recheck)
    assert recheck.mall_order_id == ORDER
    assert returns.log() == []
