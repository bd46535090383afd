"""The two addresses that FastCentrik gives a shop: the export and the import.

Their secret tokens are the only key.

`GET /export/<token>/orders.xml` is the default profile; `?profile=czech|csv`, or `orders.czech.xml` and
`orders.csv`, give the others. `?changed_since=YYYY-MM-DD HH:MM:SS` (Prague time) leaves older orders out.
ETag and Last-Modified are offered and their conditions honoured; see `publishing` for an export that is a file.
`POST /import/<token>` takes a document of any of the profiles, which it recognises (or `?profile=` says): new
orders, or changes of state. 201 with the codes, 400, 409 for an order that the shop already has; the answer is the same
XML for all.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from werkzeug.http import http_date

from sandbox.fastcentrik import faults
from sandbox.fastcentrik.documents import Rejected, format_of
from sandbox.fastcentrik.faults import LOGIN_PAGE, ShopFault
from sandbox.fastcentrik.intake import take_in
from sandbox.fastcentrik.orders import FIRST_STATUS, ShopOrder, exported
from sandbox.fastcentrik.render import PROFILES, Profile
from sandbox.http import NoAnswer
from sandbox.times import PRAGUE, read_wire_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sandbox.fastcentrik.publishing import Content
    from sandbox.fastcentrik.state import ShopState
    from sandbox.faults import Struck

_FILES = {profile.file: name for name, profile in PROFILES.items()}
_HTML = "text/html; charset=utf-8"


def new_wire(state: ShopState) -> Blueprint:
    """The routes over this state."""
    wire = Blueprint("wire", __name__)

    @wire.get("/export/<token>/<filename>")
    def _export(token: str, filename: str) -> Response:
        if not _same(token, state.export_token) or filename not in _FILES:
            return _page(404, "Stránka nenalezena")
        name = request.args.get("profile", _FILES[filename])
        if name not in PROFILES:
            return _page(400, f"profile: allowed are {', '.join(PROFILES)}")
        return _Export(state, PROFILES[name]).answer()

    @wire.post("/import/<token>")
    def _import(token: str) -> Response:
        if not _same(token, state.import_token):
            return _page(404, "Stránka nenalezena")
        document = request.get_data()
        name = request.args.get("profile") or format_of(document)
        if name not in PROFILES:
            return _page(400, f"profile: allowed are {', '.join(PROFILES)}")
        return _take_in(state, document, name)

    @wire.get("/leak")
    def _leak() -> Response:
        with state.shop.lock:
            state.counts["leaks"] += 1
        return Response("leaked", content_type="text/plain")

    return wire


@dataclass(frozen=True, slots=True)
class _Validators:
    """Validators for a client's next request; None is not offered, and ignored when it comes."""

    tag: str | None
    modified: datetime | None

    def is_current(self) -> bool:
        """Whether the client's copy is the present one; an entity tag, where there is one, decides alone."""
        if self.tag is not None and "If-None-Match" in request.headers:
            return request.if_none_match.contains_weak(self.tag)
        since = request.if_modified_since
        return self.modified is not None and since is not None and self.modified <= since

    def has_a_copy(self) -> bool:
        """Whether the client asks with any validator."""
        return bool({"If-None-Match", "If-Modified-Since"} & {name for name, _ in request.headers})

    def add_to(self, response: Response) -> None:
        """Adds them to the answer."""
        if self.tag is not None:
            response.headers["ETag"] = f'"{self.tag}"'
        if self.modified is not None:
            response.headers["Last-Modified"] = http_date(self.modified)


class _Export:
    """One fetch of the export."""

    def __init__(self, state: ShopState, profile: Profile) -> None:
        self.state = state
        self.profile = profile

    def answer(self) -> Response:
        """The document, 304, or what a fault makes of them."""
        state = self.state
        with state.shop.lock:
            state.counts["exports"] += 1
            struck = state.strike("export", self.profile.name)
        _wait(struck)
        since = request.args.get("changed_since")
        changed_since = None if since is None else read_wire_time(since, PRAGUE)
        if since is not None and changed_since is None:
            return self._refused(_page(400, "changed_since: write YYYY-MM-DD HH:MM:SS"))
        with state.shop.lock:
            content = state.publishing.content()
            offered = self._offered(content, since, struck)
            # Rendered when it is sent, from orders that never change in place: no lock is needed then.
            orders = self._orders(content, changed_since, struck)
            if struck.main is not None:
                response = self._harmed(struck.main, list(orders))
                state.counts["refused"] += 1
            elif offered.is_current() or (struck.has("not_modified") and offered.has_a_copy()):
                response = Response(status=304)
                state.counts["not_modified"] += 1
            else:
                stream = state.publishing.stamped(self.profile, content).render(orders)
                state.served[self.profile.name] = content.version
                response = Response(
                    faults.wraps(struck.additive, stream), content_type=self.profile.content_type
                )
        whole = struck.main is None or struck.main.kind in (
            "truncated",
            "wrong_encoding",
            "entity_bomb",
            "external_entity",
        )
        if whole:
            offered.add_to(response)
        return response

    def _offered(self, content: Content, since: str | None, struck: Struck[ShopFault]) -> _Validators:
        if struck.has("no_validators"):
            return _Validators(None, None)
        settings = self.state.publishing.settings
        part = f"-{since.replace(' ', 'T')}" if since else ""
        tag = f"{content.tag}-{self.profile.name}{part}{faults.variant(struck.additive)}"
        return _Validators(
            tag if settings.etag else None, content.modified if settings.last_modified else None
        )

    def _orders(
        self, content: Content, changed_since: datetime | None, struck: Struck[ShopFault]
    ) -> Iterator[ShopOrder]:
        after = self.state.served.get(self.profile.name, 0) if struck.has("delta") else 0
        shown = exported(content.orders, changed_since=changed_since, after_version=after)
        return faults.lists([*struck.of("lacks"), *struck.of("doubled")], shown)

    def _refused(self, response: Response) -> Response:
        with self.state.shop.lock:
            self.state.counts["refused"] += 1
        return response

    def _harmed(self, rule: ShopFault, orders: list[ShopOrder]) -> Response:
        simple = _simple_fault(rule)
        if simple is not None:
            return simple
        profile = self.profile
        # Faults of the content need an order even where the shop has none.
        first = orders[0] if orders else ShopOrder("0", 0, 0, self.state.shop.clock(), FIRST_STATUS, "")
        if rule.kind == "truncated":
            size = sum(map(len, profile.render(orders))) // 2 if rule.bytes is None else rule.bytes
            response = Response(faults.cut(profile.render(orders), size), content_type=profile.content_type)
            if not rule.clean:
                response.headers["Content-Length"] = str(size + 4096)
            return response
        if rule.kind == "wrong_encoding":
            stream = profile.render(orders, faults.wrong_encoding(profile, rule))
        elif rule.kind == "huge":
            stream = faults.endless(profile, first, rule)
        elif rule.kind == "entity_bomb":
            stream = iter([faults.entity_bomb(profile, first)])
        elif rule.kind == "external_entity":
            url = rule.url or f"{request.host_url}leak"
            stream = iter([faults.external_entity(profile, first, url)])
        else:
            stream = faults.cut_and_lose(profile.render(orders), rule)
        return Response(stream, content_type=profile.content_type)


def _take_in(state: ShopState, document: bytes, profile: str) -> Response:
    with state.shop.lock:
        state.counts["imports"] += 1
        struck = state.strike("import", profile)
    _wait(struck)
    rule = struck.main
    codes: list[str] = []
    if rule is None or rule.takes_effect:
        with state.shop.lock:
            try:
                codes = [order.code for order in take_in(state.shop, document, profile)]
            except Rejected as rejected:
                return _error(rejected.http_status, rejected.message)
    answer = _result(201, "".join(f"<ORDER><CODE>{_escape(code)}</CODE></ORDER>" for code in codes))
    return answer if rule is None else _harmed_answer(rule, answer, document)


def _harmed_answer(rule: ShopFault, answer: Response, document: bytes) -> Response:
    """What a fault makes of the import's answer."""
    simple = _simple_fault(rule)
    if simple is not None:
        return simple
    if rule.kind == "refused":
        quoted = document.decode("utf-8", "replace") if rule.echo else ""
        return _error(rule.http_status or 200, f"objednávku nelze zapsat {quoted}".strip())
    body = answer.get_data()
    if rule.kind == "huge":
        size = rule.bytes if rule.bytes is not None else 1 << 40
        return Response(faults.cut(repeat(b" " * 65_536), size), status=201, content_type=answer.content_type)
    if rule.kind == "truncated":
        cut = body[: len(body) // 2 if rule.bytes is None else rule.bytes]
        harmed = Response(cut, status=201, content_type=answer.content_type)
        if not rule.clean:
            harmed.headers["Content-Length"] = str(len(body) + 4096)
        return harmed
    return Response(faults.cut_and_lose(iter([body]), rule), status=201, content_type=answer.content_type)


def _simple_fault(rule: ShopFault) -> Response | None:
    """The answer of a fault that does not depend on the document; None for all others."""
    if rule.kind == "status":
        response = _page(rule.http_status or 500, "Služba je dočasně nedostupná")
        if rule.retry_after is not None:
            response.headers["Retry-After"] = str(rule.retry_after)
        return response
    if rule.kind == "html_login":
        return Response(LOGIN_PAGE, content_type=_HTML)
    if rule.kind == "empty_body":
        return Response("", status=rule.http_status or 200, content_type="application/xml; charset=utf-8")
    if rule.kind in ("lost", "lost_after") and not rule.bytes:
        return NoAnswer(rule.how)
    return None


def _wait(struck: Struck[ShopFault]) -> None:
    rules = [*struck.additive, *([struck.main] if struck.main else [])]
    time.sleep(sum(rule.latency_ms for rule in rules) / 1000)


def _same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _page(http_status: int, title: str) -> Response:
    head = f'<head><meta charset="utf-8"><title>{_escape(title)}</title></head>'
    html = f'<!DOCTYPE html>\n<html lang="cs">{head}</html>\n'
    return Response(html, status=http_status, content_type=_HTML)


def _error(http_status: int, message: str) -> Response:
    return _result(http_status, f"<ERROR>{_escape(message)}</ERROR>")


def _result(http_status: int, inner: str) -> Response:
    document = f'<?xml version="1.0" encoding="utf-8"?>\n<IMPORT>{inner}</IMPORT>\n'
    return Response(document, status=http_status, content_type="application/xml; charset=utf-8")
