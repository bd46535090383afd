"""authorize: lets callers of the HTTP API in, by their token (API Gateway TOKEN authorizer).

API Gateway answers 401 itself when the header is missing. A wrong token gets a policy that denies: 403.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge import bootstrap
from orderbridge.flows.authorize import authorize
from orderbridge.telemetry import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Returns the policy for the caller. It covers every path, because API Gateway caches it by token."""
    operator = authorize(bootstrap.from_environment().operators, str(event.get("authorizationToken") or ""))
    arn = str(event["methodArn"]).split("/")
    every_method = "/".join([*arn[:2], "*"])
    effect = "Deny" if operator is None else "Allow"
    if operator is None:
        logger.warning("a call with a wrong token was turned away")
    return {
        "principalId": "nobody" if operator is None else operator.name,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": effect, "Resource": every_method}],
        },
        "context": {}
        if operator is None
        else {"shops": ",".join(operator.shops), "role": operator.role.value},
    }
