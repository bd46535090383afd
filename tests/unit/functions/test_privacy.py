"""Whatever comes in or goes wrong: no secret and nothing of a customer reaches a log."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from local.sam import events
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.shops import ShopSecrets
from orderbridge.domain.statuses import ShopStatus
from sandbox.people import PERSONAL_MARKERS, invent_person
from tests.fakes import FakeOperator, Fault
from tests.unit.functions.function_harness import (
    ORDER,
    TOKEN,
    WEBHOOK_SECRET,
    Json,
    failed,
    new_order_is_to_be_written,
    new_order_opens,
)

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

PERSON = invent_person(42)
PERSONAL = (PERSON.name, PERSON.email, PERSON.phone, PERSON.street)
KEY = "5f0c1d2e3b4a59687786958493a2b1c0"
EXPORT = "https://shop.test/export/9a8b7c6d5e4f39281706f5e4d3c2b1a0/orders.xml"
IMPORT = "https://shop.test/import/0a1b2c3d4e5f60718293a4b5c6d7e8f9"
SECRETS = (
    *(KEY, TOKEN, EXPORT, IMPORT),
    *("9a8b7c6d5e4f39281706f5e4d3c2b1a0", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
)
EVERYTHING = "; ".join(
    (
        *PERSONAL,
        EXPORT,
        IMPORT,
        f"https://mall.test/v1/orders/1?client_id={KEY}",
        f"Authorization: Bearer {TOKEN}",
    )
)


def assert_private(output: str) -> None:
    assert [secret for secret in (*SECRETS, *PERSONAL, *PERSONAL_MARKERS) if secret in output] == []


@pytest.fixture
def new_secret_harness(new_harness: NewHarness) -> NewHarness:
    def make(function: str) -> FunctionHarness:
        made = new_harness(function)
        made.product.secrets.put("demo", ShopSecrets(EXPORT, KEY, IMPORT))
        made.product.mall.hold(ORDER)
        made.product.clerk(ORDER, ShopStatus.HANDLED)
        return made

    return make


QUEUED = [
    ("fetch_changes", "request"),
    ("map_state", "shop_update"),
    ("push_to_mall", "read"),
    ("push_to_shop", "create"),
    ("read_lists", "list"),
    ("retry_transitions", "dead_letter"),
    ("send_alarms", "alarm"),
]


@pytest.mark.parametrize(("function", "case"), QUEUED)
@pytest.mark.parametrize(
    "body",
    [
        EVERYTHING,
        json.dumps({"customer": EVERYTHING}),
        json.dumps({"shop": EVERYTHING, "kind": EVERYTHING, "mall_order_id": EVERYTHING}),
        json.dumps({"shop": {"address": EVERYTHING}, "kind": "shop_update", "view": {"code": [EVERYTHING]}}),
        EVERYTHING[:20] + "\ud83d",
    ],
    ids=["text", "other-object", "wrong-values", "wrong-types", "half-a-character"],
)
def test_a_body_that_is_no_message_is_never_logged(
    new_secret_harness: NewHarness, function: str, case: str, body: str
) -> None:
    made = new_secret_harness(function)

    def change(event: Json) -> None:
        event["Records"][0]["body"] = body

    answer = made.play(case, change)
    if function != "fetch_changes":  # which takes any object with a shop
        assert len(failed(answer)) == 1
    assert_private(made.output())


@pytest.mark.parametrize(("function", "case"), QUEUED)
def test_the_text_of_a_failure_is_not_logged_as_it_is(
    new_secret_harness: NewHarness, function: str, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_secret_harness(function)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(EVERYTHING) from ValueError(EVERYTHING)

    for service in ("shops", "ledger"):
        for name in ("get", "load", "load_with_shop", "save", "park"):
            if hasattr(getattr(made.product, service), name):
                monkeypatch.setattr(getattr(made.product, service), name, fail)
    assert len(failed(made.play(case))) == 1
    (line,) = made.log()
    assert line["level"] == "ERROR"
    assert "RuntimeError" in line["message"]
    assert_private(made.output())


def test_a_whole_life_leaves_nothing_private_in_the_logs(new_secret_harness: NewHarness) -> None:
    fetch = new_secret_harness("fetch_changes")
    fetch.play("request")
    assert_private(fetch.output())
    push = new_secret_harness("push_to_mall")
    push.product.fetch()
    push.product.map_all()
    push.play("read")
    push.product.map_all()
    push.play("send")
    assert push.product.statuses_sent(ORDER) == ["shipping"]
    assert_private(push.output())


def test_an_order_goes_into_the_shop_and_nothing_private_into_the_logs(
    new_secret_harness: NewHarness,
) -> None:
    reader = new_secret_harness("read_lists")
    new_order_opens(reader.product)
    reader.play("list")
    assert_private(reader.output())
    writer = new_secret_harness("push_to_shop")
    new_order_opens(writer.product)
    new_order_is_to_be_written(writer.product)
    writer.play("create")
    assert len(writer.product.imports.written) == 1
    assert_private(writer.output())


def test_what_mall_says_of_a_list_that_fails_is_not_logged(new_secret_harness: NewHarness) -> None:
    """A name cannot be told from other words, so none of MALL's own words are in the log."""
    reader = new_secret_harness("read_lists")
    reader.product.mall.list_fault = Fault(
        CallResult.BAD_REQUEST, message="order of Jan Novak cannot be listed"
    )
    reader.play("list")
    (line,) = [line for line in reader.log() if line["level"] == "ERROR"]
    assert "list not read" in line["message"]
    assert "Novak" not in reader.output()


@pytest.mark.parametrize("case", ["hint", "wrong_secret", "not_a_hint"])
def test_the_webhook_logs_nothing_of_what_an_unknown_caller_sends(new_harness: NewHarness, case: str) -> None:
    door = new_harness("receive_webhook")
    door.product.webhooks.put("demo", sha256(WEBHOOK_SECRET.encode()).hexdigest())

    def change(event: Json) -> None:
        event["body"] = json.dumps([EVERYTHING]) if case == "not_a_hint" else event["body"]
        event["headers"]["User-Agent"] = EVERYTHING
        event["queryStringParameters"] = {"client_id": KEY}
        if case == "wrong_secret":
            event["pathParameters"] |= {"shop": EVERYTHING, "secret": EVERYTHING}

    door.play(case, change)
    assert_private(door.output())
    assert WEBHOOK_SECRET not in door.output()


def test_the_http_api_logs_neither_header_nor_query_nor_body(new_harness: NewHarness) -> None:
    client = new_harness("operate")

    def change(event: Json) -> None:
        event["headers"]["Authorization"] = f"Bearer {TOKEN}"
        event["queryStringParameters"] = {"status": EVERYTHING, "cursor": EVERYTHING}
        event["multiValueQueryStringParameters"] = {"status": [EVERYTHING], "cursor": [EVERYTHING]}
        event["body"] = event["body"] and json.dumps({"note": EVERYTHING, "return_number": EVERYTHING})

    for name in events.names():
        if events.function_of(name) == "operate":
            client.play(name.partition(".")[2], change)
    assert_private(client.output())


def test_a_registry_of_operators_stays_out_of_the_log(new_harness: NewHarness) -> None:
    gate = new_harness("authorize")
    gate.product.operators.known = [FakeOperator(PERSON.email, "a" * 64, ["*"])]
    gate.play("right_token")
    assert_private(gate.output())
