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
from tests.unit.flows.world import SHOP, InMemoryProduct

S = ShopStatus


def numbers(world: InMemoryProduct) -> list[int]:
    return [change.mall_order_id for change in world.queues.take_changes()]


def test_only_what_changed_is_handed_over() -> None:
    world = InMemoryProduct()
    for number in range(1, 31):
        world.clerk(number, S.PENDING)
    world.fetch()
    assert sorted(numbers(world)) == list(range(1, 31))
    world.clock.advance(timedelta(minutes=6))
    world.fetch()
    assert numbers(world) == []
    world.clerk(7, S.HANDLED)
    world.fetch()
    assert numbers(world) == [7]


def test_there_and_back_again_is_two_changes() -> None:
    world = InMemoryProduct()
    for status in (S.PENDING, S.HANDLED, S.PENDING):
        world.clerk(1, status)
        world.fetch()
        assert numbers(world) == [1]
        world.clock.advance(timedelta(seconds=1))


@pytest.mark.parametrize("breaks_after", [0, 1, 2])
def test_a_broken_document_changes_nothing_and_is_reported(breaks_after: int) -> None:
    world = InMemoryProduct()
    world.clerk(1, S.PENDING)
    world.clerk(2, S.PENDING)
    world.fetch()
    numbers(world)
    before = world.export_checkpoints.head(SHOP)
    world.clerk(1, S.HANDLED)
    world.exports.at(SHOP).breaks_after = breaks_after
    report = world.fetch()
    assert report is not None
    assert report.problem is not None
    assert numbers(world) == []
    assert world.export_checkpoints.head(SHOP) == before
    assert world.shops.records[SHOP].fetch_problem == report.problem
    world.exports.at(SHOP).breaks_after = None
    world.fetch()
    assert numbers(world) == [1]
    assert world.shops.records[SHOP].fetch_problem is None


def test_a_queue_that_fails_keeps_the_position() -> None:
    world = InMemoryProduct()
    world.clerk(1, S.PENDING)
    world.queues.fail_with = RuntimeError("no queue")
    with pytest.raises(RuntimeError):
        world.fetch()
    world.queues.fail_with = None
    world.fetch()
    assert numbers(world) == [1]


def test_a_slower_fetch_cannot_move_the_position_back() -> None:
    world = InMemoryProduct()
    world.clerk(1, S.PENDING)
    world.fetch()
    numbers(world)
    world.clerk(1, S.HANDLED)
    real = world.queues.send_shop_updates

    def overtaken(shop_updates: object) -> None:
        world.queues.send_shop_updates = real  # type: ignore[method-assign]
        real(shop_updates)  # type: ignore[arg-type]
        world.fetch()

    world.queues.send_shop_updates = overtaken  # type: ignore[method-assign]
    report = world.fetch()
    assert report is not None
    assert not report.problem
    world.clerk(1, S.PENDING)
    numbers(world)
    world.clock.advance(timedelta(minutes=6))
    world.fetch()
    assert numbers(world) == [1]


def test_a_big_backlog_is_handed_over_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MAX_UPDATES_PER_FETCH", 25)
    world = InMemoryProduct()
    world.exports.at(SHOP).etag = '"1"'
    for number in range(1, 61):
        world.clerk(number, S.PENDING)
    found: list[int] = []
    for expected in (25, 25, 10, 0):
        report = world.fetch()
        assert report is not None
        assert report.shop_updates == expected
        found += numbers(world)
    assert sorted(found) == list(range(1, 61))


def test_conditional_requests_use_what_the_server_said() -> None:
    world = InMemoryProduct()
    world.exports.at(SHOP).etag = '"abc"'
    world.clerk(1, S.PENDING)
    world.fetch()
    report = world.fetch()
    assert report is not None
    assert report.unchanged
    assert [validators.etag for _, validators, _ in world.exports.fetches] == ["", '"abc"']


def test_another_profile_reads_everything_anew() -> None:
    world = InMemoryProduct()
    world.exports.at(SHOP).etag = '"abc"'
    world.clerk(1, S.PENDING)
    world.fetch()
    numbers(world)
    world.exports.profile = "profile-2"
    world.clock.advance(timedelta(minutes=6))
    world.fetch()
    assert numbers(world) == [1]


def test_orders_of_the_past_can_be_left_alone() -> None:
    world = InMemoryProduct()
    record = world.shops.records[SHOP]
    world.shops.put(
        record.settings.model_copy(update={"ignore_created_before": date(2026, 11, 1)}), world.clock.now()
    )
    world.clerk(1, S.SETTLED, created=ShopDate(date(2026, 10, 31)))
    world.clerk(2, S.SETTLED, created=ShopDate(date(2026, 11, 1)))
    world.fetch()
    assert numbers(world) == [2]


def test_one_shops_trouble_is_not_the_others() -> None:
    world = InMemoryProduct()
    world.add_shop("other")
    world.clerk(7, S.PENDING, shop="other")
    world.exports.at(SHOP).fails = True
    world.secrets.put("third", ShopSecrets("", ""))
    assert flow.request_fetches(world) == 2
    for shop in world.queues.take_fetches():
        world.fetch(shop)
    assert numbers(world) == [7]
    assert world.shops.records[SHOP].fetch_problem
    assert not world.shops.records["other"].fetch_problem


def test_missing_secrets_are_reported() -> None:
    world = InMemoryProduct()
    world.secrets.remove(SHOP)
    report = world.fetch()
    assert report is not None
    assert report.problem is not None
    assert report.problem.code is SettingsReason.SECRETS_NOT_READ


def test_an_unknown_shop_is_no_error() -> None:
    assert InMemoryProduct().fetch("nobody") is None


def test_records_that_belong_to_no_order_are_shown_and_stop_nothing() -> None:
    world = InMemoryProduct()
    world.clerk(1, S.PENDING)
    note = because(NoteReason.MORE_NO_NUMBER, records=1)
    world.exports.at(SHOP).unattributable = (note,)
    world.fetch()
    assert numbers(world) == [1]
    (shop,) = ApiClient(world).ask(api_shops.health)["shops"]
    assert not shop["ok"]
    assert shop["problems"][0]["facts"]["notes"] == {"reasons": [note.stored()]}
    world.fetch()
    assert world.shops.records[SHOP].fetch_notes == (note,)
    world.exports.at(SHOP).unattributable = ()
    world.fetch()
    assert ApiClient(world).ask(api_shops.health)["status"] == "ok"
