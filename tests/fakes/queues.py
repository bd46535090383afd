"""The queues: what was sent, until it is taken."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.messages import FetchRequest, Recheck, StepDispatch, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.messages import (
        AlarmRequest,
        DigestRequest,
        ListingUpdate,
        ListRequest,
        NotInExport,
        ShopUpdate,
    )
    from orderbridge.ports import Clock

    Grouped = (
        ShopUpdate
        | NotInExport
        | ListingUpdate
        | Recheck
        | StepDispatch
        | ListRequest
        | AlarmRequest
        | DigestRequest
    )


def _identity(message: Grouped) -> tuple[object, ...]:
    """Equal for messages that may count as one. Not the adapter's: the contract suite compares the two."""
    match message:
        case Recheck():
            asks = (message.reason, message.reread, message.by_flow)
            return (Recheck, message.shop, message.mall_order_id, *asks)
        case StepDispatch():
            return (StepDispatch, message.shop, message.mall_order_id, message.step, message.dispatch_id)
        case _:
            return (type(message), message.model_dump_json())


class FakeQueues:
    """Records what was sent. With a clock it drops repeats within five minutes, as a FIFO queue does."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.fetches: list[str] = []
        self.fetch_requests: list[tuple[FetchRequest, timedelta]] = []
        self.returns: list[str] = []
        self.changes: list[ShopUpdate | NotInExport | ListingUpdate | Recheck] = []
        self.sends: list[StepDispatch] = []
        self.shop_sends: list[StepDispatch] = []
        self.lists: list[ListRequest] = []
        self.alarms: list[AlarmRequest | DigestRequest] = []
        self.dropped: list[Grouped] = []
        self.fail_with: Exception | None = None
        self._clock = clock
        self._seen: dict[tuple[tuple[object, ...], bool], datetime] = {}

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        requested_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        self._fail()
        self.fetches += shops
        for shop in shops:
            request = FetchRequest(shop=shop, requested_at=requested_at, by_person=by_person, rounds=rounds)
            self.fetch_requests.append((request, (delays or {}).get(shop, timedelta())))

    def request_returns(self, shops: Sequence[str]) -> None:
        self._fail()
        self.returns += shops

    def send_shop_updates(self, shop_updates: Sequence[ShopUpdate | NotInExport]) -> None:
        self._fail()
        self.changes += [message for message in shop_updates if self._new(message)]

    def send_listing_updates(self, listed: Sequence[ListingUpdate]) -> None:
        self._fail()
        self.changes += [message for message in listed if self._new(message)]

    def request_rechecks(self, rechecks: Sequence[Recheck]) -> None:
        self._fail()
        self.changes += [message for message in rechecks if self._new(message)]

    def send_step(self, send: StepDispatch, *, in_shop: bool = False) -> None:
        self._fail()
        sends = self.shop_sends if in_shop else self.sends
        sends.extend([send] if self._new(send, in_shop=in_shop) else [])

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        self._fail()
        self.lists += [message for message in requests if self._new(message)]

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        self._fail()
        self.alarms += [message for message in requests if self._new(message)]

    def waiting(self) -> Waiting:
        return Waiting(len(self.changes), len(self.sends) + len(self.shop_sends))

    def take_fetches(self) -> list[str]:
        taken, self.fetches = self.fetches, []
        return taken

    def take_returns(self) -> list[str]:
        taken, self.returns = self.returns, []
        return taken

    def take_changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]:
        taken, self.changes = self.changes, []
        return taken

    def take_sends(self) -> list[StepDispatch]:
        taken, self.sends = self.sends, []
        return taken

    def take_shop_sends(self) -> list[StepDispatch]:
        taken, self.shop_sends = self.shop_sends, []
        return taken

    def take_lists(self) -> list[ListRequest]:
        taken, self.lists = self.lists, []
        return taken

    def take_alarms(self) -> list[AlarmRequest | DigestRequest]:
        taken, self.alarms = self.alarms, []
        return taken

    def _fail(self) -> None:
        if self.fail_with is not None:
            raise self.fail_with

    def _new(self, message: Grouped, *, in_shop: bool = False) -> bool:
        if self._clock is None:
            return True
        now, identity = self._clock.now(), (_identity(message), in_shop)
        if identity in self._seen and now - self._seen[identity] < timedelta(minutes=5):
            self.dropped.append(message)
            return False
        self._seen[identity] = now
        return True
