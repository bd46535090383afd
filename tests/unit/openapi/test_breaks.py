"""What breaks callers of the API is noticed, and what does not is not."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from deployment.openapi.breaks import breaks, is_allowed
from tests.openapi import __main__ as program
from tests.openapi.__main__ import PATH, made, unannounced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Json = Any
COMMITTED: Json = json.loads(PATH.read_text(encoding="utf-8"))


def schema(document: Json, name: str) -> Json:
    return document["components"]["schemas"][name]


def key(document: Json, name: str, key_: str) -> Json:
    return schema(document, name)["properties"][key_]


def operation(document: Json, method: str, path: str) -> Json:
    return document["paths"][path][method]


def parameter(document: Json, path: str, name: str) -> Json:
    return next(one for one in document["paths"][path]["get"]["parameters"] if one.get("name") == name)


BREAKS: dict[str, tuple[Callable[[Json], object], str]] = {
    "a path": (lambda d: d["paths"].pop("/returns"), "GET /returns: is gone"),
    "a method": (lambda d: d["paths"]["/orders/retry"].pop("post"), "POST /orders/retry: is gone"),
    "a status": (
        lambda d: operation(d, "get", "/orders")["responses"].pop("200"),
        "GET /orders: the answer 200 is gone",
    ),
    "a parameter": (
        lambda d: operation(d, "get", "/orders")["parameters"].remove(parameter(d, "/orders", "hold")),
        "GET /orders: the parameter hold is gone",
    ),
    "a parameter that is needed now": (
        lambda d: parameter(d, "/orders", "hold").update(required=True),
        "GET /orders: the parameter hold is needed now",
    ),
    "a new parameter that is needed": (
        lambda d: operation(d, "get", "/orders")["parameters"].append(
            {"name": "x", "in": "query", "required": True, "schema": {"type": "string"}}
        ),
        "GET /orders: the parameter x is new and needed",
    ),
    "a value of a parameter": (
        lambda d: parameter(d, "/orders", "status")["schema"]["enum"].remove("lost"),
        "GET /orders: status: lost is gone",
    ),
    "a limit of a parameter": (
        lambda d: parameter(d, "/orders", "limit")["schema"].update(maximum=100),
        "GET /orders: limit: maximum was 200, and is 100",
    ),
    "a pattern of a parameter": (
        lambda d: parameter(d, "/orders", "shop")["schema"].update(pattern="^a"),
        "GET /orders: shop: the pattern is ^a now",
    ),
    "a key of an answer": (
        lambda d: schema(d, "OrderSummary")["properties"].pop("why"),
        "GET /orders: 200.orders[]: the key why is gone",
    ),
    "a key of an answer that may be absent now": (
        lambda d: schema(d, "Explanation")["required"].remove("text"),
        "200.orders[].hold.reason: the key text may be absent now",
    ),
    "the type of a key of an answer": (
        lambda d: key(d, "MallCalls", "limit").update(type="string"),
        "type was integer, and is string",
    ),
    "null in an answer": (
        lambda d: schema(d, "OrderList")["properties"].update(
            shop={"anyOf": [key(d, "OrderList", "shop"), {"type": "null"}]}
        ),
        "GET /orders: 200.shop: it can be null now",
    ),
    "an alternative of an answer": (
        lambda d: key(d, "Attempt", "sent")["anyOf"].pop(0),
        "it can be no SentToShop any more",
    ),
    "a value in an answer": (lambda d: schema(d, "HoldCode")["enum"].remove("parked"), "parked is gone"),
    "a code of a problem": (
        lambda d: key(d, "Problem", "code")["enum"].remove("error.cursor"),
        "400.code: error.cursor is gone",
    ),
    "a key of a body": (
        lambda d: schema(d, "CloseBody")["properties"].pop("why"),
        "POST /escalations/{mall_order_id}/{cause}/close: the body: the key why is gone",
    ),
    "a key of a body that is needed now": (
        lambda d: schema(d, "WhyBody").update(required=["why"]),
        ": the body: the key why is needed now",
    ),
    "a body that is needed now": (
        lambda d: operation(d, "post", "/sync")["requestBody"].update(required=True),
        "POST /sync: a body is needed now",
    ),
    "the body": (
        lambda d: operation(d, "post", "/sync").pop("requestBody"),
        "POST /sync: the body is gone",
    ),
    "the content type of a problem": (
        lambda d: d["components"]["responses"]["NotFound"].update(
            content={"application/json": {"schema": {}}}
        ),
        "404: application/problem+json is gone",
    ),
}


def _more(document: Json) -> None:
    """Everything that may come with any version."""
    document["paths"]["/more"] = deepcopy(document["paths"]["/health"])
    operation(document, "get", "/orders")["parameters"].append(
        {"name": "x", "in": "query", "required": False, "schema": {"type": "string"}}
    )
    parameter(document, "/orders", "limit")["schema"].update(maximum=500)
    parameter(document, "/orders", "status")["schema"]["enum"].append("new")
    schema(document, "HoldCode")["enum"].append("new")
    schema(document, "OrderSummary")["properties"]["new"] = {"type": "string"}
    schema(document, "CloseBody")["properties"]["new"] = {"type": "string"}
    operation(document, "get", "/orders")["responses"]["418"] = {"description": ""}
    key(document, "Explanation", "text")["description"] = "Other words."


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_noticed(what: str) -> None:
    change, told = BREAKS[what]
    after = deepcopy(COMMITTED)
    change(after)
    found = breaks(COMMITTED, after)
    assert any(told in line for line in found), found
    assert unannounced(COMMITTED, after) == found


def test_what_is_new_breaks_nobody() -> None:
    after = deepcopy(COMMITTED)
    _more(after)
    assert breaks(COMMITTED, after) == []
    assert breaks(COMMITTED, COMMITTED) == []


def test_the_code_breaks_nobody_who_has_the_committed_document() -> None:
    assert unannounced(COMMITTED, made()) == []


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1.1", False),
        ("0.1.0", "0.2.0", True),
        ("0.2.0", "1.0.0", True),
        ("1.2.0", "1.3.0", False),
        ("1.2.0", "2.0.0", True),
        ("2.0.0", "1.9.0", False),
    ],
)
def test_a_break_needs_another_version(before: str, after: str, *, allowed: bool) -> None:
    assert is_allowed(before, after) is allowed


def test_make_openapi_refuses_a_break_and_writes_an_announced_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "openapi.json"
    monkeypatch.setattr(program, "PATH", path)
    assert program.main() == 0
    assert path.read_bytes() == PATH.read_bytes()
    earlier = deepcopy(COMMITTED)
    earlier["paths"]["/once"] = earlier["paths"]["/health"]
    path.write_text(json.dumps(earlier), encoding="utf-8")
    assert program.main() == 1
    assert "GET /once: is gone" in capsys.readouterr().err
    assert json.loads(path.read_text(encoding="utf-8")) == earlier
    earlier["info"]["version"] = "0.0.9"
    path.write_text(json.dumps(earlier), encoding="utf-8")
    assert program.main() == 0
    assert path.read_bytes() == PATH.read_bytes()
