"""Chapter two of the demonstration: four more shops in the same deployment, and what MALL's side does to them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge import registry
from orderbridge.bootstrap import open_stack
from sandbox import chapter_two_report as report
from sandbox.chapter_two_script import (
    DIGEST_AFTER,
    FEED,
    RECONCILE_ROUND,
    ROUNDS,
    SHOPS,
    WEBHOOK_ROUND,
    Act,
    Shop,
    Story,
)
from sandbox.chapter_two_stories import STORIES
from sandbox.mailbox import Mailbox
from sandbox.server import start_sandbox
from sandbox.times import PRAGUE
from sandbox.town import Place, Town, wait_for

if TYPE_CHECKING:
    from contextlib import ExitStack

    from sandbox.http import Json

UNDO_WINDOW_SECONDS = 4
TICK_SECONDS = 2.0
LETTER_SECONDS = 30
FIRST_ORDER = 4_800_000_001
OPENED_AGO = timedelta(hours=2)
PEOPLE = "people"
"""Name of the operator who answers for the people in the stories."""


@dataclass(slots=True)
class Life:
    """One story being played: its order, what was noted on the way (when, who, what), and what people saw.

    `found` is the open escalation that people found before they acted, `answers` what their requests were answered.
    """

    story: Story
    number: int
    place: Place
    notes: list[tuple[datetime, str, str]] = field(default_factory=list)
    found: Json = field(default_factory=dict)
    answers: list[Json] = field(default_factory=list)
    checks: report.Checks = field(default_factory=dict)
    failed: str = ""


class Chapter:
    """The shops of the chapter, their MALLs and the mailbox of their people; first `begin`, then `play`."""

    def __init__(self, town: Town, running: ExitStack) -> None:
        self.town = town
        self._running = running
        self._stack = open_stack(town.stack, town.aws)
        names = [shop.name for shop in SHOPS]
        self._token = registry.add_operator(self._stack, PEOPLE, names)
        self.mailbox = Mailbox.open(town, town.outputs()["ShopAlarmsTopicArn"])
        self.places: dict[str, Place] = {}
        self.lives: list[Life] = []

    def begin(self) -> None:
        """Connects the shops and has MALL open the orders. What follows needs some time, and nobody to wait for it."""
        print(
            f"  meanwhile {len(SHOPS)} more shops are connected, and {len(STORIES)} orders come up at MALL for them",
            flush=True,
        )
        self.places = {shop.name: self._open(shop) for shop in SHOPS}
        self.lives = [
            Life(story, FIRST_ORDER + index, self.places[story.shop]) for index, story in enumerate(STORIES)
        ]
        for life in self.lives:
            self._arrives(life)
            first = life.story.acts[0]
            _note(life, first.who, first.text)
        self.town.wake("fetch-changes")
        self.town.wake(*FEED)

    def _open(self, shop: Shop) -> Place:
        """A FastCentrik and a MALL of the shop's own, and the shop on the registry, as an integrator does it."""
        blocks = self._running.enter_context(start_sandbox()).as_blocks()
        fastcentrik, mall = blocks["fastcentrik"], blocks["mall"]
        registry.register_shop(
            self._stack,
            {
                "shop": shop.name,
                "import": shop.imports,
                "export_interval_seconds": 0,
                "rules": {"undo_window_seconds": UNDO_WINDOW_SECONDS},
            },
            {
                "export_url": fastcentrik["export_url"],
                "import_url": fastcentrik["import_url"],
                "client_id": mall["client_id"],
                "marketplace_api_url": mall["api_url"],
            },
        )
        place = Place(self.town, shop.name, fastcentrik, mall, self._token)
        place.in_shop("PUT", "/faults", {"rules": list(shop.import_faults)})
        return place

    def play(self) -> None:
        """All rounds, each until every order is where its act says, and still is at the round's end."""
        for number, round_ in enumerate(ROUNDS, 1):
            acts = {
                life.number: (life, act)
                for life in self.lives
                for act in life.story.acts
                if act.round == number and not life.failed
            }
            print(f"  round {number} of {len(ROUNDS)}: {round_.text}", flush=True)
            before = self._asked()
            for life, act in acts.values():
                if number == WEBHOOK_ROUND and life.story.arrives is not None:
                    self._set_webhook(life)
                self._perform(life, act)
            for function, trigger in round_.wakes:
                self.town.wake(function, trigger)
            self._wait(acts)
            self._check(number, before, acts)
            if number == DIGEST_AFTER:
                self.town.wake("send-alarms", "digest")
                self._wait_for_letters("to look at", 1)
        expected = sum(len(life.story.end.alarms) for life in self.lives if not life.failed)
        self._wait_for_letters("MALL order ", expected)

    def _arrives(self, life: Life) -> None:
        """MALL creates the order; where it comes by other means, the shop has it as well."""
        stamp = (datetime.now(PRAGUE) - OPENED_AGO).strftime("%Y-%m-%d %H:%M:%S")
        status = life.story.opens.get("status", "open")
        order = {"id": life.number, status: stamp, **life.story.opens}
        life.place.at_mall("POST", "/orders", order)
        if life.story.arrives is not None:
            shown = {"code": "2026000001", "mall_order_id": life.number, "created": stamp}
            life.place.in_shop("POST", "/orders", {**shown, **life.story.arrives})

    def _perform(self, life: Life, act: Act) -> None:
        """What the act says that the clerk, MALL or people do."""
        if act.text and act.round > 1:
            _note(life, act.who, act.text)
        if act.mended:
            life.place.in_shop("PUT", "/faults", {})
        if act.shop:
            for order in report.copies(life.place, life.number):
                life.place.clerk_changes(order["code"], act.shop)
        if act.mall:
            life.place.at_mall("PATCH", f"/orders/{life.number}", act.mall)
        if act.asks:
            cases = life.place.ask("GET", "/escalations")["escalations"]
            life.found = next((one for one in cases if one["mall_order_id"] == life.number), {})
        life.answers += [life.place.ask("POST", path.format(life.number), body) for path, body in act.asks]

    def _wait(self, acts: dict[int, tuple[Life, Act]]) -> None:
        goals = {
            number: lambda life=life, act=act: act.until(life.place.order(life.number))
            for number, (life, act) in acts.items()
        }
        self.town.wake("fetch-changes")
        late = wait_for(goals, self.town.tick, TICK_SECONDS)
        for number, (life, act) in acts.items():
            order = life.place.order(number)
            if number in late or not act.until(order):
                seen = f"it is at {order['status']}: {order['why']}" if order else "it is not known"
                life.failed = f"in round {act.round} the order did not get where it should; {seen}"

    def _asked(self) -> dict[str, Json]:
        """How many calls of which kind each MALL got so far."""
        return {name: place.at_mall("GET", "/calls") for name, place in self.places.items()}

    def _check(self, number: int, before: dict[str, Json], acts: dict[int, tuple[Life, Act]]) -> None:
        """What a round may cost at MALL."""
        after = self._asked()
        for life, act in acts.values():
            shop = life.place.shop
            if number == WEBHOOK_ROUND and life.story.arrives is not None:
                lists = after[shop]["list_unconfirmed"] - before[shop]["list_unconfirmed"]
                life.checks["lists read for MALL's hint"] = (lists, 1)
                _note(life, "product", f"the hint made it read MALL's list; readings in this round: {lists}")
                sent = life.place.at_mall("GET", "/webhook")["deliveries"]
                given = [(one["ids"], one["http_status"]) for one in sent]
                life.checks["hints"] = (given, [([life.number], 200)])
            if number == RECONCILE_ROUND and act.text:
                calls = after[shop]["total"] - before[shop]["total"]
                life.checks["calls of the reconciliation"] = (calls, 1)
                _note(life, "product", f"the comparison found it; calls to MALL for all orders: {calls}")

    def _set_webhook(self, life: Life) -> None:
        """The shop's webhook in MALL's portal, and what a stranger gets who tries it."""
        path = registry.add_webhook(self._stack, life.place.shop)
        url = f"{self.town.api_url}{path}"
        wrong = self.town.request("POST", f"{url.rsplit('/', 1)[0]}/{'x' * 43}", [life.number])
        garbage = self.town.request("POST", url, {"orders": "all"})
        _note(life, "stranger", f"calls the webhook with a wrong secret: {wrong.status_code}")
        _note(life, "stranger", f"calls it with something that is no list of numbers: {garbage.status_code}")
        life.checks["answer to a wrong secret"] = (wrong.status_code, 404)
        life.checks["answer to garbage"] = (garbage.status_code, 400)
        life.place.at_mall("PUT", "/webhook", {"url": url})

    def _wait_for_letters(self, word: str, count: int) -> None:
        """Until so many letters of these shops about this have arrived; what is missing shows in the verdicts."""
        end = time.monotonic() + LETTER_SECONDS
        while time.monotonic() < end:
            if sum(letter.shop in self.places for letter in self.mailbox.about(word)) >= count:
                return
            time.sleep(0.25)


def _note(life: Life, who: str, text: str) -> None:
    life.notes.append((datetime.now(UTC), who, text))


def run(chapter: Chapter) -> tuple[int, list[str]]:
    """Plays and tells the stories. Returns how many orders there were, and the titles of those gone wrong."""
    print(
        f"\nCHAPTER TWO: what MALL does, what comes back, what went wrong. {len(STORIES)} orders, {len(SHOPS)} shops"
    )
    for shop in SHOPS:
        print(f"  {shop.name:7} import = {shop.imports:7} {shop.text}")
    chapter.play()
    failed = []
    for life in chapter.lives:
        wrong = report.verdict(life, chapter.mailbox)
        report.tell(life, wrong)
        if wrong:
            failed.append(life.story.title)
    report.close(chapter)
    wrong = report.wrong_of(report.shared_checks(chapter))
    if wrong:
        print(f"\nFAILED  {wrong}")
        failed.append("the shops together")
    return len(STORIES), failed
