"""The commands, one module per group. A module's function ``add`` puts its commands into the application."""

from __future__ import annotations

from importlib import import_module

import typer

from orderbridge_cli.frame import takes_language
from orderbridge_cli.language import t
from orderbridge_cli.typer_words import Group

MODULES = ("shop", "profile", "doctor", "preview", "access", "today", "orders", "decisions", "export")
"""The modules in the order in which help lists their commands."""


def build() -> typer.Typer:
    """The whole application. The help is made here, so the language must be chosen before."""
    app = typer.Typer(
        cls=Group,
        help=t("Connects FastCentrik shops to MALL Partner, and looks after them."),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    takes_language(app)
    for name in MODULES:
        import_module(f"orderbridge_cli.commands.{name}").add(app)
    return app
