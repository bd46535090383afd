"""What the two services say: problems of an export, answers, stops."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class AnswerReason(Code):
    """What MALL, or the shop's import, answered."""

    HTTP_ERROR = "answer.http_error", {"http_status": Kind.NUMBER, "said": Kind.TEXT}
    NONE = "answer.none"


class StopReason(Code):
    """Why nothing is sent for a whole shop."""

    KEY_REFUSED = "stop.key_refused", {"http_status": Kind.NUMBER}
    UNKNOWN = "stop.unknown"
