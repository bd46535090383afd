"""How long a message of a queue stays away before it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_SECONDS = 11 * 60 * 60
"""SQS takes 12 hours, counted from when the message was received."""


class QueueVisibility:
    """Hides a message of one queue that was received and not deleted."""

    def __init__(self, sqs: SQSClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def hide(self, receipt_handle: str, seconds: int) -> None:
        """The message returns after `seconds` (0 to 11 hours). One request; each return counts as a receive."""
        self._sqs.change_message_visibility(
            QueueUrl=self._queue_url,
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=max(0, min(seconds, LONGEST_SECONDS)),
        )
