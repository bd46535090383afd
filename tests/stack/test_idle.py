"""A tick in which nothing changed: no message, nothing written, the document not even sent, one call to MALL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.stack.waiting import eventually
from tests.stack.conditions import at

if TYPE_CHECKING:
    from local.stack.client import ShopClient
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> ShopClient:
    mode: Json = {"import": "link"}
    shop = open_shop("idle", **mode)
    numbers = [shop.opens() for _ in range(12)]
    shop.sync()
    shop.reach(dict.fromkeys(numbers, at("open")))
    shop.deployment.settle()
    return shop


def export_checkpoints(shop: ShopClient) -> list[Json]:
    s3 = shop.deployment.aws("s3")
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "checkpoints" in one["Name"].lower()]
    return [
        (one["Key"], one["ETag"], one["LastModified"])
        for one in s3.list_objects_v2(Bucket=bucket)["Contents"]
        if shop.name in one["Key"]
    ]


def readings(shop: ShopClient) -> list[Json]:
    """What the log says of the fetches of this shop."""
    lines = [json.loads(line) for line in shop.deployment.log("fetch-changes") if line.startswith("{")]
    return [line for line in lines if line.get("shop") == shop.name and "orders" in line]


def mapped(shop: ShopClient) -> int:
    """How many batches the queue of changes has ever handed over, as the embedded AWS tells."""
    log = (shop.deployment.state / "aws.log").read_text(encoding="utf-8")
    return log.count(f"Lambda {shop.deployment.function('map-state')} processed")


@pytest.mark.parametrize("offered", ["validators", "no validators"])
def test_nothing_is_handed_over_and_nothing_is_written(shop: ShopClient, offered: str) -> None:
    rules = {"kind": "no_validators"} if offered == "no validators" else {}
    shop.arm_shop(**rules)
    before = export_checkpoints(shop), shop.control_shop("GET", "/calls"), mapped(shop), len(readings(shop))
    assert len(before[0]) == 1
    for n in range(1, 4):
        shop.sync()
        eventually(lambda n=n: len(readings(shop)) == before[3] + n, "the fetch is in the log")  # type: ignore[misc]
    assert [(line["unchanged"], line["shop_updates"]) for line in readings(shop)[before[3] :]] == [
        (True, 0)
    ] * 3
    calls = shop.control_shop("GET", "/calls")
    assert calls["exports"] == before[1]["exports"] + 3
    assert calls["not_modified"] == before[1]["not_modified"] + (3 if offered == "validators" else 0)
    assert export_checkpoints(shop) == before[0]
    assert mapped(shop) == before[2], "a message went to the queue of changes"
    assert shop.health()["ok"] is True


def stored(shop: ShopClient) -> list[Json]:
    """Everything in the table about the shop's orders."""
    pages = shop.deployment.aws("dynamodb").get_paginator("scan").paginate(TableName=shop.deployment.table)
    items = [item for page in pages for item in page["Items"] if f"#{shop.name}#" in item["pk"]["S"]]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.mark.parametrize(
    ("what", "kind"), [("the feed", "list_unconfirmed"), ("a reconciliation", "list_orders")]
)
def test_a_list_with_nothing_new_is_one_call_and_nothing_more(shop: ShopClient, what: str, kind: str) -> None:
    """All twelve orders stand on it, unconfirmed as they are; they are known."""
    deployment = shop.deployment
    before = stored(shop), mapped(shop), shop.mall_calls(kind), shop.mall_calls()
    for n in range(1, 4):
        if what == "the feed":
            deployment.request_reads([], [shop.name])
        else:
            assert shop.ask("POST", "/reconcile").status_code == 202
        eventually(lambda n=n: shop.mall_calls(kind) == before[2] + n, "the list was read")  # type: ignore[misc]
    eventually(lambda: deployment.held_messages("lists.fifo") == (0, 0), "nothing is left to be read")
    assert deployment.held_messages("changes.fifo") == (0, 0)
    assert stored(shop) == before[0]
    assert mapped(shop) == before[1], "a message went to the queue of changes"
    assert shop.mall_calls() == before[3] + 3
