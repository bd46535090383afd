"""A detail that cannot be read, or is missing, stops only the steps that need it: from the shop's document to MALL."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from orderbridge.domain.codes.exports import ExportedReason
from orderbridge.domain.codes.orders import HoldReason, StepReason
from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.orders import order_detail
from orderbridge.settings import ShopSettings
from tests.reasons import codes_in
from tests.texts import said
from tests.unit.fastcentrik.documents import one, xml, xml_order
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import MINUTES, TODAY, new_product

TWO_PARCELS = "<PACKAGE_NUMBER>DR1234567891C</PACKAGE_NUMBER>"
BAD_DETAILS = {
    "a number too long": {"tracking": "1" * 1001},
    "two parcels": {"more": TWO_PARCELS},
    "two parcels in one text": {"tracking": "DR1234567890C, DR1234567891C"},
    "two carriers": {"more": "<CARRIER>DPD</CARRIER>"},
    "a carrier too long": {"carrier": "Balíkovna " * 11},
    "two addresses": {
        "more": "<PACKAGE_URL>https://a.cz</PACKAGE_URL><PACKAGE_URL>https://b.cz</PACKAGE_URL>"
    },
    "an address too long": {"more": "<PACKAGE_URL>https://a.cz/" + "a" * 2000 + "</PACKAGE_URL>"},
    "a word for a number": {"tracking": "bude doplněno"},
    "an unknown creation date": {"created": "loni v létě"},
    "two creation dates": {"more": "<DATE>2026-11-19 08:00:00</DATE>"},
    "an unknown delivery date": {"delivery": "brzy"},
}
STOPS_SHIPPED = {
    "a number too long": HoldCode.BAD_TRACKING,
    "two parcels": HoldCode.BAD_TRACKING,
    "two parcels in one text": HoldCode.BAD_TRACKING,
    "two carriers": HoldCode.BAD_TRACKING,
    "a carrier too long": HoldCode.BAD_TRACKING,
    "a word for a number": HoldCode.MISSING_TRACKING,
}

ORDER = 100001


def export(product: InMemoryProduct, status: str, **details: str) -> None:
    document = xml(
        xml_order(**{"status": status, "carrier": "Balíkovna", "remark": f"MALL {ORDER}"} | details)
    )
    product.exports.show(SHOP, one(document))


@pytest.mark.parametrize("what", BAD_DETAILS)
def test_shipping_and_cancelled_need_no_detail(what: str) -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    export(product, "vyřizuje se", **BAD_DETAILS[what])
    product.ticks(3 * MINUTES)
    assert product.held(ORDER) is M.SHIPPING
    assert product.order(ORDER).work.hold is None
    export(product, "stornováno", **BAD_DETAILS[what])
    product.ticks(30 * MINUTES)
    assert product.held(ORDER) is M.CANCELLED


@pytest.mark.parametrize("what", BAD_DETAILS)
def test_shipped_needs_the_tracking_alone(what: str) -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    export(product, "vyřízená", **BAD_DETAILS[what])
    product.ticks(3 * MINUTES)
    hold = product.order(ORDER).work.hold
    if what in STOPS_SHIPPED:
        assert hold is not None
        assert hold.code is STOPS_SHIPPED[what]
        assert hold.reason.code in {HoldReason.MISSING_TRACKING_UNTIL, HoldReason.BAD_TRACKING_UNTIL}
        assert product.statuses_sent(ORDER) == []
        export(product, "vyřízená")
        product.ticks(3 * MINUTES)
    assert product.held(ORDER) is M.SHIPPED
    assert product.mall.orders[ORDER].tracking_number == "DR1234567890C"


@pytest.mark.parametrize("what", [what for what in BAD_DETAILS if what != "an unknown delivery date"])
def test_delivered_needs_no_tracking_and_no_creation_date_beside_malls(what: str) -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    export(product, "vyřízená")
    product.ticks(3 * MINUTES)
    export(product, "vyřízená", delivery="2026-11-20", **BAD_DETAILS[what])
    product.ticks(30 * MINUTES)
    assert product.held(ORDER) is M.DELIVERED


def test_delivered_waits_where_nothing_tells_when_the_order_began() -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    product.mall.orders[ORDER] = replace(product.mall.orders[ORDER], opened_at=None)
    export(product, "vyřízená", delivery="2026-11-20", created="loni")
    product.ticks(30 * MINUTES)
    hold = product.order(ORDER).work.hold
    assert hold is not None
    assert hold.code is HoldCode.BAD_RECORD
    assert codes_in(hold.reason) == ["hold.bad_record.no_beginning", "exported.created"]
    assert "“loni”" in said(hold.reason)
    assert product.held(ORDER) is M.SHIPPED
    export(product, "vyřízená", delivery="2026-11-20")
    product.ticks(30 * MINUTES)
    assert product.held(ORDER) is M.DELIVERED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"more": "<CODE>2</CODE>"}, because(ExportedReason.TWICE, path=Term("CODE"))),
        ({"code": ""}, because(ExportedReason.NO_CODE, path=Term("CODE"))),
        ({"more": "<STATUS>stornováno</STATUS>"}, because(ExportedReason.TWICE, path=Term("STATUS"))),
    ],
)
def test_what_order_it_is_and_what_state_it_is_in_everything_needs(
    changes: dict[str, str], says: Reason
) -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    export(product, "vyřizuje se", **changes)
    product.ticks(3 * MINUTES)
    hold = product.order(ORDER).work.hold
    assert hold is not None
    assert hold.code is HoldCode.BAD_RECORD
    assert hold.reason == because(HoldReason.BAD_RECORD, problems=(says,))
    assert product.statuses_sent(ORDER) == []


@pytest.mark.parametrize(
    "details",
    [
        {"more": TWO_PARCELS},
        {"tracking": "DR1234567890C, DR1234567891C"},
        {"tracking": "DR1234567890C DR1234567891C"},
    ],
)
def test_of_several_parcels_the_first_goes_out_where_the_shop_wants_it(details: dict[str, str]) -> None:
    product = new_product(0, several_parcels="first")
    product.mall.hold(ORDER)
    export(product, "vyřízená", **details)
    product.ticks(3 * MINUTES)
    assert product.held(ORDER) is M.SHIPPED
    assert product.mall.orders[ORDER].tracking_number == "DR1234567890C"
    detail = ApiClient(product).ask(order_detail, ORDER)
    assert detail["in_the_shop"]["tracking_number"].endswith("DR1234567891C")
    shipped = next(step for step in product.history(ORDER).steps if step.action.value == "shipped")
    others = (ShopText("DR1234567891C"),)
    note = because(TrackingReason.FIRST_OF_SEVERAL, parcels=2, others=others)
    assert shipped.reason == because(StepReason.SHIPPED_NOTED, notes=(note,))


def test_every_problem_is_shown() -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    export(product, "vyřizuje se", tracking="1" * 1001, carrier="x" * 101, created="loni", delivery="brzy")
    product.ticks(3 * MINUTES)
    problems = ApiClient(product).ask(order_detail, ORDER)["in_the_shop"]["problems"]
    assert [problem["code"] for problem in problems] == [
        "exported.delivery",
        "exported.too_long",
        "exported.too_long",
        "exported.created",
    ]


def test_a_detail_that_becomes_unreadable_is_a_change() -> None:
    product = new_product(0)
    for details in ({}, {"created": "loni"}, {"created": ""}, {"carrier": "x" * 101}, {"more": TWO_PARCELS}):
        export(product, "nevyřízená", **details)
        product.fetch()
        assert len(product.queues.take_changes()) == 1
        product.clock.advance(MINUTES)
        product.fetch()
        assert product.queues.take_changes() == []
        product.clock.advance(MINUTES)


class TestThePastOfAShop:
    """With `ignore_created_before` a creation date decides whether an order counts at all."""

    def product(self) -> InMemoryProduct:
        product = new_product(0)
        settings = ShopSettings(shop=SHOP, rules=product.rules, ignore_created_before=date(2026, 11, 1))
        product.shops.put(settings, product.clock.now())
        product.mall.hold(ORDER)
        return product

    def test_an_older_order_does_not_count(self) -> None:
        product = self.product()
        export(product, "vyřizuje se", created="2026-10-31 23:59:00")
        product.ticks(3 * MINUTES)
        assert product.ledger.load(SHOP, ORDER) is None

    @pytest.mark.parametrize(
        ("details", "problem"),
        [
            ({"created": "loni"}, "exported.created"),
            ({"more": "<DATE>2026-10-01 08:00:00</DATE>"}, "exported.twice"),
        ],
    )
    @pytest.mark.parametrize("status", ["vyřizuje se", "vyřízená", "stornováno"])
    def test_one_whose_date_cannot_be_read_is_told_and_left_alone(
        self, status: str, details: dict[str, str], problem: str
    ) -> None:
        product = self.product()
        export(product, status, delivery="2026-11-20", **details)
        product.ticks(60 * MINUTES)
        hold = product.order(ORDER).work.hold
        assert hold is not None
        assert hold.code is HoldCode.BAD_RECORD
        assert codes_in(hold.reason) == ["hold.bad_record", "record.age_not_known", problem]
        assert "1 Nov 2026" in said(hold.reason)
        assert product.statuses_sent(ORDER) == []
        export(product, status)
        product.ticks(60 * MINUTES)
        assert product.statuses_sent(ORDER)


@pytest.mark.parametrize("number", ["", "osobne", "1234567 7654321"])
@pytest.mark.parametrize("filled_in_after", [timedelta(minutes=1), timedelta(hours=12), timedelta(hours=23)])
def test_the_wait_for_tracking_is_a_day_also_if_the_date_is_filled_in_meanwhile(
    number: str, filled_in_after: timedelta
) -> None:
    product = new_product(0)
    product.mall.hold(ORDER)
    product.clerk(ORDER, S.SETTLED, tracking_number=number)
    product.tick()
    settled_at = product.clock.now()
    product.clock.advance(filled_in_after)
    product.clerk(ORDER, S.SETTLED, tracking_number=number, delivery=TODAY)
    product.tick()
    hold = product.order(ORDER).work.hold
    assert hold is not None
    assert hold.until == settled_at + timedelta(days=1)
    product.clock.advance(timedelta(days=1) - filled_in_after - MINUTES)
    product.ticks(3 * MINUTES)
    assert "shipped" in product.statuses_sent(ORDER)
    assert product.mall.writes(ORDER)[0].tracking_number == ""
