"""A process that only keeps orders in step imports nothing of what lists and whole orders need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
sys.path[:0] = sys.argv[1:]
from orderbridge.adapters.mall import MallMarketplaces
from tests.unit.mall.judging import DETAIL, read
assert read(DETAIL).view is not None
print(*sorted(name.rpartition(".")[2] for name in sys.modules if name.startswith("orderbridge.adapters.mall.")))
"""


def test_reading_an_order_imports_neither_lists_nor_the_detail() -> None:
    root = Path(__file__).resolve().parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(root / "shared"), str(root)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.split() == [
        "answers",
        "client",
        "fields",
        "kept",
        "limits",
        "models",
        "reasons",
        "transport",
        "wire",
    ]
