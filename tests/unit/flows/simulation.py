"""The product in time: the real flows, with queues that hold messages back and calls that take as long as they take.

A discrete simulation. Time jumps from one event to the next; what runs at the same time takes turns, and is interrupted
exactly where it waits for MALL. Nothing in it depends on how fast the machine is.
"""

from __future__ import annotations

import heapq
import itertools
import random
import threading
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.rules import Rules
from orderbridge.errors import VersionConflictError
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.flows.read_lists import read_list, request_lists
from orderbridge.flows.retry_transitions import retry_transitions
from orderbridge.messages import Waiting
from tests.fakes import FakeMarketplace, FakeMarketplaces, FakeQueues
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.messages import ListRequest, StepDispatch
    from tests.fakes import Fault

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SENDERS = 10
"""MaxMallCallsAtOnce."""
RECHECKS_AT_ONCE = 50
"""MaxUpdatesAtOnce: each takes 0.1 s."""
OWN_TIME = 0.05
"""Seconds that a step takes without its call."""
ANSWER_TIME = 0.3
SILENCE_TIME = 18.0
"""Seconds until MALL answers, and until a call is given up (see ``adapters/mall/transport.py``)."""


class _Task:
    """A job that runs until it waits, and goes on when its time has come. One runs at a time."""

    def __init__(self, job: Callable[[_Task], None]) -> None:
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._failed: BaseException | None = None
        self._job = job
        threading.Thread(target=self._run, daemon=True).start()

    def resume(self) -> None:
        self._go.release()
        self._back.acquire()
        if self._failed is not None:
            raise self._failed

    def wait(self) -> None:
        self._back.release()
        self._go.acquire()

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._job(self)
        except BaseException as error:  # noqa: BLE001 - raised again where the simulation runs
            self._failed = error
        self._back.release()


@dataclass
class GroupedQueue:
    """A FIFO queue: one message of a group at a time. `most` and `most_of_one` are the longest it and a group were."""

    groups: dict[tuple[str, int], deque[StepDispatch]] = field(default_factory=dict)
    ready: deque[tuple[str, int]] = field(default_factory=deque)
    length: int = 0
    total: int = 0
    most: int = 0
    most_of_one: int = 0

    def put(self, send: StepDispatch) -> None:
        group = (send.shop, send.mall_order_id)
        messages = self.groups.setdefault(group, deque())
        messages.append(send)
        if len(messages) == 1:
            self.ready.append(group)
        self.length += 1
        self.total += 1
        self.most = max(self.most, self.length)
        self.most_of_one = max(self.most_of_one, len(messages))

    def done(self, group: tuple[str, int]) -> None:
        messages = self.groups[group]
        messages.popleft()
        self.length -= 1
        if messages:
            self.ready.append(group)
        else:
            del self.groups[group]


class _Queues(FakeQueues):
    """Keeps nothing: what was sent goes straight into the simulation's queues."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self._simulation = simulation

    def waiting(self) -> Waiting:
        return Waiting(len(self._simulation.rechecks), self._simulation.steps.length)


class _SlowMarketplace(FakeMarketplace):
    """Answers in ``ANSWER_TIME``, and while it is away not at all, which takes ``SILENCE_TIME``."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self._simulation = simulation

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        self._take_time()
        return super().read(mall_order_id)

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        self._take_time()
        answer = super().write(mall_order_id, change)
        if answer.call_result is CallResult.OK and change.status is not None:
            self._simulation.taken.setdefault(mall_order_id, self.now)
        return answer

    def under_way(self, *, test: bool) -> ListAnswer:
        self._simulation.list_calls += 1
        return super().under_way(test=test)

    def _take_time(self) -> None:
        simulation = self._simulation
        simulation.calls += 1
        self.outage = simulation.outage
        simulation.sleep(ANSWER_TIME if self.outage is None else SILENCE_TIME)
        self.now = simulation.clock.now()


class _SlowMarketplaces(FakeMarketplaces):
    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self._simulation = simulation

    def at(self, shop: str) -> FakeMarketplace:
        return self.by_shop.setdefault(shop, _SlowMarketplace(self._simulation))


class _Luck:
    """Random, and the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(7)  # noqa: S311 - no secret

    def jitter(self) -> float:
        return self._random.random()


class Simulation(InMemoryProduct):
    """A deployment with `shops`, whose time is moved by ``run``.

    `calls` are those to MALL for single orders, `list_calls` those for lists. `outage`, while set, is how MALL does not
    answer. `outcomes` counts what became of the messages about steps, `taken` is when MALL took an order's
    first status.
    """

    def __init__(self, shops: int, rules: Rules | None = None) -> None:
        super().__init__(rules=rules or Rules(undo_window_seconds=0))
        self.rechecks: deque[object] = deque()
        self.steps = GroupedQueue()
        self.calls = self.list_calls = self.looked = 0
        self.taken: dict[int, datetime] = {}
        self.outage: Fault | None = None
        self.outcomes: Counter[str] = Counter()
        self.queues = _Queues(self)
        self.marketplaces = _SlowMarketplaces(self)
        self.chance = _Luck()  # type: ignore[assignment]
        self.names = [SHOP, *(f"shop-{number}" for number in range(1, shops))]
        for name in self.names[1:]:
            self.add_shop(name)
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order_of_events = itertools.count()
        self._idle = SENDERS
        self._looking = False
        self._task: _Task | None = None
        self.every(MINUTE, self._retry)
        self.every(15 * MINUTE, self._feed)

    def after(self, delay: timedelta, then: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.clock.now() + delay, next(self._order_of_events), then))

    def every(self, period: timedelta, then: Callable[[], None]) -> None:
        def again() -> None:
            then()
            self.after(period, again)

        self.after(period, again)

    def sleep(self, seconds: float) -> None:
        """Whatever runs now goes on after that."""
        task = self._task
        if task is None:
            return
        self.after(timedelta(seconds=seconds), lambda: self._resume(task))
        task.wait()

    def run(self, until: Callable[[], bool], most: timedelta) -> timedelta:
        """Until that is so, and how long it took. Fails if it takes longer than `most`."""
        started = self.clock.now()
        self._deliver()
        while not until():
            at, _, then = heapq.heappop(self._events)
            assert at - started <= most, "it takes too long"
            self.clock.set(at)
            then()
            self._deliver()
        return self.clock.now() - started

    def run_for(self, time: timedelta) -> None:
        end = self.clock.now() + time
        self.run(lambda: self.clock.now() >= end, time + MINUTE)

    def _deliver(self) -> None:
        self.rechecks.extend(self.queues.take_changes())
        for send in self.queues.take_sends():
            self.steps.put(send)
        for request in self.queues.take_lists():
            self._read(request)
        for shop in self.queues.take_fetches():
            self.after(5 * SECOND, partial(self._fetch, shop))
        self.queues.take_alarms()
        if self.rechecks and not self._looking:
            self._looking = True
            self.after(SECOND / 10, self._recheck)
        while self._idle and self.steps.ready:
            self._idle -= 1
            group = self.steps.ready.popleft()
            self._resume(_Task(lambda _, group=group: self._send(group)))  # type: ignore[misc]

    def _resume(self, task: _Task) -> None:
        self._task = task
        try:
            task.resume()
        finally:
            self._task = None

    def _read(self, request: ListRequest) -> None:
        read_list(self, request)

    def _recheck(self) -> None:
        """The looks of a tenth of a second."""
        self._looking = False
        for _ in range(min(RECHECKS_AT_ONCE, len(self.rechecks))):
            change = self.rechecks.popleft()
            self.looked += 1
            self.map(change)  # type: ignore[arg-type]

    def _send(self, group: tuple[str, int]) -> None:
        """Carries one step out; its message comes back, or is done with."""
        send = self.steps.groups[group][0]
        self.sleep(OWN_TIME)
        retry_in: timedelta | None = 4 * MINUTE
        with suppress(VersionConflictError):
            result = push_to_mall(self, send)
            self.outcomes[result.outcome.value] += 1
            retry_in = result.retry_in
        self._idle += 1
        if retry_in is None:
            self.steps.done(group)
        else:
            self.after(retry_in, lambda: self.steps.ready.append(group))

    def _fetch(self, shop: str) -> None:
        self.fetch(shop)

    def _feed(self) -> None:
        request_lists(self, "unconfirmed")

    def _retry(self) -> None:
        retry_transitions(self)
