"""console: what is today, around midnight in the shop's zone and when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.console.rendering import Reading
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import ShopStatus
from orderbridge.settings import ShopSettings
from orderbridge.texts import Language
from tests.unit.flows.sequences import ship
from tests.unit.functions.console_client import Browser, add_operator
from tests.unit.functions.function_harness import ORDER

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness

PRAGUE = ZoneInfo("Europe/Prague")
MINUTE = timedelta(minutes=1)


def reading(now: datetime) -> Reading:
    return Reading(Language.CZECH, PRAGUE, now, "console")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), "20. 11. 2026"),
        (datetime(2026, 11, 20, 23, 1, tzinfo=UTC), "21. 11. 2026"),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), "1. 7. 2026"),
        (datetime(2026, 7, 1, 22, 1, tzinfo=UTC), "2. 7. 2026"),
        (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "25. 10. 2026"),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "25. 10. 2026"),
        (datetime(2026, 10, 25, 23, 1, tzinfo=UTC), "26. 10. 2026"),
    ],
)
def test_the_day_of_a_moment_is_the_shops(now: datetime, day: str) -> None:
    assert reading(now).day(now.isoformat().replace("+00:00", "Z")) == day
    assert reading(now).day(now.astimezone(PRAGUE).date().isoformat()) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 20, 22, 59, tzinfo=UTC), "20 Nov 2026"),
        (datetime(2026, 11, 20, 23, 1, tzinfo=UTC), "21 Nov 2026"),
        (datetime(2026, 7, 1, 22, 1, tzinfo=UTC), "2 Jul 2026"),
    ],
)
def test_today_is_the_shops_day(new_harness: NewHarness, now: datetime, day: str) -> None:
    made = new_harness("console")
    made.product.clock.set(now)
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    assert f'<span class="date">{day}</span>' in clerk.get("shops/demo/today").text


def test_a_step_that_is_sent_tomorrow_says_so() -> None:
    evening = datetime(2026, 11, 20, 22, 55, tzinfo=UTC)
    due = (evening + 10 * MINUTE).isoformat()
    assert reading(evening).clock(due) == "21. 11. 2026 00:05:00"
    assert reading(evening + 6 * MINUTE).clock(due) == "00:05:00"
    assert "21. 11. 2026 00:05" in reading(evening).moment(due)
    assert "dnes 00:05" in reading(evening + 6 * MINUTE).moment(due)


def test_a_moment_of_the_hour_that_comes_twice_is_told_apart_by_its_age() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    again = first + timedelta(hours=1)
    later = reading(again + 5 * MINUTE)
    assert "02:30" in later.moment(first.isoformat())
    assert "02:30" in later.moment(again.isoformat())
    assert ("65 min" in later.age(first.isoformat()), "5 min" in later.age(again.isoformat())) == (True, True)


@pytest.mark.parametrize(
    "midnight", [datetime(2026, 11, 20, 23, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC)]
)
def test_a_window_across_midnight_is_undone_after_it(new_harness: NewHarness, midnight: datetime) -> None:
    made = new_harness("console")
    product = made.product
    product.clock.set(midnight - 10 * MINUTE)
    rules = Rules(undo_window_seconds=900)
    product.shops.put(ShopSettings(shop="demo", rules=rules, export_interval_seconds=0), product.clock.now())
    product.mall.now = product.clock.now()
    ship(product, ORDER)
    product.clock.advance(MINUTE)
    yesterday = midnight.astimezone(PRAGUE).date() - timedelta(days=1)
    product.clerk(ORDER, ShopStatus.SETTLED, delivery=ShopDate(yesterday))
    product.tick()
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    before = clerk.get("shops/demo/today")
    assert "<dt>set to Shipped</dt><dd>1</dd>" in before.text
    product.clock.set(midnight + MINUTE)
    product.tick()
    after = clerk.get("shops/demo/today")
    assert "<dt>set to Shipped</dt><dd>0</dd>" in after.text, "that was yesterday"
    assert "data-due=" in after.text
    answer = clerk.send(after, f"{ORDER}/undo", why="a slip")
    assert "stopped by a person" in clerk.follow(answer).text
    product.clock.advance(60 * MINUTE)
    product.tick()
    assert product.statuses_sent(ORDER) == ["shipped"]
