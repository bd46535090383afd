"""Every function in the environment that the template gives it: what it uses, writes and takes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest

from local.sam import events
from local.sam.cases import CASES
from orderbridge import bootstrap
from tests.unit.functions import template

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness
from tests.unit.functions.played import FUNCTIONS, play_all

MAX_MODULE = 100


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_function_uses_can_be_made_in_the_environment_of_the_template(
    new_harness: NewHarness, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness(function)
    queues = play_all(made, monkeypatch)
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
    assert queues == {
        name for name in template.environment(function, made.stack) if name.endswith("_QUEUE_URL")
    }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_call_to_aws_ends_before_the_function_does(
    new_harness: NewHarness, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness(function)
    play_all(made, monkeypatch)
    asked: dict[str, Any] = {}

    def client(name: str, *, config: Any) -> MagicMock:  # noqa: ANN401 - botocore's
        asked[name] = config
        return MagicMock()

    monkeypatch.setattr("boto3.client", client)
    real = bootstrap.Services()
    for name in made.used:
        getattr(real, name)
    assert asked
    properties = template.functions()[function]
    timeout = properties.get("Timeout", template.read()["Globals"]["Function"]["Timeout"])
    for name, config in asked.items():
        attempts_made = config.retries["total_max_attempts"]
        waits = sum(2**number for number in range(attempts_made - 1))  # at most, in the standard mode
        worst = attempts_made * (config.connect_timeout + config.read_timeout) + waits
        assert worst < timeout, name


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_environment_of_the_template_has_nothing_that_no_code_reads(function: str) -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (template.ROOT / "shared" / "orderbridge").rglob("*.py")
    )
    for name in template.environment(function, "any"):
        assert name.startswith("POWERTOOLS_") or f'"{name}"' in sources


def test_every_alarm_has_a_figure_under_its_name_namespace_and_dimension(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rename either side and the alarm stays silent for ever; so both are compared here."""
    published = set()
    for function in FUNCTIONS:
        made = new_harness(function)
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
    new_harness: NewHarness, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_harness(function)
    play_all(made, monkeypatch)
    lines = made.lines()
    assert bool(lines) is (function != "operate"), "it alone has nothing to tell where nothing goes wrong"
    for line in lines:
        assert line["service"] == made.stack


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_a_thin_door(function: str) -> None:
    path = template.ROOT / "functions" / function / "app.py"
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_MODULE
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    tops = {name.partition(".")[0] for name in imported}
    assert tops.isdisjoint({"boto3", "botocore", "requests", "urllib", "http.client", "os"})
    assert not any(name.startswith(("orderbridge.adapters", "orderbridge.domain")) for name in imported)
    # The function, its flow and its folder go by the same verb. What operate does is the whole of flows/api, and the
    # clerks' page stands on the same.
    other = {"operate": "orderbridge.flows.api.routes", "console": "orderbridge.console.pages"}
    flow = other.get(function, f"orderbridge.flows.{function}")
    assert any(name in {flow, "orderbridge.flows"} for name in imported)


def test_every_function_has_events_and_every_event_a_function() -> None:
    assert {events.function_of(name) for name in events.names()} == set(FUNCTIONS)
    folders = {path.parent.name for path in (template.ROOT / "functions").glob("*/app.py")}
    assert folders == set(FUNCTIONS)


def test_every_event_is_tried_with_sam_local() -> None:
    assert {case.event for case in CASES} == set(events.names())


def test_a_placeholder_without_a_value_is_an_error_that_names_the_file() -> None:
    with pytest.raises(KeyError, match=r"authorize\.right_token\.json: no value for \{\{operator_token\}\}"):
        events.load("authorize.right_token")
