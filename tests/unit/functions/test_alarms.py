"""send_alarms, flag_returns, and the part of retry_transitions that has stopped shops told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.messages import AlarmRequest, DigestRequest, Look
from tests.unit.functions.stage import (
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
    from collections.abc import Callable

    from tests.unit.functions.stage import Stage

    NewStage = Callable[[str], Stage]


@pytest.fixture
def herald(stage: NewStage) -> Stage:
    """One order is parked, and nobody knows it yet."""
    made = stage("send_alarms")
    park(made.world)
    return made


# --- send_alarms ----------------------------------------------------------------------------------------


def test_an_alarm_is_told_once(herald: Stage) -> None:
    assert failed(herald.play("alarm")) == []
    ((shop, subject, text),) = herald.world.alarms.published
    assert shop == "demo"
    assert subject
    assert str(DEAD_ORDER) in text
    assert herald.figures() == {"AlarmsSent": 1, "DigestsSent": 0}
    (line,) = herald.log()
    assert (line["shop"], line["mall_order_id"], line["alarms"]) == ("demo", DEAD_ORDER, 1)
    assert text not in herald.output()
    herald.play("alarm")
    assert len(herald.world.alarms.published) == 1
    assert herald.figures()["AlarmsSent"] == 0
    assert len(herald.log()) == 1


def test_an_alarm_that_is_not_taken_comes_back(herald: Stage) -> None:
    herald.world.alarms.fail_with = TimeoutError("the topic did not answer")
    assert failed(herald.play("alarm")) == ids(load("send_alarms.alarm"))
    (line,) = herald.log()
    assert line["level"] == "ERROR"
    herald.world.alarms.fail_with = None
    assert failed(herald.play("alarm")) == []
    assert len(herald.world.alarms.published) == 1


def test_a_stop_is_told_once(herald: Stage) -> None:
    assert failed(herald.play("stop")) == []
    assert herald.world.alarms.published == []
    stop(herald.world)
    herald.play("stop")
    herald.play("stop")
    assert len(herald.world.alarms.published) == 1
    (line,) = herald.log()
    assert (line["shop"], line["alarms"]) == ("demo", 1)


def test_the_tick_asks_for_every_shops_digest_of_today(herald: Stage) -> None:
    herald.world.add_shop("second")
    assert herald.play("schedule") == {"requested": 2}
    assert herald.world.queues.take_alarms() == [
        DigestRequest(shop="demo", day="2026-11-20"),
        DigestRequest(shop="second", day="2026-11-20"),
    ]


def test_a_digest_is_sent_once_a_day(herald: Stage) -> None:
    assert failed(herald.play("digest")) == []
    assert failed(herald.play("digest")) == []
    ((shop, _, text),) = herald.world.alarms.published
    assert shop == "demo"
    assert str(DEAD_ORDER) in text
    assert [line["DigestsSent"] for line in herald.metrics()] == [[1], [0]]
    (line,) = herald.log()
    assert (line["shop"], line["day"]) == ("demo", "2026-11-20")


# --- retry_transitions ----------------------------------------------------------------------------------


def test_a_tick_has_the_people_of_a_stopped_shop_told(stage: NewStage) -> None:
    retry = stage("retry_transitions")
    retry.play("schedule")
    assert retry.world.queues.take_alarms() == []
    stop(retry.world)
    assert retry.play("schedule")["stopped_shops"] == 1
    assert retry.world.queues.take_alarms() == [AlarmRequest(shop="demo", asked_at=retry.world.clock.now())]


def test_a_tick_that_cannot_have_them_told_has_woken_what_is_due(stage: NewStage) -> None:
    retry = stage("retry_transitions")
    stop(retry.world)

    def fail(_: object) -> None:
        raise TimeoutError("the queue did not answer")

    retry.world.queues.request_alarms = fail  # type: ignore[method-assign, assignment]
    with pytest.raises(TimeoutError):
        retry.play("schedule")
    assert retry.figures()["StoppedShops"] == 1


# --- flag_returns ---------------------------------------------------------------------------------------


def test_a_tick_has_parcels_that_are_long_overdue_looked_at(stage: NewStage) -> None:
    returns = stage("flag_returns")
    assert returns.play("schedule") == {"shops": 1, "looks": 0}
    assert returns.figures() == {"ParcelsLookedAt": 0}
    parcel_is_overdue(returns.world)
    assert returns.play("schedule") == {"shops": 1, "looks": 1}
    assert returns.figures() == {"ParcelsLookedAt": 1}
    (look,) = returns.world.queues.take_changes()
    assert isinstance(look, Look)
    assert look.mall_order_id == ORDER
    assert returns.log() == []
