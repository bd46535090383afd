"""Figures: how MALL measures the shop, each beside its limit."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.console.charts import bar_of, wait_bars
from orderbridge.flows.api.answers import zone_of
from orderbridge.flows.api.figures import show_figures

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer

NAMES = ("cancel_rate", "status_errors", "tracking_rate", "late_delivered")
PERIODS = (7, 30, 90)
"""Days of the periods that are one click away."""


def show(visit: Visit) -> Answer:
    """The figures of the period that was chosen; 30 days without a choice, as MALL measures."""
    query = visit.request.query
    found = visit.ask(show_figures, {"from": query.get("from"), "to": query.get("to")})
    charts = [{"name": name, "figure": found[name], "bar": bar_of(name, found[name])} for name in NAMES]
    today = visit.ports.clock.now().astimezone(zone_of(visit.record)).date()
    periods = [{"days": days, "from": (today - timedelta(days=days - 1)).isoformat()} for days in PERIODS]
    return visit.page(
        "figures.html", found=found, charts=charts, waits=wait_bars(found["click_to_status"]), periods=periods
    )
