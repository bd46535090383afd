"""The local stack's command line.

python -m local.stack up | down | status | sign-in
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.stack.page_links import open_page
from local.stack.processes import StackError
from local.stack.stack import UNDO_WINDOW_SECONDS, StackOptions, down, read_stack, sign_in_link, up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 0 if the command is done, 1 if not; then one line says why."""
    parser = argparse.ArgumentParser(prog="python -m local.stack", description="The local stack.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("up", "start the stack and deploy the product into it"),
        ("down", "stop the stack"),
        ("status", "say whether the stack runs, and where"),
        ("sign-in", "print a link that signs you in to the clerks' page once"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--state", type=Path, default=Path(".local"), help="folder of the stack's files")
        if name == "up":
            command.add_argument("--host", default="127.0.0.1", help="address to listen on")
            for server in ("aws", "fastcentrik", "mall"):
                command.add_argument(
                    f"--{server}-port", type=int, default=0, help="0 (the default): any free port"
                )
            command.add_argument(
                "--undo-window-seconds",
                type=int,
                default=UNDO_WINDOW_SECONDS,
                help="undo window of the demo shop (default: %(default)s)",
            )
            command.add_argument(
                "--import",
                dest="import_mode",
                choices=("create", "link", "off"),
                default="link",
                help="where the demo shop's orders come from (default: %(default)s)",
            )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "up":
            options = StackOptions(
                chosen.state,
                chosen.host,
                chosen.aws_port,
                chosen.fastcentrik_port,
                chosen.mall_port,
                rules={"undo_window_seconds": chosen.undo_window_seconds},
                settings={"import": chosen.import_mode},
            )
            stack = up(options)
            open_page(stack["api"]["console_url"])
            _print_addresses(stack, chosen.state)
            print(f"  sign in once, within 15 minutes: {sign_in_link(stack)}")
        elif chosen.command == "down":
            print("stopped: " + (", ".join(down(chosen.state)) or "nothing, no stack was running"))
        elif chosen.command == "sign-in":
            print(sign_in_link(read_stack(chosen.state.resolve())))
        else:
            _print_addresses(read_stack(chosen.state.resolve()), chosen.state)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _print_addresses(stack: Mapping[str, Any], state: Path) -> None:
    print(f"the local stack is up: {state / 'stack.json'} has all addresses and the operator token")
    print(f"  AWS          {stack['aws']['endpoint_url']}")
    print(f"  HTTP API     {stack['api']['url']}")
    print(f"  clerks' page {stack['api']['console_url']}")
    print(f"  FastCentrik  {stack['fastcentrik']['control_url']}")
    print(f"  MALL         {stack['mall']['control_url']}")


if __name__ == "__main__":
    sys.exit(main())
