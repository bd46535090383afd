"""console: an order's page says of its next step, and of what is to be done, what is so."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.escalations import close_escalation
from orderbridge.flows.api.returns import resolve_return
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import MINUTES, TODAY, ship, wake
from tests.unit.flows.todays_orders import clerk_sets, waits_in_the_window
from tests.unit.functions.console_client import Browser
from tests.unit.functions.function_harness import put_rules

if TYPE_CHECKING:
    from tests.unit.functions.console_client import Page
    from tests.unit.functions.function_harness import FunctionHarness

ORDER = "shops/demo/orders/1"


@pytest.fixture
def made(made: FunctionHarness) -> FunctionHarness:
    put_rules(made, undo_window_seconds=900, import_mode="link")
    made.product.lists = True
    return made


def verdict(page: Page) -> str:
    """What the page says first of its order, as HTML."""
    return page.text.partition('aria-labelledby="h-now">')[2].partition("</section>")[0]


def heading(page: Page) -> str:
    (found,) = re.findall(r'<h2 id="h-now">([^<]*)</h2>', page.text)
    return str(found)


def page_of(made: FunctionHarness) -> Page:
    clerk = Browser(made)
    clerk.log_in()
    return clerk.get(ORDER)


def test_an_order_that_is_in_sync_has_nothing_to_do(made: FunctionHarness) -> None:
    ship(made.product, 1)
    assert heading(page_of(made)) == "Nothing to do"


def test_a_return_that_is_on_the_list_is_something_to_do(made: FunctionHarness) -> None:
    """A parcel under way for too long needs no step of ours, and somebody who looks for it."""
    ship(made.product, 1)
    made.product.clock.advance(timedelta(days=15))
    wake(made.product)
    assert heading(page_of(made)) == "Something needs you"
    ApiClient(made.product).ask(resolve_return, 1, body={"note": "it was found"})
    assert heading(page_of(made)) == "Nothing to do"


def test_a_deadline_that_no_step_of_ours_meets_is_something_to_do(made: FunctionHarness) -> None:
    """MALL waits for the confirmation of an order that the shop does not have."""
    made.product.mall.hold(1)
    made.product.read_list()
    made.product.settle()
    page = page_of(made)
    assert "Order not in the shop" in page.text
    assert heading(page) == "Something needs you"


def test_a_credit_note_that_is_due_is_something_to_do(made: FunctionHarness) -> None:
    product = made.product
    ship(product, 1)
    clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
    product.ticks(20 * MINUTES, 10 * MINUTES)
    clerk_sets(product, 1, S.SETTLED, delivery=None)
    clerk = Browser(made)
    clerk.log_in()
    clerk.send(clerk.get(ORDER), "return-number/wrong_delivered", return_number="4712345678")
    clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
    assert product.order(1).work.hold is None
    assert heading(clerk.get(ORDER)) == "Something needs you"
    ApiClient(product).ask(close_escalation, 1, "wrong_delivered", body={"note": "the note was sent"})
    assert heading(clerk.get(ORDER)) == "Nothing to do"


def test_a_step_that_waits_for_the_export_is_not_said_to_be_sent_now(made: FunctionHarness) -> None:
    product = made.product
    waits_in_the_window(product, 1)
    assert "data-due=" in verdict(page_of(made))
    product.clock.advance(60 * MINUTES)
    wake(product)
    page = page_of(made)
    assert "waits for the shop" in verdict(page)
    assert "data-due=" not in verdict(page)
    product.clock.advance(seconds=1)
    product.ticks(10 * MINUTES, 5 * MINUTES)
    assert product.held(1) is M.DELIVERED


def test_a_step_that_is_tried_in_vain_is_not_said_to_be_sent_while_the_order_is_held(
    made: FunctionHarness,
) -> None:
    product = made.product
    put_rules(made, undo_window_seconds=0)
    ship(product, 1)
    for _ in range(40):
        product.mall.fail_next(CallResult.NOT_CONNECTED, call=Call.WRITE)
    clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
    product.ticks(60 * MINUTES, 5 * MINUTES)
    order = product.order(1)
    assert order.work.hold is not None
    assert order.work.step is not None
    page = page_of(made)
    assert heading(page) == "Nothing is being sent"
    assert "data-due=" not in verdict(page)
