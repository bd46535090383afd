"""The demonstration's command line: `python -m local.demo`.

Exits with 0 if every order ended as it should, else with 1.
"""

from __future__ import annotations

import argparse
import sys

from local.demo.engine import run
from local.demo.texts import voice
from orderbridge.texts import Language

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="local.demo")
    parser.add_argument(
        "--language", choices=[one.value for one in Language], default="en", help="what it is told in"
    )
    voice.speak(Language(parser.parse_args().language))
    sys.exit(run())
