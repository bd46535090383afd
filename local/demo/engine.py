"""Plays the chapters: starts a stack, has each chapter played (`performance`), and prints its `report`.

Only the two services are not real: stand-ins of FastCentrik and MALL speak their wire formats over HTTP. The template
is deployed to the embedded AWS, and the functions run under their own roles.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from local.demo import progress, report, shop_side
from local.demo.chapters import CHAPTERS
from local.demo.performance import Performance
from local.demo.texts import voice
from local.stack import stack
from local.stack.client import Deployment
from local.stack.mailbox import open_mailbox
from local.stack.processes import StackError

STATE = Path(".local") / "run"
PARAMETERS = {
    # The schedules never run: the demonstration invokes the functions itself.
    **stack.NEVER,
    "AuthorizationCacheSeconds": "300",
}
PEOPLE = "people"
"""Name of the operator that the people of the stories use for the API."""


def run(state: Path = STATE) -> int:
    """Plays everything. Returns 0 if every order ended as it should, else 1. The stack is stopped in either case."""
    started = time.monotonic()
    progress.building()
    options = stack.StackOptions(
        state,
        parameters=PARAMETERS,
        rules={"undo_window_seconds": shop_side.CHAPTER.undo_window_seconds},
        settings={"language": voice.language.value},
    )
    try:
        addresses = stack.up(options)
        try:
            progress.deployed(time.monotonic() - started)
            failed = _play_all(Deployment(addresses))
        finally:
            stack.down(state)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    progress.ended(time.monotonic() - started, sum(len(chapter.stories) for chapter in CHAPTERS), failed)
    return 1 if failed else 0


def _play_all(deployment: Deployment) -> list[str]:
    """Plays both chapters and prints their stories. Returns the titles of what failed."""
    deployment.http.session.headers["Accept-Language"] = voice.language.value
    deployment.token = deployment.add_operator(
        PEOPLE, [shop.name for chapter in CHAPTERS for shop in chapter.shops]
    )
    with ExitStack() as running:
        mailbox = running.enter_context(open_mailbox(deployment, "people"))
        first, second = (Performance(chapter, deployment, mailbox, running) for chapter in CHAPTERS)
        first.begin()
        first.play(meanwhile=second.begin)
        failed = report.print_stories(first)
        second.play()
        failed += report.print_stories(second)
        report.lists(second)
    return failed
