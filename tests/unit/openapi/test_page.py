"""The examples of docs/api.md are written by hand; their keys and their listed values are those of the document."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.openapi.__main__ import PATH
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any

PAGE = template.ROOT / "docs" / "api.md"
DOCUMENT: Json = json.loads(PATH.read_text(encoding="utf-8"))
LEFT_OUT = "…"
KINDS: dict[Json, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
ALWAYS_THE_SAME = {"facts"}
"""Keys that an example may leave out without a mark: the page says once what an explanation is made of."""


def sections() -> dict[str, str]:
    """Heading (method and path) → the text below it."""
    parts = re.split(r"(?m)^#{2,3} ", PAGE.read_text(encoding="utf-8"))
    found = (re.match(r"`((?:GET|POST) /[^`]*)`\n", part) for part in parts)
    return {one[1]: part for one, part in zip(found, parts, strict=True) if one}


def answers() -> Iterator[tuple[str, Json]]:
    """Heading → the answer below it."""
    for heading, text in sections().items():
        for block in re.findall(r"(?s)```json\n(.*?)```", text):
            yield heading, json.loads(block)


def schema_of(heading: str) -> Json:
    method, path = heading.split(" ")
    responses = DOCUMENT["paths"][path][method.lower()]["responses"]
    (status,) = (one for one in responses if one.startswith("2"))
    return responses[status]["content"]["application/json"]["schema"]


def alternatives(schema: Json) -> Iterator[Json]:
    """What a value may be, without references."""
    if "$ref" in schema:
        yield from alternatives(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    elif "anyOf" in schema or "oneOf" in schema:
        for one in schema.get("anyOf") or schema["oneOf"]:
            yield from alternatives(one)
    else:
        yield schema


def faults(schema: Json, value: Json, place: str) -> list[str]:
    """What the document does not have, or the example lacks without a mark; of the alternative that fits best."""
    if value == LEFT_OUT:
        return []
    return min((_faults(one, value, place) for one in alternatives(schema)), key=len)


def _faults(schema: Json, value: Json, place: str) -> list[str]:
    if isinstance(value, dict):
        return _faults_of_object(schema, value, place)
    if isinstance(value, list):
        if schema.get("type") != "array":
            return [f"{place}: no list"]
        return [
            fault for i, one in enumerate(value) for fault in faults(schema["items"], one, f"{place}[{i}]")
        ]
    known = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if known is not None and value not in known:
        return [f"{place}: {value} is not one of {known}"]
    fits = isinstance(value, KINDS.get(schema.get("type"), ()))
    return [] if fits else [f"{place}: {value!r} is no {schema.get('type')}"]


def _faults_of_other(others: Json, value: Json, place: str) -> list[str]:
    """`others`: the form of keys that are not named; true: any, false: none."""
    if isinstance(others, bool):
        return [] if others else [f"{place}: unknown"]
    return faults(others, value, place)


def _faults_of_object(schema: Json, value: Json, place: str) -> list[str]:
    if schema.get("type") != "object":
        return [f"{place}: no object"]
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", False)
    found = []
    for key, inner in value.items():
        if key in properties:
            found += faults(properties[key], inner, f"{place}.{key}")
        elif key != LEFT_OUT:
            found += _faults_of_other(others, inner, f"{place}.{key}")
    if LEFT_OUT not in value:
        lacking = set(schema.get("required", [])) - set(value) - ALWAYS_THE_SAME
        found += [f"{place}.{key}: left out without a mark" for key in sorted(lacking)]
    return found


@pytest.mark.parametrize("heading", sections())
def test_an_answer_on_the_page_has_the_documents_keys(heading: str) -> None:
    shown = [value for name, value in answers() if name == heading]
    assert shown, "no example"
    assert [fault for value in shown for fault in faults(schema_of(heading), value, heading)] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"mall_order": 1}, "mall_order: unknown"),
        ({"state": "settled"}, "state: settled is not one of"),
        ({"resolved": {"at": "…", "by": "…", "why": "…", "note": "…"}}, "resolved.why: unknown"),
    ],
)
def test_a_key_that_the_document_does_not_have_is_noticed(change: Json, fault: str) -> None:
    heading = "POST /returns/{mall_order_id}/resolve"
    (value,) = (value for name, value in answers() if name == heading)
    (found,) = faults(schema_of(heading), value | change, heading)
    assert fault in found


def test_a_key_that_is_left_out_without_a_mark_is_noticed() -> None:
    heading = "POST /orders/retry"
    (value,) = (value for name, value in answers() if name == heading)
    del value["more"]
    assert faults(schema_of(heading), value, heading) == [f"{heading}.more: left out without a mark"]
