"""Registers shops, operators and webhooks in a stack. The command line and the local stack use it."""

from orderbridge_cli.registry.operations import (
    add_operator,
    add_webhook,
    check_registered,
    check_removable,
    one_time_sign_in,
    read_shop_file,
    register_shop,
    remove_operator,
    remove_shop,
    rotate_key,
)

__all__ = [
    "add_operator",
    "add_webhook",
    "check_registered",
    "check_removable",
    "one_time_sign_in",
    "read_shop_file",
    "register_shop",
    "remove_operator",
    "remove_shop",
    "rotate_key",
]
