"""Plays one chapter: creates sample orders, plays their stories, and waits until each is where it should be.

The stories are data (`scenarios`).
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.demo import progress
from local.demo.texts import say, voice
from local.stack.client import ShopClient, wire
from sandbox import start_sandbox
from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import ExitStack

    from local.demo.scenarios import Act, Chapter, Json, Round, Shop, Story
    from local.stack.client import Deployment
    from local.stack.mailbox import Email, Mailbox

Checks = dict[str, tuple[Any, Any]]
"""What is checked → the value that was found, and the expected one."""
Event = tuple[datetime, int, str, str]
"""Time, rank within the same second, who acted, text."""

ROUND_SECONDS = 240
"""Maximum duration of a round in seconds."""
EMAIL_SECONDS = 30
"""Maximum time to wait for e-mails, in seconds."""
TICK_SECONDS = 2.0
"""Seconds between two ticks while a round waits."""
POLL_SECONDS = 0.5
"""Seconds between two checks of a condition."""
WHY_RANK = 9
"""Rank of the reason why an order waits: it comes after the other events of the same second."""
_ORDER = re.compile(r"\b4[78]\d{8}\b")
"""An order's number. Those of the chapters start with these digits."""


@dataclass(slots=True)
class Life:
    """One story while it is played: its order, what was noted, and what people saw.

    `notes`: events for the report. `found`: the open escalation that people saw before they acted; empty if none.
    `answers`: the API's answers to their requests. `checks`: additional checks of the end. `failed`: why the story
    failed before its end; empty if it did not.
    """

    story: Story
    number: int
    shop: ShopClient
    notes: list[Event] = field(default_factory=list)
    found: Json = field(default_factory=dict)
    answers: list[Json] = field(default_factory=list)
    checks: Checks = field(default_factory=dict)
    failed: str = ""

    def note(self, who: str, text: str, rank: int = 0) -> None:
        """Adds `text` as an event of this moment."""
        self.notes.append((datetime.now(UTC), rank, who, text))

    def note_why(self, text: str) -> None:
        """Adds the reason why the order waits, once as long as it does not change."""
        if text not in [note[3] for note in self.notes if note[2] == "why"][-1:]:
            self.note("why", text, WHY_RANK)


Waiting = dict[int, tuple[Life, "Act"]]
"""The orders of a round by their numbers, each with its act."""


class Performance:
    """One chapter while it is played: `begin` comes first, then `play`."""

    def __init__(
        self, chapter: Chapter, deployment: Deployment, mailbox: Mailbox, running: ExitStack
    ) -> None:
        self.chapter = chapter
        self.deployment = deployment
        self.mailbox = mailbox
        self._running = running
        self.shops: dict[str, ShopClient] = {}
        self.lives: list[Life] = []

    def begin(self) -> None:
        """Connects the shops and has MALL open the orders. Does not wait for what follows."""
        progress.connecting(self.chapter)
        self.shops = {shop.name: self._open(shop) for shop in self.chapter.shops}
        for index, story in enumerate(self.chapter.stories):
            life = Life(story, self.chapter.first_order + index, self.shops[story.shop])
            self.lives.append(life)
            self._create_order(life, f"2026{index + 1:06}")
            life.note(story.acts[0].who, say(story.acts[0].text))
        for shop in self.shops.values():
            shop.sync()

    @property
    def first_shop(self) -> ShopClient:
        """The client of the chapter's first shop."""
        return self.shops[self.chapter.shops[0].name]

    def _open(self, shop: Shop) -> ShopClient:
        """Returns the client of a registered shop with its own FastCentrik and MALL. The demo shop exists already."""
        addresses = self.deployment.addresses
        if shop.name == addresses["shop"]:
            return ShopClient(self.deployment, shop.name, addresses)
        blocks = self._running.enter_context(start_sandbox()).as_blocks()
        opened = ShopClient(self.deployment, shop.name, blocks)
        settings: Json = {
            "import": shop.imports,
            "language": voice.language.value,
            "export_interval_seconds": 0,
            "rules": {"undo_window_seconds": self.chapter.undo_window_seconds},
        }
        self.deployment.open_shop(opened, **settings)
        opened.arm_shop(rules=list(shop.import_faults))
        return opened

    def _create_order(self, life: Life, code: str) -> None:
        """Creates the order at MALL, and in the shop too where another tool brings it there."""
        stamp = wire(datetime.now(PRAGUE) - self.chapter.opened_ago)
        story = life.story
        status = story.opens.get("status", "open")
        life.shop.control_mall("POST", "/orders", {"id": life.number, status: stamp, **story.opens})
        if story.arrives is not None:
            shown = {"code": code, "mall_order_id": life.number, "created": stamp, **story.arrives}
            life.shop.control_shop("POST", "/orders", shown)

    def play(self, meanwhile: Callable[[], None] | None = None) -> None:
        """Plays all rounds, each until every order reached its goal. `meanwhile` runs while undo windows pass."""
        progress.chapter_begins(self.chapter)
        for number, round_ in enumerate(self.chapter.rounds, 1):
            self._play(number, round_)
            if round_.meanwhile and meanwhile is not None:
                meanwhile()
            self._end(number, round_)
        expected = sum(len(life.story.end.alarms) for life in self.lives if not life.failed)
        self._wait_until(lambda: len(self.alarms()) >= expected)

    def _waiting(self, number: int) -> Waiting:
        return {
            life.number: (life, act)
            for life in self.lives
            for act in life.story.acts
            if act.round == number and not life.failed
        }

    def _play(self, number: int, round_: Round) -> None:
        waiting = self._waiting(number)
        progress.round_begins(number, round_, self.chapter, len(waiting))
        self._before = {name: shop.control_mall("GET", "/calls") for name, shop in self.shops.items()}
        for name, shop in self.shops.items():
            rules = [
                {**rule, "order_id": order}
                for order, (life, act) in waiting.items()
                for rule in act.faults
                if life.story.shop == name
            ]
            shop.arm(*rules)
        for life, act in waiting.values():
            self._perform(life, act)
        for function, trigger in round_.ticks:
            self.deployment.tick(function, trigger)
        self.deployment.tick("fetch-changes")

    def _perform(self, life: Life, act: Act) -> None:
        """Does what the act says for the clerk, for MALL, and for people."""
        if act.hint:
            self._set_webhook(life)
        if act.text and act.round > 1:
            life.note(act.who, say(act.text))
        if act.import_repaired:
            life.shop.arm_shop()
        if act.shop:
            now = datetime.now(PRAGUE)
            values = {key: value(now) if callable(value) else value for key, value in act.shop.items()}
            life.shop.clerk(life.number, **values)
        if act.mall:
            life.shop.customer(life.number, **act.mall)
        if act.posts:
            cases = life.shop.answer("GET", "/escalations")["escalations"]
            life.found = next((one for one in cases if one["mall_order_id"] == life.number), {})
        for path, body in act.posts:
            translated = body | {"note": say(body["note"])} if "note" in body else body
            life.answers.append(life.shop.answer("POST", path.format(life.number), translated))

    def _end(self, number: int, round_: Round) -> None:
        """Waits for all orders of the round and counts the calls."""
        waiting = self._waiting(number)
        self._wait(waiting)
        for life, act in waiting.values():
            if act.hint:
                self._check_hint(life)
            if act.compared:
                calls = self._calls_since(life, "total")
                life.checks[say("calls of the reconciliation")] = (calls, 1)
                found = say("the comparison found it; calls to MALL for all orders: {calls}", calls=calls)
                life.note("product", found)
        if round_.digest:
            self.deployment.tick("send-alarms", "digest")
            self._wait_until(lambda: bool(self.digests()))

    def _wait(self, waiting: Waiting) -> None:
        def reached(life: Life, act: Act) -> bool:
            order = life.shop.order(life.number) or {}
            there = act.until(order)
            if there and order and (order["hold"] is not None or order["next_step"] is not None):
                life.note_why(order["why"]["text"])
            return there

        goals = {number: lambda pair=pair: reached(*pair) for number, pair in waiting.items()}
        late = wait_for(goals, self._tick)
        for number, (life, act) in waiting.items():
            order = life.shop.order(number) or {}
            if number in late or (self.chapter.lasting and not act.until(order)):
                life.failed = _not_reached(act, order)

    def _tick(self) -> None:
        """Runs the two schedules that run all the time: exports are read, and due orders are rechecked."""
        self.deployment.tick("fetch-changes")
        self.deployment.tick("retry-transitions")

    def _calls_since(self, life: Life, kind: str) -> int:
        """Number of calls of this kind that the shop's MALL received in this round."""
        return life.shop.mall_calls(kind) - int(self._before[life.story.shop][kind])

    def _check_hint(self, life: Life) -> None:
        lists = self._calls_since(life, "list_unconfirmed")
        life.checks[say("lists read for MALL's hint")] = (lists, 1)
        read = say("the hint made it read MALL's list; readings in this round: {lists}", lists=lists)
        life.note("product", read)
        sent = life.shop.control_mall("GET", "/webhook")["deliveries"]
        given = [(one["ids"], one["http_status"]) for one in sent]
        life.checks[say("hints")] = (given, [([life.number], 200)])

    def _set_webhook(self, life: Life) -> None:
        """Sets the shop's webhook in MALL's portal, and calls it with a wrong secret and a wrong body."""
        url = self.deployment.add_webhook(life.story.shop)
        http = self.deployment.http
        wrong = http.request("POST", f"{url.rpartition('/')[0]}/{'x' * 43}", [life.number]).status_code
        garbage = http.request("POST", url, {"orders": "all"}).status_code
        life.note("stranger", say("calls the webhook with a wrong secret: {status}", status=wrong))
        life.note(
            "stranger", say("calls it with something that is no list of numbers: {status}", status=garbage)
        )
        life.checks[say("answer to a wrong secret")] = (wrong, 404)
        life.checks[say("answer to garbage")] = (garbage, 400)
        life.shop.control_mall("PUT", "/webhook", {"url": url})

    def alarms(self) -> list[Email]:
        """The e-mails to these shops' people about one order: its number is in the subject."""
        return [email for email in self._emails() if _ORDER.search(email.subject)]

    def digests(self) -> list[Email]:
        """The daily digests to these shops' people."""
        return [email for email in self._emails() if not _ORDER.search(email.subject)]

    def _emails(self) -> list[Email]:
        return [email for email in self.mailbox.emails() if email.shop in self.shops]

    def _wait_until(self, arrived: Callable[[], bool]) -> None:
        """Waits until the e-mails have `arrived`. Missing ones show in the verdicts."""
        end = time.monotonic() + EMAIL_SECONDS
        while time.monotonic() < end and not arrived():
            time.sleep(POLL_SECONDS)


def _not_reached(act: Act, order: Json) -> str:
    """The reason why a story failed before its end."""
    where = say("in round {number} the order did not get where it should", number=act.round)
    done = say("before that: {act}", act=say(act.text)) if act.text else ""
    seen = (
        say("it is at {status}: {why}", status=voice.status(order["status"]), why=reason_of(order))
        if order
        else say("it is not known")
    )
    return "; ".join(filter(None, (where, done, seen)))


def reason_of(order: Json) -> str:
    """The product's reason for the order's state; empty if it gives none."""
    return str((order.get("why") or {}).get("text", ""))


def wait_for(
    goals: Mapping[int, Callable[[], bool]],
    tick: Callable[[], None],
    tick_seconds: float = TICK_SECONDS,
    within: float = ROUND_SECONDS,
) -> Sequence[int]:
    """Waits until every goal was reached once, with ticks in between. Returns the keys of those not reached in time.

    `tick_seconds` and `within` are in seconds.
    """
    waiting = dict(goals)
    end = time.monotonic() + within
    next_tick = time.monotonic() + tick_seconds
    while waiting and time.monotonic() < end:
        for key, reached in list(waiting.items()):
            if reached():
                del waiting[key]
        if waiting and time.monotonic() >= next_tick:
            tick()
            next_tick = time.monotonic() + tick_seconds
        time.sleep(POLL_SECONDS if waiting else 0)
    return list(waiting)
