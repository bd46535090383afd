"""``orderbridge preview`` as people and programs use it: real adapters, the stand-ins over HTTP."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from local.stack.client import StandIns
from local.stack.http import HttpClient
from local.stack.onboarding import shop_secrets
from orderbridge_cli.dry_run import Stage
from orderbridge_cli.preview_view import COLUMNS
from orderbridge_cli.previewing import _Shown
from orderbridge_cli.registry import register_shop
from sandbox import start_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.conftest import Ended

SHOP = "my-shop"
OPEN, SETTLED, HELD, GONE = 4_810_000_001, 4_810_000_002, 4_810_000_003, 4_810_000_004
TRACKED = {"tracking_number": "Z1234567890", "carrier": "Zásilkovna"}


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    """A shop and MALL of the test's own: four orders, one of each kind."""
    with start_sandbox() as sandbox:
        blocks = sandbox.as_blocks()
        made = StandIns(HttpClient(), blocks["fastcentrik"], blocks["mall"])
        created = {"created": "2026-11-10 08:15:00"}
        for code, number, values in (
            ("=1", OPEN, {"status": "vyřizuje se"}),
            ("2", SETTLED, {"status": "vyřízená", "delivery_date": "2026-11-12 14:05:00", **TRACKED}),
            ("3", HELD, {"status": "vyřízená"}),
            ("4", GONE, {"status": "vyřizuje se"}),
        ):
            order = {"code": code, "mall_order_id": str(number), **created, **values}
            made.control_shop("POST", "/orders", order)
        for number in (OPEN, SETTLED, HELD):
            made.control_mall("POST", "/orders", {"id": number, "status": "open"})
        yield made


@pytest.fixture
def shop(services: Services, stand_ins: StandIns) -> StandIns:
    """The shop, registered and not switched on."""
    secrets = shop_secrets(stand_ins.fastcentrik, stand_ins.mall)
    register_shop(services, {"shop": SHOP}, secrets)
    return stand_ins


def test_people_get_the_summary_the_final_steps_and_the_table(
    cli: Callable[..., Ended], shop: StandIns
) -> None:
    ended = cli("preview", SHOP)

    assert ended.code == 1, ended.err
    assert "MALL's lists take" in ended.err
    assert "1 step cannot be undone:" in ended.out
    assert "Held (missing_tracking)" in ended.out
    assert str(GONE) in ended.out
    assert "Read first" in ended.out
    assert "\x1b" not in ended.out + ended.err
    assert shop.mall_calls() == shop.mall_calls("list_orders") + shop.mall_calls("list_unconfirmed") == 2
    assert shop.imports() == 0


def test_programs_get_one_document_with_stable_keys(cli: Callable[..., Ended], shop: StandIns) -> None:
    ended = cli("preview", SHOP, "--json")

    found = ended.json
    assert ended.code == 1
    assert list(found) == [
        *("shop", "made_at", "orders_in_export", "calls_to_mall", "summary", "irreversible", "rows"),
        *("rows_left_out", "notes"),
    ]
    sent = {action: count for action, count in found["summary"]["steps"].items() if count}
    assert sent == {"shipping": 1, "shipped": 1, "delivered": 1}
    assert found["summary"]["steps"]["cancelled"] == 0
    assert found["summary"]["held"] == {"missing_tracking": 1}
    assert found["summary"]["to_be_read_first"] == 1
    assert [one["mall_order_id"] for one in found["irreversible"]] == [SETTLED]
    rows = {row["mall_order_id"]: row for row in found["rows"]}
    assert rows.keys() == {OPEN, SETTLED, HELD, GONE}
    delivered = rows[SETTLED]["steps"][1]
    assert delivered["body"]["delivered_at"] == "2026-11-12 14:05:00"
    assert delivered["due"] > found["made_at"]
    assert rows[HELD]["hold"]["who_must_act"] == "clerk"
    assert shop.mall_calls() == 2


def test_what_nobody_must_act_on_ends_with_0(cli: Callable[..., Ended], shop: StandIns) -> None:
    shop.clerk(HELD, **TRACKED)

    ended = cli("preview", SHOP, "--json")

    assert ended.code == 0, ended.out
    assert ended.json["summary"]["need_person"] == 0


def test_the_file_has_every_order_and_no_formula(
    cli: Callable[..., Ended], shop: StandIns, tmp_path: Path
) -> None:
    file = tmp_path / "preview.csv"

    assert cli("preview", SHOP, "--csv", str(file)).code == 1

    lines = list(csv.DictReader(io.StringIO(file.read_text("utf-8"))))
    assert tuple(lines[0]) == COLUMNS
    assert [int(line["mall_order_id"]) for line in lines] == [OPEN, SETTLED, SETTLED, HELD, GONE]
    assert lines[0]["shop_code"] == "'=1"
    assert [line["action"] for line in lines] == ["shipping", "shipped", "delivered", "", ""]
    assert list(tmp_path.iterdir()) == [file]
    assert shop.imports() == 0


def test_a_file_that_cannot_be_written_is_wrong_use(
    cli: Callable[..., Ended], shop: StandIns, tmp_path: Path
) -> None:
    del shop
    ended = cli("preview", SHOP, "--csv", str(tmp_path / "no" / "preview.csv"))

    assert ended.code == 2
    assert "cannot be written" in ended.err


def test_a_limit_shortens_the_table_only(cli: Callable[..., Ended], shop: StandIns) -> None:
    del shop
    ended = cli("preview", SHOP, "--limit", "1")

    assert "3 more orders: add --all" in ended.out
    assert "1 step cannot be undone:" in ended.out


@pytest.mark.parametrize("side", ["mall", "shop"])
def test_what_cannot_be_reached_ends_with_3(cli: Callable[..., Ended], shop: StandIns, side: str) -> None:
    if side == "mall":
        shop.arm({"kind": "status", "http_status": 503})
    else:
        shop.arm_shop(rules=[{"kind": "status", "http_status": 503}])

    ended = cli("preview", SHOP)

    assert ended.code == 3, ended.out + ended.err
    assert ended.err.splitlines()[-1].startswith("orderbridge: ")


def test_an_unknown_shop_is_wrong_use(cli: Callable[..., Ended]) -> None:
    assert cli("preview", "nobody").code == 2


def test_no_name_and_no_secret_is_in_anything_that_is_printed(
    cli: Callable[..., Ended], shop: StandIns, tmp_path: Path
) -> None:
    file = tmp_path / "preview.csv"
    secrets = shop_secrets(shop.fastcentrik, shop.mall)
    customers = [customer for number in (OPEN, SETTLED, HELD) for customer in _customer_of(shop, number)]
    printed = "".join(
        [
            *(f"{ended.out}{ended.err}" for ended in (cli("preview", SHOP, "--all", "--csv", str(file)),)),
            cli("preview", SHOP, "--json", "--all").out,
            file.read_text("utf-8"),
        ]
    )

    assert len(customers) > 5
    for value in (*customers, secrets["client_id"], secrets["export_url"], secrets["import_url"]):
        assert value not in printed


def _customer_of(shop: StandIns, number: int) -> list[str]:
    """The texts about the customer of an order that MALL has."""
    order: dict[str, Any] = shop.at_mall(number)
    texts = (order["customer"], *order["address"].values())
    return [text for text in texts if isinstance(text, str) and len(text) > 3]


def test_a_terminal_sees_how_far_it_is() -> None:
    bars: list[tuple[str, list[int]]] = []

    class Terminal:
        @contextmanager
        def progress(self, title: str) -> Iterator[Callable[[int], None]]:
            bars.append((title, []))
            yield bars[-1][1].append

    with _Shown(Terminal()) as shown:  # type: ignore[arg-type] # the one method of a session that it uses
        for stage, done in ((Stage.EXPORT, 0), (Stage.LISTS, 0), (Stage.ORDERS, 0), (Stage.ORDERS, 3)):
            shown.heard(stage, done)

    assert [(title, sum(done)) for title, done in bars] == [
        ("Reading the export", 0),
        ("Reading MALL's lists", 0),
        ("Playing the orders", 3),
    ]
