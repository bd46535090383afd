"""The main job, start to end: a stack of its own, sample orders, their lives, and whether each ended as it should.

    python -m sandbox.demo

Everything is real but the two services: the template is deployed to the embedded AWS, the functions run under
their own roles, and the stand-ins of FastCentrik and MALL speak the wire formats over HTTP.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from sandbox import aws, stack
from sandbox.processes import StackError
from sandbox.stories import LAST_ROUND, PRAGUE, STORIES, UNDO_WINDOW_SECONDS, Act, Json, Story

STATE = Path(".local") / "run"
ROUND_SECONDS = 240
POLL_SECONDS = 0.5
TICK_SECONDS = 3.0
FIRST_ORDER = 4_700_000_001


@dataclass(slots=True)
class Life:
    """One story being played: its order's number, and what was noted on the way."""

    story: Story
    number: int
    notes: list[tuple[datetime, str]] = field(default_factory=list)
    failed: str = ""

    def note(self, text: str) -> None:
        """Keeps `text` with the present moment."""
        self.notes.append((datetime.now(UTC), text))


class Town:
    """Shop, marketplace and product as a person would reach them."""

    def __init__(self, addresses: Json) -> None:
        self._shop = addresses["fastcentrik"]["control_url"]
        self._mall = addresses["mall"]["control_url"]
        self._api = addresses["api"]["url"]
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {addresses['api']['operator_token']}"
        session = aws.AwsSession(addresses["aws"]["endpoint_url"])
        self._lambda = session.client("lambda")
        stack_name = addresses["aws"]["stack"]
        self._scheduled = [f"{stack_name}-fetch-changes", f"{stack_name}-retry-transitions"]

    def order_arrives(self, life: Life) -> None:
        """MALL opens the order, the shop has it as pending; both think it is a day old."""
        opened = datetime.now(PRAGUE) - timedelta(days=1, hours=2)
        stamp = opened.strftime("%Y-%m-%d %H:%M:%S")
        self._send("POST", f"{self._mall}/orders", {"id": life.number, "open": stamp, **life.story.mall})
        shop = {"code": _code(life), "mall_order_id": life.number, "status": "nevyřízená", "created": stamp}
        self._send("POST", f"{self._shop}/orders", {**shop, **life.story.arrives})

    def clerk_changes(self, life: Life, act: Act) -> None:
        """What the clerk types into the shop's administration."""
        now = datetime.now(PRAGUE)
        values = {key: value(now) if callable(value) else value for key, value in act.shop.items()}
        if values:
            self._send("PATCH", f"{self._shop}/orders/{_code(life)}", values)

    def arm(self, rules: list[Json]) -> None:
        """What goes wrong at MALL from now on."""
        self._send("PUT", f"{self._mall}/faults", {"rules": rules})

    def sync(self) -> None:
        """An operator asks for a fetch now."""
        self._send("POST", f"{self._api}/sync", None)

    def tick(self) -> None:
        """What the schedules do every few minutes; a demonstration has no minutes."""
        for function in self._scheduled:
            self._lambda.invoke(FunctionName=function, Payload=json.dumps({"trigger": "schedule"}))

    def order(self, life: Life) -> Json | None:
        """The order as the product explains it; None before it is known."""
        answer = self._http.get(f"{self._api}/orders/{life.number}", timeout=30)
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        order: Json = answer.json()
        return order

    def calls(self, life: Life) -> list[Json]:
        """Every call to MALL about the order."""
        calls: list[Json] = self._send("GET", f"{self._mall}/orders/{life.number}/calls", None)
        return calls

    def held_by_mall(self, life: Life) -> str:
        """The status that MALL really holds."""
        return str(self._send("GET", f"{self._mall}/orders/{life.number}", None)["status"])

    def _send(self, method: str, url: str, body: Json | None) -> Any:  # noqa: ANN401 - JSON
        answer = self._http.request(method, url, json=body, timeout=30)
        if not answer.ok:
            msg = f"{method} {url.rsplit('/', 2)[-2:]} answered {answer.status_code}: {answer.text[:200]}"
            raise StackError(msg)
        return answer.json()


def play(town: Town, lives: list[Life]) -> None:
    """All rounds, each until every order is where the story says."""
    for life in lives:
        town.order_arrives(life)
        life.note("shop  the order arrives: nevyřízená")
    town.sync()
    _wait(town, {life.number: (life, Act(1, "", lambda order: order["status"] == "open")) for life in lives})
    for number in range(2, LAST_ROUND + 1):
        waiting: dict[int, tuple[Life, Act]] = {}
        rules: list[Json] = []
        for life in lives:
            for act in life.story.acts:
                if act.round == number and not life.failed:
                    waiting[life.number] = (life, act)
                    rules += [{**rule, "order_id": life.number} for rule in act.faults]
        town.arm(rules)
        for life, act in waiting.values():
            town.clerk_changes(life, act)
            life.note(f"shop  {act.text}" if act.shop else f"      {act.text}")
        if any(act.shop for _, act in waiting.values()):
            town.sync()
        print(f"  round {number} of {LAST_ROUND}: {len(waiting)} orders change", flush=True)
        _wait(town, waiting)


def _wait(town: Town, waiting: dict[int, tuple[Life, Act]]) -> None:
    """Until every order is where its act says; one that is not in time has failed."""
    waiting = dict(waiting)
    end = time.monotonic() + ROUND_SECONDS
    next_tick = time.monotonic() + TICK_SECONDS
    while waiting and time.monotonic() < end:
        for number, (life, act) in list(waiting.items()):
            order = town.order(life)
            if order is not None and act.until(order):
                if order["hold"] is not None or order["next_step"] is not None:
                    life.note(f"why   {order['why']}")
                del waiting[number]
        if time.monotonic() >= next_tick:
            town.tick()
            next_tick = time.monotonic() + TICK_SECONDS
        time.sleep(POLL_SECONDS if waiting else 0)
    for life, act in waiting.values():
        order = town.order(life)
        seen = "it is not known" if order is None else f"it is at {order['status']}: {order['why']}"
        life.failed = f"after {act.text!r} the order did not get where it should; {seen}"


def verdict(town: Town, life: Life) -> str:
    """What did not end as it should, or nothing."""
    if life.failed:
        return life.failed
    story = life.story
    calls = town.calls(life)
    order = town.order(life) or {}
    puts = [call for call in calls if call["method"] == "PUT"]
    sent = tuple(c["status_after"] for c in puts if c["status_before"] != c["status_after"])
    hold = order.get("hold") or {}
    found = {
        "statuses sent": (sent, story.sent),
        "status at MALL": (town.held_by_mall(life), story.ends_at),
        "status on record": (order.get("status"), story.ends_at),
        "hold": (hold.get("code"), story.hold),
        "PUTs": (len(puts), story.puts),
        "reads": (len(calls) - len(puts), story.reads),
    }
    return "; ".join(
        f"{what}: {is_!r} instead of {should!r}" for what, (is_, should) in found.items() if is_ != should
    )


def tell(town: Town, life: Life, wrong: str) -> None:
    """The order's story, in the order in which it happened."""
    events = list(life.notes)
    events += [(_at(call["at"]), f"MALL  {_told(call)}") for call in town.calls(life)]
    order = town.order(life) or {}
    print(f"\n{'FAILED' if wrong else 'ok':6}  {life.story.title}  (MALL order {life.number})")
    for at, text in sorted(events, key=lambda event: event[0]):
        print(f"        {at.astimezone(PRAGUE):%H:%M:%S}  {text}")
    print(f"        ends  {life.story.ends_at}: {order.get('why', 'not known')}")
    if wrong:
        print(f"        wrong: {wrong}")


def _told(call: Json) -> str:
    status = call["http_status"]
    answer = "no answer" if status is None else str(status)
    if call["method"] == "GET":
        return f"was asked: {answer}" + (f", {call['status_after']}" if status == requests.codes.ok else "")
    body = call["body"] if isinstance(call["body"], dict) else {}
    words = ", ".join(f"{key}={value}" for key, value in body.items() if key != "first_delivery_attempt")
    effect = "" if call["status_before"] == call["status_after"] else f" → {call['status_after']}"
    return f"got {words}: {answer}{effect}"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _code(life: Life) -> str:
    return f"2026{life.number - FIRST_ORDER + 1:06}"


def run(state: Path = STATE) -> int:
    """Plays everything. 0 when every order ended as it should, else 1; the stack is stopped in either case."""
    started = time.monotonic()
    print("building the product and deploying template.yaml to the embedded AWS …", flush=True)
    options = replace(stack.StackOptions(state), rules={"undo_window_seconds": UNDO_WINDOW_SECONDS})
    try:
        addresses = stack.up(options)
        try:
            print(
                f"deployed after {time.monotonic() - started:.0f} s; {len(STORIES)} orders come in",
                flush=True,
            )
            town = Town(addresses)
            lives = [Life(story, FIRST_ORDER + index) for index, story in enumerate(STORIES)]
            play(town, lives)
            verdicts = [(life, verdict(town, life)) for life in lives]
            for life, wrong in verdicts:
                tell(town, life, wrong)
            calls = sum(len(town.calls(life)) for life in lives)
        finally:
            stack.down(state)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    failed = [life.story.title for life, wrong in verdicts if wrong]
    print(f"\n{calls} calls to MALL for {len(lives)} orders, {time.monotonic() - started:.0f} s in all")
    if failed:
        print(f"FAILED: {len(failed)} of {len(lives)} orders did not end as they should: {', '.join(failed)}")
        return 1
    print(f"OK: all {len(lives)} orders ended as they should")
    return 0


if __name__ == "__main__":
    sys.exit(run())
