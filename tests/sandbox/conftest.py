"""The sandbox running in this process, under a clock that the test sets, and short ways to speak to both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import requests

from sandbox import Sandbox, start_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
"""What a server sends or takes; the tests look into it."""
PRAGUE = ZoneInfo("Europe/Prague")
TIMEOUT = 10
HTTP = requests.Session()
HTTP.trust_env = False  # looking for proxies and a netrc costs more than the call
START = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def wire(self, **ago: float) -> str:
        """The wire form of this long ago, in Prague."""
        return (self.now - timedelta(**ago)).astimezone(PRAGUE).strftime("%Y-%m-%d %H:%M:%S")


@dataclass
class Side:
    """One side's control address."""

    control_url: str

    def call(self, method: str, path: str, data: Json = None) -> requests.Response:
        return HTTP.request(method, f"{self.control_url}{path}", json=data, timeout=TIMEOUT)

    def put(self, path: str, data: Json) -> Json:
        answer = self.call("PUT", path, data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str) -> Json:
        return self.call("GET", path).json()

    def create(self, **fields: Json) -> Json:
        answer = self.call("POST", "/orders", fields)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def change(self, number: int | str, **fields: Json) -> Json:
        answer = self.call("PATCH", f"/orders/{number}", fields)
        assert answer.status_code == 200, answer.text
        return answer.json()


@dataclass
class Mall(Side):
    """MALL's side: its API with the right key, and its control address."""

    api_url: str = ""
    client_id: str = ""

    def api(self, method: str, path: str, body: Json = None, **params: Json) -> requests.Response:
        query = {"client_id": self.client_id, **params}
        return HTTP.request(method, f"{self.api_url}{path}", params=query, json=body, timeout=TIMEOUT)

    def write(self, order_id: int, **body: Json) -> requests.Response:
        return self.api("PUT", f"/orders/{order_id}", body)

    def read(self, order_id: int) -> Json:
        return self.api("GET", f"/orders/{order_id}").json()["data"]

    def order(self, status: str = "open", **fields: Json) -> int:
        order_id: int = self.create(status=status, **{"confirmed": True, **fields})["id"]
        return order_id

    def status(self, order_id: int) -> str:
        status: str = self.get(f"/orders/{order_id}")["status"]
        return status


@dataclass
class FastCentrik(Side):
    """The shop's side: its export, its import and its control address."""

    export_url: str = ""
    import_url: str = ""

    def export(self, headers: dict[str, str] | None = None, **params: str) -> requests.Response:
        return HTTP.get(self.export_url, params=params, headers=headers, timeout=TIMEOUT)

    def bring(self, document: str) -> requests.Response:
        return HTTP.post(self.import_url, data=document.encode(), timeout=TIMEOUT)


@pytest.fixture(scope="session")
def set_clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def sandbox(set_clock: SetClock) -> Iterator[Sandbox]:
    with start_sandbox(clock=set_clock) as running:
        yield running


@pytest.fixture
def clock(set_clock: SetClock) -> SetClock:
    set_clock.now = START
    return set_clock


@pytest.fixture
def mall(sandbox: Sandbox, clock: SetClock) -> Mall:
    assert clock.now == START
    side = Mall(sandbox.mall.control_url, sandbox.mall.api_url, sandbox.mall.client_id)
    side.call("POST", "/reset")
    return side


@pytest.fixture
def shop(sandbox: Sandbox, clock: SetClock) -> FastCentrik:
    assert clock.now == START
    addresses = sandbox.fastcentrik
    side = FastCentrik(addresses.control_url, addresses.export_url, addresses.import_url)
    side.call("POST", "/reset")
    return side
