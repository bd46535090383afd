"""The secrets of the shops' webhook addresses: one SSM SecureString per shop with a digest, never a secret."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import ConfigDict, TypeAdapter, ValidationError

from orderbridge.errors import SecretsProblemError
from orderbridge.settings import ShopName

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Clock

TTL = timedelta(minutes=5)
MOST_UNKNOWN = 1_000
"""So many names without a webhook are remembered: whoever knows the address of the API can ask for any name."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHOP_NAME: TypeAdapter[str] = TypeAdapter(ShopName, config=ConfigDict(defer_build=True))


class SsmWebhooks:
    """``Webhooks`` under ``{prefix}/webhooks/{shop}``. Each is read at most once in `ttl` per running function."""

    def __init__(self, ssm: SSMClient, prefix: str, clock: Clock, ttl: timedelta = TTL) -> None:
        self._ssm = ssm
        self._prefix = prefix
        self._clock = clock
        self._ttl = ttl
        self._digests: dict[str, tuple[datetime, str]] = {}
        # Apart from the digests, so that a stranger's names push out no shop.
        self._unknown: dict[str, datetime] = {}

    def digest_of(self, shop: str) -> str | None:
        """One GetParameter; none for what is cached and for what cannot be a shop's name.

        Raises SecretsProblemError, which names the parameter only, when its value is no digest. That is not cached.
        """
        now = self._clock.now()
        cached = self._digests.get(shop)
        if cached is not None and now < cached[0]:
            return cached[1]
        if shop in self._unknown and now < self._unknown[shop]:
            return None
        if not _is_shop_name(shop):
            return None
        self._forget(shop)
        digest = self._read(self._name(shop))
        if digest is not None:
            self._digests[shop] = (now + self._ttl, digest)
            return digest
        if len(self._unknown) >= MOST_UNKNOWN:
            del self._unknown[next(iter(self._unknown))]  # the oldest: each is put at the end
        self._unknown[shop] = now + self._ttl
        return None

    def put(self, shop: str, digest: str) -> None:
        """Stores `digest` (64 hexadecimal digits) in place of what was there: one PutParameter.

        Running functions take the former one for `ttl` at most.
        """
        self._ssm.put_parameter(Name=self._name(shop), Value=digest, Type="SecureString", Overwrite=True)
        self._forget(shop)

    def remove(self, shop: str) -> None:
        """Removing a webhook that is not there is harmless."""
        self._forget(shop)
        try:
            self._ssm.delete_parameter(Name=self._name(shop))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise

    def _forget(self, shop: str) -> None:
        self._digests.pop(shop, None)
        self._unknown.pop(shop, None)

    def _name(self, shop: str) -> str:
        return f"{self._prefix}/webhooks/{shop}"

    def _read(self, name: str) -> str | None:
        try:
            answer = self._ssm.get_parameter(Name=name, WithDecryption=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return None
        digest = answer["Parameter"]["Value"]
        if not _DIGEST.fullmatch(digest):
            raise SecretsProblemError(f"parameter {name} is not a digest: make the shop's webhook anew")
        return digest


def _is_shop_name(name: str) -> bool:
    """Whether it may become a part of a parameter's name: a stranger chose it."""
    try:
        _SHOP_NAME.validate_python(name)
    except ValidationError:
        return False
    return True
