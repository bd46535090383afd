"""What a dry run found: one row per order, and the counts over all rows. Moments are aware and UTC."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.exports import ExportReason, NoteReason
from orderbridge.domain.holds import Actor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from orderbridge.domain.holds import HoldCode
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

IRREVERSIBLE = (Action.DELIVERED, Action.CANCELLED, Action.RETURNED)
"""The steps at MALL that cannot be undone. They are named one by one."""
_PEOPLE = frozenset({Actor.CLERK, Actor.INTEGRATOR})


class End(StrEnum):
    """How an order ends, once all of its steps are carried out."""

    IN_SYNC = "in_sync"
    """Both sides agree, as far as is known."""
    HELD = "held"
    """Nothing more is sent; the hold says who must act."""
    TO_BE_READ = "to_be_read"
    """It is on none of MALL's lists, so MALL is asked about this order first: one call. It is neither open nor shipping
    nor shipped at MALL, so nothing is sent to MALL then: it is in sync or held. With ``import: create`` a cancellation
    may be written into the shop."""
    WAITING = "waiting"
    """A step from before waits for something that a dry run cannot show, such as an export that has the order again."""
    UNREADABLE = "unreadable"
    """The product's own record of the order cannot be read."""


@dataclass(frozen=True, slots=True)
class PreviewStep:
    """A step that would be carried out."""

    action: Action
    """What would be done."""
    body: Mapping[str, str | bool]
    """What would be sent, exactly as it would be on record."""
    reason: Reason
    """Why."""
    due: datetime | None
    """When at the earliest; None: at once. A step after its undo window also waits for the next export (R2.5)."""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What would happen with one order. It carries what the product's records carry, so no personal data."""

    mall_order_id: int
    """MALL's number of the order."""
    shop_code: str
    """The shop's number of the order; empty: the shop does not have it."""
    shop_status: ShopStatus | None
    """The order's state in the shop; None: it is not known."""
    shop_status_name: str
    """The state's name as the export writes it."""
    held: MarketplaceStatus | None
    """What MALL holds now; None: MALL's lists do not have the order, and it was never read."""
    steps: tuple[PreviewStep, ...]
    """What would be sent, in this order."""
    end: End
    """How the order ends then."""
    reason: Reason | None
    """Why it ends so."""
    hold: HoldCode | None = None
    """The kind of hold; None: the order is not held."""
    actor: Actor | None = None
    """Who must act; None: the order is not held."""
    until: datetime | None = None
    """When the hold ends by itself; None: it does not."""

    @property
    def needs_person(self) -> bool:
        """Whether a person must act, or nothing goes on."""
        return self.end is End.UNREADABLE or self.actor in _PEOPLE

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to say about the order: in sync, and nothing is sent."""
        return self.end is End.IN_SYNC and not self.steps


@dataclass(frozen=True, slots=True)
class Counts:
    """The summary: how many orders of each kind. An order with two steps counts in both."""

    steps: Mapping[Action, int]
    """How many steps of each kind would be carried out."""
    held: Mapping[HoldCode, int]
    """How many orders end with each hold."""
    in_sync: int
    """Orders for which nothing would be sent."""
    to_be_read: int
    """Orders that would be read at MALL first, with one call each."""
    waiting: int
    """Orders whose step waits for something that a dry run cannot show."""
    unreadable: int
    """Records of the export without a readable number of MALL, and orders whose own record cannot be read."""
    need_person: int
    """Orders and records for which a person must act."""

    @property
    def imported(self) -> int:
        """Orders that would be written into the shop."""
        return self.steps.get(Action.CREATE_IN_SHOP, 0)

    @property
    def cancelled_in_shop(self) -> int:
        """Orders that would be cancelled in the shop."""
        return self.steps.get(Action.CANCEL_IN_SHOP, 0)

    @property
    def sent(self) -> int:
        """All steps, at MALL and in the shop."""
        return sum(self.steps.values())


@dataclass(frozen=True)
class Preview:
    """The result of a dry run of one shop."""

    shop: str
    """The shop's name."""
    made_at: datetime
    """When it began."""
    orders: int
    """Orders in the export that count."""
    calls: int
    """Calls to MALL that the dry run made: one per page of a list."""
    calls_needed: int
    """Calls to MALL that the real run needs for the same orders, without its lists."""
    rows: tuple[PreviewRow, ...]
    """One row per order, by MALL's number."""
    notes: tuple[Reason, ...] = ()
    """Problems of the export that belong to no order, and of MALL's lists."""

    @cached_property
    def counts(self) -> Counts:
        """The summary."""
        unreadable = _without_number(self.notes)
        return _counted(self.rows, unreadable)

    @property
    def irreversible(self) -> tuple[tuple[PreviewRow, PreviewStep], ...]:
        """Every step that cannot be undone, with its order."""
        return tuple((row, step) for row in self.rows for step in row.steps if step.action in IRREVERSIBLE)


def _counted(rows: Iterable[PreviewRow], unreadable: int) -> Counts:
    steps: Counter[Action] = Counter()
    held: Counter[HoldCode] = Counter()
    ends: Counter[End] = Counter()
    people = quiet = 0
    for row in rows:
        steps.update(step.action for step in row.steps)
        ends[row.end] += 1
        quiet += row.is_quiet
        people += row.needs_person
        if row.hold is not None:
            held[row.hold] += 1
    return Counts(
        steps={action: steps[action] for action in Action if steps[action]},
        held={code: held[code] for code in sorted(held)},
        in_sync=quiet,
        to_be_read=ends[End.TO_BE_READ],
        waiting=ends[End.WAITING],
        unreadable=unreadable + ends[End.UNREADABLE],
        need_person=people + unreadable,
    )


def _without_number(notes: Iterable[Reason]) -> int:
    """How many records of the export have no readable number of MALL, by the export's notes."""
    count = 0
    for note in notes:
        more = note.fact("records") if note.code is NoteReason.MORE_NO_NUMBER else 0
        count += more if isinstance(more, int) else 0
        count += note.code in {ExportReason.AT_ORDER, ExportReason.AT_LINE}
    return count
