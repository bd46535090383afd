"""HTTP for both stand-ins: JSON, one-line errors, a server without logs, answers that never come."""

from __future__ import annotations

import io
import json
import logging
import socket
import struct
import threading
import traceback
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from flask import Flask, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Model = TypeVar("Model", bound=BaseModel)
How = Literal["close", "reset"]
Json = dict[str, Any]
FIRST_ERROR = 400
"""HTTP statuses from here on are refusals."""

_log = logging.getLogger("sandbox")


class ControlError(Exception):
    """A request to a control address that cannot be carried out; the one-line text says what to do."""

    def __init__(self, message: str, http_status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = http_status


class LostAnswer(ConnectionAbortedError):  # noqa: N818 - an order to the server, not a defect
    """Raised instead of answering (or in the middle of it): the connection ends here.

    `close` ends it in an orderly way, so the client sees an end of file; `reset` aborts it, so the client
    sees a reset.
    """

    def __init__(self, how: How = "close") -> None:
        super().__init__("answer withheld")
        self.how = how


class NoAnswer(Response):
    """A response that sends not one byte and ends the connection."""

    def __init__(self, how: How = "close") -> None:
        super().__init__()
        self._how: How = how

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:  # noqa: ANN401, ARG002 - WSGI's
        """Raises LostAnswer: nothing is sent."""
        raise LostAnswer(self._how)


class QuietHandler(WSGIRequestHandler):
    """Writes no access log, because addresses contain keys, and carries `LostAnswer` out on the socket."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ANN401 - inherited
        """Writes nothing: see the class."""

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:  # noqa: ANN401, ARG002
        """Ends the connection in the way that the error asks for."""
        # Without this the handler would wait for a second request on the connection that it must end.
        self.close_connection = True
        if not isinstance(error, LostAnswer):
            return
        if error.how == "reset":
            # Lingering for zero seconds turns the close into a reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The socket is only let go when the files made of it are closed too.
        self.wfile.close()
        self.rfile.close()
        self.connection.close()
        # The server flushes once more, and would report that it could not.
        self.wfile = io.BytesIO()


class Server:
    """One threaded HTTP server on its own port, running until `stop`."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        self._server: BaseWSGIServer = make_server(
            host, port, app, threaded=True, request_handler=QuietHandler
        )
        # A client cannot connect to "all addresses"; loopback always works.
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
        self.url = f"http://{shown}:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Begins to answer; connections made before are waiting in the backlog."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the server and waits until its port is free; answers under way are not waited for."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def new_app(name: str, render_error: Callable[[int, str], Response]) -> Flask:
    """A Flask application whose errors are rendered by `render_error(http_status, one-line text)`."""
    app = Flask(name, static_folder=None)

    @app.errorhandler(ControlError)
    def _refused(error: ControlError) -> Response:
        return json_response({"error": error.message}, error.http_status)

    @app.errorhandler(HTTPException)
    def _no_such_address(error: HTTPException) -> Response:
        return render_error(error.code or 500, error.name)

    @app.errorhandler(Exception)
    def _defect(error: Exception) -> Response:
        # Flask's own report would name the address, and with it the key.
        _log.error("sandbox: defect\n%s", "".join(traceback.format_exception(error)))
        return render_error(500, f"sandbox: defect ({type(error).__name__}), see its error output")

    return app


def json_response(data: object, http_status: int = 200) -> Response:
    """`data` as UTF-8 JSON, keys in the order given."""
    body = json.dumps(data, ensure_ascii=False)
    return Response(body, status=http_status, content_type="application/json; charset=utf-8")


def json_object() -> Json:
    """The request's body, which must be a JSON object; an empty body is an empty object.

    Raises ControlError (400) otherwise.
    """
    raw = request.get_data()
    if not raw.strip():
        return {}
    try:
        data = json.loads(raw)
    except ValueError:
        raise ControlError("body: not JSON; send a JSON object") from None
    if not isinstance(data, dict):
        raise ControlError("body: not a JSON object; send {…}")
    return data


def checked(model: type[Model], data: Mapping[str, Any], where: str) -> Model:
    """`data` as `model`; ControlError (400) names the first wrong key and what is allowed."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "body"
        if first["type"] == "extra_forbidden":
            raise ControlError(
                f"{where}: unknown key {key}; allowed: {', '.join(model.model_fields)}"
            ) from None
        raise ControlError(f"{where}: {key}: {first['msg']}") from None
