"""A request to the HTTP API, and the checks that the use cases share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.dates import begin_of
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.lists import Period
from orderbridge.domain.persons import Role, may_see
from orderbridge.domain.reasons import because
from orderbridge.errors import BadRequestError, ContentTooLargeError, ForbiddenError, NotFoundError
from orderbridge.settings import SHOP_PATTERN, problems_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from orderbridge.domain.shops import ShopRecord
    from orderbridge.ports import Shops
    from orderbridge.texts import Edge, Language

MAX_PAGE = 200
"""Maximum number of entries on a page."""
MAX_BODY = 64 * 1024
"""Maximum length of a body in characters."""
_LIMIT = re.compile(r"[1-9][0-9]{0,2}")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SHOP = re.compile(SHOP_PATTERN)

Json = dict[str, Any]
RoleName = Literal["viewer", "operator"]
"""A role, as the table of routes names it."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One HTTP request. Its texts are as received; nothing is checked yet.

    `by`: the operator's name. `shops`: the shops that the token may see (``*``: all). `role`: what it may do. All three
    come from ``authorize``. `language`: the caller's preferred one of our languages; None: the shop's. `edge`: where
    the texts of the answer are read.
    """

    by: str
    shops: Collection[str]
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    language: Language | None = None
    role: Role = Role.VIEWER
    edge: Edge = field(kw_only=True)


def role_of(given: object) -> Role:
    """The role that ``authorize`` gave; for anything else the one that changes nothing."""
    return Role.OPERATOR if given == Role.OPERATOR else Role.VIEWER


def check_role(role: Role, needed: RoleName) -> None:
    """Raises ForbiddenError unless the caller's `role` allows what `needed` allows (R13.1)."""
    if not role.includes(Role(needed)):
        raise ForbiddenError(because(RequestReason.ROLE, role=Term(role), needed=Term(needed)))


def number_as_text(value: object) -> object:
    """The digits of a whole number, also of ``7.0``, which JSON calls one. Everything else is left as it is."""
    whole = whole_number(value)
    return str(whole) if isinstance(whole, int) and not isinstance(whole, bool) else value


def whole_number(value: object) -> object:
    """A number such as ``7.0``, which JSON calls whole, as an ``int``. Everything else is left as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Body(BaseModel):
    """The JSON body of a POST. Unknown keys are refused: a misspelt key must not count as absent."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


_Body = TypeVar("_Body", bound=Body)


def body_of(request: ApiRequest, model: type[_Body]) -> _Body:
    """The request's body as `model`. Raises BadRequestError, which names the wrong keys but no values.

    Raises ContentTooLargeError for a body of more than ``MAX_BODY`` characters.
    """
    if len(request.body) > MAX_BODY:
        raise ContentTooLargeError(because(RequestReason.BODY_TOO_LONG, limit=MAX_BODY))
    try:
        return model.model_validate_json(request.body or "{}")
    except ValidationError as error:
        raise BadRequestError(because(RequestReason.BODY, problems=problems_of(error))) from None


def shop_of(shops: Shops, request: ApiRequest) -> ShopRecord:
    """The shop that the request is about, see ``pick_shop``."""
    return pick_shop(shops, request.query.get("shop"), request.shops)


def pick_shop(shops: Shops, name: str | None, allowed: Collection[str]) -> ShopRecord:
    """The shop called `name`; without a name, the only shop that the token may see.

    `allowed`: the token's shops; ``*`` is every shop. A shop that the token may not see is answered like one that does
    not exist, and so is what can be no shop's name. Raises BadRequestError without a name where there are several
    shops, NotFoundError where there is none.
    """
    if name is not None:
        seen = _SHOP.fullmatch(name) and may_see(allowed, name)
        record = shops.get(name) if seen else None
        if record is None:
            raise NotFoundError(because(RequestReason.UNKNOWN_SHOP, shop=ShopText(name[:40])))
        return record
    visible = [record for record in shops.all() if may_see(allowed, record.shop)]
    if len(visible) == 1:
        return visible[0]
    if not visible:
        raise NotFoundError(because(RequestReason.NO_SHOPS))
    raise BadRequestError(because(RequestReason.SEVERAL_SHOPS))


def page_size(limit: str | None) -> int:
    """Number of entries on a page: `limit`, 50 by default. Raises BadRequestError unless it is 1 to ``MAX_PAGE``."""
    if limit is None:
        return 50
    if not _LIMIT.fullmatch(limit) or int(limit) > MAX_PAGE:
        given = ShopText(limit[:20])
        raise BadRequestError(because(RequestReason.PAGE_SIZE, given=given, limit=MAX_PAGE))
    return int(limit)


def order_number(text: str) -> int:
    """MALL's order number, positive and of 64 bits. Raises BadRequestError."""
    if not _NUMBER.fullmatch(text) or int(text) >= 2**63:
        raise BadRequestError(because(RequestReason.ORDER_NUMBER, given=ShopText(text[:30])))
    return int(text)


def one_of(name: str, value: str | None, known: Iterable[str]) -> str | None:
    """`value` if it is one of `known`; None stays None. Raises BadRequestError, which lists the known values."""
    allowed = [str(one) for one in known]
    if value is not None and value not in allowed:
        raise BadRequestError(
            because(
                RequestReason.NOT_ONE_OF,
                name=Term(name),
                given=ShopText(value[:40]),
                allowed=tuple(map(Term, allowed)),
            )
        )
    return value


def day(name: str, text: str | None) -> date | None:
    """The ISO day in `text`, such as ``2026-11-20``; None stays None. Raises BadRequestError."""
    if text is None:
        return None
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2100:  # noqa: PLR2004 - no order is older or newer
        raise BadRequestError(because(RequestReason.DAY, name=Term(name), given=ShopText(text[:20])))
    return found


def period_of(request: ApiRequest, zone: ZoneInfo) -> Period:
    """The days ``?from=`` to ``?to=`` of `zone`, both included; one that is not given is no bound.

    Raises BadRequestError for what is no day, and for an end before the beginning.
    """
    first, last = day("from", request.query.get("from")), day("to", request.query.get("to"))
    if first is not None and last is not None and last < first:
        raise BadRequestError(because(RequestReason.PERIOD_TURNED, first=first, last=last))
    return Period(
        None if first is None else begin_of(first, zone),
        None if last is None else begin_of(last + timedelta(days=1), zone),
    )


def unknown_order(shop: str, mall_order_id: int) -> NotFoundError:
    """The error for an order that has no record."""
    return NotFoundError(because(RequestReason.UNKNOWN_ORDER, order=mall_order_id, shop=Term(shop)))
