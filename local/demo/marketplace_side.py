"""The second chapter: MALL's changes, returns and errors. It uses four more shops in the same deployment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from local.demo.scenarios import (
    CANCELED,
    CANCELLED,
    CREATED,
    FEED,
    HANDLED,
    PENDING,
    RECONCILE,
    RETURNS,
    SETTLED,
    Act,
    Chapter,
    End,
    Round,
    Shop,
    Story,
    acknowledged,
    alarmed,
    both,
    escalated,
    every,
    flagged,
    held,
    holds,
    known,
    today,
    unknown,
)

UNDO_WINDOW_SECONDS = 4
"""Undo window of the chapter's shops in seconds."""
HINT_ROUND = 6
"""Round in which MALL calls the webhook."""
TRACKING = {"carrier": "Zásilkovna", "tracking_number": "Z2234567890"}
RETURN_NUMBER = "4700000001"
ALL_DELIVERED = 5
"""Round in which every Delivered is expected at MALL."""

IN_THE_SHOP, CALLED_OFF = both("pending", "open"), both("canceled", "cancelled")
LISTED = holds("open")
ARRIVES = (Act(1, LISTED, "MALL", "opens the order"), Act(2, IN_THE_SHOP))


def packed(round_: int) -> Act:
    """The act in which the clerk starts packing."""
    return Act(round_, both("handled", "shipping"), "shop", "the clerk starts packing", HANDLED)


def handed_over(round_: int) -> Act:
    """The act in which the clerk hands the parcel over."""
    return Act(
        round_, both("settled", "shipped"), "shop", "the clerk hands the parcel over", {**SETTLED, **TRACKING}
    )


def delivered(round_: int) -> tuple[Act, ...]:
    """The acts in which the clerk enters the delivery date. MALL has Delivered after the undo window, in round 5."""
    there = both("settled", "delivered")
    dated = Act(
        round_,
        there if round_ == ALL_DELIVERED else known,
        "shop",
        "the clerk fills in the delivery date",
        {"delivery_date": today},
    )
    return (dated,) if round_ == ALL_DELIVERED else (dated, Act(ALL_DELIVERED, there))


_story = partial(Story, shop="garden")
_end = partial(End, written=(CREATED,))

STORIES = (
    _story(
        "From MALL into the shop and through to Delivered",
        acts=(*ARRIVES, packed(3), handed_over(4), *delivered(5)),
        end=_end("delivered", "vyřízená", ("confirmed", "shipping", "shipped", "delivered")),
    ),
    _story(
        "Blocked at first",
        acts=(
            Act(1, unknown, "MALL", "takes the order, but blocks it: it stays out of the shop"),
            Act(2, LISTED, "MALL", "opens the order", mall={"status": "open"}),
            Act(ALL_DELIVERED, IN_THE_SHOP),
        ),
        end=_end("open", "nevyřízená", ("confirmed",)),
        opens={"status": "blocked"},
    ),
    _story(
        "A test order stays out",
        acts=(Act(1, unknown, "MALL", "opens an order that is only a test"), Act(2, unknown)),
        end=_end("open", None, reads=0, written=(), confirmed=False, known=False),
        opens={"test": True},
    ),
    _story(
        "The customer cancels before packing",
        acts=(
            *ARRIVES,
            Act(3, holds("cancelled"), "MALL", "the customer cancels", mall={"status": "cancelled"}),
            Act(ALL_DELIVERED, CALLED_OFF),
        ),
        end=_end(
            "cancelled",
            "stornováno",
            ("confirmed", "confirmed"),
            written=(CREATED, CANCELLED),
        ),
    ),
    _story(
        "The customer cancels after packing began",
        acts=(
            *ARRIVES,
            packed(3),
            Act(
                4,
                every(holds("cancelled"), alarmed),
                "MALL",
                "the customer cancels",
                mall={"status": "cancelled"},
            ),
            Act(HINT_ROUND, CALLED_OFF),
        ),
        end=_end(
            "cancelled",
            "stornováno",
            ("confirmed", "shipping", "confirmed"),
            written=(CREATED, CANCELLED),
            alarms=("stop_the_parcel",),
        ),
    ),
    _story(
        "The shop refuses the order",
        acts=(
            Act(1, LISTED, "MALL", "opens the order"),
            Act(2, every(escalated("not_imported", "open"), alarmed)),
            Act(
                3,
                known,
                "people",
                "the import is mended, and somebody asks to try again",
                posts=(("/orders/{}/retry", {}),),
                import_repaired=True,
            ),
            Act(5, every(IN_THE_SHOP, escalated("not_imported", "closed"))),
        ),
        end=_end(
            "open",
            "nevyřízená",
            ("confirmed",),
            reads=3,
            written=("create_in_shop refused", CREATED),
            escalations=("not_imported closed",),
            alarms=("escalation",),
        ),
        shop="books",
    ),
    Story(
        "The shop takes the order, but its answer is lost",
        acts=ARRIVES,
        end=_end("open", "nevyřízená", ("confirmed",), written=("create_in_shop unanswered",)),
        shop="toys",
    ),
    _story(
        "MALL Delivery carries the parcel",
        acts=(
            *ARRIVES,
            packed(3),
            Act(
                4,
                both("handled", "shipped"),
                "MALL",
                "MALL Delivery takes the parcel",
                mall={"status": "shipped"},
            ),
            Act(
                5,
                both("handled", "delivered"),
                "MALL",
                "MALL Delivery delivers it",
                mall={"status": "delivered"},
            ),
        ),
        end=_end("delivered", "vyřizuje se", ("confirmed", "shipping", "confirmed", "confirmed"), reads=2),
        opens={"mdp": True},
    ),
    _story(
        "The parcel is lost",
        acts=(
            *ARRIVES,
            handed_over(3),
            Act(
                4,
                every(held("marketplace_closed"), acknowledged),
                "MALL",
                "gives the parcel up for lost",
                mall={"status": "lost"},
            ),
        ),
        end=_end("lost", "vyřízená", ("confirmed", "shipped", "confirmed"), hold="marketplace_closed"),
    ),
    _story(
        "Nobody collects the parcel",
        acts=(
            *ARRIVES,
            handed_over(3),
            Act(4, flagged("unclaimed"), "shop", "the clerk cancels: the parcel was not collected", CANCELED),
            Act(
                7,
                every(both("canceled", "returned"), flagged(None)),
                "people",
                "the parcel is back: somebody sets Returned in the partner portal",
                mall={"status": "returned"},
            ),
        ),
        end=_end(
            "returned", "stornováno", ("confirmed", "shipped", "confirmed"), returns=("unclaimed gone",)
        ),
    ),
    _story(
        "The customer withdraws after Delivered",
        acts=(
            *ARRIVES,
            handed_over(3),
            *delivered(4),
            Act(6, flagged("withdrawal"), "shop", "the clerk cancels: the customer sends it back", CANCELED),
        ),
        end=_end(
            "delivered",
            "stornováno",
            ("confirmed", "shipped", "delivered"),
            hold="after_delivered",
            returns=("withdrawal open",),
        ),
    ),
    _story(
        "Delivered was a mistake",
        acts=(
            *ARRIVES,
            handed_over(3),
            *delivered(4),
            Act(
                6,
                every(escalated("wrong_delivered", "open"), alarmed),
                "shop",
                "the clerk finds the parcel in the house and takes the date back",
                {**HANDLED, "delivery_date": None},
            ),
            Act(
                7,
                escalated("wrong_delivered", "closed"),
                "people",
                "MALL's Operations sent a return number: it is entered, the credit note goes out",
                posts=(
                    ("/escalations/{}/wrong_delivered/return-number", {"return_number": RETURN_NUMBER}),
                    ("/escalations/{}/wrong_delivered/close", {"note": "the credit note was issued"}),
                ),
            ),
        ),
        end=_end(
            "delivered",
            "vyřizuje se",
            ("confirmed", "shipped", "delivered"),
            hold="after_delivered",
            escalations=("wrong_delivered closed",),
            alarms=("escalation",),
        ),
    ),
    _story(
        "MALL's webhook brings the news",
        acts=(
            Act(1, IN_THE_SHOP, "shop", "the order arrives by another tool, which confirmed it: nevyřízená"),
            packed(3),
            Act(
                HINT_ROUND,
                every(alarmed, held("marketplace_closed"), acknowledged),
                "MALL",
                "the customer cancels; MALL calls the webhook",
                mall={"status": "cancelled"},
                hint=True,
            ),
            Act(7, CALLED_OFF, "shop", "the clerk stops the parcel and cancels", CANCELED),
        ),
        end=_end(
            "cancelled",
            "stornováno",
            ("shipping", "confirmed"),
            written=(),
            alarms=("stop_the_parcel",),
        ),
        opens={"confirmed": True},
        shop="shoes",
        arrives={**PENDING, **TRACKING},
    ),
    _story(
        "A change that nobody announced",
        acts=(
            *ARRIVES,
            packed(3),
            Act(
                7,
                both("handled", "shipping"),
                "MALL",
                "MALL Delivery takes the parcel, and the feed does not show it",
                mall={"status": "shipped", "confirmed": True},
            ),
            Act(
                8,
                both("handled", "shipped"),
                "product",
                "compares all orders under way with its own, as every night",
                compared=True,
            ),
        ),
        end=_end("shipped", "vyřizuje se", ("confirmed", "shipping")),
        opens={"mdp": True},
    ),
)

CHAPTER = Chapter(
    "what MALL does, what comes back, what went wrong",
    shops=(
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
    ),
    rounds=(
        Round("MALL has opened orders"),
        Round("they come into the shops", (FEED,)),
        Round("packing begins, the first customer cancels", (FEED,)),
        Round("parcels are on their way", (FEED,)),
        Round("parcels are delivered", (FEED,)),
        Round("what comes back; MALL calls the webhook", digest=True),
        Round("people settle what is theirs to settle", (FEED, RETURNS)),
        Round("the reconciliation of the night", (RECONCILE,)),
    ),
    stories=STORIES,
    first_order=4_800_000_001,
    undo_window_seconds=UNDO_WINDOW_SECONDS,
    opened_ago=timedelta(hours=2),
    lasting=True,
    figures={
        "cancel_rate": (0, 10),
        "status_errors": (1, 10),
        "tracking_rate": (4, 4),
        "late_delivered": (0, 3),
    },
)
