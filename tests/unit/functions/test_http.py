"""authorize and operate: who gets in, and what every path answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.persons import Role
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.messages import Recheck, ShopUpdate
from tests.fakes import FakeOperator
from tests.unit.functions.function_harness import DEAD_ORDER, ORDER, OTHER_ORDER, TOKEN, Json, park

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

PROBLEM = because(ExportReason.EMPTY)


# --- authorize ------------------------------------------------------------------------------------------


@pytest.fixture
def gate(new_harness: NewHarness) -> FunctionHarness:
    made = new_harness("authorize")
    digest = sha256(TOKEN.encode()).hexdigest()
    made.product.operators.known = [
        FakeOperator("somebody else", "0" * 64, ["*"]),
        FakeOperator("warehouse", digest, ["demo", "second"], Role.VIEWER),
    ]
    return made


def test_the_right_token_is_let_in_everywhere_and_its_shops_and_role_go_along(gate: FunctionHarness) -> None:
    answer = gate.play("right_token")
    assert answer["principalId"] == "warehouse"
    assert answer["context"] == {"shops": "demo,second", "role": "viewer"}
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                # the whole stage: API Gateway remembers the policy by token, not by path
                "Resource": "arn:aws:execute-api:eu-central-1:000000000000:a1b2c3d4e5/v1/*",
            }
        ],
    }


@pytest.mark.parametrize(
    "header", [None, "", "Bearer ", "Bearer", "Basic abc", f"Bearer {TOKEN}x", TOKEN[:-1]]
)
def test_any_other_token_is_denied_everywhere(gate: FunctionHarness, header: str | None) -> None:
    def change(event: Json) -> None:
        event["authorizationToken"] = header

    for answer in (gate.play("wrong_token", change), gate.play("wrong_token")):
        (statement,) = answer["policyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Resource"].endswith(":a1b2c3d4e5/v1/*")
        assert answer["context"] == {}


def test_without_operators_nobody_gets_in(gate: FunctionHarness) -> None:
    gate.product.operators.known = []
    assert gate.play("right_token")["policyDocument"]["Statement"][0]["Effect"] == "Deny"


def test_no_token_is_ever_in_the_log(gate: FunctionHarness) -> None:
    gate.play("right_token")
    gate.play("wrong_token")
    assert TOKEN not in gate.output()
    assert "this-token-was-never-given-out" not in gate.output()
    assert [line["level"] for line in gate.log()] == ["WARNING"]


# --- operate --------------------------------------------------------------------------------------------


@pytest.fixture
def client(new_harness: NewHarness) -> FunctionHarness:
    """Three orders: one in Shipping, one parked with a change that failed, one seen only now."""
    made = new_harness("operate")
    product = made.product
    product.mall.hold(ORDER)
    product.clerk(ORDER, ShopStatus.HANDLED)
    product.fetch()
    product.settle()
    product.clock.advance(seconds=60)
    product.mall.hold(OTHER_ORDER)
    product.clerk(OTHER_ORDER, ShopStatus.PENDING)
    product.fetch()
    product.settle()
    product.clock.advance(seconds=60)
    park(made.product)
    product.queues.take_changes()
    return made


def body(answer: Json, status: int = 200) -> Json:
    """The body of an answer with this status; every one is JSON, a refusal problem details."""
    kind = "application/json" if status < 400 else "application/problem+json"
    assert answer["statusCode"] == status, answer
    assert answer["multiValueHeaders"]["Content-Type"] == [kind]
    return json.loads(answer["body"])


def problem(answer: Json, status: int) -> Json:
    """The problem of a refusal. Its texts are one line each."""
    content = body(answer, status)
    assert sorted(content) == ["code", "detail", "facts", "status", "title", "type"]
    assert (content["status"], content["type"]) == (status, f"urn:orderbridge:problem:{content['code']}")
    assert len(content["detail"].splitlines()) == len(content["title"].splitlines()) == 1
    assert "\n" not in answer["body"]
    return content


def query(**values: str) -> Callable[[Json], None]:
    """Changes the event: other query parameters."""

    def change(event: Json) -> None:
        event["queryStringParameters"] = values or None
        event["multiValueQueryStringParameters"] = {key: [one] for key, one in values.items()} or None

    return change


def token_sees(shops: str, **values: str) -> Callable[[Json], None]:
    """Changes the event: the token sees these shops (separated by commas)."""

    def change(event: Json) -> None:
        event["requestContext"]["authorizer"]["shops"] = shops
        query(**values)(event)

    return change


def test_sync_asks_for_a_fetch(client: FunctionHarness) -> None:
    assert body(client.play("sync"), 202)["shop"] == "demo"
    assert client.product.queues.take_fetches() == ["demo"]


def test_the_list_comes_page_by_page_newest_first(client: FunctionHarness) -> None:
    seen = []
    first = body(client.play("orders"))
    seen += [order["mall_order_id"] for order in first["orders"]]
    cursor = first["next_cursor"]
    while cursor is not None:
        page = body(client.play("orders", query(limit="1", cursor=cursor)))
        seen += [order["mall_order_id"] for order in page["orders"]]
        cursor = page["next_cursor"]
    assert seen == [DEAD_ORDER, OTHER_ORDER, ORDER]


def test_the_list_by_status_and_by_hold(client: FunctionHarness) -> None:
    by_status = body(client.play("orders_by_status"))["orders"]
    assert [(order["mall_order_id"], order["status"]) for order in by_status] == [(ORDER, "shipping")]
    by_hold = body(client.play("orders_by_hold"))["orders"]
    assert [(order["mall_order_id"], order["hold"]["code"]) for order in by_hold] == [(DEAD_ORDER, "parked")]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"status": "gone"}, "error.not_one_of"),
        ({"hold": "maybe"}, "error.not_one_of"),
        ({"limit": "0"}, "error.page_size"),
        ({"limit": "many"}, "error.page_size"),
        ({"limit": "201"}, "error.page_size"),
        ({"cursor": "not-a-cursor"}, "error.cursor"),
        ({"limit": "1\n2"}, "error.page_size"),
        ({"limit": "0000000015000"}, "error.page_size"),
    ],
)
def test_what_makes_no_sense_is_a_400_that_names_it(
    client: FunctionHarness, values: dict[str, str], code: str
) -> None:
    said = problem(client.play("orders", query(**values)), 400)
    assert said["code"] == code
    (name,) = values
    assert name in said["detail"]


def test_a_status_that_does_not_exist_is_a_400_that_names_those_that_do(client: FunctionHarness) -> None:
    said = problem(client.play("orders_bad_status"), 400)
    assert said["facts"]["name"] == {"term": "status"}
    assert {"shipping", "unknown"} <= set(said["facts"]["allowed"]["terms"])


def test_one_order_whole(client: FunctionHarness) -> None:
    order = body(client.play("order"))
    assert (order["status"], order["hold"]) == ("shipping", None)
    assert [step["action"] for step in order["steps"]] == ["read", "shipping"]
    assert order["steps"][1]["attempts"][0]["sent"] == {"status": "shipping", "confirmed": True}


def test_an_order_that_is_not_known_and_one_that_is_no_number(client: FunctionHarness) -> None:
    for case in ("order_unknown", "retry_unknown"):
        said = problem(client.play(case), 404)
        assert said["code"] == "error.unknown_order"
        assert said["facts"]["order"] == {"number": "4709999999"}
    assert problem(client.play("order_bad_number"), 400)["code"] == "error.order_number"


def test_retry_repeats_what_was_parked_and_reads_anew(client: FunctionHarness) -> None:
    assert body(client.play("retry"), 202)["mall_order_id"] == DEAD_ORDER
    shop_updates, recheck = client.product.queues.take_changes()
    assert isinstance(shop_updates, ShopUpdate)
    assert isinstance(recheck, Recheck)
    assert (recheck.reread, recheck.by_flow) == (True, False)


def test_health_of_a_shop_that_is_well_and_of_one_that_is_not(client: FunctionHarness) -> None:
    assert body(client.play("health"))["status"] == "ok"
    client.product.add_shop("second")
    client.product.shops.records["second"] = replace(
        client.product.shops.records["second"], fetch_problem=PROBLEM
    )
    found = body(client.play("health"))
    assert found["status"] == "attention"
    assert [(shop["shop"], shop["ok"]) for shop in found["shops"]] == [("demo", True), ("second", False)]
    (told,) = found["shops"][1]["problems"]
    assert told["code"] == "health.export_not_used"
    assert told["facts"] == {"problem": {"reason": PROBLEM.stored()}}


def test_health_says_when_a_shop_that_hangs_is_fetched_again(client: FunctionHarness) -> None:
    now = client.product.clock.now()
    client.product.shops.records["demo"] = replace(
        client.product.shops.records["demo"],
        fetch_problem=PROBLEM,
        fetch_begun_at=now - timedelta(minutes=1),
        hung_fetches=3,
    )
    (told,) = body(client.play("health"))["shops"][0]["problems"]
    assert told["code"] == "health.export_hangs"
    assert told["facts"]["fetches"] == {"count": "3"}
    assert told["facts"]["next_at"] == {"moment": (now + timedelta(minutes=19)).isoformat()}


def test_a_token_of_one_shop_need_not_name_it(client: FunctionHarness) -> None:
    client.product.add_shop("second")
    assert body(client.play("orders", token_sees("demo")))["shop"] == "demo"
    assert body(client.play("orders", token_sees("second")))["orders"] == []


def test_a_token_of_several_shops_must_name_one(client: FunctionHarness) -> None:
    client.product.add_shop("second")
    for shops in ("*", "demo,second"):
        assert problem(client.play("orders", token_sees(shops)), 400)["code"] == "error.several_shops"
        assert body(client.play("orders", token_sees(shops, shop="second")))["shop"] == "second"
        assert problem(client.play("sync", token_sees(shops)), 400)
        assert body(client.play("sync", token_sees(shops, shop="second")), 202)["shop"] == "second"
    assert client.product.queues.take_fetches() == ["second", "second"]


def test_another_operators_shop_looks_like_one_that_does_not_exist(client: FunctionHarness) -> None:
    client.product.add_shop("second")
    foreign = problem(client.play("orders", token_sees("second", shop="demo")), 404)
    missing = problem(client.play("orders", token_sees("second", shop="nobody")), 404)
    assert json.loads(json.dumps(foreign).replace("demo", "nobody")) == missing
    assert problem(client.play("other_shop"), 404)
    assert [shop["shop"] for shop in body(client.play("health", token_sees("second")))["shops"]] == ["second"]


@pytest.mark.parametrize("case", ["orders", "order", "sync", "retry"])
def test_a_token_without_shops_sees_nothing(client: FunctionHarness, case: str) -> None:
    assert problem(client.play(case, token_sees("")), 404)
    assert client.product.queues.take_fetches() == []
    assert client.product.queues.take_changes() == []


def test_a_token_without_shops_sees_no_health(client: FunctionHarness) -> None:
    assert body(client.play("health", token_sees("")))["shops"] == []
