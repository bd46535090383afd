"""What the clerks' page stores, in DynamoDB: one partition, whose items the table removes when they have expired.

=========================  =====================================  ==================================
item                       sk                                     attributes
=========================  =====================================  ==================================
a session that was ended   ``ENDED#{session}``                    ``expires_at``
tries to sign in           ``TRIES#{source}``                     ``tries``, ``expires_at``
one-time code              ``CODE#{SHA-256 of the code}``         ``token_sha256``, ``expires_at``
=========================  =====================================  ==================================

``expires_at`` is a number of seconds, as DynamoDB's TTL wants it. TTL may be days late, so nothing relies on it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.operators import operator_of_item
from orderbridge.adapters.aws.table import CONSOLE_PK, OPERATORS_PK, item_of, key_of, values_of

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from orderbridge.adapters.aws.operators import Operator
    from orderbridge.adapters.aws.table import Key


class DynamoConsoleStore:
    """``ConsoleStore`` in the table."""

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)

    def operator_of(self, token_sha256: str, session: str) -> Operator | None:
        """One BatchGetItem of two items, strongly consistent. Raises OperatorProblemError."""
        keys = [key_of(OPERATORS_PK, token_sha256), key_of(CONSOLE_PK, f"ENDED#{session}")]
        found = {item["pk"]["S"]: item for item in self._table.batch_get(keys, consistent=True)}
        if CONSOLE_PK in found or OPERATORS_PK not in found:
            return None
        return operator_of_item(found[OPERATORS_PK])

    def end_session(self, session: str, until: datetime) -> None:
        """One UpdateItem."""
        self._table.update(
            key_of(CONSOLE_PK, f"ENDED#{session}"),
            "SET expires_at = :until",
            item_of({":until": _seconds(until)}),
        )

    def begin_try(self, source: str, limit: int, until: datetime) -> bool:
        """One conditional UpdateItem."""
        before = self._table.update(
            _tries_key(source),
            "SET expires_at = :until ADD tries :one",
            item_of({":until": _seconds(until), ":one": 1, ":limit": limit}),
            condition="attribute_not_exists(tries) OR tries < :limit",
        )
        return before is not None

    def forget_tries(self, source: str) -> None:
        """One UpdateItem; the empty item expires."""
        self._table.update(_tries_key(source), "REMOVE tries", {})

    def tries(self, source: str) -> int:
        """One GetItem."""
        return int(self._table.get_values(_tries_key(source)).get("tries", 0))

    def put_code(self, code_sha256: str, token_sha256: str, until: datetime) -> None:
        """One PutItem."""
        code = {"pk": CONSOLE_PK, "sk": f"CODE#{code_sha256}", "token_sha256": token_sha256}
        self._table.put_values({**code, "expires_at": _seconds(until)})

    def take_code(self, code_sha256: str, now: datetime) -> str | None:
        """One conditional UpdateItem: it takes the token's digest out of the item."""
        before = self._table.update(
            key_of(CONSOLE_PK, f"CODE#{code_sha256}"),
            "REMOVE token_sha256",
            item_of({":now": math.floor(now.timestamp())}),
            condition="attribute_exists(token_sha256) AND expires_at > :now",
        )
        return None if before is None else str(values_of(before)["token_sha256"])


def _tries_key(source: str) -> Key:
    return key_of(CONSOLE_PK, f"TRIES#{source}")


def _seconds(moment: datetime) -> int:
    return math.ceil(moment.timestamp())
