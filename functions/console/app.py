"""console: the clerks' page. Every answer is HTML but for its style sheet and script.

No authorizer stands before it: the page has sessions of its own (``orderbridge.console``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge import bootstrap
from orderbridge.console.pages import answer
from orderbridge.telemetry import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Routes by method and path. The log says who came and went, and nothing of what he saw."""
    services = bootstrap.from_environment()
    found = answer(services, event)
    if found.noted:
        log = logger.info if found.by else logger.warning
        log(found.noted, extra={"operator": found.by or None})
    return found.for_gateway(secure=not services.local)
