"""The marketplace port over the sandbox's MALL: an order's life, every fault and every open question's answers.

The first part also runs over the fake that the flows are tested with, so that the two mean the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, product
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import MarketplaceStatus as Status
from orderbridge.domain.statuses import allowed
from orderbridge.domain.steps import MarketplaceChange
from tests.contract.mall_sandbox import KEY, READ_AND_WRITE, SILENCES, Mall, running_mall
from tests.fakes import FakeMarketplace
from tests.reasons import words_of
from tests.waiting import eventually

if TYPE_CHECKING:
    from orderbridge.ports import Marketplace

TRACKING = ("DR123456", "https://tracking.example/?id=DR123456")


@pytest.fixture(scope="module")
def running() -> Iterator[Mall]:
    with running_mall() as mall:
        yield mall


@pytest.fixture
def mall(running: Mall) -> Mall:
    running.control("POST", "reset")
    return running


# --- the fake and the real one mean the same ------------------------------------------------------------

Hold = Callable[..., int]


@pytest.fixture(params=["fake", "sandbox"])
def side(request: pytest.FixtureRequest) -> tuple[Marketplace, Hold]:
    """A marketplace, and how to make it hold an order in a status."""
    if request.param == "sandbox":
        mall: Mall = request.getfixturevalue("mall")
        mall.behaviour(confirmed_again="refuse")  # as strict as the fake is
        return mall.at(), lambda status, confirmed: mall.order(status=status, confirmed=confirmed)
    fake, numbers = FakeMarketplace(), count(1)

    def hold(status: Status, confirmed: bool) -> int:  # noqa: FBT001 - one call's shape for both sides
        number = next(numbers)
        fake.hold(number, status, confirmed=confirmed)
        return number

    return fake, hold


def change(status: Status | None, *, confirm: bool = False) -> MarketplaceChange:
    carries_tracking = status in {None, Status.SHIPPED}
    return MarketplaceChange(
        status,
        confirm,
        TRACKING[0] if carries_tracking else "",
        TRACKING[1] if carries_tracking else "",
        datetime.now(UTC) - timedelta(seconds=1) if status is Status.DELIVERED else None,
    )


def test_the_straight_life_of_an_order(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    order = hold(Status.OPEN, confirmed=False)
    before = marketplace.read(order).view
    assert before is not None
    assert (before.status, before.confirmed, before.shipped_at) == (Status.OPEN, False, None)
    for status, confirm in (
        (Status.SHIPPING, True),
        (Status.SHIPPED, False),
        (None, False),
        (Status.DELIVERED, False),
    ):
        answer = marketplace.write(order, change(status, confirm=confirm))
        assert (answer.call_result, answer.http_status) == (CallResult.OK, 200)
    after = marketplace.read(order).view
    assert after is not None
    assert (after.status, after.confirmed) == (Status.DELIVERED, True)
    assert (after.tracking_number, after.tracking_url) == TRACKING
    assert after.opened_at is not None
    assert after.shipped_at is not None
    assert after.delivered_at is not None
    assert after.opened_at <= after.shipped_at


WRITTEN = (Status.SHIPPING, Status.SHIPPED, Status.DELIVERED, Status.CANCELLED, Status.RETURNED)
MOVES = [pair for pair in product(Status, WRITTEN) if pair[0] is not pair[1]]


@pytest.mark.parametrize(("held", "asked"), MOVES)
def test_every_move_is_accepted_or_refused_alike(
    held: Status, asked: Status, side: tuple[Marketplace, Hold]
) -> None:
    marketplace, hold = side
    order = hold(held, confirmed=True)
    legal = allowed(held, asked, marketplace_delivery=False)
    assert marketplace.write(order, change(asked)).call_result is (
        CallResult.OK if legal else CallResult.BAD_REQUEST
    )
    view = marketplace.read(order).view
    assert view is not None
    assert view.status is (asked if legal else held)


def test_what_is_refused_alike(side: tuple[Marketplace, Hold]) -> None:
    marketplace, hold = side
    unconfirmed, confirmed = hold(Status.OPEN, confirmed=False), hold(Status.OPEN, confirmed=True)
    assert marketplace.write(unconfirmed, change(Status.SHIPPING)).call_result is CallResult.BAD_REQUEST
    assert (
        marketplace.write(confirmed, change(Status.SHIPPING, confirm=True)).call_result
        is CallResult.BAD_REQUEST
    )
    assert marketplace.write(confirmed, change(None)).call_result is CallResult.BAD_REQUEST
    assert marketplace.read(404404).call_result is CallResult.NOT_FOUND
    assert marketplace.write(404404, change(Status.SHIPPING)).call_result is CallResult.NOT_FOUND


@pytest.mark.parametrize("held", [status for status in Status if status is not Status.BLOCKED])
def test_confirming_alone_is_accepted_alike_in_every_status(
    held: Status, side: tuple[Marketplace, Hold]
) -> None:
    marketplace, hold = side
    order = hold(held, confirmed=False)
    confirm = MarketplaceChange(None, confirm=True)
    assert marketplace.write(order, confirm).call_result is CallResult.OK
    view = marketplace.read(order).view
    assert view is not None
    assert (view.status, view.confirmed) == (held, True)
    assert marketplace.write(order, confirm).call_result is CallResult.BAD_REQUEST


# --- what was sent is what the record says --------------------------------------------------------------


def test_the_wording_is_what_mall_gets(mall: Mall) -> None:
    order = mall.order(status="shipped", confirmed=False)
    confirm = MarketplaceChange(None, confirm=True)
    tracking, delivered = change(None), change(Status.DELIVERED)
    for one in (confirm, tracking, delivered):
        assert mall.at().write(order, one).call_result is CallResult.OK
    first, second, third = mall.calls(order)
    assert (first["path"], first["body"]) == (f"/v1/orders/{order}", {"confirmed": True})
    assert (second["path"], second["body"]) == (f"/v1/orders/{order}/tracking", mall.at().wording(tracking))
    assert (third["path"], third["body"]) == (f"/v1/orders/{order}", mall.at().wording(delivered))


def test_returned_is_said_with_nothing_but_the_confirmation(mall: Mall) -> None:
    order = mall.order(status="shipped", confirmed=False)
    assert mall.at().write(order, change(Status.RETURNED, confirm=True)).call_result is CallResult.OK
    (call,) = mall.calls(order)
    assert call["body"] == {"status": "returned", "confirmed": True}
    assert call["status_after"] == "returned"


def test_returned_is_refused_where_mall_delivers(mall: Mall) -> None:
    order = mall.order(status="shipped", confirmed=True, mdp=True)
    assert mall.at().write(order, change(Status.RETURNED)).call_result is CallResult.BAD_REQUEST


def test_nothing_of_the_customer_comes_through(mall: Mall) -> None:
    order = mall.order()
    address = mall.control("GET", f"orders/{order}")["address"]
    shown = repr(mall.at().read(order))
    assert not [
        value for value in address.values() if isinstance(value, str) and len(value) > 3 and value in shown
    ]


# --- faults ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "read", "write"), READ_AND_WRITE)
def test_every_fault_has_its_word_and_is_met_once(
    fault: dict[str, object],
    read: CallResult,
    write: CallResult,
    mall: Mall,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    order = mall.order(confirmed=True)
    mall.faults(**fault)
    answers = [mall.at().read(order), mall.at().write(order, change(Status.SHIPPING))]
    assert [answer.call_result for answer in answers] == [read, write]
    assert len(mall.calls(order)) == 2
    shown = f"{answers} {caplog.text}"
    assert KEY not in shown
    assert "k3y" not in shown


@pytest.mark.parametrize("fault", SILENCES)
def test_silence_is_met_once(fault: dict[str, object], mall: Mall) -> None:
    order = mall.order(confirmed=True)
    mall.faults(**fault)
    hasty = mall.at(hasty=True)
    answers = [hasty.read(order), hasty.write(order, change(Status.SHIPPING))]
    assert [answer.call_result for answer in answers] == [CallResult.TIMEOUT] * 2
    eventually(lambda: len(mall.calls(order)) == 2)


@pytest.mark.parametrize("lost", ["before", "after"])
def test_after_a_lost_answer_reading_tells_whether_it_took_effect(lost: str, mall: Mall) -> None:
    order = mall.order(confirmed=True)
    mall.faults(lost=lost, times=1)
    assert mall.at().write(order, change(Status.SHIPPING)).call_result is CallResult.CONNECTION_LOST
    view = mall.at().read(order).view
    assert view is not None
    assert view.status is (Status.SHIPPING if lost == "after" else Status.OPEN)


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        ({"rate_limited": True, "retry_after": 17, "reset_seconds": 90}, 17.0),
        ({"rate_limited": True, "retry_after": "soon", "reset_seconds": 90}, 90.0),
        ({"rate_limited": True, "reset_seconds": 90}, 90.0),
    ],
)
def test_how_long_to_wait_over_the_limit(fault: dict[str, object], wait: float, mall: Mall) -> None:
    order = mall.order()
    mall.faults(**fault)
    assert mall.at().read(order).retry_after == pytest.approx(wait, abs=2)
    for headers in ("absent", "malformed"):
        mall.behaviour(rate_limit_headers=headers)
        answer = mall.at().read(order)
        assert answer.call_result is CallResult.LIMITED
        assert answer.retry_after is None or answer.retry_after == fault.get("retry_after")


def test_a_revoked_key_shuts_out_one_shop_only(mall: Mall) -> None:
    mall.control("PUT", "clients", {"client_ids": [KEY, "another-key"]})
    order = mall.order()
    for http_status, call_result in ((401, CallResult.UNAUTHORIZED), (403, CallResult.FORBIDDEN)):
        mall.behaviour(wrong_key_http_status=http_status)
        refused = mall.at(client_id="revoked-key").read(order)
        assert (refused.call_result, refused.http_status) == (call_result, http_status)
        assert "revoked-key" not in repr(refused)
    assert mall.at().read(order).call_result is CallResult.OK


# --- open questions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "call_result"), [("ok", CallResult.OK), ("error", CallResult.BAD_REQUEST)]
)
def test_the_status_that_the_order_already_has(switch: str, call_result: CallResult, mall: Mall) -> None:
    order = mall.order(status="shipping", confirmed=True)
    mall.behaviour(same_status=switch)
    assert mall.at().write(order, change(Status.SHIPPING)).call_result is call_result


@pytest.mark.parametrize(
    ("switch", "call_result"), [("accept", CallResult.OK), ("refuse", CallResult.BAD_REQUEST)]
)
@pytest.mark.parametrize("status", [None, Status.SHIPPING])
def test_confirming_again(switch: str, call_result: CallResult, status: Status | None, mall: Mall) -> None:
    order = mall.order(confirmed=True)
    mall.behaviour(confirmed_again=switch)
    assert mall.at().write(order, MarketplaceChange(status, confirm=True)).call_result is call_result


@pytest.mark.parametrize("error_codes", [True, False])
@pytest.mark.parametrize(
    ("http_status", "call_result"),
    [
        (400, CallResult.BAD_REQUEST),
        (403, CallResult.FORBIDDEN),
        (409, CallResult.CONFLICT),
        (422, CallResult.UNPROCESSABLE),
    ],
)
def test_an_illegal_move(http_status: int, call_result: CallResult, mall: Mall, *, error_codes: bool) -> None:
    order = mall.order(confirmed=True)
    mall.behaviour(illegal_move_http_status=http_status, error_codes=error_codes)
    answer = mall.at().write(order, change(Status.DELIVERED))
    assert (answer.call_result, answer.http_status) == (call_result, http_status)
    assert "open to delivered" in words_of(answer.reason)
    assert ("ILLEGAL_MOVE" in words_of(answer.reason)) == error_codes


@pytest.mark.parametrize("first_delivery_attempt", ["optional", "required"])
@pytest.mark.parametrize("zone", ["Europe/Prague", "UTC"])
def test_delivered_in_either_zone_with_either_rule(
    first_delivery_attempt: str, zone: str, mall: Mall
) -> None:
    order = mall.order(status="shipped", confirmed=True)
    mall.behaviour(first_delivery_attempt=first_delivery_attempt, zone=zone)
    delivered = change(Status.DELIVERED)
    assert mall.at(zone=zone).write(order, delivered).call_result is CallResult.OK
    view = mall.at(zone=zone).read(order).view
    assert view is not None
    assert delivered.delivered_at is not None
    assert view.delivered_at == delivered.delivered_at.replace(microsecond=0)


@pytest.mark.parametrize(
    ("switch", "call_result"), [("accept", CallResult.OK), ("refuse", CallResult.BAD_REQUEST)]
)
def test_shipped_for_an_order_of_mall_delivery(switch: str, call_result: CallResult, mall: Mall) -> None:
    order = mall.order(status="shipping", confirmed=True, mdp=True)
    view = mall.at().read(order).view
    assert view is not None
    assert view.marketplace_delivery
    mall.behaviour(mdp_shipped=switch)
    assert mall.at().write(order, change(Status.SHIPPED)).call_result is CallResult.BAD_REQUEST
    mall.control("PATCH", f"orders/{order}", {"parcel_count": 1, "confirmed": True})
    assert mall.at().write(order, change(Status.SHIPPED)).call_result is call_result


@pytest.mark.parametrize("data", [{}, [], None], ids=str)
def test_a_success_without_the_order_is_not_the_order(data: object, mall: Mall) -> None:
    order = mall.order()
    mall.faults(other_data=True, data=data, call="get_order")
    answer = mall.at().read(order)
    assert (answer.call_result, answer.view) == (CallResult.EMPTY_BODY, None)


@pytest.mark.parametrize("put_answer", ["result", "empty"])
def test_an_accepted_write_may_be_answered_without_a_body(put_answer: str, mall: Mall) -> None:
    order = mall.order(confirmed=True)
    mall.behaviour(put_answer=put_answer)
    expected = CallResult.OK if put_answer == "result" else CallResult.EMPTY_BODY
    assert mall.at().write(order, change(Status.SHIPPING)).call_result is expected


@pytest.mark.parametrize("shape", ["full", "sparse", "extra", "stringly", ["sparse", "extra", "stringly"]])
def test_the_detail_in_every_shape(shape: object, mall: Mall) -> None:
    order = mall.order(status="shipped", confirmed=True, mdp=True, tracking_number="DR1")
    mall.behaviour(order_detail=shape)
    view = mall.at().read(order).view
    assert view is not None
    assert (view.status, view.confirmed, view.marketplace_delivery, view.tracking_number) == (
        Status.SHIPPED,
        True,
        True,
        "DR1",
    )
