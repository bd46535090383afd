"""Who may use the HTTP API, in DynamoDB: one item per operator under the digest of its token.

The token itself is not stored.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.table import OPERATORS_PK, item_of, key_of, values_of
from orderbridge.domain.persons import EVERY_SHOP, Role
from orderbridge.errors import OperatorProblemError
from orderbridge.settings import technical_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class Operator(BaseModel):
    """A person or tool with a token. `shops` are the names that it may see; ``*`` is every shop.

    A stored one whose role is missing or unknown cannot be read, so it lets nobody in (R13.1).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=60)
    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    role: Role
    shops: tuple[str, ...] = (EVERY_SHOP,)


def token_digest(token: str) -> str:
    """SHA-256 as 64 hexadecimal digits. A token is random and long, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class DynamoOperators:
    """``Operators`` in the table. Nothing is cached here: API Gateway caches the answer for a token.

    The operators are not in SSM, which allows a whole account 40 reads a second: guesses of tokens would use them up.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def find(self, token_sha256: str) -> Operator | None:
        """The operator whose token has this digest.

        One GetItem, strongly consistent: a removed token is unknown at once.
        Raises OperatorProblemError.
        """
        item = self._table.get(key_of(OPERATORS_PK, token_sha256))
        return None if item is None else operator_of_item(item)

    def all(self) -> tuple[Operator, ...]:
        """Every operator, by name, for the registry. One Query per MB. Raises OperatorProblemError."""
        query = self._table.query_of("pk = :operators", item_of({":operators": OPERATORS_PK}))
        found = (operator_of_item(item) for item in self._table.items(query))
        return tuple(sorted(found, key=lambda operator: operator.name))

    def add(self, operator: Operator) -> None:
        """One PutItem. Other operators are not affected."""
        item = {
            "pk": OPERATORS_PK,
            "sk": operator.token_sha256,
            "name": operator.name,
            "role": operator.role.value,
            "shops": list(operator.shops),
        }
        self._table.put_values(item)

    def remove(self, operator: Operator) -> None:
        """One DeleteItem. Harmless if there is no such operator."""
        self._table.delete(key_of(OPERATORS_PK, operator.token_sha256))


def operator_of_item(item: Mapping[str, AttributeValueTypeDef]) -> Operator:
    """The operator in an item. Raises OperatorProblemError."""
    values = values_of(item)
    try:
        return Operator.model_validate(values | {"token_sha256": values["sk"]})
    except ValidationError as error:
        line = technical_line(error, "an operator's item")
        raise OperatorProblemError(f"{line}: delete it from the table and add the operator anew") from None
