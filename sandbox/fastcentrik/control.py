"""The shop's administration: what the clerk does, and what is to go wrong. JSON both ways.

| request | does |
|---|---|
| `POST /orders {code, mall_order_id?, status?, …}` | 201 and the order; 409 if the code exists |
| `POST /orders/bulk {count, first_mall_order_id?, …}` | 201 and `{created, first_code, last_code}` |
| `PATCH /orders/{code} {…}` | changes what is named, null clears; the order |
| `GET /orders?limit=&offset=`, `GET /orders/{code}` | the orders, without their customers |
| `GET /orders/{code}?customer=1` | the order with customer, shipping address, items and amounts: for tests only |
| `GET /calls` | `{exports, not_modified, refused, imports, leaks}` |
| `PUT`, `GET /faults` | see `faults` |
| `PUT`, `GET /export` | whether the export is a file that is written now and then, see `publishing` |
| `POST /reset` | forgets everything but the tokens |
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from sandbox.fastcentrik.publishing import ExportSettings
from sandbox.http import ControlError, checked, json_object, json_response

if TYPE_CHECKING:
    from sandbox.fastcentrik.state import ShopState

_COUNTS = ("exports", "not_modified", "refused", "imports", "leaks")


def new_control(state: ShopState) -> Blueprint:
    """The routes of the administration over this state."""
    control = Blueprint("control", __name__, url_prefix="/control")
    shop = state.shop

    @control.post("/orders")
    def _create() -> Response:
        with shop.lock:
            return json_response(shop.create(json_object()).describe(), 201)

    @control.post("/orders/bulk")
    def _create_many() -> Response:
        with shop.lock:
            return json_response(shop.create_many(json_object()), 201)

    @control.patch("/orders/<path:code>")
    def _change(code: str) -> Response:
        with shop.lock:
            return json_response(shop.change(code, json_object()).describe())

    @control.get("/orders/<path:code>")
    def _read(code: str) -> Response:
        with shop.lock:
            order = shop.order(code)
            whole = order.content.describe() if request.args.get("customer") == "1" else {}
            return json_response({**order.describe(), **whole})

    @control.get("/orders")
    def _list() -> Response:
        with shop.lock:
            start, limit = _number("offset", 0), _number("limit", len(shop.orders))
            return json_response(
                [order.describe() for order in islice(shop.orders.values(), start, start + limit)]
            )

    @control.get("/calls")
    def _calls() -> Response:
        with shop.lock:
            return json_response({key: state.counts[key] for key in _COUNTS})

    @control.post("/reset")
    def _reset() -> Response:
        with shop.lock:
            state.reset()
            return json_response({"result": "ok"})

    _add_switches(control, state)
    return control


def _add_switches(control: Blueprint, state: ShopState) -> None:
    shop = state.shop

    @control.route("/faults", methods=["GET", "PUT"])
    def _faults() -> Response:
        with shop.lock:
            if request.method == "PUT":
                state.faults.replace(json_object())
            return json_response(state.faults.describe())

    @control.route("/export", methods=["GET", "PUT"])
    def _export() -> Response:
        with shop.lock:
            if request.method == "PUT":
                state.publishing.set(checked(ExportSettings, json_object(), "export"))
            return json_response(state.publishing.describe())


def _number(key: str, default: int) -> int:
    text = request.args.get(key, str(default))
    if not (text.isascii() and text.isdigit()):
        raise ControlError(f"{key}: not a number; write digits")
    return int(text)
