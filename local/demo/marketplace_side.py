"""The stories of chapter two: what MALL does, what comes back, what went wrong, and how each must end."""

from __future__ import annotations

from sandbox.chapter_two_script import (
    WEBHOOK_ROUND,
    Act,
    End,
    Story,
    alarmed,
    both,
    every,
    flagged,
    held,
    holds,
    settled_case,
    told_of,
    unknown,
)
from sandbox.stories import CANCELED, HANDLED, SETTLED, today

TRACKING = {"carrier": "Zásilkovna", "tracking_number": "Z2234567890"}
RETURN_NUMBER = "4700000001"
ALL_DELIVERED = 5
STOP = "Stop the parcel: MALL order {} was cancelled"

PENDING, CALLED_OFF = both("pending", "open"), both("canceled", "cancelled")
LISTED = holds("open")
ARRIVES = (Act(1, LISTED, "MALL", "opens the order"), Act(2, PENDING))


def packed(round_: int) -> Act:
    """The clerk starts packing."""
    return Act(round_, both("handled", "shipping"), "shop", "the clerk starts packing", HANDLED)


def handed_over(round_: int) -> Act:
    """The clerk hands the parcel over."""
    return Act(
        round_, both("settled", "shipped"), "shop", "the clerk hands the parcel over", {**SETTLED, **TRACKING}
    )


def delivered(round_: int) -> tuple[Act, ...]:
    """The clerk fills in the delivery date; Delivered waits out the undo window and is there in round 5."""
    there = both("settled", "delivered")
    dated = Act(
        round_,
        there if round_ == ALL_DELIVERED else bool,
        "shop",
        "the clerk fills in the delivery date",
        {"delivery_date": today},
    )
    return (dated,) if round_ == ALL_DELIVERED else (dated, Act(ALL_DELIVERED, there))


STORIES = (
    Story(
        "From MALL into the shop and through to Delivered",
        (*ARRIVES, packed(3), handed_over(4), *delivered(5)),
        End("delivered", "vyřízená", ("confirmed", "shipping", "shipped", "delivered")),
    ),
    Story(
        "Blocked at first",
        (
            Act(1, unknown, "MALL", "takes the order, but blocks it: it stays out of the shop"),
            Act(2, LISTED, "MALL", "opens the order", mall={"status": "open"}),
            Act(ALL_DELIVERED, PENDING),
        ),
        End("open", "nevyřízená", ("confirmed",)),
        {"status": "blocked"},
    ),
    Story(
        "A test order stays out",
        (Act(1, unknown, "MALL", "opens an order that is only a test"), Act(2, unknown)),
        End("open", None, reads=0, written=(), known=False),
        {"test": True},
    ),
    Story(
        "The customer cancels before packing",
        (
            *ARRIVES,
            Act(3, holds("cancelled"), "MALL", "the customer cancels", mall={"status": "cancelled"}),
            Act(ALL_DELIVERED, CALLED_OFF),
        ),
        End(
            "cancelled",
            "stornováno",
            ("confirmed", "confirmed"),
            written=("create_in_shop accepted", "cancel_in_shop accepted"),
        ),
    ),
    Story(
        "The customer cancels after packing began",
        (
            *ARRIVES,
            packed(3),
            Act(
                4,
                every(holds("cancelled"), alarmed),
                "MALL",
                "the customer cancels",
                mall={"status": "cancelled"},
            ),
            Act(WEBHOOK_ROUND, CALLED_OFF),
        ),
        End(
            "cancelled",
            "stornováno",
            ("confirmed", "shipping", "confirmed"),
            written=("create_in_shop accepted", "cancel_in_shop accepted"),
            alarms=(STOP,),
        ),
    ),
    Story(
        "The shop refuses the order",
        (
            Act(1, LISTED, "MALL", "opens the order"),
            Act(2, told_of("not_imported")),
            Act(
                3,
                bool,
                "people",
                "the import is mended, and somebody asks to try again",
                asks=(("/orders/{}/retry", {}),),
                mended=True,
            ),
            Act(5, every(PENDING, settled_case("not_imported"))),
        ),
        End(
            "open",
            "nevyřízená",
            ("confirmed",),
            reads=3,
            written=("create_in_shop refused", "create_in_shop accepted"),
            escalations=("not_imported closed",),
            alarms=("MALL order {} needs you: not imported",),
        ),
        shop="books",
    ),
    Story(
        "The shop takes the order, but its answer is lost",
        ARRIVES,
        End("open", "nevyřízená", ("confirmed",), written=("create_in_shop unanswered",)),
        shop="toys",
    ),
    Story(
        "MALL Delivery carries the parcel",
        (
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
        End("delivered", "vyřizuje se", ("confirmed", "shipping", "confirmed", "confirmed"), reads=2),
        {"mdp": True},
    ),
    Story(
        "The parcel is lost",
        (
            *ARRIVES,
            handed_over(3),
            Act(
                4, held("marketplace_closed"), "MALL", "gives the parcel up for lost", mall={"status": "lost"}
            ),
        ),
        End("lost", "vyřízená", ("confirmed", "shipped", "confirmed"), hold="marketplace_closed"),
    ),
    Story(
        "Nobody collects the parcel",
        (
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
        End("returned", "stornováno", ("confirmed", "shipped", "confirmed"), returns=("unclaimed gone",)),
    ),
    Story(
        "The customer withdraws after Delivered",
        (
            *ARRIVES,
            handed_over(3),
            *delivered(4),
            Act(6, flagged("withdrawal"), "shop", "the clerk cancels: the customer sends it back", CANCELED),
        ),
        End(
            "delivered",
            "stornováno",
            ("confirmed", "shipped", "delivered"),
            hold="after_delivered",
            returns=("withdrawal open",),
        ),
    ),
    Story(
        "Delivered was a mistake",
        (
            *ARRIVES,
            handed_over(3),
            *delivered(4),
            Act(
                6,
                told_of("wrong_delivered"),
                "shop",
                "the clerk finds the parcel in the house and takes the date back",
                {**HANDLED, "delivery_date": None},
            ),
            Act(
                7,
                settled_case("wrong_delivered"),
                "people",
                "MALL's Operations sent a return number: it is entered, the credit note goes out",
                asks=(
                    ("/escalations/{}/wrong_delivered/return-number", {"return_number": RETURN_NUMBER}),
                    ("/escalations/{}/wrong_delivered/close", {"note": "the credit note was issued"}),
                ),
            ),
        ),
        End(
            "delivered",
            "vyřizuje se",
            ("confirmed", "shipped", "delivered"),
            hold="after_delivered",
            escalations=("wrong_delivered closed",),
            alarms=("MALL order {} needs you: wrong delivered",),
        ),
    ),
    Story(
        "MALL's webhook brings the news",
        (
            Act(1, PENDING, "shop", "the order arrives by another tool, which confirmed it: nevyřízená"),
            packed(3),
            Act(
                WEBHOOK_ROUND,
                every(alarmed, held("marketplace_closed")),
                "MALL",
                "the customer cancels; MALL calls the webhook",
                mall={"status": "cancelled"},
            ),
            Act(7, CALLED_OFF, "shop", "the clerk stops the parcel and cancels", CANCELED),
        ),
        End(
            "cancelled",
            "stornováno",
            ("shipping", "confirmed"),
            written=(),
            alarms=(STOP,),
        ),
        {"confirmed": True},
        "shoes",
        {"status": "nevyřízená", **TRACKING},
    ),
    Story(
        "A change that nobody announced",
        (
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
            ),
        ),
        End("shipped", "vyřizuje se", ("confirmed", "shipping")),
        {"mdp": True},
    ),
)
