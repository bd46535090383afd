"""Makes the OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from deployment.openapi.operations import OPERATIONS, TAGS, WEBHOOK, WEBHOOK_PATH, Operation
from deployment.openapi.parameters import HINT, LANGUAGE
from deployment.openapi.schemas import REFERENCE, schemas
from orderbridge.flows.api.problems import PROBLEM_JSON
from orderbridge.flows.api.request import MAX_BODY
from orderbridge.flows.api.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]

VERSION = "0.1.0"
"""The version of the API: MAJOR.MINOR.PATCH, of which a break raises the first, and the second while the first is 0.

`make openapi` refuses to write a document that breaks callers of the committed one under a version that does not allow
it (``breaks``). Whoever wants the break raises this, and tells of it in the changelog.
"""
DOCUMENT_PATH = ("GET", "/openapi.json")

ABOUT = """Keeps MALL orders in step with what a shop does in FastCentrik: what its people and their tools see and do.

Every request but MALL's webhook needs a token (`orderbridge operator add`), a viewer's or an operator's. Moments are in
UTC. Programs go by codes and facts, which stay; texts may be improved at any time. New keys, codes and values of
answers may come with any version: a caller passes over what it does not know. Unknown keys of a body are refused.
"""

REFUSALS = {
    HTTPStatus.BAD_REQUEST: (
        "BadRequest",
        "The request makes no sense: the problem says why, and what is allowed.",
    ),
    HTTPStatus.UNAUTHORIZED: ("Unauthorized", "The request has no token, or one of the wrong form."),
    HTTPStatus.FORBIDDEN: ("Forbidden", "The token is wrong, or its role is not enough."),
    HTTPStatus.NOT_FOUND: ("NotFound", "There is no such order, shop or path, or the token may not see it."),
    HTTPStatus.CONFLICT: (
        "Conflict",
        "Too late: the step is being sent or was sent. Or somebody else is changing the order: try again.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "ContentTooLarge",
        f"The body has more than {MAX_BODY} characters.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "TooManyRequests",
        "More requests than the stack allows: try again in a second.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "Failed",
        "An order's record cannot be read (`error.unreadable_order`), or the service failed.",
    ),
}
"""Status of an answer that is a problem → name and description of the answer."""
ONLY_OF_POST = {HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
OF_THE_WEBHOOK = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
)


@dataclass(frozen=True, slots=True)
class Example:
    """A real request and its answer."""

    answer: Json
    """The body of the answer."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The parameters of path and query that the request had."""
    body: object = None
    """The body of the request; None: it had none."""


def document(examples: Mapping[str, Example], problems: Mapping[HTTPStatus, Mapping[str, Json]]) -> Json:
    """The document.

    `examples`: name of an operation → what it really answers. `problems`: status → real answers with it, by name.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": "orderbridge", "version": VERSION, "description": ABOUT},
        "servers": [{"url": ".", "description": "Where this document was found: the stack's output ApiUrl."}],
        "security": [{"token": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": _paths(examples),
        "components": {
            "schemas": schemas(),
            "responses": {
                name: _problem(text, problems[status]) for status, (name, text) in REFUSALS.items()
            },
            "parameters": {"AcceptLanguage": LANGUAGE.described()},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An operator's token: `orderbridge operator add`.",
                }
            },
        },
    }


def _paths(examples: Mapping[str, Example]) -> Json:
    paths: Json = {}
    routes = {(route.method, route.path): route for route in ROUTES}
    for (method, path), operation in OPERATIONS.items():
        route = routes[method, path]
        example = examples[operation.name]
        paths.setdefault(path, {})[method.lower()] = {
            **_about(operation, f"Needs the role `{route.role}`.", example),
            **({} if operation.body is None else {"requestBody": _body(operation, example)}),
            "responses": {
                str(int(route.status)): _success(operation, route.status, example),
                **_refusals(one for one in REFUSALS if method == "POST" or one not in ONLY_OF_POST),
            },
        }
    paths[DOCUMENT_PATH[1]] = {"get": _this_document()}
    paths[WEBHOOK_PATH[1]] = {
        "post": {
            **_about(WEBHOOK, "", examples[WEBHOOK.name]),
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": HINT, "example": examples[WEBHOOK.name].body}},
            },
            "responses": {
                "200": _success(WEBHOOK, HTTPStatus.OK, examples[WEBHOOK.name]),
                **_refusals(OF_THE_WEBHOOK),
            },
        }
    }
    return paths


def _about(operation: Operation, more: str, example: Example) -> Json:
    return {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": " ".join(text for text in (operation.description, more) if text),
        "parameters": [
            *(one.described(example.parameters.get(one.name)) for one in operation.parameters),
            {"$ref": "#/components/parameters/AcceptLanguage"},
        ],
    }


def _this_document() -> Json:
    return {
        "operationId": "showDocument",
        "tags": ["document"],
        "summary": "This document.",
        "description": "Needs the role `viewer`.",
        "responses": {
            "200": {
                "description": "The document, in OpenAPI 3.1.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            **_refusals(one for one in REFUSALS if one not in ONLY_OF_POST),
        },
    }


def _body(operation: Operation, example: Example) -> Json:
    name = "" if operation.body is None else operation.body.__name__
    content: Json = {"schema": {"$ref": REFERENCE.format(model=name)}}
    if example.body is not None:
        content["example"] = example.body
    return {"required": operation.body_is_needed, "content": {"application/json": content}}


def _success(operation: Operation, status: HTTPStatus, example: Example) -> Json:
    content = {
        "schema": {"$ref": REFERENCE.format(model=operation.answer.__name__)},
        "example": example.answer,
    }
    text = "Taken: what was asked for follows." if status is HTTPStatus.ACCEPTED else "Done."
    return {"description": text, "content": {"application/json": content}}


def _refusals(statuses: Iterable[HTTPStatus]) -> Json:
    return {
        str(int(status)): {"$ref": f"#/components/responses/{REFUSALS[status][0]}"} for status in statuses
    }


def _problem(text: str, examples: Mapping[str, Json]) -> Json:
    content = {
        "schema": {"$ref": REFERENCE.format(model="Problem")},
        "examples": {name: {"value": value} for name, value in examples.items()},
    }
    return {"description": text, "content": {PROBLEM_JSON: content}}
