"""The shops' secrets in SSM Parameter Store: one SecureString per shop, a JSON object."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from botocore.exceptions import ClientError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from orderbridge.domain.shops import MALL_API_URL, ShopSecrets
from orderbridge.errors import SecretsProblemError
from orderbridge.settings import marketplace_address

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_ssm import SSMClient

    from orderbridge.ports import Clock

TTL = timedelta(hours=12)
"""For what is changed by hand: the registry says when it stores secrets anew, and what is refused is forgotten."""

_UNUSABLE = frozenset(
    {"ParameterNotFound", "AccessDeniedException", "InvalidKeyId", "KMSAccessDeniedException"}
)


def _base(value: str) -> str:
    """What may be an address. Whether it may be used from here is for who uses it (``http.Session``)."""
    return marketplace_address(value, local=True)


class _Stored(BaseModel):
    """The parameter's value. Unknown keys are ignored, so that another version's are no obstacle."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    export_url: str = Field(min_length=1, repr=False)
    client_id: str = Field(min_length=1, repr=False)
    import_url: str = Field(default="", repr=False)
    marketplace_api_url: Annotated[str, AfterValidator(_base)] = MALL_API_URL


class SsmSecrets:
    """``Secrets`` under ``{prefix}/shops/{shop}``.

    Each is read once per running function, and again when it may have changed, or after `ttl`: the whole account and
    region has 40 reads a second.
    """

    def __init__(self, ssm: SSMClient, prefix: str, clock: Clock, ttl: timedelta = TTL) -> None:
        self._ssm = ssm
        self._prefix = prefix
        self._clock = clock
        self._ttl = ttl
        self._cache: dict[str, tuple[datetime | None, datetime, ShopSecrets]] = {}

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        """One GetParameter, none while the cached secrets are good. A problem is not cached."""
        now = self._clock.now()
        if shop in self._cache:
            known_at, until, secrets = self._cache[shop]
            if known_at == stored_at and now < until:
                return secrets
        secrets = self._read(self._name(shop))
        self._cache[shop] = (stored_at, now + self._ttl, secrets)
        return secrets

    def forget(self, shop: str) -> None:
        """Costs no request by itself."""
        self._cache.pop(shop, None)

    def put(self, shop: str, secrets: ShopSecrets) -> None:
        """Stores `secrets` in place of what was there: one PutParameter."""
        stored = {
            "export_url": secrets.export_url,
            "import_url": secrets.import_url,
            "client_id": secrets.client_id,
            "marketplace_api_url": secrets.marketplace_api_url,
        }
        self._ssm.put_parameter(
            Name=self._name(shop), Value=json.dumps(stored), Type="SecureString", Overwrite=True
        )
        self.forget(shop)

    def remove(self, shop: str) -> None:
        """Removing secrets that are not there is harmless."""
        self.forget(shop)
        try:
            self._ssm.delete_parameter(Name=self._name(shop))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise

    def _name(self, shop: str) -> str:
        return f"{self._prefix}/shops/{shop}"

    def _read(self, name: str) -> ShopSecrets:
        """No error of another library is chained to the problem: its text or its locals could hold a value."""
        try:
            answer = self._ssm.get_parameter(Name=name, WithDecryption=True)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in _UNUSABLE:
                raise
            raise SecretsProblemError(
                f"parameter {name} cannot be read ({code}): register the shop"
            ) from None
        try:
            stored = _Stored.model_validate_json(answer["Parameter"]["Value"])
        except ValidationError:
            raise SecretsProblemError(
                f"parameter {name} is not a JSON object with export_url, client_id and a marketplace_api_url that "
                "keeps the key: register the shop anew"
            ) from None
        return ShopSecrets(stored.export_url, stored.client_id, stored.import_url, stored.marketplace_api_url)
