"""Who may use the HTTP API: one SSM SecureString with the digests of the operators' tokens, never a token."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orderbridge.ports import SecretsProblemError

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Clock

TTL = timedelta(seconds=10)
"""Short, because a new token works and a removed one stops working only after it. Long enough for strangers who try
tokens: SSM gives an account 40 parameters a second, and this takes one in `TTL` per running function."""
EVERY_SHOP = "*"


class Operator(BaseModel):
    """A person or tool with a token. `shops` are the names that it may see; ``*`` is every shop."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    name: str = Field(min_length=1, max_length=60)
    token_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    shops: tuple[str, ...] = (EVERY_SHOP,)


class _Operators(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    operators: tuple[Operator, ...] = ()


def token_digest(token: str) -> str:
    """SHA-256 as 64 hexadecimal digits. A token is random and long, so it needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class SsmOperators:
    """The operators under ``{prefix}/operators``. Read at most once in `ttl` per running function.

    So a new token works, and a removed one no longer, within `ttl`, whatever tokens were tried before.
    """

    def __init__(self, ssm: SSMClient, prefix: str, clock: Clock, ttl: timedelta = TTL) -> None:
        self._ssm = ssm
        self._name = f"{prefix}/operators"
        self._clock = clock
        self._ttl = ttl
        self._cached: tuple[datetime, tuple[Operator, ...]] | None = None

    def all(self) -> tuple[Operator, ...]:
        """One GetParameter, none while what was read is fresh; nobody while the parameter does not exist.

        Raises SecretsProblemError as ``stored`` does. A problem is not cached.
        """
        now = self._clock.now()
        if self._cached is None or now >= self._cached[0]:
            self._cached = (now + self._ttl, self.stored())
        return self._cached[1]

    def stored(self) -> tuple[Operator, ...]:
        """As ``all``, but always read: for whoever is going to change the list.

        Raises SecretsProblemError, which names the parameter only, when its value is not what it should be.
        """
        try:
            answer = self._ssm.get_parameter(Name=self._name, WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return ()
        try:
            return _Operators.model_validate_json(answer["Parameter"]["Value"]).operators
        except ValidationError:
            raise SecretsProblemError(
                f"parameter {self._name} is not a JSON object with operators: repair or delete it"
            ) from None

    def put_all(self, operators: tuple[Operator, ...]) -> None:
        """One PutParameter. Of two that change the list at once, the later one wins."""
        value = _Operators(operators=operators).model_dump_json()
        self._ssm.put_parameter(Name=self._name, Value=value, Type="SecureString", Overwrite=True)
        self._cached = None
