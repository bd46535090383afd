"""The policies have what the template makes, and nothing that CloudFormation does not call."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from deployment import policy, rights
from tests.unit.functions import template

Json = Any
ROOT = Path(__file__).parents[3]
NAMES = {"stack": "orderbridge", "region": "eu-central-1", "account": "111122223333"}
NOT_USED = {
    "AWS::DynamoDB::Table": (
        "kinesis:*", "logs:*", "s3:*", "iam:*", "kms:*", "*Kinesis*", "*Import*", "*Replica*", "*Item",
        "*Contributor*", "dynamodb:Scan", "dynamodb:Query", "*ResourcePolicy",
    ),
    "AWS::IAM::Role": ("*Attach*", "*Detach*", "*PermissionsBoundary"),
    "AWS::Lambda::EventSourceMapping": ("kms:*",),
    "AWS::Lambda::Function": (
        "ec2:*", "elasticfilesystem:*", "s3files:*", "kms:*", "s3:*", "*Concurrency", "*CodeSigningConfig",
        "lambda:PutRuntimeManagementConfig", "*ScalingConfig", "*CapacityProvider", "*RuntimeAlias",
        "lambda:PublishVersion", "lambda:GetLayerVersion",
    ),
    "AWS::Lambda::LayerVersion": ("s3:*",),
    "AWS::Logs::LogGroup": (
        "s3:*", "firehose:*", "*LogDelivery", "*ResourcePolicy", "logs:*IndexPolicy", "*BearerToken*", "*KmsKey",
        "logs:*DataProtectionPolicy", "*DeletionProtection",
    ),
    "AWS::S3::Bucket": (
        "s3tables:*", "iam:*", "*Metadata*", "*Website", "*Cors", "*CORS", "*Replication*", "*Object*", "*Abac",
        "*Analytics*", "*Inventory*", "*MetricsConfiguration", "*Notification", "*Accelerate*", "*Tiering*",
        "*Logging", "*Acl", "s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle",
    ),
    "AWS::SNS::Subscription": ("iam:*",),
    "AWS::SNS::Topic": ("iam:*", "*DataProtectionPolicy", "sns:Subscribe", "sns:Unsubscribe"),
    "AWS::ApiGateway::RestApi": ("s3:*", "iam:*"),
}  # fmt: skip
"""What CloudFormation would call for properties that the template does not use."""
PASSED_BY_HAND = {"iam:PassRole"}


@cache
def registry() -> dict[str, Json]:
    """What CloudFormation calls for each type, as its own schemas say (cfn-lint has a copy)."""
    spec = find_spec("cfnlint")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "data" / "schemas"
    names = json.loads((folder / "providers" / "eu-central-1.json").read_text("utf-8"))
    return {
        kind: json.loads((folder / "resources" / f"{names[kind]}.json").read_text("utf-8")).get(
            "handlers", {}
        )
        for kind in rights.RIGHTS
    }


def called(kind: str) -> set[str]:
    handlers = registry()[kind]
    return {one for name, each in handlers.items() if name != "list" for one in each.get("permissions", [])}


def covers(granted: set[str], action: str) -> bool:
    return any(fnmatchcase(action, one) for one in granted)


def everything() -> set[str]:
    documents = [policy.document(which, NAMES) for which in ("deploy-first", "deploy-second")]
    return {action for one in documents for statement in one["Statement"] for action in statement["Action"]}


def test_every_type_that_the_template_makes_has_its_rights_and_no_other() -> None:
    assert policy.made_types(template.read()) == set(rights.RIGHTS)


@pytest.mark.parametrize("kind", sorted(rights.RIGHTS))
def test_all_that_cloudformation_calls_for_a_type_is_granted(kind: str) -> None:
    granted = {action for one in rights.RIGHTS[kind] for action in one.actions}
    assert called(kind)
    missing = {
        action
        for action in called(kind) - PASSED_BY_HAND
        if not covers(granted, action) and not covers(set(NOT_USED.get(kind, ())), action)
    }
    assert missing == set()


@pytest.mark.parametrize("kind", sorted(rights.RIGHTS))
def test_nothing_is_granted_that_cloudformation_does_not_call(kind: str) -> None:
    granted = {action for one in rights.RIGHTS[kind] for action in one.actions} - PASSED_BY_HAND
    superfluous = {one for one in granted if not any(fnmatchcase(action, one) for action in called(kind))}
    assert superfluous <= {
        "lambda:ListTags",  # for a function with tags, which SAM gives it
        "lambda:TagResource",
        "lambda:UntagResource",
        "cloudwatch:ListTagsForResource",
    }


def test_both_parts_have_every_right_once() -> None:
    granted = {action for kind in rights.RIGHTS.values() for one in kind for action in one.actions}
    assert granted <= everything()
    sids = [one["Sid"] for part in ("first", "second") for one in policy.deploying(part, NAMES)["Statement"]]
    assert len(sids) == len(set(sids))


@pytest.mark.parametrize("which", policy.DOCUMENTS)
def test_a_document_is_small_enough_and_names_the_stack(which: str) -> None:
    made = policy.document(which, NAMES | {"stack": "orderbridge-staging-1"})
    text = json.dumps(made, separators=(",", ":"))
    assert len(text) < policy.MAX_CHARACTERS
    assert "{" not in "".join(resource for one in made["Statement"] for resource in one["Resource"])
    assert "orderbridge-staging-1" in text
    assert all(not re.search(r"[:*]\*$", action) for one in made["Statement"] for action in one["Action"])


def test_roles_are_passed_to_functions_and_schedules_only() -> None:
    document = policy.deploying("first", NAMES)
    (passing,) = [one for one in document["Statement"] if "iam:PassRole" in one["Action"]]
    assert passing["Action"] == ["iam:PassRole"]
    assert passing["Condition"]["StringEquals"]["iam:PassedToService"] == [
        "lambda.amazonaws.com",
        "scheduler.amazonaws.com",
    ]


def operations_of_the_adapters() -> set[str]:
    """AWS operations that the adapters call, as the actions of IAM."""
    services = {"_dynamodb": "dynamodb", "_ssm": "ssm", "_sns": "sns", "_sqs": "sqs", "_s3": "s3"}
    found = set()
    for path in (ROOT / "shared/orderbridge/adapters/aws").glob("*.py"):
        source = path.read_text("utf-8")
        for client, operation in re.findall(r"(_dynamodb|_ssm|_sns|_sqs|_s3)\.([a-z]\w+)\(", source):
            if operation != "get_paginator":
                found.add(f"{services[client]}:{''.join(word.title() for word in operation.split('_'))}")
        for operation in re.findall(r'get_paginator\("(\w+)"\)', source):
            found.add(f"sns:{''.join(word.title() for word in operation.split('_'))}")
    return found


def test_the_command_line_may_do_what_the_adapters_do() -> None:
    granted = {action for one in rights.COMMAND_LINE for action in one.actions}
    called_otherwise = {
        "dynamodb:TransactWriteItems": "dynamodb:PutItem",
        "s3:HeadObject": "s3:GetObject",
        "sqs:SendMessageBatch": "sqs:SendMessage",
    }
    found = operations_of_the_adapters()
    assert len(found) > 10
    functions_only = {"sns:Publish", "sqs:ChangeMessageVisibility"}
    assert {called_otherwise.get(one, one) for one in found} - functions_only <= granted


def test_the_program_prints_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert policy.main(["command-line", "--account", "999900001111", "--stack", "shops"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == policy.command_line(NAMES | {"account": "999900001111", "stack": "shops"})
    assert policy.main([]) == 0
    listed = capsys.readouterr().out
    assert all(which in listed for which in policy.DOCUMENTS)
