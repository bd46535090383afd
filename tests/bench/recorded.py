"""The counted figures that the costs are computed from (deployment/counted.json), compared with what is counted now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from deployment.costs import COUNTED

if TYPE_CHECKING:
    from collections import Counter


def check(name: str, counts: Counter[str]) -> None:
    """Raises RuntimeError if the file says otherwise; the text is what should stand there."""
    known: dict[str, dict[str, int]] = json.loads(COUNTED.read_text("utf-8"))["counts"]
    now = {kind: count for kind, count in sorted(counts.items()) if count}
    if known.get(name) != now:
        raise RuntimeError(
            f"deployment/counted.json says something else: {json.dumps(name)}: {json.dumps(now)}"
        )
