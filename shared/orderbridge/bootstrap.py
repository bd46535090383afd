"""The one place that picks implementations: for the functions, the command line, the local stack and its tests.

``from_environment`` is for a function, whose settings are in its environment. ``open_stack`` is for everybody else: it
asks a deployed stack for the settings. Each part is made at its first use, so a function needs time and permissions
only for what it uses, and nothing is made at import.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from orderbridge.adapters.system import RandomChance, SystemClock
from orderbridge.errors import SettingMissingError, StackProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

    from orderbridge.adapters.aws.actions import DynamoActions
    from orderbridge.adapters.aws.alarms import SnsAlarms
    from orderbridge.adapters.aws.console import DynamoConsoleStore
    from orderbridge.adapters.aws.export_checkpoints import S3ExportCheckpoints
    from orderbridge.adapters.aws.feed_checkpoints import DynamoFeedCheckpoints
    from orderbridge.adapters.aws.ledger import DynamoLedger
    from orderbridge.adapters.aws.listeners import SnsListeners
    from orderbridge.adapters.aws.mail import DynamoMail
    from orderbridge.adapters.aws.notices import DynamoNotices
    from orderbridge.adapters.aws.operators import DynamoOperators
    from orderbridge.adapters.aws.queues import SqsQueues
    from orderbridge.adapters.aws.secrets import SsmSecrets
    from orderbridge.adapters.aws.shops import DynamoShops
    from orderbridge.adapters.aws.signing_keys import SsmSigningKeys
    from orderbridge.adapters.aws.slots import DynamoSlots
    from orderbridge.adapters.aws.visibility import QueueVisibility
    from orderbridge.adapters.aws.webhooks import SsmWebhooks
    from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports
    from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports
    from orderbridge.adapters.mall import MallMarketplaces
    from orderbridge.ports import Chance, Clock

    OnSent = Callable[[str, Iterable[tuple[str, int]]], None]

# AWS answers in milliseconds, so an attempt that hangs is repeated. All attempts of one call end after 24 s (three of
# 7 s, and waits of up to 1 s and 2 s). Every function has more time but authorize (10 s), which reads one item only.
_AWS = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
# For reads of parameters and operators on which a caller waits: two attempts of 4 s, a wait of up to 1 s.
_AWS_SOON = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
# The account has 40 reads of parameters a second. No caller waits for the functions that queues wake, so they retry
# longest: up to 35 s (five attempts of 4 s, and waits of up to 1, 2, 4 and 8 s).
_AWS_PATIENT = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 5}
)


_OUTPUTS = {
    "TABLE_NAME": "TableName",
    "SECRETS_PREFIX": "SecretsPrefix",
    "SHOP_ALARMS_TOPIC_ARN": "ShopAlarmsTopicArn",
    "CHECKPOINTS_BUCKET": "CheckpointsBucketName",
    "API_URL": "ApiUrl",
    "CONSOLE_URL": "ConsoleUrl",
    "FETCH_QUEUE_URL": "FetchQueueUrl",
    "CHANGES_QUEUE_URL": "ChangesQueueUrl",
    "STEPS_QUEUE_URL": "StepsQueueUrl",
    "LISTS_QUEUE_URL": "ListsQueueUrl",
}
"""Setting → the output of a deployed stack that has its value."""


class Services:
    """All ports of one deployment, and what its command line needs beside them. Satisfies ``ports.Ports``.

    `settings` are named as in the functions' environment. `client` makes an AWS client by the name of its service; the
    usual one has time limits that fit the functions. `on_sent` hears which orders a queue took messages about.
    """

    def __init__(
        self,
        settings: Mapping[str, str] | None = None,
        *,
        client: Callable[[str], Any] | None = None,
        clock: Clock | None = None,
        on_sent: OnSent = lambda *_: None,
    ) -> None:
        """`settings` None: the environment's."""
        self._settings = os.environ if settings is None else settings
        self._given_client = client
        self._given_clock = clock
        self._on_sent = on_sent

    def with_settings(self, **changes: str) -> Services:
        """These services with some settings changed, such as another table."""
        settings = {**self._settings, **changes}
        return Services(settings, client=self._given_client, clock=self._given_clock, on_sent=self._on_sent)

    @cached_property
    def clock(self) -> Clock:
        """The system's clock."""
        return self._given_clock or SystemClock()

    @cached_property
    def chance(self) -> Chance:
        """The system's randomness."""
        return RandomChance()

    @cached_property
    def fetch_patience(self) -> timedelta:
        """How old the last good fetch of a shop's export may be before the alarm ``no-fetch``."""
        return timedelta(seconds=int(self._setting("OLDEST_FETCH_SECONDS")))

    @cached_property
    def ledger(self) -> DynamoLedger:
        """DynamoDB."""
        from orderbridge.adapters.aws.ledger import DynamoLedger

        return DynamoLedger(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def shops(self) -> DynamoShops:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.shops import DynamoShops

        return DynamoShops(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def queues(self) -> SqsQueues:
        """SQS. The address of a queue that the function may not use is empty."""
        from orderbridge.adapters.aws.queues import SqsQueues

        address = self._settings.get
        return SqsQueues(
            self._sqs,
            fetch_queue_url=address("FETCH_QUEUE_URL", ""),
            changes_queue_url=address("CHANGES_QUEUE_URL", ""),
            steps_queue_url=address("STEPS_QUEUE_URL", ""),
            shop_steps_queue_url=address("SHOP_STEPS_QUEUE_URL", ""),
            lists_queue_url=address("LISTS_QUEUE_URL", ""),
            alarms_queue_url=address("ALARMS_QUEUE_URL", ""),
            returns_queue_url=address("RETURNS_QUEUE_URL", ""),
            on_sent=self._on_sent,
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
    def secrets(self) -> SsmSecrets:
        """SSM parameters."""
        from orderbridge.adapters.aws.secrets import SsmSecrets

        ssm: SSMClient = self._client("ssm", _AWS_PATIENT)
        return SsmSecrets(ssm, self._setting("SECRETS_PREFIX"), self.clock)

    @cached_property
    def operators(self) -> DynamoOperators:
        """DynamoDB, the same table, with short time-outs: a caller waits."""
        from orderbridge.adapters.aws.operators import DynamoOperators

        dynamodb: DynamoDBClient = self._client("dynamodb", _AWS_SOON)
        return DynamoOperators(dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def webhooks(self) -> SsmWebhooks:
        """SSM parameters."""
        from orderbridge.adapters.aws.webhooks import SsmWebhooks

        return SsmWebhooks(self._ssm, self._setting("SECRETS_PREFIX"), self.clock)

    @cached_property
    def signing_keys(self) -> SsmSigningKeys:
        """An SSM parameter."""
        from orderbridge.adapters.aws.signing_keys import SsmSigningKeys

        return SsmSigningKeys(self._ssm, self._setting("SECRETS_PREFIX"), self.clock)

    @cached_property
    def console_store(self) -> DynamoConsoleStore:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.console import DynamoConsoleStore

        dynamodb: DynamoDBClient = self._client("dynamodb", _AWS_SOON)
        return DynamoConsoleStore(dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def export_checkpoints(self) -> S3ExportCheckpoints:
        """S3, beside the table."""
        from orderbridge.adapters.aws.export_checkpoints import S3ExportCheckpoints, table_id

        s3: S3Client = self._client("s3", _AWS)
        return S3ExportCheckpoints(
            s3,
            self._setting("CHECKPOINTS_BUCKET"),
            lambda: table_id(self._dynamodb, self._setting("TABLE_NAME")),
        )

    @cached_property
    def feed_checkpoints(self) -> DynamoFeedCheckpoints:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.feed_checkpoints import DynamoFeedCheckpoints

        return DynamoFeedCheckpoints(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def mail(self) -> DynamoMail:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.mail import DynamoMail

        return DynamoMail(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def slots(self) -> DynamoSlots:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.slots import DynamoSlots

        return DynamoSlots(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def notices(self) -> DynamoNotices:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.notices import DynamoNotices

        return DynamoNotices(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def actions(self) -> DynamoActions:
        """DynamoDB, the same table."""
        from orderbridge.adapters.aws.actions import DynamoActions

        return DynamoActions(self._dynamodb, self._setting("TABLE_NAME"))

    @cached_property
    def alarms(self) -> SnsAlarms:
        """SNS."""
        from orderbridge.adapters.aws.alarms import SnsAlarms

        return SnsAlarms(self._sns, self._setting("SHOP_ALARMS_TOPIC_ARN"))

    @cached_property
    def exports(self) -> FastCentrikExports:
        """HTTP."""
        from orderbridge.adapters.fastcentrik.reading.exports import FastCentrikExports

        return FastCentrikExports(local=self.local)

    @cached_property
    def imports(self) -> FastCentrikImports:
        """HTTP."""
        from orderbridge.adapters.fastcentrik.writing.imports import FastCentrikImports

        return FastCentrikImports(local=self.local)

    @cached_property
    def marketplaces(self) -> MallMarketplaces:
        """HTTP."""
        from orderbridge.adapters.mall import MallMarketplaces

        return MallMarketplaces(self.clock, local=self.local)

    @property
    def listeners(self) -> SnsListeners | None:
        """SNS: who gets the shops' alarms. None where the deployment has no topic for them."""
        from orderbridge.adapters.aws.listeners import SnsListeners

        topic = self._settings.get("SHOP_ALARMS_TOPIC_ARN")
        return SnsListeners(self._sns, topic) if topic else None

    @property
    def table(self) -> str:
        """The name of the deployment's table."""
        return self._setting("TABLE_NAME")

    @property
    def stack(self) -> str:
        """The name of the deployment's stack; empty where it is not known."""
        return self._settings.get("STACK_NAME", "")

    @property
    def stack_status(self) -> str:
        """CloudFormation's status of the stack when it was opened, such as CREATE_COMPLETE; empty: not known."""
        return self._settings.get("STACK_STATUS", "")

    def client(self, service: str) -> Any:  # noqa: ANN401 - one client type per service
        """An AWS client by the name of its service, for what no port covers: the stack itself, its limits."""
        return self._client(service, _AWS)

    @property
    def api_url(self) -> str:
        """The address of the HTTP API; empty where it is not known."""
        return self._settings.get("API_URL", "")

    @property
    def console_url(self) -> str:
        """The address of the clerks' page; empty where it is not known."""
        return self._settings.get("CONSOLE_URL", "")

    @cached_property
    def local(self) -> bool:
        """Whether this is a local stack. Unless the setting says so, the strict rules for addresses hold."""
        return self._settings.get("REQUIRE_TLS") == "false"

    def _visibility(self, queue_url: str) -> QueueVisibility:
        from orderbridge.adapters.aws.visibility import QueueVisibility

        return QueueVisibility(self._sqs, self._setting(queue_url))

    @cached_property
    def _dynamodb(self) -> DynamoDBClient:
        client: DynamoDBClient = self._client("dynamodb", _AWS)
        return client

    @cached_property
    def _sqs(self) -> SQSClient:
        client: SQSClient = self._client("sqs", _AWS)
        return client

    @cached_property
    def _sns(self) -> SNSClient:
        client: SNSClient = self._client("sns", _AWS)
        return client

    @cached_property
    def _ssm(self) -> SSMClient:
        client: SSMClient = self._client("ssm", _AWS_SOON)
        return client

    def _client(self, service: str, config: Config) -> Any:  # noqa: ANN401 - one client type per service
        if self._given_client is not None:
            return self._given_client(service)
        return boto3.client(service, config=config)  # type: ignore[call-overload] # it wants a literal

    def _setting(self, name: str) -> str:
        value = self._settings.get(name, "")
        if not value:
            msg = f"environment variable {name} is not set: deploy the function with template.yaml"
            raise SettingMissingError(msg)
        return value


@cache
def from_environment() -> Services:
    """The services of a function's process. Its log names the orders that were handed over."""
    from orderbridge.telemetry import log_sent

    return Services(on_sent=log_sent)


def open_stack(stack: str, client: Callable[[str], Any] | None = None) -> Services:
    """The services of the deployed stack named `stack`. Its outputs say where everything is.

    `client` makes an AWS client by the name of its service; the usual one is of the caller's account. Raises
    StackProblemError where the outputs lack something.
    """
    cloudformation: CloudFormationClient = (client or boto3.client)("cloudformation")
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {one.get("OutputKey"): one.get("OutputValue", "") for one in described.get("Outputs", [])}
    parameters = {
        one.get("ParameterKey"): one.get("ParameterValue", "") for one in described.get("Parameters", [])
    }
    settings = {name: outputs.get(output, "") for name, output in _OUTPUTS.items()}
    if not settings["TABLE_NAME"] or not settings["SECRETS_PREFIX"]:
        msg = f"stack {stack}: has no outputs TableName and SecretsPrefix: is it the right stack?"
        raise StackProblemError(msg)
    settings["REQUIRE_TLS"] = parameters.get("RequireTls", "")
    settings["STACK_NAME"] = stack
    settings["STACK_STATUS"] = str(described.get("StackStatus", ""))
    return Services(settings, client=client)
