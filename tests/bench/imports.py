"""How long each function's module takes to import, beside ``import boto3`` with one client.

Every figure is the median of fresh processes, which take turns, so that whatever else the machine does meets all
of them alike. What is imported is the built layer, with the bytecode that was built into it, and the built
functions – the folders that Lambda would have; nothing of the environment that measures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from local.stack import aws, stack
from tests.bench.in_process import environment
from tests.bench.tables import median, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUNDS = 9
FUNCTIONS = {
    "fetch_changes": ("shops", "secrets", "exports", "export_checkpoints", "queues"),
    "map_state": ("ledger", "queues"),
    "push_to_mall": ("ledger", "secrets", "marketplaces", "queues"),
    "retry_transitions": ("shops", "ledger", "queues", "notices"),
    "push_to_shop": ("ledger", "secrets", "marketplaces", "imports", "queues"),
    "read_lists": ("shops", "feed_checkpoints", "secrets", "marketplaces", "ledger", "queues"),
    "receive_webhook": ("webhooks", "queues"),
    "flag_returns": ("shops", "ledger", "queues"),
    "send_alarms": ("shops", "ledger", "notices", "alarms", "queues"),
    "operate": ("shops", "ledger", "queues", "feed_checkpoints"),
    "console": ("shops", "ledger", "queues", "console_store", "signing_keys"),
    "authorize": ("operators",),
}
"""The parts that a function's first events make."""
LAZY = {
    "fetch_changes": ("orderbridge.adapters.fastcentrik.reading.download",),
    "read_lists": ("orderbridge.adapters.mall.lists",),
    "push_to_shop": (
        "orderbridge.adapters.mall.order_detail",
        "orderbridge.adapters.fastcentrik.writing.import_codec",
        "orderbridge.adapters.fastcentrik.writing.quoting",
        "orderbridge.adapters.fastcentrik.writing.upload",
    ),
}
"""What a part itself imports only at its first use."""
BARE = {
    "import boto3": "import boto3",
    "import boto3, one client": "import boto3; boto3.client('dynamodb')",
}
COSTLIEST = 6

PROBE = """
import sys, time
sys.path[:0] = {path!r}
start = time.perf_counter()
{first}
middle = time.perf_counter()
{then}
print((middle - start) * 1000, (time.perf_counter() - middle) * 1000)
"""


def main() -> None:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder:
        build = aws.build(stack.BUILDS, Path(folder) / "sam.log", aws.embedded()).parent
    programs = {name: _program(build, "", statement, "pass") for name, statement in BARE.items()}
    programs |= {verb: _program(build, verb, "import app", _first_event(verb)) for verb in FUNCTIONS}
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(ROUNDS + 1):
        for name, program in programs.items():
            imported, made = _run(program).stdout.split()[-2:]
            taken[name].append((float(imported), float(made)))
    # the first round warms the disk's cache
    imports = {name: median([one for one, _ in times[1:]]) for name, times in taken.items()}
    parts = {name: median([two for _, two in times[1:]]) for name, times in taken.items()}
    _print_times(imports, parts)
    _print_costliest({verb: programs[verb] for verb in FUNCTIONS})


def _print_times(imports: Mapping[str, float], parts: Mapping[str, float]) -> None:
    unit = imports["import boto3, one client"]
    print_table(
        "Import time of each function's module",
        "imports",
        ["module", "import", "ratio", "first event's parts", "together", "ratio"],
        [
            [
                name,
                f"{imports[name]:.0f} ms",
                f"{imports[name] / unit:.2f}",
                *(
                    ["", "", ""]
                    if name in BARE
                    else [
                        f"{parts[name]:.0f} ms",
                        f"{imports[name] + parts[name]:.0f} ms",
                        f"{(imports[name] + parts[name]) / unit:.2f}",
                    ]
                ),
            ]
            for name in imports
        ],
        f"ratio: to `import boto3` and one client (DynamoDB), {unit:.0f} ms in this run. Medians of {ROUNDS}.",
        "first event's parts: adapters and AWS clients, made when the first event uses them (bootstrap.py).",
        f"Python {sys.version_info.major}.{sys.version_info.minor}, the layer as built for the local stack.",
    )


def _print_costliest(programs: Mapping[str, list[str]]) -> None:
    rows: list[list[object]] = []
    for verb, program in programs.items():
        costs = _costs(_run([program[0], "-X", "importtime", *program[1:]]).stderr)
        whole = sum(costs.values())
        rows += [
            [verb if place == 0 else "", package, f"{cost / 1000:.0f} ms", f"{100 * cost / whole:.0f} %"]
            for place, (package, cost) in enumerate(costs.most_common(COSTLIEST))
        ]
    print_table(
        "The costliest packages of each function, module and first event together (-X importtime)",
        "imports",
        ["function", "package", "own time", "share of imports"],
        rows,
        "own time: of all the package's modules, without what they import of others. One run; measuring slows it.",
    )


def _costs(report: str) -> Counter[str]:
    """Microseconds per package; all of the standard library counts as one."""
    costs: Counter[str] = Counter()
    for own, name in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", report, re.MULTILINE):
        package = name.split(".")[0]
        costs["(standard library)" if package in sys.stdlib_module_names else package] += int(own)
    return costs


def _first_event(verb: str) -> str:
    lines = ["from orderbridge.bootstrap import from_environment", "own = from_environment()"]
    lines += [f"own.{part}" for part in FUNCTIONS[verb]]
    lines += [f"import {module}" for module in LAZY.get(verb, ())]
    return "\n".join(lines)


def _program(build: Path, verb: str, first: str, then: str) -> list[str]:
    path = [str(build / "CoreLayer" / "python")]
    if verb:
        folder = "".join(word.capitalize() for word in verb.split("_"))
        path.insert(0, str(build / f"{folder}Function"))
    interpreter = str(aws.ROOT / ".venv-aws" / "bin" / "python")
    # -S: none of its own packages, they come from the layer
    return [interpreter, "-S", "-c", PROBE.format(path=path, first=first, then=then)]


def _run(program: list[str]) -> subprocess.CompletedProcess[str]:
    names = ("TABLE_NAME", "CHECKPOINTS_BUCKET", "SECRETS_PREFIX", "SHOP_ALARMS_TOPIC_ARN")
    queues = ("FETCH", "CHANGES", "STEPS", "SHOP_STEPS", "LISTS", "ALARMS", "RETURNS")
    env = environment("http://127.0.0.1:9") | dict.fromkeys(names, "/bench")
    env |= dict.fromkeys([f"{name}_QUEUE_URL" for name in queues], "http://127.0.0.1:9/queue")
    env["PATH"] = os.environ.get("PATH", os.defpath)
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    ended = subprocess.run(program, env=env, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"the measured program failed: {ended.stderr.strip().splitlines()[-1:]}")
    return ended


if __name__ == "__main__":
    main()
