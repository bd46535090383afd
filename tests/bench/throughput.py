"""How fast orders go through the deployed local stack: from the clerk's change to the status at MALL.

The stand-in of AWS sets the pace here: it works off one batch per FIFO queue at a time, where AWS works on as many
orders at once as there are. So this shows that nothing stalls, and is a lower bound; it is no forecast.
"""

from __future__ import annotations

import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.stack import stack
from tests.bench.place import Json, ask
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
        rows = _measured(addresses)
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


def _measured(addresses: Json) -> list[list[object]]:
    mall, shop = addresses["mall"]["control_url"], addresses["fastcentrik"]["control_url"]
    numbers = range(FIRST, FIRST + ORDERS)
    for number in numbers:
        ask(f"{mall}/orders", "POST", {"id": number})
    many = {"count": ORDERS, "first_code": 1, "first_mall_order_id": FIRST, "status": "nevyřízená"}
    ask(f"{shop}/orders/bulk", "POST", {**many, "carrier": "PPL", "tracking_number": "40000000001"})
    rows = [_row("seen for the first time: GET", _until_called(addresses, numbers, "GET"))]
    for code in range(1, ORDERS + 1):
        ask(f"{shop}/orders/{code}", "PATCH", {"status": "vyřizuje se"})
    rows.append(_row("pending → shipping, all at once: PUT", _until_called(addresses, numbers, "PUT")))
    alone = []
    for code in range(1, LONE + 1):
        ask(f"{shop}/orders/{code}", "PATCH", {"status": "vyřízená"})
        alone += _until_called(addresses, [FIRST + code - 1], "PUT")
    rows.append([*_row("shipping → shipped, one by one: PUT", sorted(alone))[:-1], ""])
    return rows


def _row(what: str, seconds: list[float]) -> list[object]:
    late = seconds[min(len(seconds) - 1, round(0.95 * len(seconds)))]
    times = (seconds[0], median(seconds), late, seconds[-1])
    return [what, len(seconds), *(f"{one:.2f} s" for one in times), f"{len(seconds) / seconds[-1]:.1f}"]


def _until_called(addresses: Json, numbers: range | list[int], method: str) -> list[float]:
    """Asks for a fetch; the seconds from then until MALL got a `method` about each of `numbers`, sorted."""
    started = datetime.now(UTC)
    _sync(addresses["api"])
    missing, taken = set(numbers), []
    end = time.monotonic() + PATIENCE_SECONDS
    while missing:
        if time.monotonic() > end:
            raise RuntimeError(f"{len(missing)} of {len(numbers)} orders got no {method}: see {STATE}")
        time.sleep(0.2)
        for number in sorted(missing):
            calls: list[Json] = ask(f"{addresses['mall']['control_url']}/orders/{number}/calls")
            moments = [
                datetime.fromisoformat(call["at"])
                for call in calls
                if call["method"] == method and call["http_status"] == 200
            ]
            if not moments or max(moments) < started:
                break  # they are worked off about in their order: asking for all would only cost time
            missing.remove(number)
            taken.append((max(moments) - started).total_seconds())
    return sorted(taken)


def _sync(api: dict[str, Any]) -> None:
    request = urllib.request.Request(  # noqa: S310 - the local stack's address
        f"{api['url']}/sync", method="POST", headers={"Authorization": f"Bearer {api['operator_token']}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        answer.read()


if __name__ == "__main__":
    main()
