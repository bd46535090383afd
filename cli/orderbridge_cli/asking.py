"""Calls of the product's own use cases: those behind the HTTP API, with the caller's AWS rights in place of a token."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orderbridge_cli.language import language, t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rich.console import Console

    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import ApiRequest
    from orderbridge.ports import Ports
    from orderbridge_cli.session import Session

    UseCase = Callable[[Ports, ApiRequest], dict[str, Any]]


def ask(
    session: Session,
    use_case: UseCase,
    *,
    shop: str = "",
    path: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    query: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """The answer of `use_case` in the person's language. A `query` value of None or "" is not sent.

    `shop` empty: the only shop of the stack. Raises what the use case raises.
    """
    import json

    from orderbridge.flows.api.request import ApiRequest
    from orderbridge.texts import command_line

    asked = {name: str(value) for name, value in (query or {}).items() if value not in {None, ""}}
    if shop:
        asked["shop"] = shop
    request = ApiRequest(
        by=session.person,
        shops=["*"],
        path=path or {},
        query=asked,
        body="" if body is None else json.dumps(body),
        language=session.language,
        edge=command_line(shop),
    )
    return use_case(session.services, request)


def zone_of(session: Session, shop: str) -> ZoneInfo:
    """The zone in which the shop's people read times. Costs one read of the table; see ``zone_in``."""
    record = session.services.shops.get(shop)
    return session.zone if record is None else zone_in(record)


def zone_in(record: ShopRecord) -> ZoneInfo:
    """The zone of a shop that was read already."""
    return ZoneInfo(record.settings.rules.shop_zone)


def moment(when: str | datetime | None, zone: ZoneInfo) -> str:
    """A time, aware or as an ISO text, as people of `zone` write it; empty for None."""
    if not when:
        return ""
    from orderbridge.texts.rendering import date_text

    return date_text(datetime.fromisoformat(when) if isinstance(when, str) else when, language(), zone)


def tell_unreadable(console: Console, numbers: Iterable[object]) -> None:
    """Says which orders' records cannot be read; nothing where there are none."""
    if named := ", ".join(map(str, numbers)):
        console.print(t("The records of these orders cannot be read: {numbers}", numbers=named))
