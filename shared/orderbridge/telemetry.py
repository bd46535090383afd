"""Log and metrics of a function, set up once per process. Both carry the stack's name as ``service``.

Allowed in the log: shop, order number, step, codes, and texts of this product. Never: a message's body, an answer of
the marketplace before redaction, an export's address, a key, a person's data.
"""

from __future__ import annotations

import functools
import json
import re
import traceback
from collections import defaultdict
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from orderbridge.errors import OrderbridgeError, ReturnedToQueueError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from orderbridge.flows.common.carry_out import StepResult
    from orderbridge.messages import StepDispatch

MAX_NUMBERS = 100
"""Order numbers in one line. One event of CloudWatch holds about ten thousand."""
_SHOP_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")

logger = Logger()
metrics = Metrics()


def count(values: Mapping[str, int]) -> None:
    """Publishes `values` as counts, in one line of the log (CloudWatch embedded metric format)."""
    for name, value in values.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.flush_metrics()


def log_begin(send: StepDispatch) -> None:
    """Logs one line before a step is carried out, so a process that is killed leaves the order's number."""
    details = {"shop": send.shop, "mall_order_id": send.mall_order_id, "step": send.step}
    logger.info("step begins", extra=details)


def log_step(send: StepDispatch, result: StepResult) -> None:
    """Logs one line about a step that was handled, at MALL or in the shop."""
    details = {
        "shop": send.shop,
        "mall_order_id": send.mall_order_id,
        "step": send.step,
        "action": result.action.value if result.action else None,
        "outcome": result.outcome.value,
    }
    if result.newly_stopped:
        logger.error("shop stopped: nothing is sent to MALL for it until its key is accepted", extra=details)
    else:
        logger.info("step handled", extra=details)


def log_sent(queue: str, orders: Iterable[tuple[str, int]]) -> None:
    """Logs which orders (shop and number) `queue` took. These lines tie one order's lines of all functions together."""
    of_shop: dict[str, list[int]] = defaultdict(list)
    for shop, number in orders:
        of_shop[shop].append(number)
    for shop, numbers in of_shop.items():
        for start in range(0, len(numbers), MAX_NUMBERS):
            some = numbers[start : start + MAX_NUMBERS]
            logger.info("handed over", extra={"shop": shop, "queue": queue, "mall_order_ids": some})


def logged(record_handler: Callable[[SQSRecord], None]) -> Callable[[SQSRecord], None]:
    """Wraps a record handler: every line names shop and order, failures are logged and counted.

    Needed because a failed message is no error to Lambda: the batch succeeds and names the message to be repeated.
    """

    @functools.wraps(record_handler)
    def handle(record: SQSRecord) -> None:
        about = _about(record.body)
        try:
            with logger.append_context_keys(**about):
                record_handler(record)
        except ReturnedToQueueError:
            raise
        except Exception as failure:
            count({"MessagesFailed": 1})
            stack = traceback.extract_tb(failure.__traceback__)
            places = [f"{at.filename.rsplit('/', 2)[-1]}:{at.lineno} {at.name}" for at in stack]
            logger.error(  # noqa: TRY400 - logger.exception would write the texts of others' errors
                "a message could not be handled and comes back: %s",
                _named(failure),
                extra={**about, "message_id": record.message_id, "places": places[-6:]},
            )
            raise

    return handle


def _about(body: str) -> dict[str, str | int]:
    """Shop and order of a message, where it names them. Nothing else of the message is shown."""
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(message, dict):
        return {}
    shop, number = message.get("shop"), message.get("mall_order_id")
    about: dict[str, str | int] = {}
    if isinstance(shop, str) and _SHOP_NAME.fullmatch(shop):
        about["shop"] = shop
    if type(number) is int:
        about["mall_order_id"] = number
    return about


def _named(failure: Exception) -> str:
    """The failure in one line. Of errors that are not ours only the type, because their text may quote anything."""
    kind = type(failure).__name__
    if isinstance(failure, OrderbridgeError):
        return f"{kind}: {failure.log_line}"
    response = getattr(failure, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return f"{kind} ({code})" if code else kind
