"""Each function touches its own kinds of items alone: what the template allows, and what the code really asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from orderbridge.adapters.aws.actions import DynamoActions
from orderbridge.adapters.aws.console import DynamoConsoleStore
from orderbridge.adapters.aws.feed_checkpoints import DynamoFeedCheckpoints
from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.adapters.aws.mail import DynamoMail
from orderbridge.adapters.aws.notices import DynamoNotices
from orderbridge.adapters.aws.operators import DynamoOperators, Operator, token_digest
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.aws.slots import DynamoSlots
from orderbridge.domain.persons import Role
from tests.contract.conftest import REGION, make_table
from tests.unit.functions import template
from tests.unit.functions.function_harness import TOKEN
from tests.unit.functions.permissions import may, may_query, statements
from tests.unit.functions.played import FUNCTIONS, play_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.unit.functions.function_harness import NewHarness

Json = Any
(TABLE,) = template.of_type("AWS::DynamoDB::Table").values()
ITEMS = {
    "orders": "ORDER#demo#4700000001",
    "shops": "SHOPS",
    "lists": "LISTS",
    "notices": "NOTICES",
    "slots": "SLOTS",
    "operators": "OPERATORS",
    "actions": "ACTIONS#demo",
    "console": "CONSOLE",
    "others": "ANYTHING",
}
INDEXES = [one["IndexName"] for one in TABLE["GlobalSecondaryIndexes"]]
WRITE = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem")
READ = ("GetItem", "BatchGetItem", "Query")
WRITES: dict[str, set[tuple[str, str]]] = {
    "fetch_changes": {("UpdateItem", "shops")},
    "map_state": {("PutItem", "orders")},
    "push_to_mall": {("PutItem", "orders"), ("UpdateItem", "shops")},
    "push_to_shop": {("PutItem", "orders"), ("UpdateItem", "shops")},
    "read_lists": {("PutItem", "lists"), ("UpdateItem", "shops")},
    "send_alarms": {("PutItem", "orders"), ("PutItem", "notices")},
    "retry_transitions": {("PutItem", "orders")},
    "operate": {
        *(("PutItem", kind) for kind in ("orders", "slots", "actions")),
        ("UpdateItem", "shops"),
    },
    "console": {
        *(("PutItem", kind) for kind in ("orders", "slots", "actions")),
        *(("UpdateItem", kind) for kind in ("shops", "console")),
    },
}
"""Nobody puts a shop: that is the registry's. Who updates one marks how it is doing."""


def allowed_to(function: str, actions: Iterable[str]) -> set[tuple[str, str]]:
    """Which of the actions the function may do, each with the kind of items."""
    return {
        (action, kind)
        for action in actions
        for kind, key in ITEMS.items()
        if may(function, f"dynamodb:{action}", [key])
    }


def who_may(actions: Iterable[str], kind: str) -> set[str]:
    """The functions that may do any of the actions to this kind of items."""
    return {
        function
        for function in FUNCTIONS
        if any(may(function, f"dynamodb:{action}", [ITEMS[kind]]) for action in actions)
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_kinds_of_items_alone(function: str) -> None:
    assert allowed_to(function, WRITE) == WRITES.get(function, set())


def test_who_the_operators_are_only_two_functions_read_and_nobody_writes() -> None:
    assert who_may((*READ, *WRITE), "operators") == {"authorize", "console"}


def test_the_sessions_and_tries_are_the_consoles_alone() -> None:
    assert who_may((*READ, *WRITE), "console") == {"console"}


def test_what_persons_asked_for_only_the_api_reads() -> None:
    assert who_may(READ, "actions") == {"operate", "console"}


def test_how_far_malls_lists_are_known_only_its_reader_writes() -> None:
    assert who_may(READ, "lists") == {"read_lists", "operate", "console"}


A_STEPS_ORDER = {("BatchGetItem", "orders"), ("BatchGetItem", "shops"), ("GetItem", "orders")}
"""The order with its shop at first, and the order anew when news came in during the call."""
READS = {
    "push_to_mall": A_STEPS_ORDER,
    "push_to_shop": A_STEPS_ORDER,
    # orders under way are found by an index, and read in batches
    "read_lists": {
        *(("GetItem", kind) for kind in ("orders", "shops", "lists")),
        ("BatchGetItem", "orders"),
        ("Query", "shops"),
    },
}


@pytest.mark.parametrize("function", READS)
def test_who_calls_mall_reads_only_what_its_work_needs(function: str) -> None:
    assert allowed_to(function, READ) == READS[function]
    indexes = {"read_lists": {"by_status"}}
    assert {one for one in INDEXES if may_query(function, one)} == indexes.get(function, set())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_request_that_touches_one_foreign_item_is_refused_as_a_whole(function: str) -> None:
    for action in (*READ, *WRITE):
        for own in ITEMS.values():
            assert not may(function, f"dynamodb:{action}", [own, ITEMS["others"]])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_names_no_key_is_not_allowed_at_all(function: str) -> None:
    """A condition on keys says nothing of a request without any."""
    for action in ("Scan", "PartiQLSelect", "PartiQLInsert", "PartiQLUpdate", "PartiQLDelete"):
        assert not may(function, f"dynamodb:{action}", [])
    for one in statements(function):
        assert not any("*" in action for action in one["Action"] if action.startswith("dynamodb:"))


class _Guarded:
    """A DynamoDB client that asks the template's statements first, once `function` is set."""

    def __init__(self, dynamodb: Any) -> None:  # noqa: ANN401 - any client
        self.function = ""
        self.asked: set[str] = set()
        self._dynamodb = dynamodb

    def __getattr__(self, name: str) -> Callable[..., Json]:
        def call(**request: Json) -> Json:
            if self.function:
                self._check(name, request)
            return getattr(self._dynamodb, name)(**request)

        return call

    def _check(self, name: str, request: Json) -> None:
        self.asked.add(name)
        if "IndexName" in request:
            assert may_query(self.function, request["IndexName"]), request["IndexName"]
            return
        for action, keys in _touched(name, request).items():
            assert may(self.function, f"dynamodb:{action}", keys), (self.function, action, keys)


def _touched(name: str, request: Json) -> dict[str, list[str]]:
    """The actions that a request amounts to, and the first keys of the items that each touches."""
    match name:
        case "get_item" | "update_item" | "delete_item":
            return {
                {"get": "GetItem", "upd": "UpdateItem", "del": "DeleteItem"}[name[:3]]: [_pk(request["Key"])]
            }
        case "put_item":
            return {"PutItem": [_pk(request["Item"])]}
        case "batch_get_item":
            (asked,) = request["RequestItems"].values()
            return {"BatchGetItem": [_pk(key) for key in asked["Keys"]]}
        case "transact_write_items":
            return {"PutItem": [_pk(one["Put"]["Item"]) for one in request["TransactItems"]]}
        case "query":
            name_of_value = request["KeyConditionExpression"].removeprefix("pk = ").split(" ")[0]
            return {"Query": [request["ExpressionAttributeValues"][name_of_value]["S"]]}
        case _:
            raise AssertionError(name)


def _pk(item: Json) -> str:
    return str(item["pk"]["S"])


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        keys: dict[str, Any] = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        yield boto3.client("dynamodb", region_name=REGION, **keys)


@pytest.mark.parametrize(
    "function", [one for one in FUNCTIONS if "TABLE_NAME" in template.environment(one, "any")]
)
def test_what_a_function_asks_of_the_table_it_may(
    new_harness: NewHarness,
    function: str,
    monkeypatch: pytest.MonkeyPatch,
    dynamodb: Any,  # noqa: ANN401 - any client
) -> None:
    """Every event in a deployment where all kinds of things happened, on the real adapters."""
    made, client = new_harness(function), _Guarded(dynamodb)
    make_table(dynamodb, made.stack)
    product: Any = made.product
    shops = DynamoShops(client, made.stack)  # type: ignore[arg-type]
    shops.put(product.shops.get("demo").settings, product.clock.now())
    product.shops, product.ledger = shops, DynamoLedger(client, made.stack)  # type: ignore[arg-type]
    product.feed_checkpoints = DynamoFeedCheckpoints(client, made.stack)  # type: ignore[arg-type]
    product.notices = DynamoNotices(client, made.stack)  # type: ignore[arg-type]
    product.operators = DynamoOperators(client, made.stack)  # type: ignore[arg-type]
    digest = token_digest(TOKEN)
    product.operators.add(Operator(name="jana", token_sha256=digest, role=Role.OPERATOR, shops=("demo",)))
    product.mail = DynamoMail(client, made.stack)  # type: ignore[arg-type]
    product.slots = DynamoSlots(client, made.stack)  # type: ignore[arg-type]
    product.actions = DynamoActions(client, made.stack)  # type: ignore[arg-type]
    product.console_store = DynamoConsoleStore(client, made.stack)  # type: ignore[arg-type]
    handler = made.app.handler

    def guarded(event: Json, context: Json) -> Json:
        client.function = function
        try:
            return handler(event, context)
        finally:
            client.function = ""

    monkeypatch.setattr(made.app, "handler", guarded)
    play_all(made, monkeypatch)
    assert client.asked
    assert "AssertionError" not in made.output()
