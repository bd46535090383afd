"""The command line as a process of its own, with and without a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect

from orderbridge.bootstrap import Services
from tests.cli.conftest import Ended
from tests.waiting import FAR

if TYPE_CHECKING:
    from tests.cli.aws_servers import CloudFormation
    from tests.contract.conftest import Aws

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "orderbridge_cli")


@dataclass
class Shell:
    """Where processes run: a folder of their own, an environment without the caller's settings."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    typed: list[pexpect.spawn[str]] = field(default_factory=list)
    """What was started at a terminal."""

    def __post_init__(self) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("shared", "cli")),
            "LC_ALL": "C.UTF-8",
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.environment,
        }

    def run(self, *arguments: str, given: str = "", **more: str) -> Ended:
        """Without a terminal; `given` is its stdin, `more` goes into its environment."""
        done = subprocess.run(
            [*PROGRAM, *arguments],
            input=given.encode(),
            capture_output=True,
            cwd=self.folder,
            env=self.environment | more,
            check=False,
            timeout=2 * FAR,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def type(self, *arguments: str) -> pexpect.spawn[str]:
        """At a terminal. It is over after `close`, if not before."""
        child = pexpect.spawn(
            PROGRAM[0],
            [*PROGRAM[1:], *arguments],
            cwd=str(self.folder),
            env=self.environment,
            encoding="utf-8",
            timeout=2 * FAR,
            dimensions=(45, 100),
        )
        self.typed.append(child)
        return child

    def close(self) -> None:
        """Ends what is still at a terminal, because its test failed."""
        for child in self.typed:
            child.close(force=True)


def ended(child: pexpect.spawn[str]) -> tuple[int | None, str]:
    """Waits for the end. Returns the exit code, and what was shown since the last expected text."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, str(child.before)


@dataclass(frozen=True)
class Deployed:
    """A stack that processes reach, and its services for the test itself."""

    aws: Aws
    services: Services
    cloudformation: CloudFormation
    environment: dict[str, str]


def deployed(url: str, aws: Aws, stack: CloudFormation) -> Deployed:
    """Makes the stack of the stand-ins' addresses."""
    outputs = {
        "TableName": aws.table,
        "SecretsPrefix": aws.prefix,
        "ShopAlarmsTopicArn": aws.topic,
        "CheckpointsBucketName": aws.bucket,
        "ApiUrl": "https://api.test/live",
    }
    stack.describe(outputs, tls=True)
    clients: dict[str, Any] = {
        "dynamodb": aws.dynamodb,
        "ssm": aws.ssm,
        "sns": aws.sns,
        "s3": aws.s3,
        "sqs": aws.sqs,
    }
    settings = {"TABLE_NAME": aws.table, "SECRETS_PREFIX": aws.prefix, "SHOP_ALARMS_TOPIC_ARN": aws.topic}
    environment = {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_CLOUDFORMATION": stack.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "ORDERBRIDGE_STACK": "shops",
    }
    return Deployed(aws, Services(settings, client=clients.__getitem__), stack, environment)
