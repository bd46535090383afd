"""A day of the clerks' page that has something of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.dates import ShopDate
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.settings import ShopSettings
from tests.fakes import NOON
from tests.unit.flows.sequences import ship
from tests.unit.functions.console_client import add_operator
from tests.unit.functions.function_harness import NEW_ORDER, ORDER, OTHER_ORDER, park

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{7*7}}\u202e&amp;"
WINDOW = 600


def hostile_day(new_harness: NewHarness) -> FunctionHarness:
    """A parcel comes back, Delivered is wrong, an order is parked, Cancelled waits; texts from outside are hostile."""
    harness = new_harness("console")
    product = harness.product
    for number in (ORDER, OTHER_ORDER):
        ship(product, number)
    product.clerk(ORDER, ShopStatus.CANCELED, status_name=HOSTILE)
    product.clerk(OTHER_ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()), carrier=HOSTILE)
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(OTHER_ORDER, ShopStatus.SETTLED, tracking_number=HOSTILE)
    product.tick()
    rules = Rules(undo_window_seconds=WINDOW)
    settings = ShopSettings(shop="demo", rules=rules, export_interval_seconds=0)
    product.shops.put(settings, product.clock.now())
    product.mall.hold(NEW_ORDER, MarketplaceStatus.OPEN, confirmed=True)
    product.clerk(NEW_ORDER, ShopStatus.CANCELED, code=HOSTILE)
    product.tick()
    product.clock.advance(seconds=60)
    product.tick()
    park(product)
    for taken in (product.queues.take_changes, product.queues.take_lists, product.queues.take_fetches):
        taken()
    add_operator(harness, HOSTILE[:50])
    return harness
