"""The alarms can really fire: each watches a figure that exists, and reaches somebody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.stack.mailbox import Mailbox, open_mailbox
from local.stack.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment
    from local.stack.http import Json

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def alarms(deployment: Deployment) -> dict[str, Json]:
    found = deployment.aws("cloudwatch").describe_alarms(AlarmNamePrefix=f"{deployment.stack}-")[
        "MetricAlarms"
    ]
    return {alarm["AlarmName"].removeprefix(f"{deployment.stack}-"): alarm for alarm in found}


def test_every_alarm_notifies_the_topic(deployment: Deployment, alarms: dict[str, Json]) -> None:
    topic = deployment.output("AlarmsTopicArn")
    assert len(alarms) >= 16
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == [topic], name
        assert alarm["ActionsEnabled"] is True, name
        assert len(alarm["AlarmDescription"]) > 40, f"{name} does not say what to do"


def test_every_alarm_watches_something_that_is_there(deployment: Deployment, alarms: dict[str, Json]) -> None:
    queues = {url.rsplit("/", 1)[-1] for url in deployment.aws("sqs").list_queues()["QueueUrls"]}
    functions = {one["FunctionName"] for one in deployment.aws("lambda").list_functions()["Functions"]}
    topics = {one["TopicArn"].rsplit(":", 1)[-1] for one in deployment.aws("sns").list_topics()["Topics"]}
    apis = {one["name"] for one in deployment.aws("apigateway").get_rest_apis()["items"]}
    there = {
        "QueueName": ("AWS/SQS", queues),
        "FunctionName": ("AWS/Lambda", functions),
        "ApiName": ("AWS/ApiGateway", apis),
        "TopicName": ("AWS/SNS", topics),
        "service": ("orderbridge", {deployment.stack}),
    }
    for name, alarm in alarms.items():
        (dimension,) = alarm["Dimensions"]
        namespace, known = there[dimension["Name"]]
        assert dimension["Value"] in known, name
        assert alarm["Namespace"] == namespace, name


def test_every_figure_of_an_alarm_is_really_written(deployment: Deployment, alarms: dict[str, Json]) -> None:
    """A figure that no log line carries could never fire: the two of every tick, as the alarms spell them."""
    deployment.tick()
    wanted = {alarm["MetricName"] for alarm in alarms.values() if alarm["Namespace"] == "orderbridge"}
    assert {"ShopsWithoutFetch", "ShopsRefused", "DeadLetters"} <= wanted

    def written() -> set[str]:
        directives = [
            directive
            for figure in deployment.metrics("retry-transitions")
            for directive in figure["_aws"]["CloudWatchMetrics"]
            if directive["Namespace"] == "orderbridge" and directive["Dimensions"] == [["service"]]
        ]
        return {metric["Name"] for directive in directives for metric in directive["Metrics"]}

    eventually(
        lambda: {"ShopsWithoutFetch", "ShopsRefused"} <= written(), "the tick's figures are in the log"
    )


@pytest.fixture(scope="module")
def operators_mailbox(deployment: Deployment) -> Iterator[Mailbox]:
    with open_mailbox(deployment, "operators", "AlarmsTopicArn") as opened:
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
    deployment: Deployment, alarms: dict[str, Json], operators_mailbox: Mailbox, name: str, value: float
) -> None:
    alarm = alarms[name]
    deployment.aws("cloudwatch").put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[{"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": value}],
    )

    def state() -> bool:
        (now,) = deployment.aws("cloudwatch").describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
        return bool(now["StateValue"] == "ALARM")

    eventually(state, f"{name} is in alarm", within=30)

    def told() -> list[Json]:
        told = [json.loads(email.text) for email in operators_mailbox.emails()]
        return [email for email in told if email["AlarmName"] == alarm["AlarmName"]]

    email = eventually(told, f"{name} is in the mailbox", within=30)[-1]
    assert email["NewStateValue"] == "ALARM"
    assert email["AlarmDescription"] == alarm["AlarmDescription"]
