"""Policy documents for a deployment and the command line: ``make policy``, ``python -m deployment.policy``.

The rights are in ``rights``. One managed policy is too small for those of a deployment, so there are two.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from deployment.rights import (
    COMMAND_LINE,
    EVENT_INVOKE_CONFIG,
    MADE_BY_SAM,
    MADE_OF_EVENTS,
    RIGHTS,
    TOOLS,
    Statement,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Json = Any
MAX_CHARACTERS = 6144
"""Largest managed policy that IAM takes; blanks do not count."""
_SECOND = {
    "Api",
    "Alarms",
    "Dashboard",
    "Bucket",
    "Topics",
    "Queues",
    "Uploads",
    "Stack",
    "Schedules",
    "FindLogs",
}
"""The statements of the second document."""


def made_types(template: Json) -> set[str]:
    """The types of CloudFormation's resources that deploying `template` (as read from YAML) makes."""
    found: set[str] = set()
    for resource in template["Resources"].values():
        found |= set(MADE_BY_SAM.get(resource["Type"], (resource["Type"],)))
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            found |= {MADE_OF_EVENTS[event["Type"]] for event in properties.get("Events", {}).values()}
            found |= {EVENT_INVOKE_CONFIG} if "EventInvokeConfig" in properties else set()
    return found


def deploying(part: str, names: dict[str, str]) -> Json:
    """A policy document for deploying. Both parts ("first" and "second") are needed: one is too large for IAM."""
    merged = merge([*TOOLS, *(one for rights in RIGHTS.values() for one in rights)])
    half = [one for one in merged if (one.sid in _SECOND) == (part == "second")]
    return _document(half, names)


def command_line(names: dict[str, str]) -> Json:
    """The policy document for whoever uses ``orderbridge``."""
    return _document(COMMAND_LINE, names)


def merge(statements: Iterable[Statement]) -> list[Statement]:
    """One statement per Sid, with all of its actions."""
    found: dict[str, Statement] = {}
    for one in statements:
        before = found.get(one.sid)
        if before and (before.resources, before.condition) != (one.resources, one.condition):
            raise ValueError(f"{one.sid} stands for different resources")
        actions = {*one.actions, *(before.actions if before else ())}
        found[one.sid] = Statement(one.sid, tuple(sorted(actions)), one.resources, one.condition)
    return [found[sid] for sid in sorted(found)]


def _document(statements: Iterable[Statement], names: dict[str, str]) -> Json:
    return {"Version": "2012-10-17", "Statement": [one.document(names) for one in statements]}


DOCUMENTS = ("deploy-first", "deploy-second", "command-line")


def document(which: str, names: dict[str, str]) -> Json:
    """One of DOCUMENTS. `names` has `stack`, `region` and `account`."""
    return command_line(names) if which == "command-line" else deploying(which.removeprefix("deploy-"), names)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints one of the documents as JSON."""
    parser = argparse.ArgumentParser(prog="deployment.policy", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "which", nargs="?", choices=DOCUMENTS, help="which document; left out: how large each is"
    )
    parser.add_argument("--stack", default="orderbridge")
    parser.add_argument("--region", default="eu-central-1")
    parser.add_argument("--account", default="111122223333", help="the account's number, twelve digits")
    asked = parser.parse_args(arguments)
    names = {"stack": asked.stack, "region": asked.region, "account": asked.account}
    if asked.which:
        print(json.dumps(document(asked.which, names), indent=2))
    else:
        for which in DOCUMENTS:
            size = len(json.dumps(document(which, names), separators=(",", ":")))
            print(f"make policy ARGS='{which} --account 111122223333'  {size} of {MAX_CHARACTERS} characters")
    return 0


if __name__ == "__main__":
    sys.exit(main())
