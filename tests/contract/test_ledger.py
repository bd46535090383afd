"""The contract of ``Ledger``, over the fake and the real one."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.adapters.aws import table as layout
from orderbridge.adapters.aws.ledger import DynamoLedger
from orderbridge.adapters.aws.shops import DynamoShops
from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause, Resolution, ReturnFlag, ReturnKind
from orderbridge.domain.holds import Actor, Hold, HoldCode
from orderbridge.domain.lists import Matter, Period, with_list_entry
from orderbridge.domain.outage import Outage
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.steps import AttemptResult, StepState
from orderbridge.domain.views import MarketplaceView
from orderbridge.errors import CursorError, UnreadableOrderError, VersionConflictError
from orderbridge.settings import ShopSettings
from tests.contract.samples import ATTEMPT, LETTER, ORDER, STEP
from tests.fakes import KEY_REFUSED, NOON, FakeLedger, FakeShops
from tests.orders import an_escalation, changed
from tests.reasons import ANY, they_said

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.orders import OrderState
    from orderbridge.ports import Ledger
    from tests.contract.conftest import Aws

MINUTE = timedelta(minutes=1)
FLAG = ReturnFlag(ReturnKind.OVERDUE, "shipped", ANY, NOON, NOON)
RESOLVED = replace(FLAG, resolved=Resolution(NOON, "ops", "it is back"))
ESCALATION = an_escalation(Cause.REFUSED, NOON)
CLOSED = replace(ESCALATION, cause=Cause.DRIFT, closed_at=NOON)


@pytest.fixture
def shops(aws_or_none: Aws | None) -> FakeShops | DynamoShops:
    return FakeShops() if aws_or_none is None else DynamoShops(aws_or_none.dynamodb, aws_or_none.table)


@pytest.fixture
def ledger(aws_or_none: Aws | None, shops: FakeShops | DynamoShops) -> Ledger:
    if aws_or_none is not None:
        return DynamoLedger(aws_or_none.dynamodb, aws_or_none.table)
    assert isinstance(shops, FakeShops)
    return FakeLedger(shops)


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


def held(order: OrderState, code: HoldCode) -> OrderState:
    return changed(order, hold=Hold(code, ANY, Actor.CLERK), hold_since=order.updated_at)


def numbers(ledger: Ledger, **asked: object) -> list[int]:
    """The numbers of all pages, each page as long as it may be."""
    found: list[int] = []
    filters: dict[str, Any] = {"limit": 100, **asked}
    while True:
        page = ledger.orders("demo", **filters)
        found += [order.mall_order_id for order in page.orders]
        if page.cursor is None:
            return found
        assert len(page.orders) == filters["limit"]
        filters["cursor"] = page.cursor


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


@pytest.fixture
def many(ledger: Ledger) -> Ledger:
    """Twelve orders, the highest number changed last: everything that lists are made of in turns.

    13 is another shop's.
    """
    statuses = (MarketplaceStatus.OPEN, MarketplaceStatus.SHIPPED, None)
    holds = (HoldCode.PARKED, None, HoldCode.REFUSED, None)
    flags = (FLAG, RESOLVED, None)
    escalations = ((CLOSED, ESCALATION), (CLOSED,), (), ())
    for number in range(1, 13):
        status, code = statuses[number % 3], holds[number % 4]
        order = changed(
            ORDER,
            mall_order_id=number,
            updated_at=NOON + number * MINUTE,
            observed=None if status is None else MarketplaceView(status, confirmed=True),
            return_flag=flags[number % 3],
            escalations=escalations[number % 4],
        )
        ledger.save(order if code is None else held(order, code))
    theirs = changed(ORDER, shop="other", mall_order_id=13, return_flag=FLAG, escalations=(ESCALATION,))
    ledger.save(held(theirs, HoldCode.PARKED))
    return ledger


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("status", "hold", "wanted"),
    [
        (None, None, lambda _: True),
        ("open", None, lambda n: n % 3 == 0),
        ("shipped", None, lambda n: n % 3 == 1),
        ("unknown", None, lambda n: n % 3 == 2),
        ("lost", None, lambda _: False),
        (None, "any", lambda n: n % 2 == 0),
        (None, HoldCode.PARKED, lambda n: n % 4 == 0),
        (None, "refused", lambda n: n % 4 == 2),
        ("open", "any", lambda n: n % 6 == 0),
        ("open", HoldCode.PARKED, lambda n: n % 12 == 0),
        ("delivered", "any", lambda _: False),
    ],
)
def test_every_filter_lists_the_newest_change_first(
    many: Ledger, limit: int, status: str | None, hold: str | None, wanted: Callable[[int], bool]
) -> None:
    expected = [number for number in range(12, 0, -1) if wanted(number)]
    assert numbers(many, status=status, hold=hold, limit=limit) == expected


@pytest.mark.parametrize("limit", [1, 2, 100])
@pytest.mark.parametrize(("matter", "every"), [("return", 3), ("escalation", 4)])
def test_orders_with_an_open_matter_are_listed_newest_change_first(
    many: Ledger, limit: int, matter: Matter, every: int
) -> None:
    assert numbers(many, matter=matter, limit=limit) == [n for n in range(12, 0, -1) if n % every == 0]


def test_an_order_leaves_the_list_of_a_matter_that_is_settled(many: Ledger) -> None:
    order = many.load("demo", 12)
    assert order is not None
    many.save(
        changed(order, return_flag=RESOLVED, escalations=(CLOSED, CLOSED), updated_at=NOON + 99 * MINUTE)
    )
    assert numbers(many, matter="return") == [9, 6, 3]
    assert numbers(many, matter="escalation") == [8, 4]
    assert numbers(many)[0] == 12


@pytest.mark.parametrize(
    ("filters", "every"),
    [
        ({}, 1),
        ({"status": "open"}, 3),
        ({"hold": "any"}, 2),
        ({"hold": HoldCode.PARKED}, 4),
        ({"status": "open", "hold": "any"}, 6),
        ({"matter": "return"}, 3),
        ({"matter": "escalation"}, 4),
    ],
)
def test_a_period_narrows_every_list_from_its_first_moment_to_just_before_its_last(
    many: Ledger, filters: dict[str, Any], every: int
) -> None:
    ends = [None, *(NOON + minutes * MINUTE for minutes in (4, 6.5, 12))]
    for since, before in itertools.product(ends, ends):
        if since is not None and before is not None and before < since:
            continue
        expected = [
            number
            for number in range(12, 0, -1)
            if number % every == 0
            and (since is None or NOON + number * MINUTE >= since)
            and (before is None or NOON + number * MINUTE < before)
        ]
        assert numbers(many, changed=Period(since, before), limit=2, **filters) == expected


def test_the_ends_of_a_period_may_be_in_any_zone(many: Ledger) -> None:
    here = timezone(timedelta(hours=2))
    period = Period((NOON + 3 * MINUTE).astimezone(here), (NOON + 5 * MINUTE).astimezone(here))
    assert numbers(many, changed=period) == [4, 3]


def test_a_changed_order_moves_to_the_front_and_leaves_the_lists_it_is_not_on(many: Ledger) -> None:
    order = many.load("demo", 4)
    assert order is not None
    many.save(
        changed(
            order,
            hold=None,
            observed=MarketplaceView(MarketplaceStatus.OPEN, confirmed=True),
            updated_at=NOON + 99 * MINUTE,
        )
    )
    assert numbers(many)[0] == 4
    assert numbers(many, hold=HoldCode.PARKED) == [12, 8]
    assert numbers(many, status="shipped") == [10, 7, 1]
    assert numbers(many, status="open") == [4, 12, 9, 6, 3]


def test_an_order_keeps_its_place_while_a_list_tells_nothing_new_of_it(many: Ledger) -> None:
    """A claim, an attempt, a failure, a wait: they are written, and no list is."""
    order = many.load("demo", 5)
    assert order is not None
    later = NOON + 99 * MINUTE
    order = many.save(
        changed(order, step=STEP, recheck_at=later, failures=3, updated_at=later),
        [STEP],
        [ATTEMPT],
    )
    order = many.save(changed(order, explanation=ANY, observed_at=later, updated_at=later))
    assert numbers(many) == list(range(12, 0, -1))
    assert numbers(many, changed=Period(since=later)) == []
    many.save(replace(held(order, HoldCode.PARKED), updated_at=later))
    assert numbers(many)[0] == 5
    assert numbers(many, changed=Period(since=later)) == [5]


def test_the_oldest_of_all_that_are_due_come_first_however_they_are_spread(ledger: Ledger) -> None:
    for number in range(1, 41):
        ledger.save(changed(ORDER, mall_order_id=number, recheck_at=NOON + number * MINUTE))
    for limit in (1, 7, 30, 100):
        found = ledger.due(NOON + 30 * MINUTE, limit)
        assert [number for _, number, _ in found] == list(range(1, 31))[:limit]


def test_the_last_page_has_no_cursor_even_if_it_is_full(many: Ledger) -> None:
    page = many.orders("demo", limit=6)
    assert page.cursor is not None
    assert many.orders("demo", limit=6, cursor=page.cursor).cursor is None


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


@pytest.mark.parametrize("hold", ["nonsense", "PARKED", ""])
def test_an_unknown_hold_is_refused(ledger: Ledger, hold: str) -> None:
    with pytest.raises(ValueError, match="use any, after_delivered, "):
        ledger.orders("demo", hold=hold, limit=1)


def test_a_limit_below_one_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="use 1 or more"):
        ledger.orders("demo", limit=0)


KEY = layout.update_key(with_list_entry(ORDER))
WHOLE_LIST = ("demo", None, None, None, None, None)


def _forged(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _of(place: int, value: object) -> str:
    """A cursor of a list that differs from the whole list in one thing."""
    return _forged(*WHOLE_LIST[:place], value, *WHOLE_LIST[place + 1 :], KEY)


@pytest.mark.parametrize("backend", ["moto"], indirect=True)  # only the table's cursors have this form
def test_a_cursor_is_where_the_list_goes_on(many: Ledger) -> None:
    page = many.orders("demo", limit=3, cursor=_forged(*WHOLE_LIST, KEY.replace("12:00", "12:04")))
    assert [order.mall_order_id for order in page.orders] == [4, 3, 2]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "ž",
        "====",
        "a" * 5000,
        _forged(),
        _forged("demo", None, None, KEY),
        _of(0, "other"),
        _of(1, "open"),
        _of(2, "any"),
        _of(3, "return"),
        _of(4, layout.text_of(NOON)),
        _of(5, layout.text_of(NOON + MINUTE)),
        _forged(*WHOLE_LIST, "2026"),
        _forged(*WHOLE_LIST, KEY + "\n"),
        _forged(*WHOLE_LIST, 5),
        _forged(*WHOLE_LIST, KEY, KEY),
        _forged(*WHOLE_LIST, KEY)[:-4] + "+/==",
    ],
)
def test_a_cursor_that_is_broken_or_of_another_list_is_refused(many: Ledger, cursor: str) -> None:
    with pytest.raises(CursorError, match=r"^error\.cursor$"):
        many.orders("demo", limit=3, cursor=cursor)


@pytest.mark.parametrize(
    "asked",
    [
        {"changed": Period(NOON)},
        {"changed": Period(before=NOON + 99 * MINUTE)},
        {"matter": "return"},
        {"matter": "escalation"},
        {"status": "open"},
        {"hold": "any"},
    ],
)
def test_a_cursor_continues_only_the_list_that_it_came_from(many: Ledger, asked: dict[str, Any]) -> None:
    whole, part = many.orders("demo", limit=1), many.orders("demo", limit=1, **asked)
    with pytest.raises(CursorError, match="cursor"):
        many.orders("demo", limit=1, cursor=whole.cursor, **asked)
    with pytest.raises(CursorError, match="cursor"):
        many.orders("demo", limit=1, cursor=part.cursor)
    assert len(many.orders("demo", limit=1, cursor=part.cursor, **asked).orders) == 1


@pytest.mark.parametrize("minutes", [-1, 2, 3])
def test_a_cursor_outside_its_period_is_refused(many: Ledger, minutes: int) -> None:
    period = Period(NOON, NOON + 2 * MINUTE)
    ends = (layout.text_of(NOON), layout.text_of(NOON + 2 * MINUTE))
    key = layout.update_key(replace(ORDER, updated_at=NOON + minutes * MINUTE))
    with pytest.raises(CursorError, match="cursor"):
        many.orders("demo", limit=1, changed=period, cursor=_forged("demo", None, None, None, *ends, key))


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"matter": "nonsense"}, "matter: unknown: use return, escalation"),
        ({"matter": "return", "status": "open"}, "matter: return goes with no status and no hold"),
        ({"matter": "escalation", "hold": "any"}, "matter: escalation goes with no status and no hold"),
        ({"changed": Period(NOON, NOON - MINUTE)}, "changed: the period ends"),
    ],
)
def test_what_cannot_be_listed_is_refused(ledger: Ledger, asked: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}[^\n]*$"):
        ledger.orders("demo", limit=1, **asked)


def test_a_cursor_is_url_safe_and_refused_by_another_shop(many: Ledger) -> None:
    cursor = many.orders("demo", limit=3).cursor
    assert cursor is not None
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    with pytest.raises(CursorError, match="cursor"):
        many.orders("other", limit=3, cursor=cursor)
