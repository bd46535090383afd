"""The local contract (docs/architecture.md): what stack.json says, and what answers at the addresses in it."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.stack.conditions import at

if TYPE_CHECKING:
    from local.stack.client import Deployment, ShopClient
    from local.stack.http import Json

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

KEYS = {
    "aws": {"endpoint_url", "region", "stack", "table"},
    "api": {"url", "operator_token", "mall_webhook_url", "console_url"},
    "fastcentrik": {"export_url", "import_url", "control_url"},
    "mall": {"api_url", "client_id", "control_url"},
}


def test_stack_json_has_exactly_the_agreed_keys(deployment: Deployment) -> None:
    path = deployment.state / "stack.json"
    content = json.loads(path.read_text())
    assert content == deployment.addresses
    assert set(content) == {*KEYS, "shop"}
    assert {name: set(content[name]) for name in KEYS} == KEYS
    texts = [value for name in KEYS for value in content[name].values()]
    assert all(isinstance(text, str) and text for text in [*texts, content["shop"]])
    hook = content["api"]["mall_webhook_url"]
    assert hook.startswith(f"{content['api']['url']}/webhook/{content['shop']}/")
    assert len(hook.rsplit("/", 1)[1]) >= 32
    assert content["mall"]["api_url"].endswith("/v1")


def test_files_with_secrets_are_the_owners_alone(deployment: Deployment) -> None:
    for name in ("stack.json", "sandbox.json", "processes.json"):
        assert stat.S_IMODE((deployment.state / name).stat().st_mode) == 0o600, name


def test_every_server_listens_on_loopback_only(deployment: Deployment) -> None:
    addresses = [block[key] for name, block in deployment.addresses.items() if name in KEYS for key in block]
    urls = [text for text in addresses if text and text.startswith("http")]
    assert len(urls) >= 8
    assert {urlsplit(url).hostname for url in urls} == {"127.0.0.1"}


def test_every_address_answers(deployment: Deployment) -> None:
    shop, mall = deployment.addresses["fastcentrik"], deployment.addresses["mall"]
    export = deployment.http.request("GET", shop["export_url"])
    assert (export.status_code, export.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert deployment.http.request("POST", shop["import_url"]).status_code == 400
    assert deployment.post(deployment.addresses["api"]["mall_webhook_url"], b"[]").status_code == 200
    assert isinstance(deployment.http.json("GET", f"{shop['control_url']}/orders"), list)
    orders = deployment.http.request("GET", f"{mall['api_url']}/orders?client_id={mall['client_id']}")
    assert orders.json()["result"] == {"code": 200, "status": "OK"}
    assert deployment.http.request("GET", f"{mall['api_url']}/orders").status_code == 401
    assert deployment.http.json("GET", f"{mall['control_url']}/calls")["total"] >= 2
    described = deployment.aws("dynamodb").describe_table(TableName=deployment.table)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert deployment.aws("cloudformation").describe_stacks(StackName=deployment.stack)["Stacks"][0][
        "StackStatus"
    ] in {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
    }


def test_the_operator_token_opens_the_api(deployment: Deployment) -> None:
    answer = deployment.ask("GET", "/health", token=deployment.addresses["api"]["operator_token"])
    assert answer.status_code == 200
    assert [shop["shop"] for shop in answer.json()["shops"]] == [deployment.addresses["shop"]]


def test_the_administration_of_the_shop(demo: ShopClient) -> None:
    url = f"{demo.fastcentrik['control_url']}/orders"
    order = {"code": "K-1", "status": "nevyřízená", "carrier": "PPL", "payment": "Dobírka"}
    assert demo.deployment.http.request("POST", url, order).status_code == 201
    changed = demo.control_shop(
        "PATCH", "/orders/K-1", {"delivery_date": "2026-01-31", "tracking_number": "1"}
    )
    read = demo.control_shop("GET", "/orders/K-1")
    assert changed == read
    assert order.items() <= read.items()
    assert (read["mall_order_id"], read["delivery_date"], read["tracking_number"]) == (
        None,
        "2026-01-31",
        "1",
    )
    assert "K-1" in [one["code"] for one in demo.control_shop("GET", "/orders")]
    assert demo.control_shop("PUT", "/faults", {}) == {"rules": []}


def test_the_control_of_mall(demo: ShopClient) -> None:
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
    counts = demo.control_mall("GET", "/calls")
    assert counts["get_order"] >= 1
    assert counts["put_order"] >= 1
    for switch in ("faults", "behaviour", "limits"):
        assert demo.control_mall("PUT", f"/{switch}", {}), switch
