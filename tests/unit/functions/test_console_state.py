"""console: the state of one shop, whatever else the person may see."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.checkpoints import FeedCheckpoint
from orderbridge.domain.codes.api import SettingReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.api.shops import MAX_LISTS
from tests.fakes import NOON
from tests.unit.functions.console_client import Browser, add_operator

if TYPE_CHECKING:
    import pytest

    from tests.unit.functions.function_harness import NewHarness

ORDER = 4_700_000_007


def test_one_shop_is_read_however_many_there_are(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness("console")
    product, read = made.product, list[str]()
    for number in range(MAX_LISTS + 1):
        product.add_shop(f"shop-{number}")
    monkeypatch.setattr(product.shops, "all", lambda: read.append("all"))
    product.feed_checkpoints.put("demo", FeedCheckpoint(read_at=NOON - timedelta(minutes=83)))
    checkpoint_of = product.feed_checkpoints.get

    def get(shop: str) -> FeedCheckpoint:
        read.append(shop)
        return checkpoint_of(shop)

    monkeypatch.setattr(product.feed_checkpoints, "get", get)
    add_operator(made, shops=("*",))
    clerk = Browser(made)
    clerk.log_in()
    page = clerk.get("shops/demo/state")
    assert page.status == 200
    assert 'datetime="2026-11-20T10:37:00Z"' in page.text, "when the list of new orders was read"
    assert read == ["demo"]
    assert clerk.get("shops/shop-99/state").status == 404


def test_pausing_is_apart_from_the_everyday_buttons_and_setting_running_is_the_first_thing(
    new_harness: NewHarness,
) -> None:
    made = new_harness("console")
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    runs = clerk.get("shops/demo/state").text
    everyday, _, rest = runs.partition('aria-labelledby="h-do"')[2].partition("</section>")
    assert ("demo/sync" in everyday, "demo/pause" in everyday) == (True, False)
    assert rest.index("demo/pause") > rest.index("h-mall"), "it is the last on the page"
    made.product.shops.pause("demo", "petr", NOON + timedelta(minutes=1))
    paused = clerk.get("shops/demo/state").text
    assert "demo/resume" in paused.partition('aria-labelledby="h-do"')[2].partition("</section>")[0]
    assert "h-pause" not in paused


def test_a_shop_that_was_never_switched_on_says_who_does_that(new_harness: NewHarness) -> None:
    made = new_harness("console")
    settings = made.product.shops.records.pop("demo").settings
    made.product.shops.put(settings, NOON, paused_by="marta")
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    page = clerk.get("shops/demo/state").text
    assert "whoever runs the connection switches the shop on" in page
    assert 'class="actions"' not in page, "there is nothing that the clerk can do"


def test_who_was_slower_is_told_so_in_words_about_no_order(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness("console")
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    made.product.shops.pause("demo", "petr", NOON + timedelta(minutes=1))
    monkeypatch.setattr(made.product.shops, "resume", lambda *_: False)
    answer = clerk.send(clerk.get("shops/demo/state"), "demo/resume", why="")
    assert answer.status == 409
    said = answer.text.partition('role="alert">')[2].partition("</p>")[0]
    assert said.startswith("Somebody else is changing the same thing")
    assert answer.form("demo/resume")


def test_a_page_of_an_older_pause_ends_no_other_one(new_harness: NewHarness) -> None:
    """Since it was looked at, the shop ran, and somebody else paused it for another reason."""
    made = new_harness("console")
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    shops = made.product.shops
    shops.pause("demo", "petr", NOON + timedelta(minutes=1))
    old = clerk.get("shops/demo/state")
    first = shops.records["demo"].pause
    assert first is not None
    shops.resume("demo", first, "petr", NOON + timedelta(minutes=2))
    shops.pause("demo", "marta", NOON + timedelta(minutes=3))
    answer = clerk.send(old, "demo/resume", why="")
    assert (answer.status, made.product.actions.recorded) == (409, [])
    assert "marta" in answer.text, "it says whose pause it is now"
    assert clerk.send(answer, "demo/resume", why="").status == 303
    assert shops.records["demo"].pause is None


def test_a_shop_whose_settings_cannot_be_used_is_never_called_calm(new_harness: NewHarness) -> None:
    made = new_harness("console")
    product = made.product
    product.mall.hold(ORDER)
    product.clerk(ORDER, ShopStatus.CANCELED)
    product.tick()
    record = product.shops.records["demo"]
    product.shops.records["demo"] = replace(record, settings_problem=because(SettingReason.NOT_JSON))
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    for page in ("today", "orders", "state", f"orders/{ORDER}"):
        found = clerk.get(f"shops/demo/{page}")
        assert found.status == 200
        assert "The shop runs" not in found.text
        assert "nothing is sent" in found.text
