"""A dry run says what the real run then sends: same steps, same bodies, same order. Whatever both sides hold."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.domain.views import MarketplaceView
from orderbridge_cli.dry_run import End, run_preview
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge_cli.dry_run import Preview

UNDO = 15 * 60
DATES = [
    None,
    ShopDate(date(2026, 11, 19)),
    ShopDate(date(2026, 11, 20), time(10, 30)),
    ShopDate(date(2026, 11, 20), time(12, 55)),
    ShopDate(date(2026, 11, 27)),
]
Sent = dict[int, list[tuple[str, dict[str, Any]]]]
"""MALL's number → what was sent about the order: the side, and the body."""


@dataclass(frozen=True)
class Shown:
    """An order in the shop; `status` None: the state is not known."""

    status: ShopStatus | None
    delivery: ShopDate | None
    tracking: str


@dataclass(frozen=True)
class World:
    """MALL's number → what the shop shows and what MALL holds; None: that side has no such order."""

    orders: dict[int, tuple[Shown | None, MarketplaceView | None]]
    tests: frozenset[int] = frozenset()


SHOWN = st.builds(
    Shown,
    st.sampled_from([*ShopStatus, None]),
    st.sampled_from(DATES),
    st.sampled_from(["DR1", "DR1, DR2", "", "a/b"]),
)
HELD = st.builds(
    MarketplaceView,
    st.sampled_from(MarketplaceStatus),
    st.booleans(),
    marketplace_delivery=st.sampled_from([False, False, True]),
    tracking_number=st.sampled_from(["", "DR1"]),
)
WORLDS = st.builds(
    World,
    st.dictionaries(
        st.integers(1, 8), st.tuples(st.one_of(st.none(), SHOWN), st.one_of(st.none(), HELD)), max_size=8
    ),
    st.frozensets(st.integers(1, 8), max_size=2),
)


def shop_in(
    world: World,
    mode: Literal["create", "link", "off"],
    undo: int = UNDO,
    **rules: Any,  # noqa: ANN401
) -> InMemoryProduct:
    """A shop that was never fetched, and MALL beside it."""
    product = InMemoryProduct(rules=Rules(undo_window_seconds=undo, import_mode=mode, **rules), lists=True)
    become(product, world)
    return product


def become(product: InMemoryProduct, world: World) -> None:
    """Both sides hold what `world` says from now on."""
    product.exports.at(SHOP).records.clear()
    product.mall.orders.clear()
    product.mall.tests = set(world.tests)
    for number, (shown, held) in world.orders.items():
        if shown is not None:
            product.clerk(number, shown.status, delivery=shown.delivery, tracking_number=shown.tracking)
        if held is not None:
            opened_at = product.clock.now() - timedelta(days=3)
            product.mall.orders[number] = replace(held, opened_at=opened_at)


def foreseen(preview: Preview) -> Sent:
    """What the dry run says that is sent."""
    return {
        row.mall_order_id: [
            ("shop" if step.action.in_shop else "mall", dict(step.body)) for step in row.steps
        ]
        for row in preview.rows
        if row.steps
    }


def really_sent(product: InMemoryProduct, minutes: int = 40) -> Sent:
    """What the real flows send in the next minutes, while nobody changes anything."""
    known = set(product.ledger.attempts)
    product.fetch()
    product.settle()
    product.read_list("reconcile")
    product.settle()
    product.ticks(timedelta(minutes=minutes), every=timedelta(minutes=8))
    sent: Sent = {}
    for key in sorted(product.ledger.attempts.keys() - known):
        attempt = product.ledger.attempts[key]
        if attempt.action is not Action.READ and attempt.result == "accepted":
            side = "shop" if attempt.action.in_shop else "mall"
            sent.setdefault(key[1], []).append((side, attempt.sent))
    return sent


def stores_of(product: InMemoryProduct) -> object:
    """Everything that the product and both services store."""
    parts = (
        *(product.ledger.stored, product.ledger.steps, product.ledger.attempts, product.ledger.letters),
        *(product.shops.records, product.shops.outages, product.export_checkpoints.stored),
        *(product.feed_checkpoints.stored, product.mall.orders, product.mall.calls),
        *(product.exports.at(SHOP).records, product.imports.written, product.slots.taken),
        *(vars(product.queues)[name] for name in ("changes", "sends", "shop_sends", "lists", "alarms")),
        *(vars(product.queues)[name] for name in ("fetches", "returns")),
    )
    return copy.deepcopy(parts)


def compare(product: InMemoryProduct) -> Preview:
    """Makes the dry run and then the real one."""
    before = stores_of(product)
    preview = run_preview(product, SHOP)
    assert stores_of(product) == before
    said = foreseen(preview)
    unread = {row.mall_order_id for row in preview.rows if row.end is End.TO_BE_READ}
    sent = really_sent(product)
    for number in unread:
        # It is final or blocked at MALL. With "create" its cancellation may be written into the shop, nothing else.
        assert [body["status"] for _side, body in sent.pop(number, [])] in ([], ["canceled"])
    for row in preview.rows:
        if row.until is not None:
            # The hold ends by itself, maybe within the minutes of the real run.
            number = row.mall_order_id
            sent[number] = sent.get(number, [])[: len(said.setdefault(number, []))]
    assert said == sent
    return preview


@pytest.mark.parametrize("mode", ["link", "create", "off"])
@given(world=WORLDS)
def test_what_is_foreseen_is_sent(world: World, mode: Literal["create", "link", "off"]) -> None:
    compare(shop_in(world, mode))


@pytest.mark.parametrize("mode", ["link", "create", "off"])
@given(world=WORLDS)
def test_what_is_foreseen_of_a_bulk_change_is_sent(
    world: World, mode: Literal["create", "link", "off"]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("orderbridge.flows.common.export_reading.BULK_CHANGE", 0)
        compare(shop_in(world, mode))


@pytest.mark.parametrize("mode", ["link", "create"])
@given(first=WORLDS, then=WORLDS)
def test_what_is_foreseen_for_a_shop_that_runs_is_sent(
    first: World, then: World, mode: Literal["create", "link"]
) -> None:
    """Not with ``off``, and without test orders: the product reads no list of those, so the dry run knows more."""
    product = shop_in(replace(first, tests=frozenset()), mode)
    really_sent(product)
    become(product, replace(then, tests=frozenset()))
    compare(product)
