"""Parameters and bodies of requests, with the limits and the enums that the use cases check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orderbridge.domain.cases.records import Cause, ReturnKind
from orderbridge.domain.cases.returns import MAX_NOTE
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.search import MAX_NUMBER
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.flows.api import escalations, returns
from orderbridge.flows.api.request import MAX_PAGE
from orderbridge.flows.api.retries import DECIDED_BY_A_RETRY
from orderbridge.flows.receive_webhook import MAX_HINTS
from orderbridge.settings import SHOP_PATTERN
from orderbridge.texts import Language

if TYPE_CHECKING:
    from collections.abc import Iterable

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a request. Those of a path are always required."""

    name: str
    place: str
    """``query``, ``path`` or ``header``."""
    schema: Json
    description: str
    required: bool = False

    def described(self, example: str | None = None) -> Json:
        """The parameter as OpenAPI has it, with an `example` as a request had it."""
        whole = self.schema["type"] == "integer"
        return {
            "name": self.name,
            "in": self.place,
            "description": self.description,
            "required": self.required,
            "schema": self.schema,
            **({} if example is None else {"example": int(example) if whole else example}),
        }


def _in_query(name: str, schema: Json, description: str, *, required: bool = False) -> Parameter:
    return Parameter(name, "query", schema, description, required)


def _in_path(name: str, schema: Json, description: str) -> Parameter:
    return Parameter(name, "path", schema, description, required=True)


def _one_of(values: Iterable[object]) -> Json:
    return {"type": "string", "enum": [str(value) for value in values]}


DAY = {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"}
SHOP = _in_query(
    "shop",
    {"type": "string", "pattern": SHOP_PATTERN},
    "The shop's name. Needed where the token sees more than one shop.",
)
LIMIT = _in_query(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": 50},
    "How many entries a page has.",
)
CURSOR = _in_query(
    "cursor",
    {"type": "string", "minLength": 1},
    "`next_cursor` of the page before. It belongs to the list it came with, with the same filters.",
)
STATUS = _in_query("status", _one_of([*MarketplaceStatus, "unknown"]), "Orders with this status at MALL.")
HOLD = _in_query(
    "hold", _one_of([*HoldCode, "any"]), "Orders under this hold; `any`: all that wait for somebody."
)
HOLD_TO_RETRY = _in_query(
    "hold",
    _one_of(code for code in HoldCode if code not in DECIDED_BY_A_RETRY),
    "The hold. Two holds are not here: their retry is a decision about one order.",
    required=True,
)
SEARCH = _in_query(
    "search",
    {"type": "string", "pattern": r"\S", "maxLength": MAX_NUMBER},
    "Orders with this number: MALL's, the shop's, or the parcel's. White space and case do not count. One page.",
)
KIND = _in_query("kind", _one_of(ReturnKind), "Entries of this kind.")
RETURN_STATE = _in_query(
    "state", {**_one_of(returns.STATES), "default": "open"}, "Entries that are open, resolved, or both."
)
CAUSE = _in_query("cause", _one_of(Cause), "Escalations of this cause.")
ESCALATION_STATE = _in_query(
    "state",
    {**_one_of(escalations.STATES), "default": "open"},
    "Escalations that are open, closed, or both.",
)
FROM = _in_query("from", DAY, "The first day, in the shop's zone.")
TO = _in_query("to", DAY, "The last day, in the shop's zone.")
ORDER = _in_path(
    "mall_order_id",
    {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1},
    "MALL's number of the order.",
)
CAUSE_IN_PATH = _in_path("cause", _one_of(Cause), "The escalation's cause.")
WEBHOOK_SHOP = _in_path("shop", {"type": "string", "minLength": 1}, "The shop's name.")
WEBHOOK_SECRET = _in_path("secret", {"type": "string", "minLength": 1}, "The secret of the shop's webhook.")
LANGUAGE = Parameter(
    "Accept-Language",
    "header",
    {"type": "string"},
    f"The caller's languages. Texts come in the best of {', '.join(Language)}; without one of them in the shop's.",
)

BODY_FIELDS: dict[tuple[str, str], Json] = {
    ("WhyBody", "why"): {"description": "The person's reason, for the record."},
    ("UndoBody", "why"): {"description": "The person's reason, for the record."},
    ("UndoBody", "step"): {
        "description": "The step's number: no other step is taken back than the one that was shown."
    },
    ("CloseBody", "why"): {"description": "The person's reason, for the record; otherwise it is the note."},
    ("CloseBody", "note"): {
        "description": "How it was settled.",
        "minLength": 1,
        "maxLength": MAX_NOTE,
        "pattern": r"\S",
    },
    ("ResolveBody", "why"): {"description": "The person's reason, for the record; otherwise it is the note."},
    ("ResolveBody", "note"): {
        "description": "How it was settled. The key may be called `reason` too.",
        "minLength": 1,
        "maxLength": MAX_NOTE,
        "pattern": r"\S",
    },
    ("ReturnNumberBody", "why"): {"description": "The person's reason, for the record."},
    ("ReturnNumberBody", "return_number"): {
        "description": "The number that MALL's Operations sent: 47 and eight more digits.",
        "anyOf": [
            {"type": "string", "pattern": r"^\s*47[0-9]{8}\s*$", "maxLength": 40},
            {"type": "integer", "minimum": 4_700_000_000, "maximum": 4_799_999_999},
        ],
    },
    ("ReturnNumberBody", "items"): {"description": "What is returned; empty: the whole order."},
    ("ReturnedItem", "title"): {"description": "The product's name.", "pattern": r"\S"},
    ("ReturnedItem", "pieces"): {
        "description": "How many: more than 0.",
        "anyOf": [
            {"type": "string", "pattern": r"^\s*[0-9]{1,9}(\.[0-9]{1,9})?\s*$", "maxLength": 20},
            {"type": "integer", "minimum": 1, "maximum": 999_999_999},
        ],
    },
}
"""Schema and key of a request's body → what the use case checks beyond the schema, and what it means."""
HINT = {
    "type": "array",
    "items": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1},
    "maxItems": MAX_HINTS,
    "description": "MALL's numbers of orders that changed.",
}
"""The body of a webhook's request."""
