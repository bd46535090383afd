"""The demonstration's content as data: chapters with rounds, stories with acts, and how each order must end.

The two chapters are in `shop_side` and `marketplace_side`. A condition gets an order as ``GET /orders/{mall_order_id}``
shows it, and {} while the product does not have it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime, timedelta

Json = dict[str, Any]
Until = Callable[[Json], bool]
"""A condition: whether an order is in the expected state."""
Tick = tuple[str, str]
"""A function, and the trigger that its schedule sends."""

FEED: Tick = ("read-lists", "schedule")
RECONCILE: Tick = ("read-lists", "reconcile")
RETURNS: Tick = ("flag-returns", "schedule")

PENDING = {"status": "nevyřízená"}
HANDLED = {"status": "vyřizuje se"}
SETTLED = {"status": "vyřízená"}
CANCELED = {"status": "stornováno"}


def today(now: datetime) -> str:
    """The present day in the form that the clerk enters."""
    return now.date().isoformat()


# --- conditions -----------------------------------------------------------------------------------------


def unknown(order: Json) -> bool:
    """The product has no record of the order."""
    return not order


def known(order: Json) -> bool:
    """The product has a record of the order; nothing else is required."""
    return bool(order)


def seen_on_both_sides(order: Json) -> bool:
    """The shop has shown the order, it was read at MALL, and no step is left."""
    if not order or order["in_the_shop"] is None or order["at_mall"] is None:
        return False
    return bool(order["at_mall"]["certain"]) and order["next_step"] is None


def holds(status: str) -> Until:
    """MALL is known to hold `status`; steps may be left."""
    return lambda order: bool(order) and order["status"] == status


def all_sent(status: str) -> Until:
    """MALL is known to hold `status`, and no step is left."""
    return lambda order: holds(status)(order) and order["next_step"] is None


def waits_to_send(action: str) -> Until:
    """The step is stored and waits for its undo window."""
    return lambda order: bool(order) and (order["next_step"] or {}).get("action") == action


def both(shop: str, mall: str) -> Until:
    """Shop and MALL are known to have these states, MALL's changes are confirmed, and no step is left."""

    def reached(order: Json) -> bool:
        if not seen_on_both_sides(order) or not order["at_mall"]["confirmed"]:
            return False
        return (order["in_the_shop"]["status"], order["status"]) == (shop, mall)

    return reached


def held(code: str) -> Until:
    """Nothing is sent because of this hold."""
    return lambda order: bool(order) and (order["hold"] or {}).get("code") == code


def acknowledged(order: Json) -> bool:
    """MALL's changes are confirmed at MALL."""
    return bool(order["at_mall"]["confirmed"])


def flagged(kind: str | None) -> Until:
    """The order's open entry on the list of returns is of this kind. None: it has no open entry."""
    return lambda order: (order["return"] or {}).get("kind") == kind


def alarmed(order: Json) -> bool:
    """There was an alarm, and every alarm was sent."""
    return bool(order["alarms"]) and all(alarm["sent_at"] for alarm in order["alarms"])


def escalated(cause: str, state: str) -> Until:
    """The order's escalation for `cause` is in this state."""
    found = {"cause": cause, "state": state}
    return lambda order: any(found.items() <= one.items() for one in order.get("escalations", ()))


def every(*conditions: Until) -> Until:
    """All conditions are true."""
    return lambda order: all(condition(order) for condition in conditions)


# --- stories --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop. `imports`: its setting ``import``. `import_faults`: what its import does wrong at first."""

    name: str
    imports: str
    text: str
    import_faults: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """What happens in one round, and the schedules that run in it (`ticks`).

    `digest`: the daily digest is sent at the end of the round. `meanwhile`: undo windows pass in this round, so the
    next chapter can begin.
    """

    text: str
    ticks: tuple[Tick, ...] = ()
    digest: bool = False
    meanwhile: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What happens to one order in one round, and the condition that ends it.

    `shop`: what the clerk changes; a value may be a function of the present time in Prague. `mall`: what MALL, the
    customer or a person in the portal changes there. `faults`: what fails at MALL for this order from then on. `posts`:
    requests by people, each the path and the body of a POST; ``{}`` in the path is the order's number.
    `import_repaired`: the shop's import works from then on. `hint`: MALL calls the shop's webhook about it. `compared`:
    the daily comparison finds it. Without `text` the act only waits for `until`.
    """

    round: int
    until: Until
    who: str = ""
    text: str = ""
    shop: Json = field(default_factory=dict)
    mall: Json = field(default_factory=dict)
    faults: tuple[Json, ...] = ()
    posts: tuple[tuple[str, Json], ...] = ()
    import_repaired: bool = False
    hint: bool = False
    compared: bool = False


CREATED = "create_in_shop accepted"
CANCELLED = "cancel_in_shop accepted"


@dataclass(frozen=True, slots=True)
class End:
    """How an order must end. Every value must match exactly.

    `mall` and `shop`: the states on the two sides; `shop` None: the order is not in the shop. `puts`: our PUTs by their
    status; ``unanswered`` where MALL accepted one and the answer was lost, ``not taken`` where it did not accept it.
    `reads`: how often the order was read at MALL. `written`: what the shop's import received, with the result.
    `returns`: entries on the list of returns (``gone``: closed by itself). `escalations`: causes with their states.
    `alarms`: the kinds of the e-mails about the order. `confirmed`: the order is confirmed at MALL. `known`: the
    product has a record.
    """

    mall: str
    shop: str | None
    puts: tuple[str, ...] = ()
    reads: int = 1
    written: tuple[str, ...] = ()
    hold: str | None = None
    returns: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    confirmed: bool = True
    known: bool = True


@dataclass(frozen=True, slots=True)
class Story:
    """One order's life. MALL creates it with `opens`; with `arrives` another tool brings it into the shop."""

    title: str
    shop: str
    acts: tuple[Act, ...]
    end: End
    opens: Json = field(default_factory=dict)
    arrives: Json | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Stories that are played at the same time.

    `undo_window_seconds`: undo window of all its shops. `opened_ago`: age of its orders. `lasting`: the condition of an
    act must still be true at the end of its round. `figures`: the counts and totals that the first shop's figures must
    have at the end.
    """

    title: str
    shops: tuple[Shop, ...]
    rounds: tuple[Round, ...]
    stories: tuple[Story, ...]
    first_order: int
    undo_window_seconds: int
    opened_ago: timedelta
    lasting: bool = False
    figures: dict[str, tuple[int, int]] = field(default_factory=dict)
