"""Tracking that MALL holds and that is not kept as it stands there: it is corrected once, never again and again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.mall import kept
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.orders import retry_order
from tests.fakes import FakeMarketplace
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY
from tests.unit.flows.sequences import new_product as product_with

if TYPE_CHECKING:
    from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer
    from orderbridge.domain.views import MarketplaceView

CONTACT_ADDRESS = "https://t.cz/?tel=777123456&id={number}"
"""A carrier's address with digits like a phone number's in it: what we send ourselves is not kept when it is read."""


def as_kept(view: MarketplaceView | None) -> MarketplaceView | None:
    """`view` as the adapter keeps it."""
    if view is None:
        return None
    number, url = kept.tracking(view.tracking_number, view.tracking_url)
    return replace(view, tracking_number=number, tracking_url=url)


class KeptMarketplace(FakeMarketplace):
    """Its tracking comes in as the adapter keeps it."""

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        answer = super().read(mall_order_id)
        return replace(answer, view=as_kept(answer.view))

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        answer = super().unconfirmed(test=test)
        return replace(answer, orders=tuple(replace(one, view=as_kept(one.view)) for one in answer.orders))


def new_product(template: str = "https://t.cz/?id={number}") -> InMemoryProduct:
    product = product_with(0, carriers={"PPL": template})
    product.marketplaces.by_shop[SHOP] = KeptMarketplace()
    product.lists = True
    return product


def corrections(product: InMemoryProduct) -> int:
    """The PUTs of tracking alone, whatever came of them."""
    changes = [call.change for call in product.mall.calls if call.change is not None]
    return sum(change.status is None and bool(change.tracking_number) for change in changes)


def after_more_reads(product: InMemoryProduct) -> int:
    """MALL changes something else six times, so the order is looked at anew; how many corrections that caused."""
    before = corrections(product)
    for _ in range(6):
        product.mall.changes(1)
        product.ticks(timedelta(hours=1), 10 * MINUTES)
        retry_order(product, SHOP, "1")
        product.tick()
    return corrections(product) - before


@pytest.mark.parametrize(
    ("number", "url"),
    [
        ("DR1", "https://t.cz/?mail=jan@novak.cz&tel=+420777123456"),
        ("DR1", "https://t.cz/" + "a" * 3000),
        ("Novak jan@novak.cz", "https://t.cz/?id=DR1"),
        ("DR1", "https://t.cz/?id=DR1"),
    ],
)
@pytest.mark.parametrize("template", ["https://t.cz/?id={number}", CONTACT_ADDRESS])
def test_what_mall_holds_is_corrected_at_most_once(number: str, url: str, template: str) -> None:
    product = new_product(template)
    product.mall.hold(1, M.SHIPPED, confirmed=True)
    product.mall.orders[1] = replace(product.mall.orders[1], tracking_number=number, tracking_url=url)
    product.clerk(1, S.SETTLED)
    product.ticks(10 * MINUTES)
    assert corrections(product) <= 1
    assert after_more_reads(product) == 0
    assert "novak" not in repr(product.history(1)).lower()


@pytest.mark.parametrize("template", ["https://t.cz/?id={number}", CONTACT_ADDRESS])
def test_what_we_sent_with_shipped_is_not_sent_again(template: str) -> None:
    product = new_product(template)
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.ticks(10 * MINUTES)
    assert product.held(1) is M.SHIPPED
    assert after_more_reads(product) == 0


@pytest.mark.parametrize("template", ["https://t.cz/?id={number}", CONTACT_ADDRESS])
@pytest.mark.parametrize("effect", [True, False])
def test_a_correction_whose_answer_was_lost_is_sent_once_more_at_most(template: str, *, effect: bool) -> None:
    product = new_product(template)
    product.mall.hold(1)
    product.clerk(1, S.SETTLED)
    product.ticks(10 * MINUTES)
    product.mall.fail_next(CallResult.TIMEOUT, effect=effect, call=Call.WRITE)
    product.clerk(1, S.SETTLED, tracking_number="DR2")
    product.ticks(60 * MINUTES)
    assert corrections(product) <= 2
    assert product.mall.orders[1].tracking_number == "DR2"
    assert after_more_reads(product) == 0
    product.clerk(1, S.SETTLED, tracking_number="DR2", delivery=TODAY)
    product.ticks(60 * MINUTES)
    assert product.held(1) is M.DELIVERED
