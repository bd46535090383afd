"""operate: every path of the template leads to its use case, in the caller's name, and every answer is JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.api.routes import ROUTES
from tests.fakes import NOON
from tests.unit.flows.sequences import ship
from tests.unit.functions import template
from tests.unit.functions.function_harness import DEAD_ORDER, ORDER, OTHER_ORDER, park

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, Json, NewHarness

NUMBER = "4712345678"
RETURN_NUMBER = f"/escalations/{OTHER_ORDER}/wrong_delivered/return-number"


@pytest.fixture
def client(new_harness: NewHarness) -> FunctionHarness:
    """The orders of the events: one was canceled after Shipped, one is wrongly Delivered, one is parked."""
    made = new_harness("operate")
    product = made.product
    for number in (ORDER, OTHER_ORDER):
        ship(product, number)
    product.clerk(ORDER, ShopStatus.CANCELED)
    product.clerk(OTHER_ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(OTHER_ORDER, ShopStatus.SETTLED)
    product.tick()
    park(product)
    for taken in (product.queues.take_changes, product.queues.take_lists, product.queues.take_fetches):
        taken()
    return made


def played(client: FunctionHarness, case: str) -> tuple[int, Json]:
    """Status and body of the answer to the event ``operate.<case>``, whose operator is ``local``."""
    return parsed(client.play(case))


def parsed(answer: Json) -> tuple[int, Json]:
    """Status and body of an answer: JSON, or problem details if it is a refusal."""
    status = answer["statusCode"]
    kind = "application/json" if status < 400 else "application/problem+json"
    assert answer["multiValueHeaders"]["Content-Type"] == [kind]
    return status, json.loads(answer["body"])


def call(
    client: FunctionHarness,
    method: str,
    path: str,
    said: object = None,
    query: Json = None,
    role: str | None = "operator",
) -> tuple[int, Json]:
    """Status and body of the answer to one request of the operator ``marta``."""

    def change(event: Json) -> None:
        event |= {"httpMethod": method, "path": path, "resource": path}
        event["queryStringParameters"] = query
        event["multiValueQueryStringParameters"] = query and {name: [value] for name, value in query.items()}
        event["body"] = said if said is None or isinstance(said, str) else json.dumps(said)
        event["requestContext"]["authorizer"] = {"principalId": "marta", "shops": "demo", "role": role}

    return parsed(client.play("health", change))


def test_the_template_and_the_code_know_the_same_paths() -> None:
    routes = {(route.method, route.path) for route in ROUTES} | {("GET", "/openapi.json")}
    events = template.functions()["operate"]["Events"].values()
    assert routes == {(event["Properties"]["Method"], event["Properties"]["Path"]) for event in events}


def test_returns(client: FunctionHarness) -> None:
    status, answer = played(client, "returns")
    assert (status, [entry["mall_order_id"] for entry in answer["returns"]]) == (200, [ORDER])
    status, answer = call(client, "GET", "/returns", query={"kind": "unclaimed", "limit": "5"})
    assert (status, [entry["mall_order_id"] for entry in answer["returns"]]) == (200, [ORDER])
    status, answer = played(client, "return_resolve")
    assert (status, answer["resolved"]["by"], answer["resolved"]["note"]) == (
        200,
        "local",
        "the parcel is back",
    )
    assert call(client, "GET", "/returns")[1]["returns"] == []
    assert [entry["state"] for entry in played(client, "returns")[1]["returns"]] == ["resolved"]


def test_a_request_for_returned_is_accepted_and_rechecked(client: FunctionHarness) -> None:
    status, answer = played(client, "return_returned")
    assert status == 400
    assert "push_returned" in answer["detail"]
    record = client.product.shops.records["demo"]
    rules = {"push_returned": True, "undo_window_seconds": 0}
    client.product.shops.put(type(record.settings)(shop="demo", rules=rules), client.product.clock.now())
    status, answer = played(client, "return_returned")
    assert (status, answer["return_request"]["by"]) == (202, "local")
    (recheck,) = client.product.queues.take_changes()
    assert recheck.mall_order_id == ORDER


def test_escalations(client: FunctionHarness) -> None:
    status, answer = played(client, "escalations")
    assert (status, [entry["mall_order_id"] for entry in answer["escalations"]]) == (200, [DEAD_ORDER])
    status, answer = call(client, "GET", "/escalations", query={"cause": "wrong_delivered"})
    assert (status, [entry["mall_order_id"] for entry in answer["escalations"]]) == (200, [OTHER_ORDER])
    status, answer = played(client, "escalation_return_number")
    note = answer["credit_note"]
    assert (status, note["return_number"], note["whole_order"]) == (200, NUMBER, False)
    assert note["items"] == [{"title": "Kettle", "pieces": "1"}]
    status, answer = played(client, "escalation_close")
    assert (status, answer["state"], answer["history"][-1]["by"]) == (200, "closed", "local")
    assert played(client, "escalations")[1]["escalations"] == []


def test_figures(client: FunctionHarness) -> None:
    status, answer = played(client, "figures")
    assert (status, answer["from"], answer["to"], answer["orders"]) == (200, "2026-11-01", "2026-11-30", 2)
    status, answer = call(client, "GET", "/figures", query={"from": "2026-11-20", "to": "2026-11-20"})
    assert (status, answer["orders"]) == (200, 2)


def test_reconcile_and_sync(client: FunctionHarness) -> None:
    assert played(client, "reconcile")[0] == 202
    assert [request.what for request in client.product.queues.take_lists()] == ["reconcile"]
    status, answer = played(client, "sync")
    assert (status, sorted(answer)) == (202, ["requested_at", "result", "shop"])
    assert answer["result"]["code"] == "requested.fetch_and_list"
    assert [request.what for request in client.product.queues.take_lists()] == ["unconfirmed"]
    assert client.product.queues.take_fetches() == ["demo"]


def test_a_shop_is_paused_and_resumed(client: FunctionHarness) -> None:
    client.product.clock.advance(seconds=60)
    status, answer = played(client, "pause")
    assert (status, answer["changed"], answer["paused"]["by"]) == (200, True, "local")
    assert client.product.shops.records["demo"].pause is not None
    assert call(client, "POST", "/resume", role="viewer")[0] == 403
    status, answer = played(client, "resume")
    assert (status, answer["changed"], answer["paused"], answer["resumed"]["by"]) == (
        200,
        True,
        None,
        "local",
    )
    assert client.product.shops.records["demo"].pause is None


def test_settings_and_the_audit_trail(client: FunctionHarness) -> None:
    status, answer = played(client, "settings")
    assert (status, answer["settings"]["shop"]) == (200, "demo")
    status, answer = played(client, "audit")
    assert (status, {row["mall_order_id"] for row in answer["rows"]} >= {ORDER, OTHER_ORDER}) == (200, True)
    days = {"from": "2026-11-01", "to": "2026-11-30"}
    status, answer = call(client, "GET", "/audit", query={**days, "cursor": answer["next_cursor"]})
    assert (status, answer["next_cursor"]) == (200, None)


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
    client: FunctionHarness, case: str, status: int, said: str
) -> None:
    before = dict(client.product.ledger.stored)
    found, answer = played(client, case)
    assert (found, answer["status"]) == (status, status)
    assert said in answer["detail"]
    assert client.product.ledger.stored == before


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
    client: FunctionHarness, method: str, path: str, said: object
) -> None:
    status, answer = call(client, method, path, said)
    assert status == 404
    assert "99" in answer["detail"]


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", f"/orders/{ORDER}", None),
        ("POST", f"/orders/{ORDER}/retry", None),
        ("POST", f"/returns/{ORDER}/resolve", {"note": "x"}),
    ],
)
def test_an_order_that_cannot_be_read_is_not_the_callers_fault(
    client: FunctionHarness, method: str, path: str, said: object
) -> None:
    client.product.ledger.unreadable.add(("demo", ORDER))
    status, answer = call(client, method, path, said)
    assert (status, answer["code"]) == (500, "error.unreadable_order")
    assert answer["facts"]["order"] == {"number": str(ORDER)}
    status, answer = call(client, "GET", "/orders")
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
def test_what_makes_no_sense_is_one_line(
    client: FunctionHarness, method: str, path: str, said: object
) -> None:
    status, answer = call(client, method, path, said)
    assert status == 400
    assert len(answer["detail"].splitlines()) == 1


@pytest.mark.parametrize("shops", ["", "second"])
def test_another_shops_token_sees_and_changes_nothing(client: FunctionHarness, shops: str) -> None:
    before = dict(client.product.ledger.stored)
    for method, path in routes():
        if path == "/health":
            continue

        def change(event: Json, method: str = method, path: str = path) -> None:
            event |= {"httpMethod": method, "path": path, "body": json.dumps({"note": "x"})}
            event["requestContext"]["authorizer"] = {"principalId": "eve", "shops": shops, "role": "operator"}
            event["queryStringParameters"] = {"shop": "demo"}
            event["multiValueQueryStringParameters"] = {"shop": ["demo"]}

        answer = client.play("health", change)
        assert answer["statusCode"] == 404, path
    assert client.product.ledger.stored == before
    assert (client.product.queues.changes, client.product.queues.lists, client.product.queues.fetches) == (
        [],
        [],
        [],
    )


def routes() -> list[tuple[str, str]]:
    values = {"mall_order_id": ORDER, "cause": "wrong_delivered"}
    return [(route.method, route.path.format_map(values)) for route in ROUTES]


@pytest.mark.parametrize("role", ["viewer", None, "", "admin", "Operator"])
def test_a_viewer_may_read_everything_and_change_nothing(client: FunctionHarness, role: str | None) -> None:
    """Whoever has no known role counts as one."""
    product = client.product
    before = dict(product.ledger.stored)
    walked = {"GET": 0, "POST": 0}
    for method, path in routes():
        status, answer = call(client, method, path, {"note": "x"} if method == "POST" else None, role=role)
        walked[method] += 1
        if method == "GET":
            assert status == 200, path
            continue
        assert (status, answer["code"]) == (403, "error.role"), path
        assert answer["facts"]["needed"] == {"term": "operator"}
    assert min(walked.values()) >= 7
    assert product.ledger.stored == before
    assert product.actions.recorded == []
    assert (product.queues.changes, product.queues.lists, product.queues.fetches) == ([], [], [])


def test_an_operator_is_let_in_everywhere(client: FunctionHarness) -> None:
    assert 403 not in {call(client, method, path)[0] for method, path in routes()}


def test_a_viewer_is_told_whom_to_ask(client: FunctionHarness) -> None:
    status, answer = played(client, "viewer_refused")
    assert (status, answer["code"]) == (403, "error.role")
    assert "operator" in answer["detail"]
    assert played(client, "sync")[0] == 202


def test_actions(client: FunctionHarness) -> None:
    assert played(client, "actions") == (200, {"shop": "demo", "actions": [], "next_cursor": None})
    call(client, "POST", "/sync", {"why": "the export was late"})
    client.product.clock.advance(seconds=1)
    call(client, "POST", f"/orders/{ORDER}/retry")
    status, answer = played(client, "actions")
    (entry,) = answer["actions"]
    assert (status, entry["action"]["code"], entry["by"], entry["why"]) == (
        200,
        "person.retry",
        "marta",
        None,
    )
    assert answer["next_cursor"]
    status, answer = call(client, "GET", "/actions")
    assert [entry["why"] for entry in answer["actions"]] == [None, "the export was late"]


def test_what_people_write_is_not_in_the_log(client: FunctionHarness) -> None:
    call(client, "POST", f"/returns/{ORDER}/resolve", {"note": "a note about Jan Novak", "to": "much"})
    call(client, "POST", f"/returns/{ORDER}/resolve", {"note": "a note about Jan Novak"})
    call(client, "POST", "/sync", {"why": "Jan Novak called"})
    assert len(client.product.actions.recorded) == 2
    assert "Novak" not in client.output()
