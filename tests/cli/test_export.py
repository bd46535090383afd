"""``orderbridge export``: the audit trail as a file that is whole or not there."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EndpointConnectionError

from orderbridge.adapters.aws import table as layout
from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.persons import PersonAction
from orderbridge.domain.reasons import because
from orderbridge.flows import audit
from orderbridge.flows.audit import COLUMNS
from orderbridge.settings import ShopSettings
from orderbridge_cli.audit_export import write_rows
from orderbridge_cli.files import guarded
from tests.contract.samples import ATTEMPT, ORDER, STEP
from tests.fakes import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.conftest import Ended
    from tests.contract.conftest import Aws

    Cli = Callable[..., Ended]

DAYS = ("--from", "2026-11-20", "--to", "2026-11-20")
HOUR = timedelta(hours=1)
FORMULA = '=HYPERLINK("http://x.test")'


@pytest.fixture
def filled(services: Services) -> Services:
    """A shop with one order, one step, its attempt, and three actions: two of the day, one of the night after it."""
    services.shops.put(ShopSettings(shop="demo"), NOON)
    services.ledger.save(ORDER, [STEP], [ATTEMPT])
    late = NOON.replace(hour=22, minute=59)
    for by, at, why in (("eva", NOON, FORMULA), ("jan", late, "č. 1"), ("night", late + 5 * HOUR, "")):
        services.actions.record(PersonAction("demo", at, by, because(PersonReason.SYNC), None, why))
    return services


def parsed(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("filled")
def test_rows_are_printed_as_csv_and_the_count_beside_them(cli: Cli) -> None:
    ended = cli("export", "demo", *DAYS)
    rows = parsed(ended.out)
    assert (ended.code, ended.err) == (0, "4 rows.\n")
    assert tuple(rows[0]) == COLUMNS
    assert [(row["kind"], row["by"]) for row in rows] == [
        ("action", "eva"),
        ("action", "jan"),
        ("step", ""),
        ("attempt", ""),
    ]
    assert (rows[0]["why"], rows[1]["why"]) == (f"'{FORMULA}", "č. 1")
    assert rows[0]["reason_text"] == "Reading of the shop's export on request."
    assert json.loads(rows[3]["sent"]) == ATTEMPT.sent


@pytest.mark.usefixtures("filled")
def test_lines_of_json_say_the_same(cli: Cli) -> None:
    ended = cli("export", "demo", *DAYS, "--format", "jsonl", "--lang", "cs")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [tuple(row) for row in rows] == [COLUMNS] * 4
    assert (rows[0]["why"], rows[0]["mall_order_id"]) == (FORMULA, None)
    assert rows[0]["reason_text"].startswith("Načtení")
    assert rows[2]["mall_order_id"] == ORDER.mall_order_id


@pytest.mark.usefixtures("filled")
def test_a_file_is_new_whole_and_its_owners_alone(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "trail.csv"
    ended = cli("export", "demo", *DAYS, "--out", str(file), "--json")
    assert ended.json == {
        "shop": "demo",
        "from": "2026-11-20",
        "to": "2026-11-20",
        "format": "csv",
        "file": str(file),
        "rows": 4,
        "unreadable": 0,
    }
    assert len(parsed(file.read_text("utf-8"))) == 4
    assert file.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [file]
    again = cli("export", "demo", *DAYS, "--out", str(file))
    assert again.code == 2
    assert "exists already" in again.err


def test_an_order_that_cannot_be_read_is_a_row_and_a_persons_work(
    cli: Cli,
    filled: Services,
    aws: Aws,
) -> None:
    key = {"pk": layout.order_pk("demo", ORDER.mall_order_id), "sk": layout.ORDER_SK}
    aws.dynamodb.update_item(
        TableName=aws.table,
        Key=layout.item_of(key),
        UpdateExpression="SET #order.marketplace = :newer",
        ExpressionAttributeNames={"#order": "order"},
        ExpressionAttributeValues=layout.item_of({":newer": {"observed": {"status": "teleported"}}}),
    )
    ended = cli("export", "demo", *DAYS)
    assert (ended.code, "1 order cannot be read" in ended.err) == (1, True)
    assert [row["kind"] for row in parsed(ended.out)] == ["action", "action", "unreadable"]
    assert filled.table == aws.table


ERRORS = (
    (KeyboardInterrupt(), 1, "Stopped."),
    (EndpointConnectionError(endpoint_url="https://x.test"), 3, "AWS cannot be reached"),
)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("ends", ERRORS)
@pytest.mark.parametrize("to_file", [True, False])
def test_what_is_interrupted_says_so_and_leaves_no_half_file(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: tuple[BaseException, int, str],
    *,
    to_file: bool,
) -> None:
    error, code, said = ends
    real = audit.audit_rows

    def cut(*given: Any, **named: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - those of the flow
        rows = real(*given, **named)
        yield next(rows)
        yield next(rows)
        raise error

    monkeypatch.setattr(audit, "audit_rows", cut)
    file = tmp_path / "trail.csv"
    ended = cli("export", "demo", *DAYS, *(("--out", str(file)) if to_file else ()))
    assert ended.code == code
    assert said in ended.err
    assert ("not written" if to_file else "not whole") in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("demo", "--from", "20.11.2026", "--to", "2026-11-20"), "from"),
        (("demo", "--from", "2026-11-21", "--to", "2026-11-20"), "2026"),
        (("demo", *DAYS, "--format", "xlsx"), "csv or jsonl"),
        (("demo", *DAYS, "--json"), "--out"),
        (("nobody", *DAYS), "nobody"),
        (("demo", *DAYS, "--out", "/nowhere/trail.csv"), "cannot be written"),
    ],
)
def test_wrong_use_is_one_line(cli: Cli, given: tuple[str, ...], said: str) -> None:
    ended = cli("export", *given)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert said in ended.err
    if "--json" not in given:
        assert ended.out == ""


def test_a_shop_without_rows_has_a_header_alone(cli: Cli, services: Services) -> None:
    services.shops.put(ShopSettings(shop="demo"), NOON)
    ended = cli("export", "demo", *DAYS)
    assert (ended.code, ended.out) == (0, ",".join(COLUMNS) + "\r\n")
    assert cli("export", "demo", *DAYS, "--format", "jsonl").out == ""


def test_a_shop_that_was_removed_still_has_its_trail(cli: Cli, filled: Services) -> None:
    filled.shops.remove("demo")
    ended = cli("export", "demo", *DAYS)
    assert (ended.code, len(parsed(ended.out))) == (0, 4)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "x=1", "1", 12, None, "–1"])
def test_other_cells_stay(value: str | int | None) -> None:
    assert guarded(value) == value


def test_each_row_is_written_before_the_next_one_is_made() -> None:
    out = io.BytesIO()
    sizes: list[int] = []
    empty: dict[str, str | int | None] = dict.fromkeys(COLUMNS)

    def rows() -> Iterator[dict[str, str | int | None]]:
        for number in range(3):
            sizes.append(out.tell())
            yield empty | {"kind": "action", "step": number}

    heard: list[int] = []
    written = write_rows(rows(), COLUMNS, "jsonl", out, heard.append)
    assert sizes == sorted(set(sizes))
    assert (written.rows, written.unreadable, heard) == (3, 0, [1, 1, 1])
