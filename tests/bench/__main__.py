"""What docs/measurements.md states, measured: ``python -m tests.bench [figure …]``, all figures by default."""

from __future__ import annotations

import argparse
import importlib
import time

from local.stack.processes import StackError

FIGURES = {
    "requests": "tests.bench.aws_requests",
    "imports": "tests.bench.imports",
    "console": "tests.bench.console",
    "first-view": "tests.bench.first_view",
    "export": "tests.bench.bench_export",
    "memory": "tests.bench.fetch_memory",
    "doctor": "tests.bench.doctor_memory",
    "help": "tests.bench.cli_help",
    "preview": "tests.bench.preview",
    "throughput": "tests.bench.throughput",
    "writes": "tests.bench.writes",
    "secrets": "tests.bench.secret_reads",
    "outage": "tests.bench.outage",
    "switching-on": "tests.bench.switching_on",
    "hostile": "tests.bench.hostile",
}


def main() -> None:
    """Times differ from machine to machine and run to run: compare only what was printed by one run."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measures the product.")
    parser.add_argument(
        "figure", nargs="*", choices=[*FIGURES, []], metavar="figure", help=", ".join(FIGURES)
    )
    chosen = parser.parse_args().figure or list(FIGURES)
    started = time.monotonic()
    for name in chosen:
        figure = importlib.import_module(FIGURES[name])
        if name == "export":
            print("\n## Reading an export\n   .venv/bin/python -m tests.bench export\n")
        try:
            figure.main()
        except StackError as problem:
            raise SystemExit(f"{name}: {problem}") from None
    print(f"\n{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
