"""What the stories of chapter two are made of: shops, rounds, acts, ends, and conditions on an order.

A condition looks at an order as ``GET /orders/{mall_order_id}`` shows it; {} while the product does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.stories import Json, Until

FEED = ("import-orders", "schedule")
RECONCILE = ("import-orders", "reconcile")
RETURNS = ("flag-returns", "schedule")


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop of this chapter. `import_faults` is what its import does wrong at first."""

    name: str
    imports: str
    text: str
    import_faults: tuple[Json, ...] = ()


SHOPS = (
    Shop("garden", "create", "MALL's open orders are written into it"),
    Shop(
        "books",
        "create",
        "the same, but its import refuses what it gets",
        ({"kind": "refused", "target": "import", "http_status": 400},),
    ),
    Shop(
        "toys",
        "create",
        "the same, but the first answer of its import gets lost",
        ({"kind": "lost_after", "target": "import", "times": 1},),
    ),
    Shop("shoes", "link", "gets its orders by other means; MALL calls its webhook"),
)


@dataclass(frozen=True, slots=True)
class Round:
    """What happens in one round, and the schedules whose time has come: `wakes` are functions with their triggers."""

    text: str
    wakes: tuple[tuple[str, str], ...] = ()


ROUNDS = (
    Round("MALL has opened orders"),
    Round("they come into the shops", (FEED,)),
    Round("packing begins, the first customer cancels", (FEED,)),
    Round("parcels are on their way", (FEED,)),
    Round("parcels are delivered", (FEED,)),
    Round("what comes back; MALL calls the webhook"),
    Round("people settle what is theirs to settle", (FEED, RETURNS)),
    Round("the reconciliation of the night", (RECONCILE,)),
)
WEBHOOK_ROUND, DIGEST_AFTER, RECONCILE_ROUND = 6, 6, 8


def unknown(order: Json) -> bool:
    """The product has never heard of the order."""
    return not order


def holds(status: str) -> Until:
    """MALL is known to hold `status`, whatever is left to be done about it."""
    return lambda order: bool(order) and order["status"] == status


def both(shop: str, mall: str) -> Until:
    """Shop and MALL are known to hold these, MALL's changes are acknowledged, and nothing is left to be done."""

    def reached(order: Json) -> bool:
        if not order or order["in_the_shop"] is None or order["at_mall"] is None:
            return False
        at_mall = order["at_mall"]
        done = at_mall["certain"] and at_mall["confirmed"] and order["next_step"] is None
        return done and (order["in_the_shop"]["status"], order["status"]) == (shop, mall)

    return reached


def flagged(kind: str | None) -> Until:
    """The order's open entry on the list of returns is of this kind; None: it has none."""
    return lambda order: (order["return"] or {}).get("kind") == kind


def told_of(cause: str) -> Until:
    """The order is escalated for `cause`, and the alarm has gone out."""

    def reached(order: Json) -> bool:
        open_ = any(e["cause"] == cause and e["state"] == "open" for e in order.get("escalations", ()))
        return open_ and alarmed(order)

    return reached


def alarmed(order: Json) -> bool:
    """Somebody was told, and nobody waits to be told."""
    return bool(order["alarms"]) and all(alarm["sent_at"] for alarm in order["alarms"])


def settled_case(cause: str) -> Until:
    """The escalation for `cause` is closed."""
    return lambda order: any(e["cause"] == cause and e["state"] == "closed" for e in order["escalations"])


def held(code: str) -> Until:
    """Nothing is sent, for this reason, and MALL's changes are acknowledged."""
    return lambda order: (order["hold"] or {}).get("code") == code and order["at_mall"]["confirmed"]


def every(*conditions: Until) -> Until:
    """All of them."""
    return lambda order: all(condition(order) for condition in conditions)


@dataclass(frozen=True, slots=True)
class Act:
    """What happens to one order in one round, and what must be so until the round's end.

    `shop` is what the clerk changes, `mall` what MALL, the customer or somebody in the portal does there, `asks` what
    people ask of the product (path and body of a POST, ``{}`` in the path is the order's number). With
    `mended`, the shop's import is all right from then on. Without `text`, the order is only waited for.
    """

    round: int
    until: Until
    who: str = ""
    text: str = ""
    shop: Json = field(default_factory=dict)
    mall: Json = field(default_factory=dict)
    asks: tuple[tuple[str, Json], ...] = ()
    mended: bool = False


@dataclass(frozen=True, slots=True)
class End:
    """How an order must end. Everything in it is exact.

    `mall` and `shop` are the states on the two sides (`shop` None: it never got there), `puts` what MALL took from us,
    `reads` how often it was asked about the order, `written` what the shop's import got from us and what came of it.
    `returns` are the entries on the list of returns (``gone``: closed by itself), `escalations` the causes with their
    state, `alarms` the subjects that arrived, with ``{}`` for the order's number.
    """

    mall: str
    shop: str | None
    puts: tuple[str, ...] = ()
    reads: int = 1
    written: tuple[str, ...] = ("create_in_shop accepted",)
    hold: str | None = None
    returns: tuple[str, ...] = ()
    escalations: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True)
class Story:
    """One order's life: MALL creates it with `opens`; with `arrives` somebody else brings it into the shop."""

    title: str
    acts: tuple[Act, ...]
    end: End
    opens: Json = field(default_factory=dict)
    shop: str = "garden"
    arrives: Json | None = None
