"""What can go wrong on MALL's side; `sandbox.faults` says how rules are armed and used up.

| kind | what happens | effect on the order |
|---|---|---|
| `latency` | waits `latency_ms`, `when` `before` (default) or `after` the effect; adds to others | yes |
| `status` | `http_status` (default 500; 429 is LIMITED), an error envelope or `body` | none, unless `effect` |
| `rate_limited` | 429, LIMITED, nothing remaining, `reset_seconds`, `retry_after` | none, unless `effect` |
| `lost_before` | the connection is closed without an answer | none |
| `lost_after` | the connection is closed without an answer | yes |
| `reset` | the connection is aborted (TCP reset) without an answer | none, unless `effect` |
| `malformed` | `http_status` (default 200) with `body` or half an envelope | yes, unless `effect` is false |
| `empty_body` | `http_status` (default 200) without a body | yes, unless `effect` is false |
| `other_data` | a success is answered with `data` (default `{}`, or `[]`, null, …) in place of its own | yes |
| `no_effect` | judged and answered as ever, but an accepted write changes nothing | none |
| `error_codes` | 200 and `OK`, with `errorCodes` of one error: `code`, `message` | none, unless `effect` |

Conditions: `method`, `call` (a kind of call as in `GET …/calls`), `order_id`, `client_id`, `sets` (the status that the
body asks for).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sandbox.faults import FaultRule
from sandbox.http import How  # noqa: TC001 - pydantic reads it
from sandbox.mall.orders import Status  # noqa: TC001 - pydantic reads it

Call = Literal[
    "get_order",
    "put_order",
    "put_tracking",
    "list_orders",
    "list_unconfirmed",
    "stats",
    "labels",
    "consignments",
    "serial_numbers",
    "other",
]

ADDITIVE = frozenset({"latency"})
_WITHOUT_EFFECT = frozenset({"status", "rate_limited", "lost_before", "reset", "error_codes"})


class MallFault(FaultRule):
    """One rule; the table in this module says what each kind does."""

    kind: Literal[
        "latency",
        "status",
        "rate_limited",
        "lost_before",
        "lost_after",
        "reset",
        "malformed",
        "empty_body",
        "other_data",
        "no_effect",
        "error_codes",
    ]
    method: Literal["GET", "PUT", "POST"] | None = None
    call: Call | None = None
    order_id: int | None = None
    client_id: str | None = None
    sets: Status | None = None
    http_status: int | None = Field(None, ge=200, le=599)
    when: Literal["before", "after"] = "before"
    effect: bool | None = None
    body: str | None = Field(None, description="Sent as it is, instead of the kind's own body.")
    message: str | None = Field(None, description="The text of result.message, or of the error code.")
    code: str = Field("REFUSED", description="The errorCode of error_codes.")
    data: Any = Field(default_factory=dict, description="What other_data has for data.")
    retry_after: int | str | None = None
    reset_seconds: int | None = Field(None, ge=0)
    how: How = "close"

    @property
    def takes_effect(self) -> bool:
        """Whether the request is carried out before the fault strikes."""
        if self.kind in ("lost_before", "lost_after"):
            return self.kind == "lost_after"
        return self.kind not in _WITHOUT_EFFECT if self.effect is None else self.effect
