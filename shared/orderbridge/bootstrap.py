"""The one place that picks implementations and reads the environment.

Each part is made at its first use, so a function pays (in time and in permissions) only for what it uses, and
nothing is made at import.
"""

from __future__ import annotations

import os
from functools import cache, cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from orderbridge.adapters.system import RandomChance, SystemClock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

    from orderbridge.adapters.aws.visibility import StepsVisibility
    from orderbridge.flows.authorize import Operators
    from orderbridge.ports import (
        Chance,
        Clock,
        Exports,
        Ledger,
        Marketplaces,
        Positions,
        Queues,
        Secrets,
        Shops,
    )

# AWS answers in milliseconds: an attempt that hangs is better repeated, and all of them end well before the
# functions do.
_AWS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})


class SettingMissingError(Exception):
    """The function's environment lacks something: the template and the code do not belong together."""


class Services:
    """All ports, made from the environment. Satisfies ``ports.Ports``."""

    @cached_property
    def clock(self) -> Clock:
        """The system's clock."""
        return SystemClock()

    @cached_property
    def chance(self) -> Chance:
        """The system's randomness."""
        return RandomChance()

    @cached_property
    def ledger(self) -> Ledger:
        """DynamoDB."""
        from orderbridge.adapters.aws.ledger import DynamoLedger

        return DynamoLedger(self._dynamodb, _setting("TABLE_NAME"))

    @cached_property
    def shops(self) -> Shops:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.shops import DynamoShops

        return DynamoShops(self._dynamodb, _setting("TABLE_NAME"))

    @cached_property
    def queues(self) -> Queues:
        """SQS. A queue that the function may not use has no address here."""
        from orderbridge.adapters.aws.queues import SqsQueues

        return SqsQueues(
            self._sqs,
            fetch_queue_url=os.environ.get("FETCH_QUEUE_URL", ""),
            changes_queue_url=os.environ.get("CHANGES_QUEUE_URL", ""),
            steps_queue_url=os.environ.get("STEPS_QUEUE_URL", ""),
        )

    @cached_property
    def steps_visibility(self) -> StepsVisibility:
        """The queue of steps, for messages that have to wait."""
        from orderbridge.adapters.aws.visibility import StepsVisibility

        return StepsVisibility(self._sqs, _setting("STEPS_QUEUE_URL"))

    @cached_property
    def secrets(self) -> Secrets:
        """SSM parameters."""
        from orderbridge.adapters.aws.secrets import SsmSecrets

        return SsmSecrets(self._ssm, _setting("SECRETS_PREFIX"), self.clock)

    @cached_property
    def operators(self) -> Operators:
        """SSM parameter."""
        from orderbridge.adapters.aws.operators import SsmOperators

        return SsmOperators(self._ssm, _setting("SECRETS_PREFIX"))

    @cached_property
    def positions(self) -> Positions:
        """S3."""
        from orderbridge.adapters.aws.positions import S3Positions

        return S3Positions(boto3.client("s3", config=_AWS), _setting("POSITIONS_BUCKET"))

    @cached_property
    def exports(self) -> Exports:
        """HTTP."""
        from orderbridge.adapters.fastcentrik.exports import FastCentrikExports

        return FastCentrikExports()

    @cached_property
    def marketplaces(self) -> Marketplaces:
        """HTTP."""
        from orderbridge.adapters.mall import MallMarketplaces

        return MallMarketplaces(self.clock)

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", config=_AWS)

    @cached_property
    def _sqs(self) -> SQSClient:
        return boto3.client("sqs", config=_AWS)

    @cached_property
    def _ssm(self) -> SSMClient:
        return boto3.client("ssm", config=_AWS)


@cache
def services() -> Services:
    """The services of this process."""
    return Services()


def _setting(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        msg = f"environment variable {name} is not set: deploy the function with template.yaml"
        raise SettingMissingError(msg)
    return value
