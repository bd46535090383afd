"""push_to_mall: woken by the queue of steps (FIFO, one group per order), one message at a time.

At least once; the flow carries a step out once at MALL. For a short wait the message returns to its queue with a
longer visibility. A long wait is in the order's record, and ``retry_transitions`` sends a new message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.entrypoints import queue_handler, return_to_queue
from orderbridge.flows.common.carry_out import StepOutcome
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.messages import StepDispatch
from orderbridge.telemetry import count, log_begin, log_step

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def push_one(ports: Services, record: SQSRecord) -> None:
    """Carries out the step that the message names."""
    send = StepDispatch.model_validate_json(record.body)
    log_begin(send)
    result = push_to_mall(ports, send)
    log_step(send, result)
    metrics = {
        "StepsAccepted": int(result.outcome is StepOutcome.ACCEPTED),
        "StepsFailed": int(result.outcome.failed),
        "StepsWithoutAnswer": int(result.without_answer),
    }
    if result.seen_for is not None:
        metrics["SeenToStatusSeconds"] = int(result.seen_for.total_seconds())
    count(metrics)
    if result.retry_in is not None:
        return_to_queue(record, ports.steps_visibility, result.retry_in)


handler = queue_handler(push_one, ordered=True)
