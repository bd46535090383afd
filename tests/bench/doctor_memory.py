"""Peak memory and time of ``orderbridge doctor`` on a large export, over HTTP, each in a process of its own.

``plain``: orders with nothing wrong. ``odd``: every order has a state and a carrier of its own that nobody knows, and a
date that cannot be read, which is the most that the doctor can have to count.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.bench_export import resident_mb
from tests.bench.tables import print_table

if TYPE_CHECKING:
    from local.stack.client import StandIns

ROOT = Path(__file__).parents[2]
SIZES = (1_000, 50_000)
MAX_MB = 200
"""More is a failure."""
ODD_ORDERS = 3_000
"""The stand-in takes odd orders one by one."""


def main() -> None:
    """Prints the table. Raises SystemExit if a run takes more than ``MAX_MB``."""
    from sandbox.fastcentrik.render import PROFILES  # noqa: PLC0415 - a child needs none of it
    from tests.bench.in_process import shop_of  # noqa: PLC0415

    files = {"orders" if name == "default" else name: one.file for name, one in PROFILES.items()}
    rows: list[list[object]] = []
    for size in SIZES:
        with shop_of(size) as stand_ins:
            rows += [_measured(stand_ins, name, file, size, "plain") for name, file in files.items()]
    with shop_of(0) as stand_ins:
        _make_odd(stand_ins)
        rows.append(_measured(stand_ins, "orders", files["orders"], ODD_ORDERS, "odd"))
    print_table(
        "Peak memory of the doctor, by orders in the export",
        "doctor",
        ["profile", "orders", "kind", "export", "imported", "peak", "time"],
        rows,
        "imported: the process before it begins. The export is read once with the shop's profile, and its first",
        "2,000 records with each shipped profile that can read them.",
    )


def _make_odd(stand_ins: StandIns) -> None:
    for number in range(ODD_ORDERS):
        stand_ins.control_shop(
            "POST",
            "/orders",
            {
                "code": f"{number:010d}",
                "mall_order_id": 1_000_000 + number,
                "status": f"stav {number}",
                "carrier": f"kurýr {number}",
                "delivery_date": "31.2.2026",
            },
        )


def _measured(stand_ins: StandIns, profile: str, file: str, size: int, kind: str) -> list[object]:
    export_url = stand_ins.fastcentrik["export_url"].removesuffix("orders.xml") + file
    secrets = {
        "export_url": export_url,
        "client_id": stand_ins.mall["client_id"],
        "marketplace_api_url": stand_ins.mall["api_url"],
    }
    command = [sys.executable, "-m", "tests.bench.doctor_memory"]
    told = json.dumps({"settings": {"shop": "demo", "profile": profile}, "secrets": secrets})
    ended = subprocess.run(command, check=True, input=told, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(ended.stdout)
    if found["orders"] != size:
        raise RuntimeError(f"{profile}: the doctor counted {found['orders']} orders, not {size}")
    if found["peak"] > MAX_MB:
        raise SystemExit(f"{profile}, {size} orders: {found['peak']:.0f} MB, allowed are {MAX_MB}")
    megabytes = f"{found['bytes'] / 1e6:.2f} MB"
    peaks = [f"{found[key]:.1f} MB" for key in ("before", "peak")]
    return [profile, f"{size:,}", kind, megabytes, *peaks, f"{found['seconds']:.1f} s"]


def child(told: dict[str, Any]) -> dict[str, object]:
    """Runs the doctor once, in this process."""
    from orderbridge.bootstrap import Services  # noqa: PLC0415 - only a child
    from orderbridge.texts import Language  # noqa: PLC0415
    from orderbridge_cli.doctor.run import diagnose_file  # noqa: PLC0415

    before, started = resident_mb(), time.perf_counter()
    services = Services({"REQUIRE_TLS": "false"})
    report = diagnose_file(services, (told["settings"], told["secrets"]), Language.ENGLISH)
    facts = {one.code: one.facts for one in report.findings}
    return {
        "orders": facts["orders.counted"]["orders"],
        "bytes": facts["export.fetched"]["bytes"],
        "before": before,
        "peak": resident_mb(),
        "seconds": time.perf_counter() - started,
    }


if __name__ == "__main__":
    print(json.dumps(child(json.loads(sys.stdin.read()))))
