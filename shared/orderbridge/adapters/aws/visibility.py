"""When a received message becomes visible in its queue again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_SECONDS = 11 * 60 * 60
"""SQS allows 12 hours from the moment when the message was received."""


class QueueVisibility:
    """Hides messages of one queue that were received and not deleted."""

    def __init__(self, sqs: SQSClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """The message is visible again after `seconds` (0 to 11 hours).

        One request. Each delivery counts as a receive.
        """
        self._sqs.change_message_visibility(
            QueueUrl=self._queue_url,
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=max(0, min(seconds, MAX_SECONDS)),
        )
