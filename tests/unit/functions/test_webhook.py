"""receive_webhook: who may hint, what a hint is, and that the address stays unknown."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.unit.functions.function_harness import NEW_ORDER, UNKNOWN_ORDER, WEBHOOK_SECRET, Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

CASES = ("hint", "hint_base64", "nothing", "not_a_hint", "wrong_secret", "unknown_shop")


@pytest.fixture
def door(new_harness: NewHarness) -> FunctionHarness:
    made = new_harness("receive_webhook")
    made.product.webhooks.put("demo", sha256(WEBHOOK_SECRET.encode()).hexdigest())
    return made


def body(text: str | None, *, encoded: bool = False) -> Callable[[Json], None]:
    """Changes the event: another body."""

    def change(event: Json) -> None:
        event["body"] = base64.b64encode((text or "").encode()).decode() if encoded else text
        event["isBase64Encoded"] = encoded

    return change


def answered(answer: Json) -> tuple[int, Json]:
    status = answer["statusCode"]
    kind = "application/json" if status == 200 else "application/problem+json"
    assert answer["headers"] == {"Content-Type": kind}
    return status, json.loads(answer["body"])


@pytest.mark.parametrize(
    ("case", "hints"), [("hint", (NEW_ORDER, UNKNOWN_ORDER)), ("hint_base64", (NEW_ORDER,))]
)
def test_a_hint_is_queued_and_answered_at_once(
    door: FunctionHarness, case: str, hints: tuple[int, ...]
) -> None:
    status, said = answered(door.play(case))
    assert (status, said["result"]["code"]) == (200, "requested.hint")
    (request,) = door.product.queues.take_lists()
    assert (request.shop, request.what, request.hints) == ("demo", "unconfirmed", hints)
    assert request.requested_at == door.product.clock.now()
    assert door.figures() == {"Webhooks": 1, "WebhooksRefused": 0}
    (line,) = door.log()
    assert (line["level"], line["shop"]) == ("INFO", "demo")
    assert door.used <= {"webhooks", "queues", "clock"}


def test_an_empty_hint_is_fine_and_queues_nothing(door: FunctionHarness) -> None:
    assert door.play("nothing")["statusCode"] == 200
    assert door.product.queues.take_lists() == []


@pytest.mark.parametrize("case", ["wrong_secret", "unknown_shop", "hint"])
def test_an_unknown_caller_learns_nothing(door: FunctionHarness, case: str) -> None:
    if case == "hint":
        door.product.webhooks.remove("demo")
    first = door.play(case)
    assert answered(first)[0] == 404
    assert first == door.play("wrong_secret", body("no JSON"))
    assert door.product.queues.take_lists() == []
    assert door.figures() == {"Webhooks": 0, "WebhooksRefused": 1}
    assert door.log() == []


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "",
            "null",
            "{}",
            '{"ids": [1]}',
            "1",
            '"1"',
            "[1",
            "[1,]",
            "[[1]]",
            "[true]",
            "[1.0]",
            '["1"]',
        ),
        *("[0]", "[-1]", f"[{2**63}]", json.dumps(list(range(1, 502))), f"[1{' ' * 17_000}]", "[" * 9_000),
    ],
)
def test_what_is_no_short_list_of_order_numbers_is_a_400(
    door: FunctionHarness, text: str | None, *, encoded: bool
) -> None:
    status, said = answered(door.play("hint", body(text, encoded=encoded)))
    assert status == 400
    assert (said["status"], said["code"]) == (400, "error.not_a_hint")
    assert door.product.queues.take_lists() == []
    assert door.log() == []


def test_half_a_character_is_no_error_of_the_function(door: FunctionHarness) -> None:
    assert door.play("hint", body("[1]\ud83d"))["statusCode"] == 400


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({}, "Na této adrese nic není."),
        ({"Accept-Language": "sk"}, "Na tejto adrese nič nie je."),
        ({"accept-language": "en-GB,en;q=0.9"}, "There is nothing at this address."),
        (None, "Na této adrese nic není."),
    ],
)
def test_a_caller_is_answered_in_the_language_that_it_asks_for(
    door: FunctionHarness, header: dict[str, str] | None, text: str
) -> None:
    def change(event: Json) -> None:
        event["headers"] = header

    assert answered(door.play("wrong_secret", change))[1]["detail"].startswith(text)


@pytest.mark.parametrize("case", CASES)
def test_neither_the_address_nor_the_numbers_are_logged(door: FunctionHarness, case: str) -> None:
    def stranger(event: Json) -> None:
        if case == "unknown_shop":
            event["pathParameters"]["shop"] = "somebody-elses-shop"

    door.play(case, stranger)
    for hidden in (
        *(WEBHOOK_SECRET, "this-secret-was-never-given-out", "somebody-elses-shop"),
        *(str(NEW_ORDER), str(UNKNOWN_ORDER), "/webhook/", "192.0.2.20"),
    ):
        assert hidden not in door.output()


def test_a_queue_that_does_not_take_the_hint_is_an_error_and_not_a_yes(door: FunctionHarness) -> None:
    door.product.queues.fail_with = TimeoutError("the queue did not answer")
    with pytest.raises(TimeoutError):
        door.play("hint")
