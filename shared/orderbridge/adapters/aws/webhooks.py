"""The shops' webhooks: one SSM SecureString per shop, with the digest of the secret in its address."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from pydantic import ConfigDict, TypeAdapter, ValidationError

from orderbridge.adapters.aws.client_errors import error_code
from orderbridge.adapters.aws.parameters import Parameters
from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.errors import SecretsProblemError
from orderbridge.settings import ShopName

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Clock

TTL = timedelta(minutes=5)
MAX_UNKNOWN = 1_000
"""Names without a webhook that are cached. Anybody who knows the API's address can ask for any name."""

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHOP_NAME: TypeAdapter[str] = TypeAdapter(ShopName, config=ConfigDict(defer_build=True))


class SsmWebhooks:
    """``Webhooks`` under ``{prefix}/webhooks/{shop}``. A running function reads each at most once per `ttl`."""

    def __init__(self, ssm: SSMClient, prefix: str, clock: Clock, ttl: timedelta = TTL) -> None:
        self._parameters = Parameters(ssm, prefix, "webhooks")
        self._clock = clock
        self._ttl = ttl
        self._digests: dict[str, tuple[datetime, str]] = {}
        # Separate, so that invented names do not displace shops.
        self._unknown: dict[str, datetime] = {}

    def digest_of(self, shop: str) -> str | None:
        """One GetParameter; none for a cached name or an invalid one.

        Raises SecretsProblemError, which names the parameter only, if its value is not a digest. That is not cached.
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
        digest = self._read(shop)
        if digest is not None:
            self._digests[shop] = (now + self._ttl, digest)
            return digest
        if len(self._unknown) >= MAX_UNKNOWN:
            del self._unknown[next(iter(self._unknown))]  # the oldest: new names are added at the end
        self._unknown[shop] = now + self._ttl
        return None

    def put(self, shop: str, digest: str) -> None:
        """Replaces the shop's `digest` (64 hexadecimal digits). One PutParameter.

        Running functions accept the old one for `ttl` at most.
        """
        self._parameters.put(shop, digest)
        self._forget(shop)

    def remove(self, shop: str) -> None:
        """One DeleteParameter. Harmless if there is none."""
        self._forget(shop)
        self._parameters.remove(shop)

    def _forget(self, shop: str) -> None:
        self._digests.pop(shop, None)
        self._unknown.pop(shop, None)

    def _read(self, shop: str) -> str | None:
        try:
            digest = self._parameters.get(shop)
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            return None
        if not _DIGEST.fullmatch(digest):
            parameter = Term(self._parameters.name_of(shop))
            raise SecretsProblemError(because(SettingsReason.WEBHOOK_NOT_USABLE, parameter=parameter))
        return digest


def _is_shop_name(name: str) -> bool:
    """Whether `name`, which anybody may have chosen, may be part of a parameter's name."""
    try:
        _SHOP_NAME.validate_python(name)
    except ValidationError:
        return False
    return True
