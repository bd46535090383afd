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
from tests.fakes import ShopFault
from tests.unit.flows.in_memory_product import SHOP
from tests.unit.flows.sequences import MINUTES, importing, linking, stops


def test_a_cancellation_just_before_our_confirmation_comes_to_light_within_the_hour() -> None:
    """MALL takes the word for the order as it is by then, and names the cancellation on no list of changes."""
    product = importing()
    product.mall.hold(1)
    product.mall.meanwhile = lambda: product.mall.changes(1, status=M.CANCELLED)
    product.ticks(5 * MINUTES)
    assert product.mall.orders[1].status is M.CANCELLED
    assert product.mall.orders[1].confirmed
    product.ticks(60 * MINUTES, 15 * MINUTES)
    assert product.imports.written[1:] == [(SHOP, "cancel", "C1")]
    readings = product.mall.lists
    product.ticks(timedelta(hours=6), 60 * MINUTES)
    assert product.mall.lists == readings + 6, "and the lists of the ordinary readings"


def test_a_cancellation_that_a_list_tells_while_we_confirm_is_not_forgotten() -> None:
    """MALL takes the confirmation, and with it the cancellation's: no list names it again."""
    product = importing()
    product.mall.hold(1)

    def meanwhile() -> None:
        product.mall.changes(1, status=M.CANCELLED)
        view = replace(product.mall.orders[1], items=())
        product.map(
            ListingUpdate(shop=SHOP, mall_order_id=1, seen_at=product.clock.now() + MINUTES, view=view)
        )
        product.lists = False

    product.mall.meanwhile = meanwhile
    product.ticks(10 * MINUTES)
    assert product.mall.orders[1].confirmed
    observed = product.order(1).marketplace.observed
    assert observed is not None
    assert observed.status is M.CANCELLED


def test_a_customer_who_was_faster_than_our_cancellation_is_not_taken_for_us() -> None:
    """The clerk cancels, MALL refuses because the customer did: whoever takes the order up again is told."""
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.lists = False
    product.clerk(1, S.CANCELED)
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    (cancelled,) = [p for p in product.order(1).marketplace.status_changes if p.status is M.CANCELLED]
    assert not cancelled.by_us
    product.clerk(1, S.HANDLED)
    product.ticks(10 * MINUTES)
    assert len(stops(product)) == 1


def test_a_cancellation_that_the_shop_refused_is_not_written_again_by_itself() -> None:
    """MALL takes the acknowledgement all the same, which is no word of the shop."""
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.imports.faults.append(ShopFault(ImportOutcome.REFUSED))
    product.ticks(30 * MINUTES)
    assert product.mall.orders[1].confirmed
    assert product.imports.documents == 2
    assert [e.cause for e in product.order(1).cases.escalations if e.open] == [Cause.NOT_IMPORTED]


def test_asking_again_and_again_keeps_a_new_order_from_nothing() -> None:
    product = importing()
    product.mall.hold(1)
    for _ in range(20):
        product.ticks(MINUTES)
        product.clock.advance(seconds=10)
        retry_order(product, SHOP, "1")
        product.settle()
    assert product.imports.written == [(SHOP, "create", "1")]


def test_a_settled_order_is_not_cancelled_after_a_double_outage() -> None:
    """The look at the shop before the first try says nothing about the hours until the next one."""
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.imports.outage = ShopFault(ImportOutcome.NOT_SENT, message="no connection")
    product.ticks(10 * MINUTES)
    product.exports.at(SHOP).fails = True
    product.clerk(1, S.SETTLED)
    product.ticks(10 * MINUTES)
    product.imports.outage = None
    product.ticks(timedelta(hours=3), 5 * MINUTES)
    product.exports.at(SHOP).fails = False
    product.ticks(timedelta(hours=3), 5 * MINUTES)
    assert product.imports.written == [(SHOP, "create", "1")]
    assert product.exports.at(SHOP).records[1].view.status is S.SETTLED


def test_what_the_shop_shows_during_an_unclear_write_leaves_no_doubt() -> None:
    product = importing()
    product.mall.hold(1)
    product.imports.faults.append(ShopFault(ImportOutcome.UNCLEAR, effect=True))
    product.imports.meanwhile = lambda: product.map(
        ShopUpdate(
            shop=SHOP,
            mall_order_id=1,
            seen_at=product.clock.now(),
            content_at=product.clock.now(),
            view=product.exports.at(SHOP).records[1].view,
        )
    )
    product.ticks(10 * MINUTES)
    assert product.imports.documents == 1
    assert product.order(1).shop_side.import_unclear_at is None
    product.mall.changes(1, status=M.CANCELLED)
    product.ticks(10 * MINUTES)
    assert product.imports.written[1:] == [(SHOP, "cancel", "C1")]


def test_a_list_without_the_word_does_not_take_an_order_from_mall_delivery() -> None:
    product = linking()
    product.mall.hold(1)
    product.mall.orders[1] = replace(product.mall.orders[1], marketplace_delivery=True)
    product.clerk(1, S.HANDLED)
    product.tick()
    product.clock.advance(MINUTES)
    observed = product.order(1).marketplace.observed
    assert observed is not None
    plain = replace(observed, marketplace_delivery=False, items=())
    product.map(ListingUpdate(shop=SHOP, mall_order_id=1, seen_at=product.clock.now(), view=plain))
    product.clerk(1, S.SETTLED)
    product.ticks(5 * MINUTES)
    assert product.statuses_sent(1) == ["shipping"]


def test_a_list_that_lacks_what_has_ended_is_no_reason_to_read_it() -> None:
    """The cancellation came with the list of changes a moment before the orders under way were compared."""
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    calls = len(product.mall.calls)
    product.clock.advance(MINUTES)
    product.read_list()
    product.map_all()
    product.clock.advance(seconds=1)
    product.map(ListingUpdate(shop=SHOP, mall_order_id=1, seen_at=product.clock.now()))
    product.settle()
    assert len(product.mall.calls) == calls
    assert stops(product) == []


def test_a_reading_before_a_cancellation_is_written_alarms_nobody() -> None:
    product = importing()
    product.mall.hold(1)
    product.ticks(10 * MINUTES)
    product.mall.changes(1, status=M.CANCELLED)
    product.clock.advance(MINUTES)
    product.read_list()
    product.settle()
    retry_order(product, SHOP, "1")
    product.settle()
    assert stops(product) == []
    product.ticks(10 * MINUTES)
    assert (stops(product), product.imports.written[1:]) == ([], [(SHOP, "cancel", "C1")])
