"""How many requests to AWS a tick and a step make, and how many calls to MALL an order's life and an idle day take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import recorded
from tests.bench.idle import print_idle
from tests.bench.in_process import SCHEDULE, InProcess, running_aws, shop_of
from tests.bench.lives import print_lives
from tests.bench.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.stack.client import StandIns

SIZES = (10, 1_000, 50_000)


def main() -> None:
    """Prints the tables."""
    with running_aws() as endpoint_url:
        _ticks(endpoint_url)
        print_lives(endpoint_url)
        print_idle(endpoint_url)


def _ticks(endpoint_url: str) -> None:
    rows: list[list[object]] = []
    for size in SIZES:
        product = InProcess(endpoint_url)
        with shop_of(size) as stand_ins:
            product.register("demo", stand_ins)
            product.remember_all("demo")
            # The longest export is the slowest to read: once is enough to show that it makes no difference.
            changed = (1, 10) if size < SIZES[-1] else (10,)
            rows += [[f"{size:,}", *row] for row in _ticks_of(product, stand_ins, changed)]
    print_table(
        "AWS requests of a tick of fetch_changes, one shop",
        "requests",
        ["orders", "what changed", "tick", "its fetch", "sum", "which (tick | fetch)"],
        rows,
        "tick: the schedule's event, once for all shops (one SendMessageBatch per ten shops).",
        "cold: the first fetch of a new process, which reads the shop's secrets (kept for as long as they are good).",
        "same document: a shop that offers no ETag and no Last-Modified sends the whole export again.",
        "Not counted, because Lambda's pollers make them, not the product: ReceiveMessage of every queue, idle or not,",
        "and DeleteMessage of what was handled: one each per batch here (1 fetch message, up to 10 changes, 1 step).",
    )


def _ticks_of(product: InProcess, stand_ins: StandIns, changed: Sequence[int]) -> Iterator[list[object]]:
    yield _tick(product, "nothing, cold", shop_updates=0)
    yield _tick(product, "nothing", shop_updates=0)
    stand_ins.control_shop("PUT", "/faults", {"rules": [{"kind": "no_validators", "times": 1}]})
    yield _tick(product, "nothing, same document", shop_updates=0)
    for count in changed:
        for code in range(1, count + 1):
            stand_ins.control_shop("PATCH", f"/orders/{code}", {"tracking_number": f"Z{count}"})
        yield _tick(product, f"{count} order{'s' if count > 1 else ''}", shop_updates=count)


def _tick(product: InProcess, what: str, *, shop_updates: int) -> list[object]:
    tick = product.fetch_changes(SCHEDULE)
    fetched = product.deliver("fetch", product.fetch_changes)
    if fetched is None or (sent := product.empty("changes")) != shop_updates:
        raise RuntimeError(
            f"{what}: {shop_updates} changed orders should have been handed over: {fetched} {sent}"
        )
    if (shop_updates == 0 and "cold" not in what) or shop_updates == 1:
        recorded.check("fetch_changes, tick", tick.requests)
        recorded.check(
            f"fetch of a shop, {'1 order changed' if shop_updates else 'nothing changed'}",
            fetched[0].requests,
        )
    return [what, tick.total, fetched[0].total, tick.total + fetched[0].total, f"{tick} | {fetched[0]}"]


if __name__ == "__main__":
    main()
