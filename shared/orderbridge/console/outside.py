"""What is answered to somebody who is not signed in: the sign-in, the choice of language, refusals."""

from __future__ import annotations

import math
import re
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from markupsafe import Markup

from orderbridge.console.assets import content_of, digest_of
from orderbridge.console.rendering import Reading, render
from orderbridge.console.sessions import COOKIE, is_form_token, no_session_cookie, session_cookie
from orderbridge.console.sign_in import NotSignedIn, sign_in
from orderbridge.console.web import POLICY, Answer, cookie, see_other
from orderbridge.domain.persons import only_shop
from orderbridge.flows.api.answers import DEFAULT_ZONE
from orderbridge.texts import DEFAULT, Language, best_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.console.sessions import Session
    from orderbridge.console.web import WebRequest
    from orderbridge.ports.console import ConsolePorts

LANGUAGE_COOKIE = "orderbridge_language"
_A_YEAR = 365 * 24 * 3600
_PART = re.compile(r"[A-Za-z0-9._-]{1,80}")
MAX_PARTS = 8
"""Parts of a page's path, at most."""
MAX_NEXT = 500
SCRIPT = "sign-in.js"
"""The script of the sign-in page."""


def language_of(request: WebRequest) -> Language:
    """The language that was chosen, otherwise the browser's, otherwise Czech."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    known = next((one for one in Language if one.value == chosen), None)
    return known or best_language(request.headers.get("accept-language", "")) or DEFAULT


def sign_in_page(ports: ConsolePorts, request: WebRequest) -> Answer:
    """The page, and its form: a right token or code begins a session and leads to the page that was wanted."""
    if request.method != "POST":
        return _sign_in(ports, request, HTTPStatus.OK)
    found = sign_in(ports, request.form.get("token", ""), request.source)
    if isinstance(found, NotSignedIn):
        status = HTTPStatus.UNAUTHORIZED if found.wait is None else HTTPStatus.TOO_MANY_REQUESTS
        minutes = None if found.wait is None else math.ceil(found.wait.total_seconds() / 60)
        answer = _sign_in(ports, request, status, wrong=found.wait is None, wait=minutes)
        answer.noted = "a sign-in was turned away"
        return answer
    wanted = _next_of(request.form.get("next", "")) or _first_page(found.operator.shops)
    answer = see_other(f"{request.home}{wanted}")
    answer.cookies.append(session_cookie(found.session, ports.signing_keys, request, secure=not ports.local))
    answer.noted, answer.by = "signed in", found.operator.name
    return answer


def ask_to_sign_in(ports: ConsolePorts, request: WebRequest) -> Answer:
    """The sign-in in place of the page that was asked for.

    A link in a mail comes without the session's cookie, because another site led here (``SameSite=Strict``). So the
    page is asked for once more, by a page of our own.
    """
    had = COOKIE in request.cookies
    if request.method == "GET" and request.from_elsewhere and not had:
        return _page(ports, request, "passing.html", HTTPStatus.OK, address=_own_address(request))
    # A form came too late. The browser may have forgotten the cookie by itself, so it need not have come along.
    lost = request.method == "POST" and request.path != ("sign-out",)
    answer = _sign_in(ports, request, HTTPStatus.UNAUTHORIZED, over=had, lost=lost)
    # A page that refreshes itself leaves it to the one that the person sees next: it says that the session has ended.
    if had and not request.is_refresh:
        answer.cookies.append(no_session_cookie(request, secure=not ports.local))
    return answer


def choose_language(ports: ConsolePorts, request: WebRequest, session: Session | None) -> Answer:
    """Remembers the language, and back to the page."""
    chosen = request.form.get("language", "")
    token = request.form.get("form_token", "")
    if request.method != "POST" or chosen not in list(Language):
        return nothing_here(ports, request)
    if session is not None and not is_form_token(token, session, ports.signing_keys):
        return foreign_form(ports, request)
    answer = see_other(f"{request.home}{_next_of(request.form.get('next', ''))}")
    remembered = cookie(LANGUAGE_COOKIE, chosen, request.cookie_path, seconds=_A_YEAR, secure=not ports.local)
    answer.cookies.append(remembered)
    return answer


def foreign_form(ports: ConsolePorts, request: WebRequest) -> Answer:
    """A form that does not come from this page."""
    return _page(ports, request, "alone.html", HTTPStatus.FORBIDDEN, what="foreign")


def nothing_here(ports: ConsolePorts, request: WebRequest) -> Answer:
    """No page has this address."""
    return _page(ports, request, "alone.html", HTTPStatus.NOT_FOUND, what="nothing")


def _sign_in(ports: ConsolePorts, request: WebRequest, status: HTTPStatus, **values: object) -> Answer:
    """The page. Its one script is in it, and waits for the style sheet only.

    As a file it would be asked for at the same moment as the style sheet, and start a second process of the function
    for whoever comes first; the form, which the script sends, would wait for that.
    """
    shown = {"wrong": False, "wait": None, "over": False, "lost": False, **values}
    shown |= {"next": request.form.get("next") or _wanted(request)}
    script = Markup(content_of(SCRIPT))  # noqa: S704 - a file of ours
    answer = _page(ports, request, "sign_in.html", status, script=script, **shown)
    answer.headers["Content-Security-Policy"] = POLICY.format(scripts=digest_of(SCRIPT))
    return answer


def _page(
    ports: ConsolePorts, request: WebRequest, template: str, status: HTTPStatus, **values: object
) -> Answer:
    reading = Reading(language_of(request), DEFAULT_ZONE, ports.clock.now(), request.home)
    here = "/".join(request.path or ())
    return Answer(status, render(template, reading, **{"here": here, "query": request.query, **values}))


def _wanted(request: WebRequest) -> str:
    """The page that was asked for, as ``next`` of the sign-in. A form's page is lost: the order's own is near it."""
    path = list(request.path or ())
    if path[:1] in (["sign-in"], ["sign-out"]):
        return ""
    if request.method != "GET":
        path = path[:4] if path[2:3] == ["orders"] else path[:2]
        return "/".join(path)
    asked = urlencode(request.query)
    return "/".join(path) + (f"?{asked}" if asked else "")


def _own_address(request: WebRequest) -> str:
    wanted = _wanted(request)
    return f"{request.home}/{wanted}" if wanted else request.home


def _first_page(shops: Sequence[str]) -> str:
    """Where somebody begins who asked for no page: with one shop at its day."""
    shop = only_shop(shops)
    return "" if shop is None else f"/shops/{quote(shop, safe='')}/today"


def _next_of(given: str) -> str:
    """The end of the address to go on to: always a page of ours. Empty for anything else."""
    path, _, asked = given.partition("?")
    parts = path.split("/")
    if len(given) > MAX_NEXT or len(parts) > MAX_PARTS or not all(map(_is_part, parts)):
        return ""
    query = urlencode(parse_qsl(asked)) if asked else ""
    return f"/{path}?{query}" if query else f"/{path}"


def _is_part(text: str) -> bool:
    return text != ".." and _PART.fullmatch(text) is not None
