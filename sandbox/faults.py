"""Faults that a test or a demonstration arms on either side, and which of them strikes a request.

`PUT …/faults` takes `{"rules": [{"kind": …, …}, …]}`, which replaces what was armed; `{}` disarms everything.
A flat form saves typing for one rule: `{"latency_ms": 200}`, `{"http_status": 503, "times": 3}`, `{"lost":
"after", "times": 1}`, or any kind as a flag, `{"malformed": true, "times": 2}`; the other keys are the rule's
own.

Per request, rules are tried in the order given. A rule that matches first uses up `skip`, then strikes until
`times` is used up. Additive kinds (such as latency) strike together; of the others only the first that
matches does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field

from sandbox.http import ControlError, Json, checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class FaultRule(BaseModel):
    """What every fault has; the sides add their kinds and conditions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Field(description="What goes wrong.")
    times: int | None = Field(
        None, ge=1, description="How many requests it strikes; without it, until disarmed."
    )
    skip: int = Field(0, ge=0, description="How many matching requests it lets pass first.")
    latency_ms: int = Field(0, ge=0, le=600_000, description="Wait this long; any kind may have it.")


Rule = TypeVar("Rule", bound=FaultRule)


@dataclass(slots=True)
class _Armed(Generic[Rule]):
    rule: Rule
    skip: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Struck(Generic[Rule]):
    """The faults of one request: at most one that decides the answer, and any number of additive ones."""

    main: Rule | None = None
    additive: list[Rule] = field(default_factory=list)

    def has(self, kind: str) -> bool:
        """Whether an additive fault of this kind strikes."""
        return any(rule.kind == kind for rule in self.additive)

    def of(self, kind: str) -> list[Rule]:
        """The additive faults of this kind."""
        return [rule for rule in self.additive if rule.kind == kind]


class FaultBook(Generic[Rule]):
    """The armed faults of one side. Not guarded: the caller holds the side's lock."""

    def __init__(
        self, model: type[Rule], additive: frozenset[str], flags: Mapping[str, str] | None = None
    ) -> None:
        """`flags` names, per kind, the key that a number given to the flat form's flag stands for (`latency`: 200)."""
        self._model = model
        self._additive = additive
        self._flags = {"latency": "latency_ms", "status": "http_status", **(flags or {})}
        self._kinds: tuple[str, ...] = get_args(model.model_fields["kind"].annotation)
        self._armed: list[_Armed[Rule]] = []

    def replace(self, data: Json) -> None:
        """Disarms everything and arms what `data` says; on ControlError (400) nothing has changed."""
        rules = [
            checked(self._model, rule, f"faults: rule {n}") for n, rule in enumerate(self._expand(data), 1)
        ]
        self._armed = [_Armed(rule, rule.skip, rule.times) for rule in rules]

    def clear(self) -> None:
        """Disarms everything."""
        self._armed = []

    def strike(self, matches: Callable[[Rule], bool]) -> Struck[Rule]:
        """Uses up and returns the faults of one request for which `matches` is true."""
        main: Rule | None = None
        additive: list[Rule] = []
        for armed in self._armed:
            rule = armed.rule
            if armed.left == 0 or not matches(rule):
                continue
            if armed.skip > 0:
                armed.skip -= 1
                continue
            if rule.kind in self._additive:
                additive.append(rule)
            elif main is None:
                main = rule
            else:
                continue
            if armed.left is not None:
                armed.left -= 1
        return Struck(main, additive)

    def describe(self) -> Json:
        """`{"rules": […]}` as armed, each with `left`: the requests it will still strike, null for no end."""
        return {
            "rules": [
                {**armed.rule.model_dump(exclude_defaults=True), "kind": armed.rule.kind, "left": armed.left}
                for armed in self._armed
            ]
        }

    def _expand(self, data: Json) -> list[Json]:
        if "rules" in data:
            rules = data["rules"]
            if (
                len(data) > 1
                or not isinstance(rules, list)
                or not all(isinstance(rule, dict) for rule in rules)
            ):
                raise ControlError('faults: "rules" must be a list of objects and the only key')
            return rules
        if not data:
            return []
        keys = [key for key in self._model.model_fields if key != "kind"]
        allowed = f"allowed: rules, kind, lost, {', '.join(keys)}, and as flags {', '.join(self._kinds)}"
        unknown = next((key for key in data if key not in (*keys, *self._kinds, "kind", "lost")), None)
        if unknown is not None:
            raise ControlError(f"faults: unknown key {unknown}; {allowed}")
        shared = {key: value for key, value in data.items() if key in keys}
        flagged = [self._flagged(key, value) for key, value in data.items() if key not in keys]
        rules = [rule for rule in flagged if rule is not None]
        if not flagged and "http_status" in shared:
            rules = [{"kind": "status"}]
        elif not flagged and "latency_ms" in shared:
            rules = [{"kind": "latency"}]
        elif not flagged:
            raise ControlError(f"faults: nothing says what goes wrong; {allowed}")
        return [{**shared, **rule} for rule in rules]

    def _flagged(self, key: str, value: object) -> Json | None:
        """The start of the rule that a flag of the flat form stands for; None for a flag that is off."""
        if key == "kind":
            return {"kind": value}
        if value is False or value is None:
            return None
        number = self._number(key, value)
        if key != "lost":
            if value is not True and not number:
                raise ControlError(f"faults: {key}: a flag is true or false")
            return {"kind": key, **number}
        # Both sides know "lost before" and "lost after", but one of them calls the first simply "lost".
        names = ("lost_after",) if value == "after" else ("lost", "lost_before")
        if value not in (True, "before", "after") and not number:
            raise ControlError(f"faults: lost: {value} is not known; allowed: before, after")
        return {"kind": next(name for name in names if name in self._kinds), **number}

    def _number(self, kind: str, value: object) -> Json:
        return {self._flags[kind]: value} if kind in self._flags and type(value) is int else {}
