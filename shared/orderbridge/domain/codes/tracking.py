"""Problems and notes of an order's tracking: its number, its carrier and its address (R3)."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class TrackingReason(Code):
    """Why the shop's order gives no tracking that MALL accepts, or a note about it."""

    NO_NUMBER = "tracking.no_number"
    SHORTENED = "tracking.shortened"
    WORD = "tracking.word"
    NOT_ALONE = "tracking.not_alone"
    SEVERAL_PARCELS = "tracking.several_parcels", {"numbers": Kind.TEXTS}
    FIRST_OF_SEVERAL = "tracking.first_of_several", {"parcels": Kind.COUNT, "others": Kind.TEXTS}
    SEVERAL_CARRIERS = "tracking.several_carriers", {"carriers": Kind.TERMS}
    UNKNOWN_CARRIER = "tracking.unknown_carrier", {"carrier": Kind.TEXT}
    BAD_ADDRESS = "tracking.bad_address", {"problem": Kind.REASON}
    NO_ADDRESS = "tracking.no_address", {"problem": Kind.REASON, "why": Kind.REASON}
    CARRIERS_ADDRESS = "tracking.carriers_address", {"problem": Kind.REASON}
    CARRIERS_BAD_ADDRESS = "tracking.carriers_bad_address", {"carrier": Kind.TERM, "problem": Kind.REASON}


class AddressReason(Code):
    """Why an address cannot be sent as a tracking address (R3.10)."""

    TOO_LONG = "address.too_long", {"limit": Kind.NUMBER}
    PERSONAL = "address.personal"
    BAD_CHARACTERS = "address.bad_characters"
    NO_HOST = "address.no_host"
    NO_SCHEME = "address.no_scheme"
    NO_NUMBER = "address.no_number"
    NUMBER_IN_HOST = "address.number_in_host"
