"""State of a shop: its export, MALL's lists, the calls that are left, and what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError, VersionConflictError
from orderbridge.flows.api.pauses import pause, resume
from orderbridge.flows.api.shops import health_of_shop, reconcile, sync
from orderbridge.flows.api.views import iso

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer
    from orderbridge.flows.api.request import Json

ACTIONS = {"sync": sync, "reconcile": reconcile, "pause": pause, "resume": resume}
"""What may be asked for a whole shop."""


def show(visit: Visit) -> Answer:
    """How the shop is doing."""
    return visit.page("state.html", own=visit.ask(health_of_shop))


def confirm(visit: Visit) -> Answer:
    """What would be asked for, and its consequence."""
    return _confirmation(visit, HTTPStatus.OK, None)


def act(visit: Visit) -> Answer:
    """Asks for it, and back to the state. If somebody else was faster, the form is shown again, and says so.

    A pause is ended only if it is the one that the person saw: since then, another may have paused for another reason.
    """
    name = (visit.request.path or ("",))[-1]
    if name == "resume" and _is_another_pause(visit):
        return _confirmation(visit, HTTPStatus.CONFLICT, None, changed=True)
    try:
        answer = visit.ask(ACTIONS[name], body={"why": visit.request.form.get("why", "")})
    except BadRequestError as problem:
        return _confirmation(visit, HTTPStatus.BAD_REQUEST, visit.text_of(problem.reason))
    except VersionConflictError:
        said = visit.text_of(because(RequestReason.CHANGED_MEANWHILE))
        return _confirmation(visit, HTTPStatus.CONFLICT, said)
    return visit.go_and_say(
        _said(visit, name, answer), "shops", visit.shop, "state", at=answer.get("done_at", "")
    )


def _said(visit: Visit, name: str, answer: Json) -> str:
    """What the state says then. Of a stopped shop the export is read, and MALL's lists are not."""
    if name not in {"sync", "reconcile"}:
        return name
    if visit.halt == "paused" or (visit.halt and name == "reconcile"):
        return f"{name}-halted"
    return f"{name}-later" if "done_at" in answer else name


def _is_another_pause(visit: Visit) -> bool:
    """Whether the form is about another pause than the present one."""
    seen, pause = visit.request.form.get("seen", ""), visit.record.pause
    return bool(seen) and pause is not None and seen != iso(pause.since)


def _confirmation(visit: Visit, status: HTTPStatus, problem: str | None, *, changed: bool = False) -> Answer:
    own = visit.ask(health_of_shop)
    name = (visit.request.path or ("",))[-1]
    paused = own["paused"] if name == "resume" else None
    return visit.page(
        "confirm.html",
        status,
        action=name,
        order=None,
        cause=None,
        problem=problem,
        changed=changed,
        about=None,
        given=visit.request.form,
        back=["shops", visit.shop, "state"],
        step=None,
        seen=None if paused is None else paused["since"],
        now_so=None if paused is None else own["state"],
        says="",
    )
