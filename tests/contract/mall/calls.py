"""A call to MALL, and what no call may leave behind."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from orderbridge.adapters.mall.transport import MAX_BODY
from orderbridge.domain.failure_policy import Call
from orderbridge.domain.shops import ShopSecrets
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import MarketplaceChange
from orderbridge.settings import ShopSettings
from tests.contract.mall.raw_server import silence
from tests.waiting import TOTAL

if TYPE_CHECKING:
    import socket

    import pytest

    from orderbridge.adapters.mall import MallMarketplaces
    from orderbridge.domain.answers import MarketplaceAnswer
    from orderbridge.ports import Marketplace
    from tests.contract.mall.raw_server import Conversation

KEY = "k3y/9+f&8e=7d 6c"
SECRETS = ShopSecrets(export_url="https://shop.example/export/5d41402abc4b2a76", client_id=KEY)
ORDER = 1234567
DELIVERED = MarketplaceChange(
    MarketplaceStatus.DELIVERED, confirm=True, delivered_at=datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
)
OPEN = json.dumps({"result": {"code": 200, "status": "OK"}, "data": {"id": ORDER, "status": "open"}})
DONE = json.dumps({"result": {"code": 200, "status": "OK"}})
ECHO = f"X-Client-Id: {KEY}"


HEAD = b"HTTP/1.1 200 OK\r\n"
HUGE = b"x" * (MAX_BODY + 1)


class Seconds:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def late(seconds: Seconds, start: bytes = HEAD) -> Conversation:
    """Begins to answer when the call's time is over."""

    def conversation(sock: socket.socket) -> None:
        seconds.now += TOTAL
        silence(start)(sock)

    return conversation


def at(marketplaces: MallMarketplaces, url: str) -> Marketplace:
    return marketplaces.of(ShopSettings(shop="demo"), replace(SECRETS, marketplace_api_url=url))


def call(mall: Marketplace, which: Call) -> MarketplaceAnswer:
    return mall.read(ORDER) if which is Call.READ else mall.write(ORDER, DELIVERED)


def no_key_in(result: MarketplaceAnswer, mall: Marketplace, caplog: pytest.LogCaptureFixture) -> None:
    shown = f"{result!r} {mall!r} {caplog.text} {[record.__dict__ for record in caplog.records]}"
    for writing in (KEY, quote(KEY), quote(KEY, safe=""), "k3y", "5d41402abc4b2a76"):
        assert writing not in shown
