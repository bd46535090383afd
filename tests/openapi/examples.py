"""Real answers of every operation, recorded from the product in memory: the examples of the document."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from deployment.openapi.document import Example
from deployment.openapi.operations import OPERATIONS
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.persons import Role
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import ShopStatus
from orderbridge.errors import OrderbridgeError, VersionConflictError
from orderbridge.flows.api.problems import NO_SUCH_PATH, problem_of
from orderbridge.flows.api.request import MAX_BODY, ApiRequest, check_role
from orderbridge.flows.api.routes import ROUTES
from orderbridge.flows.receive_webhook import receive_webhook
from orderbridge.texts import API, Language
from tests.fakes import NOON
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import ship
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any

SHIPPED, HELD, CANCELED, COMING_BACK, WRONG, LATER = range(10001001, 10001007)
SECRET = "an-invented-secret-of-a-webhook"
OF_THE_GATEWAY = {
    HTTPStatus.UNAUTHORIZED: "UNAUTHORIZED",
    HTTPStatus.FORBIDDEN: "ACCESS_DENIED",
    HTTPStatus.TOO_MANY_REQUESTS: "THROTTLED",
    HTTPStatus.INTERNAL_SERVER_ERROR: "DEFAULT_5XX",
}
"""Status → the answer of API Gateway that has it."""


class Recorder:
    """One operator's calls of an imaginary shop."""

    def __init__(self) -> None:
        self.product = _scene()
        self.examples: dict[str, Example] = {}
        self.problems: dict[HTTPStatus, dict[str, Json]] = {}

    def ask(
        self,
        name: str,
        path: Mapping[str, object] | None = None,
        body: Json = None,
        role: Role = Role.OPERATOR,
        **query: str,
    ) -> None:
        """Calls the operation and keeps its answer, or the problem."""
        route = next(one for one in ROUTES if OPERATIONS[one.method, one.path].name == name)
        in_path = {key: str(value) for key, value in (path or {}).items()}
        text = "" if body is None else json.dumps(body)
        request = ApiRequest("marta", [SHOP], in_path, query, text, Language.ENGLISH, role, edge=API)
        self.product.clock.advance(seconds=1)
        try:
            check_role(role, route.role)
            answer = route.use_case(self.product, request)
            self.examples[name] = Example(answer, in_path | query, body)
        except OrderbridgeError as error:
            problem = problem_of(error)
            self._keep(problem.status, problem.body_for(request, self.product.shops))

    def hint(self) -> None:
        """MALL's hint, taken."""
        self.product.webhooks.put(SHOP, sha256(SECRET.encode()).hexdigest())
        hint = [SHIPPED]
        answer = receive_webhook(self.product, SHOP, SECRET, json.dumps(hint).encode())
        self.examples["receiveWebhook"] = Example(answer.body(Language.ENGLISH), body=hint)

    def of_the_gateway(self) -> None:
        """What API Gateway answers by itself, as the template has it."""
        (api,) = template.of_type("AWS::Serverless::Api").values()
        for status, name in OF_THE_GATEWAY.items():
            (body,) = api["GatewayResponses"][name]["ResponseTemplates"].values()
            self._keep(status, json.loads(body))

    def of_the_function(self) -> None:
        """What takes another person at the same moment, or another address."""
        conflict = problem_of(VersionConflictError("somebody else was faster"))
        for problem in (conflict, NO_SUCH_PATH):
            self._keep(problem.status, problem.body(Language.ENGLISH))

    def _keep(self, status: HTTPStatus, body: Json) -> None:
        self.problems.setdefault(status, {})[body["code"]] = body


def _scene() -> InMemoryProduct:
    """One order is as it should be, the others wait for somebody."""
    product = InMemoryProduct(rules=Rules(undo_window_seconds=0, push_returned=True), lists=True)
    for number in (SHIPPED, CANCELED, COMING_BACK, WRONG):
        ship(product, number)
        product.clock.advance(seconds=1)
    for number in (HELD, LATER):
        product.mall.hold(number)
    product.clerk(LATER, ShopStatus.HANDLED)
    product.clerk(HELD, ShopStatus.SETTLED, tracking_number="")
    for number in (CANCELED, COMING_BACK):
        product.clerk(number, ShopStatus.CANCELED)
    product.clerk(WRONG, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(WRONG, ShopStatus.HANDLED)
    product.tick()
    with_window = replace(product.rules, undo_window_seconds=900)
    settings = product.shops.records[SHOP].settings.model_copy(update={"rules": with_window})
    product.shops.put(settings, product.clock.now())
    product.clerk(LATER, ShopStatus.CANCELED)
    product.tick()
    return product


def record() -> Recorder:
    """The answers, always the same."""
    made = Recorder()
    wrong = {"mall_order_id": WRONG, "cause": "wrong_delivered"}
    made.ask("listOrders", hold="any", limit="1")
    made.ask("showToday")
    (window,) = made.examples["showToday"].answer["undo_windows"]
    why = "the wrong order was canceled"
    made.ask("undoStep", {"mall_order_id": LATER}, {"step": window["step"], "why": why})
    made.ask("retryOrder", {"mall_order_id": HELD})
    made.ask("retryOrder", {"mall_order_id": HELD}, {"why": "the number is filled in now"})
    made.ask("retryOrders", hold="missing_tracking")
    made.ask("listReturns", limit="1")
    made.ask("resolveReturn", {"mall_order_id": CANCELED}, {"note": "the customer took it after all"})
    made.ask("requestReturned", {"mall_order_id": COMING_BACK})
    made.ask("listEscalations")
    made.ask("enterReturnNumber", wrong, {"return_number": "4700000001"})
    made.ask("closeEscalation", wrong, {"note": "MALL set the order back"})
    made.ask("sync")
    made.ask("reconcile")
    made.product.settle()
    made.ask("showOrder", {"mall_order_id": SHIPPED})
    made.ask("showFigures")
    made.ask("listActions", limit="2")
    made.ask("showHealth")
    made.ask("showSettings")
    made.ask("listAudit")
    made.ask("pauseShop", body={"why": "a wrong list was imported into the shop"})
    made.ask("resumeShop", body={"why": "the shop is put right"})
    made.hint()
    made.ask("listOrders", status="sold")
    made.ask("resolveReturn", {"mall_order_id": CANCELED}, {"note": "again"})
    made.ask("resolveReturn", {"mall_order_id": CANCELED}, {"note": "x" * MAX_BODY})
    made.ask("showOrder", {"mall_order_id": 9999})
    made.ask("sync", role=Role.VIEWER)
    made.product.ledger.unreadable.add((SHOP, HELD))
    made.ask("showOrder", {"mall_order_id": HELD})
    made.of_the_function()
    made.of_the_gateway()
    return made
