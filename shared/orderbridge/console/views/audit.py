"""Audit: who asked for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.flows.api.actions import list_actions

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer

PAGE = "50"


def show(visit: Visit) -> Answer:
    """What persons asked for, newest first, on the days that were chosen."""
    query = visit.request.query
    filters = {"from": query.get("from", ""), "to": query.get("to", "")}
    found = visit.ask(list_actions, {**filters, "limit": PAGE, "cursor": query.get("cursor")})
    return visit.page("audit.html", found=found, filters=filters)
