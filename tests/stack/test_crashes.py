"""Nothing lost, nothing twice (guarantees 2, 3): functions that die, messages that vanish, come twice or are nonsense.

The times that a dead sender leaves behind (its lease, and how long its message stays hidden) are shortened as
`deployment` says; everything else is as deployed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.stack.waiting import eventually
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.views import ShopView
from orderbridge.messages import Recheck, ShopUpdate, StepDispatch
from tests.stack.conditions import at, held
from tests.stack.interventions import kill, rewind, visibility

if TYPE_CHECKING:
    from local.stack.client import ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HANDLED = {"status": "vyřizuje se"}
LATENCY_MS = 2500
CRASHES: tuple[tuple[str, Json, str], ...] = (
    ("before the effect, which comes after all", {"kind": "latency", "when": "before"}, "PG"),
    ("after the effect", {"kind": "latency", "when": "after"}, "PG"),
    ("before the effect, which never comes", {"kind": "lost_before"}, "PGP"),
)


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> ShopClient:
    return open_shop("crashes")


def opened(shop: ShopClient) -> int:
    number = shop.opens()
    shop.sync()
    shop.reach({number: at("open")})
    return number


def group(shop: ShopClient, number: int) -> str:
    return f"{shop.name}#{number}"


@pytest.mark.parametrize(("moment", "fault", "methods"), CRASHES, ids=[moment for moment, *_ in CRASHES])
def test_the_sender_dies_during_the_call(shop: ShopClient, moment: str, fault: Json, methods: str) -> None:
    """One accepted PUT in the end, and the order is read before anything is sent again."""
    deployment, number = shop.deployment, opened(shop)
    shop.arm({"method": "PUT", "order_id": number, "times": 1, "latency_ms": LATENCY_MS, **fault})
    others = sum(deployment.held_messages("steps.fifo"))
    with visibility(deployment, "steps.fifo", 4):
        shop.clerk(number, **HANDLED)
        shop.sync()
        done = "shipping" if moment == "after the effect" else "open"
        eventually(
            lambda: shop.put_methods(number) == "P" and shop.at_mall(number)["status"] == done,
            "the PUT is under way",
        )
        kill(deployment, "push-to-mall")
        eventually(
            lambda: sum(deployment.held_messages("steps.fifo")) <= others,
            "the message came back and did no harm",
        )
    order = shop.order(number)
    assert order["next_step"]["state"] == "sending"
    assert order["why"]["code"] == "next.sending"
    # As long as the sender might live, nobody else sends: not even when asked to look.
    for _ in range(2):
        deployment.send("changes.fifo", group(shop, number), _recheck(shop, number))
    deployment.settle()
    assert shop.put_methods(number) == "P"

    rewind(deployment, shop.name, number)
    shop.reach({number: at("shipping")})
    deployment.settle()
    assert shop.put_methods(number) == methods
    assert shop.took(number) == ["shipping"]
    steps = [step for step in shop.order(number)["steps"] if step["action"] == "shipping"]
    assert steps[0]["attempts"][0]["result"] == "no_answer_recorded"
    assert [step["state"] for step in steps] == (
        ["accepted"] if methods == "PG" else ["unanswered", "accepted"]
    )


def test_a_lost_message_of_a_step_is_sent_again(shop: ShopClient) -> None:
    """The step is on record before its message; without the message, the clock finds it."""
    deployment, number = shop.deployment, opened(shop)
    functions = deployment.aws("lambda")
    arn = deployment.aws("sqs").get_queue_attributes(
        QueueUrl=deployment.queue("steps.fifo"), AttributeNames=["QueueArn"]
    )
    (mapping,) = functions.list_event_source_mappings(EventSourceArn=arn["Attributes"]["QueueArn"])[
        "EventSourceMappings"
    ]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        shop.clerk(number, **HANDLED)
        shop.sync()
        eventually(
            lambda: deployment.held_messages("steps.fifo")[0] == 1, "the step's message is in the queue"
        )
        url = deployment.queue("steps.fifo")
        (message,) = deployment.aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
        assert json.loads(message["Body"])["mall_order_id"] == number
        deployment.aws("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    deployment.settle()
    assert shop.put_methods(number) == ""
    assert shop.order(number)["next_step"]["state"] == "planned"
    rewind(deployment, shop.name, number)
    shop.reach({number: at("shipping")})
    assert shop.put_methods(number) == "P"


def test_a_lost_position_hands_everything_over_again_and_changes_nothing(shop: ShopClient) -> None:
    """As after a crash between the last message and the position."""
    deployment, numbers = shop.deployment, [opened(shop), shop.opens(status="stav, který nikdo nezná")]
    shop.sync()
    shop.reach({numbers[1]: held("unknown_shop_status")})
    deployment.settle()
    before = {number: (shop.calls(number), shop.order(number)["steps"]) for number in numbers}
    (bucket,) = [
        one["Name"]
        for one in deployment.aws("s3").list_buckets()["Buckets"]
        if "checkpoints" in one["Name"].lower()
    ]
    objects = deployment.aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    own = [one["Key"] for one in objects if shop.name in one["Key"]]
    assert own
    for key in own:
        deployment.aws("s3").delete_object(Bucket=bucket, Key=key)
    shop.sync()
    eventually(
        lambda: [
            one
            for one in deployment.aws("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
            if shop.name in one["Key"]
        ],
        "the position is written again",
    )
    deployment.settle()
    assert {number: (shop.calls(number), shop.order(number)["steps"]) for number in numbers} == before


def test_every_message_can_be_repeated_at_will(shop: ShopClient) -> None:
    deployment, number = shop.deployment, opened(shop)
    shop.clerk(number, **HANDLED)
    shop.sync()
    shop.reach({number: at("shipping")})
    deployment.settle()
    before = shop.order(number)
    now = datetime.now(UTC)
    view = ShopView(
        code=str(number),
        status=ShopStatus.CANCELED,
        status_name="stornováno",
        delivery=ShopDate(now.date()),
    )
    day_before = now - timedelta(days=1)
    yesterday = ShopUpdate(
        shop=shop.name, mall_order_id=number, seen_at=day_before, content_at=day_before, view=view
    )
    for _ in range(2):
        for step in before["steps"]:
            send = StepDispatch(
                shop=shop.name, mall_order_id=number, step=step["number"], dispatch_id=now.isoformat()
            )
            deployment.send("steps.fifo", group(shop, number), send.model_dump_json())
        deployment.send("changes.fifo", group(shop, number), _recheck(shop, number))
        deployment.send("changes.fifo", group(shop, number), yesterday.model_dump_json())
    deployment.settle()
    assert shop.put_methods(number) == "P"
    assert shop.order(number) == before


def test_a_message_for_a_shop_or_an_order_that_nobody_knows_is_harmless(shop: ShopClient) -> None:
    def failures() -> int:
        lines = [line for function in ("map-state", "push-to-mall") for line in shop.deployment.log(function)]
        return sum("could not be handled" in line for line in lines)

    before = failures()
    for name, number in (("no-such-shop", 1), (shop.name, 4_899_999_999)):
        shop.deployment.send("changes.fifo", f"{name}#{number}", _recheck(shop, number, name))
        send = StepDispatch(shop=name, mall_order_id=number, step=1, dispatch_id="1")
        shop.deployment.send("steps.fifo", f"{name}#{number}", send.model_dump_json())
    shop.deployment.settle()
    assert shop.order(4_899_999_999) is None
    assert failures() == before


def test_a_message_that_fails_again_and_again_stops_no_other_and_ends_among_the_dead(
    shop: ShopClient,
) -> None:
    deployment, number = shop.deployment, opened(shop)
    secret = "Vymyšlená <neni to JSON>"  # such a text must not get into a log either
    with visibility(deployment, "changes.fifo", 1):
        deployment.send("changes.fifo", "nobody", secret)
        shop.clerk(number, **HANDLED)
        shop.sync()
        shop.reach({number: at("shipping")})
        # It cannot be parked beside an order: it stays where it counts again and again.
        eventually(lambda: sum(deployment.held_messages("dead.fifo")) == 1, "the dead letter is kept", 240)
    deployment.aws("sqs").purge_queue(QueueUrl=deployment.queue("dead.fifo"))
    lines = [line for function in ("map-state", "retry-transitions") for line in deployment.log(function)]
    assert not [line for line in lines if "neni to JSON" in line], "a message's body is in the log"


def test_a_dead_update_is_parked_and_a_person_mends_it(shop: ShopClient) -> None:
    """The news itself is what failed: nothing is sent until a person asks, and then nothing of it is lost."""
    deployment, number = shop.deployment, opened(shop)
    view = ShopView(code=str(number), status=ShopStatus.HANDLED, status_name="vyřizuje se")
    now = datetime.now(UTC)
    shop_updates = ShopUpdate(shop=shop.name, mall_order_id=number, seen_at=now, content_at=now, view=view)
    message = deployment.send("dead.fifo", group(shop, number), shop_updates.model_dump_json())
    shop.reach({number: held("parked")})
    (letter,) = eventually(lambda: shop.order(number)["dead_letters"], "the letter is parked")
    assert (letter["message_id"], letter["queue"]) == (message, f"{deployment.stack}-dead.fifo")
    assert shop.order(number)["hold"]["who_must_act"] == "integrator"
    eventually(lambda: deployment.held_messages("dead.fifo") == (0, 0), "it has left its queue")
    assert any(figure.get("DeadLetters") for figure in deployment.metrics("retry-transitions"))

    shop.clerk(number, **HANDLED)
    shop.sync()
    deployment.settle()
    assert held("parked")(shop.order(number)), "news alone does not take it back into the line"
    assert shop.put_methods(number) == ""

    assert deployment.ask("POST", f"/orders/{number}/retry", query={"shop": shop.name}).status_code == 202
    shop.reach({number: at("shipping")})
    deployment.settle()
    assert shop.took(number) == ["shipping"]
    assert shop.put_methods(number) == "GP"


def test_a_dead_step_is_parked_and_a_person_mends_it(shop: ShopClient) -> None:
    deployment, number = shop.deployment, opened(shop)
    send = StepDispatch(shop=shop.name, mall_order_id=number, step=1, dispatch_id="dead")
    for _ in range(2):
        deployment.send("dead.fifo", group(shop, number), send.model_dump_json())
    shop.reach({number: held("parked")})
    eventually(lambda: len(shop.order(number)["dead_letters"]) == 2, "both letters are parked")
    assert deployment.ask("POST", f"/orders/{number}/retry", query={"shop": shop.name}).status_code == 202
    shop.reach({number: at("open")})
    deployment.settle()
    assert shop.put_methods(number) == "G"


def _recheck(shop: ShopClient, number: int, name: str | None = None) -> str:
    return Recheck(
        shop=name or shop.name, mall_order_id=number, requested_at=datetime.now(UTC), reason="repeated"
    ).model_dump_json()
