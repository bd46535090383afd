"""What the HTTP API, the settings and the health of a shop say."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class RequestReason(Code):
    """Why a request is not carried out."""

    BODY_TOO_LONG = "error.body_too_long", {"limit": Kind.COUNT}
    BODY = "error.body", {"problems": Kind.REASONS}
    UNKNOWN_SHOP = "error.unknown_shop", {"shop": Kind.TEXT}
    NO_SHOPS = "error.no_shops"
    SEVERAL_SHOPS = "error.several_shops"
    PAGE_SIZE = "error.page_size", {"given": Kind.TEXT, "limit": Kind.NUMBER}
    ORDER_NUMBER = "error.order_number", {"given": Kind.TEXT}
    NOT_ONE_OF = "error.not_one_of", {"name": Kind.TERM, "given": Kind.TEXT, "allowed": Kind.TERMS}
    DAY = "error.day", {"name": Kind.TERM, "given": Kind.TEXT}
    CURSOR = "error.cursor"
    PERIOD_TURNED = "error.period_turned", {"first": Kind.DAY, "last": Kind.DAY}
    PERIOD_TOO_LONG = "error.period_too_long", {"first": Kind.DAY, "last": Kind.DAY, "limit": Kind.COUNT}
    HOLD_MISSING = "error.hold_missing", {"allowed": Kind.TERMS}
    DECIDED_ONE_BY_ONE = "error.decided_one_by_one", {"hold": Kind.TERM}
    IMPORT_IS_OFF = "error.import_is_off", {"shop": Kind.TERM}
    NOT_SWITCHED_ON = "error.not_switched_on", {"shop": Kind.TERM}
    UNKNOWN_ORDER = "error.unknown_order", {"order": Kind.NUMBER, "shop": Kind.TERM}
    UNREADABLE_ORDER = (
        "error.unreadable_order",
        {"order": Kind.NUMBER, "shop": Kind.TERM, "detail": Kind.TERM},
    )
    ROLE = "error.role", {"role": Kind.TERM, "needed": Kind.TERM}
    SEARCH = "error.search", {"limit": Kind.COUNT}
    NOTHING_HERE = "error.nothing_here"
    NOT_A_HINT = "error.not_a_hint", {"limit": Kind.COUNT}
    CHANGED_MEANWHILE = "error.changed_meanwhile"
    # The next five are API Gateway's. It knows no caller's language, so template.yaml has them in every language.
    NOT_UNDERSTOOD = "error.not_understood"
    UNAUTHENTICATED = "error.unauthenticated"
    FORBIDDEN = "error.forbidden"
    TOO_MANY_CALLS = "error.too_many_calls"
    FAILED = "error.failed"


class ProblemTitle(Code):
    """The kind of a problem, by the answer's HTTP status."""

    BAD_REQUEST = "problem.bad_request"
    UNAUTHORIZED = "problem.unauthorized"
    FORBIDDEN = "problem.forbidden"
    NOT_FOUND = "problem.not_found"
    CONFLICT = "problem.conflict"
    CONTENT_TOO_LARGE = "problem.content_too_large"
    TOO_MANY_REQUESTS = "problem.too_many_requests"
    FAILED = "problem.failed"


class RequestedReason(Code):
    """What follows from a request."""

    FETCH = "requested.fetch"
    FETCH_AND_LIST = "requested.fetch_and_list"
    RECONCILIATION = "requested.reconciliation"
    RECHECK = "requested.recheck"
    UNDONE = "requested.undone", {"action": Kind.ACTION}
    UNDONE_RETURNED = "requested.undone.returned"
    LATER = "requested.later", {"what": Kind.REASON, "at": Kind.MOMENT}
    ALREADY = "requested.already", {"what": Kind.REASON, "at": Kind.MOMENT}
    PAUSED = "requested.paused", {"what": Kind.REASON}
    HINT = "requested.hint"
    NOTHING = "requested.nothing"


class SettingReason(Code):
    """What is wrong with one value in a shop's settings, in its secrets or in a request's body. `key` is its place."""

    MISSING = "setting.missing", {"key": Kind.TERM}
    UNKNOWN_KEY = "setting.unknown_key", {"key": Kind.TERM}
    NOT_ONE_OF = "setting.not_one_of", {"key": Kind.TERM, "allowed": Kind.TERMS}
    NOT_A_TEXT = "setting.not_a_text", {"key": Kind.TERM}
    NOT_A_NUMBER = "setting.not_a_number", {"key": Kind.TERM}
    NOT_TRUE_OR_FALSE = "setting.not_true_or_false", {"key": Kind.TERM}
    NOT_A_DAY = "setting.not_a_day", {"key": Kind.TERM}
    NOT_AN_OBJECT = "setting.not_an_object", {"key": Kind.TERM}
    NOT_A_LIST = "setting.not_a_list", {"key": Kind.TERM}
    TOO_SMALL = "setting.too_small", {"key": Kind.TERM, "limit": Kind.NUMBER}
    TOO_LARGE = "setting.too_large", {"key": Kind.TERM, "limit": Kind.NUMBER}
    OUT_OF_RANGE = (
        "setting.out_of_range",
        {"key": Kind.TERM, "given": Kind.TERM, "first": Kind.NUMBER, "last": Kind.NUMBER},
    )
    TOO_SHORT = "setting.too_short", {"key": Kind.TERM, "limit": Kind.COUNT}
    TOO_LONG = "setting.too_long", {"key": Kind.TERM, "limit": Kind.COUNT}
    NOT_JSON = "setting.not_json"
    NOT_THIS_SHOP = "setting.not_this_shop"
    SHOP_NAME = "setting.shop_name", {"key": Kind.TERM}
    ZONE = "setting.zone", {"key": Kind.TERM, "given": Kind.TEXT}
    CARRIER = "setting.carrier", {"carrier": Kind.TEXT, "address": Kind.TEXT}
    TWO_IMPORT_MODES = "setting.two_import_modes"
    MARKETPLACE_ADDRESS = "setting.marketplace_address", {"key": Kind.TERM}
    EXPORT_ADDRESS = "setting.export_address", {"key": Kind.TERM}
    IMPORT_ADDRESS_MISSING = "setting.import_address_missing"
    NOT_ALLOWED = "setting.not_allowed", {"key": Kind.TERM}


class SettingsReason(Code):
    """Why a shop's settings or secrets cannot be used."""

    SETTINGS = "settings.wrong", {"shop": Kind.TEXT, "problems": Kind.REASONS}
    SECRETS = "settings.secrets_wrong", {"shop": Kind.TEXT, "problems": Kind.REASONS}
    BROKEN_RECORD = "settings.broken_record", {"shop": Kind.TERM, "attributes": Kind.TERMS}
    SECRETS_NOT_READ = "settings.secrets_not_read", {"parameter": Kind.TERM, "error": Kind.TERM}
    SECRETS_NOT_USABLE = "settings.secrets_not_usable", {"parameter": Kind.TERM}
    WEBHOOK_NOT_USABLE = "settings.webhook_not_usable", {"parameter": Kind.TERM}


class HealthReason(Code):
    """Why a shop is not healthy."""

    SETTINGS = "health.settings", {"problem": Kind.REASON}
    EXPORT_NOT_USED = "health.export_not_used", {"problem": Kind.REASON}
    EXPORT_HANGS = (
        "health.export_hangs",
        {"problem": Kind.REASON, "fetches": Kind.COUNT, "next_at": Kind.MOMENT},
    )
    EXPORT_NOTES = "health.export_notes", {"notes": Kind.REASONS}
    NO_GOOD_FETCH = "health.no_good_fetch", {"since": Kind.MOMENT}
    STOPPED = "health.stopped", {"since": Kind.MOMENT, "why": Kind.REASON, "probe_at": Kind.MOMENT}
    LIST_NOT_READ = "health.list_not_read", {"since": Kind.MOMENT}
    FEW_CALLS = (
        "health.few_calls",
        {"remaining": Kind.NUMBER, "limit": Kind.NUMBER, "resets_at": Kind.MOMENT},
    )
    NO_CALLS = "health.no_calls", {"limit": Kind.NUMBER, "resets_at": Kind.MOMENT}
    CONTENT_STUCK = "health.content_stuck", {"hours": Kind.COUNT}
    CONTENT_SHORT = "health.content_short", {"since": Kind.MOMENT, "orders": Kind.NUMBER}
    NOT_MODIFIED_UNTRUE = "health.not_modified_untrue"


class ShopStateReason(Code):
    """Whether a shop runs (R14.4)."""

    RUNS = "shop.runs"
    SETTINGS = "shop.settings"
    SWITCHED_ON = "shop.switched_on", {"per_hour": Kind.NUMBER}
    SWITCHING_ON = (
        "shop.switching_on",
        {"left": Kind.COUNT, "per_hour": Kind.NUMBER, "ends_at": Kind.MOMENT},
    )
    NOT_SWITCHED_ON = "shop.not_switched_on", {"since": Kind.MOMENT}
    PAUSED = "shop.paused", {"since": Kind.MOMENT, "by": Kind.TEXT}
    PAUSED_BY_NOBODY = "shop.paused.by_nobody", {"since": Kind.MOMENT}
