"""Runs every function in a container of its real runtime, with every event in events/, against its own local stack.

    python -m local.sam

Exits with 0 if every answer and effect was right, with 1 if one was wrong, with 2 without Docker.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from local.sam import events
from local.sam.cases import CASES, Case
from local.sam.containers import Containers, NoDockerError, bridge_address
from local.sam.scene import Scene, WrongError, must_match
from local.stack import stack
from local.stack.processes import StackError
from sandbox.people import PERSONAL_MARKERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.sam.scene import Json

STATE = Path(".local") / "sam-local"
SETTINGS, RULES = {"import": "create"}, {"push_returned": True}
"""Settings and rules of the shop: everything that the events need is switched on."""
FIRST_REFUSAL = 400
"""The lowest HTTP status of a refusal."""


def run(host: str, state: Path = STATE) -> int:
    """Starts the stack on `host`, runs all cases, stops the stack. Returns 0 if all were right, else 1.

    One line is printed per case. The stack is stopped in any case.

    Raises:
        NoDockerError: no engine answers.
        StackError: the stack did not start.
    """
    started = time.monotonic()
    # The schedules never run: the events invoke the functions here.
    options = stack.StackOptions(
        state=state, host=host, parameters=stack.NEVER, settings=SETTINGS, rules=RULES
    )
    print(f"starting a local stack that containers reach at {host} …", flush=True)
    try:
        addresses = stack.up(options)
        scene = Scene(addresses)
        scene.disable_event_sources()
        scene.order_arrives()
        with closing(Containers(addresses, state.resolve())) as containers:
            print(f"ready after {time.monotonic() - started:.0f} s, {len(CASES)} cases", flush=True)
            wrong = [case for case in CASES if not run_case(case, scene, containers)]
    finally:
        stack.down(state)
    seconds = time.monotonic() - started
    if wrong:
        print(f"FAILED: {len(wrong)} of {len(CASES)} cases ({seconds:.0f} s)")
        return 1
    print(f"OK: {len(CASES)} of {len(CASES)} cases ({seconds:.0f} s)")
    return 0


def run_case(case: Case, scene: Scene, containers: Containers) -> bool:
    """Runs one case and prints its line. Returns whether it was right."""
    started = time.monotonic()
    problem = ""
    try:
        if case.before is not None:
            case.before(scene)
        function = events.function_of(case.event)
        values = scene.values() | (scene.session_values() if function == "console" else {})
        event = events.load(case.event, **values)
        invocation = containers.invoke(function, event)
        must_match("answer", readable(invocation.answer), case.answer)
        for effect in case.effects:
            effect(scene)
        problem = _wrong_in_log(case, invocation.log, scene)
    except (WrongError, StackError) as error:
        problem = str(error)
    verdict = "FAILED" if problem else "ok"
    print(f"{verdict:6}  {case.event:33} {time.monotonic() - started:4.1f} s  {case.text}", flush=True)
    if problem:
        print(f"        {problem}", flush=True)
    return not problem


def readable(answer: Json) -> Json:
    """The answer, with an HTTP body parsed unless it is a page.

    Raises:
        WrongError: the body is not JSON, or a refusal is not one line of problem details.
    """
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return answer
    kind = (answer.get("multiValueHeaders") or {}).get("Content-Type", [""])[0]
    if kind.startswith("text/html"):
        return answer
    try:
        body = json.loads(answer["body"])
    except (KeyError, TypeError, ValueError) as error:
        raise WrongError(f"the body of the answer cannot be read ({type(error).__name__})") from None
    if answer["statusCode"] >= FIRST_REFUSAL and (
        body.get("status") != answer["statusCode"] or "\n" in answer["body"]
    ):
        raise WrongError(f"a refusal is one line of problem details, not {answer['body']!r}")
    return {**answer, "body": body}


def _wrong_in_log(case: Case, log: str, scene: Scene) -> str:
    """What the log lacks, or what it contains and must not; empty if it is right."""
    if case.logs.replace(" ", "") not in log.replace(" ", ""):
        return f"the log has no {case.logs}: {log.strip()[-600:]}"
    if any(secret in log for secret in scene.deployment.secrets):
        return "a secret is in the log"
    if any(marker in log for marker in PERSONAL_MARKERS):
        return "personal data is in the log"
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.sam", description="All events, in containers.")
    parser.add_argument("--host", help="this machine as containers reach it (default: Docker's bridge)")
    chosen = parser.parse_args(arguments)
    # A run that is ended early, for example by a time limit, must not leave a running stack.
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
