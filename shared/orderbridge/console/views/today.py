"""Today: what waits for the clerk, in order of haste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.flows.api.today import today

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer

SECTIONS = ("stop_parcels", "undo_windows", "deadlines", "returns", "escalations", "holds")
"""The parts of the page, the most urgent first."""


SHOWN = {"deadlines": 25, "returns": 20, "escalations": 10}
"""How many entries of a part are on the page, the most urgent ones; the others are a click away. Parcels to stop and
steps about to be sent are all there."""
SHOWN_OF_HOLD = 10
"""How many orders of one hold are on the page."""


def show(visit: Visit) -> Answer:
    """The page. It refreshes itself where the browser runs scripts."""
    found = visit.ask(today)
    return visit.page(
        "today.html",
        today=found,
        most=SHOWN,
        most_of_hold=SHOWN_OF_HOLD,
        waits=sum(len(found[name]) for name in SECTIONS),
        stopped=visit.record.stop is not None,
        paused=visit.record.pause is not None,
    )
