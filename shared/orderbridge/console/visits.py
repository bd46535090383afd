"""A visit: one request of somebody who is signed in, and what the views need for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from orderbridge.console.rendering import Reading, render
from orderbridge.console.sessions import form_token
from orderbridge.console.web import Answer, see_other
from orderbridge.domain.persons import Role, only_shop
from orderbridge.flows.api.answers import DEFAULT_ZONE, zone_of
from orderbridge.flows.api.request import ApiRequest, pick_shop
from orderbridge.texts import PAGE
from orderbridge.texts import render as text_of_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from orderbridge.console.sessions import Session
    from orderbridge.console.web import WebRequest
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import Json
    from orderbridge.ports import Operator, Ports, Shops
    from orderbridge.ports.console import ConsolePorts
    from orderbridge.texts import Language

    UseCase = Callable[[Ports, ApiRequest], Json]


class ReadOnce:
    """The ports of one visit: a shop's record is read once, however many use cases ask for it."""

    def __init__(self, ports: ConsolePorts) -> None:
        self._ports = ports
        self.shops = cast("Shops", _ShopsOnce(ports.shops))

    def __getattr__(self, name: str) -> object:
        return getattr(self._ports, name)


class _ShopsOnce:
    def __init__(self, shops: Shops) -> None:
        self._shops = shops
        self._known: dict[str, ShopRecord | None] = {}

    def get(self, shop: str) -> ShopRecord | None:
        if shop not in self._known:
            self._known[shop] = self._shops.get(shop)
        return self._known[shop]

    def __getattr__(self, name: str) -> object:
        return getattr(self._shops, name)


@dataclass
class Visit:
    """One request of somebody who is signed in. `path` has the variable parts of its path."""

    ports: ConsolePorts
    request: WebRequest
    session: Session
    operator: Operator
    language: Language
    path: Mapping[str, str] = field(default_factory=dict)
    ended: bool = False
    """Whether the person signed out."""

    @property
    def may_act(self) -> bool:
        """Whether the person may change anything."""
        return self.operator.role.includes(Role.OPERATOR)

    @property
    def shop(self) -> str:
        """The name of the shop in the path; empty: the page is about no single shop."""
        return self.path.get("shop", "")

    @property
    def several_shops(self) -> bool:
        """Whether the person may see more than one shop."""
        return only_shop(self.operator.shops) is None

    @property
    def record(self) -> ShopRecord:
        """The shop in the path. Raises NotFoundError for one that does not exist, or that the person may not see."""
        return pick_shop(self.ports.shops, self.shop, self.operator.shops)

    @property
    def halt(self) -> str:
        """Why nothing is sent for the page's shop: ``stopped``, ``paused``; empty: it runs, or there is no shop.

        A shop whose settings cannot be used is stopped as one is whose key MALL refuses.
        """
        if not self.shop:
            return ""
        record = self.record
        if record.stop is not None or record.settings_problem is not None:
            return "stopped"
        return "paused" if record.pause is not None else ""

    @property
    def reading(self) -> Reading:
        """How the person reads: times are those of the shop."""
        zone = zone_of(self.record) if self.shop else DEFAULT_ZONE
        return Reading(self.language, zone, self.ports.clock.now(), self.request.home)

    def ask(
        self,
        use_case: UseCase,
        query: Mapping[str, str | None] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Json:
        """The answer of a use case of the API to this person's question about the shop. Empty parameters are left out.

        Raises what the use case raises.
        """
        values = {name: value for name, value in (query or {}).items() if value}
        text = "" if body is None else json.dumps(body)
        path = {"mall_order_id": self.path.get("order", ""), "cause": self.path.get("cause", "")}
        asked = ApiRequest(
            self.operator.name,
            self.operator.shops,
            path,
            {**values, "shop": self.shop},
            text,
            self.language,
            self.operator.role,
            edge=PAGE,
        )
        return use_case(self.ports, asked)

    def text_of(self, reason: Reason) -> str:
        """`reason` as the person reads it."""
        reading = self.reading
        return text_of_reason(reason, reading.language, reading.zone, PAGE)

    def page(self, template: str, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Answer:
        """The page of `template` with the frame of the whole."""
        common = {
            "operator": self.operator.name,
            "role": self.operator.role.value,
            "may_act": self.may_act,
            "several_shops": self.several_shops,
            "shop": self.shop,
            "said": self._said_here,
            "halt": self.halt,
            "form_token": form_token(self.session, self.ports.signing_keys),
            "here": "/".join(self.request.path or ()),
            "query": self.request.query,
        }
        return Answer(status, render(template, self.reading, **{**common, **values}))

    def go(self, *parts: object, **query: object) -> Answer:
        """On to another page."""
        return see_other(self.reading.to(*parts, **query))

    def go_and_say(self, said: str, *parts: str, at: str = "") -> Answer:
        """After a form: on to another page, which says `said`, a word of the templates, and the moment `at` (ISO)."""
        self.session = replace(self.session, said=said, said_at=at, said_on="/".join(parts))
        return self.go(*parts)

    @property
    def _said_here(self) -> tuple[str, str] | None:
        """What this page says first, and the moment that it names."""
        session, here = self.session, "/".join(self.request.path or ())
        return (session.said, session.said_at) if session.said and session.said_on == here else None
