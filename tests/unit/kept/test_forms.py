"""What counts as a change that two versions can live with side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from tests.kept.forms import form_of, unreadable


class Few(StrEnum):
    A = "a"


class More(StrEnum):
    A = "a"
    B = "b"


@dataclass
class One:
    code: str


@dataclass
class WithNote:
    code: str
    note: str = ""


@dataclass
class WithDuty:
    code: str
    duty: int


@dataclass
class Tree:
    code: str
    below: tuple[Tree, ...] = ()


@pytest.mark.parametrize(
    ("written", "read", "problems"),
    [
        (One, One, []),
        (One, WithNote, []),
        (WithNote, One, []),
        (WithDuty, One, []),
        (One, WithDuty, [".duty: is needed and not written"]),
        (list[One], list[WithDuty], ["[].duty: is needed and not written"]),
        (Few, More, []),
        (More, Few, [": b is not known"]),
        (dict[str, More], dict[str, Few], ["[]: b is not known"]),
        (str, Few, [": any value is read as one of ['a']"]),
        (Few, str, []),
        (Literal["a"], Few, []),
        (Literal["b"], Few, [": b is not known"]),
        (int, str, [": integer is read as string"]),
        (int, float, []),
        (float, int, [": number is read as integer"]),
        (str, str | None, []),
        (str | None, str, [": null is read as string"]),
        (str, datetime, [": format None is read as date-time"]),
        (datetime, str, []),
        (str, Annotated[str, Field(max_length=3)], [": maxLength None is read as 3"]),
        (int, Any, []),
        (tuple[int, str], tuple[int, int], ["[1]: string is read as integer"]),
        (Tree, Tree, []),
    ],
)
def test_what_a_reader_may_fail_at_is_named(written: object, read: object, problems: list[str]) -> None:
    assert unreadable(form_of(written), form_of(read)) == problems
