"""What an integrator does with a deployment: shops, operators and webhooks are put on the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge import registry
from orderbridge.adapters.aws.operators import DynamoOperators
from orderbridge.adapters.aws.secrets import SsmSecrets
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.adapters.aws.webhooks import SsmWebhooks
from orderbridge.adapters.system import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def shop_secrets(fastcentrik: Mapping[str, str], mall: Mapping[str, str]) -> dict[str, str]:
    """The secrets of a shop whose stand-ins have these addresses (blocks of stack.json)."""
    return {
        "export_url": fastcentrik["export_url"],
        "import_url": fastcentrik["import_url"],
        "client_id": mall["client_id"],
        "marketplace_api_url": mall["api_url"],
    }


class Onboarding:
    """The registry of one deployment: its table, and its secrets under `prefix`."""

    def __init__(self, *, dynamodb: Any, ssm: Any, table: str, prefix: str) -> None:  # noqa: ANN401 - boto3 clients
        self._clock = SystemClock()
        self._shops = DynamoShops(dynamodb, table)
        self._operators = DynamoOperators(dynamodb, table)
        self._secrets = SsmSecrets(ssm, prefix, self._clock)
        self._webhooks = SsmWebhooks(ssm, prefix, self._clock)

    def register(self, settings: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        """Registers the shop that `settings` names."""
        registry.register_shop(
            dict(settings),
            dict(secrets),
            shops=self._shops,
            secrets=self._secrets,
            now=self._clock.now(),
            local=True,
        )

    def add_operator(self, name: str, shops: Sequence[str]) -> str:
        """The token of a new operator of `shops`; without shops, of all."""
        return registry.add_operator(self._operators, name, list(shops))

    def add_webhook(self, shop: str) -> str:
        """The path of the shop's new webhook behind the address of the HTTP API; the secret is in it."""
        return registry.add_webhook(shop, shops=self._shops, webhooks=self._webhooks)
