"""The models as JSON schemas (draft 2020-12, which OpenAPI 3.1 has)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from deployment.openapi.models.problems import Problem
from deployment.openapi.operations import OPERATIONS, WEBHOOK
from deployment.openapi.parameters import BODY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic_core import CoreSchema

Json = dict[str, Any]

REFERENCE = "#/components/schemas/{model}"


class _Generator(GenerateJsonSchema):
    """Leaves out the titles that pydantic makes of names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002 - pydantic's
        """No key has a title."""
        return False

    def generate_inner(self, schema: CoreSchema) -> Json:
        """A schema without null where only the absence of the key is meant."""
        made: Json = super().generate_inner(schema)
        for key in made.get("properties", {}).values():
            if "default" in key and key["default"] is None:
                _drop_null(key)
        return made


def _drop_null(schema: Json) -> None:
    del schema["default"]
    (only,) = (one for one in schema.pop("anyOf") if one != {"type": "null"})
    schema |= only


def schemas() -> Json:
    """Name → schema of every model of an answer or a body, and of all that they have."""
    answers: list[type[BaseModel]] = [operation.answer for operation in OPERATIONS.values()]
    bodies = [operation.body for operation in OPERATIONS.values() if operation.body is not None]
    models: dict[type[BaseModel], None] = dict.fromkeys([*answers, *bodies, WEBHOOK.answer, Problem])
    _, made = models_json_schema(
        [(model, "validation") for model in models],
        ref_template=REFERENCE,
        schema_generator=_Generator,
    )
    defined: Json = made["$defs"]
    taken = _reached(defined, [body.__name__ for body in bodies])
    for name, schema in defined.items():
        schema.pop("title", None)
        if name not in taken:
            # A caller must pass over keys that it does not know; that there is none today, the tests see to.
            schema.pop("additionalProperties", None)
    for (model, key), more in BODY_FIELDS.items():
        schema = defined[model]["properties"]
        # Alternatives say all of it themselves.
        schema[key] = more if "anyOf" in more else schema[key] | more
    return dict(sorted(defined.items()))


def _reached(defined: Json, names: list[str]) -> set[str]:
    """The schemas with these `names`, and those that they refer to."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += _references(defined[name])
    return found


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for one in inner:
        yield from _references(one)
