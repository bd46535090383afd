"""The edge of a deployment: the AWS account and the SAM CLI. Nothing else here talks to either."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from deployment.stack_states import ABSENT

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / ".aws-sam" / "build"
LAYER = "CoreLayer"
ARCHITECTURE = "arm64"
AARCH64 = 183
"""What an ELF file says of its processor (``e_machine``) if it is for arm64."""


class AccountProblemError(Exception):
    """AWS did not answer, or refused. The text says what to do; `reached` whether AWS answered at all."""

    def __init__(self, text: str, *, reached: bool = True) -> None:
        super().__init__(text)
        self.reached = reached


@dataclass(frozen=True, slots=True)
class Identity:
    """Who deploys, and into which account."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class StackNow:
    """A stack as it is. `state` is CloudFormation's, ABSENT if there is none."""

    state: str = ABSENT
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)


class Account:
    """An account in one region, with the caller's own credentials (`profile` empty: as the AWS tools find them)."""

    def __init__(self, profile: str, region: str) -> None:
        self._profile, self._region = profile, region

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients have no common type
        """A boto3 client of `service`. Raises AccountProblemError for a profile that is not known."""
        try:
            return boto3.Session(  # type: ignore[call-overload]
                profile_name=self._profile or None, region_name=self._region
            ).client(service)
        except BotoCoreError as problem:
            raise unusable(problem) from None

    def identity(self) -> Identity:
        """Raises AccountProblemError without usable credentials."""
        answer = self._ask("sts", "get_caller_identity")
        return Identity(answer["Account"], answer["Arn"])

    def stack(self, name: str) -> StackNow:
        """The stack, or an absent one. Raises AccountProblemError if that cannot be said."""
        try:
            answer = self._ask("cloudformation", "describe_stacks", StackName=name)
        except _RefusedError as refused:
            if refused.code == "ValidationError" and "does not exist" in refused.message:
                return StackNow()
            raise
        one = answer["Stacks"][0]
        return StackNow(
            one["StackStatus"],
            {each["ParameterKey"]: each.get("ParameterValue", "") for each in one.get("Parameters", [])},
            {each["OutputKey"]: each.get("OutputValue", "") for each in one.get("Outputs", [])},
        )

    def first_failure(self, name: str) -> str:
        """The resource that failed first in the last deployment and CloudFormation's reason, or nothing."""
        found = ""
        for event in self._ask("cloudformation", "describe_stack_events", StackName=name)["StackEvents"]:
            reason = str(event.get("ResourceStatusReason", ""))
            if reason == "User Initiated":
                break
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason.lower():
                found = f"{event['LogicalResourceId']}: {reason}"
        return found

    def _ask(self, service: str, operation: str, **arguments: str) -> Any:  # noqa: ANN401 - boto3's answers
        try:
            return getattr(self.client(service), operation)(**arguments)
        except ClientError as refused:
            raise _RefusedError(refused) from None
        except BotoCoreError as problem:
            raise unusable(problem) from None


class _RefusedError(AccountProblemError):
    def __init__(self, refused: ClientError) -> None:
        self.code: str = refused.response["Error"]["Code"]
        self.message: str = refused.response["Error"].get("Message", "")
        if self.code in {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}:
            text = "AWS credentials have expired: sign in again (aws sso login), then make deploy again"
        elif self.code in {"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"}:
            text = f"AWS does not know these credentials ({self.code}): check them, or name a profile (--profile)"
        else:
            text = (
                f"{refused.operation_name} was refused ({self.code}): the rights needed are in docs/deploy.md"
            )
        super().__init__(text)


def unusable(problem: BotoCoreError) -> AccountProblemError:
    """What an error of the AWS library means: no usable credentials, or AWS was not reached."""
    name = type(problem).__name__
    if name in {"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ProxyConnectionError"}:
        return AccountProblemError(
            f"AWS cannot be reached ({name}): check the network and the region", reached=False
        )
    if name == "ProfileNotFound":
        return AccountProblemError(f"{problem}: `aws configure list-profiles` has the names")
    if "Token" in name or "SSO" in name:
        return AccountProblemError(f"AWS credentials have expired ({name}): run aws sso login")
    return AccountProblemError(
        f"no AWS credentials ({name}): run `aws configure` or `aws sso login`, or name a profile (--profile)"
    )


class SamTool:
    """The SAM CLI of the project."""

    def __init__(self, command: Sequence[str] = (str(ROOT / ".venv-sam" / "bin" / "sam"),)) -> None:
        self._command = list(command)

    def build(self) -> int:
        """Builds functions and layer for arm64, whatever this machine is. Returns the SAM CLI's exit code."""
        return self._run("build", "--parameter-overrides", f"Architecture={ARCHITECTURE}")

    def deploy(self, stack: str, region: str, profile: str, parameters: dict[str, str]) -> int:
        """Deploys what `build` made and waits for its end. Returns the SAM CLI's exit code.

        Parameters that are not named keep the values that the stack has.
        """
        return self._run(
            "deploy",
            *("--template-file", str(BUILT / "template.yaml")),
            *("--stack-name", stack, "--region", region, "--s3-prefix", stack),
            *("--capabilities", "CAPABILITY_IAM", "--resolve-s3"),
            *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"),
            *(["--profile", profile] if profile else []),
            *("--parameter-overrides", *(f"{name}={_quoted(value)}" for name, value in parameters.items())),
        )

    def _run(self, *arguments: str) -> int:
        env = {name: value for name, value in os.environ.items() if not name.startswith("LAYER_")}
        # The layer's recipe needs uv.
        env["PATH"] = os.pathsep.join([str(ROOT / ".venv" / "bin"), env.get("PATH", os.defpath)])
        env |= {"SAM_CLI_TELEMETRY": "0", "__SAM_CLI_APP_DIR": str(ROOT / ".venv-sam" / "app")}
        process = subprocess.Popen([*self._command, *arguments], cwd=ROOT, env=env)  # noqa: S603 - our own tool
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()  # it had the same Ctrl-C from the terminal
            raise


def foreign_libraries(built: Path = BUILT) -> list[str]:
    """Compiled libraries of the built layer that do not run on arm64, by their names."""
    return sorted(
        path.name for path in (built / LAYER).rglob("*.so*") if _machine(path) not in {AARCH64, None}
    )


def _machine(path: Path) -> int | None:
    """The processor that an ELF file is for; None for another kind of file."""
    with path.open("rb") as file:
        head = file.read(20)
    if len(head) < 20 or head[:4] != b"\x7fELF":  # noqa: PLR2004 - as far as the field reaches
        return None
    return int.from_bytes(head[18:20], "little" if head[5] == 1 else "big")


def _quoted(value: str) -> str:
    """As the SAM CLI reads it back: a text in double quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
