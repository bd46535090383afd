"""Any value of a type. A dataclass is made by its fields, so a new field needs nothing here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from orderbridge.domain.carriers import Tracking
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.orders import DeadLetter, OrderState
from orderbridge.domain.payloads import ReadPayload, StepPayload
from orderbridge.domain.reasons import Reason
from orderbridge.domain.steps import Attempt, Step
from tests.reason_strategies import reasons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")

moments = st.datetimes(
    min_value=datetime(1971, 1, 1),  # noqa: DTZ001 - the zone comes from `timezones`
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@dataclass(frozen=True)
class Values:
    """How values are made."""

    types: Mapping[type, SearchStrategy[Any]]
    """Strategies of single types; they come before what is made by fields."""
    fields: Mapping[tuple[type, str], SearchStrategy[Any]] = field(default_factory=dict)
    """Strategies of single fields: a dataclass and the field's name."""

    def of(self, kind: type[T]) -> SearchStrategy[T]:
        """Any value of `kind`, a type as it is written in an annotation."""
        return cast("SearchStrategy[T]", self._of(kind))

    def _of(self, kind: Any) -> SearchStrategy[Any]:  # noqa: ANN401 - a type or what stands for one
        if kind in self.types:
            return self.types[kind]
        origin, parts = get_origin(kind), get_args(kind)
        if origin in {Union, UnionType}:
            return st.one_of([self._of(part) for part in parts])
        if origin is tuple and parts[1:] == (...,):
            return st.lists(self._of(parts[0]), max_size=2).map(tuple)
        if origin is dict:
            return st.dictionaries(st.text(min_size=1, max_size=8), self._of(parts[1]), max_size=3)
        if kind is NoneType:
            return st.none()
        if issubclass(kind, Enum):
            return st.sampled_from(kind)
        return self._by_fields(kind)

    def _by_fields(self, kind: type) -> SearchStrategy[Any]:
        if not is_dataclass(kind):
            msg = f"no strategy for {kind}"
            raise TypeError(msg)
        hints = get_type_hints(kind)
        own = {name: given for (owner, name), given in self.fields.items() if owner is kind}
        others = {one.name: self._of(hints[one.name]) for one in fields(kind) if one.name not in own}
        return st.builds(kind, **own, **others)


trackings = st.builds(Tracking, st.from_regex(r"[0-9A-Za-z_-]{1,40}", fullmatch=True), st.text(max_size=12))
_names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
_order_numbers = st.integers(1, 2**63 - 1)
_step_numbers = st.integers(1, 99_999)
STORABLE = Values(
    types={
        bool: st.booleans(),
        int: st.integers(0, 10_000),
        str: st.text(max_size=12),
        datetime: moments,
        date: st.dates(),
        time: st.times(),
        Tracking: trackings,
        Reason: reasons(depth=1),
    },
    fields={
        (OrderState, "shop"): _names,
        (OrderState, "mall_order_id"): _order_numbers,
        (Step, "number"): _step_numbers,
        (ReadPayload, "doubtful_step"): st.none() | _step_numbers,
        (Attempt, "step"): _step_numbers,
        (Attempt, "number"): st.integers(1, 999),
        (DeadLetter, "shop"): _names,
        (DeadLetter, "mall_order_id"): _order_numbers,
        (DeadLetter, "message_id"): st.uuids().map(str),
    },
)
"""Whatever can be stored: moments are aware, numbers of records are positive and have their key's width."""

PAYLOADS: dict[type[StepPayload], SearchStrategy[StepPayload]] = {
    kind: STORABLE.of(kind) for kind in get_args(StepPayload)
}
"""Every kind of payload."""
shop_dates = STORABLE.of(ShopDate)
steps = STORABLE.of(Step)
attempts = STORABLE.of(Attempt)
dead_letters = STORABLE.of(DeadLetter)
orders = STORABLE.of(OrderState)
