"""Why nothing is sent for a whole shop (R9.7)."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class StopReason(Code):
    """Why nothing is sent for a whole shop (R9.7)."""

    KEY_REFUSED = "stop.key_refused", {"http_status": Kind.NUMBER}
    UNKNOWN = "stop.unknown"
