"""The door of the clerks' page: who asks, may he, which view answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from orderbridge.console import assets, outside
from orderbridge.console.sessions import is_form_token, no_session_cookie, read_session, session_cookie
from orderbridge.console.views import audit, figures, lists, order, shops, state, today
from orderbridge.console.visits import ReadOnce, Visit
from orderbridge.console.web import read_request
from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import ExplainedError, NotFoundError, VersionConflictError
from orderbridge.flows.api.problems import STATUS_OF
from orderbridge.flows.api.request import check_role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from orderbridge.console.sessions import Session
    from orderbridge.console.web import Answer, WebRequest
    from orderbridge.flows.api.request import RoleName
    from orderbridge.ports.console import ConsolePorts

    View = Callable[[Visit], Answer]

SHOP = "shops/{shop}"
ORDER = f"{SHOP}/orders/{{order}}"


@dataclass(frozen=True, slots=True)
class Route:
    """A page or a form: its method, the pattern of its path, what the caller needs, what answers."""

    method: str
    pattern: str
    needed: RoleName
    view: View

    def match(self, method: str, path: tuple[str, ...]) -> dict[str, str] | None:
        """The variable parts of `path`; None: it is another route's."""
        parts = self.pattern.split("/") if self.pattern else []
        if method != self.method or len(parts) != len(path):
            return None
        pairs = list(zip(parts, path, strict=True))
        if any(part != given for part, given in pairs if not part.startswith("{")):
            return None
        return {part.strip("{}"): given for part, given in pairs if part.startswith("{")}


ROUTES = (
    Route("GET", "", "viewer", shops.choose),
    Route("GET", "shops", "viewer", shops.show_all),
    Route("POST", "sign-out", "viewer", shops.sign_out),
    Route("GET", SHOP, "viewer", shops.go_to_today),
    Route("GET", f"{SHOP}/today", "viewer", today.show),
    Route("GET", f"{SHOP}/orders", "viewer", lists.orders),
    Route("GET", ORDER, "viewer", order.show),
    *(Route("GET", f"{ORDER}/{name}", "operator", order.confirm) for name in order.ACTIONS),
    *(Route("POST", f"{ORDER}/{name}", "operator", order.act) for name in order.ACTIONS),
    *(
        Route("GET", f"{ORDER}/{name}/{{cause}}", "operator", order.confirm)
        for name in order.ACTIONS_OF_CAUSE
    ),
    *(Route("POST", f"{ORDER}/{name}/{{cause}}", "operator", order.act) for name in order.ACTIONS_OF_CAUSE),
    Route("GET", f"{SHOP}/returns", "viewer", lists.returns),
    Route("GET", f"{SHOP}/escalations", "viewer", lists.escalations),
    Route("GET", f"{SHOP}/figures", "viewer", figures.show),
    Route("GET", f"{SHOP}/state", "viewer", state.show),
    *(Route("GET", f"{SHOP}/{name}", "operator", state.confirm) for name in state.ACTIONS),
    *(Route("POST", f"{SHOP}/{name}", "operator", state.act) for name in state.ACTIONS),
    Route("GET", f"{SHOP}/audit", "viewer", audit.show),
)
"""Every page of somebody who is signed in. Without a token of the session no form is taken."""


def answer(ports: ConsolePorts, event: Mapping[str, Any]) -> Answer:
    """The answer to a request of a browser, an event of API Gateway. Raises what is nobody's mistake but ours."""
    request = read_request(event, local=ports.local)
    if request.path is None:
        return outside.nothing_here(ports, request)
    if request.method == "GET" and request.path[:1] == ("static",):
        return assets.asset("/".join(request.path[1:])) or outside.nothing_here(ports, request)
    if request.method == "POST" and not request.own_form:
        return outside.foreign_form(ports, request)
    session = read_session(request, ports.signing_keys, ports.clock.now())
    if request.path == ("language",):
        return outside.choose_language(ports, request, session)
    if request.path == ("sign-in",):
        return outside.sign_in_page(ports, request)
    return outside.ask_to_sign_in(ports, request) if session is None else _inside(ports, request, session)


def _inside(ports: ConsolePorts, request: WebRequest, session: Session) -> Answer:
    """The answer to somebody whose session is valid. The operator is read at every request."""
    operator = ports.console_store.operator_of(session.operator, session.id)
    if operator is None:
        return outside.ask_to_sign_in(ports, request)
    once = cast("ConsolePorts", ReadOnce(ports))
    visit = Visit(once, request, session, operator, outside.language_of(request))
    found = _viewed(visit)
    return _with_session(found, visit, session)


def _viewed(visit: Visit) -> Answer:
    """The view's answer, or the page that says why there is none."""
    try:
        view = _route(visit)
        return view(visit)
    except VersionConflictError:
        return visit.page("refused.html", HTTPStatus.CONFLICT, reason=None, conflict=True)
    except ExplainedError as problem:
        if type(problem) not in STATUS_OF:
            raise
        return _refused(visit, problem)


def _route(visit: Visit) -> View:
    """The view that answers. Raises NotFoundError or ForbiddenError."""
    path = visit.request.path or ()
    for route in ROUTES:
        parts = route.match(visit.request.method, path)
        if parts is None:
            continue
        check_role(visit.operator.role, route.needed)
        token = visit.request.form.get("form_token", "")
        if route.method == "POST" and not is_form_token(token, visit.session, visit.ports.signing_keys):
            return lambda visit: visit.page("refused.html", HTTPStatus.FORBIDDEN, reason=None, conflict=False)
        visit.path = parts
        return route.view
    raise NotFoundError(because(RequestReason.NOTHING_HERE))


def _refused(visit: Visit, problem: ExplainedError) -> Answer:
    """The page that says why not. It tells nothing of a shop that the person may not see."""
    visit.path = {}
    text = visit.text_of(problem.reason)
    return visit.page("refused.html", STATUS_OF[type(problem)], reason=text, conflict=False)


def _with_session(found: Answer, visit: Visit, before: Session) -> Answer:
    """`found` with the session's cookie, where the session changed: renewed by use, told something, ended."""
    keys, now, secure = visit.ports.signing_keys, visit.ports.clock.now(), not visit.ports.local
    if visit.ended:
        found.cookies.append(no_session_cookie(visit.request, secure=secure))
        found.noted, found.by = "signed out", visit.operator.name
        return found
    session = visit.session
    if visit.request.is_refresh:
        return found
    if session.said and session == before and found.status is not HTTPStatus.SEE_OTHER:
        session = replace(session, said="", said_at="", said_on="")
    if session.is_due(now):
        session = session.renewed(now)
    if session != before:
        found.cookies.append(session_cookie(session, keys, visit.request, secure=secure))
    return found
