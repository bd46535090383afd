"""What template.yaml lets each function do with the table, decided as IAM does it.

The local stack enforces IAM, but does not tell it the keys of the items (``dynamodb:LeadingKeys``), so every request
passes that condition there. Here it does not.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = Any
TABLE = {"Fn::GetAtt": "TableArn.Value"}
_CONDITION = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys"}}
"""The one condition that the statements on the table may have: all that ``may`` understands."""


def statements(function: str) -> list[Json]:
    """The statements of the function's role."""
    role = template.functions()[function]["Role"]["Fn::GetAtt"].removesuffix(".Arn")
    (policy,) = template.of_type("AWS::IAM::Role")[role]["Policies"]
    found: list[Json] = policy["PolicyDocument"]["Statement"]
    assert all(one["Effect"] == "Allow" for one in found)
    return found


def may(function: str, action: str, keys: Iterable[str]) -> bool:
    """Whether the function may do `action` (such as ``dynamodb:PutItem``) with the table's items under `keys`."""
    return any(_allows(one, action, list(keys)) for one in statements(function))


def may_query(function: str, index: str) -> bool:
    """Whether the function may query this index of the table."""
    name = f"${{TableArn.Value}}/index/{index}"
    for one in statements(function):
        resources = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        patterns = [resource.get("Fn::Sub", "") for resource in resources if isinstance(resource, dict)]
        # the square brackets of a pattern would be fnmatch's own; names of resources have none
        if "dynamodb:Query" in one["Action"] and any(fnmatchcase(name, pattern) for pattern in patterns):
            return True
    return False


def _allows(statement: Json, action: str, keys: list[str]) -> bool:
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    if TABLE not in resources or not any(fnmatchcase(action, one) for one in statement["Action"]):
        return False
    condition = statement.get("Condition", {})
    assert {operator: set(values) for operator, values in condition.items()} in ({}, _CONDITION)
    if not condition:
        return True
    patterns = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    return all(any(fnmatchcase(key, pattern) for pattern in patterns) for key in keys)
