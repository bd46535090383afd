"""The OpenAPI document is that of the code, whole and described."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

import pytest

from deployment.openapi.document import DOCUMENT_PATH, REFUSALS
from deployment.openapi.models.common import Fact
from deployment.openapi.operations import OPERATIONS, WEBHOOK, WEBHOOK_PATH
from orderbridge.domain.facts import Kind
from orderbridge.flows.api.problems import PROBLEM_JSON, TITLE_OF
from orderbridge.flows.api.routes import ROUTES
from tests.openapi.__main__ import PATH, made, text_of
from tests.openapi.checking import check_answer, check_content
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any


@cache
def generated() -> Json:
    return json.loads(text_of(made()))


def operations() -> Iterator[tuple[str, str, Json]]:
    paths = generated()["paths"]
    assert len(paths) > 10
    for path, item in paths.items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    assert PATH.read_text(encoding="utf-8") == text_of(made()), "run `make openapi`"


def test_the_function_serves_the_committed_document() -> None:
    served = template.ROOT / "functions" / "operate" / "openapi.json"
    assert served.resolve() == PATH


def test_every_route_is_described_and_nothing_else() -> None:
    assert {(route.method, route.path) for route in ROUTES} == set(OPERATIONS)
    described = {(method, path) for method, path, _ in operations()}
    assert described == {*OPERATIONS, WEBHOOK_PATH, DOCUMENT_PATH}
    events = [
        event["Properties"]
        for function in ("operate", "receive_webhook")
        for event in template.functions()[function]["Events"].values()
    ]
    assert described == {(event["Method"], event["Path"]) for event in events}


def test_every_operation_has_a_name_a_sentence_and_its_answers() -> None:
    names = [operation["operationId"] for *_, operation in operations()]
    assert len(names) == len(set(names))
    for method, path, operation in operations():
        assert operation["summary"].endswith("."), path
        assert {"400", "404", "429", "500"} <= operation["responses"].keys(), path
        assert ("401" in operation["responses"]) is (operation.get("security") != []), path
        assert ("409" in operation["responses"]) is (method == "POST" and path != WEBHOOK_PATH[1]), path


def test_every_path_parameter_is_declared() -> None:
    for _, path, operation in operations():
        declared = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "path"]
        assert declared == re.findall(r"\{(\w+)\}", path)


def test_everything_is_described_to_whoever_reads_it() -> None:
    for *_, operation in operations():
        for parameter in operation.get("parameters", []):
            assert "$ref" in parameter or parameter["description"].endswith("."), parameter
    for name, schema in generated()["components"]["schemas"].items():
        assert schema.get("description"), name
        for key, value in schema.get("properties", {}).items():
            # pydantic leaves out a description that is word for word that of what the key refers to
            told = value.get("description", "") or ("." if value.keys() == {"$ref"} else "")
            assert told.endswith((".", "`")), f"{name}.{key}"


def test_every_answer_has_a_real_example() -> None:
    for method, path, operation in operations():
        (status,) = (one for one in operation["responses"] if one.startswith("2"))
        content = operation["responses"][status]["content"]["application/json"]
        if (method, path) == DOCUMENT_PATH:
            continue
        check_answer(method, path, int(status), "application/json", json.dumps(content["example"]))
    for status, (name, _) in REFUSALS.items():
        examples = generated()["components"]["responses"][name]["content"][PROBLEM_JSON]["examples"]
        for example in examples.values():
            check_answer("POST", "/sync", status, PROBLEM_JSON, json.dumps(example["value"]))


def test_every_kind_of_fact_has_its_model() -> None:
    keys = [next(iter(model.model_fields)) for model in get_args(Fact)]
    assert sorted(keys) == sorted(kind.value for kind in Kind)


def test_every_status_of_a_problem_has_a_title() -> None:
    assert set(TITLE_OF) == set(REFUSALS)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"more": 1}, "/sync"),
        ({"requested_at": "yesterday"}, "/sync"),
        ({"shop": None}, "/sync"),
        ({"result": {"code": "x.y", "facts": {"a": {"number": 1}}, "text": ""}}, "/sync"),
        ({"result": {"code": "x.y", "facts": {"a": {"colour": "red"}}, "text": ""}}, "/sync"),
    ],
)
def test_an_answer_of_another_form_is_noticed(change: Json, path: str) -> None:
    content = generated()["paths"][path]["post"]["responses"]["202"]["content"]["application/json"]["example"]
    with pytest.raises(ValueError, match="validation error"):
        check_answer("POST", path, 202, "application/json", json.dumps(content | change))
    use_case = next(route.use_case for route in ROUTES if route.path == path)
    with pytest.raises(ValueError, match="validation error"):
        check_content(use_case, content | change)


def test_an_answer_of_what_is_no_route_is_not_let_through() -> None:
    with pytest.raises(AssertionError, match="answers on no route"):
        check_content(lambda *_: {}, {})


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("POST", "/sync", 200, "application/json"),
        ("GET", "/nowhere", 200, "application/json"),
        ("GET", "/orders", 409, PROBLEM_JSON),
        ("GET", "/orders", 404, "application/json"),
        ("POST", "/webhook/demo/x", 401, PROBLEM_JSON),
        ("POST", "/sync", 418, PROBLEM_JSON),
    ],
)
def test_an_answer_that_is_not_in_the_document_is_noticed(
    method: str, path: str, status: int, kind: str
) -> None:
    code = "error.nothing_here"
    problem = {
        "type": f"urn:orderbridge:problem:{code}",
        "title": "",
        "status": status,
        "detail": "",
        "code": code,
        "facts": {},
    }
    with pytest.raises((AssertionError, ValueError)):
        check_answer(method, path, status, kind, json.dumps(problem))


def test_the_webhook_needs_no_token_and_everything_else_one() -> None:
    assert generated()["security"] == [{"token": []}]
    assert [path for _, path, operation in operations() if "security" in operation] == [WEBHOOK_PATH[1]]
    assert generated()["paths"][WEBHOOK_PATH[1]]["post"]["operationId"] == WEBHOOK.name
