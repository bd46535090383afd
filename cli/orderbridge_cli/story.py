"""One order's whole story on one screen: both sides, what happened when, why nothing is sent, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orderbridge_cli.asking import moment
from orderbridge_cli.language import n, t
from orderbridge_cli.output import safe, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from rich.console import Console

    Json = dict[str, Any]
    Event = tuple[str, str, str]
    """When (ISO), what, and what came of it."""


def must_act(order: Json) -> bool:
    """Whether the order waits for a person of the shop."""
    held = order["hold"] is not None and order["hold"]["who_must_act"] == "clerk"
    waits = any(one["state"] == "open" for one in order["escalations"])
    return held or waits or (order["return"] is not None and order["return"]["state"] == "open")


def tell(console: Console, order: Json, zone: ZoneInfo) -> None:
    """Prints the story."""
    console.print(t("Order {order} of shop {shop}", order=order["mall_order_id"], shop=order["shop"]))
    console.print()
    console.print(table(("", t("In the shop"), t("At MALL")), _sides(order, zone)))
    console.print(t("Why nothing is sent, or what comes next:"))
    console.print(f"  {safe(_why(order))}")
    for line in _to_do(order, zone):
        console.print(f"  {safe(line)}")
    console.print()
    console.print(table((t("When"), t("What"), t("Result")), _line(order, zone)))


def _why(order: Json) -> str:
    held = order["hold"]
    told = held["reason"] if held else order["why"]
    return str(told["text"]) if told else t("Nothing was decided yet.")


def _sides(order: Json, zone: ZoneInfo) -> list[tuple[object, ...]]:
    shop, mall = order["in_the_shop"] or {}, order["at_mall"] or {}
    return [
        (t("Number"), shop.get("code") or "–", order["mall_order_id"]),
        (t("Status"), shop.get("status_name") or "–", mall.get("status") or t("not known")),
        (t("Delivered on"), shop.get("delivery_date") or "–", moment(mall.get("delivered_at"), zone) or "–"),
        (t("Tracking number"), shop.get("tracking_number") or "–", mall.get("tracking_number") or "–"),
        (t("Carrier"), shop.get("carrier") or "–", mall.get("tracking_url") or "–"),
        (t("Since"), moment(shop.get("since"), zone) or "–", moment(mall.get("known_since"), zone) or "–"),
    ]


def _to_do(order: Json, zone: ZoneInfo) -> Iterator[str]:
    for problem in (order["in_the_shop"] or {}).get("problems", []):
        yield str(problem["text"])
    for one in order["escalations"]:
        if one["state"] == "open":
            yield f"{one['what_happened']['text']} {one['what_to_do']['text']}"
    if order["return"] is not None and order["return"]["state"] == "open":
        yield str(order["return"]["reason"]["text"])
    for one in order["deadlines"]:
        due = moment(one["due_at"], zone)
        late = t("Missed: {due}", due=due) if one["missed"] else t("Until {due}", due=due)
        yield f"{late}: {one['reason']['text']}"
    if letters := len(order["dead_letters"]):
        yield n(
            "{number} message about it failed too often.",
            "{number} messages about it failed too often.",
            letters,
        )


def _line(order: Json, zone: ZoneInfo) -> list[tuple[object, ...]]:
    events = sorted(_events(order), key=lambda event: event[0])
    return [(moment(at, zone), safe(what), safe(result)) for at, what, result in events]


def _events(order: Json) -> Iterator[Event]:
    for step in order["steps"]:
        yield (
            step["planned_at"] or "",
            t("step {number}: {action}", number=step["number"], action=step["action"]),
            step["reason"]["text"],
        )
        yield from (_attempt(step, attempt) for attempt in step["attempts"])
    for one in order["passed"]:
        whose = t("by us") if one["by_us"] else t("by MALL or in its portal")
        yield one["at"] or "", t("MALL holds {status}", status=one["status"]), whose
    for one in order["alarms"]:
        if one["sent_at"]:
            yield one["sent_at"], t("e-mail to the shop's people"), one["subject"]["text"]
    for one in order.get("actions", []):
        yield one["at"], t("{name} decided", name=one["by"]), f"{one['text']} {one.get('why') or ''}"


def _attempt(step: Json, attempt: Json) -> Event:
    sent = attempt["sent"]
    what = t("  attempt {number}: {action}", number=attempt["number"], action=step["action"])
    body = ", ".join(f"{key}={value}" for key, value in sent.items()) if isinstance(sent, dict) else ""
    reason = attempt["reason"]["text"] if attempt["reason"] else ""
    status = f"HTTP {attempt['http_status']}" if attempt["http_status"] else ""
    took = f"{attempt['duration_ms']} ms" if attempt["duration_ms"] is not None else ""
    return (
        attempt["started_at"] or "",
        f"{what} {body}",
        "; ".join(filter(None, (attempt["result"], status, took, reason))),
    )
