"""The one place that picks implementations and reads the environment.

Each part is made at its first use, so a function pays (in time and in permissions) only for what it uses, and
nothing is made at import.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from orderbridge.adapters.system import RandomChance, SystemClock
from orderbridge.errors import SettingMissingError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

    from orderbridge.adapters.aws.visibility import QueueVisibility
    from orderbridge.ports import (
        Alarms,
        Chance,
        Clock,
        Exports,
        Imports,
        Ledger,
        ListPositions,
        Mail,
        Marketplaces,
        Notices,
        Operators,
        Positions,
        Queues,
        Secrets,
        Shops,
        Slots,
        Webhooks,
    )

# AWS answers in milliseconds: an attempt that hangs is better repeated. All attempts of one call end after 24 s (three
# of 7 s, and waits of up to 1 s and 2 s), before any function does but authorize (10 s), which reads one item only.
_AWS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# Somebody waits for the functions that ask for parameters or operators first: two attempts of 4 s, a wait of up to 1 s.
_AWS_SOON = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
# The account has 40 reads of parameters a second for everything. Nobody waits for the functions that queues wake: they
# give way, within 35 s (five attempts of 4 s, and waits of up to 1, 2, 4 and 8 s).
_AWS_PATIENT = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 5}
)


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
    def fetch_patience(self) -> timedelta:
        """So old the last good fetch of a shop's export may be before somebody is told."""
        return timedelta(seconds=int(_setting("OLDEST_FETCH_SECONDS")))

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
        from orderbridge.telemetry import log_sent

        return SqsQueues(
            self._sqs,
            fetch_queue_url=os.environ.get("FETCH_QUEUE_URL", ""),
            changes_queue_url=os.environ.get("CHANGES_QUEUE_URL", ""),
            steps_queue_url=os.environ.get("STEPS_QUEUE_URL", ""),
            shop_steps_queue_url=os.environ.get("SHOP_STEPS_QUEUE_URL", ""),
            lists_queue_url=os.environ.get("LISTS_QUEUE_URL", ""),
            alarms_queue_url=os.environ.get("ALARMS_QUEUE_URL", ""),
            returns_queue_url=os.environ.get("RETURNS_QUEUE_URL", ""),
            on_sent=log_sent,
        )

    @cached_property
    def steps_visibility(self) -> QueueVisibility:
        """The queue of steps at MALL, for messages that have to wait."""
        return self._visibility("STEPS_QUEUE_URL")

    @cached_property
    def shop_steps_visibility(self) -> QueueVisibility:
        """The queue of steps in the shop, for messages that have to wait."""
        return self._visibility("SHOP_STEPS_QUEUE_URL")

    @cached_property
    def lists_visibility(self) -> QueueVisibility:
        """The queue of lists to read, for messages that have to wait."""
        return self._visibility("LISTS_QUEUE_URL")

    @cached_property
    def secrets(self) -> Secrets:
        """SSM parameters."""
        from orderbridge.adapters.aws.secrets import SsmSecrets

        ssm = boto3.client("ssm", config=_AWS_PATIENT)
        return SsmSecrets(ssm, _setting("SECRETS_PREFIX"), self.clock)

    @cached_property
    def operators(self) -> Operators:
        """DynamoDB, the same table; somebody waits for it."""
        from orderbridge.adapters.aws.operators import DynamoOperators

        return DynamoOperators(boto3.client("dynamodb", config=_AWS_SOON), _setting("TABLE_NAME"))

    @cached_property
    def webhooks(self) -> Webhooks:
        """SSM parameters."""
        from orderbridge.adapters.aws.webhooks import SsmWebhooks

        return SsmWebhooks(self._ssm, _setting("SECRETS_PREFIX"), self.clock)

    @cached_property
    def positions(self) -> Positions:
        """S3, beside the table."""
        from orderbridge.adapters.aws.positions import S3Positions, table_id

        return S3Positions(
            boto3.client("s3", config=_AWS),
            _setting("POSITIONS_BUCKET"),
            lambda: table_id(self._dynamodb, _setting("TABLE_NAME")),
        )

    @cached_property
    def list_positions(self) -> ListPositions:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.lists import DynamoListPositions

        return DynamoListPositions(self._dynamodb, _setting("TABLE_NAME"))

    @cached_property
    def mail(self) -> Mail:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.mail import DynamoMail

        return DynamoMail(self._dynamodb, _setting("TABLE_NAME"))

    @cached_property
    def slots(self) -> Slots:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.slots import DynamoSlots

        return DynamoSlots(self._dynamodb, _setting("TABLE_NAME"))

    @cached_property
    def notices(self) -> Notices:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.notices import DynamoNotices

        return DynamoNotices(self._dynamodb, _setting("TABLE_NAME"))

    @cached_property
    def alarms(self) -> Alarms:
        """SNS."""
        from orderbridge.adapters.aws.alarms import SnsAlarms

        return SnsAlarms(boto3.client("sns", config=_AWS), _setting("SHOP_ALARMS_TOPIC_ARN"))

    @cached_property
    def exports(self) -> Exports:
        """HTTP."""
        from orderbridge.adapters.fastcentrik.exports import FastCentrikExports

        return FastCentrikExports(local=self._local)

    @cached_property
    def imports(self) -> Imports:
        """HTTP."""
        from orderbridge.adapters.fastcentrik.imports import FastCentrikImports

        return FastCentrikImports(local=self._local)

    @cached_property
    def marketplaces(self) -> Marketplaces:
        """HTTP."""
        from orderbridge.adapters.mall import MallMarketplaces

        return MallMarketplaces(self.clock, local=self._local)

    @cached_property
    def _local(self) -> bool:
        """Whether this is a local stack. It must say so itself: without a word the strict rules hold."""
        return os.environ.get("REQUIRE_TLS") == "false"

    def _visibility(self, queue_url: str) -> QueueVisibility:
        from orderbridge.adapters.aws.visibility import QueueVisibility

        return QueueVisibility(self._sqs, _setting(queue_url))

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        return boto3.client("dynamodb", config=_AWS)

    @cached_property
    def _sqs(self) -> SQSClient:
        return boto3.client("sqs", config=_AWS)

    @cached_property
    def _ssm(self) -> SSMClient:
        return boto3.client("ssm", config=_AWS_SOON)


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
