"""The deployed product, as the stack's tests reach it; its shops are in `place`.

Everything goes through public doors: the control addresses, the HTTP API, AWS clients of the stack's endpoint.
Two things are done behind the product's back, because the real ones take minutes: `Town.rewind` and its like move the
times in stored records, and `Town.visibility` shortens how long a queue hides a message.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from orderbridge import registry
from orderbridge.bootstrap import open_stack
from orderbridge.messages import ListRequest
from sandbox.aws import AwsSession
from tests.stack.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Json = Any
"""What a server sends or takes; the tests look into it."""
T = TypeVar("T")

PATIENCE = 90.0
"""Seconds until something that must happen counts as not happening; most of it takes less than one."""
HTTP_SECONDS = 60
QUEUES = (
    *("fetch", "returns", "lists.fifo", "changes.fifo"),
    *("steps.fifo", "shop-steps.fifo", "alarms.fifo"),
)


def eventually(condition: Callable[[], T], what: str, within: float = PATIENCE) -> T:
    """The first true value of `condition`. Fails with `what` and the last value when the time is over."""
    end = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {within:.0f} s: {what}; last seen: {value!r}"
        time.sleep(0.25)


@dataclass
class Town:
    """The deployed stack. `said` is everything that the HTTP API ever answered."""

    addresses: Json
    state: Path
    said: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    """Every secret that was given to the product: none may be found outside the parameters."""

    def __post_init__(self) -> None:
        aws = self.addresses["aws"]
        self.stack: str = aws["stack"]
        self.table: str = aws["table"]
        self._session = AwsSession(aws["endpoint_url"])
        self._clients: dict[str, Any] = {}
        self._records = Records(self.aws("dynamodb"), self.table)
        self._http = requests.Session()
        self._http.trust_env = False
        self._numbers = itertools.count(4_810_000_001)
        self._made = itertools.count()
        self.prefix = f"/orderbridge/{self.stack}"
        self.services = open_stack(self.stack, self.aws)
        self.token = registry.add_operator(self.services, "tests", [])
        own, mall, shop = self.addresses["api"], self.addresses["mall"], self.addresses["fastcentrik"]
        self.secrets += [self.token, own["operator_token"], mall["client_id"]]
        self.secrets += [shop[key].split("/")[4] for key in ("export_url", "import_url")]
        self.secrets.append(own["mall_webhook_url"].rsplit("/", 1)[1])

    def close(self) -> None:
        self._http.close()
        for client in self._clients.values():
            client.close()

    def aws(self, service: str) -> Json:
        """An administrator's client."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def number(self) -> int:
        """A MALL order number that was not used yet."""
        return next(self._numbers)

    # --- HTTP ---------------------------------------------------------------------------------------------

    def http(self, method: str, url: str, body: Json = None, **headers: str) -> requests.Response:
        return self._http.request(method, url, json=body, headers=headers, timeout=HTTP_SECONDS)

    def control(self, method: str, url: str, body: Json = None) -> Json:
        answer = self.http(method, url, body)
        assert answer.ok, f"{method} {url}: {answer.status_code} {answer.text}"
        return answer.json()

    def ask(
        self,
        method: str,
        path: str,
        token: str | None = None,
        query: Mapping[str, Json] | None = None,
        body: Json = None,
    ) -> requests.Response:
        """One request to the HTTP API; `token` is the one for every shop unless given ("": none)."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._http.request(
            method,
            f"{self.addresses['api']['url']}{path}",
            params=query,
            json=body,
            headers=headers,
            timeout=HTTP_SECONDS,
        )
        self.said.append(answer.text)
        return answer

    def post(self, url: str, body: bytes) -> requests.Response:
        """What a stranger, or MALL, may send: bytes without a token."""
        headers = {"Content-Type": "application/json"}
        answer = self._http.post(url, data=body, headers=headers, timeout=HTTP_SECONDS)
        self.said.append(answer.text)
        return answer

    # --- the product --------------------------------------------------------------------------------------

    def register(self, shop: str, secrets: Mapping[str, str], **settings: Json) -> None:
        registry.register_shop(self.services, {"shop": shop, **settings}, secrets)
        self.secrets += [
            secrets["client_id"],
            *(secrets[k].split("/")[4] for k in ("export_url", "import_url")),
        ]

    def add_webhook(self, shop: str) -> str:
        """The address of a webhook of its own for a shop."""
        path = registry.add_webhook(self.services, shop)
        self.secrets.append(path.rsplit("/", 1)[1])
        return f"{self.addresses['api']['url']}{path}"

    def output(self, name: str) -> str:
        """One of the deployed stack's outputs."""
        stack = self.aws("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        return next(str(one["OutputValue"]) for one in stack["Outputs"] if one["OutputKey"] == name)

    def function(self, name: str) -> str:
        return f"{self.stack}-{name}"

    def invoke(self, name: str, event: Json) -> Json:
        answer = self.aws("lambda").invoke(FunctionName=self.function(name), Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def tick(self, function: str = "retry-transitions", trigger: str = "schedule") -> Json:
        """What one of the schedules does; the usual one comes once a minute."""
        return self.invoke(function, {"trigger": trigger})

    def wake(self, shops: Iterable[str], lists: Iterable[str]) -> None:
        """What two other schedules ask for, for some shops alone: to read exports, and MALL's `lists`."""
        queues, now = self.services.queues, self.services.clock.now()
        queues.request_fetch(list(shops))
        queues.request_lists([ListRequest(shop=shop, what="unconfirmed", asked_at=now) for shop in lists])

    def queue(self, name: str) -> str:
        url: str = self.aws("sqs").get_queue_url(QueueName=f"{self.stack}-{name}")["QueueUrl"]
        return url

    def send(self, queue: str, group: str, body: str) -> str:
        """Sends a message that no deduplication holds back; returns its id. Only a FIFO queue has groups."""
        unique = hashlib.sha256(f"{next(self._made)} {time.time()} {body}".encode()).hexdigest()
        ordered = {"MessageGroupId": group, "MessageDeduplicationId": unique} if ".fifo" in queue else {}
        sent = self.aws("sqs").send_message(QueueUrl=self.queue(queue), MessageBody=body, **ordered)
        return str(sent["MessageId"])

    def held_messages(self, queue: str) -> tuple[int, int]:
        """How many messages a queue holds: visible ones, and those that are handed out or hidden."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        held = self.aws("sqs").get_queue_attributes(QueueUrl=self.queue(queue), AttributeNames=names)
        visible, hidden = (int(held["Attributes"][name]) for name in names)
        return visible, hidden

    def settle(self) -> None:
        """Wakes what is due, twice, and waits until nothing moves any more.

        A message that its reader has hidden for a while is not waited for.
        """

        def nothing_moves() -> bool:
            before = [self.held_messages(queue) for queue in QUEUES]
            time.sleep(0.7)
            after = [self.held_messages(queue) for queue in QUEUES]
            return before == after and not any(visible for visible, _ in after)

        for _ in range(2):
            self.tick()
            eventually(nothing_moves, "nothing moves in the queues")

    @contextmanager
    def visibility(self, queue: str, seconds: int) -> Iterator[None]:
        """How long `queue` hides a message that was handed out."""
        sqs, url, name = self.aws("sqs"), self.queue(queue), "VisibilityTimeout"
        usual = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={name: str(seconds)})
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=url, Attributes={name: usual})

    def kill(self, name: str) -> None:
        """Kills the processes that run a function in this stack, and no other's."""
        own = str(self.state / "aws" / "tmp" / f"ministack-lambda-{self.function(name)}-").encode()
        killed = 0
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes()
            except OSError:
                continue
            if own in command:
                os.kill(int(process.name), signal.SIGKILL)
                killed += 1
        assert killed, f"no process runs {name}"

    def log(self, function: str) -> list[str]:
        """Everything that a function has written."""
        group, pages = (
            f"/aws/lambda/{self.function(function)}",
            self.aws("logs").get_paginator("filter_log_events"),
        )
        return [event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]]

    def figures(self, function: str) -> list[Json]:
        """The metric records (embedded metric format) that a function has written."""
        lines = [line for line in self.log(function) if '"_aws"' in line]
        return [json.loads(line) for line in lines]

    def rewind(self, shop: str, number: int, seconds: float = 3600) -> None:
        """Moves everything on record of an order into the past, as if so much time had gone by."""
        self._records.rewind(shop, number, seconds)

    def rewind_shop(self, shop: str, seconds: float = 3600, name: str = "stopped_probe_at") -> None:
        """Moves a moment in a shop's record; the usual one is when a stopped shop tries its key again."""
        self._records.rewind_shop(shop, seconds, name)
