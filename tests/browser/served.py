"""The clerk's page over an invented product in memory, for a real browser: no stack is deployed, no time passes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from tests.unit.functions.function_harness import context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.functions.function_harness import FunctionHarness

API = "a1b2c3d4e5"
PREFIX = f"/_aws/execute-api/{API}"


@dataclass
class Served:
    """`root`: the address of the whole page. `asked`: the method and path of every request, and its headers."""

    root: str
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def headers_of(self, method: str, end: str) -> dict[str, str]:
        """The headers of the last request with this method whose path ends so. Names in lower case."""
        return [headers for asked, path, headers in self.asked if asked == method and path.endswith(end)][-1]


@contextmanager
def served(made: FunctionHarness) -> Iterator[Served]:
    """Serves the function `made` as a local stack does."""
    made.product.local = True

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

        def _answer(self) -> None:
            split = urlsplit(self.path)
            path = split.path.removeprefix(PREFIX)
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.asked.append((self.command, path, headers))
            body = self.rfile.read(int(headers.get("content-length", "0"))).decode()
            event = {
                "httpMethod": self.command,
                "path": path.removeprefix("/v1"),
                "headers": headers,
                "queryStringParameters": dict(parse_qsl(split.query)) or None,
                "requestContext": {
                    "path": path,
                    "apiId": API,
                    "identity": {"sourceIp": "192.0.2.7"},
                },
                "body": body or None,
                "isBase64Encoded": False,
            }
            answer = made.app.handler(event, context())
            self.send_response(answer["statusCode"])
            for name, values in answer["multiValueHeaders"].items():
                for value in values:
                    self.send_header(name, value)
            content = answer["body"].encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Served(f"http://127.0.0.1:{server.server_port}{PREFIX}/v1/console")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
