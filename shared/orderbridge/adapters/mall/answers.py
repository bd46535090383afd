"""Judges MALL's answers: an HTTP answer in, the failure policy's result out. Pure.

An HTTP error status decides by itself. In a success, MALL's own words decide (R9.5): ``result`` and
``errorCodes``, whatever the HTTP status says:

| came in | came back |
|---|---|
| never connected: name, refused, time-out while connecting, a certificate not trusted | NOT_CONNECTED |
| silence, also while TLS is set up; 408; a 2xx whose body does not end in time | TIMEOUT |
| the connection ended, or TLS failed otherwise; a 2xx whose body ends early | CONNECTION_LOST |
| not HTTP; a 2xx whose body is not a JSON object with a readable ``result``, or is too large | BROKEN_BODY |
| a 2xx without a body; for a read also one without the order (``null``, ``{}``, ``[]``, a text) | EMPTY_BODY |
| a 2xx whose order has no status or an unknown one, another order's number or an unreadable one | BROKEN_BODY |
| a 2xx with several objects none of which has the order's number | BROKEN_BODY |
| a write's 2xx whose ``result.status`` is an unknown word | BROKEN_BODY |
| for a list also a 2xx with something else in its place, or an empty one without a ``result`` | BROKEN_BODY |
| 400, 401, 403, 404, 409, 422, 429, 5xx – by HTTP status, or by ``result.code`` in a 2xx | its own word |
| ``result.status`` LIMITED in a 2xx without an error's code, or in a 4xx | LIMITED |
| ``result.status`` ERROR, or any ``errorCodes``, in a 2xx without an error's code | REJECTED |
| 404 with a body that is not MALL's (a web server's page: the address is wrong, not the order) | UNEXPECTED |
| everything else: 1xx, 3xx (never followed), 405, 410, 413, 415, 425 … | UNEXPECTED |

Texts and ``errorCode`` decide nothing: they are for people. A list without orders is OK: see ``lists``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from orderbridge.adapters.mall import reasons
from orderbridge.adapters.mall.fields import shown_code, whole
from orderbridge.adapters.mall.limits import budget, retry_after
from orderbridge.adapters.mall.models import BasicOrder, Envelope, UnknownStatusError
from orderbridge.domain.answers import MarketplaceAnswer
from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.reasons import because

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, tzinfo

    from orderbridge.adapters.mall.transport import Received, TransportError
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.views import MarketplaceView

_BY_CUT: Mapping[str, CallResult] = {
    "late": CallResult.TIMEOUT,
    "lost": CallResult.CONNECTION_LOST,
    "too large": CallResult.BROKEN_BODY,
}
_CUT: Mapping[str, AnswerReason] = {
    "late": AnswerReason.CUT_LATE,
    "lost": AnswerReason.CUT_LOST,
    "too large": AnswerReason.CUT_TOO_LARGE,
}
_BY_CODE: Mapping[int, CallResult] = {
    400: CallResult.BAD_REQUEST,
    401: CallResult.UNAUTHORIZED,
    403: CallResult.FORBIDDEN,
    404: CallResult.NOT_FOUND,
    408: CallResult.TIMEOUT,
    409: CallResult.CONFLICT,
    422: CallResult.UNPROCESSABLE,
    429: CallResult.LIMITED,
}
MAX_PLACES = 5
"""Places in an unreadable order that are named."""
MAX_VALUES = 200_000
"""Texts, numbers, lists and objects in one answer. A page of a thousand orders has fewer. They are counted before the
JSON is parsed, because a parsed value takes many times the memory of its text."""
_BETWEEN = (b",", b":", b"[", b"{")
_Order = TypeVar("_Order", bound=BasicOrder)
_SUCCESS = range(200, 300)
_ERRORS = range(400, 600)
_REFUSALS = range(400, 500)
_SERVER_ERRORS = range(500, 600)


@dataclass(frozen=True, slots=True)
class CallContext:
    """The call that an answer belongs to."""

    call: Call
    mall_order_id: int | None
    """None for a list."""
    zone: tzinfo
    """MALL's clock."""
    now: datetime
    """UTC."""
    clean: Callable[[str], str]
    """Makes a text from outside fit for a record."""
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer is judged."""

    call_result: CallResult
    reason: Reason | None = None
    """Why, in our own words."""
    said: str = ""
    """MALL's own words; not yet fit for a record. There is no `reason` beside them."""
    view: MarketplaceView | None = None


def from_error(error: TransportError) -> MarketplaceAnswer:
    """The marketplace answer for a call that brought no HTTP answer."""
    return MarketplaceAnswer(error.call_result, reason=error.reason)


def from_received(received: Received, context: CallContext) -> MarketplaceAnswer:
    """Judges `received` by the table above. Raises nothing, whatever the bytes are."""
    envelope = success(received)
    if isinstance(envelope, Verdict):
        return answer_of(envelope, received, context)
    return answer_of(
        _seen(envelope, context) if context.call is Call.READ else _done(envelope), received, context
    )


def success(received: Received) -> Envelope | Verdict:
    """The envelope of a possible success, or the verdict on a failure."""
    envelope, problem = _envelope(received)
    return _by_http_status(received, envelope) or _by_body(received, envelope, problem)


def answer_of(verdict: Verdict, received: Received, context: CallContext) -> MarketplaceAnswer:
    """The marketplace answer that `verdict` makes of `received`."""
    call_result = verdict.call_result
    limited = call_result is CallResult.LIMITED
    reason = verdict.reason
    if verdict.said:
        reason = because(AnswerReason.SAID, said=ShopText(context.clean(verdict.said)))
    wait = None
    if call_result is not CallResult.OK:
        wait = retry_after(received.headers, context.now, limited=limited)
    return MarketplaceAnswer(
        call_result=call_result,
        http_status=received.status,
        reason=reason,
        view=verdict.view,
        retry_after=wait,
        duration_ms=context.duration_ms,
        # A refusal for the limit has its own wait, in `retry_after`.
        budget=None if limited else budget(received.headers, context.now),
    )


def _envelope(received: Received) -> tuple[Envelope | None, Reason | None]:
    """The envelope of an answer, or None and the problem. An answer without a body has neither."""
    if received.cut:
        return None, because(_CUT[received.cut])
    if not received.body.strip():
        return None, None
    size = len(received.body)
    if sum(map(received.body.count, _BETWEEN)) > MAX_VALUES:
        return None, because(AnswerReason.TOO_MUCH, bytes=size)
    try:
        # utf-8-sig reads UTF-8 with a byte order mark and without.
        document = json.loads(received.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None, because(AnswerReason.NOT_JSON, bytes=size)
    foreign = because(AnswerReason.FOREIGN, bytes=size)
    if not isinstance(document, dict):
        return None, foreign
    try:
        return Envelope.model_validate(document), None
    except ValidationError:
        return None, foreign


def _by_http_status(received: Received, envelope: Envelope | None) -> Verdict | None:
    """The verdict on an HTTP error status; None for a success."""
    if received.status in _SUCCESS:
        return None
    foreign = envelope is None or (envelope.result is None and not envelope.error_codes)
    if received.status == 404 and foreign and received.body.strip():  # noqa: PLR2004
        return Verdict(CallResult.UNEXPECTED, because(AnswerReason.WRONG_ADDRESS))
    if received.status in _REFUSALS and _status(envelope) == "LIMITED":
        return Verdict(CallResult.LIMITED, said=_said(envelope))
    return Verdict(_of_code(received.status), said=_said(envelope))


def _by_body(received: Received, envelope: Envelope | None, problem: Reason | None) -> Envelope | Verdict:
    """The envelope of a 2xx, or the verdict if the body is missing, broken or reports an error."""
    if received.cut:
        return Verdict(_BY_CUT[received.cut], problem)
    if envelope is None:
        return Verdict(CallResult.EMPTY_BODY if problem is None else CallResult.BROKEN_BODY, problem)
    return _refused(envelope) or envelope


def says_success(envelope: Envelope) -> bool:
    """Whether MALL reports a success. An unknown ``result.status`` reports none."""
    status = _status(envelope)
    return envelope.result is not None and status in {"", "OK"} and bool(envelope.result.code or status)


def _status(envelope: Envelope | None) -> str:
    return envelope.result.status.upper() if envelope is not None and envelope.result is not None else ""


def _refused(envelope: Envelope) -> Verdict | None:
    """The verdict on a 2xx whose body reports an error; None if it reports none."""
    code = envelope.result.code if envelope.result is not None else None
    status = _status(envelope)
    if code is not None and code in _ERRORS:
        return Verdict(_of_code(code), said=_said(envelope))
    if status == "LIMITED":
        return Verdict(CallResult.LIMITED, said=_said(envelope))
    if status == "ERROR" or envelope.error_codes:
        return Verdict(CallResult.REJECTED, said=_said(envelope))
    if code is not None and code not in _SUCCESS:
        return Verdict(CallResult.UNEXPECTED, said=_said(envelope))
    return None


def _of_code(code: int) -> CallResult:
    if code in _SERVER_ERRORS:
        return CallResult.SERVER_ERROR
    return _BY_CODE.get(code, CallResult.UNEXPECTED)


def _done(envelope: Envelope) -> Verdict:
    if says_success(envelope):
        return Verdict(CallResult.OK)
    return Verdict(CallResult.BROKEN_BODY, because(AnswerReason.NO_RESULT))


def _seen(envelope: Envelope, context: CallContext) -> Verdict:
    # BasicOrder leaves out the customer's data.
    order = order_in(envelope, context, BasicOrder)
    return order if isinstance(order, Verdict) else Verdict(CallResult.OK, view=order.view())


def order_in(envelope: Envelope, context: CallContext, kind: type[_Order]) -> _Order | Verdict:
    """The requested order, with a known status; or the verdict on an answer without it."""
    data = _asked_for(envelope.data, context.mall_order_id)
    if data is None:
        return Verdict(CallResult.EMPTY_BODY, because(AnswerReason.NO_ORDER))
    try:
        order = kind.model_validate(data, context={"zone": context.zone})
        if order.id is not None and order.id != context.mall_order_id:
            other = because(AnswerReason.OTHER_ORDER, order=context.mall_order_id or 0)
            return Verdict(CallResult.BROKEN_BODY, other)
        order.known_status()
    except UnknownStatusError as problem:
        return Verdict(CallResult.BROKEN_BODY, _without_status(problem, context))
    except ValidationError as problem:
        return Verdict(CallResult.BROKEN_BODY, _unreadable(problem, context))
    return order


def _without_status(problem: UnknownStatusError, context: CallContext) -> Reason:
    if problem.status is None:
        return because(AnswerReason.NO_STATUS)
    if not problem.shown:
        return because(AnswerReason.UNKNOWN_STATUS_HIDDEN)
    return because(AnswerReason.UNKNOWN_STATUS, status=ShopText(context.clean(problem.status)))


def _unreadable(problem: ValidationError, context: CallContext) -> Reason:
    """The places alone: the values are the customer's data."""
    places = sorted({".".join(map(str, error["loc"])) for error in problem.errors(include_input=False)})
    shown = tuple(Term(context.clean(place)) for place in places[:MAX_PLACES])
    return because(AnswerReason.UNREADABLE, places=shown)


def _asked_for(data: object, mall_order_id: int | None) -> dict[str, Any] | None:
    """The order in `data`, which is an object or a list of them. A single object needs no number.

    If none of several has the number, the first is returned: the caller reports its number.
    """
    if isinstance(data, list):
        objects = [item for item in data if isinstance(item, dict)]
        own = [item for item in objects if whole(item.get("id")) == mall_order_id]
        numbered = [item for item in objects if len(objects) == 1 or item.get("id")]
        data = next(iter(own or numbered), None)
    return data if isinstance(data, dict) and data else None


def _said(envelope: Envelope | None) -> str:
    """MALL's text, then each error code with its text, through ``reasons.shown``.

    Attributes of errors are left out: they repeat what was sent or stored, so they may name the customer.
    """
    if envelope is None:
        return ""
    parts = [reasons.shown(envelope.result.message)] if envelope.result is not None else []
    for reason in envelope.error_codes:
        code = f"[{shown_code(reason.error_code)}]" if reason.error_code else ""
        text = reasons.shown(reason.message)
        text = text if text not in parts else ""
        parts.append(" ".join(part for part in (text, code) if part))
    return "; ".join(part for part in parts if part)
