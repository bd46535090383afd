"""MALL's control address: what MALL and its customers do, what was called, and what is to go wrong.

JSON both ways.

| request | does |
|---|---|
| `POST /orders {detail fields}` | 201 and the order, whole by default: open, unconfirmed |
| `PATCH /orders/{id} {detail fields}` | what MALL or the customer does, by no rule; unconfirmed again |
| `GET /orders`, `GET /orders/{id}` | the orders as they are, whatever the behaviour |
| `GET /orders/{id}/calls` | `[{at, method, path, body, http_status, status_before, status_after}]` |
| `GET /calls` | how many calls of which kind, how many refused or lost |
| `PUT`, `GET /faults` · `/behaviour` · `/limits` | see `faults`, `behaviour`, `limits` |
| `PUT`, `GET /clients {"client_ids": […]}` | the keys that are let in; one that is left out is revoked |
| `PUT`, `GET /webhook {"url": …, "every_seconds": 60}` | the address that MALL calls after its changes, see `webhook` |
| `POST /reset` | forgets everything but the first key |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from pydantic import BaseModel, ConfigDict

from sandbox.http import Json, checked, json_object, json_response
from sandbox.mall.behaviour import Behaviour
from sandbox.mall.orders import MallOrder, plain_detail
from sandbox.mall.webhook import WebhookSettings

if TYPE_CHECKING:
    from sandbox.mall.state import MallState


class Clients(BaseModel):
    """The body of `PUT …/clients`."""

    model_config = ConfigDict(extra="forbid")

    client_ids: list[str]


def new_control(state: MallState) -> Blueprint:
    """The routes of the control address over this state."""
    control = Blueprint("control", __name__, url_prefix="/control")
    _add_orders(control, state)
    _add_switches(control, state)
    _add_webhook(control, state)
    return control


def _add_orders(control: Blueprint, state: MallState) -> None:
    def shown(order: MallOrder) -> Json:
        return plain_detail(order, state.behaviour.tzinfo)

    @control.post("/orders")
    def _create() -> Response:
        with state.lock:
            return json_response(shown(state.create(json_object())), 201)

    @control.patch("/orders/<int:order_id>")
    def _change(order_id: int) -> Response:
        with state.lock:
            return json_response(shown(state.change(order_id, json_object())))

    @control.get("/orders")
    def _list() -> Response:
        with state.lock:
            return json_response([shown(order) for order in state.orders.values()])

    @control.get("/orders/<int:order_id>")
    def _read(order_id: int) -> Response:
        with state.lock:
            return json_response(shown(state.order(order_id)))

    @control.get("/orders/<int:order_id>/calls")
    def _calls_of(order_id: int) -> Response:
        with state.lock:
            return json_response([record.describe() for record in state.calls_of.get(order_id, [])])

    @control.get("/calls")
    def _calls() -> Response:
        with state.lock:
            return json_response(state.count_calls())


def _add_switches(control: Blueprint, state: MallState) -> None:
    @control.route("/faults", methods=["GET", "PUT"])
    def _faults() -> Response:
        with state.lock:
            if _is_put():
                state.faults.replace(json_object())
            return json_response(state.faults.describe())

    @control.route("/behaviour", methods=["GET", "PUT"])
    def _behaviour() -> Response:
        with state.lock:
            if _is_put():
                data = json_object()
                kept = state.behaviour.model_dump() if data else {}
                state.behaviour = checked(Behaviour, {**kept, **data}, "behaviour")
            return json_response(state.behaviour.model_dump(mode="json"))

    @control.route("/limits", methods=["GET", "PUT"])
    def _limits() -> Response:
        with state.lock:
            if _is_put():
                state.limits.change(json_object(), state.clock())
            return json_response(state.limits.describe(state.clock()))

    @control.route("/clients", methods=["GET", "PUT"])
    def _clients() -> Response:
        with state.lock:
            if _is_put():
                state.client_ids = checked(Clients, json_object(), "clients").client_ids
            return json_response({"client_ids": state.client_ids})

    @control.post("/reset")
    def _reset() -> Response:
        with state.lock:
            state.reset()
            return json_response({"result": "ok"})


def _add_webhook(control: Blueprint, state: MallState) -> None:
    @control.route("/webhook", methods=["GET", "PUT"])
    def _webhook() -> Response:
        if _is_put():
            state.webhook.set(checked(WebhookSettings, json_object(), "webhook"))
        return json_response(state.webhook.describe())


def _is_put() -> bool:
    return request.method == "PUT"
