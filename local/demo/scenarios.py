"""What the demonstration plays, as data: chapters of rounds, orders' stories made of acts, and how each must end.

The two chapters are in `shop_side` and `marketplace_side`. A condition looks at an order as
``GET /orders/{mall_order_id}`` shows it; {} while the product does not know it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime, timedelta

Json = dict[str, Any]
Until = Callable[[Json], bool]
"""Whether an order is where it should be."""
Wake = tuple[str, str]
"""A function and the trigger that its schedule sends."""

FEED: Wake = ("read-lists", "schedule")
RECONCILE: Wake = ("read-lists", "reconcile")
RETURNS: Wake = ("flag-returns", "schedule")

PENDING = {"status": "nevyřízená"}
HANDLED = {"status": "vyřizuje se"}
SETTLED = {"status": "vyřízená"}
CANCELED = {"status": "stornováno"}


def today(now: datetime) -> str:
    """The day, as the clerk types it."""
    return now.date().isoformat()


# --- conditions -----------------------------------------------------------------------------------------


def unknown(order: Json) -> bool:
    """The product has never heard of the order."""
    return not order


def known(order: Json) -> bool:
    """It has; nothing more is waited for."""
    return bool(order)


def seen_on_both_sides(order: Json) -> bool:
    """The shop has shown the order, MALL was asked what it holds, and nothing is left to be done."""
    if not order or order["in_the_shop"] is None or order["at_mall"] is None:
        return False
    return bool(order["at_mall"]["certain"]) and order["next_step"] is None


def holds(status: str) -> Until:
    """MALL is known to hold `status`, whatever is left to be done about it."""
    return lambda order: bool(order) and order["status"] == status


def all_sent(status: str) -> Until:
    """MALL is known to hold `status`, and nothing is left to be sent."""
    return lambda order: holds(status)(order) and order["next_step"] is None


def waits_to_send(action: str) -> Until:
    """The step is recorded and waits out the undo window."""
    return lambda order: bool(order) and (order["next_step"] or {}).get("action") == action


def both(shop: str, mall: str) -> Until:
    """Shop and MALL are known to hold these, MALL's changes are acknowledged, and nothing is left to be done."""

    def reached(order: Json) -> bool:
        if not seen_on_both_sides(order) or not order["at_mall"]["confirmed"]:
            return False
        return (order["in_the_shop"]["status"], order["status"]) == (shop, mall)

    return reached


def held(code: str) -> Until:
    """Nothing is sent, for this reason."""
    return lambda order: bool(order) and (order["hold"] or {}).get("code") == code


def acknowledged(order: Json) -> bool:
    """MALL knows that we have seen its changes."""
    return bool(order["at_mall"]["confirmed"])


def flagged(kind: str | None) -> Until:
    """The order's open entry on the list of returns is of this kind; None: it has none."""
    return lambda order: (order["return"] or {}).get("kind") == kind


def alarmed(order: Json) -> bool:
    """Somebody was told, and nobody waits to be told."""
    return bool(order["alarms"]) and all(alarm["sent_at"] for alarm in order["alarms"])


def escalated(cause: str, state: str) -> Until:
    """The order's escalation for `cause` is in this state."""
    found = {"cause": cause, "state": state}
    return lambda order: any(found.items() <= one.items() for one in order.get("escalations", ()))


def every(*conditions: Until) -> Until:
    """All of them."""
    return lambda order: all(condition(order) for condition in conditions)


# --- stories --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop. `imports` is its setting ``import``, `import_faults` what its import does wrong at first."""

    name: str
    imports: str
    text: str
    import_faults: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """What happens in one round, and the schedules whose time has come.

    `digest`: at the end of the round it is time for the daily digest. `meanwhile`: undo windows are waited out, which
    is time to begin the next chapter.
    """

    text: str
    wakes: tuple[Wake, ...] = ()
    digest: bool = False
    meanwhile: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What happens to one order in one round, and what is waited for.

    `shop` is what the clerk changes (a value may be a function of the present moment in Prague), `mall` what MALL, the
    customer or somebody in the portal does there, `faults` what goes wrong at MALL with this order from then on, `asks`
    what people ask of the product (path and body of a POST, ``{}`` in the path is the order's number). With `mended`,
    the shop's import is all right from then on. With `hint`, MALL calls the shop's webhook about it; with `compared`,
    the daily comparison finds it. Without `text`, the order is only waited for.
    """

    round: int
    until: Until
    who: str = ""
    text: str = ""
    shop: Json = field(default_factory=dict)
    mall: Json = field(default_factory=dict)
    faults: tuple[Json, ...] = ()
    asks: tuple[tuple[str, Json], ...] = ()
    mended: bool = False
    hint: bool = False
    compared: bool = False


CREATED = "create_in_shop accepted"
CANCELLED = "cancel_in_shop accepted"


@dataclass(frozen=True, slots=True)
class End:
    """How an order must end. Everything in it is exact.

    `mall` and `shop` are the states on the two sides (`shop` None: it never got there). `puts` are our PUTs by what
    they were about: ``unanswered`` where MALL took one and its answer got lost, ``not taken`` where it did not. `reads`
    is how often MALL was asked about the order, `written` what the shop's import got from us and what came of it.
    `returns` are the entries on the list of returns (``gone``: closed by itself), `escalations` the causes with their
    state, `alarms` what each e-mail about the order was about. `confirmed`: the order is marked as
    confirmed at MALL. `known`: the product has a record of it.
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
    """One order's life: MALL creates it with `opens`; with `arrives` somebody else brings it into the shop."""

    title: str
    shop: str
    acts: tuple[Act, ...]
    end: End
    opens: Json = field(default_factory=dict)
    arrives: Json | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Stories that are played at the same time.

    `undo_window_seconds` is the window of all its shops. `opened_ago` is how old its orders are. `lasting`: what an act
    waits for must still be so at the end of its round. `figures` is what the figures of the first shop must count at
    the end (hits and orders).
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
