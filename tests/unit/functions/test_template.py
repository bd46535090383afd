"""The functions and template.yaml belong together: environment, metrics and alarms, events."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from orderbridge import bootstrap
from orderbridge.domain.failure_policy import CameBack
from orderbridge.domain.statuses import ShopStatus
from sandbox import events
from sandbox.sam_cases import CASES
from tests.unit.functions import template
from tests.unit.functions.stage import ORDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.functions.stage import Stage

    NewStage = Callable[[str], Stage]

FUNCTIONS = sorted(template.functions())
LONGEST_MODULE = 100
QUEUE_OF = {
    "request_fetch": "FETCH_QUEUE_URL",
    "send_news": "CHANGES_QUEUE_URL",
    "ask_to_look": "CHANGES_QUEUE_URL",
    "send_step": "STEPS_QUEUE_URL",
}


def play_all(made: Stage, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Plays every event of the function in a world where all kinds of things happen.

    Returns the addresses of queues that it sent to.
    """
    world = made.world
    world.mall.hold(ORDER)
    world.clerk(ORDER, ShopStatus.HANDLED)
    if made.function != "fetch_changes":
        world.fetch()
    if made.function not in {"fetch_changes", "map_state"}:
        world.map_all()
    world.clock.advance(seconds=600)
    sent = set()
    for method, address in QUEUE_OF.items():
        monkeypatch.setattr(world.queues, method, lambda _, address=address: sent.add(address))
    if made.function == "push_to_mall":
        world.mall.fail_next(CameBack.SERVER_ERROR)
        made.play("read")
        world.clock.advance(seconds=600)
    for name in events.names():
        if events.function_of(name) == made.function:
            made.play(name.partition(".")[2])
    return sent


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_uses_can_be_made_in_the_environment_of_the_template(
    stage: NewStage, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(function)
    sent = play_all(made, monkeypatch)
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }.items():
        monkeypatch.setenv(name, value)
    real = bootstrap.Services()
    assert made.used
    for name in made.used:
        assert getattr(real, name) is not None
    assert sent <= template.environment(function, made.stack).keys()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_of_the_template_has_nothing_that_no_code_reads(function: str) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (template.ROOT / "shared" / "orderbridge").rglob("*.py")
    )
    for name in template.environment(function, "any"):
        assert name.startswith("POWERTOOLS_") or f'"{name}"' in sources


def test_every_alarm_has_a_figure_under_its_name_namespace_and_dimension(
    stage: NewStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rename either side and the alarm stays silent for ever; so both are compared here."""
    published = set()
    for function in FUNCTIONS:
        made = stage(function)
        play_all(made, monkeypatch)
        for line in made.metrics():
            (directive,) = line["_aws"]["CloudWatchMetrics"]
            (dimensions,) = directive["Dimensions"]
            values = tuple((name, "STACK" if line[name] == made.stack else line[name]) for name in dimensions)
            published |= {(directive["Namespace"], metric["Name"], values) for metric in directive["Metrics"]}
    wanted = {
        (
            alarm["Namespace"],
            alarm["MetricName"],
            tuple(
                (one["Name"], "STACK" if one["Value"] == template.STACK else one["Value"])
                for one in alarm["Dimensions"]
            ),
        )
        for alarm in template.alarms("orderbridge")
    }
    assert len(wanted) >= 3
    assert wanted <= published


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_line_of_a_log_is_json_and_names_the_stack(
    stage: NewStage, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stage(function)
    play_all(made, monkeypatch)
    for line in made.lines():
        assert line["service"] == made.stack


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_a_thin_door(function: str) -> None:
    path = template.ROOT / "functions" / function / "app.py"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST_MODULE
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    tops = {name.partition(".")[0] for name in imported}
    assert tops.isdisjoint({"boto3", "botocore", "requests", "urllib", "http.client", "os"})
    assert not any(name.startswith(("orderbridge.adapters", "orderbridge.domain")) for name in imported)
    # the function, its flow and its folder go by the same verb
    assert any(name in {f"orderbridge.flows.{function}", "orderbridge.flows"} for name in imported)


def test_every_function_has_events_and_every_event_a_function() -> None:
    assert {events.function_of(name) for name in events.names()} == set(FUNCTIONS)
    folders = {path.parent.name for path in (template.ROOT / "functions").glob("*/app.py")}
    assert folders == set(FUNCTIONS)


def test_every_event_is_tried_with_sam_local() -> None:
    assert {case.event for case in CASES} == set(events.names())


def test_a_placeholder_without_a_value_is_an_error_that_names_the_file() -> None:
    with pytest.raises(KeyError, match=r"authorize\.right_token\.json: no value for \{\{operator_token\}\}"):
        events.load("authorize.right_token")


def test_the_schedules_send_what_the_files_say() -> None:
    for function in ("fetch_changes", "retry_transitions"):
        tick = template.functions()[function]["Events"]["Tick"]["Properties"]["Input"]
        assert tick == '{"trigger": "schedule"}'
        assert events.load(f"{function}.schedule") == {"trigger": "schedule"}
