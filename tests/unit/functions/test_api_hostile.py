"""operate: whatever is sent to any path of the API, the answer is one of the document's, and never our own failure."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.plain_text import clean
from orderbridge.flows.api.routes import ROUTES
from tests.unit.flows.sequences import ship
from tests.unit.functions.function_harness import ORDER

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, Json, NewHarness

DEEP = 5_000
BODIES = (
    *(
        "",
        "null",
        "1",
        '"x"',
        "[]",
        "NaN",
        "\0",
        "\ufeff{}",
        "{'why': 1}",
        '{"why": "a"',
        '{"nothing": 1}',
        "[" * DEEP,
    ),
    *(
        '{"why": "\\ud800"}',
        '{"why": "a\\u0000\\u202eb"}',
        '{"note": "\\ud800"}',
        '{"note": "x", "note": "\\u202ey"}',
    ),
    *(
        '{"step": 1e400}',
        f'{{"step": {"9" * 6_000}}}',
        f'{{"return_number": {"9" * 6_000}}}',
        '{"return_number": 1e30}',
    ),
    *(
        '{"return_number": NaN}',
        f'{{"why": "{"x" * 70_000}"}}',
        f'{{"why": "{"x" * 2_001}"}}',
        '{"a":' * DEEP + "1",
    ),
)
VALUES = (
    "",
    "x",
    "\0",
    "\u202e",
    "\ud800",
    "A" * 3_000,
    "0",
    "-1",
    "9" * 80,
    "e30",
    "\u0661",
    "2026-11-31",
    "9999-12-31",
)
PARAMETERS = (
    *("status", "hold", "search", "cursor", "limit", "shop", "kind", "state", "cause", "from", "to", "order"),
)
METHODS = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "")
PATHS = (
    "",
    "/",
    "//orders",
    "/Orders",
    "/orders/\0",
    "/orders/1/2/3",
    f"/{'a' * 5_000}",
)


@pytest.fixture
def client(new_harness: NewHarness) -> FunctionHarness:
    made = new_harness("operate")
    ship(made.product, ORDER)
    return made


def status_of(
    client: FunctionHarness,
    method: str,
    path: str,
    body: str | None = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> int:
    """The status of the answer, which is JSON, or problem details with its status and a code."""

    def change(event: Json) -> None:
        event |= {"httpMethod": method, "path": path, "resource": path, "body": body}
        event["queryStringParameters"] = query
        event["multiValueQueryStringParameters"] = {name: [one] for name, one in (query or {}).items()}
        event["requestContext"]["authorizer"] = {"principalId": "marta", "shops": "demo", "role": "operator"}
        if headers is not None:
            event["headers"] = headers
            event["multiValueHeaders"] = {name: [one] for name, one in headers.items()}

    answer = client.play("health", change)
    status, found = answer["statusCode"], json.loads(answer["body"])
    refused = status >= HTTPStatus.BAD_REQUEST
    kind = "application/problem+json" if refused else "application/json"
    assert answer["multiValueHeaders"]["Content-Type"] == [kind]
    if refused:
        assert found["status"] == status
        assert found["type"].endswith(found["code"])
        assert len(found["detail"].splitlines()) == 1
    assert status < HTTPStatus.INTERNAL_SERVER_ERROR
    return int(status)


def paths(method: str) -> list[str]:
    values = {"mall_order_id": ORDER, "cause": "wrong_delivered"}
    return [route.path.format_map(values) for route in ROUTES if route.method == method]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_any_body_is_answered(client: FunctionHarness, body: str) -> None:
    for path in paths("POST"):
        status_of(client, "POST", path, body)
    for action in client.product.actions.recorded:
        assert action.why == clean(action.why)
    assert client.product.order(ORDER).mall_order_id == ORDER


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_any_parameter_is_answered(client: FunctionHarness, value: str) -> None:
    for path in paths("GET"):
        for query in (dict.fromkeys(PARAMETERS, value), *({name: value} for name in PARAMETERS)):
            status_of(client, "GET", path, query=query)


@pytest.mark.parametrize(
    "value", ["0", "-1", "1e9", "9" * 80, "9223372036854775808", "01", "1.0", "x", "%00", "\u0661"]
)
def test_what_is_no_orders_number_is_a_wrong_request(client: FunctionHarness, value: str) -> None:
    for route in ROUTES:
        if "{mall_order_id}" in route.path:
            path = route.path.format(mall_order_id=value, cause="refused")
            assert status_of(client, route.method, path, "{}") == HTTPStatus.BAD_REQUEST, path


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_an_address_that_the_api_does_not_have_is_not_found(client: FunctionHarness, path: str) -> None:
    assert status_of(client, "GET", path) == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("method", METHODS)
def test_another_method_is_not_found_and_does_nothing(client: FunctionHarness, method: str) -> None:
    before = dict(client.product.ledger.stored)
    for path in {*paths("GET"), *paths("POST")}:
        assert status_of(client, method, path, "{}") == HTTPStatus.NOT_FOUND
    assert client.product.ledger.stored == before
    assert client.product.actions.recorded == []


@pytest.mark.parametrize("header", ["x" * 9_000, "cs;q=nan", "en;q=inf,", ";;,,", "*", "\0", "\ud800"])
def test_any_language_header_is_answered(client: FunctionHarness, header: str) -> None:
    assert status_of(client, "GET", "/orders/5", headers={"Accept-Language": header}) == HTTPStatus.NOT_FOUND
