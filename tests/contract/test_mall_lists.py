"""MALL's lists and whole orders over the sandbox's MALL: what is on them, page by page, and what fails.

The first part also runs over the fake that the flows are tested with, so that the two mean the same.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from orderbridge.adapters.mall import wire
from orderbridge.domain.cases.records import Item
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import MarketplaceStatus as Status
from orderbridge.domain.steps import MarketplaceChange
from sandbox import PERSONAL_MARKERS
from tests.contract.mall_sandbox import KEY, READ_AND_WRITE, SILENCES, Mall, running_mall
from tests.fakes import FakeMarketplace
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.mall.client import MallMarketplace
    from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer
    from orderbridge.ports import Marketplace

SHAPES = ["full", "sparse", "extra", "stringly", ["sparse", "extra", "stringly"]]


@pytest.fixture(scope="module")
def running() -> Iterator[Mall]:
    with running_mall() as mall:
        yield mall


@pytest.fixture
def mall(running: Mall) -> Mall:
    running.control("POST", "reset")
    return running


def numbers(answer: ListAnswer) -> list[int]:
    assert (answer.answer.call_result, answer.answer.http_status) == (CallResult.OK, 200)
    return [order.mall_order_id for order in answer.orders]


# --- the fake and the real one mean the same ------------------------------------------------------------


class Hold(Protocol):
    def __call__(self, status: Status, *, confirmed: bool, test: bool = False) -> int: ...


@pytest.fixture(params=["fake", "sandbox"])
def side(request: pytest.FixtureRequest) -> tuple[Marketplace, Hold]:
    """A marketplace, and how to make it hold an order in a status."""
    if request.param == "sandbox":
        mall: Mall = request.getfixturevalue("mall")

        def hold_there(status: Status, *, confirmed: bool, test: bool = False) -> int:
            return mall.order(status=status, confirmed=confirmed, test=test)

        return mall.at(), hold_there
    fake, counted = FakeMarketplace(), count(1)

    def hold(status: Status, *, confirmed: bool, test: bool = False) -> int:
        number = next(counted)
        fake.hold(number, status, confirmed=confirmed)
        if test:
            fake.tests.add(number)
        return number

    return fake, hold


def test_unconfirmed_orders_in_every_status_but_blocked(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    held = {status: hold(status, confirmed=False) for status in Status}
    for status in Status:
        hold(status, confirmed=True)
    answer = marketplace.unconfirmed(test=False)
    assert numbers(answer) == [number for status, number in held.items() if status is not Status.BLOCKED]
    assert answer.calls == 1
    for order in answer.orders:
        assert order.view is not None
        assert (order.view.status, order.view.confirmed) == (
            next(status for status, number in held.items() if number == order.mall_order_id),
            False,
        )


def test_orders_under_way_are_those_before_a_final_status(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    held = [(status, hold(status, confirmed=confirmed)) for status in Status for confirmed in (False, True)]
    under_way = {Status.OPEN, Status.SHIPPING, Status.SHIPPED}
    answer = marketplace.under_way(test=False)
    assert numbers(answer) == [number for status, number in held if status in under_way]
    assert answer.calls == 1


def test_test_orders_come_only_when_asked_for(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    real, test = hold(Status.OPEN, confirmed=False), hold(Status.OPEN, confirmed=False, test=True)
    for read in (marketplace.unconfirmed, marketplace.under_way):
        assert numbers(read(test=False)) == [real]
        assert [(order.mall_order_id, order.test) for order in read(test=True).orders] == [
            (real, False),
            (test, True),
        ]


def test_a_list_may_be_empty(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    hold(Status.DELIVERED, confirmed=True)
    for read in (marketplace.unconfirmed, marketplace.under_way):
        answer = read(test=True)
        assert (numbers(answer), answer.calls) == ([], 1)


def test_a_confirmed_order_leaves_the_list(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    order = hold(Status.CANCELLED, confirmed=False)
    assert numbers(marketplace.unconfirmed(test=False)) == [order]
    assert marketplace.write(order, MarketplaceChange(None, confirm=True)).call_result is CallResult.OK
    assert numbers(marketplace.unconfirmed(test=False)) == []


def test_a_whole_order_is_one_read(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    order = hold(Status.OPEN, confirmed=False)
    answer = marketplace.order_detail(order)
    assert answer.order is not None
    assert answer.order.mall_order_id == order
    assert answer.order.view == answer.answer.view == marketplace.read(order).view
    missing = marketplace.order_detail(404404)
    assert (missing.answer.call_result, missing.order) == (CallResult.NOT_FOUND, None)


# --- pages ----------------------------------------------------------------------------------------------


def test_a_long_list_comes_page_by_page(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PAGE_SIZE", 2)
    orders = [mall.order(confirmed=False) for _ in range(5)]
    for read in (mall.at().unconfirmed, mall.at().under_way):
        answer = read(test=False)
        assert (numbers(answer), answer.calls) == (orders, 3)
    counts = mall.control("GET", "calls")
    assert (counts["list_unconfirmed"], counts["list_orders"], counts["total"]) == (3, 3, 6)


def test_the_first_page_alone_is_one_call(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PAGE_SIZE", 2)
    orders = [mall.order(confirmed=False) for _ in range(5)]
    answer = mall.at().first_unconfirmed(test=False)
    assert (numbers(answer), answer.calls) == (orders[:2], 1)
    assert answer.answer.budget is not None
    assert mall.control("GET", "calls")["total"] == 1
    refused = mall.at(client_id="revoked").first_unconfirmed(test=False)
    assert refused.answer.call_result in {CallResult.UNAUTHORIZED, CallResult.FORBIDDEN}


def test_a_list_that_fills_its_page_is_one_call(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PAGE_SIZE", 2)
    orders = [mall.order(confirmed=False) for _ in range(2)]
    answer = mall.at().unconfirmed(test=False)
    assert (numbers(answer), answer.calls) == (orders, 1)


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_a_page_that_fails_is_the_failure_of_the_list(
    skip: int, mall: Mall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PAGE_SIZE", 2)
    for _ in range(5):
        mall.order(confirmed=False)
    mall.faults(rate_limited=True, skip=skip, retry_after=17)
    answer = mall.at().unconfirmed(test=False)
    assert (answer.answer.call_result, answer.answer.retry_after) == (CallResult.LIMITED, 17.0)
    assert (answer.orders, answer.calls) == ((), skip + 1)


@pytest.mark.parametrize("stamps", ["present", "absent"])
def test_a_list_may_come_without_time_stamps(stamps: str, mall: Mall) -> None:
    order = mall.order(status="shipped", confirmed=False, open="2026-07-01T10:00:00+00:00")
    mall.behaviour(basic_time_stamps=stamps)
    (listed,) = mall.at().unconfirmed(test=False).orders
    assert listed.view is not None
    assert (listed.mall_order_id, listed.view.status) == (order, Status.SHIPPED)
    assert (listed.view.opened_at is None, listed.view.shipped_at is None) == ((stamps == "absent"),) * 2


# --- shapes and zones -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
def test_lists_in_every_shape(shape: object, mall: Mall) -> None:
    order = mall.order(status="shipped", confirmed=False, mdp=True, tracking_number="DR1")
    mall.behaviour(order_detail=shape)
    for read in (mall.at().unconfirmed, mall.at().under_way):
        (listed,) = read(test=False).orders
        assert (listed.mall_order_id, listed.test) == (order, False)
        assert listed.view is not None
        assert (listed.view.status, listed.view.confirmed, listed.view.marketplace_delivery) == (
            Status.SHIPPED,
            False,
            True,
        )
        assert listed.view.tracking_number == "DR1"


@pytest.mark.parametrize("zone", ["Europe/Prague", "UTC"])
@pytest.mark.parametrize("status", [status for status in Status if status is not Status.BLOCKED])
def test_a_list_says_what_a_read_says_but_for_the_detail_s_own(status: Status, zone: str, mall: Mall) -> None:
    order = mall.order(
        status=status, confirmed=False, open="2026-07-01T10:00:00+00:00", branch_id=4711, ready_to_return=True
    )
    mall.behaviour(zone=zone)
    (listed,) = mall.at(zone=zone).unconfirmed(test=False).orders
    view = mall.at(zone=zone).read(order).view
    assert view is not None
    assert view.opened_at == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert (view.ready_to_return, view.collect_at, len(view.items)) == (True, "4711", 1)
    assert listed.view == replace(view, ready_to_return=False, collect_at="", items=())


def test_a_read_tells_of_items_and_of_a_parcel_that_waits(mall: Mall) -> None:
    order = mall.order(
        status="shipped", mdp=True, items=[{"title": "Lampa", "quantity": 2}, {"title": "Stůl"}]
    )
    mall.control(
        "PATCH",
        f"orders/{order}",
        {
            "ready_to_return": True,
            "branches": {"branch_id": 4711, "overridden": False},
            "ulozenka_status_history": [
                {"id": 9, "name": "Vráceno na pobočku", "date": "2026-11-20 10:00:00"}
            ],
        },
    )
    view = mall.at().read(order).view
    assert view is not None
    assert view.items == (Item("Lampa", "2"), Item("Stůl", "1"))
    assert (view.ready_to_return, view.collect_at) == (True, "4711: Vráceno na pobočku")
    assert view.confirmed is False


# --- the whole order ------------------------------------------------------------------------------------

PRICES: dict[str, Any] = {
    "payment_type": "COD",
    "cod": 2099.5,
    "cod_price": 39,
    "delivery_price": 99.9,
    "discount": 50,
    "currency": "CZK",
    "delivery_method": "Zásilkovna",
    "ship_date": "2026-11-22",
    "branches": {"branch_id": 4711},
    "test": True,
    "items": [
        {"id": "SKU-1", "article_id": 5, "title": "Lampa", "quantity": 2, "price": 1000.1, "vat": 21},
        {"article_id": 100000738462, "title": "Stůl", "quantity": 1, "price": 60},
    ],
}


@pytest.mark.parametrize("shape", ["full", "extra", "stringly", ["extra", "stringly"]])
def test_a_whole_order_in_every_shape(shape: object, mall: Mall) -> None:
    number = mall.order(**PRICES)
    address = mall.control("GET", f"orders/{number}")["address"]
    mall.behaviour(order_detail=shape)
    answer = mall.at().order_detail(number)
    order = answer.order
    assert order is not None
    assert (answer.answer.call_result, answer.answer.view) == (CallResult.OK, order.view)
    assert (order.payment, order.cash_on_delivery) == ("COD", Decimal("2099.5"))
    assert (order.cash_on_delivery_price, order.delivery_price) == (Decimal(39), Decimal("99.9"))
    assert (order.discount, order.currency, order.delivery_method) == (Decimal(50), "CZK", "Zásilkovna")
    assert (order.branch, order.ship_by, order.test) == ("4711", "2026-11-22", True)
    assert [(item.code, item.pieces, item.unit_price, item.vat) for item in order.items] == [
        ("SKU-1", Decimal(2), Decimal("1000.1"), Decimal(21)),
        ("100000738462", Decimal(1), Decimal(60), None),
    ]
    taken_over = {key: getattr(order.customer, key) for key in address if key != "customer_id"}
    assert taken_over == {key: value for key, value in address.items() if key != "customer_id"}
    assert set(taken_over) == {"name", "email", "phone", "street", "city", "zip", "country"}


def test_a_sparse_order_comes_with_what_is_there(mall: Mall) -> None:
    number = mall.order(**PRICES)
    mall.behaviour(order_detail="sparse")
    order = mall.at().order_detail(number).order
    assert order is not None
    assert (order.view.status, order.items, order.customer.name) == (Status.OPEN, (), "")
    assert (order.total, order.opened_at, order.payment) == (Decimal(0), None, "")


@pytest.mark.parametrize("zone", ["Europe/Prague", "UTC"])
def test_when_an_order_was_opened_in_either_zone(zone: str, mall: Mall) -> None:
    number = mall.order(open="2026-07-01T10:00:00+00:00")
    mall.behaviour(zone=zone)
    order = mall.at(zone=zone).order_detail(number).order
    assert order is not None
    assert order.opened_at == datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


# --- faults and privacy ---------------------------------------------------------------------------------


def every_answer(marketplace: MallMarketplace, number: int) -> list[MarketplaceAnswer]:
    """The answers of all the calls that read more than one status."""
    lists = [marketplace.unconfirmed(test=False), marketplace.under_way(test=False)]
    whole = marketplace.order_detail(number)
    assert [one.orders for one in lists] == [(), ()]
    assert [one.calls for one in lists] == [1, 1]
    assert whole.order is None
    return [*(one.answer for one in lists), whole.answer]


@pytest.mark.parametrize(("fault", "read", "write"), READ_AND_WRITE)
def test_every_fault_comes_back_as_for_a_read_and_is_met_once(
    fault: dict[str, object],
    read: CallResult,
    write: CallResult,
    mall: Mall,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del write
    caplog.set_level(logging.DEBUG)
    order = mall.order()
    mall.faults(**fault)
    answers = every_answer(mall.at(), order)
    assert [answer.call_result for answer in answers] == [read] * 3
    assert mall.control("GET", "calls")["total"] == 3
    assert not [secret for secret in (KEY, "k3y") if secret in f"{answers} {caplog.text}"]


@pytest.mark.parametrize("fault", SILENCES)
def test_silence_is_met_once(fault: dict[str, object], mall: Mall) -> None:
    order = mall.order()
    mall.faults(**fault)
    answers = every_answer(mall.at(hasty=True), order)
    assert [answer.call_result for answer in answers] == [CallResult.TIMEOUT] * 3
    eventually(lambda: mall.control("GET", "calls")["total"] == 3)


def test_a_revoked_key_reads_no_list(mall: Mall) -> None:
    mall.order()
    marketplace = mall.at(client_id="revoked-key")
    answers = [marketplace.unconfirmed(test=False), marketplace.under_way(test=False)]
    assert [one.answer.call_result for one in answers] == [CallResult.UNAUTHORIZED] * 2
    assert "revoked-key" not in repr(answers)


def test_nothing_of_a_customer_shows(mall: Mall, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = mall.order(**PRICES)
    told = mall.control("GET", f"orders/{number}")
    assert all(marker in str(told) for marker in PERSONAL_MARKERS)
    whole = mall.at().order_detail(number)
    assert whole.order is not None
    lists = [mall.at().unconfirmed(test=True), mall.at().under_way(test=True)]
    shown: list[object] = [
        whole,
        whole.order,
        whole.order.customer,
        *whole.order.items,
        *lists,
        mall.at().read(number),
    ]
    for broken in ({"status": "sent"}, {"id": 5}, {"status": None}):
        body = {"result": {"code": 200, "status": "OK"}, "data": {**told, **broken}}
        mall.faults(malformed=True, body=json.dumps(body))
        failed = [mall.at().order_detail(number).answer, mall.at().unconfirmed(test=True).answer]
        assert [answer.call_result for answer in failed] == [CallResult.BROKEN_BODY] * 2
        shown += failed
    text = " ".join(f"{one!r} {one!s}" for one in shown) + caplog.text
    assert not [marker for marker in PERSONAL_MARKERS if marker in text]
