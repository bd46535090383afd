"""The contract of ``Queues``, over the fake and the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from unittest.mock import Mock

import pytest

from orderbridge.adapters.aws.queues import SqsQueues
from orderbridge.domain.codes.orders import DriftReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.messages import (
    AlarmRequest,
    DigestRequest,
    FetchRequest,
    ListingUpdate,
    ListRequest,
    NotInExport,
    Recheck,
    ShopUpdate,
    StepDispatch,
    Waiting,
)
from tests.fakes import NOON, FakeQueues, ManualClock

if TYPE_CHECKING:
    from orderbridge.ports import Queues
    from tests.contract.conftest import Aws
from tests.contract.queue_readers import (
    ALARM,
    DIGEST,
    DISPATCH,
    HELD,
    HINT,
    LISTING_UPDATE,
    SHOP_UPDATE,
    STOPPED,
    VIEW,
    SqsReaders,
)

DRIFT = because(DriftReason.NEVER_SHOWN, held=MarketplaceStatus.SHIPPED)
RECHECK = Recheck(shop="demo", mall_order_id=7, requested_at=NOON, reason="due")


class QueueReaders(Protocol):
    """The queues, and what a reader of each of them gets."""

    @property
    def queues(self) -> Queues: ...

    def fetches(self) -> list[str]: ...

    def returns(self) -> list[str]: ...

    def changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]: ...

    def sends(self) -> list[StepDispatch]: ...

    def shop_sends(self) -> list[StepDispatch]: ...

    def lists(self) -> list[ListRequest]: ...

    def alarms(self) -> list[AlarmRequest | DigestRequest]: ...


class FakeReaders:
    def __init__(self) -> None:
        self.queues = FakeQueues(ManualClock())

    def fetches(self) -> list[str]:
        return self.queues.take_fetches()

    def returns(self) -> list[str]:
        return self.queues.take_returns()

    def changes(self) -> list[ShopUpdate | NotInExport | ListingUpdate | Recheck]:
        return self.queues.take_changes()

    def sends(self) -> list[StepDispatch]:
        return self.queues.take_sends()

    def shop_sends(self) -> list[StepDispatch]:
        return self.queues.take_shop_sends()

    def lists(self) -> list[ListRequest]:
        return self.queues.take_lists()

    def alarms(self) -> list[AlarmRequest | DigestRequest]:
        return self.queues.take_alarms()


@pytest.fixture
def readers(aws_or_none: Aws | None) -> QueueReaders:
    return FakeReaders() if aws_or_none is None else SqsReaders(aws_or_none)


def test_each_fetch_is_asked_for_at_its_own_moment() -> None:
    sqs = Mock()
    sqs.send_message_batch.return_value = {}
    SqsQueues(sqs, fetch_queue_url="https://sqs.test/fetch").request_fetch(
        ["demo", "other"], requested_at=NOON, by_person=True, delays={"other": timedelta(seconds=199)}
    )
    demo, other = sqs.send_message_batch.call_args.kwargs["Entries"]
    assert "DelaySeconds" not in demo
    assert other["DelaySeconds"] == 199
    request = FetchRequest.model_validate_json(other["MessageBody"])
    assert (request.shop, request.requested_at, request.by_person) == ("other", NOON, True)


def test_messages_arrive_as_they_were_sent(readers: QueueReaders) -> None:
    readers.queues.request_fetch(["demo", "other"])
    readers.queues.request_returns(["other", "third"])
    readers.queues.send_shop_updates([SHOP_UPDATE])
    readers.queues.send_listing_updates([LISTING_UPDATE])
    readers.queues.request_rechecks([RECHECK])
    readers.queues.send_step(DISPATCH)
    readers.queues.request_lists([HINT])
    assert sorted(readers.fetches()) == ["demo", "other"]
    assert sorted(readers.returns()) == ["other", "third"]
    assert readers.changes() == [SHOP_UPDATE, LISTING_UPDATE, RECHECK]
    assert readers.sends() == [DISPATCH]
    assert readers.shop_sends() == []
    assert readers.lists() == [HINT]


def test_a_step_in_the_shop_has_a_queue_of_its_own(readers: QueueReaders) -> None:
    readers.queues.send_step(DISPATCH, in_shop=True)
    assert readers.sends() == []
    assert readers.shop_sends() == [DISPATCH]


def test_what_waits_is_counted_for_orders_and_for_steps_of_both_kinds(readers: QueueReaders) -> None:
    readers.queues.send_shop_updates([SHOP_UPDATE])
    readers.queues.send_step(DISPATCH)
    readers.queues.send_step(DISPATCH, in_shop=True)
    assert readers.queues.waiting() == Waiting(changes=1, steps=2)
    readers.sends()
    readers.changes()
    assert readers.queues.waiting() == Waiting(changes=0, steps=1)


def test_alarms_and_digests_can_be_told_apart(readers: QueueReaders) -> None:
    readers.queues.request_alarms([ALARM, STOPPED])
    readers.queues.request_alarms([DIGEST])
    got = readers.alarms()
    assert len(got) == 3
    assert all(wanted in got for wanted in (ALARM, STOPPED, DIGEST))


def test_sending_nothing_is_nothing(readers: QueueReaders) -> None:
    readers.queues.request_fetch([])
    readers.queues.request_returns([])
    readers.queues.send_shop_updates([])
    readers.queues.request_rechecks([])
    readers.queues.send_listing_updates([])
    readers.queues.request_lists([])
    readers.queues.request_alarms([])
    assert (readers.shop_sends(), readers.lists(), readers.alarms()) == ([], [], [])
    assert (readers.fetches(), readers.returns(), readers.changes(), readers.sends()) == ([], [], [], [])


def test_many_messages_all_arrive_and_those_of_one_order_in_their_order(readers: QueueReaders) -> None:
    rechecks = [RECHECK.model_copy(update={"reason": f"{number}"}) for number in range(25)]
    readers.queues.request_rechecks(rechecks)
    assert readers.changes() == rechecks


def test_repeats_count_as_one(readers: QueueReaders) -> None:
    readers.queues.send_shop_updates([SHOP_UPDATE, SHOP_UPDATE])
    readers.queues.send_shop_updates([SHOP_UPDATE.model_copy()])
    readers.queues.request_rechecks([RECHECK])
    readers.queues.request_rechecks([RECHECK])
    readers.queues.send_listing_updates([LISTING_UPDATE, LISTING_UPDATE.model_copy()])
    for in_shop in (False, True, False, True):
        readers.queues.send_step(DISPATCH, in_shop=in_shop)
    readers.queues.request_lists([HINT, HINT])
    readers.queues.request_lists([HINT.model_copy()])
    readers.queues.request_alarms([ALARM, STOPPED, DIGEST, ALARM])
    readers.queues.request_alarms([STOPPED.model_copy(), DIGEST.model_copy()])
    assert readers.changes() == [SHOP_UPDATE, RECHECK, LISTING_UPDATE]
    assert readers.sends() == readers.shop_sends() == [DISPATCH]
    assert readers.lists() == [HINT]
    assert len(readers.alarms()) == 3


def test_what_may_not_count_as_one_does_not(readers: QueueReaders) -> None:
    changes = [
        SHOP_UPDATE,
        SHOP_UPDATE.model_copy(update={"shop": "other"}),
        SHOP_UPDATE.model_copy(update={"mall_order_id": 8}),
        SHOP_UPDATE.model_copy(update={"seen_at": NOON + timedelta(seconds=1)}),
        SHOP_UPDATE.model_copy(update={"view": replace(VIEW, tracking_number="DR2")}),
    ]
    readers.queues.send_shop_updates(changes)
    rechecks = [
        RECHECK,
        RECHECK.model_copy(update={"shop": "other"}),
        RECHECK.model_copy(update={"mall_order_id": 8}),
        RECHECK.model_copy(update={"reason": "operator"}),
        RECHECK.model_copy(update={"reread": True}),
        RECHECK.model_copy(update={"reread": True, "by_flow": True}),
    ]
    readers.queues.request_rechecks(rechecks)
    listed = [
        LISTING_UPDATE,
        LISTING_UPDATE.model_copy(update={"shop": "other"}),
        LISTING_UPDATE.model_copy(update={"mall_order_id": 8}),
        LISTING_UPDATE.model_copy(update={"seen_at": NOON + timedelta(seconds=1)}),
        LISTING_UPDATE.model_copy(update={"view": replace(HELD, confirmed=True)}),
        LISTING_UPDATE.model_copy(update={"view": None}),
        LISTING_UPDATE.model_copy(update={"test": True}),
        LISTING_UPDATE.model_copy(update={"drift": DRIFT}),
    ]
    readers.queues.send_listing_updates(listed)
    requests = [
        HINT,
        HINT.model_copy(update={"shop": "other"}),
        HINT.model_copy(update={"what": "reconcile"}),
        HINT.model_copy(update={"requested_at": NOON + timedelta(milliseconds=300)}),
        HINT.model_copy(update={"hints": (7,)}),
        HINT.model_copy(update={"hints": ()}),
        HINT.model_copy(update={"hints": None}),
    ]
    readers.queues.request_lists(requests)
    alarms: list[AlarmRequest | DigestRequest] = [
        ALARM,
        ALARM.model_copy(update={"shop": "other"}),
        ALARM.model_copy(update={"mall_order_id": 8}),
        ALARM.model_copy(update={"requested_at": NOON + timedelta(milliseconds=300)}),
        STOPPED,
        STOPPED.model_copy(update={"requested_at": NOON + timedelta(seconds=60)}),
        DIGEST,
        DIGEST.model_copy(update={"shop": "other"}),
        DIGEST.model_copy(update={"day": "2026-11-21"}),
    ]
    readers.queues.request_alarms(alarms)
    sends = [
        DISPATCH,
        *(DISPATCH.model_copy(update=u) for u in ({"step": 2}, {"dispatch_id": "2"}, {"shop": "other"})),
    ]
    for send in sends:
        readers.queues.send_step(send)
    assert len(readers.changes()) == len(changes) + len(rechecks) + len(listed)
    assert len(readers.lists()) == len(requests)
    assert len(readers.alarms()) == len(alarms)
    assert len(readers.sends()) == len(sends)
