"""What the tables of a profile have in common."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A table of a profile: it never changes, and a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def as_tuple(value: object) -> object:
    """A single text where a list of texts is allowed too."""
    return (value,) if isinstance(value, str) else value


def regular_expression(value: str, allowed: str) -> re.Pattern[str]:
    """`value` compiled. Raises ValueError with what is wrong with it; `allowed` says what it should be."""
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        msg = f"is not a regular expression ({error}); allowed is {allowed}"
        raise ValueError(msg) from None
