"""`make deploy` as a process, with a terminal and without, against a stand-in of AWS and of the SAM CLI."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from deployment import deploy
from tests.unit.deployment.fake_aws import ACCOUNT, ARN, FakeAws, serving
from tests.waiting import FAR, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
PATIENCE = 2 * FAR
SAM = f"""#!{sys.executable}
import json, os, pathlib, signal, sys, time
with open(os.environ["SAM_CALLS"], "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
print("sam", sys.argv[1], flush=True)
if sys.argv[1] == os.environ.get("SAM_HANGS"):
    print("hanging", flush=True)
    time.sleep(60)
sys.exit(int(sys.argv[1] == os.environ.get("SAM_FAILS")))
"""


class Ended(NamedTuple):
    """How a deployment ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class Place:
    """Where a deployment is run: its folder of answers, the calls of its SAM CLI, its AWS."""

    folder: Path
    aws: FakeAws
    address: str
    sam_fails: str = ""
    sam_hangs: str = ""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """Variable of the environment → value, such as another address of one service."""

    @property
    def calls(self) -> list[list[str]]:
        path = self.folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def answers(self) -> str:
        return "".join(path.read_text() for path in sorted((self.folder / "answers").glob("*.toml")))

    def command(self, *arguments: str) -> list[str]:
        sam = self.folder / "sam"
        sam.write_text(SAM)
        sam.chmod(0o755)
        own = ("--sam", str(sam), "--answers", str(self.folder / "answers"))
        return [sys.executable, "-m", "deployment.deploy", *own, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return env | {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "very-secret",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "NO_PROXY": "127.0.0.1",
            "SAM_CALLS": str(self.folder / "calls"),
            "SAM_FAILS": self.sam_fails,
            "SAM_HANGS": self.sam_hangs,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "shared"), str(ROOT)]),
            **self.elsewhere,
        }

    def here(self, *arguments: str) -> Ended:
        """Without a terminal, in this process."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, Path(os.devnull).open() as nobody:
            for name in set(os.environ) - set(self.environment):
                patch.delenv(name)
            for name, value in self.environment.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdin", nobody)
            with redirect_stdout(out), redirect_stderr(err):
                code = deploy.main(self.command(*arguments)[3:])
        return Ended(code, out.getvalue(), err.getvalue())

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Without a terminal, as a process."""
        return subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def talk(self, answers: list[tuple[str, str]], *arguments: str) -> tuple[int, str]:
        """At a terminal: each answer once its question is there (^C: the key). Returns exit code and screen."""
        master, slave = pty.openpty()
        with (
            os.fdopen(master, "r+b", buffering=0) as screen,
            started(
                self.command(*arguments),
                cwd=ROOT,
                env=self.environment,
                stdin=slave,
                stdout=slave,
                stderr=slave,
            ) as process,
        ):
            os.close(slave)
            seen = Screen(screen.fileno())
            for question, answer in answers:
                seen.wait_for(question)
                if answer == "^C":
                    # One that comes between the question and the reading of the answer is only noted.
                    while not seen.more(lambda: os.killpg(process.pid, signal.SIGINT)):
                        pass
                else:
                    screen.write(f"{answer}\n".encode())
            seen.wait_for_the_end()
            return process.wait(PATIENCE), seen.text


class Screen:
    """What was shown on a terminal."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._from = 0
        self.text = ""

    def wait_for(self, words: str) -> None:
        """Until `words` are shown, after those that were waited for before."""
        until = time.monotonic() + PATIENCE
        while words not in self.text[self._from :]:
            assert self._read(until), f"{words!r} is not asked: {self.text}"
        self._from = self.text.index(words, self._from) + len(words)

    def more(self, press: Callable[[], None]) -> bool:
        """Presses a key. Whether anything is shown within five seconds, or the end."""
        press()
        ready, _, _ = select.select([self._file], [], [], 5)
        return bool(ready)

    def wait_for_the_end(self) -> None:
        until = time.monotonic() + PATIENCE
        while self._read(until):
            pass

    def _read(self, until: float) -> bool:
        ready, _, _ = select.select([self._file], [], [], max(0.0, until - time.monotonic()))
        assert ready, f"nothing comes any more: {self.text}"
        try:
            more = os.read(self._file, 4096)
        except OSError:  # the other side is closed
            return False
        self.text += more.decode().replace("\r\n", "\n")
        return bool(more)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    aws = FakeAws()
    with serving(aws) as address:
        yield Place(tmp_path, aws, address)


FIRST = [
    ("Name of the stack", ""),
    ("AWS region", ""),
    ("E-mail for alarms", "me@example.com"),
    ("yes/no", "yes"),
]


def test_the_first_time_asks_and_the_second_time_asks_only_whether(place: Place) -> None:
    place.aws.states = ["", "CREATE_COMPLETE"]
    code, screen = place.talk(FIRST)
    assert code == 0, screen
    for line in (
        f"account   {ACCOUNT}, you are {ARN}",
        "region    eu-central-1",
        "limits",
        "this is the first time",
    ):
        assert line in screen
    assert screen.rstrip().endswith(
        "orderbridge shop add shop.toml --stack orderbridge --region eu-central-1"
    )
    assert ".venv/bin/orderbridge shop init" in screen
    assert "https://api.example.com" in screen
    build, deployed = place.calls
    assert build == ["build", "--parameter-overrides", "Architecture=arm64"]
    assert deployed[deployed.index("--parameter-overrides") + 1 :] == [
        'AlarmEmail="me@example.com"',
        'Architecture="arm64"',
    ]
    code, screen = place.talk([("yes/no", "yes")])
    assert code == 0, screen
    assert "exists: this is an update (CREATE_COMPLETE)" in screen
    assert "shop list --stack orderbridge" in screen
    assert place.calls[-1][-2:] == ["--parameter-overrides", 'Architecture="arm64"']


def test_a_service_that_is_not_reached_while_limits_are_read_is_one_line(place: Place) -> None:
    place.elsewhere = {"AWS_ENDPOINT_URL_SERVICE_QUOTAS": "http://127.0.0.1:1"}
    ended = place.here(*KNOWN)
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert ended.stderr.startswith("AWS cannot be reached (EndpointConnectionError)")
    assert not place.calls


def test_nothing_secret_is_kept_or_shown(place: Place) -> None:
    _, screen = place.talk(FIRST)
    kept = place.answers
    assert 'region = "eu-central-1"' in kept
    assert f'account = "{ACCOUNT}"' in kept
    assert "very-secret" not in kept + screen


def test_a_wrong_answer_is_asked_again(place: Place) -> None:
    code, screen = place.talk(
        [("Name of the stack", "Shops"), ("Name of the stack", "shops"), ("AWS region", "Prague"), ("AWS region", ""),
         ("E-mail", "nobody"), ("E-mail", ""), ("yes/no", "no")]
    )  # fmt: skip
    assert code == 1
    assert place.calls == []
    assert "small letters" in screen
    assert "nothing was deployed" in screen


def test_without_a_terminal_flags_say_everything(place: Place) -> None:
    place.aws.states = ["", "CREATE_COMPLETE"]
    done = place.run("--stack-name", "staging", "--region", "eu-west-1", "--alarm-email", "", "--yes",
                     "--parameter-overrides", "LogLevel=DEBUG")  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    deployed = place.calls[-1]
    assert [deployed[deployed.index(name) + 1] for name in ("--stack-name", "--region", "--s3-prefix")] == [
        "staging",
        "eu-west-1",
        "staging",
    ]
    assert deployed[-3:] == ['LogLevel="DEBUG"', 'AlarmEmail=""', 'Architecture="arm64"']
    assert "to nobody" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--stack-name"),
        (("--stack-name", "a1"), "--region"),
        (("--stack-name", "a1", "--region", "eu-central-1"), "--alarm-email"),
        (("--stack-name", "a1", "--region", "eu-central-1", "--alarm-email", ""), "--yes"),
        (("--stack-name", "A_1"), "small letters"),
        (("--stack-name", "a1", "--region", "eu"), "eu-central-1"),
        (("--alarm-email", "x"), "e-mail"),
        (("--parameter-overrides", "x"), "NAME=VALUE"),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_named_without_a_terminal(
    place: Place, arguments: tuple[str, ...], words: str
) -> None:
    done = place.here(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert place.calls == []


KNOWN = ("--stack-name", "orderbridge", "--region", "eu-central-1", "--alarm-email", "", "--yes")


@pytest.mark.parametrize(
    ("code", "words"),
    [("ExpiredToken", "expired"), ("InvalidClientTokenId", "check them"), ("AccessDenied", "rights")],
)
def test_credentials_that_are_refused_end_it_in_one_line(place: Place, code: str, words: str) -> None:
    place.aws.credentials = code
    done = place.here(*KNOWN)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_aws_that_cannot_be_reached_is_exit_code_3(place: Place) -> None:
    place.address = "http://127.0.0.1:9"
    done = place.here(*KNOWN)
    assert done.returncode == 3
    assert "network" in done.stderr


def test_a_narrow_account_stops_it_unless_told_otherwise(place: Place) -> None:
    place.aws.executions = 10
    place.aws.states = ["", "CREATE_COMPLETE"]
    done = place.here(*KNOWN)
    assert done.returncode == 1
    assert "LIMITS=ignore" in done.stderr
    assert place.calls == []
    assert place.here(*KNOWN, "--ignore-limits").returncode == 0


def test_another_account_than_the_last_time_is_refused(place: Place) -> None:
    (place.folder / "answers").mkdir()
    (place.folder / "answers" / "orderbridge.toml").write_text(
        'account = "999900001111"\nregion = "eu-central-1"\n'
    )
    done = place.here("--yes")
    assert done.returncode == 1
    assert "999900001111" in done.stderr
    assert ACCOUNT in done.stderr
    assert place.calls == []


def test_a_file_of_answers_that_cannot_be_read_is_named(place: Place) -> None:
    (place.folder / "answers").mkdir()
    (place.folder / "answers" / "orderbridge.toml").write_text("region = 1\n")
    done = place.here("--yes")
    assert done.returncode == 1
    assert "orderbridge.toml" in done.stderr


def test_of_two_known_stacks_one_is_chosen(place: Place) -> None:
    place.aws.states = ["CREATE_COMPLETE"]
    for name in ("production", "staging"):
        assert place.here("--stack-name", name, "--region", "eu-central-1", "--yes").returncode == 0
    assert place.here("--yes").returncode == 2
    code, screen = place.talk([("Name of the stack", "staging"), ("yes/no", "yes")])
    assert code == 0, screen
    assert "production, staging" in screen


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("ROLLBACK_COMPLETE", "delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "describe-stacks"),
    ],
)
def test_a_stack_that_cannot_be_deployed_to_is_left_alone(place: Place, state: str, command: str) -> None:
    place.aws.states = [state]
    done = place.here(*KNOWN)
    assert done.returncode == 1
    assert f"aws cloudformation {command} --stack-name orderbridge --region eu-central-1" in done.stderr
    assert place.calls == []


def test_a_failed_build_deploys_nothing(place: Place) -> None:
    place.sam_fails = "build"
    done = place.here(*KNOWN)
    assert done.returncode == 1
    assert "nothing was deployed" in done.stderr
    assert [call[0] for call in place.calls] == ["build"]


def test_a_failed_deployment_says_the_state_the_reason_and_how_to_go_on(place: Place) -> None:
    place.sam_fails = "deploy"
    place.aws.states = ["", "ROLLBACK_COMPLETE"]
    place.aws.failure = "no right to dynamodb:CreateTable"
    done = place.here(*KNOWN)
    assert done.returncode == 1
    assert "(ROLLBACK_COMPLETE)" in done.stderr
    assert "OrdersTable: no right to dynamodb:CreateTable" in done.stderr
    assert "delete-stack --stack-name orderbridge" in done.stderr


def test_an_interrupted_deployment_says_what_state_the_stack_is_in(place: Place) -> None:
    place.sam_hangs = "deploy"
    place.aws.states = ["", "CREATE_IN_PROGRESS"]
    code, screen = place.talk([*FIRST, ("hanging", "^C")])
    assert code == 1
    assert "Interrupted." in screen
    assert "(CREATE_IN_PROGRESS)" in screen
    assert "describe-stacks" in screen
    assert "KeyboardInterrupt" not in screen.partition("Interrupted.")[2]


def test_an_interrupted_question_has_changed_nothing(place: Place) -> None:
    code, screen = place.talk([("Name of the stack", "^C")])
    assert code == 1
    assert "Interrupted before anything was deployed" in screen
    assert "Traceback" not in screen
    assert place.calls == []
