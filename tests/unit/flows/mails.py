"""What the tests of mails share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.messages import AlarmRequest
from tests.fakes import NOON, Fault
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product, ship

if TYPE_CHECKING:
    from collections.abc import Callable

    Begin = Callable[[], tuple["InMemoryProduct", Callable[[], object]]]


ABOUT_SHOP = AlarmRequest(shop=SHOP, requested_at=NOON)


def asked(product: InMemoryProduct) -> list[AlarmRequest]:
    """The requests for alarms that were sent since the last time."""
    return [request for request in product.queues.take_alarms() if isinstance(request, AlarmRequest)]


def stopped() -> InMemoryProduct:
    product = new_product(undo=0)
    product.mall.hold(1)
    product.clerk(1, S.PENDING)
    product.tick()
    product.mall.outage = Fault(CallResult.UNAUTHORIZED, http_status=401)
    product.clerk(1, S.HANDLED)
    product.tick()
    assert product.shops.records[SHOP].stop is not None
    return product


def too_late_cancelled() -> InMemoryProduct:
    """A parcel that is on its way, and its order is canceled in the shop: a return."""
    product = new_product(undo=0)
    ship(product)
    product.clerk(1, S.CANCELED)
    product.tick()
    return product
