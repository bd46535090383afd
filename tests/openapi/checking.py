"""Checks answers of the HTTP API against their models, in every test that gets one."""

from __future__ import annotations

import json
import re
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from deployment.openapi.document import DOCUMENT_PATH, OF_THE_WEBHOOK, ONLY_OF_POST, REFUSALS
from deployment.openapi.models.problems import Problem
from deployment.openapi.operations import OPERATIONS, WEBHOOK, WEBHOOK_PATH, Operation
from orderbridge.flows.api.problems import PROBLEM_JSON
from orderbridge.flows.api.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable

Json = Any


def check_answer(method: str, path: str, status: int, content_type: str, text: str) -> None:
    """Raises AssertionError or ValidationError unless the answer is one that the document has.

    `path` begins behind the stage. An answer of no known path must be a problem with the status 404, or one of API
    Gateway's.
    """
    found = _template_of(method, path)
    if found == DOCUMENT_PATH and status == HTTPStatus.OK:
        assert content_type == "application/json"
        assert json.loads(text)["openapi"].startswith("3.1")
        return
    if status < HTTPStatus.BAD_REQUEST:
        assert found is not None, f"{method} {path} answers, and is not in the document"
        assert content_type == "application/json"
        assert status == _status_of(found), f"{method} {path}: {status} is not in the document"
        _operation(found).answer.model_validate_json(text)
        return
    assert content_type == PROBLEM_JSON, f"{method} {path}: {status} as {content_type}"
    problem = Problem.model_validate_json(text)
    assert (problem.status, problem.type) == (status, f"urn:orderbridge:problem:{problem.code}")
    assert HTTPStatus(status) in _refusals_of(found), f"{method} {path}: {status} is not in the document"


def check_content(use_case: Callable[..., Json], content: Json) -> None:
    """Raises unless the answer of a use case of the API is of the form that the document has.

    ValidationError for another form, AssertionError for what is no use case of the API.
    """
    routes = [route for route in ROUTES if route.use_case is use_case]
    assert routes, f"{use_case} answers on no route of the API"
    for route in routes:
        OPERATIONS[route.method, route.path].answer.model_validate_json(json.dumps(content))


@cache
def _templates() -> list[tuple[tuple[str, str], re.Pattern[str]]]:
    """Method and path of every operation, with an expression for its addresses. Those without parameters come first."""
    known = [*OPERATIONS, WEBHOOK_PATH, DOCUMENT_PATH]
    known.sort(key=lambda one: one[1].count("{"))
    return [(one, re.compile(re.sub(r"\{\w+\}", "[^/]+", one[1]))) for one in known]


def _template_of(method: str, path: str) -> tuple[str, str] | None:
    return next(
        (one for one, pattern in _templates() if one[0] == method and pattern.fullmatch(path)),
        None,
    )


def _operation(found: tuple[str, str]) -> Operation:
    return WEBHOOK if found == WEBHOOK_PATH else OPERATIONS[found]


def _status_of(found: tuple[str, str]) -> int:
    if found == WEBHOOK_PATH:
        return HTTPStatus.OK
    return next(route.status for route in ROUTES if (route.method, route.path) == found)


def _refusals_of(found: tuple[str, str] | None) -> set[HTTPStatus]:
    if found == WEBHOOK_PATH:
        return set(OF_THE_WEBHOOK)
    if found is None or found[0] == "POST":
        return set(REFUSALS)
    return set(REFUSALS) - ONLY_OF_POST
