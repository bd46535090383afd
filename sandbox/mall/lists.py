"""MALL's lists of orders: filters, order, pages.

`filter=basic` gives objects, otherwise bare ids come. Blocked orders are left out unless a filter on `status` names
them (of the unconfirmed ones also a switch decides), test orders unless `test=true` (or `1`) asks for them.
`_sort=column` or `column:asc|desc` (several with commas), `page` from 1, `page_size` 1 to 1000 (default 100); all else
that names a field is a filter, see `filters`. What is no parameter at all is ignored, or refused by a switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.mall.filters import BOOLEANS, Filter, read_filters
from sandbox.mall.orders import SORTABLE, STATUSES, MallOrder, basic, plain_basic
from sandbox.mall.rules import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.http import Json
    from sandbox.mall.behaviour import Behaviour

_PARAMETERS = ("client_id", "filter", "page", "page_size", "test", "_sort")
_DEFAULT_PAGE_SIZE = 100
_MAX_PAGE_SIZE = 1000


def list_orders(
    orders: list[MallOrder],
    args: Mapping[str, str],
    behaviour: Behaviour,
    status: str | None = None,
    *,
    blocked: bool = False,
) -> tuple[list[Any], Json]:
    """The page of `orders` that the query asks for, and its `paging`.

    Refusal 400 for a value that makes no sense. `status` is the one of the deprecated `GET /orders/{status}`;
    `blocked` has blocked orders listed without being asked for. `paging.size` is the number of orders on this page,
    `paging.total` that on all pages.
    """
    if behaviour.unknown_parameters == "refuse":
        _refuse_unknown(args)
    filters = read_filters(args, beside=_PARAMETERS)
    if status is not None:
        filters.append(Filter("status", "eq", [status]))
    blocked = blocked or any(one.field == "status" and "blocked" in one.asked for one in filters)
    test = BOOLEANS[_one_of(args, "test", tuple(BOOLEANS), "0")]
    objects = _one_of(args, "filter", ("", "ids", "basic"), "") == "basic"
    page = _number(args, "page", 1, 2**31)
    page_size = _number(args, "page_size", _DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE)
    found = [
        order
        for order in orders
        if (blocked or order.status != "blocked")
        and (test or not order.test)
        and _meets(order, filters, behaviour)
    ]
    found.sort(key=lambda order: order.id)
    for column, descending in reversed(_columns(args.get("_sort"))):
        found.sort(key=lambda order: _sort_key(order, column), reverse=descending)
    chosen = found[(page - 1) * page_size : page * page_size]
    ids: list[Any] = [str(order.id) if "stringly" in behaviour.order_detail else order.id for order in chosen]
    data = [basic(order, behaviour) for order in chosen] if objects else ids
    pages = max(1, -(-len(found) // page_size))
    return data, {"total": len(found), "pages": pages, "size": len(chosen), "page": page}


def _refuse_unknown(args: Mapping[str, str]) -> None:
    for key in args:
        if key not in _PARAMETERS and key not in SORTABLE:
            raise Refusal("UNKNOWN_PARAMETER", f"Unknown parameter {key}.", 400, key)


def _meets(order: MallOrder, filters: list[Filter], behaviour: Behaviour) -> bool:
    if not filters:
        return True
    shown = plain_basic(order, behaviour.tzinfo)
    return all(one.meets(shown) for one in filters)


def _columns(text: str | None) -> list[tuple[str, bool]]:
    columns = []
    for part in (text or "").split(","):
        column, _, direction = part.partition(":")
        if not part:
            continue
        if column not in SORTABLE or direction not in ("", "asc", "desc"):
            raise Refusal("SORT", "_sort must be column, column:asc or column:desc.", 400, "_sort")
        columns.append((column, direction == "desc"))
    return columns


def _sort_key(order: MallOrder, column: str) -> tuple[bool, Any]:
    """Orders without a value come first; equal types are kept together so that any two can be compared."""
    if column in STATUSES:
        value: Any = order.stamps.get(column)
    else:
        value = getattr(order, column) if hasattr(order, column) else order.rest.get(column)
    if isinstance(value, (bool, int, float)):
        return True, (0, value, "")
    return value is not None, (1, 0, str(value))


def _one_of(args: Mapping[str, str], key: str, allowed: tuple[str, ...], default: str) -> str:
    value = args.get(key, default)
    if value not in allowed:
        raise Refusal("PARAMETER", f"{key} has a value that is not known.", 400, key)
    return value


def _number(args: Mapping[str, str], key: str, default: int, largest: int) -> int:
    text = args.get(key, str(default))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= largest):
        raise Refusal("PARAMETER", f"{key} must be a number from 1 to {largest}.", 400, key)
    return int(text)
