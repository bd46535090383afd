"""Shops, their FastCentrik, their MALL and the deployed product, as the stack's tests reach them.

Everything goes through public doors: the control addresses, the HTTP API, AWS clients of the stack's endpoint.
Two things are done behind the product's back, because the real ones take minutes: `Town.rewind` moves the times
in stored records, and `Town.visibility` shortens how long a queue hides a message.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import requests

from orderbridge import registry
from orderbridge.adapters.aws.operators import SsmOperators
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.system import SystemClock
from sandbox.aws import AwsSession
from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Json = Any
"""What a server sends or takes; the tests look into it."""
T = TypeVar("T")

PATIENCE = 90.0
"""Seconds until something that must happen counts as not happening; most of it takes less than one."""
TICK_SECONDS = 1.5
HTTP_SECONDS = 60
QUEUES = ("fetch", "changes.fifo", "steps.fifo")


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
        self._http = requests.Session()
        self._http.trust_env = False
        self._numbers = itertools.count(4_810_000_001)
        self._made = itertools.count()
        self.prefix = f"/orderbridge/{self.stack}"
        self.token = registry.add_operator(SsmOperators(self.aws("ssm"), self.prefix), "tests", [])
        own, mall, shop = self.addresses["api"], self.addresses["mall"], self.addresses["fastcentrik"]
        self.secrets += [self.token, own["operator_token"], mall["client_id"]]
        self.secrets += [shop[key].split("/")[4] for key in ("export_url", "import_url")]

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
        self, method: str, path: str, token: str | None = None, query: Mapping[str, Json] | None = None
    ) -> requests.Response:
        """One request to the HTTP API; `token` is the one for every shop unless given ("": none)."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._http.request(
            method,
            f"{self.addresses['api']['url']}{path}",
            params=query,
            headers=headers,
            timeout=HTTP_SECONDS,
        )
        self.said.append(answer.text)
        return answer

    # --- the product --------------------------------------------------------------------------------------

    def register(self, shop: str, secrets: Mapping[str, str], **settings: Json) -> None:
        ssm, clock = self.aws("ssm"), SystemClock()
        registry.register_shop(
            {"shop": shop, **settings},
            secrets,
            shops=DynamoShops(self.aws("dynamodb"), self.table),
            secrets=SsmSecrets(ssm, self.prefix, clock),
            now=clock.now(),
        )
        self.secrets += [
            secrets["client_id"],
            *(secrets[k].split("/")[4] for k in ("export_url", "import_url")),
        ]

    def function(self, name: str) -> str:
        return f"{self.stack}-{name}"

    def invoke(self, name: str, event: Json) -> Json:
        answer = self.aws("lambda").invoke(FunctionName=self.function(name), Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def tick(self) -> Json:
        """What the schedule does once a minute."""
        return self.invoke("retry-transitions", {"trigger": "schedule"})

    def queue(self, name: str) -> str:
        url: str = self.aws("sqs").get_queue_url(QueueName=f"{self.stack}-{name}")["QueueUrl"]
        return url

    def send(self, queue: str, group: str, body: str) -> str:
        """Sends a message that no deduplication holds back; returns its id."""
        unique = hashlib.sha256(f"{next(self._made)} {time.time()} {body}".encode()).hexdigest()
        sent = self.aws("sqs").send_message(
            QueueUrl=self.queue(queue), MessageBody=body, MessageGroupId=group, MessageDeduplicationId=unique
        )
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
        """Moves the times that an order waits for into the past, as if so much time had gone by."""
        key = {"pk": {"S": f"ORDER#{shop}#{number}"}, "sk": {"S": "ORDER"}}
        item = self.aws("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        order = item["order"]["M"]
        records: list[tuple[Json, tuple[str, ...]]] = [(order, ("look_at",)), (item, ("due_at",))]
        if "M" in order["step"]:
            records.append((order["step"]["M"], ("claimed_at", "retry_at")))
        for record, names in records:
            for name in names:
                if "S" in record.get(name, {}):
                    record[name] = {"S": _earlier(record[name]["S"], seconds)}
        self.aws("dynamodb").put_item(
            TableName=self.table,
            Item=item,
            ConditionExpression="version = :version",
            ExpressionAttributeValues={":version": item["version"]},
        )

    def rewind_shop(self, shop: str, seconds: float = 3600) -> None:
        """The same for the time at which a stopped shop tries its key again."""
        key = {"pk": {"S": "SHOPS"}, "sk": {"S": shop}}
        item = self.aws("dynamodb").get_item(TableName=self.table, Key=key, ConsistentRead=True)["Item"]
        self.aws("dynamodb").update_item(
            TableName=self.table,
            Key=key,
            UpdateExpression="SET stopped_probe_at = :at",
            ExpressionAttributeValues={":at": {"S": _earlier(item["stopped_probe_at"]["S"], seconds)}},
        )


def _earlier(text: str, seconds: float) -> str:
    moment = datetime.fromisoformat(text) - timedelta(seconds=seconds)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass
class Place:
    """One shop: its name, its administration, its MALL and the key that it uses there."""

    town: Town
    shop: str
    fastcentrik: Json
    mall: Json
    client_id: str

    def opens(self, mall: Json = None, **shop: Json) -> int:
        """A new order on both sides, a day old, with a tracking number unless told otherwise. Returns its number."""
        number = self.town.number()
        stamp = wire(datetime.now(PRAGUE) - timedelta(days=1, hours=2))
        detail = {"id": number, "open": stamp, "client_id": self.client_id, **(mall or {})}
        self.town.control("POST", f"{self.mall['control_url']}/orders", detail)
        usual = {
            "status": "nevyřízená",
            "created": stamp,
            "carrier": "Zásilkovna",
            "tracking_number": f"Z{number}",
        }
        record = {"code": str(number), "mall_order_id": number, **usual, **shop}
        self.town.control("POST", f"{self.fastcentrik['control_url']}/orders", record)
        return number

    def clerk(self, number: int, **changes: Json) -> None:
        self.town.control("PATCH", f"{self.fastcentrik['control_url']}/orders/{number}", changes)

    def customer(self, number: int, **changes: Json) -> None:
        """What MALL or the customer does to the order at MALL."""
        self.town.control("PATCH", f"{self.mall['control_url']}/orders/{number}", changes)

    def arm(self, *rules: Json) -> None:
        """What goes wrong at MALL from now on."""
        self.town.control("PUT", f"{self.mall['control_url']}/faults", {"rules": list(rules)})

    def calls(self, number: int) -> list[Json]:
        calls: list[Json] = self.town.control("GET", f"{self.mall['control_url']}/orders/{number}/calls")
        return calls

    def at_mall(self, number: int) -> Json:
        return self.town.control("GET", f"{self.mall['control_url']}/orders/{number}")

    def sync(self) -> None:
        answer = self.town.ask("POST", "/sync", query={"shop": self.shop})
        assert answer.status_code == 202, answer.text

    def order(self, number: int) -> Json:
        """Everything that the product says of an order; None while it does not know it."""
        answer = self.town.ask("GET", f"/orders/{number}", query={"shop": self.shop})
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.status_code == 200 else None

    def orders(self) -> dict[int, Json]:
        """The newest 200 orders by number, in short."""
        answer = self.town.ask("GET", "/orders", query={"shop": self.shop, "limit": 200})
        assert answer.status_code == 200, answer.text
        return {order["mall_order_id"]: order for order in answer.json()["orders"]}

    def health(self) -> Json:
        answer = self.town.ask("GET", "/health").json()
        return next(shop for shop in answer["shops"] if shop["shop"] == self.shop)

    def reach(self, goals: Mapping[int, Callable[[Json], bool]], within: float = PATIENCE) -> None:
        """Waits until every order is where it should be, while both schedules tick."""
        reach_all({self: goals}, within)

    def __hash__(self) -> int:
        return hash(self.shop)

    def put_methods(self, number: int) -> str:
        """The calls of an order after its first reading, in short: `G` for a GET, `P` for a PUT."""
        return "".join(call["method"][0] for call in self.calls(number))[1:]

    def took(self, number: int) -> list[str]:
        """The statuses into which our PUTs really brought the order, in their order."""
        puts = [call for call in self.calls(number) if call["method"] == "PUT"]
        return [put["status_after"] for put in puts if put["status_after"] != put["status_before"]]


def reach_all(goals: Mapping[Place, Mapping[int, Callable[[Json], bool]]], within: float = PATIENCE) -> None:
    """`Place.reach` for many shops at once."""
    end = time.monotonic() + within
    town = next(iter(goals)).town
    tick_at = time.monotonic() + TICK_SECONDS
    while True:
        left = {
            (place.shop, number): seen.get(number)
            for place, wanted in goals.items()
            for seen in [place.orders()]
            for number, until in wanted.items()
            if number not in seen or not until(seen[number])
        }
        if not left:
            return
        assert time.monotonic() < end, f"not where they should be after {within:.0f} s: {left}"
        if time.monotonic() >= tick_at:
            town.tick()
            for place in goals:
                place.sync()
            tick_at = time.monotonic() + TICK_SECONDS
        time.sleep(0.25)


def wire(moment: datetime) -> str:
    """The wire form of local times."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def at(status: str) -> Callable[[Json], bool]:
    """MALL is known to hold `status`, and nothing is left to be sent."""
    return lambda order: order["status"] == status and order["next_step"] is None and order["hold"] is None


def held(code: str) -> Callable[[Json], bool]:
    """Nothing is sent, for this reason."""
    return lambda order: order["hold"] is not None and order["hold"]["code"] == code


def waits(action: str) -> Callable[[Json], bool]:
    """The step is recorded and waits for its time."""
    return lambda order: order["next_step"] is not None and order["next_step"]["action"] == action
