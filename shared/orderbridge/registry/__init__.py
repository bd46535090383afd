"""The integrator's program: registers shops, operators and webhooks, and sets who gets alarms.

``operations.py`` has the operations, ``__main__.py`` the command line ``python -m orderbridge.registry``.
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
