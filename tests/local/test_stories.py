"""The demonstration's own parts: stories that can be played as they stand, and conditions that mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sandbox.chapter_two_stories import STORIES
from sandbox.town import told, wait_for

from sandbox import chapter_two_script as script
from sandbox import stories as chapter_one

if TYPE_CHECKING:
    from sandbox.http import Json

ORDER: Json = {
    "status": "shipping",
    "next_step": None,
    "hold": None,
    "in_the_shop": {"status": "handled"},
    "at_mall": {"certain": True, "confirmed": True},
    "return": None,
    "alarms": [],
    "escalations": [],
}
HANDLED = script.both("handled", "shipping")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_a_story_has_one_act_a_round_at_most_and_begins_with_the_first(story: script.Story) -> None:
    rounds = [act.round for act in story.acts]
    assert rounds[0] == 1
    assert story.acts[0].text
    assert rounds == sorted(set(rounds))
    assert rounds[-1] <= len(script.ROUNDS)


@pytest.mark.parametrize("story", chapter_one.STORIES, ids=lambda story: story.title)
def test_the_same_in_chapter_one(story: chapter_one.Story) -> None:
    rounds = [act.round for act in story.acts]
    assert rounds[0] > 1
    assert rounds == sorted(set(rounds))


def test_something_happens_in_every_round() -> None:
    busy = {act.round for story in STORIES for act in story.acts}
    assert busy == set(range(1, len(script.ROUNDS) + 1))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.title)
def test_an_order_gets_into_its_shop_in_one_way(story: script.Story) -> None:
    (shop,) = (shop for shop in script.SHOPS if shop.name == story.shop)
    written = story.end.written != ()
    brought = story.arrives is not None
    assert (written or brought) == (story.end.shop is not None)
    assert not (written and brought)
    assert shop.imports == ("link" if brought else "create")


def test_the_webhook_s_round_is_without_schedules() -> None:
    assert script.ROUNDS[script.WEBHOOK_ROUND - 1].wakes == ()
    assert script.ROUNDS[script.RECONCILE_ROUND - 1].wakes == (script.RECONCILE,)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "open"},
        {"next_step": {"action": "confirm"}},
        {"in_the_shop": None},
        {"in_the_shop": {"status": "pending"}},
        {"at_mall": None},
        {"at_mall": {"certain": False, "confirmed": True}},
        {"at_mall": {"certain": True, "confirmed": False}},
    ],
)
def test_both_sides_are_where_they_should_be_only_if_all_of_it_is_so(change: Json) -> None:
    assert HANDLED(ORDER)
    assert not HANDLED(ORDER | change)
    assert not HANDLED({})


def test_an_order_is_unknown_or_mall_holds_something() -> None:
    assert script.unknown({})
    assert not script.unknown(ORDER)
    assert not script.holds("shipping")({})
    assert not script.holds("open")(ORDER)
    assert script.holds("shipping")(ORDER)


def test_people_were_told_when_every_alarm_has_gone_out() -> None:
    assert not script.alarmed(ORDER)
    assert not script.alarmed(ORDER | {"alarms": [{"sent_at": "now"}, {"sent_at": None}]})
    assert script.alarmed(ORDER | {"alarms": [{"sent_at": "now"}]})


def test_a_case_is_open_until_it_is_closed() -> None:
    alarms = [{"sent_at": "now"}]
    open_ = ORDER | {"escalations": [{"cause": "refused", "state": "open"}], "alarms": alarms}
    closed = ORDER | {"escalations": [{"cause": "refused", "state": "closed"}], "alarms": alarms}
    assert script.told_of("refused")(open_)
    assert not script.told_of("refused")(closed)
    assert not script.told_of("drift")(open_)
    assert script.settled_case("refused")(closed)
    assert not script.settled_case("refused")(open_)


def test_waiting_ends_when_every_goal_was_reached_once() -> None:
    ticks: list[int] = []
    answers = {1: iter([True]), 2: iter([False, True])}
    goals = {number: lambda number=number: next(answers[number]) for number in answers}
    assert wait_for(goals, lambda: ticks.append(1), tick_seconds=0) == []
    assert len(ticks) == 1


def test_what_is_not_in_time_is_named() -> None:
    goals = {1: lambda: True, 2: lambda: False}
    assert wait_for(goals, lambda: None, tick_seconds=0, within=0.01) == [2]


def test_a_call_is_told_in_words() -> None:
    put = {
        "method": "PUT",
        "body": {"status": "shipping", "confirmed": True},
        "http_status": None,
        "status_before": "open",
        "status_after": "shipping",
    }
    assert told(put) == "got status=shipping, confirmed=True: no answer → shipping"
    get = {"method": "GET", "body": None, "http_status": 503, "status_after": "open"}
    assert told(get) == "was asked: 503"
    assert told(get | {"http_status": 200}) == "was asked: 200, open"
