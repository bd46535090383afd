"""Tracking: from what the shop writes to what the marketplace takes, or a reason why not.

The marketplace wants a number made of ``0-9 a-z A-Z - _`` and an address (R3.1, R3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from orderbridge.domain.carrier_names import ANY, Candidate, carriers_words, named_carriers
from orderbridge.domain.carrier_table import Country
from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.parcel_numbers import NoNumber, matches, numbers_in
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.tracking_address import address_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.domain.rules import Rules
    from orderbridge.domain.views import ShopView

_HOME: Mapping[str, Country] = {
    "Europe/Bratislava": Country.SK,
    "Europe/Ljubljana": Country.SI,
    "Europe/Zagreb": Country.HR,
}
"""Zone of a shop → the country whose pages its customers read, where a carrier's name says no other."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """A number and an address that the marketplace takes. `notes` are what else people may want to know of them."""

    number: str
    url: str
    notes: tuple[Reason, ...] = field(default=(), compare=False)

    def without_notes(self) -> Self:
        """The number and the address alone, as they are sent and kept on record."""
        return replace(self, notes=())


@dataclass(frozen=True, slots=True)
class NoTracking:
    """Why there is no tracking: `missing` is True when the shop simply has none (yet)."""

    reason: Reason
    missing: bool


def tracking_of(desired: ShopView, rules: Rules) -> Tracking | NoTracking:
    """What to send as tracking for the parcel that `desired` describes.

    The shop's own address, if its export has one that can be opened, wins over the carrier's. The carrier is the one
    that the delivery method names, or the text with the number; of several it is the one that the number's form fits.
    """
    if desired.tracking_problem is not None:
        return NoTracking(desired.tracking_problem, missing=False)
    carriers = _carriers(desired, rules)
    forms = [carrier.form for carrier in carriers if carrier.form is not None]
    numbers = numbers_in(desired.tracking_number, forms, carriers_words(carriers))
    if isinstance(numbers, NoNumber):
        return NoTracking(numbers.reason, missing=numbers.missing)
    number, others = numbers[0], numbers[1:]
    if others and rules.several_parcels == "hold":
        reason = because(TrackingReason.SEVERAL_PARCELS, numbers=tuple(map(ShopText, numbers)))
        return NoTracking(reason, missing=False)
    address, notes = _address(desired, number, carriers)
    if isinstance(address, NoTracking):
        return address
    if others:
        several = because(
            TrackingReason.FIRST_OF_SEVERAL, parcels=len(numbers), others=tuple(map(ShopText, others))
        )
        notes = (several, *notes)
    return Tracking(number, address, notes)


def _carriers(desired: ShopView, rules: Rules) -> Sequence[Candidate]:
    """The carriers that may have the parcel: of those that the delivery method names, the ones beside the number.

    A carrier that the clerk has written there and the method does not name may have it too.
    """
    home = _HOME.get(rules.shop_zone, Country.CZ)
    method = (
        () if desired.carrier_problem is not None else named_carriers(desired.carrier, rules.carriers, home)
    )
    beside = named_carriers(desired.tracking_number, {}, home)
    written = {carrier for candidate in beside for carrier in candidate.carriers}
    both = [candidate for candidate in method if candidate.carriers & written]
    named = {carrier for candidate in both for carrier in candidate.carriers}
    others = [candidate for candidate in beside if not candidate.carriers & named]
    return [*(both or (one for one in method if one.name != ANY or not beside)), *others]


def _address(
    desired: ShopView, number: str, carriers: Sequence[Candidate]
) -> tuple[str | NoTracking, tuple[Reason, ...]]:
    """Where the parcel is followed, and a note if that is not where the shop says."""
    problem = desired.tracking_url_problem
    if desired.tracking_url and problem is None:
        wrong = address_problem(desired.tracking_url)
        if wrong is None:
            return desired.tracking_url, ()
        problem = because(TrackingReason.BAD_ADDRESS, problem=wrong)
    found = _of_carrier(desired, number, carriers)
    if problem is None:
        return found, ()
    if isinstance(found, NoTracking):
        reason = because(TrackingReason.NO_ADDRESS, problem=problem, why=found.reason)
        return NoTracking(reason, missing=False), ()
    return found, (because(TrackingReason.CARRIERS_ADDRESS, problem=problem),)


def _of_carrier(desired: ShopView, number: str, carriers: Sequence[Candidate]) -> str | NoTracking:
    if desired.carrier_problem is not None and not carriers:
        return NoTracking(desired.carrier_problem, missing=False)
    fitting = carriers
    if len(carriers) > 1:
        fitting = [carrier for carrier in carriers if carrier.form is None or matches(carrier.form, number)]
        sure = len(fitting) == 1 and fitting[0].form is not None
        if not sure:
            names = tuple(Term(carrier.name) for carrier in carriers)
            return NoTracking(because(TrackingReason.SEVERAL_CARRIERS, carriers=names), missing=False)
    if not fitting:
        carrier = ShopText(desired.carrier.strip()[:40])
        return NoTracking(because(TrackingReason.UNKNOWN_CARRIER, carrier=carrier), missing=False)
    address = fitting[0].address.replace("{number}", number)
    problem = address_problem(address)
    if (
        problem is not None
    ):  # pragma: no cover - a template was checked with the settings; no number makes it worse
        name = Term(fitting[0].name)
        reason = because(TrackingReason.CARRIERS_BAD_ADDRESS, carrier=name, problem=problem)
        return NoTracking(reason, missing=False)
    return address
