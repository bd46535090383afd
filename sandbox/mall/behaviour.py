"""The switches of MALL's side: one per question that the documentation leaves open.

`PUT …/behaviour {key: value, …}` changes the keys it names, `{}` brings all defaults back, `GET …/behaviour`
shows all.

| key | values, the default first | the question |
|---|---|---|
| `same_status` | `ok`, `error` | a PUT of the status that the order already has: 200 without effect, or 400 |
| `illegal_move_http_status` | 400, 403, 409, 422 | what an illegal move is answered with |
| `error_codes` | `true`, `false` | whether errors carry a top-level `errorCodes` |
| `first_delivery_attempt` | `optional`, `required` | left out on delivered: accepted, or 400 |
| `mdp_shipped` | `refuse`, `accept` | the partner sets shipped on an order of MALL Delivery |
| `rate_limit_headers` | `present`, `absent`, `malformed` | the `X-RateLimit-*` headers |
| `zone` | `Europe/Prague`, `UTC` | the zone of all times, read and written |
| `order_detail` | `full`, or a list of `sparse`, `extra`, `stringly` | keys missing, added, numbers as text |
| `shipped_without_tracking` | `refuse`, `accept` | shipped without tracking: 400, or accepted |
| `wrong_key_http_status` | 403, 401 | the answer to an unknown `client_id` (a missing one: always 401) |
| `put_answer` | `result`, `empty` | what an accepted PUT is answered with: the envelope, or an empty body |
| `webhook_retry` | `never`, `next` | numbers that were not answered with 2xx: dropped, or sent again |
"""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator

Shape = Literal["full", "sparse", "extra", "stringly"]


class Behaviour(BaseModel):
    """The switches; the table in this module says what each means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    same_status: Literal["ok", "error"] = "ok"
    illegal_move_http_status: Literal[400, 403, 409, 422] = 400
    error_codes: bool = True
    first_delivery_attempt: Literal["optional", "required"] = "optional"
    mdp_shipped: Literal["refuse", "accept"] = "refuse"
    rate_limit_headers: Literal["present", "absent", "malformed"] = "present"
    zone: Literal["Europe/Prague", "UTC"] = "Europe/Prague"
    order_detail: tuple[Shape, ...] = ("full",)
    shipped_without_tracking: Literal["refuse", "accept"] = "refuse"
    wrong_key_http_status: Literal[401, 403] = 403
    put_answer: Literal["result", "empty"] = "result"
    webhook_retry: Literal["never", "next"] = "never"

    @field_validator("order_detail", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def tzinfo(self) -> ZoneInfo:
        """`zone` as an object."""
        return ZoneInfo(self.zone)
