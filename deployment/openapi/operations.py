"""Every operation of the HTTP API: what it takes, and what it answers. ``flows/api/routes.py`` has the same paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deployment.openapi import parameters as p
from deployment.openapi.models.actions import ActionList
from deployment.openapi.models.audit import AuditPage
from deployment.openapi.models.common import Requested
from deployment.openapi.models.escalations import EscalationAnswer, EscalationList
from deployment.openapi.models.orders import OrderDetail, OrderList, RetryAnswer, RetryHeldAnswer, UndoAnswer
from deployment.openapi.models.returns import ReturnAnswer, ReturnList, ReturnRequested
from deployment.openapi.models.shops import Figures, Health, PauseAnswer, SettingsAnswer
from deployment.openapi.models.today import Today
from deployment.openapi.models.webhook import HintTaken
from orderbridge.flows.api.actions import WhyBody
from orderbridge.flows.api.escalations import CloseBody, ReturnNumberBody
from orderbridge.flows.api.figures import DAYS, MAX_DAYS
from orderbridge.flows.api.returns import ResolveBody
from orderbridge.flows.api.undo import UndoBody

if TYPE_CHECKING:
    from deployment.openapi.models.common import Model
    from orderbridge.flows.api.request import Body


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. Its role and its status are those of its route."""

    name: str
    """A name for tools, unique."""
    tag: str
    """Its group."""
    summary: str
    answer: type[Model]
    """What it answers when it does what is asked."""
    parameters: tuple[p.Parameter, ...] = ()
    body: type[Body] | None = None
    """The JSON body; None: it has none."""
    description: str = ""

    @property
    def body_is_needed(self) -> bool:
        """Whether the body has a key that must be there."""
        return self.body is not None and any(key.is_required() for key in self.body.model_fields.values())


_PAGE = (p.SHOP, p.LIMIT, p.CURSOR)
_ONE = (p.ORDER, p.SHOP)
_ESCALATION = (p.ORDER, p.CAUSE_IN_PATH, p.SHOP)
_MERGED = "What is asked for often is merged: `done_at` says when it is done then."

OPERATIONS: dict[tuple[str, str], Operation] = {
    ("GET", "/orders"): Operation(
        "listOrders",
        "orders",
        "Orders, the newest change first.",
        OrderList,
        (*_PAGE, p.STATUS, p.HOLD, p.SEARCH),
    ),
    ("GET", "/orders/{mall_order_id}"): Operation(
        "showOrder",
        "orders",
        "One order's whole story.",
        OrderDetail,
        _ONE,
        description="Both sides, every step with every attempt, and why nothing is sent now.",
    ),
    ("POST", "/orders/{mall_order_id}/retry"): Operation(
        "retryOrder",
        "orders",
        "Rechecks an order.",
        RetryAnswer,
        _ONE,
        WhyBody,
        "MALL is read anew, a refusal and a parking are forgotten, parked messages are repeated. Harmless at any "
        f"time. {_MERGED}",
    ),
    ("POST", "/orders/{mall_order_id}/undo"): Operation(
        "undoStep",
        "orders",
        "Takes a step back that is not sent yet.",
        UndoAnswer,
        _ONE,
        UndoBody,
        "The step is withdrawn, and the order is held until the shop shows another state or somebody has it retried. "
        "409 where the step is being sent or was sent.",
    ),
    ("POST", "/orders/retry"): Operation(
        "retryOrders",
        "orders",
        "Rechecks a page of the orders under one hold.",
        RetryHeldAnswer,
        (p.SHOP, p.HOLD_TO_RETRY, p.LIMIT),
        WhyBody,
    ),
    ("GET", "/returns"): Operation(
        "listReturns",
        "returns",
        "Parcels that came back or look as if they did.",
        ReturnList,
        (*_PAGE, p.KIND, p.RETURN_STATE),
        description="A page may be shorter than its limit, even empty, and still have a next one.",
    ),
    ("POST", "/returns/{mall_order_id}/resolve"): Operation(
        "resolveReturn",
        "returns",
        "Settles an entry. Nothing is sent to MALL or the shop.",
        ReturnAnswer,
        _ONE,
        ResolveBody,
    ),
    ("POST", "/returns/{mall_order_id}/returned"): Operation(
        "requestReturned",
        "returns",
        "Has Returned set at MALL after the undo window.",
        ReturnRequested,
        _ONE,
        WhyBody,
        "Only with the setting `push_returned`, while MALL holds Shipped and the order is on the list, and never with "
        "MALL Delivery.",
    ),
    ("GET", "/escalations"): Operation(
        "listEscalations",
        "escalations",
        "Errors that no retry can mend.",
        EscalationList,
        (*_PAGE, p.CAUSE, p.ESCALATION_STATE),
        description="The limit counts orders. A page may be shorter than that, even empty, and still have a next one.",
    ),
    ("POST", "/escalations/{mall_order_id}/{cause}/close"): Operation(
        "closeEscalation",
        "escalations",
        "Closes an escalation. It stays closed while the facts are the same.",
        EscalationAnswer,
        _ESCALATION,
        CloseBody,
    ),
    ("POST", "/escalations/{mall_order_id}/{cause}/return-number"): Operation(
        "enterReturnNumber",
        "escalations",
        "Enters the return number that MALL's Operations sent.",
        EscalationAnswer,
        _ESCALATION,
        ReturnNumberBody,
        "Only where a wrong Delivered is open. The same number again changes nothing, another one replaces it.",
    ),
    ("POST", "/sync"): Operation(
        "sync",
        "shop",
        "Reads the shop's export, and MALL's list of unconfirmed orders, now.",
        Requested,
        (p.SHOP,),
        WhyBody,
        _MERGED,
    ),
    ("POST", "/reconcile"): Operation(
        "reconcile",
        "shop",
        "Compares all orders under way at MALL with ours now.",
        Requested,
        (p.SHOP,),
        WhyBody,
        f'Not for a shop with `import = "off"`. {_MERGED}',
    ),
    ("POST", "/pause"): Operation(
        "pauseShop",
        "shop",
        "Pauses the shop: its export is not read, and nothing is sent.",
        PauseAnswer,
        (p.SHOP,),
        WhyBody,
        "What the shop wants is remembered, and deadlines run on. A call to MALL that is under way ends.",
    ),
    ("POST", "/resume"): Operation(
        "resumeShop",
        "shop",
        "Ends the shop's pause.",
        PauseAnswer,
        (p.SHOP,),
        WhyBody,
        "A switch-on in steps goes on, later by the length of the pause. 409 for a shop that was never switched on: "
        "the first time, the command line shows what would be sent.",
    ),
    ("GET", "/today"): Operation(
        "showToday",
        "shop",
        "What waits for the shop's people, and what is about to happen, in order of haste.",
        Today,
        (p.SHOP,),
    ),
    ("GET", "/figures"): Operation(
        "showFigures",
        "shop",
        "What MALL judges the shop by.",
        Figures,
        (p.SHOP, p.FROM, p.TO),
        description=f"For the orders that were opened on these days; without them the last {DAYS} days. At most "
        f"{MAX_DAYS} days.",
    ),
    ("GET", "/actions"): Operation(
        "listActions",
        "shop",
        "What persons asked for, newest first.",
        ActionList,
        (*_PAGE, p.FROM, p.TO),
        description="A record says that something was requested, not that it was done.",
    ),
    ("GET", "/audit"): Operation(
        "listAudit",
        "shop",
        "The audit trail: each step with each attempt.",
        AuditPage,
        (p.SHOP, p.CURSOR, p.FROM, p.TO),
        description="What was recorded, tried or ended on these days, order by order. Follow `next_cursor` to its end: "
        "each row comes at least once. An order that changes meanwhile may come twice, with its newest rows last. A "
        "page may be empty and still have a next one.",
    ),
    ("GET", "/health"): Operation(
        "showHealth", "shop", "How each shop that the token sees is doing, and what to do.", Health
    ),
    ("GET", "/settings"): Operation(
        "showSettings", "shop", "The shop's settings, without secrets.", SettingsAnswer, (p.SHOP,)
    ),
}
"""Method and path → the operation, in the order of docs/api.md."""

WEBHOOK = Operation(
    "receiveWebhook",
    "webhook",
    "MALL's hint that orders changed. It only has MALL's list read.",
    HintTaken,
    (p.WEBHOOK_SHOP, p.WEBHOOK_SECRET),
    description="The address is the secret: no token is asked for, and a wrong address looks like one that does not "
    "exist.",
)
"""The operation of ``receive_webhook``."""
WEBHOOK_PATH = ("POST", "/webhook/{shop}/{secret}")

TAGS = {
    "orders": "Orders, their stories, retries.",
    "returns": "Parcels that came back or look as if they did.",
    "escalations": "Errors that no retry can mend.",
    "shop": "A whole shop.",
    "webhook": "MALL's hints.",
    "document": "This document.",
}
"""The groups of operations."""
