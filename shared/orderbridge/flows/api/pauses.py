"""Pausing and resuming a shop in the HTTP API (R14.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import RequestReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.errors import ConflictError, VersionConflictError
from orderbridge.flows.api.actions import why_of
from orderbridge.flows.api.request import shop_of
from orderbridge.flows.api.shops import sending_of
from orderbridge.flows.switching import pause_shop, resume_shop

if TYPE_CHECKING:
    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports


def pause(ports: Ports, request: ApiRequest) -> Json:
    """Pauses the shop, see ``pause_shop``. ``changed`` is false where it was paused already.

    Raises BadRequestError for a wrong body, BadRequestError or NotFoundError for the shop.
    """
    record, why = shop_of(ports.shops, request), why_of(request)
    changed = pause_shop(ports, record.shop, request.by, ports.clock.now(), why)
    return _answer(ports, request, changed=changed)


def resume(ports: Ports, request: ApiRequest) -> Json:
    """Ends the shop's pause, see ``resume_shop``. ``changed`` is false where the shop runs already.

    The first time a shop is switched on, somebody looks at what would be sent, and a large difference goes out in steps
    (R14.1): that is done at the command line, and refused here with ConflictError. Raises VersionConflictError where
    somebody else resumed or paused the shop meanwhile, BadRequestError for a wrong body, BadRequestError or
    NotFoundError for the shop.
    """
    record, why = shop_of(ports.shops, request), why_of(request)
    if record.pause is None:
        return _answer(ports, request, changed=False)
    if record.never_ran:
        raise ConflictError(because(RequestReason.NOT_SWITCHED_ON, shop=Term(record.shop)))
    if not resume_shop(ports, record, request.by, ports.clock.now(), why=why).done:
        raise VersionConflictError(f"shop {record.shop} was paused or resumed meanwhile")
    return _answer(ports, request, changed=True)


def _answer(ports: Ports, request: ApiRequest, *, changed: bool) -> Json:
    """What is so now, whoever did it."""
    record = shop_of(ports.shops, request)
    return {"shop": record.shop, "changed": changed, **sending_of(record, request, ports.clock.now())}
