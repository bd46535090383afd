"""The pages say what the tree says: paths, links, rule numbers, make targets, alarms, queues, holds, profiles."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import pytest

from orderbridge.adapters.fastcentrik.profile.load import shipped_names
from orderbridge.adapters.fastcentrik.profile.schema import Format
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.holds import HoldCode
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.api.routes import ROUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PACKAGE = "shared/orderbridge"
PAGES = sorted(str(page.relative_to(ROOT)) for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")))
TOP = {part.name for part in ROOT.iterdir() if not part.name.startswith(".")} | {".ci"}

NOT_IN_THE_TREE = {
    ".venv",
    ".venv-sam",
    ".venv-aws",
    ".local/stack.json",
    "shop.toml",
    "my-profile.toml",
    "reading/json_codec.py",
}
"""Made by make, or by whoever follows the page."""

SUFFIXES = ("py", "md", "toml", "yaml", "json", "txt", "po", "mo", "j2", "in")
MODULE = re.compile(r"\b(?:orderbridge|functions|deployment|sandbox|local|tests)(?:\.[a-z_]\w*)+")
RULE = re.compile(r"\bR(\d{1,2}\.\d{1,2})\b")
GROUP = re.compile(r"\bR(\d{1,2})\b(?!\.\d)")
GUARANTEE = re.compile(r"\bG(\d{1,2})\b")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Span(NamedTuple):
    """A piece of a page: its line, and its text."""

    line: int
    text: str


@cache
def page_lines(page: str) -> tuple[tuple[int, str, bool], ...]:
    """Number, text, and whether the line is within a fenced block."""
    lines, fenced = [], False
    for number, line in enumerate((ROOT / page).read_text("utf-8").splitlines(), start=1):
        is_fence = line.lstrip().startswith("```")
        fenced ^= is_fence
        lines.append((number, line, fenced or is_fence))
    return tuple(lines)


def quoted(page: str) -> Iterator[Span]:
    """What stands in backticks."""
    for number, line, fenced in page_lines(page):
        if not fenced:
            yield from (Span(number, text) for text in re.findall(r"`([^`]+)`", line))


def code(page: str) -> Iterator[Span]:
    """What stands in backticks or in a fenced block."""
    yield from quoted(page)
    yield from (Span(number, line) for number, line, fenced in page_lines(page) if fenced)


@cache
def tree() -> frozenset[str]:
    """Every file of the project and every folder of one, from the root on."""
    found: set[str] = set()
    for name in TOP:
        top = ROOT / name
        found.add(name)
        if top.is_dir():
            found |= {
                str(path.relative_to(ROOT)) for path in top.rglob("*") if "__pycache__" not in path.parts
            }
    return frozenset(found)


@cache
def exists(path: str) -> bool:
    """Whether `path`, with its wildcards, is in the tree: from the root, or the end of a path in it.

    A module may be named without its suffix.
    """
    pattern = re.sub(r"<[^>]*>", "*", path.rstrip("/"))
    patterns = [f"*/{pattern}", f"*/{pattern}.py"]
    return any(fnmatchcase(f"/{known}", pattern) for known in tree() for pattern in patterns)


def alternatives(text: str) -> list[str]:
    """``a/{b,c}.py`` as ``a/b.py`` and ``a/c.py``."""
    match = re.search(r"\{([^{}]*,[^{}]*)\}", text)
    if match is None:
        return [text]
    return [
        path
        for part in match[1].split(",")
        for path in alternatives(text[: match.start()] + part.strip() + text[match.end() :])
    ]


def is_path(text: str) -> bool:
    """Whether `text` is meant as a file or folder of the project."""
    if not re.fullmatch(r"[\w.*<>{},/…-]+", text) or text.startswith(("/", "…/{", "{")):
        return False
    first, _, rest = text.partition("/")
    if text.rsplit(".", 1)[-1] in SUFFIXES:
        return "." in text and not text.startswith(".")
    known = TOP | {"domain", "flows", "adapters", "texts", "ports", "cases"}
    return bool(rest or text.endswith("/")) and (first in known or text.endswith("/"))


def paths_of(page: str) -> Iterator[Span]:
    for span in quoted(page):
        text = span.text.removeprefix("…/")
        if is_path(text) and text.rstrip("/") not in NOT_IN_THE_TREE:
            yield from (Span(span.line, path) for path in alternatives(text))


def test_what_the_pages_name_is_found_in_them() -> None:
    """What is said below of each path, module and link says nothing where none is recognised."""
    lines = [(page, line) for page in PAGES for _, line, fenced in page_lines(page) if not fenced]
    assert sum(1 for page in PAGES for _ in paths_of(page)) > 100
    assert sum(len(MODULE.findall(span.text)) for page in PAGES for span in code(page)) > 5
    assert sum("://" not in target for _, line in lines for target in LINK.findall(line)) > 50


@pytest.mark.parametrize("page", PAGES)
def test_a_path_that_a_page_names_exists(page: str) -> None:
    assert [span for span in paths_of(page) if not exists(span.text)] == []


def module_exists(name: str) -> bool:
    path = name.replace(".", "/")
    for base in ("", "shared/"):
        if {f"{base}{path}.py", f"{base}{path}"} & tree():
            return True
        parent, _, member = path.rpartition("/")
        source = ROOT / f"{base}{parent}.py"
        if source.is_file() and re.search(rf"\b{member}\b", source.read_text("utf-8")):
            return True
    return False


@pytest.mark.parametrize("page", PAGES)
def test_a_module_that_a_page_names_exists(page: str) -> None:
    missing = [
        Span(span.line, name)
        for span in code(page)
        for name in MODULE.findall(span.text)
        if name.rsplit(".", 1)[-1] not in SUFFIXES and not module_exists(name)
    ]
    assert missing == []


@cache
def anchors(page: str) -> frozenset[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: list[str] = []
    for _, line, fenced in page_lines(page):
        if fenced or not re.match(r"#{1,6} ", line):
            continue
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).replace("`", "")
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        repeated = sum(
            known == anchor or re.fullmatch(rf"{re.escape(anchor)}-\d+", known) is not None for known in found
        )
        found.append(f"{anchor}-{repeated}" if repeated else anchor)
    return frozenset(found)


def leads_somewhere(page: str, target: str) -> bool:
    path, _, anchor = target.partition("#")
    there = (ROOT / page).parent / path if path else ROOT / page
    if not there.exists():
        return False
    return not anchor or anchor in anchors(str(there.resolve().relative_to(ROOT)))


@pytest.mark.parametrize("page", PAGES)
def test_a_link_within_the_project_leads_somewhere(page: str) -> None:
    broken = [
        Span(number, target)
        for number, line, fenced in page_lines(page)
        if not fenced
        for target in LINK.findall(line)
        if "://" not in target and not leads_somewhere(page, target)
    ]
    assert broken == []


class Rule(NamedTuple):
    """A row of docs/rules.md."""

    number: str
    code: str


@cache
def rules() -> tuple[Rule, ...]:
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for _, line, _ in page_lines("docs/rules.md")
        if re.match(r"\| R\d+\.\d+ \|", line)
    ]
    assert all(len(row) == 4 for row in rows)
    return tuple(Rule(row[0].removeprefix("R"), row[3]) for row in rows)


def cited(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """(file and line, number) of every citation in code, pages and tests."""
    for path in sorted(tree()):
        file = ROOT / path
        if file == Path(__file__) or not file.is_file() or file.suffix in {".mo", ".pyc"}:
            continue
        if file.suffix.lstrip(".") not in SUFFIXES and file.name != "Makefile":
            continue
        if path.startswith("requirements") or path.endswith("requirements.txt"):
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            yield from ((f"{path}:{number}", match) for match in pattern.findall(line))


def test_each_rule_has_its_own_number() -> None:
    numbers = [rule.number for rule in rules()]
    assert len(numbers) > 100
    assert sorted(set(numbers)) == sorted(numbers)


def test_a_rule_that_is_cited_exists() -> None:
    known = {rule.number for rule in rules()}
    groups = {number.partition(".")[0] for number in known}
    unknown = [(place, number) for place, number in cited(RULE) if number not in known]
    assert unknown == []
    assert [(place, number) for place, number in cited(GROUP) if number not in groups] == []


def test_a_guarantee_that_is_cited_exists() -> None:
    known = set(re.findall(r"(?m)^\| G(\d+) ", (ROOT / "docs/rules.md").read_text("utf-8")))
    assert known
    assert [(place, number) for place, number in cited(GUARANTEE) if number not in known] == []


def has_module(name: str) -> bool:
    """Whether the column "code" of a rule may say `name`: a module or folder of the domain, or of the package."""
    bases = (f"{PACKAGE}/domain", PACKAGE)
    return any({f"{base}/{name}.py", f"{base}/{name}"} & tree() for base in bases)


def test_the_code_of_a_rule_exists() -> None:
    names = [(rule.number, name) for rule in rules() for name in re.findall(r"`([^`]+)`", rule.code)]
    assert {number for number, _ in names} == {rule.number for rule in rules()}
    assert [(number, name) for number, name in names if not has_module(name)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_target_that_a_page_names_can_be_made(page: str) -> None:
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8")))
    named = [
        Span(span.line, name)
        for span in code(page)
        for name in re.findall(r"(?:^|\$ |[^\w ] ?)make ([a-z][a-z-]*)", span.text)
    ]
    assert [span for span in named if span.text not in targets] == []


def template_names(key: str) -> set[str]:
    template = (ROOT / "template.yaml").read_text("utf-8")
    return set(re.findall(rf"{key}: !Sub \$\{{AWS::StackName\}}-(\S+)", template))


def test_the_runbook_has_every_alarm_of_the_template() -> None:
    rows = (re.match(r"\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \|", line) for _, line, _ in alarm_table())
    named = [name for row in rows if row for name in re.findall(r"`([^`]+)`", row[1])]
    assert sorted(named) == sorted(template_names("AlarmName"))


def alarm_table() -> Iterator[tuple[int, str, bool]]:
    lines = iter(page_lines("docs/runbook.md"))
    for line in lines:
        if line[1].startswith("| alarm |"):
            break
    for line in lines:
        if not line[1].startswith("|"):
            return
        yield line


@pytest.mark.parametrize("page", PAGES)
def test_a_fifo_queue_that_a_page_names_exists(page: str) -> None:
    queues = template_names("QueueName")
    named = [Span(s.line, name) for s in code(page) for name in re.findall(r"\b[a-z-]+\.fifo\b", s.text)]
    assert [span for span in named if span.text not in queues] == []


def test_the_page_of_the_api_has_every_route() -> None:
    wanted = [f"{route.method} {route.path}" for route in ROUTES]
    headings = re.findall(r"(?m)^### `((?:GET|POST) [^`]+)`$", (ROOT / "docs/api.md").read_text("utf-8"))
    assert sorted(headings) == sorted(wanted)


def rows_under(page: str, heading: str) -> list[list[str]]:
    """The tables' rows under a heading, each cell as it is written."""
    lines = iter(page_lines(page))
    for _, line, _ in lines:
        if line == heading:
            break
    rows = []
    for _, line, _ in lines:
        if re.match(r"#{1,6} ", line):
            break
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def named_first(page: str, heading: str) -> set[str]:
    """What the first cells of the tables under a heading name in backticks."""
    return {name for row in rows_under(page, heading) for name in re.findall(r"`([^`]+)`", row[0])}


def test_the_pages_have_every_hold() -> None:
    assert named_first("docs/runbook.md", "## Holds") == set(HoldCode)
    assert named_first("docs/rules.md", "## Holds and escalations") == set(HoldCode)


def test_the_pages_have_every_cause_of_an_escalation() -> None:
    assert named_first("docs/runbook.md", "## Escalations") == set(Cause)
    rules_page = (ROOT / "docs/rules.md").read_text("utf-8").partition("## Holds and escalations")[2]
    assert [cause.value for cause in Cause if f"`{cause.value}`" not in rules_page] == []


def test_the_page_of_profiles_has_every_state_format_and_shipped_profile() -> None:
    page = (ROOT / "docs/profiles.md").read_text("utf-8")
    names = (*ShopStatus, *shipped_names(), *get_args(Format))
    assert [name for name in names if f"`{name}`" not in page] == []
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in shipped_names() if f"`{name}`" not in readme] == []
