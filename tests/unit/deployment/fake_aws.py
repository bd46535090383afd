"""As much of AWS as a deployment asks, over HTTP: who am I, the account's limits, the stack's state."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:user/maker"


@dataclass
class FakeAws:
    """What it answers. `states`: of the stack, question by question, the last for good; empty: there is none."""

    states: list[str] = field(default_factory=lambda: [""])
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=lambda: {"ApiUrl": "https://api.example.com"})
    failure: str = ""
    executions: int = 1000
    credentials: str = ""
    """Code of the error with which credentials are refused."""
    asked: list[str] = field(default_factory=list)

    def answer(self, action: str) -> tuple[int, str]:
        """Status and body of a query-protocol action."""
        self.asked.append(action)
        if action == "GetCallerIdentity":
            if self.credentials:
                return 403, _error(self.credentials, "no")
            return 200, _result(action, f"<Arn>{ARN}</Arn><UserId>x</UserId><Account>{ACCOUNT}</Account>")
        if action == "DescribeStackEvents":
            event = _event("OrdersTable", "CREATE_FAILED", self.failure) + _event(
                "orderbridge", "X", "User Initiated"
            )
            return 200, _result(action, f"<StackEvents>{event if self.failure else ''}</StackEvents>")
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if not state:
            return 400, _error("ValidationError", "Stack with id x does not exist")
        body = (
            f"<StackName>x</StackName><CreationTime>2026-11-01T00:00:00Z</CreationTime><StackStatus>{state}</StackStatus>"
            f"{_pairs('Parameters', 'Parameter', self.parameters)}{_pairs('Outputs', 'Output', self.outputs)}"
        )
        return 200, _result(action, f"<Stacks><member>{body}</member></Stacks>")


def _pairs(name: str, prefix: str, values: Mapping[str, str]) -> str:
    members = "".join(
        f"<member><{prefix}Key>{key}</{prefix}Key><{prefix}Value>{escape(value)}</{prefix}Value></member>"
        for key, value in values.items()
    )
    return f"<{name}>{members}</{name}>"


def _event(resource: str, status: str, reason: str) -> str:
    return (
        f"<member><StackId>x</StackId><EventId>{resource}</EventId><StackName>x</StackName>"
        f"<LogicalResourceId>{resource}</LogicalResourceId><ResourceStatus>{status}</ResourceStatus>"
        f"<Timestamp>2026-11-01T00:00:00Z</Timestamp><ResourceStatusReason>{escape(reason)}</ResourceStatusReason>"
        "</member>"
    )


def _result(action: str, body: str) -> str:
    return f"<{action}Response><{action}Result>{body}</{action}Result></{action}Response>"


def _error(code: str, message: str) -> str:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>"
    return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"


@contextmanager
def serving(fake: FakeAws) -> Iterator[str]:
    """Answers on a free port of 127.0.0.1. Yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(
                200, json.dumps({"AccountLimit": {"UnreservedConcurrentExecutions": fake.executions}}), "json"
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            target = self.headers.get("X-Amz-Target", "")
            if target.endswith("GetServiceSetting"):
                self._send(200, '{"ServiceSetting": {"SettingValue": "true"}}', "x-amz-json-1.1")
            elif target:
                quota = {"QuotaName": "Filter policies per topic", "Value": 200.0}
                self._send(200, json.dumps({"Quotas": [quota]}), "x-amz-json-1.1")
            else:
                self._send(*fake.answer(parse_qs(body)["Action"][0]), "xml")

        def _send(self, status: int, body: str, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", f"application/{kind}" if kind != "xml" else "text/xml")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
