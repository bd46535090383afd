"""The demonstration's own parts: stories that can be played as they stand, and conditions that mean what they say."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from local.demo import scenarios
from local.demo.chapters import CHAPTERS
from local.demo.marketplace_side import CHAPTER as MARKETPLACE_SIDE
from local.demo.performance import wait_for
from local.demo.report import call_events, call_in_words, in_order
from local.demo.scenarios import FEED, RECONCILE, Chapter, Story

if TYPE_CHECKING:
    from local.demo.scenarios import Json

STORIES = [(chapter, story) for chapter in CHAPTERS for story in chapter.stories]
each_story = pytest.mark.parametrize(("chapter", "story"), STORIES, ids=[story.title for _, story in STORIES])
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title)
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
HANDLED = scenarios.both("handled", "shipping")


@each_story
def test_a_story_has_one_act_a_round_at_most_and_begins_with_the_first(
    chapter: Chapter, story: Story
) -> None:
    rounds = [act.round for act in story.acts]
    assert rounds[0] == 1
    assert story.acts[0].text
    assert rounds == sorted(set(rounds))
    assert rounds[-1] <= len(chapter.rounds)


@each_chapter
def test_something_happens_in_every_round(chapter: Chapter) -> None:
    busy = {act.round for story in chapter.stories for act in story.acts}
    assert busy == set(range(1, len(chapter.rounds) + 1))


def test_no_two_orders_and_no_two_shops_are_the_same() -> None:
    numbers = [chapter.first_order + index for chapter in CHAPTERS for index in range(len(chapter.stories))]
    assert len(numbers) == len(set(numbers)) == 27
    shops = [shop.name for chapter in CHAPTERS for shop in chapter.shops]
    assert len(shops) == len(set(shops))


@each_story
def test_an_order_gets_into_its_shop_in_one_way(chapter: Chapter, story: Story) -> None:
    (shop,) = (shop for shop in chapter.shops if shop.name == story.shop)
    written = story.end.written != ()
    brought = story.arrives is not None
    assert (written or brought) == (story.end.shop is not None)
    assert not (written and brought)
    assert shop.imports == ("link" if brought else "create")


@each_story
def test_only_a_hint_reads_the_list_in_its_round(chapter: Chapter, story: Story) -> None:
    for act in story.acts:
        ticks = chapter.rounds[act.round - 1].ticks
        if act.hint:
            assert ticks == ()
        if act.compared:
            assert ticks == (RECONCILE,)


def test_a_hint_and_the_comparison_are_played() -> None:
    acts = [act for story in MARKETPLACE_SIDE.stories for act in story.acts]
    assert sum(act.hint for act in acts) == sum(act.compared for act in acts) == 1
    assert FEED in MARKETPLACE_SIDE.rounds[1].ticks


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
    assert scenarios.unknown({})
    assert not scenarios.unknown(ORDER)
    assert scenarios.known(ORDER)
    assert not scenarios.known({})
    for condition in (scenarios.holds("shipping"), scenarios.all_sent("shipping")):
        assert not condition({})
        assert condition(ORDER)
    assert not scenarios.holds("open")(ORDER)
    assert not scenarios.all_sent("shipping")(ORDER | {"next_step": {"action": "delivered"}})


def test_what_is_waited_for_is_why_nothing_is_sent() -> None:
    assert scenarios.held("refused")(ORDER | {"hold": {"code": "refused"}})
    assert not scenarios.held("refused")(ORDER)
    assert not scenarios.held("refused")({})
    assert scenarios.waits_to_send("delivered")(ORDER | {"next_step": {"action": "delivered"}})
    assert not scenarios.waits_to_send("delivered")(ORDER)


def test_people_were_notified_when_every_alarm_has_gone_out() -> None:
    assert not scenarios.alarmed(ORDER)
    assert not scenarios.alarmed(ORDER | {"alarms": [{"sent_at": "now"}, {"sent_at": None}]})
    assert scenarios.alarmed(ORDER | {"alarms": [{"sent_at": "now"}]})


def test_a_case_is_open_until_it_is_closed() -> None:
    open_ = ORDER | {"escalations": [{"cause": "refused", "state": "open", "history": []}]}
    assert scenarios.escalated("refused", "open")(open_)
    assert not scenarios.escalated("refused", "closed")(open_)
    assert not scenarios.escalated("drift", "open")(open_)
    assert not scenarios.every(scenarios.escalated("refused", "open"), scenarios.alarmed)(open_)


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
    assert call_in_words(put) == "got status=shipping, confirmed=True: no answer → shipping"
    get = {"method": "GET", "body": None, "http_status": 503, "status_after": "open"}
    assert call_in_words(get) == "was asked: 503"
    assert call_in_words(get | {"http_status": 200}) == "was asked: 200, open"


def test_events_of_one_second_are_told_in_the_order_in_which_they_happened() -> None:
    read = {
        "method": "GET",
        "body": None,
        "http_status": 200,
        "status_before": "open",
        "status_after": "open",
    }
    sent: Json = read | {"method": "PUT", "body": {}, "http_status": None}
    second = "2026-11-26T17:00:00"
    calls: list[Json] = [
        read | {"at": f"{second}.100+00:00"},
        sent | {"at": f"{second}.300+00:00"},
        read | {"at": f"{second}.700+00:00"},
    ]
    first, put, again = call_events(calls)
    import_ = (datetime.fromisoformat(f"{second}+00:00"), 2, "shop", "written")
    note = (datetime.fromisoformat(f"{second}.050+00:00"), 0, "shop", "changed")
    assert in_order([again, put, import_, first, note]) == [note, first, import_, put, again]
