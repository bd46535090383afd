"""The contracts of ``FeedCheckpoints`` and ``Notices``, over the fakes and the real ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws.feed_checkpoints import DynamoFeedCheckpoints
from orderbridge.adapters.aws.notices import DynamoNotices
from orderbridge.adapters.aws.table import item_of
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.checkpoints import FeedCheckpoint
from orderbridge.domain.shops import Budget, ShopNotices
from orderbridge.flows.read_lists import MAX_UNKNOWN_NUMBERS
from orderbridge.flows.send_alarms import MAX_PER_LIST, MAX_REMEMBERED_ITEMS, send_digest
from orderbridge.messages import DigestRequest
from tests.fakes import KEY_REFUSED, NOON, FakeFeedCheckpoints, FakeNotices
from tests.orders import an_escalation, an_order
from tests.unit.flows.in_memory_product import InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.ports import FeedCheckpoints, Notices
    from tests.contract.conftest import Aws

MINUTE = timedelta(minutes=1)
POSITION = FeedCheckpoint(
    read_at=NOON,
    reconciled_at=NOON - MINUTE,
    reconcile_again_at=NOON + MINUTE,
    hint_failed_at=NOON - 2 * MINUTE,
    unknown_numbers={2**63 - 1: NOON, 9: NOON + timedelta(microseconds=1)},
    budget=Budget(2875, 0, NOON + MINUTE),
)
NOTICES = ShopNotices(
    notified_stop=NOON + timedelta(microseconds=1),
    notified_reason=KEY_REFUSED,
    notified_stops=2,
    digest_day="2026-11-20",
    digest_items=("return#7", "vrácená zásilka", ""),
    begun="digest 2026-11-20",
)


@pytest.fixture
def export_checkpoints(aws_or_none: Aws | None) -> FeedCheckpoints:
    if aws_or_none is None:
        return FakeFeedCheckpoints()
    return DynamoFeedCheckpoints(aws_or_none.dynamodb, aws_or_none.table)


@pytest.fixture
def notices(aws_or_none: Aws | None) -> Notices:
    return FakeNotices() if aws_or_none is None else DynamoNotices(aws_or_none.dynamodb, aws_or_none.table)


def test_a_shop_without_a_position_has_an_empty_one(export_checkpoints: FeedCheckpoints) -> None:
    assert export_checkpoints.get("demo") == FeedCheckpoint()


def test_a_position_is_kept_whole_and_apart_from_other_shops(export_checkpoints: FeedCheckpoints) -> None:
    other = FeedCheckpoint(read_at=NOON + MINUTE)
    export_checkpoints.put("demo", POSITION)
    export_checkpoints.put("other", other)
    assert export_checkpoints.get("demo") == POSITION
    assert export_checkpoints.get("other") == other


def test_a_new_position_replaces_the_old_one_as_a_whole(export_checkpoints: FeedCheckpoints) -> None:
    export_checkpoints.put("demo", POSITION)
    export_checkpoints.put("demo", FeedCheckpoint(read_at=NOON + MINUTE, unknown_numbers={1: NOON}))
    assert export_checkpoints.get("demo") == FeedCheckpoint(read_at=NOON + MINUTE, unknown_numbers={1: NOON})
    export_checkpoints.put("demo", FeedCheckpoint())
    assert export_checkpoints.get("demo") == FeedCheckpoint()


def test_what_is_changed_after_it_was_put_is_not_stored(export_checkpoints: FeedCheckpoints) -> None:
    unknown_numbers = {1: NOON}
    export_checkpoints.put("demo", FeedCheckpoint(unknown_numbers=unknown_numbers))
    unknown_numbers[2] = NOON
    assert export_checkpoints.get("demo").unknown_numbers == {1: NOON}


def test_a_shop_that_was_never_notified_has_empty_notices(notices: Notices) -> None:
    assert notices.get("demo") == ShopNotices()


def test_notices_are_kept_whole_and_apart_from_other_shops(notices: Notices) -> None:
    notices.put("demo", NOTICES)
    notices.put("other", ShopNotices(digest_day="2026-11-19"))
    assert notices.get("demo") == NOTICES
    assert notices.get("other") == ShopNotices(digest_day="2026-11-19")
    notices.put("demo", ShopNotices(digest_items=("one",)))
    assert notices.get("demo") == ShopNotices(digest_items=("one",))


def test_positions_and_notices_stay_out_of_each_others_way(
    export_checkpoints: FeedCheckpoints, notices: Notices
) -> None:
    export_checkpoints.put("demo", POSITION)
    notices.put("demo", NOTICES)
    assert (export_checkpoints.get("demo"), notices.get("demo")) == (POSITION, NOTICES)


# --- the real ones alone --------------------------------------------------------------------------------


def test_as_many_unknown_numbers_as_a_reading_keeps_fit_into_an_item(aws: Aws) -> None:
    moment = NOON + timedelta(microseconds=1)
    longest = replace(
        POSITION, unknown_numbers={2**63 - number: moment for number in range(1, MAX_UNKNOWN_NUMBERS + 1)}
    )
    export_checkpoints = DynamoFeedCheckpoints(aws.dynamodb, aws.table)
    export_checkpoints.put("demo", longest)
    assert export_checkpoints.get("demo") == longest
    key = item_of({"pk": "LISTS", "sk": "demo"})
    unknown_numbers = aws.dynamodb.get_item(TableName=aws.table, Key=key)["Item"]["unknown_numbers"]["M"]
    # names and texts in UTF-8, and a few bytes for each entry of a map
    size = sum(len(name) + len(value["S"]) + 4 for name, value in unknown_numbers.items())
    assert size < 60_000


@pytest.mark.slow
def test_a_digest_of_ten_thousand_matters_is_noted_and_mailed_once(aws: Aws) -> None:
    product, number = InMemoryProduct(), 2**63
    product.notices = DynamoNotices(aws.dynamodb, aws.table)  # type: ignore[assignment] # the same port
    causes = list(Cause)[:5]
    open_ones = tuple(an_escalation(cause, NOON) for cause in causes)
    for _ in range(MAX_PER_LIST):
        number -= 1
        product.ledger.save(an_order(mall_order_id=number, created_at=NOON, escalations=open_ones))
    for day, sent in (("2026-11-20", True), ("2026-11-20", False), ("2026-11-21", False)):
        assert send_digest(product, DigestRequest(shop="demo", day=day)) is sent
    ((_, subject, _),) = product.alarms.published
    assert subject == "Objednavky MALL, demo: 10000 veci k reseni, novych 10000"
    assert len(set(product.notices.get("demo").digest_items)) == 10_000


@pytest.mark.slow
def test_as_many_matters_as_a_digest_remembers_fit_into_an_item(aws: Aws) -> None:
    longest = ShopNotices(
        NOON, KEY_REFUSED, 1, "2026-11-20", ("0123456789abcdef",) * MAX_REMEMBERED_ITEMS, "digest 2026-11-20"
    )
    notices = DynamoNotices(aws.dynamodb, aws.table)
    notices.put("demo", longest)
    assert notices.get("demo") == longest
    # a list's element is a byte longer than its text (the stand-in does not count it), an item holds 400 KB
    assert sum(len(key) + 1 for key in longest.digest_items) < 390_000


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, FeedCheckpoint()),
        (
            {"flavour": 1, "unknown_numbers": {"7": "2026-11-20T12:00:00Z"}},
            FeedCheckpoint(unknown_numbers={7: NOON}),
        ),
        ({"read_at": "yesterday"}, FeedCheckpoint()),
        ({"read_at": "2026-11-20T12:00:00Z", "budget": None}, FeedCheckpoint(read_at=NOON)),
        ({"unknown_numbers": {"seven": "2026-11-20T12:00:00Z"}}, FeedCheckpoint()),
    ],
)
def test_a_position_of_another_version_is_read_as_far_as_it_goes(
    aws: Aws, values: dict[str, Any], wanted: FeedCheckpoint
) -> None:
    aws.dynamodb.put_item(TableName=aws.table, Item=item_of({"pk": "LISTS", "sk": "demo", **values}))
    assert DynamoFeedCheckpoints(aws.dynamodb, aws.table).get("demo") == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"flavour": "sweet", "digest_day": "2026-11-20"}, ShopNotices(digest_day="2026-11-20")),
        ({"digest_items": "one"}, ShopNotices()),
    ],
)
def test_notices_of_another_version_are_read_as_far_as_it_goes(
    aws: Aws, values: dict[str, Any], wanted: ShopNotices
) -> None:
    aws.dynamodb.put_item(TableName=aws.table, Item=item_of({"pk": "NOTICES", "sk": "demo", **values}))
    assert DynamoNotices(aws.dynamodb, aws.table).get("demo") == wanted
