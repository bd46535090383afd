"""What a page's browser asks for, as DevTools sees it: when each request was sent, its answer's time and bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession

    from local.stack.http import Json

_KINDS = {"Document": "HTML", "Stylesheet": "css", "Script": "js"}


@dataclass(slots=True)
class Request:
    """One request. Moments are milliseconds since 1970."""

    method: str
    url: str
    kind: str
    """``HTML``, ``css``, ``js``, or ``icon`` for everything else."""
    sent: float
    took: float = 0.0
    """Milliseconds until its answer was there whole."""
    size: int = 0
    """Bytes of the answer with its headers; 0: it came out of the browser's cache, or has not come."""


class Wire:
    """All requests of a page from now on, in their order."""

    def __init__(self, devtools: CDPSession) -> None:
        self.requests: list[Request] = []
        self._open: dict[str, tuple[Request, float]] = {}
        """Request → itself, and when it was sent on the clock of the browser's events (seconds)."""
        devtools.on("Network.requestWillBeSent", self._sent)
        devtools.on("Network.loadingFinished", self._finished)
        devtools.send("Network.enable")

    def _sent(self, event: Json) -> None:
        if "redirectResponse" in event:
            self._answered(event, event["redirectResponse"]["encodedDataLength"])
        kind = _KINDS.get(event["type"], "icon")
        asked = event["request"]
        request = Request(asked["method"], asked["url"], kind, event["wallTime"] * 1000)
        self.requests.append(request)
        self._open[event["requestId"]] = request, event["timestamp"]

    def _finished(self, event: Json) -> None:
        self._answered(event, event["encodedDataLength"])

    def _answered(self, event: Json, size: float) -> None:
        found = self._open.pop(event["requestId"], None)
        if found is not None:
            request, sent = found
            request.took, request.size = (event["timestamp"] - sent) * 1000, int(size)
