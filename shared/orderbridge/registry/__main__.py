"""The integrator's command line: registers shops, operators and webhooks, and sets who gets alarms.

``python -m orderbridge.registry --help`` lists the commands. It prints no secret but two: a new operator's token and a
new webhook's address. Each is printed once, because only its digest is stored.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from botocore.exceptions import BotoCoreError, ClientError

from orderbridge.adapters.aws.operators import EVERY_SHOP
from orderbridge.bootstrap import Services, open_stack
from orderbridge.errors import ExplainedError, OrderbridgeError
from orderbridge.registry.operations import (
    add_operator,
    add_webhook,
    check_registered,
    read_shop_file,
    register_shop,
    remove_operator,
)
from orderbridge.registry.restored import require_rereads
from orderbridge.texts import Language, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.adapters.aws.listeners import Listener
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import ShopRecord

    _Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - it has no public name

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SNS_DELAY = "AWS takes up to 15 minutes to apply that"


def main(arguments: Sequence[str] | None = None, stack: Services | None = None) -> int:
    """Runs one command. Returns 0 if it is done, 1 if not; then one line on stderr says why."""
    options = _parser().parse_args(arguments)
    try:
        lines = _run(options, stack or open_stack(options.stack))
    except ExplainedError as error:
        return _fail(_text(error.reason))
    except (ValueError, OrderbridgeError) as error:
        return _fail(str(error))
    except ClientError as error:
        # Only the code: AWS's message can repeat the values that were sent.
        return _fail(
            f"{error.operation_name}: {error.response['Error']['Code']}: check the account and its rights"
        )
    except BotoCoreError as error:
        return _fail(f"AWS cannot be used ({type(error).__name__}): check credentials, region and network")
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _text(reason: Reason) -> str:
    """A reason in English, with times in UTC: the program is not for one shop's people."""
    return render(reason, Language.ENGLISH, ZoneInfo("UTC"))


def _fail(line: str) -> int:
    sys.stderr.write(f"orderbridge.registry: {line}\n")
    return 1


def _run(options: argparse.Namespace, stack: Services) -> list[str]:
    match options.command:
        case "put":
            settings, secret_values = read_shop_file(options.file)
            checked = register_shop(stack, settings, secret_values)
            return [
                f"shop {checked.shop} is registered",
                *_subscription_warning(checked.shop, _subscribed_shops(stack)),
            ]
        case "list":
            records, subscribed = stack.shops.all(), _subscribed_shops(stack)
            lines = [
                "; ".join((_shop_line(one), *_subscription_warning(one.shop, subscribed))) for one in records
            ]
            return lines or ["no shops"]
        case "remove":
            # The record first: then no function reads the secrets any more.
            stack.shops.remove(options.shop)
            stack.secrets.remove(options.shop)
            stack.webhooks.remove(options.shop)
            if stack.listeners is not None:
                stack.listeners.forget(options.shop)
            return [f"shop {options.shop} is removed; its orders stay in the table"]
        case "restored":
            return _run_restored(options.table, stack)
        case "webhook":
            return _run_webhook(options, stack)
        case "alarm":
            return _run_alarm(options, stack)
        case _:
            return _run_operator(options, stack)


def _run_restored(table: str, stack: Services) -> list[str]:
    if table == stack.table:
        raise ValueError(
            f"table {table}: is the one that the stack works on: prepare a restored one before it is taken in"
        )
    found = require_rereads(stack.with_settings(TABLE_NAME=table), now=stack.clock.now())
    lines = [f"table {table}: {found.orders} orders are read at MALL before anything is sent for them"]
    if found.unreadable:
        lines.append(f"not these, whose records cannot be read: {', '.join(found.unreadable)}")
    return [*lines, f"now deploy with ExistingTable={table}"]


def _run_operator(options: argparse.Namespace, stack: Services) -> list[str]:
    match options.operator_command:
        case "add":
            token = add_operator(stack, options.name, options.shop)
            return [f"operator {options.name} is added; the token is shown only now:", token]
        case "remove":
            remove_operator(stack, options.name)
            return [f"operator {options.name} is removed"]
        case _:
            return [f"{one.name}: {', '.join(one.shops)}" for one in stack.operators.all()] or [
                "no operators"
            ]


def _run_webhook(options: argparse.Namespace, stack: Services) -> list[str]:
    if options.webhook_command == "remove":
        stack.webhooks.remove(options.shop)
        return [f"shop {options.shop} has no webhook now; the old address works for five minutes at most"]
    path = add_webhook(stack, options.shop)
    lines = [
        f"shop {options.shop} has a new webhook; enter its address in MALL's portal, it is shown only now",
        "(it works within five minutes, an older one of this shop no longer than that):",
        path,
    ]
    return [*lines, stack.api_url.rstrip("/") + path] if stack.api_url else lines


def _run_alarm(options: argparse.Namespace, stack: Services) -> list[str]:
    listeners = stack.listeners
    if listeners is None:
        raise ValueError(
            f"stack {options.stack}: has no output ShopAlarmsTopicArn: deploy the present template"
        )
    match options.alarm_command:
        case "add":
            check_registered(stack, options.shop)
            if not _EMAIL.fullmatch(options.email):
                raise ValueError("email: not an e-mail address")
            if listeners.add(options.email, options.shop):
                return [
                    f"alarms of shop {options.shop} go to this address as soon as it has opened the link",
                    "in the e-mail that AWS sends to it now (AWS Notification - Subscription Confirmation)",
                ]
            return [f"alarms of shop {options.shop} go to this address; {_SNS_DELAY}"]
        case "remove":
            listeners.remove(options.email, options.shop)
            return [f"alarms of shop {options.shop} go to this address no more; {_SNS_DELAY}"]
        case _:
            return [_listener_line(listener) for listener in listeners.all()] or ["nobody gets alarms"]


def _listener_line(listener: Listener) -> str:
    if not listener.arn:
        return f"{listener.email}: has not confirmed yet"
    return f"{listener.email}: {', '.join(listener.shops) or 'has a filter of its own in SNS'}"


def _subscribed_shops(stack: Services) -> frozenset[str] | None:
    """The shops whose alarms have a confirmed subscriber. None: unknown, without a topic or the right to read it."""
    try:
        return None if stack.listeners is None else stack.listeners.heard()
    except (ClientError, BotoCoreError):
        return None


def _subscription_warning(shop: str, subscribed: frozenset[str] | None) -> tuple[str, ...]:
    """The warning for a shop whose alarms nobody gets: SNS accepts such alarms, so they count as sent."""
    if subscribed is None:
        return ("who gets this shop's alarms cannot be seen: check the stack, and your rights in SNS",)
    if subscribed.isdisjoint({shop, EVERY_SHOP}):
        return ("nobody gets this shop's alarms: add somebody with alarm add",)
    return ()


def _shop_line(record: ShopRecord) -> str:
    state = "on" if record.runs else "off"
    if record.stop is not None:
        state = f"stopped since {record.stop.since:%Y-%m-%d %H:%M} UTC: {_text(record.stop.reason)}"
    if record.settings_problem is not None:
        state = _text(record.settings_problem)
    fetched = f"{record.last_success_at:%Y-%m-%d %H:%M} UTC" if record.last_success_at else "never"
    return f"{record.shop}: {state.rstrip('.')}; last good fetch: {fetched}"


def _parser() -> argparse.ArgumentParser:
    stack = argparse.ArgumentParser(add_help=False)
    stack.add_argument("--stack", required=True, metavar="NAME", help="the deployment's stack")
    parser = argparse.ArgumentParser(
        prog="orderbridge.registry",
        description="Registers shops, operators, webhooks and who gets alarms.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    put = commands.add_parser("put", parents=[stack], help="register a shop, or change it")
    put.add_argument(
        "--file", required=True, type=Path, help="settings, and secrets under `secrets`: .toml or .json"
    )
    commands.add_parser("list", parents=[stack], help="the shops and how they are doing")
    remove = commands.add_parser(
        "remove",
        parents=[stack],
        help="take a shop off the registry, with its secrets, webhook and listeners",
    )
    remove.add_argument("shop")
    restored = commands.add_parser(
        "restored", parents=[stack], help="prepare a table that was restored from a backup, before it is used"
    )
    restored.add_argument("--table", required=True, metavar="NAME", help="the restored table")
    _add_operator_commands(commands, stack)
    _add_webhook_commands(commands, stack)
    _add_alarm_commands(commands, stack)
    return parser


def _add_operator_commands(commands: _Commands, stack: argparse.ArgumentParser) -> None:
    operator = commands.add_parser("operator", help="who may use the HTTP API")
    operator_commands = operator.add_subparsers(dest="operator_command", required=True)
    add = operator_commands.add_parser("add", parents=[stack], help="make a token; it is shown once")
    add.add_argument("name")
    add.add_argument(
        "--shop", action="append", default=[], help="may see this shop; repeat it; default: every shop"
    )
    operator_commands.add_parser("list", parents=[stack], help="the operators' names")
    take_away = operator_commands.add_parser("remove", parents=[stack], help="make a token worthless")
    take_away.add_argument("name")


def _add_webhook_commands(commands: _Commands, stack: argparse.ArgumentParser) -> None:
    webhook = commands.add_parser("webhook", help="where MALL tells that orders changed")
    webhook_commands = webhook.add_subparsers(dest="webhook_command", required=True)
    for name, text in (
        ("add", "make an address, in place of an older one; it is shown once"),
        ("remove", "make the address worthless"),
    ):
        command = webhook_commands.add_parser(name, parents=[stack], help=text)
        command.add_argument("--shop", required=True, help="the shop's name")


def _add_alarm_commands(commands: _Commands, stack: argparse.ArgumentParser) -> None:
    alarm = commands.add_parser("alarm", help="who gets a shop's alarms by e-mail")
    alarm_commands = alarm.add_subparsers(dest="alarm_command", required=True)
    alarm_commands.add_parser("list", parents=[stack], help="the addresses and their shops")
    for name, text in (("add", "send a shop's alarms to an address"), ("remove", "send them no more")):
        command = alarm_commands.add_parser(name, parents=[stack], help=text)
        command.add_argument("--shop", required=True, help="the shop's name")
        command.add_argument("--email", required=True, metavar="ADDRESS", help="the address")


if __name__ == "__main__":
    sys.exit(main())
