"""Tracking: from what the shop writes to what the marketplace takes, or a reason why not.

The marketplace wants a number made of ``0-9 a-z A-Z - _`` and an address (MALL: Shipped).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from orderbridge.domain.statuses import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

CARRIERS: Mapping[str, str] = {
    "Zásilkovna": "https://tracking.packeta.com/cs/?id={number}",
    "Packeta": "https://tracking.packeta.com/cs/?id={number}",
    "Z-BOX": "https://tracking.packeta.com/cs/?id={number}",
    "PPL": "https://www.ppl.cz/vyhledat-zasilku?shipmentId={number}",
    "DPD": "https://www.dpdgroup.com/cz/mydpd/my-parcels/track?parcelNumber={number}",
    "DPD SK": "https://www.dpdgroup.com/sk/mydpd/my-parcels/track?parcelNumber={number}",
    "Česká pošta": "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={number}",
    "Balík Do ruky": "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={number}",
    "Balík Na poštu": "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={number}",
    "Balíkovna": "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={number}",
    "Zásielkovňa": "https://tracking.packeta.com/sk/?id={number}",
    "BalíkoBOX": "https://tandt.posta.sk/zasielky/{number}",
    "Slovenská pošta": "https://tandt.posta.sk/zasielky/{number}",
    "GLS": "https://gls-group.com/CZ/cs/sledovani-zasilek?match={number}",
    "GLS SK": "https://gls-group.com/SK/sk/sledovanie-zasielok?match={number}",
    "DHL": "https://www.dhl.com/cz-cs/home/tracking.html?tracking-id={number}",
    "UPS": "https://www.ups.com/track?tracknum={number}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={number}",
    "TNT": "https://www.fedex.com/fedextrack/?trknbr={number}",
    "Geis": "https://www.geis-group.cz/cs/sledovani-zasilky?p={number}",
    "WEDO": "https://trace.wedo.cz/?orderNumber={number}",
    "IN TIME": "https://trace.wedo.cz/?orderNumber={number}",
    "InTime": "https://trace.wedo.cz/?orderNumber={number}",
    "Uloženka": "https://trace.wedo.cz/?orderNumber={number}",
    "WE|DO": "https://trace.wedo.cz/?orderNumber={number}",
    "Slovak Parcel Service": "https://t-t.sps-sro.sk/result.php?cislo={number}",
    "SPS": "https://t-t.sps-sro.sk/result.php?cislo={number}",
    "Raben": "https://oftc.myraben.com/link/ShipmentInformation?ShipmentNumber={number}",
}
"""Carriers of Czech and Slovak shops. A shop's own table (setting ``carriers``) comes first."""

_TAKEN_BY_MARKETPLACE = re.compile(r"[0-9A-Za-z_-]+")
_ADDRESS = re.compile(r"https?://(?:(?!%40)[^\s@])+")
"""An address without anybody's e-mail in it: what is sent to the marketplace is also kept on record."""
_LOOKS_LIKE_A_WHOLE_NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z_-]{8,}")


@dataclass(frozen=True, slots=True)
class Tracking:
    """A number and an address that the marketplace takes."""

    number: str
    url: str

    def basis(self) -> str:
        """The form that a step's `basis` has: ``number|url``. No number has that sign in it."""
        return f"{self.number}|{self.url}"

    @classmethod
    def from_basis(cls, basis: str) -> Self | None:
        """The tracking that a step with this `basis` sends; None if it sends none."""
        number, separator, url = basis.partition("|")
        return cls(number, url) if separator else None


@dataclass(frozen=True, slots=True)
class NoTracking:
    """Why there is no tracking: `missing` is True when the shop simply has none (yet)."""

    reason: str
    missing: bool


def clean_number(raw: str) -> str | None:
    """`raw` without white space and invisible characters, or None when that is not a number to be sent.

    Only what cannot be part of a number is taken away. Anything else that the marketplace refuses (``/``,
    ``,``, two numbers in one field) is for a person: removing it would make another parcel's number.
    """
    parts = "".join(" " if c.isspace() else "" if _invisible(c) else c for c in raw).split()
    if sum(bool(_LOOKS_LIKE_A_WHOLE_NUMBER.fullmatch(part)) for part in parts) > 1:
        return None
    joined = "".join(parts)
    return joined if _TAKEN_BY_MARKETPLACE.fullmatch(joined) else None


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cf", "Cc"}


def tracking_of(number: str, carrier: str, url: str, carriers: Mapping[str, str]) -> Tracking | NoTracking:
    """What to send as tracking for a parcel that the shop describes by `number`, `carrier` and maybe `url`.

    `url` (the shop's own, if its export has one) wins over the carrier's template. The template is the one
    whose name equals the carrier's; else the longest name that begins it or stands in it as whole words
    (``PPL - na adresu`` is PPL); else the entry ``*``.
    """
    if not number.strip():
        return NoTracking("the shop has no tracking number", missing=True)
    cleaned = clean_number(number)
    if cleaned is None:
        return NoTracking(
            f"tracking number {number.strip()[:40]!r} has characters that MALL refuses or is more than one "
            "number: correct it in the shop (letters, digits, - and _)",
            missing=False,
        )
    if _ADDRESS.fullmatch(url):
        return Tracking(cleaned, url)
    template = _template(carrier, carriers)
    if template is None:
        return NoTracking(
            f"carrier {carrier.strip()[:40]!r} has no tracking address: add it to the shop's setting 'carriers'",
            missing=False,
        )
    return Tracking(cleaned, template.replace("{number}", cleaned))


def _template(carrier: str, carriers: Mapping[str, str]) -> str | None:
    wanted = _words(carrier)
    by_words = {_words(name): template for name, template in carriers.items() if name != "*"}
    if wanted and wanted in by_words:
        return by_words[wanted]
    within = [name for name in by_words if name and f" {name} " in f" {wanted} "]
    if within:
        return by_words[max(within, key=len)]
    return carriers.get("*")


def _words(name: str) -> str:
    return " ".join(re.findall(r"[0-9a-z]+", fold(name)))
