"""send_alarms: woken by the queue of alarms (FIFO; one group per order, one per shop) and by the digests' schedule.

At least once: a message that fails is repeated after the queue's visibility time-out. An alarm is marked as sent after
it was sent, so only a crash in between sends it twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.entrypoints import queue_handler
from orderbridge.flows.send_alarms import request_digests, send_alarm, send_digest
from orderbridge.messages import ALARM_MESSAGE, DigestRequest
from orderbridge.telemetry import count, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.bootstrap import Services


def tell_one(ports: Services, record: SQSRecord) -> None:
    """Sends what the message asks for: an order's alarms, the notice of a stopped shop, or a shop's digest."""
    request = ALARM_MESSAGE.validate_json(record.body)
    alarms = digests = 0
    if isinstance(request, DigestRequest):
        digests = int(send_digest(ports, request))
        about: dict[str, Any] = {"day": request.day}
    else:
        alarms = send_alarm(ports, request)
        about = {"mall_order_id": request.mall_order_id}
    if alarms or digests:
        logger.info("the shop's people were told", extra={"shop": request.shop, "alarms": alarms} | about)
    count({"AlarmsSent": alarms, "DigestsSent": digests})


def request_all(ports: Services, _event: dict[str, Any]) -> dict[str, Any]:
    """Requests the digest of every shop for which it is time."""
    return {"requested": request_digests(ports)}


handler = queue_handler(tell_one, ordered=True, on_tick=request_all)
