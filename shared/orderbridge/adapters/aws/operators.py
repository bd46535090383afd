"""Who may use the HTTP API, in DynamoDB: one item per operator under the digest of its token, which is kept nowhere."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderbridge.adapters.aws.table import OPERATORS_PK, item_of, values_of
from orderbridge.errors import OperatorProblemError
from orderbridge.settings import problem_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

EVERY_SHOP = "*"


class Operator(BaseModel):
    """A person or tool with a token. `shops` are the names that it may see; ``*`` is every shop."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=60)
    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    shops: tuple[str, ...] = (EVERY_SHOP,)


def token_digest(token: str) -> str:
    """SHA-256 as 64 hexadecimal digits. A token is random and long, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class DynamoOperators:
    """``Operators`` in the table. Nothing is remembered here: API Gateway remembers what it was told of a token.

    Not in a parameter: SSM gives a whole account 40 reads a second, which strangers who try tokens would use up.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

    def find(self, token_sha256: str) -> Operator | None:
        """Whose token has this digest. One GetItem, strongly consistent: a removed token is unknown at once.

        Raises OperatorProblemError.
        """
        key = item_of({"pk": OPERATORS_PK, "sk": token_sha256})
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else _operator(item)

    def all(self) -> tuple[Operator, ...]:
        """Every operator, by name: for whoever changes the list. One Query per MB. Raises OperatorProblemError."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :operators",
            ExpressionAttributeValues=item_of({":operators": OPERATORS_PK}),
            ConsistentRead=True,
        )
        found = (_operator(item) for page in pages for item in page["Items"])
        return tuple(sorted(found, key=lambda operator: operator.name))

    def add(self, operator: Operator) -> None:
        """One PutItem, whatever the others are."""
        item = {
            "pk": OPERATORS_PK,
            "sk": operator.token_sha256,
            "name": operator.name,
            "shops": list(operator.shops),
        }
        self._dynamodb.put_item(TableName=self._table, Item=item_of(item))

    def remove(self, operator: Operator) -> None:
        """One DeleteItem; harmless if it is not there."""
        key = item_of({"pk": OPERATORS_PK, "sk": operator.token_sha256})
        self._dynamodb.delete_item(TableName=self._table, Key=key)


def _operator(item: Mapping[str, AttributeValueTypeDef]) -> Operator:
    values = values_of(item)
    try:
        return Operator.model_validate(values | {"token_sha256": values["sk"]})
    except ValidationError as error:
        line = problem_line(error, "an operator's item")
        raise OperatorProblemError(f"{line}: delete it from the table and add the operator anew") from None
