"""The alarms can really fire: each watches a figure that exists, and reaches somebody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.stack.mailbox import Mailbox, open_mailbox
from tests.stack.town import Json, Town, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def alarms(town: Town) -> dict[str, Json]:
    found = town.aws("cloudwatch").describe_alarms(AlarmNamePrefix=f"{town.stack}-")["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(f"{town.stack}-"): alarm for alarm in found}


def test_every_alarm_tells_the_topic(town: Town, alarms: dict[str, Json]) -> None:
    topic = town.output("AlarmsTopicArn")
    assert len(alarms) >= 16
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == [topic], name
        assert alarm["ActionsEnabled"] is True, name
        assert len(alarm["AlarmDescription"]) > 40, f"{name} does not say what to do"


def test_every_alarm_watches_something_that_is_there(town: Town, alarms: dict[str, Json]) -> None:
    queues = {url.rsplit("/", 1)[-1] for url in town.aws("sqs").list_queues()["QueueUrls"]}
    functions = {one["FunctionName"] for one in town.aws("lambda").list_functions()["Functions"]}
    topics = {one["TopicArn"].rsplit(":", 1)[-1] for one in town.aws("sns").list_topics()["Topics"]}
    apis = {one["name"] for one in town.aws("apigateway").get_rest_apis()["items"]}
    there = {
        "QueueName": ("AWS/SQS", queues),
        "FunctionName": ("AWS/Lambda", functions),
        "ApiName": ("AWS/ApiGateway", apis),
        "TopicName": ("AWS/SNS", topics),
        "service": ("orderbridge", {town.stack}),
    }
    for name, alarm in alarms.items():
        (dimension,) = alarm["Dimensions"]
        namespace, known = there[dimension["Name"]]
        assert dimension["Value"] in known, name
        assert alarm["Namespace"] == namespace, name


def test_every_figure_of_an_alarm_is_really_written(town: Town, alarms: dict[str, Json]) -> None:
    """A figure that no log line carries could never fire: the two of every tick, as the alarms spell them."""
    town.tick()
    wanted = {alarm["MetricName"] for alarm in alarms.values() if alarm["Namespace"] == "orderbridge"}
    assert {"ShopsWithoutFetch", "ShopsRefused", "DeadLetters"} <= wanted

    def written() -> set[str]:
        directives = [
            directive
            for figure in town.figures("retry-transitions")
            for directive in figure["_aws"]["CloudWatchMetrics"]
            if directive["Namespace"] == "orderbridge" and directive["Dimensions"] == [["service"]]
        ]
        return {metric["Name"] for directive in directives for metric in directive["Metrics"]}

    eventually(
        lambda: {"ShopsWithoutFetch", "ShopsRefused"} <= written(), "the tick's figures are in the log"
    )


@pytest.fixture(scope="module")
def operators_mailbox(town: Town) -> Iterator[Mailbox]:
    with open_mailbox(town, "AlarmsTopicArn", "operators") as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stopped-shops", 1),
        ("no-fetch", 1),
        ("dead-letters", 1),
        ("dead-letters-stay", 1),
        ("dead-requests-stay", 1),
        ("lists-failed", 2),
        ("shop-steps-refused", 1),
        ("api-5xx", 1),
        ("shop-mail-failed", 1),
        ("steps-age", 7200),
        ("push-to-mall-errors", 1),
        ("push-to-shop-errors", 1),
        ("read-lists-errors", 1),
    ],
)
def test_an_alarm_reaches_the_mailbox(
    town: Town, alarms: dict[str, Json], operators_mailbox: Mailbox, name: str, value: float
) -> None:
    alarm = alarms[name]
    town.aws("cloudwatch").put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[{"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value}],
    )

    def state() -> bool:
        (now,) = town.aws("cloudwatch").describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
        return bool(now["StateValue"] == "ALARM")

    eventually(state, f"{name} is in alarm", within=30)

    def told() -> list[Json]:
        told = [json.loads(letter.text) for letter in operators_mailbox.letters()]
        return [letter for letter in told if letter["AlarmName"] == alarm["AlarmName"]]

    letter = eventually(told, f"{name} is in the mailbox", within=30)[-1]
    assert letter["NewStateValue"] == "ALARM"
    assert letter["AlarmDescription"] == alarm["AlarmDescription"]
