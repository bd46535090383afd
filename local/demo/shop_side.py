"""The first chapter: the shop's changes, and what is sent to MALL."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from local.demo.scenarios import (
    CANCELED,
    HANDLED,
    PENDING,
    SETTLED,
    Act,
    Chapter,
    End,
    Round,
    Shop,
    Story,
    all_sent,
    held,
    seen_on_both_sides,
    today,
    waits_to_send,
)

UNDO_WINDOW_SECONDS = 25
"""Undo window of the chapter's shop in seconds."""
FUTURE_SECONDS = 30
"""How far in the future a delivery date is set, in seconds."""


def _yesterday(now: datetime) -> str:
    return (now.date() - timedelta(days=1)).isoformat()


def _soon(now: datetime) -> str:
    return (now + timedelta(seconds=FUTURE_SECONDS)).strftime("%Y-%m-%d %H:%M:%S")


ARRIVES = Act(1, seen_on_both_sides, "shop", "the order arrives: nevyřízená")
_story = partial(
    Story, shop="demo", arrives={**PENDING, "carrier": "Zásilkovna", "tracking_number": "Z1234567890"}
)

STORIES = (
    _story(
        "Straight through",
        acts=(
            ARRIVES,
            Act(2, all_sent("shipping"), "shop", "the clerk starts packing", HANDLED),
            Act(3, all_sent("shipped"), "shop", "the clerk hands the parcel over", SETTLED),
            Act(
                4,
                waits_to_send("delivered"),
                "shop",
                "the clerk fills in the delivery date",
                {"delivery_date": today},
            ),
            Act(5, all_sent("delivered"), "shop", "the clerk leaves it at that"),
        ),
        end=End("delivered", "vyřízená", ("shipping", "shipped", "delivered")),
    ),
    _story(
        "Canceled in time",
        acts=(
            ARRIVES,
            Act(2, all_sent("shipping"), "shop", "the clerk starts packing", HANDLED),
            Act(3, waits_to_send("cancelled"), "shop", "the clerk cancels: the goods are broken", CANCELED),
            Act(5, all_sent("cancelled"), "shop", "the clerk leaves it at that"),
        ),
        end=End("cancelled", "stornováno", ("shipping", "cancelled")),
    ),
    _story(
        "Canceled too late",
        acts=(
            ARRIVES,
            Act(2, all_sent("shipped"), "shop", "the clerk hands the parcel over", SETTLED),
            Act(
                3,
                held("cancel_too_late"),
                "shop",
                "the clerk cancels: the parcel was not collected",
                CANCELED,
            ),
        ),
        end=End("shipped", "stornováno", ("shipped",), hold="cancel_too_late", returns=("unclaimed open",)),
    ),
    _story(
        "Delivery date in the future",
        acts=(
            ARRIVES,
            Act(2, all_sent("shipped"), "shop", "the clerk hands the parcel over", SETTLED),
            Act(
                3,
                held("future_delivery_date"),
                "shop",
                "the clerk fills in a moment yet to come",
                {"delivery_date": _soon},
            ),
            Act(5, all_sent("delivered"), "shop", "the clerk leaves it at that"),
        ),
        end=End("delivered", "vyřízená", ("shipped", "delivered")),
    ),
    _story(
        "A mistake, taken back within the undo window",
        acts=(
            ARRIVES,
            Act(2, all_sent("shipping"), "shop", "the clerk starts packing", HANDLED),
            Act(3, waits_to_send("cancelled"), "shop", "the clerk cancels the wrong order", CANCELED),
            Act(4, all_sent("shipping"), "shop", "the clerk sets it back", HANDLED),
        ),
        end=End("shipping", "vyřizuje se", ("shipping",)),
    ),
    _story(
        "MALL Delivery",
        acts=(
            ARRIVES,
            Act(2, held("marketplace_delivery"), "shop", "the clerk hands the parcel over", SETTLED),
        ),
        end=End("shipping", "vyřízená", ("shipping",), hold="marketplace_delivery"),
        opens={"mdp": True},
    ),
    _story(
        "Partially settled",
        acts=(
            ARRIVES,
            Act(
                2,
                held("partially_settled"),
                "shop",
                "the clerk settles a part",
                {"status": "částečně vyřízená"},
            ),
            Act(3, all_sent("shipped"), "shop", "the clerk settles the rest", SETTLED),
        ),
        end=End("shipped", "vyřízená", ("shipped",)),
    ),
    _story(
        "MALL's answer is lost",
        acts=(
            ARRIVES,
            Act(
                2,
                all_sent("shipping"),
                "shop",
                "the clerk starts packing; MALL takes Shipping, but its answer never arrives",
                HANDLED,
                faults=({"kind": "lost_after", "method": "PUT", "times": 1},),
            ),
        ),
        end=End("shipping", "vyřizuje se", ("shipping unanswered",), reads=2),
    ),
    _story(
        "MALL is down for a while",
        acts=(
            ARRIVES,
            Act(
                2,
                all_sent("shipping"),
                "shop",
                "the clerk starts packing; MALL answers 503 three times",
                HANDLED,
                faults=({"kind": "status", "http_status": 503, "times": 3},),
            ),
        ),
        end=End("shipping", "vyřizuje se", ("shipping not taken", "shipping"), reads=4),
    ),
    _story(
        "The tracking number is missing",
        acts=(
            ARRIVES,
            Act(2, held("missing_tracking"), "shop", "the clerk settles without a tracking number", SETTLED),
            Act(
                3,
                all_sent("shipped"),
                "shop",
                "the clerk adds the number, with blanks",
                {"tracking_number": "8011 234 5678"},
            ),
        ),
        end=End("shipped", "vyřízená", ("shipped",)),
        arrives={**PENDING, "carrier": "PPL"},
    ),
    _story(
        "A state that nobody knows",
        acts=(
            ARRIVES,
            Act(
                2,
                held("unknown_shop_status"),
                "shop",
                "somebody invents a state",
                {"status": "čeká na zboží"},
            ),
        ),
        end=End("open", "čeká na zboží", confirmed=False, hold="unknown_shop_status"),
    ),
    _story(
        "From pending to settled with a date, then a change after Delivered",
        acts=(
            ARRIVES,
            Act(
                3,
                waits_to_send("delivered"),
                "shop",
                "the clerk settles and fills in yesterday's date at once",
                {**SETTLED, "delivery_date": _yesterday},
            ),
            Act(5, all_sent("delivered"), "shop", "the clerk leaves it at that"),
            Act(6, held("after_delivered"), "shop", "the clerk cancels after Delivered", CANCELED),
        ),
        end=End(
            "delivered",
            "stornováno",
            ("shipped", "delivered"),
            hold="after_delivered",
            returns=("withdrawal open",),
        ),
    ),
    _story(
        "MALL refuses",
        acts=(
            ARRIVES,
            Act(
                2,
                held("refused"),
                "shop",
                "the clerk starts packing; MALL says no",
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
            Act(3, all_sent("shipped"), "shop", "the clerk hands the parcel over later", SETTLED),
        ),
        end=End(
            "shipped",
            "vyřízená",
            ("shipping not taken", "shipped"),
            reads=2,
            escalations=("refused closed",),
            alarms=("escalation",),
        ),
    ),
)

CHAPTER = Chapter(
    "what the shop does, and what MALL gets",
    shops=(Shop("demo", "link", "gets its orders by other means"),),
    rounds=(
        Round("the orders arrive"),
        Round("packing begins, parcels are handed over, MALL makes trouble"),
        Round("the rest is handed over, some orders are cancelled"),
        Round("a mistake is taken back within its undo window"),
        Round("undo windows end, and what is final is sent", meanwhile=True),
        Round("one more change comes too late"),
    ),
    stories=STORIES,
    first_order=4_700_000_001,
    undo_window_seconds=UNDO_WINDOW_SECONDS,
    opened_ago=timedelta(days=1, hours=2),
)
