"""`sam local invoke`: runs a deployed function again, in a container of its real runtime.

The container gets what Lambda would give it: the code and the layer built for the runtime, the environment variables of
the deployed function, and credentials of the function's own role. So a wrong compiled library, a missing permission or
a missing setting shows here.
"""

from __future__ import annotations

import ipaddress
import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml  # type: ignore[import-untyped]

from local.stack import aws, stack
from local.stack.processes import StackError, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INVOKE_SECONDS = 120
"""Maximum duration of an invocation in seconds."""
PULL_SECONDS = 600
"""Maximum duration of an invocation that first pulls the runtime's image, in seconds."""
_DOCKER_SECONDS = 20
"""Maximum duration of a Docker command in seconds."""


class NoDockerError(Exception):
    """No Docker engine can run containers. The message is one line: what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """Result of one invocation: the function's answer (parsed JSON) and its log."""

    answer: Any
    log: str


def bridge_address() -> str:
    """The address at which containers reach this machine.

    Raises:
        NoDockerError: no engine answers, or it has no bridge network.
    """
    listed = _docker("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}")
    for subnet in json.loads(listed) or []:
        network = ipaddress.ip_network(subnet["Subnet"])
        if network.version == 4:  # noqa: PLR2004 - IPv4
            # An engine that names no gateway uses the first address.
            return str(subnet.get("Gateway") or network[1])
    msg = "Docker has no bridge network with an IPv4 address: name this machine's address with --host"
    raise NoDockerError(msg)


class Containers:
    """Runs the functions of one running local stack with `sam local`."""

    def __init__(self, addresses: Mapping[str, Any], state: Path) -> None:
        """Builds for the runtime, unless the build exists, and writes the files of `sam local` into `state`."""
        self._state = state
        self._endpoint_url: str = addresses["aws"]["endpoint_url"]
        self._session = aws.AwsSession(self._endpoint_url)
        self._stack: str = addresses["aws"]["stack"]
        built = aws.build(stack.BUILDS, state / "sam-build.log", aws.CONTAINER)
        self._template = state / "sam-local.json"
        self._environment = state / "sam-local-environment.json"
        self._write(built, self._publish_layer(built))
        self._image_is_here = _image_is_here()
        self._images_before = _layered_images()

    def invoke(self, function: str, event: Mapping[str, Any]) -> Invocation:
        """Runs `function`, named like its folder, with `event` in a new container.

        Raises:
            StackError: `sam local` could not run it or returned no JSON; the message ends with SAM's last output.
        """
        command = [
            str(aws.ROOT / ".venv-sam" / "bin" / "sam"),
            *("local", "invoke", _logical_id(function)),
            *("--template", str(self._template)),
            *("--env-vars", str(self._environment)),
            *("--event", "-"),
            *("--parameter-overrides", f"Architecture={aws.CONTAINER.architecture}"),
            *("--layer-cache-basedir", str(self._state / "layers")),
            *("--region", aws.REGION),
            *(["--skip-pull-image"] if self._image_is_here else []),
        ]
        try:
            ended = subprocess.run(  # noqa: S603 - the project's own tool
                command,
                input=json.dumps(event),
                capture_output=True,
                text=True,
                env=_sam_environment(self._endpoint_url),
                timeout=INVOKE_SECONDS if self._image_is_here else PULL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            msg = f"sam local invoke {_logical_id(function)} did not end in time"
            raise StackError(msg) from None
        self._image_is_here = True
        # The answer is the last line; progress may come before it.
        answer = ended.stdout.strip().rpartition("\n")[2]
        try:
            return Invocation(json.loads(answer), ended.stderr)
        except ValueError:
            msg = f"sam local invoke {_logical_id(function)} gave no JSON: {ended.stderr.strip()[-600:]}"
            raise StackError(msg) from None

    def close(self) -> None:
        """Removes what `sam local` created for this stack: the image with its layer, and the files in `state`."""
        if made := _layered_images() - self._images_before:
            _docker("image", "rm", "--force", *made)
        shutil.rmtree(self._state / "layers", ignore_errors=True)
        for path in (self._template, self._environment, self._state / "layer.zip"):
            path.unlink(missing_ok=True)

    def _publish_layer(self, built: Path) -> str:
        """Publishes the layer for the runtime and returns its ARN.

        For a layer in the template `sam local` builds the image again at each invocation; a published layer it fetches
        once. The layer's name has the content's digest, so an older image is never used for it.
        """
        archive = shutil.make_archive(str(self._state / "layer"), "zip", built.parent / "CoreLayer")
        with open(archive, "rb") as file:  # noqa: PTH123 - a name, not a Path
            published = self._session.client("lambda").publish_layer_version(
                LayerName=f"{self._stack}-container-{built.parent.name}",
                Content={"ZipFile": file.read()},
                CompatibleRuntimes=[f"python{aws.CONTAINER.python}"],
            )
        return str(published["LayerVersionArn"])

    def _write(self, built: Path, layer: str) -> None:
        """Writes a copy of the built template with the functions only, and the values of their variables.

        `sam local` passes only variables that the template declares. The template does not declare the embedded AWS's
        endpoint, so the copy does.
        """
        template = yaml.safe_load(built.read_text(encoding="utf-8"))
        template["Globals"]["Function"]["Layers"] = [layer]
        functions: dict[str, Any] = {}
        environment: dict[str, dict[str, str]] = {}
        for name, resource in template["Resources"].items():
            if resource["Type"] != "AWS::Serverless::Function":
                continue
            properties = resource["Properties"]
            environment[name] = self._variables(properties["FunctionName"]["Fn::Sub"])
            functions[name] = {
                "Type": resource["Type"],
                "Properties": {
                    **{key: value for key, value in properties.items() if key in {"Timeout", "MemorySize"}},
                    "CodeUri": str(built.parent / properties["CodeUri"]),
                    "Environment": {"Variables": dict.fromkeys(environment[name], "")},
                },
            }
        kept = {key: template[key] for key in ("Transform", "Parameters", "Globals")}
        write_private(self._template, {**kept, "Resources": functions})
        write_private(self._environment, environment)

    def _variables(self, name: str) -> dict[str, str]:
        """The variables that Lambda gives the deployed function: its environment, and credentials of its role."""
        deployed = self._session.client("lambda").get_function_configuration(
            FunctionName=name.replace("${AWS::StackName}", self._stack)
        )
        role = self._session.client("sts").assume_role(RoleArn=deployed["Role"], RoleSessionName="sam-local")
        return {
            **deployed["Environment"]["Variables"],
            "AWS_ENDPOINT_URL": self._endpoint_url,
            "AWS_ACCESS_KEY_ID": role["Credentials"]["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": role["Credentials"]["SecretAccessKey"],
            "AWS_SESSION_TOKEN": role["Credentials"]["SessionToken"],
        }


def _logical_id(function: str) -> str:
    """The function's name in the template: `PushToMallFunction` for `push_to_mall`."""
    return "".join(word.capitalize() for word in function.split("_")) + "Function"


def _sam_environment(endpoint_url: str) -> dict[str, str]:
    """The environment of the SAM CLI, which fetches the layer. The environment file has the container's."""
    host = urlsplit(endpoint_url).hostname or ""
    return aws._plain_environment(host) | {  # noqa: SLF001 - the same environment as for build and deploy
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": aws.ACCOUNT_KEY,
        "AWS_SECRET_ACCESS_KEY": aws.ACCOUNT_KEY,
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(aws.ROOT / ".venv-sam" / "app"),
    }


def _image_is_here() -> bool:
    """Whether the runtime's image was pulled or built before."""
    tag = f"{aws.CONTAINER.python}-{aws.CONTAINER.architecture}"
    return bool(_docker("image", "ls", "--quiet", "--filter", f"reference=*/lambda/python:{tag}").strip())


def _layered_images() -> set[str]:
    """Ids of the images that `sam local` built from the runtime's image and layers."""
    return set(_docker("image", "ls", "--quiet", "--filter", "reference=samcli/lambda-python").split())


def _docker(*arguments: str) -> str:
    program = shutil.which("docker")
    what = "does not answer" if program else "is not installed"
    try:
        if program:
            ended = subprocess.run(  # noqa: S603 - constant arguments
                [program, *arguments], capture_output=True, text=True, timeout=_DOCKER_SECONDS, check=False
            )
            if not ended.returncode:
                return ended.stdout
    except (OSError, subprocess.TimeoutExpired):
        pass
    msg = f"sam local needs Docker, which {what} here: install and start Docker, then run make sam-local"
    raise NoDockerError(msg)
