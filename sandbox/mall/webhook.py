"""MALL's webhook: sends one address the numbers of the orders that changed on MALL's side.

Every order that is created in Open, and every order that MALL or the customer changes (`PATCH …/control/orders/{id}`),
is collected, whoever's key it belongs to; what the partner does over the API is not. The numbers are POSTed as a bare
JSON array, each once, in the order of their first change: at once if the last delivery is `every_seconds` ago,
otherwise as soon as it is, together with all that changed meanwhile. Only while an address is set; changes
from before are not sent.

| request | does |
|---|---|
| `PUT …/webhook {"url": …, "every_seconds": 60}` | sets the address; `null` switches the webhook off (default) |
| `GET …/webhook` | `{on, every_seconds, deliveries: [{at, ids, http_status}]}`, never the address: it holds a secret |

`http_status` is null if no answer came. What becomes of a delivery that is not answered with 2xx is a question that
the documentation leaves open: see `webhook_retry` in `behaviour`.
"""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import requests
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.http import Json
    from sandbox.times import Clock

TIMEOUT_SECONDS = 5
STOP_SECONDS = 1
"""How long a delivery under way is waited for when the server stops."""


class WebhookSettings(BaseModel):
    """The body of `PUT …/webhook`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$")] | None = None
    every_seconds: float = Field(60, ge=0, le=86_400)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST. `at` is when it began."""

    at: str
    ids: list[int]
    http_status: int | None


class Webhook:
    """Collects the numbers of changed orders and delivers them from a thread of its own, between `start` and `stop`.

    `clock` gives the time that is shown; the pauses between deliveries are real. `repeats` says whether numbers that
    were not taken go out again with the next delivery.
    """

    def __init__(self, clock: Clock, repeats: Callable[[], bool]) -> None:
        self._clock = clock
        self._repeats = repeats
        self._settings = WebhookSettings()
        self._deliveries: list[Delivery] = []
        self._changed: dict[int, None] = {}
        self._next_at = 0.0
        self._stopped = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="mall-webhook", daemon=True)

    def start(self) -> None:
        """Begins to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; what was not delivered is dropped."""
        with self._news:
            self._stopped = True
            self._news.notify()
        self._thread.join(STOP_SECONDS)

    def set(self, settings: WebhookSettings) -> None:
        """From now on so; what was collected for the address before is dropped, the deliveries stay on show."""
        with self._news:
            self._settings = settings
            self._changed.clear()
            self._next_at = 0.0
            self._news.notify()

    def reset(self) -> None:
        """Off, and all deliveries are forgotten."""
        self.set(WebhookSettings())
        with self._news:
            self._deliveries.clear()

    def changed(self, order_id: int) -> None:
        """Collects `order_id`."""
        with self._news:
            if self._settings.url is not None:
                self._changed[order_id] = None
                self._news.notify()

    def describe(self) -> Json:
        """As `GET …/webhook` shows it."""
        with self._news:
            return {
                "on": self._settings.url is not None,
                "every_seconds": self._settings.every_seconds,
                "deliveries": [asdict(delivery) for delivery in self._deliveries],
            }

    def _run(self) -> None:
        with requests.Session() as http:
            http.trust_env = False
            while (due := self._wait()) is not None:
                self._deliver(http, *due)

    def _wait(self) -> tuple[WebhookSettings, list[int]] | None:
        """Waits until there is something to deliver; None: stopped."""
        with self._news:
            while not self._stopped:
                left = self._next_at - time.monotonic()
                if self._changed and left <= 0:
                    ids = list(self._changed)
                    self._changed.clear()
                    self._next_at = time.monotonic() + self._settings.every_seconds
                    return self._settings, ids
                self._news.wait(left if self._changed else None)
            return None

    def _deliver(self, http: requests.Session, settings: WebhookSettings, ids: list[int]) -> None:
        at = self._clock().isoformat(timespec="milliseconds")
        try:
            answer = http.post(settings.url or "", json=ids, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            http_status: int | None = answer.status_code
        except (requests.RequestException, ValueError):
            http_status = None
        # compared by identity: settings that were set anew count as new, also when they are equal
        repeat = not (http_status and requests.codes.ok <= http_status < requests.codes.multiple_choices)
        with self._news:
            if self._settings is settings:
                self._deliveries.append(Delivery(at, ids, http_status))
                if repeat and self._repeats():
                    self._changed = dict.fromkeys([*ids, *self._changed])
