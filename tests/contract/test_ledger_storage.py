"""How the real ``Ledger`` stores orders: what survives, how many requests, which errors."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings

from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.ledger import DynamoLedger, TableBusyError
from orderbridge.domain.orders import (
    Attempt,
    DeadLetter,
    OrderState,
    Step,
)
from orderbridge.ports import Period, UnreadableOrderError, VersionConflictError
from tests import strategies
from tests.contract.samples import ATTEMPT, LETTER, ORDER, STEP
from tests.fakes import NOON

if TYPE_CHECKING:
    from datetime import datetime

    from tests.contract.conftest import Aws


@given(order=strategies.orders, step=strategies.steps, attempt=strategies.attempts)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_record_survives_being_stored(order: OrderState, step: Step, attempt: Attempt) -> None:
    item = layout.item_of(
        {
            "o": layout.ORDER.dump(order),
            "s": layout.STEP.dump(step),
            "a": layout.ATTEMPT.dump(attempt),
            **layout.index_keys(order),
        }
    )
    stored = layout.values_of(item)
    assert layout.ORDER.load(stored["o"]) == order
    assert layout.STEP.load(stored["s"]) == step
    assert layout.ATTEMPT.load(stored["a"]) == attempt


@given(letter=strategies.dead_letters)
@settings(max_examples=30, deadline=None)
def test_every_dead_letter_survives_being_stored(letter: DeadLetter) -> None:
    values = layout.values_of(layout.item_of({"d": layout.DEAD_LETTER.dump(letter)}))
    assert layout.DEAD_LETTER.load(values["d"]) == letter


@given(first=strategies.moments, second=strategies.moments)
@settings(max_examples=60)
def test_moments_sort_as_texts(first: datetime, second: datetime) -> None:
    assert (first < second) == (layout.text_of(first) < layout.text_of(second))
    assert layout.moment_of(layout.text_of(first)) == first


def test_a_record_of_an_older_or_newer_version_can_be_read() -> None:
    stored = layout.ORDER.dump(ORDER)
    older = {name: stored[name] for name in ("shop", "mall_order_id")}
    assert layout.ORDER.load(older) == OrderState("demo", ORDER.mall_order_id)
    newer = {**stored, "flavour": "sweet", "desired": {**stored["desired"], "flavour": {"more": [1]}}}
    assert layout.ORDER.load(newer) == ORDER


SINCE_THE_VERSION_BEFORE = frozenset(
    {
        *(
            "listed_at",
            "test",
            "acknowledge",
            "created_in_shop_at",
            "canceled_in_shop_at",
            "shop_doubt_at",
            "drift",
        ),
        *("return_request", "passed", "flag", "past_flags", "escalations", "alarms"),
        *("items", "ready_to_return", "collect_at"),
    }
)


def _without(values: Any, names: frozenset[str]) -> Any:  # noqa: ANN401
    if not isinstance(values, dict):
        return values
    return {name: _without(value, names) for name, value in values.items() if name not in names}


def test_an_order_of_the_version_before_is_read_listed_and_written(aws: Aws) -> None:
    """It knows nothing of MALL's lists, returns, escalations and alarms."""
    stored = _without(layout.ORDER.dump(replace(ORDER, version=1)), SINCE_THE_VERSION_BEFORE)
    assert "items" not in stored["observed"]
    keys = {"pk": layout.order_pk("demo", ORDER.mall_order_id), "sk": layout.ORDER_SK}
    item = {**keys, "version": 1, "order": stored, **layout.index_keys(ORDER)}
    aws.dynamodb.put_item(TableName=aws.table, Item=layout.item_of(item))
    ledger = DynamoLedger(aws.dynamodb, aws.table)
    loaded = ledger.load("demo", ORDER.mall_order_id)
    assert loaded == replace(ORDER, version=1)
    assert ledger.orders("demo", limit=1).orders == (loaded,)
    assert ledger.orders("demo", limit=1, matter="return").orders == ()
    assert ledger.save(loaded).version == 2


def test_every_field_is_stored() -> None:
    assert set(layout.ORDER.dump(ORDER)) == {field.name for field in fields(OrderState)}


def test_a_broken_record_is_one_line_without_its_values() -> None:
    with pytest.raises(ValueError, match=r"^stored OrderState: observed\.status: [^\n]+$") as raised:
        layout.ORDER.load(
            {**layout.ORDER.dump(ORDER), "observed": {"status": "x-secret-x", "confirmed": True}}
        )
    assert "x-secret-x" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("sk", "change", "values"),
    [
        (layout.ORDER_SK, "REMOVE #kind", {}),
        (layout.ORDER_SK, "SET #kind = :value", {":value": "x-secret-x"}),
        (layout.ORDER_SK, "SET #kind = :value", {":value": {"shop": "demo", "x-secret-x": True}}),
        (layout.step_sk(1), "SET #kind.#state = :value", {":value": "x-secret-x"}),
        (layout.attempt_sk(1, 1), "SET #kind.#result = :value", {":value": "x-secret-x"}),
        (layout.dead_sk("message-1"), "SET #kind.parked_at = :value", {":value": "x-secret-x"}),
    ],
)
def test_a_history_with_a_record_that_cannot_be_read_is_an_error_without_its_values(
    aws: Aws, sk: str, change: str, values: dict[str, object]
) -> None:
    ledger = DynamoLedger(aws.dynamodb, aws.table)
    saved = ledger.save(ORDER, [STEP], [ATTEMPT])
    ledger.park(LETTER)
    kinds = {layout.ORDER_SK: "order", layout.step_sk(1): "step", layout.attempt_sk(1, 1): "attempt"}
    names = {"#kind": kinds.get(sk, "dead_letter"), "#state": "state", "#result": "result"}
    asked: dict[str, Any] = {"ExpressionAttributeValues": layout.item_of(values)} if values else {}
    aws.dynamodb.update_item(
        TableName=aws.table,
        Key=layout.item_of({"pk": layout.order_pk("demo", ORDER.mall_order_id), "sk": sk}),
        UpdateExpression=change,
        ExpressionAttributeNames={name: value for name, value in names.items() if name in change},
        **asked,
    )
    with pytest.raises(UnreadableOrderError, match=r"^order demo/\d+: [^\n]+$") as raised:
        ledger.history("demo", ORDER.mall_order_id)
    assert "x-secret-x" not in str(raised.value)
    if sk == layout.ORDER_SK:
        page = ledger.orders("demo", limit=10)
        assert (page.orders, page.unreadable) == ((), (ORDER.mall_order_id,))
    else:
        assert ledger.load("demo", ORDER.mall_order_id) == saved


def test_one_request_each(aws: Aws) -> None:
    ledger = DynamoLedger(aws.dynamodb, aws.table)
    asked: list[str] = []

    def note(model: Any, **_: object) -> None:  # noqa: ANN401
        asked.append(model.name)

    aws.dynamodb.meta.events.register("before-call.dynamodb.*", note)
    saved = ledger.save(ORDER)
    ledger.save(saved, [STEP], [ATTEMPT])
    ledger.load("demo", 1)
    ledger.load_with_shop("demo", 1)
    ledger.history("demo", ORDER.mall_order_id)
    ledger.orders("demo", limit=10)
    ledger.orders("demo", limit=10, matter="return", changed=Period(NOON, NOON))
    ledger.due(NOON, 10)
    ledger.park(LETTER)
    aws.dynamodb.meta.events.unregister("before-call.dynamodb.*", note)
    assert asked == [
        "PutItem",
        "TransactWriteItems",
        "GetItem",
        "BatchGetItem",
        "Query",
        "Query",
        "Query",
        "Query",
        "PutItem",
    ]


def test_keys_that_were_left_unread_are_asked_for_again(aws: Aws) -> None:
    ledger = DynamoLedger(aws.dynamodb, aws.table)
    saved = ledger.save(ORDER)
    real, answers = aws.dynamodb.batch_get_item, []

    def sparing(**request: Any) -> Any:  # noqa: ANN401
        keys = request["RequestItems"][aws.table]["Keys"]
        answers.append(len(keys))
        request["RequestItems"][aws.table]["Keys"] = keys[:1]
        answer = real(**request)
        if keys[1:]:
            answer["UnprocessedKeys"] = {aws.table: {"Keys": keys[1:], "ConsistentRead": True}}
        return answer

    with patch.object(aws.dynamodb, "batch_get_item", sparing):
        assert ledger.load_with_shop("demo", ORDER.mall_order_id) == (saved, None)
    assert answers == [3, 2, 1]


def test_a_table_that_never_answers_whole_is_an_error(aws: Aws) -> None:
    def nothing(**request: Any) -> Any:  # noqa: ANN401
        return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}

    with patch.object(aws.dynamodb, "batch_get_item", nothing), pytest.raises(TableBusyError, match="demo/1"):
        DynamoLedger(aws.dynamodb, aws.table).load_with_shop("demo", 1)


@pytest.mark.parametrize(
    ("code", "reasons", "conflict"),
    [
        ("TransactionCanceledException", ["ConditionalCheckFailed", "None"], True),
        ("TransactionCanceledException", ["None", "TransactionConflict"], True),
        ("TransactionCanceledException", ["ThrottlingError", "None"], False),
        ("TransactionConflictException", [], True),
        ("ProvisionedThroughputExceededException", [], False),
    ],
)
def test_only_another_writer_is_a_conflict(
    aws: Aws, code: str, reasons: list[str], *, conflict: bool
) -> None:
    answer: Any = {
        "Error": {"Code": code, "Message": ""},
        "CancellationReasons": [{"Code": r} for r in reasons],
    }
    error = ClientError(answer, "TransactWriteItems")
    with (
        patch.object(aws.dynamodb, "transact_write_items", side_effect=error),
        pytest.raises(VersionConflictError if conflict else ClientError),
    ):
        DynamoLedger(aws.dynamodb, aws.table).save(ORDER, [STEP])
