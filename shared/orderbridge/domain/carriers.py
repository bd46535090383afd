"""Tracking: from what the shop writes to what the marketplace takes, or a reason why not.

The marketplace wants a number made of ``0-9 a-z A-Z - _`` and an address (R3.1, R3.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from orderbridge.domain.carrier_names import ANY, Candidate, carriers_words, named_carriers
from orderbridge.domain.carrier_table import Country
from orderbridge.domain.parcel_numbers import NoNumber, matches, numbers_in
from orderbridge.domain.tracking_address import address_problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.domain.reasons import Reason
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
    """A number and an address that the marketplace takes. `note` is what else there is to know of them, for people."""

    number: str
    url: str
    note: str = field(default="", compare=False)

    def without_note(self) -> Self:
        """The number and the address alone, as they are sent and kept on record."""
        return replace(self, note="")


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
    if desired.tracking_problem:
        return NoTracking(desired.tracking_problem, missing=False)
    carriers = _carriers(desired, rules)
    forms = [carrier.form for carrier in carriers if carrier.form is not None]
    numbers = numbers_in(desired.tracking_number, forms, carriers_words(carriers))
    if isinstance(numbers, NoNumber):
        return NoTracking(numbers.reason, missing=numbers.missing)
    number, others = numbers[0], numbers[1:]
    if others and rules.several_parcels == "hold":
        return NoTracking(
            f"several parcels ({', '.join(numbers)}), and MALL takes one number: leave the right one in the shop, "
            'or let the first one be sent with the setting several_parcels = "first"',
            missing=False,
        )
    address, note = _address(desired, number, carriers)
    if isinstance(address, NoTracking):
        return address
    several = f"first of {len(numbers)} parcels, the others are {', '.join(others)}" if others else ""
    return Tracking(number, address, "; ".join(filter(None, (several, note))))


def _carriers(desired: ShopView, rules: Rules) -> Sequence[Candidate]:
    """The carriers that may have the parcel: of those that the delivery method names, the ones beside the number.

    A carrier that the clerk has written there and the method does not name may have it too.
    """
    home = _HOME.get(rules.shop_zone, Country.CZ)
    method = () if desired.carrier_problem else named_carriers(desired.carrier, rules.carriers, home)
    beside = named_carriers(desired.tracking_number, {}, home)
    written = {carrier for candidate in beside for carrier in candidate.carriers}
    both = [candidate for candidate in method if candidate.carriers & written]
    named = {carrier for candidate in both for carrier in candidate.carriers}
    others = [candidate for candidate in beside if not candidate.carriers & named]
    return [*(both or (one for one in method if one.name != ANY or not beside)), *others]


def _address(desired: ShopView, number: str, carriers: Sequence[Candidate]) -> tuple[str | NoTracking, str]:
    """Where the parcel is followed, and a note if that is not where the shop says."""
    problem = desired.tracking_url_problem
    if desired.tracking_url and not problem:
        problem = address_problem(desired.tracking_url)
        if not problem:
            return desired.tracking_url, ""
        problem = f"the shop's tracking address {problem}"
    found = _of_carrier(desired, number, carriers)
    if isinstance(found, NoTracking):
        return (NoTracking(f"{problem}; {found.reason}", missing=False) if problem else found), ""
    return found, f"{problem}; the carrier's is sent instead" if problem else ""


def _of_carrier(desired: ShopView, number: str, carriers: Sequence[Candidate]) -> str | NoTracking:
    if desired.carrier_problem and not carriers:
        return NoTracking(desired.carrier_problem, missing=False)
    fitting = carriers
    if len(carriers) > 1:
        fitting = [carrier for carrier in carriers if carrier.form is None or matches(carrier.form, number)]
        sure = len(fitting) == 1 and fitting[0].form is not None
        if not sure:
            return NoTracking(
                f"the delivery method names several carriers ({', '.join(carrier.name for carrier in carriers)}) and "
                "the number does not tell which one: write the carrier before the number, or add the method's whole "
                "name to the shop's setting 'carriers'",
                missing=False,
            )
    if not fitting:
        return NoTracking(
            f"carrier {desired.carrier.strip()[:40]!r} has no tracking address: add it to the shop's setting "
            "'carriers'",
            missing=False,
        )
    address = fitting[0].address.replace("{number}", number)
    problem = address_problem(address)
    if problem:  # pragma: no cover - a template was checked with the settings, and no number makes it worse
        return NoTracking(f"the tracking address of carrier {fitting[0].name!r} {problem}", missing=False)
    return address
