"""What is the same for a step at MALL and one in the shop: who may carry it out, and that its answer is not lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.steps import StepState
from orderbridge.errors import VersionConflictError
from orderbridge.flows.push_to_mall import push_to_mall
from orderbridge.flows.push_to_shop import push_to_shop
from tests.fakes import Fault, ShopFault
from tests.orders import changed
from tests.reasons import DRIFT
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import with_shipping_to_send

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.flows.common.carry_out import StepResult
    from orderbridge.messages import StepDispatch


@dataclass(frozen=True)
class Scene:
    """A step is recorded, and its message is under way."""

    product: InMemoryProduct
    send: StepDispatch
    in_shop: bool

    def carry_out(self) -> StepResult:
        return (
            push_to_shop(self.product, self.send) if self.in_shop else push_to_mall(self.product, self.send)
        )

    def calls(self) -> int:
        """What was written so far, at MALL or into the shop."""
        return self.product.imports.documents if self.in_shop else len(self.product.mall.writes(1))

    def meanwhile(self, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
        """It happens while the call is under way."""
        owner, method = (self.product.imports, "create") if self.in_shop else (self.product.mall, "write")
        call = getattr(owner, method)

        def called(*args: object) -> object:
            happens()
            return call(*args)

        monkeypatch.setattr(owner, method, called)

    def overwrite(self, **values: object) -> None:
        """Somebody else writes the order."""
        self.product.ledger.save(changed(self.product.order(1), **values))


def at_mall() -> Scene:
    product = with_shipping_to_send()
    (send,) = product.queues.take_sends()
    return Scene(product, send, in_shop=False)


def in_shop() -> Scene:
    product = InMemoryProduct(rules=Rules(undo_window_seconds=0, import_mode="create"))
    product.mall.hold(1)
    product.read_list()
    product.map_all()
    product.clock.advance(seconds=20)
    product.fetch()
    product.map_all()
    (send,) = product.queues.take_shop_sends()
    return Scene(product, send, in_shop=True)


@pytest.fixture(params=[at_mall, in_shop], ids=["at MALL", "in the shop"])
def scene(request: pytest.FixtureRequest) -> Scene:
    made: Scene = request.param()
    return made


# --- who may carry it out -----------------------------------------------------------------------------------


def test_a_step_is_not_carried_out_by_the_other_sides_function(scene: Scene) -> None:
    other = replace(scene, in_shop=not scene.in_shop)
    before = scene.product.order(1)
    assert other.carry_out().outcome == "stale"
    assert (scene.calls(), other.calls(), scene.product.order(1)) == (0, 0, before)


@pytest.mark.parametrize("changed", [{"step": 99}, {"mall_order_id": 2}, {"shop": "unknown"}])
def test_a_message_that_names_no_step_of_the_order_does_nothing(
    scene: Scene, changed: dict[str, object]
) -> None:
    stray = replace(scene, send=scene.send.model_copy(update=changed))
    before = scene.product.order(1)
    assert stray.carry_out().outcome == "stale"
    assert (scene.calls(), scene.product.order(1)) == (0, before)


def test_without_the_shops_secrets_the_shop_is_stopped_and_the_step_waits(scene: Scene) -> None:
    product, step = scene.product, scene.product.order(1).work.step
    product.secrets.remove(SHOP)
    product.secrets.forget(SHOP)
    result = scene.carry_out()
    assert step is not None
    assert (result.outcome, result.action, result.newly_stopped) == ("stopped", step.action, True)
    assert result.outcome.failed
    waiting = product.order(1).work.step
    assert waiting is not None
    assert (waiting.state, waiting.attempts) == (StepState.PLANNED, 0)
    assert scene.calls() == 0
    assert scene.carry_out().outcome == "stale", "it is not due before the shop may try again"


# --- its answer is not lost ---------------------------------------------------------------------------------


def test_updates_that_come_in_during_the_call_are_kept_with_the_answer(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.meanwhile(monkeypatch, lambda: scene.overwrite(drift=DRIFT))
    assert scene.carry_out().outcome == "accepted"
    order = scene.product.order(1)
    assert (order.work.step, order.cases.drift) == (None, DRIFT)
    assert [step.state for step in scene.product.history(1).steps][-1] is StepState.ACCEPTED


def test_the_answer_is_kept_where_mall_was_forgotten_during_the_call(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a list does that names the order's number only."""
    scene.meanwhile(monkeypatch, lambda: scene.overwrite(observed=None, observed_certain=False))
    assert scene.carry_out().outcome == "accepted"
    order = scene.product.order(1)
    assert order.work.step is None
    assert order.marketplace.observed is not None
    assert order.marketplace.observed.status is (M.OPEN if scene.in_shop else M.SHIPPING)


def test_a_claim_that_was_taken_over_during_the_call_is_left_to_who_has_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.meanwhile(monkeypatch, lambda: scene.overwrite(step=None))
    result = scene.carry_out()
    assert (result.outcome, result.outcome.failed, result.retry_in) == ("stale", False, None)
    (attempt,) = [one for one in scene.product.history(1).attempts if one.step == scene.send.step]
    assert attempt.call_result == "", "what it was is read back"
    assert scene.product.queues.take_changes() == []


def test_an_answer_that_cannot_be_written_down_is_an_error(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.meanwhile(monkeypatch, lambda: setattr(scene.product.ledger, "fail_next_saves", 100))
    with pytest.raises(VersionConflictError, match=rf"order {SHOP}/1: the answer to step {scene.send.step}"):
        scene.carry_out()


# --- what it says of the shop -------------------------------------------------------------------------------


@pytest.mark.parametrize("call_result", [CallResult.NOT_FOUND, CallResult.UNAUTHORIZED, CallResult.LIMITED])
def test_mall_is_understood_alike_wherever_the_step_goes(scene: Scene, call_result: CallResult) -> None:
    scene.product.mall.fail_next(call_result)
    expected = {"not_found": "not_there", "unauthorized": "stopped", "limited": "limited"}[call_result]
    result = scene.carry_out()
    assert (result.outcome, result.outcome.failed) == (expected, True)
    shop = scene.product.shops.records[SHOP]
    assert (shop.stop is not None) is (call_result is CallResult.UNAUTHORIZED)
    assert (shop.limited_until is not None) is (call_result is CallResult.LIMITED)


@pytest.mark.parametrize(
    ("fault", "reads"), [(Fault(CallResult.SERVER_ERROR), 0), (ShopFault(ImportOutcome.NOT_SENT), 1)]
)
def test_the_secrets_are_read_anew_if_it_was_the_import_that_failed(
    fault: Fault | ShopFault, reads: int
) -> None:
    scene = in_shop()
    product = scene.product
    if isinstance(fault, Fault):
        product.mall.faults.append(fault)
    else:
        product.imports.faults.append(fault)
    before = product.secrets.reads
    assert product.write(scene.send).outcome == "accepted", "at the second try"
    assert [result.outcome for result in product.written] == ["retry", "accepted"]
    assert product.secrets.reads - before == reads
