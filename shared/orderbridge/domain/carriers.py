"""Tracking: from the shop's texts to the number and address that MALL accepts, or the reason why not (R3.1, R3.2)."""

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
"""Zone of a shop → the country of its customers' pages, if a carrier's name says no other (R3.13)."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """A number and an address that MALL accepts."""

    number: str
    """The parcel's number."""
    url: str
    """The address where it is followed."""
    notes: tuple[Reason, ...] = field(default=(), compare=False)
    """What else people may want to know. Neither sent nor compared."""

    def without_notes(self) -> Self:
        """Number and address only, as they are sent and stored."""
        return replace(self, notes=())


@dataclass(frozen=True, slots=True)
class NoTracking:
    """Why there is no tracking."""

    reason: Reason
    """Why."""
    missing: bool
    """True: the shop has no number yet (R3.3); False: it cannot be used (R3.4)."""


def tracking_of(desired: ShopView, rules: Rules) -> Tracking | NoTracking:
    """The tracking of the parcel that `desired` describes, or why there is none.

    The shop's own address is sent, if its export has one that can be used; else the carrier's (R3.10). The carrier is
    the one in the delivery method or beside the number; of several, the one whose form the number has (R3.12).
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


def mentioned_carriers(method: str, rules: Rules) -> tuple[Candidate, ...]:
    """The carriers that a delivery method's name mentions, with the shop's own table and country (R3.11, R3.13)."""
    return named_carriers(method, rules.carriers, _HOME.get(rules.shop_zone, Country.CZ))


def _carriers(desired: ShopView, rules: Rules) -> Sequence[Candidate]:
    """The carriers that may have the parcel: those of the delivery method, limited to those written beside the number.

    A carrier beside the number that the delivery method does not mention counts too (R3.12).
    """
    home = _HOME.get(rules.shop_zone, Country.CZ)
    method = () if desired.carrier_problem is not None else mentioned_carriers(desired.carrier, rules)
    beside = named_carriers(desired.tracking_number, {}, home)
    written = {carrier for candidate in beside for carrier in candidate.carriers}
    both = [candidate for candidate in method if candidate.carriers & written]
    named = {carrier for candidate in both for carrier in candidate.carriers}
    others = [candidate for candidate in beside if not candidate.carriers & named]
    return [*(both or (one for one in method if one.name != ANY or not beside)), *others]


def _address(
    desired: ShopView, number: str, carriers: Sequence[Candidate]
) -> tuple[str | NoTracking, tuple[Reason, ...]]:
    """Where the parcel is followed, and a note if this is not the shop's own address (R3.10)."""
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
    """The carrier's tracking address, or why there is none."""
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
    ):  # pragma: no cover - templates are checked with the settings, and a number adds no problem
        name = Term(fitting[0].name)
        reason = because(TrackingReason.CARRIERS_BAD_ADDRESS, carrier=name, problem=problem)
        return NoTracking(reason, missing=False)
    return address
