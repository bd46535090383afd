"""Reads an export once to its end: what changed, what a step waits for, and which orders it has (R10.2, R10.3)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import ExportedOrder
    from orderbridge.ports import Export

BULK_CHANGE = 200
"""Number of changed orders above which an export is a bulk change (R8.12), as when a shop is connected."""
MAX_REMEMBERED = 1_000
"""Maximum number of changed orders that are kept while reading. With more, the document is read a second time."""
_DUPLICATE_MARK = 0x9E37_79B9_7F4A_7C15


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of one reading. Identical records count as one order (R10.12).

    `orders`: number of orders. `digests` (sorted) has two 64-bit values per order: one of its content, one of its
    number. `numbers` (sorted) are the MALL numbers of all orders in the document, ignored ones included.
    `contradicted`: MALL numbers with more than one different record.

    `chosen`: the orders that are new to the previous export or that a step waits for. None: they must be read again,
    because there are too many or some contradict each other. `bulk`: more than ``BULK_CHANGE`` orders changed (R8.12).
    """

    orders: int
    digests: array[int]
    numbers: array[int]
    contradicted: frozenset[int]
    changed: bool
    chosen: list[ExportedOrder] | None
    notes: tuple[Reason, ...]
    bulk: bool = False

    def digest_of(self, order: ExportedOrder) -> int:
        """The value in `digests` for the content of `order`."""
        return digest_of(order) ^ (_DUPLICATE_MARK if order.mall_order_id in self.contradicted else 0)

    def shows(self, mall_order_id: int) -> bool:
        """Whether the document has the order."""
        return contains(self.numbers, mall_order_id)


def read_export(
    export: Export, created_from: date | None, previous: array[int], awaited: Collection[int]
) -> Findings:
    """Reads the document to its end. Keeps about 32 bytes per order, and the `chosen` orders.

    `created_from`: orders created before this day are ignored (R10.13). `previous`: digests of the last good export.
    `awaited`: numbers of orders that a step waits for. Raises ExportProblemError for a document that is broken, cut or
    of another form (R10.2).
    """
    digests, numbers, all_numbers = array("Q"), array("Q"), array("Q")
    chosen, new = _Chosen(), 0
    for record in export.orders():
        all_numbers.append(record.mall_order_id)
        order = _considered(record, created_from)
        if order is None:
            continue
        digest = digest_of(order)
        digests.append(digest)
        numbers.append(order.mall_order_id)
        is_new = not contains(previous, digest)
        new += is_new
        if is_new or order.mall_order_id in awaited:
            chosen.add(order)
    _, contradicted = repeated(numbers, digests)
    for index, number in enumerate(numbers):
        if number in contradicted:
            digests[index] ^= _DUPLICATE_MARK
    distinct = sorted(set(digests))
    changed = any(not contains(previous, digest) for digest in distinct)
    presence = {_presence(number) for number in numbers}
    return Findings(
        orders=len(distinct),
        digests=array("Q", sorted([*distinct, *presence])),
        numbers=array("Q", sorted(all_numbers)),
        contradicted=contradicted,
        changed=changed,
        chosen=None if contradicted or chosen.too_many else chosen.orders,
        notes=export.problems,
        bulk=new > BULK_CHANGE,
    )


@dataclass(slots=True)
class _Chosen:
    orders: list[ExportedOrder] = field(default_factory=list)
    too_many: bool = False

    def add(self, order: ExportedOrder) -> None:
        if len(self.orders) < MAX_REMEMBERED:
            self.orders.append(order)
        else:
            self.too_many = True


def considered_orders(export: Export, created_from: date | None) -> Iterator[ExportedOrder]:
    """The document's orders without the ignored ones (R10.13). Raises ExportProblemError as ``read_export`` does."""
    return (order for record in export.orders() if (order := _considered(record, created_from)) is not None)


def _considered(record: ExportedOrder, created_from: date | None) -> ExportedOrder | None:
    """`record` with the view that counts; None for an ignored order."""
    view = record.view.considered(created_from)
    if view is None or view is record.view:
        return record if view is not None else None
    return replace(record, view=view)


def repeated(numbers: array[int], digests: array[int]) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers that have more than one record, and of these the ones whose records differ (R10.12).

    `digests` has the digest of each record, in the order of `numbers`.
    """
    several = frozenset(a for a, b in pairwise(sorted(numbers)) if a == b)
    first_digest: dict[int, int] = {}
    contradicted = set()
    for number, digest in zip(numbers, digests, strict=True) if several else ():
        if number in several and first_digest.setdefault(number, digest) != digest:
            contradicted.add(number)
    return several, frozenset(contradicted)


def without(digests: array[int], previous: array[int], left: Mapping[int, int]) -> array[int]:
    """`digests` without the `left` orders (digest → number), so that the next fetch finds them as changed."""
    gone = {*left, *(_presence(number) for number in left.values() if not was_in_export(previous, number))}
    return array("Q", (digest for digest in digests if digest not in gone)) if gone else digests


def was_in_export(previous: array[int], mall_order_id: int) -> bool:
    """Whether the previous export, whose digests are `previous`, had the order."""
    return contains(previous, _presence(mall_order_id))


def _presence(mall_order_id: int) -> int:
    return int.from_bytes(blake2b(b"there\x1f%d" % mall_order_id, digest_size=8).digest(), "big")


def digest_of(order: ExportedOrder) -> int:
    """A 64-bit digest of all fields that are read of an order.

    With 100,000 orders in the export, one change in 10^14 is not noticed. The order's next change corrects that.
    """
    return int.from_bytes(blake2b(repr(order).encode(), digest_size=8).digest(), "big")


def contains(ordered: array[int], number: int) -> bool:
    """Whether `number` is in the sorted array."""
    index = bisect_left(ordered, number)
    return index < len(ordered) and ordered[index] == number
