"""The mailbox of the shops' people: a queue that the topic of the shops' alarms delivers to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sandbox.town import Town

MOST_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as the people of `shop` get it."""

    shop: str
    subject: str
    text: str


@dataclass
class Mailbox:
    """Everything that the topic delivered since the mailbox was opened, of all shops, in the order of arrival."""

    town: Town
    queue_url: str
    letters: list[Letter] = field(default_factory=list)

    @classmethod
    def open(cls, town: Town, topic_arn: str) -> Self:
        """A new queue, subscribed to everything that the topic delivers from now on."""
        sqs = town.aws("sqs")
        url = sqs.create_queue(QueueName=f"{town.stack}-mailbox")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        town.aws("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)
        return cls(town, url)

    def about(self, word: str) -> list[Letter]:
        """The letters with `word` in their subject, after whatever has come in meanwhile was taken out."""
        sqs = self.town.aws("sqs")
        while True:
            got = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=MOST_AT_ONCE)
            messages = got.get("Messages", [])
            for message in messages:
                self.letters.append(_letter(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            if not messages:
                return [letter for letter in self.letters if word in letter.subject]


def _letter(envelope: dict[str, object]) -> Letter:
    attributes = envelope.get("MessageAttributes")
    shop = attributes.get("shop", {}).get("Value", "") if isinstance(attributes, dict) else ""
    return Letter(str(shop), str(envelope.get("Subject", "")), str(envelope.get("Message", "")))
