"""How fast orders go through the deployed local stack: from the clerk's change to the status at MALL.

The stand-in of AWS sets the pace here: it works off one batch per FIFO queue at a time, where AWS works on as many
orders at once as there are. So this shows that nothing stalls, and is a lower bound; it is no forecast.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from local.stack import stack
from local.stack.client import Deployment, ShopClient
from orderbridge.flows.api.request_slots import SYNCS
from tests.bench.tables import median, print_table

STATE = Path(".local") / "bench"
ORDERS = 60
LONE = 7
FIRST = 4_700_000_001
PATIENCE_SECONDS = 120.0


def main() -> None:
    """Prints the table."""
    addresses = stack.up(stack.StackOptions(STATE, parameters=stack.NEVER))
    try:
        rows = _measured(ShopClient(Deployment(addresses), addresses["shop"], addresses))
    finally:
        stack.down(STATE)
    print_table(
        "Orders through the local stack",
        "throughput",
        ["what", "orders", "first", "median", "95 %", "last", "orders/s"],
        rows,
        "Seconds from POST /sync to MALL's receipt of the call; orders/s: all of them by the last one's time.",
        "seen for the first time: each order is read once (the functions' cold starts are in it).",
        "AWS works on as many orders at once as there are; its stand-in takes one batch per queue at a time.",
    )


def _measured(shop: ShopClient) -> list[list[object]]:
    numbers = range(FIRST, FIRST + ORDERS)
    for number in numbers:
        shop.control_mall("POST", "/orders", {"id": number})
    many = {"count": ORDERS, "first_code": 1, "first_mall_order_id": FIRST, "status": "nevyřízená"}
    shop.control_shop("POST", "/orders/bulk", {**many, "carrier": "PPL", "tracking_number": "40000000001"})
    rows = [_row("seen for the first time: GET", _until_called(shop, numbers, "GET"))]
    for code in range(1, ORDERS + 1):
        shop.control_shop("PATCH", f"/orders/{code}", {"status": "vyřizuje se"})
    rows.append(_row("pending → shipping, all at once: PUT", _until_called(shop, numbers, "PUT")))
    alone = []
    for code in range(1, LONE + 1):
        time.sleep(SYNCS.gap.total_seconds())  # of two requests within this time the second is late
        shop.control_shop("PATCH", f"/orders/{code}", {"status": "vyřízená"})
        alone += _until_called(shop, [FIRST + code - 1], "PUT")
    rows.append([*_row("shipping → shipped, one by one: PUT", sorted(alone))[:-1], ""])
    return rows


def _row(what: str, seconds: list[float]) -> list[object]:
    late = seconds[min(len(seconds) - 1, round(0.95 * len(seconds)))]
    times = (seconds[0], median(seconds), late, seconds[-1])
    return [what, len(seconds), *(f"{one:.2f} s" for one in times), f"{len(seconds) / seconds[-1]:.1f}"]


def _until_called(shop: ShopClient, numbers: range | list[int], method: str) -> list[float]:
    """Asks for a fetch; the seconds from then until MALL got a `method` about each of `numbers`, sorted."""
    started = datetime.now(UTC)
    shop.sync()
    missing, taken = set(numbers), []
    end = time.monotonic() + PATIENCE_SECONDS
    while missing:
        if time.monotonic() > end:
            raise RuntimeError(f"{len(missing)} of {len(numbers)} orders got no {method}: see {STATE}")
        time.sleep(0.2)
        for number in sorted(missing):
            moments = [
                datetime.fromisoformat(call["at"])
                for call in shop.calls(number)
                if call["method"] == method and call["http_status"] == 200
            ]
            if not moments or max(moments) < started:
                break  # they are worked off about in their order: asking for all would only cost time
            missing.remove(number)
            taken.append((max(moments) - started).total_seconds())
    return sorted(taken)


if __name__ == "__main__":
    main()
