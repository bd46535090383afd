"""Plays the walkthrough and writes docs/walkthrough.md: ``python -m local.walkthrough [FILE]``."""

from __future__ import annotations

import sys
from pathlib import Path

from local.stack.aws import ROOT
from local.walkthrough.play import play
from local.walkthrough.terminal import WalkthroughError


def main() -> int:
    """0: it is written; 1: a command did not end as it should."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "walkthrough.md"
    try:
        text = play()
    except WalkthroughError as error:
        sys.stderr.write(f"walkthrough: {error}\n")
        return 1
    path.write_text(text, encoding="utf-8")
    print(f"OK: {path.name} is written from a real run")
    return 0


if __name__ == "__main__":
    sys.exit(main())
