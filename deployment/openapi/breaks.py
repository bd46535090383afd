"""What of a document breaks callers of an earlier one.

A caller is broken where something that it may send is refused now, or something that it may rely on in an answer is
gone. More keys, codes, values and operations break nobody: the document says that they may come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = Any
Side = Literal["request", "answer"]

HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems")


def breaks(before: Json, after: Json) -> list[str]:
    """What breaks callers of the document `before`, one line each; empty: nothing does."""
    return list(dict.fromkeys(_Comparison(before, after).lines()))


def is_allowed(before: str, after: str) -> bool:
    """Whether the version `after` may break callers of the version `before`.

    Versions are MAJOR.MINOR.PATCH. A break raises the first number; while that is 0, the second.
    """
    old, new = ([int(part) for part in version.split(".")] for version in (before, after))
    return new[:1] > old[:1] or (old[0] == new[0] == 0 and new[1] > old[1])


class _Comparison:
    def __init__(self, before: Json, after: Json) -> None:
        self._before = before
        self._after = after
        self._seen: set[tuple[str, str, Side]] = set()

    def lines(self) -> Iterator[str]:
        for path, item in self._before["paths"].items():
            for method, operation in item.items():
                place = f"{method.upper()} {path}"
                after = self._after["paths"].get(path, {}).get(method)
                if after is None:
                    yield f"{place}: is gone"
                    continue
                yield from self._parameters(place, operation, after)
                yield from self._bodies(place, operation.get("requestBody"), after.get("requestBody"))
                yield from self._answers(place, operation["responses"], after["responses"])

    def _parameters(self, place: str, before: Json, after: Json) -> Iterator[str]:
        old, new = self._named(self._before, before), self._named(self._after, after)
        for key, parameter in old.items():
            if key not in new:
                yield f"{place}: the parameter {key[1]} is gone"
                continue
            if new[key].get("required") and not parameter.get("required"):
                yield f"{place}: the parameter {key[1]} is needed now"
            yield from self._schemas(f"{place}: {key[1]}", parameter["schema"], new[key]["schema"], "request")
        for key, parameter in new.items():
            if key not in old and parameter.get("required"):
                yield f"{place}: the parameter {key[1]} is new and needed"

    def _named(self, document: Json, operation: Json) -> Mapping[tuple[str, str], Json]:
        found = [_resolved(document, one) for one in operation.get("parameters", [])]
        return {(one["in"], one["name"]): one for one in found}

    def _bodies(self, place: str, before: Json, after: Json) -> Iterator[str]:
        if after is not None and after.get("required") and not (before or {}).get("required"):
            yield f"{place}: a body is needed now"
        if before is None:
            return
        if after is None:
            yield f"{place}: the body is gone"
            return
        yield from self._contents(f"{place}: the body", before["content"], after["content"], "request")

    def _answers(self, place: str, before: Json, after: Json) -> Iterator[str]:
        for status, answer in before.items():
            if status not in after:
                yield f"{place}: the answer {status} is gone"
                continue
            old, new = _resolved(self._before, answer), _resolved(self._after, after[status])
            yield from self._contents(f"{place}: {status}", old["content"], new["content"], "answer")

    def _contents(self, place: str, before: Json, after: Json, side: Side) -> Iterator[str]:
        for kind, content in before.items():
            if kind not in after:
                yield f"{place}: {kind} is gone"
                continue
            yield from self._schemas(place, content["schema"], after[kind]["schema"], side)

    def _schemas(self, place: str, before: Json, after: Json, side: Side) -> Iterator[str]:
        names = (str(before.get("$ref", "")), str(after.get("$ref", "")), side)
        if names[0] and names in self._seen:
            return
        self._seen.add(names)
        old, new = _resolved(self._before, before), _resolved(self._after, after)
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(place, old, new, side)
            return
        for key in ("type", "const", "format"):
            if old.get(key) != new.get(key):
                yield f"{place}: {key} was {old.get(key)}, and is {new.get(key)}"
        for value in old.get("enum", []):
            if value not in new.get("enum", [value]):
                yield f"{place}: {value} is gone"
        if side == "request":
            yield from _narrowed(place, old, new)
        yield from self._keys(place, old, new, side)
        for key in ("items", "additionalProperties"):
            if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
                yield from self._schemas(f"{place}[]", old[key], new[key], side)

    def _alternatives(self, place: str, before: Json, after: Json, side: Side) -> Iterator[str]:
        old = {_kind_of(one): one for one in before.get("anyOf", [before])}
        new = {_kind_of(one): one for one in after.get("anyOf", [after])}
        for kind, schema in old.items():
            if kind in new:
                yield from self._schemas(place, schema, new[kind], side)
            else:
                yield f"{place}: it can be no {kind} any more"
        if side == "answer":
            for kind in new:
                if kind not in old and kind == "null":
                    yield f"{place}: it can be null now"

    def _keys(self, place: str, before: Json, after: Json, side: Side) -> Iterator[str]:
        old, new = before.get("properties", {}), after.get("properties", {})
        for key, schema in old.items():
            if key not in new:
                yield f"{place}: the key {key} is gone"
                continue
            yield from self._schemas(f"{place}.{key}", schema, new[key], side)
        needed, needed_now = set(before.get("required", [])), set(after.get("required", []))
        if side == "request":
            yield from (f"{place}: the key {key} is needed now" for key in sorted(needed_now - needed))
        else:
            gone = needed & new.keys() - needed_now
            yield from (f"{place}: the key {key} may be absent now" for key in sorted(gone))


def _narrowed(place: str, before: Json, after: Json) -> Iterator[str]:
    """What a request may no longer have."""
    if "enum" in after and "enum" not in before:
        yield f"{place}: only some values are allowed now"
    if "pattern" in after and before.get("pattern") != after["pattern"]:
        yield f"{place}: the pattern is {after['pattern']} now"
    for key in (*HIGHEST, *LOWEST):
        old, new = before.get(key), after.get(key)
        if new is not None and (old is None or (new < old if key in HIGHEST else new > old)):
            yield f"{place}: {key} was {old}, and is {new}"


def _kind_of(schema: Json) -> str:
    """Tells one alternative from the others."""
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return name or str(schema.get("const", schema.get("type", "any")))


def _resolved(document: Json, schema: Json) -> Json:
    """What a reference within the document leads to."""
    while "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema
