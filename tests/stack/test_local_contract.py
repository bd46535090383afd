"""The local contract: what stack.json says, and what answers at the addresses in it."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.stack.place import Place, at

if TYPE_CHECKING:
    from tests.stack.town import Json, Town

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

KEYS = {
    "aws": {"endpoint_url", "region", "stack", "table"},
    "api": {"url", "operator_token", "mall_webhook_url"},
    "fastcentrik": {"export_url", "import_url", "control_url"},
    "mall": {"api_url", "client_id", "control_url"},
}


def test_stack_json_has_exactly_the_agreed_keys(town: Town) -> None:
    path = town.state / "stack.json"
    content = json.loads(path.read_text())
    assert content == town.addresses
    assert set(content) == {*KEYS, "shop"}
    assert {name: set(content[name]) for name in KEYS} == KEYS
    texts = [value for name in KEYS for value in content[name].values()]
    assert all(isinstance(text, str) and text for text in [*texts, content["shop"]])
    hook = content["api"]["mall_webhook_url"]
    assert hook.startswith(f"{content['api']['url']}/webhook/{content['shop']}/")
    assert len(hook.rsplit("/", 1)[1]) >= 32
    assert content["mall"]["api_url"].endswith("/v1")


def test_files_with_secrets_are_the_owners_alone(town: Town) -> None:
    for name in ("stack.json", "sandbox.json", "processes.json"):
        assert stat.S_IMODE((town.state / name).stat().st_mode) == 0o600, name


def test_every_server_listens_on_loopback_only(town: Town) -> None:
    addresses = [block[key] for name, block in town.addresses.items() if name in KEYS for key in block]
    urls = [text for text in addresses if text and text.startswith("http")]
    assert len(urls) >= 8
    assert {urlsplit(url).hostname for url in urls} == {"127.0.0.1"}


def test_every_address_answers(town: Town) -> None:
    shop, mall = town.addresses["fastcentrik"], town.addresses["mall"]
    export = town.http("GET", shop["export_url"])
    assert (export.status_code, export.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert town.http("POST", shop["import_url"]).status_code == 400
    assert town.post(town.addresses["api"]["mall_webhook_url"], b"[]").status_code == 200
    assert isinstance(town.control("GET", f"{shop['control_url']}/orders"), list)
    orders = town.http("GET", f"{mall['api_url']}/orders?client_id={mall['client_id']}")
    assert orders.json()["result"] == {"code": 200, "status": "OK"}
    assert town.http("GET", f"{mall['api_url']}/orders").status_code == 401
    assert town.control("GET", f"{mall['control_url']}/calls")["total"] >= 2
    described = town.aws("dynamodb").describe_table(TableName=town.table)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert town.aws("cloudformation").describe_stacks(StackName=town.stack)["Stacks"][0]["StackStatus"] in {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
    }


def test_the_operator_token_opens_the_api(town: Town) -> None:
    answer = town.ask("GET", "/health", token=town.addresses["api"]["operator_token"])
    assert answer.status_code == 200
    assert [shop["shop"] for shop in answer.json()["shops"]] == [town.addresses["shop"]]


def test_the_administration_of_the_shop(demo: Place) -> None:
    url = f"{demo.fastcentrik['control_url']}/orders"
    order = {"code": "K-1", "status": "nevyřízená", "carrier": "PPL", "payment": "Dobírka"}
    assert demo.town.http("POST", url, order).status_code == 201
    changed = demo.town.control(
        "PATCH", f"{url}/K-1", {"delivery_date": "2026-01-31", "tracking_number": "1"}
    )
    read = demo.town.control("GET", f"{url}/K-1")
    assert changed == read
    assert order.items() <= read.items()
    assert (read["mall_order_id"], read["delivery_date"], read["tracking_number"]) == (
        None,
        "2026-01-31",
        "1",
    )
    assert "K-1" in [one["code"] for one in demo.town.control("GET", url)]
    assert demo.town.control("PUT", f"{demo.fastcentrik['control_url']}/faults", {}) == {"rules": []}


def test_the_control_of_mall(demo: Place) -> None:
    url = demo.mall["control_url"]
    number = demo.opens()
    assert demo.at_mall(number).items() >= {"id": number, "status": "open", "confirmed": False}.items()
    demo.customer(number, ready_to_return=True)
    assert demo.at_mall(number)["ready_to_return"] is True
    demo.sync()
    demo.reach({number: at("open")})
    demo.clerk(number, status="vyřizuje se")
    demo.sync()
    demo.reach({number: at("shipping")})

    calls: list[Json] = demo.calls(number)
    assert [call["method"] for call in calls] == ["GET", "PUT"]
    for call in calls:
        assert set(call) == {"at", "method", "path", "body", "http_status", "status_before", "status_after"}
        assert call["path"] == f"/v1/orders/{number}"
    assert calls[1]["body"] == {"confirmed": True, "status": "shipping"}
    assert [calls[1][key] for key in ("http_status", "status_before", "status_after")] == [
        200,
        "open",
        "shipping",
    ]
    counts = demo.town.control("GET", f"{url}/calls")
    assert counts["get_order"] >= 1
    assert counts["put_order"] >= 1
    for switch in ("faults", "behaviour", "limits"):
        assert demo.town.control("PUT", f"{url}/{switch}", {}), switch
