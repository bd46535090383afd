"""Who gets the alarms of a shop: the program's commands for addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from orderbridge.registry.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.contract.conftest import Aws
from tests.contract.registering import NOBODY, TOML, alarm, put


def test_an_address_gets_the_alarms_of_its_shops_until_it_is_removed(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "demo.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    address = ("--email", "operations@shop.test")
    capsys.readouterr()
    assert alarm(registry, "list") == 0
    assert capsys.readouterr().out == "nobody gets alarms\n"
    assert alarm(registry, "add", "--shop", "demo", *address) == 0
    assert "as soon as it has opened the link" in capsys.readouterr().out
    assert alarm(registry, "add", "--shop", "demo", *address) == 0
    assert alarm(registry, "add", "--shop", "other", *address) == 0
    capsys.readouterr()
    alarm(registry, "list")
    assert capsys.readouterr().out == "operations@shop.test: demo, other\n"
    assert alarm(registry, "remove", "--shop", "demo", *address) == 0
    assert alarm(registry, "remove", "--shop", "demo", *address) == 1
    assert capsys.readouterr().err.endswith("this address gets no alarms of shop demo: see alarm list\n")
    alarm(registry, "list")
    assert capsys.readouterr().out == "operations@shop.test: other\n"


def test_a_shop_whose_alarms_nobody_gets_is_shown_as_such(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "demo.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    alarm(registry, "add", "--shop", "demo", "--email", "operations@shop.test")
    capsys.readouterr()
    put(registry, tmp_path / "demo.toml", TOML)
    assert capsys.readouterr().out == "shop demo is registered\n"
    assert main(["list", "--stack", "test"], registry) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.endswith(NOBODY) for line in shown] == [False, True]


@pytest.mark.parametrize("protocol", ["email", "https"])
def test_whoever_hears_of_every_shop_counts(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str], protocol: str
) -> None:
    endpoint = {"email": "all@shop.test", "https": "https://pager.test/x"}[protocol]
    aws.sns.subscribe(TopicArn=aws.topic, Protocol=protocol, Endpoint=endpoint)
    put(registry, tmp_path / "demo.toml", TOML)
    assert capsys.readouterr().out == "shop demo is registered\n"


@pytest.mark.parametrize("topic", ["", "arn:aws:sns:eu-central-1:1:gone"])
def test_a_shop_is_registered_also_by_who_may_not_see_the_listeners(
    registry: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str], topic: str
) -> None:
    blind = registry.with_settings(SHOP_ALARMS_TOPIC_ARN=topic)
    assert put(blind, tmp_path / "demo.toml", TOML) == 0
    assert "who gets this shop's alarms cannot be seen" in capsys.readouterr().out
    assert main(["remove", "--stack", "test", "demo"], registry.with_settings(SHOP_ALARMS_TOPIC_ARN="")) == 0


@pytest.mark.parametrize(
    ("shop", "email", "problem"),
    [
        ("demi", "operations@shop.test", "shop demi: is not registered"),
        ("demo", "operations", "email: not an e-mail address"),
        ("demo", "a@b@shop.test", "email: not an e-mail address"),
        ("demo", "Operations <a@shop.test>", "email: not an e-mail address"),
    ],
)
def test_a_wrong_shop_or_address_gets_no_alarms(
    registry: Services,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    shop: str,
    email: str,
    problem: str,
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    assert alarm(registry, "add", "--shop", shop, "--email", email) == 1
    shown = capsys.readouterr().err
    assert problem in shown
    assert shown.count("\n") == 1
    assert "@" not in shown
    assert registry.listeners is not None
    assert registry.listeners.all() == ()


def filter_of(aws: Aws, arn: str, shops: list[str]) -> None:
    aws.sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=json.dumps({"shop": shops})
    )


def test_an_address_hears_of_no_more_shops_than_sns_takes(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    address = ("--shop", "demo", "--email", "many@shop.test")
    arn = aws.sns.subscribe(TopicArn=aws.topic, Protocol="email", Endpoint="many@shop.test")[
        "SubscriptionArn"
    ]
    filter_of(aws, arn, [f"shop-{number}" for number in range(150)])
    capsys.readouterr()
    assert alarm(registry, "add", *address) == 1
    assert capsys.readouterr().err == (
        "orderbridge.registry: this address hears of 150 shops, and SNS takes 150 at most: use a second address, or "
        "the stack's parameter ShopAlarmEmail for one that hears of every shop\n"
    )
    filter_of(aws, arn, [f"shop-{number}" for number in range(149)])
    assert alarm(registry, "add", *address) == 0
    assert alarm(registry, "add", *address) == 0


@pytest.mark.parametrize("request_", ["subscribe", "set_subscription_attributes"])
def test_a_topic_that_takes_no_more_filters_is_a_line_of_its_own(
    registry: Services, tmp_path: Path, aws: Aws, capsys: pytest.CaptureFixture[str], request_: str
) -> None:
    put(registry, tmp_path / "shop.toml", TOML)
    put(registry, tmp_path / "other.toml", TOML.replace('"demo"', '"other"'))
    if request_ == "set_subscription_attributes":
        alarm(registry, "add", "--shop", "other", "--email", "operations@shop.test")
    capsys.readouterr()
    full = aws.sns.exceptions.FilterPolicyLimitExceededException(
        {"Error": {"Code": "FilterPolicyLimitExceeded", "Message": "operations@shop.test"}}, request_
    )
    with patch.object(aws.sns, request_, side_effect=full):
        assert alarm(registry, "add", "--shop", "demo", "--email", "operations@shop.test") == 1
    shown = capsys.readouterr().err
    assert "SNS takes no more filters for this topic (200, unless AWS raised the quota): remove an" in shown
    assert shown.count("\n") == 1
    assert "@" not in shown


def test_a_stack_without_the_topic_says_so(registry: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert alarm(registry.with_settings(SHOP_ALARMS_TOPIC_ARN=""), "list") == 1
    assert "stack test: has no output ShopAlarmsTopicArn" in capsys.readouterr().err
