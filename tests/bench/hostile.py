"""What small hostile inputs cost: seconds, and memory that is kept or was needed."""

from __future__ import annotations

import gc
import io
import time
import tracemalloc
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.profile.load import shipped_profile
from orderbridge.adapters.fastcentrik.reading.orders import read_orders
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.adapters.fastcentrik.server import is_html
from orderbridge.adapters.mall.answers import CallContext, from_received
from orderbridge.adapters.mall.lists import page_from
from orderbridge.adapters.mall.transport import Received
from orderbridge.domain.failure_policy import Call
from tests.bench.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Callable

ENVELOPE = b'{"result":{"code":200,"status":"OK"},"data":%b}'


def main() -> None:
    """One line per input."""
    print_table(
        "Hostile input",
        "hostile",
        ["input", "bytes", "seconds", "MB at most", "MB kept", "it ended as"],
        [_row(name, *made) for name, made in _inputs().items()],
        "Each is read once, traced; the tracing makes it slower. MB at most: while it was worked on, beside the input.",
    )


def _inputs() -> dict[str, tuple[bytes, Callable[[bytes], object]]]:
    names = b"<ORDERS xmlns='" + b"u" * 60_000 + b"'>" + b"<a/>" * 100_000 + _order("pending") + b"</ORDERS>"
    states = b"".join(_order(f"{number}{'x' * 330_000}") for number in range(60))
    entries = b"[" + b",".join(b"%d" % number for number in range(1_000_000, 2_000_000)) + b"]"
    history = b'{"id":1,"status":"open","ulozenka_status_history":[' + b",".join([b"{}"] * 340_000) + b"]}"
    return {
        "comments before a web page": (b"<!-- -->" * 250 + b"<x", is_html),
        "a long namespace on 100,000 elements": (names, _orders),
        "a state of combining marks": (_document(_order("a" + "\u0301\u0323" * 200_000)), _orders),
        "a state of compatibility characters": (_document(_order("\ufdfa" * 330_000)), _orders),
        "60 long states": (_document(states), _orders),
        "100,000 named blanks": (_document(b"<ORDER>" + b"\n&nbsp;" * 100_000 + b"</ORDER>"), _orders),
        "a page of a million entries": (
            ENVELOPE % entries,
            lambda body: page_from(_got(body), _asked(None)).answer,
        ),
        "a history of 340,000 entries": (
            ENVELOPE % history,
            lambda body: from_received(_got(body), _asked(1)),
        ),
    }


def _row(name: str, body: bytes, read: Callable[[bytes], object]) -> list[object]:
    gc.collect()
    tracemalloc.start()
    before, started = tracemalloc.get_traced_memory()[0], time.perf_counter()
    ended = getattr(result := read(body), "call_result", result)
    seconds = time.perf_counter() - started
    most = tracemalloc.get_traced_memory()[1] - before
    del result
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return [name, f"{len(body):,}", f"{seconds:.2f}", f"{most / 1e6:.1f}", f"{kept / 1e6:.1f}", str(ended)]


def _order(status: str) -> bytes:
    return f"<ORDER><CODE>1</CODE><STATUS>{status}</STATUS><SHOP_REMARK>MALL 10085339302</SHOP_REMARK></ORDER>".encode()


def _document(orders: bytes) -> bytes:
    return b"<ORDERS>" + orders + b"</ORDERS>"


def _orders(document: bytes) -> str:
    found = read_orders(
        io.BytesIO(document), shipped_profile("orders"), ZoneInfo("Europe/Prague"), ReadingReport()
    )
    return f"{len(list(found))} orders"


def _got(body: bytes) -> Received:
    return Received(200, {}, body)


def _asked(number: int | None) -> CallContext:
    return CallContext(Call.READ, number, UTC, datetime.now(UTC), lambda text: text)


if __name__ == "__main__":
    main()
