"""How many fetches and other calls fail because the account's reads of parameters are used up.

A simulation in seconds of its own, over the product's choice of moments (``request_fetches`` and its queue), its cache
of secrets and its number of attempts. What is assumed: SSM takes 40 reads a second, in bursts of as many, and refuses
the others; 50 functions at once, as in the template, each of which handles its next message at once; a fetch takes
half a second; every second somebody else reads a parameter too (operators, webhooks).
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from orderbridge import bootstrap
from orderbridge.adapters.aws.queues import SqsQueues
from orderbridge.adapters.aws.secrets import TTL, SsmSecrets
from orderbridge.flows.fetch_changes import request_fetches
from orderbridge.messages import FetchRequest
from orderbridge.settings import ShopSettings
from tests.fakes import NOON, FakeShops, ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Process = Iterator[float]

READS_PER_SECOND = 40
FUNCTIONS = 50
FETCH_SECONDS = 0.5
TICK_SECONDS = 300
SOON = int(bootstrap._AWS_SOON.retries["total_max_attempts"])  # type: ignore[attr-defined]
PATIENT = int(bootstrap._AWS_PATIENT.retries["total_max_attempts"])  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Way:
    """How the fetches of a tick are made."""

    spread: bool = True
    kept: timedelta = TTL
    attempts: int = PATIENT


BEFORE = Way(spread=False, kept=timedelta(minutes=15), attempts=SOON)


@dataclass
class Outcome:
    """What came of it. `others` are the reads of everybody else, `busiest` the most reads in one second."""

    fetches: int = 0
    failed: int = 0
    others: int = 0
    others_failed: int = 0
    reads: dict[int, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.failed / self.fetches

    @property
    def busiest(self) -> int:
        return max(self.reads.values())


class _Parameters:
    """SSM for everybody: it refuses what is too much. Stands for boto3's client, without attempts of its own."""

    def __init__(self, clock: ManualClock, outcome: Outcome) -> None:
        self._clock, self._outcome = clock, outcome
        self._tokens, self._at = float(READS_PER_SECOND), clock.now()

    def get_parameter(self, **_asked: object) -> Any:  # noqa: ANN401 - boto3's answer
        now = self._clock.now()
        passed = (now - self._at).total_seconds()
        self._tokens = min(READS_PER_SECOND, self._tokens + passed * READS_PER_SECOND)
        self._at = now
        second = int((now - NOON).total_seconds())
        self._outcome.reads[second] = self._outcome.reads.get(second, 0) + 1
        if self._tokens < 1:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "GetParameter")
        self._tokens -= 1
        return {"Parameter": {"Value": '{"export_url": "https://shop.test/x", "client_id": "key"}'}}


class _Simulation:
    def __init__(self, shops: int, way: Way) -> None:
        self.clock, self.outcome = ManualClock(), Outcome()
        self._way = way
        self._parameters = _Parameters(self.clock, self.outcome)
        self._chance = random.Random(17)  # noqa: S311 - a simulation
        self._order = itertools.count()
        self._events: list[tuple[float, int, Process]] = []
        self._waiting: deque[str] = deque()
        self._free = [self._function() for _ in range(FUNCTIONS)]
        self._shops = FakeShops()
        for number in range(shops):
            self._shops.put(ShopSettings(shop=f"shop-{number}"), NOON)

    def run(self, ticks: int) -> Outcome:
        for number in range(ticks):
            self._at(number * TICK_SECONDS, self._tick())
        for second in range(ticks * TICK_SECONDS):
            self._at(second + 0.5, self._somebody_else())
        while self._events:
            seconds, _, process = heapq.heappop(self._events)
            self.clock.set(NOON + timedelta(seconds=seconds))
            wait = next(process, None)
            if wait is not None:
                self._at(seconds + wait, process)
        return self.outcome

    def _at(self, seconds: float, process: Process) -> None:
        heapq.heappush(self._events, (seconds, next(self._order), process))

    def _now(self) -> float:
        return (self.clock.now() - NOON).total_seconds()

    def _tick(self) -> Process:
        sqs: Any = self
        queues = SqsQueues(sqs, fetch_queue_url="https://sqs.test/fetch")
        ports: Any = SimpleNamespace(shops=self._shops, queues=queues, clock=self.clock)
        request_fetches(ports)
        yield from ()

    def send_message_batch(self, *, Entries: list[Any], **_queue: object) -> dict[str, object]:  # noqa: N803
        """SQS: hands each message out after its delay."""
        for entry in Entries:
            delay = entry.get("DelaySeconds", 0) if self._way.spread else 0
            shop = FetchRequest.model_validate_json(entry["MessageBody"]).shop
            self._at(self._now() + delay, self._arrives(shop))
        return {}

    def _arrives(self, shop: str) -> Process:
        self._waiting.append(shop)
        self._hand_out()
        yield from ()

    def _hand_out(self) -> None:
        while self._waiting and self._free:
            secrets = self._free.pop()  # the one that was used last, as Lambda does
            self._at(self._now(), self._fetch(self._waiting.popleft(), secrets))

    def _function(self) -> SsmSecrets:
        return SsmSecrets(self._parameters, "/x", self.clock, self._way.kept)  # type: ignore[arg-type]

    def _fetch(self, shop: str, secrets: SsmSecrets) -> Process:
        self.outcome.fetches += 1
        read = yield from self._read(lambda: secrets.of(shop), self._way.attempts)
        if read:
            yield FETCH_SECONDS
        else:
            self.outcome.failed += 1
        self._free.append(secrets)
        self._hand_out()

    def _somebody_else(self) -> Process:
        self.outcome.others += 1
        read = yield from self._read(self._parameters.get_parameter, SOON)
        self.outcome.others_failed += not read

    def _read(self, read: Callable[[], object], attempts: int) -> Any:  # noqa: ANN401 - a process with an end
        """As botocore's standard mode: waits between the attempts by chance, up to 1, 2, 4 … seconds."""
        for number in range(attempts):
            try:
                read()
            except ClientError:
                if number + 1 < attempts:
                    yield self._chance.random() * 2**number
            else:
                return True
        return False


def simulate(shops: int, *, way: Way | None = None, ticks: int = 12) -> Outcome:
    """So many `ticks` for so many `shops`, from the moment of a deployment: no function knows any secret."""
    return _Simulation(shops, way or Way()).run(ticks)


def main() -> None:
    """An hour of ticks."""
    print("\n## Reads of secrets\n   .venv/bin/python -m tests.bench secrets\n")
    print("| shops | | fetches that fail | others' reads that fail | reads in the busiest second |")
    print("|---|---|---|---|---|")
    for shops in (300, 1000, 3000):
        for name, way in (("before", BEFORE), ("now", Way())):
            came = simulate(shops, way=way)
            others = came.others_failed / came.others
            print(f"| {shops} | {name} | {came.share:.1%} | {others:.1%} | {came.busiest} |")


if __name__ == "__main__":
    main()
