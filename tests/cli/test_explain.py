"""`explain`: an order's whole story, in the person's language and on one screen."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.flows.api.escalations import close_escalation
from orderbridge.flows.api.orders import order_detail
from orderbridge.texts import Language
from orderbridge_cli import language
from orderbridge_cli.story import must_act, tell
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.sequences import TODAY, new_product, ship, wake

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli
    from tests.unit.flows.in_memory_product import InMemoryProduct

COLUMNS, LINES = 100, 45
RAW = re.compile(r"\b(?:wrong_delivered|after_delivered|clerk|by_us|no_answer_recorded|None|True|shipped)\b")


def a_long_story() -> InMemoryProduct:
    """Read, sent again after an unclear answer, delivered by mistake, escalated."""
    product = new_product(undo=900)
    product.mall.hold(1)
    product.mall.fail_next(CallResult.SERVER_ERROR, call=Call.WRITE)
    product.clerk(1, S.SETTLED)
    product.tick()
    product.clock.advance(seconds=1800)
    wake(product)
    product.clock.advance(seconds=1800)
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.tick()
    product.clock.advance(seconds=1200)
    product.tick()
    product.clock.advance(seconds=60)
    product.clerk(1, S.SETTLED)
    product.tick()
    return product


@pytest.fixture
def czech() -> Iterator[None]:
    language.use("cs")
    yield
    language.use("en")


def printed(product: InMemoryProduct, code: Language = Language.ENGLISH) -> list[str]:
    order = ApiClient(product, language=code).ask(order_detail, 1)
    out = StringIO()
    console = Console(file=out, width=COLUMNS, soft_wrap=True, markup=False, highlight=False, emoji=False)
    tell(console, order, ZoneInfo("Europe/Prague"))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_usual_story_fits_on_a_screen() -> None:
    lines = printed(a_long_story())
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS


def test_it_has_both_sides_why_what_to_do_and_what_happened_in_the_order_of_time() -> None:
    text = "\n".join(printed(a_long_story()))
    places = [
        text.index(part)
        for part in (
            "Order 1 of shop demo",
            "In the shop",
            "Tracking number    DR1",
            "Why nothing is sent:",
            "The delivery date was removed",
            "What to do:",
            "The shop's people must act.",
            "What happened:",
            "Step 1, reading the order at MALL",
            "Step 2, setting Shipped",
            "Step 2, attempt 1: failed",
            "Step 4, attempt 1: accepted",
            "MALL: Shipped, set by us",
            "Step 5, setting Delivered",
            "MALL: Delivered, set by us",
            "E-mail to the shop's people",
            "Escalation: Delivered is wrong",
        )
    ]
    assert places == sorted(places)


def test_each_matter_is_said_once() -> None:
    text = " ".join(" ".join(printed(a_long_story())).split())
    assert text.count("The delivery date was removed in the shop") == 1


def test_a_person_reads_names_and_no_codes() -> None:
    assert [line for line in printed(a_long_story()) if RAW.search(line)] == []


@pytest.mark.usefixtures("czech")
def test_names_are_in_the_persons_language() -> None:
    text = " ".join(" ".join(printed(a_long_story(), Language.CZECH)).split())
    assert "nastavení stavu Shipped: Objednávka je v e-shopu „Vyřízená“" in text
    assert "20. 11. 2026 13:00" in text


def test_an_order_that_is_well_says_what_comes_next_or_why_nothing() -> None:
    product = new_product(undo=900)
    ship(product)
    done = "\n".join(printed(product))
    assert "Why nothing is sent:" in done
    assert "What to do:" not in done
    product.clerk(1, S.SETTLED, delivery=TODAY)
    product.tick()
    assert "What comes next:" in "\n".join(printed(product))


def test_what_a_person_settled_is_in_the_story_with_who_and_why() -> None:
    product = a_long_story()
    ApiClient(product, by="jana").ask(close_escalation, 1, "wrong_delivered", {"note": "credit note sent"})
    text = "\n".join(printed(product))
    assert "Escalation closed: Delivered is wrong (jana): credit note sent" in text


def test_its_exit_code_says_whether_a_person_must_act(cli: Cli) -> None:
    waiting, well = cast("Services", a_long_story()), new_product()
    ship(well)
    ended = cli("explain", "1", "--json", stack=waiting)
    assert (ended.code, must_act(ended.json)) == (1, True)
    assert ended.json["hold"]["code"] == "after_delivered"
    assert cli("explain", "1", stack=cast("Services", well)).code == 0


@pytest.mark.parametrize(
    ("number", "line"), [("77", "The order 77 of the shop demo is not known"), ("x", "digits only")]
)
def test_an_unknown_order_is_one_line(cli: Cli, number: str, line: str) -> None:
    ended = cli("explain", number, stack=cast("Services", new_product()))
    assert (ended.code, ended.err.count("\n"), line in ended.err) == (2, 1, True)


def test_tables_of_orders_and_escalations_have_names_too(cli: Cli) -> None:
    stack = cast("Services", a_long_story())
    assert re.search(r"(?m)^1 +settled +Delivered +The delivery date", cli("orders", stack=stack).out)
    assert "Delivered is wrong" in cli("escalations", stack=stack).out
    assert cli("orders", "--json", stack=stack).json["orders"][0]["status"] == "delivered"


def test_a_list_says_which_orders_cannot_be_read(cli: Cli) -> None:
    product = a_long_story()
    product.ledger.unreadable.add(("demo", 1))
    for name in ("orders", "escalations"):
        ended = cli(name, stack=cast("Services", product))
        assert (ended.code, "cannot be read: 1" in ended.out) == (1, True), name


def refused() -> InMemoryProduct:
    """MALL refuses the step, and reading does not explain it."""
    product = new_product(undo=0)
    product.mall.hold(1)
    product.mall.fail_next(CallResult.REJECTED, call=Call.WRITE)
    product.clerk(1, S.SETTLED)
    product.tick()
    return product


def test_what_can_be_done_is_a_command(cli: Cli) -> None:
    stack = cast("Services", refused())
    assert "processed again (orderbridge retry 1)." in " ".join(cli("explain", "1", stack=stack).out.split())
    named = cli("explain", "1", "--shop", "demo", "--lang", "cs", "--json", stack=stack)
    assert named.json["hold"]["reason"]["text"].endswith(
        "zpracování znovu (orderbridge retry 1 --shop demo)."
    )
