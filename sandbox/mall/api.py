"""MALL's documented API under `/v1`: keys, reading, writing, and the faults on the way."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request

from sandbox.http import Json, NoAnswer, json_response
from sandbox.mall.lists import list_orders
from sandbox.mall.orders import STATUSES, MallOrder, detail, stringly
from sandbox.mall.parcels import ask_for_many, ask_for_one, consignments, number_pieces
from sandbox.mall.rules import Refusal, judge_put, judge_tracking
from sandbox.mall.state import CallRecord, MallState

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.faults import Struck
    from sandbox.mall.behaviour import Behaviour
    from sandbox.mall.faults import Call, MallFault

GROUP = "/v1/orders"
_LIMITED = 429
_MAX_ID = 19
_MAX_DAYS = 3650
_UNREADABLE = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back; `envelope` None is an empty body."""

    http_status: int
    envelope: Json | None
    headers: dict[str, str]


def error_envelope(
    http_status: int, message: str, code: str | None = None, attribute: str | None = None
) -> Json:
    """`{"result": {code, status, message}, "errorCodes"?: […]}`; 429 is LIMITED, all others ERROR."""
    status = "LIMITED" if http_status == _LIMITED else "ERROR"
    envelope: Json = {"result": {"code": http_status, "status": status, "message": message}}
    if code is not None:
        attributes = {} if attribute is None else {"field": attribute}
        envelope["errorCodes"] = [{"message": message, "errorCode": code, "errorAttributes": attributes}]
    return envelope


def new_api(state: MallState) -> Blueprint:
    """The routes of the API over this state."""
    api = Blueprint("api", __name__, url_prefix="/v1")

    @api.get("/orders")
    def _orders() -> Response:
        return _Exchange(state, "list_orders").run(lambda client: _list(state, client))

    @api.get("/orders/unconfirmed")
    def _unconfirmed() -> Response:
        return _Exchange(state, "list_unconfirmed").run(lambda client: _list(state, client, unconfirmed=True))

    @api.get("/orders/stats")
    def _stats() -> Response:
        return _Exchange(state, "stats").run(lambda client: _count(state, client))

    @api.get("/orders/<name>")
    def _order(name: str) -> Response:
        if name in STATUSES:
            return _Exchange(state, "list_orders").run(lambda client: _list(state, client, status=name))
        exchange = _Exchange(state, "get_order", _order_id(name))
        return exchange.run(lambda client: _ok(detail(exchange.owned(client), state.behaviour)))

    @api.put("/orders/<name>")
    def _put_order(name: str) -> Response:
        exchange = _Exchange(state, "put_order", _order_id(name))
        return exchange.run(lambda client: _write(exchange, client, tracking=False))

    @api.put("/orders/<name>/tracking")
    def _put_tracking(name: str) -> Response:
        exchange = _Exchange(state, "put_tracking", _order_id(name))
        return exchange.run(lambda client: _write(exchange, client, tracking=True))

    _add_parcels(api, state)

    @api.route("/<path:rest>", methods=["GET", "PUT", "POST", "DELETE", "PATCH"])
    def _other(rest: str) -> Response:  # noqa: ARG001 - the route's
        def nothing(_client: str) -> Json:
            raise Refusal("NO_SUCH_PATH", "Unknown path or method.", 404)

        return _Exchange(state, "other").run(nothing)

    return api


def _add_parcels(api: Blueprint, state: MallState) -> None:
    @api.post("/orders/labels")
    def _labels() -> Response:
        exchange = _Exchange(state, "labels")

        def work(client: str) -> Json:
            owned = partial(exchange.owned, client)
            return _ok(ask_for_many(exchange.body, owned, state.behaviour, effect=exchange.effect))

        return exchange.run(work)

    @api.post("/orders/<name>/labels")
    def _labels_of_one(name: str) -> Response:
        exchange = _Exchange(state, "labels", _order_id(name))

        def work(client: str) -> Json:
            order = exchange.owned(client)
            return _ok(ask_for_one(exchange.body, order, state.behaviour, effect=exchange.effect))

        return exchange.run(work)

    @api.get("/orders/<name>/consignments")
    def _consignments(name: str) -> Response:
        exchange = _Exchange(state, "consignments", _order_id(name))
        return exchange.run(lambda client: _ok(consignments(exchange.owned(client))))

    @api.put("/orders/<name>/items/<item>/serial-numbers")
    def _serial_numbers(name: str, item: str) -> Response:
        exchange = _Exchange(state, "serial_numbers", _order_id(name))

        def work(client: str) -> Json:
            number_pieces(exchange.body, exchange.owned(client), item, effect=exchange.effect)
            return _done()

        return exchange.run(work)


class _Exchange:
    """One call from its arrival to its answer: recorded, struck by faults, checked, carried out."""

    def __init__(self, state: MallState, call: Call, order_id: int | None = None) -> None:
        self.state = state
        self.call: Call = call
        self.order_id = order_id
        self.client_id = request.args.get("client_id", "")
        self.effect = True
        raw = request.get_data()
        self.body = _read_json(raw)
        self.record = CallRecord(
            at=state.clock().isoformat(timespec="milliseconds"),
            call=call,
            method=request.method,
            path=request.path,
            body=raw.decode("utf-8", "replace") if self.body is _UNREADABLE else self.body,
            status_before=None,
            status_after=None,
        )

    def run(self, work: Callable[[str], Json]) -> Response:
        """The answer to the call, where `work(client_id)` gives the envelope or raises Refusal."""
        state = self.state
        with state.lock:
            state.record(self.record, self.order_id)
            self.record.status_before = self.record.status_after = self._status()
            struck = state.faults.strike(self._matches)
        self._wait(struck, "before")
        main = struck.main
        self.effect = main is None or main.kind != "no_effect"
        with state.lock:
            answer = self._process(work) if main is None or main.takes_effect else None
            response = self._response(answer, main)
            self.record.lost = isinstance(response, NoAnswer)
            self.record.http_status = None if self.record.lost else response.status_code
        self._wait(struck, "after")
        return response

    def owned(self, client_id: str, order_id: int | None = None) -> MallOrder:
        """The order that the call is about, or `order_id`; Refusal 404 if there is none, or another key's."""
        wanted = self.order_id if order_id is None else order_id
        order = None if wanted is None else self.state.orders.get(wanted)
        if order is None or order.client_id != client_id:
            raise Refusal("RESOURCE_NOT_FOUND", "Order not found.", 404)
        return order

    def _status(self) -> str | None:
        order = None if self.order_id is None else self.state.orders.get(self.order_id)
        return None if order is None else order.status

    def _matches(self, rule: MallFault) -> bool:
        return (
            rule.method in (None, request.method)
            and rule.call in (None, self.call)
            and rule.order_id in (None, self.order_id)
            and rule.client_id in (None, self.client_id)
            and rule.sets in (None, self.body.get("status") if isinstance(self.body, dict) else None)
        )

    def _wait(self, struck: Struck[MallFault], when: str) -> None:
        rules = [*struck.additive, *([struck.main] if struck.main else [])]
        time.sleep(sum(rule.latency_ms for rule in rules if rule.when == when) / 1000)

    def _process(self, work: Callable[[str], Json]) -> Answer:
        behaviour = self.state.behaviour
        if not self.client_id:
            return Answer(401, error_envelope(401, "Missing client_id.", *self._code("NO_KEY")), {})
        if self.client_id not in self.state.client_ids:
            http_status = behaviour.wrong_key_http_status
            return Answer(
                http_status, error_envelope(http_status, "Unknown client_id.", *self._code("WRONG_KEY")), {}
            )
        now = self.state.clock()
        allowed = self.state.limits.take(self.client_id, GROUP, now)
        headers = self._headers(behaviour)
        if not allowed:
            return Answer(429, error_envelope(429, "API rate limit exceeded."), headers)
        # Read again: a fault may have held the call up while another one changed the order.
        self.record.status_before = self._status()
        try:
            envelope = work(self.client_id)
        except Refusal as refusal:
            codes = (refusal.code, refusal.attribute) if behaviour.error_codes else ()
            return Answer(
                refusal.http_status, error_envelope(refusal.http_status, refusal.message, *codes), headers
            )
        finally:
            self.record.status_after = self._status()
        empty = request.method == "PUT" and behaviour.put_answer == "empty"
        return Answer(200, None if empty else envelope, headers)

    def _code(self, code: str) -> tuple[str, ...]:
        return (code,) if self.state.behaviour.error_codes else ()

    def _headers(self, behaviour: Behaviour) -> dict[str, str]:
        headers = {"X-Client-Id": self.client_id}
        if behaviour.rate_limit_headers == "malformed":
            return headers | {
                "X-RateLimit-Limit": "many;w=often, ;;name=",
                "X-RateLimit-Remaining": "-",
                "X-RateLimit-Reset": "soon",
            }
        if behaviour.rate_limit_headers == "present":
            headers |= self.state.limits.headers(self.client_id, GROUP, self.state.clock())
        return headers

    def _response(self, answer: Answer | None, fault: MallFault | None) -> Response:
        """What goes out; `answer` is None where the fault kept the call from being carried out."""
        if fault is None or fault.kind == "no_effect":
            return _render(answer or Answer(500, None, {}))
        if fault.kind == "other_data":
            return _render(_with_data(answer or Answer(500, None, {}), fault.data))
        if fault.kind in ("lost_before", "lost_after", "reset"):
            return NoAnswer("reset" if fault.kind == "reset" else fault.how)
        headers = {} if answer is None else answer.headers
        if fault.kind == "malformed":
            text = '{"result":{"code":200,"status":"OK"},"da' if fault.body is None else fault.body
            return _raw(text, fault.http_status or 200, headers)
        if fault.kind == "empty_body":
            return _raw("", fault.http_status or 200, headers)
        if fault.kind == "error_codes":
            message = fault.message or "The order cannot be changed."
            reasons = error_envelope(200, message, fault.code)["errorCodes"]
            return _render(Answer(200, {**_done(), "errorCodes": reasons}, headers))
        http_status = 429 if fault.kind == "rate_limited" else fault.http_status or 500
        headers = headers | self._retry_headers(fault, http_status)
        if fault.body is not None:
            return _raw(fault.body, http_status, headers)
        default = "API rate limit exceeded." if http_status == _LIMITED else "Something went wrong."
        return _render(Answer(http_status, error_envelope(http_status, fault.message or default), headers))

    def _retry_headers(self, fault: MallFault, http_status: int) -> dict[str, str]:
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if http_status != _LIMITED or self.state.behaviour.rate_limit_headers == "absent":
            return headers
        headers |= self._headers(self.state.behaviour)
        if self.state.behaviour.rate_limit_headers == "present":
            headers["X-RateLimit-Remaining"] = "0"
            if fault.reset_seconds is not None:
                headers["X-RateLimit-Reset"] = str(fault.reset_seconds)
        return headers


def _done() -> Json:
    return {"result": {"code": 200, "status": "OK"}}


def _ok(data: object) -> Json:
    return {**_done(), "data": data}


def _with_data(answer: Answer, data: object) -> Answer:
    """The answer with `data` in place of its own, if it is a success that has any."""
    if answer.envelope is None or "data" not in answer.envelope:
        return answer
    return replace(answer, envelope={**answer.envelope, "data": data})


def _render(answer: Answer) -> Response:
    if answer.envelope is None:
        return _raw("", answer.http_status, answer.headers)
    response = json_response(answer.envelope, answer.http_status)
    response.headers.extend(answer.headers)
    return response


def _raw(text: str, http_status: int, headers: dict[str, str]) -> Response:
    kind = "text/html" if text.lstrip().startswith("<") else "application/json"
    response = Response(text, status=http_status, content_type=f"{kind}; charset=utf-8")
    response.headers.extend(headers)
    return response


def _read_json(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return _UNREADABLE


def _order_id(name: str) -> int | None:
    return int(name) if name.isascii() and name.isdigit() and len(name) <= _MAX_ID else None


def _write(exchange: _Exchange, client_id: str, *, tracking: bool) -> Json:
    order = exchange.owned(client_id)
    if not isinstance(exchange.body, dict):
        raise Refusal("BROKEN_BODY", "Body must be a JSON object.", 400)
    state = exchange.state
    now = state.clock()
    if tracking:
        change = judge_tracking(order, exchange.body, state.behaviour)
    else:
        change = judge_put(order, exchange.body, state.behaviour, now)
    if exchange.effect:
        change.apply(order, now)
    return _done()


def _list(state: MallState, client_id: str, *, unconfirmed: bool = False, status: str | None = None) -> Json:
    mine = [order for order in state.orders.values() if order.client_id == client_id]
    if unconfirmed:
        mine = [order for order in mine if not order.confirmed]
    blocked = unconfirmed and state.behaviour.blocked_unconfirmed == "listed"
    data, paging = list_orders(mine, request.args, state.behaviour, status, blocked=blocked)
    return {**_ok(data), "paging": paging}


def _count(state: MallState, client_id: str) -> Json:
    text = request.args.get("days", "30")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MAX_DAYS):
        raise Refusal("DAYS", "days must be a number of days.", 400, "days")
    since = state.clock() - timedelta(days=int(text))
    counts = dict.fromkeys(STATUSES, 0)
    for order in state.orders.values():
        first = min(order.stamps.values(), default=None)
        if order.client_id == client_id and not order.test and (first is None or first >= since):
            counts[order.status] += 1
    return _ok(stringly(counts) if "stringly" in state.behaviour.order_detail else counts)
