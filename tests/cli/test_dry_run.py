"""What a dry run shows, what it costs MALL, and when it cannot be made."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.exports import ExportReason, NoteReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.outage import Outage
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import Budget, Pause
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.errors import ExportProblemError, NotFoundError, SecretsProblemError
from orderbridge_cli.dry_run import (
    End,
    MallNotReadError,
    NotNowError,
    Preview,
    PreviewRow,
    Stage,
    Wait,
    calls_of,
    run_preview,
)
from tests.fakes import KEY_REFUSED, CallWindow, Fault
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

UNDO = timedelta(minutes=15)
HOUR = timedelta(hours=1)
YESTERDAY = ShopDate(date(2026, 11, 19))


def shop(**rules: Any) -> InMemoryProduct:  # noqa: ANN401 - any setting
    """A shop that was never fetched."""
    return InMemoryProduct(rules=Rules(**{"undo_window_seconds": int(UNDO.total_seconds()), **rules}))


def with_settings(product: InMemoryProduct, **changes: object) -> None:
    """The shop with other fields of its record."""
    record = product.shops.records[SHOP]
    product.shops.records[SHOP] = type(record)(
        **{name: getattr(record, name) for name in record.__slots__} | changes
    )


def row_of(preview: Preview, number: int) -> PreviewRow:
    """The row of an order."""
    return next(row for row in preview.rows if row.mall_order_id == number)


def test_an_order_is_played_to_its_end_with_the_undo_window_in_it() -> None:
    product = shop()
    product.mall.hold(1)
    product.mall.orders[1] = product.mall.orders[1].__class__(
        MarketplaceStatus.OPEN, confirmed=False, opened_at=product.clock.now() - timedelta(days=3)
    )
    product.clerk(1, ShopStatus.SETTLED, delivery=YESTERDAY)

    preview = run_preview(product, SHOP)

    row = row_of(preview, 1)
    assert [step.action for step in row.steps] == [Action.SHIPPED, Action.DELIVERED]
    assert row.steps[0].body["confirmed"] is True
    assert [step.due for step in row.steps] == [None, preview.made_at + UNDO]
    assert (row.shop_code, row.held, row.end) == ("C1", MarketplaceStatus.OPEN, End.IN_SYNC)
    assert [(one.mall_order_id, step.action) for one, step in preview.irreversible] == [(1, Action.DELIVERED)]
    assert preview.counts.steps == {Action.SHIPPED: 1, Action.DELIVERED: 1}
    assert preview.counts.need_person == 0


def test_a_held_order_says_what_the_clerk_must_do() -> None:
    product = shop()
    product.mall.hold(1)
    product.clerk(1, ShopStatus.SETTLED, tracking_number="")

    preview = run_preview(product, SHOP)

    row = row_of(preview, 1)
    assert (row.end, row.hold, row.needs_person) == (End.HELD, HoldCode.MISSING_TRACKING, True)
    assert row.reason is not None
    assert preview.counts.held == {HoldCode.MISSING_TRACKING: 1}
    assert preview.counts.need_person == 1


def test_an_order_that_no_list_has_is_named_and_not_read() -> None:
    product = shop()
    product.mall.hold(1, MarketplaceStatus.DELIVERED, confirmed=True)
    product.clerk(1, ShopStatus.HANDLED)

    preview = run_preview(product, SHOP)

    assert row_of(preview, 1).end is End.TO_BE_READ
    assert preview.counts.to_be_read == 1
    assert not product.mall.calls


def test_orders_of_mall_would_be_written_into_the_shop_and_cancelled_there() -> None:
    product = shop(import_mode="create")
    product.mall.hold(1)
    product.mall.hold(2, MarketplaceStatus.CANCELLED)
    product.clerk(2, ShopStatus.PENDING)

    preview = run_preview(product, SHOP)

    assert [step.action for step in row_of(preview, 1).steps] == [Action.CREATE_IN_SHOP, Action.CONFIRM]
    assert row_of(preview, 2).steps[0].action is Action.CANCEL_IN_SHOP
    assert (preview.counts.imported, preview.counts.cancelled_in_shop) == (1, 1)
    assert not product.imports.documents


def test_a_shop_whose_import_has_no_address_shows_it_as_a_hold() -> None:
    product = shop(import_mode="create")
    secrets = product.secrets.stored[SHOP]
    product.secrets.put(SHOP, type(secrets)(secrets.export_url, secrets.client_id))
    product.mall.hold(1)

    preview = run_preview(product, SHOP)

    assert (row_of(preview, 1).hold, preview.counts.imported) == (HoldCode.NO_ANSWER, 0)


def test_a_shop_that_is_off_and_stopped_is_shown_as_it_were_on() -> None:
    product = shop()
    product.shops.stop(SHOP, KEY_REFUSED, product.clock.now(), product.clock.now() + HOUR)
    with_settings(
        product,
        pause=Pause(product.clock.now()),
        stop=product.shops.records[SHOP].stop,
    )
    product.mall.hold(1)
    product.clerk(1, ShopStatus.HANDLED)

    assert run_preview(product, SHOP).counts.steps == {Action.SHIPPING: 1}
    assert product.shops.records[SHOP].stop is not None


def test_records_without_a_number_are_counted() -> None:
    product = shop()
    product.exports.at(SHOP).unattributable = (
        because(ExportReason.AT_LINE, line=3, why=because(ExportReason.WEB_PAGE)),
        because(NoteReason.MORE_NO_NUMBER, records=7),
    )

    preview = run_preview(product, SHOP)

    assert (preview.counts.unreadable, preview.counts.need_person) == (8, 8)
    assert len(preview.notes) == 2


def test_an_order_whose_own_record_cannot_be_read_has_a_row() -> None:
    product = shop()
    product.mall.hold(1)
    product.clerk(1, ShopStatus.HANDLED)
    product.tick()
    product.ledger.unreadable.add((SHOP, 1))

    preview = run_preview(product, SHOP)

    assert row_of(preview, 1).end is End.UNREADABLE
    assert preview.counts.need_person == 1


def test_more_orders_than_a_fetch_sends_at_once_are_all_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.flows.fetch_changes.MAX_UPDATES_PER_FETCH", 3)
    product = shop()
    for number in range(1, 21):
        product.clerk(number, ShopStatus.HANDLED)
        product.mall.hold(number)
    heard: list[tuple[Stage, int]] = []

    preview = run_preview(product, SHOP, lambda stage, done: heard.append((stage, done)))

    assert preview.orders == len(preview.rows) == preview.counts.sent == 20
    assert product.mall.lists == preview.calls == 2
    assert heard[:3] == [(Stage.EXPORT, 0), (Stage.LISTS, 0), (Stage.ORDERS, 0)]
    assert heard[-1] == (Stage.ORDERS, 20)


def test_the_number_of_calls_is_known_before() -> None:
    product = shop()
    product.fetch()
    record = product.shops.records[SHOP]
    content = record.content.__class__(orders=50_000)
    with_settings(product, content=content)

    calls = calls_of(product, SHOP)

    assert (calls.lists, calls.at_least, calls.at_most, calls.left) == (2, 2, 100, None)
    assert not product.mall.lists


def test_while_mall_asks_for_a_pause_nothing_is_called() -> None:
    product, until = shop(), shop().clock.now() + HOUR
    product.shops.note_limit(SHOP, until)

    with pytest.raises(NotNowError) as caught:
        run_preview(product, SHOP)

    assert (caught.value.why, caught.value.until) == (Wait.LIMITED, until)
    assert not product.mall.lists


def test_the_reserve_of_calls_is_left_alone() -> None:
    product = shop()
    now = product.clock.now()
    product.shops.note_budget(SHOP, Budget(100, 5, now + HOUR), now)

    with pytest.raises(NotNowError) as caught:
        run_preview(product, SHOP)

    assert (caught.value.why, caught.value.until) == (Wait.RESERVED, now + HOUR)
    assert not product.mall.lists


def test_a_first_list_that_leaves_only_the_reserve_is_the_last_call() -> None:
    product = shop()
    product.clerk(1, ShopStatus.HANDLED)
    product.mall.window = CallWindow(product.clock, 11)

    with pytest.raises(NotNowError) as caught:
        run_preview(product, SHOP)

    assert (caught.value.why, caught.value.made) == (Wait.RESERVED, 1)
    assert product.mall.lists == 1


def test_during_an_outage_nothing_is_called() -> None:
    product = shop()
    now = product.clock.now()
    callers = frozenset(map(str, range(20)))
    product.shops.outages[""] = Outage(now - HOUR, now + HOUR, callers)

    with pytest.raises(NotNowError) as caught:
        run_preview(product, SHOP)

    assert caught.value.why is Wait.OUTAGE
    assert not product.mall.lists


@pytest.mark.parametrize("result", [CallResult.TIMEOUT, CallResult.UNAUTHORIZED, CallResult.SERVER_ERROR])
def test_without_malls_list_there_is_no_preview(result: CallResult) -> None:
    product = shop()
    product.clerk(1, ShopStatus.HANDLED)
    product.mall.list_fault = Fault(result)

    with pytest.raises(MallNotReadError):
        run_preview(product, SHOP)

    assert product.shops.records[SHOP].stop is None


def test_an_export_that_cannot_be_used_costs_no_call_to_mall() -> None:
    product = shop()
    product.clerk(1, ShopStatus.HANDLED)
    product.exports.at(SHOP).breaks_after = 1

    with pytest.raises(ExportProblemError):
        run_preview(product, SHOP)

    assert not product.mall.lists
    assert product.exports.open == 0


def test_an_interruption_leaves_nothing_behind() -> None:
    product = shop()
    for number in range(1, 4):
        product.clerk(number, ShopStatus.HANDLED)
        product.mall.hold(number)

    def interrupted(stage: Stage, done: int) -> None:
        if stage is Stage.ORDERS and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_preview(product, SHOP, interrupted)

    assert product.exports.open == 0
    assert not product.ledger.saves
    assert product.shops.records[SHOP].fetch_begun_at is None


def test_unknown_shops_and_unreadable_secrets_are_said() -> None:
    product = shop()
    with pytest.raises(NotFoundError):
        run_preview(product, "nobody")
    product.secrets.remove(SHOP)
    with pytest.raises(SecretsProblemError):
        run_preview(product, SHOP)
