"""Who gets the alarms of a shop: the commands for addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.registering import Cli
    from tests.contract.conftest import Aws
from tests.cli.registering import NOBODY, TOML, add

OTHER = TOML.replace('"demo"', '"other"')


def readers(cli: Cli) -> dict[str, list[str]]:
    return {one["email"]: one["shops"] for one in cli("alarm", "list", "--json").json["readers"]}


def test_an_address_gets_the_alarms_of_its_shops_until_it_is_removed(cli: Cli, tmp_path: Path) -> None:
    add(cli, tmp_path / "demo.toml")
    add(cli, tmp_path / "other.toml", OTHER)
    address = "operations@shop.test"
    assert cli("alarm", "list").out == "Nobody gets alarms.\n"
    first = cli("alarm", "add", "demo", address)
    assert (first.code, "Alarms come once its link is open" in first.out) == (0, True)
    assert cli("alarm", "add", "demo", address).code == 0
    assert cli("alarm", "add", "other", address).code == 0
    assert readers(cli) == {address: ["demo", "other"]}
    assert "demo, other" in cli("alarm", "list").out
    assert cli("alarm", "remove", "demo", address, "--yes").code == 0
    again = cli("alarm", "remove", "demo", address, "--yes")
    assert again.code == 2
    assert again.err.startswith("orderbridge: This address gets no alarms of the shop demo.")
    assert readers(cli) == {address: ["other"]}


def test_a_shop_whose_alarms_nobody_gets_is_shown_as_such(cli: Cli, tmp_path: Path) -> None:
    add(cli, tmp_path / "demo.toml")
    add(cli, tmp_path / "other.toml", OTHER)
    cli("alarm", "add", "demo", "operations@shop.test")
    assert NOBODY not in add(cli, tmp_path / "demo.toml").out
    listed = cli("shop", "list")
    assert listed.code == 1
    assert f"demo: {NOBODY}" not in listed.out
    assert f"other: {NOBODY.replace('demo', 'other')}" in listed.out


@pytest.mark.parametrize("protocol", ["email", "https"])
def test_whoever_hears_of_every_shop_counts(cli: Cli, tmp_path: Path, aws: Aws, protocol: str) -> None:
    endpoint = {"email": "all@shop.test", "https": "https://pager.test/x"}[protocol]
    aws.sns.subscribe(TopicArn=aws.topic, Protocol=protocol, Endpoint=endpoint)
    assert NOBODY not in add(cli, tmp_path / "demo.toml").out
    shown = cli("shop", "show", "demo", "--json").json["alarm_readers"]
    assert shown == [{"email": "all@shop.test", "https": "other"}[protocol]]


@pytest.mark.parametrize("topic", ["", "arn:aws:sns:eu-central-1:1:gone"])
def test_a_shop_is_connected_also_by_who_may_not_see_the_readers(
    cli: Cli, services: Services, tmp_path: Path, topic: str
) -> None:
    blind = services.with_settings(SHOP_ALARMS_TOPIC_ARN=topic)
    added = add(cli, tmp_path / "demo.toml", TOML, blind)
    assert (added.code, "who gets this shop's alarms cannot be seen" in added.out) == (0, True)
    topicless = services.with_settings(SHOP_ALARMS_TOPIC_ARN="")
    assert cli("shop", "remove", "demo", "--yes", stack=topicless).code == 0


@pytest.mark.parametrize(
    ("shop", "email", "problem"),
    [
        ("demi", "operations@shop.test", "There is no shop demi"),
        ("demo", "operations", "That is not an e-mail address"),
        ("demo", "a@b@shop.test", "That is not an e-mail address"),
        ("demo", "Operations <a@shop.test>", "That is not an e-mail address"),
    ],
)
def test_a_wrong_shop_or_address_gets_no_alarms(
    cli: Cli, services: Services, tmp_path: Path, shop: str, email: str, problem: str
) -> None:
    add(cli, tmp_path / "shop.toml")
    ended = cli("alarm", "add", shop, email)
    assert ended.code == 2
    assert problem in ended.err
    assert ended.err.count("\n") == 1
    assert "@" not in ended.err
    assert services.listeners is not None
    assert services.listeners.all() == ()


def filter_of(aws: Aws, arn: str, shops: list[str]) -> None:
    aws.sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=json.dumps({"shop": shops})
    )


def test_an_address_hears_of_no_more_shops_than_sns_takes(cli: Cli, tmp_path: Path, aws: Aws) -> None:
    add(cli, tmp_path / "shop.toml")
    arn = aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint="many@shop.test")[
        "SubscriptionArn"
    ]
    filter_of(aws, arn, [f"shop-{number}" for number in range(150)])
    ended = cli("alarm", "add", "demo", "many@shop.test")
    assert (ended.code, ended.err) == (
        1,
        (
            "orderbridge: This address gets the alarms of 150 shops, and SNS allows no more. Use a second address, or "
            "the stack's parameter ShopAlarmEmail for one that gets the alarms of every shop.\n"
        ),
    )
    filter_of(aws, arn, [f"shop-{number}" for number in range(149)])
    assert cli("alarm", "add", "demo", "many@shop.test").code == 0
    assert cli("alarm", "add", "demo", "many@shop.test").code == 0


@pytest.mark.parametrize("request_", ["subscribe", "set_subscription_attributes"])
def test_a_topic_that_takes_no_more_filters_is_a_line_of_its_own(
    cli: Cli, tmp_path: Path, aws: Aws, request_: str
) -> None:
    add(cli, tmp_path / "shop.toml")
    add(cli, tmp_path / "other.toml", OTHER)
    if request_ == "set_subscription_attributes":
        cli("alarm", "add", "other", "operations@shop.test")
    full = aws.sns.exceptions.FilterPolicyLimitExceededException(
        {"Error": {"Code": "FilterPolicyLimitExceeded", "Message": "operations@shop.test"}}, request_
    )
    with patch.object(aws.sns, request_, side_effect=full):
        ended = cli("alarm", "add", "demo", "operations@shop.test")
    assert ended.code == 1
    assert (
        "SNS takes no more filters for this topic (200, unless AWS raised the quota). Remove an" in ended.err
    )
    assert ended.err.count("\n") == 1
    assert "@" not in ended.err


def test_a_stack_without_the_topic_says_so(cli: Cli, services: Services) -> None:
    ended = cli("alarm", "list", stack=services.with_settings(SHOP_ALARMS_TOPIC_ARN=""))
    assert (ended.code, ended.err) == (
        1,
        "orderbridge: The stack has no topic for alarms: deploy the present template.\n",
    )
