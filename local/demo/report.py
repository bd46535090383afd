"""How chapter two is judged and told: every order's story, then what people find on their lists."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING, Any

import requests

from sandbox.times import PRAGUE
from sandbox.town import told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.chapter_two import Chapter, Life
    from sandbox.http import Json
    from sandbox.mailbox import Mailbox
    from sandbox.town import Place

Checks = dict[str, tuple[Any, Any]]
"""What was found and what should have been, by what it is."""
Event = tuple[datetime, int, str, str]
"""When (whole seconds, as the product tells it), rank within the second, who, what."""

WIDTH = 118
_ACTIONS = {
    "create_in_shop": "the whole order is read from MALL and written into the shop",
    "cancel_in_shop": "the cancellation is written into the shop",
}


FIGURES = {
    "cancel_rate": (0, 10),
    "status_errors": (1, 10),
    "tracking_rate": (4, 4),
    "late_delivered": (0, 3),
}
"""What GET /figures must count for `garden`, hits and orders: customers' cancellations are not the shop's."""


def copies(place: Place, number: int) -> list[Json]:
    """The shop's orders with this MALL number."""
    return [order for order in place.in_shop("GET", "/orders") if order["mall_order_id"] == str(number)]


def verdict(life: Life, mailbox: Mailbox) -> str:
    """What did not end as it should, or nothing."""
    if life.failed:
        return life.failed
    end, number, place = life.story.end, life.number, life.place
    order, at_mall = place.order(number), place.at_mall("GET", f"/orders/{number}")
    calls, in_shop = place.calls(number), copies(place, number)
    reads = sum(call["method"] == "GET" for call in calls)
    escalations = tuple(f"{one['cause']} {one['state']}" for one in order.get("escalations", ()))
    alarms = tuple(letter.subject for letter in mailbox.about(str(number)))
    found: Checks = {
        "status at MALL": (at_mall["status"], end.mall),
        "confirmed at MALL": (at_mall["confirmed"], end.known),
        "status on record": (order.get("status"), end.mall if end.known else None),
        "states in the shop": ([one["status"] for one in in_shop], [end.shop] if end.shop else []),
        "MALL took": (_taken(calls), end.puts),
        "reads": (reads, end.reads),
        "written into the shop": (tuple(_written(order)), end.written),
        "hold": ((order.get("hold") or {}).get("code"), end.hold),
        "entries on the list of returns": (tuple(_entries(order)), end.returns),
        "escalations": (escalations, end.escalations),
        "alarms": (alarms, tuple(alarm.format(number) for alarm in end.alarms)),
        **life.checks,
    }
    if end.written:
        found["customer, address and items in the shop"] = (is_whole(place, number), True)
    return wrong_of(found)


def wrong_of(checks: Checks) -> str:
    """The checks that are not as they should be, in one line; empty if there are none."""
    return "; ".join(
        f"{what}: {is_!r} instead of {should!r}" for what, (is_, should) in checks.items() if is_ != should
    )


def shared_checks(chapter: Chapter) -> Checks:
    """What must be so for all orders together: what the imports got, and the figures of the shop with most orders."""
    documents = dict.fromkeys(chapter.places, 0)
    for life in chapter.lives:
        documents[life.place.shop] += len(life.story.end.written)
    got = {name: place.in_shop("GET", "/calls")["imports"] for name, place in chapter.places.items()}
    found = chapter.places["garden"].ask("GET", "/figures")
    counts = {key: (found[key]["count"], found[key]["total"]) for key in FIGURES}
    return {"documents that the imports got": (got, documents), "figures": (counts, FIGURES)}


def _taken(calls: list[Json]) -> tuple[str, ...]:
    """The PUTs in a word each; what MALL did not take is marked."""
    puts = []
    for call in calls:
        if call["method"] == "PUT":
            word = call["body"].get("status") or "confirmed"
            puts.append(word if call["http_status"] == requests.codes.ok else f"{word} not taken")
    return tuple(puts)


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


def is_whole(place: Place, number: int) -> bool:
    """Whether customer, address and items are in the shop as MALL has them. Only that it is so may be shown."""
    there = copies(place, number)
    if not there:
        return False
    brought = place.in_shop("GET", f"/orders/{there[0]['code']}?customer=1")
    order = place.at_mall("GET", f"/orders/{number}")
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
    order = life.place.order(life.number)
    title = f"{life.story.title}  ({life.place.shop}, MALL order {life.number})"
    print(f"\n{'FAILED' if wrong else 'ok':6}  {title}")
    for at, _, who, text in sorted(_events(life, order), key=lambda event: event[:2]):
        print(_wrapped(text, f"        {at.astimezone(PRAGUE):%H:%M:%S}  {who:10}  "))
    why = order.get("why") or "the product never heard of it: the list of unconfirmed orders leaves it out"
    print(_wrapped(f"{life.story.end.mall}: {why}", "        ends  "))
    if life.story.end.written and is_whole(life.place, life.number):
        print("        whole customer, address and items are in the shop as MALL has them")
    for answer in life.answers:
        if answer.get("credit_note") and answer["state"] == "open":
            _ready_text(life.found["ready_text"])
            _credit_note(answer["credit_note"])
    if wrong:
        print(_wrapped(wrong, "        wrong "))


def _events(life: Life, order: Json) -> Iterator[Event]:
    """Everything that is known to have happened. The product tells whole seconds: within one, the rank decides."""
    for at, who, text in life.notes:
        yield at.replace(microsecond=0), 0, who, text
    for call in life.place.calls(life.number):
        at = datetime.fromisoformat(call["at"]).replace(microsecond=0)
        yield at, 1 if call["method"] == "GET" else 3, "MALL", told(call)
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


def close(chapter: Chapter) -> None:
    """What people find on their lists at the end, and what all of it cost at MALL."""
    places = chapter.places
    _table("LIST OF RETURNS (GET /returns?state=all)", _returns(places.values()))
    _table("LIST OF ESCALATIONS (GET /escalations?state=all)", _escalations(places.values()))
    letters = chapter.mailbox.about("")
    _table("TOLD BY E-MAIL", [(letter.shop, letter.subject) for letter in letters])
    for letter in letters:
        if "to look at" in letter.subject and letter.shop == "garden":
            print("\nTHE DAILY DIGEST OF garden")
            _quoted(letter.text, "  | ")
    _table("FIGURES OF garden (GET /figures)", _figures(places["garden"]))
    _calls(chapter)


def _returns(places: Iterable[Place]) -> Iterator[tuple[str, ...]]:
    for place in places:
        for one in place.ask("GET", "/returns", query="&state=all")["returns"]:
            yield place.shop, str(one["mall_order_id"]), one["kind"], one["state"], f"{one['status']} at MALL"


def _escalations(places: Iterable[Place]) -> Iterator[tuple[str, ...]]:
    for place in places:
        for one in place.ask("GET", "/escalations", query="&state=all")["escalations"]:
            last = one["history"][-1]["note"]
            yield place.shop, str(one["mall_order_id"]), one["cause"], one["state"], last or ""


def _figures(place: Place) -> Iterator[tuple[str, ...]]:
    found = place.ask("GET", "/figures")
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


def _calls(chapter: Chapter) -> None:
    """What the first order cost at MALL from its first to its last day, and all of them together."""
    life = chapter.lives[0]
    own = life.place.calls(life.number)
    gets = sum(call["method"] == "GET" for call in own)
    asked = life.place.at_mall("GET", "/calls")
    lists = asked["list_unconfirmed"] + asked["list_orders"]
    there = sum(other.place is life.place for other in chapter.lives)
    total = sum(place.at_mall("GET", "/calls")["total"] for place in chapter.places.values())
    print(
        f"\nThe whole life of order {life.number} took {len(own)} calls to MALL of its own ({gets} GET, "
        f"{len(own) - gets} PUT)\nand its share of {lists} readings of lists for {there} orders: "
        f"{len(own) + lists / there:.1f} in all."
    )
    print(f"{total} calls to MALL for {len(chapter.lives)} orders, lists among them")


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
