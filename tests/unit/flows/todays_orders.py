"""Today's list as the API tells it, and orders that stand on it, one for each reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.today import today
from orderbridge.texts import Language
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import MINUTES, TODAY, ship

if TYPE_CHECKING:
    from tests.unit.flows.in_memory_product import InMemoryProduct

SECTIONS = ("stop_parcels", "undo_windows", "deadlines", "returns", "escalations", "holds")


def asked(product: InMemoryProduct, language: Language = Language.CZECH) -> dict[str, Any]:
    return ApiClient(product, language=language).ask(today)


def numbers(entries: list[dict[str, Any]]) -> list[int]:
    return [entry["mall_order_id"] for entry in entries]


def clerk_sets(product: InMemoryProduct, number: int, status: S | None, **details: Any) -> None:  # noqa: ANN401 - as it is
    """One change of the clerk, and what follows from it."""
    product.clock.advance(seconds=1)
    product.clerk(number, status, **details)
    product.tick()


def waits_in_the_window(product: InMemoryProduct, number: int) -> None:
    ship(product, number)
    clerk_sets(product, number, S.SETTLED, delivery=TODAY)


def must_be_stopped(product: InMemoryProduct, number: int) -> None:
    product.mall.hold(number)
    clerk_sets(product, number, S.HANDLED)
    product.clock.advance(10 * MINUTES)
    product.mall.changes(number, status=M.CANCELLED)
    product.read_list()
    product.settle()


def comes_back(product: InMemoryProduct, number: int) -> None:
    ship(product, number)
    clerk_sets(product, number, S.CANCELED)


def is_wrongly_delivered(product: InMemoryProduct, number: int) -> None:
    ship(product, number)
    clerk_sets(product, number, S.SETTLED, delivery=TODAY)
    product.ticks(20 * MINUTES, 10 * MINUTES)
    clerk_sets(product, number, S.SETTLED, delivery=None)


def lacks_tracking(product: InMemoryProduct, number: int) -> None:
    product.mall.hold(number)
    clerk_sets(product, number, S.SETTLED, tracking_number="")


def is_unknown(product: InMemoryProduct, number: int) -> None:
    product.mall.hold(number)
    clerk_sets(product, number, None)


def waits_to_be_begun(product: InMemoryProduct, number: int) -> None:
    product.mall.hold(number)
    clerk_sets(product, number, S.PENDING)
