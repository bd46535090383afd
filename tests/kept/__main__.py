"""Records what is sent and stored now: ``python -m tests.kept``, once for every release.

Within a release the recorded files stay as they are, and the tests show that both versions read each other. Whoever
records anew says with it that the version before can no longer run beside this one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.kept.forms import form_of
from tests.kept.kinds import MESSAGES, RECORDS, samples

RECORDED = Path(__file__).parent / "recorded"


def main() -> int:
    """Writes one file per kind."""
    for old in RECORDED.glob("*.json"):
        old.unlink()
    RECORDED.mkdir(exist_ok=True)
    kinds = MESSAGES | RECORDS
    for name, sample in samples().items():
        content = {"sample": sample} | ({"form": form_of(kinds[name])} if name in kinds else {})
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        (RECORDED / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
