"""The contract of ``Slots``, over the fake and the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from orderbridge.adapters.aws.slots import DynamoSlots
from orderbridge.domain.spacing import Slot, Spacing
from tests.fakes import NOON, FakeSlots

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GetItemOutputTypeDef, PutItemOutputTypeDef

    from tests.contract.conftest import Aws

SPACING = Spacing(gap=timedelta(seconds=5), burst=2, refill=timedelta(minutes=1))
SECOND = timedelta(seconds=1)


@pytest.fixture
def slots(aws_or_none: Aws | None) -> FakeSlots | DynamoSlots:
    if aws_or_none is None:
        return FakeSlots()
    return DynamoSlots(aws_or_none.dynamodb, aws_or_none.table)


def test_requests_are_merged_and_spaced(slots: FakeSlots | DynamoSlots) -> None:
    taken = [slots.take("demo", "sync", NOON + n * SECOND, SPACING) for n in (0, 1, 2, 6, 7, 66)]
    assert [(one.at - NOON, one.new) for one in taken] == [
        (0 * SECOND, True),
        (5 * SECOND, True),
        (5 * SECOND, False),
        (60 * SECOND, True),
        (60 * SECOND, False),
        (120 * SECOND, True),
    ]


def test_each_shop_and_each_work_has_its_own(slots: FakeSlots | DynamoSlots) -> None:
    asked = [("demo", "sync"), ("demo", "reconcile"), ("other", "sync"), ("demo", "retry#1")]
    assert all(slots.take(*one, NOON, SPACING) == Slot(NOON, NOON + SPACING.refill) for one in asked)


def test_a_slot_that_is_given_back_keeps_nobody_waiting(slots: FakeSlots | DynamoSlots) -> None:
    slots.take("demo", "sync", NOON, SPACING)
    slot = slots.take("demo", "sync", NOON + SECOND, SPACING)
    slots.release("demo", "sync", slot, NOON + SECOND)
    again = slots.take("demo", "sync", NOON + 2 * SECOND, SPACING)
    assert again.new, "nobody rests on what was given back"
    slots.release("demo", "sync", slot, NOON + 3 * SECOND)
    assert not slots.take("demo", "sync", NOON + 3 * SECOND, SPACING).new, "somebody else's stays"


class Overtaken:
    """A DynamoDB where others take a slot between somebody's reading and his writing, `times` times."""

    def __init__(self, aws: Aws, times: int) -> None:
        self._aws = aws
        self._left = times
        self.others: list[Slot] = []

    def get_item(self, **request: Any) -> GetItemOutputTypeDef:  # noqa: ANN401 - as the client has it
        answer = self._aws.dynamodb.get_item(**request)
        if self._left:
            self._left -= 1
            slots = DynamoSlots(self._aws.dynamodb, self._aws.table)
            self.others.append(slots.take("demo", "sync", NOON, SPACING))
        return answer

    def put_item(self, **request: Any) -> PutItemOutputTypeDef:  # noqa: ANN401 - as the client has it
        return self._aws.dynamodb.put_item(**request)


@pytest.mark.parametrize("times", range(4))
def test_of_many_at_one_moment_each_new_slot_is_somebodys(aws: Aws, times: int) -> None:
    overtaken = Overtaken(aws, times)
    own = DynamoSlots(cast("DynamoDBClient", overtaken), aws.table).take("demo", "sync", NOON, SPACING)
    taken = [*overtaken.others, own]
    assert len(taken) == times + 1
    assert [slot.at - NOON for slot in taken if slot.new] == [0 * SECOND, 5 * SECOND][: times + 1]
    assert all(slot.at >= NOON for slot in taken)


@pytest.mark.parametrize("slot_at", ["soon", "2026-11-20T12:00:00", None])
def test_an_item_that_cannot_be_read_is_written_anew(aws: Aws, slot_at: str | None) -> None:
    key = {"pk": {"S": "SLOTS"}, "sk": {"S": "demo#sync"}, "refilled_at": {"S": "2026-11-20T12:00:00Z"}}
    item = key if slot_at is None else {**key, "slot_at": {"S": slot_at}}
    aws.dynamodb.put_item(TableName=aws.table, Item=item)
    slots = DynamoSlots(aws.dynamodb, aws.table)
    assert slots.take("demo", "sync", NOON, SPACING).at == NOON
    assert not slots.take("demo", "sync", NOON - 2 * SECOND, SPACING).new
