"""Today: what waits for the clerk, in order of haste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.flows.api.today import today

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer

SECTIONS = ("stop_parcels", "undo_windows", "deadlines", "returns", "escalations", "holds")
"""The parts of the page, the most urgent first."""


def show(visit: Visit) -> Answer:
    """The page. It refreshes itself where the browser runs scripts."""
    found = visit.ask(today)
    return visit.page(
        "today.html",
        today=found,
        waits=sum(len(found[name]) for name in SECTIONS),
        stopped=visit.record.stop is not None,
        paused=visit.record.pause is not None,
    )
