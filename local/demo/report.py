"""What the demonstration says: how a story is judged and told, then what people find on their lists.

Every sentence of the demonstration is here or in the stories (`shop_side`, `marketplace_side`).
"""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Any

import requests

from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.demo.engine import Life, Performance
    from local.demo.scenarios import Act, Chapter, Json, Round
    from local.stack.client import ShopClient
    from local.stack.mailbox import Mailbox

Checks = dict[str, tuple[Any, Any]]
"""What was found and what should have been, by what it is."""
Event = tuple[datetime, int, str, str]
"""When, rank within the second, who, what."""

WIDTH = 118
WHY_RANK = 9
"""Why an order waits is told behind everything else of the same second."""
_ACTIONS = {
    "create_in_shop": "the whole order is read from MALL and written into the shop",
    "cancel_in_shop": "the cancellation is written into the shop",
}
COMPARED = "the comparison found it; calls to MALL for all orders: {calls}"
HINT_READ = "the hint made it read MALL's list; readings in this round: {lists}"
STRANGER = "calls the webhook with a wrong secret: {status}"
GARBAGE = "calls it with something that is no list of numbers: {status}"


# --- on the way -----------------------------------------------------------------------------------------


def building() -> None:
    """The stack is being started."""
    print("building the product and deploying template.yaml to the embedded AWS …", flush=True)


def deployed(seconds: float) -> None:
    """The stack runs."""
    print(f"deployed after {seconds:.0f} s", flush=True)


def connecting(chapter: Chapter) -> None:
    """A chapter's orders begin to come in."""
    count, shops = len(chapter.stories), ", ".join(shop.name for shop in chapter.shops)
    print(f"\n{count} orders come up at MALL, for: {shops}", flush=True)


def chapter_begins(chapter: Chapter) -> None:
    """Which shops it is about."""
    print(f"\nCHAPTER: {chapter.title}. {len(chapter.stories)} orders")
    for shop in chapter.shops:
        print(f"  {shop.name:7} import = {shop.imports:7} {shop.text}", flush=True)


def round_begins(number: int, round_: Round, chapter: Chapter, orders: int) -> None:
    """What happens now."""
    print(f"  round {number} of {len(chapter.rounds)}: {round_.text}; orders: {orders}", flush=True)


def not_reached(act: Act, order: Json) -> str:
    """Why a story has failed before its end."""
    seen = f"it is at {order['status']}: {order['why']}" if order else "it is not known"
    after = f" after {act.text!r}" if act.text else ""
    return f"in round {act.round}{after} the order did not get where it should; {seen}"


def ended(seconds: float, orders: int, failed: list[str]) -> None:
    """How it went."""
    print(f"\n{seconds:.0f} s in all")
    if failed:
        print(f"FAILED: of {orders} orders these did not end as they should: {', '.join(failed)}")
    else:
        print(f"OK: all {orders} orders ended as they should")


# --- every order ----------------------------------------------------------------------------------------


def tell_all(performance: Performance) -> list[str]:
    """Judges and tells all stories. Returns the titles of those gone wrong."""
    failed = []
    for life in performance.lives:
        wrong = verdict(life, performance.mailbox)
        tell(life, wrong)
        if wrong:
            failed.append(life.story.title)
    if wrong := wrong_of(shared_checks(performance)):
        print(f"\nFAILED  {wrong}")
        failed.append("the shops together")
    total = sum(shop.mall_calls() for shop in performance.shops.values())
    print(f"\n{total} calls to MALL for {len(performance.lives)} orders, lists among them")
    return failed


def verdict(life: Life, mailbox: Mailbox) -> str:
    """What did not end as it should, or nothing."""
    if life.failed:
        return life.failed
    end, number, shop = life.story.end, life.number, life.shop
    order, at_mall = shop.order(number) or {}, shop.at_mall(number)
    calls, in_shop = shop.calls(number), shop.in_shop(number)
    reads = sum(call["method"] == "GET" for call in calls)
    escalations = tuple(f"{one['cause']} {one['state']}" for one in order.get("escalations", ()))
    alarms = tuple(email.subject for email in mailbox.emails(subject=str(number)))
    found: Checks = {
        "status at MALL": (at_mall["status"], end.mall),
        "confirmed at MALL": (at_mall["confirmed"], end.confirmed),
        "status on record": (order.get("status"), end.mall if end.known else None),
        "states in the shop": ([one["status"] for one in in_shop], [end.shop] if end.shop else []),
        "PUTs": (tuple(_puts(calls)), end.puts),
        "reads": (reads, end.reads),
        "written into the shop": (tuple(_written(order)), end.written),
        "hold": ((order.get("hold") or {}).get("code"), end.hold),
        "entries on the list of returns": (tuple(_entries(order)), end.returns),
        "escalations": (escalations, end.escalations),
        "alarms": (alarms, tuple(alarm.format(number) for alarm in end.alarms)),
        **life.checks,
    }
    if end.written:
        found["customer, address and items in the shop"] = (is_whole(shop, number), True)
    return wrong_of(found)


def wrong_of(checks: Checks) -> str:
    """The checks that are not as they should be, in one line; empty if there are none."""
    return "; ".join(
        f"{what}: {is_!r} instead of {should!r}" for what, (is_, should) in checks.items() if is_ != should
    )


def shared_checks(performance: Performance) -> Checks:
    """What must be so for all orders together: what the imports got, and the figures of the first shop."""
    shops, expected = performance.shops, performance.chapter.figures
    documents = dict.fromkeys(shops, 0)
    for life in performance.lives:
        documents[life.story.shop] += len(life.story.end.written)
    found = first_shop(performance).answer("GET", "/figures")
    counts = {key: (found[key]["count"], found[key]["total"]) for key in expected}
    return {
        "documents that the imports got": ({name: shop.imports() for name, shop in shops.items()}, documents),
        "figures": (counts, expected),
    }


def first_shop(performance: Performance) -> ShopClient:
    """The chapter's main shop."""
    return performance.shops[performance.chapter.shops[0].name]


def _puts(calls: list[Json]) -> Iterator[str]:
    """The PUTs in a word each, with what became of those that were not simply taken."""
    for call in calls:
        if call["method"] != "PUT":
            continue
        word = call["body"].get("status") or "confirmed"
        if call["http_status"] == requests.codes.ok:
            yield word
        elif call["status_before"] != call["status_after"]:
            yield f"{word} unanswered"
        else:
            yield f"{word} not taken"


def _written(order: Json) -> Iterator[str]:
    for step in _steps_in_shop(order):
        yield f"{step['action']} {step['state']}"


def _steps_in_shop(order: Json) -> list[Json]:
    """The steps that the shop's import got something of; one that was withdrawn in time is none of them."""
    return [step for step in order.get("steps", ()) if step["action"] in _ACTIONS and step["attempts"]]


def _entries(order: Json) -> Iterator[str]:
    for entry in order.get("past_returns", ()):
        yield f"{entry['kind']} gone"
    if order.get("return"):
        yield f"{order['return']['kind']} {order['return']['state']}"


def is_whole(shop: ShopClient, number: int) -> bool:
    """Whether customer, address and items are in the shop as MALL has them. Only that it is so may be shown."""
    there = shop.in_shop(number)
    if not there:
        return False
    brought, order = there[0], shop.at_mall(number)
    who = ("name", "email", "phone", "street", "city", "zip", "country")
    same_person = all(brought["shipping"][key] == order["address"][key] for key in who)
    lines = [
        (one["code"], one["name"], float(one["pieces"]), float(one["unit_price"])) for one in brought["items"]
    ]
    wanted = [
        (one["id"], one["title"], float(one["quantity"]), float(one["price"])) for one in order["items"]
    ]
    return same_person and lines == wanted


def tell(life: Life, wrong: str) -> None:
    """The order's story, in the order in which it happened."""
    order = life.shop.order(life.number) or {}
    title = f"{life.story.title}  ({life.story.shop}, MALL order {life.number})"
    print(f"\n{'FAILED' if wrong else 'ok':6}  {title}")
    for at, _, who, text in in_order(_events(life, order)):
        print(_wrapped(text, f"        {at.astimezone(PRAGUE):%H:%M:%S}  {who:10}  "))
    why = order.get("why") or "the product never heard of it: the list of unconfirmed orders leaves it out"
    print(_wrapped(f"{life.story.end.mall}: {why}", "        ends  "))
    if life.story.end.written and is_whole(life.shop, life.number):
        print("        whole customer, address and items are in the shop as MALL has them")
    for answer in life.answers:
        if answer.get("credit_note") and answer["state"] == "open":
            _ready_text(life.found["ready_text"])
            _credit_note(answer["credit_note"])
    if wrong:
        print(_wrapped(wrong, "        wrong "))


def _events(life: Life, order: Json) -> Iterator[Event]:
    """Everything that is known to have happened."""
    yield from life.notes
    yield from call_events(life.shop.calls(life.number))
    for step in _steps_in_shop(order):
        result = "taken" if step["state"] == "accepted" else f"{step['state']} ({step['result']})"
        text = f"{_ACTIONS[step['action']]}: {result}"
        yield datetime.fromisoformat(step["attempts"][-1]["started_at"]), 2, "shop", text
    for entry in [*order.get("past_returns", ()), *filter(None, [order.get("return")])]:
        yield datetime.fromisoformat(entry["flagged_at"]), 4, "returns", f"{entry['kind']}: {entry['text']}"
    for escalation in order.get("escalations", ()):
        for event in escalation["history"]:
            note = f": {event['note']}" if event["note"] else ""
            text = f"{escalation['cause'].replace('_', ' ')}: {event['what']} by {event['by']}{note}"
            yield datetime.fromisoformat(event["at"]), 5, "escalation", text
    for alarm in order.get("alarms", ()):
        yield datetime.fromisoformat(alarm["sent_at"] or alarm["raised_at"]), 6, "alarm", alarm["subject"]


def call_events(calls: list[Json]) -> Iterator[Event]:
    """The calls to MALL about an order. What is read before the first PUT comes before the shop's import."""
    sent = False
    for call in calls:
        sent = sent or call["method"] == "PUT"
        yield datetime.fromisoformat(call["at"]), 3 if sent else 1, "MALL", call_in_words(call)


def in_order(events: Iterable[Event]) -> list[Event]:
    """As it happened. The product tells whole seconds: within one, the rank decides before the exact moment."""
    return sorted(events, key=lambda event: (event[0].replace(microsecond=0), event[1], event[0]))


def _ready_text(text: Json) -> None:
    """What a person sends to MALL's Operations, in both languages."""
    for language, name in (("cs", "Czech"), ("en", "English")):
        print(f"        the text to send, in {name}:")
        _quoted(text[language], "          | ")


def _credit_note(note: Json) -> None:
    due = datetime.fromisoformat(note["due_at"]).astimezone(PRAGUE)
    print("        what the credit note must carry:")
    print(f"          order number   {note['mall_order_id']}")
    print(f"          return number  {note['return_number']}")
    whole = " (the whole order)" if note["whole_order"] else ""
    for item in note["items"]:
        print(f"          item           {item['pieces']} × {item['title']}{whole}")
    print(f"          due on         {due.day}.{due.month}.{due.year} {due:%H:%M}")


def _wrapped(text: str, begin: str, further: str = "") -> str:
    """`text` behind `begin`, in lines of which only one with a long word is too long."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=begin,
        subsequent_indent=further or " " * len(begin),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _quoted(text: str, begin: str) -> None:
    for line in text.splitlines():
        mark = "  " if line.startswith(("* ", "  ")) else ""
        print(_wrapped(line, begin, begin + mark) or begin.rstrip())


def call_in_words(call: Json) -> str:
    """One call to MALL: what was asked or sent, and what came of it."""
    status = call["http_status"]
    answer = "no answer" if status is None else str(status)
    if call["method"] == "GET":
        return f"was asked: {answer}" + (f", {call['status_after']}" if status == requests.codes.ok else "")
    body = call["body"] if isinstance(call["body"], dict) else {}
    words = ", ".join(f"{key}={value}" for key, value in body.items() if key != "first_delivery_attempt")
    effect = "" if call["status_before"] == call["status_after"] else f" → {call['status_after']}"
    return f"got {words}: {answer}{effect}"


# --- the lists ------------------------------------------------------------------------------------------


def lists(performance: Performance) -> None:
    """What people find on their lists at the end, and what one life cost at MALL."""
    shops, first = performance.shops.values(), first_shop(performance)
    _table("LIST OF RETURNS (GET /returns?state=all)", _returns(shops))
    _table("LIST OF ESCALATIONS (GET /escalations?state=all)", _escalations(shops))
    emails = performance.mailbox.emails()
    _table("TOLD BY E-MAIL", [(email.shop, email.subject) for email in emails])
    for email in emails:
        if "to look at" in email.subject and email.shop == first.name:
            print(f"\nTHE DAILY DIGEST OF {first.name}")
            _quoted(email.text, "  | ")
    _table(f"FIGURES OF {first.name} (GET /figures)", _figures(first))
    _calls(performance)


def _returns(shops: Iterable[ShopClient]) -> Iterator[tuple[str, ...]]:
    for shop in shops:
        for one in shop.answer("GET", "/returns", state="all")["returns"]:
            yield shop.name, str(one["mall_order_id"]), one["kind"], one["state"], f"{one['status']} at MALL"


def _escalations(shops: Iterable[ShopClient]) -> Iterator[tuple[str, ...]]:
    for shop in shops:
        for one in shop.answer("GET", "/escalations", state="all")["escalations"]:
            last = one["history"][-1]["note"]
            yield shop.name, str(one["mall_order_id"]), one["cause"], one["state"], last or ""


def _figures(shop: ShopClient) -> Iterator[tuple[str, ...]]:
    found = shop.answer("GET", "/figures")
    yield "", "value", "limit", "ok", "orders"
    for key, sign in (
        ("cancel_rate", "≤"),
        ("status_errors", "≤"),
        ("tracking_rate", "≥"),
        ("late_delivered", ""),
    ):
        one = found[key]
        value = "–" if one["value"] is None else f"{one['value']:g} %"
        limit = "–" if one["limit"] is None else f"{sign} {one['limit']:g} %"
        ok = {True: "yes", False: "no", None: "–"}[one["ok"]]
        yield key.replace("_", " "), value, limit, ok, f"{one['count']} of {one['total']}"
    for click in found["click_to_status"]:
        seconds = f"{click['median_seconds']:g} s"
        yield f"click to {click['status']}", seconds, "–", "–", f"{click['count']} (median)"


def _calls(performance: Performance) -> None:
    """What the first order cost at MALL from its first to its last day."""
    life = performance.lives[0]
    own = life.shop.calls(life.number)
    gets = sum(call["method"] == "GET" for call in own)
    readings = life.shop.mall_calls("list_unconfirmed") + life.shop.mall_calls("list_orders")
    there = sum(other.shop is life.shop for other in performance.lives)
    print(
        f"\nThe whole life of order {life.number} took {len(own)} calls to MALL of its own ({gets} GET, "
        f"{len(own) - gets} PUT)\nand its share of {readings} readings of lists for {there} orders: "
        f"{len(own) + readings / there:.1f} in all."
    )


def _table(title: str, rows: Iterable[tuple[str, ...]]) -> None:
    rows = list(rows)
    print(f"\n{title}")
    if not rows:
        print("  nothing")
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"  {'  '.join(cells).rstrip()}")
