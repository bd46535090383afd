"""The list of returns: what is on it, how it is settled, and Returned by a person's word."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.actions import Action
from orderbridge.domain.codes.cases import ReturnReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError, ContentTooLargeError, NotFoundError, VersionConflictError
from orderbridge.flows.api import stored as api_ledger
from orderbridge.flows.api.orders import order_detail
from orderbridge.flows.api.returns import list_returns, request_returned, resolve_return
from orderbridge.flows.switching import pause_shop
from tests.orders import changed
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import new_product, ship

if TYPE_CHECKING:
    from orderbridge.flows.api.request import Json

DAYS = timedelta(days=1)


def unclaimed(numbers: range = range(1, 2), undo: int = 0, **rules: object) -> InMemoryProduct:
    """Parcels on their way whose orders were canceled in the shop."""
    product = new_product(undo=undo, **rules)
    for number in numbers:
        ship(product, number)
        product.clerk(number, S.CANCELED)
        product.tick()
        product.clock.advance(seconds=1)
    return product


def numbers(answer: Json) -> list[int]:
    return [entry["mall_order_id"] for entry in answer["returns"]]


class TestList:
    def test_an_entry_says_what_where_since_when_and_what_to_do(self) -> None:
        product = unclaimed()
        (entry,) = ApiClient(product).ask(list_returns)["returns"]
        assert entry["mall_order_id"] == 1
        assert entry["code"] == "C1"
        assert entry["kind"] == "unclaimed"
        assert entry["state"] == "open"
        assert entry["status"] == "shipped"
        assert entry["shop_status"] == "canceled"
        assert entry["tracking_number"] == "DR1"
        assert entry["since"] == "2026-11-20T12:00:00+00:00"
        assert entry["reason"]["code"] == ReturnReason.UNCLAIMED
        assert "partnerském portálu" in entry["reason"]["text"]
        assert entry["resolved"] is None
        assert entry["why"]["code"] == "hold.cancel_too_late"

    def test_only_what_is_open_unless_asked_otherwise(self) -> None:
        product = unclaimed(range(1, 4))
        api = ApiClient(product)
        api.ask(resolve_return, 2, body={"note": "the customer took it"})
        assert numbers(api.ask(list_returns)) == [3, 1]
        assert numbers(api.ask(list_returns, state="open")) == [3, 1]
        assert numbers(api.ask(list_returns, state="resolved")) == [2]
        assert numbers(api.ask(list_returns, state="all")) == [2, 3, 1]

    def test_by_kind(self) -> None:
        product = unclaimed(range(1, 3))
        ship(product, 3)
        product.clock.advance(20 * DAYS)
        product.tick()
        api = ApiClient(product)
        assert numbers(api.ask(list_returns, kind="overdue")) == [3]
        assert numbers(api.ask(list_returns, kind="unclaimed")) == [2, 1]
        assert numbers(api.ask(list_returns, kind="withdrawal")) == []

    def test_page_by_page(self) -> None:
        product = unclaimed(range(1, 6))
        api, seen = ApiClient(product), []
        page = api.ask(list_returns, limit="2")
        while True:
            assert len(page["returns"]) <= 2
            seen += numbers(page)
            if page["next_cursor"] is None:
                break
            page = api.ask(list_returns, limit="2", cursor=page["next_cursor"])
        assert seen == [5, 4, 3, 2, 1]

    def test_page_by_page_where_most_entries_are_of_another_kind(self) -> None:
        product = new_product(undo=0)
        for number in range(1, 9):
            ship(product, number)
        product.clock.advance(20 * DAYS)
        for number in (1, 2, 3, 8):
            product.clerk(number, S.CANCELED)
        product.tick()
        assert numbers(ApiClient(product).ask(list_returns)) == [8, 7, 6, 5, 4, 3, 2, 1]
        api, seen = ApiClient(product), []
        page = api.ask(list_returns, kind="unclaimed", limit="3")
        while True:
            assert len(page["returns"]) <= 3
            seen += numbers(page)
            if page["next_cursor"] is None:
                break
            page = api.ask(list_returns, kind="unclaimed", limit="3", cursor=page["next_cursor"])
        assert seen == [8, 3, 2, 1]

    def test_a_list_with_few_hits_is_bounded_and_goes_on_behind_its_cursor(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api_ledger, "MAX_PAGES", 2)
        product = unclaimed(range(1, 2))
        ApiClient(product).ask(resolve_return, 1, body={"note": "settled"})
        for number in range(2, 8):
            product.clock.advance(seconds=1)
            ship(product, number)
        api, seen, pages = ApiClient(product), [], 0
        page = api.ask(list_returns, state="resolved", limit="1")
        while page["next_cursor"] is not None:
            assert page["returns"] == []
            pages += 1
            page = api.ask(list_returns, state="resolved", limit="1", cursor=page["next_cursor"])
        seen += numbers(page)
        assert (seen, pages) == ([1], 3)

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ({"kind": "lost"}, "not_one_of(name=kind, allowed=unclaimed "),
            ({"state": "closed"}, "not_one_of(name=state, allowed=open resolved all)"),
            ({"limit": "0"}, "page_size(limit=200)"),
            ({"cursor": "x"}, "cursor"),
        ],
    )
    def test_what_makes_no_sense_is_named(self, query: dict[str, str], says: str) -> None:
        with pytest.raises(BadRequestError, match=f"^error.{re.escape(says)}"):
            ApiClient(unclaimed()).ask(list_returns, **query)


class TestResolve:
    def test_it_leaves_the_list_with_who_when_and_the_note(self) -> None:
        product = unclaimed()
        api = ApiClient(product, by="marta")
        product.clock.advance(seconds=30)
        answer = api.ask(resolve_return, 1, body={"note": " the parcel is back, Returned set by hand "})
        assert answer["state"] == "resolved"
        assert answer["resolved"] == {
            "at": "2026-11-20T12:00:31+00:00",
            "by": "marta",
            "note": "the parcel is back, Returned set by hand",
        }
        assert api.ask(list_returns)["returns"] == []
        assert api.ask(order_detail, 1)["return"]["resolved"]["by"] == "marta"

    def test_the_note_may_be_called_reason(self) -> None:
        answer = ApiClient(unclaimed()).ask(resolve_return, 1, body={"reason": "it was collected"})
        assert answer["resolved"]["note"] == "it was collected"

    def test_it_stays_settled_and_nothing_is_ever_sent_for_it(self) -> None:
        product = unclaimed()
        api = ApiClient(product)
        api.ask(resolve_return, 1, body={"note": "settled"})
        before = len(product.mall.calls)
        product.ticks(3 * DAYS, timedelta(hours=1))
        assert api.ask(list_returns)["returns"] == []
        assert len(product.mall.calls) == before

    def test_what_is_not_open_cannot_be_settled(self) -> None:
        product = unclaimed()
        ship(product, 2)
        api = ApiClient(product)
        api.ask(resolve_return, 1, body={"note": "settled"})
        for number in (1, 2):
            with pytest.raises(BadRequestError, match=r"^case\.no_open_return"):
                api.ask(resolve_return, number, body={"note": "settled"})

    def test_personal_data_in_a_note_is_not_kept(self) -> None:
        product = unclaimed()
        answer = ApiClient(product).ask(
            resolve_return,
            1,
            body={"note": "asked jan.novak@example.invalid, +420 601 234 567\nabout order 1"},
        )
        note = answer["resolved"]["note"]
        assert "novak" not in note
        assert "601" not in note
        assert note.endswith("about order 1")

    @pytest.mark.parametrize(
        "body",
        [
            None,
            "nonsense",
            "[]",
            "[" * 5_000,
            {},
            {"note": ""},
            {"note": "  "},
            {"note": 1},
            {"note": None},
            {"note": "x" * 501},
            {"note": "settled", "by": "somebody else"},
            {"note": "x" * 100_000},
        ],
    )
    def test_a_bad_body_is_one_line_and_changes_nothing(self, body: object) -> None:
        product = unclaimed()
        before = product.order(1)
        with pytest.raises((BadRequestError, ContentTooLargeError)) as refused:
            ApiClient(product).ask(resolve_return, 1, body=body)
        assert len(str(refused.value).splitlines()) == 1
        assert product.order(1) == before

    def test_an_order_that_is_not_known(self) -> None:
        with pytest.raises(NotFoundError, match="99"):
            ApiClient(unclaimed()).ask(resolve_return, 99, body={"note": "settled"})
        with pytest.raises(BadRequestError, match=r"^error\.order_number$"):
            ApiClient(unclaimed()).ask(resolve_return, "first", body={"note": "settled"})

    @pytest.mark.parametrize("conflicts", [1, 3, 5])
    def test_somebody_faster_is_not_overwritten(self, conflicts: int) -> None:
        product = unclaimed()
        product.ledger.fail_next_saves = conflicts
        ApiClient(product).ask(resolve_return, 1, body={"note": "settled"})
        flag = product.order(1).cases.return_flag
        assert flag is not None
        assert not flag.open

    def test_a_fight_that_never_ends_is_an_error_and_no_half_truth(self) -> None:
        product = unclaimed()
        product.ledger.fail_next_saves = 100
        with pytest.raises(VersionConflictError):
            ApiClient(product).ask(resolve_return, 1, body={"note": "settled"})
        assert ApiClient(product).ask(list_returns)["returns"]

    def test_what_settles_itself_meanwhile_is_judged_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        product = unclaimed()
        save = product.ledger.save

        def overtaken(order: object, *more: object) -> object:
            monkeypatch.setattr(product.ledger, "save", save)
            state = product.order(1)
            save(changed(state, return_flag=None))
            return save(order, *more)  # type: ignore[arg-type]

        monkeypatch.setattr(product.ledger, "save", overtaken)
        with pytest.raises(BadRequestError, match=r"^case\.no_open_return"):
            ApiClient(product).ask(resolve_return, 1, body={"note": "settled"})

    def test_it_can_be_settled_while_the_shop_is_switched_off(self) -> None:
        product = unclaimed()
        pause_shop(product, SHOP, "marta", product.clock.now())
        assert ApiClient(product).ask(resolve_return, 1, body={"note": "settled"})["state"] == "resolved"


class TestReturned:
    def test_a_person_may_have_it_set_where_the_shop_allows_it(self) -> None:
        product = unclaimed(undo=0, push_returned=True)
        api = ApiClient(product, by="marta")
        answer = api.ask(request_returned, 1)
        assert answer["return_request"] == {"at": answer["requested_at"], "by": "marta"}
        product.clock.advance(seconds=60)
        product.ticks(timedelta(minutes=5))
        assert product.held(1) is M.RETURNED
        assert api.ask(list_returns)["returns"] == []

    def test_it_waits_out_the_undo_window_and_the_shop_can_take_it_back(self) -> None:
        product = unclaimed(undo=900, push_returned=True)
        ApiClient(product).ask(request_returned, 1)
        product.settle()
        step = product.order(1).work.step
        assert step is not None
        assert step.action is Action.RETURNED
        assert product.held(1) is M.SHIPPED
        product.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 20)))
        product.ticks(timedelta(hours=2), timedelta(minutes=5))
        assert product.held(1) is M.DELIVERED

    def test_it_is_due_even_if_the_recheck_gets_lost(self) -> None:
        product = unclaimed(undo=0, push_returned=True)
        product.queues.fail_with = RuntimeError("not taken")
        with pytest.raises(RuntimeError):
            ApiClient(product).ask(request_returned, 1)
        product.queues.fail_with = None
        assert product.order(1).work.recheck_at == product.clock.now()
        product.ticks(timedelta(minutes=5))
        assert product.held(1) is M.RETURNED

    def test_without_the_setting_it_is_refused_with_what_to_do(self) -> None:
        product = unclaimed()
        with pytest.raises(BadRequestError, match=r"^case\.returned\.switched_off"):
            ApiClient(product).ask(request_returned, 1)
        assert product.order(1).cases.return_request is None
        assert product.queues.take_changes() == []

    def test_what_is_not_on_the_list_is_refused(self) -> None:
        product = new_product(undo=0, push_returned=True)
        ship(product)
        with pytest.raises(BadRequestError):
            ApiClient(product).ask(request_returned, 1)
        with pytest.raises(NotFoundError):
            ApiClient(product).ask(request_returned, 2)

    def test_asking_twice_sends_it_once(self) -> None:
        product = unclaimed(undo=0, push_returned=True)
        for _ in range(2):
            ApiClient(product).ask(request_returned, 1)
            product.settle()
        product.ticks(timedelta(minutes=10))
        assert product.statuses_sent(1).count("returned") == 1
