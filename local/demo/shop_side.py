"""The lives of sample orders: what the clerk does, what MALL must get, and how it must end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PRAGUE = ZoneInfo("Europe/Prague")
UNDO_WINDOW_SECONDS = 25
FUTURE_SECONDS = 30

Json = dict[str, Any]
Until = Callable[[Json], bool]
"""Whether an order, as ``GET /orders/{mall_order_id}`` shows it, is where it should be."""


def mall_holds(status: str) -> Until:
    """MALL is known to hold `status`, and nothing is left to be sent."""
    return lambda order: order["status"] == status and order["next_step"] is None


def held(code: str) -> Until:
    """Nothing is sent, for this reason."""
    return lambda order: order["hold"] is not None and order["hold"]["code"] == code


def waits_to_send(action: str) -> Until:
    """The step is recorded and waits out the undo window."""
    return lambda order: order["next_step"] is not None and order["next_step"]["action"] == action


@dataclass(frozen=True, slots=True)
class Act:
    """What happens to one order in one round.

    `shop` is what the clerk changes; a value may be a function of the present moment (Prague time). `faults`
    are rules of MALL's side, armed for this order before the change.
    """

    round: int
    text: str
    until: Until
    shop: Json = field(default_factory=dict)
    faults: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One order's life. `sent` are the statuses that MALL must have accepted from us, each once, in this order.

    `puts` and `reads` are how many PUTs and GETs it may take in all, accepted or not.
    """

    title: str
    acts: tuple[Act, ...]
    sent: tuple[str, ...]
    ends_at: str
    puts: int
    reads: int = 1
    hold: str | None = None
    mall: Json = field(default_factory=dict)
    arrives: Json = field(default_factory=lambda: {"carrier": "Zásilkovna", "tracking_number": "Z1234567890"})


def today(now: datetime) -> str:
    """The day, as the clerk types it."""
    return now.date().isoformat()


def _yesterday(now: datetime) -> str:
    return (now.date() - timedelta(days=1)).isoformat()


def _soon(now: datetime) -> str:
    return (now + timedelta(seconds=FUTURE_SECONDS)).strftime("%Y-%m-%d %H:%M:%S")


PENDING = {"status": "nevyřízená"}
HANDLED = {"status": "vyřizuje se"}
SETTLED = {"status": "vyřízená"}
CANCELED = {"status": "stornováno"}
NO_TRACKING = {"carrier": "PPL"}

STORIES = (
    Story(
        "Straight through",
        (
            Act(2, "the clerk starts packing", mall_holds("shipping"), HANDLED),
            Act(3, "the clerk hands the parcel over", mall_holds("shipped"), SETTLED),
            Act(
                4,
                "the clerk fills in the delivery date",
                waits_to_send("delivered"),
                {"delivery_date": today},
            ),
            Act(5, "the clerk leaves it at that", mall_holds("delivered")),
        ),
        sent=("shipping", "shipped", "delivered"),
        ends_at="delivered",
        puts=3,
    ),
    Story(
        "Canceled in time",
        (
            Act(2, "the clerk starts packing", mall_holds("shipping"), HANDLED),
            Act(3, "the clerk cancels: the goods are broken", waits_to_send("cancelled"), CANCELED),
            Act(5, "the clerk leaves it at that", mall_holds("cancelled")),
        ),
        sent=("shipping", "cancelled"),
        ends_at="cancelled",
        puts=2,
    ),
    Story(
        "Canceled too late",
        (
            Act(2, "the clerk hands the parcel over", mall_holds("shipped"), SETTLED),
            Act(3, "the clerk cancels: the parcel was not collected", held("cancel_too_late"), CANCELED),
        ),
        sent=("shipped",),
        ends_at="shipped",
        puts=1,
        hold="cancel_too_late",
    ),
    Story(
        "Delivery date in the future",
        (
            Act(2, "the clerk hands the parcel over", mall_holds("shipped"), SETTLED),
            Act(
                3,
                "the clerk fills in a moment yet to come",
                held("future_delivery_date"),
                {"delivery_date": _soon},
            ),
            Act(5, "the clerk leaves it at that", mall_holds("delivered")),
        ),
        sent=("shipped", "delivered"),
        ends_at="delivered",
        puts=2,
    ),
    Story(
        "A mistake, taken back within the undo window",
        (
            Act(2, "the clerk starts packing", mall_holds("shipping"), HANDLED),
            Act(3, "the clerk cancels the wrong order", waits_to_send("cancelled"), CANCELED),
            Act(4, "the clerk sets it back", mall_holds("shipping"), HANDLED),
        ),
        sent=("shipping",),
        ends_at="shipping",
        puts=1,
    ),
    Story(
        "MALL Delivery",
        (Act(2, "the clerk hands the parcel over", held("marketplace_delivery"), SETTLED),),
        sent=("shipping",),
        ends_at="shipping",
        puts=1,
        hold="marketplace_delivery",
        mall={"mdp": True},
    ),
    Story(
        "Partially settled",
        (
            Act(2, "the clerk settles a part", held("partially_settled"), {"status": "částečně vyřízená"}),
            Act(3, "the clerk settles the rest", mall_holds("shipped"), SETTLED),
        ),
        sent=("shipped",),
        ends_at="shipped",
        puts=1,
    ),
    Story(
        "MALL's answer is lost",
        (
            Act(
                2,
                "the clerk starts packing; MALL takes Shipping, but its answer never arrives",
                mall_holds("shipping"),
                HANDLED,
                faults=({"kind": "lost_after", "method": "PUT", "times": 1},),
            ),
        ),
        sent=("shipping",),
        ends_at="shipping",
        puts=1,
        reads=2,
    ),
    Story(
        "MALL is down for a while",
        (
            Act(
                2,
                "the clerk starts packing; MALL answers 503 three times",
                mall_holds("shipping"),
                HANDLED,
                faults=({"kind": "status", "http_status": 503, "times": 3},),
            ),
        ),
        sent=("shipping",),
        ends_at="shipping",
        puts=2,
        reads=4,
    ),
    Story(
        "The tracking number is missing",
        (
            Act(2, "the clerk settles without a tracking number", held("missing_tracking"), SETTLED),
            Act(
                3,
                "the clerk adds the number, with blanks",
                mall_holds("shipped"),
                {"tracking_number": "8011 234 5678"},
            ),
        ),
        sent=("shipped",),
        ends_at="shipped",
        puts=1,
        arrives=NO_TRACKING,
    ),
    Story(
        "A state that nobody knows",
        (Act(2, "somebody invents a state", held("unknown_shop_status"), {"status": "čeká na zboží"}),),
        sent=(),
        ends_at="open",
        puts=0,
        hold="unknown_shop_status",
    ),
    Story(
        "From pending to settled with a date, then a change after Delivered",
        (
            Act(
                3,
                "the clerk settles and fills in yesterday's date at once",
                waits_to_send("delivered"),
                {**SETTLED, "delivery_date": _yesterday},
            ),
            Act(5, "the clerk leaves it at that", mall_holds("delivered")),
            Act(6, "the clerk cancels after Delivered", held("after_delivered"), CANCELED),
        ),
        sent=("shipped", "delivered"),
        ends_at="delivered",
        puts=2,
        hold="after_delivered",
    ),
    Story(
        "MALL refuses",
        (
            Act(
                2,
                "the clerk starts packing; MALL says no",
                held("refused"),
                HANDLED,
                faults=(
                    {
                        "kind": "status",
                        "method": "PUT",
                        "http_status": 422,
                        "times": 1,
                        "message": "the order is being changed by customer care",
                    },
                ),
            ),
            Act(3, "the clerk hands the parcel over later", mall_holds("shipped"), SETTLED),
        ),
        sent=("shipped",),
        ends_at="shipped",
        puts=2,
        reads=2,
    ),
)
LAST_ROUND = max(act.round for story in STORIES for act in story.acts)
