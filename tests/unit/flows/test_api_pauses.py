"""A person pauses and resumes a shop over the HTTP API (R14.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.codes.api import SettingReason
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.shops import Resumed
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError, ConflictError, VersionConflictError
from orderbridge.flows.api.actions import list_actions
from orderbridge.flows.api.orders import retry
from orderbridge.flows.api.pauses import pause, resume
from orderbridge.flows.api.shops import health, reconcile, show_settings, sync
from orderbridge.settings import ShopSettings
from orderbridge.texts import Language
from tests.fakes import NOON
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct

if TYPE_CHECKING:
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.flows.api.request import Json


@pytest.fixture
def product() -> InMemoryProduct:
    product = InMemoryProduct()
    product.mall.hold(1)
    product.clock.advance(seconds=60)
    return product


def actions(product: InMemoryProduct) -> list[tuple[str, str, str | None]]:
    found = ApiClient(product).ask(list_actions)["actions"]
    return [(one["action"]["code"], one["by"], one["why"]) for one in found]


def test_nothing_is_sent_while_the_shop_is_paused_and_everything_afterwards(product: InMemoryProduct) -> None:
    marta, petr = ApiClient(product, by="marta"), ApiClient(product, by="petr")
    answer = marta.ask(pause, body={"why": "a wrong list, call 777 123 456"})
    assert (answer["changed"], answer["state"]["code"], answer["paused"]["by"]) == (
        True,
        "shop.paused",
        "marta",
    )
    product.clerk(1, S.HANDLED)
    product.tick()
    assert product.statuses_sent(1) == []
    product.clock.advance(seconds=60)
    answer = petr.ask(resume)
    assert (answer["changed"], answer["state"]["code"], answer["paused"]) == (True, "shop.runs", None)
    assert answer["resumed"]["by"] == "petr"
    product.tick()
    assert product.statuses_sent(1) == ["shipping"]
    assert actions(product) == [
        ("person.shop_resumed", "petr", None),
        ("person.shop_paused", "marta", "a wrong list, call <phone>"),
    ]


def test_asking_again_changes_nothing_and_leaves_no_record(product: InMemoryProduct) -> None:
    api = ApiClient(product, by="marta")
    assert api.ask(resume)["changed"] is False
    assert actions(product) == []
    first = api.ask(pause)
    product.clock.advance(seconds=60)
    again = ApiClient(product, by="petr").ask(pause)
    assert (again["changed"], again["paused"]) == (False, first["paused"])
    assert len(actions(product)) == 1
    api.ask(resume)
    assert api.ask(resume)["changed"] is False
    assert len(actions(product)) == 2


def test_what_is_asked_for_meanwhile_says_that_the_shop_is_paused(product: InMemoryProduct) -> None:
    product.shops.put(
        ShopSettings(shop=SHOP, rules=Rules(import_mode="link"), export_interval_seconds=0),
        product.clock.now(),
    )
    product.clerk(1, S.PENDING)
    product.tick()
    api = ApiClient(product, language=Language.ENGLISH)
    runs = [api.ask(sync), api.ask(reconcile), api.ask(retry, 1)]
    assert [one["result"]["code"] for one in runs] == [
        "requested.fetch_and_list",
        "requested.reconciliation",
        "requested.recheck",
    ]
    product.clock.advance(seconds=60)
    product.settle()
    api.ask(pause)
    for answer in (api.ask(sync), api.ask(reconcile), *(api.ask(retry, 1) for _ in range(4))):
        assert answer["result"]["code"] == "requested.paused"
        assert "paused" in answer["result"]["text"]
        assert "done_at" not in answer


def test_the_first_switch_on_is_refused_and_the_shop_stays_paused(product: InMemoryProduct) -> None:
    settings = product.shops.records.pop(SHOP).settings
    product.shops.put(settings, NOON, paused_by="marta")
    with pytest.raises(ConflictError) as refused:
        ApiClient(product).ask(resume)
    assert refused.value.reason.code == "error.not_switched_on"
    assert actions(product) == []
    assert ApiClient(product).ask(health)["shops"][0]["state"]["code"] == "shop.not_switched_on"


def test_a_pause_that_nobody_is_known_to_have_made_is_ended_at_the_command_line(
    product: InMemoryProduct,
) -> None:
    """The record was mended: whether the shop ever ran is not known."""
    ApiClient(product, by="marta").ask(pause)
    record = product.shops.records[SHOP]
    assert record.pause is not None
    product.shops.records[SHOP] = replace(record, pause=replace(record.pause, by=""))
    with pytest.raises(ConflictError):
        ApiClient(product).ask(resume)
    product.shops.records[SHOP] = replace(product.shops.records[SHOP], resumed=Resumed(NOON, "marta"))
    assert ApiClient(product).ask(resume)["changed"] is True


def test_who_looked_at_an_older_pause_changes_nothing(
    product: InMemoryProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    ApiClient(product).ask(pause)
    seen = product.shops.records[SHOP]
    product.clock.advance(seconds=60)
    get, stale = product.shops.get, iter([seen])

    def once(shop: str) -> ShopRecord | None:
        return next(stale, None) or get(shop)

    ApiClient(product).ask(resume)
    product.clock.advance(seconds=60)
    ApiClient(product).ask(pause)
    monkeypatch.setattr(product.shops, "get", once)
    with pytest.raises(VersionConflictError):
        ApiClient(product).ask(resume, shop=SHOP)
    assert get(SHOP).pause is not None  # type: ignore[union-attr] # the shop is there


def test_too_many_words_why_are_refused(product: InMemoryProduct) -> None:
    for use_case in (pause, resume):
        with pytest.raises(BadRequestError):
            ApiClient(product).ask(use_case, body={"why": "x" * 2_001})
    assert actions(product) == []


def test_settings_are_shown_whole_and_a_profile_of_its_own_is_not(product: InMemoryProduct) -> None:
    answer: Json = ApiClient(product).ask(show_settings)
    assert answer["settings"]["profile"] == "orders"
    assert answer["settings"]["rules"]["undo_window_seconds"] == product.rules.undo_window_seconds
    own = product.shops.records[SHOP].settings.model_copy(update={"profile_text": "[export]"})
    product.shops.put(own, product.clock.now())
    answer = ApiClient(product).ask(show_settings)
    assert answer["settings"]["profile"] is None
    assert "profile_text" not in answer["settings"]


def test_a_shop_whose_settings_cannot_be_used_does_not_run_and_shows_no_others(
    product: InMemoryProduct,
) -> None:
    record = product.shops.records[SHOP]
    product.shops.records[SHOP] = replace(record, settings_problem=because(SettingReason.NOT_JSON))
    (shop,) = ApiClient(product).ask(health)["shops"]
    assert shop["state"]["code"] == "shop.settings"
    assert shop["problems"][0]["code"] == "health.settings"
    with pytest.raises(ConflictError) as refused:
        ApiClient(product).ask(show_settings)
    assert refused.value.reason.code == "health.settings"
