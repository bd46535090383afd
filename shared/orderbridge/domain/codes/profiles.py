"""Why a shop's profile cannot be used. `key` is the place in the profile, `source` the profile's name."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind

_KEY = {"key": Kind.TERM}
"""The fact of a code that names a place in the profile."""


class ProfileReason(Code):
    """Why a profile cannot be used, and what is allowed at the key."""

    UNUSABLE = "profile.unusable", {"source": Kind.TERM, "problems": Kind.REASONS}
    MORE = "profile.unusable.more", {"problems": Kind.COUNT}
    UNKNOWN = "profile.unknown", {"name": Kind.TEXT, "allowed": Kind.TERMS}
    NO_IMPORT = "profile.no_import"
    NOT_TOML = "profile.not_toml", {"said": Kind.TEXT}
    TOO_DEEP = "profile.too_deep"
    UNKNOWN_KEY = "profile.unknown_key", {"key": Kind.TERM, "allowed": Kind.TERMS}
    VALUE = "profile.value", {"key": Kind.TERM, "said": Kind.TEXT}
    MISSING = "profile.missing", _KEY
    MISSING_CHOICE = "profile.missing.choice", {"key": Kind.TERM, "allowed": Kind.TERMS}
    MISSING_PLACE = "profile.missing.place", _KEY
    MISSING_TABLE = "profile.missing.table", {"key": Kind.TERM, "keys": Kind.TERMS}
    MISSING_EXAMPLE = "profile.missing.example", {"key": Kind.TERM, "example": Kind.TERM}
    PATTERN = "profile.pattern", {"key": Kind.TERM, "said": Kind.TERM}
    PATTERN_GROUPS = "profile.pattern.groups", {"key": Kind.TERM, "groups": Kind.NUMBER}
    PATTERN_LENGTH = (
        "profile.pattern.length",
        {"key": Kind.TERM, "length": Kind.NUMBER, "limit": Kind.NUMBER},
    )
    PATTERN_ENDLESS = "profile.pattern.endless", _KEY
    RECORD_PATH = "profile.record_path", _KEY
    PATH = "profile.path", _KEY
    MADE_AT = "profile.made_at", _KEY
    DAY_OR_MONTH = "profile.day_or_month", _KEY
    XML_NEEDED = "profile.xml_needed"
    NOT_WITH_CSV = "profile.not_with_csv", _KEY
    CSV_QUOTE = "profile.csv_quote", _KEY
    CSV_ENCODING = "profile.csv_encoding", {"key": Kind.TERM, "allowed": Kind.TERMS}
    COLUMN_NUMBER = "profile.column_number", _KEY
    SOURCES = "profile.import.sources", {"key": Kind.TERM, "allowed": Kind.TERMS}
    IMPORT_PLACE = "profile.import.place", {"key": Kind.TERM, "encoding": Kind.TERM}
    IMPORT_COLUMN = "profile.import.column", {"key": Kind.TERM, "encoding": Kind.TERM}
    ITEMS_XML = "profile.import.items_xml", _KEY
    ITEMS_CSV = "profile.import.items_csv", _KEY
    ITEMS_PATH = "profile.import.items_path", {"key": Kind.TERM, "path": Kind.TERM}
    ITEMS_LACK = "profile.import.items_lack", {"key": Kind.TERM, "sources": Kind.TERMS}
    NO_NUMBER = "profile.import.no_number", {"places": Kind.TERMS}
    NUMBER = "profile.import.number", _KEY
    STATE = "profile.import.state", {"key": Kind.TERM, "state": Kind.SHOP_STATUS, "encoding": Kind.TERM}
    READ_BACK = "profile.import.read_back", {"key": Kind.TERM, "source": Kind.TERM}
    DATE = "profile.import.date", {"key": Kind.TERM, "allowed": Kind.TERMS}
    MUST_BE_EMPTY = "profile.import.must_be_empty", {"path": Kind.TERM}
    AMOUNT = "profile.import.amount", {"amount": Kind.TERM}
    PAYMENT_NAME = "profile.import.payment_name", _KEY
    PAYMENT = "profile.import.payment", _KEY
