"""The client of the local stack: the deployed product, and its shops as people and MALL use them.

It uses public interfaces only: the control addresses of the stand-ins, the HTTP API, and AWS clients of the stack's
endpoint. The demonstration, the tests of the stack and the benchmarks use this client.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from local.stack.aws import AwsSession
from local.stack.http import HTTP_SECONDS, HttpClient, Json, content
from local.stack.onboarding import shop_secrets
from local.stack.processes import StackError
from local.stack.waiting import WAIT_SECONDS, eventually
from orderbridge.bootstrap import Services, open_stack
from orderbridge.domain.persons import Role
from orderbridge.messages import ListRequest
from orderbridge_cli import registry
from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

TICK_SECONDS = 1.0
"""Seconds between two ticks while a condition is awaited."""
FIRST_ORDER = 4_810_000_001
"""The first order number that the client uses."""
QUEUES = (
    *("fetch", "returns", "lists.fifo", "changes.fifo"),
    *("steps.fifo", "shop-steps.fifo", "alarms.fifo"),
)
"""Names of the product's queues."""


class Deployment:
    """The deployed stack: its AWS clients, its HTTP API, its schedules run by hand, its registry."""

    def __init__(self, addresses: Json, state: Path | None = None) -> None:
        """`addresses`: the content of stack.json. `state`: the folder of the stack's files, where it is needed."""
        self.addresses = addresses
        self.stack: str = addresses["aws"]["stack"]
        self.table: str = addresses["aws"]["table"]
        self.api_url: str = addresses["api"]["url"]
        self.token: str = addresses["api"]["operator_token"]
        """Token of the operator who uses the HTTP API unless another is given."""
        self.secrets: list[str] = []
        """Every secret that the product received. None of them may appear outside the parameters."""
        self.http = HttpClient()
        self._state = state
        self._session = AwsSession(addresses["aws"]["endpoint_url"])
        self._clients: dict[str, Any] = {}
        self._numbers = itertools.count(FIRST_ORDER)
        self._sent = itertools.count()
        webhook: str = addresses["api"]["mall_webhook_url"]
        self._keep(self.token, webhook.rpartition("/")[2])
        self._keep(addresses["mall"]["client_id"], *_tokens(addresses["fastcentrik"]))

    def close(self) -> None:
        """Closes all connections."""
        self.http.session.close()
        for client in self._clients.values():
            client.close()

    @property
    def state(self) -> Path:
        """The folder of the stack's files. Raises StackError where the client was made without it."""
        if self._state is None:
            raise StackError("this client does not know the folder of the stack's files")
        return self._state

    def aws(self, service: str) -> Any:  # noqa: ANN401 - one client type per service
        """A client with administrator rights, e.g. of "sqs"."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def output(self, name: str) -> str:
        """An output of the deployed stack by its name."""
        return self._outputs[name]

    @cached_property
    def _outputs(self) -> dict[str, str]:
        described = self.aws("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        return {one["OutputKey"]: str(one["OutputValue"]) for one in described["Outputs"]}

    @property
    def prefix(self) -> str:
        """The prefix of the names of all secrets."""
        return self.output("SecretsPrefix")

    def number(self) -> int:
        """A MALL order number that was not used before."""
        return next(self._numbers)

    # --- HTTP API -----------------------------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        token: str | None = None,
        query: Mapping[str, Json] | None = None,
        body: Json = None,
    ) -> requests.Response:
        """Sends one request to the HTTP API and returns any answer. `token` None: the client's own; "": none."""
        token = self.token if token is None else token
        return self.http.request(method, f"{self.api_url}{path}", body, token=token, query=query)

    def post(self, url: str, body: bytes) -> requests.Response:
        """Sends bytes without a token, as MALL or any other caller of a webhook does."""
        headers = {"Content-Type": "application/json"}
        return self.http.session.post(url, data=body, headers=headers, timeout=HTTP_SECONDS)

    # --- registry -----------------------------------------------------------------------------------------

    @cached_property
    def services(self) -> Services:
        """The product's own ports to this deployment."""
        return open_stack(self.stack, self.aws)

    def register(self, shop: str, secrets: Mapping[str, str], **settings: Json) -> None:
        """Registers `shop` with these secrets and settings."""
        registry.register_shop(self.services, {"shop": shop, **settings}, dict(secrets), running=True)
        self._keep(secrets["client_id"], *_tokens(secrets))

    def open_shop(self, shop: ShopClient, *, path: str = "", **settings: Json) -> None:
        """Registers the shop with its own addresses. `path` is appended to the export URL."""
        secrets = shop_secrets(shop.fastcentrik, shop.mall)
        secrets["export_url"] += path
        self.register(shop.name, secrets, **settings)

    def add_operator(self, name: str, shops: Sequence[str], role: Role = Role.OPERATOR) -> str:
        """Adds an operator of `shops`, or of all shops if there are none. Returns the token."""
        token = registry.add_operator(self.services, name, list(shops), role)
        self._keep(token)
        return token

    def add_webhook(self, shop: str) -> str:
        """Gives the shop a webhook of its own. Returns its URL."""
        path = registry.add_webhook(self.services, shop)
        self._keep(path.rpartition("/")[2])
        return f"{self.api_url}{path}"

    def _keep(self, *secrets: str) -> None:
        self.secrets += secrets

    # --- functions and queues -----------------------------------------------------------------------------

    def function(self, name: str) -> str:
        """The deployed name of a function, e.g. of "push-to-mall"."""
        return f"{self.stack}-{name}"

    def invoke(self, name: str, event: Json) -> Json:
        """Invokes a function and returns its answer. Raises StackError if the function fails."""
        answer = self.aws("lambda").invoke(FunctionName=self.function(name), Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            msg = f"{self.function(name)} failed: {payload}; see its log group /aws/lambda/{self.function(name)}"
            raise StackError(msg)
        return payload

    def tick(self, function: str = "retry-transitions", trigger: str = "schedule") -> Json:
        """Does what one of the schedules does; by default the one that runs every minute."""
        return self.invoke(function, {"trigger": trigger})

    def request_reads(self, exports: Iterable[str], lists: Iterable[str]) -> None:
        """Requests what two schedules request, for these shops only: reading their exports, and MALL's `lists`."""
        queues, now = self.services.queues, self.services.clock.now()
        queues.request_fetch(list(exports))
        queues.request_lists([ListRequest(shop=shop, what="unconfirmed", requested_at=now) for shop in lists])

    def queue(self, name: str) -> str:
        """The URL of a queue."""
        url: str = self.aws("sqs").get_queue_url(QueueName=f"{self.stack}-{name}")["QueueUrl"]
        return url

    def send(self, queue: str, group: str, body: str) -> str:
        """Sends a message that is never deduplicated, and returns its id. Only a FIFO queue uses `group`."""
        unique = hashlib.sha256(f"{next(self._sent)} {time.time()} {body}".encode()).hexdigest()
        ordered = {"MessageGroupId": group, "MessageDeduplicationId": unique} if ".fifo" in queue else {}
        sent = self.aws("sqs").send_message(QueueUrl=self.queue(queue), MessageBody=body, **ordered)
        return str(sent["MessageId"])

    def held_messages(self, queue: str) -> tuple[int, int]:
        """The number of messages in a queue: visible ones, and those that are being processed or hidden."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        held = self.aws("sqs").get_queue_attributes(QueueUrl=self.queue(queue), AttributeNames=names)
        visible, hidden = (int(held["Attributes"][name]) for name in names)
        return visible, hidden

    def settle(self) -> None:
        """Runs a tick twice and waits each time until no queue changes.

        A message that its reader has hidden is not awaited. Raises StackError when the time is over.
        """

        def nothing_moves() -> bool:
            before = [self.held_messages(queue) for queue in QUEUES]
            time.sleep(0.7)
            after = [self.held_messages(queue) for queue in QUEUES]
            return before == after and not any(visible for visible, _ in after)

        for _ in range(2):
            self.tick()
            eventually(nothing_moves, "nothing moves in the queues")

    def log(self, function: str) -> list[str]:
        """Everything that a function has logged."""
        pages = self.aws("logs").get_paginator("filter_log_events")
        group = f"/aws/lambda/{self.function(function)}"
        return [event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]]

    def metrics(self, function: str) -> list[Json]:
        """The metric records (embedded metric format) that a function has logged."""
        return [json.loads(line) for line in self.log(function) if '"_aws"' in line]


def _tokens(addresses: Mapping[str, str]) -> list[str]:
    """The secret parts of the export and import URLs."""
    return [addresses[key].split("/")[4] for key in ("export_url", "import_url")]


class StandIns:
    """The two stand-ins of one shop, FastCentrik and MALL, at their control addresses."""

    def __init__(self, http: HttpClient, fastcentrik: Mapping[str, str], mall: Mapping[str, str]) -> None:
        """`fastcentrik` and `mall` are blocks as in stack.json."""
        self.http = http
        self.fastcentrik = fastcentrik
        self.mall = mall

    def control_shop(self, method: str, path: str, body: Json = None) -> Json:
        """Sends a request to the control address of the shop's FastCentrik."""
        return self.http.json(method, f"{self.fastcentrik['control_url']}{path}", body)

    def control_mall(self, method: str, path: str, body: Json = None) -> Json:
        """Sends a request to MALL's control address: orders as MALL and customers change them, and the calls."""
        return self.http.json(method, f"{self.mall['control_url']}{path}", body)

    def clerk(self, number: int, **changes: Json) -> None:
        """Changes the order in the shop, as its people do. An order that the product created has its own code."""
        self.control_shop("PATCH", f"/orders/{next(iter(self._codes(number)), number)}", changes)

    def in_shop(self, number: int) -> list[Json]:
        """The shop's orders with this MALL number, each with customer and lines."""
        return [self.control_shop("GET", f"/orders/{code}?customer=1") for code in self._codes(number)]

    def _codes(self, number: int) -> list[str]:
        orders = self.control_shop("GET", "/orders")
        return [one["code"] for one in orders if one["mall_order_id"] == str(number)]

    def arm_shop(self, **rule: Json) -> None:
        """Sets the fault of the shop's export or import from now on; without `rule` there is none."""
        self.control_shop("PUT", "/faults", rule)

    def imports(self) -> int:
        """How many documents the shop's import has received in all."""
        return int(self.control_shop("GET", "/calls")["imports"])

    def customer(self, number: int, **changes: Json) -> None:
        """Changes the order at MALL, as MALL or the customer does."""
        self.control_mall("PATCH", f"/orders/{number}", changes)

    def at_mall(self, number: int) -> Json:
        """The order as MALL holds it."""
        return self.control_mall("GET", f"/orders/{number}")

    def arm(self, *rules: Json) -> None:
        """Sets MALL's faults from now on."""
        self.control_mall("PUT", "/faults", {"rules": list(rules)})

    def mall_calls(self, kind: str = "total") -> int:
        """How many calls MALL has received in all, or of one `kind`."""
        return int(self.control_mall("GET", "/calls")[kind])

    def calls(self, number: int) -> list[Json]:
        """Every call to MALL about the order."""
        calls: list[Json] = self.control_mall("GET", f"/orders/{number}/calls")
        return calls

    def put_methods(self, number: int) -> str:
        """The methods of an order's calls after its first read, abbreviated: `G` for a GET, `P` for a PUT."""
        return "".join(call["method"][0] for call in self.calls(number))[1:]

    def took(self, number: int) -> list[str]:
        """The statuses to which our PUTs changed the order, in their order."""
        puts = [call for call in self.calls(number) if call["method"] == "PUT"]
        return [put["status_after"] for put in puts if put["status_after"] != put["status_before"]]


class ShopClient(StandIns):
    """One shop: its name, its stand-ins, its key at MALL, and the HTTP API about it.

    `reads_lists`: MALL's lists are read for it. `token`: the deployment's unless given.
    """

    def __init__(
        self,
        deployment: Deployment,
        name: str,
        blocks: Mapping[str, Mapping[str, str]],
        *,
        reads_lists: bool = False,
        token: str | None = None,
    ) -> None:
        """`blocks`: the shop's own `fastcentrik` and `mall` as in stack.json."""
        super().__init__(deployment.http, blocks["fastcentrik"], blocks["mall"])
        self.deployment = deployment
        self.name = name
        self.client_id = self.mall["client_id"]
        self.reads_lists = reads_lists
        self.token = token

    def arrives(self, **mall: Json) -> int:
        """Creates an order at MALL only, a day old. Returns its number."""
        number = self.deployment.number()
        detail = {"id": number, "open": _a_day_ago(), "client_id": self.client_id, **mall}
        self.control_mall("POST", "/orders", detail)
        return number

    def opens(self, mall: Json = None, **shop: Json) -> int:
        """Creates an order on both sides, a day old, by default with a tracking number. Returns its number."""
        number = self.arrives(**(mall or {}))
        usual = {
            "status": "nevyřízená",
            "created": _a_day_ago(),
            "carrier": "Zásilkovna",
            "tracking_number": f"Z{number}",
        }
        record = {"code": str(number), "mall_order_id": number, **usual, **shop}
        self.control_shop("POST", "/orders", record)
        return number

    def ask(self, method: str, path: str, body: Json = None, **query: Json) -> requests.Response:
        """Sends one request about this shop to the HTTP API and returns any answer."""
        return self.deployment.ask(method, path, self.token, {"shop": self.name, **query}, body)

    def answer(self, method: str, path: str, body: Json = None, **query: Json) -> Json:
        """Sends one request about this shop to the HTTP API and returns the answer's content.

        Raises StackError for a refusal.
        """
        return content(self.ask(method, path, body, **query))

    def sync(self) -> None:
        """Requests a fetch of the export, and a reading of MALL's list where the shop's lists are read."""
        self.answer("POST", "/sync")

    def order(self, number: int) -> Json:
        """The product's record of an order; None while it has none."""
        answer = self.ask("GET", f"/orders/{number}")
        return None if answer.status_code == requests.codes.not_found else content(answer)

    def orders(self) -> dict[int, Json]:
        """The summaries of the latest 200 orders by their numbers."""
        orders = self.answer("GET", "/orders", limit=200)["orders"]
        return {order["mall_order_id"]: order for order in orders}

    def health(self) -> Json:
        """The health check's entry of this shop."""
        shops = content(self.deployment.ask("GET", "/health"))["shops"]
        return next(shop for shop in shops if shop["shop"] == self.name)

    def reach(self, goals: Mapping[int, Callable[[Json], bool]], within: float = WAIT_SECONDS) -> None:
        """Waits until the list of orders shows every order in its expected state, with ticks in between.

        `within` is in seconds. Raises StackError when the time is over.
        """
        reach_all({self: goals}, within)

    def until(self, condition: Callable[[], T], what: str, within: float = WAIT_SECONDS) -> T:
        """Waits until `condition` returns a true value, with ticks in between, and returns it.

        `within` is in seconds. Raises StackError when the time is over.
        """
        return while_scheduled([self], condition, what, within)


def reach_all(
    goals: Mapping[ShopClient, Mapping[int, Callable[[Json], bool]]], within: float = WAIT_SECONDS
) -> None:
    """`ShopClient.reach` for several shops at once. Raises StackError when the time is over."""

    def left() -> Json:
        return {
            (shop.name, number): seen.get(number)
            for shop, wanted in goals.items()
            for seen in [shop.orders()]
            for number, until in wanted.items()
            if number not in seen or not until(seen[number])
        }

    while_scheduled(list(goals), lambda: _Reached(left()), "the orders are where they should be", within)


@dataclass(frozen=True, slots=True)
class _Reached:
    """True when no order is `left`. Shown, it says which are."""

    left: Json

    def __bool__(self) -> bool:
        return not self.left


def while_scheduled(
    shops: Collection[ShopClient], condition: Callable[[], T], what: str, within: float = WAIT_SECONDS
) -> T:
    """``eventually``, with the work of the schedules for `shops` in between, about every second.

    For what one request alone does not guarantee: a call that fails, or a list that is not read, comes again with a
    tick. Raises StackError when the time is over.
    """
    deployment, tick_at = next(iter(shops)).deployment, time.monotonic() + TICK_SECONDS / 2

    def after_ticks() -> T:
        nonlocal tick_at
        value = condition()
        if not value and time.monotonic() >= tick_at:
            deployment.tick()
            deployment.request_reads(
                [shop.name for shop in shops], [shop.name for shop in shops if shop.reads_lists]
            )
            tick_at = time.monotonic() + TICK_SECONDS
        return value

    return eventually(after_ticks, what, within)


def wire(moment: datetime) -> str:
    """A local time in the services' wire format."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _a_day_ago() -> str:
    return wire(datetime.now(PRAGUE) - timedelta(days=1, hours=2))
