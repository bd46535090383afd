"""The command line in this process, on the real adapters over a stand-in of AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.bootstrap import Services
from orderbridge_cli import language
from orderbridge_cli.app import main
from orderbridge_cli.frame import Sessions
from orderbridge_cli.session import Options, Session
from tests.contract.conftest import aws, moto_clients  # noqa: F401 - fixtures
from tests.fakes import ManualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.conftest import Aws


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - as different as the commands
        """The document that it printed."""
        return json.loads(self.out)


@pytest.fixture
def services(aws: Aws) -> Services:  # noqa: F811 - a fixture
    """A stack of the test's own."""
    settings = {
        "TABLE_NAME": aws.table,
        "SECRETS_PREFIX": aws.prefix,
        "SHOP_ALARMS_TOPIC_ARN": aws.topic,
        "CHECKPOINTS_BUCKET": aws.bucket,
        "API_URL": "https://api.test/live",
        "CONSOLE_URL": "https://api.test/live/console",
        "REQUIRE_TLS": "false",
        **{f"{name.upper().replace('-', '_')}_QUEUE_URL": url for name, url in aws.queue_urls.items()},
    }
    clients: dict[str, Any] = {
        "dynamodb": aws.dynamodb,
        "s3": aws.s3,
        "sns": aws.sns,
        "sqs": aws.sqs,
        "ssm": aws.ssm,
    }
    return Services(settings, client=clients.__getitem__, clock=ManualClock())


@pytest.fixture
def cli(
    services: Services, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Runs ``orderbridge`` with some arguments on that stack, in English."""

    monkeypatch.setenv("LC_ALL", "C")

    def run(*arguments: str, stack: Services | None = None) -> Ended:
        """`stack`: another one than the fixture's."""

        def session(options: Options) -> Session:
            return Session(options, services if stack is None else stack)

        monkeypatch.setattr(Sessions, "made", staticmethod(session))
        capsys.readouterr()
        try:
            code = main(arguments)
        finally:
            language.use("en")
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run
