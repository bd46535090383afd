"""The contract of ``Queues``, over the fake and the real one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import Mock, patch

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from orderbridge.adapters.aws.queues import MAX_BYTES, SqsQueues, batches, deduplication_id
from orderbridge.adapters.aws.visibility import QueueVisibility
from orderbridge.domain.codes.exports import ExportedReason
from orderbridge.domain.codes.orders import DriftReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.views import MarketplaceView, ShopView
from orderbridge.errors import NotTakenError
from orderbridge.messages import (
    ALARM_MESSAGE,
    ORDER_UPDATE,
    AlarmRequest,
    DigestRequest,
    FetchRequest,
    ListingUpdate,
    ListRequest,
    NotInExport,
    Recheck,
    ReturnsRequest,
    ShopUpdate,
    StepDispatch,
    Waiting,
)
from tests.fakes import NOON, FakeQueues, ManualClock

if TYPE_CHECKING:
    from orderbridge.ports import Queues
    from tests.contract.conftest import Aws

PROBLEM = because(ExportedReason.DELIVERY_TWICE)
VIEW = ShopView("20260001", ShopStatus.SETTLED, "vyřízená", tracking_number="DR1", problems=(PROBLEM,))
NEWS = ShopUpdate(shop="demo", mall_order_id=7, seen_at=NOON, content_at=NOON, view=VIEW)
LOOK = Recheck(shop="demo", mall_order_id=7, requested_at=NOON, reason="due")
SEND = StepDispatch(shop="demo", mall_order_id=7, step=1, dispatch_id="1")
HELD = MarketplaceView(MarketplaceStatus.OPEN, confirmed=False, opened_at=NOON)
DRIFT = because(DriftReason.NEVER_SHOWN, held=MarketplaceStatus.SHIPPED)
LISTED = ListingUpdate(shop="demo", mall_order_id=7, seen_at=NOON, view=HELD)
HINT = ListRequest(shop="demo", what="unconfirmed", requested_at=NOON, hints=(7, 2**63 - 1))
ALARM = AlarmRequest(shop="demo", mall_order_id=7, requested_at=NOON)
STOPPED = AlarmRequest(shop="demo", requested_at=NOON)
DIGEST = DigestRequest(shop="demo", day="2026-11-20")


class InMemoryProduct(Protocol):
    """The queues, and what a reader of each of them gets."""

    @property
    def queues(self) -> Queues: ...

    def fetches(self) -> list[str]: ...

    def returns(self) -> list[str]: ...

    def changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]: ...

    def sends(self) -> list[StepDispatch]: ...

    def shop_sends(self) -> list[StepDispatch]: ...

    def lists(self) -> list[ListRequest]: ...

    def alarms(self) -> list[AlarmRequest | DigestRequest]: ...


class FakeWorld:
    def __init__(self) -> None:
        self.queues = FakeQueues(ManualClock())

    def fetches(self) -> list[str]:
        return self.queues.take_fetches()

    def returns(self) -> list[str]:
        return self.queues.take_returns()

    def changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]:
        return self.queues.take_changes()

    def sends(self) -> list[StepDispatch]:
        return self.queues.take_sends()

    def shop_sends(self) -> list[StepDispatch]:
        return self.queues.take_shop_sends()

    def lists(self) -> list[ListRequest]:
        return self.queues.take_lists()

    def alarms(self) -> list[AlarmRequest | DigestRequest]:
        return self.queues.take_alarms()


class SqsWorld:
    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self.queues = queues_of(aws)

    def fetches(self) -> list[str]:
        return [FetchRequest.model_validate_json(body).shop for body in self._bodies("fetch")]

    def returns(self) -> list[str]:
        return [ReturnsRequest.model_validate_json(body).shop for body in self._bodies("returns")]

    def changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]:
        return [ORDER_UPDATE.validate_json(body) for body in self._bodies("changes")]

    def sends(self) -> list[StepDispatch]:
        return [StepDispatch.model_validate_json(body) for body in self._bodies("steps")]

    def shop_sends(self) -> list[StepDispatch]:
        return [StepDispatch.model_validate_json(body) for body in self._bodies("shop-steps")]

    def lists(self) -> list[ListRequest]:
        return [ListRequest.model_validate_json(body) for body in self._bodies("lists")]

    def alarms(self) -> list[AlarmRequest | DigestRequest]:
        return [ALARM_MESSAGE.validate_json(body) for body in self._bodies("alarms")]

    def _bodies(self, queue: str) -> list[str]:
        bodies: list[str] = []
        while got := receive(self._aws, queue):
            bodies += [message["Body"] for message in got]
        return bodies


def queues_of(aws: Aws) -> SqsQueues:
    urls = aws.queue_urls
    return SqsQueues(
        aws.sqs,
        fetch_queue_url=urls["fetch"],
        changes_queue_url=urls["changes"],
        steps_queue_url=urls["steps"],
        shop_steps_queue_url=urls["shop-steps"],
        lists_queue_url=urls["lists"],
        alarms_queue_url=urls["alarms"],
        returns_queue_url=urls["returns"],
    )


def receive(aws: Aws, queue: str) -> list[Any]:
    """Up to ten messages, taken off the queue."""
    url = aws.queue_urls[queue]
    got = aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"], WaitTimeSeconds=0
    ).get("Messages", [])
    for message in got:
        aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return list(got)


@pytest.fixture
def world(aws_or_none: Aws | None) -> InMemoryProduct:
    return FakeWorld() if aws_or_none is None else SqsWorld(aws_or_none)


def test_each_fetch_is_asked_for_at_its_own_moment() -> None:
    sqs = Mock()
    sqs.send_message_batch.return_value = {}
    SqsQueues(sqs, fetch_queue_url="https://sqs.test/fetch").request_fetch(
        ["demo", "other"], requested_at=NOON, by_person=True, delays={"other": timedelta(seconds=199)}
    )
    demo, other = sqs.send_message_batch.call_args.kwargs["Entries"]
    assert "DelaySeconds" not in demo
    assert other["DelaySeconds"] == 199
    request = FetchRequest.model_validate_json(other["MessageBody"])
    assert (request.shop, request.requested_at, request.by_person) == ("other", NOON, True)


def test_messages_arrive_as_they_were_sent(world: InMemoryProduct) -> None:
    world.queues.request_fetch(["demo", "other"])
    world.queues.request_returns(["other", "third"])
    world.queues.send_shop_updates([NEWS])
    world.queues.send_listing_updates([LISTED])
    world.queues.request_rechecks([LOOK])
    world.queues.send_step(SEND)
    world.queues.request_lists([HINT])
    assert sorted(world.fetches()) == ["demo", "other"]
    assert sorted(world.returns()) == ["other", "third"]
    assert world.changes() == [NEWS, LISTED, LOOK]
    assert world.sends() == [SEND]
    assert world.shop_sends() == []
    assert world.lists() == [HINT]


def test_a_step_in_the_shop_has_a_queue_of_its_own(world: InMemoryProduct) -> None:
    world.queues.send_step(SEND, in_shop=True)
    assert world.sends() == []
    assert world.shop_sends() == [SEND]


def test_what_waits_is_counted_for_orders_and_for_steps_of_both_kinds(world: InMemoryProduct) -> None:
    world.queues.send_shop_updates([NEWS])
    world.queues.send_step(SEND)
    world.queues.send_step(SEND, in_shop=True)
    assert world.queues.waiting() == Waiting(changes=1, steps=2)
    world.sends()
    world.changes()
    assert world.queues.waiting() == Waiting(changes=0, steps=1)


def test_alarms_and_digests_can_be_told_apart(world: InMemoryProduct) -> None:
    world.queues.request_alarms([ALARM, STOPPED])
    world.queues.request_alarms([DIGEST])
    got = world.alarms()
    assert len(got) == 3
    assert all(wanted in got for wanted in (ALARM, STOPPED, DIGEST))


def test_sending_nothing_is_nothing(world: InMemoryProduct) -> None:
    world.queues.request_fetch([])
    world.queues.request_returns([])
    world.queues.send_shop_updates([])
    world.queues.request_rechecks([])
    world.queues.send_listing_updates([])
    world.queues.request_lists([])
    world.queues.request_alarms([])
    assert (world.shop_sends(), world.lists(), world.alarms()) == ([], [], [])
    assert (world.fetches(), world.returns(), world.changes(), world.sends()) == ([], [], [], [])


def test_many_messages_all_arrive_and_those_of_one_order_in_their_order(world: InMemoryProduct) -> None:
    rechecks = [LOOK.model_copy(update={"reason": f"{number}"}) for number in range(25)]
    world.queues.request_rechecks(rechecks)
    assert world.changes() == rechecks


def test_repeats_count_as_one(world: InMemoryProduct) -> None:
    world.queues.send_shop_updates([NEWS, NEWS])
    world.queues.send_shop_updates([NEWS.model_copy()])
    world.queues.request_rechecks([LOOK])
    world.queues.request_rechecks([LOOK])
    world.queues.send_listing_updates([LISTED, LISTED.model_copy()])
    for in_shop in (False, True, False, True):
        world.queues.send_step(SEND, in_shop=in_shop)
    world.queues.request_lists([HINT, HINT])
    world.queues.request_lists([HINT.model_copy()])
    world.queues.request_alarms([ALARM, STOPPED, DIGEST, ALARM])
    world.queues.request_alarms([STOPPED.model_copy(), DIGEST.model_copy()])
    assert world.changes() == [NEWS, LOOK, LISTED]
    assert world.sends() == world.shop_sends() == [SEND]
    assert world.lists() == [HINT]
    assert len(world.alarms()) == 3


def test_what_may_not_count_as_one_does_not(world: InMemoryProduct) -> None:
    changes = [
        NEWS,
        NEWS.model_copy(update={"shop": "other"}),
        NEWS.model_copy(update={"mall_order_id": 8}),
        NEWS.model_copy(update={"seen_at": NOON + timedelta(seconds=1)}),
        NEWS.model_copy(update={"view": replace(VIEW, tracking_number="DR2")}),
    ]
    world.queues.send_shop_updates(changes)
    rechecks = [
        LOOK,
        LOOK.model_copy(update={"shop": "other"}),
        LOOK.model_copy(update={"mall_order_id": 8}),
        LOOK.model_copy(update={"reason": "operator"}),
        LOOK.model_copy(update={"reread": True}),
        LOOK.model_copy(update={"reread": True, "by_flow": True}),
    ]
    world.queues.request_rechecks(rechecks)
    listed = [
        LISTED,
        LISTED.model_copy(update={"shop": "other"}),
        LISTED.model_copy(update={"mall_order_id": 8}),
        LISTED.model_copy(update={"seen_at": NOON + timedelta(seconds=1)}),
        LISTED.model_copy(update={"view": replace(HELD, confirmed=True)}),
        LISTED.model_copy(update={"view": None}),
        LISTED.model_copy(update={"test": True}),
        LISTED.model_copy(update={"drift": DRIFT}),
    ]
    world.queues.send_listing_updates(listed)
    requests = [
        HINT,
        HINT.model_copy(update={"shop": "other"}),
        HINT.model_copy(update={"what": "reconcile"}),
        HINT.model_copy(update={"requested_at": NOON + timedelta(milliseconds=300)}),
        HINT.model_copy(update={"hints": (7,)}),
        HINT.model_copy(update={"hints": ()}),
        HINT.model_copy(update={"hints": None}),
    ]
    world.queues.request_lists(requests)
    alarms: list[AlarmRequest | DigestRequest] = [
        ALARM,
        ALARM.model_copy(update={"shop": "other"}),
        ALARM.model_copy(update={"mall_order_id": 8}),
        ALARM.model_copy(update={"requested_at": NOON + timedelta(milliseconds=300)}),
        STOPPED,
        STOPPED.model_copy(update={"requested_at": NOON + timedelta(seconds=60)}),
        DIGEST,
        DIGEST.model_copy(update={"shop": "other"}),
        DIGEST.model_copy(update={"day": "2026-11-21"}),
    ]
    world.queues.request_alarms(alarms)
    sends = [
        SEND,
        *(SEND.model_copy(update=u) for u in ({"step": 2}, {"dispatch_id": "2"}, {"shop": "other"})),
    ]
    for send in sends:
        world.queues.send_step(send)
    assert len(world.changes()) == len(changes) + len(rechecks) + len(listed)
    assert len(world.lists()) == len(requests)
    assert len(world.alarms()) == len(alarms)
    assert len(world.sends()) == len(sends)


# --- the real one alone ---------------------------------------------------------------------------------


def test_the_message_group_is_the_order(aws: Aws) -> None:
    queues_of(aws).send_step(SEND)
    (message,) = receive(aws, "steps")
    assert message["Attributes"]["MessageGroupId"] == "demo#7"
    assert message["Attributes"]["MessageDeduplicationId"] == deduplication_id(SEND)
    assert json.loads(message["Body"]) == {"shop": "demo", "mall_order_id": 7, "step": 1, "dispatch_id": "1"}


def test_the_group_of_a_list_is_the_shop(aws: Aws) -> None:
    queues_of(aws).request_lists([HINT])
    (message,) = receive(aws, "lists")
    assert message["Attributes"]["MessageGroupId"] == "demo"
    assert json.loads(message["Body"])["hints"] == [7, 2**63 - 1]


def test_the_group_of_what_a_list_says_is_the_order(aws: Aws) -> None:
    queues_of(aws).send_listing_updates([LISTED])
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


def test_a_second_reader_gets_no_request_about_an_order_that_is_being_told(aws: Aws) -> None:
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
    odd = NEWS.model_copy(update={"mall_order_id": 8, "view": replace(VIEW, tracking_url="x" * 1_100_000)})
    others = [NEWS.model_copy(update={"mall_order_id": number}) for number in range(10, 35)]
    with pytest.raises(NotTakenError, match=r"did not take 1 of 26 messages: .*TooLong \(1\): repeat$"):
        queues_of(aws).send_shop_updates([*others[:5], odd, *others[5:]])
    assert sorted(SqsWorld(aws).changes(), key=lambda one: one.mall_order_id) == others


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
