"""Once a request was sent, nothing that goes wrong passes for "never sent", and nothing is sent twice."""

from __future__ import annotations

import json
import logging
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from orderbridge.adapters.mall.transport import Transport, TransportError
from orderbridge.domain.failure_policy import Call, CallResult, Reaction, policy
from tests.contract.mall.calls import (
    DONE,
    ECHO,
    HEAD,
    HUGE,
    KEY,
    call,
    no_key_in,
)
from tests.contract.mall.raw_server import (
    Conversation,
    Dripping,
    RawServer,
    answer,
    close,
    reset,
    send,
    silence,
)
from tests.waiting import FAR, MALL_IN_TIME, MALL_SILENT, LastMoment

if TYPE_CHECKING:
    from orderbridge.ports import Marketplace

CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

AFTER_SENDING: dict[str, tuple[Conversation, CallResult]] = {
    "closed without an answer": (close, CallResult.CONNECTION_LOST),
    "reset without an answer": (reset, CallResult.CONNECTION_LOST),
    "closed in the status line": (send(b"HTTP/1.1 2"), CallResult.BROKEN_BODY),
    "closed in the headers": (send(HEAD + b"Content-Type: app"), CallResult.CONNECTION_LOST),
    "closed after the headers": (send(HEAD + b"\r\n"), CallResult.CONNECTION_LOST),
    "closed in the length": (send(HEAD + b"Content-Length: "), CallResult.CONNECTION_LOST),
    "closed in the body": (
        send(HEAD + b"Content-Length: 500\r\n\r\n" + DONE.encode()),
        CallResult.CONNECTION_LOST,
    ),
    "closed in a chunk": (send(CHUNKED + b"ff\r\n{"), CallResult.CONNECTION_LOST),
    "closed before the last chunk": (send(CHUNKED + b"2\r\n{}\r\n"), CallResult.CONNECTION_LOST),
    "broken chunk": (send(CHUNKED + b"zz\r\n{}"), CallResult.CONNECTION_LOST),
    "not HTTP": (send(b"220 smtp.example ESMTP\r\n"), CallResult.BROKEN_BODY),
    "endless header": (send(HEAD + b"X-A: " + b"a" * 70_000 + b"\r\n\r\n"), CallResult.BROKEN_BODY),
    "two lengths": (
        send(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}\n"),
        CallResult.BROKEN_BODY,
    ),
    "endless headers": (send(HEAD + b"X-A: a\r\n" * 200 + b"\r\n"), CallResult.BROKEN_BODY),
    "too large": (answer(HUGE), CallResult.BROKEN_BODY),
    "too large, in one chunk": (
        send(CHUNKED + f"{len(HUGE):x}\r\n".encode() + HUGE + b"\r\n0\r\n\r\n"),
        CallResult.BROKEN_BODY,
    ),
    "half a document": (answer('{"result": {"code": 200'), CallResult.BROKEN_BODY),
    "a login page": (answer("<html>client_id=" + KEY), CallResult.BROKEN_BODY),
    "a redirect": (
        answer("", "302 Found", f"Location: http://127.0.0.1:1/?client_id={KEY}"),
        CallResult.UNEXPECTED,
    ),
    "not modified": (send(b"HTTP/1.1 304 Not Modified\r\n\r\n"), CallResult.UNEXPECTED),
    "early hints only": (send(b"HTTP/1.1 103 Early Hints\r\n\r\n"), CallResult.UNEXPECTED),
    "an error whose body is cut": (
        send(b"HTTP/1.1 403 No\r\nContent-Length: 99\r\n\r\n{"),
        CallResult.FORBIDDEN,
    ),
    "an error that echoes the key": (
        answer(json.dumps({"result": {"code": 400, "message": f"{KEY} {quote(KEY)}"}}), "400 Bad", ECHO),
        CallResult.BAD_REQUEST,
    ),
    "an unknown status that is the key": (
        answer(json.dumps({"result": {"code": 500, "status": KEY}, "data": {"status": KEY}}), "500 No"),
        CallResult.SERVER_ERROR,
    ),
}


SILENCES = {
    "at once": b"",
    "in the headers": HEAD,
    "in the body": HEAD + b"Content-Length: 9\r\n\r\n{",
}
DRIPS = {
    "headers": (HEAD, b"X-A: b\r\n"),
    "body": (HEAD + b"Content-Length: 9000\r\n\r\n", b" "),
    "body without an end": (HEAD + b"\r\n" + DONE.encode(), b" "),
}


def test_what_is_raised_shows_no_key_in_its_traceback(server: RawServer) -> None:
    transport = Transport(headers={}, timeouts=MALL_IN_TIME, monotonic=time.monotonic, local=True)
    for url in (server.url, "http://127.0.0.1:1", "http://127.0.0.1:99999"):
        with pytest.raises(TransportError) as caught:
            transport.exchange("GET", f"{url}/orders?client_id={quote(KEY)}", None)
        assert quote(KEY) not in "".join(traceback.format_exception(caught.value))


@dataclass
class Meeting:
    """A call and what it meets."""

    which: Call
    mall: Marketplace
    server: RawServer
    caplog: pytest.LogCaptureFixture

    def ends(self, conversation: Conversation, call_result: CallResult) -> None:
        """The call ends so, was sent once, and gives nothing away."""
        self.caplog.set_level(logging.DEBUG)
        self.server.script.extend([conversation] * 3)
        result = call(self.mall, self.which)
        assert result.call_result is call_result
        self.server.wait_until_done()
        assert len(self.server.requests) == 1, "sent exactly once"
        if self.which is Call.WRITE:
            assert policy(self.which, result.call_result).reaction is not Reaction.RETRY
        no_key_in(result, self.mall, self.caplog)


@pytest.fixture
def meeting(which: Call, mall: Marketplace, server: RawServer, caplog: pytest.LogCaptureFixture) -> Meeting:
    return Meeting(which, mall, server, caplog)


@pytest.mark.parametrize("case", AFTER_SENDING)
def test_after_sending_no_failure_looks_like_never_sent(case: str, meeting: Meeting) -> None:
    meeting.ends(*AFTER_SENDING[case])


@pytest.mark.parametrize("timeouts", [MALL_SILENT])
@pytest.mark.parametrize("case", SILENCES)
def test_after_sending_silence_does_not_look_like_never_sent(case: str, meeting: Meeting) -> None:
    meeting.ends(silence(SILENCES[case]), CallResult.TIMEOUT)


class TestDrips:
    @pytest.fixture
    def seconds(self) -> LastMoment:
        return LastMoment()

    @pytest.mark.parametrize("case", DRIPS)
    def test_after_sending_they_do_not_look_like_never_sent(
        self, case: str, meeting: Meeting, seconds: LastMoment
    ) -> None:
        dripping = Dripping(*DRIPS[case], seconds.begin)
        meeting.ends(dripping, CallResult.TIMEOUT)
        assert dripping.hung_up.wait(FAR)
