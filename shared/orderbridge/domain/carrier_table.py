"""The built-in carriers: how shops call them, the form of their numbers, and where a parcel is followed.

A form is a regular expression, without regard to case; its only group is the number that MALL gets. It finds a number
between other words, and tells two carriers apart. It does not refuse a number that stands alone, because carriers add
ranges without notice (R3.5). The docstring of each carrier names the source of its entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Country(StrEnum):
    """The countries with known carriers."""

    CZ = "CZ"
    SK = "SK"
    SI = "SI"
    HR = "HR"


@dataclass(frozen=True, slots=True)
class Page:
    """Where parcels are followed in one country."""

    address: str
    """The address, with ``{number}`` in it."""
    form: str = ""
    """The form of the numbers; empty: not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Carrier:
    """A carrier, or several brands of one carrier with the same tracking page."""

    names: tuple[str, ...]
    """How shops call it. The first name is used in messages."""
    pages: Mapping[Country, Page]
    """Its pages. The first one serves every country without a page."""
    local_names: Mapping[str, Country] = field(default_factory=dict)
    """Names that say the country too."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """All names."""
        return (*self.names, *self.local_names)

    def page(self, country: Country) -> Page:
        """The page for customers in `country`."""
        return self.pages.get(country) or next(iter(self.pages.values()))


_PACKETA_FORM = r"(Z?\d{10})"
"""The form of Packeta's numbers."""

PACKETA = Carrier(
    names=("Zásilkovna", "Zásilkovnu", "Zásilkovny", "Zásilkovně", "Zásilkovnou", "Packeta", "Z-BOX", "ZBOX"),
    local_names={
        "Zásielkovňa": Country.SK,
        "Zásielkovňu": Country.SK,
        "Zásielkovne": Country.SK,
        "Zásielkovňou": Country.SK,
    },
    pages={
        Country.CZ: Page("https://tracking.packeta.com/cs/?id={number}", _PACKETA_FORM),
        Country.SK: Page("https://tracking.packeta.com/sk/?id={number}", _PACKETA_FORM),
        Country.SI: Page("https://tracking.packeta.com/en/?id={number}", _PACKETA_FORM),
        Country.HR: Page("https://tracking.packeta.com/en/?id={number}", _PACKETA_FORM),
    },
)
"""Number: docs.packeta.com and clients, barcode ``Z`` + 10 digits, the packet's id without ``Z``. Address: clients; the
languages cs, sk and en are seen in use, so Slovenia and Croatia get English."""

CZECH_POST = Carrier(
    names=(
        *("Česká pošta", "Českou poštou", "České pošty"),
        *("Balíkovna", "Balíkovny", "Balíkovnu", "Balíkovnou", "Balík Do ruky", "Balík Na poštu"),
    ),
    pages={
        Country.CZ: Page(
            "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={number}",
            r"([A-Z]{2}\d{10}[A-Z]|[A-Z]{2}\d{9}CZ)",
        )
    },
)
"""Number and address: Česká pošta's public services and their clients; the second form is the postal unions' S10.
Balíkovna has its own page. The post's page shows its parcels too, so the names count as one carrier."""

PPL = Carrier(
    names=("PPL",),
    pages={Country.CZ: Page("https://www.ppl.cz/vyhledat-zasilku?shipmentId={number}", r"(\d{11})")},
)
"""Number: clients of PPL's interface ("mostly" 11 digits, PPL gives each sender a range). Address: clients."""

_GLS_FORM = r"(9[01]\d{9}\d?|00\d{9}|019\d{9})"
"""The form of Czech and Slovak numbers of GLS."""

GLS = Carrier(
    names=("GLS",),
    pages={
        Country.CZ: Page("https://gls-group.eu/CZ/cs/sledovani-zasilek?match={number}", _GLS_FORM),
        Country.SK: Page("https://gls-group.eu/SK/sk/sledovanie-zasielok?match={number}", _GLS_FORM),
        Country.SI: Page("https://gls-group.com/SI/sl/sledenje-posiljki/?match={number}", r"(\d{11})"),
        Country.HR: Page("https://gls-group.com/HR/hr/pracenje-posiljke?match={number}", r"(\d{11})"),
    },
)
"""Number: clients of MyGLS (Czech 90…, Slovak 91…, 00… and 019…, sometimes with a check digit; Slovenia and Croatia: 11
digits, their beginning is not known). A Czech sender's number stays Czech in Slovakia, so both countries have both
forms. The Track ID of 8 characters is left out, because many words have its form. Addresses: clients, several spellings
are in use."""

_DPD_FORM = r"(\d{14}[0-9A-Z]?)"
"""The form of DPD's numbers."""

DPD = Carrier(
    names=("DPD",),
    pages={
        Country.CZ: Page(
            "https://www.dpdgroup.com/cz/mydpd/my-parcels/track?parcelNumber={number}", _DPD_FORM
        ),
        Country.SK: Page(
            "https://www.dpdgroup.com/sk/mydpd/my-parcels/incoming?parcelNumber={number}", _DPD_FORM
        ),
        Country.SI: Page(
            "https://www.dpdgroup.com/si/mydpd/my-parcels/track?parcelNumber={number}", _DPD_FORM
        ),
        Country.HR: Page(
            "https://www.dpdgroup.com/hr/mydpd/my-parcels/track?parcelNumber={number}", _DPD_FORM
        ),
    },
)
"""Number (14 digits, at times a check character) and addresses: clients; Slovakia's page is the one in use there."""

SLOVAK_POST = Carrier(
    names=("Slovenská pošta", "Slovenskou poštou", "BalíkoBOX"),
    pages={
        Country.SK: Page("https://www.posta.sk/sledovanie-zasielok#parcel={number}", r"([A-Z]{2}\d{9}SK)")
    },
)
"""Number: Slovenská pošta's manual for its tracking interface. Address: its site, as clients link it."""

SPS = Carrier(
    names=("Slovak Parcel Service", "SPS"),
    pages={
        Country.SK: Page(
            "https://t-t.sps-sro.sk/result.php?cislo={number}", r"(\d{3}-?\d{3}-?\d{8}(?:\d{2})?)"
        )
    },
)
"""Number: a client of the carrier's SOAP interface. Address: in use, not documented."""

SLOVENIAN_POST = Carrier(
    names=("Pošta Slovenije", "Pošto Slovenije", "Slovinská pošta", "Slovinskou poštou"),
    pages={Country.SI: Page("https://sledenje.posta.si/?q={number}", r"([A-Z]{2}\d{9}SI)")},
)
"""Number: S10. Address: clients."""

CROATIAN_POST = Carrier(
    names=(
        *("Hrvatska pošta", "Hrvatskom poštom", "HP Express", "HP Ekspres", "HP Croatia", "Paket24"),
        *("Chorvatská pošta", "Chorvatskou poštou"),
    ),
    pages={
        Country.HR: Page(
            "https://posiljka.posta.hr/hr/tracking/trackingdata?barcode={number}", r"([A-Z]{2}\d{9}HR)"
        )
    },
)
"""Number: S10; the carrier's own barcodes are not described. Address: clients."""

WEDO = Carrier(
    names=("WE|DO", "WEDO", "IN TIME", "InTime", "Uloženka", "One by Allegro"),
    pages={
        Country.CZ: Page(
            "https://trace.wedo.cz/index.php?action=eSearch&orderNumber={number}",
            r"(\d{2}[A-Z]\d{8}|[0-9A-Z]{6,20}(?=\*))(?:\*\d{6})?",
        )
    },
)
"""Number and address: clients. ``46F00051075*001002`` is a parcel of the shipment ``46F00051075``. MALL accepts no
``*``, and the page searches by shipment. So the shipment's number is sent, one for all its parcels (R3.14)."""

DHL = Carrier(
    names=("DHL",),
    pages={
        Country.CZ: Page(
            "https://www.dhl.com/cz-cs/home/tracking/tracking-parcel.html?tracking-id={number}", r"(\d{10})"
        )
    },
)
"""Number: DHL Express; the group's other parcels have other forms. Address: the carrier's site."""

UPS = Carrier(names=("UPS",), pages={Country.CZ: Page("https://www.ups.com/track?tracknum={number}")})
"""Address: in use. No source describes the numbers."""
FEDEX = Carrier(
    names=("FedEx", "TNT"), pages={Country.CZ: Page("https://www.fedex.com/fedextrack/?trknbr={number}")}
)
"""Address: in use. No source describes the numbers."""
GEIS = Carrier(
    names=("Geis",), pages={Country.CZ: Page("https://www.geis-group.cz/cs/sledovani-zasilky?p={number}")}
)
"""Address: in use. No source describes the numbers."""
RABEN = Carrier(
    names=("Raben",),
    pages={
        Country.CZ: Page("https://oftc.myraben.com/link/ShipmentInformation?ShipmentNumber={number}"),
    },
)
"""Address: in use. No source describes the numbers."""

CARRIERS = (
    *(PACKETA, CZECH_POST, PPL, GLS, DPD, WEDO, DHL, UPS, FEDEX, GEIS, RABEN),
    *(SLOVAK_POST, SPS, SLOVENIAN_POST, CROATIAN_POST),
)
"""Carriers of Czech, Slovak, Slovenian and Croatian shops. A shop's own table (setting ``carriers``) comes first."""
