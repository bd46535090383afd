"""How many requests to AWS a tick and a step make, and how many calls to MALL an order's life takes."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.domain.progress import CLEARED_LOOK
from tests.bench.place import Call, Json, Place, ask, control, running_aws, shop_of
from tests.bench.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.server import Sandbox

SIZES = (10, 1_000, 50_000)
SCHEDULE: Json = {"trigger": "schedule"}
UNDO_SECONDS = 1
ORDER = 4_700_000_001


def main() -> None:
    """Prints the tables."""
    with running_aws() as endpoint_url:
        _ticks(endpoint_url)
        _life(endpoint_url)


def _ticks(endpoint_url: str) -> None:
    rows: list[list[object]] = []
    for size in SIZES:
        place = Place(endpoint_url)
        with shop_of(size) as town:
            place.register("demo", town)
            place.remember_all("demo")
            # The longest export is the slowest to read: once is enough to show that it makes no difference.
            changed = (1, 10) if size < SIZES[-1] else (10,)
            rows += [[f"{size:,}", *row] for row in _ticks_of(place, town, changed)]
    print_table(
        "AWS requests of a tick of fetch_changes, one shop",
        "requests",
        ["orders", "what changed", "tick", "its fetch", "sum", "which (tick | fetch)"],
        rows,
        "tick: the schedule's event, once for all shops (one SendMessageBatch per ten shops).",
        "cold: the first fetch of a new process, which reads the shop's secrets (kept for a quarter of an hour).",
        "same document: a shop that offers no ETag and no Last-Modified sends the whole export again.",
        "Not counted, because Lambda's pollers make them, not the product: ReceiveMessage of every queue, idle or not,",
        "and DeleteMessage of what was handled: one each per batch here (1 fetch message, up to 10 changes, 1 step).",
    )


def _ticks_of(place: Place, town: Sandbox, changed: Sequence[int]) -> Iterator[list[object]]:
    yield _tick(place, "nothing, cold", news=0)
    yield _tick(place, "nothing", news=0)
    control(town, "PUT", "/faults", {"rules": [{"kind": "no_validators", "times": 1}]})
    yield _tick(place, "nothing, same document", news=0)
    for count in changed:
        for code in range(1, count + 1):
            control(town, "PATCH", f"/orders/{code}", {"tracking_number": f"Z{count}"})
        yield _tick(place, f"{count} order{'s' if count > 1 else ''}", news=count)


def _tick(place: Place, what: str, *, news: int) -> list[object]:
    tick = place.fetch_changes(SCHEDULE)
    fetched = place.deliver("fetch", place.fetch_changes)
    if fetched is None or (sent := place.empty("changes")) != news:
        raise RuntimeError(f"{what}: {news} changed orders should have been handed over: {fetched} {sent}")
    return [what, tick.total, fetched[0].total, tick.total + fetched[0].total, f"{tick} | {fetched[0]}"]


def _life(endpoint_url: str) -> None:
    """One order from pending to delivered, with an undo window of a second instead of a quarter of an hour."""
    place = Place(endpoint_url)
    now = datetime.now(ZoneInfo("Europe/Prague"))
    with shop_of(0) as town:
        place.register("demo", town, {"undo_window_seconds": UNDO_SECONDS})
        idle = [place.retry_transitions(SCHEDULE), place.retry_transitions(SCHEDULE)]
        ask(f"{town.mall.control_url}/orders", "POST", {"id": ORDER})
        order = {"code": "1", "mall_order_id": ORDER, "status": "nevyřízená"}
        control(town, "POST", "/orders", {**order, "carrier": "PPL", "tracking_number": "40000000001"})
        rows = list(_follow(place, "order arrives, pending"))
        for what, change in (
            ("shipping", {"status": "vyřizuje se"}),
            ("shipped", {"status": "vyřízená"}),
            ("delivered", {"delivery_date": now.date().isoformat()}),
        ):
            control(town, "PATCH", "/orders/1", change)
            rows += _follow(place, what)
        calls = ask(f"{town.mall.control_url}/orders/{ORDER}/calls")
        status = ask(f"{town.mall.control_url}/orders/{ORDER}")["status"]
    if status != "delivered":
        raise RuntimeError(f"the order ended as {status}")
    _print_life(rows, calls, idle)


def _print_life(rows: list[list[object]], calls: list[Json], idle: list[Call]) -> None:
    print_table(
        "AWS requests of one order's life, call by call",
        "requests",
        ["what the clerk did", "function", "message", "requests", "which"],
        rows,
        "cold: reads the shop's secrets once, afterwards every quarter of an hour at most; 1 less when warm.",
    )
    steps: dict[str, list[int]] = {}
    for what, function, message, requests, _ in rows:
        if function != "fetch_changes":
            cold = int(str(message).endswith("cold"))
            steps.setdefault(str(what), []).append(int(str(requests)) - cold)
    puts = Counter(f"{call['method']} {call['http_status']}" for call in calls)
    print_table(
        "AWS requests of a step: news → map_state, push_to_mall, look → map_state; of a life",
        "requests",
        ["step", "requests", "sum", "calls to MALL"],
        [
            *(
                [what, " + ".join(map(str, requests)), sum(requests), _calls(calls, index)]
                for index, (what, requests) in enumerate(steps.items())
            ),
            ["whole life", "", sum(sum(one) for one in steps.values()), ", ".join(_counted(puts))],
            [
                "retry_transitions, idle tick",
                str(idle[1]),
                idle[1].total,
                "none",
            ],
        ],
        "fetches are left out: they are made anyway. Cold starts are left out (1 request more each).",
        "delivered (and cancelled) waits out the undo window and one fetch: retry_transitions wakes it twice;",
        "where the shop was not read since the window ended, it is asked again less and less often (2 requests).",
    )


def _calls(calls: list[Json], index: int) -> str:
    call = calls[index]
    body = call["body"] if isinstance(call["body"], dict) else {}
    words = ", ".join(key for key in body if key in {"status", "confirmed"})
    return f"1 {call['method']}" + (f" ({words})" if words else "")


def _counted(counts: Counter[str]) -> list[str]:
    return [f"{count} {name}" for name, count in counts.items()]


def _follow(place: Place, what: str) -> Iterator[list[object]]:
    """One fetch, and then everything that follows from it until nothing is left to do."""
    yield from _fetch(place, what)
    yield from _until_quiet(place, what)
    if what == "delivered":
        time.sleep(UNDO_SECONDS + 0.1)
        # What is final is sent only if the shop was read once more after the undo window.
        yield from _fetch(place, what)
        # The first look finds the shop fresh, the second one stands behind all news.
        for _ in range(2):
            yield _row(what, place.retry_transitions(SCHEDULE), "schedule")
            yield from _until_quiet(place, what)
            time.sleep(CLEARED_LOOK.total_seconds() + 0.1)


def _fetch(place: Place, what: str) -> Iterator[list[object]]:
    place.fetch_changes(SCHEDULE)
    fetched = place.deliver("fetch", place.fetch_changes)
    if fetched is not None:
        yield _row(what, fetched[0], "one shop")


def _until_quiet(place: Place, what: str) -> Iterator[list[object]]:
    quiet = False
    while not quiet:
        quiet = True
        for queue, function, at_once in (
            ("changes", place.map_state, 10),
            ("steps", place.push_to_mall, 1),
        ):
            delivered = place.deliver(queue, function, at_once)
            if delivered is not None:
                quiet = False
                call, bodies = delivered
                yield _row(what, call, str(bodies[0].get("kind", "step")))


def _row(what: str, call: Call, message: str) -> list[object]:
    cold = ", cold" if "ssm.GetParameter" in call.requests else ""
    return [what, call.verb, message + cold, call.total, str(call)]


if __name__ == "__main__":
    main()
