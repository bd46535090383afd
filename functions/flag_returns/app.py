"""flag_returns: woken by its schedule.

At least once: an order that is looked at twice is flagged once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.bootstrap import services
from orderbridge.flows.flag_returns import flag_returns
from orderbridge.telemetry import count, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """One tick."""
    own = services()
    report = flag_returns(shops=own.shops, ledger=own.ledger, queues=own.queues, clock=own.clock)
    if report.cut:
        logger.warning("more shipped orders than one tick goes through", extra={"shops": report.cut})
    count({"ParcelsLookedAt": report.looks})
    return {"shops": report.shops, "looks": report.looks}
