"""What died in its queue: everything of a kind (a fault of ours) is done as soon as it can be, one alone is parked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import ForeignMessageError
from orderbridge.flows.common.dead_letters import take_dead_letter
from orderbridge.flows.retry_transitions import retry_transitions
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, canceled_and_left_out

if TYPE_CHECKING:
    from orderbridge.messages import ListingUpdate, NotInExport, Recheck, ShopUpdate, StepDispatch

HOUR = timedelta(hours=1)
A_LIFE = 6 * HOUR
"""How long a message comes again before it is dead."""
TODAY = ShopDate(date(2026, 11, 20))


def dies(
    product: InMemoryProduct,
    message: ShopUpdate | NotInExport | Recheck | ListingUpdate | StepDispatch,
    name: str,
    queue: str = "changes-dead.fifo",
) -> bool:
    """Whether the order was parked for it."""
    _, is_parked = take_dead_letter(product, name, queue, message.model_dump_json(), 120)
    return is_parked


def hold_of(product: InMemoryProduct, number: int) -> HoldCode | None:
    hold = product.order(number).work.hold
    return None if hold is None else hold.code


def three_orders() -> InMemoryProduct:
    product = InMemoryProduct()
    for number in (1, 2, 3):
        product.mall.hold(number)
        product.clerk(number, S.HANDLED)
    return product


def test_a_deployment_that_fails_at_every_change_parks_nothing() -> None:
    product = three_orders()
    product.fetch()
    lost = product.queues.take_changes()
    product.clock.advance(A_LIFE)
    assert [dies(product, message, f"m{at}") for at, message in enumerate(lost)] == [False] * 3
    product.ticks(10 * MINUTES)
    assert [product.held(number) for number in (1, 2, 3)] == [M.SHIPPING] * 3
    assert [hold_of(product, number) for number in (1, 2, 3)] == [None] * 3
    assert product.alarms.published == []


def test_a_deployment_that_fails_at_every_step_parks_nothing() -> None:
    product = three_orders()
    product.fetch()
    product.map_all()
    lost = product.queues.take_sends()
    assert len(lost) == 3
    product.clock.advance(A_LIFE)
    assert [dies(product, send, f"m{send.mall_order_id}", "steps-dead.fifo") for send in lost] == [False] * 3
    product.ticks(5 * MINUTES)
    assert [product.held(number) for number in (1, 2, 3)] == [M.SHIPPING] * 3
    assert product.alarms.published == []


def test_the_one_change_that_fails_while_others_are_taken_is_parked_and_told() -> None:
    product = three_orders()
    product.fetch()
    first, *others = product.queues.take_changes()
    product.clock.advance(A_LIFE)
    for message in others:
        product.map(message)
    product.clock.advance(10 * MINUTES)
    assert dies(product, first, "m1")
    assert hold_of(product, first.mall_order_id) is HoldCode.PARKED
    product.settle()
    product.ticks(10 * MINUTES)
    assert "opakovaně nepodařilo zpracovat" in " ".join(text for _, _, text in product.alarms.published)


def test_the_one_step_that_fails_while_others_are_carried_out_is_parked() -> None:
    product = three_orders()
    product.fetch()
    product.map_all()
    first, *others = product.queues.take_sends()
    product.clock.advance(A_LIFE)
    for send in others:
        product.push(send)
    product.settle()
    assert dies(product, first, "m1", "steps-dead.fifo")
    assert hold_of(product, first.mall_order_id) is HoldCode.PARKED


def test_changes_that_are_taken_prove_nothing_about_steps() -> None:
    product = three_orders()
    product.fetch()
    product.map_all()
    first, *_ = product.queues.take_sends()
    product.clock.advance(A_LIFE)
    product.clerk(2, S.CANCELED)
    product.fetch()
    product.map_all()
    assert not dies(product, first, "m1", "steps-dead.fifo")


def test_what_others_did_long_ago_proves_nothing() -> None:
    product = three_orders()
    product.fetch()
    first, *others = product.queues.take_changes()
    for message in others:
        product.map(message)
    product.clock.advance(A_LIFE)
    assert not dies(product, first, "m1")


def test_a_message_that_is_alone_in_its_shop_is_parked_after_a_day() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    (message,) = product.queues.take_changes()
    deaths = []
    for life in range(5):
        product.clock.advance(A_LIFE)
        deaths.append(dies(product, message, f"m{life}"))
        if deaths[-1]:
            break
        (message,) = product.queues.take_changes()
    assert deaths == [False, False, True]
    assert hold_of(product, 1) is HoldCode.PARKED


def test_messages_that_died_behind_the_first_one_are_no_further_deaths() -> None:
    """Those of one order come back together, and are dead together."""
    product = InMemoryProduct()
    product.mall.hold(1)
    lost = []
    for status in (S.PENDING, S.HANDLED, S.SETTLED, S.HANDLED, S.SETTLED):
        product.clerk(1, status)
        product.clock.advance(6 * MINUTES)
        product.fetch()
        lost += product.queues.take_changes()
    product.clock.advance(A_LIFE)
    assert [dies(product, message, f"m{at}") for at, message in enumerate(lost)] == [False] * 5
    product.settle()
    assert product.held(1) is M.SHIPPED


def test_a_letter_that_is_seen_twice_is_taken_once() -> None:
    product = three_orders()
    product.tick()
    product.clock.advance(2 * HOUR)
    product.clerk(1, S.SETTLED)
    product.fetch()
    (first,) = product.queues.take_changes()
    product.clock.advance(A_LIFE)
    assert not dies(product, first, "m1")
    assert product.queues.take_changes() == [first]
    product.clock.advance(2 * A_LIFE)
    assert not dies(product, first, "m1")
    assert product.queues.take_changes() == []
    assert len(product.history(1).dead_letters) == 1


def test_a_step_that_is_alone_in_its_shop_is_parked_after_a_day() -> None:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.fetch()
    product.map_all()
    deaths = []
    for life in range(5):
        (send,) = product.queues.take_sends()
        product.clock.advance(A_LIFE)
        deaths.append(dies(product, send, f"m{life}", "steps-dead.fifo"))
        if deaths[-1]:
            break
        retry_transitions(product)
        product.map_all()
    assert deaths == [False, False, False, True]
    assert hold_of(product, 1) is HoldCode.PARKED


def test_what_is_not_ours_stays_in_its_queue() -> None:
    product = InMemoryProduct()
    with pytest.raises(ForeignMessageError, match="m1"):
        take_dead_letter(product, "m1", "changes-dead.fifo", "{}", 9)


def test_what_the_export_left_out_behind_a_dead_correction_is_no_word_of_the_shop() -> None:
    """All of it waited behind the correction for hours, and is taken in at once when that one is dead."""
    product = canceled_and_left_out()
    served = product.exports.at(SHOP)
    product.clock.advance(10 * MINUTES)
    product.clerk(1, S.HANDLED)
    product.fetch()
    dead, *behind = product.queues.take_changes()
    served.records.clear()
    for _ in range(12):
        product.clock.advance(30 * MINUTES)
        product.fetch()
        behind += product.queues.take_changes()
    assert len(behind) > 2
    for message in behind:
        product.map(message)
    product.settle()
    assert product.held(1) is M.OPEN
    product.clock.advance(2 * MINUTES)
    assert not dies(product, dead, "m1")
    product.ticks(2 * HOUR)
    assert product.statuses_sent(1) == ["shipping"]
