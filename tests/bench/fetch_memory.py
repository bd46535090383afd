"""Peak memory of a whole fetch: the real flow, export over HTTP, position in S3, news into the queue.

Each figure comes from a process of its own, which first fetches a small shop with one change, so that everything
is imported and every connection made; then its peak is counted anew. ``before`` is its resident set at that
moment, ``peak`` the largest one during the fetch, ``above`` the difference: what the number of orders costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.bench_export import resident_mb
from tests.bench.tables import print_table

if TYPE_CHECKING:
    from local.stack.client import StandIns
    from tests.bench.in_process import InProcess

ROOT = Path(__file__).parents[2]
SIZES = (1_000, 10_000, 50_000)
SMALL = 10


def main() -> None:
    """Prints the table."""
    from tests.bench.in_process import InProcess, running_aws, shop_of  # noqa: PLC0415 - a child needs none of it

    rows: list[list[object]] = []
    with running_aws() as endpoint_url, ExitStack() as towns:
        product = InProcess(endpoint_url)
        small = towns.enter_context(shop_of(SMALL))
        product.register("small", small)
        product.remember_all("small")
        for size in SIZES:
            with shop_of(size) as stand_ins:
                shop = f"shop-{size}"
                product.register(shop, stand_ins)
                product.remember_all(shop)
                rows += _measured(product, shop, size, small, stand_ins)
    print_table(
        "Peak memory of a fetch, by orders in the export",
        "memory",
        ["orders", "export", "per order", "position in S3", "fetch finds", "before", "peak", "above", "CPU"],
        rows,
        "304: the shop says that nothing changed. same document: it cannot say so and sends all of it again.",
        "per order: bytes of the export (default profile); downloaded once, parsed twice if anything changed.",
    )


def _measured(
    product: InProcess, shop: str, size: int, small: StandIns, stand_ins: StandIns
) -> list[list[object]]:

    with urllib.request.urlopen(stand_ins.fastcentrik["export_url"], timeout=120) as answer:  # noqa: S310
        length = sum(len(piece) for piece in iter(lambda: answer.read(65536), b""))
    rows: list[list[object]] = []
    for number, finds in enumerate(("304", "same document", "1 changed order")):
        stamp = {"tracking_number": f"Z{size}{number}"}
        small.control_shop("PATCH", "/orders/1", stamp)
        if finds == "same document":
            stand_ins.control_shop("PUT", "/faults", {"rules": [{"kind": "no_validators", "times": 1}]})
        if finds == "1 changed order":
            stand_ins.control_shop("PATCH", "/orders/1", stamp)
        found = _in_a_child(shop)
        if found["problem"] or found["shop_updates"] != int(finds == "1 changed order"):
            raise RuntimeError(f"{shop}, {finds}: the fetch found {found}")
        rows.append([finds, *(f"{found[key]:.1f} MB" for key in ("before", "peak", "above"))])
        rows[-1].append(f"{found['cpu']:.2f} s")
    stored = product.aws.s3.head_object(Bucket=product.aws.bucket, Key=f"export-checkpoints/{shop}")[
        "ContentLength"
    ]
    about = [f"{size:,}", f"{length / 1e6:.2f} MB", f"{length / size:,.0f} B", f"{stored / 1e3:,.1f} kB"]
    return [[*about, *row] for row in rows]


def _in_a_child(shop: str) -> dict[str, Any]:
    # The environment is this process' own: `InProcess` has put all addresses into it.
    command = [sys.executable, "-m", "tests.bench.fetch_memory", shop]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def child(shop: str) -> dict[str, object]:
    """Fetches the small shop, then `shop`, in this process."""
    from orderbridge.bootstrap import Services  # noqa: PLC0415 - only a child
    from orderbridge.flows.fetch_changes import fetch_changes  # noqa: PLC0415

    own = Services()
    first = fetch_changes(own, "small")
    if first is None or first.shop_updates != 1:
        raise RuntimeError(f"the small shop's fetch found {first}")
    # Linux: the largest resident set is counted anew from here on.
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
    before, cpu = resident_mb(), time.process_time()
    report = fetch_changes(own, shop)
    cpu, peak = time.process_time() - cpu, resident_mb()
    if report is None:
        raise RuntimeError(f"{shop} is not registered")
    return {
        "orders": report.orders,
        "shop_updates": report.shop_updates,
        "problem": report.problem,
        "before": before,
        "peak": peak,
        "above": peak - before,
        "cpu": cpu,
    }


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(child(sys.argv[1])))
    else:
        main()
