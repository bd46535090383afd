"""The contract of ``Actions``, over the fake and the real one: what persons asked for, in time and beside the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from orderbridge.adapters.aws import actions as dynamo_actions
from orderbridge.adapters.aws.actions import DynamoActions
from orderbridge.adapters.aws.table import action_items, item_of
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.cursors import encoded
from orderbridge.domain.facts import Term
from orderbridge.domain.lists import ALWAYS, Period
from orderbridge.domain.persons import EVERY_SHOP, PersonAction
from orderbridge.domain.reasons import because
from orderbridge.errors import CursorError
from tests.contract.samples import ORDER
from tests.fakes import NOON, FakeLedger

if TYPE_CHECKING:
    from orderbridge.ports import Actions, Ledger
    from tests.contract.conftest import Aws

MINUTE = timedelta(minutes=1)
HELD = because(PersonReason.RETRY_HELD, hold=Term("parked"), orders=2)
SYNC = PersonAction("demo", NOON, "marta", because(PersonReason.SYNC))
RETRY = PersonAction(
    "demo", NOON + MINUTE, "eva", because(PersonReason.RETRY), ORDER.mall_order_id, "it is mended: č. 5"
)


@pytest.fixture
def actions(aws_or_none: Aws | None, ledger: Ledger) -> Actions:
    if aws_or_none is not None:
        return DynamoActions(aws_or_none.dynamodb, aws_or_none.table)
    assert isinstance(ledger, FakeLedger)
    return ledger.actions


def of_shop(actions: Actions, shop: str = "demo", until: timedelta = timedelta(days=1)) -> list[PersonAction]:
    return list(actions.of_shop(shop, NOON, NOON + until))


def test_what_was_recorded_comes_back_oldest_first(actions: Actions) -> None:
    held = replace(SYNC, what=HELD, at=NOON + timedelta(microseconds=1))
    for action in (RETRY, SYNC, held):
        actions.record(action)
    assert of_shop(actions) == [SYNC, held, RETRY]


def test_a_period_has_its_start_and_not_its_end(actions: Actions) -> None:
    for action in (replace(SYNC, at=NOON - timedelta(microseconds=1)), SYNC, RETRY):
        actions.record(action)
    assert of_shop(actions, until=MINUTE) == [SYNC]
    assert of_shop(actions, until=timedelta()) == []
    assert list(actions.latest("demo", Period(before=NOON), 5).actions) == [
        replace(SYNC, at=NOON - timedelta(microseconds=1))
    ]
    assert list(actions.latest("demo", Period(since=NOON + MINUTE), 5).actions) == [RETRY]


def test_the_same_action_again_changes_nothing_and_all_of_one_moment_stay(actions: Actions) -> None:
    same_moment = [replace(SYNC, by=by, mall_order_id=n) for by in ("marta", "eva") for n in (None, 1, 2)]
    for action in same_moment * 2:
        actions.record(action)
    found = of_shop(actions)
    assert len(found) == len(same_moment)
    assert set(found) == set(same_moment)


def test_each_shop_has_its_own_and_so_has_every_shop(actions: Actions) -> None:
    for shop in ("demo", "demo2", EVERY_SHOP):
        actions.record(replace(SYNC, shop=shop))
    for shop in ("demo", "demo2", EVERY_SHOP):
        assert of_shop(actions, shop) == [replace(SYNC, shop=shop)]
        assert list(actions.latest(shop, ALWAYS, 9).actions) == [replace(SYNC, shop=shop)]
    assert of_shop(actions, "dem") == []


def test_an_order_has_its_own_in_its_history(actions: Actions, ledger: Ledger) -> None:
    order = ledger.save(ORDER)
    later = replace(RETRY, at=RETRY.at + MINUTE, by="marta")
    for action in (later, SYNC, RETRY, replace(RETRY, shop="other"), replace(RETRY, mall_order_id=1)):
        actions.record(action)
    history = ledger.history("demo", ORDER.mall_order_id)
    assert history is not None
    assert (history.order, history.actions) == (order, (RETRY, later))


def test_an_action_makes_no_order(actions: Actions, ledger: Ledger) -> None:
    actions.record(RETRY)
    assert ledger.history("demo", ORDER.mall_order_id) is None
    assert ledger.load("demo", ORDER.mall_order_id) is None
    assert ledger.orders("demo", limit=5).orders == ()


@pytest.mark.parametrize("limit", [1, 2, 5, 6])
@pytest.mark.parametrize("period", [ALWAYS, Period(NOON, NOON + 5 * MINUTE)])
def test_the_latest_page_by_page(actions: Actions, limit: int, period: Period) -> None:
    recorded = [replace(SYNC, at=NOON + number * MINUTE) for number in range(5)]
    for action in recorded:
        actions.record(action)
    found: list[PersonAction] = []
    cursor = None
    while True:
        page = actions.latest("demo", period, limit, cursor)
        found += page.actions
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.actions) == limit
        if len(found) == limit:
            actions.record(replace(SYNC, at=NOON + 4.5 * MINUTE, by="somebody else"))  # before the cursor
    assert [action for action in found if action.by == "marta"] == recorded[::-1]


def test_a_cursor_belongs_to_its_list(actions: Actions) -> None:
    for number in range(3):
        actions.record(replace(SYNC, at=NOON + number * MINUTE))
        actions.record(replace(SYNC, at=NOON + number * MINUTE, shop="other"))
    cursor = actions.latest("demo", ALWAYS, 1).cursor
    assert cursor is not None
    for shop, period in (("other", ALWAYS), ("demo", Period(since=NOON))):
        with pytest.raises(CursorError):
            actions.latest(shop, period, 1, cursor)
    for wrong in ("", "x", cursor + "A", "é", "x" * 600):
        with pytest.raises(CursorError):
            actions.latest("demo", ALWAYS, 1, wrong)


class TestInDynamoDB:
    @pytest.fixture
    def real(self, aws: Aws) -> DynamoActions:
        return DynamoActions(aws.dynamodb, aws.table)

    @pytest.mark.parametrize(
        "place", ["", "2026-11-20", f"{'2026-02-31T00:00:00.000000Z'}#{'0' * 16}", "x#y"]
    )
    def test_a_forged_cursor_is_refused(self, real: DynamoActions, place: str) -> None:
        with pytest.raises(CursorError):
            real.latest("demo", ALWAYS, 1, encoded(["ACTIONS#demo", None, None, place]))

    def test_both_items_are_written_in_one_transaction(self, aws: Aws, real: DynamoActions) -> None:
        with patch.object(
            aws.dynamodb, "transact_write_items", wraps=aws.dynamodb.transact_write_items
        ) as asked:
            real.record(SYNC)
            assert asked.call_count == 0
            real.record(RETRY)
        (call,) = asked.call_args_list
        keys = [one["Put"]["Item"]["pk"]["S"] for one in call.kwargs["TransactItems"]]
        assert keys == ["ACTIONS#demo", f"ORDER#demo#{ORDER.mall_order_id}"]

    def test_all_are_read_over_several_pages(
        self, real: DynamoActions, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dynamo_actions, "_PAGE", 2)
        recorded = [replace(SYNC, at=NOON + number * MINUTE) for number in range(5)]
        for action in recorded:
            real.record(action)
        assert of_shop(real) == recorded

    def test_a_record_that_cannot_be_read_is_shown_and_hides_no_other(
        self, aws: Aws, real: DynamoActions, ledger: Ledger
    ) -> None:
        real.record(SYNC)
        ledger.save(ORDER)
        spoilt = item_of({"person_action": {"at": "yesterday"}})
        for item in action_items(RETRY):
            aws.dynamodb.put_item(TableName=aws.table, Item=item | spoilt)
        unreadable = PersonAction("demo", RETRY.at, "", because(PersonReason.UNREADABLE), RETRY.mall_order_id)
        assert of_shop(real) == [SYNC, replace(unreadable, mall_order_id=None)]
        if not isinstance(ledger, FakeLedger):
            history = ledger.history("demo", ORDER.mall_order_id)
            assert history is not None
            assert history.actions == (unreadable,)
