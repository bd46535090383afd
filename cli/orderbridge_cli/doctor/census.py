"""Counts what an export holds, record by record, in bounded memory.

Kept are 16 bytes per order of MALL, and at most ``MAX_NAMES`` names of each kind; what is beyond is counted only.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.reading.orders import OrderReader, records_of
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport
from orderbridge.domain.carriers import mentioned_carriers
from orderbridge.flows.common.export_reading import digest_of, repeated

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import ExportedOrder, ShopView
    from orderbridge.settings import ShopSettings

MAX_NAMES = 100
"""Different names of states or carriers that are counted one by one."""
EXAMPLES = 3
"""Order numbers that are kept as examples."""
EVERY = 500
"""Records between two reports of progress."""


@dataclass(slots=True)
class Names:
    """Counts of names, bounded: once ``MAX_NAMES`` are known, others are counted together."""

    counts: Counter[str] = field(default_factory=Counter)
    others: int = 0

    def add(self, name: str) -> None:
        """Counts one."""
        if name in self.counts or len(self.counts) < MAX_NAMES:
            self.counts[name] += 1
        else:
            self.others += 1

    @property
    def total(self) -> int:
        """All of them."""
        return self.counts.total() + self.others


@dataclass(slots=True)
class Unreadable:
    """One kind of problem: the first reason, how many orders have it, and the first orders' numbers."""

    first: Reason
    count: int = 0
    examples: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Census:
    """What one reading of the document counted. Complete when it was read to its end."""

    records: int = 0
    """All records, of MALL or not."""
    orders: int = 0
    """Records with MALL's number."""
    ignored: int = 0
    """Of those, the ones created before the shop's ``ignore_created_before``."""
    states: Counter[str] = field(default_factory=Counter)
    """Known states of the orders that count."""
    unknown_states: Names = field(default_factory=Names)
    unknown_carriers: Names = field(default_factory=Names)
    unclear_carriers: Names = field(default_factory=Names)
    """Names that mention several carriers."""
    unreadable: dict[str, Unreadable] = field(default_factory=dict)
    """By the reason's code."""
    filled: Counter[str] = field(default_factory=Counter)
    """Records with a value, by place."""
    report: ReadingReport = field(default_factory=ReadingReport)
    _numbers: array[int] = field(default_factory=lambda: array("Q"))
    _digests: array[int] = field(default_factory=lambda: array("Q"))

    def repeated(self) -> tuple[list[int], list[int]]:
        """Numbers of MALL that occur more than once: with equal records, and with different ones. Sorted."""
        several, different = repeated(self._numbers, self._digests)
        return sorted(several - different), sorted(different)

    def note(self, order: ExportedOrder) -> None:
        """Keeps the order's number, and a digest of its record."""
        self._numbers.append(order.mall_order_id)
        self._digests.append(digest_of(order))


def count(
    document: IO[bytes],
    profile: Profile,
    settings: ShopSettings,
    on_records: Callable[[int], None] = lambda _: None,
    at_most: int | None = None,
) -> Census:
    """Reads `document` with `profile`. `on_records` hears how many more records were read.

    `at_most`: only so many records are read; then the document's time stamp is not. Raises ExportProblemError.
    """
    census, zone = Census(), ZoneInfo(settings.rules.shop_zone)
    reader = OrderReader(profile, zone, census.report)
    carriers = _Carriers(settings)
    places = profile.paths
    for record in islice(records_of(document, profile, census.report), at_most):
        census.records += 1
        census.filled.update(path for path in places if path in record.values)
        orders = reader.orders_of(record)
        census.orders += bool(orders)
        for order in orders:
            census.note(order)
            _count_order(census, order, settings.ignore_created_before, carriers)
        if census.records % EVERY == 0:
            on_records(EVERY)
    if at_most is None:
        census.report.end(profile, zone)
    on_records(census.records % EVERY)
    return census


class _Carriers:
    """How many carriers a name mentions: 0 is an unknown one, 2 or more are unclear. Exports repeat few names."""

    def __init__(self, settings: ShopSettings) -> None:
        self._rules = settings.rules
        self._known: dict[str, int] = {}

    def mentioned(self, name: str) -> int:
        found = self._known.get(name)
        if found is None:
            found = len(mentioned_carriers(name, self._rules))
            if len(self._known) < MAX_NAMES * 5:
                self._known[name] = found
        return found


def _count_order(
    census: Census, order: ExportedOrder, created_from: date | None, carriers: _Carriers
) -> None:
    view = order.view.considered(created_from)
    if view is None:
        census.ignored += 1
        return
    if view.status is None:
        census.unknown_states.add(view.status_name)
    else:
        census.states[view.status.value] += 1
    _count_carrier(census, view, carriers)
    for problem in view.all_problems():
        kind = census.unreadable.setdefault(str(problem.code), Unreadable(problem))
        kind.count += 1
        if len(kind.examples) < EXAMPLES and order.mall_order_id not in kind.examples:
            kind.examples.append(order.mall_order_id)


def _count_carrier(census: Census, view: ShopView, carriers: _Carriers) -> None:
    """With an address of its own, an order needs no carrier."""
    if not view.carrier or view.tracking_url:
        return
    mentioned = carriers.mentioned(view.carrier)
    if not mentioned:
        census.unknown_carriers.add(view.carrier)
    elif mentioned > 1:
        census.unclear_carriers.add(view.carrier)
