"""How old the content of a shop's export is (R10.5).

A shop may make its export for each request, or write a file from time to time. The download does not show which. The
undo window of a final step needs content made after its end (R2.5). So an estimate never makes content younger than it
is. All moments are aware and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

UNKNOWN_INTERVAL = timedelta(hours=1)
"""The assumed interval of an export, as long as neither the shop nor eight changes give one (R10.5)."""
MAX_GAPS = 16
"""How many intervals between changes of the content are kept, the newest."""
MIN_GAPS = 8
"""How many intervals are needed before they count as the export's own (R10.5)."""
UNCONDITIONAL_EVERY = timedelta(hours=1)
"""How often the export is requested without a condition (R10.9): a server may answer "not modified" for ever."""
DISTRUST_FOR = timedelta(days=1)
"""How long no condition is sent to a server that answered "not modified" for a changed export (R10.9)."""
SHORT_FOR = timedelta(hours=2)
"""How long a list that lost half of its orders is not believed (R10.7). After that it counts."""
MIN_ORDERS_TO_LOSE = 10
"""How many orders a list must have had for its halving to count (R10.7). Smaller lists halve by chance."""
ROLL_CALL_EVERY = timedelta(days=1)
"""How often the orders under way are searched for in the export (R10.6)."""
MAX_LIST_WAIT = timedelta(days=1)
"""How long orders of a bulk change wait for MALL's list (R8.12). After that each is read on its own."""
STUCK_AFTER = timedelta(hours=12)
"""How long content must stay the same at least to be reported as stuck (R10.10). A shop changes nothing at night."""


@dataclass(frozen=True, slots=True)
class ExportContent:
    """What is known of the content that a shop's export served last, and of how often it changes."""

    digest: str = ""
    """The digest of the document."""
    first_served_at: datetime | None = None
    """When the first fetch of this content began."""
    last_served_at: datetime | None = None
    """When the last fetch of this content began."""
    newer_than: datetime | None = None
    """When the last fetch of the content before it began."""
    stamped_at: datetime | None = None
    """When the content was made, as the document says."""
    modified_at: datetime | None = None
    """When the content was made, as the server says."""
    known_at: datetime | None = None
    """All changes made in the shop up to this moment were handed over."""
    read_at: datetime | None = None
    """When the export was last requested without a condition."""
    distrusted_at: datetime | None = None
    """When the server last answered "not modified" for a changed export."""
    gaps: tuple[int, ...] = ()
    """Whole seconds between changes of the content, the newest last. Each may be too long, never too short."""
    orders: int = 0
    """How many orders the last list had that was taken for complete."""
    short_since: datetime | None = None
    """When a list first lacked half of them (R10.7); None: the last list was complete."""
    roll_called_at: datetime | None = None
    """When the orders under way were last searched for in the list (R10.6)."""
    under_way: int = 0
    """How many orders were under way then."""
    bulk_change_at: datetime | None = None
    """When the last fetch with a bulk change began (R8.12). MALL's list of orders under way is read after it."""

    @property
    def made_at(self) -> datetime | None:
        """When the content was made, as the document says, or else the server; None: neither says so."""
        return self.stamped_at or self.modified_at

    def is_unconditional_due(self, now: datetime) -> bool:
        """Whether the next request for the export goes without a condition (R10.9)."""
        if self.distrusted_at is not None and now < self.distrusted_at + DISTRUST_FOR:
            return True
        return self.read_at is None or now >= self.read_at + UNCONDITIONAL_EVERY

    def is_roll_call_due(self, now: datetime) -> bool:
        """Whether the orders under way are to be searched for in the next list (R10.6)."""
        return self.roll_called_at is None or now >= self.roll_called_at + ROLL_CALL_EVERY


def served(
    content: ExportContent, digest: str, started: datetime, modified_at: datetime | None, *, conditional: bool
) -> ExportContent:
    """`content` after a fetch that began at `started` and served the document with `digest`.

    `modified_at` is when the server says that the content was made; None: it does not say. `conditional`: the request
    had a condition, so "not modified" was a possible answer.
    """
    content = replace(content, read_at=content.read_at if conditional else started)
    if modified_at is not None:
        modified_at = min(modified_at, started)
    if digest == content.digest:
        return replace(content, last_served_at=started, modified_at=modified_at)
    if modified_at == content.modified_at:
        modified_at = None  # the content changed and this moment did not: so it says nothing
    gaps = content.gaps
    if content.newer_than is not None:
        gaps = (*gaps, int((started - content.newer_than).total_seconds()))[-MAX_GAPS:]
    return replace(
        content,
        digest=digest,
        first_served_at=started,
        last_served_at=started,
        newer_than=content.last_served_at,
        stamped_at=None,
        modified_at=modified_at,
        gaps=gaps,
    )


def stamped(content: ExportContent, stamp: datetime | None, before: ExportContent) -> ExportContent:
    """`content` once its document was read; `stamp` is when the document says that it was made (None: it does not).

    `before` is what was known before the fetch. A stamp that stays the same while the content changes is ignored.
    """
    if stamp is None:
        return content
    same_again = stamp == before.stamped_at and content.digest != before.digest
    return content if same_again else replace(content, stamped_at=min(stamp, content.last_served_at or stamp))


def interval(content: ExportContent, setting: timedelta | None) -> timedelta:
    """How old the export's content can be if neither document nor server says so: `setting`, else learned (R10.5).

    An export that is written every hour does not change twice within an hour. Changes that come late make the learned
    interval too long, which is safe. The lower quartile of the gaps counts, not the shortest gap: somebody may have
    made one export by hand.
    """
    if setting is not None:
        return setting
    if len(content.gaps) < MIN_GAPS:
        return UNKNOWN_INTERVAL
    return timedelta(seconds=sorted(content.gaps)[len(content.gaps) // 4])


def made_after(content: ExportContent, started: datetime, at_most: timedelta) -> datetime:
    """The earliest moment at which the content can have been made that a fetch begun at `started` served.

    The moment that the document or the server gives counts. Without one, the content is younger than the content before
    it, and not older than the export's interval `at_most`.
    """
    if content.made_at is not None:
        return content.made_at
    oldest = started - at_most
    return oldest if content.newer_than is None else max(oldest, content.newer_than)


def with_order_count(content: ExportContent, orders: int, started: datetime) -> ExportContent:
    """`content` after a complete list with `orders` orders was read (R10.7)."""
    short = content.orders >= MIN_ORDERS_TO_LOSE and orders * 2 < content.orders
    if short and (content.short_since is None or started < content.short_since + SHORT_FOR):
        return replace(content, short_since=content.short_since or started)
    return replace(content, orders=orders, short_since=None)


def unchanged_for(content: ExportContent, now: datetime) -> timedelta | None:
    """How long the content has stayed the same, if that is reported (R10.10); None: it is not."""
    if content.first_served_at is None or not content.under_way:
        return None
    same_for = now - content.first_served_at
    usual = timedelta(seconds=max(content.gaps, default=0))
    return same_for if same_for >= max(STUCK_AFTER, 3 * usual) else None
