"""What every command has at hand: the stack, who calls, and the ways to ask a person and to show progress."""

from __future__ import annotations

import getpass
import json
import os
import sys
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.language import language, t

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from rich.console import Console

    from orderbridge.bootstrap import Services
    from orderbridge.texts import Language

LOCAL_STACK = Path(".local") / "stack.json"
"""Where a running local stack leaves its addresses, seen from the folder that it was started in."""
LOCAL_KEY = "test"
"""Key id and secret of the local stack's administrator. It belongs to a stand-in and is no secret."""

Advance = Callable[[int], None]
"""Says that so many more are done."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options that every command has."""

    stack: str = ""
    """Name of the deployed stack; empty: ``ORDERBRIDGE_STACK``, or a running local stack."""
    region: str = ""
    """AWS region; empty: that of the caller's AWS settings."""
    profile: str = ""
    """Profile of the caller's AWS settings; empty: the default."""
    as_json: bool = False
    """Whether the result is one JSON document."""


class Session:
    """One command's run. Every part is made at its first use, so `--help` and wrong use need no AWS."""

    def __init__(self, options: Options, services: Services | None = None) -> None:
        """`services`: those of a stack that is open already, as tests have one."""
        self.options = options
        self._given = services

    @cached_property
    def services(self) -> Services:
        """The product's services of the stack, with the caller's own rights.

        Raises WrongUseError where no stack is named, UnreachableError where it cannot be opened.
        """
        if self._given is not None:
            return self._given
        from orderbridge.bootstrap import open_stack
        from orderbridge_cli.aws import explained

        with explained(self.stack, self.options.region, local=self.local is not None):
            opened = open_stack(self.stack, self._client)
        if not opened.stack_status.endswith("_COMPLETE"):
            self.tell(
                t(
                    "Stack {stack} is not whole ({status}). If a command fails, repeat it after the deployment.",
                    stack=self.stack,
                    status=opened.stack_status,
                )
            )
        return opened

    @cached_property
    def stack(self) -> str:
        """The stack's name. Raises WrongUseError where it is not known."""
        name = self.options.stack or os.environ.get("ORDERBRIDGE_STACK", "")
        if not name and self.local is not None:
            name = str(self.local["aws"]["stack"])
        if not name:
            raise WrongUseError(
                t(
                    "No stack is named: use --stack NAME or ORDERBRIDGE_STACK, or start the local one (make up)."
                )
            )
        return name

    @cached_property
    def local(self) -> dict[str, Any] | None:
        """The addresses of a running local stack; None: a stack on AWS is meant, or none runs."""
        if self.options.stack or os.environ.get("ORDERBRIDGE_STACK"):
            return None
        try:
            found: dict[str, Any] = json.loads(LOCAL_STACK.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found

    @cached_property
    def person(self) -> str:
        """Who calls, for the record of persons' actions: the AWS identity's name, or the local user's."""
        if self.local is not None or self._given is not None:
            return getpass.getuser()
        from orderbridge_cli.aws import explained

        with explained(self.stack, self.options.region):
            arn: str = self._client("sts").get_caller_identity()["Arn"]
        # A session's name can be the person's e-mail address; on record is what comes before the domain.
        return arn.rpartition("/")[2].partition("@")[0][:60]

    @property
    def language(self) -> Language:
        """The person's language, for the product's own texts."""
        return language()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The zone of times that belong to no shop. What is about a shop is shown in the shop's zone."""
        from zoneinfo import ZoneInfo

        return ZoneInfo("Europe/Prague")

    def now(self) -> datetime:
        """The present moment, aware and in UTC."""
        return self.services.clock.now()

    def now_local(self) -> datetime:
        """The present moment in ``zone``, without opening the stack."""
        from orderbridge.adapters.system import SystemClock

        clock = SystemClock() if self._given is None else self._given.clock
        return clock.now().astimezone(self.zone)

    def aws(self, service: str) -> Any:  # noqa: ANN401 - one client type per service
        """An AWS client of the caller's own account, or of the local stack."""
        return self._client(service)

    @cached_property
    def out(self) -> Console:
        """Where results are printed. No colour and no control characters unless it is a terminal."""
        from orderbridge_cli.output import console

        return console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """Where questions, progress and errors are printed."""
        from orderbridge_cli.output import console

        return console(sys.stderr)

    def tell(self, line: str) -> None:
        """Prints a line that is no result, such as what comes next. It goes to stderr."""
        self.err.print(line)

    def ask(self, question: str, *, yes: bool = False) -> bool:
        """Asks a yes-or-no question. `yes`: it was answered on the command line.

        Raises WrongUseError where nobody can answer.
        """
        if yes:
            return True
        self._need_terminal(t("There is no terminal to answer at: add --yes if you are sure."))
        answer = self._line(f"{question} [{t('y')}/{t('N')}] ").strip().lower()
        return answer in {t("y"), t("yes"), "y", "yes"}

    def text(self, prompt: str, default: str = "") -> str:
        """Asks for one line; an empty answer is `default`. Raises WrongUseError where nobody can answer."""
        self._need_terminal(t("There is no terminal to answer at: give it as an option (see --help)."))
        shown = f"{prompt} [{default}]: " if default else f"{prompt}: "
        return self._line(shown).strip() or default

    def secret(self, prompt: str) -> str:
        """Asks for a secret without showing it. Raises WrongUseError where nobody can answer."""
        self._need_terminal(t("There is no terminal to type a secret at: give a file (see --help)."))
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            try:
                return getpass.getpass(f"{prompt}: ", stream=sys.stderr).strip()
            except EOFError:
                raise KeyboardInterrupt from None
            except getpass.GetPassWarning:
                line = t("This terminal would show the secret: give a file (see --help).")
                raise WrongUseError(line) from None

    @contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Shows on a terminal how far something is; the function that it gives counts. Elsewhere nothing is shown."""
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
            yield lambda _done: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True) as shown:
            task = shown.add_task(title, total=total)
            yield lambda done: shown.advance(task, done)

    @property
    def has_terminal(self) -> bool:
        """Whether somebody can answer a question."""
        return sys.stdin.isatty()

    def _need_terminal(self, line: str) -> None:
        if not self.has_terminal:
            raise WrongUseError(line)

    def _line(self, prompt: str) -> str:
        sys.stderr.write(prompt)
        sys.stderr.flush()
        answer = sys.stdin.readline()
        if not answer:
            raise KeyboardInterrupt
        return answer

    @cached_property
    def _boto(self) -> Any:  # noqa: ANN401 - boto3 is imported when it is used
        import boto3

        if self.local is not None:
            return boto3.Session(
                aws_access_key_id=LOCAL_KEY,
                aws_secret_access_key=LOCAL_KEY,
                region_name=self.local["aws"]["region"],
            )
        return boto3.Session(
            profile_name=self.options.profile or None, region_name=self.options.region or None
        )

    def _client(self, service: str) -> Any:  # noqa: ANN401 - one client type per service
        from botocore.config import Config

        config = Config(
            connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
        )
        if self.local is not None:
            local = config.merge(Config(proxies={}))
            return self._boto.client(service, endpoint_url=self.local["aws"]["endpoint_url"], config=local)
        return self._boto.client(service, config=config)
