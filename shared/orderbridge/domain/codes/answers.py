"""What MALL and a shop's import answered, or why there is no answer, and what follows."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class AnswerReason(Code):
    """What MALL answered, or why there is no answer."""

    HTTP = "answer.http", {"http_status": Kind.NUMBER, "what": Kind.REASONS}
    FAILED = "answer.failed", {"what": Kind.REASONS}
    SAID = "answer.said", {"said": Kind.TEXT}
    NONE = "answer.none"
    BAD_API_URL = "answer.bad_api_url"
    UNKNOWN_NAME = "answer.unknown_name"
    PRIVATE_NETWORK = "answer.private_network"
    NO_CONNECTION = "answer.no_connection", {"error": Kind.TERM}
    NO_CONNECTION_IN_TIME = "answer.no_connection.in_time"
    CERTIFICATE = "answer.certificate"
    NOT_HTTP = "answer.not_http"
    LOST = "answer.lost"
    NO_TIME = "answer.no_time"
    CUT_LATE = "answer.cut.late"
    CUT_LOST = "answer.cut.lost"
    CUT_TOO_LARGE = "answer.cut.too_large"
    TOO_MUCH = "answer.too_much", {"bytes": Kind.NUMBER}
    NOT_JSON = "answer.not_json", {"bytes": Kind.NUMBER}
    FOREIGN = "answer.foreign", {"bytes": Kind.NUMBER}
    WRONG_ADDRESS = "answer.wrong_address"
    NO_RESULT = "answer.no_result"
    NO_ORDER = "answer.no_order"
    OTHER_ORDER = "answer.other_order", {"order": Kind.NUMBER}
    UNREADABLE = "answer.unreadable", {"places": Kind.TERMS}
    NO_STATUS = "answer.no_status"
    UNKNOWN_STATUS = "answer.unknown_status", {"status": Kind.TEXT}
    UNKNOWN_STATUS_HIDDEN = "answer.unknown_status.hidden"
    NO_LINES = "answer.lacking.lines"
    NO_PRICE = "answer.lacking.price"
    NO_CUSTOMER = "answer.lacking.customer"
    NO_LIST = "answer.list.missing"
    LONG_PAGE = "answer.list.long_page", {"entries": Kind.NUMBER}
    PAGES_LATE = "answer.list.late", {"read": Kind.NUMBER, "pages": Kind.NUMBER}
    MORE_PAGES_LATE = "answer.list.late.more", {"read": Kind.NUMBER}
    NOT_WHOLE = "answer.list.not_whole", {"notes": Kind.REASONS}
    LEFT_OUT = "answer.list.left_out", {"entries": Kind.COUNT}
    MORE_PAGES = "answer.list.more_pages", {"read": Kind.NUMBER}
    MORE_OF_PAGES = "answer.list.more_pages.of", {"read": Kind.NUMBER, "pages": Kind.NUMBER}


class PolicyReason(Code):
    """Why the policy reacts to a result as it does (``domain/failure_policy.py``, R9.1)."""

    OK = "policy.ok"
    NO_ORDER = "policy.no_order"
    UNREADABLE = "policy.unreadable"
    READ_AGAIN = "policy.read_again"
    NOT_CONNECTED = "policy.not_connected"
    BAD_NUMBER = "policy.bad_number"
    KEY_REFUSED = "policy.key_refused"
    KEY_MAY_NOT_READ = "policy.key_may_not_read"
    NOT_FOUND = "policy.not_found"
    READ_REFUSED = "policy.read_refused"
    OVER_LIMIT = "policy.over_limit"
    FAILING = "policy.failing"
    ERROR_NAMED = "policy.error_named"
    NOT_THE_API = "policy.not_the_api"
    PERHAPS_DONE = "policy.perhaps_done"
    REFUSED_OR_HELD = "policy.refused_or_held"
    ILLEGAL_OR_KEY = "policy.illegal_or_key"
    OTHER_STATUS = "policy.other_status"
    REFUSED = "policy.refused"


class ImportReason(Code):
    """What a shop's import answered, or why nothing was written into the shop (R7.8)."""

    HTTP = "import.http", {"http_status": Kind.NUMBER, "what": Kind.REASON}
    REFUSED = "import.refused"
    REFUSED_SAID = "import.refused.said", {"said": Kind.TEXT}
    REFUSED_HIDDEN = "import.refused.hidden"
    REFUSED_CANCELLATION = "import.refused.cancellation"
    NOT_CLEAR = "import.not_clear"
    CUT_LATE = "import.not_clear.late"
    CUT_LOST = "import.not_clear.lost"
    CUT_TOO_LARGE = "import.not_clear.too_large"
    COMPRESSED = "import.not_clear.compressed"
    PAGE = "import.not_clear.page"
    NOT_SAID = "import.not_clear.not_said"
    EMPTY = "import.not_clear.empty"
    NO_ANSWER = "import.not_clear.no_answer"
    ENDED = "import.not_clear.ended"
    NOT_REACHED = "import.not_reached"
    CERTIFICATE = "import.certificate"
    NO_TIME = "import.no_time"
    TOO_MANY = "import.too_many"
    NO_ADDRESS = "import.address.missing"
    BAD_ADDRESS = "import.address.not_public_https"
    UNUSABLE_ADDRESS = "import.address.unusable"
    UNKNOWN_NAME = "import.address.unknown_name"
    PRIVATE_NETWORK = "import.address.private_network"
    ADDRESS_REFUSED = "import.address.refused"
    NO_IMPORT = "import.address.no_import"
    ADDRESS_MOVED = "import.address.moved"
    LOGIN = "import.address.login"
    BAD_PROFILE = "import.bad_profile", {"problem": Kind.REASON}
    SHORT_NUMBER = "import.short_number", {"order": Kind.NUMBER, "shortest": Kind.NUMBER}
    CODE_ENCODING = "import.code_encoding"
    NOT_WRITTEN = "import.not_written", {"why": Kind.REASON}
    NOT_WRITTEN_SETTING = "import.not_written.setting", {"why": Kind.REASON, "discount": Kind.TERM}
    AMOUNTS_DIFFER = (
        "import.amounts_differ",
        {
            "goods": Kind.AMOUNT,
            "delivery": Kind.AMOUNT,
            "cash_on_delivery": Kind.AMOUNT,
            "discount": Kind.AMOUNT,
            "total": Kind.AMOUNT,
            "to_collect": Kind.AMOUNT,
        },
    )
    AMOUNTS_NEGATIVE = (
        "import.amounts_negative",
        {
            "goods": Kind.AMOUNT,
            "delivery": Kind.AMOUNT,
            "cash_on_delivery": Kind.AMOUNT,
            "discount": Kind.AMOUNT,
            "total": Kind.AMOUNT,
        },
    )
