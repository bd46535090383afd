"""What a draft states is right, whatever the columns are called, in whatever order they come."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings

from orderbridge.domain.statuses import shop_status
from orderbridge_cli.profiles.sample import UnusableSampleError
from orderbridge_cli.profiles.suggest import suggest
from tests.unit.profiles.invented import Invented, day, tables

ZONE = ZoneInfo("Europe/Prague")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(tables())
def test_a_stated_place_is_right(export: Invented) -> None:
    try:
        found = suggest(io.BytesIO(export.document), ZONE)
    except UnusableSampleError:
        return  # said in one line
    stated = {finding.key: finding.place for finding in found.findings if finding.place is not None}
    assert stated == {key: export.places.get(key) for key in stated}
    if not found.is_complete:
        assert found.open_keys or found.report.orders == 0 or found.report.problems
        return
    read = {record.mall_order_id: record.view for record in found.report.shown if record.view is not None}
    assert read.keys() == {order.mall for order in export.orders if order.mall is not None}
    for order in export.orders:
        view = read.get(order.mall)
        if view is None:
            continue
        assert (view.code, view.status) == (order.code, shop_status(order.status))
        assert (view.delivery.day if view.delivery else None) == day(order.delivered)
        if "fields.created" in stated:
            assert view.created is not None
            assert view.created.day == day(order.created)
        if "fields.tracking_number" in stated:
            assert view.tracking_number == order.parcel
