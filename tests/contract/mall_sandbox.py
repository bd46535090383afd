"""The sandbox's MALL with the adapter in front of it, and what each of its faults comes back as."""

from __future__ import annotations

import json
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orderbridge.adapters.mall import MallMarketplaces
from orderbridge.adapters.system import SystemClock
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import ShopSecrets
from orderbridge.settings import ShopSettings
from sandbox.server import SandboxOptions, start_sandbox
from tests.waiting import MALL_IN_TIME, MALL_SILENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.mall.client import MallMarketplace
    from sandbox.server import Sandbox

KEY = "k3y/9+f&8e=7d 6c"


@dataclass
class Mall:
    """The sandbox's MALL, its control address, and the adapter in front of it."""

    sandbox: Sandbox
    patient: MallMarketplaces
    hasty: MallMarketplaces
    """Gives up soon on an answer."""

    def at(
        self, *, zone: str = "Europe/Prague", client_id: str = KEY, hasty: bool = False
    ) -> MallMarketplace:
        settings = ShopSettings(shop="demo", rules=Rules(marketplace_zone=zone))
        secrets = ShopSecrets(
            export_url=self.sandbox.fastcentrik.export_url,
            client_id=client_id,
            marketplace_api_url=self.sandbox.mall.api_url,
        )
        return (self.hasty if hasty else self.patient).of(settings, secrets)

    def control(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(  # noqa: S310 - the sandbox's own address
            f"{self.sandbox.mall.control_url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return json.load(answer)

    def order(self, **fields: object) -> int:
        return int(self.control("POST", "orders", fields)["id"])

    def faults(self, **fault: object) -> None:
        self.control("PUT", "faults", fault)

    def behaviour(self, **switches: object) -> None:
        self.control("PUT", "behaviour", switches)

    def calls(self, order: int) -> list[Any]:
        return list(self.control("GET", f"orders/{order}/calls"))


@contextmanager
def running_mall() -> Iterator[Mall]:
    """Runs until the context ends."""
    with start_sandbox(SandboxOptions(client_id=KEY)) as sandbox:
        both = [
            MallMarketplaces(SystemClock(), timeouts=one, local=True) for one in (MALL_IN_TIME, MALL_SILENT)
        ]
        yield Mall(sandbox, *both)
        for one in both:
            one.close()


READ_AND_WRITE = [
    ({"http_status": 400}, CallResult.BAD_REQUEST, CallResult.BAD_REQUEST),
    ({"http_status": 401}, CallResult.UNAUTHORIZED, CallResult.UNAUTHORIZED),
    ({"http_status": 403}, CallResult.FORBIDDEN, CallResult.FORBIDDEN),
    ({"http_status": 404}, CallResult.NOT_FOUND, CallResult.NOT_FOUND),
    ({"http_status": 404, "body": "<h1>Not Found</h1>"}, CallResult.UNEXPECTED, CallResult.UNEXPECTED),
    ({"http_status": 409}, CallResult.CONFLICT, CallResult.CONFLICT),
    ({"http_status": 422}, CallResult.UNPROCESSABLE, CallResult.UNPROCESSABLE),
    ({"http_status": 429}, CallResult.LIMITED, CallResult.LIMITED),
    ({"http_status": 500}, CallResult.SERVER_ERROR, CallResult.SERVER_ERROR),
    ({"http_status": 503}, CallResult.SERVER_ERROR, CallResult.SERVER_ERROR),
    ({"http_status": 302}, CallResult.UNEXPECTED, CallResult.UNEXPECTED),
    ({"malformed": True}, CallResult.BROKEN_BODY, CallResult.BROKEN_BODY),
    ({"malformed": True, "body": "<html>"}, CallResult.BROKEN_BODY, CallResult.BROKEN_BODY),
    ({"empty_body": True}, CallResult.EMPTY_BODY, CallResult.EMPTY_BODY),
    ({"lost": "before"}, CallResult.CONNECTION_LOST, CallResult.CONNECTION_LOST),
    ({"lost": "after"}, CallResult.CONNECTION_LOST, CallResult.CONNECTION_LOST),
    ({"lost": "after", "how": "reset"}, CallResult.CONNECTION_LOST, CallResult.CONNECTION_LOST),
    ({"reset": True}, CallResult.CONNECTION_LOST, CallResult.CONNECTION_LOST),
]
SILENCES = [{"latency_ms": 600_000, "when": when} for when in ("before", "after")]
"""Of these, each call is a time-out."""
