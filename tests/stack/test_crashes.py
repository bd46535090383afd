"""Nothing lost, nothing twice (guarantees 2, 3): functions that die, messages that vanish, come twice or are nonsense.

The times that a dead sender leaves behind (its lease, and how long its message stays hidden) are shortened as
`town` says; everything else is as deployed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.moments import ShopDate
from orderbridge.domain.orders import ShopView
from orderbridge.domain.statuses import ShopStatus
from orderbridge.messages import Look, News, Send
from tests.stack.place import Place, at, held
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HANDLED = {"status": "vyřizuje se"}
LATENCY_MS = 2500
CRASHES: tuple[tuple[str, Json, str], ...] = (
    ("before the effect, which comes after all", {"kind": "latency", "when": "before"}, "PG"),
    ("after the effect", {"kind": "latency", "when": "after"}, "PG"),
    ("before the effect, which never comes", {"kind": "lost_before"}, "PGP"),
)


@pytest.fixture(scope="module")
def place(new_place: NewPlace) -> Place:
    return new_place("crashes")


def opened(place: Place) -> int:
    number = place.opens()
    place.sync()
    place.reach({number: at("open")})
    return number


def group(place: Place, number: int) -> str:
    return f"{place.shop}#{number}"


@pytest.mark.parametrize(("moment", "fault", "methods"), CRASHES, ids=[moment for moment, *_ in CRASHES])
def test_the_sender_dies_during_the_call(place: Place, moment: str, fault: Json, methods: str) -> None:
    """One accepted PUT in the end, and the order is read before anything is sent again."""
    town, number = place.town, opened(place)
    place.arm({"method": "PUT", "order_id": number, "times": 1, "latency_ms": LATENCY_MS, **fault})
    others = sum(town.held_messages("steps.fifo"))
    with town.visibility("steps.fifo", 4):
        place.clerk(number, **HANDLED)
        place.sync()
        done = "shipping" if moment == "after the effect" else "open"
        eventually(
            lambda: place.put_methods(number) == "P" and place.at_mall(number)["status"] == done,
            "the PUT is under way",
        )
        town.kill("push-to-mall")
        eventually(
            lambda: sum(town.held_messages("steps.fifo")) <= others, "the message came back and did no harm"
        )
    order = place.order(number)
    assert order["next_step"]["state"] == "sending"
    assert "being sent" in order["why"]
    # As long as the sender might live, nobody else sends: not even when asked to look.
    for _ in range(2):
        town.send("changes.fifo", group(place, number), _look(place, number))
    town.settle()
    assert place.put_methods(number) == "P"

    town.rewind(place.shop, number)
    place.reach({number: at("shipping")})
    town.settle()
    assert place.put_methods(number) == methods
    assert place.took(number) == ["shipping"]
    steps = [step for step in place.order(number)["steps"] if step["action"] == "shipping"]
    assert steps[0]["attempts"][0]["result"] == "no_answer_recorded"
    assert [step["state"] for step in steps] == (
        ["accepted"] if methods == "PG" else ["unanswered", "accepted"]
    )


def test_a_lost_message_of_a_step_is_sent_again(place: Place) -> None:
    """The step is on record before its message; without the message, the clock finds it."""
    town, number = place.town, opened(place)
    functions = town.aws("lambda")
    arn = town.aws("sqs").get_queue_attributes(QueueUrl=town.queue("steps.fifo"), AttributeNames=["QueueArn"])
    (mapping,) = functions.list_event_source_mappings(EventSourceArn=arn["Attributes"]["QueueArn"])[
        "EventSourceMappings"
    ]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        place.clerk(number, **HANDLED)
        place.sync()
        eventually(lambda: town.held_messages("steps.fifo")[0] == 1, "the step's message is in the queue")
        url = town.queue("steps.fifo")
        (message,) = town.aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert json.loads(message["Body"])["mall_order_id"] == number
        town.aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    town.settle()
    assert place.put_methods(number) == ""
    assert place.order(number)["next_step"]["state"] == "planned"
    town.rewind(place.shop, number)
    place.reach({number: at("shipping")})
    assert place.put_methods(number) == "P"


def test_a_lost_position_hands_everything_over_again_and_changes_nothing(place: Place) -> None:
    """As after a crash between the last message and the position."""
    town, numbers = place.town, [opened(place), place.opens(status="stav, který nikdo nezná")]
    place.sync()
    place.reach({numbers[1]: held("unknown_shop_status")})
    town.settle()
    before = {number: (place.calls(number), place.order(number)["steps"]) for number in numbers}
    (bucket,) = [
        one["Name"] for one in town.aws("s3").list_buckets()["Buckets"] if "positions" in one["Name"].lower()
    ]
    objects = town.aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    own = [one["Key"] for one in objects if place.shop in one["Key"]]
    assert own
    for key in own:
        town.aws("s3").delete_object(Bucket=bucket, Key=key)
    place.sync()
    eventually(
        lambda: [
            one
            for one in town.aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
            if place.shop in one["Key"]
        ],
        "the position is written again",
    )
    town.settle()
    assert {number: (place.calls(number), place.order(number)["steps"]) for number in numbers} == before


def test_every_message_can_be_repeated_at_will(place: Place) -> None:
    town, number = place.town, opened(place)
    place.clerk(number, **HANDLED)
    place.sync()
    place.reach({number: at("shipping")})
    town.settle()
    before = place.order(number)
    now = datetime.now(UTC)
    view = ShopView(
        code=str(number),
        status=ShopStatus.CANCELED,
        status_name="stornováno",
        delivery=ShopDate(now.date()),
    )
    day_before = now - timedelta(days=1)
    yesterday = News(
        shop=place.shop, mall_order_id=number, seen_at=day_before, content_at=day_before, view=view
    )
    for _ in range(2):
        for step in before["steps"]:
            send = Send(shop=place.shop, mall_order_id=number, step=step["number"], turn=now.isoformat())
            town.send("steps.fifo", group(place, number), send.model_dump_json())
        town.send("changes.fifo", group(place, number), _look(place, number))
        town.send("changes.fifo", group(place, number), yesterday.model_dump_json())
    town.settle()
    assert place.put_methods(number) == "P"
    assert place.order(number) == before


def test_a_message_for_a_shop_or_an_order_that_nobody_knows_is_harmless(place: Place) -> None:
    def failures() -> int:
        lines = [line for function in ("map-state", "push-to-mall") for line in place.town.log(function)]
        return sum("could not be handled" in line for line in lines)

    before = failures()
    for shop, number in (("no-such-shop", 1), (place.shop, 4_899_999_999)):
        place.town.send("changes.fifo", f"{shop}#{number}", _look(place, number, shop))
        send = Send(shop=shop, mall_order_id=number, step=1, turn="1")
        place.town.send("steps.fifo", f"{shop}#{number}", send.model_dump_json())
    place.town.settle()
    assert place.order(4_899_999_999) is None
    assert failures() == before


def test_a_message_that_fails_again_and_again_stops_no_other_and_ends_among_the_dead(place: Place) -> None:
    town, number = place.town, opened(place)
    secret = "Vymyšlená <neni to JSON>"  # such a text must not get into a log either
    with town.visibility("changes.fifo", 1):
        town.send("changes.fifo", "nobody", secret)
        place.clerk(number, **HANDLED)
        place.sync()
        place.reach({number: at("shipping")})
        # It cannot be parked beside an order: it stays where it counts again and again.
        eventually(lambda: sum(town.held_messages("dead.fifo")) == 1, "the dead letter is kept", 240)
    town.aws("sqs").purge_queue(QueueUrl=town.queue("dead.fifo"))
    lines = [line for function in ("map-state", "retry-transitions") for line in town.log(function)]
    assert not [line for line in lines if "neni to JSON" in line], "a message's body is in the log"


def test_dead_news_is_parked_and_a_person_mends_it(place: Place) -> None:
    """The news itself is what failed: nothing is sent until a person asks, and then nothing of it is lost."""
    town, number = place.town, opened(place)
    view = ShopView(code=str(number), status=ShopStatus.HANDLED, status_name="vyřizuje se")
    now = datetime.now(UTC)
    news = News(shop=place.shop, mall_order_id=number, seen_at=now, content_at=now, view=view)
    message = town.send("dead.fifo", group(place, number), news.model_dump_json())
    place.reach({number: held("parked")})
    (letter,) = eventually(lambda: place.order(number)["dead_letters"], "the letter is parked")
    assert (letter["message_id"], letter["queue"]) == (message, f"{town.stack}-dead.fifo")
    assert place.order(number)["hold"]["who_must_act"] == "integrator"
    eventually(lambda: town.held_messages("dead.fifo") == (0, 0), "it has left its queue")
    assert any(figure.get("DeadLetters") for figure in town.figures("retry-transitions"))

    place.clerk(number, **HANDLED)
    place.sync()
    town.settle()
    assert held("parked")(place.order(number)), "news alone does not take it back into the line"
    assert place.put_methods(number) == ""

    assert town.ask("POST", f"/orders/{number}/retry", query={"shop": place.shop}).status_code == 202
    place.reach({number: at("shipping")})
    town.settle()
    assert place.took(number) == ["shipping"]
    assert place.put_methods(number) == "GP"


def test_a_dead_step_is_parked_and_a_person_mends_it(place: Place) -> None:
    town, number = place.town, opened(place)
    send = Send(shop=place.shop, mall_order_id=number, step=1, turn="dead")
    for _ in range(2):
        town.send("dead.fifo", group(place, number), send.model_dump_json())
    place.reach({number: held("parked")})
    eventually(lambda: len(place.order(number)["dead_letters"]) == 2, "both letters are parked")
    assert town.ask("POST", f"/orders/{number}/retry", query={"shop": place.shop}).status_code == 202
    place.reach({number: at("open")})
    town.settle()
    assert place.put_methods(number) == "G"


def _look(place: Place, number: int, shop: str | None = None) -> str:
    return Look(
        shop=shop or place.shop, mall_order_id=number, asked_at=datetime.now(UTC), reason="repeated"
    ).model_dump_json()
