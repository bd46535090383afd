"""Peak memory and time of a dry run: the real adapters, the export and MALL's lists over HTTP.

Each figure comes from a process of its own. ``peak`` is the largest resident set of the whole process, interpreter and
imports included; ``CPU`` is what was computed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from tests.bench.bench_export import resident_mb
from tests.bench.tables import print_table

CASES = ((10, 10), (10_000, 1_000), (50_000, 2_000), (50_000, 5_000))
"""Orders in the export, and how many of them MALL holds as open. The others are on none of its lists."""
CLERK = {
    "status": "vyřízená",
    "created": "2026-11-20 08:15:00",
    "delivery_date": "2026-11-21 14:05:00",
    "tracking_number": "Z1234567890",
    "carrier": "Zásilkovna",
}
FIRST = 1_000_000


def main() -> None:
    """Prints the table."""
    from local.stack.client import StandIns  # noqa: PLC0415 - a child needs none of it
    from local.stack.http import HttpClient  # noqa: PLC0415
    from sandbox import start_sandbox  # noqa: PLC0415
    from tests.bench.in_process import InProcess, running_aws  # noqa: PLC0415

    rows: list[list[object]] = []
    with running_aws() as endpoint_url:
        product = InProcess(endpoint_url)
        for orders, open_at_mall in CASES:
            with start_sandbox() as sandbox:
                blocks = sandbox.as_blocks()
                stand_ins = StandIns(HttpClient(), blocks["fastcentrik"], blocks["mall"])
                bulk = {"count": orders, "first_mall_order_id": FIRST, "first_code": 1, **CLERK}
                stand_ins.control_shop("POST", "/orders/bulk", bulk)
                for number in range(FIRST, FIRST + open_at_mall):
                    stand_ins.control_mall("POST", "/orders", {"id": number, "status": "open"})
                shop = f"shop-{orders}-{open_at_mall}"
                product.register(shop, stand_ins)
                found = _in_a_child(shop)
                if found["orders"] != orders or not found["steps"] or found["single_reads"]:
                    raise RuntimeError(f"{shop}: the dry run found {found}")
                rows.append(
                    [
                        f"{orders:,}",
                        f"{open_at_mall:,}",
                        f"{found['steps']:,}",
                        found["calls"],
                        f"{found['peak']:.0f} MB",
                        f"{found['cpu']:.1f} s",
                        f"{found['seconds']:.1f} s",
                    ]
                )
    print_table(
        "A dry run of a whole shop",
        "preview",
        ["orders in the export", "open at MALL", "steps foreseen", "calls to MALL", "peak", "CPU", "clock"],
        rows,
        "peak: the whole process. The shop is new, so no order is looked up in the table.",
    )


def _in_a_child(shop: str) -> dict[str, Any]:
    # The environment is this process' own: `InProcess` has put all addresses into it.
    command = [sys.executable, "-m", "tests.bench.preview", shop]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def child(shop: str) -> dict[str, object]:
    """Makes the dry run of `shop` in this process."""
    from orderbridge.bootstrap import Services  # noqa: PLC0415 - only a child
    from orderbridge_cli.dry_run import End, run_preview  # noqa: PLC0415

    started = time.monotonic()
    preview = run_preview(Services(), shop)
    counts = preview.counts
    return {
        "orders": preview.orders,
        "steps": counts.sent,
        "calls": preview.calls,
        "single_reads": sum(row.end is End.TO_BE_READ for row in preview.rows),
        "peak": resident_mb(),
        "cpu": time.process_time(),
        "seconds": time.monotonic() - started,
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(child(sys.argv[1])))
    else:
        main()
