"""What is said of an account before the product is deployed into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError
from botocore.stub import Stubber

from deployment import limits
from tests.unit.functions import template

if TYPE_CHECKING:
    from collections.abc import Callable

    Said = Callable[["Account"], tuple[int, list[str]]]

Json = Any
FILTERS = {"QuotaName": "Filter policies per topic", "Value": 500.0}


class Account:
    """Stubs of an account. An answer that is a text is the code of an error."""

    def __init__(self, executions: Json = 1000, throughput: Json = "true", quotas: Json = (FILTERS,)) -> None:
        self.answers = {
            "lambda": (
                "get_account_settings",
                executions if isinstance(executions, str) else _settings(executions),
            ),
            "ssm": ("get_service_setting", {"ServiceSetting": {"SettingValue": throughput}}),
            "service-quotas": (
                "list_service_quotas",
                quotas if isinstance(quotas, str) else {"Quotas": [*quotas]},
            ),
        }

    def client(self, service: str) -> Json:
        made = boto3.client(  # type: ignore[call-overload]
            service, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        method, answer = self.answers[service]
        stub = Stubber(made)
        if isinstance(answer, str):
            stub.add_client_error(method, service_error_code=answer)
        else:
            stub.add_response(method, answer)
        stub.activate()
        return made


def _settings(executions: int) -> Json:
    both = {"ConcurrentExecutions": executions, "UnreservedConcurrentExecutions": executions}
    return {"AccountLimit": both}


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def run(account: Account) -> tuple[int, list[str]]:
        code = limits.main(["--stack-name", "x", "--parameter-overrides", "A=b"], account.client)
        return code, capsys.readouterr().err.splitlines()

    return run


def test_of_a_wide_account_only_what_many_shops_need_is_said(said: Said) -> None:
    code, lines = said(Account())
    assert code == 0
    assert [line[:9] for line in lines] == ["note SNS:"]
    assert "500 addresses" in lines[0]


@pytest.mark.parametrize(
    ("executions", "code", "start"),
    [(10, 1, "STOP"), (49, 1, "STOP"), (50, 0, "note"), (171, 0, "note"), (172, 0, None)],
)
def test_a_narrow_account_is_told_what_to_ask_for(
    said: Said, executions: int, code: int, start: str | None
) -> None:
    got, lines = said(Account(executions))
    told = [line for line in lines if " Lambda: " in line]
    assert got == code
    assert [line[:4] for line in told] == ([start] if start else [])
    assert all(f"{executions} concurrent" in line and "ask for 1000" in line for line in told)
    assert ("LIMITS=ignore" in lines[-1]) is bool(code)


def test_ssm_s_usual_throughput_is_a_note(said: Said) -> None:
    code, lines = said(Account(throughput="false"))
    assert code == 0
    assert "higher throughput" in lines[0]


def test_what_may_not_be_read_is_not_checked_and_stops_nothing(said: Said) -> None:
    code, lines = said(Account("AccessDeniedException", quotas="AccessDeniedException"))
    assert code == 0
    assert [line.split(",")[0] for line in lines] == [
        "note executions: not checked",
        "note filters: not checked",
    ]


def test_without_the_quota_s_name_the_usual_number_is_said(said: Said) -> None:
    assert "200 addresses" in said(Account(quotas=()))[1][-1]


def test_without_credentials_one_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def client(_: str) -> Json:
        raise NoCredentialsError

    assert limits.main([], client) == 1
    assert "check credentials and region" in capsys.readouterr().err


def test_what_the_queues_start_at_once_is_what_the_template_says() -> None:
    total = 0
    for properties in template.functions().values():
        for source in properties.get("Events", {}).values():
            limit = source["Properties"].get("ScalingConfig", {}).get("MaximumConcurrency", 0)
            if isinstance(limit, dict):
                limit = limit["Fn::If"][1] if "Fn::If" in limit else limit
                limit = (
                    template.read()["Parameters"][limit["Ref"]]["Default"]
                    if isinstance(limit, dict)
                    else limit
                )
            total += limit
    assert total == limits.MAX_AT_ONCE
