"""The demonstration's verdicts: whether each order, and the shops together, ended as they should. Prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests

from local.demo.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.demo.performance import Checks, Life, Performance
    from local.demo.scenarios import Json
    from local.stack.client import ShopClient
    from local.stack.mailbox import Email

_INTO_THE_SHOP = ("create_in_shop", "cancel_in_shop")


def verdict(life: Life, emails: Iterable[Email]) -> str:
    """What did not end as it should, in one line; empty if everything did. `emails`: those about one order."""
    if life.failed:
        return life.failed
    end, number, shop = life.story.end, life.number, life.shop
    order, at_mall = shop.order(number) or {}, shop.at_mall(number)
    calls, in_shop = shop.calls(number), shop.in_shop(number)
    reads = sum(call["method"] == "GET" for call in calls)
    escalations = tuple(f"{one['cause']} {one['state']}" for one in order.get("escalations", ()))
    alarms = tuple(alarm["kind"] for alarm in order.get("alarms", ()))
    arrived = sum(str(number) in email.subject for email in emails)
    found: Checks = {
        say("status at MALL"): (at_mall["status"], end.mall),
        say("confirmed at MALL"): (at_mall["confirmed"], end.confirmed),
        say("status on record"): (order.get("status"), end.mall if end.known else None),
        say("states in the shop"): ([one["status"] for one in in_shop], [end.shop] if end.shop else []),
        say("PUTs"): (tuple(_puts(calls)), end.puts),
        say("reads"): (reads, end.reads),
        say("written into the shop"): (tuple(_written(order)), end.written),
        say("hold"): ((order.get("hold") or {}).get("code"), end.hold),
        say("entries on the list of returns"): (tuple(_entries(order)), end.returns),
        say("escalations"): (escalations, end.escalations),
        say("alarms"): (alarms, end.alarms),
        say("e-mails about the order"): (arrived, len(end.alarms)),
        **life.checks,
    }
    if end.written:
        found[say("customer, address and items in the shop")] = (is_whole(shop, number), True)
    return wrong_of(found)


def wrong_of(checks: Checks) -> str:
    """The checks that failed, in one line; empty if there are none."""
    return "; ".join(
        say("{what}: {found!r} instead of {wanted!r}", what=what, found=found, wanted=wanted)
        for what, (found, wanted) in checks.items()
        if found != wanted
    )


def shared_checks(performance: Performance) -> Checks:
    """The checks of all orders together: what the imports received, and the figures of the first shop."""
    shops, expected = performance.shops, performance.chapter.figures
    documents = dict.fromkeys(shops, 0)
    for life in performance.lives:
        documents[life.story.shop] += len(life.story.end.written)
    found = performance.first_shop.answer("GET", "/figures")
    counts = {key: (found[key]["count"], found[key]["total"]) for key in expected}
    return {
        say("documents that the imports got"): (
            {name: shop.imports() for name, shop in shops.items()},
            documents,
        ),
        say("figures"): (counts, expected),
    }


def _puts(calls: list[Json]) -> Iterator[str]:
    """The PUTs by their status, with the result of those that were not simply accepted."""
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
    for step in steps_in_shop(order):
        yield f"{step['action']} {step['state']}"


def steps_in_shop(order: Json) -> list[Json]:
    """The steps of which the shop's import received something. A step that was withdrawn in time is left out."""
    return [step for step in order.get("steps", ()) if step["action"] in _INTO_THE_SHOP and step["attempts"]]


def _entries(order: Json) -> Iterator[str]:
    for entry in order.get("past_returns", ()):
        yield f"{entry['kind']} gone"
    if order.get("return"):
        yield f"{order['return']['kind']} {order['return']['state']}"


def is_whole(shop: ShopClient, number: int) -> bool:
    """Whether the shop has the order's customer, address and items as MALL does. The data itself is never printed."""
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
