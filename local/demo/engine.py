"""The main job, start to end: a stack of its own, sample orders, their lives, and whether each ended as it should.

    python -m sandbox.demo

Everything is real but the two services: the template is deployed to the embedded AWS, the functions run under
their own roles, and the stand-ins of FastCentrik and MALL speak the wire formats over HTTP.

Chapter one (here and in ``stories``) is what the shop does and what MALL gets. Chapter two (``chapter_two``) is what
MALL does, what comes back, and what went wrong.
"""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import chapter_two, stack
from sandbox.processes import StackError
from sandbox.stories import LAST_ROUND, STORIES, UNDO_WINDOW_SECONDS, Act, Json, Story
from sandbox.times import PRAGUE
from sandbox.town import Place, Town, told, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

STATE = Path(".local") / "run"
TICK_SECONDS = 3.0
FIRST_ORDER = 4_700_000_001
LONG_ROUND = 5
"""The round in which undo windows end: nearly a minute in which nothing else happens."""
PARAMETERS = {
    # The demonstration wakes the functions itself, and asks for the same orders again and again.
    **stack.NEVER,
    "AuthorizationCacheSeconds": "300",
}


@dataclass(slots=True)
class Life:
    """One story being played: its order's number, and what was noted on the way."""

    story: Story
    number: int
    notes: list[tuple[datetime, str]] = field(default_factory=list)
    failed: str = ""

    @property
    def code(self) -> str:
        """The order's number in the shop."""
        return f"2026{self.number - FIRST_ORDER + 1:06}"

    def note(self, text: str) -> None:
        """Keeps `text` with the present moment."""
        self.notes.append((datetime.now(UTC), text))


def _arrives(place: Place, life: Life) -> None:
    """MALL opens the order, the shop has it as pending; both think it is a day old."""
    opened = datetime.now(PRAGUE) - timedelta(days=1, hours=2)
    stamp = opened.strftime("%Y-%m-%d %H:%M:%S")
    place.at_mall("POST", "/orders", {"id": life.number, "open": stamp, **life.story.mall})
    shop = {"code": life.code, "mall_order_id": life.number, "status": "nevyřízená", "created": stamp}
    place.in_shop("POST", "/orders", {**shop, **life.story.arrives})


def _known(order: Json) -> bool:
    """The shop has shown the order, and MALL was asked what it holds."""
    both = order["in_the_shop"] is not None and order["at_mall"] is not None and order["at_mall"]["certain"]
    return both and order["next_step"] is None


def play(place: Place, lives: list[Life], meanwhile: Callable[[], None]) -> None:
    """All rounds, each until every order is where the story says; `meanwhile` while undo windows are waited out."""
    for life in lives:
        _arrives(place, life)
        life.note("shop  the order arrives: nevyřízená")
    place.ask("POST", "/sync")
    _wait(place, {life.number: (life, Act(1, "the order arrives", _known)) for life in lives})
    for number in range(2, LAST_ROUND + 1):
        waiting = {
            life.number: (life, act)
            for life in lives
            for act in life.story.acts
            if act.round == number and not life.failed
        }
        rules = [{**rule, "order_id": order} for order, (_, act) in waiting.items() for rule in act.faults]
        place.at_mall("PUT", "/faults", {"rules": rules})
        for life, act in waiting.values():
            if act.shop:
                place.clerk_changes(life.code, act.shop)
            life.note(f"shop  {act.text}" if act.shop else f"      {act.text}")
        if any(act.shop for _, act in waiting.values()):
            place.town.wake("fetch-changes")
        print(f"  round {number} of {LAST_ROUND}: {len(waiting)} orders change", flush=True)
        if number == LONG_ROUND:
            meanwhile()
        _wait(place, waiting)


def _wait(place: Place, waiting: dict[int, tuple[Life, Act]]) -> None:
    """Until every order is where its act says; one that is not in time has failed."""

    def reached(life: Life, act: Act) -> bool:
        order = place.order(life.number)
        there = bool(order) and act.until(order)
        if there and (order["hold"] is not None or order["next_step"] is not None):
            life.note(f"why   {order['why']}")
        return there

    goals = {number: lambda pair=pair: reached(*pair) for number, pair in waiting.items()}
    for number in wait_for(goals, place.town.tick, TICK_SECONDS):
        life, act = waiting[number]
        order = place.order(number)
        seen = f"it is at {order['status']}: {order['why']}" if order else "it is not known"
        life.failed = f"after {act.text!r} the order did not get where it should; {seen}"


def verdict(place: Place, life: Life) -> str:
    """What did not end as it should, or nothing."""
    if life.failed:
        return life.failed
    story = life.story
    calls = place.calls(life.number)
    order = place.order(life.number)
    puts = [call for call in calls if call["method"] == "PUT"]
    sent = tuple(c["status_after"] for c in puts if c["status_before"] != c["status_after"])
    hold = order.get("hold") or {}
    found = {
        "statuses sent": (sent, story.sent),
        "status at MALL": (place.at_mall("GET", f"/orders/{life.number}")["status"], story.ends_at),
        "status on record": (order.get("status"), story.ends_at),
        "hold": (hold.get("code"), story.hold),
        "PUTs": (len(puts), story.puts),
        "reads": (len(calls) - len(puts), story.reads),
    }
    return "; ".join(
        f"{what}: {is_!r} instead of {should!r}" for what, (is_, should) in found.items() if is_ != should
    )


def tell(place: Place, life: Life, wrong: str) -> None:
    """The order's story, in the order in which it happened."""
    events = list(life.notes)
    events += [
        (datetime.fromisoformat(call["at"]), f"MALL  {told(call)}") for call in place.calls(life.number)
    ]
    order = place.order(life.number)
    print(f"\n{'FAILED' if wrong else 'ok':6}  {life.story.title}  (MALL order {life.number})")
    for at, text in sorted(events, key=lambda event: event[0]):
        print(f"        {at.astimezone(PRAGUE):%H:%M:%S}  {text}")
    print(f"        ends  {life.story.ends_at}: {order.get('why', 'not known')}")
    if wrong:
        print(f"        wrong: {wrong}")


def chapter_one(place: Place, meanwhile: Callable[[], None]) -> tuple[int, list[str]]:
    """Plays and tells the stories of chapter one. Returns how many there were, and the titles of those gone wrong."""
    print(f"\nCHAPTER ONE: what the shop does, and what MALL gets. {len(STORIES)} orders come in", flush=True)
    lives = [Life(story, FIRST_ORDER + index) for index, story in enumerate(STORIES)]
    play(place, lives, meanwhile)
    failed = []
    for life in lives:
        wrong = verdict(place, life)
        tell(place, life, wrong)
        if wrong:
            failed.append(life.story.title)
    calls = sum(len(place.calls(life.number)) for life in lives)
    print(f"\n{calls} calls to MALL for {len(lives)} orders")
    return len(lives), failed


def run(state: Path = STATE) -> int:
    """Plays everything. 0 when every order ended as it should, else 1; the stack is stopped in either case."""
    started = time.monotonic()
    print("building the product and deploying template.yaml to the embedded AWS …", flush=True)
    options = replace(
        stack.StackOptions(state),
        parameters=PARAMETERS,
        rules={"undo_window_seconds": UNDO_WINDOW_SECONDS},
    )
    try:
        addresses = stack.up(options)
        try:
            print(f"deployed after {time.monotonic() - started:.0f} s", flush=True)
            town = Town(addresses)
            token = addresses["api"]["operator_token"]
            demo = Place(town, addresses["shop"], addresses["fastcentrik"], addresses["mall"], token)
            with ExitStack() as running:
                chapter = chapter_two.Chapter(town, running)
                one, failed = chapter_one(demo, meanwhile=chapter.begin)
                two, failed_too = chapter_two.run(chapter)
        finally:
            stack.down(state)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    orders, failed = one + two, [*failed, *failed_too]
    print(f"\n{time.monotonic() - started:.0f} s in all")
    if failed:
        print(f"FAILED: of {orders} orders these did not end as they should: {', '.join(failed)}")
        return 1
    print(f"OK: all {orders} orders ended as they should")
    return 0


if __name__ == "__main__":
    sys.exit(run())
