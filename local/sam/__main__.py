"""Every function in a container of its real runtime, with every event in events/, against a local stack of its own.

    python -m sandbox.sam_local

Ends with 0 when every answer and every effect was right, with 1 when one was not, with 2 without Docker.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import events, stack
from sandbox.containers import Containers, NoDockerError, bridge_address
from sandbox.people import PERSONAL_MARKERS
from sandbox.processes import StackError
from sandbox.sam_cases import CASES, Case, Scene, WrongError

if TYPE_CHECKING:
    from collections.abc import Sequence

STATE = Path(".local") / "sam-local"
SETTINGS, RULES = {"import": "create"}, {"push_returned": True}
"""Of the shop: all that the events ask for is switched on."""


def run(host: str, state: Path = STATE) -> int:
    """Starts the stack on `host`, tries all cases, stops the stack. 0: all right; 1: one line per case says what.

    Raises:
        NoDockerError: no engine answers.
        StackError: the stack did not start.
    """
    started = time.monotonic()
    # The schedules stay quiet: the events are what wakes the functions here.
    options = stack.StackOptions(
        state=state, host=host, parameters=stack.NEVER, settings=SETTINGS, rules=RULES
    )
    print(f"starting a local stack that containers reach at {host} …", flush=True)
    try:
        addresses = stack.up(options)
        scene = Scene(addresses)
        scene.quiet()
        scene.order_arrives()
        with closing(Containers(addresses, state.resolve())) as containers:
            print(f"ready after {time.monotonic() - started:.0f} s, {len(CASES)} cases", flush=True)
            wrong = [case for case in CASES if not tried(case, scene, containers)]
    finally:
        stack.down(state)
    seconds = time.monotonic() - started
    if wrong:
        print(f"FAILED: {len(wrong)} of {len(CASES)} cases ({seconds:.0f} s)")
        return 1
    print(f"OK: {len(CASES)} of {len(CASES)} cases ({seconds:.0f} s)")
    return 0


def tried(case: Case, scene: Scene, containers: Containers) -> bool:
    """Tries one case and prints its line. True: right."""
    started = time.monotonic()
    problem = ""
    try:
        case.prepare(scene)
        event = events.load(case.event, **scene.values())
        ran = containers.invoke(events.function_of(case.event), event)
        case.check(scene, ran.answer)
        problem = _wrong_in_log(case, ran.log, scene)
    except (WrongError, StackError) as error:
        problem = str(error)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        # The answer is not even of the right shape.
        problem = f"the answer cannot be read ({type(error).__name__}: {error})"
    verdict = "FAILED" if problem else "ok"
    print(f"{verdict:6}  {case.event:33} {time.monotonic() - started:4.1f} s  {case.text}", flush=True)
    if problem:
        print(f"        {problem}", flush=True)
    return not problem


def _wrong_in_log(case: Case, log: str, scene: Scene) -> str:
    """What the log lacks, or what it must never hold; nothing if it is right."""
    if case.logs.replace(" ", "") not in log.replace(" ", ""):
        return f"the log has no {case.logs}: {log.strip()[-600:]}"
    if any(secret in log for secret in scene.secrets()):
        return "a secret is in the log"
    if any(marker in log for marker in PERSONAL_MARKERS):
        return "personal data is in the log"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.sam_local", description="All events, in containers."
    )
    parser.add_argument("--host", help="this machine as containers reach it (default: Docker's bridge)")
    chosen = parser.parse_args(arguments)
    # Whoever ends it early (a time limit, say) must not be left with a running stack.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(chosen.host or bridge_address())
    except NoDockerError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
