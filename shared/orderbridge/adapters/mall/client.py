"""The ports ``Marketplaces`` and ``Marketplace`` over MALL's Partner API."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from orderbridge.adapters.mall import wire
from orderbridge.adapters.mall.answers import CallContext, from_error, from_received
from orderbridge.adapters.mall.transport import (
    DEFAULT_TIMEOUTS,
    MAX_BODY,
    MAX_PAGE,
    Timeouts,
    Transport,
    TransportError,
)
from orderbridge.adapters.system import milliseconds
from orderbridge.domain.answers import ListAnswer, MarketplaceAnswer, OrderDetailAnswer
from orderbridge.domain.failure_policy import Call
from orderbridge.redaction import redact_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.adapters.mall.lists import ListPage
    from orderbridge.adapters.mall.transport import Received
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.domain.steps import MarketplaceChange
    from orderbridge.ports import Clock
    from orderbridge.settings import ShopSettings


MAX_LIST_TIME = 150.0
"""Seconds after which no further page of a list is requested, so that the function ends in time."""


class MallMarketplaces:
    """Every shop's orders at MALL. All shops share one transport per process, which keeps connections open.

    `clock` is for the date in a ``Retry-After``; `monotonic` (seconds) measures calls. `application` and `version` tell
    MALL's operators who calls. `local`: the deployment is local; see ``addresses``.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        application: str = "orderbridge",
        version: str = "",
        local: bool = False,
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
        self._transport = Transport(headers=headers, timeouts=timeouts, monotonic=monotonic, local=local)

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> MallMarketplace:
        """The orders of one shop. Opens no connection."""
        return MallMarketplace(settings, secrets, self._transport, self._clock, self._monotonic)

    def close(self) -> None:
        """Closes the open connections."""
        self._transport.close()


@dataclass(frozen=True, slots=True)
class _Request:
    """One call."""

    call: Call
    path: str
    mall_order_id: int | None = None
    """None for a list."""
    query: str = ""
    """Without the key."""
    body: bytes | None = None
    largest: int = MAX_BODY
    """Bytes that the answer may have."""


class MallMarketplace:
    """One shop's orders at MALL. Get it from ``MallMarketplaces.of``.

    Guarantees:

    - Each call makes at most one HTTP request (a list: one per page). It is never repeated and follows no redirect.
    - A request ends within ``Timeouts.total``, and before the function does, whatever MALL does.
    - The key is in the request's query only: not in an answer, an exception, a log or a repr.
    - No failure of MALL raises an exception.
    """

    def __init__(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        transport: Transport,
        clock: Clock,
        monotonic: Callable[[], float],
    ) -> None:
        self._base = secrets.marketplace_api_url
        self._zone = ZoneInfo(settings.rules.marketplace_zone)
        self._secrets = secrets
        self._transport = transport
        self._clock = clock
        self._monotonic = monotonic

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        """GET of the order's detail. Keeps what ``MarketplaceView`` holds, nothing else."""
        return self._answer(_read_request(mall_order_id))

    def wording(self, change: MarketplaceChange) -> wire.Body:
        """The body of the PUT for `change`: no key, no personal data."""
        return wire.wording(change, self._zone)

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        """PUT of a status with its fields, of tracking alone, or of ``confirmed`` alone."""
        body = json.dumps(self.wording(change)).encode()
        path = wire.resource(mall_order_id, change)
        return self._answer(_Request(Call.WRITE, path, mall_order_id, body=body))

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        """GET of the feed of MALL's own changes: one call per page, see ``lists``."""
        return self._list(wire.UNCONFIRMED, status="", test=test)

    def first_unconfirmed(self, *, test: bool) -> ListAnswer:
        """GET of the first page of that feed: exactly one call, which shows whether MALL takes the key."""
        page = self._page(wire.UNCONFIRMED, 1, status="", test=test)
        return ListAnswer(page.answer, page.orders)

    def under_way(self, *, test: bool) -> ListAnswer:
        """GET of the orders that are open, shipping or shipped: one call per page."""
        return self._list(wire.ALL_ORDERS, status=wire.UNDER_WAY, test=test)

    def order_detail(self, mall_order_id: int) -> OrderDetailAnswer:
        """GET of the order's whole detail: personal data, for the shop only."""
        # Only the function that writes into the shop needs this import.
        from orderbridge.adapters.mall.order_detail import order_detail_from  # noqa: PLC0415

        exchanged = self._exchange(_read_request(mall_order_id))
        if isinstance(exchanged, MarketplaceAnswer):
            return OrderDetailAnswer(exchanged)
        return order_detail_from(*exchanged, mall_order_id)

    def _list(self, path: str, *, status: str, test: bool) -> ListAnswer:
        # Only the function that reads lists needs this import.
        from orderbridge.adapters.mall.lists import whole_list  # noqa: PLC0415

        def page_of(number: int) -> ListPage:
            return self._page(path, number, status=status, test=test)

        started = self._monotonic()
        return whole_list(page_of, lambda: self._monotonic() - started < MAX_LIST_TIME, wire.PAGE_SIZE)

    def _page(self, path: str, number: int, *, status: str, test: bool) -> ListPage:
        from orderbridge.adapters.mall.lists import ListPage, page_from  # noqa: PLC0415 - as in `_list`

        query = wire.page_query(number, status=status, test=test)
        exchanged = self._exchange(_Request(Call.READ, path, query=query, largest=MAX_PAGE))
        return ListPage(exchanged) if isinstance(exchanged, MarketplaceAnswer) else page_from(*exchanged)

    def _answer(self, request: _Request) -> MarketplaceAnswer:
        exchanged = self._exchange(request)
        return exchanged if isinstance(exchanged, MarketplaceAnswer) else from_received(*exchanged)

    def _exchange(self, request: _Request) -> tuple[Received, CallContext] | MarketplaceAnswer:
        """The HTTP answer with its call; or the marketplace answer if there was no HTTP answer."""
        url = f"{self._base}{request.path}?client_id={quote(self._secrets.client_id, safe='')}"
        if request.query:
            url += f"&{request.query}"
        method = "GET" if request.call is Call.READ else "PUT"
        started = self._monotonic()
        try:
            received = self._transport.exchange(method, url, request.body, request.largest)
        except TransportError as error:
            return replace(from_error(error), duration_ms=milliseconds(started, self._monotonic()))
        number = request.mall_order_id
        clean = partial(
            redact_line,
            secrets=(self._secrets.client_id, self._secrets.export_url, self._secrets.import_url),
            keep=() if number is None else (str(number),),
        )
        now, duration = self._clock.now(), milliseconds(started, self._monotonic())
        return received, CallContext(request.call, number, self._zone, now, clean, duration)


def _read_request(mall_order_id: int) -> _Request:
    return _Request(Call.READ, wire.resource(mall_order_id, None), mall_order_id)
