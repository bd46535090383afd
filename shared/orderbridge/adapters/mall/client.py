"""The ports ``Marketplaces`` and ``Marketplace`` over MALL's Partner API."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from orderbridge.adapters.mall import wire
from orderbridge.adapters.mall.answers import Asked, from_error, from_received
from orderbridge.adapters.mall.transport import DEFAULT_TIMEOUTS, Timeouts, Transport, TransportError
from orderbridge.domain.failure_policy import Call
from orderbridge.redaction import redact_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.orders import MarketplaceChange
    from orderbridge.ports import Clock, MarketplaceAnswer, ShopSecrets
    from orderbridge.settings import ShopSettings


class MallMarketplaces:
    """Every shop's orders at MALL, over one transport per process: connections outlive a call and a shop.

    `clock` only tells how far away the date in a ``Retry-After`` is; `monotonic` (seconds) measures calls.
    `application` and `version` tell MALL's operators who calls.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        application: str = "orderbridge",
        version: str = "",
    ) -> None:
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": application,
            "X-Application-Name": application,
        }
        if version:
            headers["X-Application-Version"] = version
        self._clock = clock
        self._monotonic = monotonic
        self._transport = Transport(headers=headers, timeouts=timeouts, monotonic=monotonic)

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> MallMarketplace:
        """The orders of one shop. Opens no connection yet."""
        return MallMarketplace(settings, secrets, self._transport, self._clock, self._monotonic)

    def close(self) -> None:
        """Closes the connections that are kept alive."""
        self._transport.close()


class MallMarketplace:
    """One shop's orders at MALL. Get it from ``MallMarketplaces.of``.

    Guarantees: each call is at most one HTTP request, never repeated, never redirected; it ends within
    ``Timeouts.total`` (see there for the exceptions; looking up the host's name is the machine's own affair); the
    key is in the request's query and nowhere else – not in an answer, an exception, a log or a repr. Raises nothing
    for what MALL does.
    """

    def __init__(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        transport: Transport,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._base = settings.marketplace_api_url
        self._zone = ZoneInfo(settings.rules.marketplace_zone)
        self._secrets = secrets
        self._transport = transport
        self._clock = clock
        self._monotonic = monotonic

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        """GET of the order's detail; of the answer only what ``MarketplaceView`` holds is kept."""
        return self._call(Call.READ, "GET", mall_order_id, wire.resource(mall_order_id, None), None)

    def wording(self, change: MarketplaceChange) -> wire.Body:
        """The body of the PUT for `change`: no key, no personal data."""
        return wire.wording(change, self._zone)

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        """PUT of a status (with all that belongs to it), of tracking alone, or of ``confirmed`` alone."""
        body = json.dumps(self.wording(change)).encode()
        return self._call(Call.WRITE, "PUT", mall_order_id, wire.resource(mall_order_id, change), body)

    def _call(
        self, call: Call, method: str, mall_order_id: int, resource: str, body: bytes | None
    ) -> MarketplaceAnswer:
        url = f"{self._base}{resource}?client_id={quote(self._secrets.client_id, safe='')}"
        started = self._monotonic()
        try:
            received = self._transport.exchange(method, url, body)
        except TransportError as error:
            answer = from_error(error)
        else:
            clean = partial(
                redact_line,
                secrets=(self._secrets.client_id, self._secrets.export_url, self._secrets.import_url),
                keep=(str(mall_order_id),),
            )
            answer = from_received(received, Asked(call, mall_order_id, self._zone, self._clock.now(), clean))
        return replace(answer, duration_ms=max(0, round((self._monotonic() - started) * 1000)))
