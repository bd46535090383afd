"""console: the pages say nothing twice, and never that all is well while the shop stands still."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orderbridge.console.views.today import SHOWN, shared_end
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.reasons import because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.api.escalations import enter_return_number
from orderbridge.settings import ShopSettings
from tests.fakes import NOON
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import ship
from tests.unit.flows.todays_orders import is_wrongly_delivered, lacks_tracking, waits_to_be_begun
from tests.unit.functions.console_client import Browser, add_operator
from tests.unit.functions.function_harness import ORDER, stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.unit.flows.in_memory_product import InMemoryProduct
    from tests.unit.functions.function_harness import FunctionHarness, NewHarness

REMEDY = "Set one of the five usual states"


def part_of(page: str, name: str) -> str:
    """The section of the page, as HTML; empty: it is not there."""
    return page.partition(f'<section class="part p-{name}"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    ("names", "own"),
    [(("Reklamace",), False), (("Reklamace", "Reklamace"), False), (("Reklamace", "Osobně"), True)],
)
def test_what_held_orders_share_is_said_once(
    new_harness: NewHarness, names: tuple[str, ...], *, own: bool
) -> None:
    """The remedy stands in every reason, and is the same; only the names of the states differ."""
    made = new_harness("console")
    for number, name in enumerate(names, 5_001):
        made.product.mall.hold(number)
        made.product.clerk(number, None, status_name=name)
    made.product.tick()
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    section = part_of(clerk.get("shops/demo/today").text, "holds")
    entries = section.split('<li id="held-')[1:]
    assert sorted(entry[:4] for entry in entries) == [str(5_001 + at) for at in range(len(names))]
    assert section.count(REMEDY) == 1
    assert not any(REMEDY in entry for entry in entries)
    assert sum(name in entry for name in names for entry in entries) == (len(names) if own else 0)
    assert section.count('class="todo"') == 1


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        (("One. Do it.", "One. Do it."), "One. Do it."),
        (("One. Do it. Then go.", "Two. Do it. Then go."), "Do it. Then go."),
        (("On 27. 11. 2026. Do it.", "On 26. 11. 2026. Do it."), "Do it."),
        (("Stone.", "Bone."), ""),
        (("Do it.", "One. Do it."), ""),
        (("",), ""),
    ],
)
def test_only_whole_sentences_are_shared(texts: Sequence[str], shared: str) -> None:
    assert shared_end(texts) == shared


def _pause(product: InMemoryProduct) -> None:
    product.shops.pause("demo", "petr", product.clock.now())


def _break_export(product: InMemoryProduct) -> None:
    record = product.shops.records["demo"]
    product.shops.records["demo"] = replace(record, fetch_problem=because(ExportReason.WEB_PAGE))


def _wrongly_delivered(made: FunctionHarness) -> None:
    product = made.product
    ship(product, ORDER)
    product.clerk(ORDER, ShopStatus.SETTLED, delivery=ShopDate(NOON.date()))
    product.tick()
    product.clerk(ORDER, ShopStatus.HANDLED)
    product.tick()


def _signed_in(made: FunctionHarness) -> Browser:
    add_operator(made, shops=("demo", "other"))
    clerk = Browser(made)
    clerk.log_in()
    return clerk


@pytest.mark.parametrize(
    ("halt", "says"),
    [
        (stop, "The shop is stopped"),
        (_pause, "The shop is paused"),
        (_break_export, "does not work as it should"),
    ],
)
def test_a_shop_that_stands_still_is_not_calm(
    new_harness: NewHarness, halt: Callable[[InMemoryProduct], None], says: str
) -> None:
    made = new_harness("console")
    clerk = _signed_in(made)
    assert 'class="calm"' in clerk.get("shops/demo/today").text
    halt(made.product)
    page = clerk.get("shops/demo/today")
    assert 'class="calm"' not in page.text
    assert "Nothing else needs you." in page.text
    assert says in part_of(page.text, "shop")
    state = clerk.get("shops/demo/state").text
    assert '<section class="verdict held"' in state
    assert "The shop runs" not in state


@pytest.mark.parametrize(("halt", "says"), [(stop, "The shop is stopped"), (_pause, "The shop is paused")])
def test_an_order_of_a_shop_that_stands_still_says_so(
    new_harness: NewHarness, halt: Callable[[InMemoryProduct], None], says: str
) -> None:
    """Else its page promises a step that is not sent."""
    made = new_harness("console")
    product = made.product
    rules = Rules(undo_window_seconds=600)
    product.shops.put(ShopSettings(shop="demo", rules=rules, export_interval_seconds=0), product.clock.now())
    product.mall.hold(ORDER)
    product.clerk(ORDER, ShopStatus.CANCELED)
    product.tick()
    clerk = _signed_in(made)
    assert "data-due=" in clerk.get(f"shops/demo/orders/{ORDER}").text
    for page in (f"shops/demo/orders/{ORDER}", "shops/demo/orders"):
        assert says not in clerk.get(page).text
    halt(made.product)
    for page in (f"shops/demo/orders/{ORDER}", "shops/demo/orders"):
        assert says in clerk.get(page).text
    assert "data-due=" not in clerk.get(f"shops/demo/orders/{ORDER}").text


def test_the_choice_of_shops_says_which_one_stands_still(new_harness: NewHarness) -> None:
    made = new_harness("console")
    made.product.add_shop("other")
    clerk = _signed_in(made)
    assert 'class="tag' not in clerk.get("shops").text
    for halt, tag in ((_break_export, "export is not read"), (_pause, "paused"), (stop, "stopped")):
        halt(made.product)
        assert clerk.get("shops").text.count(f">{tag}</span>") == 1
    assert "As of" not in clerk.get("shops").text, "in which zone?"


def test_a_deadline_says_what_to_do_and_repeats_nothing(new_harness: NewHarness) -> None:
    """One order waits for the clerk, one is held; both must be confirmed."""
    made = new_harness("console")
    product = made.product
    for number in (5_001, 5_002):
        product.mall.hold(number)
    product.clerk(5_001, ShopStatus.PENDING)
    product.clerk(5_002, None, status_name="Reklamace")
    product.tick()
    clerk = _signed_in(made)
    page = clerk.get("shops/demo/today").text
    waits, held = sorted(part_of(page, "deadlines").split("<li>")[1:], key=lambda entry: "5002" in entry)
    assert "In the shop set it to" in waits
    assert "Nothing to send" not in waits
    assert 'href="#held-5002"' in held
    assert 'id="held-5002"' in page
    assert page.count(REMEDY) == 1
    verdict = clerk.get("shops/demo/orders/5001").text.partition('<section class="verdict held"')[2]
    assert "Confirm the order" in verdict
    assert "In the shop set it to" in verdict


@pytest.mark.parametrize("page", ["today", "returns"])
@pytest.mark.parametrize("push_returned", [True, False])
def test_a_text_that_names_returned_has_its_button_beside_it(
    new_harness: NewHarness, page: str, *, push_returned: bool
) -> None:
    made = new_harness("console")
    product = made.product
    rules = Rules(undo_window_seconds=0, push_returned=push_returned)
    product.shops.put(ShopSettings(shop="demo", rules=rules, export_interval_seconds=0), product.clock.now())
    ship(product, ORDER)
    product.clerk(ORDER, ShopStatus.CANCELED)
    product.tick()
    found = _signed_in(made).get(f"shops/demo/{page}")
    assert ("“Set Returned”" in found.text) is push_returned
    assert any(form["action"].endswith(f"{ORDER}/returned") for form in found.forms) is push_returned


def test_a_case_stands_above_both_sides_and_its_text_is_ready_to_send(new_harness: NewHarness) -> None:
    """Where the text goes is read, not sent; what the page says of the order, its case does not say again."""
    made = new_harness("console")
    _wrongly_delivered(made)
    page = _signed_in(made).get(f"shops/demo/orders/{ORDER}").text
    places = [page.index(f'aria-labelledby="h-{name}"') for name in ("now", "case-1", "do", "shop", "line")]
    assert places == sorted(places)
    assert page.count("but Delivered at MALL, which is final") == 1
    message = page.partition("<textarea id=")[2].partition(">")[2].partition("</textarea>")[0]
    assert message.startswith("Dobrý den,")
    assert '<p class="where" lang="cs">Kam poslat' in page


@pytest.mark.parametrize("page", ["today", "escalations", f"orders/{ORDER}"])
def test_a_text_is_copied_without_opening_anything(new_harness: NewHarness, page: str) -> None:
    """Without scripts the button is not there, and the text is in the box beside it."""
    made = new_harness("console")
    _wrongly_delivered(made)
    text = _signed_in(made).get(f"shops/demo/{page}").text
    button = re.search(r'<button type="button" class="copy" data-copy="([^"]*)"[^>]* hidden>', text)
    assert button
    before, after = text[: button.start()], text[button.end() :]
    assert before.count("<details") == before.count("</details>"), "the button is in a closed box"
    box = after.partition("<details")[2].partition("</details>")[0]
    assert f'<textarea id="{button[1]}" readonly' in box
    assert "<summary" in box


def test_the_time_that_a_code_is_said_with_does_not_meet_the_code(new_harness: NewHarness) -> None:
    """A script puts both in, the code last: it may be any text."""
    made = new_harness("console")
    product = made.product
    rules = Rules(undo_window_seconds=600)
    product.shops.put(ShopSettings(shop="demo", rules=rules, export_interval_seconds=0), product.clock.now())
    product.mall.hold(ORDER)
    product.clerk(ORDER, ShopStatus.CANCELED, code="50% {time}")
    product.tick()
    page = _signed_in(made).get("shops/demo/today").text
    assert 'data-order="50% {time}" data-soon="{order} is sent in {time}"' in page


def test_a_day_with_an_order_that_cannot_be_read_is_not_calm(new_harness: NewHarness) -> None:
    made = new_harness("console")
    made.product.mall.hold(5_001)
    made.product.clerk(5_001, None, status_name="Reklamace")
    made.product.tick()
    made.product.ledger.unreadable.add(("demo", 5_001))
    clerk = _signed_in(made)
    page = clerk.get("shops/demo/today")
    assert 'class="calm"' not in page.text
    assert "<title>Today (1)" in page.text
    assert "its record cannot be read" in page.text
    assert any(link.endswith("/orders/5001") for link in page.links)
    stop(made.product)
    assert "Nothing else needs you." not in clerk.get("shops/demo/today").text


def test_what_is_left_of_the_deadlines_is_found_behind_its_link(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness("console")
    product = made.product
    is_wrongly_delivered(product, 1)
    ApiClient(product).ask(enter_return_number, 1, "wrong_delivered", body={"return_number": "4712345678"})
    for number in (2, 3):
        waits_to_be_begun(product, number)
    lacks_tracking(product, 4)
    monkeypatch.setattr("orderbridge.console.views.today.SHOWN", dict.fromkeys(SHOWN, 0))
    page = _signed_in(made).get("shops/demo/today")
    more = re.findall(r'<p class="more">(.*?)</p>', part_of(page.text, "deadlines"))
    assert [re.sub("<[^>]*>", "", one) for one in more] == [
        "Confirm the order: 3 more",
        "Issue the credit note: One more",
    ]
    assert ["orders?status=open" in one for one in more] == [True, False]
    assert "/escalations" in more[1]


@pytest.mark.parametrize("page", ["sync", f"orders/{ORDER}/retry"])
def test_what_is_announced_for_a_shop_that_stands_still_has_that_above_it(
    new_harness: NewHarness, page: str
) -> None:
    made = new_harness("console")
    ship(made.product, ORDER)
    clerk = _signed_in(made)
    assert "The shop is paused" not in clerk.get(f"shops/demo/{page}").text
    _pause(made.product)
    assert "The shop is paused" in clerk.get(f"shops/demo/{page}").text
