"""One order, and what a person may ask for: each with its consequence said before it is done."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from orderbridge.console.timeline import timeline
from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError, ConflictError, NotFoundError
from orderbridge.flows.api.escalations import close_escalation, enter_return_number
from orderbridge.flows.api.orders import order_detail, retry
from orderbridge.flows.api.problems import STATUS_OF
from orderbridge.flows.api.retries import DECIDED_BY_A_RETRY
from orderbridge.flows.api.returns import request_returned, resolve_return
from orderbridge.flows.api.undo import undo_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderbridge.console.visits import UseCase, Visit
    from orderbridge.console.web import Answer
    from orderbridge.flows.api.request import Json

    Form = Mapping[str, str]
    Body = dict[str, object]

_STEP = re.compile(r"[1-9][0-9]{0,4}")


def _why(form: Form) -> Body:
    return {"why": form.get("why", "")}


def _note(form: Form) -> Body:
    return {"note": form.get("why", "")}


def _step(form: Form) -> Body:
    number = form.get("step", "")
    return {**_why(form), "step": int(number) if _STEP.fullmatch(number) else 0}


def _return_number(form: Form) -> Body:
    return {**_why(form), "return_number": form.get("return_number", "").strip()}


ACTIONS: Mapping[str, tuple[UseCase, Callable[[Form], Body]]] = {
    "retry": (retry, _why),
    "undo": (undo_step, _step),
    "resolve": (resolve_return, _note),
    "returned": (request_returned, _why),
}
"""What may be asked for an order: the use case, and how a form becomes its body."""
ACTIONS_OF_CAUSE: Mapping[str, tuple[UseCase, Callable[[Form], Body]]] = {
    "close": (close_escalation, _note),
    "return-number": (enter_return_number, _return_number),
}
"""The same for one of its escalations."""


def show(visit: Visit) -> Answer:
    """The whole story of the order."""
    found = visit.ask(order_detail)
    return visit.page(
        "order.html",
        order=found,
        events=timeline(found),
        actions=[
            {**one, "says": _says(one["action"], found), "seen": _seen(one["action"], one["cause"], found)}
            for one in actions_now(found, visit.record.settings.rules.push_returned)
        ]
        if visit.may_act
        else [],
    )


def actions_now(found: Json, push_returned: bool) -> list[Json]:  # noqa: FBT001 - the setting's own value
    """What makes sense now, the most urgent first. What the domain refuses is not offered."""
    actions: list[Json] = []
    step = found["next_step"]
    if step is not None and step["can_be_undone"]:
        actions.append({"action": "undo", "step": step, "cause": None})
    for one in found["escalations"]:
        if one["state"] != "open":
            continue
        if one["cause"] == "wrong_delivered":
            actions.append({"action": "return-number", "step": None, "cause": one["cause"]})
        actions.append({"action": "close", "step": None, "cause": one["cause"]})
    flag, held = found["return"], found["at_mall"]
    if flag is not None and flag["state"] == "open":
        asked = {"kind": flag["kind"], "return_request": found["return_request"]}
        if held is not None and may_ask_for_returned(asked, held, push_returned):
            actions.append({"action": "returned", "step": None, "cause": None})
        actions.append({"action": "resolve", "step": None, "cause": None})
    actions.append({"action": "retry", "step": None, "cause": None})
    return actions


def _about(action: str, cause: str | None, found: Json) -> Json | None:
    """What the case or the return is about, if the action is about one."""
    if cause is not None:
        return next((one["what_happened"] for one in found["escalations"] if one["cause"] == cause), None)
    flag = found["return"]
    reason: Json | None = flag["reason"] if flag is not None and action in {"resolve", "returned"} else None
    return reason


def _says(action: str, found: Json) -> str:
    """The word of the action's consequence for this very order; empty: the action's own."""
    step, hold = found["next_step"], found["hold"]
    if action == "undo" and step is not None and step["action"] == "returned":
        return "undo-returned"
    return "retry-decides" if action == "retry" and hold and hold["code"] in DECIDED_BY_A_RETRY else ""


def _seen(action: str, cause: str | None, found: Json) -> str:
    """What the action decides about, as a form remembers it: since when the case, the return or the hold is there.

    Empty: nothing that another one could be taken for. A step is known by its number.
    """
    if cause is not None:
        return next((str(one["opened_at"]) for one in found["escalations"] if one["cause"] == cause), "")
    flag, hold = found["return"], found["hold"]
    if action in {"resolve", "returned"}:
        return str(flag["flagged_at"]) if flag is not None else ""
    return str(hold["since"]) if action == "retry" and hold and hold["code"] in DECIDED_BY_A_RETRY else ""


def may_ask_for_returned(flag: Json, held: Json, push_returned: bool) -> bool:  # noqa: FBT001 - the setting's own value
    """Whether Returned may be asked for. `flag`: an entry of the returns; `held`: what MALL holds of its order."""
    own_carrier = held["status"] == "shipped" and not held["mall_delivery"]
    possible = flag["kind"] in {"unclaimed", "overdue"} and flag["return_request"] is None
    return push_returned and own_carrier and possible


def confirm(visit: Visit) -> Answer:
    """What would be asked for, and its consequence, on a page of its own. Where no step is left: the order itself."""
    if _name(visit) == "undo" and visit.ask(order_detail)["next_step"] is None:
        return visit.go("shops", visit.shop, "orders", visit.path["order"])
    return _confirmation(visit, HTTPStatus.OK, None)


def act(visit: Visit) -> Answer:
    """Asks for it; then the order's page says that it was asked for. A refusal shows the form again, filled in.

    A form from before is refused if it would decide about something that its person has not seen.
    """
    name = _name(visit)
    use_case, body_of = {**ACTIONS, **ACTIONS_OF_CAUSE}[name]
    found, cause = visit.ask(order_detail), visit.path.get("cause")
    about = _seen(name, cause, found)
    if about and visit.request.form.get("seen", "") != about:
        return _confirmation(visit, HTTPStatus.CONFLICT, None, changed=True)
    try:
        answer = visit.ask(use_case, body=body_of(visit.request.form) | _kept(name, cause, found))
    except (BadRequestError, ConflictError) as problem:
        return _confirmation(visit, STATUS_OF[type(problem)], visit.text_of(problem.reason))
    said, at = _said(visit, name, answer), answer.get("done_at", "")
    return visit.go_and_say(said, "shops", visit.shop, "orders", visit.path["order"], at=at)


def _kept(action: str, cause: str | None, found: Json) -> Body:
    """What the form leaves as it is: the items that a tool has entered with the return number."""
    notes = (one["credit_note"] for one in found["escalations"] if one["cause"] == cause)
    note = next(notes, None) if action == "return-number" else None
    return {"items": note["items"]} if note is not None and not note["whole_order"] else {}


def _said(visit: Visit, name: str, answer: Json) -> str:
    """What the order's page says then: that what was asked for is done at once, later, or when the shop runs again."""
    if name == "undo" and answer["action"] == "returned":
        return "undo-returned"
    if name in {"retry", "returned"} and visit.halt:
        return f"{name}-halted"
    return f"{name}-later" if "done_at" in answer else name


def _name(visit: Visit) -> str:
    return (visit.request.path or ())[4]


def _confirmation(visit: Visit, status: HTTPStatus, problem: str | None, *, changed: bool = False) -> Answer:
    """The form. Raises NotFoundError for a case that the order does not have."""
    found, cause = visit.ask(order_detail), visit.path.get("cause")
    if cause is not None and cause not in {one["cause"] for one in found["escalations"]}:
        raise NotFoundError(because(RequestReason.NOTHING_HERE))
    return visit.page(
        "confirm.html",
        status,
        action=_name(visit),
        order=found,
        cause=cause,
        problem=problem,
        changed=changed,
        about=_about(_name(visit), cause, found),
        given=visit.request.form,
        back=["shops", visit.shop, "orders", found["mall_order_id"]],
        step=found["next_step"],
        seen=_seen(_name(visit), cause, found),
        now_so=None,
        says=_says(_name(visit), found),
    )
