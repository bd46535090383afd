"""map_state: woken by the queue of changes (FIFO, one group per order).

At least once. A message that fails is repeated after the queue's visibility time-out, and later messages of the same
order wait behind it. The other orders of the batch go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.entrypoints import queue_handler
from orderbridge.flows.map_state import map_state
from orderbridge.messages import ORDER_UPDATE
from orderbridge.telemetry import count, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def map_one(ports: Services, record: SQSRecord) -> None:
    """Takes one update of one order in."""
    change = ORDER_UPDATE.validate_json(record.body)
    result = map_state(ports, change)
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


handler = queue_handler(map_one, ordered=True)
