"""The switches of MALL's side: one per open question (docs/rules.md), and for what clients have met.

`PUT …/behaviour {key: value, …}` changes the keys it names, `{}` brings all defaults back, `GET …/behaviour`
shows all.

| key | values, the default first | the question |
|---|---|---|
| `same_status` | `ok`, `error` | a PUT of the status that the order already has: 200 without effect, or 400 |
| `illegal_move_http_status` | 400, 403, 409, 422 | what an illegal move is answered with |
| `error_codes` | `true`, `false` | whether errors carry a top-level `errorCodes` |
| `first_delivery_attempt` | `optional`, `required` | left out on delivered: accepted, or 400 |
| `mdp_shipped` | `refuse`, `accept` | shipped, set by the partner on an order of MALL Delivery with a label |
| `rate_limit_headers` | `present`, `absent`, `malformed` | the `X-RateLimit-*` headers |
| `zone` | `Europe/Prague`, `UTC` | the zone of all times, read and written |
| `order_detail` | `full`, or a list of `sparse`, `extra`, `stringly` | keys missing, added, numbers as text |
| `shipped_without_tracking` | `refuse`, `accept` | shipped without tracking: 400, or accepted |
| `half_tracking` | `accept`, `refuse` | tracking number alone or URL alone: tracking enough, or 400 |
| `confirmed_again` | `accept`, `refuse` | `confirmed: true` on a confirmed order: without effect, or 400 |
| `tracking_shown` | `as_sent`, or a list of echoes | how tracking is read back, see below |
| `wrong_key_http_status` | 401, 403 | the answer to an unknown `client_id` (a missing one: always 401) |
| `put_answer` | `result`, `empty` | what an accepted PUT is answered with: the envelope, or an empty body |
| `unknown_parameters` | `ignore`, `refuse` | of a list: a parameter that is none, and no field either |
| `basic_time_stamps` | `present`, `absent` | of a list: whether basic objects have one time stamp per status passed |
| `blocked_unconfirmed` | `left_out`, `listed` | blocked orders among the unconfirmed ones |
| `webhook_retry` | `never`, `next` | numbers that were not answered with 2xx: dropped, or sent again |

Echoes: `capitals` (number and URL), `own_address` (MALL's own URL for the one that was sent), `escaped` (`&` as
`&amp;`), `cut` (after 20 characters, a URL after 40). What was sent is kept: the control address shows it.

What MALL does to some calls or orders only (accepting without effect, a success without the order) is a fault: see
`faults`.
"""

from __future__ import annotations

from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator

Shape = Literal["full", "sparse", "extra", "stringly"]
Echo = Literal["as_sent", "capitals", "own_address", "escaped", "cut"]


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
    half_tracking: Literal["accept", "refuse"] = "accept"
    confirmed_again: Literal["accept", "refuse"] = "accept"
    tracking_shown: tuple[Echo, ...] = ("as_sent",)
    wrong_key_http_status: Literal[401, 403] = 401
    put_answer: Literal["result", "empty"] = "result"
    unknown_parameters: Literal["ignore", "refuse"] = "ignore"
    basic_time_stamps: Literal["present", "absent"] = "present"
    blocked_unconfirmed: Literal["left_out", "listed"] = "left_out"
    webhook_retry: Literal["never", "next"] = "never"

    @field_validator("order_detail", "tracking_shown", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def tzinfo(self) -> ZoneInfo:
        """`zone` as an object."""
        return ZoneInfo(self.zone)
