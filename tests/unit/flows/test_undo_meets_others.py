"""An undo meets another person, a paused shop, MALL's deadline, and its own repetition (R2.15 to R2.18)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.codes.orders import UndoProblem
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import ConflictError
from orderbridge.flows.api.orders import retry
from orderbridge.flows.api.today import today
from orderbridge.flows.send_alarms import send_digest
from orderbridge.messages import DigestRequest
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.sequences import HOURS, MINUTES, new_product, switch
from tests.unit.flows.test_api_undo import delivered_by_mistake, hold_of, open_step, undo

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Attempt, Step
    from tests.unit.flows.in_memory_product import InMemoryProduct


def cancelled_by_mistake() -> InMemoryProduct:
    """Order 1 is open and not confirmed at MALL, and the clerk cancelled it."""
    product = new_product()
    product.mall.hold(1)
    product.clock.advance(seconds=1)
    product.clerk(1, S.CANCELED)
    product.tick()
    return product


def by_whom(product: InMemoryProduct) -> str:
    hold = product.order(1).work.hold
    assert hold is not None
    return str(hold.reason.fact("by"))


class TestTwoPersons:
    def test_one_after_the_other(self) -> None:
        product = delivered_by_mistake()
        step = open_step(product)
        undo(product, step, by="marta")
        before = product.order(1)
        assert undo(product, step, by="petr")["result"]["code"] == "requested.undone"
        assert product.order(1) == before
        assert "marta" in by_whom(product)
        assert [(one.by, one.what.code) for one in product.actions.recorded] == [
            ("marta", PersonReason.UNDO),
            ("petr", PersonReason.UNDO),
        ]

    def test_at_the_same_moment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = delivered_by_mistake()
        step, save = open_step(product), product.ledger.save

        def save_late(
            order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
        ) -> OrderState:
            monkeypatch.undo()
            undo(product, step, by="petr")
            return save(order, steps, attempts)

        monkeypatch.setattr(product.ledger, "save", save_late)
        assert undo(product, step, by="marta")["result"]["code"] == "requested.undone"
        assert "petr" in by_whom(product), "who was first"
        assert sorted(one.by for one in product.actions.recorded) == ["marta", "petr"]
        closed = [one for one in product.history(1).steps if one.number == step]
        assert len(closed) == 1
        product.settle()
        product.ticks(60 * MINUTES, 10 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]

    def test_one_undoes_while_the_other_says_that_it_was_right(self) -> None:
        product = delivered_by_mistake()
        ApiClient(product, by="petr").ask(retry, 1)
        undo(product, open_step(product), by="marta")
        product.settle()
        product.ticks(60 * MINUTES, 10 * MINUTES)
        assert (product.held(1), hold_of(product)) == (M.SHIPPED, HoldCode.UNDONE_BY_PERSON)


class TestAgain:
    def test_after_a_release_the_next_step_is_undone_by_its_own_number(self) -> None:
        product = delivered_by_mistake()
        first = open_step(product)
        undo(product, first)
        ApiClient(product).ask(retry, 1)
        product.tick()
        second = open_step(product)
        assert second != first
        with pytest.raises(ConflictError) as refused:
            undo(product, first, why="an old page")
        assert refused.value.reason.code is UndoProblem.ENDED
        assert open_step(product) == second, "an old page undoes no other step"
        undo(product, second)
        product.ticks(60 * MINUTES, 10 * MINUTES)
        assert (product.statuses_sent(1), hold_of(product)) == (["shipped"], HoldCode.UNDONE_BY_PERSON)

    def test_after_a_release_and_its_sending_it_is_too_late(self) -> None:
        product = delivered_by_mistake()
        undo(product, open_step(product))
        ApiClient(product).ask(retry, 1)
        product.tick()
        step = open_step(product)
        product.ticks(60 * MINUTES, 10 * MINUTES)
        with pytest.raises(ConflictError) as refused:
            undo(product, step)
        assert refused.value.reason.code is UndoProblem.SENT_FINAL


@pytest.mark.parametrize("minutes", [5, 60])
def test_a_paused_shops_step_is_undone_and_stays_so_when_it_runs_again(minutes: int) -> None:
    product = delivered_by_mistake()
    step = open_step(product)
    switch(product, on=False)
    product.ticks(minutes * MINUTES, 5 * MINUTES)
    undo(product, step)
    product.ticks(60 * MINUTES, 10 * MINUTES)
    switch(product, on=True)
    product.ticks(120 * MINUTES, 10 * MINUTES)
    assert product.statuses_sent(1) == ["shipped"]
    assert hold_of(product) is HoldCode.UNDONE_BY_PERSON


class TestCancelled:
    def test_malls_deadline_for_the_open_order_still_warns(self) -> None:
        product = cancelled_by_mistake()
        assert ApiClient(product).ask(today)["deadlines"] == []
        undo(product, open_step(product))
        (deadline,) = ApiClient(product).ask(today)["deadlines"]
        assert (deadline["kind"], deadline["missed"]) == ("confirm", False)
        product.ticks(23 * HOURS, HOURS)
        assert send_digest(product, DigestRequest(shop=SHOP, day="2026-11-21"))
        (_, _, mail) = product.alarms.published[-1]
        assert f"{product.console_url}/shops/{SHOP}/orders/1" in mail
        product.ticks(2 * HOURS, HOURS)
        (deadline,) = ApiClient(product).ask(today)["deadlines"]
        assert deadline["missed"]
        assert product.mall.writes(1) == []

    def test_put_right_in_the_shop_it_goes_on(self) -> None:
        product = cancelled_by_mistake()
        undo(product, open_step(product))
        product.clock.advance(MINUTES)
        product.clerk(1, S.HANDLED)
        product.ticks(timedelta(minutes=10))
        assert (product.held(1), hold_of(product)) == (M.SHIPPING, None)
        assert product.statuses_sent(1) == ["shipping"]
        assert ApiClient(product).ask(today)["deadlines"] == []
