"""The embedded AWS: MiniStack, with the real template built and deployed into it.

MiniStack has its own interpreter (.venv-aws), which also runs the functions: what they import must come from the layer.
IAM is enforced: deployments run as administrator, functions with their roles.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.stack.processes import Process, StackError, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-central-1"
ACCOUNT_KEY = "test"
"""Access key id and secret of MiniStack's administrator. It belongs to a stand-in and is no secret."""
ARTIFACTS_BUCKET = "sam-artifacts"
KEPT_BUILDS = 3
"""Minimum number of builds that are kept, the latest first."""
BUILT_FROM = ("template.yaml", "functions", "shared")
"""Files and folders that a build depends on."""


class AwsSession:
    """Boto3 clients of the embedded AWS with administrator rights. They use none of the caller's AWS settings."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._session = boto3.Session(
            aws_access_key_id=ACCOUNT_KEY, aws_secret_access_key=ACCOUNT_KEY, region_name=REGION
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 - one client type per service
        """A client of `service`, e.g. "dynamodb"."""
        return self._session.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint_url,
            config=Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 3}),
        )


def start_aws(*, state: Path, host: str, port: int) -> Process:
    """Starts MiniStack on `host`:`port` with its files under `state`. Does not wait for it; see `is_up`.

    Raises:
        StackError: it is not installed.
    """
    python = ROOT / ".venv-aws" / "bin" / "python"
    if not python.exists():
        msg = "the embedded AWS is not installed: run make venvs"
        raise StackError(msg)
    files = state / "aws"
    shutil.rmtree(files, ignore_errors=True)
    (files / "tmp").mkdir(parents=True)
    env = _plain_environment(reachable(host)) | {
        "AUTH": "true",
        "BIND_HOST": host,
        "MINISTACK_HOST": reachable(host),
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        # The functions' AWS endpoint. MiniStack's default is 127.0.0.1, on which it may not listen.
        "AWS_ENDPOINT_URL": f"http://{reachable(host)}:{port}",
        "STATE_DIR": str(files / "state"),
        "S3_DATA_DIR": str(files / "s3"),
        "TMPDIR": str(files / "tmp"),
        # The fixed ports of these services would conflict between two stacks.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    command = [str(python), "-m", "ministack"]
    return start("embedded AWS", command, log=state / "aws.log", env=env, cwd=files)


def is_up(endpoint_url: str) -> bool:
    """Whether MiniStack answers at `endpoint_url`."""
    try:
        with urllib.request.urlopen(f"{endpoint_url}/_ministack/health", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


@dataclass(frozen=True, slots=True)
class LayerTarget:
    """What a build is for. The layer's compiled libraries and its bytecode fit only one kind of interpreter."""

    python: str
    """Minor version, e.g. "3.13"."""
    platform: str
    """Platform in uv's format, e.g. "x86_64-manylinux_2_28"; empty: this machine's."""
    compiler: str
    """Interpreter that writes the bytecode. If its version differs from `python`, no bytecode is written."""
    architecture: str = "arm64"
    """Value of the template's parameter; only containers use it."""


def embedded() -> LayerTarget:
    """The target for the embedded AWS: the interpreter of .venv-aws."""
    python = ROOT / ".venv-aws" / "bin" / "python"
    return LayerTarget(python=_interpreter_version(), platform="", compiler=str(python))


CONTAINER = LayerTarget(
    python="3.13", platform="x86_64-manylinux_2_28", compiler="python3.13", architecture="x86_64"
)
"""The target for `sam local`: a container of the runtime on an ordinary machine."""


def build(builds: Path, log: Path, target: LayerTarget) -> Path:
    """Builds template, functions and layer for `target`, unless a build of the same files exists in `builds`.

    Returns the path of the built template. An existing build is used without any download.

    Raises:
        StackError: the build failed; `log` has the reason.
    """
    key = _content_key(target)
    kept = builds / key
    template = kept / "template.yaml"
    if template.exists():
        os.utime(kept)
        return template
    draft = builds / f".draft-{key}-{os.getpid()}"
    try:
        _sam(
            [
                "build",
                *("--template-file", str(ROOT / "template.yaml")),
                *("--build-dir", str(draft)),
                *("--parameter-overrides", f"Architecture={target.architecture}"),
            ],
            {
                "LAYER_PYTHON": target.python,
                "LAYER_PLATFORM": target.platform,
                "LAYER_COMPILER": target.compiler,
            },
            what="sam build",
            log=log,
            cwd=ROOT,
        )
        try:
            draft.rename(kept)
        except OSError:
            if not template.exists():  # another stack made the same build at the same time: use its result
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _forget_old_builds(builds)
    return template


def deploy(
    template: Path, *, stack: str, endpoint_url: str, parameters: Mapping[str, str], log: Path
) -> dict[str, str]:
    """Deploys the built `template` as `stack`. Returns its outputs by name.

    Raises:
        StackError: the deployment failed; the log has the reason.
    """
    aws = AwsSession(endpoint_url)
    aws.client("s3").create_bucket(
        Bucket=ARTIFACTS_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    overrides = [f"{name}={_quoted(value)}" for name, value in parameters.items()]
    _sam(
        [
            "deploy",
            *("--template-file", str(template)),
            *("--stack-name", stack),
            *("--s3-bucket", ARTIFACTS_BUCKET),
            *("--capabilities", "CAPABILITY_IAM"),
            "--no-confirm-changeset",
            "--no-fail-on-empty-changeset",
            "--no-progressbar",
            *(["--parameter-overrides", *overrides] if overrides else []),
        ],
        {"AWS_ENDPOINT_URL": endpoint_url},
        what="sam deploy",
        log=log,
        cwd=template.parent,
    )
    stacks = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def reachable(host: str) -> str:
    """The address at which this machine reaches a server that listens on `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "", "::"} else host


def _sam(arguments: list[str], extra: Mapping[str, str], *, what: str, log: Path, cwd: Path) -> None:
    sam = ROOT / ".venv-sam" / "bin" / "sam"
    if not sam.exists():
        msg = "the SAM CLI is not installed: run make venvs"
        raise StackError(msg)
    host = urllib.parse.urlsplit(extra.get("AWS_ENDPOINT_URL", "")).hostname or ""
    env = _plain_environment(host) | {
        "AWS_ACCESS_KEY_ID": ACCOUNT_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCOUNT_KEY,
        "SAM_CLI_TELEMETRY": "0",
        # The settings there stop its check for a newer version.
        "__SAM_CLI_APP_DIR": str(ROOT / ".venv-sam" / "app"),
        **extra,
    }
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        ended = subprocess.run(  # noqa: S603 - the project's own tool
            [str(sam), *arguments, "--region", REGION],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            check=False,
        )
    if ended.returncode:
        msg = f"{what} failed: see {log}"
        raise StackError(msg)


def _plain_environment(own_host: str = "") -> dict[str, str]:
    """The caller's environment without variables that influence AWS clients and Python in our own programs."""
    dropped = ("AWS_", "PYTHON", "MINISTACK_", "LAMBDA_", "LOCALSTACK_", "SAM_CLI_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    env.pop("VIRTUAL_ENV", None)
    # The layer's recipe needs uv, and SAM needs python3.
    env["PATH"] = os.pathsep.join([str(ROOT / ".venv" / "bin"), env.get("PATH", os.defpath)])
    # uv may need a proxy. Servers on this machine are called without it.
    env["NO_PROXY"] = env["no_proxy"] = ",".join(
        part for part in (env.get("NO_PROXY"), "127.0.0.1", "localhost", own_host) if part
    )
    env["AWS_DEFAULT_REGION"] = REGION
    env["AWS_CONFIG_FILE"] = env["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    env["AWS_EC2_METADATA_DISABLED"] = "true"
    return env


def _content_key(target: LayerTarget) -> str:
    """Digest of everything that a build depends on: the paths and bytes of the files, and the target."""
    digest = hashlib.sha256(repr(target).encode())
    for path in _sources():
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for name in BUILT_FROM:
        top = ROOT / name
        files = [top] if top.is_file() else sorted(top.rglob("*"))
        yield from (path for path in files if path.is_file() and "__pycache__" not in path.parts)


def _interpreter_version() -> str:
    """Minor version of the interpreter that runs the functions, e.g. "3.11"."""
    for line in (ROOT / ".venv-aws" / "pyvenv.cfg").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition("=")
        if key.strip() in {"version", "version_info"}:
            return ".".join(value.strip().split(".")[:2])
    msg = ".venv-aws names no Python version: run make clean venvs"
    raise StackError(msg)


def _forget_old_builds(builds: Path) -> None:
    kept = sorted(
        (path for path in builds.iterdir() if not path.name.startswith(".draft-")),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    hour_ago = time.time() - 3600
    for path in kept[KEPT_BUILDS:]:
        if path.stat().st_mtime < hour_ago:  # another stack may be about to deploy a younger one
            shutil.rmtree(path, ignore_errors=True)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '\\"') + '"'
