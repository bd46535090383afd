"""The gateway's own answers: AWS takes them from the API's definition, which the embedded AWS leaves unread.

It knows them where they are set by a call, so they are set from the deployed template, and the stage is deployed anew:
whoever is turned away before a function runs gets the same answer here as on AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.stack.processes import StackError

if TYPE_CHECKING:
    from local.stack.aws import AwsSession

KEY = "x-amazon-apigateway-gateway-responses"
"""Where an API's definition has them."""


def set_gateway_responses(session: AwsSession, stack: str, api: str, stage: str) -> None:
    """Sets the gateway responses of the deployed template `stack` at the API with the id `api`, for its `stage`.

    Raises:
        StackError: the template has none.
    """
    described = session.client("cloudformation").get_template(StackName=stack, TemplateStage="Processed")
    found = _responses_in(described["TemplateBody"])
    if not found:
        raise StackError("the deployed template has no gateway responses")
    client = session.client("apigateway")
    for name, response in found.items():
        client.put_gateway_response(
            restApiId=api,
            responseType=name,
            statusCode=str(response["statusCode"]),
            responseParameters=response["responseParameters"],
            responseTemplates=response["responseTemplates"],
        )
    client.create_deployment(restApiId=api, stageName=stage)


def _responses_in(template: dict[str, Any]) -> dict[str, Any]:
    """The gateway responses of the only API that is defined in `template`."""
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            responses: dict[str, Any] = resource["Properties"]["Body"].get(KEY, {})
            return responses
    return {}
