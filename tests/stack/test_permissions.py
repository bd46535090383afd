"""Least privilege: each function's role may do what the table below says, and nothing else of all this.

What a role may do is asked of IAM's own evaluation, over every resource of the stack; that the functions run
under these roles, and are stopped by them, is tried with real requests.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment
    from local.stack.http import Json

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

TABLE, POSITION, BUCKET = "table", "bucket/export-checkpoints/demo", "bucket"
SHOP_SECRETS, WEBHOOKS = "secrets/shops/demo", "secrets/webhooks/demo"
SIGNING_KEYS = "secrets/signing keys"
SHOP_ALARMS = "topic/shop-alarms"
QUEUES = (
    *("fetch", "returns", "dead"),
    *("changes.fifo", "steps.fifo", "lists.fifo", "shop-steps.fifo", "alarms.fifo", "dead.fifo"),
)
INDEXES = (
    "due",
    "awaiting_export",
    "by_update",
    "by_status",
    "by_held",
    "by_hold",
    "by_return",
    "by_escalation",
    "by_code",
    "by_tracking",
)
FUNCTIONS = (
    *("fetch-changes", "map-state", "push-to-mall", "push-to-shop", "read-lists", "receive-webhook"),
    *("flag-returns", "send-alarms", "retry-transitions", "operate", "console", "authorize"),
)

ACTIONS: dict[str, tuple[str, ...]] = {
    "dynamodb": (
        *(
            "GetItem",
            "BatchGetItem",
            "Query",
            "Scan",
            "PutItem",
            "UpdateItem",
            "DeleteItem",
            "BatchWriteItem",
        ),
        *(
            "DescribeTable",
            "UpdateTable",
            "DeleteTable",
            "CreateBackup",
            "ExportTableToPointInTime",
            "PartiQLSelect",
        ),
    ),
    "s3": ("GetObject", "PutObject", "DeleteObject", "ListBucket", "PutBucketPolicy", "GetBucketPolicy"),
    "sqs": (
        *("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"),
        *("PurgeQueue", "SetQueueAttributes", "DeleteQueue"),
    ),
    "ssm": ("GetParameter", "GetParameters", "GetParametersByPath", "PutParameter", "DeleteParameter"),
    "lambda": ("InvokeFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "GetFunction"),
    "sns": ("Publish", "Subscribe"),
    "logs": ("CreateLogStream", "PutLogEvents", "GetLogEvents", "FilterLogEvents", "DeleteLogGroup"),
    "iam": ("PassRole", "PutRolePolicy"),
    "kms": ("Decrypt", "GenerateDataKey"),
}
RECEIVE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
FAILED_TICKS: dict[str, tuple[str, ...]] = {"dead": ("sqs:SendMessage",)}
"""Of every function that a schedule wakes: Lambda leaves there, under its role, what it failed at."""

ALLOWED: dict[str, dict[str, tuple[str, ...]]] = {
    "fetch-changes": {
        **FAILED_TICKS,
        TABLE: (
            *("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem"),
            *("dynamodb:UpdateItem", "dynamodb:DescribeTable"),
        ),
        POSITION: ("s3:GetObject", "s3:PutObject"),
        BUCKET: ("s3:ListBucket",),
        **{f"index/{name}": ("dynamodb:Query",) for name in ("awaiting_export", "by_status")},
        "fetch": (*RECEIVE, "sqs:SendMessage"),
        "changes.fifo": ("sqs:SendMessage",),
        "lists.fifo": ("sqs:SendMessage",),
        SHOP_SECRETS: ("ssm:GetParameter",),
    },
    "map-state": {
        TABLE: ("dynamodb:BatchGetItem", "dynamodb:PutItem"),
        "changes.fifo": RECEIVE,
        "steps.fifo": ("sqs:SendMessage",),
        "shop-steps.fifo": ("sqs:SendMessage",),
        "alarms.fifo": ("sqs:SendMessage",),
    },
    "push-to-mall": {
        TABLE: ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        "steps.fifo": (*RECEIVE, "sqs:ChangeMessageVisibility"),
        "changes.fifo": ("sqs:SendMessage",),
        SHOP_SECRETS: ("ssm:GetParameter",),
    },
    "push-to-shop": {
        TABLE: ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        "shop-steps.fifo": (*RECEIVE, "sqs:ChangeMessageVisibility"),
        "changes.fifo": ("sqs:SendMessage",),
        SHOP_SECRETS: ("ssm:GetParameter",),
    },
    "read-lists": {
        **FAILED_TICKS,
        TABLE: (
            *("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem"),
            *("dynamodb:PutItem", "dynamodb:UpdateItem"),
        ),
        "index/by_status": ("dynamodb:Query",),
        "lists.fifo": (*RECEIVE, "sqs:ChangeMessageVisibility", "sqs:SendMessage"),
        "changes.fifo": ("sqs:SendMessage",),
        SHOP_SECRETS: ("ssm:GetParameter",),
    },
    "receive-webhook": {WEBHOOKS: ("ssm:GetParameter",), "lists.fifo": ("sqs:SendMessage",)},
    "flag-returns": {
        **FAILED_TICKS,
        TABLE: ("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem"),
        "index/by_status": ("dynamodb:Query",),
        "returns": (*RECEIVE, "sqs:SendMessage"),
        "changes.fifo": ("sqs:SendMessage",),
    },
    "send-alarms": {
        **FAILED_TICKS,
        TABLE: ("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
        **{
            f"index/{name}": ("dynamodb:Query",)
            for name in ("by_return", "by_escalation", "by_held", "by_status")
        },
        "alarms.fifo": (*RECEIVE, "sqs:SendMessage"),
        SHOP_ALARMS: ("sns:Publish",),
    },
    "retry-transitions": {
        "dead": (*RECEIVE, "sqs:SendMessage"),
        "index/due": ("dynamodb:Query",),
        "index/by_update": ("dynamodb:Query",),
        TABLE: ("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem"),
        "dead.fifo": RECEIVE,
        "changes.fifo": ("sqs:SendMessage", "sqs:GetQueueAttributes"),
        "steps.fifo": ("sqs:GetQueueAttributes",),
        "shop-steps.fifo": ("sqs:GetQueueAttributes",),
        "alarms.fifo": ("sqs:SendMessage",),
    },
    "operate": {
        TABLE: (
            *("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem"),
            *("dynamodb:PutItem", "dynamodb:UpdateItem"),
        ),
        **{f"index/{name}": ("dynamodb:Query",) for name in INDEXES if name != "due"},
        "fetch": ("sqs:SendMessage",),
        "lists.fifo": ("sqs:SendMessage",),
        "changes.fifo": ("sqs:SendMessage",),
    },
    "console": {
        TABLE: (
            *("dynamodb:Query", "dynamodb:GetItem", "dynamodb:BatchGetItem"),
            *("dynamodb:PutItem", "dynamodb:UpdateItem"),
        ),
        **{f"index/{name}": ("dynamodb:Query",) for name in INDEXES if name != "due"},
        SIGNING_KEYS: ("ssm:GetParameter", "ssm:PutParameter"),
        "fetch": ("sqs:SendMessage",),
        "lists.fifo": ("sqs:SendMessage",),
        "changes.fifo": ("sqs:SendMessage",),
    },
    "authorize": {TABLE: ("dynamodb:GetItem",)},
}
"""Besides, each may write into its own log."""


@pytest.fixture(scope="module")
def roles(deployment: Deployment) -> dict[str, str]:
    """Function → ARN of the role that it runs under."""
    configured = deployment.aws("lambda").list_functions()["Functions"]
    return {one["FunctionName"].removeprefix(f"{deployment.stack}-"): one["Role"] for one in configured}


@pytest.fixture(scope="module")
def resources(deployment: Deployment, roles: dict[str, str]) -> dict[str, str]:
    """What there is to be used or abused → its ARN."""
    table = deployment.aws("dynamodb").describe_table(TableName=deployment.table)["Table"]["TableArn"]
    account, region = table.split(":")[4], table.split(":")[3]
    stack = deployment.aws("cloudformation").describe_stack_resources(StackName=deployment.stack)[
        "StackResources"
    ]
    physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stack}
    bucket = f"arn:aws:s3:::{physical['CheckpointsBucket']}"
    parameters = f"arn:aws:ssm:{region}:{account}:parameter{deployment.prefix}"
    return {
        TABLE: table,
        **{f"index/{name}": f"{table}/index/{name}" for name in INDEXES},
        BUCKET: bucket,
        POSITION: f"{bucket}/export-checkpoints/demo",
        "bucket/elsewhere": f"{bucket}/elsewhere",
        **{name: f"arn:aws:sqs:{region}:{account}:{deployment.stack}-{name}" for name in QUEUES},
        SHOP_SECRETS: f"{parameters}/shops/demo",
        WEBHOOKS: f"{parameters}/webhooks/demo",
        SIGNING_KEYS: f"{parameters}/console/signing-keys",
        "secrets/of another stack": f"arn:aws:ssm:{region}:{account}:parameter/orderbridge/other/shops/demo",
        **{
            f"function/{name}": f"arn:aws:lambda:{region}:{account}:function:{deployment.function(name)}"
            for name in FUNCTIONS
        },
        **{f"log/{name}": f"arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{deployment.function(name)}:*"
           for name in FUNCTIONS},
        "topic/alarms": deployment.output("AlarmsTopicArn"),
        SHOP_ALARMS: deployment.output("ShopAlarmsTopicArn"),
        "role": roles["operate"],
    }  # fmt: skip


def _services_of(resource: str) -> tuple[str, ...]:
    kinds = {
        "table": ("dynamodb",), "index": ("dynamodb",), "bucket": ("s3",), "secrets": ("ssm", "kms"),
        "function": ("lambda",), "log": ("logs",), "topic": ("sns",), "role": ("iam",),
    }  # fmt: skip
    return kinds.get(resource.split("/", maxsplit=1)[0], ("sqs",))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_may_do_this_and_no_more(
    deployment: Deployment, roles: dict[str, str], resources: dict[str, str], function: str
) -> None:
    may: dict[str, set[str]] = {}
    for resource, arn in resources.items():
        actions = [f"{service}:{action}" for service in _services_of(resource) for action in ACTIONS[service]]
        answer = deployment.aws("iam").simulate_principal_policy(
            PolicySourceArn=roles[function], ActionNames=actions, ResourceArns=[arn]
        )
        allowed = {
            one["EvalActionName"] for one in answer["EvaluationResults"] if one["EvalDecision"] == "allowed"
        }
        if allowed:
            may[resource] = allowed
    own_log = {f"log/{function}": {"logs:CreateLogStream", "logs:PutLogEvents"}}
    assert may == {resource: set(actions) for resource, actions in ALLOWED[function].items()} | own_log


@pytest.fixture(scope="module")
def as_role(deployment: Deployment, roles: dict[str, str]) -> Iterator[dict[str, boto3.Session]]:
    """A session under each role; for so long, the roles also trust this account."""
    iam, sts, sessions, trusts = deployment.aws("iam"), deployment.aws("sts"), {}, {}
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    for function, arn in roles.items():
        name = arn.rsplit("/", 1)[-1]
        trusts[name] = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        open_trust = {**trusts[name], "Statement": [*trusts[name]["Statement"], everybody]}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(open_trust))
        given = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
        sessions[function] = boto3.Session(
            given["AccessKeyId"],
            given["SecretAccessKey"],
            given["SessionToken"],
            region_name=deployment.addresses["aws"]["region"],
        )
    yield sessions
    for name, trust in trusts.items():
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))


DEMO: dict[str, object] = {"pk": {"S": "SHOPS"}, "sk": {"S": "demo"}}
SHOPS: dict[str, object] = {
    "TableName": "{table}",
    "KeyConditionExpression": "pk = :shops",
    "ExpressionAttributeValues": {":shops": {"S": "SHOPS"}},
}
DENIED: dict[str, tuple[tuple[str, str, dict[str, object]], ...]] = {
    "map-state": (
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("dynamodb", "scan", {"TableName": "{table}"}),
        ("dynamodb", "delete_item", {"TableName": "{table}", "Key": {"pk": {"S": "x"}, "sk": {"S": "x"}}}),
        (
            "sqs",
            "send_message",
            {"QueueUrl": "{queues}-changes.fifo", "MessageBody": "x", "MessageGroupId": "x"},
        ),
    ),
    "push-to-shop": (
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        ("dynamodb", "scan", {"TableName": "{table}"}),
        ("dynamodb", "query", SHOPS),
        ("sns", "publish", {"TopicArn": "{alarms}", "Message": "x"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-steps.fifo"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-lists.fifo"}),
        (
            "sqs",
            "send_message",
            {"QueueUrl": "{queues}-lists.fifo", "MessageBody": "x", "MessageGroupId": "x"},
        ),
    ),
    "read-lists": (
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        ("dynamodb", "scan", {"TableName": "{table}"}),
        ("sns", "publish", {"TopicArn": "{alarms}", "Message": "x"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-shop-steps.fifo"}),
        (
            "sqs",
            "send_message",
            {"QueueUrl": "{queues}-shop-steps.fifo", "MessageBody": "x", "MessageGroupId": "x"},
        ),
    ),
    "receive-webhook": (
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("ssm", "put_parameter", {"Name": "{prefix}/webhooks/demo", "Value": "x", "Overwrite": True}),
        ("dynamodb", "get_item", {"TableName": "{table}", "Key": DEMO}),
        ("dynamodb", "query", SHOPS),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-lists.fifo"}),
        (
            "sqs",
            "send_message",
            {"QueueUrl": "{queues}-changes.fifo", "MessageBody": "x", "MessageGroupId": "x"},
        ),
    ),
    "flag-returns": (
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("dynamodb", "put_item", {"TableName": "{table}", "Item": {"pk": {"S": "x"}, "sk": {"S": "x"}}}),
        ("sns", "publish", {"TopicArn": "{alarms}", "Message": "x"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-dead"}),
    ),
    "send-alarms": (
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        ("sns", "publish", {"TopicArn": "{alarms}", "Message": "x"}),
        (
            "sns",
            "subscribe",
            {"TopicArn": "{alarms}", "Protocol": "email", "Endpoint": "x@example.invalid"},
        ),
        (
            "sqs",
            "send_message",
            {"QueueUrl": "{queues}-changes.fifo", "MessageBody": "x", "MessageGroupId": "x"},
        ),
    ),
    "operate": (
        ("dynamodb", "delete_item", {"TableName": "{table}", "Key": DEMO}),
        ("dynamodb", "scan", {"TableName": "{table}"}),
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-changes.fifo"}),
    ),
    "console": (
        ("dynamodb", "delete_item", {"TableName": "{table}", "Key": DEMO}),
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-changes.fifo"}),
    ),
    "fetch-changes": (
        ("dynamodb", "put_item", {"TableName": "{table}", "Item": {"pk": {"S": "x"}, "sk": {"S": "x"}}}),
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        (
            "sqs",
            "send_message",
            {"QueueUrl": "{queues}-steps.fifo", "MessageBody": "x", "MessageGroupId": "x"},
        ),
    ),
    "push-to-mall": (
        ("ssm", "get_parameter", {"Name": "{prefix}/webhooks/demo"}),
        ("ssm", "put_parameter", {"Name": "{prefix}/shops/demo", "Value": "x", "Overwrite": True}),
        ("dynamodb", "scan", {"TableName": "{table}"}),
    ),
    "retry-transitions": (
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("dynamodb", "scan", {"TableName": "{table}"}),
        ("sqs", "receive_message", {"QueueUrl": "{queues}-changes.fifo"}),
    ),
    "authorize": (
        ("ssm", "get_parameter", {"Name": "{prefix}/shops/demo"}),
        ("dynamodb", "query", SHOPS),
        (
            "dynamodb",
            "put_item",
            {"TableName": "{table}", "Item": {"pk": {"S": "OPERATORS"}, "sk": {"S": "x"}}},
        ),
    ),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_is_not_allowed_is_denied_for_real(
    deployment: Deployment, as_role: dict[str, boto3.Session], function: str
) -> None:
    names = {
        "prefix": deployment.prefix,
        "table": deployment.table,
        "queues": deployment.queue("fetch").removesuffix("-fetch"),
        "alarms": deployment.output("AlarmsTopicArn"),
    }
    for service, call, arguments in DENIED[function]:
        filled = {
            key: value.format(**names) if isinstance(value, str) else value
            for key, value in arguments.items()
        }
        client: Json = as_role[function].client(  # type: ignore[call-overload]
            service, endpoint_url=deployment.addresses["aws"]["endpoint_url"], config=Config(proxies={})
        )
        with pytest.raises(ClientError) as refused:
            getattr(client, call)(**filled)
        client.close()
        code = refused.value.response["Error"]["Code"]
        assert "AccessDenied" in code or code == "AuthorizationError", (function, call, code)


def test_the_role_itself_works(deployment: Deployment, as_role: dict[str, boto3.Session]) -> None:
    """The counter-proof: under the same role, what is allowed goes through."""
    client = as_role["receive-webhook"].client(
        "ssm", endpoint_url=deployment.addresses["aws"]["endpoint_url"], config=Config(proxies={})
    )
    assert client.get_parameter(Name=f"{deployment.prefix}/webhooks/demo", WithDecryption=True)["Parameter"][
        "Value"
    ]
    client.close()
