"""Mails to the shops, by one SNS topic. The attribute ``shop`` names the shop of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class SnsAlarms:
    """``Alarms`` on a topic."""

    def __init__(self, sns: SNSClient, topic_arn: str) -> None:
        self._sns = sns
        self._topic_arn = topic_arn

    def publish(self, shop: str, subject: str, text: str) -> None:
        """One Publish. At least once: if the answer is lost, the repeat sends the mail again."""
        self._sns.publish(
            TopicArn=self._topic_arn,
            Subject=subject,
            Message=text,
            MessageAttributes={"shop": {"DataType": "String", "StringValue": shop}},
        )
