"""The demonstration's report, printed: each order's story with its verdict, then the lists that people see."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import TYPE_CHECKING

import requests

from local.demo.performance import reason_of
from local.demo.texts import say, voice
from local.demo.verdicts import is_whole, shared_checks, steps_in_shop, verdict, wrong_of
from orderbridge.texts.rendering import date_text
from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.demo.performance import Event, Life, Performance
    from local.demo.scenarios import Json
    from local.stack.client import ShopClient

WIDTH = 118
"""Maximum number of characters of a line."""


# --- every order ----------------------------------------------------------------------------------------


def print_stories(performance: Performance) -> list[str]:
    """Checks and prints all stories of a chapter. Returns the titles of those that failed."""
    failed = []
    for life in performance.lives:
        wrong = verdict(life, performance.alarms())
        print_story(life, wrong)
        if wrong:
            failed.append(say(life.story.title))
    if wrong := wrong_of(shared_checks(performance)):
        print(f"\n{say('FAILED')}  {wrong}")
        failed.append(say("the shops together"))
    total = sum(shop.mall_calls() for shop in performance.shops.values())
    cost = say(
        "calls to MALL: {calls}, lists among them; orders: {orders}",
        calls=total,
        orders=len(performance.lives),
    )
    print(f"\n{cost}")
    return failed


def print_story(life: Life, wrong: str) -> None:
    """Prints the order's events in their order, then how it ended. `wrong`: what failed; empty if nothing."""
    order = life.shop.order(life.number) or {}
    title = say(
        "{title}  ({shop}, MALL order {number})",
        title=say(life.story.title),
        shop=life.story.shop,
        number=life.number,
    )
    print(f"\n{say('FAILED') if wrong else say('ok'):6}  {title}")
    for at, _, who, text in in_order(_events(life, order)):
        print(_wrapped(text, f"        {at.astimezone(PRAGUE):%H:%M:%S}  {voice.word(who):10}  "))
    why = reason_of(order) or say(
        "the product never heard of it: the list of unconfirmed orders leaves it out"
    )
    print(_wrapped(f"{voice.status(life.story.end.mall)}: {why}", f"        {say('ends'):5} "))
    if life.story.end.written and is_whole(life.shop, life.number):
        whole = say("customer, address and items are in the shop as MALL has them")
        print(_wrapped(whole, f"        {say('whole'):5} "))
    for answer in life.answers:
        if answer.get("credit_note") and answer["state"] == "open":
            print(f"        {say('the text to send:')}")
            _quoted(life.found["ready_text"]["text"], "          | ")
            _credit_note(answer["credit_note"])
    if wrong:
        print(_wrapped(wrong, f"        {say('wrong')} "))


def _events(life: Life, order: Json) -> Iterator[Event]:
    """All events of the order's story."""
    yield from life.notes
    yield from call_events(life.shop.calls(life.number))
    for step in steps_in_shop(order):
        yield datetime.fromisoformat(step["attempts"][-1]["started_at"]), 2, "shop", _step_in_words(step)
    for entry in [*order.get("past_returns", ()), *filter(None, [order.get("return")])]:
        text = f"{voice.word(entry['kind'])}: {entry['reason']['text']}"
        yield datetime.fromisoformat(entry["flagged_at"]), 4, "returns", text
    for escalation in order.get("escalations", ()):
        for event in escalation["history"]:
            text = f"{voice.word(escalation['cause'])}: {_event_in_words(event)}"
            yield datetime.fromisoformat(event["at"]), 5, "escalation", text
    for alarm in order.get("alarms", ()):
        at = datetime.fromisoformat(alarm["sent_at"] or alarm["raised_at"])
        yield at, 6, "alarm", alarm["subject"]["text"]


def _step_in_words(step: Json) -> str:
    """What the shop's import received, and its answer."""
    what = (
        say("the whole order is read from MALL and written into the shop")
        if step["action"] == "create_in_shop"
        else say("the cancellation is written into the shop")
    )
    if step["state"] == "accepted":
        return f"{what}: {say('taken')}"
    came = (step["result"] or {}).get("text", "")
    return f"{what}: {voice.word(step['state'])}. {came}".rstrip(". ") + "."


def _event_in_words(event: Json) -> str:
    """What happened to an escalation, who did it, and why."""
    happened = say("{what} by {who}", what=voice.word(event["what"]), who=voice.word(event["by"]))
    note = event["note"] or (event["reason"] or {}).get("text", "")
    return f"{happened}: {note}" if note else happened


def call_events(calls: list[Json]) -> Iterator[Event]:
    """The calls to MALL about an order. Reads before the first PUT rank before the shop's import."""
    sent = False
    for call in calls:
        sent = sent or call["method"] == "PUT"
        yield datetime.fromisoformat(call["at"]), 3 if sent else 1, "MALL", call_in_words(call)


def in_order(events: Iterable[Event]) -> list[Event]:
    """The events by time. The product gives whole seconds: within a second the rank counts, then the exact time."""
    return sorted(events, key=lambda event: (event[0].replace(microsecond=0), event[1], event[0]))


def _credit_note(note: Json) -> None:
    due = date_text(datetime.fromisoformat(note["due_at"]), voice.language, PRAGUE)
    items = ", ".join(f"{item['pieces']} × {item['title']}" for item in note["items"])
    print(f"        {say('what the credit note must carry:')}")
    print(f"          {say('order number'):14} {note['mall_order_id']}")
    print(f"          {say('return number'):14} {note['return_number']}")
    print(f"          {say('the whole order') if note['whole_order'] else say('items'):14} {items}")
    print(f"          {say('due on'):14} {due}")


def _wrapped(text: str, begin: str, further: str = "") -> str:
    """`text` after `begin`, wrapped into lines of ``WIDTH``. Only a line with a longer word is longer."""
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
    """One call to MALL: what was sent, and the answer."""
    status = call["http_status"]
    answer = say("no answer") if status is None else str(status)
    if call["method"] == "GET":
        held = f", {call['status_after']}" if status == requests.codes.ok else ""
        return say("was asked: {answer}", answer=f"{answer}{held}")
    body = call["body"] if isinstance(call["body"], dict) else {}
    words = ", ".join(f"{key}={value}" for key, value in body.items() if key != "first_delivery_attempt")
    effect = "" if call["status_before"] == call["status_after"] else f" → {call['status_after']}"
    return say("got {words}: {answer}", words=words, answer=f"{answer}{effect}")


# --- the lists ------------------------------------------------------------------------------------------


def lists(performance: Performance) -> None:
    """Prints the lists that people see at the end, and the calls to MALL for one order."""
    shops, first = performance.shops.values(), performance.first_shop
    _table(say("LIST OF RETURNS (GET /returns?state=all)"), _returns(shops))
    _table(say("LIST OF ESCALATIONS (GET /escalations?state=all)"), _escalations(shops))
    _table(say("TOLD BY E-MAIL"), [(email.shop, email.subject) for email in performance.mailbox.emails()])
    for email in performance.digests():
        if email.shop == first.name:
            print(f"\n{say('THE DAILY DIGEST OF {shop}', shop=first.name)}")
            _quoted(email.text, "  | ")
    _table(say("FIGURES OF {shop} (GET /figures)", shop=first.name), _figures(first))
    _calls(performance)


def _returns(shops: Iterable[ShopClient]) -> Iterator[tuple[str, ...]]:
    for shop in shops:
        for one in shop.answer("GET", "/returns", state="all")["returns"]:
            at_mall = say("{status} at MALL", status=voice.status(one["status"]))
            kind, state = voice.word(one["kind"]), voice.word(one["state"])
            yield shop.name, str(one["mall_order_id"]), kind, state, at_mall


def _escalations(shops: Iterable[ShopClient]) -> Iterator[tuple[str, ...]]:
    for shop in shops:
        for one in shop.answer("GET", "/escalations", state="all")["escalations"]:
            last = _event_in_words(one["history"][-1])
            cause, state = voice.word(one["cause"]), voice.word(one["state"])
            yield shop.name, str(one["mall_order_id"]), cause, state, last


def _figures(shop: ShopClient) -> Iterator[tuple[str, ...]]:
    found = shop.answer("GET", "/figures")
    yield "", say("value"), say("limit"), say("ok"), say("orders")
    for key, sign in (
        ("cancel_rate", "≤"),
        ("status_errors", "≤"),
        ("tracking_rate", "≥"),
        ("late_delivered", ""),
    ):
        one = found[key]
        value = "–" if one["value"] is None else f"{one['value']:g} %"
        limit = "–" if one["limit"] is None else f"{sign} {one['limit']:g} %"
        ok = {True: say("yes"), False: say("no"), None: "–"}[one["ok"]]
        orders = say("{count} of {total}", count=one["count"], total=one["total"])
        yield voice.word(key), value, limit, ok, orders
    for click in found["click_to_status"]:
        name = say("click to {status}", status=voice.status(click["status"]))
        seconds = f"{click['median_seconds']:g} s"
        yield name, seconds, "–", "–", say("{count} (median)", count=click["count"])


def _calls(performance: Performance) -> None:
    """Prints how many calls to MALL the first order needed in its whole life."""
    life = performance.lives[0]
    own = life.shop.calls(life.number)
    gets = sum(call["method"] == "GET" for call in own)
    readings = life.shop.mall_calls("list_unconfirmed") + life.shop.mall_calls("list_orders")
    there = sum(other.shop is life.shop for other in performance.lives)
    whole = say(
        "Calls to MALL in the whole life of order {order}: {own} of its own ({gets} GET, {puts} PUT), and its share "
        "of the readings of lists ({readings} for the {orders} orders of the shop): {total} in all.",
        order=life.number,
        own=len(own),
        gets=gets,
        puts=len(own) - gets,
        readings=readings,
        orders=there,
        total=f"{len(own) + readings / there:.1f}",
    )
    print(f"\n{_wrapped(whole, '')}")


def _table(title: str, rows: Iterable[tuple[str, ...]]) -> None:
    rows = list(rows)
    print(f"\n{title}")
    if not rows:
        print(f"  {say('nothing')}")
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(f"  {'  '.join(cells).rstrip()}")
