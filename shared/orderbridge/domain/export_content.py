"""How old the content of a shop's export is.

An export may be made for every request, or be a file that the shop writes now and then. A download says nothing about
that: the undo window of a final step counts only against content that was made after it (R2.5). Everything here
errs on the old side. All moments are aware and UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

UNKNOWN_INTERVAL = timedelta(hours=1)
"""How old an export may be whose shop tells neither when it was made nor how often."""
MAX_GAPS = 16
MIN_GAPS = 8
"""How many changes of the content are needed before the interval between them counts as the shop's."""
UNCONDITIONAL_EVERY = timedelta(hours=1)
"""How often the export is asked for without a condition, in case the server says "not modified" for ever."""
DISTRUST_FOR = timedelta(days=1)
"""How long no condition is sent to a server that said "not modified" of an export that had changed."""
SHORT_FOR = timedelta(hours=2)
"""How long a list that lost much of what it had is not believed; after that it is the shop's list."""
MIN_ORDERS_TO_LOSE = 10
"""Below that, a list that halves says nothing: a small shop's orders come and go."""
ROLL_CALL_EVERY = timedelta(days=1)
MAX_LIST_WAIT = timedelta(days=1)
"""How long orders that came in a crowd wait for MALL's list; after that they are read one by one."""
STUCK_AFTER = timedelta(hours=12)
"""Content that stays the same for shorter is never called stuck: a shop sleeps at night."""


@dataclass(frozen=True, slots=True)
class ExportContent:
    """What is known of the content that a shop's export served last, and of how often it changes.

    `digest` is that of the document. `first_served_at` and `last_served_at` are starts of fetches. `newer_than` is the
    start of the last fetch that was still served another content. `stamped_at` is when the document itself says that it
    was made, `modified_at` when the server says so.
    `known_at`: everything that the shop had by then was handed over. `read_at` is
    when the export was last asked for without a condition, `distrusted_at` when a condition was last answered wrongly.
    `gaps` are whole seconds between changes of the content, each too long rather than too short, the newest last.
    `orders` is the number of orders in the last list that was taken for complete, `short_since` when a list began to
    lack many of them. `roll_called_at` is when the orders under way were last looked for in it, `under_way` how many
    there were. `bulk_change_at` is the start of the last fetch that handed over a crowd of orders: MALL's list of
    orders under way is read after it.
    """

    digest: str = ""
    first_served_at: datetime | None = None
    last_served_at: datetime | None = None
    newer_than: datetime | None = None
    stamped_at: datetime | None = None
    modified_at: datetime | None = None
    known_at: datetime | None = None
    read_at: datetime | None = None
    distrusted_at: datetime | None = None
    gaps: tuple[int, ...] = ()
    orders: int = 0
    short_since: datetime | None = None
    roll_called_at: datetime | None = None
    under_way: int = 0
    bulk_change_at: datetime | None = None

    @property
    def made_at(self) -> datetime | None:
        """When the content was made, if the document or else the server says so."""
        return self.stamped_at or self.modified_at

    def is_unconditional_due(self, now: datetime) -> bool:
        """Whether the export is to be asked for without a condition."""
        if self.distrusted_at is not None and now < self.distrusted_at + DISTRUST_FOR:
            return True
        return self.read_at is None or now >= self.read_at + UNCONDITIONAL_EVERY

    def is_roll_call_due(self, now: datetime) -> bool:
        """Whether it is time to look for the orders under way in the list."""
        return self.roll_called_at is None or now >= self.roll_called_at + ROLL_CALL_EVERY


def served(
    content: ExportContent, digest: str, started: datetime, modified_at: datetime | None, *, conditional: bool
) -> ExportContent:
    """`content` after a fetch that began at `started` and was served the document of `digest`.

    `modified_at`: when it was made, as the server says; None if it does not. `conditional`: the export was asked for
    with a condition, so that "not modified" was a possible answer.
    """
    content = replace(content, read_at=content.read_at if conditional else started)
    if modified_at is not None:
        modified_at = min(modified_at, started)
    if digest == content.digest:
        return replace(content, last_served_at=started, modified_at=modified_at)
    if modified_at == content.modified_at:
        modified_at = None  # another content of the same moment: that is not when it was made
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
    """`content` once the document was read, with its own `stamp`; `before` is what was known before the fetch.

    A stamp that stays the same while the content changes is none.
    """
    if stamp is None:
        return content
    same_again = stamp == before.stamped_at and content.digest != before.digest
    return content if same_again else replace(content, stamped_at=min(stamp, content.last_served_at or stamp))


def interval(content: ExportContent, setting: timedelta | None) -> timedelta:
    """How old the content of the shop's export may be when nothing tells: `setting`, else what the changes so far say.

    A file that is written every hour never changes twice within the hour; changes that come late (a quiet night) make
    the interval too long, which is safe. So it is the lower quarter of the gaps that counts, not the shortest: a file
    may be written by hand once.
    """
    if setting is not None:
        return setting
    if len(content.gaps) < MIN_GAPS:
        return UNKNOWN_INTERVAL
    return timedelta(seconds=sorted(content.gaps)[len(content.gaps) // 4])


def made_after(content: ExportContent, started: datetime, at_most: timedelta) -> datetime:
    """The earliest moment at which the content can have been made that a fetch begun at `started` was served.

    What the document or the server says counts. Where neither does, it was made after another content was still being
    served, and is not older than the export's interval `at_most`.
    """
    if content.made_at is not None:
        return content.made_at
    oldest = started - at_most
    return oldest if content.newer_than is None else max(oldest, content.newer_than)


def with_order_count(content: ExportContent, orders: int, started: datetime) -> ExportContent:
    """`content` after a whole list with so many `orders` was read."""
    short = content.orders >= MIN_ORDERS_TO_LOSE and orders * 2 < content.orders
    if short and (content.short_since is None or started < content.short_since + SHORT_FOR):
        return replace(content, short_since=content.short_since or started)
    return replace(content, orders=orders, short_since=None)


def unchanged_for(content: ExportContent, now: datetime) -> timedelta | None:
    """For how long the content has been the same, if that is far longer than usual while orders are under way."""
    if content.first_served_at is None or not content.under_way:
        return None
    same_for = now - content.first_served_at
    usual = timedelta(seconds=max(content.gaps, default=0))
    return same_for if same_for >= max(STUCK_AFTER, 3 * usual) else None
