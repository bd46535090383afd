"""What the ticks cost when nothing happens: AWS requests, and calls to MALL; an idle day of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.stack.processes import StackError
from orderbridge.adapters.mall.wire import PAGE_SIZE
from tests.bench import recorded
from tests.bench.in_process import (
    SCHEDULE,
    Call,
    Function,
    InProcess,
    calls_to_mall,
    counted,
    shop_of,
)
from tests.bench.tables import print_table
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import StandIns
    from local.stack.http import Json

SIZES = (10, 1_000)
CHECKED = ("the list", "reconciliation", "flag_returns", "retry_transitions", "digest without news")
UNCONFIRMED = 10
RECONCILE: Json = {"trigger": "reconcile"}
DIGEST: Json = {"trigger": "digest"}
FIRST = 4_700_000_001
STATUSES = ("open", "shipping", "shipped")
MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Tick:
    """A schedule's event, and the one shop's message that follows from it (if one does)."""

    what: str
    tick: Call
    own: Call | None = None
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """AWS requests of both."""
        return self.tick.total + (self.own.total if self.own else 0)

    def row(self) -> list[object]:
        """As the table shows it."""
        which = f"{self.tick} | {self.own}" if self.own else str(self.tick)
        own = self.own.total if self.own else ""
        return [self.what, self.tick.total, own, self.total, counted(self.calls, ", "), which]


def print_idle(endpoint_url: str) -> None:
    """A shop with some orders under way at MALL, all of which are known and confirmed, and nothing new."""
    rows: list[list[object]] = []
    days: list[list[object]] = []
    for size in SIZES:
        with shop_of(0) as stand_ins:
            ticks = {tick.what: tick for tick in _ticks(InProcess(endpoint_url), stand_ins, size)}
        rows += [[f"{size:,}", *tick.row()] for tick in ticks.values()]
        if size == SIZES[0]:
            for what in CHECKED:
                recorded.check(f"{what}, tick", ticks[what].tick.requests)
                if (own := ticks[what].own) is not None:
                    recorded.check(f"{what}, its message", own.requests)
        days.append([f"{size:,}", *_day(ticks["the list"], ticks["reconciliation"])])
    print_table(
        "Ticks with nothing new, one shop",
        "requests",
        ["under way", "tick of", "tick", "its message", "sum", "calls to MALL", "which (tick | message)"],
        rows,
        "under way: orders at MALL in open, shipping and shipped, a third each, all known to us.",
        "cold: the first reading of a new process, which reads the shop's secrets (kept for as long as they are good).",
        "flag_returns: one Query more per 200 shipped orders that have not changed for a day.",
    )
    print_table(
        "An idle day of MALL's lists at the default schedules, one shop (from the ticks above)",
        "requests",
        ["under way", "readings of the list", "reconciliations", "calls to MALL", "AWS requests"],
        days,
        f"MALL gives at most {PAGE_SIZE:,} orders at once; a longer list takes a call for every page.",
    )


def _day(listing: Tick, reconciling: Tick) -> list[object]:
    readings, reconciliations = _times_a_day("FeedSchedule"), _times_a_day("ReconcileSchedule")
    calls = readings * listing.calls.total() + reconciliations * reconciling.calls.total()
    requests = readings * listing.total + reconciliations * reconciling.total
    return [readings, reconciliations, calls, f"{requests:,}"]


def _times_a_day(parameter: str) -> int:
    """How often the template's default schedule comes round. Raises StackError for a form that is not known here."""
    default = template.read()["Parameters"][parameter]["Default"]
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", default):
        return 1
    minutes = re.fullmatch(r"rate\((\d+) minutes?\)", default)
    if minutes is None:
        msg = f"{parameter} is {default}: teach tests/bench/idle.py how often that is"
        raise StackError(msg)
    return MINUTES_OF_A_DAY // int(minutes[1])


def _ticks(product: InProcess, stand_ins: StandIns, size: int) -> Iterator[Tick]:
    product.register("demo", stand_ins)
    numbers = range(FIRST, FIRST + size)
    for number in numbers:
        held = {"id": number, "status": STATUSES[number % len(STATUSES)], "confirmed": True}
        stand_ins.control_mall("POST", "/orders", held)
    _take_in(product, RECONCILE)
    product.read_lists.restart()
    yield _lists(product, stand_ins, "the list, cold", SCHEDULE)
    yield _lists(product, stand_ins, "the list", SCHEDULE)
    yield _lists(product, stand_ins, "reconciliation", RECONCILE)
    yield Tick("flag_returns", product.flag_returns(SCHEDULE), _own(product, "returns", product.flag_returns))
    yield Tick("retry_transitions", product.retry_transitions(SCHEDULE))
    yield _digest(product)
    for number in numbers[:UNCONFIRMED]:
        stand_ins.control_mall("PATCH", f"/orders/{number}", {"confirmed": False})
    _take_in(product, SCHEDULE)
    yield _lists(product, stand_ins, f"the list, {UNCONFIRMED} known orders on it", SCHEDULE)
    left = {queue: product.empty(queue) for queue in product.aws.queue_urls}
    if any(left.values()):
        raise RuntimeError(f"nothing happened, and messages are left: {left}")


def _take_in(product: InProcess, trigger: Json) -> None:
    """Reads the list as at its first time, and makes all that is on it known."""
    product.read_lists(trigger)
    product.deliver("lists", product.read_lists)
    while product.deliver("changes", product.map_state):
        pass


def _lists(product: InProcess, stand_ins: StandIns, what: str, trigger: Json) -> Tick:
    before = calls_to_mall(stand_ins)
    tick = product.read_lists(trigger)
    own = _own(product, "lists", product.read_lists)
    return Tick(what, tick, own, calls_to_mall(stand_ins) - before)


def _digest(product: InProcess) -> Tick:
    tick = product.send_alarms(DIGEST)
    own = _own(product, "alarms", product.send_alarms)
    if own.requests["sns.Publish"]:
        raise RuntimeError("the digest had news")
    return Tick("digest without news", tick, own)


def _own(product: InProcess, queue: str, function: Function) -> Call:
    """What the shop's message takes."""
    delivered = product.deliver(queue, function)
    if delivered is None:
        raise RuntimeError(f"the tick of {function.verb} asked for nothing")
    return delivered[0]
