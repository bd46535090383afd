"""Turns what cannot be reached or read into findings, so that the other sections still run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orderbridge.errors import ExplainedError, OrderbridgeError
from orderbridge_cli.aws import CREDENTIALS, FORBIDDEN, are_missing_credentials
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orderbridge_cli.doctor.patient import Voice

RIGHTS = {
    "DescribeStacks": "cloudformation:DescribeStacks",
    "ListStackResources": "cloudformation:ListStackResources",
    "GetItem": "dynamodb:GetItem",
    "GetParameter": "ssm:GetParameter, kms:Decrypt",
    "ListSubscriptionsByTopic": "sns:ListSubscriptionsByTopic",
    "GetSubscriptionAttributes": "sns:GetSubscriptionAttributes",
    "GetQueueAttributes": "sqs:GetQueueAttributes",
    "GetSchedule": "scheduler:GetSchedule",
    "GetAccountSettings": "lambda:GetAccountSettings",
}
"""Every operation of AWS that the doctor uses → the right that it needs."""


def guarded(section: Section, voice: Voice, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What `look` finds; what it raises is one more finding, after those that it had already."""
    found: list[Finding] = []
    try:
        for one in look():
            found.append(one)  # noqa: PERF402 - what was found before an error counts
    except ClientError as error:
        found.append(refused(section, error))
    except BotoCoreError as error:
        found.append(_unreachable(section, type(error).__name__))
    except ExplainedError as error:
        text = voice.say(error.reason)
        found.append(Finding(section, str(error.reason.code), Level.PROBLEM, text, todo=text, reached=False))
    except OrderbridgeError as error:
        text = t("This could not be read: {problem}.", problem=str(error).rstrip("."))
        found.append(
            Finding(
                section, f"{section}.unread", Level.PROBLEM, text, t("Repeat the command."), reached=False
            )
        )
    return found


def refused(section: Section, error: ClientError) -> Finding:
    """AWS said no. Only its code is shown: its message can repeat what was sent."""
    code, operation = str(error.response["Error"]["Code"]), error.operation_name
    facts = {"operation": operation, "error": code}
    if code in CREDENTIALS:
        return _sign_in(section, code)
    if code in FORBIDDEN:
        right = RIGHTS.get(operation, operation)
        return Finding(
            section,
            "aws.right_missing",
            Level.WARNING,
            t("Not looked at: your AWS rights do not allow {right}.", right=right),
            t("Ask for the right {right} (docs/deploy.md), then repeat the command.", right=right),
            {**facts, "right": right},
            reached=False,
        )
    return Finding(
        section,
        "aws.refused",
        Level.WARNING,
        t("Not looked at: AWS answers {code} to {operation}.", code=code, operation=operation),
        t("Repeat the command; if it stays so, look at the stack in the AWS console."),
        facts,
        reached=False,
    )


def _sign_in(section: Section, name: str) -> Finding:
    return Finding(
        section,
        "aws.credentials",
        Level.PROBLEM,
        t("Not looked at: AWS does not accept your credentials ({name}).", name=name),
        t("Sign in to AWS again, then repeat the command."),
        {"error": name},
        reached=False,
    )


def _unreachable(section: Section, name: str) -> Finding:
    if are_missing_credentials(name):
        return _sign_in(section, name)
    return Finding(
        section,
        "aws.unreachable",
        Level.PROBLEM,
        t("Not looked at: AWS cannot be reached ({name}).", name=name),
        t("Check network and region, then repeat the command."),
        {"error": name},
        reached=False,
    )
