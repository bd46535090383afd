"""The audit trail's steps and attempts in the HTTP API (R13.4). ``GET /actions`` has what persons asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orderbridge.domain.cursors import decoded, encoded
from orderbridge.domain.lists import ALWAYS, Period
from orderbridge.errors import BadRequestError, CursorError
from orderbridge.flows.api.answers import zone_of
from orderbridge.flows.api.request import period_of, shop_of
from orderbridge.flows.audit import LATE, AuditTrail, may_have_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.flows.audit import Row
    from orderbridge.ports import Ports

PAGE = 50
"""Orders whose rows are in one answer."""
MAX_PAGES = 20
"""Maximum number of pages of orders that are read for one answer while none of them has a row."""
CAUGHT_UP = 200
"""Orders in an answer about what changed while the list was read: so few that one read of the list has them all."""
OF_ACTIONS = frozenset({"by", "why"})
"""Columns of the trail that only persons' actions fill. ``GET /actions`` has these."""


@dataclass(frozen=True, slots=True)
class _Position:
    """How far the list of orders was read.

    An order that changes moves to the front of the list and may be missed. So what changed since the reading began is
    read again, until one page has it all.
    """

    begun: datetime
    """When this reading of the list began (UTC)."""
    changed: Period
    """The changes that this reading is about."""
    cursor: str | None = None
    """The list's cursor; None: its beginning."""
    again: bool = False
    """Whether this reading is about what changed during another one."""

    def next(self, cursor: str | None, now: datetime) -> _Position | None:
        """Where to go on after a page that ended at `cursor`; None: all is read."""
        if cursor is not None:
            return _Position(self.begun, self.changed, cursor, self.again)
        if self.again and self.cursor is None:
            return None
        return _Position(now, Period(since=self.begun - LATE), again=True)

    def encoded(self, which: Sequence[str | None]) -> str:
        """As an opaque cursor of the trail `which`, URL-safe."""
        since = _text(self.changed.since)
        return encoded([*which, self.begun.isoformat(), since, self.cursor, self.again])


def audit(ports: Ports, request: ApiRequest) -> Json:
    """One page of the shop's audit trail on the days ``?from=`` to ``?to=``, both included, in the shop's zone.

    The rows of ``PAGE`` orders: each step that was recorded, tried or ended on these days, with those of its attempts
    that began on them. The keys of a row are in ``orderbridge.flows.audit``. The orders that changed last come first.
    The lists tell nothing of single steps and attempts, so all orders of the shop are read, whatever the days.

    Whoever follows ``next_cursor`` to its end gets each row at least once, also those of orders that change meanwhile;
    such an order may come twice, with its newest rows last. What is written meanwhile may be missing. A page may be
    empty and still have a next one.

    Two requests for a page of orders, ``MAX_PAGES`` pages at most, and a Query for each order that may have such a
    step. Raises BadRequestError for a wrong parameter, NotFoundError for an unknown shop.
    """
    record = shop_of(ports.shops, request)
    period, now = period_of(request, zone_of(record)), ports.clock.now()
    trail = AuditTrail(record.shop, record, period, request.language, request.edge)
    which = [record.shop, _text(period.since), _text(period.before)]
    try:
        position = _position(request.query.get("cursor"), which, now)
        numbers, following = _read(ports, record.shop, period, position)
    except CursorError as problem:
        raise BadRequestError(problem.reason) from None
    return {
        "shop": record.shop,
        "rows": [_view(row) for number in numbers for row in trail.of_order(ports, number)],
        "next_cursor": None if following is None else following.encoded(which),
    }


def _read(ports: Ports, shop: str, period: Period, position: _Position) -> tuple[list[int], _Position | None]:
    """The numbers of the next orders that may have a step in `period`, and where to go on; None: all is read.

    Raises CursorError for a position of another list.
    """
    for _ in range(MAX_PAGES):
        now = ports.clock.now()
        limit = CAUGHT_UP if position.again else PAGE
        page = ports.ledger.orders(shop, changed=position.changed, limit=limit, cursor=position.cursor)
        wanted = [order.mall_order_id for order in page.orders if may_have_step(order, period)]
        numbers, following = [*page.unreadable, *wanted], position.next(page.cursor, now)
        if numbers or following is None or following.cursor is None:
            return numbers, following
        position = following
    return [], position


def _view(row: Row) -> Json:
    """`row` without the columns that only persons' actions fill."""
    return {name: value for name, value in row.items() if name not in OF_ACTIONS}


def _position(cursor: str | None, which: list[str | None], now: datetime) -> _Position:
    """The position that `cursor` stands for. Raises CursorError unless it belongs to the trail `which`."""
    if cursor is None:
        return _Position(now, ALWAYS)
    match decoded(cursor):
        case [*identity, str(begun), str() | None as since, str() | None as inner, bool(again)] if (
            identity == which
        ):
            changed = ALWAYS if since is None else Period(since=_moment(since))
            return _Position(_moment(begun), changed, inner, again)
        case _:
            raise CursorError


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str) -> datetime:
    """Raises CursorError for what is no moment with a zone, of a year in which orders are."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise CursorError from None
    if found.tzinfo is None or not 2000 <= found.year < 2100:  # noqa: PLR2004 - no order is older or newer
        raise CursorError
    return found.astimezone(UTC)
