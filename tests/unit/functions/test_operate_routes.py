"""operate: every path of the template leads to its use case, in the caller's name, and every answer is JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import ShopStatus
from tests.fakes import NOON
from tests.unit.flows.sequences import ship
from tests.unit.functions import template
from tests.unit.functions.stage import DEAD_ORDER, ORDER, OTHER_ORDER, park

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.stage import FunctionHarness, Json

    NewStage = Callable[[str], FunctionHarness]

NUMBER = "4712345678"
RETURN_NUMBER = f"/escalations/{OTHER_ORDER}/wrong_delivered/return-number"


@pytest.fixture
def desk(stage: NewStage) -> FunctionHarness:
    """The orders of the events: one was canceled after Shipped, one is wrongly Delivered, one is parked."""
    made = stage("operate")
    world = made.world
    for number in (ORDER, OTHER_ORDER):
        ship(world, number)
    world.clerk(ORDER, ShopStatus.CANCELED)
    world.clerk(OTHER_ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    world.tick()
    world.clock.advance(seconds=60)
    world.clerk(OTHER_ORDER, ShopStatus.SETTLED)
    world.tick()
    park(world)
    for taken in (world.queues.take_changes, world.queues.take_lists, world.queues.take_fetches):
        taken()
    return made


def played(desk: FunctionHarness, case: str) -> tuple[int, Json]:
    """Status and body of the answer to the event ``operate.<case>``, whose operator is ``local``."""
    answer = desk.play(case)
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]
    return answer["statusCode"], json.loads(answer["body"])


def call(
    desk: FunctionHarness, method: str, path: str, said: object = None, query: Json = None
) -> tuple[int, Json]:
    """Status and body of the answer to one request of the operator ``marta``."""

    def change(event: Json) -> None:
        event |= {"httpMethod": method, "path": path, "resource": path}
        event["queryStringParameters"] = query
        event["multiValueQueryStringParameters"] = query and {name: [value] for name, value in query.items()}
        event["body"] = said if said is None or isinstance(said, str) else json.dumps(said)
        event["requestContext"]["authorizer"] = {"principalId": "marta", "shops": "demo"}

    answer = desk.play("health", change)
    assert answer["multiValueHeaders"]["Content-Type"] == ["application/json"]
    return answer["statusCode"], json.loads(answer["body"])


def test_the_template_and_the_code_know_the_same_paths(stage: NewStage) -> None:
    routes = {
        (method, rule.replace("<", "{").replace(">", "}"))
        for method, rule, _, _ in stage("operate").app.ROUTES
    }
    events = template.functions()["operate"]["Events"].values()
    assert routes == {(event["Properties"]["Method"], event["Properties"]["Path"]) for event in events}


def test_returns(desk: FunctionHarness) -> None:
    status, answer = played(desk, "returns")
    assert (status, [entry["mall_order_id"] for entry in answer["returns"]]) == (200, [ORDER])
    status, answer = call(desk, "GET", "/returns", query={"kind": "unclaimed", "limit": "5"})
    assert (status, [entry["mall_order_id"] for entry in answer["returns"]]) == (200, [ORDER])
    status, answer = played(desk, "return_resolve")
    assert (status, answer["resolved"]["by"], answer["resolved"]["note"]) == (
        200,
        "local",
        "the parcel is back",
    )
    assert call(desk, "GET", "/returns")[1]["returns"] == []
    assert [entry["state"] for entry in played(desk, "returns")[1]["returns"]] == ["resolved"]


def test_a_request_for_returned_is_accepted_and_looked_at(desk: FunctionHarness) -> None:
    status, answer = played(desk, "return_returned")
    assert status == 400
    assert "push_returned" in answer["message"]
    record = desk.world.shops.records["demo"]
    rules = {"push_returned": True, "undo_window_seconds": 0}
    desk.world.shops.put(type(record.settings)(shop="demo", rules=rules), desk.world.clock.now())
    status, answer = played(desk, "return_returned")
    assert (status, answer["return_request"]["by"]) == (202, "local")
    (recheck,) = desk.world.queues.take_changes()
    assert recheck.mall_order_id == ORDER


def test_escalations(desk: FunctionHarness) -> None:
    status, answer = played(desk, "escalations")
    assert (status, [entry["mall_order_id"] for entry in answer["escalations"]]) == (200, [DEAD_ORDER])
    status, answer = call(desk, "GET", "/escalations", query={"cause": "wrong_delivered"})
    assert (status, [entry["mall_order_id"] for entry in answer["escalations"]]) == (200, [OTHER_ORDER])
    status, answer = played(desk, "escalation_return_number")
    note = answer["credit_note"]
    assert (status, note["return_number"], note["whole_order"]) == (200, NUMBER, False)
    assert note["items"] == [{"title": "Kettle", "pieces": "1"}]
    status, answer = played(desk, "escalation_close")
    assert (status, answer["state"], answer["history"][-1]["by"]) == (200, "closed", "local")
    assert played(desk, "escalations")[1]["escalations"] == []


def test_figures(desk: FunctionHarness) -> None:
    status, answer = played(desk, "figures")
    assert (status, answer["from"], answer["to"], answer["orders"]) == (200, "2026-11-01", "2026-11-30", 2)
    status, answer = call(desk, "GET", "/figures", query={"from": "2026-11-20", "to": "2026-11-20"})
    assert (status, answer["orders"]) == (200, 2)


def test_reconcile_and_sync(desk: FunctionHarness) -> None:
    assert played(desk, "reconcile")[0] == 202
    assert [request.what for request in desk.world.queues.take_lists()] == ["reconcile"]
    status, answer = played(desk, "sync")
    assert (status, sorted(answer)) == (202, ["requested_at", "result", "shop"])
    assert answer["result"]["code"] == "requested.fetch_and_list"
    assert [request.what for request in desk.world.queues.take_lists()] == ["unconfirmed"]
    assert desk.world.queues.take_fetches() == ["demo"]


@pytest.mark.parametrize(
    ("case", "status", "said"),
    [
        ("returns_bad_kind", 400, "unclaimed, overdue, ready_to_return, withdrawal"),
        ("return_no_note", 400, "Délka poznámky je 0"),
        ("return_unknown", 404, "4709999999"),
        ("bad_return_number", 400, "47 a dalších 8 číslic"),
        ("escalation_unknown_cause", 400, "refused, "),
        ("figures_bad_days", 400, "30. 11. 2026"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_changes_nothing(
    desk: FunctionHarness, case: str, status: int, said: str
) -> None:
    before = dict(desk.world.ledger.stored)
    found, answer = played(desk, case)
    assert (found, sorted(answer)) == (status, ["error", "message"])
    assert said in answer["message"]
    assert desk.world.ledger.stored == before


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", "/returns/99/resolve", {"note": "x"}),
        ("POST", "/returns/99/returned", None),
        ("POST", "/escalations/99/refused/close", {"note": "x"}),
        ("POST", "/escalations/99/wrong_delivered/return-number", {"return_number": NUMBER}),
        ("GET", "/orders/99", None),
    ],
)
def test_an_order_that_is_not_known_is_a_404(
    desk: FunctionHarness, method: str, path: str, said: object
) -> None:
    status, answer = call(desk, method, path, said)
    assert status == 404
    assert "99" in answer["message"]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", f"/orders/{ORDER}", None),
        ("POST", f"/orders/{ORDER}/retry", None),
        ("POST", f"/returns/{ORDER}/resolve", {"note": "x"}),
    ],
)
def test_an_order_that_cannot_be_read_is_not_the_callers_fault(
    desk: FunctionHarness, method: str, path: str, said: object
) -> None:
    desk.world.ledger.unreadable.add(("demo", ORDER))
    status, answer = call(desk, method, path, said)
    assert (status, answer["error"]["code"]) == (500, "error.unreadable_order")
    assert answer["error"]["facts"]["order"] == {"number": str(ORDER)}
    status, answer = call(desk, "GET", "/orders")
    assert (status, answer["unreadable"]) == (200, [ORDER])


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("POST", f"/returns/{ORDER}/resolve", None),
        ("POST", f"/returns/{ORDER}/resolve", "{"),
        ("POST", "/returns/one/resolve", {"note": "x"}),
        ("POST", f"/escalations/{OTHER_ORDER}/bad_luck/close", {"note": "x"}),
        ("POST", f"/escalations/{OTHER_ORDER}/refused/close", {"note": "x"}),
        ("POST", RETURN_NUMBER, {"return_number": "12"}),
    ],
)
def test_what_makes_no_sense_is_one_line(desk: FunctionHarness, method: str, path: str, said: object) -> None:
    status, answer = call(desk, method, path, said)
    assert status == 400
    assert sorted(answer) == ["error", "message"]
    assert len(answer["message"].splitlines()) == 1


@pytest.mark.parametrize("shops", ["", "second"])
def test_another_shops_token_sees_and_changes_nothing(desk: FunctionHarness, shops: str) -> None:
    before = dict(desk.world.ledger.stored)
    routes = desk.app.ROUTES
    for method, rule, _, _ in routes:
        if rule == "/health":
            continue
        path = rule.replace("<mall_order_id>", str(ORDER)).replace("<cause>", "wrong_delivered")

        def change(event: Json, method: str = method, path: str = path) -> None:
            event |= {"httpMethod": method, "path": path, "body": json.dumps({"note": "x"})}
            event["requestContext"]["authorizer"] = {"principalId": "eve", "shops": shops}
            event["queryStringParameters"] = {"shop": "demo"}
            event["multiValueQueryStringParameters"] = {"shop": ["demo"]}

        answer = desk.play("health", change)
        assert answer["statusCode"] == 404, path
    assert desk.world.ledger.stored == before
    assert (desk.world.queues.changes, desk.world.queues.lists, desk.world.queues.fetches) == ([], [], [])


def test_what_people_write_is_not_in_the_log(desk: FunctionHarness) -> None:
    call(desk, "POST", f"/returns/{ORDER}/resolve", {"note": "a note about Jan Novak", "to": "much"})
    call(desk, "POST", f"/returns/{ORDER}/resolve", {"note": "a note about Jan Novak"})
    assert "Novak" not in desk.output()
