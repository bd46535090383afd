"""A shop for the doctor: the stand-ins over real HTTP, a stack on a stand-in of AWS, and a guard against writes."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import requests
from botocore.exceptions import ClientError

from orderbridge.adapters.aws.shops import shop_key
from orderbridge.adapters.fastcentrik.profile.load import SHIPPED
from orderbridge.bootstrap import Services
from orderbridge.texts import Language
from orderbridge_cli.doctor.export import Tools
from orderbridge_cli.doctor.run import diagnose
from orderbridge_cli.registry import add_webhook, register_shop
from tests.contract.conftest import REGION
from tests.fakes import ManualClock
from tests.waiting import SHOP_IN_TIME

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.adapters.fastcentrik.server import TimeLimits
    from orderbridge_cli.doctor.findings import Finding, Report
    from sandbox import Sandbox
    from tests.contract.conftest import Aws

SERVICES = ("dynamodb", "s3", "sns", "sqs", "ssm", "cloudformation", "scheduler", "lambda")
KEYS: Any = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
TICK: Any = {
    "ScheduleExpression": "rate(1 minute)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {
        "Arn": "arn:aws:lambda:eu-central-1:123456789012:function:tick",
        "RoleArn": "arn:aws:iam::123456789012:role/tick",
    },
}
"""A schedule that wakes a function."""
READS = ("Get", "Query", "Describe", "List", "Head", "BatchGet")
"""How the names of AWS operations begin that change nothing."""


class Guard:
    """Clients of AWS that refuse every write, and what a test has them refuse."""

    def __init__(self) -> None:
        self.clients = {
            name: boto3.client(name, region_name=REGION, **KEYS)  # type: ignore[call-overload]
            for name in SERVICES
        }
        self.seen: set[str] = set()
        self.refused: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        """Operation → what is answered without asking: the stand-in has no stacks."""
        for client in self.clients.values():
            client.meta.events.register("before-call", self._before)

    def reset(self) -> None:
        """Allows everything but writes again."""
        self.seen.clear()
        self.refused.clear()
        self.answers.clear()

    def _before(self, model: Any, **_: object) -> tuple[object, Any] | None:  # noqa: ANN401 - botocore's
        name = f"{model.service_model.service_name}.{model.name}"
        self.seen.add(name)
        if not model.name.startswith(READS):
            msg = f"the doctor writes: {name}"
            raise AssertionError(msg)
        if name in self.refused:
            raise ClientError({"Error": {"Code": self.refused[name], "Message": "hush"}}, model.name)
        return (SimpleNamespace(status_code=200), self.answers[name]) if name in self.answers else None


@dataclass
class Clinic:
    """A shop, its stand-ins and its stack; ``doctor`` examines it."""

    sandbox: Sandbox
    aws: Aws
    guard: Guard
    clock: ManualClock = field(default_factory=ManualClock)
    waited: list[float] = field(default_factory=list)
    imports: bool = False
    """Whether the shop's secrets have the address of its import."""

    def __post_init__(self) -> None:
        self._mark = uuid.uuid4().hex[:10]
        self._scheduler = boto3.client("scheduler", region_name=REGION, **KEYS)
        self._http = requests.Session()
        self._http.trust_env = False
        self.stack_status = "UPDATE_COMPLETE"
        self._make_stack()
        self._describe_stack()
        settings = {
            "TABLE_NAME": self.aws.table,
            "SECRETS_PREFIX": self.aws.prefix,
            "SHOP_ALARMS_TOPIC_ARN": self.aws.topic,
            "CHECKPOINTS_BUCKET": self.aws.bucket,
            "REQUIRE_TLS": "false",
            "STACK_NAME": self._mark,
            **{
                f"{name.upper().replace('-', '_')}_QUEUE_URL": url
                for name, url in self.aws.queue_urls.items()
            },
        }
        self.setup = Services(settings, client=lambda name: getattr(self.aws, name), clock=self.clock)
        """Services that may write, to prepare what the doctor finds."""
        self.services = Services(settings, client=self.guard.clients.__getitem__, clock=self.clock)
        """The doctor's."""
        self.control_shop("POST", "/reset")
        self.control_mall("POST", "/reset")

    def _make_stack(self) -> None:
        sqs, sns = self.aws.sqs, self.aws.sns
        queues = {
            "DeadRequestsQueue": sqs.create_queue(QueueName=f"{self._mark}-dead")["QueueUrl"],
            "DeadLettersQueue": sqs.create_queue(
                QueueName=f"{self._mark}-dead.fifo", Attributes={"FifoQueue": "true"}
            )["QueueUrl"],
        }
        self._topic = sns.create_topic(Name=f"{self._mark}-alarms")["TopicArn"]
        self._scheduler.create_schedule(Name=f"{self._mark}-tick", State="ENABLED", **TICK)
        physical = [*((name, "AWS::SQS::Queue", url) for name, url in queues.items())]
        physical.append(("Tick", "AWS::Scheduler::Schedule", f"{self._mark}-tick"))
        self.guard.answers["cloudformation.ListStackResources"] = {
            "StackResourceSummaries": [
                {"LogicalResourceId": logical, "ResourceType": kind, "PhysicalResourceId": one}
                for logical, kind, one in physical
            ]
        }

    def _describe_stack(self) -> None:
        outputs = [{"OutputKey": "AlarmsTopicArn", "OutputValue": self._topic}]
        stack = {"StackName": self._mark, "StackStatus": self.stack_status, "Outputs": outputs}
        self.guard.answers["cloudformation.DescribeStacks"] = {"Stacks": [stack]}

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets of the shop's file."""
        more = {"import_url": self.sandbox.fastcentrik.import_url} if self.imports else {}
        return more | {
            "export_url": self.sandbox.fastcentrik.export_url,
            "client_id": self.sandbox.mall.client_id,
            "marketplace_api_url": self.sandbox.mall.api_url,
        }

    def control_shop(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        return self._control(method, f"{self.sandbox.fastcentrik.control_url}{path}", body)

    def control_mall(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401 - JSON
        return self._control(method, f"{self.sandbox.mall.control_url}{path}", body)

    def _control(self, method: str, url: str, body: object) -> Any:  # noqa: ANN401 - JSON
        answer = self._http.request(method, url, json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def calls(self) -> dict[str, int]:
        """What the shop and MALL were asked for so far, in one table."""
        shop, mall = self.control_shop("GET", "/calls"), self.control_mall("GET", "/calls")
        return {name: count for name, count in {**mall, **shop}.items() if isinstance(count, int)}

    def order(self, code: str, **fields: object) -> None:
        """An order of MALL in the shop."""
        number = fields.pop("mall_order_id", 100_000 + sum(map(ord, code)) * 1000 + int(code[-3:]))
        self.control_shop("POST", "/orders", {"code": code, "mall_order_id": number, **fields})

    def some_orders(self) -> None:
        """Orders with nothing wrong."""
        values = {"carrier": "Zásilkovna", "tracking_number": "Z1234567890", "created": "2026-11-19 08:00:00"}
        for number in range(1, 4):
            self.order(f"202600000{number}", status="vyřízená", delivery_date="2026-11-19 14:05:00", **values)

    def healthy(
        self,
        *,
        listener: str = "clerk@example.com",
        operator: str = "ops@example.com",
        webhook: bool = True,
        running: bool = True,
        **settings: Any,  # noqa: ANN401 - as different as the settings
    ) -> None:
        """A shop with nothing to do, but for what the arguments take away or change."""
        self.some_orders()
        register_shop(self.setup, {"shop": "demo", **settings}, self.secrets, running=running)
        self.setup.shops.record_fetch("demo", self.clock.now(), None, caught_up=True)
        if webhook:
            add_webhook(self.setup, "demo")
        if listener:
            assert self.setup.listeners is not None
            self.setup.listeners.add(listener, "demo")
        if operator:
            self.aws.sns.subscribe(TopicArn=self._topic, Protocol="email", Endpoint=operator)

    def break_settings(self) -> None:
        """The shop's record holds settings that no version reads."""
        self.aws.dynamodb.update_item(
            TableName=self.aws.table,
            Key=shop_key("demo"),
            UpdateExpression="SET settings = :broken",
            ExpressionAttributeValues={":broken": {"S": "{"}},
        )

    def bury(self) -> None:
        """A message that no function could handle."""
        url = self.aws.sqs.get_queue_url(QueueName=f"{self._mark}-dead")["QueueUrl"]
        self.aws.sqs.send_message(QueueUrl=url, MessageBody="{}")

    def switch_off_schedule(self) -> None:
        self._scheduler.update_schedule(Name=f"{self._mark}-tick", State="DISABLED", **TICK)

    def refuse(self, operation: str, code: str) -> None:
        """The doctor may not use an operation (``ssm.GetParameter``)."""
        self.guard.refused[operation] = code

    def profile(self, name: str) -> str:
        """The text of a shipped profile."""
        return (SHIPPED / f"{name}.toml").read_text("utf-8")

    def doctor(
        self,
        *,
        watch: float = 0,
        limits: TimeLimits = SHOP_IN_TIME,
        monotonic: Callable[[], float] = time.monotonic,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Report:
        """The report. No wait is slept through: `meanwhile` happens instead."""

        def wait(seconds: float) -> None:
            self.waited.append(seconds)
            meanwhile()

        self._describe_stack()
        record = self.setup.shops.get("demo")
        assert record is not None
        tools = Tools(watch=watch, sleep=wait, monotonic=monotonic, limits=limits)
        return diagnose(self.services, record, Language.ENGLISH, tools)


def codes(report: Report, *levels: str) -> set[str]:
    """The codes of the findings with one of these levels; of all without any."""
    return {one.code for one in report.findings if not levels or one.level in levels}


def finding(report: Report, code: str) -> Finding:
    """The one finding with this code."""
    (found,) = [one for one in report.findings if one.code == code]
    return found


def fact(report: Report, code: str, name: str) -> Any:  # noqa: ANN401 - as different as the facts
    return finding(report, code).facts[name]
