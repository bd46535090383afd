"""push_to_shop: woken by the queue of steps in the shop (FIFO, one group per order), one message at a time.

At least once; the flow carries a step out once in the shop. For a short wait the message returns to its queue with a
longer visibility. A long wait is in the order's record, and ``retry_transitions`` sends a new message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.entrypoints import queue_handler, return_to_queue
from orderbridge.flows.common.carry_out import StepOutcome
from orderbridge.flows.push_to_shop import push_to_shop
from orderbridge.messages import StepDispatch
from orderbridge.telemetry import count, log_begin, log_step

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def push_one(ports: Services, record: SQSRecord) -> None:
    """Carries out the step that the message names."""
    send = StepDispatch.model_validate_json(record.body)
    log_begin(send)
    result = push_to_shop(ports, send)
    log_step(send, result)
    metrics = {
        "ShopStepsAccepted": int(result.outcome is StepOutcome.ACCEPTED),
        "ShopStepsRefused": int(result.outcome is StepOutcome.REFUSED),
        "StepsWithoutAnswer": int(result.without_answer),
    }
    count(metrics)
    if result.retry_in is not None:
        return_to_queue(record, ports.shop_steps_visibility, result.retry_in)


handler = queue_handler(push_one, ordered=True)
