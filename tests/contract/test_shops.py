"""The contract of ``Shops``, over the fake and the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.export_content import ExportContent
from orderbridge.domain.outage import Outage
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import Budget, Pause, Resumed, ShopRecord, ShopStop
from orderbridge.domain.switch_on import ENDS_AFTER, Difference, begun
from orderbridge.flows.common.call_budget import closed_until, reserved_until
from orderbridge.settings import ShopSettings
from tests.fakes import KEY_REFUSED, NOON, FakeShops

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any, TypeAlias

    from orderbridge.adapters.aws.shops import DynamoShops
    from orderbridge.domain.switch_on import SwitchOn

    Json: TypeAlias = Any
from tests.contract.shop_records import SETTINGS, record

PROBLEM = because(ExportReason.EMPTY)
FORBIDDEN = because(StopReason.KEY_REFUSED, http_status=403)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def demo(shops: FakeShops | DynamoShops) -> FakeShops | DynamoShops:
    shops.put(SETTINGS, NOON)
    return shops


def test_a_registered_shop_is_found_by_name_and_in_the_list(demo: FakeShops | DynamoShops) -> None:
    demo.put(ShopSettings(shop="a-shop"), NOON + MINUTE)
    assert record(demo) == ShopRecord("demo", SETTINGS, registered_at=NOON, settings_at=NOON)
    assert demo.all() == [
        ShopRecord(
            "a-shop", ShopSettings(shop="a-shop"), registered_at=NOON + MINUTE, settings_at=NOON + MINUTE
        ),
        ShopRecord("demo", SETTINGS, registered_at=NOON, settings_at=NOON),
    ]


def test_an_unknown_shop_is_none(shops: FakeShops | DynamoShops) -> None:
    assert shops.get("demo") is None
    assert shops.all() == []


def test_new_settings_leave_how_the_shop_is_doing(demo: FakeShops | DynamoShops) -> None:
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.stop("demo", KEY_REFUSED, NOON, NOON + MINUTE)
    before = record(demo)
    demo.put(ShopSettings(shop="demo", language="en"), NOON + MINUTE, paused_by="me")
    after = record(demo)
    assert after.settings == ShopSettings(shop="demo", language="en")
    assert after.runs
    assert (after.registered_at, after.last_success_at, after.stop) == (NOON, NOON, before.stop)


def test_a_failed_fetch_keeps_the_last_success(demo: FakeShops | DynamoShops) -> None:
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.record_fetch("demo", NOON + MINUTE, PROBLEM)
    failed = record(demo)
    assert (failed.last_fetch_at, failed.last_success_at) == (NOON + MINUTE, NOON)
    assert failed.fetch_problem == PROBLEM
    demo.record_fetch("demo", NOON + 2 * MINUTE, None, caught_up=True)
    good = record(demo)
    assert (good.last_fetch_at, good.last_success_at, good.fetch_problem) == (
        NOON + 2 * MINUTE,
        NOON + 2 * MINUTE,
        None,
    )


def test_a_fetch_that_left_changes_over_does_not_count_as_knowing_the_shop(
    demo: FakeShops | DynamoShops,
) -> None:
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.record_fetch("demo", NOON + 2 * MINUTE, None)
    demo.record_fetch("demo", NOON + 3 * MINUTE, PROBLEM, caught_up=True)
    known = record(demo)
    assert known.last_success_at == NOON + 2 * MINUTE
    assert known.caught_up_at == NOON


def test_of_several_fetches_one_has_the_shop(demo: FakeShops | DynamoShops) -> None:
    assert demo.begin_fetch("demo", NOON, NOON + 6 * MINUTE) is True
    assert demo.begin_fetch("demo", NOON + MINUTE, NOON + 7 * MINUTE) is False
    under_way = record(demo)
    assert (under_way.fetch_begun_at, under_way.fetching_until) == (NOON, NOON + 6 * MINUTE)
    assert under_way.hung_fetches == 1
    # The one that had it never came back.
    assert demo.begin_fetch("demo", NOON + 7 * MINUTE, NOON + 13 * MINUTE) is True
    assert record(demo).hung_fetches == 2


def test_the_end_of_a_fetch_frees_the_shop(demo: FakeShops | DynamoShops) -> None:
    demo.begin_fetch("demo", NOON, NOON + 6 * MINUTE)
    demo.record_fetch("demo", NOON, PROBLEM, hung=True)
    assert (record(demo).fetching_until, record(demo).hung_fetches) == (None, 1)
    assert demo.begin_fetch("demo", NOON + MINUTE, NOON + 7 * MINUTE) is True
    assert record(demo).hung_fetches == 2
    demo.record_fetch("demo", NOON, PROBLEM)
    assert (record(demo).fetching_until, record(demo).hung_fetches) == (None, 0)
    demo.begin_fetch("demo", NOON + MINUTE, NOON + 7 * MINUTE)
    demo.drop_fetch("demo", NOON)  # another one, which lost its lease
    assert record(demo).fetching_until == NOON + 7 * MINUTE
    demo.drop_fetch("demo", NOON + MINUTE)
    known = record(demo)
    assert (known.fetch_begun_at, known.fetching_until, known.hung_fetches) == (None, None, 0)


def test_no_fetch_of_a_shop_that_is_not_registered(shops: FakeShops | DynamoShops) -> None:
    assert shops.begin_fetch("demo", NOON, NOON + MINUTE) is False
    shops.drop_fetch("demo", NOON)
    assert shops.get("demo") is None


def test_only_the_first_stop_says_so_and_its_moment_stays(demo: FakeShops | DynamoShops) -> None:
    assert demo.stop("demo", KEY_REFUSED, NOON, NOON + MINUTE) is True
    assert demo.stop("demo", FORBIDDEN, NOON + MINUTE, NOON + 2 * MINUTE) is False
    assert record(demo).stop == ShopStop(FORBIDDEN, NOON, NOON + 2 * MINUTE)
    demo.end_stop("demo")
    assert record(demo).stop is None
    demo.end_stop("demo")
    assert demo.stop("demo", KEY_REFUSED, NOON + 3 * MINUTE, NOON + 4 * MINUTE) is True
    assert record(demo).stop == ShopStop(KEY_REFUSED, NOON + 3 * MINUTE, NOON + 4 * MINUTE)


def test_the_latest_end_of_a_limit_counts(demo: FakeShops | DynamoShops) -> None:
    demo.note_limit("demo", NOON + 2 * MINUTE)
    demo.note_limit("demo", NOON + MINUTE)
    assert record(demo).limited_until == NOON + 2 * MINUTE
    demo.note_limit("demo", NOON + 3 * MINUTE)
    assert record(demo).limited_until == NOON + 3 * MINUTE


def test_of_one_window_the_fewest_calls_left_count(demo: FakeShops | DynamoShops) -> None:
    ends = NOON + 10 * MINUTE
    for remaining, counts in ((12, 12), (9, 9), (11, 9), (100, 9), (9, 9), (0, 0), (3, 0)):
        demo.note_budget("demo", Budget(2875, remaining, ends), NOON + MINUTE)
        assert record(demo).budget == Budget(2875, counts, ends)
    assert reserved_until(record(demo), NOON) == closed_until(record(demo), NOON) == ends
    assert reserved_until(record(demo), ends) is closed_until(record(demo), ends) is None


def test_a_window_that_is_over_does_not_count(demo: FakeShops | DynamoShops) -> None:
    ends = NOON + MINUTE
    demo.note_budget("demo", Budget(100, 3, ends), NOON)
    later = Budget(100, 8, ends + MINUTE)
    demo.note_budget("demo", later, ends)
    assert record(demo).budget == later
    assert reserved_until(record(demo), ends) == ends + MINUTE
    assert closed_until(record(demo), ends) is None


def test_of_a_limit_and_a_window_without_calls_the_longer_one_counts(demo: FakeShops | DynamoShops) -> None:
    demo.note_budget("demo", Budget(100, 0, NOON + 2 * MINUTE), NOON)
    demo.note_limit("demo", NOON + MINUTE)
    assert closed_until(record(demo), NOON) == NOON + 2 * MINUTE
    demo.note_limit("demo", NOON + 3 * MINUTE)
    assert closed_until(record(demo), NOON) == NOON + 3 * MINUTE
    assert closed_until(record(demo), NOON, calls_mall=False) is None


def test_few_calls_are_forgotten_when_enough_are_left_again(demo: FakeShops | DynamoShops) -> None:
    before = record(demo)
    demo.note_budget("demo", None, NOON)
    demo.note_budget("demo", Budget(100, 0, NOON + MINUTE), NOON)
    assert record(demo) != before
    demo.note_budget("demo", None, NOON)
    assert record(demo) == before


def test_nothing_makes_a_ghost_of_a_removed_shop(demo: FakeShops | DynamoShops) -> None:
    demo.remove("demo")
    demo.remove("demo")
    demo.record_fetch("demo", NOON, None, caught_up=True)
    assert demo.stop("demo", KEY_REFUSED, NOON, NOON) is False
    demo.end_stop("demo")
    demo.note_limit("demo", NOON)
    demo.note_budget("demo", Budget(100, 0, NOON), NOON)
    demo.note_budget("demo", None, NOON)
    assert demo.get("demo") is None
    assert demo.all() == []


CONTENT = ExportContent(
    digest="a" * 64, first_served_at=NOON, last_served_at=NOON + MINUTE, gaps=(300, 600), orders=7
)


def test_what_is_known_of_the_exports_content_is_kept_until_the_next_reading(
    demo: FakeShops | DynamoShops,
) -> None:
    assert record(demo).content == ExportContent()
    demo.record_fetch("demo", NOON, None, content=CONTENT)
    demo.record_fetch("demo", NOON + MINUTE, PROBLEM)
    assert record(demo).content == CONTENT


MARKETPLACE = "mall"


def outage(shops: FakeShops | DynamoShops) -> Outage:
    found = shops.outage(MARKETPLACE)
    assert found is not None
    return found


def test_an_outage_begins_with_its_first_call_and_names_every_caller_once(
    demo: FakeShops | DynamoShops,
) -> None:
    assert demo.outage(MARKETPLACE) is None
    demo.note_outage(MARKETPLACE, "demo/1", NOON, NOON + MINUTE)
    demo.note_outage(MARKETPLACE, "demo/2", NOON + MINUTE, NOON + 2 * MINUTE)
    demo.note_outage(MARKETPLACE, "demo/1", NOON + MINUTE, NOON + 3 * MINUTE)
    assert outage(demo) == Outage(NOON, NOON + 3 * MINUTE, frozenset({"demo/1", "demo/2"}))
    demo.note_outage(MARKETPLACE, "", NOON + MINUTE, NOON + 4 * MINUTE)
    assert outage(demo) == Outage(NOON, NOON + 4 * MINUTE, frozenset({"demo/1", "demo/2"}))


def test_of_two_that_saw_the_same_outage_one_may_call(demo: FakeShops | DynamoShops) -> None:
    demo.note_outage(MARKETPLACE, "demo/1", NOON, NOON)
    seen = outage(demo)
    assert demo.claim_probe(MARKETPLACE, seen, NOON + MINUTE)
    assert not demo.claim_probe(MARKETPLACE, seen, NOON + 2 * MINUTE)
    assert outage(demo).probe_at == NOON + MINUTE


def test_an_answer_ends_the_outage_of_one_address_alone(demo: FakeShops | DynamoShops) -> None:
    other = "https://other.test/v1"
    for address in (MARKETPLACE, other):
        demo.note_outage(address, "demo/1", NOON, NOON)
    seen = outage(demo)
    demo.end_outage(MARKETPLACE)
    demo.end_outage(MARKETPLACE)
    assert demo.outage(MARKETPLACE) is None
    assert demo.outage(other) == Outage(NOON, NOON, frozenset({"demo/1"}))
    assert not demo.claim_probe(MARKETPLACE, seen, NOON + MINUTE)
    assert demo.outage(MARKETPLACE) is None


def test_an_outage_is_no_shop(demo: FakeShops | DynamoShops) -> None:
    demo.note_outage(MARKETPLACE, "demo/1", NOON, NOON)
    assert [one.shop for one in demo.all()] == ["demo"]


def begin(shops: FakeShops | DynamoShops, at: datetime = NOON) -> SwitchOn:
    """Pauses the shop and begins a switch-on of 4 reversible and 2 irreversible steps."""
    assert shops.pause("demo", "marta", at)
    switch_on = begun(Difference(4, 2), 30, at)
    assert shops.resume("demo", Pause(at, "marta"), "eva", at, switch_on)
    return switch_on


def test_a_new_shop_is_paused_by_whoever_registers_it(shops: FakeShops | DynamoShops) -> None:
    shops.put(SETTINGS, NOON, paused_by="marta")
    assert record(shops).pause == Pause(NOON, "marta")
    assert not record(shops).runs
    assert record(shops).resumed is None
    shops.put(ShopSettings(shop="demo", language="en"), NOON + MINUTE, paused_by="eva")
    assert record(shops).pause == Pause(NOON, "marta")


def test_the_first_pause_stays_until_it_is_ended(demo: FakeShops | DynamoShops) -> None:
    assert demo.pause("demo", "marta", NOON) is True
    assert demo.pause("demo", "eva", NOON + MINUTE) is False
    assert record(demo).pause == Pause(NOON, "marta")
    assert closed_until(record(demo), NOON) is not None
    assert demo.resume("demo", Pause(NOON, "marta"), "eva", NOON + MINUTE) is True
    ended = record(demo)
    assert (ended.pause, ended.resumed, ended.runs) == (None, Resumed(NOON + MINUTE, "eva"), True)
    assert demo.resume("demo", Pause(NOON, "marta"), "eva", NOON + MINUTE) is False
    demo.pause("demo", "marta", NOON + 2 * MINUTE)
    assert demo.resume("demo", Pause(NOON, "marta"), "eva", NOON + 3 * MINUTE) is False
    assert record(demo).pause == Pause(NOON + 2 * MINUTE, "marta")


def test_a_switch_on_begins_with_the_end_of_the_pause(demo: FakeShops | DynamoShops) -> None:
    demo.record_fetch("demo", NOON - MINUTE, None, caught_up=True)
    switch_on = begin(demo)
    assert record(demo).switch_on == switch_on
    demo.record_fetch("demo", NOON + MINUTE, None)
    demo.record_fetch("demo", NOON + 2 * MINUTE, PROBLEM, caught_up=True)
    assert record(demo).switch_on == switch_on
    demo.record_fetch("demo", NOON + 3 * MINUTE, None, caught_up=True)
    demo.record_fetch("demo", NOON + 4 * MINUTE, None, caught_up=True)
    assert record(demo).switch_on == replace(switch_on, caught_up_at=NOON + 3 * MINUTE)


def test_a_later_pause_moves_the_switch_on_and_keeps_its_counts(demo: FakeShops | DynamoShops) -> None:
    switch_on = begin(demo)
    demo.record_fetch("demo", NOON + MINUTE, None, caught_up=True)
    assert demo.take_place("demo", NOON, 0, irreversible=False) == 0
    demo.pause("demo", "marta", NOON + MINUTE)
    moved = switch_on.after_pause(MINUTE)
    assert demo.resume("demo", Pause(NOON + MINUTE), "eva", NOON + 2 * MINUTE, moved) is True
    known = record(demo).switch_on
    assert known == replace(moved, reversible_taken=1, caught_up_at=NOON + MINUTE)
    demo.pause("demo", "marta", NOON + 3 * MINUTE)
    other = replace(moved, begun_at=NOON + MINUTE)
    assert demo.resume("demo", Pause(NOON + 3 * MINUTE), "eva", NOON + 4 * MINUTE, other) is False
    assert record(demo).switch_on == known


def test_every_place_is_given_out_once(demo: FakeShops | DynamoShops) -> None:
    begin(demo)
    assert [demo.take_place("demo", NOON, 0, irreversible=False) for _ in range(3)] == [0, 1, 2]
    assert demo.take_place("demo", NOON, 0, irreversible=True) == 0
    assert demo.take_place("demo", NOON, 7, irreversible=False) == 7
    assert demo.take_place("demo", NOON, 5, irreversible=False) == 8
    assert demo.take_place("demo", NOON, 9, irreversible=False) == 9
    known = record(demo).switch_on
    assert known is not None
    assert (known.reversible_taken, known.irreversible_taken) == (10, 1)


def test_another_switch_on_has_no_places_of_this_one(demo: FakeShops | DynamoShops) -> None:
    assert demo.take_place("demo", NOON, 0, irreversible=False) is None
    begin(demo)
    demo.take_place("demo", NOON, 0, irreversible=False)
    later = begin(demo, NOON + MINUTE)
    assert record(demo).switch_on == later
    assert demo.take_place("demo", NOON, 0, irreversible=False) is None
    assert demo.take_place("demo", NOON + MINUTE, 0, irreversible=False) == 0


def test_new_settings_make_the_next_fetch_a_part_of_the_first_difference(
    demo: FakeShops | DynamoShops,
) -> None:
    switch_on = begin(demo)
    demo.record_fetch("demo", NOON, None, caught_up=True)
    demo.put(ShopSettings(shop="demo", language="en"), NOON + MINUTE)
    assert record(demo).switch_on == switch_on
    demo.record_fetch("demo", NOON + 2 * MINUTE, None, caught_up=True)
    over = replace(switch_on, caught_up_at=NOON + 2 * MINUTE)
    demo.put(ShopSettings(shop="demo", language="sk"), over.ends_at + ENDS_AFTER)
    assert record(demo).switch_on == over


def test_nobody_pauses_or_resumes_a_shop_that_is_not_registered(shops: FakeShops | DynamoShops) -> None:
    assert shops.pause("demo", "marta", NOON) is False
    assert shops.resume("demo", Pause(NOON), "marta", NOON) is False
    assert shops.take_place("demo", NOON, 0, irreversible=True) is None
    assert shops.all() == []
