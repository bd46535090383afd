"""What both chapters of the demonstration share: the deployed product, and shops as a person would reach them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import requests

from sandbox.aws import AwsSession
from sandbox.processes import StackError
from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sandbox.http import Json

ROUND_SECONDS = 240
POLL_SECONDS = 0.5
HTTP_SECONDS = 30


class Town:
    """The deployed product: its clients of the embedded AWS, its HTTP API, and its schedules, done by hand."""

    def __init__(self, addresses: Json) -> None:
        self.api_url: str = addresses["api"]["url"]
        self.stack: str = addresses["aws"]["stack"]
        self._session = AwsSession(addresses["aws"]["endpoint_url"])
        self._clients: dict[str, Any] = {}
        self._http = requests.Session()
        self._http.trust_env = False

    def aws(self, service: str) -> Any:  # noqa: ANN401 - one client type per service
        """An administrator's client, e.g. of "sqs"."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def outputs(self) -> dict[str, str]:
        """What the deployed stack says of itself."""
        described = self.aws("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]}

    def wake(self, function: str, trigger: str = "schedule") -> None:
        """What a schedule does in its time; a demonstration has no minutes. Raises StackError if it fails."""
        name = f"{self.stack}-{function}"
        answer = self.aws("lambda").invoke(FunctionName=name, Payload=json.dumps({"trigger": trigger}))
        if "FunctionError" in answer:
            msg = f"{name} failed ({trigger}): see its log group /aws/lambda/{name}"
            raise StackError(msg)

    def tick(self) -> None:
        """The two schedules that always run: the shops' exports are read, and what is due is looked at."""
        self.wake("fetch-changes")
        self.wake("retry-transitions")

    def send(self, method: str, url: str, body: object = None, token: str = "") -> Any:  # noqa: ANN401 - JSON
        """One request and its answer. Raises StackError for any refusal."""
        return _content(self.request(method, url, body, token))

    def request(self, method: str, url: str, body: object = None, token: str = "") -> requests.Response:
        """One request, whatever the answer."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._http.request(method, url, json=body, headers=headers, timeout=HTTP_SECONDS)


def _content(answer: requests.Response) -> Any:  # noqa: ANN401 - JSON
    if not answer.ok:
        # Not the whole address: it may hold a secret.
        asked = f"{answer.request.method} …/{(answer.request.path_url).partition('?')[0].rpartition('/')[2]}"
        msg = f"{asked} answered {answer.status_code}: {answer.text[:200]}"
        raise StackError(msg)
    return answer.json()


@dataclass(frozen=True, slots=True)
class Place:
    """One shop: its administration, its MALL, and the product's HTTP API with a token that may see it."""

    town: Town
    shop: str
    fastcentrik: Mapping[str, str]
    mall: Mapping[str, str]
    token: str

    def in_shop(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """A request to the shop's administration."""
        return self.town.send(method, f"{self.fastcentrik['control_url']}{path}", body)

    def at_mall(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """A request to MALL's control address: what MALL and its customers do, and what MALL was asked."""
        return self.town.send(method, f"{self.mall['control_url']}{path}", body)

    def ask(self, method: str, path: str, body: object = None, query: str = "") -> Json:
        """A request to the product's HTTP API."""
        url = f"{self.town.api_url}{path}?shop={self.shop}{query}"
        answer: Json = self.town.send(method, url, body, self.token)
        return answer

    def order(self, number: int) -> Json:
        """The order as the product explains it; empty before it is known."""
        url = f"{self.town.api_url}/orders/{number}?shop={self.shop}"
        answer = self.town.request("GET", url, token=self.token)
        if answer.status_code == requests.codes.not_found:
            return {}
        order: Json = _content(answer)
        return order

    def clerk_changes(self, code: str, change: Json) -> None:
        """What the clerk types into the shop's administration; a value may be a function of the present moment."""
        now = datetime.now(PRAGUE)
        values = {key: value(now) if callable(value) else value for key, value in change.items()}
        self.in_shop("PATCH", f"/orders/{code}", values)

    def calls(self, number: int) -> list[Json]:
        """Every call to MALL about the order."""
        calls: list[Json] = self.at_mall("GET", f"/orders/{number}/calls")
        return calls


def wait_for(
    goals: Mapping[int, Callable[[], bool]],
    tick: Callable[[], None],
    tick_seconds: float,
    within: float = ROUND_SECONDS,
) -> Sequence[int]:
    """Until every goal was reached once, with ticks in between; returns those that were not in time."""
    waiting = dict(goals)
    end = time.monotonic() + within
    next_tick = time.monotonic() + tick_seconds
    while waiting and time.monotonic() < end:
        for key, reached in list(waiting.items()):
            if reached():
                del waiting[key]
        if waiting and time.monotonic() >= next_tick:
            tick()
            next_tick = time.monotonic() + tick_seconds
        time.sleep(POLL_SECONDS if waiting else 0)
    return list(waiting)


def told(call: Json) -> str:
    """One call to MALL in words: what was asked or sent, and what came of it."""
    status = call["http_status"]
    answer = "no answer" if status is None else str(status)
    if call["method"] == "GET":
        return f"was asked: {answer}" + (f", {call['status_after']}" if status == requests.codes.ok else "")
    body = call["body"] if isinstance(call["body"], dict) else {}
    words = ", ".join(f"{key}={value}" for key, value in body.items() if key != "first_delivery_attempt")
    effect = "" if call["status_before"] == call["status_after"] else f" → {call['status_after']}"
    return f"got {words}: {answer}{effect}"
