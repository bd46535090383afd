"""Leads through a deployment to AWS, the first and every later one: ``make deploy``, ``python -m deployment.deploy``.

It checks credentials, region, the account's limits and the stack's state, a line each; asks for what it does not know,
once; builds for arm64 on any machine, deploys, and ends with the next command. What was answered is kept for the next
time (``.deploy/STACK.toml``, nothing secret). Nothing is changed in the account before the last question is answered.

Exit codes: 0 done; 1 somebody must act; 2 wrong use; 3 AWS cannot be reached.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError

from deployment import answers as kept
from deployment import limits
from deployment.aws_account import (
    ARCHITECTURE,
    ROOT,
    Account,
    AccountProblemError,
    Identity,
    SamTool,
    StackNow,
    foreign_libraries,
    unusable,
)
from deployment.stack_states import Situation, situation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDER = ROOT / ".deploy"
REGION = "eu-central-1"
STACK = "orderbridge"
_STACK_NAME = re.compile(r"[a-z][a-z0-9-]{0,38}[a-z0-9]")
"""Shorter than CloudFormation allows: names of queues and roles begin with it, and a bucket's has no capitals."""
_REGION_NAME = re.compile(r"[a-z]{2}(?:-[a-z]+){1,2}-\d")
_EMAIL = re.compile(r"(?:[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+)?")


class StoppedError(Exception):
    """The deployment ends here. The text says why and what to do."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class Terminal:
    """Asks the person at the terminal, says lines on stdout."""

    def say(self, line: str) -> None:
        """A line."""
        print(line, flush=True)

    def ask(self, question: str, option: str, default: str = "") -> str:
        """The answer, `default` for an empty one. Without a terminal: StoppedError, naming `option`."""
        if not sys.stdin.isatty():
            raise StoppedError(f"nobody can be asked here: name {option}", 2)
        try:
            answer = input(f"{question} [{default}]: " if default else f"{question}: ").strip()
        except EOFError:
            raise StoppedError(f"no answer: name {option}", 2) from None
        return answer or default


@dataclass(slots=True)
class Deployment:
    """One run. The collaborators are replaced by tests."""

    options: argparse.Namespace
    account_of: Callable[[str, str], Account] = Account
    sam: SamTool = field(default_factory=SamTool)
    terminal: Terminal = field(default_factory=Terminal)
    folder: Path = FOLDER
    foreign: Callable[[], list[str]] = foreign_libraries
    begun: bool = False
    """The account may have been changed."""

    def run(self) -> int:
        """Returns 0. Raises StoppedError or AccountProblemError."""
        self._check_options()
        answers = self._stack()
        answers.profile = self.options.profile or answers.profile
        known_region = self.options.region or answers.region
        # Who somebody is does not depend on the region.
        identity = self.account_of(answers.profile, known_region or REGION).identity()
        self._says("account", _who(identity, answers))
        _same_account(identity, answers, self.folder)
        answers.account = identity.account
        answers.region = known_region or self._checked("AWS region", "--region", REGION, _REGION_NAME)
        self._says("region", answers.region)
        account = self.account_of(answers.profile, answers.region)
        self._limits(account)
        now = account.stack(answers.stack)
        found = situation(now.state, answers.stack, _options(answers))
        self._says("stack", f"{answers.stack} {found.says}{f' ({found.state})' if found.state else ''}")
        if found.go_on:
            raise StoppedError(found.go_on)
        parameters = self._parameters(answers, now, found)
        kept.write(self.folder, answers)
        self._confirm(answers, found, parameters)
        self._build()
        self._deploy(account, answers, found, parameters)
        return 0

    def _check_options(self) -> None:
        for option, pattern in (
            ("stack_name", _STACK_NAME),
            ("region", _REGION_NAME),
            ("alarm_email", _EMAIL),
        ):
            value = getattr(self.options, option)
            if value and not pattern.fullmatch(value):
                raise StoppedError(f"--{option.replace('_', '-')} {value}: {_RULES[option]}", 2)
        wrong = [one for one in self.options.parameter_overrides if not re.fullmatch(r"\w+=.*", one)]
        if wrong:
            raise StoppedError(f"--parameter-overrides {wrong[0]}: write NAME=VALUE", 2)

    def _stack(self) -> kept.Answers:
        known = kept.known_stacks(self.folder)
        name = self.options.stack_name or (known[0] if len(known) == 1 else "")
        if not name:
            if known:
                self.terminal.say(f"Deployed from here: {', '.join(known)}.")
            name = self._checked(
                "Name of the stack", "--stack-name", known[0] if known else STACK, _STACK_NAME
            )
        try:
            return kept.read(self.folder, name)
        except kept.UnreadableAnswersError as problem:
            raise StoppedError(str(problem)) from None

    def _limits(self, account: Account) -> None:
        try:
            found = list(limits.findings(account.client))
        except BotoCoreError as problem:
            raise unusable(problem) from None
        for finding in found:
            self._says("limits", ("STOP " if finding.stops else "") + finding.text)
        if not found:
            self._says("limits", "wide enough")
        if any(finding.stops for finding in found) and not self.options.ignore_limits:
            raise StoppedError("ask AWS for that first; to deploy all the same: make deploy LIMITS=ignore")

    def _parameters(self, answers: kept.Answers, now: StackNow, found: Situation) -> dict[str, str]:
        """The values to give. What an existing stack has it keeps; the answers are for one that is not there yet."""
        given = dict(one.split("=", 1) for one in self.options.parameter_overrides)
        if self.options.alarm_email is not None:
            given["AlarmEmail"] = self.options.alarm_email
        if not found.first:
            email = given.get("AlarmEmail", now.parameters.get("AlarmEmail", ""))
        else:
            given = answers.parameters | given
            if "AlarmEmail" not in given and not self.options.yes:
                self.terminal.say("Alarms of the product go to one e-mail address; empty: to nobody.")
                given["AlarmEmail"] = self._checked("E-mail for alarms", "--alarm-email", "", _EMAIL)
            email = given.get("AlarmEmail", "")
            answers.parameters = given
        self._says("alarms", email or "to nobody (--alarm-email): a fault is seen by whoever looks")
        return given | {"Architecture": ARCHITECTURE}

    def _confirm(self, answers: kept.Answers, found: Situation, parameters: dict[str, str]) -> None:
        what = "creates" if found.first else "updates"
        self.terminal.say("")
        self.terminal.say(
            f"This {what} stack {answers.stack} in account {answers.account}, {answers.region}."
        )
        for name, value in sorted(parameters.items()):
            self.terminal.say(f"  {name} = {value or '(empty)'}")
        if not found.first:
            self.terminal.say("  (parameters that are not named keep the values that the stack has)")
        self.terminal.say("  What it costs and what it needs: docs/deploy.md")
        if self.options.yes:
            return
        answer = self.terminal.ask("Build and deploy now? yes/no", "--yes", "no")
        if answer.lower() not in {"y", "yes"}:
            raise StoppedError("nothing was deployed; make deploy goes on from here, and asks only this")

    def _build(self) -> None:
        self.terminal.say(f"Building for {ARCHITECTURE} ...")
        if self.sam.build():
            raise StoppedError("the build failed, see above; nothing was deployed")
        foreign = self.foreign()
        if foreign:
            raise StoppedError(
                f"the layer was built for another processor than {ARCHITECTURE} ({foreign[0]}): "
                "is LAYER_PLATFORM changed in shared/Makefile? Nothing was deployed"
            )

    def _deploy(
        self, account: Account, answers: kept.Answers, found: Situation, parameters: dict[str, str]
    ) -> None:
        self.terminal.say("Deploying ... (Ctrl-C stops only the waiting, once CloudFormation is at work)")
        self.begun = True
        try:
            ended = self.sam.deploy(answers.stack, answers.region, answers.profile, parameters)
        except KeyboardInterrupt:
            raise StoppedError(f"Interrupted. {self._state(account, answers)}") from None
        if ended:
            raise StoppedError(f"The deployment failed. {self._state(account, answers)}")
        outputs = account.stack(answers.stack).outputs
        self.terminal.say("")
        for name, value in sorted(outputs.items()):
            self.terminal.say(f"{name:22} {value}")
        self.terminal.say("")
        if parameters.get("AlarmEmail"):
            self.terminal.say(
                f"Open the link that AWS mails to {parameters['AlarmEmail']}: alarms come only then."
            )
        options = f" --stack {answers.stack}{_options(answers)}"
        if found.first:
            self.terminal.say("Next: write the first shop's file, then register it:")
            self.terminal.say("  .venv/bin/orderbridge shop init")
            self.terminal.say(f"  .venv/bin/orderbridge shop add shop.toml{options}")
        else:
            self.terminal.say("Next: see that the shops are well:")
            self.terminal.say(f"  .venv/bin/orderbridge shop list{options}")

    def _state(self, account: Account, answers: kept.Answers) -> str:
        """What state the stack is in after a failure, why, and how to go on."""
        try:
            now = account.stack(answers.stack)
            found = situation(now.state, answers.stack, _options(answers))
            reason = account.first_failure(answers.stack) if now.state else ""
        except AccountProblemError as problem:
            return f"The stack's state is not known: {problem}"
        lines = [f"Stack {answers.stack} {found.says}{f' ({found.state})' if found.state else ''}."]
        if reason:
            lines.append(f"First failure: {reason}.")
        lines.append(f"To go on: {found.go_on or 'make deploy again'}.")
        return "\n".join(lines)

    def _checked(self, question: str, option: str, default: str, pattern: re.Pattern[str]) -> str:
        while True:
            answer = self.terminal.ask(question, option, default)
            if pattern.fullmatch(answer):
                return answer
            self.terminal.say(_RULES[option.strip("-").replace("-", "_")])

    def _says(self, what: str, line: str) -> None:
        self.terminal.say(f"{what:9} {line}")


_RULES = {
    "stack_name": "small letters, digits and hyphens, 2 to 40, a letter first",
    "region": "a region's name, such as eu-central-1",
    "alarm_email": "one e-mail address, or empty",
}


def _who(identity: Identity, answers: kept.Answers) -> str:
    line = f"{identity.account}, you are {identity.arn}"
    if answers.profile:
        line += f" (profile {answers.profile})"
    if identity.arn.endswith(":root"):
        line += ": the account's owner, who may do everything; deploy with an identity of less rights"
    return line


def _same_account(identity: Identity, answers: kept.Answers, folder: Path) -> None:
    if answers.account and answers.account != identity.account:
        raise StoppedError(
            f"{answers.stack} was deployed to account {answers.account}, these credentials are of "
            f"{identity.account}: name the right --profile, or delete {folder.name}/{answers.stack}.toml "
            "if you mean this one"
        )


def _options(answers: kept.Answers) -> str:
    return f" --region {answers.region}" + (f" --profile {answers.profile}" if answers.profile else "")


def parser() -> argparse.ArgumentParser:
    """The options; all are left out the first time, when a person is asked."""
    made = argparse.ArgumentParser(
        prog="deployment.deploy",
        description="Deploys to the AWS account of your own credentials, and asks for what it does not know.",
        epilog="Example: make deploy ARGS='--stack-name staging --region eu-central-1 --yes'",
        allow_abbrev=False,
    )
    made.add_argument("--stack-name", "--stack", default="", help=f"name of the stack (proposed: {STACK})")
    made.add_argument("--region", default="", help=f"AWS region (proposed: {REGION})")
    made.add_argument("--profile", default="", help="profile of the AWS configuration")
    made.add_argument("--alarm-email", help="where alarms of the product are mailed; '' for nobody")
    made.add_argument(
        "--parameter-overrides",
        nargs="*",
        default=[],
        metavar="NAME=VALUE",
        help="values of the template's parameters; what is left out keeps the value that the stack has",
    )
    made.add_argument("--sam", help="the SAM CLI to use, if not the project's own")
    made.add_argument("--answers", type=Path, default=FOLDER, help="folder of what was answered (.deploy)")
    made.add_argument("--yes", action="store_true", help="ask nothing: deploy with what is named and known")
    made.add_argument(
        "--ignore-limits", action="store_true", help="deploy however narrow the account's limits are"
    )
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code; one line on stderr says what to do if it is not 0."""
    options = parser().parse_args(arguments)
    sam = SamTool([options.sam]) if options.sam else SamTool()
    deployment = Deployment(options, sam=sam, folder=options.answers)
    try:
        return deployment.run()
    except StoppedError as stopped:
        print(stopped, file=sys.stderr)
        return stopped.code
    except AccountProblemError as problem:
        print(problem, file=sys.stderr)
        return 1 if problem.reached else 3
    except KeyboardInterrupt:
        when = "while something may be at work" if deployment.begun else "before anything was deployed"
        print(
            f"\nInterrupted {when}; make deploy says how things are, and goes on from there", file=sys.stderr
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
