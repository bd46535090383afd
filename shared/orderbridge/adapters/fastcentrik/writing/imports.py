"""``Imports`` for FastCentrik: one POST of one document to the shop's import address.

The outcome by the server's answer:

| answer | outcome |
|---|---|
| no usable import address; a profile without ``[import]``, or a broken one | NOT_SENT |
| an order without lines, prices or a name; a code that the document's encoding cannot hold | NOT_SENT |
| never connected: name, refused, time-out while connecting, a certificate not trusted | NOT_SENT |
| 401, 403; 404, 405, 410; 301, 307, 308 and any redirect to a login page; 429 | NOT_SENT |
| another 4xx (400, 406, 409, 413, 415, 422 …) | REFUSED |
| 2xx in which ``refused_pattern`` is found | REFUSED |
| 2xx with a body that is cut off, late, compressed or over 64 KB | UNCLEAR |
| 2xx with an HTML page (a login page, as a rule) | UNCLEAR |
| 2xx in which ``taken_pattern``, if there is one, is not found; 200 without a body | UNCLEAR |
| another 2xx, also 201 and 204 without a body | TAKEN |
| silence or a connection that ended after sending; TLS that failed otherwise; 408; 5xx | UNCLEAR |
| another redirect: 302 and 303 are also how a server answers a form that it has taken | UNCLEAR |

After TAKEN the order is confirmed to MALL and not written again. So every answer that is not plain is UNCLEAR, and the
next export decides.
"""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.profile.load import writing_profile
from orderbridge.adapters.fastcentrik.reading.record import MAX_CODE
from orderbridge.adapters.fastcentrik.server import TimeLimits, is_html
from orderbridge.adapters.system import milliseconds
from orderbridge.adapters.texts import clean, unescaped
from orderbridge.addresses import checked
from orderbridge.domain.answers import ImportAnswer, ImportOutcome
from orderbridge.domain.codes.answers import ImportReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.reasons import because
from orderbridge.errors import ExportProblemError
from orderbridge.redaction import redact_line

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from orderbridge.adapters.fastcentrik.profile.import_schema import ImportPart
    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.adapters.fastcentrik.writing.import_codec import ImportDocument
    from orderbridge.adapters.fastcentrik.writing.upload import Posted
    from orderbridge.domain.order_detail import OrderDetail
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopSecrets
    from orderbridge.settings import ShopSettings

_NOT_AN_IMPORT = {
    401: ImportReason.ADDRESS_REFUSED,
    403: ImportReason.ADDRESS_REFUSED,
    404: ImportReason.NO_IMPORT,
    405: ImportReason.NO_IMPORT,
    410: ImportReason.NO_IMPORT,
    301: ImportReason.ADDRESS_MOVED,
    307: ImportReason.ADDRESS_MOVED,
    308: ImportReason.ADDRESS_MOVED,
    429: ImportReason.TOO_MANY,
}
_OK = 200
_TAG = re.compile(r"<[^<>]*>")


class FastCentrikImports:
    """Writes over HTTP. One instance serves any number of shops, one document at a time.

    Guarantees: each call is at most one request, never repeated, never redirected. Neither the address nor anything
    of the customer is in an answer, an exception, a log or a repr.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        limits: TimeLimits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        local: bool = False,
    ) -> None:
        """Without a `session`, one is made at the first document. `monotonic` gives seconds.

        `local`: the deployment is local; see ``addresses``.
        """
        self._local = local
        self._session = session
        self._limits = limits
        self._monotonic = monotonic

    def problem(self, settings: ShopSettings, secrets: ShopSecrets) -> Reason | None:
        """See ``ports.Imports.problem``: an unusable address, or a profile without a valid ``[import]``."""
        try:
            writing_profile(settings)
        except ExportProblemError as problem:
            return _profile_problem(problem)
        return _address_problem(secrets, local=self._local)

    def create(self, settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        """See ``ports.Imports.create``."""
        started = self._monotonic()
        answer = self._create(settings, secrets, order)
        return self._timed(answer, started)

    def cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:
        """See ``ports.Imports.cancel``."""
        started = self._monotonic()
        answer = self._cancel(settings, secrets, code)
        return self._timed(answer, started)

    def _timed(self, answer: ImportAnswer, started: float) -> ImportAnswer:
        return replace(answer, duration_ms=milliseconds(started, self._monotonic()))

    def _create(self, settings: ShopSettings, secrets: ShopSecrets, order: OrderDetail) -> ImportAnswer:
        from orderbridge.adapters.fastcentrik.writing.import_codec import new_order  # noqa: PLC0415
        from orderbridge.adapters.fastcentrik.writing.quoting import quotes  # noqa: PLC0415

        try:
            profile = writing_profile(settings)
        except ExportProblemError as problem:
            return _not_sent(_profile_problem(problem))
        if not profile.mall_order_id.reads(order.mall_order_id):
            shortest = profile.mall_order_id.shortest
            short = because(ImportReason.SHORT_NUMBER, order=order.mall_order_id, shortest=shortest)
            return _not_sent(short)
        document = new_order(order, profile, ZoneInfo(settings.rules.shop_zone))

        def refusal(text: str) -> Reason:
            if quotes(text, order.customer):
                return because(ImportReason.REFUSED_HIDDEN)
            known = (secrets.import_url, secrets.export_url, secrets.client_id)
            text = redact_line(clean(text), secrets=known, keep=(str(order.mall_order_id),))
            return (
                because(ImportReason.REFUSED_SAID, said=ShopText(text))
                if text
                else because(ImportReason.REFUSED)
            )

        return self._post(secrets, document, profile, refusal)

    def _cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:
        from orderbridge.adapters.fastcentrik.writing.import_codec import cancellation  # noqa: PLC0415

        try:
            profile = writing_profile(settings)
        except ExportProblemError as problem:
            return _not_sent(_profile_problem(problem))
        document = cancellation(code, profile)
        if document is None:
            return _not_sent(because(ImportReason.CODE_ENCODING))
        # The customer is not known here, so nothing that the shop says could be searched for a name.
        refused = because(ImportReason.REFUSED_CANCELLATION)
        return self._post(secrets, document, profile, lambda _: refused)

    def _post(
        self,
        secrets: ShopSecrets,
        document: ImportDocument,
        profile: Profile,
        refusal: Callable[[str], Reason],
    ) -> ImportAnswer:
        problem = _address_problem(secrets, local=self._local)
        if problem is not None:
            return _not_sent(problem)
        # The HTTP library is most of this package's import time.
        from orderbridge.adapters.fastcentrik.writing.upload import post  # noqa: PLC0415
        from orderbridge.adapters.http import Session  # noqa: PLC0415

        if self._session is None:
            self._session = Session(monotonic=self._monotonic, local=self._local)
        limits = self._limits or TimeLimits(connect=5, read=20, total=25)
        posted = post(self._session, secrets.import_url, document, limits, self._monotonic)
        return _judged(posted, profile, refusal)


def _address_problem(secrets: ShopSecrets, *, local: bool) -> Reason | None:
    """The problem of the import address; None if there is none."""
    if not secrets.import_url:
        return because(ImportReason.NO_ADDRESS)
    if checked(secrets.import_url, local=local) is None:
        return because(ImportReason.BAD_ADDRESS)
    return None


def _profile_problem(problem: ExportProblemError) -> Reason:
    return because(ImportReason.BAD_PROFILE, problem=problem.reason)


def _not_sent(reason: Reason, status: int | None = None) -> ImportAnswer:
    return ImportAnswer(ImportOutcome.NOT_SENT, status, reason)


def _judged(posted: Posted, profile: Profile, refusal: Callable[[str], Reason]) -> ImportAnswer:
    """The outcome by the table above. `refusal` makes a reason of the shop's text."""
    status = posted.status
    if status is None:
        outcome = ImportOutcome.UNCLEAR if posted.sent else ImportOutcome.NOT_SENT
        return ImportAnswer(outcome, None, because(posted.problem or ImportReason.NO_ANSWER))
    if posted.to_login and 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirects
        return _not_sent(because(ImportReason.LOGIN), status)
    if status in _NOT_AN_IMPORT:
        return _not_sent(because(_NOT_AN_IMPORT[status]), status)
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's successes
        return _success(posted, status, profile, refusal)
    if 400 <= status < 500 and status != 408:  # noqa: PLR2004 - the server's time-out: it may have all of it
        return ImportAnswer(ImportOutcome.REFUSED, status, refusal(_said(posted)))
    return ImportAnswer(ImportOutcome.UNCLEAR, status, because(ImportReason.NOT_CLEAR))


def _success(posted: Posted, status: int, profile: Profile, refusal: Callable[[str], Reason]) -> ImportAnswer:
    """The outcome of a 2xx, whose body may report a refusal."""
    part = profile.import_part
    text = _text(posted.body)
    if part and part.refused_pattern and re.search(part.refused_pattern, text):
        return ImportAnswer(ImportOutcome.REFUSED, status, refusal(_said(posted)))
    doubt = posted.cut
    if doubt is None and _is_page(posted):
        doubt = ImportReason.PAGE
    elif doubt is None and part and part.taken_pattern and not re.search(part.taken_pattern, text):
        doubt = ImportReason.NOT_SAID
    elif doubt is None and status == _OK and not posted.body.strip():
        doubt = ImportReason.EMPTY
    if doubt is not None:
        return ImportAnswer(ImportOutcome.UNCLEAR, status, because(doubt))
    return ImportAnswer(ImportOutcome.TAKEN, status, code=_given_code(text, part))


def _given_code(text: str, part: ImportPart | None) -> str:
    """The code of the new order in the shop; empty if the answer names none or several."""
    if part is None or part.code_pattern is None:
        return ""
    named = {clean(unescaped(match[1] or "")) for match in re.finditer(part.code_pattern, text)}
    code = named.pop() if len(named) == 1 else ""
    return code if len(code) <= MAX_CODE and "@" not in code else ""


def _is_page(posted: Posted) -> bool:
    return posted.content_type.startswith("text/html") or is_html(posted.body)


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1250", "replace")


def _said(posted: Posted) -> str:
    """The shop's text without markup; empty for a web page."""
    if _is_page(posted):
        return ""
    # The text may hold escaped markup, if the shop quotes a document.
    return _TAG.sub(" ", unescaped(_TAG.sub(" ", _text(posted.body))))
