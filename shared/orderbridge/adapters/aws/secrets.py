"""The shops' secrets in SSM Parameter Store: one SecureString per shop, a JSON object."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from botocore.exceptions import ClientError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from orderbridge.adapters.aws.client_errors import error_code
from orderbridge.adapters.aws.parameters import Parameters
from orderbridge.domain.codes.api import SettingsReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import MALL_API_URL, ShopSecrets
from orderbridge.errors import SecretsProblemError
from orderbridge.settings import marketplace_address

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Clock

TTL = timedelta(hours=12)
"""Covers changes by hand. The registry announces new secrets, and refused secrets are forgotten."""

_UNUSABLE = frozenset(
    {"ParameterNotFound", "AccessDeniedException", "InvalidKeyId", "KMSAccessDeniedException"}
)


def _base(value: str) -> str:
    """A valid address. Whether this deployment may use it is checked when it is used (``http.Session``)."""
    return marketplace_address(value, local=True)


class _Stored(BaseModel):
    """The parameter's value. Unknown keys are ignored: another version may have written them."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    export_url: str = Field(min_length=1, repr=False)
    client_id: str = Field(min_length=1, repr=False)
    import_url: str = Field(default="", repr=False)
    marketplace_api_url: Annotated[str, AfterValidator(_base)] = MALL_API_URL


class SsmSecrets:
    """``Secrets`` under ``{prefix}/shops/{shop}``.

    A running function reads each once, then again after an announced change or after `ttl`: SSM allows 40 reads a
    second in a whole account and region.
    """

    def __init__(self, ssm: SSMClient, prefix: str, clock: Clock, ttl: timedelta = TTL) -> None:
        self._parameters = Parameters(ssm, prefix, "shops")
        self._clock = clock
        self._ttl = ttl
        self._cache: dict[str, tuple[datetime | None, datetime, ShopSecrets]] = {}

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        """One GetParameter, none while the cache is valid. A problem is not cached."""
        now = self._clock.now()
        if shop in self._cache:
            known_at, until, secrets = self._cache[shop]
            if known_at == stored_at and now < until:
                return secrets
        secrets = self._read(shop)
        self._cache[shop] = (stored_at, now + self._ttl, secrets)
        return secrets

    def forget(self, shop: str) -> None:
        """No request."""
        self._cache.pop(shop, None)

    def put(self, shop: str, secrets: ShopSecrets) -> None:
        """Replaces the shop's secrets. One PutParameter."""
        stored = {
            "export_url": secrets.export_url,
            "import_url": secrets.import_url,
            "client_id": secrets.client_id,
            "marketplace_api_url": secrets.marketplace_api_url,
        }
        self._parameters.put(shop, json.dumps(stored))
        self.forget(shop)

    def remove(self, shop: str) -> None:
        """One DeleteParameter. Harmless if there are none."""
        self.forget(shop)
        self._parameters.remove(shop)

    def _read(self, shop: str) -> ShopSecrets:
        """Chains no other library's error: its text or its locals could hold a secret."""
        name = self._parameters.name_of(shop)
        try:
            value = self._parameters.get(shop)
        except ClientError as error:
            code = error_code(error)
            if code not in _UNUSABLE:
                raise
            raise SecretsProblemError(
                because(SettingsReason.SECRETS_NOT_READ, parameter=Term(name), error=Term(code))
            ) from None
        try:
            stored = _Stored.model_validate_json(value)
        except ValidationError:
            raise SecretsProblemError(
                because(SettingsReason.SECRETS_NOT_USABLE, parameter=Term(name))
            ) from None
        return ShopSecrets(stored.export_url, stored.client_id, stored.import_url, stored.marketplace_api_url)
