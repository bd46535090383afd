"""Today: what waits for the clerk, in order of haste."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from orderbridge.console.views.order import may_ask_for_returned
from orderbridge.domain.codes.orders import NextReason
from orderbridge.flows.api.shops import health_of_shop
from orderbridge.flows.api.today import today

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer
    from orderbridge.flows.api.request import Json

SECTIONS = ("stop_parcels", "undo_windows", "deadlines", "returns", "escalations", "holds")
"""The parts of the page, the most urgent first."""


SHOWN = {"deadlines": 25, "returns": 20, "escalations": 10}
"""How many entries of a part are on the page, the most urgent ones; the others are a click away. Parcels to stop and
steps about to be sent are all there."""
SHOWN_OF_HOLD = 10
"""How many orders of one hold are on the page."""


def show(visit: Visit) -> Answer:
    """The page. It refreshes itself where the browser runs scripts."""
    found, health = visit.ask(today), visit.ask(health_of_shop)
    push_returned = visit.record.settings.rules.push_returned
    return visit.page(
        "today.html",
        today=found,
        health=health,
        windows=[{**one, "because": _because(one["reason"])} for one in found["undo_windows"]],
        holds=[_group(group) for group in found["holds"]],
        below=_told_below(found),
        returned=[
            one["mall_order_id"] for one in found["returns"] if may_ask_for_returned(one, one, push_returned)
        ],
        most=SHOWN,
        waits=sum(len(found[name]) for name in (*SECTIONS, "unreadable")),
    )


def _group(group: Json) -> Json:
    """A hold with the orders that are shown. What their reasons end with is said once, for all of them.

    ``shared``: that end; without one, what to do about the hold. ``own``: what is left of each order's reason.
    """
    shown = group["orders"][:SHOWN_OF_HOLD]
    reasons = [one["reason"]["text"] if one["reason"] else "" for one in shown]
    shared = shared_end(reasons)
    own = [reason.removesuffix(shared).rstrip() for reason in reasons]
    return {
        "code": group["code"],
        "count": len(group["orders"]),
        "shared": shared or group["what_to_do"]["text"],
        "orders": [{**one, "own": text} for one, text in zip(shown, own, strict=True)],
    }


def shared_end(texts: Sequence[str]) -> str:
    """The whole sentences with which all of `texts` end; empty: they end with different ones."""
    if len(set(texts)) == 1:
        return texts[0]
    same = takewhile(lambda each: len(set(each)) == 1, zip(*map(reversed, texts), strict=False))
    end = "".join(each[0] for each in same)[::-1]
    return _after_first_sentence(end)


def _after_first_sentence(text: str) -> str:
    """What follows the first end of a sentence; a date, as Czech writes it, has no such end."""
    begins = (at + 2 for at in range(len(text) - 2) if text[at : at + 2] == ". " and text[at + 2].isupper())
    return text[next(begins, len(text)) :]


def _because(reason: Json) -> str:
    """Why the step is taken. That it comes next, and when, is said by the entry itself."""
    text: str = reason["text"]
    return (_after_first_sentence(text) if reason["code"] == NextReason.NOT_BEFORE.value else "") or text


def _told_below(found: Json) -> Mapping[int, Json]:
    """Of each order that is among the shown cases or holds: under what, so that no other part repeats why it waits."""
    held = {
        one["mall_order_id"]: {"hold": group["code"], "cause": None}
        for group in found["holds"]
        for one in group["orders"][:SHOWN_OF_HOLD]
    }
    cases = found["escalations"][: SHOWN["escalations"]]
    return held | {one["mall_order_id"]: {"hold": None, "cause": one["cause"]} for one in cases}
