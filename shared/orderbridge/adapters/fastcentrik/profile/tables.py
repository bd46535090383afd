"""The base of a profile's tables, and values that several of them use."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from orderbridge.adapters.fastcentrik.profile.pattern_cost import MAX_WAYS, ways_of

MAX_PATTERN = 1000
"""Characters of a regular expression."""

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A table of a profile. It is immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def as_tuple(value: object) -> object:
    """Accepts a single text in place of a list of texts."""
    return (value,) if isinstance(value, str) else value


def regular_expression(value: str, allowed: str) -> re.Pattern[str]:
    """`value` compiled. Raises ValueError with the problem; `allowed` says what is allowed.

    An expression that a text could keep busy for hours is refused.
    """
    try:
        compiled = re.compile(value)
        endless = len(value) <= MAX_PATTERN and ways_of(value) > MAX_WAYS
    except (re.error, OverflowError, RecursionError) as error:
        msg = f"is not a regular expression ({error}); allowed is {allowed}"
        raise ValueError(msg) from None
    if len(value) > MAX_PATTERN:
        msg = f"has {len(value)} characters; allowed are {MAX_PATTERN}"
        raise ValueError(msg)
    if endless:
        raise ValueError(
            "could work for hours on one text, because its repetitions may share it out in many ways: write those that "
            "need not give anything back as *+ and ++, or with a bound such as {0,5}, and none within another"
        )
    return compiled
