"""One order can be followed through the logs of all functions, by the saved queries of the template."""

from __future__ import annotations

import json
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.domain.statuses import ShopStatus
from tests.unit.functions import template
from tests.unit.functions.function_harness import NEW_ORDER, ORDER, failed, stop

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

Json = Any


def query(name: str) -> str:
    found = {
        one["Name"]["Fn::Sub"].rpartition("/")[2]: str(one["QueryString"])
        for one in template.of_type("AWS::Logs::QueryDefinition").values()
    }
    return found[name]


def told(made: FunctionHarness, function: str, argument: Json) -> list[Json]:
    """What this function's own telemetry writes."""
    before = len(made.log())
    getattr(sys.modules["orderbridge.telemetry"], function)(*argument)
    return made.log()[before:]


def test_whoever_hands_orders_over_names_them_all(new_harness: NewHarness) -> None:
    fetch = new_harness("fetch_changes")
    orders = [("demo", ORDER + number) for number in range(250)] + [("second", ORDER)]
    lines = told(fetch, "log_sent", ("changes.fifo", orders))
    named = [(line["shop"], number) for line in lines for number in line["mall_order_ids"]]
    assert named == orders
    assert {line["queue"] for line in lines} == {"changes.fifo"}
    assert all(len(line["mall_order_ids"]) <= 100 for line in lines)


@pytest.mark.parametrize(("function", "case"), [("map_state", "shop_update"), ("push_to_mall", "read")])
def test_every_line_of_a_message_names_its_shop_and_order(
    new_harness: NewHarness, function: str, case: str
) -> None:
    made = new_harness(function)
    made.product.mall.hold(ORDER)
    made.product.clerk(ORDER, ShopStatus.HANDLED)
    if function == "push_to_mall":
        made.product.fetch()
        made.product.map_all()
        made.product.clock.advance(seconds=600)
    assert failed(made.play(case)) == []
    told(made, "log_sent", ("later.fifo", [("second", NEW_ORDER)]))
    *lines, after = made.log()
    assert lines
    assert {(line["shop"], line["mall_order_id"]) for line in lines} == {("demo", ORDER)}
    assert "mall_order_id" not in after, "and no other line does"


def test_a_failure_names_them_too(new_harness: NewHarness) -> None:
    made = new_harness("map_state")
    made.product.mall.hold(ORDER)
    made.product.queues.fail_with = TimeoutError("the queue did not answer")
    assert len(failed(made.play("shop_update"))) == 1
    (line,) = (line for line in made.log() if line["level"] == "ERROR")
    assert (line["shop"], line["mall_order_id"]) == ("demo", ORDER)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '"demo"',
        '{"shop": ["x"], "mall_order_id": "7"}',
        '{"shop": "Jan Novák", "mall_order_id": true}',
    ],
)
def test_of_what_is_no_message_nothing_is_repeated(new_harness: NewHarness, body: str) -> None:
    made = new_harness("map_state")

    def change(event: Json) -> None:
        event["Records"][0]["body"] = body

    made.play("shop_update", change)
    (line,) = (line for line in made.log() if line["level"] == "ERROR")
    assert not {"shop", "mall_order_id"} & line.keys()


def test_the_saved_queries_ask_for_what_the_functions_write(new_harness: NewHarness) -> None:
    written: set[str] = {"@timestamp", "@log"}
    retry = new_harness("retry_transitions")
    stop(retry.product)
    retry.product.clock.advance(timedelta(minutes=5))
    retry.play("schedule")
    retry.play("dead_request")
    mapper = new_harness("map_state")
    mapper.product.mall.hold(ORDER)
    mapper.play("shop_update")
    mapper.play("not_a_message")
    told(mapper, "log_sent", ("steps.fifo", [("demo", ORDER)]))
    push = new_harness("push_to_mall")
    push.product.mall.hold(ORDER)
    push.product.clerk(ORDER, ShopStatus.HANDLED)
    push.product.fetch()
    push.product.map_all()
    push.product.clock.advance(seconds=600)
    push.play("read")
    mapper.product.settle()
    mapper.product.clock.advance(seconds=600)
    mapper.product.clerk(ORDER, None, status_name="neznámý")
    mapper.product.fetch()
    (change,) = (one for one in mapper.product.queues.take_changes() if one.mall_order_id == ORDER)
    mapper.play("shop_update", lambda event: event["Records"][0].update(body=change.model_dump_json()))
    for made in (retry, mapper, push):
        written |= {key for line in made.log() for key in line}
    asked = set()
    for one in template.of_type("AWS::Logs::QueryDefinition").values():
        (fields,) = re.findall(r"^fields (.*)$", one["QueryString"], re.MULTILINE)
        asked |= {name.strip() for name in fields.split(",")}
        groups = {group["Ref"] for group in one["LogGroupNames"]}
        assert groups == template.of_type("AWS::Logs::LogGroup").keys()
    assert asked <= written
    assert "like /NUMBER/" in query("order")


def test_the_dashboard_shows_figures_that_exist() -> None:
    (board,) = template.of_type("AWS::CloudWatch::Dashboard").values()
    text = board["DashboardBody"]["Fn::Sub"]
    names = set(re.findall(r"\$\{(\w+)(?:\.\w+)?\}", text))
    assert names <= template.read()["Resources"].keys()
    widgets = json.loads(re.sub(r"\$\{[\w:.]+\}", "x", text))["widgets"]
    sources = "".join(path.read_text() for path in (template.ROOT / "functions").glob("*/app.py"))
    for widget in widgets:
        for metric in widget["properties"].get("metrics", []):
            if metric[0] == "orderbridge":
                assert f'"{metric[1]}"' in sources
    functions = template.of_type("AWS::Serverless::Function").keys()
    queues = {name for name in template.of_type("AWS::SQS::Queue") if not name.startswith("Dead")}
    assert functions | queues <= names
