"""``orderbridge profile``: what it prints, for people and programs, and its exit codes."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from orderbridge.adapters.fastcentrik.profile.load import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

    Cli = Callable[..., Ended]

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "samples" / "exports"
CREATED = """\
# A value in 3 of 3 records; dates among them: 3 (2.11.2026, 3.11.2026, 4.11.2026).
# Not datum_doruceni: another date by its name.
# Not doruceno_dne: another date by its name.
"""
"""Left out of the page's example."""
WALKTHROUGH = str(SAMPLES / "walkthrough.xml")


def test_the_shipped_profiles_are_listed(cli: Cli) -> None:
    listed = cli("profile", "list", "--json").json["profiles"]
    assert [one["name"] for one in listed] == ["csv", "czech", "orders"]
    assert listed[1] == {
        "name": "czech",
        "format": "xml",
        "encoding": "windows-1250",
        "record": "Objednavky/Objednavka",
        "mall_order_id": ["CisloObjednavkyMall"],
    }
    assert "czech" in cli("profile", "list").out


def test_a_shipped_profile_is_printed_as_it_is(cli: Cli) -> None:
    assert cli("profile", "show", "czech").out == (SHIPPED / "czech.toml").read_text("utf-8")
    ended = cli("profile", "show", "nobodys")
    assert (ended.code, ended.out) == (2, "")
    assert "csv, czech, orders" in ended.err


def test_a_draft_is_written_checked_and_complete(cli: Cli, tmp_path: Path) -> None:
    draft = tmp_path / "mine.toml"
    ended = cli("profile", "suggest", WALKTHROUGH, "--out", str(draft))
    assert (ended.code, ended.err) == (0, "")
    assert "The draft is complete" in ended.out
    assert tomllib.loads(draft.read_text("utf-8"))["xml"] == {"record": "ObchodniData/Zakazky/Zakazka"}
    ended = cli("profile", "check", str(draft), "--sample", WALKTHROUGH)
    assert ended.code == 0
    assert "vyřízená → settled" in ended.out
    assert "Odberatel/Telefon (6)" in ended.out
    assert "reads every order" in ended.out


def test_no_shipped_profile_fits_the_walkthroughs_export(cli: Cli) -> None:
    for name in ("csv", "czech", "orders"):
        assert cli("profile", "check", name, "--sample", WALKTHROUGH).code == 1


def test_a_file_is_never_overwritten(cli: Cli, tmp_path: Path) -> None:
    draft = tmp_path / "mine.toml"
    draft.write_text("mine", "utf-8")
    ended = cli("profile", "suggest", WALKTHROUGH, "--out", str(draft))
    assert ended.code == 2
    assert draft.read_text("utf-8") == "mine"


def test_without_a_file_the_draft_alone_goes_to_stdout(cli: Cli) -> None:
    ended = cli("profile", "suggest", WALKTHROUGH)
    assert tomllib.loads(ended.out)["format"] == "xml"
    assert "The draft is complete" in ended.err


def test_an_open_draft_says_what_a_person_must_decide(cli: Cli) -> None:
    ended = cli("profile", "suggest", str(SAMPLES / "two-dates.csv"))
    assert ended.code == 1
    assert "One thing is open: fields.delivery_date." in ended.err
    assert '# delivery_date = "doruceno_dne"' in ended.out


def test_programs_get_stable_keys(cli: Cli) -> None:
    ended = cli("profile", "suggest", str(SAMPLES / "customers-note.xml"), "--json")
    assert ended.code == 1
    assert list(ended.json) == [
        *(
            "complete",
            "open",
            "format",
            "encoding",
            "delimiter",
            "record",
            "records",
            "places",
            "pattern",
            "dates",
        ),
        *("states", "text", "check", "file"),
    ]
    assert ended.json["open"] == ["mall_order_id.path"]
    assert ended.json["places"]["mall_order_id.path"]["candidates"][0]["place"] == "zakaznik/poznamka"
    report = cli("profile", "check", "orders", "--sample", WALKTHROUGH, "--json").json
    assert list(report) == [
        *(
            "profile",
            "fits",
            "refused",
            "format",
            "encoding",
            "records",
            "orders",
            "shown",
            "problems",
            "notes",
        ),
        *("unknown_states", "unknown_carriers", "unread", "unread_of"),
    ]
    assert report["refused"]["code"] == "export.xml.root"


def test_how_to_write_an_unknown_state_is_shown(cli: Cli, tmp_path: Path) -> None:
    sample = tmp_path / "export.csv"
    text = (SAMPLES / "two-dates.csv").read_text("utf-8").replace("nevyřízená", "přijatá")
    sample.write_text(text, "utf-8")
    draft = cli("profile", "suggest", str(sample)).out.replace(
        '# delivery_date = "doruceno_dne"', 'delivery_date = "doruceno_dne"'
    )
    profile = tmp_path / "mine.toml"
    profile.write_text(draft, "utf-8")
    ended = cli("profile", "check", str(profile), "--sample", str(sample))
    assert ended.code == 1
    assert (
        '"přijatá" = "…"  # pending | partially_settled | handled | settled | canceled (one order)'
        in ended.out
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("suggest", "nowhere.xml"), 2, "nowhere.xml"),
        (("suggest",), 2, "EXPORT"),
        (("check", "nowhere.toml"), 2, "nowhere.toml"),
        (("check", "orders", "--sample", "nowhere.xml"), 2, "nowhere.xml"),
        (("check", "czech", "--sample", "{empty}"), 1, "empty"),
        (("suggest", "{empty}"), 1, "empty"),
        (("check", "{latin}"), 2, "UTF-8"),
    ],
)
def test_what_goes_wrong_is_one_line(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "latin").write_bytes("ř".encode("cp1250"))
    given = (one.format(empty=tmp_path / "empty", latin=tmp_path / "latin") for one in arguments)
    ended = cli("profile", *given)
    assert (ended.code, ended.out, ended.err.count("\n")) == (code, "", 1)
    assert said in ended.err


def test_the_sample_may_come_from_a_pipe() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orderbridge_cli", "profile", "suggest", "-", "--lang", "en"],
        input=(SAMPLES / "walkthrough.xml").read_bytes(),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0
    assert tomllib.loads(done.stdout.decode())["encoding"] == "declared"
    assert b"\x1b" not in done.stdout + done.stderr


def test_the_pages_example_is_what_the_commands_print(cli: Cli, tmp_path: Path) -> None:
    page = (
        (ROOT / "docs" / "profiles.md")
        .read_text("utf-8")
        .partition("## From a sample")[2]
        .partition("\n## ")[0]
    )
    command, draft_shown, check_shown, *_ = page.split("```")[1::2]
    sample, draft = tmp_path / "export.csv", tmp_path / "my-profile.toml"
    sample.write_bytes((SAMPLES / "two-dates.csv").read_bytes())
    assert "profile suggest export.csv --out my-profile.toml" in command
    assert cli("profile", "suggest", str(sample), "--out", str(draft)).code == 1
    text = draft.read_text("utf-8")
    assert draft_shown.removeprefix("toml\n") in text.replace('created = "vytvoreno"\n\n', "").replace(
        CREATED, ""
    )
    draft.write_text(
        text.replace('# delivery_date = "doruceno_dne"', 'delivery_date = "doruceno_dne"'), "utf-8"
    )
    printed = cli("profile", "check", str(draft), "--sample", str(sample)).out
    shown = check_shown.splitlines()[2:]
    assert [line.rstrip() for line in printed.splitlines()] == [line.rstrip() for line in shown]
