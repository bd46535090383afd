"""The base of a profile's tables, the error of a value in them, and values that several of them use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from orderbridge.adapters.fastcentrik.profile.pattern_cost import MAX_WAYS, ways_of
from orderbridge.domain.codes.profiles import ProfileReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.errors import OrderbridgeError

if TYPE_CHECKING:
    from orderbridge.domain.reasons import Fact, Reason

MAX_PATTERN = 1000
"""Characters of a regular expression."""

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A table of a profile. It is immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnfitValueError(OrderbridgeError, ValueError):
    """A value that is not allowed: a code whose fact ``key`` is added where the key is known."""

    def __init__(self, code: ProfileReason, **facts: Fact) -> None:
        super().__init__(str(code))
        self._code = code
        self._facts = facts

    def at(self, key: str) -> Reason:
        """Why the value at `key` is not allowed."""
        return because(self._code, key=Term(key), **self._facts)


def as_tuple(value: object) -> object:
    """Accepts a single text in place of a list of texts."""
    return (value,) if isinstance(value, str) else value


def regular_expression(value: str) -> re.Pattern[str]:
    """`value` compiled. Raises UnfitValueError, also for an expression that a text could keep busy for hours."""
    try:
        compiled = re.compile(value)
        endless = len(value) <= MAX_PATTERN and ways_of(value) > MAX_WAYS
    except (re.error, OverflowError, RecursionError) as error:
        raise UnfitValueError(ProfileReason.PATTERN, said=Term(str(error))) from None
    if len(value) > MAX_PATTERN:
        raise UnfitValueError(ProfileReason.PATTERN_LENGTH, length=len(value), limit=MAX_PATTERN)
    if endless:
        raise UnfitValueError(ProfileReason.PATTERN_ENDLESS)
    return compiled


def one_group(value: str) -> str:
    """`value`, a regular expression with exactly one group. Raises UnfitValueError for another one."""
    groups = regular_expression(value).groups
    if groups != 1:
        raise UnfitValueError(ProfileReason.PATTERN_GROUPS, groups=groups)
    return value
