"""No text says a path, a command or a button itself: it names a control, which each edge says in its own words."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.console.rendering import TEMPLATES as CONSOLE_TEMPLATES
from orderbridge.console.rendering import Reading, environment
from orderbridge.domain.actions import Action
from orderbridge.domain.codes.cases import HappenedReason, OperationsRequest, StateReason
from orderbridge.domain.codes.orders import HoldReason
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.api.routes import ROUTES
from orderbridge.texts import API, PAGE, Control, Edge, Language, command_line, render
from orderbridge.texts.catalogues import name_of
from orderbridge.texts.controls import Door
from orderbridge.texts.rendering import control_text, quoted
from orderbridge.texts.templates import TEMPLATES
from tests.cli.help_pages import commands
from tests.fakes import NOON
from tests.reasons import ANY
from tests.unit.texts.test_catalogues import forms_of, placeholders_in, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PRAGUE = ZoneInfo("Europe/Prague")
EDGES = (API, PAGE, command_line(), command_line("demo"))
each_language = pytest.mark.parametrize("language", Language)
each_control = pytest.mark.parametrize("control", Control)
ROUTE = re.compile(
    r"\b(?:GET|POST|PUT|PATCH|DELETE) /|(?<![\w/])/(?:orders|returns|escalations|health|sync|today)\b"
)
CODE_OF_BUTTON = re.compile(r'"([a-z-]+)": (?:t|control)\(')


def words(control: Control, language: Language, edge: Edge) -> str:
    facts = {"order": "4700000001", "shop": "demo"}
    return control_text(control, facts, language, edge)


@cache
def templates(language: Language) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in (TEMPLATES / language.value).glob("*.j2")}


def written(language: Language) -> Iterator[tuple[str, str]]:
    """Everything that is written down in `language`: code or template, and text."""
    yield from templates(language).items()
    for code, _, form in texts_of(language):
        yield code, form


def buttons(language: Language) -> set[str]:
    """The names of the buttons and pages of the clerks' page, in quotation marks."""
    reading = Reading(language, PRAGUE, NOON, "console")
    words_of_page = environment().get_template("words.html").make_module({**reading.functions()})
    source = (CONSOLE_TEMPLATES / "words.html").read_text("utf-8")
    codes = CODE_OF_BUTTON.findall(source.partition("macro action(")[2].partition("endmacro")[0])
    assert {"retry", "undo"} <= {*codes}
    names = {str(words_of_page.action(code)) for code in codes}  # type: ignore[attr-defined] # a macro
    pages = {name_of(control, language) for control in Control if control.has_page_name}
    states_of_the_shop = {name_of(status, language) for status in ShopStatus}
    return {quoted(unescape(name), language) for name in (names | pages) - states_of_the_shop}


def controls_in(text: str) -> set[str]:
    return {control for control in Control if re.search(rf"\b{control}\b", text)}


@each_language
@each_control
@pytest.mark.parametrize("edge", EDGES)
def test_every_control_has_words_at_every_edge(control: Control, language: Language, edge: Edge) -> None:
    said = words(control, language, edge)
    assert said.strip(" „“”") == said.strip("„“”") != ""
    assert not {"{", "}"} & set(said)
    assert control not in said
    assert (said == quoted(name_of(control, language), language)) == (
        edge.door is Door.PAGE and control.has_page_name
    )


@each_control
def test_the_words_of_the_api_are_a_route_of_it(control: Control) -> None:
    routes = {f"{route.method} {route.path.replace('{mall_order_id}', '{order}')}" for route in ROUTES}
    assert control.path == "" or control.path in routes


@each_control
@pytest.mark.parametrize("shop", ["", "demo"])
def test_the_words_of_the_command_line_are_a_command_with_its_arguments(control: Control, shop: str) -> None:
    program, *arguments = words(control, Language.ENGLISH, command_line(shop)).split()
    assert program == "orderbridge"
    path, command = max(
        ((path, command) for path, command in commands() if [*path] == arguments[: len(path)]),
        key=lambda found: len(found[0]),
    )
    assert not hasattr(command, "commands"), "a group alone is no command"
    command.make_context(" ".join(path), arguments[len(path) :])  # raises for what the command does not take


@each_language
def test_no_text_says_a_path_a_command_or_a_button_itself(language: Language) -> None:
    programs = {path[0] for path, _ in commands() if path}
    command = re.compile(rf"\borderbridge (?:{'|'.join(sorted(programs))})\b")
    names = buttons(language)
    wrong = [
        (code, text)
        for code, text in written(language)
        if ROUTE.search(text) or command.search(text) or any(name in text for name in names)
    ]
    assert not wrong


@each_language
def test_each_language_points_at_the_same(language: Language) -> None:
    for code, number, form in texts_of(language):
        english = forms_of(code.value, Language.ENGLISH)
        other = english[min(number, len(english) - 1)]
        assert controls_in(form) == controls_in(other), code
    for name, text in templates(language).items():
        assert controls_in(text) == controls_in(templates(Language.ENGLISH)[name]), name


def test_every_control_is_named_by_a_text() -> None:
    named = set[str]().union(*(controls_in(text) for _, text in written(Language.CZECH)))
    assert named == {*Control}


@each_language
def test_texts_for_those_who_have_no_page_name_nothing_of_ours(language: Language) -> None:
    """MALL's Operations and the accounting get these texts, with these facts."""
    for name, text in templates(language).items():
        if name.startswith(("ready_operations", "ready_accounting", "ready_items")):
            assert not controls_in(text), name
    for code, _, form in texts_of(language):
        if isinstance(code, (HappenedReason, OperationsRequest, StateReason)):
            assert not placeholders_in(form) & {*Control}, code


REFUSED = because(HoldReason.REFUSED, action=Action.SHIPPED, said=ANY, order=4_700_000_001)


@pytest.mark.parametrize(
    ("language", "edge", "words_"),
    [
        (Language.CZECH, API, "zpracování znovu (POST /orders/4700000001/retry)."),
        (Language.CZECH, PAGE, "zpracování znovu („Podívat se znovu“)."),
        (Language.CZECH, command_line(), "zpracování znovu (orderbridge retry 4700000001)."),
        (Language.SLOVAK, PAGE, "spracovanie znova („Pozrieť sa znova“)."),
        (Language.SLOVAK, command_line("demo"), "znova (orderbridge retry 4700000001 --shop demo)."),
        (Language.ENGLISH, API, "processed again (POST /orders/4700000001/retry)."),
        (Language.ENGLISH, PAGE, "processed again (“Look again”)."),
        (Language.ENGLISH, command_line("demo"), "again (orderbridge retry 4700000001 --shop demo)."),
    ],
)
def test_a_hold_at_each_edge(language: Language, edge: Edge, words_: str) -> None:
    assert render(REFUSED, language, PRAGUE, edge).endswith(words_)
