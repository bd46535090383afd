"""The time line of an order: steps, attempts, statuses, what persons did, alarms, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.flows.api.request import Json


def timeline(order: Json) -> list[Json]:
    """The events of `order` (see ``flows/api/views.detail``), each with its kind and moment, newest first."""
    events = [*_steps(order), *_statuses(order), *_persons(order), *_escalations(order), *_alarms(order)]
    # Moments are whole seconds: of one second, what follows comes first, such as the status before its step.
    placed = sorted(enumerate(events), key=lambda one: (str(one[1]["at"]), one[0]), reverse=True)
    return [event for _, event in placed]


def _steps(order: Json) -> Iterator[Json]:
    for step in order["steps"]:
        yield {"kind": "step", "at": step["closed_at"] or step["planned_at"], "step": step}


def _statuses(order: Json) -> Iterator[Json]:
    for passed in order["passed"]:
        yield {"kind": "status", "at": passed["at"], "passed": passed}


def _persons(order: Json) -> Iterator[Json]:
    for action in order["actions"]:
        yield {"kind": "person", "at": action["at"], "action": action}


def _escalations(order: Json) -> Iterator[Json]:
    for escalation in order["escalations"]:
        for event in escalation["history"]:
            yield {"kind": "escalation", "at": event["at"], "cause": escalation["cause"], "event": event}


def _alarms(order: Json) -> Iterator[Json]:
    for alarm in order["alarms"]:
        yield {"kind": "alarm", "at": alarm["sent_at"] or alarm["raised_at"], "alarm": alarm}
