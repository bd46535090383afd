"""The walkthrough's shop: an export that no shipped profile fits, served over HTTP, and its orders at MALL."""

from __future__ import annotations

import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from sandbox.times import PRAGUE

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = (
    "Doklad;Obj. MALL;Přijato;Stav objednávky;Dopravce;Číslo zásilky;Doručeno dne;Zákazník;Město;Celkem s DPH"
)
STATES = ("nevyřízená", "vyřizuje se", "vyřízená", "stornováno")


@dataclass
class Order:
    """One row of the export."""

    number: int
    state: str
    tracking: str = ""
    delivered: str = ""

    def row(self, place: int, created: datetime) -> str:
        """The row as the shop writes it."""
        cells = (
            f"V26-{place:05}",
            str(self.number),
            f"{created.day}.{created.month}.{created:%Y %H:%M}",
            self.state,
            "Zásilkovna" if place % 2 else "PPL",
            self.tracking,
            self.delivered,
            f"Jana Vymyšlená {place}",
            "Smyšlenov",
            f"{990 + place},00",
        )
        return ";".join(cells)


@dataclass
class Export:
    """The shop's export, made anew for each change: a table in windows-1250."""

    orders: list[Order] = field(default_factory=list)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def document(self) -> bytes:
        """The whole export."""
        day = datetime.now(PRAGUE).replace(minute=0, second=0) - timedelta(days=2)
        rows = (
            order.row(place, day + timedelta(minutes=7 * place))
            for place, order in enumerate(self.orders, start=1)
        )
        return "\r\n".join([HEAD, *rows, ""]).encode("cp1250")


@contextmanager
def served(export: Export) -> Iterator[str]:
    """The address of the export on 127.0.0.1, until the context ends. It answers conditional requests."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = export.document()
            tag = f'"{hash(body):x}"'
            if self.path != f"/export/{export.token}/orders.csv":
                self.send_error(404)
            elif self.headers.get("If-None-Match") == tag:
                self.send_response(304)
                self.end_headers()
            else:
                self.send_response(200)
                self.send_header("Content-Type", "text/csv; charset=windows-1250")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", tag)
                self.send_header("Last-Modified", formatdate(usegmt=True))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Logs nothing: the address is a secret."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/export/{export.token}/orders.csv"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
