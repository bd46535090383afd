"""map_state: woken by the queue of changes (FIFO, one group per order).

At least once. A message that fails is repeated after the queue's visibility timeout, and the later messages of
the same order wait behind it; the other orders of the batch are not touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from orderbridge.bootstrap import services
from orderbridge.flows.map_state import map_state
from orderbridge.messages import CHANGE
from orderbridge.telemetry import count, logged, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False


@logged
def map_one(record: SQSRecord) -> None:
    """Takes one change of one order."""
    change = CHANGE.validate_json(record.body)
    own = services()
    result = map_state(change, ledger=own.ledger, queues=own.queues, clock=own.clock, chance=own.chance)
    order = result.order
    if order is None or not result.changed:
        return
    details = {
        "shop": order.shop,
        "mall_order_id": order.mall_order_id,
        "change": change.kind,
        "step": order.work.step.action.value if order.work.step else None,
        "hold": order.work.hold.code.value if order.work.hold else None,
    }
    logger.info("order mapped", extra=details)
    count({"OrdersMapped": 1, "OrdersHeld": int(order.work.hold is not None)})


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401 - Powertools' own return type
    """Answers with the messages that failed, so that only those are repeated."""
    return process_partial_response(event=event, record_handler=map_one, processor=processor, context=context)
