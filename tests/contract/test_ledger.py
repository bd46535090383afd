"""The contract of ``Ledger``, over the fake and the real one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws import table as layout
from orderbridge.domain.actions import Action
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.outage import Outage
from orderbridge.domain.steps import AttemptResult, StepState
from orderbridge.errors import UnreadableOrderError, VersionConflictError
from orderbridge.settings import ShopSettings
from tests.contract.samples import ATTEMPT, LETTER, ORDER, STEP
from tests.fakes import KEY_REFUSED, NOON, FakeLedger, FakeShops
from tests.orders import changed
from tests.reasons import ANY, they_said

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.adapters.aws.shops import DynamoShops
    from orderbridge.domain.orders import OrderState
    from orderbridge.ports import Ledger
    from tests.contract.conftest import Aws
from tests.contract.ledgers import MINUTE


@pytest.fixture
def spoil(aws_or_none: Aws | None, ledger: Ledger) -> Callable[[int], None]:
    """Makes the record of an order of ``demo`` one that this version cannot read."""

    def spoil_one(mall_order_id: int) -> None:
        if aws_or_none is None:
            assert isinstance(ledger, FakeLedger)
            ledger.unreadable.add(("demo", mall_order_id))
            return
        newer = layout.item_of({":newer": {"observed": {"status": "teleported", "confirmed": True}}})
        aws_or_none.dynamodb.update_item(
            TableName=aws_or_none.table,
            Key=layout.item_of({"pk": layout.order_pk("demo", mall_order_id), "sk": layout.ORDER_SK}),
            UpdateExpression="SET #order.marketplace = :newer",
            ExpressionAttributeNames={"#order": "order"},
            ExpressionAttributeValues=newer,
        )

    return spoil_one


def test_an_order_that_was_never_saved_is_none(ledger: Ledger) -> None:
    assert ledger.load("demo", 1) is None
    assert ledger.history("demo", 1) is None
    assert ledger.load_with_shop("demo", 1) == (None, None)


def test_saves_count_the_version_and_load_gives_back_what_was_saved(ledger: Ledger) -> None:
    first = ledger.save(ORDER)
    assert first == replace(ORDER, version=1)
    assert ledger.load("demo", ORDER.mall_order_id) == first
    second = ledger.save(changed(first, explanation=ANY))
    assert second.version == 2
    assert ledger.load("demo", ORDER.mall_order_id) == second


def test_an_order_belongs_to_its_shop(ledger: Ledger) -> None:
    ledger.save(ORDER)
    assert ledger.load("other", ORDER.mall_order_id) is None
    ledger.save(replace(ORDER, shop="other"))
    assert len(ledger.orders("demo", limit=10).orders) == 1


@pytest.mark.parametrize("version", [0, 1, 3])
@pytest.mark.parametrize("with_step", [False, True])
def test_a_save_of_another_version_writes_nothing(ledger: Ledger, version: int, *, with_step: bool) -> None:
    saved = ledger.save(ledger.save(ORDER, [STEP]))
    stale = changed(saved, version=version, explanation=they_said("stale"))
    with pytest.raises(VersionConflictError, match=r"demo/9000000000000000001"):
        ledger.save(
            stale,
            [replace(STEP, result=they_said("stale"))] if with_step else [],
            [ATTEMPT] if with_step else [],
        )
    history = ledger.history("demo", ORDER.mall_order_id)
    assert history is not None
    assert (history.order, history.steps, history.attempts) == (saved, (STEP,), ())


@pytest.mark.parametrize("with_step", [False, True])
def test_a_version_of_an_order_that_is_not_stored_conflicts(ledger: Ledger, *, with_step: bool) -> None:
    with pytest.raises(VersionConflictError):
        ledger.save(replace(ORDER, version=4), [STEP] if with_step else [])
    assert ledger.load("demo", ORDER.mall_order_id) is None


def test_history_has_steps_and_attempts_oldest_first(ledger: Ledger) -> None:
    steps = [replace(STEP, number=number) for number in range(1, 13)]
    order = ledger.save(ORDER, steps[6:])
    order = ledger.save(order, steps[:6], [replace(ATTEMPT, step=2, number=n) for n in (11, 2, 1)])
    done = replace(steps[0], state=StepState.ACCEPTED, closed_at=NOON)
    answered = replace(ATTEMPT, result=AttemptResult.ACCEPTED, http_status=200, duration_ms=41)
    order = ledger.save(order, [done], [answered])
    ledger.save(replace(ORDER, mall_order_id=1), [STEP])
    history = ledger.history("demo", ORDER.mall_order_id)
    assert history is not None
    assert history.order == order
    assert history.steps == (done, *steps[1:])
    assert history.attempts == (answered, *(replace(ATTEMPT, step=2, number=n) for n in (1, 2, 11)))


def test_dead_letters_are_in_the_history_once_and_as_first_parked(ledger: Ledger) -> None:
    ledger.save(ORDER)
    ledger.park(LETTER)
    ledger.park(replace(LETTER, parked_at=NOON + MINUTE))
    ledger.park(replace(LETTER, message_id="message-2"))
    history = ledger.history("demo", ORDER.mall_order_id)
    assert history is not None
    assert history.dead_letters == (LETTER, replace(LETTER, message_id="message-2"))


def test_a_letter_can_be_parked_before_its_order_is_stored(ledger: Ledger) -> None:
    ledger.park(LETTER)
    assert ledger.history("demo", ORDER.mall_order_id) is None
    ledger.save(ORDER)
    history = ledger.history("demo", ORDER.mall_order_id)
    assert history is not None
    assert history.dead_letters == (LETTER,)


def test_the_order_and_its_shop_come_together(ledger: Ledger, shops: FakeShops | DynamoShops) -> None:
    saved = ledger.save(ORDER)
    assert ledger.load_with_shop("demo", ORDER.mall_order_id) == (saved, None)
    shops.put(ShopSettings(shop="demo"), NOON)
    shops.stop("demo", KEY_REFUSED, NOON, NOON + MINUTE)
    assert ledger.load_with_shop("demo", ORDER.mall_order_id) == (saved, shops.get("demo"))
    assert ledger.load_with_shop("demo", 1) == (None, shops.get("demo"))


def test_the_shop_comes_with_the_outage_of_its_own_marketplace(
    ledger: Ledger, shops: FakeShops | DynamoShops
) -> None:
    shops.put(ShopSettings(shop="demo"), NOON)
    shops.put(ShopSettings(shop="other"), NOON)
    shops.note_secrets("demo", NOON, "mall")
    shops.note_secrets("other", NOON, "another")
    shops.note_outage("mall", "demo/1", NOON, NOON + MINUTE)
    outages = [
        record and record.outage for _, record in (ledger.load_with_shop(s, 1) for s in ("demo", "other"))
    ]
    assert outages == [Outage(NOON, NOON + MINUTE, frozenset({"demo/1"})), None]


def test_due_orders_come_oldest_first_and_only_those(ledger: Ledger) -> None:
    for number, minutes in ((1, 0), (2, -3), (3, 1), (4, -2)):
        ledger.save(changed(ORDER, mall_order_id=number, recheck_at=NOON + minutes * MINUTE))
    ledger.save(replace(ORDER, mall_order_id=5))
    assert ledger.due(NOON, 10) == [
        ("demo", 2, NOON - 3 * MINUTE),
        ("demo", 4, NOON - 2 * MINUTE),
        ("demo", 1, NOON),
    ]
    assert ledger.due(NOON, 2) == [("demo", 2, NOON - 3 * MINUTE), ("demo", 4, NOON - 2 * MINUTE)]
    assert ledger.due(NOON - 4 * MINUTE, 10) == []


def test_an_order_that_need_not_be_rechecked_any_more_is_not_due(ledger: Ledger) -> None:
    saved = ledger.save(changed(ORDER, recheck_at=NOON))
    ledger.save(changed(saved, recheck_at=None))
    assert ledger.due(NOON + MINUTE, 10) == []


def test_what_waits_to_be_shown_by_the_export_is_found_by_shop_and_moment(ledger: Ledger) -> None:
    def waiting(number: int, minutes: int, shop: str = "demo") -> OrderState:
        step = replace(STEP, action=Action.CREATE_IN_SHOP, not_before=NOON + minutes * MINUTE, retry_at=None)
        return ledger.save(changed(ORDER, shop=shop, mall_order_id=number, step=step, content_at=None))

    waiting(1, 0)
    shown = waiting(2, -3)
    waiting(3, 1)
    waiting(4, 0, "another")
    assert ledger.awaiting_export("demo", NOON, 10) == {2: NOON - 3 * MINUTE, 1: NOON}
    assert ledger.awaiting_export("demo", NOON, 1) == {2: NOON - 3 * MINUTE}
    ledger.save(changed(shown, content_at=NOON))
    assert ledger.awaiting_export("demo", NOON, 10) == {1: NOON}


def test_the_oldest_of_all_that_are_due_come_first_however_they_are_spread(ledger: Ledger) -> None:
    for number in range(1, 41):
        ledger.save(changed(ORDER, mall_order_id=number, recheck_at=NOON + number * MINUTE))
    for limit in (1, 7, 30, 100):
        found = ledger.due(NOON + 30 * MINUTE, limit)
        assert [number for _, number, _ in found] == list(range(1, 31))[:limit]


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("bad", [{12}, {6, 8, 9}, set(range(1, 13))])
@pytest.mark.parametrize(
    ("filters", "every"),
    [
        ({}, 1),
        ({"status": "open", "hold": "any"}, 6),
        ({"hold": HoldCode.PARKED}, 4),
        ({"matter": "return"}, 3),
    ],
)
def test_an_order_that_cannot_be_read_is_named_and_hides_no_other(
    many: Ledger,
    spoil: Callable[[int], None],
    filters: dict[str, Any],
    every: int,
    bad: set[int],
    limit: int,
) -> None:
    for number in bad:
        spoil(number)
    found: list[int] = []
    unreadable: list[int] = []
    cursor: str | None = None
    while True:
        page = many.orders("demo", limit=limit, cursor=cursor, **filters)
        found += [order.mall_order_id for order in page.orders]
        unreadable += page.unreadable
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.orders) + len(page.unreadable) == limit
    listed = [number for number in range(12, 0, -1) if number % every == 0]
    assert found == [number for number in listed if number not in bad]
    assert unreadable == [number for number in listed if number in bad]


def test_an_order_that_cannot_be_read_is_an_error_of_one_line_that_names_it(
    many: Ledger, spoil: Callable[[int], None]
) -> None:
    spoil(7)
    for read in (many.load, many.history, many.load_with_shop):
        with pytest.raises(
            UnreadableOrderError, match=r"^error\.unreadable_order\(order=7, [^\n]+$"
        ) as raised:
            read("demo", 7)
        assert raised.value.mall_order_id == 7
        assert raised.value.__cause__ is None
    assert many.load("demo", 8) is not None


def test_an_order_that_cannot_be_read_stays_due_and_takes_letters_and_saves(
    ledger: Ledger, spoil: Callable[[int], None]
) -> None:
    number = ORDER.mall_order_id
    saved = ledger.save(changed(ORDER, recheck_at=NOON))
    spoil(number)
    assert ledger.due(NOON, 10) == [("demo", number, NOON)]
    ledger.park(LETTER)
    with pytest.raises(VersionConflictError):
        ledger.save(ORDER)
    mended = ledger.save(saved)
    history = ledger.history("demo", number)
    assert history is not None
    assert (history.order, history.dead_letters) == (mended, (LETTER,))
