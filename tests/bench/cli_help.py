"""How long ``orderbridge --help`` takes, beside a Python that does nothing: medians of fresh processes in turns."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench.tables import median, print_table

ROUNDS = 9
MAX_SECONDS = 0.5
"""More is a failure."""
COMMANDS = {
    "Python alone": ("-c", "pass"),
    "orderbridge --help": ("-m", "orderbridge_cli", "--help"),
    "orderbridge shop add --help": ("-m", "orderbridge_cli", "shop", "add", "--help"),
    "orderbridge lst (wrong use)": ("-m", "orderbridge_cli", "lst"),
}


def main() -> None:
    """Prints the table. Raises SystemExit if help takes more than ``MAX_SECONDS``."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, arguments in COMMANDS.items():
            times[name].append(_seconds(arguments))
    medians = {name: median(found) for name, found in times.items()}
    rows = [(name, f"{seconds:.2f} s") for name, seconds in medians.items()]
    print_table("Help of the command line", "help", ("command", "time"), rows)
    if max(medians.values()) > MAX_SECONDS:
        raise SystemExit(f"help takes more than {MAX_SECONDS} s")


def _seconds(arguments: tuple[str, ...]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return time.perf_counter() - started
