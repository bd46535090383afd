"""retry_transitions: the tick that wakes what is due, and the messages that failed too often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from local.sam import events
from orderbridge.domain.cases.records import StatusChange
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.messages import ORDER_UPDATE
from tests.orders import an_order
from tests.unit.functions.function_harness import DEAD_ORDER, ORDER, Json, failed, ids, load

if TYPE_CHECKING:
    from tests.unit.flows.in_memory_product import InMemoryProduct
    from tests.unit.functions.function_harness import NewHarness


def test_a_tick_wakes_what_is_due_and_reports_on_the_shops(new_harness: NewHarness) -> None:
    retry = new_harness("retry_transitions")
    retry.product.mall.hold(ORDER)
    retry.product.clerk(ORDER, ShopStatus.HANDLED)
    retry.product.fetch()
    retry.product.map_all()
    retry.product.queues.take_sends()
    retry.product.clock.advance(timedelta(minutes=6))
    assert retry.play("schedule") == {"rechecks": 1, "shops": 1, "stopped_shops": 0}
    (recheck,) = retry.product.queues.take_changes()
    assert recheck.mall_order_id == ORDER
    assert retry.figures() == {
        "OldestFetchSeconds": 360,
        "StoppedShops": 0,
        "ShopsWithoutFetch": 0,
        "ShopsRefused": 0,
        "OrdersDue": 1,
        "OrdersDueLatestSeconds": 60,
    }


def test_a_tick_without_shops_still_reports(new_harness: NewHarness) -> None:
    """No figure at all sounds the alarm."""
    retry = new_harness("retry_transitions")
    retry.product.shops.remove("demo")
    assert retry.play("schedule") == {"rechecks": 0, "shops": 0, "stopped_shops": 0}
    assert {
        retry.figures()[name] for name in ("OldestFetchSeconds", "ShopsWithoutFetch", "ShopsRefused")
    } == {0}


def others_succeed(product: InMemoryProduct) -> None:
    """Another order of the shop was taken in, carried out and written into the shop a moment ago."""
    now = product.clock.now()
    done = (StatusChange(MarketplaceStatus.SHIPPING, now, by_us=True),)
    product.ledger.save(an_order(mall_order_id=7, status_changes=done, imported_at=now, updated_at=now))


@pytest.mark.parametrize(
    ("case", "queue"),
    [
        ("dead_letter", "orderbridge-local-changes.fifo"),
        ("dead_step", "orderbridge-local-steps.fifo"),
        ("dead_shop_step", "orderbridge-local-shop-steps.fifo"),
    ],
)
def test_a_letter_that_died_alone_parks_its_order(new_harness: NewHarness, case: str, queue: str) -> None:
    retry = new_harness("retry_transitions")
    others_succeed(retry.product)
    assert failed(retry.play(case)) == []
    history = retry.product.history(DEAD_ORDER)
    assert history.order.work.hold is not None
    assert history.order.work.hold.code is HoldCode.PARKED
    (record,) = events.load(f"retry_transitions.{case}")["Records"]
    (letter,) = history.dead_letters
    assert (letter.message_id, letter.queue, letter.body) == (record["messageId"], queue, record["body"])
    assert letter.receives == int(record["attributes"]["ApproximateReceiveCount"])
    assert retry.figures() == {"DeadLetters": 1, "OrdersParked": 1}
    (line,) = retry.log()
    assert (line["level"], line["mall_order_id"]) == ("ERROR", DEAD_ORDER)


def test_a_letter_that_died_with_all_others_is_sent_again(new_harness: NewHarness) -> None:
    retry = new_harness("retry_transitions")
    assert failed(retry.play("dead_letter")) == []
    (record,) = events.load("retry_transitions.dead_letter")["Records"]
    assert retry.product.queues.take_changes() == [ORDER_UPDATE.validate_json(record["body"])]
    assert retry.figures() == {"DeadLetters": 1, "OrdersParked": 0}
    (line,) = retry.log()
    assert (line["level"], line["mall_order_id"]) == ("ERROR", DEAD_ORDER)


@pytest.mark.parametrize(
    ("case", "details"),
    [
        (
            "dead_request",
            [
                {"queue": "orderbridge-local-lists.fifo", "shop": "demo", "what": "unconfirmed"},
                {"queue": "orderbridge-local-alarms.fifo", "shop": "demo", "mall_order_id": DEAD_ORDER},
                {"queue": "orderbridge-local-alarms.fifo", "shop": "demo", "day": "2026-11-20"},
            ],
        ),
        (
            "dead_tick",
            [
                {"queue": "orderbridge-local-fetch", "shop": "demo"},
                {"queue": "orderbridge-local-returns", "shop": "demo"},
                {"queue": "orderbridge-local-dead", "trigger": "schedule"},
                {
                    "queue": "orderbridge-local-dead",
                    "trigger": "reconcile",
                    "called": "orderbridge-local-read-lists",
                    "condition": "RetriesExhausted",
                },
            ],
        ),
    ],
)
def test_a_dead_request_is_named_and_dropped_because_it_is_asked_for_anew(
    new_harness: NewHarness, case: str, details: list[Json]
) -> None:
    retry = new_harness("retry_transitions")
    assert failed(retry.play(case)) == []
    assert retry.figures() == {"DeadLetters": 1}
    assert retry.product.queues.take_changes() == []
    assert retry.product.ledger.load("demo", DEAD_ORDER) is None
    lines = retry.log()
    assert [line["level"] for line in lines] == ["ERROR"] * len(details)
    for line, known in zip(lines, details, strict=True):
        assert line.items() >= known.items()
        assert "what a library said" not in str(line)


@pytest.mark.parametrize(
    "body", ["{}", "[]", "", '{"shop": 7}', '{"trigger": ["x"]}', '{"requestPayload": {}}']
)
def test_what_is_no_request_of_ours_stays_among_the_dead(new_harness: NewHarness, body: str) -> None:
    retry = new_harness("retry_transitions")

    def change(event: Json) -> None:
        for record in event["Records"]:
            record["body"] = body

    for case in ("dead_request", "dead_tick"):
        assert failed(retry.play(case, change)) == ids(load(f"retry_transitions.{case}"))


def test_a_letter_that_cannot_be_parked_stays_and_the_others_are_parked(new_harness: NewHarness) -> None:
    retry = new_harness("retry_transitions")
    others_succeed(retry.product)
    other = events.load("retry_transitions.dead_letter")["Records"][0]
    answer = retry.play("not_a_message", lambda event: event["Records"].append(other))
    assert failed(answer) == ids(events.load("retry_transitions.not_a_message"))
    assert retry.product.order(DEAD_ORDER).work.parked
