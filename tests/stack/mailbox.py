"""What people get from a topic: a queue that is subscribed to it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack.town import Json, Town


@dataclass(frozen=True)
class Letter:
    """One message. `shop` is empty where the topic is not the shops'."""

    shop: str
    subject: str
    text: str


@dataclass
class Mailbox:
    """All letters that ever came, in the order in which they were taken out."""

    town: Town
    url: str
    _letters: list[Letter] = field(default_factory=list)

    def letters(self, shop: str | None = None, subject: str = "") -> list[Letter]:
        """Those to `shop` (None: to everybody) with `subject` in their subject."""
        sqs = self.town.aws("sqs")
        while received := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for one in received:
                self._letters.append(_letter(json.loads(one["Body"])))
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
        return [
            letter for letter in self._letters if shop in (None, letter.shop) and subject in letter.subject
        ]


def _letter(envelope: Json) -> Letter:
    shop = envelope.get("MessageAttributes", {}).get("shop", {}).get("Value", "")
    return Letter(shop, envelope.get("Subject") or "", envelope["Message"])


@contextmanager
def open_mailbox(town: Town, topic: str, name: str, shop: str | None = None) -> Iterator[Mailbox]:
    """A mailbox at the topic that the stack's output `topic` names; with `shop`, for that shop's letters alone."""
    sqs, sns = town.aws("sqs"), town.aws("sns")
    url = sqs.create_queue(QueueName=f"{town.stack}-{name}-mailbox")["QueueUrl"]
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
        TopicArn=town.output(topic),
        Protocol="sqs",
        Endpoint=arn,
        Attributes={} if shop is None else {"FilterPolicy": json.dumps({"shop": [shop]})},
        ReturnSubscriptionArn=True,
    )
    yield Mailbox(town, url)
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=url)
