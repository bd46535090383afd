"""The contract of ``ConsoleStore``, over the fake and the real one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from orderbridge.adapters.aws.console import DynamoConsoleStore
from orderbridge.adapters.aws.operators import DynamoOperators, Operator
from orderbridge.domain.persons import Role
from tests.fakes import NOON, FakeConsoleStore, FakeOperator, FakeOperators

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.ports.console import ConsoleStore
    from tests.contract.conftest import Aws

TOKEN, CODE = "0a" * 32, "c0" * 32
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def fakes() -> FakeOperators:
    return FakeOperators()


@pytest.fixture
def store(aws_or_none: Aws | None, fakes: FakeOperators) -> ConsoleStore:
    if aws_or_none is None:
        return FakeConsoleStore(fakes)
    return DynamoConsoleStore(aws_or_none.dynamodb, aws_or_none.table)


@pytest.fixture
def come(aws_or_none: Aws | None, fakes: FakeOperators) -> Callable[..., None]:
    """Adds the operator of ``TOKEN``, or removes him."""

    def change(*, there: bool) -> None:
        if aws_or_none is None:
            fakes.known = [FakeOperator("jana", TOKEN, ["demo"])] if there else []
            return
        operators = DynamoOperators(aws_or_none.dynamodb, aws_or_none.table)
        jana = Operator(name="jana", token_sha256=TOKEN, role=Role.OPERATOR, shops=("demo",))
        (operators.add if there else operators.remove)(jana)

    return change


def test_an_operator_is_found_until_he_is_removed(store: ConsoleStore, come: Callable[..., None]) -> None:
    assert store.operator_of(TOKEN, "session") is None
    come(there=True)
    found = store.operator_of(TOKEN, "session")
    assert found is not None
    assert (found.name, list(found.shops), found.role) == ("jana", ["demo"], Role.OPERATOR)
    come(there=False)
    assert store.operator_of(TOKEN, "session") is None


def test_an_ended_session_finds_nobody_and_another_one_does(
    store: ConsoleStore, come: Callable[..., None]
) -> None:
    come(there=True)
    store.end_session("one", LATER)
    store.end_session("one", LATER)
    assert store.operator_of(TOKEN, "one") is None
    assert store.operator_of(TOKEN, "two") is not None


def test_tries_are_counted_to_a_limit_and_forgotten(store: ConsoleStore) -> None:
    assert store.tries("here") == 0
    assert [store.begin_try("here", 3, LATER) for _ in range(5)] == [True, True, True, False, False]
    assert (store.tries("here"), store.tries("there")) == (3, 0)
    assert store.begin_try("there", 1, LATER)
    store.forget_tries("here")
    assert store.tries("here") == 0
    assert store.begin_try("here", 1, LATER)
    store.forget_tries("never")


def test_a_code_is_taken_once_and_in_time(store: ConsoleStore) -> None:
    assert store.take_code(CODE, NOON) is None
    store.put_code(CODE, TOKEN, LATER)
    assert store.take_code(CODE, LATER) is None, "too late"
    assert store.take_code(CODE, NOON) == TOKEN
    assert store.take_code(CODE, NOON) is None
    store.put_code(CODE, TOKEN, LATER)
    assert store.take_code(CODE, NOON) == TOKEN


def test_a_session_costs_one_read(aws: Aws) -> None:
    store = DynamoConsoleStore(aws.dynamodb, aws.table)
    with patch.object(aws.dynamodb, "batch_get_item", wraps=aws.dynamodb.batch_get_item) as asked:
        store.operator_of(TOKEN, "session")
    asked.assert_called_once()
    (request,) = asked.call_args.kwargs["RequestItems"].values()
    assert (len(request["Keys"]), request["ConsistentRead"]) == (2, True)


def test_everything_expires(aws: Aws) -> None:
    store = DynamoConsoleStore(aws.dynamodb, aws.table)
    store.end_session("one", LATER)
    store.begin_try("here", 3, LATER)
    store.forget_tries("here")
    store.put_code(CODE, TOKEN, LATER)
    store.take_code(CODE, NOON)
    items = aws.dynamodb.scan(TableName=aws.table)["Items"]
    assert [item["expires_at"] for item in items] == [{"N": str(int(LATER.timestamp()))}] * 3
