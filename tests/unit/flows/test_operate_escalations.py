"""The list of escalations: complete as it stands, closed by people, and the return number to the credit note."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.cases.records import Cause, Item
from orderbridge.domain.codes.cases import TodoReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import MarketplaceStatus as M
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError, NotFoundError, VersionConflictError
from orderbridge.flows.api.escalations import (
    close_escalation,
    enter_return_number,
    list_escalations,
)
from orderbridge.flows.api.orders import order_detail
from orderbridge.flows.api.returns import resolve_return
from orderbridge.flows.retry_transitions import park_dead_letter
from orderbridge.messages import AlarmRequest, Recheck
from tests.some_reasons import DRIFT
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import TODAY, new_world, ship, switch
from tests.unit.flows.world import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.flows.api.request import Json

NUMBER = "4712345678"
WRONG_DELIVERED = Cause.WRONG_DELIVERED.value


def wrongly_delivered(numbers: range = range(1, 2)) -> InMemoryProduct:
    """MALL holds Delivered by the clerk's date, which the clerk then took away."""
    world = new_world(undo=0)
    for number in numbers:
        ship(world, number)
        world.clerk(number, S.SETTLED, delivery=TODAY)
        world.tick()
        assert world.held(number) is M.DELIVERED
        world.clock.advance(seconds=1)
        world.clerk(number, S.SETTLED)
        world.tick()
        world.clock.advance(seconds=1)
    return world


def parked(world: InMemoryProduct, number: int = 1, message: str = "m1") -> None:
    body = Recheck(
        shop=SHOP, mall_order_id=number, reason="due", requested_at=world.clock.now()
    ).model_dump_json()
    park_dead_letter(world, message, "changes-dead.fifo", body, 6)


def found(answer: Json) -> list[tuple[int, str]]:
    return [(entry["mall_order_id"], entry["cause"]) for entry in answer["escalations"]]


class TestList:
    def test_an_entry_has_all_that_operations_ask_for(self) -> None:
        world = wrongly_delivered()
        (entry,) = ApiClient(world).ask(list_escalations)["escalations"]
        assert (entry["mall_order_id"], entry["code"], entry["cause"]) == (1, "C1", WRONG_DELIVERED)
        assert entry["state"] == "open"
        assert entry["mall_holds"]["text"].startswith("Delivered")
        assert entry["shop_says"]["text"] == "„Vyřízená“"
        assert entry["right_status"]["text"] == "Shipped"
        assert entry["what_happened"]["code"].startswith("hold.after_delivered")
        assert entry["what_to_do"]["code"] == TodoReason.WRONG_DELIVERED
        assert entry["ready_text"]["language"] == "cs"
        assert "vratkového dokumentu" in entry["ready_text"]["text"]
        assert [event["what"] for event in entry["history"]] == ["opened"]
        assert entry["return_number"] is None
        assert entry["credit_note"] is None

    def test_by_cause_and_by_state(self) -> None:
        world = wrongly_delivered(range(1, 4))
        parked(world, 3)
        world.settle()
        api = ApiClient(world)
        both = [(3, WRONG_DELIVERED), (3, "dead_letter"), (2, WRONG_DELIVERED), (1, WRONG_DELIVERED)]
        assert sorted(found(api.ask(list_escalations))) == sorted(both)
        assert found(api.ask(list_escalations, cause_="dead_letter")) == [(3, "dead_letter")]
        api.ask(close_escalation, 2, WRONG_DELIVERED, {"note": "settled with Operations"})
        assert found(api.ask(list_escalations, cause_=WRONG_DELIVERED)) == [
            (3, WRONG_DELIVERED),
            (1, WRONG_DELIVERED),
        ]
        assert found(api.ask(list_escalations, state="closed")) == [(2, WRONG_DELIVERED)]
        assert len(found(api.ask(list_escalations, state="all"))) == 4

    def test_page_by_page(self) -> None:
        world = wrongly_delivered(range(1, 6))
        api, seen = ApiClient(world), []
        page = api.ask(list_escalations, limit="2")
        while True:
            seen += [number for number, _ in found(page)]
            if page["next_cursor"] is None:
                break
            page = api.ask(list_escalations, limit="2", cursor=page["next_cursor"])
        assert seen == [5, 4, 3, 2, 1]

    @pytest.mark.parametrize(
        ("query", "named"),
        [({"cause_": "bad_luck"}, "cause"), ({"state": "resolved"}, "state"), ({"limit": "x"}, "limit")],
    )
    def test_what_makes_no_sense_is_named(self, query: dict[str, str], named: str) -> None:
        with pytest.raises(BadRequestError, match=rf"^error\.(not_one_of\(name={named},|page_size)"):
            ApiClient(wrongly_delivered()).ask(list_escalations, **query)


class TestClose:
    def test_it_is_closed_by_a_person_and_stays_closed_while_the_same_facts_stand(self) -> None:
        world = wrongly_delivered()
        api = ApiClient(world, by="marta")
        answer = api.ask(close_escalation, 1, WRONG_DELIVERED, {"note": "Delivered is right after all"})
        assert answer["state"] == "closed"
        assert answer["history"][-1] == {
            "at": "2026-11-20T12:00:02+00:00",
            "what": "closed",
            "by": "marta",
            "note": "Delivered is right after all",
            "reason": None,
        }
        world.ticks(timedelta(hours=3), timedelta(minutes=30))
        assert api.ask(list_escalations)["escalations"] == []
        (kept,) = api.ask(order_detail, 1)["escalations"]
        assert kept["state"] == "closed"

    def test_what_is_not_open_or_no_cause_cannot_be_closed(self) -> None:
        world = wrongly_delivered()
        api = ApiClient(world)
        with pytest.raises(BadRequestError, match=r"^case\.no_open_escalation"):
            api.ask(close_escalation, 1, "refused", {"note": "settled"})
        with pytest.raises(BadRequestError, match=r"^error\.not_one_of\(name=cause,"):
            api.ask(close_escalation, 1, "bad_luck", {"note": "settled"})
        with pytest.raises(NotFoundError, match="99"):
            api.ask(close_escalation, 99, "refused", {"note": "settled"})

    @pytest.mark.parametrize("body", [None, "x", {}, {"note": ""}, {"note": 5}, {"note": "ok", "more": 1}])
    def test_a_bad_body_is_one_line_and_changes_nothing(self, body: object) -> None:
        world = wrongly_delivered()
        before = world.order(1)
        with pytest.raises(BadRequestError) as refused:
            ApiClient(world).ask(close_escalation, 1, WRONG_DELIVERED, body)
        assert len(str(refused.value).splitlines()) == 1
        assert world.order(1) == before

    def test_somebody_faster_is_not_overwritten(self) -> None:
        world = wrongly_delivered()
        world.ledger.fail_next_saves = 3
        api = ApiClient(world)
        answer = api.ask(enter_return_number, 1, WRONG_DELIVERED, {"return_number": NUMBER})
        assert answer["return_number"] == NUMBER
        world.ledger.fail_next_saves = 100
        with pytest.raises(VersionConflictError):
            api.ask(close_escalation, 1, WRONG_DELIVERED, {"note": "settled"})


class TestReturnNumber:
    def test_it_gives_all_that_the_credit_note_must_carry(self) -> None:
        world = wrongly_delivered()
        api = ApiClient(world, by="marta")
        answer = api.ask(enter_return_number, 1, WRONG_DELIVERED, {"return_number": NUMBER})
        assert answer["return_number"] == NUMBER
        assert answer["credit_note"] == {
            "mall_order_id": 1,
            "return_number": NUMBER,
            "whole_order": True,
            "items": [],
            "due_at": "2026-12-04T12:00:02+00:00",
        }
        assert answer["history"][-1]["by"] == "marta"
        (entry,) = api.ask(list_escalations)["escalations"]
        assert entry["credit_note"] == answer["credit_note"]
        assert entry["ready_text"]["for"] == "accounting"
        assert NUMBER in entry["ready_text"]["text"]

    def test_the_whole_order_names_the_items_that_mall_lists(self) -> None:
        world = wrongly_delivered()
        order = world.order(1)
        assert order.marketplace.observed is not None
        observed = replace(order.marketplace.observed, items=(Item("Kettle", "2"),))
        world.ledger.save(replace(order, marketplace=replace(order.marketplace, observed=observed)))
        answer = ApiClient(world).ask(enter_return_number, 1, WRONG_DELIVERED, {"return_number": NUMBER})
        assert answer["credit_note"]["items"] == [{"title": "Kettle", "pieces": "2"}]
        assert answer["credit_note"]["whole_order"] is True

    def test_some_items_only(self) -> None:
        items = [{"title": " Kettle \n 2 l ", "pieces": 2}, {"title": "Rope", "pieces": "1.5"}]
        answer = ApiClient(wrongly_delivered()).ask(
            enter_return_number, 1, WRONG_DELIVERED, {"return_number": NUMBER, "items": items}
        )
        assert answer["credit_note"]["items"] == [
            {"title": "Kettle 2 l", "pieces": "2"},
            {"title": "Rope", "pieces": "1.5"},
        ]
        assert answer["credit_note"]["whole_order"] is False

    def test_the_same_number_again_changes_nothing(self) -> None:
        world = wrongly_delivered()
        api = ApiClient(world)
        first = api.ask(enter_return_number, 1, WRONG_DELIVERED, {"return_number": int(NUMBER)})
        version = world.order(1).version
        world.clock.advance(timedelta(days=1))
        again = api.ask(enter_return_number, 1, WRONG_DELIVERED, {"return_number": NUMBER})
        assert again == first
        assert world.order(1).version == version

    @pytest.mark.parametrize(
        "body",
        [
            None,
            {},
            {"return_number": "46123"},
            {"return_number": ""},
            {"return_number": True},
            {"return_number": NUMBER, "items": {}},
            {"return_number": NUMBER, "items": [{"title": "Kettle"}]},
            {"return_number": NUMBER, "items": [{"title": "", "pieces": 1}]},
            {"return_number": NUMBER, "items": [{"title": "Kettle", "pieces": 0}]},
            {"return_number": NUMBER, "items": [{"title": "Kettle", "pieces": True}]},
            {"return_number": NUMBER, "items": [{"title": "Kettle", "pieces": "some"}]},
            {"return_number": NUMBER, "items": [{"title": "x" * 301, "pieces": 1}]},
            {"return_number": NUMBER, "items": [{"title": "Kettle", "pieces": 1}] * 201},
            {"return_number": NUMBER, "due_at": "never"},
        ],
    )
    def test_a_bad_body_is_one_line_and_changes_nothing(self, body: object) -> None:
        world = wrongly_delivered()
        before = world.order(1)
        with pytest.raises(BadRequestError) as refused:
            ApiClient(world).ask(enter_return_number, 1, WRONG_DELIVERED, body)
        assert len(str(refused.value).splitlines()) == 1
        assert world.order(1) == before

    def test_it_belongs_to_a_wrong_delivered_alone(self) -> None:
        world = wrongly_delivered()
        parked(world)
        with pytest.raises(BadRequestError, match=r"^case\.return_number\.elsewhere"):
            ApiClient(world).ask(enter_return_number, 1, "dead_letter", {"return_number": NUMBER})


class TestWhatFollows:
    def test_a_parked_order_is_escalated_and_the_shop_is_told(self) -> None:
        world = new_world(undo=0)
        ship(world)
        parked(world)
        order = world.order(1)
        assert order.work.hold is not None
        assert order.work.hold.code is HoldCode.PARKED
        assert found(ApiClient(world).ask(list_escalations)) == [(1, "dead_letter")]
        world.clock.advance(seconds=60)
        world.tick()
        ((_, subject, _),) = world.alarms.published
        assert subject == "Objednavka MALL 1: zpracovani je pozastaveno"
        parked(world)
        world.ticks(timedelta(hours=1))
        assert len(world.alarms.published) == 1

    def test_an_order_parked_before_it_was_known_is_escalated_too(self) -> None:
        world = new_world()
        parked(world, 7)
        assert found(ApiClient(world).ask(list_escalations)) == [(7, "dead_letter")]

    def test_a_shop_that_is_not_registered_has_nobody_to_be_told(self) -> None:
        world = new_world()
        world.shops.remove(SHOP)
        parked(world, 7)
        order = world.order(7)
        assert order.work.parked
        assert (order.cases.escalations, order.work.recheck_at) == ((), None)

    def test_an_alarm_that_a_persons_call_brings_to_light_is_told(self) -> None:
        """The order's hold says more than its escalations do: whoever writes it next opens the one that is missing."""
        world = new_world(undo=0)
        ship(world)
        world.clerk(1, S.CANCELED)
        world.tick()
        order = world.order(1)
        world.ledger.save(
            replace(
                order,
                cases=replace(order.cases, drift=DRIFT),
            )
        )
        world.queues.take_alarms()
        ApiClient(world).ask(resolve_return, 1, body={"note": "settled"})
        assert [escalation.cause for escalation in world.order(1).cases.escalations] == [Cause.DRIFT]
        assert world.order(1).work.recheck_at == world.clock.now()
        world.clock.advance(seconds=60)
        world.tick()
        assert [subject for _, subject, _ in world.alarms.published] == [
            "Objednavka MALL 1: konecny stav se zmenil"
        ]

    def test_of_a_shop_that_is_switched_off_nothing_new_is_told(self) -> None:
        world = new_world(undo=0)
        ship(world)
        world.clerk(1, S.CANCELED)
        world.tick()
        order = world.order(1)
        world.ledger.save(
            replace(
                order,
                cases=replace(order.cases, drift=DRIFT),
            )
        )
        switch(world, on=False)
        ApiClient(world).ask(resolve_return, 1, body={"note": "settled"})
        assert world.order(1).cases.escalations == ()

    def test_a_message_to_the_shop_itself_is_no_order(self) -> None:
        world = new_world()
        body = AlarmRequest(shop=SHOP, mall_order_id=1, requested_at=world.clock.now()).model_dump_json()
        with pytest.raises(Exception, match="is not a message of orderbridge"):
            park_dead_letter(world, "m", "alarms-dead.fifo", body, 6)

    def test_a_date_that_was_only_moved_is_another_matter(self) -> None:
        world = wrongly_delivered()
        world.clerk(1, S.SETTLED, delivery=ShopDate(date(2026, 11, 19)))
        world.tick()
        assert found(ApiClient(world).ask(list_escalations)) == [(1, "wrong_delivery_date")]
