"""Sends ``map_state`` what an export showed: changed orders, orders that a step waits for, missing orders (R10)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from orderbridge.domain.codes.exports import ExportedReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.reasons import because
from orderbridge.flows.common.export_reading import considered_orders, contains, was_in_export
from orderbridge.messages import NotInExport, ShopUpdate

if TYPE_CHECKING:
    from array import array
    from collections.abc import Set as AbstractSet
    from datetime import date, datetime

    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import ExportedOrder
    from orderbridge.flows.common.export_reading import Findings
    from orderbridge.ports import Export
    from orderbridge.ports.queues import Queues

UPDATES_PER_BATCH = 10
"""Number of messages that are sent to the queue in one request."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What all messages of one fetch say alike.

    `seen_at` (UTC): start of the fetch. `content_at` (UTC): the content was made then or later. `known_at` (UTC): all
    changes up to this moment were handed over by the fetches before; None if no such moment is known.
    """

    shop: str
    seen_at: datetime
    content_at: datetime
    known_at: datetime | None

    def lacks(self, mall_order_id: int, *, whole: bool) -> NotInExport:
        """The message that the export lacks the order. `whole`: the export lists all orders."""
        return NotInExport(
            shop=self.shop,
            mall_order_id=mall_order_id,
            seen_at=self.seen_at,
            content_at=self.content_at,
            whole=whole,
        )


@dataclass(slots=True)
class HandOver:
    """Sends the changed orders and those that a step waits for, each once, in batches.

    `previous`: digests of the last good export. `awaited`: numbers of the orders that a step waits for. `created_from`:
    orders created before this day are ignored (R10.13). `max_updates`: how many changed orders are sent at most. `left`
    gets the digests and numbers of the changed orders that wait for the next fetch (R10.3). `shop_updates` and `shown`
    count the changed and the unchanged orders that were sent.
    """

    queues: Queues
    seen: Seen
    findings: Findings
    previous: array[int]
    awaited: AbstractSet[int]
    created_from: date | None
    max_updates: int
    left: dict[int, int] = field(default_factory=dict, init=False)
    shop_updates: int = field(default=0, init=False)
    shown: int = field(default=0, init=False)
    _sent: set[int] = field(default_factory=set, init=False)
    _handed_over: set[int] = field(default_factory=set, init=False)
    _batch: list[ShopUpdate | NotInExport] = field(default_factory=list, init=False)

    def send(self, export: Export) -> None:
        """Sends everything that is to be sent. If the queue refuses a batch, raises; batches before it stay sent."""
        findings, chosen = self.findings, self.findings.chosen
        if findings.changed or self.awaited:
            for order in considered_orders(export, self.created_from) if chosen is None else chosen:
                self._add_order(order)
        self._flush()

    def send_not_in_export(self, export: Export) -> None:
        """Sends a message for each awaited order that the export lacks, or has too old to be considered."""
        left = set(self.left.values())
        for number in sorted(self.awaited - self._handed_over - left):
            self._add(self.seen.lacks(number, whole=export.shows_all))
        self._flush()

    def _add_order(self, order: ExportedOrder) -> None:
        digest = self.findings.digest_of(order)
        if digest in self._sent:
            return
        if contains(self.previous, digest):
            if order.mall_order_id not in self.awaited:
                return
            self.shown += 1
        elif self.shop_updates >= self.max_updates:
            self.left[digest] = order.mall_order_id
            return
        else:
            self.shop_updates += 1
        self._sent.add(digest)
        self._handed_over.add(order.mall_order_id)
        self._add(self._message(order))

    def _message(self, order: ExportedOrder) -> ShopUpdate:
        number, view = order.mall_order_id, order.view
        if number in self.findings.contradicted:
            problem = _contradicted(number, view.code)
            view = replace(view, problems=(*view.problems, problem))
        shown_before = self.seen.known_at if was_in_export(self.previous, number) else None
        return ShopUpdate(
            shop=self.seen.shop,
            mall_order_id=number,
            seen_at=self.seen.seen_at,
            content_at=self.seen.content_at,
            shown_before_at=shown_before,
            bulk=self.findings.bulk,
            view=view,
        )

    def _add(self, message: ShopUpdate | NotInExport) -> None:
        self._batch.append(message)
        if len(self._batch) == UPDATES_PER_BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._batch:
            self.queues.send_shop_updates(self._batch)
            self._batch = []


def _contradicted(number: int, code: str) -> Reason:
    """Why an order does not count: the export has several under its number (R10.12).

    `code` is the shop's code of this one.
    """
    if code:
        return because(ExportedReason.SAME_NUMBER, order=number, code=ShopText(code))
    return because(ExportedReason.SAME_NUMBER_NO_CODE, order=number)
