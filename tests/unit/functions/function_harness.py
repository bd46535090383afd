"""One function under test: its module imported as Lambda would, its services replaced by fakes, its output kept."""

from __future__ import annotations

import importlib
import io
import itertools
import json
import sys
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from local.sam import events
from orderbridge import bootstrap
from orderbridge.console.sessions import Session, form_token, session_cookie
from orderbridge.console.web import WebRequest
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.flows.retry_transitions import park_dead_letter
from orderbridge.settings import ShopSettings
from tests.fakes import KEY_REFUSED, NOON, FakeConsoleStore, FakeSigningKeys
from tests.openapi.checking import check_answer
from tests.unit.flows.in_memory_product import InMemoryProduct
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pytest

    NewHarness = Callable[[str], "FunctionHarness"]

Json = Any
TOKEN = "an-invented-operators-token"
HANDLE = "receipt-handle-of-the-message"
WEBHOOK_SECRET = "an-invented-secret-of-a-webhook"
ORDER, DEAD_ORDER, OTHER_ORDER, NEW_ORDER = 4_700_000_001, 4_700_000_002, 4_700_000_003, 4_700_000_004
UNKNOWN_ORDER = 4_709_999_999
_stacks = itertools.count(1)


@dataclass
class FakeVisibility:
    """`hidden`: (receipt handle, seconds) of every message that was given back."""

    hidden: list[tuple[str, int]] = field(default_factory=list)

    def hide(self, receipt_handle: str, seconds: int) -> None:
        self.hidden.append((receipt_handle, seconds))


@dataclass
class FunctionServices(InMemoryProduct):
    """The product in memory with what only the functions use. Satisfies what the handlers take from ``bootstrap``."""

    fetch_patience: timedelta = timedelta(minutes=30)
    steps_visibility: FakeVisibility = field(default_factory=FakeVisibility)
    shop_steps_visibility: FakeVisibility = field(default_factory=FakeVisibility)
    lists_visibility: FakeVisibility = field(default_factory=FakeVisibility)
    signing_keys: FakeSigningKeys = field(default_factory=FakeSigningKeys)
    local: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.console_store = FakeConsoleStore(self.operators)


class FunctionHarness:
    """Runs one function's handler. `used` are the services that it took."""

    def __init__(
        self, function: str, monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]
    ) -> None:
        self.function = function
        # A name of its own: loggers are kept by name, and an older one would write to an older capture.
        self.stack = f"stack-{next(_stacks)}"
        self.product = FunctionServices()
        self.used: set[str] = set()
        self._capture = capture
        self._output = ""
        for name, value in template.environment(function, self.stack).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(bootstrap, "from_environment", self._services)
        for module in ("orderbridge.telemetry", "orderbridge.entrypoints", f"functions.{function}.app"):
            # It reads the environment when it is imported.
            monkeypatch.delitem(sys.modules, module, raising=False)
        self.app = importlib.import_module(f"functions.{function}.app")
        sys.modules["orderbridge.telemetry"].logger.registered_handler.setStream(_Stdout())

    def play(self, case: str, change: Callable[[Json], None] | None = None) -> Json:
        """The handler's answer to `events/<function>.<case>.json`, which `change` may alter before.

        One to HTTP must be in the OpenAPI document.
        """
        event = load(f"{self.function}.{case}", self.product.clock.now())
        if change is not None:
            change(event)
        answer = self.app.handler(event, context())
        if self.function in {"operate", "receive_webhook"}:
            headers = answer.get("headers") or {}
            kind = headers.get("Content-Type") or answer["multiValueHeaders"]["Content-Type"][0]
            check_answer(event["httpMethod"], event["path"], answer["statusCode"], kind, answer["body"])
        return answer

    def output(self) -> str:
        """Everything that was written so far, to either stream."""
        written = self._capture.readouterr()
        self._output += written.out + written.err
        return self._output

    def lines(self) -> list[Json]:
        """The log's lines, parsed. Each is one JSON object, or the log is not readable by machines."""
        return [json.loads(line) for line in self.output().splitlines()]

    def log(self) -> list[Json]:
        """The log's lines but for the metrics and what only says that work begins."""
        lines = [line for line in self.lines() if "_aws" not in line]
        return [line for line in lines if not line["message"].endswith(" begins")]

    def metrics(self) -> list[Json]:
        """The lines that CloudWatch takes metrics from."""
        return [line for line in self.lines() if "_aws" in line]

    def figures(self) -> dict[str, float]:
        """Every metric with its value; of one published twice the last."""
        return {
            metric["Name"]: line[metric["Name"]][-1]
            for line in self.metrics()
            for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        }

    def _services(self) -> _Watched:
        return _Watched(self.product, self.used)


class _Stdout(io.TextIOBase):
    """Whatever stdout is at the moment: pytest puts another in its place for every phase of a test."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


class _Watched:
    """The services, noting which of them are taken."""

    def __init__(self, product: FunctionServices, used: set[str]) -> None:
        self._product = product
        self._used = used

    def __getattr__(self, name: str) -> object:
        self._used.add(name)
        return getattr(self._product, name)


SESSION = Session(
    "an-invented-session",
    sha256(TOKEN.encode()).hexdigest(),
    int(NOON.timestamp()),
    int(NOON.timestamp()),
)
"""The session of the clerk who has the token."""


def session_of(now: datetime, session: Session = SESSION) -> str:
    """What the cookie of the session holds when it was renewed `now`."""
    at = int(now.timestamp())
    whole = session_cookie(
        replace(session, begun_at=at, used_at=at), FakeSigningKeys(), WebRequest("GET", (), "/"), secure=True
    )
    return whole.partition("=")[2].partition(";")[0]


def load(name: str, now: datetime = NOON) -> Json:
    """The event `name` as the tests play it at `now`."""
    return events.load(
        name,
        console_session=session_of(now),
        form_token=form_token(SESSION, FakeSigningKeys()),
        operator_token=TOKEN,
        webhook_secret=WEBHOOK_SECRET,
        receipt_handle=HANDLE,
        now=now.isoformat().replace("+00:00", "Z"),
    )


def context() -> SimpleNamespace:
    """What Lambda passes beside the event, as far as it is used."""
    return SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:eu-central-1:000000000000:function:function",
        aws_request_id="5f3c4d00-0000-4000-8000-0000000000ff",
        get_remaining_time_in_millis=lambda: 300_000,
    )


def new_order_opens(product: InMemoryProduct) -> None:
    """MALL has an order that nobody knows yet, and the shop is to get its orders from us."""
    rules = Rules(undo_window_seconds=0, import_mode="create")
    settings = ShopSettings(shop="demo", rules=rules, export_interval_seconds=0)
    product.shops.put(settings, product.clock.now())
    product.mall.hold(NEW_ORDER)


def new_order_is_to_be_written(product: InMemoryProduct) -> None:
    """The step that writes that order into the shop is recorded, and its message was sent."""
    product.read_list()
    product.map_all()
    product.clock.advance(seconds=20)
    product.fetch()
    product.map_all()
    assert [send.step for send in product.queues.take_shop_sends()] == [1]


def parcel_is_overdue(product: InMemoryProduct) -> None:
    """The first order was shipped long ago."""
    product.mall.hold(ORDER, MarketplaceStatus.SHIPPED, confirmed=True)
    product.clerk(ORDER, ShopStatus.SETTLED)
    product.fetch()
    product.settle()
    product.clock.advance(timedelta(days=15))


def park(product: InMemoryProduct) -> None:
    """A message about an order failed too often."""
    (record,) = load("retry_transitions.dead_letter")["Records"]
    queue, receives = "changes-dead.fifo", int(record["attributes"]["ApproximateReceiveCount"])
    park_dead_letter(product, record["messageId"], queue, record["body"], receives)


def stop(product: InMemoryProduct) -> None:
    """MALL refuses the shop's key."""
    now = product.clock.now()
    product.shops.stop("demo", KEY_REFUSED, now, now + timedelta(minutes=5))


def asked_now(product: InMemoryProduct) -> Callable[[Json], None]:
    """Changes an event: its requests for lists are asked for at this moment."""

    def change(event: Json) -> None:
        for record in event["Records"]:
            now = product.clock.now().isoformat()
            record["body"] = json.dumps(json.loads(record["body"]) | {"requested_at": now})

    return change


def failed(answer: Json) -> list[str]:
    """The ids of the messages that the handler reports as failed."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def ids(event: Json) -> list[str]:
    return [record["messageId"] for record in event["Records"]]


def put_rules(made: FunctionHarness, **rules: object) -> None:
    """Gives the harness's shop these rules, in place of those before."""
    settings = ShopSettings(shop="demo", rules=Rules(**rules), export_interval_seconds=0)  # type: ignore[arg-type]
    made.product.shops.put(settings, made.product.clock.now())
