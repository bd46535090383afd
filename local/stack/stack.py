"""The local stack: the embedded AWS with the product deployed into it, and the sandbox.

Two stacks in two state folders share only the programs: neither ports, nor files, nor processes.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.stack import aws, processes
from local.stack.gateway import set_gateway_responses
from local.stack.onboarding import shop_secrets
from local.stack.page_links import set_console_url
from local.stack.processes import Process, StackError
from orderbridge.bootstrap import open_stack
from orderbridge_cli import registry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STACK_NAME = "orderbridge-local"
"""Name of the CloudFormation stack."""
SHOP = "demo"
"""Name of the demo shop."""
OPERATOR = "local"
"""Name of the operator whose token is in stack.json."""
BUILDS = aws.ROOT / ".local" / "builds"
"""Builds by their content, shared by all stacks of this folder."""
PARAMETERS = {
    # The scheduler's highest rate: a person watches the local stack.
    "FetchSchedule": "rate(1 minute)",
    "FeedSchedule": "rate(1 minute)",
    "ReturnsSchedule": "rate(1 minute)",
    "AuthorizationCacheSeconds": "0",
    "LogRetentionDays": "1",
    "TableDeletionProtection": "false",
    "RequireTls": "false",
}
"""Template parameters of every local stack."""
NEVER = dict.fromkeys(
    (
        *("FetchSchedule", "FeedSchedule", "ReconcileSchedule"),
        *("ReturnsSchedule", "DigestSchedule", "RetrySchedule"),
    ),
    "rate(365 days)",
)
"""Parameters of a stack whose schedules never run: its caller invokes the functions."""
UNDO_WINDOW_SECONDS = 15
"""Undo window of the demo shop in seconds, short enough to watch Delivered and Cancelled being sent. The default of a
shop is 15 minutes."""


@dataclass(frozen=True, slots=True)
class StackOptions:
    """Where a local stack runs and how it differs from the default."""

    state: Path = Path(".local")
    """Folder of its files: stack.json, processes.json, logs. One folder has one stack."""
    host: str = "127.0.0.1"
    """Address on which its servers listen; for callers in containers the bridge's address."""
    aws_port: int = 0
    """Port of the embedded AWS; 0: any free port."""
    fastcentrik_port: int = 0
    """Port of FastCentrik's stand-in; 0: any free port."""
    mall_port: int = 0
    """Port of MALL's stand-in; 0: any free port."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Template parameters in addition to `PARAMETERS`."""
    rules: Mapping[str, Any] = field(default_factory=dict)
    """Rules of the demo shop in addition to the local undo window."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the demo shop besides the rules, e.g. `import`."""


def up(options: StackOptions) -> dict[str, Any]:
    """Starts the stack, deploys, registers the demo shop. Returns the content of stack.json (docs/architecture.md).

    Waits until everything answers. If the stack of this state folder runs already, it is not changed.

    Raises:
        StackError: something did not start; everything that was started is stopped again.
    """
    state = options.state.resolve()
    known = processes.load(state / "processes.json")
    if known and all(processes.alive(process) for process in known) and (state / "stack.json").exists():
        return read_stack(state)
    down(state)
    host = aws.reachable(options.host)
    ports = free_ports(options.host, [options.aws_port, options.fastcentrik_port, options.mall_port])
    endpoint_url = f"http://{host}:{ports[0]}"
    started: list[Process] = []
    try:
        started.append(aws.start_aws(state=state, host=options.host, port=ports[0]))
        processes.save(started, state / "processes.json")
        started.append(_start_sandbox(state, options.host, ports[1], ports[2]))
        processes.save(started, state / "processes.json")
        template = aws.build(BUILDS, _fresh(state / "sam.log"), aws.embedded())
        processes.wait_until(lambda: aws.is_up(endpoint_url), "the embedded AWS", started)
        processes.wait_until((state / "sandbox.json").exists, "the sandbox", started)
        outputs = aws.deploy(
            template,
            stack=STACK_NAME,
            endpoint_url=endpoint_url,
            parameters=PARAMETERS | dict(options.parameters),
            log=state / "sam.log",
        )
        servers = json.loads((state / "sandbox.json").read_text(encoding="utf-8"))
        session = aws.AwsSession(endpoint_url)
        set_gateway_responses(session, STACK_NAME, outputs["ApiId"], _stage(outputs))
        opened = register_demo_shop(session, servers, options)
        stack = _stack(endpoint_url, outputs, servers, opened)
        set_console_url(session, STACK_NAME, stack["api"]["console_url"])
        processes.write_private(state / "stack.json", stack)
    except BaseException:
        processes.stop(started)
        down(state)
        raise
    return stack


def down(state: Path) -> list[str]:
    """Stops the stack of this state folder and waits until it is gone. Returns the names of the stopped processes."""
    state = state.resolve()
    stopped = processes.stop(processes.load(state / "processes.json"))
    for name in ("stack.json", "processes.json", "sandbox.json"):
        (state / name).unlink(missing_ok=True)
    shutil.rmtree(state / "aws", ignore_errors=True)
    return stopped


def read_stack(state: Path) -> dict[str, Any]:
    """The content of a running stack's stack.json.

    Raises:
        StackError: no stack runs in this state folder.
    """
    known = processes.load(state / "processes.json")
    try:
        stack: dict[str, Any] = json.loads((state / "stack.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        msg = f"no stack runs in {state}: start one with make up"
        raise StackError(msg) from None
    gone = [process for process in known if not processes.alive(process)]
    if gone or not known:
        names = ", ".join(f"{process.name} (see {process.log})" for process in gone) or "its processes"
        msg = f"the stack in {state} is broken, gone: {names}; run make down, then make up"
        raise StackError(msg)
    return stack


@dataclass(frozen=True, slots=True)
class Opened:
    """The secrets that an integrator sees only once."""

    operator_token: str
    webhook_path: str
    """Path of the shop's webhook relative to the HTTP API's URL; it contains the secret."""


def register_demo_shop(
    session: aws.AwsSession,
    servers: Mapping[str, Mapping[str, str]],
    options: StackOptions,
) -> Opened:
    """Registers the demo shop, one operator and the shop's webhook, as an integrator would."""
    stack = open_stack(STACK_NAME, session.client)
    settings = {
        "shop": SHOP,
        "export_interval_seconds": 0,  # the sandbox makes its export for each request
        "rules": {"undo_window_seconds": UNDO_WINDOW_SECONDS, **options.rules},
        **options.settings,
    }
    registry.register_shop(
        stack, settings, shop_secrets(servers["fastcentrik"], servers["mall"]), running=True
    )
    return Opened(
        operator_token=registry.add_operator(stack, OPERATOR, [SHOP]),
        webhook_path=registry.add_webhook(stack, SHOP),
    )


def sign_in_link(stack: Mapping[str, Any]) -> str:
    """A link that signs a person in to the clerks' page once, within a quarter of an hour. `stack`: stack.json."""
    services = open_stack(STACK_NAME, aws.AwsSession(stack["aws"]["endpoint_url"]).client)
    return registry.one_time_sign_in(services, OPERATOR, stack["api"]["console_url"]).link


def free_ports(host: str, wanted: Sequence[int]) -> list[int]:
    """The wanted ports, with a free port instead of each 0.

    Raises:
        StackError: a wanted port is in use.
    """
    held: list[socket.socket] = []
    try:
        for port in wanted:
            held.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            # As servers do: a port whose last connections are in TIME_WAIT counts as free.
            held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                held[-1].bind((host, port))
            except OSError as error:
                msg = f"cannot listen on {host}:{port} ({error.strerror}): choose another port or host"
                raise StackError(msg) from None
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def _stack(
    endpoint_url: str, outputs: Mapping[str, str], servers: Mapping[str, Any], opened: Opened
) -> dict[str, Any]:
    """The content of stack.json. `servers`: the sandbox's ready file."""
    api_url = f"{endpoint_url}/_aws/execute-api/{outputs['ApiId']}/{_stage(outputs)}"
    return {
        "aws": {
            "endpoint_url": endpoint_url,
            "region": aws.REGION,
            "stack": STACK_NAME,
            "table": outputs["TableName"],
        },
        "api": {
            "url": api_url,
            "operator_token": opened.operator_token,
            "mall_webhook_url": f"{api_url}{opened.webhook_path}",
            "console_url": f"{api_url}/console",
        },
        "shop": SHOP,
        "fastcentrik": servers["fastcentrik"],
        "mall": servers["mall"],
    }


def _stage(outputs: Mapping[str, str]) -> str:
    """The stage of the deployed API."""
    return outputs["ApiUrl"].rsplit("/", 1)[1]


def _start_sandbox(state: Path, host: str, fastcentrik_port: int, mall_port: int) -> Process:
    ready = state / "sandbox.json"
    ready.unlink(missing_ok=True)
    command = [
        str(aws.ROOT / ".venv" / "bin" / "python"),
        *("-m", "sandbox"),
        *("--host", host),
        *("--fastcentrik-port", str(fastcentrik_port)),
        *("--mall-port", str(mall_port)),
        *("--ready-file", str(ready)),
    ]
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return processes.start("sandbox", command, log=state / "sandbox.log", env=env, cwd=aws.ROOT)


def _fresh(log: Path) -> Path:
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    return log
