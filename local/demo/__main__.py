"""The main job, start to end: `python -m local.demo`. Ends with 0 when every order ended as it should, else with 1."""

from __future__ import annotations

import sys

from local.demo.engine import run

if __name__ == "__main__":
    sys.exit(run())
