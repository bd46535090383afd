"""What happens at the same time on both sides: nothing is lost in between, and nobody is taken for somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from orderbridge.domain.answers import ImportOutcome
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.orders import retry_order
from orderbridge.messages import ListingUpdate, ShopUpdate
from tests.fake_services import ShopFault
from tests.unit.flows.sequences import MINUTES, importing, linking, stops
from tests.unit.flows.world import SHOP


def test_a_cancellation_just_before_our_confirmation_comes_to_light_within_the_hour() -> None:
    """MALL takes the word for the order as it is by then, and names the cancellation on no list of changes."""
    world = importing()
    world.mall.hold(1)
    world.mall.meanwhile = lambda: world.mall.changes(1, status=M.CANCELLED)
    world.ticks(5 * MINUTES)
    assert world.mall.orders[1].status is M.CANCELLED
    assert world.mall.orders[1].confirmed
    world.ticks(60 * MINUTES, 15 * MINUTES)
    assert world.imports.written[1:] == [(SHOP, "cancel", "C1")]
    readings = world.mall.lists
    world.ticks(timedelta(hours=6), 60 * MINUTES)
    assert world.mall.lists == readings + 6, "and the lists of the ordinary readings"


def test_a_cancellation_that_a_list_tells_while_we_confirm_is_not_forgotten() -> None:
    """MALL takes the confirmation, and with it the cancellation's: no list names it again."""
    world = importing()
    world.mall.hold(1)

    def meanwhile() -> None:
        world.mall.changes(1, status=M.CANCELLED)
        view = replace(world.mall.orders[1], items=())
        world.map(ListingUpdate(shop=SHOP, mall_order_id=1, seen_at=world.clock.now() + MINUTES, view=view))
        world.lists = False

    world.mall.meanwhile = meanwhile
    world.ticks(10 * MINUTES)
    assert world.mall.orders[1].confirmed
    observed = world.order(1).marketplace.observed
    assert observed is not None
    assert observed.status is M.CANCELLED


def test_a_customer_who_was_faster_than_our_cancellation_is_not_taken_for_us() -> None:
    """The clerk cancels, MALL refuses because the customer did: whoever takes the order up again is told."""
    world = importing()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.lists = False
    world.clerk(1, S.CANCELED)
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(10 * MINUTES)
    (cancelled,) = [p for p in world.order(1).marketplace.status_changes if p.status is M.CANCELLED]
    assert not cancelled.by_us
    world.clerk(1, S.HANDLED)
    world.ticks(10 * MINUTES)
    assert len(stops(world)) == 1


def test_a_cancellation_that_the_shop_refused_is_not_written_again_by_itself() -> None:
    """MALL takes the acknowledgement all the same, which is no word of the shop."""
    world = importing()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    world.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    world.ticks(30 * MINUTES)
    assert world.mall.orders[1].confirmed
    assert world.imports.documents == 2
    assert [e.cause for e in world.order(1).cases.escalations if e.open] == [Cause.NOT_IMPORTED]


def test_asking_again_and_again_keeps_a_new_order_from_nothing() -> None:
    world = importing()
    world.mall.hold(1)
    for _ in range(20):
        world.ticks(MINUTES)
        world.clock.advance(seconds=10)
        retry_order(world, SHOP, "1")
        world.settle()
    assert world.imports.written == [(SHOP, "create", "1")]


def test_a_settled_order_is_not_cancelled_after_a_double_outage() -> None:
    """The look at the shop before the first try says nothing about the hours until the next one."""
    world = importing()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    world.imports.outage = ShopFault(ImportOutcome.NOT_SENT, message="no connection")
    world.ticks(10 * MINUTES)
    world.exports.at(SHOP).fails = True
    world.clerk(1, S.SETTLED)
    world.ticks(10 * MINUTES)
    world.imports.outage = None
    world.ticks(timedelta(hours=3), 5 * MINUTES)
    world.exports.at(SHOP).fails = False
    world.ticks(timedelta(hours=3), 5 * MINUTES)
    assert world.imports.written == [(SHOP, "create", "1")]
    assert world.exports.at(SHOP).records[1].view.status is S.SETTLED


def test_what_the_shop_shows_during_an_unclear_write_leaves_no_doubt() -> None:
    world = importing()
    world.mall.hold(1)
    world.imports.faults.append(ShopFault(ImportOutcome.UNCLEAR, effect=True))
    world.imports.meanwhile = lambda: world.map(
        ShopUpdate(
            shop=SHOP,
            mall_order_id=1,
            seen_at=world.clock.now(),
            content_at=world.clock.now(),
            view=world.exports.at(SHOP).records[1].view,
        )
    )
    world.ticks(10 * MINUTES)
    assert world.imports.documents == 1
    assert world.order(1).shop_side.import_unclear_at is None
    world.mall.changes(1, status=M.CANCELLED)
    world.ticks(10 * MINUTES)
    assert world.imports.written[1:] == [(SHOP, "cancel", "C1")]


def test_a_list_without_the_word_does_not_take_an_order_from_mall_delivery() -> None:
    world = linking()
    world.mall.hold(1)
    world.mall.orders[1] = replace(world.mall.orders[1], marketplace_delivery=True)
    world.clerk(1, S.HANDLED)
    world.tick()
    world.clock.advance(MINUTES)
    observed = world.order(1).marketplace.observed
    assert observed is not None
    plain = replace(observed, marketplace_delivery=False, items=())
    world.map(ListingUpdate(shop=SHOP, mall_order_id=1, seen_at=world.clock.now(), view=plain))
    world.clerk(1, S.SETTLED)
    world.ticks(5 * MINUTES)
    assert world.statuses_sent(1) == ["shipping"]


def test_a_list_that_lacks_what_has_ended_is_no_reason_to_read_it() -> None:
    """The cancellation came with the list of changes a moment before the orders under way were compared."""
    world = importing()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    calls = len(world.mall.calls)
    world.clock.advance(MINUTES)
    world.read_list()
    world.map_all()
    world.clock.advance(seconds=1)
    world.map(ListingUpdate(shop=SHOP, mall_order_id=1, seen_at=world.clock.now()))
    world.settle()
    assert len(world.mall.calls) == calls
    assert stops(world) == []


def test_a_look_at_mall_before_a_cancellation_is_written_alarms_nobody() -> None:
    world = importing()
    world.mall.hold(1)
    world.ticks(10 * MINUTES)
    world.mall.changes(1, status=M.CANCELLED)
    world.clock.advance(MINUTES)
    world.read_list()
    world.settle()
    retry_order(world, SHOP, "1")
    world.settle()
    assert stops(world) == []
    world.ticks(10 * MINUTES)
    assert (stops(world), world.imports.written[1:]) == ([], [(SHOP, "cancel", "C1")])
