"""The command line as a process: what it prints, exit codes, prompts, and what an interruption leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli.aws_servers import cloudformation, moto_server
from tests.cli.process import PROGRAM, Deployed, Shell, deployed, ended
from tests.cli.registering import TOML
from tests.contract.conftest import make_aws, make_clients
from tests.waiting import FAR, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.aws_servers import CloudFormation

pytestmark = [
    # pexpect forks, and the stand-ins of AWS are threads of this process.
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

WITHOUT_SECRETS = TOML.partition("[secrets]")[0]
TYPED = ("https://shop.test/export?key=hush", "client-hush")


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, CloudFormation]]:
    with moto_server() as url, cloudformation() as stack:
        yield url, stack


@pytest.fixture
def stack(servers: tuple[str, CloudFormation]) -> Deployed:
    url, cloud = servers
    return deployed(url, make_aws(make_clients(url)), cloud)


@pytest.fixture
def shell(stack: Deployed, tmp_path: Path) -> Iterator[Shell]:
    (tmp_path / "shop.toml").write_text(WITHOUT_SECRETS, encoding="utf-8")
    (tmp_path / "secrets.toml").write_text(TOML[TOML.index("[secrets]") :], encoding="utf-8")
    with closing(Shell(tmp_path, stack.environment)) as shell:
        yield shell


def connected(shell: Shell) -> None:
    assert shell.run("shop", "add", "shop.toml", "--secrets", "secrets.toml").code == 0


class TestWithoutATerminal:
    def test_nothing_but_text_is_printed_when_piped(self, shell: Shell) -> None:
        """Though somebody's settings ask for colour."""
        connected(shell)
        for arguments in (("shop", "list"), ("shop", "show", "demo"), ("operator", "list"), ("--help",)):
            found = shell.run(*arguments, FORCE_COLOR="1", CLICOLOR_FORCE="1", TTY_COMPATIBLE="1")
            assert found.out
            assert (found.out + found.err).replace("\n", "").isprintable()

    def test_a_document_is_all_that_json_prints(self, shell: Shell) -> None:
        connected(shell)
        listed = shell.run("shop", "list", "--json")
        assert (listed.code, listed.json["shops"][0]["shop"], listed.err) == (1, "demo", "")
        for arguments, code in ((("shop", "show", "demi", "--json"), 2), (("shop", "lst", "--json"), 2)):
            failed = shell.run(*arguments)
            assert failed.code == code
            assert failed.json["error"]["exit_code"] == code
            assert failed.err == f"orderbridge: {failed.json['error']['text']}\n"

    def test_a_command_that_asks_changes_nothing_without_yes(self, shell: Shell, stack: Deployed) -> None:
        connected(shell)
        refused = shell.run("shop", "remove", "demo")
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
        assert "--yes" in refused.err
        assert stack.services.shops.get("demo") is not None
        assert shell.run("shop", "remove", "demo", "--yes").code == 0
        assert stack.services.shops.get("demo") is None

    def test_secrets_come_from_stdin(self, shell: Shell, stack: Deployed) -> None:
        added = shell.run("shop", "add", "shop.toml", "--secrets", "-", given=TOML[TOML.index("[secrets]") :])
        assert (added.code, "hush" in added.out + added.err) == (0, False)
        assert stack.services.secrets.of("demo").client_id == "client-hush"
        rotated = shell.run("shop", "rotate-key", "demo", "--secrets", "-", given='{"client_id": "new-hush"}')
        assert (rotated.code, "hush" in rotated.out + rotated.err) == (0, False)
        stack.services.secrets.forget("demo")
        assert stack.services.secrets.of("demo").client_id == "new-hush"
        assert stack.services.secrets.of("demo").export_url == TYPED[0]

    @pytest.mark.parametrize(
        "arguments",
        [
            ("shop", "rotate-key", "demo", "client-hush"),
            ("shop", "rotate-key", "demo", "--client-id=client-hush"),
            ("shop", "add", "shop.toml", "client-hush"),
        ],
    )
    def test_a_secret_that_is_given_as_an_argument_is_refused_and_not_repeated(
        self, shell: Shell, arguments: tuple[str, ...]
    ) -> None:
        found = shell.run(*arguments)
        assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
        assert "hush" not in found.err

    @pytest.mark.parametrize("arguments", ["--help", "operator list", "shop list --json"])
    def test_whoever_reads_only_the_beginning_is_no_error(self, shell: Shell, arguments: str) -> None:
        script = f'{" ".join(PROGRAM)} {arguments} | true; echo "${{PIPESTATUS[0]}}"'
        done = subprocess.run(
            ["/bin/bash", "-c", script],
            capture_output=True,
            cwd=shell.folder,
            env=shell.environment,
            check=True,
        )
        assert (done.stdout, done.stderr) == (b"0\n", b"")

    def test_an_encoding_without_our_signs_is_no_error(self, shell: Shell) -> None:
        connected(shell)
        assert shell.run("shop", "list", PYTHONIOENCODING="ascii").code == 1


REFUSALS = {
    "expired": (403, "ExpiredToken", 3, "sign in again"),
    "wrong key": (403, "InvalidClientTokenId", 3, "sign in again"),
    "no right": (403, "AccessDenied", 3, "docs/deploy.md"),
    "no stack": (400, "ValidationError", 2, "Stack shops does not exist"),
    "half a stack": (200, "", 2, "deploy it again"),
}


class TestWithoutAws:
    @pytest.mark.parametrize("case", REFUSALS)
    def test_a_refusal_of_aws_is_one_line_with_what_to_do(
        self, shell: Shell, stack: Deployed, case: str
    ) -> None:
        status, code, exit_code, line = REFUSALS[case]
        if code:
            stack.cloudformation.refuse(status, code)
        else:
            stack.cloudformation.describe({"TableName": ""}, tls=True)
        found = shell.run("shop", "list", "--json")
        assert (found.code, found.err.count("\n")) == (exit_code, 1)
        assert line in found.err
        assert "hush" not in found.err
        assert found.json["error"]["exit_code"] == exit_code

    @pytest.mark.parametrize(
        ("more", "code", "line"),
        [
            ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 3, "No AWS credentials"),
            ({"AWS_PROFILE": "nobody"}, 3, "No AWS credentials (ProfileNotFound)"),
            ({"AWS_DEFAULT_REGION": ""}, 2, "No AWS region"),
            ({"AWS_ENDPOINT_URL_CLOUDFORMATION": "http://127.0.0.1:1"}, 3, "AWS cannot be reached"),
            ({"ORDERBRIDGE_STACK": ""}, 2, "No stack is named"),
        ],
    )
    def test_what_is_missing_is_one_line_with_what_to_do(
        self, shell: Shell, more: dict[str, str], code: int, line: str
    ) -> None:
        left = {name: value for name, value in (shell.environment | more).items() if value}
        shell.environment = left
        found = shell.run("shop", "list")
        assert (found.code, found.out, found.err.count("\n")) == (code, "", 1)
        assert line in found.err

    def test_a_local_stack_that_was_stopped_says_how_to_start_it(self, tmp_path: Path) -> None:
        (tmp_path / ".local").mkdir()
        aws = {"stack": "local", "region": "eu-central-1", "endpoint_url": "http://127.0.0.1:1"}
        (tmp_path / ".local" / "stack.json").write_text(json.dumps({"aws": aws}), encoding="utf-8")
        found = Shell(tmp_path).run("shop", "list")
        assert (found.code, found.err.count("\n"), "make up" in found.err) == (3, 1, True)

    def test_a_mistake_of_ours_is_one_line_without_its_text(self, shell: Shell, tmp_path: Path) -> None:
        (tmp_path / "sitecustomize.py").write_text(
            "import sys, types\nsys.modules['orderbridge.bootstrap'] = types.ModuleType('hush')\n",
            encoding="utf-8",
        )
        path = f"{tmp_path}{os.pathsep}{shell.environment['PYTHONPATH']}"
        found = shell.run("shop", "list", PYTHONPATH=path)
        assert (found.code, found.err.count("\n"), "hush" in found.err) == (1, 1, False)
        assert "ImportError" in found.err


class TestAtATerminal:
    def test_a_secret_is_typed_without_being_shown(self, shell: Shell, stack: Deployed) -> None:
        child = shell.type("shop", "add", "shop.toml")
        for prompt, secret in zip(("Address of the export.*: ", "client_id.*: "), TYPED, strict=True):
            child.expect(prompt)
            child.sendline(secret)
        code, shown = ended(child)
        assert (code, "hush" in shown) == (0, False)
        assert "orderbridge doctor demo" in shown
        stored = stack.services.secrets.of("demo")
        assert (stored.export_url, stored.client_id) == TYPED

    def test_an_empty_answer_keeps_a_secret(self, shell: Shell, stack: Deployed) -> None:
        connected(shell)
        child = shell.type("shop", "rotate-key", "demo")
        for secret in ("new-hush", "", ""):
            child.expect(r"\(empty: keep it\): ")
            child.sendline(secret)
        code, shown = ended(child)
        assert (code, "hush" in shown) == (0, False)
        stored = stack.services.secrets.of("demo")
        assert (stored.export_url, stored.client_id) == (TYPED[0], "new-hush")

    def test_the_file_that_was_asked_for_is_one_that_a_shop_is_connected_with(
        self, shell: Shell, stack: Deployed, tmp_path: Path
    ) -> None:
        child = shell.type("shop", "init", "--out", "new.toml")
        for prompt, answer in (
            ("Short name", "garden"),
            ("Language", "sk"),
            ("Export profile", ""),
            ("Where do", ""),
            ("Leave orders", "2026-11-01"),
        ):
            child.expect(prompt)
            child.expect(": ")
            child.sendline(answer)
        assert ended(child)[0] == 0
        assert (tmp_path / "new.toml").exists()
        assert shell.run("shop", "add", "new.toml", "--secrets", "secrets.toml").code == 0
        record = stack.services.shops.get("garden")
        assert record is not None
        assert (record.settings.language, record.settings.profile) == ("sk", "orders")

    @pytest.mark.parametrize(("answer", "left"), [("n", True), ("", True), ("y", False)])
    def test_a_removal_asks(self, shell: Shell, stack: Deployed, answer: str, *, left: bool) -> None:
        connected(shell)
        child = shell.type("shop", "remove", "demo")
        child.expect(r"\[y/N\] ")
        child.sendline(answer)
        code, shown = ended(child)
        assert code == (1 if left else 0)
        assert ("Nothing was changed." in shown) is left
        assert (stack.services.shops.get("demo") is not None) is left

    def test_a_table_fits_the_terminal(self, shell: Shell) -> None:
        connected(shell)
        _, shown = ended(shell.type("shop", "list"))
        assert "demo" in shown


class TestStopped:
    def test_at_a_question_nothing_is_written(self, shell: Shell, tmp_path: Path) -> None:
        before = sorted(tmp_path.iterdir())
        child = shell.type("shop", "init", "--out", "new.toml")
        child.expect("Short name")
        child.sendintr()
        code, shown = ended(child)
        assert (code, shown.count("orderbridge: Stopped.")) == (1, 1)
        assert "Traceback" not in shown
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.parametrize("key", ["c", "d"])
    def test_at_a_secret_nothing_is_written(self, shell: Shell, stack: Deployed, key: str) -> None:
        child = shell.type("shop", "add", "shop.toml")
        child.expect("Address of the export.*: ")
        child.sendcontrol(key)
        code, shown = ended(child)
        assert (code, shown.count("orderbridge: Stopped.")) == (1, 1)
        assert "Traceback" not in shown
        assert stack.services.shops.all() == []
        with pytest.raises(stack.aws.ssm.exceptions.ParameterNotFound):
            stack.aws.ssm.get_parameter(Name=f"{stack.aws.prefix}/shops/demo")

    def test_while_aws_is_waited_for(self, shell: Shell, stack: Deployed) -> None:
        stack.cloudformation.hangs = True
        stack.cloudformation.asked.clear()
        try:
            with started(
                [*PROGRAM, "shop", "add", "shop.toml", "--secrets", "secrets.toml"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=shell.folder,
                env=shell.environment,
            ) as process:
                assert stack.cloudformation.asked.wait(FAR)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=2 * FAR)
        finally:
            stack.cloudformation.hangs = False
        assert (process.returncode, out, err.count(b"\n")) == (1, b"", 1)
        assert err.startswith(b"orderbridge: Stopped.")
        assert stack.services.shops.all() == []


def test_a_terminal_that_ends_is_no_answer(shell: Shell) -> None:
    child = shell.type("shop", "init", "--out", "new.toml")
    child.expect("Short name")
    child.sendeof()
    code, shown = ended(child)
    assert (code, "Stopped." in shown) == (1, True)
