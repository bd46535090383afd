"""What died in its queue: everything of a kind (a fault of ours) is done as soon as it can be, one alone is parked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import ForeignMessageError
from orderbridge.flows.common.dead_letters import take_dead_letter
from orderbridge.flows.retry_transitions import retry_transitions
from tests.unit.flows.sequences import MINUTES
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.messages import ListingUpdate, NotInExport, Recheck, ShopUpdate, StepDispatch

HOUR = timedelta(hours=1)
A_LIFE = 6 * HOUR
"""How long a message comes again before it is dead."""
TODAY = ShopDate(date(2026, 11, 20))


def dies(
    world: InMemoryProduct,
    message: ShopUpdate | NotInExport | Recheck | ListingUpdate | StepDispatch,
    name: str,
    queue: str = "changes-dead.fifo",
) -> bool:
    """Whether the order was parked for it."""
    _, is_parked = take_dead_letter(world, name, queue, message.model_dump_json(), 120)
    return is_parked


def hold_of(world: InMemoryProduct, number: int) -> HoldCode | None:
    hold = world.order(number).work.hold
    return None if hold is None else hold.code


def three_orders() -> InMemoryProduct:
    world = InMemoryProduct()
    for number in (1, 2, 3):
        world.mall.hold(number)
        world.clerk(number, S.HANDLED)
    return world


def test_a_deployment_that_fails_at_every_change_parks_nothing() -> None:
    world = three_orders()
    world.fetch()
    lost = world.queues.take_changes()
    world.clock.advance(A_LIFE)
    assert [dies(world, message, f"m{at}") for at, message in enumerate(lost)] == [False] * 3
    world.ticks(10 * MINUTES)
    assert [world.held(number) for number in (1, 2, 3)] == [M.SHIPPING] * 3
    assert [hold_of(world, number) for number in (1, 2, 3)] == [None] * 3
    assert world.alarms.published == []


def test_a_deployment_that_fails_at_every_step_parks_nothing() -> None:
    world = three_orders()
    world.fetch()
    world.map_all()
    lost = world.queues.take_sends()
    assert len(lost) == 3
    world.clock.advance(A_LIFE)
    assert [dies(world, send, f"m{send.mall_order_id}", "steps-dead.fifo") for send in lost] == [False] * 3
    world.ticks(5 * MINUTES)
    assert [world.held(number) for number in (1, 2, 3)] == [M.SHIPPING] * 3
    assert world.alarms.published == []


def test_the_one_change_that_fails_while_others_are_taken_is_parked_and_told() -> None:
    world = three_orders()
    world.fetch()
    first, *others = world.queues.take_changes()
    world.clock.advance(A_LIFE)
    for message in others:
        world.map(message)
    world.clock.advance(10 * MINUTES)
    assert dies(world, first, "m1")
    assert hold_of(world, first.mall_order_id) is HoldCode.PARKED
    world.settle()
    world.ticks(10 * MINUTES)
    assert "opakovaně nepodařilo zpracovat" in " ".join(text for _, _, text in world.alarms.published)


def test_the_one_step_that_fails_while_others_are_carried_out_is_parked() -> None:
    world = three_orders()
    world.fetch()
    world.map_all()
    first, *others = world.queues.take_sends()
    world.clock.advance(A_LIFE)
    for send in others:
        world.push(send)
    world.settle()
    assert dies(world, first, "m1", "steps-dead.fifo")
    assert hold_of(world, first.mall_order_id) is HoldCode.PARKED


def test_changes_that_are_taken_prove_nothing_about_steps() -> None:
    world = three_orders()
    world.fetch()
    world.map_all()
    first, *_ = world.queues.take_sends()
    world.clock.advance(A_LIFE)
    world.clerk(2, S.CANCELED)
    world.fetch()
    world.map_all()
    assert not dies(world, first, "m1", "steps-dead.fifo")


def test_what_others_did_long_ago_proves_nothing() -> None:
    world = three_orders()
    world.fetch()
    first, *others = world.queues.take_changes()
    for message in others:
        world.map(message)
    world.clock.advance(A_LIFE)
    assert not dies(world, first, "m1")


def test_a_message_that_is_alone_in_its_shop_is_parked_after_a_day() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    (message,) = world.queues.take_changes()
    deaths = []
    for life in range(5):
        world.clock.advance(A_LIFE)
        deaths.append(dies(world, message, f"m{life}"))
        if deaths[-1]:
            break
        (message,) = world.queues.take_changes()
    assert deaths == [False, False, True]
    assert hold_of(world, 1) is HoldCode.PARKED


def test_messages_that_died_behind_the_first_one_are_no_further_deaths() -> None:
    """Those of one order come back together, and are dead together."""
    world = InMemoryProduct()
    world.mall.hold(1)
    lost = []
    for status in (S.PENDING, S.HANDLED, S.SETTLED, S.HANDLED, S.SETTLED):
        world.clerk(1, status)
        world.clock.advance(6 * MINUTES)
        world.fetch()
        lost += world.queues.take_changes()
    world.clock.advance(A_LIFE)
    assert [dies(world, message, f"m{at}") for at, message in enumerate(lost)] == [False] * 5
    world.settle()
    assert world.held(1) is M.SHIPPED


def test_a_letter_that_is_seen_twice_is_taken_once() -> None:
    world = three_orders()
    world.tick()
    world.clock.advance(2 * HOUR)
    world.clerk(1, S.SETTLED)
    world.fetch()
    (first,) = world.queues.take_changes()
    world.clock.advance(A_LIFE)
    assert not dies(world, first, "m1")
    assert world.queues.take_changes() == [first]
    world.clock.advance(2 * A_LIFE)
    assert not dies(world, first, "m1")
    assert world.queues.take_changes() == []
    assert len(world.history(1).dead_letters) == 1


def test_a_step_that_is_alone_in_its_shop_is_parked_after_a_day() -> None:
    world = InMemoryProduct()
    world.mall.hold(1)
    world.clerk(1, S.HANDLED)
    world.fetch()
    world.map_all()
    deaths = []
    for life in range(5):
        (send,) = world.queues.take_sends()
        world.clock.advance(A_LIFE)
        deaths.append(dies(world, send, f"m{life}", "steps-dead.fifo"))
        if deaths[-1]:
            break
        retry_transitions(world)
        world.map_all()
    assert deaths == [False, False, False, True]
    assert hold_of(world, 1) is HoldCode.PARKED


def test_what_is_not_ours_stays_in_its_queue() -> None:
    world = InMemoryProduct()
    with pytest.raises(ForeignMessageError, match="m1"):
        take_dead_letter(world, "m1", "changes-dead.fifo", "{}", 9)


def test_what_the_export_left_out_behind_a_dead_correction_is_no_word_of_the_shop() -> None:
    """All of it waited behind the correction for hours, and is taken in at once when that one is dead."""
    world = InMemoryProduct(Rules(undo_window_seconds=900), export_interval=0)
    world.mall.hold(1)
    served = world.exports.at(SHOP)
    served.changes = True
    world.clerk(1, S.CANCELED)
    world.tick()
    served.records.clear()
    world.clock.advance(10 * MINUTES)
    world.clerk(1, S.HANDLED)
    world.fetch()
    dead, *behind = world.queues.take_changes()
    served.records.clear()
    for _ in range(12):
        world.clock.advance(30 * MINUTES)
        world.fetch()
        behind += world.queues.take_changes()
    assert len(behind) > 2
    for message in behind:
        world.map(message)
    world.settle()
    assert world.held(1) is M.OPEN
    world.clock.advance(2 * MINUTES)
    assert not dies(world, dead, "m1")
    world.ticks(2 * HOUR)
    assert world.statuses_sent(1) == ["shipping"]
