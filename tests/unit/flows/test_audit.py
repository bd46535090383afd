"""The audit trail: nothing of a period is missing, nothing else is in it, whatever happens while it is read."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.persons import EVERY_SHOP, PersonAction
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.domain.steps import Attempt
from orderbridge.flows.api.orders import retry
from orderbridge.flows.audit import COLUMNS, LATE, audit_rows
from orderbridge.flows.common import stored_orders
from orderbridge.texts import Language, command_line
from tests.fakes import NOON
from tests.orders import changed
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product, ship

if TYPE_CHECKING:
    import pytest

    from orderbridge.flows.audit import Row

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def trail(
    product: InMemoryProduct, since: datetime = NOON - DAY, until: datetime = NOON + 30 * DAY
) -> list[Row]:
    return list(audit_rows(product, SHOP, since, until, edge=command_line()))


def kinds(rows: list[Row]) -> list[tuple[object, ...]]:
    return [(row["kind"], row["mall_order_id"], row["step"], row["attempt"]) for row in rows]


def everything(product: InMemoryProduct) -> set[tuple[object, ...]]:
    """What the store has of every order, without the trail's help."""
    steps = {("step", number, step, None) for _, number, step in product.ledger.steps}
    steps |= {
        ("step", number, order.work.step.number, None)
        for (_, number), order in product.ledger.stored.items()
        if order.work.step is not None
    }
    return steps | {("attempt", number, step, one) for _, number, step, one in product.ledger.attempts}


def a_day() -> InMemoryProduct:
    """Orders that were shipped, refused, tried several times, and one that waits."""
    product = new_product()
    ship(product, 1)
    product.mall.hold(2)
    product.mall.fail_next(CallResult.REJECTED, call=Call.WRITE)
    product.clerk(2, S.HANDLED)
    product.tick()
    product.mall.hold(3)
    for _ in range(3):
        product.mall.fail_next(CallResult.SERVER_ERROR)
    product.clerk(3, S.HANDLED)
    for _ in range(4):
        product.tick()
        product.clock.advance(MINUTE)
    product.mall.hold(4)
    product.clerk(4, S.CANCELED)
    product.tick()
    ApiClient(product, by="marta").ask(retry, 2, body={"why": "mended"})
    return product


def test_every_step_attempt_and_action_is_a_row_once() -> None:
    product = a_day()
    rows = trail(product)
    assert {*kinds(rows)} == everything(product) | {("action", 2, None, None)}
    assert len(kinds(rows)) == len({*kinds(rows)})
    assert len([row for row in rows if row["kind"] == "attempt" and row["mall_order_id"] == 3]) > 2
    assert any(row["state"] == "planned" for row in rows), "one waits"


def test_rows_are_flat_and_have_the_same_keys_in_the_same_order() -> None:
    rows = trail(a_day())
    assert {tuple(row) for row in rows} == {COLUMNS}
    assert {type(value) for row in rows for value in row.values()} == {str, int, type(None)}


def test_a_step_its_attempts_and_an_action_say_what_happened() -> None:
    rows = trail(a_day())
    assert rows[0] == dict.fromkeys(COLUMNS) | {
        "kind": "action",
        "shop": SHOP,
        "at": rows[0]["at"],
        "mall_order_id": 2,
        "action": "person.retry",
        "by": "marta",
        "why": "mended",
        "reason_text": "Nové zpracování objednávky na vyžádání.",
    }
    step = next(row for row in rows if (row["kind"], row["action"]) == ("step", "shipped"))
    assert (step["order_code"], step["state"], step["reason_code"]) == ("C1", "accepted", "step.shipped")
    assert step["result_code"] == "result.held"
    assert str(step["at"]).startswith("2026-11-20T12:00:")
    attempt = rows[rows.index(step) + 1]
    assert (attempt["kind"], attempt["state"], attempt["http_status"]) == ("attempt", "accepted", 200)
    assert json.loads(str(attempt["sent"]))["status"] == "shipped"
    assert attempt["duration_ms"] is not None
    refused = next(row for row in rows if row["call_result"] == "rejected")
    assert str(refused["reason_code"]).startswith("answer.")
    assert refused["reason_text"]


def test_texts_are_in_the_language_that_is_asked_for() -> None:
    product = a_day()
    (row, *_) = audit_rows(product, SHOP, NOON, NOON + DAY, Language.ENGLISH, edge=command_line())
    assert row["reason_text"] == "Retry of the order on request."


def test_a_period_has_its_start_and_not_its_end_and_no_step_is_lost_between_two() -> None:
    product = a_day()
    begun, ends = NOON - MINUTE, product.clock.now() + MINUTE
    cuts = [begun + MINUTE * n for n in range(int((ends - begun) / MINUTE) + 1)]
    found = [
        kind
        for since, until in itertools.pairwise([*cuts, ends + MINUTE])
        for kind in kinds(trail(product, since, until))
    ]
    assert {*found} == {*kinds(trail(product))}
    attempts = [kind for kind in found if kind[0] == "attempt"]
    assert len(attempts) == len({*attempts})
    assert trail(product, begun - DAY, begun) == []
    assert trail(product, ends + HOUR, ends + DAY) == []


def test_a_step_that_was_never_sent_is_in_the_period_of_its_end_too() -> None:
    product = new_product(undo=2 * 60 * 60)
    ship(product)
    product.clock.advance(DAY)
    product.mall.hold(2)
    product.clerk(2, S.CANCELED)
    product.tick()
    product.clock.advance(HOUR)
    product.clerk(2, S.PENDING)
    product.tick()
    ended = product.clock.now()
    (row,) = (row for row in trail(product) if row["state"] == "withdrawn")
    assert str(row["closed_at"]) == ended.isoformat(timespec="milliseconds")
    for since, until in ((ended - HOUR, ended), (ended, ended + MINUTE)):
        assert row in trail(product, since, until)
    assert row not in trail(product, ended - 30 * MINUTE, ended)
    assert row not in trail(product, ended + MINUTE, ended + HOUR)


def test_an_attempt_that_changes_nothing_on_the_lists_is_found_by_its_time() -> None:
    product = new_product()
    product.mall.hold(1)
    product.clerk(1, S.HANDLED)
    product.tick()
    entry = product.order(1).list_entry
    product.clock.advance(3 * DAY)
    late = product.clock.now()
    order = changed(product.order(1), updated_at=late)
    attempt = Attempt(2, 9, Action.SHIPPING, late, {})
    product.ledger.save(order, attempts=[attempt])
    assert product.order(1).list_entry == entry, "the list does not tell of it"
    assert ("attempt", 1, 2, 9) in kinds(trail(product, late - HOUR, late + HOUR))


def test_an_attempt_without_its_step_is_not_left_out() -> None:
    product = new_product()
    ship(product)
    product.ledger.save(product.order(1), attempts=[Attempt(77, 1, Action.READ, NOON, {})])
    assert ("attempt", 1, 77, 1) in kinds(trail(product))


def test_what_cannot_be_read_is_a_row_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    product = a_day()
    product.ledger.unreadable.add((SHOP, 3))
    rows = [row for row in trail(product) if row["mall_order_id"] == 3]
    assert [(row["kind"], row["reason_code"]) for row in rows] == [("unreadable", "error.unreadable_order")]
    assert rows[0]["reason_text"]
    monkeypatch.setattr(product.ledger, "history", lambda *_: None)
    codes = {row["reason_code"] for row in trail(product) if row["kind"] == "unreadable"}
    assert codes == {"error.unknown_order"}, "it was on the list, and is gone"


def test_orders_that_change_while_the_trail_is_read_are_in_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that moves to the list's front behind the reader's back would be missed by one pass."""
    monkeypatch.setattr(stored_orders, "PAGE", 1)
    product = new_product()
    for number in range(1, 6):
        ship(product, number)
        product.clock.advance(HOUR)
    expected = everything(product)
    found: list[tuple[object, ...]] = []
    for at, row in enumerate(audit_rows(product, SHOP, NOON - DAY, NOON + DAY, edge=command_line())):
        found += kinds([row])
        if at in {0, 4}:  # the last one on the list comes to its front
            product.clock.advance(MINUTE)
            moved = changed(product.order(1 if at == 0 else 2), updated_at=product.clock.now())
            product.ledger.save(replace(moved, list_entry=None))
    assert len(found) == len({*found})
    assert {*found} == expected


def histories_asked_for(product: InMemoryProduct, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the orders whose history is read from now on; the list grows."""
    asked: list[int] = []
    history = product.ledger.history

    def watched(shop: str, number: int) -> object:
        asked.append(number)
        return history(shop, number)

    monkeypatch.setattr(product.ledger, "history", watched)
    return asked


def test_orders_out_of_the_period_cost_no_query(monkeypatch: pytest.MonkeyPatch) -> None:
    product = new_product()
    ship(product, 1)
    product.clock.advance(3 * DAY)
    ship(product, 2)
    product.clock.advance(3 * DAY)
    ship(product, 3)
    asked = histories_asked_for(product, monkeypatch)
    trail(product, NOON + 3 * DAY, NOON + 4 * DAY)
    assert asked == [2]
    assert LATE < HOUR


def test_actions_about_every_shop_are_in_each_shops_trail_and_anothers_are_not() -> None:
    product = new_product()
    added = because(PersonReason.SHOP_PAUSED)
    for shop in (EVERY_SHOP, "second", SHOP):
        product.actions.record(PersonAction(shop, NOON, "eva", added))
    assert [(row["shop"], row["by"]) for row in trail(product)] == [(SHOP, "eva"), (EVERY_SHOP, "eva")]


def test_a_shop_that_was_removed_still_has_its_trail() -> None:
    product = a_day()
    whole = kinds(trail(product))
    del product.shops.records[SHOP]
    assert kinds(trail(product)) == whole


def test_rows_are_made_as_they_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_orders, "PAGE", 1)
    product = new_product()
    for number in range(1, 6):
        ship(product, number)
    asked = histories_asked_for(product, monkeypatch)
    rows = audit_rows(product, SHOP, NOON - DAY, NOON + DAY, edge=command_line())
    assert asked == []
    next(rows)
    assert len(asked) == 1
