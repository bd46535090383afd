"""Stands in for ``flows/api/today`` and ``flows/api/undo`` until they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import NotFoundError
from orderbridge.flows.api.escalations import list_escalations
from orderbridge.flows.api.orders import list_orders
from orderbridge.flows.api.request import shop_of
from orderbridge.flows.api.returns import list_returns
from orderbridge.flows.api.views import iso

if TYPE_CHECKING:
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports


def today(ports: Ports, request: ApiRequest) -> Json:
    """What waits for the shop's people, made of the lists."""
    record = shop_of(ports.shops, request)
    found = list_orders(ports, request)["orders"]
    windows = [one for one in found if one["next_step"] and one["next_step"]["due_at"]]
    held: dict[str, list[Json]] = {}
    for one in found:
        if one["hold"] is not None:
            held.setdefault(one["hold"]["code"], []).append(one)
    return {
        "shop": record.shop,
        "at": iso(ports.clock.now()),
        "stop_parcels": [],
        "undo_windows": [
            {
                **one,
                "step": one["next_step"]["number"],
                **one["next_step"],
                "since": None,
                "reason": one["why"],
            }
            for one in windows
        ],
        "deadlines": [],
        "returns": list_returns(ports, request)["returns"],
        "escalations": [
            {**one, "since": one["opened_at"], "reason": one["what_happened"]}
            for one in list_escalations(ports, request)["escalations"]
        ],
        "holds": [
            {
                "code": code,
                "what_to_do": some[0]["hold"]["reason"],
                "orders": [
                    {**one, "since": one["hold"]["since"], "reason": one["hold"]["reason"]} for one in some
                ],
            }
            for code, some in held.items()
        ],
        "happened_today": {},
    }


def undo_step(_ports: Ports, _request: ApiRequest) -> Json:
    """Raises NotFoundError."""
    raise NotFoundError(because(RequestReason.NOTHING_HERE))
