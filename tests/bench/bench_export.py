"""Time and peak memory of reading an export: ``python tests/bench/bench_export.py``.

Every figure comes from processes of its own. ``read`` is one reading of the document by the clock, from a file to
the last order, ``cpu`` what of it was computing (orders/s go by it); a fetch that finds changes reads twice.
``traced`` is the peak of Python's own memory during it (tracemalloc, in a second run, because tracing slows it
down); ``process`` is the process's largest resident set, and ``above start`` what of it the reading added to the
interpreter with everything imported.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "shared")]

SIZES = (10, 1_000, 50_000)
PROFILES = {"orders": "default", "czech": "czech", "csv": "csv"}
"""Our profile → the sandbox's name of the same format."""


def write_document(path: Path, profile: str, count: int) -> None:
    """An export of `count` orders, as the sandbox's shop renders it."""
    from sandbox.fastcentrik import render  # noqa: PLC0415
    from sandbox.fastcentrik.orders import ShopOrder  # noqa: PLC0415

    now = datetime(2026, 11, 20, 8, 15, tzinfo=UTC)
    orders = (
        ShopOrder(
            code=f"2026{number:06d}",
            number=number,
            version=number,
            changed_at=now,
            status="vyřízená",
            created="2026-11-20 08:15:00",
            mall_order_id=str(1_000_000 + number),
            delivery_date="2026-11-21 14:05:00",
            tracking_number=f"Z{number:010d}",
            carrier="Zásilkovna",
        )
        for number in range(1, count + 1)
    )
    with path.open("wb") as file:
        file.writelines(render.PROFILES[PROFILES[profile]].render(orders))


def resident_mb() -> float:
    """The largest resident set of this process so far, in MB."""
    try:
        status = Path("/proc/self/status").read_text("utf-8")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    # Linux counts the parent's size at the fork into ru_maxrss; this one starts anew with the program.
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(path: Path, profile: str, *, traced: bool) -> dict[str, float]:
    """Reads the document at `path` once, in this process."""
    from orderbridge.adapters.fastcentrik.profile.load import shipped_profile  # noqa: PLC0415
    from orderbridge.adapters.fastcentrik.reading.orders import read_orders  # noqa: PLC0415
    from orderbridge.adapters.fastcentrik.reading.report import ReadingReport  # noqa: PLC0415

    zone = ZoneInfo("Europe/Prague")
    chosen = shipped_profile(profile)
    empty = {"orders": b"<ORDERS/>", "czech": b"<Objednavky/>"}.get(profile)
    if empty:  # imports the codec before the measurement begins
        list(read_orders(io.BytesIO(empty), chosen, zone, ReadingReport()))
    else:
        import orderbridge.adapters.fastcentrik.reading.csv_codec  # noqa: F401, PLC0415
    before = resident_mb()
    if traced:
        tracemalloc.start()
    started, started_cpu = time.perf_counter(), time.process_time()
    with path.open("rb") as document:
        orders = sum(1 for _ in read_orders(document, chosen, zone, ReadingReport()))
    seconds, cpu = time.perf_counter() - started, time.process_time() - started_cpu
    peak = tracemalloc.get_traced_memory()[1] / 1024 / 1024 if traced else 0.0
    return {
        "orders": orders,
        "seconds": seconds,
        "cpu": cpu,
        "traced": peak,
        "process": resident_mb(),
        "above": resident_mb() - before,
    }


def _in_a_child(path: Path, profile: str, *, traced: bool) -> dict[str, float]:
    command = [sys.executable, __file__, str(path), profile, "traced" if traced else "timed"]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def main() -> None:
    """Prints the table."""
    print("profile   orders    document       read        cpu  orders/s    traced    process  above start")
    with tempfile.TemporaryDirectory() as folder:
        for profile in PROFILES:
            for count in SIZES:
                path = Path(folder) / f"{profile}-{count}"
                write_document(path, profile, count)
                timed = _in_a_child(path, profile, traced=False)
                traced = _in_a_child(path, profile, traced=True)
                if timed["orders"] != count:
                    raise SystemExit(f"{profile}: {timed['orders']:.0f} orders were read, not {count}")
                print(
                    f"{profile:8} {count:7} {path.stat().st_size / 1e6:7.2f} MB {timed['seconds']:7.3f} s "
                    f"{timed['cpu']:7.3f} s "
                    f"{count / timed['cpu']:9.0f} {traced['traced']:6.2f} MB {timed['process']:6.1f} MB "
                    f"{timed['above']:8.1f} MB"
                )
                path.unlink()


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2], traced=sys.argv[3] == "traced")))
    else:
        main()
