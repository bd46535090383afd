"""Cursors of lists: what they are, and which of them are refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws import table as layout
from orderbridge.domain.lists import Period, with_list_entry
from orderbridge.errors import CursorError
from tests.contract.samples import ORDER
from tests.fakes import NOON

if TYPE_CHECKING:
    from orderbridge.ports import Ledger
from tests.contract.ledgers import MINUTE

KEY = layout.update_key(with_list_entry(ORDER))
WHOLE_LIST = ("demo", None, None, None, None, None, None)


def _forged(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _of(place: int, value: object) -> str:
    """A cursor of a list that differs from the whole list in one thing."""
    return _forged(*WHOLE_LIST[:place], value, *WHOLE_LIST[place + 1 :], KEY)


@pytest.mark.parametrize("backend", ["moto"], indirect=True)  # only the table's cursors have this form
def test_a_cursor_is_where_the_list_goes_on(many: Ledger) -> None:
    page = many.orders("demo", limit=3, cursor=_forged(*WHOLE_LIST, KEY.replace("12:00", "12:04")))
    assert [order.mall_order_id for order in page.orders] == [4, 3, 2]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ž",
        "====",
        "a" * 5000,
        _forged(),
        _forged("demo", None, None, KEY),
        _of(0, "other"),
        _of(1, "open"),
        _of(2, "any"),
        _of(3, "return"),
        _of(4, "oldest first"),
        _of(5, layout.text_of(NOON)),
        _of(6, layout.text_of(NOON + MINUTE)),
        _forged(*WHOLE_LIST, "2026"),
        _forged(*WHOLE_LIST, KEY + "\n"),
        _forged(*WHOLE_LIST, 5),
        _forged(*WHOLE_LIST, KEY, KEY),
        _forged(*WHOLE_LIST, KEY)[:-4] + "+/==",
    ],
)
def test_a_cursor_that_is_broken_or_of_another_list_is_refused(many: Ledger, cursor: str) -> None:
    with pytest.raises(CursorError, match=r"^error\.cursor$"):
        many.orders("demo", limit=3, cursor=cursor)


@pytest.mark.parametrize(
    "asked",
    [
        {"changed": Period(NOON)},
        {"changed": Period(before=NOON + 99 * MINUTE)},
        {"matter": "return"},
        {"matter": "escalation"},
        {"status": "open"},
        {"hold": "any"},
    ],
)
def test_a_cursor_continues_only_the_list_that_it_came_from(many: Ledger, asked: dict[str, Any]) -> None:
    whole, part = many.orders("demo", limit=1), many.orders("demo", limit=1, **asked)
    with pytest.raises(CursorError, match="cursor"):
        many.orders("demo", limit=1, cursor=whole.cursor, **asked)
    with pytest.raises(CursorError, match="cursor"):
        many.orders("demo", limit=1, cursor=part.cursor)
    assert len(many.orders("demo", limit=1, cursor=part.cursor, **asked).orders) == 1


@pytest.mark.parametrize("minutes", [-1, 2, 3])
def test_a_cursor_outside_its_period_is_refused(many: Ledger, minutes: int) -> None:
    period = Period(NOON, NOON + 2 * MINUTE)
    ends = (layout.text_of(NOON), layout.text_of(NOON + 2 * MINUTE))
    key = layout.update_key(replace(ORDER, updated_at=NOON + minutes * MINUTE))
    with pytest.raises(CursorError, match="cursor"):
        many.orders("demo", limit=1, changed=period, cursor=_forged("demo", None, None, None, *ends, key))


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"matter": "nonsense"}, "matter: unknown: use return, escalation"),
        ({"matter": "return", "status": "open"}, "matter: return goes with no status and no hold"),
        ({"matter": "escalation", "hold": "any"}, "matter: escalation goes with no status and no hold"),
        ({"changed": Period(NOON, NOON - MINUTE)}, "changed: the period ends"),
    ],
)
def test_what_cannot_be_listed_is_refused(ledger: Ledger, asked: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}[^\n]*$"):
        ledger.orders("demo", limit=1, **asked)


def test_a_cursor_is_url_safe_and_refused_by_another_shop(many: Ledger) -> None:
    cursor = many.orders("demo", limit=3).cursor
    assert cursor is not None
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    with pytest.raises(CursorError, match="cursor"):
        many.orders("other", limit=3, cursor=cursor)
