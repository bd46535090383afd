"""console: a form from before decides nothing that its person has not seen; two clerks, two tabs, the back button."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.cases.records import Cause
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.statuses import ShopStatus as S
from tests.unit.flows.sequences import MINUTES, TODAY, ship
from tests.unit.flows.todays_orders import clerk_sets, comes_back, is_wrongly_delivered, waits_in_the_window
from tests.unit.functions.console_client import SHOP
from tests.unit.functions.function_harness import put_rules

if TYPE_CHECKING:
    from orderbridge.domain.cases.records import Escalation
    from tests.unit.functions.console_client import Browser
    from tests.unit.functions.function_harness import FunctionHarness

CASE = Cause.WRONG_DELIVERED


@pytest.fixture
def made(made: FunctionHarness) -> FunctionHarness:
    put_rules(made, undo_window_seconds=900)
    return made


def case_of(made: FunctionHarness) -> Escalation:
    (found,) = [one for one in made.product.order(1).cases.escalations if one.cause is CASE]
    return found


@pytest.mark.parametrize("page", ["orders/1", "orders/1/retry"])
def test_looking_again_from_before_an_undo_does_not_release_the_step(
    made: FunctionHarness, clerk: Browser, page: str
) -> None:
    """One clerk has the order before him, while another one stops its Delivered."""
    waits_in_the_window(made.product, 1)
    old = clerk.get(f"{SHOP}/{page}")
    clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/undo", why="it is not delivered")
    refused = clerk.send(old, "1/retry", why="why does it wait?")
    assert refused.status == 409
    assert "Nothing was done" in refused.text
    assert "why does it wait?</textarea>" in refused.text
    made.product.ticks(120 * MINUTES, 10 * MINUTES)
    assert made.product.held(1) is MarketplaceStatus.SHIPPED
    assert len(made.product.actions.recorded) == 1
    clerk.log_in()
    assert clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/retry", why="it was right").status == 303
    assert made.product.order(1).work.undone is None


def test_the_refused_form_shows_what_is_decided_and_may_be_sent_then(
    made: FunctionHarness, clerk: Browser
) -> None:
    waits_in_the_window(made.product, 1)
    old = clerk.get(f"{SHOP}/orders/1")
    clerk.send(clerk.get(f"{SHOP}/orders/1"), "1/undo", why="a slip")
    refused = clerk.send(old, "1/retry")
    assert "took this step back" in refused.text
    assert clerk.send(refused, "1/retry").status == 303


@pytest.mark.parametrize("page", ["today", "escalations", f"orders/1/close/{CASE}", "orders/1"])
@pytest.mark.parametrize("what", ["close", "return-number"])
def test_a_case_that_opened_again_is_not_settled_by_a_form_from_before(
    made: FunctionHarness, clerk: Browser, page: str, what: str
) -> None:
    product = made.product
    is_wrongly_delivered(product, 1)
    clerk.log_in()
    if what == "return-number" and page not in {"escalations", "orders/1"}:
        page = f"orders/1/{what}/{CASE}"
    old = clerk.get(f"{SHOP}/{page}")
    clerk_sets(product, 1, S.SETTLED, delivery=TODAY)
    assert not case_of(made).open
    clerk_sets(product, 1, S.SETTLED, delivery=None)
    assert case_of(made).open
    answer = clerk.send(old, f"1/{what}/{CASE}", why="Operations wrote", return_number="4712345678")
    assert answer.status == 409
    assert "Nothing was done" in answer.text
    assert (case_of(made).open, case_of(made).return_document) == (True, None)
    filled = {"why": "it is so", "return_number": "4712345678"}
    assert clerk.send(answer, f"1/{what}/{CASE}", **filled).status == 303


@pytest.mark.parametrize("page", ["today", "returns", "orders/1", "orders/1/resolve"])
def test_another_return_of_the_order_is_not_settled_by_a_form_from_before(
    made: FunctionHarness, clerk: Browser, page: str
) -> None:
    product = made.product
    comes_back(product, 1)
    old = clerk.get(f"{SHOP}/{page}")
    clerk_sets(product, 1, S.SETTLED)
    product.clock.advance(timedelta(minutes=5))
    clerk_sets(product, 1, S.CANCELED)
    answer = clerk.send(old, "1/resolve", why="it is back")
    assert answer.status == 409
    flag = product.order(1).cases.return_flag
    assert flag is not None
    assert flag.open
    assert clerk.send(answer, "1/resolve", why="it is back").status == 303


def test_returned_is_not_asked_for_by_a_form_about_another_return(
    made: FunctionHarness, clerk: Browser
) -> None:
    """Returned is final: MALL pays the customer back."""
    product = made.product
    put_rules(made, undo_window_seconds=0, push_returned=True)
    comes_back(product, 1)
    old = clerk.get(f"{SHOP}/returns")
    clerk_sets(product, 1, S.SETTLED)
    product.clock.advance(timedelta(minutes=5))
    clerk_sets(product, 1, S.CANCELED)
    assert clerk.send(old, "1/returned", why="it is back").status == 409
    product.ticks(30 * MINUTES, 5 * MINUTES)
    assert product.held(1) is MarketplaceStatus.SHIPPED


def test_what_somebody_else_settled_says_so_and_not_that_it_changed(
    made: FunctionHarness, clerk: Browser
) -> None:
    ship(made.product, 1)
    clerk_sets(made.product, 1, S.CANCELED)
    old = clerk.get(f"{SHOP}/returns")
    assert clerk.send(old, "1/resolve", why="it is back").status == 303
    again = clerk.send(old, "1/resolve", why="it is back")
    assert again.status == 400
    assert "1/resolve" in again.text
