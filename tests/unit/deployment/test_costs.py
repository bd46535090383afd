"""The table of costs is what the script computes, from facts that the template and the bench have."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from deployment import costs
from tests.unit.functions import template

if TYPE_CHECKING:
    from pathlib import Path

Json = Any


@pytest.fixture
def facts() -> Json:
    return json.loads(costs.COUNTED.read_text("utf-8"))


@pytest.fixture
def prices() -> Json:
    return json.loads(costs.PRICES.read_text("utf-8"))


def total(facts: Json, prices: Json, shops: int = 10, orders: int = 300, mode: str = "create") -> float:
    used = costs.month(facts, shops, orders, mode, costs.Schedules())
    return sum(costs.priced(used, prices["prices"]).values())


def test_the_page_has_the_table_as_it_is_computed(facts: Json, prices: Json) -> None:
    page = costs.PAGE.read_text("utf-8")
    assert costs.written(page, costs.table(facts, prices)) == page


def test_what_is_said_of_the_template_is_so(facts: Json) -> None:
    functions = template.functions()
    events = [one for each in functions.values() for one in each.get("Events", {}).values()]
    memory = template.read()["Globals"]["Function"]["MemorySize"]
    known = facts["template"]
    assert known["queue_sources"] == sum(one["Type"] == "SQS" for one in events)
    assert known["alarms"] == template.count_of("AWS::CloudWatch::Alarm")
    assert known["dashboards"] == template.count_of("AWS::CloudWatch::Dashboard")
    assert known["keys"] == template.count_of("AWS::KMS::Key")
    for name, megabytes in known["megabytes"].items():
        assert functions[name].get("MemorySize", memory) == megabytes, name


def test_the_schedules_are_the_template_s() -> None:
    defaults = {name: one.get("Default") for name, one in template.read()["Parameters"].items()}
    every = costs.Schedules()
    assert defaults["FetchSchedule"] == f"rate({every.fetch} minutes)"
    assert defaults["FeedSchedule"] == f"rate({every.feed} minutes)"
    assert defaults["ReturnsSchedule"] == f"rate({every.returns // 60} hours)"
    assert defaults["RetrySchedule"] == f"rate({every.retry} minute)"


def test_every_price_is_used_and_every_use_has_a_price(facts: Json, prices: Json) -> None:
    used = costs.month(facts, 10, 300, "create", costs.Schedules())
    grouped = [name for names in costs.GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(prices["prices"])
    assert set(used) == set(grouped)
    assert all(amount > 0 for amount in used.values())


def test_a_price_list_says_when_and_where(prices: Json) -> None:
    assert prices["region"] == "eu-central-1"
    assert len(prices["as_of"]) == len("2026-11")
    assert all(one["usd"] > 0 and one["per"] >= 1 and one["source"] for one in prices["prices"].values())


@pytest.mark.parametrize(
    "price", ["dynamodb_write_unit", "lambda_gb_second_arm", "sqs_request", "alarm_month"]
)
def test_a_higher_price_costs_more(facts: Json, prices: Json, price: str) -> None:
    before = total(facts, prices)
    prices["prices"][price]["usd"] *= 2
    assert total(facts, prices) > before


def test_more_orders_and_more_shops_cost_more_and_a_shop_less(facts: Json, prices: Json) -> None:
    assert total(facts, prices, orders=301) > total(facts, prices)
    assert total(facts, prices, shops=11) > total(facts, prices)
    assert total(facts, prices, shops=100) / 100 < total(facts, prices, shops=10) / 10
    assert total(facts, prices, mode="link") < total(facts, prices, mode="create")


def test_a_thousand_orders_write_what_was_counted(facts: Json) -> None:
    none = costs.month(facts, 1, 0, "create", costs.Schedules())
    thousand = costs.month(facts, 1, 1000, "create", costs.Schedules())
    units = sum(facts["counts"]["an order's life, create: write units"].values())
    assert thousand["dynamodb_write_unit"] - none["dynamodb_write_unit"] == pytest.approx(1000 * units)


def test_the_program_prints_other_numbers_and_other_prices(
    capsys: pytest.CaptureFixture[str], prices: Json, tmp_path: Path
) -> None:
    assert costs.main(["--shops", "40", "--orders", "1200"]) == 0
    assert "1200 orders a shop | 40 shops |" in capsys.readouterr().out
    for one in prices["prices"].values():
        one["usd"] = 0
    (tmp_path / "free.json").write_text(json.dumps(prices))
    assert costs.main(["--shops", "40", "--prices", str(tmp_path / "free.json")]) == 0
    assert "| **sum** | **0.00** |" in capsys.readouterr().out


def test_a_page_without_the_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        costs.written("no marks", [])
