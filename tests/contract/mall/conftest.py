"""A server that misbehaves as told, and the adapter in front of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.mall import MallMarketplaces, Timeouts
from orderbridge.adapters.system import SystemClock
from orderbridge.domain.failure_policy import Call
from tests.contract.mall.calls import (
    Seconds,
    at,
)
from tests.contract.mall.raw_server import (
    RawServer,
    raw_server,
)
from tests.waiting import MALL_IN_TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.ports import Marketplace


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def timeouts() -> Timeouts:
    """A test that wants one to be reached has its own."""
    return MALL_IN_TIME


@pytest.fixture
def marketplaces(seconds: Callable[[], float], timeouts: Timeouts) -> Iterator[MallMarketplaces]:
    adapter = MallMarketplaces(SystemClock(), monotonic=seconds, timeouts=timeouts, version="1.2", local=True)
    yield adapter
    adapter.close()


@pytest.fixture
def mall(marketplaces: MallMarketplaces, server: RawServer) -> Marketplace:
    return at(marketplaces, server.url)


@pytest.fixture(params=Call)
def which(request: pytest.FixtureRequest) -> Call:
    assert isinstance(request.param, Call)
    return request.param
