"""Registers shops, operators and webhooks, and says who gets alarms: a program for integrators.

``operations.py`` is what it does; ``__main__.py`` is its command line, ``python -m orderbridge.registry``.
"""

from orderbridge.registry.operations import (
    add_operator,
    add_webhook,
    read_shop_file,
    register_shop,
    remove_operator,
)

__all__ = [
    "add_operator",
    "add_webhook",
    "read_shop_file",
    "register_shop",
    "remove_operator",
]
