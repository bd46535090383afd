"""The e-mails that people get from a topic, received by a queue that subscribes to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment

MAX_MESSAGES_AT_ONCE = 10
"""Maximum number of messages that SQS returns at once."""
SHOP_ALARMS = "ShopAlarmsTopicArn"
"""The stack's output with the topic of the shops' alarms and digests."""


@dataclass(frozen=True, slots=True)
class Email:
    """One message. `shop` is empty for a topic that is not the shops'."""

    shop: str
    subject: str
    text: str


@dataclass
class Mailbox:
    """All messages of a topic since the mailbox was opened, in the order of their arrival."""

    deployment: Deployment
    url: str
    _emails: list[Email] = field(default_factory=list)

    def emails(self, shop: str | None = None, subject: str = "") -> list[Email]:
        """The e-mails to `shop` (None: to any shop) whose subject contains `subject`."""
        sqs = self.deployment.aws("sqs")
        while received := sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=MAX_MESSAGES_AT_ONCE
        ).get("Messages"):
            for one in received:
                self._emails.append(_email(json.loads(one["Body"])))
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
        return [email for email in self._emails if shop in (None, email.shop) and subject in email.subject]


def _email(envelope: dict[str, Any]) -> Email:
    shop = envelope.get("MessageAttributes", {}).get("shop", {}).get("Value", "")
    return Email(shop, envelope.get("Subject") or "", envelope["Message"])


@contextmanager
def open_mailbox(
    deployment: Deployment, name: str, topic: str = SHOP_ALARMS, shop: str | None = None
) -> Iterator[Mailbox]:
    """A mailbox at the topic in the stack's output `topic`; with `shop`, only for that shop's e-mails.

    The subscription and the queue are removed at the end if the block did not raise.
    """
    sqs, sns = deployment.aws("sqs"), deployment.aws("sns")
    url = sqs.create_queue(QueueName=f"{deployment.stack}-{name}-mailbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    subscription = sns.subscribe(
        TopicArn=deployment.output(topic),
        Protocol="sqs",
        Endpoint=arn,
        Attributes={} if shop is None else {"FilterPolicy": json.dumps({"shop": [shop]})},
        ReturnSubscriptionArn=True,
    )
    yield Mailbox(deployment, url)
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)
