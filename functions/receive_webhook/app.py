"""receive_webhook: takes what MALL (or anybody) POSTs to a shop's webhook address. Answers in JSON, at once.

The address is the secret: neither it nor the body is ever logged.
"""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from orderbridge import bootstrap
from orderbridge.flows.receive_webhook import receive_webhook
from orderbridge.telemetry import count, logger
from orderbridge.texts import DEFAULT, Language, best_language

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Takes the hint of one request from API Gateway (proxy integration)."""
    ports, path = bootstrap.from_environment(), event["pathParameters"]
    shop = str(path["shop"])
    answer = receive_webhook(ports, shop, str(path["secret"]), _body(event))
    accepted = answer.status == HTTPStatus.OK
    if accepted:
        logger.info("webhook taken", extra={"shop": shop})
    elif answer.problem:
        logger.error("webhook turned away: %s", answer.problem)
    count({"Webhooks": int(accepted), "WebhooksRefused": int(not accepted)})
    return {
        "statusCode": int(answer.status),
        "headers": {"Content-Type": answer.content_type},
        "body": json.dumps(answer.body(_language(event)), ensure_ascii=False),
    }


def _language(event: dict[str, Any]) -> Language:
    """The language that the caller asks for. The headers' names come in any case."""
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    return best_language(headers.get("accept-language", "")) or DEFAULT


def _body(event: dict[str, Any]) -> bytes:
    body = str(event.get("body") or "")
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "replace")
