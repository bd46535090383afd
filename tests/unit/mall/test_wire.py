"""What a PUT says, for every change that the domain can ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.adapters.mall import MallMarketplaces
from orderbridge.adapters.mall.wire import Body, moment, moment_text, page_query, resource
from orderbridge.adapters.system import SystemClock
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import ShopSecrets
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import MarketplaceChange
from orderbridge.settings import ShopSettings

DELIVERED = datetime(2026, 7, 1, 12, 0, 30, 999_999, tzinfo=UTC)
TRACKING = {"tracking_number": "DR1", "tracking_url": "https://t.example/DR1"}


def wording(change: MarketplaceChange, zone: str = "Europe/Prague") -> Body:
    settings = ShopSettings(shop="demo", rules=Rules(marketplace_zone=zone))
    secrets = ShopSecrets(export_url="https://shop.example/x", client_id="k3y")
    return MallMarketplaces(SystemClock()).of(settings, secrets).wording(change)


def full(status: MarketplaceStatus | None, *, confirm: bool = False) -> MarketplaceChange:
    return MarketplaceChange(
        status, confirm, TRACKING["tracking_number"], TRACKING["tracking_url"], DELIVERED
    )


@pytest.mark.parametrize(("status", "confirm"), list(product([None, *MarketplaceStatus], [False, True])))
def test_a_body_says_what_its_status_allows_and_no_more(
    status: MarketplaceStatus | None, *, confirm: bool
) -> None:
    expected: Body = {"status": status.value} if status else {}
    if confirm:
        expected["confirmed"] = True
    if status in {None, MarketplaceStatus.SHIPPED}:
        expected |= TRACKING
    if status is MarketplaceStatus.DELIVERED:
        expected |= dict.fromkeys(["delivered_at", "first_delivery_attempt"], "2026-07-01 14:00:30")
    assert wording(full(status, confirm=confirm)) == expected


@pytest.mark.parametrize("status", [None, *MarketplaceStatus])
def test_what_is_not_there_is_not_said(status: MarketplaceStatus | None) -> None:
    assert wording(MarketplaceChange(status)) == ({"status": status.value} if status else {})


def test_the_zone_of_the_delivery_is_a_setting() -> None:
    assert wording(full(MarketplaceStatus.DELIVERED), "UTC")["delivered_at"] == "2026-07-01 12:00:30"


def test_tracking_alone_has_an_address_of_its_own() -> None:
    assert resource(7, full(None)) == "/orders/7/tracking"
    assert resource(7, full(None, confirm=True)) == "/orders/7"
    assert resource(7, full(MarketplaceStatus.SHIPPED)) == "/orders/7"
    assert resource(7, None) == "/orders/7"


def test_confirming_says_nothing_else() -> None:
    confirm = MarketplaceChange(None, confirm=True)
    assert wording(confirm) == {"confirmed": True}
    assert resource(7, confirm) == "/orders/7"


@pytest.mark.parametrize("confirm", [True, False])
def test_returned_says_nothing_else(*, confirm: bool) -> None:
    returned = MarketplaceChange(MarketplaceStatus.RETURNED, confirm=confirm)
    assert wording(returned) == {"status": "returned"} | ({"confirmed": True} if confirm else {})
    assert resource(7, returned) == "/orders/7"


def test_the_query_of_a_page() -> None:
    assert page_query(1, status="", test=False) == "filter=basic&page=1&page_size=1000"
    assert page_query(3, status="in:open,shipped", test=True) == (
        "filter=basic&page=3&page_size=1000&status=in:open,shipped&test=1"
    )


zones = st.timezones()


@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)), zones)  # noqa: DTZ001 - made UTC below
def test_a_moment_survives_the_way_there_and_back(naive: datetime, zone: tzinfo) -> None:
    there = naive.replace(tzinfo=UTC, microsecond=0)
    back = moment(moment_text(there, zone), zone)
    assert back is not None
    # Only in the hour that a clock shows twice can it come out as the earlier of the two.
    assert timedelta(0) <= there - back <= timedelta(days=1)
    if there.astimezone(zone).fold == 0:
        assert back == there


@settings(deadline=None)
@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001 - a clock's own time
    st.sampled_from(
        ["%d.%m.%Y %H:%M:%S", "%-d.%-m.%Y %-H:%M:%S", "%-d. %-m. %Y %H:%M:%S", "%d.%m.%Y, %H:%M:%S"]
    ),
    zones,
)
def test_a_moment_as_the_histories_write_it_means_what_the_documented_form_means(
    naive: datetime, form: str, zone: tzinfo
) -> None:
    assert moment(naive.strftime(form), zone) == moment(naive.strftime("%Y-%m-%d %H:%M:%S"), zone)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("28.05.2020 13:54:50", datetime(2020, 5, 28, 11, 54, 50, tzinfo=UTC)),
        ("28.05.2020 13:54", datetime(2020, 5, 28, 11, 54, tzinfo=UTC)),
        ("28.05.2020 13:54:50Z", datetime(2020, 5, 28, 13, 54, 50, tzinfo=UTC)),
        ("28.05.2020 13:54:50.123 +0100", datetime(2020, 5, 28, 12, 54, 50, tzinfo=UTC)),
        ("31.02.2020 13:54:50", None),
        ("05.28.2020 13:54:50", None),
        ("28.05.20 13:54:50", None),
        ("28.05.2020", None),
        ("28.05.2020 24:00:00", None),
        ("28.05.2020 13:54:50 Uhr", None),
        ("00.00.0000 00:00:00", None),
    ],
)
def test_the_form_of_the_histories(text: str, meant: datetime | None) -> None:
    assert moment(text, ZoneInfo("Europe/Prague")) == meant
