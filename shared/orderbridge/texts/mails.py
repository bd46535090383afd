"""The mails to a shop's people: an alarm, a summary of alarms, the daily digest, a stopped shop.

A mail leads to the clerks' page, so it names that page's buttons and lists.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.cases.digest import DigestSection
from orderbridge.domain.cases.mail_cap import is_urgent
from orderbridge.domain.cases.records import AlarmKind
from orderbridge.domain.codes.cases import DigestReason, SubjectReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.texts.controls import PAGE
from orderbridge.texts.templates import Mail, render_mail

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from orderbridge.domain.cases.digest import Digest
    from orderbridge.domain.cases.records import Alarm
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopStop
    from orderbridge.texts.languages import Language

MAX_SUBJECT = 100
"""Maximum length of an SNS subject in characters, which must be printable ASCII."""
LINES_PER_SECTION = 100
"""Maximum number of lines of a digest's section in a mail; new ones come first."""
_SIGNS = str.maketrans({"„": '"', "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "…": "..."})
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True, slots=True)
class OrderAlarm:
    """An alarm and the number of its order."""

    order: int
    alarm: Alarm
    page: str = ""
    """The address of the order's page; empty: it is not known."""

    @property
    def subject(self) -> Reason:
        """The alarm's subject, one line."""
        name = self.alarm.happened.code.partition(".")[2].partition(".")[0].upper()
        known = SubjectReason.__members__.get(name, SubjectReason.OTHER)
        return because(known, order=self.order)

    @property
    def is_escalation(self) -> bool:
        """Whether there is a ready text to send."""
        return self.alarm.kind is AlarmKind.ESCALATION


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A line of the digest. `new`: the last digest did not have it. `page`: the order's, empty if it is not known."""

    reason: Reason
    new: bool
    page: str


@dataclass(frozen=True, slots=True)
class DigestPart:
    """A section of the digest: `count` items, of which `lines` are shown; `more` gives the number of the others."""

    section: DigestSection
    count: int
    lines: tuple[DigestLine, ...]
    more: Reason | None


def page_of(console_url: str, shop: str, order: int) -> str:
    """The address of the order's page for clerks; empty where the page's own is not known. It holds no secret."""
    return f"{console_url}/shops/{shop}/orders/{order}" if console_url else ""


def alarm_mail(order: int, alarm: Alarm, language: Language, zone: ZoneInfo, page: str = "") -> Mail:
    """The mail of one alarm about an order; times in `zone`. `page` is the address of the order's page."""
    return _mail("alarm", language, zone, one=OrderAlarm(order, alarm, page))


def summary_mail(shop: str, alarms: Sequence[OrderAlarm], language: Language, zone: ZoneInfo) -> Mail:
    """One mail for several alarms (R6.18): the urgent ones first and in full, of the others the subjects."""
    urgent = [one for one in alarms if is_urgent(one.alarm)]
    others = [one for one in alarms if not is_urgent(one.alarm)]
    subject = (
        because(
            SubjectReason.SUMMARY_WITH_PARCELS, shop=Term(shop), parcels=len(urgent), messages=len(alarms)
        )
        if urgent
        else because(SubjectReason.SUMMARY, shop=Term(shop), messages=len(alarms))
    )
    return _mail("summary", language, zone, subject=subject, shop=shop, urgent=urgent, others=others)


def digest_mail(
    shop: str,
    digest: Digest,
    known_keys: Collection[str],
    notes: Sequence[Reason],
    language: Language,
    zone: ZoneInfo,
    console_url: str = "",
) -> Mail:
    """The mail of `digest` (R6.13). Items whose keys are not in `known_keys` are marked as new and come first.

    `notes`: what the digest leaves out. Times are in `zone`. With `console_url`, the address of the clerks' page, every
    item has the address of its order's page.
    """
    pages = {item.mall_order_id: page_of(console_url, shop, item.mall_order_id) for item in digest.items}
    new = sum(item.key not in known_keys for item in digest.items)
    return _mail(
        "digest",
        language,
        zone,
        subject=because(SubjectReason.DIGEST, shop=Term(shop), items=len(digest.items), new=new),
        headline=because(DigestReason.NEW_ITEMS, shop=Term(shop), new=new),
        parts=[
            part for section in DigestSection if (part := _part(digest, section, known_keys, pages)).count
        ],
        today=f"{console_url}/shops/{shop}/today" if console_url else "",
        notes=notes,
    )


def _part(
    digest: Digest, section: DigestSection, known_keys: Collection[str], pages: Mapping[int, str]
) -> DigestPart:
    items = [item for item in digest.items if item.section is section]
    items.sort(key=lambda item: item.key in known_keys)
    lines = tuple(
        DigestLine(item.reason, item.key not in known_keys, pages[item.mall_order_id])
        for item in items[:LINES_PER_SECTION]
    )
    left = len(items) - len(lines)
    return DigestPart(section, len(items), lines, because(DigestReason.MORE, more=left) if left else None)


def stop_mail(shop: str, stop: ShopStop, language: Language, zone: ZoneInfo, console_url: str = "") -> Mail:
    """The mail that a whole shop is stopped (R6.19). With `console_url` it has the address of the shop's state."""
    state = f"{console_url}/shops/{shop}/state" if console_url else ""
    return _mail(
        "shop_stopped", language, zone, shop=Term(shop), since=stop.since, why=stop.reason, state=state
    )


def _mail(template: str, language: Language, zone: ZoneInfo, **values: object) -> Mail:
    mail = render_mail(template, language, zone, PAGE, **values)
    return Mail(ascii_subject(mail.subject), mail.body)


def ascii_subject(text: str) -> str:
    """`text` as an SNS subject: ASCII without diacritics, at most ``MAX_SUBJECT`` long, cut between words."""
    bare = unicodedata.normalize("NFKD", " ".join(text.translate(_SIGNS).split()))
    plain = " ".join(_NOT_PRINTABLE.sub("", bare).split())
    if len(plain) <= MAX_SUBJECT:
        return plain or "-"
    begin = plain[: MAX_SUBJECT - len("...")]
    return f"{begin.rpartition(' ')[0] or begin}..."
