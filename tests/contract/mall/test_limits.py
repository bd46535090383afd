"""What is taken from the headers about MALL's limits, which name the key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from orderbridge.domain.failure_policy import CallResult
from tests.contract.mall.calls import DONE, KEY, OPEN, call, no_key_in
from tests.contract.mall.raw_server import RawServer, answer
from tests.contract.mall_sandbox import running_mall

if TYPE_CHECKING:
    from orderbridge.domain.failure_policy import Call
    from orderbridge.ports import Marketplace

WINDOW = f'w=3600;name="partner:{quote(KEY, safe="")}|domain:other|unit:h"'


@pytest.mark.parametrize(
    ("limit", "known"),
    [
        (f"2875, 5750;{WINDOW}, 2875;{WINDOW}", 2875),
        (f" 2875 ;{WINDOW}", 2875),
        ("2875", 2875),
        (f"{WINDOW}, 2875", None),
        (f"{KEY}, 2875", None),
        ("2875x", None),
        ("", None),
    ],
)
def test_of_the_limit_the_number_is_taken_and_nothing_of_the_key(
    limit: str,
    known: int | None,
    which: Call,
    mall: Marketplace,
    server: RawServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = (f"X-RateLimit-Limit: {limit}", "X-RateLimit-Remaining: 12", "x-ratelimit-reset: 60")
    server.script += [answer(OPEN if which.value == "read" else DONE, "200 OK", *said)]
    result = call(mall, which)
    assert (result.budget.limit if result.budget else None) == known
    no_key_in(result, mall, caplog)


@pytest.mark.parametrize(
    ("reset", "known"), [("60", True), ("3600", True), ("60000", False), ("1795248000", False)]
)
def test_a_window_ends_within_its_own_length(
    reset: str, which: Call, mall: Marketplace, server: RawServer, *, known: bool
) -> None:
    day = WINDOW.replace("3600", "86400")
    said = (
        f"X-RateLimit-Limit: 2875, 5750;{day}, 2875;{WINDOW}",
        "X-RateLimit-Remaining: 12",
        f"X-RateLimit-Reset: {reset}",
    )
    server.script += [answer(OPEN if which.value == "read" else DONE, "200 OK", *said)]
    assert (call(mall, which).budget is not None) == known


@pytest.mark.parametrize("header", ["Retry-After", "X-RateLimit-Reset"])
@pytest.mark.parametrize(
    "value", ["1795248000", "1795248000123", "Thu, 20 Nov 2036 12:00:00 GMT", "nan", "-7"]
)
def test_a_senseless_wait_is_none(
    header: str, value: str, which: Call, mall: Marketplace, server: RawServer
) -> None:
    server.script += [answer(b"", "429 Too Many Requests", f"{header}: {value}")]
    result = call(mall, which)
    assert (result.call_result, result.retry_after) == (CallResult.LIMITED, None)


def test_the_sandboxs_limits_are_understood() -> None:
    with running_mall() as mall:
        number, before = mall.order(), mall.at().unconfirmed(test=True).answer.budget
        assert before is not None
        mall.control("PUT", "limits", {"hour": {"limit": 100, "remaining": 2, "reset_seconds": 60}})
        heard = mall.at().read(number).budget
        assert heard is not None
        assert (heard.limit, heard.remaining, heard.resets_at < before.resets_at) == (100, 1, True)
        assert mall.at().order_detail(number).answer.budget is not None
        for headers in ("absent", "malformed"):
            mall.control("PUT", "limits", {})
            mall.behaviour(rate_limit_headers=headers)
            assert mall.at().read(number).budget is None
