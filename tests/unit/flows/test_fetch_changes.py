"""What a fetch hands over, and what it never does."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.codes.exports import NoteReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import ShopSecrets
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows import fetch_changes as flow
from orderbridge.flows.api import shops as api_shops
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

S = ShopStatus


def numbers(product: InMemoryProduct) -> list[int]:
    return [change.mall_order_id for change in product.queues.take_changes()]


def test_only_what_changed_is_handed_over() -> None:
    product = InMemoryProduct()
    for number in range(1, 31):
        product.clerk(number, S.PENDING)
    product.fetch()
    assert sorted(numbers(product)) == list(range(1, 31))
    product.clock.advance(timedelta(minutes=6))
    product.fetch()
    assert numbers(product) == []
    product.clerk(7, S.HANDLED)
    product.fetch()
    assert numbers(product) == [7]


def test_there_and_back_again_is_two_changes() -> None:
    product = InMemoryProduct()
    for status in (S.PENDING, S.HANDLED, S.PENDING):
        product.clerk(1, status)
        product.fetch()
        assert numbers(product) == [1]
        product.clock.advance(timedelta(seconds=1))


@pytest.mark.parametrize("breaks_after", [0, 1, 2])
def test_a_broken_document_changes_nothing_and_is_reported(breaks_after: int) -> None:
    product = InMemoryProduct()
    product.clerk(1, S.PENDING)
    product.clerk(2, S.PENDING)
    product.fetch()
    numbers(product)
    before = product.export_checkpoints.head(SHOP)
    product.clerk(1, S.HANDLED)
    product.exports.at(SHOP).breaks_after = breaks_after
    report = product.fetch()
    assert report is not None
    assert report.problem is not None
    assert numbers(product) == []
    assert product.export_checkpoints.head(SHOP) == before
    assert product.shops.records[SHOP].fetch_problem == report.problem
    product.exports.at(SHOP).breaks_after = None
    product.fetch()
    assert numbers(product) == [1]
    assert product.shops.records[SHOP].fetch_problem is None


def test_a_queue_that_fails_keeps_the_position() -> None:
    product = InMemoryProduct()
    product.clerk(1, S.PENDING)
    product.queues.fail_with = RuntimeError("no queue")
    with pytest.raises(RuntimeError):
        product.fetch()
    product.queues.fail_with = None
    product.fetch()
    assert numbers(product) == [1]


def test_a_slower_fetch_cannot_move_the_position_back() -> None:
    product = InMemoryProduct()
    product.clerk(1, S.PENDING)
    product.fetch()
    numbers(product)
    product.clerk(1, S.HANDLED)
    real = product.queues.send_shop_updates

    def overtaken(shop_updates: object) -> None:
        product.queues.send_shop_updates = real  # type: ignore[method-assign]
        real(shop_updates)  # type: ignore[arg-type]
        product.fetch()

    product.queues.send_shop_updates = overtaken  # type: ignore[method-assign]
    report = product.fetch()
    assert report is not None
    assert not report.problem
    product.clerk(1, S.PENDING)
    numbers(product)
    product.clock.advance(timedelta(minutes=6))
    product.fetch()
    assert numbers(product) == [1]


def test_a_big_backlog_is_handed_over_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MAX_UPDATES_PER_FETCH", 25)
    product = InMemoryProduct()
    product.exports.at(SHOP).etag = '"1"'
    for number in range(1, 61):
        product.clerk(number, S.PENDING)
    found: list[int] = []
    for expected in (25, 25, 10, 0):
        report = product.fetch()
        assert report is not None
        assert report.shop_updates == expected
        found += numbers(product)
    assert sorted(found) == list(range(1, 61))


def test_conditional_requests_use_what_the_server_said() -> None:
    product = InMemoryProduct()
    product.exports.at(SHOP).etag = '"abc"'
    product.clerk(1, S.PENDING)
    product.fetch()
    report = product.fetch()
    assert report is not None
    assert report.unchanged
    assert [validators.etag for _, validators, _ in product.exports.fetches] == ["", '"abc"']


def test_another_profile_reads_everything_anew() -> None:
    product = InMemoryProduct()
    product.exports.at(SHOP).etag = '"abc"'
    product.clerk(1, S.PENDING)
    product.fetch()
    numbers(product)
    product.exports.profile = "profile-2"
    product.clock.advance(timedelta(minutes=6))
    product.fetch()
    assert numbers(product) == [1]


def test_orders_of_the_past_can_be_left_alone() -> None:
    product = InMemoryProduct()
    record = product.shops.records[SHOP]
    product.shops.put(
        record.settings.model_copy(update={"ignore_created_before": date(2026, 11, 1)}), product.clock.now()
    )
    product.clerk(1, S.SETTLED, created=ShopDate(date(2026, 10, 31)))
    product.clerk(2, S.SETTLED, created=ShopDate(date(2026, 11, 1)))
    product.fetch()
    assert numbers(product) == [2]


def test_one_shops_trouble_is_not_the_others() -> None:
    product = InMemoryProduct()
    product.add_shop("other")
    product.clerk(7, S.PENDING, shop="other")
    product.exports.at(SHOP).fails = True
    product.secrets.put("third", ShopSecrets("", ""))
    assert flow.request_fetches(product) == 2
    for shop in product.queues.take_fetches():
        product.fetch(shop)
    assert numbers(product) == [7]
    assert product.shops.records[SHOP].fetch_problem
    assert not product.shops.records["other"].fetch_problem


def test_missing_secrets_are_reported() -> None:
    product = InMemoryProduct()
    product.secrets.remove(SHOP)
    report = product.fetch()
    assert report is not None
    assert report.problem is not None
    assert report.problem.code is SettingsReason.SECRETS_NOT_READ


def test_an_unknown_shop_is_no_error() -> None:
    assert InMemoryProduct().fetch("nobody") is None


def test_records_that_belong_to_no_order_are_shown_and_stop_nothing() -> None:
    product = InMemoryProduct()
    product.clerk(1, S.PENDING)
    note = because(NoteReason.MORE_NO_NUMBER, records=1)
    product.exports.at(SHOP).unattributable = (note,)
    product.fetch()
    assert numbers(product) == [1]
    (shop,) = ApiClient(product).ask(api_shops.health)["shops"]
    assert not shop["ok"]
    assert shop["problems"][0]["facts"]["notes"] == {"reasons": [note.stored()]}
    product.fetch()
    assert product.shops.records[SHOP].fetch_notes == (note,)
    product.exports.at(SHOP).unattributable = ()
    product.fetch()
    assert ApiClient(product).ask(api_shops.health)["status"] == "ok"
