"""The contract of ``Alarms``, over the fake and the real one; who listens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol
from unittest.mock import Mock, patch

import pytest
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.alarms import SnsAlarms
from orderbridge.adapters.aws.listeners import Listener, SnsListeners
from orderbridge.errors import ListenerProblemError
from tests.fakes import MAX_SUBJECT, MAX_TEXT, FakeAlarms

if TYPE_CHECKING:
    from orderbridge.ports import Alarms
    from tests.contract.conftest import Aws

TEXT = "Zásilka objednávky 7 je na cestě.\nZastavte ji – zákazník ji stornoval.\n"
EMAIL = "operations@shop.test"


class AlarmReaders(Protocol):
    """The alarms, and what the people of one shop get."""

    @property
    def alarms(self) -> Alarms: ...

    def got(self, shop: str) -> list[tuple[str, str]]: ...


class FakeReaders:
    def __init__(self) -> None:
        self.alarms = FakeAlarms()

    def got(self, shop: str) -> list[tuple[str, str]]:
        return [(subject, text) for to, subject, text in self.alarms.published if to == shop]


class SnsReaders:
    """Every shop has a queue for a mailbox, with the filter that an e-mail address has."""

    def __init__(self, aws: Aws, *shops: str) -> None:
        self._aws = aws
        self.alarms = SnsAlarms(aws.sns, aws.topic)
        self._mailboxes = {shop: mailbox(aws, shop) for shop in shops}

    def got(self, shop: str) -> list[tuple[str, str]]:
        answer = self._aws.sqs.receive_message(QueueUrl=self._mailboxes[shop], MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [(body["Subject"], body["Message"]) for body in bodies]


def mailbox(aws: Aws, shop: str) -> str:
    url = aws.sqs.create_queue(QueueName=f"{aws.topic.rsplit(':', 1)[1]}-{shop}")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(
        TopicArn=aws.topic,
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"FilterPolicy": json.dumps({"shop": [shop]})},
    )
    return url


@pytest.fixture
def readers(aws_or_none: Aws | None) -> AlarmReaders:
    return FakeReaders() if aws_or_none is None else SnsReaders(aws_or_none, "demo", "other")


def test_an_alarm_reaches_the_people_of_its_shop_and_nobody_else(readers: AlarmReaders) -> None:
    readers.alarms.publish("demo", "demo: stop the parcel of order 7", TEXT)
    assert readers.got("demo") == [("demo: stop the parcel of order 7", TEXT)]
    assert readers.got("other") == []


@pytest.mark.parametrize(
    ("subject", "text"), [("s" * (MAX_SUBJECT + 1), TEXT), ("subject", "t" * (MAX_TEXT + 1))]
)
def test_what_is_too_long_for_an_email_is_an_error(readers: AlarmReaders, subject: str, text: str) -> None:
    """So the fake shows in any test that somebody has begun to write such a thing."""
    with pytest.raises((ClientError, ValueError)):
        readers.alarms.publish("demo", subject, text)
    readers.alarms.publish("demo", "s" * MAX_SUBJECT, TEXT)
    assert len(readers.got("demo")) == 1


def test_an_alarm_that_is_not_taken_is_an_error(aws: Aws) -> None:
    with pytest.raises(ClientError):
        SnsAlarms(aws.sns, f"{aws.topic}-gone").publish("demo", "subject", TEXT)


# --- who listens ----------------------------------------------------------------------------------------


@pytest.fixture
def listeners(aws: Aws) -> SnsListeners:
    return SnsListeners(aws.sns, aws.topic)


def shops_by_address(listeners: SnsListeners) -> dict[str, tuple[str, ...]]:
    return {listener.email: listener.shops for listener in listeners.all()}


def test_an_address_has_one_subscription_that_names_its_shops(aws: Aws, listeners: SnsListeners) -> None:
    assert listeners.add(EMAIL, "other") is True
    assert listeners.add(EMAIL, "demo") is False
    assert listeners.add(EMAIL, "demo") is False
    listeners.add("boss@shop.test", "demo")
    assert shops_by_address(listeners) == {"boss@shop.test": ("demo",), EMAIL: ("demo", "other")}
    assert len(aws.sns.list_subscriptions_by_topic(TopicArn=aws.topic)["Subscriptions"]) == 2


def test_an_address_leaves_one_shop_and_at_last_the_topic(aws: Aws, listeners: SnsListeners) -> None:
    listeners.add(EMAIL, "demo")
    listeners.add(EMAIL, "other")
    listeners.remove(EMAIL, "demo")
    assert shops_by_address(listeners) == {EMAIL: ("other",)}
    listeners.remove(EMAIL, "other")
    assert aws.sns.list_subscriptions_by_topic(TopicArn=aws.topic)["Subscriptions"] == []


def test_the_filter_comes_with_the_subscription(aws: Aws, listeners: SnsListeners) -> None:
    """One that came later would leave a while in which the address hears of every shop."""
    with patch.object(aws.sns, "subscribe", wraps=aws.sns.subscribe) as asked:
        listeners.add(EMAIL, "demo")
    assert asked.call_args.kwargs["Attributes"] == {"FilterPolicy": '{"shop": ["demo"]}'}


def test_an_address_that_hears_of_every_shop_stays_as_it_is(aws: Aws, listeners: SnsListeners) -> None:
    aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint=EMAIL)
    assert listeners.add(EMAIL, "demo") is False
    assert shops_by_address(listeners) == {EMAIL: ("*",)}
    with pytest.raises(ListenerProblemError, match="every_shop"):
        listeners.remove(EMAIL, "demo")
    assert shops_by_address(listeners) == {EMAIL: ("*",)}


@pytest.mark.parametrize("policy", [{"shop": [{"prefix": "d"}]}, {"shop": ["demo"], "kind": ["x"]}])
def test_a_filter_that_was_not_made_here_is_left_alone(
    aws: Aws, listeners: SnsListeners, policy: dict[str, Any]
) -> None:
    attributes = {"FilterPolicy": json.dumps(policy)}
    aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint=EMAIL, Attributes=attributes)
    with pytest.raises(ListenerProblemError, match="own_filter"):
        listeners.add(EMAIL, "other")
    with pytest.raises(ListenerProblemError, match="shop=other"):
        listeners.remove(EMAIL, "other")
    assert shops_by_address(listeners) == {EMAIL: ()}


def test_an_address_that_does_not_listen_cannot_be_removed(listeners: SnsListeners) -> None:
    with pytest.raises(ListenerProblemError, match="no_alarms"):
        listeners.remove(EMAIL, "demo")
    listeners.add(EMAIL, "other")
    with pytest.raises(ListenerProblemError, match="shop=demo"):
        listeners.remove(EMAIL, "demo")


def test_more_addresses_than_one_answer_holds(aws: Aws, listeners: SnsListeners) -> None:
    attributes = {"FilterPolicy": '{"shop": ["demo"]}'}
    for number in range(105):
        email = f"{number:03}@shop.test"
        aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint=email, Attributes=attributes)
    assert len(listeners.all()) == 105
    assert listeners.add("104@shop.test", "other") is False


ARN = "arn:aws:sns:eu-central-1:1:topic:9"


def waiting_sns(policy: dict[str, Any], *, refuses: bool = False) -> Mock:
    """An SNS where the address was asked before and has not confirmed; its subscription has `policy`."""
    sns = Mock()
    sns.exceptions.InvalidParameterException = ClientError
    sns.get_paginator.return_value.paginate.return_value = [
        {
            "Subscriptions": [
                {"Protocol": "email", "Endpoint": EMAIL, "SubscriptionArn": "PendingConfirmation"},
                {"Protocol": "email", "Endpoint": "gone@shop.test", "SubscriptionArn": "Deleted"},
                {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:x", "SubscriptionArn": ARN},
            ]
        }
    ]
    sns.get_subscription_attributes.return_value = {"Attributes": {"FilterPolicy": json.dumps(policy)}}
    sns.subscribe.return_value = {"SubscriptionArn": ARN}
    if refuses:
        sns.subscribe.side_effect = ClientError({"Error": {"Code": "InvalidParameter"}}, "Subscribe")
    return sns


def test_an_address_that_has_not_confirmed_hears_nothing() -> None:
    sns = waiting_sns({"shop": ["demo"]})
    assert SnsListeners(sns, "arn").heard() == {"demo"}  # by the queue
    sns.get_subscription_attributes.return_value = {"Attributes": {}}
    assert SnsListeners(sns, "arn").heard() == {"*"}
    sns.get_paginator.return_value.paginate.return_value[0]["Subscriptions"].pop()
    assert SnsListeners(sns, "arn").heard() == set()


def test_an_address_that_has_not_confirmed_is_listed_asked_again_and_not_removed() -> None:
    listeners = SnsListeners(waiting_sns({"shop": ["demo"]}), "arn")
    assert listeners.all() == (Listener(EMAIL, ""),)
    assert listeners.add(EMAIL, "demo") is True
    with pytest.raises(ListenerProblemError, match="not_confirmed"):
        listeners.remove(EMAIL, "demo")


@pytest.mark.parametrize("refuses", [False, True])
def test_an_address_must_confirm_before_it_can_have_another_shop(*, refuses: bool) -> None:
    """SNS may say so, or may answer with the subscription as it was."""
    sns = waiting_sns({"shop": ["other"]}, refuses=refuses)
    with pytest.raises(ListenerProblemError, match="asked_before") as raised:
        SnsListeners(sns, "arn").add(EMAIL, "demo")
    assert EMAIL not in str(raised.value)


def test_an_address_that_sns_refuses_is_one_line_without_it() -> None:
    with pytest.raises(ListenerProblemError, match="refused") as raised:
        SnsListeners(waiting_sns({}, refuses=True), "arn").add("nobody@", "demo")
    assert "nobody" not in str(raised.value)
