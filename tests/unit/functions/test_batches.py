"""The functions that queues wake: which messages are reported as failed, and what the others did."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from local.sam import events
from orderbridge.adapters.aws.queues import message_group
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import ShopStatus
from orderbridge.messages import (
    ALARM_MESSAGE,
    ORDER_UPDATE,
    FetchRequest,
    ListRequest,
    Recheck,
    ReturnsRequest,
    StepDispatch,
)
from orderbridge.settings import ShopSettings
from orderbridge.time_left import OutOfTimeError
from tests.fakes import Fault
from tests.unit.functions.function_harness import (
    HANDLE,
    ORDER,
    OTHER_ORDER,
    Json,
    failed,
    ids,
    load,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from orderbridge.adapters.aws.queues import Grouped
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness


def copy_of_last(event: Json) -> Json:
    """The event's last record once more, under another id."""
    record = json.loads(json.dumps(event["Records"][-1]))
    record["messageId"] = record["messageId"][:-2] + f"{len(event['Records']) + 1:02d}"
    event["Records"].append(record)
    return record


# --- fetch_changes --------------------------------------------------------------------------------------


def test_a_tick_asks_for_a_fetch_of_every_shop_that_is_on(new_harness: NewHarness) -> None:
    fetch = new_harness("fetch_changes")
    fetch.product.add_shop("second")
    fetch.product.shops.put(ShopSettings(shop="third"), fetch.product.clock.now(), paused_by="me")
    assert fetch.play("schedule") == {"requested": 2}
    assert fetch.product.queues.take_fetches() == ["demo", "second"]


def test_a_request_hands_over_what_changed(new_harness: NewHarness) -> None:
    fetch = new_harness("fetch_changes")
    fetch.product.clerk(ORDER, ShopStatus.HANDLED)
    assert failed(fetch.play("request")) == []
    assert [change.mall_order_id for change in fetch.product.queues.take_changes()] == [ORDER]
    assert fetch.figures() == {"FetchesFailed": 0, "ShopUpdates": 1}
    assert failed(fetch.play("request")) == []
    assert fetch.product.queues.take_changes() == []


def test_a_broken_export_is_reported_and_not_repeated_by_the_queue(new_harness: NewHarness) -> None:
    fetch = new_harness("fetch_changes")
    fetch.product.exports.at("demo").fails = True
    assert failed(fetch.play("request")) == []
    (line,) = fetch.log()
    assert line["level"] == "ERROR"
    assert line["message"] == "export not used: export.web_page"
    assert fetch.figures()["FetchesFailed"] == 1


def test_a_shop_that_is_gone_is_nobodys_error(new_harness: NewHarness) -> None:
    fetch = new_harness("fetch_changes")
    assert failed(fetch.play("unknown_shop")) == []
    assert fetch.lines() == []


# --- map_state ------------------------------------------------------------------------------------------


def test_an_update_becomes_a_recorded_step_and_its_message(new_harness: NewHarness) -> None:
    mapper = new_harness("map_state")
    assert failed(mapper.play("shop_update")) == []
    assert [send.step for send in mapper.product.queues.take_sends()] == [1]
    assert mapper.figures() == {"OrdersMapped": 1, "OrdersHeld": 0}
    (line,) = mapper.log()
    assert (line["shop"], line["mall_order_id"], line["step"]) == ("demo", ORDER, "read")


def test_a_recheck_of_an_unchanged_order_changes_nothing(new_harness: NewHarness) -> None:
    mapper = new_harness("map_state")
    mapper.play("shop_update")
    mapper.product.queues.take_sends()
    before = mapper.product.order(ORDER)
    assert failed(mapper.play("recheck")) == []
    assert mapper.product.order(ORDER) == before
    assert mapper.product.queues.take_sends() == []


def test_a_failed_message_takes_the_later_ones_of_its_order_along_and_no_other(
    new_harness: NewHarness,
) -> None:
    mapper = new_harness("map_state")
    event = events.load("map_state.not_a_message")
    bad, behind_it, other = ids(event)
    assert failed(mapper.play("not_a_message")) == [bad, behind_it]
    assert other not in (bad, behind_it)
    assert mapper.product.ledger.load("demo", ORDER) is None
    assert mapper.product.order(OTHER_ORDER).work.step is not None


def test_what_failed_in_one_batch_is_tried_anew_in_the_next(new_harness: NewHarness) -> None:
    """The function's process lives on: a failed group must not be remembered."""
    mapper = new_harness("map_state")
    mapper.play("not_a_message")
    assert failed(mapper.play("shop_update")) == []


def test_an_order_with_repeated_version_conflicts_comes_back(new_harness: NewHarness) -> None:
    mapper = new_harness("map_state")
    mapper.product.ledger.fail_next_saves = 100
    assert failed(mapper.play("shop_update")) == ids(events.load("map_state.shop_update"))
    (line,) = mapper.log()
    assert line["level"] == "ERROR"
    assert "VersionConflictError" in line["message"]


def test_messages_of_one_order_are_taken_in_their_order(new_harness: NewHarness) -> None:
    mapper = new_harness("map_state")

    def add_later_news(event: Json) -> None:
        record = copy_of_last(event)
        record["body"] = json.dumps(
            json.loads(record["body"])
            | {"seen_at": "2026-11-20T12:01:00Z"}
            | {"view": json.loads(record["body"])["view"] | {"status": "pending"}}
        )

    assert failed(mapper.play("shop_update", add_later_news)) == []
    desired = mapper.product.order(ORDER).shop_side.desired
    assert desired is not None
    assert desired.status is ShopStatus.PENDING


# --- push_to_mall ---------------------------------------------------------------------------------------


@pytest.fixture
def push(new_harness: NewHarness) -> FunctionHarness:
    """The order is known and open at the marketplace; its first step, reading it, is recorded."""
    made = new_harness("push_to_mall")
    made.product.mall.hold(ORDER)
    made.product.clerk(ORDER, ShopStatus.HANDLED)
    made.product.fetch()
    made.product.map_all()
    assert [send.step for send in made.product.queues.take_sends()] == [1]
    return made


def test_a_step_is_carried_out_and_the_next_recheck_requested(push: FunctionHarness) -> None:
    assert failed(push.play("read")) == []
    push.product.map_all()
    assert failed(push.play("send")) == []
    assert push.product.statuses_sent(ORDER) == ["shipping"]
    (recheck,) = push.product.queues.take_changes()
    assert isinstance(recheck, Recheck)
    assert push.figures() == {
        "StepsAccepted": 1,
        "StepsFailed": 0,
        "StepsWithoutAnswer": 0,
        "SeenToStatusSeconds": 0,
    }
    assert push.product.steps_visibility.hidden == []


def test_a_step_that_was_sent_is_not_sent_again(push: FunctionHarness) -> None:
    push.play("read")
    push.product.map_all()
    push.play("send")
    calls = len(push.product.mall.calls)
    assert failed(push.play("stale")) == []
    assert len(push.product.mall.calls) == calls
    assert [line["outcome"] for line in push.log()] == ["accepted", "accepted", "stale"]


def test_the_figure_from_seen_to_status_is_whole_seconds(push: FunctionHarness) -> None:
    push.play("read")
    push.product.map_all()
    push.product.clock.advance(timedelta(seconds=7, milliseconds=900))
    push.play("send")
    assert push.figures()["SeenToStatusSeconds"] == 7


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 2), (0.5, 3), (0.26, 3), (0.999, 4)])
def test_a_short_wait_hides_the_message_for_whole_seconds_rounded_up(
    push: FunctionHarness, jitter: float, seconds: int
) -> None:
    push.product.chance.value = jitter
    push.product.mall.fail_next(CallResult.SERVER_ERROR)
    assert failed(push.play("read")) == ids(events.load("push_to_mall.read", receipt_handle=HANDLE))
    assert push.product.steps_visibility.hidden == [(HANDLE, seconds)]
    push.product.clock.advance(timedelta(seconds=seconds))
    assert failed(push.play("read")) == []
    assert push.product.order(ORDER).marketplace.observed is not None


def test_coming_back_later_is_no_error_in_the_log(push: FunctionHarness) -> None:
    push.product.mall.fail_next(CallResult.SERVER_ERROR)
    push.play("read")
    (line,) = push.log()
    assert (line["level"], line["outcome"]) == ("INFO", "retry")


def test_a_wait_that_the_marketplace_names_is_kept(push: FunctionHarness) -> None:
    push.product.mall.faults.append(Fault(CallResult.LIMITED, retry_after=17))
    assert len(failed(push.play("read"))) == 1
    assert push.product.steps_visibility.hidden == [
        (HANDLE, 17 + 3)
    ]  # spread, so that not all come back at once


def test_a_long_wait_is_the_records_and_the_message_is_done(push: FunctionHarness) -> None:
    push.product.mall.faults.append(Fault(CallResult.LIMITED, retry_after=3600))
    assert failed(push.play("read")) == []
    assert push.product.steps_visibility.hidden == []
    recheck_at = push.product.order(ORDER).work.recheck_at
    assert recheck_at is not None
    assert recheck_at - push.product.clock.now() >= timedelta(hours=1)


def test_a_refused_key_is_one_error_in_the_log(push: FunctionHarness) -> None:
    push.product.mall.fail_next(CallResult.UNAUTHORIZED)
    assert failed(push.play("read")) == []
    (line,) = push.log()
    assert (line["level"], line["shop"]) == ("ERROR", "demo")
    assert "shop stopped" in line["message"]
    record = push.product.shops.get("demo")
    assert record is not None
    assert record.stop is not None


# --- all of them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        *("fetch_changes", "flag_returns", "map_state", "push_to_mall"),
        *("push_to_shop", "read_lists", "retry_transitions", "send_alarms"),
    ],
)
def test_what_is_not_a_message_is_reported_and_logged_never_swallowed(
    new_harness: NewHarness, function: str
) -> None:
    made = new_harness(function)
    first = ids(load(f"{function}.not_a_message"))[0]
    assert failed(made.play("not_a_message"))[0] == first
    errors = [line for line in made.log() if line["level"] == "ERROR"]
    assert [line["message_id"] for line in errors] == [first]
    assert errors[0]["places"]


def test_a_service_that_fails_fails_the_message_and_is_counted(new_harness: NewHarness) -> None:
    mapper = new_harness("map_state")
    mapper.product.queues.fail_with = TimeoutError("the queue did not answer")
    assert len(failed(mapper.play("shop_update"))) == 1
    assert mapper.figures()["MessagesFailed"] == 1
    mapper.product.queues.fail_with = None
    mapper.product.clock.advance(timedelta(minutes=6))
    assert failed(mapper.play("recheck")) == []
    assert [send.step for send in mapper.product.queues.take_sends()] == [1]


def test_the_bodies_in_the_files_are_the_messages_of_the_product() -> None:
    """An old file that the code merely puts up with would prove nothing."""
    checked = 0
    for name in events.names():
        if name.endswith("not_a_message"):
            continue
        for record in load(name).get("Records", []):
            if '"trigger"' in record["body"]:  # a tick, in the words of AWS
                continue
            message, group = _message(record)
            assert json.loads(record["body"]) == json.loads(message.model_dump_json()), name
            assert record["attributes"].get("MessageGroupId") == group, name
            checked += 1
    assert checked == 29


def _message(record: Json) -> tuple[BaseModel, str | None]:
    """The record's message and its group, by the queue that it came through."""
    body = record["body"]
    source = record["attributes"].get("DeadLetterQueueSourceArn") or record["eventSourceARN"]
    queue = source.partition("orderbridge-local-")[2]
    if queue == "fetch":
        return FetchRequest.model_validate_json(body), None
    if queue == "returns":
        return ReturnsRequest.model_validate_json(body), None
    message: Grouped
    if queue == "alarms.fifo":
        message = ALARM_MESSAGE.validate_json(body)
    elif queue == "lists.fifo":
        message = ListRequest.model_validate_json(body)
    else:
        message = (
            StepDispatch.model_validate_json(body) if "steps" in queue else ORDER_UPDATE.validate_json(body)
        )
    return message, message_group(message)


def test_an_export_that_takes_for_ever_is_reported_and_was_named_before(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = new_harness("fetch_changes")

    def cut(*_asked: object) -> object:
        raise OutOfTimeError

    monkeypatch.setattr(fetch.product.exports, "fetch", cut)
    assert failed(fetch.play("request")) == []
    begins, ended = (line for line in fetch.lines() if "_aws" not in line)
    assert (begins["message"], begins["shop"]) == ("fetch begins", "demo")
    assert "export.not_read_to_its_end(seconds=" in ended["message"]
    assert fetch.product.shops.records["demo"].fetching_until is None
