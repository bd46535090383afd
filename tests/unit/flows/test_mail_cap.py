"""Many orders that go wrong at once are a few messages: no one's mailbox is flooded, and nothing is left untold."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.cases.follow_up import unsent
from orderbridge.domain.cases.mail_cap import (
    HOUR,
    MAX_ORDERS_PER_MESSAGE,
    MAX_PER_HOUR,
    URGENT_GAP,
    ShopMail,
    after_notifying,
    send_at,
)
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.send_alarms import send_alarm, send_digest
from orderbridge.messages import AlarmRequest, DigestRequest
from tests.fakes import NOON
from tests.unit.flows.sequences import MINUTES, new_world
from tests.unit.flows.world import SHOP, InMemoryProduct

WRONG = 200


def go_wrong(world: InMemoryProduct, numbers: range) -> None:
    """The clerk has cancelled orders that MALL holds as delivered: each is escalated."""
    for number in numbers:
        world.mall.hold(number, M.DELIVERED, confirmed=True)
        world.clerk(number, S.HANDLED)
    world.tick()


def cancel_while_packing(world: InMemoryProduct, numbers: range) -> None:
    for number in numbers:
        world.mall.hold(number)
        world.clerk(number, S.HANDLED)
    world.tick()
    for number in numbers:
        world.mall.changes(number, status=M.CANCELLED)
    world.read_list()


def subjects(world: InMemoryProduct) -> list[str]:
    return [subject for _, subject, _ in world.alarms.published]


def texts(world: InMemoryProduct) -> str:
    return "\n".join(f"{subject}\n{text}" for _, subject, text in world.alarms.published)


def told(world: InMemoryProduct, numbers: range) -> bool:
    everything = texts(world)
    return all(f"MALL {number}:" in everything or f"MALL {number} " in everything for number in numbers)


def test_two_hundred_wrong_orders_are_twenty_messages_and_one() -> None:
    world = new_world(0)
    numbers = range(1000, 1000 + WRONG)
    go_wrong(world, numbers)
    world.ticks(30 * MINUTES, 5 * MINUTES)
    assert len(subjects(world)) == MAX_PER_HOUR
    world.ticks(40 * MINUTES, 5 * MINUTES)
    assert len(subjects(world)) == MAX_PER_HOUR + 1
    assert subjects(world)[-1] == f"demo: {WRONG - MAX_PER_HOUR} zprav o objednavkach MALL v jednom e-mailu"
    assert told(world, numbers)
    assert not any(unsent(world.order(number)) for number in numbers)
    world.ticks(timedelta(hours=5), 15 * MINUTES)
    assert len(subjects(world)) == MAX_PER_HOUR + 1, "and nothing is told twice"


def test_the_digest_has_all_of_them_whatever_was_mailed() -> None:
    world = new_world(0)
    go_wrong(world, range(1000, 1090))
    sent = len(subjects(world))
    assert send_digest(world, DigestRequest(shop=SHOP, day="2026-11-21"))
    ((_, subject, _),) = world.alarms.published[sent:]
    assert "90 veci k reseni" in subject


def test_parcels_to_be_stopped_do_not_wait_for_the_hour() -> None:
    world = new_world(0)
    go_wrong(world, range(1000, 1100))
    requested_at = world.clock.now()
    numbers = range(2000, 2050)
    cancel_while_packing(world, numbers)
    world.settle()
    world.ticks(URGENT_GAP + 2 * MINUTES)
    assert told(world, numbers)
    assert world.clock.now() - requested_at < 15 * MINUTES
    last = subjects(world)[-1]
    assert last.startswith("demo: zastavte ")
    assert len(subjects(world)) <= MAX_PER_HOUR + 2
    assert told(world, range(1000, 1100)), "what waits comes along"


def test_a_message_that_is_not_taken_is_told_later(monkeypatch: pytest.MonkeyPatch) -> None:
    world = new_world(0)
    publish = world.alarms.publish

    def not_taken(*_: str) -> None:
        raise RuntimeError("not taken")

    go_wrong(world, range(1000, 1000 + MAX_PER_HOUR + 5))
    monkeypatch.setattr(world.alarms, "publish", not_taken)
    world.clock.advance(HOUR)
    with pytest.raises(RuntimeError):
        world.ticks(2 * MINUTES)
    monkeypatch.setattr(world.alarms, "publish", publish)
    world.queues.take_alarms()
    world.ticks(30 * MINUTES)
    assert told(world, range(1000, 1000 + MAX_PER_HOUR + 5))


def test_more_than_a_message_holds_come_in_the_next() -> None:
    world = new_world(0)
    numbers = range(1000, 1000 + MAX_PER_HOUR + MAX_ORDERS_PER_MESSAGE + 30)
    for some in (numbers[:130], numbers[130:]):  # more at once would wait for MALL's list
        go_wrong(world, some)
    world.ticks(timedelta(hours=2), 10 * MINUTES)
    assert told(world, numbers)
    assert len(subjects(world)) == MAX_PER_HOUR + 2
    assert all(len(text) < 200_000 for _, _, text in world.alarms.published)


def test_an_unreadable_order_keeps_no_other_from_being_told() -> None:
    world = new_world(0)
    numbers = range(1000, 1000 + MAX_PER_HOUR + 5)
    go_wrong(world, numbers)
    last = world.mail.get(SHOP).waiting[0]
    world.ledger.unreadable.add((SHOP, last))
    world.clock.advance(HOUR)
    number = world.mail.get(SHOP).waiting[1]
    assert (
        send_alarm(world, AlarmRequest(shop=SHOP, mall_order_id=number, requested_at=world.clock.now())) == 4
    )


@given(
    st.lists(st.tuples(st.integers(0, 7200), st.booleans()), max_size=150).map(sorted), st.integers(0, 7200)
)
def test_no_hour_has_more_than_its_messages_and_the_urgent_ones(
    due: list[tuple[int, bool]], begin: int
) -> None:
    """Whoever may not tell waits; and no urgent word waits for longer than its gap."""
    mail = ShopMail()
    times = []
    for seconds, urgent in due:
        now = NOON + timedelta(seconds=seconds)
        at = send_at(mail, now, urgent=urgent)
        assert at <= now + (URGENT_GAP if urgent else HOUR)
        if at <= now:
            mail = after_notifying(mail, now, [])
            times.append(now)
    first = NOON + timedelta(seconds=begin)
    in_an_hour = sum(first < at <= first + HOUR for at in times)
    assert in_an_hour <= MAX_PER_HOUR + HOUR // URGENT_GAP
