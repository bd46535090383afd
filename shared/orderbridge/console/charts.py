"""The geometry of the charts; the templates draw them. Lengths are in units of the drawing, which scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.flows.api.request import Json

WIDTH = 320
"""The width of a chart."""
AT_LEAST = frozenset({"tracking_rate"})
"""Figures whose limit is the smallest allowed value; of the others it is the largest."""
WHOLE = 100.0
"""Per cent."""
_ROOM = 1.3
"""How much further than the largest value a scale goes."""


def bar_of(name: str, figure: Json) -> Json:
    """The bar of a rate and its limits: ends in units of the drawing, and the end of the scale in per cent."""
    at_least = name in AT_LEAST
    limits = [one for one in (figure["limit"], figure["other_limit"]) if one is not None]
    largest = max([figure["value"] or 0.0, *limits, 0.5])
    end = WHOLE if at_least else min(WHOLE, largest * _ROOM)
    return {
        "width": WIDTH,
        "end": end,
        "value": _place(figure["value"], end),
        "limit": _place(figure["limit"], end),
        "other_limit": _place(figure["other_limit"], end),
        "at_least": at_least,
    }


def wait_bars(waits: Sequence[Json]) -> list[Json]:
    """The bars of the waiting times: median and 95th percentile of each status, on one scale."""
    end = max((one["percentile_95_seconds"] for one in waits), default=0.0) or 1.0
    return [
        {
            "wait": one,
            "width": WIDTH,
            "median": _place(one["median_seconds"], end),
            "most": _place(one["percentile_95_seconds"], end),
        }
        for one in waits
    ]


def _place(value: float | None, end: float) -> float | None:
    return None if value is None else round(WIDTH * min(value, end) / end, 1)
