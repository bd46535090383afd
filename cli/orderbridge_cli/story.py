"""One order's whole story on one screen: both sides, why nothing is sent, what to do, and what happened when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge_cli import names
from orderbridge_cli.asking import moment
from orderbridge_cli.language import n, t
from orderbridge_cli.output import facts, safe, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from rich.console import Console

    Json = dict[str, Any]
    Event = tuple[str, str]
    """When (ISO), and what."""


_TOLD_BY_THEIR_EFFECT = frozenset(
    f"person.{what}"
    for what in ("return_resolved", "returned_requested", "escalation_closed", "return_number")
)
"""Actions of persons that the order's own history has too."""


def must_act(order: Json) -> bool:
    """Whether the order waits for a person of the shop."""
    held = order["hold"] is not None and order["hold"]["who_must_act"] == "clerk"
    waits = any(one["state"] == "open" for one in order["escalations"])
    return held or waits or (order["return"] is not None and order["return"]["state"] == "open")


def tell(console: Console, order: Json, zone: ZoneInfo) -> None:
    """Prints the story."""
    console.print(_title(order))
    console.print()
    console.print(table(("", t("In the shop"), t("At MALL")), _sides(order, zone)))
    console.print()
    console.print(
        t("What comes next:") if order["next_step"] and not order["hold"] else t("Why nothing is sent:")
    )
    _indented(console, _why(order))
    todo = list(_to_do(order, zone))
    if todo:
        console.print(t("What to do:"))
        _indented(console, *todo)
    console.print()
    console.print(t("What happened:"))
    events = sorted(_events(order, zone), key=lambda event: event[0])
    console.print(facts((f"  {moment(at, zone)}", what) for at, what in events))


def _title(order: Json) -> str:
    title = t("Order {order} of shop {shop}", order=order["mall_order_id"], shop=order["shop"])
    return f"{title} · {t('a test order of MALL')}" if order["test"] else title


def _indented(console: Console, *lines: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    for line in lines:
        console.print(Padding(Text(safe(line)), (0, 0, 0, 2)), soft_wrap=False)


def _why(order: Json) -> str:
    held = order["hold"]
    told = held["reason"] if held else order["why"]
    return str(told["text"]) if told else t("Nothing was decided yet.")


def _sides(order: Json, zone: ZoneInfo) -> list[tuple[object, ...]]:
    shop, mall = order["in_the_shop"] or {}, order["at_mall"] or {}
    rows = [
        (t("Number"), shop.get("code"), order["mall_order_id"]),
        (t("Status"), shop.get("status_name") or t("not in the export"), names.status(mall.get("status"))),
        (t("Delivered on"), shop.get("delivery_date"), moment(mall.get("delivered_at"), zone)),
        (t("Tracking number"), shop.get("tracking_number"), mall.get("tracking_number")),
        (t("Carrier"), shop.get("carrier"), t("MALL Delivery") if mall.get("mall_delivery") else None),
        (t("Tracking address"), None, mall.get("tracking_url")),
        (t("Known since"), moment(shop.get("since"), zone), moment(mall.get("known_since"), zone)),
    ]
    return [(name, ours or "–", theirs or "–") for name, ours, theirs in rows if ours or theirs]


def _to_do(order: Json, zone: ZoneInfo) -> Iterator[str]:
    """Each once: a hold, a problem and an escalation of the same cause say the same."""
    if order["hold"]:
        yield names.actor(order["hold"]["who_must_act"])
    said = {_why(order)}
    for line in _matters(order):
        if line not in said:
            said.add(line)
            yield line
    for one in order["deadlines"]:
        due = moment(one["due_at"], zone)
        late = t("Missed: {due}", due=due) if one["missed"] else t("Until {due}", due=due)
        yield f"{late}: {one['reason']['text']}"
    if letters := len(order["dead_letters"]):
        again = f"orderbridge retry {order['mall_order_id']} --shop {order['shop']}"
        yield n(
            "{number} message about it failed too often: {next}",
            "{number} messages about it failed too often: {next}",
            letters,
            next=again,
        )


def _matters(order: Json) -> Iterator[str]:
    for problem in (order["in_the_shop"] or {}).get("problems", []):
        yield str(problem["text"])
    for one in order["escalations"]:
        if one["state"] == "open":
            yield str(one["what_happened"]["text"])
            yield str(one["what_to_do"]["text"])
            yield t("The ready text: {next}", next=f"orderbridge escalations --shop {order['shop']}")
    if order["return"] is not None and order["return"]["state"] == "open":
        yield str(order["return"]["reason"]["text"])
    if order["drift"]:
        yield str(order["drift"]["text"])


def _events(order: Json, zone: ZoneInfo) -> Iterator[Event]:
    yield from _of_steps(order, zone)
    for one in order["passed"]:
        whose = t("set by MALL or in its portal") if one["by_mall"] else t("read at MALL")
        whose = t("set by us") if one["by_us"] else whose
        yield one["at"] or "", t("MALL: {status}, {whose}", status=names.status(one["status"]), whose=whose)
    written = order["written_into_the_shop"]
    if written["created_at"]:
        yield written["created_at"], t("The order was written into the shop.")
    if written["canceled_at"]:
        yield written["canceled_at"], t("The cancellation was written into the shop.")
    for one in order["alarms"]:
        if one["sent_at"]:
            yield one["sent_at"], t("E-mail to the shop's people: {subject}", subject=one["subject"]["text"])
    for letter in order["dead_letters"]:
        yield letter["parked_at"] or "", t("A message about the order failed too often.")
    yield from _of_people(order)


def _of_steps(order: Json, zone: ZoneInfo) -> Iterator[Event]:
    for step in order["steps"]:
        named = names.action(step["action"])
        yield (
            step["planned_at"] or "",
            t(
                "Step {number}, {action}: {reason}",
                number=step["number"],
                action=named,
                reason=step["reason"]["text"],
            ),
        )
        yield from (
            (attempt["started_at"] or "", _attempt(step, attempt, zone)) for attempt in step["attempts"]
        )
        if step["state"] == "withdrawn":
            yield step["closed_at"] or "", t("Step {number} was withdrawn, unsent.", number=step["number"])


def _attempt(step: Json, attempt: Json, zone: ZoneInfo) -> str:
    sent = attempt["sent"] if isinstance(attempt["sent"], dict) else {}
    details = [
        f"HTTP {attempt['http_status']}" if attempt["http_status"] else "",
        f"{attempt['duration_ms']} ms" if attempt["duration_ms"] is not None else "",
        str(sent.get("tracking_number") or ""),
        moment(sent.get("delivered_at"), zone) if isinstance(sent.get("delivered_at"), str) else "",
    ]
    shown = ", ".join(filter(None, details))
    line = t(
        "Step {number}, attempt {attempt}: {result}",
        number=step["number"],
        attempt=attempt["number"],
        result=names.attempt(attempt["result"]),
    )
    line = f"{line} ({shown})" if shown else line
    return f"{line}: {attempt['reason']['text']}" if attempt["reason"] else line


def _of_people(order: Json) -> Iterator[Event]:
    for one in order["escalations"]:
        for event in one["history"]:
            what = {
                "opened": t("Escalation: {cause}", cause=names.cause(one["cause"])),
                "closed": t("Escalation closed: {cause}", cause=names.cause(one["cause"])),
                "reopened": t("Escalation opened again: {cause}", cause=names.cause(one["cause"])),
                "return_number_entered": t("Return number entered"),
            }.get(event["what"], event["what"])
            yield event["at"] or "", _by(what, event["by"], event["note"])
    for flag in filter(None, (*order["past_returns"], order["return"])):
        kind = names.returned(flag["kind"])
        yield flag["flagged_at"] or "", t("On the list of returns: {kind}", kind=kind)
        if flag["resolved"]:
            done = flag["resolved"]
            yield done["at"], _by(t("Off the list of returns: {kind}", kind=kind), done["by"], done["note"])
    if order["return_request"]:
        asked = order["return_request"]
        yield asked["at"], _by(t("Returned was asked for"), asked["by"], None)
    for one in order["actions"]:
        if one["action"]["code"] not in _TOLD_BY_THEIR_EFFECT:
            yield one["at"], _by(str(one["action"]["text"]), one["by"] or "", one["why"])


def _by(what: str, by: str, note: str | None) -> str:
    line = what if by in {"", "orderbridge"} else f"{what} ({by})"
    return f"{line}: {note}" if note else line
