"""How the real ``Ledger`` stores orders: what survives, how many requests, which errors."""

from __future__ import annotations

from collections import Counter
from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings

from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.domain.cases.records import ReturnFlag, StatusChange
from orderbridge.domain.lists import Period
from orderbridge.domain.orders import (
    Cases,
    DeadLetter,
    MarketplaceSide,
    OrderHistory,
    OrderState,
    ShopSide,
    Work,
)
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import Attempt, AttemptResult, Step, StepState
from orderbridge.domain.views import MarketplaceView, ShopView
from orderbridge.errors import TableBusyError, UnreadableOrderError, VersionConflictError
from tests import strategies
from tests.contract.samples import ATTEMPT, LETTER, ORDER, STEP
from tests.fakes import NOON
from tests.some_reasons import ANY

if TYPE_CHECKING:
    from datetime import datetime

    from tests.contract.conftest import Aws


@pytest.mark.slow
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
    newer = {**stored, "flavour": "sweet", "shop_side": {**stored["shop_side"], "flavour": {"more": [1]}}}
    assert layout.ORDER.load(newer) == ORDER


def test_what_has_its_default_is_not_stored_and_every_default_is_nothing() -> None:
    """A default is a part of the stored form: one that is changed would change records that are stored already."""
    assert set(layout.ORDER.dump(OrderState("demo", 1))) == {"shop", "mall_order_id"}
    nothing = (None, "", (), 0, False, StepState.PLANNED, AttemptResult.NO_ANSWER_RECORDED)
    parts = (OrderState, ShopSide, MarketplaceSide, Work, Cases)
    for kind in (*parts, Step, Attempt, DeadLetter, ShopView, MarketplaceView, StatusChange, ReturnFlag):
        for field in fields(kind):
            assert field.default is MISSING or field.default in nothing, f"{kind.__name__}.{field.name}"


def test_a_broken_record_is_one_line_without_its_values() -> None:
    with pytest.raises(
        ValueError, match=r"^stored OrderState: marketplace\.observed\.status \(enum\)$"
    ) as raised:
        layout.ORDER.load(
            {
                **layout.ORDER.dump(ORDER),
                "marketplace": {"observed": {"status": "x-secret-x", "confirmed": True}},
            }
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
    with pytest.raises(UnreadableOrderError, match=r"^error\.unreadable_order\(order=\d+, [^\n]+$") as raised:
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
        *("Query", "BatchGetItem"),
        "Query",
        *["Query"] * layout.DUE_SHARDS,
        "PutItem",
    ]


def test_a_plan_is_one_write_and_its_step_is_told_in_its_newest_form(aws: Aws) -> None:
    """The open step is a part of the order; once it is closed it has an item of its own."""
    ledger = DynamoLedger(aws.dynamodb, aws.table)
    with patch.object(aws.dynamodb, "transact_write_items", side_effect=AssertionError("one item is enough")):
        saved = ledger.save(
            replace(ORDER, work=replace(ORDER.work, step=replace(STEP, queued_at=NOON))), [STEP]
        )
    assert ledger.history("demo", ORDER.mall_order_id) == OrderHistory(
        saved, (replace(STEP, queued_at=NOON),)
    )
    done = STEP.close(StepState.ACCEPTED, ANY, NOON)
    saved = ledger.save(replace(saved, work=replace(saved.work, step=replace(STEP, number=2))), [done])
    history = ledger.history("demo", ORDER.mall_order_id)
    assert history == OrderHistory(saved, (done, replace(STEP, number=2)))


def test_keys_that_were_left_unread_are_asked_for_again(aws: Aws) -> None:
    waits: list[float] = []
    ledger = DynamoLedger(aws.dynamodb, aws.table, waits.append)
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
        waits.clear()
        assert ledger.load_with_shop("demo", ORDER.mall_order_id) == (saved, None)
    assert answers == [3, 2, 1]
    assert len(waits) == len(answers) - 1


def test_a_table_that_never_answers_whole_is_an_error(aws: Aws) -> None:
    def nothing(**request: Any) -> Any:  # noqa: ANN401
        return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}

    with patch.object(aws.dynamodb, "batch_get_item", nothing), pytest.raises(TableBusyError, match="demo/1"):
        DynamoLedger(aws.dynamodb, aws.table, lambda _: None).load_with_shop("demo", 1)


def _error(code: str, *reasons: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": ""},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
    }
    return ClientError(answer, "TransactWriteItems")


CANCELLED = "TransactionCanceledException"
BUSY = ("ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded")


@pytest.mark.parametrize(
    ("error", "conflict"),
    [
        (_error(CANCELLED, "ConditionalCheckFailed", "None"), True),
        (_error(CANCELLED, "None", "TransactionConflict"), True),
        (_error(CANCELLED, "ThrottlingError", "ConditionalCheckFailed"), True),
        (_error("TransactionConflictException"), True),
        (_error("TransactionInProgressException"), True),
        (_error("ThrottlingException"), True),
        (_error("ProvisionedThroughputExceededException"), True),
        (_error("RequestLimitExceeded"), True),
        (_error(CANCELLED, "ValidationError", "None"), False),
        (_error(CANCELLED, "ItemCollectionSizeLimitExceeded"), False),
        (_error("ValidationException"), False),
    ],
)
def test_another_writer_and_a_busy_table_are_conflicts_at_once(
    aws: Aws, error: ClientError, *, conflict: bool
) -> None:
    waits: list[float] = []
    with (
        patch.object(aws.dynamodb, "transact_write_items", side_effect=error) as asked,
        pytest.raises(VersionConflictError if conflict else ClientError),
    ):
        DynamoLedger(aws.dynamodb, aws.table, waits.append).save(ORDER, [STEP])
    assert (asked.call_count, waits) == (1, [])


@pytest.mark.parametrize("reason", BUSY)
def test_a_transaction_that_was_cancelled_for_throttling_is_repeated_after_a_wait(
    aws: Aws, reason: str
) -> None:
    real, waits = aws.dynamodb.transact_write_items, list[float]()
    busy = iter([_error(CANCELLED, "None", reason), _error(CANCELLED, reason)])

    def write(**request: Any) -> Any:  # noqa: ANN401
        for error in busy:
            raise error
        return real(**request)

    with patch.object(aws.dynamodb, "transact_write_items", write):
        saved = DynamoLedger(aws.dynamodb, aws.table, waits.append).save(ORDER, [STEP])
    assert DynamoLedger(aws.dynamodb, aws.table).load("demo", ORDER.mall_order_id) == saved
    assert [0.2 <= waits[0] <= 0.4, 0.4 <= waits[1] <= 0.8, len(waits)] == [True, True, 2]


@pytest.mark.parametrize("reason", BUSY)
def test_a_table_that_stays_too_busy_is_a_conflict_and_nothing_was_written(aws: Aws, reason: str) -> None:
    waits: list[float] = []
    ledger = DynamoLedger(aws.dynamodb, aws.table, waits.append)
    with (
        patch.object(aws.dynamodb, "transact_write_items", side_effect=_error(CANCELLED, reason)),
        pytest.raises(VersionConflictError, match=r"^order demo/\d+: the table is too busy [^\n]+$"),
    ):
        ledger.save(ORDER, [STEP])
    assert len(waits) == 2
    assert ledger.load("demo", ORDER.mall_order_id) is None


def test_an_order_that_left_the_list_while_the_index_was_behind_is_left_out(aws: Aws) -> None:
    ledger = DynamoLedger(aws.dynamodb, aws.table)
    for number in (1, 2, 3):
        ledger.save(replace(ORDER, mall_order_id=number))
    entries = aws.dynamodb.query(
        TableName=aws.table,
        IndexName=layout.BY_STATUS.name,
        KeyConditionExpression="shop_status = :status",
        ExpressionAttributeValues={":status": {"S": "demo#open"}},
    )
    assert set(entries["Items"][0]) == {"pk", "sk", "shop_status", "update_key"}
    second = ledger.load("demo", 2)
    assert second is not None
    shipped = MarketplaceView(MarketplaceStatus.SHIPPED, confirmed=True)
    ledger.save(replace(second, marketplace=replace(second.marketplace, observed=shipped), updated_at=NOON))
    with patch.object(aws.dynamodb, "query", return_value=entries):
        assert {one.mall_order_id for one in ledger.orders("demo", status="open", limit=9).orders} == {1, 3}


def test_what_is_due_is_spread_evenly() -> None:
    """A hundred shops of a hundred orders each: no partition has more than a tenth above its share."""
    counts = Counter(
        layout.due_shard(OrderState(f"shop-{shop}", 4_700_000_000 + number))
        for shop in range(100)
        for number in range(100)
    )
    assert len(counts) == layout.DUE_SHARDS
    assert max(counts.values()) < 1.1 * 10_000 / layout.DUE_SHARDS
