"""The gradual switch-on: a large first difference between a shop and MALL goes out in steps (R14).

The first difference is what the shop wants, and MALL does not hold, when the shop is switched on. Each of its steps
takes a place: the next free number of its kind. Places are ``SwitchOn.gap`` apart, those of irreversible steps come
last, and no two steps share one. A step waits for the moment of its place, in the order's record.
All moments are aware and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action

if TYPE_CHECKING:
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Place, Step

HOUR = timedelta(hours=1)
"""The length of time that ``per_hour`` counts in."""
STARTS_AFTER = timedelta(minutes=5)
"""When the first place comes, counted from the switch-on: the export is read and compared first, and a person who sees
that something is wrong can still pause the shop."""
PLACE_LASTS = timedelta(minutes=5)
"""How long after its moment a place can be used (R14.3). A step that comes later takes another one, so that steps that
were held up together do not go out together."""
ENDS_AFTER = timedelta(days=1)
"""How long after its last place, and after the first difference was read, a switch-on ends (R14.5). Orders may wait a
day for MALL's list (R8.12)."""
REVERSIBLE = frozenset({Action.SHIPPING, Action.SHIPPED, Action.TRACKING})
"""The steps of a first difference that go out first."""
IRREVERSIBLE = frozenset({Action.DELIVERED, Action.CANCELLED})
"""The steps of a first difference that go out last."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How many steps would be sent to MALL, if the shop were switched on now."""

    reversible: int = 0
    """Steps that another one can follow: Shipping, Shipped, tracking."""
    irreversible: int = 0
    """Final steps: Delivered, Cancelled."""

    @property
    def steps(self) -> int:
        """All of them."""
        return self.reversible + self.irreversible


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """A switch-on in steps, as the shop's record has it."""

    begun_at: datetime
    """When it began. Names it."""
    since: datetime
    """The moment of the first place (see ``STARTS_AFTER``). A pause moves it."""
    per_hour: int
    """How many steps go out within any hour at most (1 or more)."""
    reversible: int = 0
    """How many reversible steps were expected."""
    irreversible: int = 0
    """How many irreversible steps were expected."""
    reversible_taken: int = 0
    """How many places for reversible steps were given out or left empty."""
    irreversible_taken: int = 0
    """How many places for irreversible steps were given out or left empty."""
    caught_up_at: datetime | None = None
    """When the first fetch of the export since then began whose changes were all handed over. What it showed is the
    first difference; None: there was none yet."""

    @property
    def total(self) -> int:
        """How many places there are."""
        return self._before_irreversible + max(self.irreversible, self.irreversible_taken)

    @property
    def ends_at(self) -> datetime:
        """The moment of the last place."""
        return self._moment(max(0, self.total - 1))

    @property
    def _before_irreversible(self) -> int:
        return max(self.reversible, self.reversible_taken)

    def moment_of(self, place: Place) -> datetime:
        """When the step with `place` may be sent, by what is known now.

        For irreversible steps it moves on if there are more reversible steps than expected.
        """
        return self._moment(place.number + (self._before_irreversible if place.irreversible else 0))

    def lowest(self, now: datetime, *, irreversible: bool) -> int:
        """The lowest number that can be given out at `now`: a place in the past is never taken (R14.3)."""
        elapsed = (now - self.since) * self.per_hour
        passed = 0 if elapsed <= timedelta() else elapsed // (HOUR + PLACE_LASTS) + 1
        return max(0, passed - (self._before_irreversible if irreversible else 0))

    def released(self, now: datetime) -> int:
        """How many places have come up to `now`."""
        elapsed = (now - self.since) * self.per_hour
        return 0 if elapsed < timedelta() else min(self.total, elapsed // (HOUR + PLACE_LASTS) + 1)

    def is_over(self, now: datetime) -> bool:
        """Whether nothing waits for it any more (R14.5)."""
        if self.caught_up_at is None:
            return False
        return now >= max(self.ends_at, self.caught_up_at, self.begun_at) + ENDS_AFTER

    def after_pause(self, length: timedelta) -> SwitchOn:
        """The same after the shop was paused for `length` (R14.4).

        Everything moves by a little more than the pause: a place that was late when the pause began must not fall
        together with the places before it.
        """
        gap = (HOUR + PLACE_LASTS) / self.per_hour
        return replace(self, since=self.since + length + PLACE_LASTS + gap)

    def _moment(self, position: int) -> datetime:
        # A place can be used for PLACE_LASTS, so per_hour places stand in an hour and PLACE_LASTS: no hour has more.
        return self.since + (HOUR + PLACE_LASTS) * position / self.per_hour


def begun(difference: Difference, per_hour: int, now: datetime) -> SwitchOn:
    """A switch-on that begins `now` with `difference`."""
    return SwitchOn(now, now + STARTS_AFTER, per_hour, difference.reversible, difference.irreversible)


def goes_in_steps(difference: Difference, limit: int) -> bool:
    """Whether `difference` goes out in steps (R14.1): it has more steps than `limit`."""
    return difference.steps > limit


def is_paced(switch_on: SwitchOn | None, order: OrderState, step: Step, now: datetime) -> bool:
    """Whether `step` needs a place (R14.2): it is a step of the first difference, and the switch-on goes on.

    What a clerk changed later is not slowed down, nor is a confirmation, a read, a write into the shop, or what a
    person asked for.
    """
    if switch_on is None or step.action not in REVERSIBLE | IRREVERSIBLE or switch_on.is_over(now):
        return False
    changed_at = order.shop_side.changed_at
    if switch_on.caught_up_at is None or switch_on.caught_up_at < switch_on.begun_at:
        return True
    return changed_at is None or changed_at <= switch_on.caught_up_at


def usable_place(switch_on: SwitchOn, order: OrderState, step: Step, now: datetime) -> Place | None:
    """The place that `order` has for `step`; None: it needs another one.

    A place is for one step of its kind, and ends ``PLACE_LASTS`` after its moment (R14.3).
    """
    place = order.work.place
    if place is None or place.begun_at != switch_on.begun_at:
        return None
    if place.irreversible is not (step.action in IRREVERSIBLE) or place.step not in {None, step.number}:
        return None
    return place if now < switch_on.moment_of(place) + PLACE_LASTS else None


def waits_in(order: OrderState, step: Step, now: datetime) -> Place | None:
    """The place that the planned `step` waits for; None: it does not wait for one."""
    place = order.work.place
    if place is None or place.step is not None or step.retry_at is None or step.retry_at <= now:
        return None
    kind = IRREVERSIBLE if place.irreversible else REVERSIBLE
    return place if step.action in kind else None
