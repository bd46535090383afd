"""Where the product runs in one process: the real handlers and adapters, the embedded AWS and the stand-ins.

AWS and both services are reached over real HTTP. Every request that a handler makes to AWS is counted when it goes
out, so repeated ones count as often as they were sent.
"""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from local.stack import aws as embedded
from local.stack import processes, stack
from local.stack.client import StandIns
from local.stack.http import HttpClient, Json
from local.stack.onboarding import shop_secrets
from sandbox import start_sandbox
from tests.contract.conftest import Aws, make_aws, make_clients

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
SCHEDULE: Json = {"trigger": "schedule"}
"""What a schedule sends to its function; some send another trigger."""


@contextmanager
def running_aws() -> Iterator[str]:
    """The embedded AWS with nothing in it, and this process' environment set up for it. Yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        port = stack.free_ports(HOST, [0])[0]
        endpoint_url = f"http://{HOST}:{port}"
        process = embedded.start_aws(state=Path(folder), host=HOST, port=port)
        try:
            processes.wait_until(lambda: embedded.is_up(endpoint_url), "the embedded AWS", [process])
            os.environ.update(environment(endpoint_url))
            yield endpoint_url
        finally:
            processes.stop([process])


def environment(endpoint_url: str) -> dict[str, str]:
    """What AWS clients and Powertools read. Logs only of errors, no lines of metrics."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": embedded.ACCOUNT_KEY,
        "AWS_SECRET_ACCESS_KEY": embedded.ACCOUNT_KEY,
        "AWS_DEFAULT_REGION": embedded.REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": HOST,
        "no_proxy": HOST,
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "orderbridge",
        "POWERTOOLS_METRICS_DISABLED": "true",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
        "REQUIRE_TLS": "false",
    }


def counted(counts: Counter[str], between: str) -> str:
    """``PUT ×3``: what was counted, in the order in which it came."""
    names = (f"{name}{f' ×{count}' if count > 1 else ''}" for name, count in counts.items())
    return between.join(names) or "none"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function: the requests that it made to AWS, each as ``service.Operation``."""

    verb: str
    requests: Counter[str]

    @property
    def total(self) -> int:
        """How many requests."""
        return self.requests.total()

    def __str__(self) -> str:
        return counted(Counter({name.split(".")[1]: count for name, count in self.requests.items()}), " + ")


class Function:
    """A function with services of its own, as on Lambda: what one has read, another has not."""

    def __init__(self, verb: str, made: list[str]) -> None:
        self.verb = verb
        self._made = made
        self._app = importlib.import_module(f"functions.{verb}.app")
        self.restart()

    def restart(self) -> None:
        """The next call is the first one of a new process."""
        from orderbridge.bootstrap import Services  # noqa: PLC0415 - the environment comes first

        self._services = Services()

    def services(self) -> Any:  # noqa: ANN401 - orderbridge's Services
        """Its services."""
        return self._services

    def __call__(self, event: Json) -> Call:
        """Raises RuntimeError when a message of `event` was not handled."""
        from orderbridge import bootstrap  # noqa: PLC0415 - the environment comes first
        from orderbridge.telemetry import metrics  # noqa: PLC0415

        vars(bootstrap)["from_environment"] = self.services
        self._made.clear()
        answer = self._app.handler(event, _Context(self.verb))
        # Switched off, they still pile up, and are printed by the hundred.
        metrics.clear_metrics()
        call = Call(self.verb, Counter(self._made))
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            raise RuntimeError(f"{self.verb} gave a message back: see the log lines above")
        return call


class InProcess:
    """One table, bucket and set of queues, and the functions on them."""

    def __init__(self, endpoint_url: str) -> None:
        self.aws: Aws = make_aws(make_clients(endpoint_url))
        os.environ.update(
            {
                "TABLE_NAME": self.aws.table,
                "OLDEST_FETCH_SECONDS": "1800",
                "CHECKPOINTS_BUCKET": self.aws.bucket,
                "SECRETS_PREFIX": self.aws.prefix,
                "SHOP_ALARMS_TOPIC_ARN": self.aws.topic,
                **{
                    f"{name.upper().replace('-', '_')}_QUEUE_URL": url
                    for name, url in self.aws.queue_urls.items()
                },
            }
        )
        self._made: list[str] = []
        # The functions' clients come from a session of their own, so that ours are not counted.
        boto3.setup_default_session()
        session: Any = boto3.DEFAULT_SESSION
        session.events.register("before-send", self._count)
        self.fetch_changes = Function("fetch_changes", self._made)
        self.map_state = Function("map_state", self._made)
        self.push_to_mall = Function("push_to_mall", self._made)
        self.retry_transitions = Function("retry_transitions", self._made)
        self.push_to_shop = Function("push_to_shop", self._made)
        self.read_lists = Function("read_lists", self._made)
        self.flag_returns = Function("flag_returns", self._made)
        self.send_alarms = Function("send_alarms", self._made)

    def _count(self, event_name: str, **_: object) -> None:
        # before-send.{service}.{operation}
        self._made.append(event_name.partition(".")[2])

    def register(self, shop: str, stand_ins: StandIns, **settings: Json) -> None:
        """Registers `shop` with the addresses of its stand-ins, and `settings` beside them."""
        from orderbridge_cli import registry  # noqa: PLC0415 - the environment comes first

        registry.register_shop(
            self.fetch_changes.services().with_settings(SECRETS_PREFIX=self.aws.prefix),
            {"shop": shop, **settings},
            shop_secrets(stand_ins.fastcentrik, stand_ins.mall),
            running=True,
        )

    def remember_all(self, shop: str) -> None:
        """A first fetch of `shop`, as one that hands all its orders over at once, to nobody."""
        from orderbridge.flows.fetch_changes import fetch_changes  # noqa: PLC0415

        self.fetch_changes.restart()
        own = self.fetch_changes.services()
        own.queues = _Nobody()
        try:
            report = fetch_changes(own, shop, max_updates=1_000_000)
        finally:
            self.fetch_changes.restart()
        if report is None or report.problem:
            raise RuntimeError(f"the first fetch of {shop} failed: {report}")

    def deliver(self, queue: str, function: Function, at_once: int = 10) -> tuple[Call, list[Json]] | None:
        """Gives waiting messages of `queue` to `function`, as Lambda's poller does; None if there are none.

        Returns the call and the messages' bodies. What is asked of SQS here is not counted.
        """
        url = self.aws.queue_urls[queue]
        # The functions tell their queues apart by the names of the template, which have the stack's in front.
        name = f"bench-{queue}{'.fifo' if url.endswith('.fifo') else ''}"
        found = self.aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=at_once, MessageSystemAttributeNames=["All"]
        ).get("Messages", [])
        if not found:
            return None
        records = [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{embedded.REGION}:000000000000:{name}",
                "awsRegion": embedded.REGION,
            }
            for message in found
        ]
        call = function({"Records": records})
        for message in found:
            self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return call, [json.loads(message["Body"]) for message in found]

    def empty(self, queue: str) -> int:
        """Takes all messages out of `queue`; how many there were."""
        url, taken = self.aws.queue_urls[queue], 0
        while found := self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            taken += len(found)
            for message in found:
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken


class _Nobody:
    """``Queues`` that take everything and keep nothing."""

    def send_shop_updates(self, shop_updates: object) -> None:
        """Takes `shop_updates`."""

    def request_lists(self, requests: object) -> None:
        """Takes none."""


@dataclass(frozen=True, slots=True)
class _Context:
    function_name: str
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:bench"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """All the time that a function may have."""
        return 300_000


@contextmanager
def shop_of(count: int, first_mall_order_id: int = 1_000_000) -> Iterator[StandIns]:
    """Stand-ins whose shop holds `count` pending orders of MALL; MALL does not know them."""
    with start_sandbox() as sandbox:
        blocks = sandbox.as_blocks()
        stand_ins = StandIns(HttpClient(), blocks["fastcentrik"], blocks["mall"])
        if count:
            values = {"count": count, "first_mall_order_id": first_mall_order_id, "first_code": 1}
            stand_ins.control_shop("POST", "/orders/bulk", values)
        yield stand_ins


KINDS = {
    "list_unconfirmed": "GET /orders/unconfirmed",
    "list_orders": "GET /orders",
    "get_order": "GET /orders/{id}",
    "put_order": "PUT /orders/{id}",
    "put_tracking": "PUT /orders/{id}/tracking",
    "stats": "GET /orders/stats",
    "other": "other",
}
"""The kinds of calls that MALL's stand-in counts."""


def calls_to_mall(stand_ins: StandIns) -> Counter[str]:
    """How many calls of which kind MALL got so far."""
    counts = stand_ins.control_mall("GET", "/calls")
    return Counter({name: counts[kind] for kind, name in KINDS.items()})
