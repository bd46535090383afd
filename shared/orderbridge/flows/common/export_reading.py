"""Read an export to its end once, and find what changed, what a step waits for, and which orders are there at all."""

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
"""More changed orders than that are a crowd: a shop that is switched on shows all it ever had."""
MAX_REMEMBERED = 1_000
"""So many changed orders are remembered while reading; more of them need a second reading."""
_DUPLICATE_MARK = 0x9E37_79B9_7F4A_7C15


@dataclass(frozen=True, slots=True)
class Findings:
    """What one reading found. Records that were read as the very same order count once.

    `digests` (sorted) has one entry per order for what was read of it, and one that says that it was there. `numbers`
    (sorted) are the MALL numbers of all orders of the document, also of those that are too old to be looked at.
    `contradicted` are MALL numbers under which the export shows more than one order.

    `chosen` are the orders whose digest was not in the previous export, and those that a step waits for; None if they
    have to be read again: there are too many, or some contradict each other. `bulk`: more than ``BULK_CHANGE`` are
    changed.
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
        """The digest of `order` in `digests`."""
        return digest_of(order) ^ (_DUPLICATE_MARK if order.mall_order_id in self.contradicted else 0)

    def shows(self, mall_order_id: int) -> bool:
        """Whether the document has the order."""
        return contains(self.numbers, mall_order_id)


def read_export(
    export: Export, created_from: date | None, previous: array[int], awaited: Collection[int]
) -> Findings:
    """Reads the document to its end. About 32 bytes are kept per order, and the `chosen` orders.

    `previous` are the digests of the last good export, `awaited` the numbers of the orders that a step waits for.
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
    contradicted = _contradicted(numbers, digests)
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
    """The orders of the document that are not too old to be looked at."""
    return (order for record in export.orders() if (order := _considered(record, created_from)) is not None)


def _considered(record: ExportedOrder, created_from: date | None) -> ExportedOrder | None:
    view = record.view.considered(created_from)
    if view is None or view is record.view:
        return record if view is not None else None
    return replace(record, view=view)


def _contradicted(numbers: array[int], digests: array[int]) -> frozenset[int]:
    """The numbers that stand for more than one thing."""
    ordered = sorted(numbers)
    repeated = {a for a, b in pairwise(ordered) if a == b}
    first_digest: dict[int, int] = {}
    contradicted = set()
    for number, digest in zip(numbers, digests, strict=True) if repeated else ():
        if number in repeated and first_digest.setdefault(number, digest) != digest:
            contradicted.add(number)
    return frozenset(contradicted)


def without(digests: array[int], previous: array[int], left: Mapping[int, int]) -> array[int]:
    """`digests` as if the `left` orders (digest → number) had not been read: the next fetch finds them new again."""
    gone = {*left, *(_presence(number) for number in left.values() if not was_in_export(previous, number))}
    return array("Q", (digest for digest in digests if digest not in gone)) if gone else digests


def was_in_export(previous: array[int], mall_order_id: int) -> bool:
    """Whether the export before this one, of which `previous` are the digests, showed the order."""
    return contains(previous, _presence(mall_order_id))


def _presence(mall_order_id: int) -> int:
    return int.from_bytes(blake2b(b"there\x1f%d" % mall_order_id, digest_size=8).digest(), "big")


def digest_of(order: ExportedOrder) -> int:
    """64 bits over everything that the product reads of an order: all fields, whatever they are.

    With a hundred thousand orders in the export, one change in 10^14 is taken for something known already, and
    the order's next change mends it.
    """
    return int.from_bytes(blake2b(repr(order).encode(), digest_size=8).digest(), "big")


def contains(ordered: array[int], number: int) -> bool:
    """Whether `number` is in the sorted array."""
    index = bisect_left(ordered, number)
    return index < len(ordered) and ordered[index] == number
