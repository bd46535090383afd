"""What holds of the queues on SQS alone: groups, batches, refusals and delays."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from orderbridge.adapters.aws.queues import MAX_BYTES, SqsQueues, batches, deduplication_id
from orderbridge.adapters.aws.visibility import QueueVisibility
from orderbridge.errors import NotTakenError
from orderbridge.messages import (
    ALARM_MESSAGE,
    AlarmRequest,
    DigestRequest,
    Recheck,
    StepDispatch,
)
from tests.fakes import NOON

if TYPE_CHECKING:
    from tests.contract.conftest import Aws
from tests.contract.queue_readers import (
    ALARM,
    DIGEST,
    DISPATCH,
    HINT,
    LISTING_UPDATE,
    SHOP_UPDATE,
    STOPPED,
    VIEW,
    SqsReaders,
    queues_of,
    receive,
)


def test_the_message_group_is_the_order(aws: Aws) -> None:
    queues_of(aws).send_step(DISPATCH)
    (message,) = receive(aws, "steps")
    assert message["Attributes"]["MessageGroupId"] == "demo#7"
    assert message["Attributes"]["MessageDeduplicationId"] == deduplication_id(DISPATCH)
    assert json.loads(message["Body"]) == {"shop": "demo", "mall_order_id": 7, "step": 1, "dispatch_id": "1"}


def test_the_group_of_a_list_is_the_shop(aws: Aws) -> None:
    queues_of(aws).request_lists([HINT])
    (message,) = receive(aws, "lists")
    assert message["Attributes"]["MessageGroupId"] == "demo"
    assert json.loads(message["Body"])["hints"] == [7, 2**63 - 1]


def test_the_group_of_what_a_list_says_is_the_order(aws: Aws) -> None:
    queues_of(aws).send_listing_updates([LISTING_UPDATE])
    (message,) = receive(aws, "changes")
    assert message["Attributes"]["MessageGroupId"] == "demo#7"


@pytest.mark.parametrize(
    ("message", "group"),
    [(ALARM, "demo#7"), (STOPPED, "demo"), (DIGEST, "demo")],
    ids=["order", "stop", "digest"],
)
def test_what_is_told_twice_over_comes_one_after_the_other(
    aws: Aws, message: AlarmRequest | DigestRequest, group: str
) -> None:
    queues_of(aws).request_alarms([message])
    (got,) = receive(aws, "alarms")
    assert got["Attributes"]["MessageGroupId"] == group
    assert got["Attributes"]["MessageDeduplicationId"] == deduplication_id(message)


def test_a_second_reader_gets_no_request_about_an_order_whose_alarm_is_being_sent(aws: Aws) -> None:
    later = ALARM.model_copy(update={"requested_at": NOON + timedelta(seconds=1)})
    queues_of(aws).request_alarms([ALARM, later, DIGEST])
    url = aws.queue_urls["alarms"]
    (first,) = aws.sqs.receive_message(QueueUrl=url)["Messages"]
    (other,) = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert ALARM_MESSAGE.validate_json(first["Body"]) == ALARM
    assert ALARM_MESSAGE.validate_json(other["Body"]) == DIGEST
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    (then,) = aws.sqs.receive_message(QueueUrl=url)["Messages"]
    assert ALARM_MESSAGE.validate_json(then["Body"]) == later


def test_a_hidden_message_of_any_queue_comes_back_after_its_time(aws: Aws) -> None:
    queues_of(aws).request_lists([HINT])
    url = aws.queue_urls["lists"]
    visibility = QueueVisibility(aws.sqs, url)
    (message,) = aws.sqs.receive_message(QueueUrl=url)["Messages"]
    visibility.hide(message["ReceiptHandle"], 1_000_000)  # more than SQS takes
    assert aws.sqs.receive_message(QueueUrl=url).get("Messages", []) == []
    visibility.hide(message["ReceiptHandle"], 0)
    (again,) = aws.sqs.receive_message(QueueUrl=url)["Messages"]
    assert again["MessageId"] == message["MessageId"]


def test_as_few_requests_as_the_queue_takes(aws: Aws) -> None:
    with patch.object(aws.sqs, "send_message_batch", wraps=aws.sqs.send_message_batch) as sent:
        queues_of(aws).request_fetch([f"shop-{number}" for number in range(25)])
    assert [len(call.kwargs["Entries"]) for call in sent.call_args_list] == [10, 10, 5]


def test_batches_stay_below_the_size_limit_and_keep_the_order() -> None:
    third = MAX_BYTES // 3
    bodies = ["a" * third, "b" * third, "ž" * (third // 2), "d" * 10, "e" * (MAX_BYTES + 1), "f"]
    made = list(batches([{"Id": "", "MessageBody": body} for body in bodies]))
    assert [[entry["MessageBody"][0] for entry in batch] for batch in made] == [
        ["a", "b", "ž"],
        ["d"],
        ["e"],
        ["f"],
    ]
    assert [[entry["Id"] for entry in batch] for batch in made] == [["0", "1", "2"], ["0"], ["0"], ["0"]]


class Refusing:
    """An SQS that refuses some messages, so many times each."""

    def __init__(self, times: dict[str, int]) -> None:
        self.times = times
        self.taken: list[str] = []
        self.requests = 0

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        assert QueueUrl
        self.requests += 1
        failed = []
        for entry in Entries:
            shop = json.loads(entry["MessageBody"])["shop"]
            if self.times.get(shop, 0) > 0:
                self.times[shop] -= 1
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.taken.append(shop)
        return {"Successful": [], "Failed": failed}


def test_what_was_refused_is_sent_once_more() -> None:
    sqs: Any = Refusing({"shop-3": 1, "shop-12": 1})
    SqsQueues(sqs, fetch_queue_url="https://sqs.test/fetch").request_fetch([f"shop-{n}" for n in range(15)])
    assert sorted(sqs.taken) == sorted(f"shop-{n}" for n in range(15))
    assert sqs.requests == 3


def test_what_stays_refused_is_an_error_without_the_messages() -> None:
    sqs: Any = Refusing({"shop-3": 2, "shop-4": 1})
    with pytest.raises(
        NotTakenError, match=r"^queue fetch did not take 1 of 15 messages: InternalError \(1\): repeat$"
    ):
        SqsQueues(sqs, fetch_queue_url="https://sqs.test/1/fetch").request_fetch(
            [f"shop-{n}" for n in range(15)]
        )
    assert len(sqs.taken) == 14


class Choosy:
    """An SQS that refuses the whole request that one of `odd` is in, so many `times`; while `deaf`, it is silent."""

    def __init__(
        self, odd: set[str], *, code: str = "InvalidMessageContents", times: int = 1_000_000
    ) -> None:
        self.odd = odd
        self.code = code
        self.times = times
        self.deaf = False
        self.taken: list[str] = []
        self.requests = 0

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.requests += 1
        shops = [json.loads(entry["MessageBody"])["shop"] for entry in Entries]
        if self.deaf:
            raise EndpointConnectionError(endpoint_url=QueueUrl)
        if self.odd & set(shops) and self.times > 0:
            self.times -= 1
            raise ClientError({"Error": {"Code": self.code, "Message": "odd"}}, "SendMessageBatch")
        self.taken += shops
        return {"Successful": []}


def shops(count: int) -> list[str]:
    return [f"shop-{number}" for number in range(count)]


def test_one_odd_message_keeps_no_other_back() -> None:
    sqs: Any = Choosy({"shop-3", "shop-24"})
    with pytest.raises(
        NotTakenError,
        match=r"^queue fetch did not take 2 of 35 messages: InvalidMessageContents \(2\): repeat$",
    ):
        SqsQueues(sqs, fetch_queue_url="https://sqs.test/1/fetch").request_fetch(shops(35))
    assert sorted(sqs.taken) == sorted(set(shops(35)) - {"shop-3", "shop-24"})


def test_a_request_that_is_refused_once_is_made_up_for() -> None:
    sqs: Any = Choosy({"shop-3"}, times=1)
    SqsQueues(sqs, fetch_queue_url="https://sqs.test/1/fetch").request_fetch(shops(15))
    assert sorted(sqs.taken) == sorted(shops(15))


def test_a_queue_that_takes_nothing_is_not_asked_for_every_message() -> None:
    sqs: Any = Choosy(set(shops(5000)), code="AccessDenied")
    with pytest.raises(NotTakenError, match=r"5000 of 5000 messages: AccessDenied \(5000\): repeat$"):
        SqsQueues(sqs, fetch_queue_url="https://sqs.test/1/fetch").request_fetch(shops(5000))
    assert sqs.requests <= 1000


def test_a_queue_that_does_not_answer_is_left_soon() -> None:
    """Each request without an answer costs seconds, and none of them is a message's fault."""
    sqs: Any = Choosy(set())
    sqs.deaf = True
    with pytest.raises(
        NotTakenError,
        match=r"^queue fetch did not take 500 of 500 messages: EndpointConnectionError \(500\): repeat$",
    ):
        SqsQueues(sqs, fetch_queue_url="https://sqs.test/1/fetch").request_fetch(shops(500))
    assert sqs.requests <= 4
    sqs.deaf = False
    SqsQueues(sqs, fetch_queue_url="https://sqs.test/1/fetch").request_fetch(shops(500))
    assert sqs.taken == shops(500)


def test_a_message_that_no_queue_takes_keeps_the_others_not_back(aws: Aws) -> None:
    """1.1 MB in one order's view: the others arrive all the same."""
    odd = SHOP_UPDATE.model_copy(
        update={"mall_order_id": 8, "view": replace(VIEW, tracking_url="x" * 1_100_000)}
    )
    others = [SHOP_UPDATE.model_copy(update={"mall_order_id": number}) for number in range(10, 35)]
    with pytest.raises(NotTakenError, match=r"did not take 1 of 26 messages: .*TooLong \(1\): repeat$"):
        queues_of(aws).send_shop_updates([*others[:5], odd, *others[5:]])
    assert sorted(SqsReaders(aws).changes(), key=lambda one: one.mall_order_id) == others


def test_a_fetch_arrives_after_its_delay(aws: Aws) -> None:
    with patch.object(aws.sqs, "send_message_batch", return_value={}) as asked:
        queues = SqsQueues(aws.sqs, fetch_queue_url=aws.queue_urls["fetch"])
        for seconds in (0, -1, 0.2, 5, 10_000):
            queues.request_fetch(["demo"], delays={"demo": timedelta(seconds=seconds)})
    sent = [call.kwargs["Entries"][0].get("DelaySeconds", 0) for call in asked.call_args_list]
    assert sent == [0, 0, 1, 5, 900]


def test_whoever_asks_hears_which_orders_a_queue_took(aws: Aws) -> None:
    heard: list[tuple[str, list[tuple[str, int]]]] = []
    queues = SqsQueues(
        aws.sqs,
        changes_queue_url=aws.queue_urls["changes"],
        steps_queue_url=aws.queue_urls["steps"],
        on_sent=lambda queue, orders: heard.append((queue, list(orders))),
    )
    rechecks = [
        Recheck(shop="demo", mall_order_id=number, reason="due", requested_at=NOON) for number in range(25)
    ]
    queues.request_rechecks(rechecks)
    queues.send_step(StepDispatch(shop="second", mall_order_id=7, step=1, dispatch_id="1"))
    changes, steps = (aws.queue_urls[name].rsplit("/", 1)[-1] for name in ("changes", "steps"))
    assert heard == [(changes, [("demo", number) for number in range(25)]), (steps, [("second", 7)])]
    with pytest.raises(NotTakenError):
        replace_address(queues).request_rechecks(rechecks)
    assert len(heard) == 2


def replace_address(queues: SqsQueues) -> SqsQueues:
    """The same, but its queue of changes is gone."""
    queues._changes += "-gone"
    return queues
