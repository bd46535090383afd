"""What the flows need from the outside world. Adapters implement it, ``bootstrap`` picks them, tests pass fakes."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - pydantic reads the annotations of what is stored
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol

from orderbridge.domain.export_content import LISTS_FIRST, ExportContent

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from orderbridge.domain.failure_policy import CameBack
    from orderbridge.domain.mail_cap import ShopMail
    from orderbridge.domain.orders import (
        Attempt,
        DeadLetter,
        ExportedOrder,
        HoldCode,
        ListedOrder,
        MarketplaceChange,
        MarketplaceView,
        OrderHistory,
        OrderState,
        Step,
    )
    from orderbridge.domain.silence import Silence
    from orderbridge.domain.spacing import Slot, Spacing
    from orderbridge.domain.whole_order import WholeOrder
    from orderbridge.messages import (
        AlarmRequest,
        DigestRequest,
        Listed,
        ListRequest,
        Look,
        News,
        NotShown,
        Send,
    )
    from orderbridge.settings import ShopSettings


class Clock(Protocol):
    """The only source of time. ``now()`` is timezone-aware UTC."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        ...


class Chance(Protocol):
    """The only source of randomness."""

    def jitter(self) -> float:
        """A number in [0, 1)."""
        ...


class VersionConflictError(Exception):
    """Somebody else wrote the order since it was loaded, or nobody could: load it again and decide anew.

    Nothing was written.
    """


class UnreadableOrderError(Exception):
    """An order is on record, and this version cannot read the record. One line: which order, what to do."""

    def __init__(self, shop: str, mall_order_id: int, problem: str) -> None:
        super().__init__(
            f"order {shop}/{mall_order_id}: its record cannot be read ({problem}): deploy the version that wrote it, "
            "or mend the item in the table"
        )
        self.mall_order_id = mall_order_id


class CursorError(Exception):
    """A cursor is none, or one of another list. One line."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many calls the marketplace leaves to a key: `remaining` of `limit`, until the window ends at `resets_at`.

    Of several windows the tightest one, as an answer told it. Everybody who uses the key shares it.
    """

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True)
class ShopStop:
    """Why nothing is sent for a shop, since when, and when one order may probe again."""

    reason: str
    since: datetime
    probe_at: datetime


@dataclass(frozen=True, slots=True)
class ShopRecord:
    """A shop in the registry: its settings and how it is doing. Holds no secret.

    `fetch_begun_at` is the start of the last fetch, however it ended; while one is under way it has the shop to itself
    until `fetching_until`. `hung_fetches` is how many in a row hung, the one under way among them.
    `secrets_at` is when its secrets were last stored; `marketplace` names the address among them without showing it, so
    that shops with the same one hear of each other's silences.
    `caught_up_at` is the start of the last fetch all of whose changes were handed over, `content` what is known of the
    age of the export's content; `settings_at` is when the settings were last changed. `budget` was noted when few calls
    were left; it says nothing any more once its window is over. `silence` is that of the marketplace's address, which
    other shops may have: it comes with ``Ledger.load_with_shop`` and ``Shops.silence`` only. `reconciled_at` is when
    MALL's list of all orders under way was last read whole.
    """

    shop: str
    settings: ShopSettings
    registered_at: datetime | None = None
    fetch_begun_at: datetime | None = None
    fetching_until: datetime | None = None
    hung_fetches: int = 0
    last_fetch_at: datetime | None = None
    last_success_at: datetime | None = None
    caught_up_at: datetime | None = None
    content: ExportContent = field(default_factory=ExportContent)
    settings_at: datetime | None = None
    secrets_at: datetime | None = None
    marketplace: str = ""
    fetch_problem: str = ""
    fetch_notes: str = ""
    stop: ShopStop | None = None
    paused_until: datetime | None = None
    budget: Budget | None = None
    settings_problem: str = ""
    silence: Silence | None = None
    reconciled_at: datetime | None = None

    def owes_list(self, now: datetime) -> bool:
        """Whether orders that came in a crowd wait for the list of all orders under way: for a day at most."""
        crowd_at = self.content.crowd_at
        if crowd_at is None or now >= crowd_at + LISTS_FIRST:
            return False
        return self.reconciled_at is None or self.reconciled_at < crowd_at


@dataclass(frozen=True, slots=True)
class Waiting:
    """About how many messages wait in the queues or are being worked on: `changes` to orders, `steps` of both kinds."""

    changes: int
    steps: int


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders, newest change first. `cursor` is opaque; None on the last page.

    `unreadable` are MALL's numbers of the orders that belong on the page as well and whose records cannot be read.
    """

    orders: tuple[OrderState, ...]
    cursor: str | None = None
    unreadable: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) to `before` (not included), UTC; None is open."""

    since: datetime | None = None
    before: datetime | None = None


Matter = Literal["return", "escalation"]
"""What may be open about an order: a flag on the list of returns, or an escalation."""


class Ledger(Protocol):
    """Orders, their steps and attempts.

    Whatever reads one order raises UnreadableOrderError when this version cannot read its record.
    """

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        """The order as it stands, strongly consistent; None if it is not known."""
        ...

    def load_with_shop(self, shop: str, mall_order_id: int) -> tuple[OrderState | None, ShopRecord | None]:
        """Both in one request, strongly consistent; the shop with the silence of its marketplace's address."""
        ...

    def save(
        self, order: OrderState, steps: Sequence[Step] = (), attempts: Sequence[Attempt] = ()
    ) -> OrderState:
        """Writes all of it or nothing, and returns `order` with its new version.

        The order also gets its place on the lists (``domain.lists``). Raises VersionConflictError when the stored
        version is not `order.version`, or when the store was too busy to write.
        """
        ...

    def history(self, shop: str, mall_order_id: int) -> OrderHistory | None:
        """The order with everything on record about it; None if it is not known."""
        ...

    def orders(
        self,
        shop: str,
        *,
        status: str | None = None,
        hold: HoldCode | str | None = None,
        matter: Matter | None = None,
        changed: Period | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> OrderPage:
        """A page of the shop's orders, newest change first.

        `status` is one of the marketplace's or "unknown"; `hold` a code, or "any" for every held order; `matter`
        every order with an open one of the kind (not together with `status` or `hold`). `changed` narrows any of them
        by the last change of what a list tells of the order (``OrderState.list_entry``), which is also what they go by.
        An order that cannot be read hides no other: the page names it. Raises CursorError for a cursor that is not
        one of this list.
        """
        ...

    def due(self, now: datetime, limit: int) -> list[tuple[str, int, datetime]]:
        """(shop, mall_order_id, look_at) of the orders that must be looked at by `now`, oldest first."""
        ...

    def awaiting_export(self, shop: str, until: datetime, limit: int) -> dict[int, datetime]:
        """The orders that wait to be shown by the shop's export: MALL's number → after when its content must be made.

        Those whose moment is not later than `until`, the earliest first, at most `limit`. Eventually consistent.
        """
        ...

    def park(self, letter: DeadLetter) -> None:
        """Stores a dead letter beside its order. Storing it twice is harmless: the first one stays."""
        ...


class Shops(Protocol):
    """The registry of shops."""

    def all(self) -> list[ShopRecord]:
        """Every shop, by name. One whose settings are broken is among them, with its `settings_problem`."""
        ...

    def get(self, shop: str) -> ShopRecord | None:
        """The shop; None if it is not registered."""
        ...

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:
        """Takes the shop for one fetch that begins `at`; False if another one has it, or there is no such shop.

        It is free again after ``record_fetch`` or ``drop_fetch``, or `until` if neither comes. Until then the fetch
        counts as one that hung: so one that takes its process along is counted too.
        """
        ...

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        """Forgets the fetch of `begun_at`, which came to nothing by no fault of the shop's; another one goes on."""
        ...

    def record_fetch(
        self,
        shop: str,
        at: datetime,
        problem: str,
        notes: str | None = None,
        *,
        hung: bool = False,
        caught_up: bool = False,
        content: ExportContent | None = None,
    ) -> None:
        """Notes the end of a fetch that began `at`; an empty `problem` is a success. `hung`: it took long to fail.

        `caught_up`: all of its changes were handed over. `content` is what is known now of the content's age (None: as
        before). `notes` is what a good export said that no order can tell (None: the export was not read, keep them).
        """
        ...

    def stop(self, shop: str, reason: str, now: datetime, probe_at: datetime) -> bool:
        """Stops sending for `shop`, keeping the first ``since``. True if the shop was not stopped before."""
        ...

    def resume(self, shop: str) -> None:
        """Ends a stop: the marketplace took the key again."""
        ...

    def pause(self, shop: str, until: datetime) -> None:
        """Remembers that the marketplace wants no calls for this shop before `until`."""
        ...

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        """Remembers that few calls are left; None: enough are left again.

        Of a window that is not over `now` the least that was heard of counts: answers come out of order.
        """
        ...

    def note_reconciled(self, shop: str, at: datetime) -> None:
        """Remembers that all orders under way were listed `at`, after what the list said was handed over."""
        ...

    def silence(self, marketplace: str) -> Silence | None:
        """The silence of a `marketplace` (``ShopRecord.marketplace``); None while it answers. Strongly consistent."""
        ...

    def note_silence(self, marketplace: str, caller: str, now: datetime, probe_at: datetime) -> None:
        """Adds a call that was not answered; no call before `probe_at`. The first ``since`` is kept.

        An empty `caller` only puts off the next call.
        """
        ...

    def claim_probe(self, marketplace: str, seen: Silence, until: datetime) -> bool:
        """Whether the caller may make the one call; nobody else then before `until`.

        Of several that saw the same silence one gets True.
        """
        ...

    def end_silence(self, marketplace: str) -> None:
        """The address answered."""
        ...


class Queues(Protocol):
    """Messages between the functions. At least once: every reader must be able to see a message twice."""

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        asked_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        """One message to ``fetch_changes`` per shop (see ``messages.FetchRequest``), each after its own delay."""
        ...

    def request_returns(self, shops: Sequence[str]) -> None:
        """One message to ``flag_returns`` per shop."""
        ...

    def send_news(self, news: Sequence[News | NotShown]) -> None:
        """In as few requests as the queue takes; raises when any of them was not taken."""
        ...

    def send_listed(self, listed: Sequence[Listed]) -> None:
        """Messages to ``map_state``; raises when any of them was not taken."""
        ...

    def ask_to_look(self, looks: Sequence[Look]) -> None:
        """Messages to ``map_state``; raises when any of them was not taken."""
        ...

    def send_step(self, send: Send, *, in_shop: bool = False) -> None:
        """The message for one step: to ``push_to_mall``, or with `in_shop` to ``push_to_shop``."""
        ...

    def waiting(self) -> Waiting:
        """How many messages about changes and steps are on their way. About right, a minute late."""
        ...

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        """Messages to ``read_lists``, in order per shop; raises when any of them was not taken."""
        ...

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        """Messages to ``send_alarms``; raises when any of them was not taken."""
        ...


MALL_API_URL = "https://mpapi.mallgroup.com/v1"


@dataclass(frozen=True, slots=True)
class ShopSecrets:
    """The secrets of one shop, and the addresses that they go to. Their repr shows no secret.

    `marketplace_api_url` (the base of MALL's API) is where `client_id` is sent. It is kept with the key: whoever can
    change a shop's settings sends the key nowhere else.
    """

    export_url: str = field(repr=False)
    client_id: str = field(repr=False)
    import_url: str = field(repr=False, default="")
    marketplace_api_url: str = MALL_API_URL


class SecretsProblemError(Exception):
    """A shop's secrets are missing or unreadable. The message names the parameter, never its value."""


class Secrets(Protocol):
    """Read on first use and kept for as long as they are good: until ``forget``, or until they are stored anew."""

    def of(self, shop: str, stored_at: datetime | None = None) -> ShopSecrets:
        """The shop's secrets. Raises SecretsProblemError.

        `stored_at` is what the shop's record says (``secrets_at``): those that were read under another one are read
        again.
        """
        ...

    def forget(self, shop: str) -> None:
        """Drops what is cached for `shop`."""
        ...


@dataclass(frozen=True, slots=True)
class MarketplaceAnswer:
    """What one call to the marketplace came back with. `message` is redacted; `duration_ms` whole milliseconds.

    `view` is set exactly for a READ that came back OK. `retry_after` (seconds) only where the marketplace said.
    `budget` is what it said of the calls that are left; None if it did not, or if that makes no sense.
    """

    came_back: CameBack
    http_status: int | None = None
    message: str = ""
    view: MarketplaceView | None = None
    retry_after: float | None = None
    duration_ms: int = 0
    budget: Budget | None = None


@dataclass(frozen=True, slots=True)
class ListAnswer:
    """One of the marketplace's lists, read whole: `orders` count only if `answer` came back OK.

    `answer` is that of the last call made; `calls` how many it took, one per page.
    """

    answer: MarketplaceAnswer
    orders: tuple[ListedOrder, ...] = ()
    calls: int = 1


@dataclass(frozen=True, slots=True)
class WholeOrderAnswer:
    """An order with all that the shop needs of it. `order` (personal data) is set exactly if it came back OK."""

    answer: MarketplaceAnswer
    order: WholeOrder | None = field(default=None, repr=False)


class Marketplace(Protocol):
    """The orders of one shop at the marketplace. Never raises for anything the marketplace does."""

    def read(self, mall_order_id: int) -> MarketplaceAnswer:
        """One order as the marketplace holds it. One call, never repeated by itself."""
        ...

    def wording(self, change: MarketplaceChange) -> dict[str, str | bool]:
        """The body of the PUT that ``write`` would send for `change`, for the record."""
        ...

    def write(self, mall_order_id: int, change: MarketplaceChange) -> MarketplaceAnswer:
        """One PUT, never repeated by itself."""
        ...

    def unconfirmed(self, *, test: bool) -> ListAnswer:
        """Every order whose last change was not confirmed; with test orders if `test`. One call per page."""
        ...

    def under_way(self, *, test: bool) -> ListAnswer:
        """Every order that is open, shipping or shipped; with test orders if `test`. One call per page."""
        ...

    def whole_order(self, mall_order_id: int) -> WholeOrderAnswer:
        """One order with customer, addresses, items and prices. One call, never repeated by itself."""
        ...


class Marketplaces(Protocol):
    """The marketplace as each shop reaches it, with its own key."""

    def of(self, settings: ShopSettings, secrets: ShopSecrets) -> Marketplace:
        """The marketplace for one shop. No call is made yet."""
        ...


class ExportProblemError(Exception):
    """The shop's export could not be used at all. One line: what is wrong, where, what to do. No address in it."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What the shop's server said about the version of its export (HTTP ETag and Last-Modified)."""

    etag: str = ""
    last_modified: str = ""


class Export(Protocol):
    """A fetched export, kept on disk until the context ends."""

    @property
    def not_modified(self) -> bool:
        """The shop's server says that nothing changed since the validators that were sent."""
        ...

    @property
    def validators(self) -> Validators:
        """What to send with the next request."""
        ...

    @property
    def document_digest(self) -> str:
        """Digest of the bytes; empty if not modified."""
        ...

    @property
    def age(self) -> timedelta | None:
        """How old the content was when it was served, as the server says; None if it does not."""
        ...

    @property
    def made_for_request(self) -> bool:
        """Whether the shop makes the export for each request: it is asked for what changed since a moment."""
        ...

    @property
    def shows_all(self) -> bool:
        """Whether the export is a list of all orders. If not, an order that it lacks has not changed."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """What is to be told of the document, and of records without a readable MALL number; after a whole reading."""
        ...

    @property
    def made_at(self) -> datetime | None:
        """When the content was made (UTC), as the document itself says; after a whole reading.

        None where the profile names no place for it, where it cannot be read (which `problems` says), and where the
        export is not modified. The shop's clock made it: it may be ahead of ours.
        """
        ...

    def orders(self) -> Iterator[ExportedOrder]:
        """Reads the document from its start, record by record, in constant memory. May be called again.

        Yields only orders with a MALL number. Raises ExportProblemError as soon as the document proves broken,
        which can be after records were yielded: act on none before the end was reached once.
        """
        ...


class Exports(Protocol):
    """The shops' exports."""

    def fetch(
        self,
        settings: ShopSettings,
        secrets: ShopSecrets,
        validators: Validators,
        changed_since: datetime | None,
    ) -> AbstractContextManager[Export]:
        """Raises ExportProblemError when the shop's server does not give a document."""
        ...

    def profile_digest(self, settings: ShopSettings) -> str:
        """Changes whenever the profile is read differently. Raises ExportProblemError for a broken profile."""
        ...


class ImportOutcome(StrEnum):
    """What became of one document for a shop's import."""

    TAKEN = "taken"
    REFUSED = "refused"
    """The shop said no to this document; the same one again would be refused again."""
    NOT_SENT = "not_sent"
    """Certainly nothing was written: no connection, an address that is not an import's, the shop is busy."""
    UNCLEAR = "unclear"
    """It may have been written or not: only the export can tell."""


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    """`message` is one redacted line without the address; `duration_ms` whole milliseconds.

    `code` is what the shop calls the new order, where its answer says so.
    """

    outcome: ImportOutcome
    http_status: int | None = None
    message: str = ""
    duration_ms: int = 0
    code: str = ""


class Imports(Protocol):
    """The shops' imports. Never raises for anything that a shop's server or a profile does."""

    def problem(self, settings: ShopSettings, secrets: ShopSecrets) -> str:
        """Why nothing can be written for the shop, in one line; empty if it can be tried. No request."""
        ...

    def create(self, settings: ShopSettings, secrets: ShopSecrets, order: WholeOrder) -> ImportAnswer:
        """Writes `order` into the shop as pending, with MALL's number. One POST, never repeated by itself."""
        ...

    def cancel(self, settings: ShopSettings, secrets: ShopSecrets, code: str) -> ImportAnswer:
        """Sets the shop's order `code` to canceled. One POST, never repeated by itself."""
        ...


@dataclass(frozen=True, slots=True)
class ListPosition:
    """How far MALL's lists are known for a shop.

    `read_at` is the start of the last good reading of the unconfirmed list, `reconciled_at` that of the last good
    reconciliation, `reconcile_again_at` when one that did not come about is to be tried again (None: none is owed),
    `hint_failed_at` when a reading that a hint asked for last failed. `strangers` are numbers from webhooks that turned
    out not to be ours, with the moment when that was found; the caller keeps them few. `budget` is what the last good
    reading's answer said of the calls that are left, few or many. `first_read_at` and `first_reconciled_at` are those
    of the very first ones: what they showed was there before we looked.
    """

    read_at: datetime | None = None
    reconciled_at: datetime | None = None
    reconcile_again_at: datetime | None = None
    hint_failed_at: datetime | None = None
    strangers: Mapping[int, datetime] = field(default_factory=dict)
    budget: Budget | None = None
    first_read_at: datetime | None = None
    first_reconciled_at: datetime | None = None


class ListPositions(Protocol):
    """Where each shop's unconfirmed list is known up to. One writer per shop at a time (its queue sees to that)."""

    def get(self, shop: str) -> ListPosition:
        """The position; an empty one if there is none yet. Strongly consistent."""
        ...

    def put(self, shop: str, position: ListPosition) -> None:
        """Replaces the position. The last writer wins: a lost update only means that orders are handed over again."""
        ...


class Slots(Protocol):
    """When people's requests are carried out: `what` names a kind of work, or an order's."""

    def take(self, shop: str, what: str, now: datetime, spacing: Spacing) -> Slot:
        """The slot of a request at `now`, see ``next_slot``. Of many at once each new slot is given to one only."""
        ...

    def give_back(self, shop: str, what: str, slot: Slot, now: datetime) -> None:
        """Undoes the taking of a new `slot` that nobody can see to after all."""
        ...


STOPS_TOLD_AT_ONCE = 3
"""So many stops in a row for the same reason are told at once; the others at most once in ``SAME_TROUBLE``."""
SAME_TROUBLE = timedelta(hours=6)
"""How long a shop that is stopped anew for the same reason, again and again, is the same news."""


@dataclass(frozen=True, slots=True)
class ShopNotices:
    """What a shop's people were last told about the shop as a whole.

    `told_stop` is the ``since`` of the stop they know of, `told_reason` why that was, `told_stops` how many of one
    reason were told in a row. `digest_day` (ISO) is the last day with a digest, `digest_items` the keys of what stood
    in it. `begun` names the message that was last about to be published: where none of the others says that it was
    told, it may have been.
    """

    told_stop: datetime | None = None
    told_reason: str = ""
    told_stops: int = 0
    digest_day: str = ""
    digest_items: tuple[str, ...] = ()
    begun: str = ""

    def know_of(self, stop: ShopStop) -> bool:
        """Whether the people were told of `stop`, or often enough of others for the same reason not long before it.

        One order that MALL forbids stops a shop again and again while all others are taken: that is told now and then.
        """
        if self.told_stop is None:
            return False
        often = self._same(stop) and self.told_stops >= STOPS_TOLD_AT_ONCE
        return stop.since == self.told_stop or (often and stop.since < self.told_stop + SAME_TROUBLE)

    def after_telling(self, stop: ShopStop) -> ShopNotices:
        """Itself once the people were told of `stop`."""
        before = self.told_stops if self._same(stop) else 0
        return replace(self, told_stop=stop.since, told_reason=stop.reason, told_stops=before + 1)

    def _same(self, stop: ShopStop) -> bool:
        recent = self.told_stop is not None and stop.since < self.told_stop + timedelta(days=1)
        return recent and stop.reason == self.told_reason


class Notices(Protocol):
    """What the shops' people were told. One writer per shop at a time (its queue sees to that)."""

    def get(self, shop: str) -> ShopNotices:
        """Strongly consistent; an empty one if they were never told anything."""
        ...

    def put(self, shop: str, notices: ShopNotices) -> None:
        """Replaces it."""
        ...


class Mail(Protocol):
    """How many messages each shop's people got lately, and which orders wait to be told."""

    def get(self, shop: str) -> ShopMail:
        """Strongly consistent; an empty one if there is none yet."""
        ...

    def put(self, shop: str, mail: ShopMail) -> None:
        """Writes it in its next version. Raises VersionConflictError when the stored version is not `mail.version`."""
        ...


class Alarms(Protocol):
    """The way to the shops' people (e-mail)."""

    def publish(self, shop: str, subject: str, text: str) -> None:
        """One message to everybody who listens for `shop`. Raises if it is not taken.

        `subject` is one line of at most 100 printable ASCII characters, `text` has at most 256 KB (limits of SNS).
        """
        ...


class Webhooks(Protocol):
    """The secrets of the shops' webhook addresses, as digests."""

    def digest_of(self, shop: str) -> str | None:
        """SHA-256 (64 hexadecimal digits) of the shop's secret; None if the shop has no webhook. Cached for minutes."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """What was known of a shop's export after the last good fetch, without the digests of its orders.

    `revision` is the store's own mark for the write condition; empty if there is no position yet.
    """

    validators: Validators = Validators()
    document_digest: str = ""
    profile_digest: str = ""
    revision: str = ""


class Positions(Protocol):
    """Where each shop's position is kept."""

    def head(self, shop: str) -> Position:
        """The position without its digests; an empty one if there is none yet. One request."""
        ...

    def digests(self, shop: str, position: Position) -> array[int]:
        """The sorted 64-bit digests of the orders in the last good export.

        Raises VersionConflictError when the position changed since ``head``.
        """
        ...

    def put(self, shop: str, position: Position, digests: array[int]) -> Position:
        """Replaces the position as a whole, if it is still the one of `position.revision`; returns the new one.

        Raises VersionConflictError when another fetch was faster; nothing is written then.
        """
        ...


class Ports(Protocol):
    """Everything that the flows may use. ``bootstrap`` makes each at its first use."""

    @property
    def ledger(self) -> Ledger:
        """Orders, steps, attempts."""
        ...

    @property
    def shops(self) -> Shops:
        """The registry."""
        ...

    @property
    def queues(self) -> Queues:
        """Messages to the other functions."""
        ...

    @property
    def secrets(self) -> Secrets:
        """The shops' secrets."""
        ...

    @property
    def marketplaces(self) -> Marketplaces:
        """MALL."""
        ...

    @property
    def exports(self) -> Exports:
        """FastCentrik."""
        ...

    @property
    def positions(self) -> Positions:
        """Where the fetches stand."""
        ...

    @property
    def imports(self) -> Imports:
        """FastCentrik, the other way."""
        ...

    @property
    def list_positions(self) -> ListPositions:
        """Where the lists of MALL are known up to."""
        ...

    @property
    def notices(self) -> Notices:
        """What the shops were told."""
        ...

    @property
    def slots(self) -> Slots:
        """When people's requests are carried out."""
        ...

    @property
    def mail(self) -> Mail:
        """How much of it there was."""
        ...

    @property
    def alarms(self) -> Alarms:
        """E-mail."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def chance(self) -> Chance:
        """Randomness."""
        ...
