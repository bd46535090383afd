"""console: what a form announces is what happens, and what the page says after it is so, for this order alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.statuses import MarketplaceStatus
from tests.unit.flows.sequences import ship, switch
from tests.unit.flows.todays_orders import comes_back, waits_in_the_window
from tests.unit.functions.console_client import SHOP, Browser
from tests.unit.functions.function_harness import put_rules, stop

if TYPE_CHECKING:
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import FunctionHarness


@pytest.fixture
def made(made: FunctionHarness) -> FunctionHarness:
    put_rules(made, undo_window_seconds=900)
    return made


def said(page: Page) -> str:
    """What the page says first; empty: nothing."""
    return page.text.partition('<div class="said" role="status">')[2].partition("</div>")[0]


def consequence(page: Page, end: str) -> str:
    """What the form whose address ends so announces."""
    return (
        page.text.partition(f'{end}" method="post">')[2]
        .partition('class="consequence">')[2]
        .partition("<")[0]
    )


def returned_waits(made: FunctionHarness) -> None:
    """A person asked for Returned of order 1, and it waits in its undo window."""
    put_rules(made, undo_window_seconds=900, push_returned=True)
    comes_back(made.product, 1)
    clerk = Browser(made)
    clerk.log_in()
    clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/returned", why="it is back")
    made.product.settle()


@pytest.mark.parametrize("page", ["today", "orders/1", "orders/1/undo"])
def test_returned_that_is_taken_back_holds_nothing_and_the_page_does_not_say_so(
    made: FunctionHarness, clerk: Browser, page: str
) -> None:
    returned_waits(made)
    form = clerk.get(f"{SHOP}/{page}")
    assert "The order is held" not in consequence(form, "1/undo")
    assert "as if it had never been asked for" in consequence(form, "1/undo")
    found = clerk.follow(clerk.send(form, "1/undo", why="a slip"))
    assert "held" not in said(found)
    assert "as if it had never been asked for" in said(found)


@pytest.mark.parametrize("page", ["today", "orders/1"])
def test_any_other_step_that_is_taken_back_holds_its_order(
    made: FunctionHarness, clerk: Browser, page: str
) -> None:
    waits_in_the_window(made.product, 1)
    form = clerk.get(f"{SHOP}/{page}")
    assert "The order is held" in consequence(form, "1/undo")
    assert "the order is held" in said(clerk.follow(clerk.send(form, "1/undo", why="a slip")))


def test_where_looking_again_is_a_decision_it_is_not_called_harmless(
    made: FunctionHarness, clerk: Browser
) -> None:
    waits_in_the_window(made.product, 1)
    assert "harmless" in consequence(clerk.get(f"{SHOP}/orders/1"), "1/retry")
    clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/undo", why="a slip")
    for page in ("orders/1", "orders/1/retry"):
        announced = consequence(clerk.get(f"{SHOP}/{page}"), "1/retry")
        assert "harmless" not in announced
        assert "decision" in announced


@pytest.mark.parametrize("halt", ["stopped", "paused"])
def test_looking_again_at_an_order_of_a_shop_that_stands_still_reads_nothing_yet(
    made: FunctionHarness, clerk: Browser, halt: str
) -> None:
    ship(made.product, 1)
    if halt == "stopped":
        stop(made.product)
    else:
        switch(made.product, on=False)
    found = clerk.follow(clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/retry", why="x"))
    assert "in a moment" not in said(found)
    assert "when the shop runs again" in said(found)


def test_returned_of_a_shop_that_stands_still_is_not_promised_for_after_the_window(
    made: FunctionHarness, clerk: Browser
) -> None:
    put_rules(made, undo_window_seconds=900, push_returned=True)
    comes_back(made.product, 1)
    switch(made.product, on=False)
    found = clerk.follow(clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/returned", why="it is back"))
    assert "when the shop runs again" in said(found)
    assert made.product.held(1) is MarketplaceStatus.SHIPPED


@pytest.mark.parametrize(
    ("what", "says"),
    [("sync", "when the shop runs again"), ("reconcile", "Nothing is compared while")],
)
def test_a_form_from_before_a_pause_reads_nothing_and_the_page_says_so(
    made: FunctionHarness, clerk: Browser, what: str, says: str
) -> None:
    put_rules(made, import_mode="link")
    state = clerk.get(f"{SHOP}/state")
    switch(made.product, on=False)
    found = clerk.follow(clerk.send(state, f"demo/{what}"))
    assert says in said(found)


def test_what_was_asked_for_too_often_says_when_it_is_done(made: FunctionHarness, clerk: Browser) -> None:
    ship(made.product, 1)
    texts = [
        said(clerk.follow(clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/retry", why="x"))) for _ in range(4)
    ]
    assert "in a moment" in texts[0]
    assert "in a moment" not in texts[-1]
    assert 'datetime="2026-11-20T1' in texts[-1]
    state = [said(clerk.follow(clerk.send(clerk.get(f"{SHOP}/state"), "demo/sync"))) for _ in range(12)]
    assert "is read now" in state[0]
    assert "is read now" not in state[-1]
    assert 'datetime="2026-11-20T1' in state[-1]


def test_what_was_done_to_one_order_is_not_said_of_another(made: FunctionHarness, clerk: Browser) -> None:
    """The answer to the form is lost, and the person looks at the next order."""
    for number in (1, 2):
        waits_in_the_window(made.product, number)
    clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/undo", why="a slip")
    assert said(clerk.get(f"{SHOP}/orders/2")) == ""
    assert said(clerk.get(f"{SHOP}/orders/1")) == "", "by now it may not be so any more"


def test_a_page_that_refreshes_itself_takes_nothing_away_from_the_next(
    made: FunctionHarness, clerk: Browser
) -> None:
    waits_in_the_window(made.product, 1)
    answer = clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/undo", why="a slip")
    assert said(clerk.get(f"{SHOP}/today", {"X-Refresh": "1"})) == ""
    assert "the order is held" in said(clerk.follow(answer))
