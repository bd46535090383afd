"""Controls: the actions and lists that a text points at, and the edge whose reader is told of them (R11.7).

A text names a control by a placeholder, ``{do_retry}`` or ``{see_escalations}``. What is written in its place depends
on where the text is read: the method and path of the HTTP API, the name of the button or page, or the command. Names of
buttons and pages are in the catalogue (``name.control.do_retry``), and the page takes them from there, too.
"""

from __future__ import annotations

from enum import StrEnum
from string import Formatter
from typing import NamedTuple, Self


class Door(StrEnum):
    """The way by which a person reaches the product."""

    API = "api"
    """The HTTP API."""
    PAGE = "page"
    """The clerks' page, and the mails, which lead to it."""
    COMMAND_LINE = "command_line"
    """The command line."""


class Edge(NamedTuple):
    """Where a text is read."""

    door: Door
    """Decides which words a control has."""
    shop: str = ""
    """The shop that a command has to name; empty: none, because the stack has only one."""


API = Edge(Door.API)
"""An answer of the HTTP API."""
PAGE = Edge(Door.PAGE)
"""The clerks' page, or a mail."""


def command_line(shop: str = "") -> Edge:
    """A terminal, where a command names `shop`; empty: no command needs to."""
    return Edge(Door.COMMAND_LINE, shop)


class Control(StrEnum):
    """An action (``do_…``) or a list (``see_…``). The value is its placeholder.

    A member is ``NAME = "placeholder", "path of the API", "command"``. Both may name facts: ``{order}``. What the code
    of a text has no such fact for is written as ``{order}`` in a path and as ``ORDER`` in a command. ``{of_shop}``
    stands for the option with the shop's name. Without a path the control exists at the command line only, so every
    edge names the command.
    """

    _value_: str
    path: str
    """The method and path; empty: the API and the page do not have it."""
    command: str
    """The command."""

    def __new__(cls, value: str, path: str = "", command: str = "") -> Self:
        """A member of the table."""
        control = str.__new__(cls, value)
        control._value_ = value
        control.path = path
        control.command = command
        return control

    RETRY = "do_retry", "POST /orders/{order}/retry", "orderbridge retry {order}{of_shop}"
    RETURNED = (
        "do_returned",
        "POST /returns/{order}/returned",
        "orderbridge request-returned {order}{of_shop}",
    )
    SYNC = "do_sync", "POST /sync", "orderbridge sync{of_shop}"
    ADD_SHOP = "do_add_shop", "", "orderbridge shop add {file}"
    ROTATE_KEY = "do_rotate_key", "", "orderbridge shop rotate-key {shop}"
    SWITCH_ON = "do_switch_on", "", "orderbridge shop resume {shop}"
    ORDERS = "see_orders", "GET /orders", "orderbridge orders{of_shop}"
    ORDER = "see_order", "GET /orders/{order}", "orderbridge explain {order}{of_shop}"
    RETURNS = "see_returns", "GET /returns", "orderbridge returns{of_shop}"
    ESCALATIONS = "see_escalations", "GET /escalations", "orderbridge escalations{of_shop}"
    HEALTH = "see_health", "GET /health", "orderbridge shop list"
    LISTENERS = "see_listeners", "", "orderbridge alarm list"

    @property
    def has_page_name(self) -> bool:
        """Whether the clerks' page has it."""
        return bool(self.path)

    @property
    def parameters(self) -> frozenset[str]:
        """The facts that its words may name."""
        named = {name for words in (self.path, self.command) for _, name, _, _ in Formatter().parse(words)}
        return frozenset(name for name in named if name and name != OF_SHOP)


OF_SHOP = "of_shop"
"""Stands for ``--shop SHOP`` in a command that takes it."""
