"""A server that misbehaves as told, and the adapter in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.mall import MallMarketplaces
from orderbridge.adapters.system import SystemClock
from orderbridge.domain.failure_policy import Call
from tests.contract.mall.calls import (
    QUICK,
    Seconds,
    at,
)
from tests.contract.mall.raw_server import (
    RawServer,
    raw_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.ports import Marketplace


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def marketplaces(seconds: Seconds) -> Iterator[MallMarketplaces]:
    adapter = MallMarketplaces(SystemClock(), monotonic=seconds, timeouts=QUICK, version="1.2", local=True)
    yield adapter
    adapter.close()


@pytest.fixture
def mall(marketplaces: MallMarketplaces, server: RawServer) -> Marketplace:
    return at(marketplaces, server.url)


@pytest.fixture(params=Call)
def which(request: pytest.FixtureRequest) -> Call:
    assert isinstance(request.param, Call)
    return request.param
