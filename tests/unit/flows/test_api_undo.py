"""A person takes a step back over the API: before it is sent, never after, and for good (R2.15 to R2.18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.codes.orders import ResultReason, UndoProblem
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import StepState
from orderbridge.errors import BadRequestError, ConflictError, NotFoundError
from orderbridge.flows.api.orders import order_detail, retry
from orderbridge.flows.api.retries import retry_orders
from orderbridge.flows.api.returns import request_returned
from orderbridge.flows.api.undo import undo_step
from orderbridge.flows.common.carry_out import StepOutcome
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.messages import Recheck, ShopUpdate
from tests.fakes import Fault
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, new_product, ship, wake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Attempt, Step


def delivered_by_mistake(undo: int = 900) -> InMemoryProduct:
    """Order 1 is shipped, and the clerk entered a delivery date."""
    product = new_product(undo)
    ship(product)
    product.clock.advance(seconds=1)
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.fetch()
    product.map_all()
    return product


def open_step(product: InMemoryProduct, number: int = 1) -> int:
    step = product.order(number).work.step
    assert step is not None
    return step.number


def undo(product: InMemoryProduct, step: int, why: str = "a slip", by: str = "marta") -> dict[str, Any]:
    return ApiClient(product, by=by).ask(undo_step, 1, body={"step": step, "why": why})


def hold_of(product: InMemoryProduct) -> HoldCode | None:
    hold = product.order(1).work.hold
    return None if hold is None else hold.code


class TestUndo:
    def test_the_step_is_never_sent_and_the_order_is_held(self) -> None:
        product = delivered_by_mistake()
        step = open_step(product)
        answer = undo(product, step)
        assert (answer["step"], answer["action"], answer["result"]["code"]) == (
            step,
            "delivered",
            "requested.undone",
        )
        assert answer["hold"]["code"] == "undone_by_person"
        assert answer["next_step"] is None
        product.ticks(48 * 60 * MINUTES, 60 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]
        assert hold_of(product) is HoldCode.UNDONE_BY_PERSON

    def test_who_when_and_why_are_on_record(self) -> None:
        product = delivered_by_mistake()
        step, at = open_step(product), product.clock.now()
        undo(product, step, why="call jan.novak@example.com")
        closed = next(one for one in product.history(1).steps if one.number == step)
        assert closed.state is StepState.WITHDRAWN
        assert closed.result is not None
        assert (closed.result.code, closed.result.fact("at")) == (ResultReason.WITHDRAWN_BY_PERSON, at)
        (action,) = product.history(1).actions
        assert (action.by, action.at, action.what.code) == ("marta", at, PersonReason.UNDO)
        assert action.why.startswith("call ")
        assert "novak" not in action.why
        assert "call " not in str(product.order(1))
        story = ApiClient(product).ask(order_detail, 1)
        assert story["steps"][-1]["result"]["code"] == "result.withdrawn.by_person"
        assert "marta" in story["hold"]["reason"]["text"]

    def test_the_record_comes_before_the_effect(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = delivered_by_mistake()
        step, before = open_step(product), product.order(1)

        def fail(*_: object) -> None:
            raise RuntimeError("the table is away")

        with monkeypatch.context() as patch:
            patch.setattr(product.actions, "record", fail)
            with pytest.raises(RuntimeError):
                undo(product, step)
        assert product.order(1) == before
        monkeypatch.setattr(product.ledger, "save", fail)
        with pytest.raises(RuntimeError):
            undo(product, step)
        assert [one.what.code for one in product.actions.recorded] == [PersonReason.UNDO]

    def test_if_the_process_dies_after_the_write_the_order_is_due(self) -> None:
        product = delivered_by_mistake()
        product.queues.fail_with = RuntimeError("no message")
        with pytest.raises(RuntimeError):
            undo(product, open_step(product))
        product.queues.fail_with = None
        assert product.order(1).work.recheck_at == product.clock.now()
        wake(product)
        assert (hold_of(product), product.order(1).work.recheck_at) == (HoldCode.UNDONE_BY_PERSON, None)

    def test_again_changes_nothing(self) -> None:
        product = delivered_by_mistake()
        step = open_step(product)
        undo(product, step)
        before = product.order(1)
        assert undo(product, step)["result"]["code"] == "requested.undone"
        assert product.order(1) == before

    def test_again_after_the_order_was_released_is_refused(self) -> None:
        """Else a form of before says that nothing is sent, while another step waits."""
        product = delivered_by_mistake()
        step = open_step(product)
        undo(product, step)
        ApiClient(product).ask(retry, 1)
        for _ in range(2):
            before, recorded = product.order(1), list(product.actions.recorded)
            with pytest.raises(ConflictError) as refused:
                undo(product, step)
            assert refused.value.reason.code is UndoProblem.ENDED
            assert (product.order(1), product.actions.recorded) == (before, recorded)
            product.settle()
        assert open_step(product) != step

    def test_a_correction_in_the_shop_goes_on(self) -> None:
        product = delivered_by_mistake()
        undo(product, open_step(product))
        product.clock.advance(5 * MINUTES)
        product.clerk(1, S.SETTLED, delivery=None)
        product.tick()
        assert (hold_of(product), product.held(1)) == (None, M.SHIPPED)
        product.clock.advance(5 * MINUTES)
        product.clerk(1, S.SETTLED, delivery=TODAY)
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.SHIPPED, "a new wish has a window of its own"
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_another_tracking_number_sends_no_delivered(self) -> None:
        product = delivered_by_mistake()
        undo(product, open_step(product))
        product.clerk(1, S.SETTLED, delivery=TODAY, tracking_number="DR2")
        product.ticks(120 * MINUTES, 5 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]

    def test_a_cancellation_by_mall_still_comes_in(self) -> None:
        product = new_product(import_mode="create")
        product.lists = True
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.tick()
        product.clerk(1, S.CANCELED)
        product.tick()
        undo(product, open_step(product))
        product.clerk(1, S.CANCELED, tracking_number="")
        product.mall.changes(1, status=M.CANCELLED)
        product.ticks(30 * MINUTES, 5 * MINUTES)
        observed = product.order(1).marketplace.observed
        assert observed is not None
        assert (observed.status, observed.confirmed, hold_of(product)) == (M.CANCELLED, True, None)

    def test_a_step_that_waits_for_an_export_can_be_taken_back(self) -> None:
        product = delivered_by_mistake()
        step = open_step(product)
        product.clock.advance(60 * MINUTES)
        wake(product)
        undo(product, step)
        product.ticks(60 * MINUTES, 5 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]

    def test_a_step_that_was_tried_in_vain_can_be_taken_back(self) -> None:
        product = delivered_by_mistake(undo=0)
        product.mall.fail_next(CallResult.NOT_CONNECTED, call=Call.WRITE)
        for send in product.queues.take_sends():
            product.mall.now = product.clock.now()
            assert push_to_mall(product, send).outcome is StepOutcome.RETRY
        undo(product, open_step(product))
        product.ticks(60 * MINUTES, 5 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]

    def test_a_request_for_returned_is_taken_back_whole(self) -> None:
        product = new_product(push_returned=True)
        ship(product)
        product.clock.advance(seconds=1)
        product.clerk(1, S.CANCELED)
        product.tick()
        ApiClient(product).ask(request_returned, 1)
        product.settle()
        answer = undo(product, open_step(product))
        assert answer["result"]["code"] == "requested.undone.returned"
        product.ticks(60 * MINUTES, 5 * MINUTES)
        order = product.order(1)
        assert (order.cases.return_request, hold_of(product)) == (None, HoldCode.CANCEL_TOO_LATE)
        assert product.statuses_sent(1) == ["shipped"]
        assert undo(product, answer["step"])["result"]["code"] == "requested.undone.returned"
        ApiClient(product).ask(request_returned, 1)
        with pytest.raises(ConflictError) as refused:
            undo(product, answer["step"])
        assert refused.value.reason.code is UndoProblem.ENDED


class TestRefused:
    def test_what_was_sent(self) -> None:
        product = delivered_by_mistake()
        step = open_step(product)
        product.ticks(60 * MINUTES, 5 * MINUTES)
        before = product.order(1)
        with pytest.raises(ConflictError) as refused:
            undo(product, step)
        assert refused.value.reason.code is UndoProblem.SENT_FINAL
        assert (product.order(1), product.actions.recorded) == (before, [])

    def test_what_is_being_sent(self) -> None:
        product = delivered_by_mistake(undo=0)
        refusals = []

        def meanwhile() -> None:
            with pytest.raises(ConflictError) as refused:
                undo(product, open_step(product))
            refusals.append(refused.value.reason.code)

        product.mall.meanwhile = meanwhile
        product.settle()
        assert refusals == [UndoProblem.BEING_SENT]
        assert product.held(1) is M.DELIVERED
        assert product.actions.recorded == []

    def test_what_lost_its_answer(self) -> None:
        product = delivered_by_mistake(undo=0)
        product.mall.faults.append(Fault(CallResult.TIMEOUT, effect=True))
        step = open_step(product)
        product.push_all()
        with pytest.raises(ConflictError) as refused:
            undo(product, step)
        assert refused.value.reason.code is UndoProblem.UNANSWERED

    def test_what_the_shop_withdrew(self) -> None:
        product = delivered_by_mistake()
        step = open_step(product)
        product.clock.advance(MINUTES)
        product.clerk(1, S.SETTLED, delivery=None)
        product.tick()
        with pytest.raises(ConflictError) as refused:
            undo(product, step)
        assert refused.value.reason.code is UndoProblem.WITHDRAWN

    def test_a_read(self) -> None:
        product = new_product()
        product.mall.hold(1)
        product.clerk(1, S.HANDLED)
        product.fetch()
        product.map_all()
        with pytest.raises(ConflictError) as refused:
            undo(product, open_step(product))
        assert refused.value.reason.code is UndoProblem.NOT_OF_THE_SHOP

    def test_what_is_not_there(self) -> None:
        product = delivered_by_mistake()
        with pytest.raises(NotFoundError):
            undo(product, 99)
        with pytest.raises(NotFoundError):
            ApiClient(product).ask(undo_step, 404, body={"step": 1})
        assert product.actions.recorded == []

    @pytest.mark.parametrize(
        "body", [None, {}, {"step": "1"}, {"step": 0}, {"step": 1, "reason": "x"}, {"step": 10**6}]
    )
    def test_a_wrong_body(self, body: object) -> None:
        with pytest.raises(BadRequestError):
            ApiClient(delivered_by_mistake()).ask(undo_step, 1, body=body)


class TestRace:
    """Of an undo and a sender, whoever saves the order first wins."""

    def test_the_undo_is_faster(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = delivered_by_mistake(undo=0)
        step, save = open_step(product), product.ledger.save

        def save_late(
            order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
        ) -> OrderState:
            monkeypatch.undo()
            assert attempts, "the sender claims the step"
            undo(product, step)
            return save(order, steps, attempts)

        monkeypatch.setattr(product.ledger, "save", save_late)
        product.push_all()
        product.settle()
        assert [one.outcome for one in product.pushed[-2:]] == [StepOutcome.REPLANNED, StepOutcome.STALE]
        product.ticks(60 * MINUTES, 5 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]
        assert hold_of(product) is HoldCode.UNDONE_BY_PERSON

    def test_the_sender_is_faster(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = delivered_by_mistake(undo=0)
        step, save = open_step(product), product.ledger.save

        def save_late(
            order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
        ) -> OrderState:
            monkeypatch.undo()
            product.push_all()
            return save(order, steps, attempts)

        monkeypatch.setattr(product.ledger, "save", save_late)
        with pytest.raises(ConflictError) as refused:
            undo(product, step)
        assert refused.value.reason.code is UndoProblem.SENT_FINAL
        assert product.held(1) is M.DELIVERED
        assert product.order(1).work.undone is None


class TestRelease:
    def test_a_retry_says_that_the_step_was_right(self) -> None:
        product = delivered_by_mistake()
        undo(product, open_step(product))
        product.ticks(60 * MINUTES, 5 * MINUTES)
        ApiClient(product).ask(retry, 1)
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_a_retry_within_the_window_does_not_cut_it_short(self) -> None:
        product = delivered_by_mistake()
        undo(product, open_step(product))
        ApiClient(product).ask(retry, 1)
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.SHIPPED
        product.ticks(10 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_a_retry_from_before_releases_nothing(self) -> None:
        """Its message waits for its moment, and comes after the undo."""
        product = delivered_by_mistake()
        ApiClient(product).ask(retry, 1)
        (message,) = product.queues.take_changes()
        undo(product, open_step(product))
        product.settle()
        product.clock.advance(MINUTES)
        product.map(message)
        product.ticks(60 * MINUTES, 5 * MINUTES)
        assert product.statuses_sent(1) == ["shipped"]
        assert hold_of(product) is HoldCode.UNDONE_BY_PERSON

    def test_a_retry_that_is_merged_with_another_still_releases(self) -> None:
        product = delivered_by_mistake()
        for _ in range(5):
            ApiClient(product).ask(retry, 1)
        undo(product, open_step(product))
        product.settle()
        ApiClient(product).ask(retry, 1)
        assert product.order(1).work.undone is None
        product.ticks(60 * MINUTES, 5 * MINUTES)
        assert product.held(1) is M.DELIVERED

    def test_it_is_decided_order_by_order(self) -> None:
        product = delivered_by_mistake()
        undo(product, open_step(product))
        with pytest.raises(BadRequestError):
            ApiClient(product).ask(retry_orders, hold="undone_by_person")
        assert hold_of(product) is HoldCode.UNDONE_BY_PERSON


LATE = st.lists(
    st.sampled_from(
        [
            "dispatch",
            "recheck",
            "reread",
            "shown",
            "same old message",
            "5 minutes",
            "an hour",
            "lost",
            "listed",
        ]
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(late=LATE, window=st.sampled_from([0, 900]))
def test_after_an_undo_nothing_sends_the_step(late: list[str], window: int) -> None:
    """Whatever was under way, is repeated, or looks again: without a change in the shop nothing is sent (G5)."""
    product = delivered_by_mistake(window)
    step, sends, known = open_step(product), list(product.queues.sends), product.order(1)
    old = ShopUpdate(
        shop=SHOP,
        mall_order_id=1,
        seen_at=known.shop_side.seen_at,
        content_at=known.shop_side.content_at,
        view=known.shop_side.desired,
    )
    undo(product, step)
    for event in late:
        match event:
            case "dispatch":
                product.queues.sends += sends
            case "recheck" | "reread":
                now = product.clock.now()
                product.map(
                    Recheck(
                        shop=SHOP,
                        mall_order_id=1,
                        requested_at=now,
                        reason=f"late {now}",
                        reread=event == "reread",
                        queues_empty=True,
                    )
                )
            case "shown":
                product.fetch()
            case "same old message":
                product.map(old)
            case "lost":
                product.mall.faults.append(Fault(CallResult.TIMEOUT, effect=False))
            case "listed":
                product.read_list("reconcile")
            case _:
                product.clock.advance(5 * MINUTES if event == "5 minutes" else 60 * MINUTES)
                wake(product)
        product.settle()
    assert product.statuses_sent(1) == ["shipped"]
    assert product.order(1).work.undone is not None
    product.clock.advance(MINUTES)
    product.clerk(1, S.SETTLED, delivery=None)
    product.mall.faults.clear()
    product.ticks(60 * MINUTES, 10 * MINUTES)
    assert (product.held(1), product.order(1).work.undone) == (M.SHIPPED, None)
