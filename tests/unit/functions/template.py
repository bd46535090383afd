"""What template.yaml says of functions and alarms, for comparing it with what the code does."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

Json = Any
ROOT = Path(__file__).resolve().parents[3]
STACK = {"Ref": "AWS::StackName"}


class _Loader(yaml.SafeLoader):  # type: ignore[misc] # untyped
    """Reads short forms (`!Ref X`) as what they stand for; of the others, which are not looked at, the content."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> Json:
    name = "Ref" if tag == "Ref" else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


@cache
def read() -> Json:
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def functions() -> dict[str, Json]:
    """Properties of every function, by its folder."""
    found = of_type("AWS::Serverless::Function").values()
    return {properties["CodeUri"].strip("/").rpartition("/")[2]: properties for properties in found}


def environment(function: str, stack: str) -> dict[str, str]:
    """The function's environment when the template is deployed as `stack`; names of resources are made up."""
    own = functions()[function].get("Environment", {}).get("Variables", {})
    variables = read()["Globals"]["Function"]["Environment"]["Variables"] | own
    return {name: _value(name, value, stack) for name, value in variables.items()}


def of_type(kind: str) -> dict[str, Json]:
    """Properties of every resource of this type, by its name in the template. There is one at least."""
    resources = read()["Resources"].items()
    found = {name: resource["Properties"] for name, resource in resources if resource["Type"] == kind}
    assert found, f"the template has no {kind}: whatever is said of all of them would hold"
    return found


def count_of(kind: str) -> int:
    """How many resources of this type there are."""
    return sum(resource["Type"] == kind for resource in read()["Resources"].values())


def alarms(namespace: str) -> list[Json]:
    """Properties of the alarms on metrics of `namespace`. There is one at least."""
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    found = [properties for properties in alarms if properties.get("Namespace") == namespace]
    assert found, f"no alarm watches {namespace}"
    return found


def _value(name: str, value: Json, stack: str) -> str:
    if isinstance(value, str):
        return value
    if value == STACK:
        return stack
    if isinstance(value, dict) and value.get("Ref") in read()["Parameters"]:
        return str(read()["Parameters"][value["Ref"]]["Default"])
    return f"https://resource.test/{name}" if name.endswith("_URL") else f"resource-{name.lower()}"
