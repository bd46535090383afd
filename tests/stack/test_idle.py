"""A tick in which nothing changed: no message, nothing written, the document not even sent, one call to MALL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.stack.place import Place, at
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def place(new_place: NewPlace) -> Place:
    mode: Json = {"import": "link"}
    place = new_place("idle", **mode)
    numbers = [place.opens() for _ in range(12)]
    place.sync()
    place.reach(dict.fromkeys(numbers, at("open")))
    place.town.settle()
    return place


def positions(place: Place) -> list[Json]:
    s3 = place.town.aws("s3")
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "positions" in one["Name"].lower()]
    return [
        (one["Key"], one["ETag"], one["LastModified"])
        for one in s3.list_objects_v2(Bucket=bucket)["Contents"]
        if place.shop in one["Key"]
    ]


def readings(place: Place) -> list[Json]:
    """What the log says of the fetches of this shop."""
    lines = [json.loads(line) for line in place.town.log("fetch-changes") if line.startswith("{")]
    return [line for line in lines if line.get("shop") == place.shop and "orders" in line]


def mapped(place: Place) -> int:
    """How many batches the queue of changes has ever handed over, as the embedded AWS tells."""
    log = (place.town.state / "aws.log").read_text(encoding="utf-8")
    return log.count(f"Lambda {place.town.function('map-state')} processed")


@pytest.mark.parametrize("offered", ["validators", "no validators"])
def test_nothing_is_handed_over_and_nothing_is_written(place: Place, offered: str) -> None:
    town, control = place.town, place.fastcentrik["control_url"]
    rules = {"kind": "no_validators"} if offered == "no validators" else {}
    town.control("PUT", f"{control}/faults", rules)
    before = positions(place), town.control("GET", f"{control}/calls"), mapped(place), len(readings(place))
    assert len(before[0]) == 1
    for n in range(1, 4):
        place.sync()
        eventually(lambda n=n: len(readings(place)) == before[3] + n, "the fetch is in the log")  # type: ignore[misc]
    assert [(line["unchanged"], line["news"]) for line in readings(place)[before[3] :]] == [(True, 0)] * 3
    calls = town.control("GET", f"{control}/calls")
    assert calls["exports"] == before[1]["exports"] + 3
    assert calls["not_modified"] == before[1]["not_modified"] + (3 if offered == "validators" else 0)
    assert positions(place) == before[0]
    assert mapped(place) == before[2], "a message went to the queue of changes"
    assert place.health()["ok"] is True


def stored(place: Place) -> list[Json]:
    """Everything in the table about the shop's orders."""
    pages = place.town.aws("dynamodb").get_paginator("scan").paginate(TableName=place.town.table)
    items = [item for page in pages for item in page["Items"] if f"#{place.shop}#" in item["pk"]["S"]]
    return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.mark.parametrize(
    ("what", "kind"), [("the feed", "list_unconfirmed"), ("a reconciliation", "list_orders")]
)
def test_a_list_with_nothing_new_is_one_call_and_nothing_more(place: Place, what: str, kind: str) -> None:
    """All twelve orders stand on it, unconfirmed as they are; they are known."""
    town = place.town
    before = stored(place), mapped(place), place.mall_calls(kind), place.mall_calls()
    for n in range(1, 4):
        if what == "the feed":
            town.wake([], [place.shop])
        else:
            assert place.ask("POST", "/reconcile").status_code == 202
        eventually(lambda n=n: place.mall_calls(kind) == before[2] + n, "the list was read")  # type: ignore[misc]
    eventually(lambda: town.held_messages("lists.fifo") == (0, 0), "nothing is left to be read")
    assert town.held_messages("changes.fifo") == (0, 0)
    assert stored(place) == before[0]
    assert mapped(place) == before[1], "a message went to the queue of changes"
    assert place.mall_calls() == before[3] + 3
