"""The form of what is stored or sent, and whether one version's can be read by another's.

A form is the JSON schema of a message or record, as far as it says what is written and what must be there. Reading
ignores unknown keys and gives missing ones their defaults (``messages``, ``adapters/aws/table.Codec``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = Any
_SAID = frozenset(
    {
        *("$defs", "$ref", "additionalProperties", "anyOf", "const", "enum", "format", "items", "maxItems"),
        *("maxLength", "minItems", "minLength", "oneOf", "pattern", "prefixItems", "properties", "required"),
        "type",
    }
)
_BOUNDS = ("format", "pattern", "minLength", "maxLength", "minItems", "maxItems")


def form_of(kind: Any) -> Json:  # noqa: ANN401 - whatever pydantic has a schema of
    """The form of a message's or record's type."""
    return _stripped(TypeAdapter(kind).json_schema(mode="validation"))


def _stripped(schema: Json) -> Json:
    stripped = {}
    for key, value in schema.items():
        if key in {"properties", "$defs"}:
            stripped[key] = {name: _stripped(one) for name, one in value.items()}
        elif key in _SAID:
            stripped[key] = _stripped_value(value)
    return stripped


def _stripped_value(value: Json) -> Json:
    if isinstance(value, dict):
        return _stripped(value)
    return [_stripped_value(one) for one in value] if isinstance(value, list) else value


def unreadable(written: Json, read: Json) -> list[str]:
    """What somebody with the form `read` may fail at in what somebody with the form `written` wrote, one line each."""
    return list(_Comparison(written, read).differences(written, read, "", frozenset()))


class _Comparison:
    """Of two whole forms: references lead into their definitions."""

    def __init__(self, written: Json, read: Json) -> None:
        self._written = written.get("$defs", {})
        self._read = read.get("$defs", {})

    def differences(
        self, written: Json, read: Json, path: str, seen: frozenset[tuple[str, str]]
    ) -> Iterator[str]:
        both = (written.get("$ref", ""), read.get("$ref", ""))
        if all(both):
            if both in seen:
                return  # it contains itself
            seen |= {both}
        readers = list(_variants(read, self._read))
        for one in _variants(written, self._written):
            tries = [list(self._of_one(one, reader, path, seen)) for reader in readers]
            if all(tries):
                yield from min(tries, key=len)

    def _of_one(
        self, written: Json, read: Json, path: str, seen: frozenset[tuple[str, str]]
    ) -> Iterator[str]:
        if not read:
            return  # it takes anything
        if written.get("type") != read.get("type") and (written.get("type"), read.get("type")) != (
            "integer",
            "number",
        ):
            yield f"{path}: {written.get('type')} is read as {read.get('type')}"
            return
        yield from self._values(written, read, path)
        for name in read.get("required", []):
            if name not in written.get("properties", {}):
                yield f"{path}.{name}: is needed and not written"
        for name, one in written.get("properties", {}).items():
            reader = read.get("properties", {}).get(name, read.get("additionalProperties", {}))
            if isinstance(reader, dict):
                yield from self.differences(one, reader, f"{path}.{name}", seen)
        for key in ("additionalProperties", "items"):
            one, reader = written.get(key), read.get(key)
            if isinstance(one, dict) and isinstance(reader, dict):
                yield from self.differences(one, reader, f"{path}[]", seen)
        for place, (one, reader) in enumerate(
            zip(written.get("prefixItems", []), read.get("prefixItems", []), strict=False)
        ):
            yield from self.differences(one, reader, f"{path}[{place}]", seen)

    def _values(self, written: Json, read: Json, path: str) -> Iterator[str]:
        known = read.get("enum", [read["const"]] if "const" in read else None)
        if known is not None:
            values = written.get("enum", [written["const"]] if "const" in written else None)
            if values is None:
                yield f"{path}: any value is read as one of {known}"
            else:
                yield from (f"{path}: {value} is not known" for value in values if value not in known)
        for bound in _BOUNDS:
            if bound in read and written.get(bound) != read[bound]:
                yield f"{path}: {bound} {written.get(bound)} is read as {read[bound]}"


def _variants(schema: Json, definitions: Json) -> Iterator[Json]:
    if "$ref" in schema:
        yield from _variants(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return
    alternatives = schema.get("anyOf") or schema.get("oneOf")
    if alternatives is None:
        yield schema
        return
    for one in alternatives:
        yield from _variants(one, definitions)
