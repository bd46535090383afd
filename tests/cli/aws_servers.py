"""AWS on 127.0.0.1 for processes of the command line: moto's server, and CloudFormation as a test wants it."""

from __future__ import annotations

import sys
import threading
import types
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ERROR = "<ErrorResponse><Error><Code>{code}</Code><Message>hush {code}</Message></Error></ErrorResponse>"


@dataclass
class CloudFormation:
    """Answers every request with one answer."""

    status: int = 200
    body: str = ""
    hangs: bool = False
    """Whether it does not answer before ``go``."""
    asked: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def describe(self, outputs: Mapping[str, str], *, tls: bool) -> None:
        """From now on there is a stack."""
        shown = "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for key, value in outputs.items()
        )
        parameter = (
            f"<ParameterKey>RequireTls</ParameterKey><ParameterValue>{str(tls).lower()}</ParameterValue>"
        )
        self.status = 200
        self.body = (
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>shops</StackName>"
            "<CreationTime>2026-11-26T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>"
            f"<Parameters><member>{parameter}</member></Parameters><Outputs>{shown}</Outputs>"
            "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )

    def refuse(self, status: int, code: str) -> None:
        """From now on it answers with an error."""
        self.status, self.body = status, ERROR.format(code=code)


@contextmanager
def cloudformation() -> Iterator[CloudFormation]:
    """A server of CloudFormation."""
    served = CloudFormation()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            served.asked.set()
            if served.hangs:
                served.go.wait(60)
                return
            answer = served.body.encode()
            self.send_response(served.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Is quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield served
        finally:
            served.go.set()
            server.shutdown()
            thread.join()


@contextmanager
def moto_server() -> Iterator[str]:
    """The address of a server with moto's services."""
    # moto's server lets browsers of other sites in by a package of its own extra. No browser comes here.
    stand_in = types.ModuleType("flask_cors")
    stand_in.CORS = lambda _app: None  # type: ignore[attr-defined] # a module has what is put into it
    sys.modules.setdefault("flask_cors", stand_in)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: PLC0415 - after its stand-in

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
