"""Problems of a shop's export: it cannot be fetched, it cannot be read, or one of its orders cannot be read (R10)."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class DownloadReason(Code):
    """Why the shop's server gave no export."""

    ADDRESS_NOT_PUBLIC = "download.address.not_public"
    ADDRESS_UNUSABLE = "download.address.unusable"
    ADDRESS_PRIVATE = "download.address.private"
    REDIRECTS = "download.redirects", {"limit": Kind.NUMBER}
    REDIRECTED = "download.redirected"
    LOGIN_PAGE = "download.login_page"
    DENIED = "download.http.denied", {"http_status": Kind.NUMBER}
    NOT_FOUND = "download.http.not_found", {"http_status": Kind.NUMBER}
    TOO_MANY_REQUESTS = "download.http.too_many_requests", {"http_status": Kind.NUMBER}
    SERVER_FAULT = "download.http.server_fault", {"http_status": Kind.NUMBER}
    NOT_MODIFIED = "download.http.not_modified", {"http_status": Kind.NUMBER}
    OTHER_STATUS = "download.http.other", {"http_status": Kind.NUMBER}
    UNREACHABLE = "download.unreachable"
    CONNECTION_ENDED = "download.connection_ended"
    STOPPED_ANSWERING = "download.stopped_answering"
    TLS = "download.tls"
    LATE = "download.late", {"seconds": Kind.NUMBER}
    TOO_LARGE = "download.too_large", {"limit": Kind.NUMBER}
    CUT_OFF = "download.cut_off"
    COMPRESSION_UNASKED = "download.compression.unasked"
    COMPRESSION_BROKEN = "download.compression.broken"
    COMPRESSED_PARTS = "download.compression.parts", {"limit": Kind.NUMBER}
    DISK = "download.disk"


class ExportReason(Code):
    """Why a document cannot be read as the shop's export (R10.2)."""

    AT_LINE = "export.at_line", {"line": Kind.NUMBER, "why": Kind.REASON}
    AT_ORDER = "export.at_line.order", {"line": Kind.NUMBER, "order": Kind.TEXT, "why": Kind.REASON}
    EMPTY = "export.empty"
    WEB_PAGE = "export.web_page"
    NOT_READ_TO_ITS_END = "export.not_read_to_its_end", {"seconds": Kind.NUMBER}
    ENDLESS_ORDER = "export.endless_order", {"limit": Kind.NUMBER}
    LOST_LETTERS = "export.lost_letters"
    OTHER_ENCODING = "export.other_encoding", {"written_as": Kind.TERM, "read_as": Kind.TERM}
    XML_BROKEN = "export.xml.broken", {"column": Kind.NUMBER, "said": Kind.TERM, "encoding": Kind.TERM}
    XML_DOCUMENT_TYPE = "export.xml.document_type"
    XML_ENCODING = "export.xml.encoding"
    XML_ROOT = "export.xml.root", {"found": Kind.TEXT, "expected": Kind.TERM}
    XML_NO_RECORD = "export.xml.no_record", {"path": Kind.TERM}
    XML_ENDLESS_TAG = "export.xml.endless_tag"
    XML_DEPTH = "export.xml.depth", {"limit": Kind.NUMBER}
    XML_NAMES = "export.xml.names", {"limit": Kind.NUMBER}
    XML_NAME = "export.xml.name", {"limit": Kind.NUMBER}
    CSV_BROKEN = "export.csv.broken", {"said": Kind.TERM}
    CSV_TORN = "export.csv.torn", {"columns": Kind.NUMBER, "expected": Kind.NUMBER}
    CSV_DELIMITER = "export.csv.delimiter"
    CSV_COLUMNS_MISSING = "export.csv.columns_missing", {"columns": Kind.TERMS}
    CSV_COLUMN_TWICE = "export.csv.column_twice", {"column": Kind.TEXT}
    CSV_NUL = "export.csv.nul", {"encoding": Kind.TERM}
    CSV_ENCODING = "export.csv.encoding", {"byte": Kind.NUMBER, "encoding": Kind.TERM}
    CSV_LAST_LINE = "export.csv.last_line"
    CSV_ENDLESS = "export.csv.endless_order", {"limit": Kind.NUMBER}


class ExportedReason(Code):
    """What could not be read of an order in the export. `path` is the place in the profile."""

    TWICE = "exported.twice", {"path": Kind.TERM}
    TOO_LONG = "exported.too_long", {"path": Kind.TERM, "limit": Kind.NUMBER}
    NO_CODE = "exported.no_code", {"path": Kind.TERM}
    MALL_NUMBER = "exported.mall_number", {"path": Kind.TERM, "why": Kind.REASON}
    SAME_NUMBER = "exported.same_number", {"order": Kind.NUMBER, "code": Kind.TEXT}
    SAME_NUMBER_NO_CODE = "exported.same_number.no_code", {"order": Kind.NUMBER}
    PERSONAL_ADDRESS = "exported.personal_address", {"path": Kind.TERM}
    DELIVERY = "exported.delivery", {"value": Kind.TEXT, "form": Kind.TERM}
    DELIVERY_TWICE = "exported.delivery.twice"
    CREATED = "exported.created", {"path": Kind.TERM, "value": Kind.TEXT}


class MallNumberReason(Code):
    """Why a text gives no order number of MALL, or no certain one (R10.11)."""

    NONE = "mall_number.none"
    TWICE = "mall_number.twice"
    NOT_A_NUMBER = "mall_number.not_a_number", {"max": Kind.NUMBER}
    SPREADSHEET = "mall_number.spreadsheet"
    UNCLEAR = "mall_number.unclear"
    PHONE = "mall_number.phone"
    TOO_SHORT = "mall_number.too_short", {"min": Kind.NUMBER}
    TOO_LATE = "mall_number.too_late", {"limit": Kind.NUMBER}
    TOO_MANY = "mall_number.too_many", {"limit": Kind.NUMBER}
    SEVERAL = "mall_number.several", {"numbers": Kind.TERMS}
    PERHAPS_ANOTHER = "mall_number.perhaps_another", {"order": Kind.NUMBER}


class NoteReason(Code):
    """A problem of a good export, for the shop's people. It stops no other order."""

    NO_NUMBER = "note.no_number", {"line": Kind.NUMBER, "path": Kind.TERM, "why": Kind.REASON}
    NO_NUMBER_ORDER = (
        "note.no_number.order",
        {"line": Kind.NUMBER, "order": Kind.TEXT, "path": Kind.TERM, "why": Kind.REASON},
    )
    MORE_NO_NUMBER = "note.no_number.more", {"records": Kind.COUNT}
    STAMP_NO_MOMENT = "note.stamp.no_moment", {"path": Kind.TERM}
    STAMP_TWICE = "note.stamp.twice", {"path": Kind.TERM}
    STAMP_MISSING = "note.stamp.missing", {"path": Kind.TERM}
    LOST = "note.lost_character", {"line": Kind.NUMBER, "places": Kind.COUNT, "path": Kind.TERM}
    LOST_ORDER = (
        "note.lost_character.order",
        {"line": Kind.NUMBER, "places": Kind.COUNT, "path": Kind.TERM, "order": Kind.TEXT},
    )
    MENDED_BEGINNING = "note.mended.beginning"
    MENDED_CONTROLS = "note.mended.controls", {"line": Kind.NUMBER, "places": Kind.COUNT}
    MENDED_HTML = "note.mended.html", {"line": Kind.NUMBER, "places": Kind.COUNT}
    MENDED_DELIMITER = "note.mended.delimiter", {"line": Kind.NUMBER}
