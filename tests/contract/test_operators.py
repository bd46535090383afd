"""Who may use the HTTP API: how one is found, how many there may be, and how soon a change counts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from orderbridge.adapters.aws.operators import DynamoOperators, Operator, token_digest
from orderbridge.adapters.aws.table import OPERATORS_PK, item_of
from orderbridge.domain.persons import Role
from orderbridge.errors import OperatorProblemError
from orderbridge.flows.authorize import authorize

if TYPE_CHECKING:
    from tests.contract.conftest import Aws

TOKEN = "a-token-that-was-given-out"
ME = Operator(name="me", token_sha256=token_digest(TOKEN), role=Role.VIEWER)


@pytest.fixture
def operators(aws: Aws) -> DynamoOperators:
    return DynamoOperators(aws.dynamodb, aws.table)


@pytest.mark.slow
def test_there_may_be_hundreds_and_each_is_found_with_one_read(aws: Aws, operators: DynamoOperators) -> None:
    shops = tuple(f"a-shop-with-a-long-name-{number}" for number in range(20))
    tokens = [f"token-of-operator-number-{number}" for number in range(300)]
    for number, token in enumerate(tokens):
        operators.add(
            Operator(
                name=f"operator {number:03d}",
                token_sha256=token_digest(token),
                role=Role.OPERATOR,
                shops=shops,
            )
        )
    with patch.object(aws.dynamodb, "get_item", wraps=aws.dynamodb.get_item) as asked:
        for number in (0, 150, 299):
            found = authorize(operators, f"Bearer {tokens[number]}")
            assert found is not None
            assert (found.name, found.shops) == (f"operator {number:03d}", shops)
        assert authorize(operators, "Bearer an-invented-token") is None
        assert asked.call_count == 4
    assert [one.name for one in operators.all()] == [f"operator {number:03d}" for number in range(300)]


def test_what_is_no_token_is_not_looked_for(aws: Aws, operators: DynamoOperators) -> None:
    with patch.object(aws.dynamodb, "get_item") as asked:
        for header in ("", "Bearer", "Bearer   ", " "):
            assert authorize(operators, header) is None
        asked.assert_not_called()


def test_a_token_works_as_soon_as_it_is_there_and_no_longer(operators: DynamoOperators) -> None:
    assert authorize(operators, TOKEN) is None
    operators.add(ME)
    assert authorize(operators, TOKEN) == ME
    operators.remove(ME)
    operators.remove(ME)
    assert authorize(operators, TOKEN) is None
    assert operators.all() == ()


@pytest.mark.parametrize("role", [None, "", "admin", "Operator", 1])
def test_an_operator_without_a_known_role_is_let_in_nowhere(
    aws: Aws, operators: DynamoOperators, role: object
) -> None:
    item: dict[str, object] = {
        "pk": OPERATORS_PK,
        "sk": ME.token_sha256,
        "name": "me",
        "shops": ["*"],
    }
    if role is not None:
        item["role"] = role
    aws.dynamodb.put_item(TableName=aws.table, Item=item_of(item))
    with pytest.raises(OperatorProblemError):
        authorize(operators, TOKEN)


def test_the_role_is_stored(operators: DynamoOperators) -> None:
    for role in Role:
        operators.add(ME.model_copy(update={"role": role}))
        found = authorize(operators, TOKEN)
        assert found is not None
        assert found.role is role


def test_an_item_that_cannot_be_read_lets_nobody_in_and_shows_nothing(
    aws: Aws, operators: DynamoOperators
) -> None:
    item = {"pk": OPERATORS_PK, "sk": ME.token_sha256, "name": "", "shops": "hush"}
    aws.dynamodb.put_item(TableName=aws.table, Item=item_of(item))
    with pytest.raises(OperatorProblemError) as raised:
        authorize(operators, TOKEN)
    assert "delete it from the table and add the operator anew" in str(raised.value)
    assert "hush" not in str(raised.value)
    assert ME.token_sha256 not in str(raised.value)
