"""Typer's own words in the person's language.

Typer takes some of them through the standard library's gettext (``TYPERS_OWN``). The rest it has in English only; the
commands and groups made of the classes here have those from our catalogues too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Callable

TYPERS_OWN = (
    *("Arguments", "Options", "Commands", "required", "default: {default}", "(dynamic)", "env var: {var}"),
    *("Missing command.", "No such command {name!r}.", "Aborted!"),
)
"""What Typer takes through gettext. Its placeholders are its own."""


def _write_usage(command: Any, context: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer exports no names of them
    pieces = " ".join(command.collect_usage_pieces(context))
    shown = pieces.replace("[OPTIONS]", t("[OPTIONS]")).replace(
        "COMMAND [ARGS]...", t("COMMAND [ARGUMENTS]…")
    )
    formatter.write_usage(context.command_path, shown, prefix=f"{t('Usage:')} ")


def _help_option(inherited: Callable[[Any], Any], context: Any) -> Any:  # noqa: ANN401 - Typer exports no name of it
    option = inherited(context)
    if option is not None:
        option.help = t("Show this message and exit.")
    return option


class Command(TyperCommand):
    """A command whose help is in one language."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer exports no names of them
        """Writes the line that begins with ``Usage:``."""
        _write_usage(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer exports no names of them
        """The option ``--help``."""
        return _help_option(super().get_help_option, ctx)


class Group(TyperGroup):
    """A group whose help is in one language."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer exports no names of them
        """Writes the line that begins with ``Usage:``."""
        _write_usage(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer exports no names of them
        """The option ``--help``."""
        return _help_option(super().get_help_option, ctx)
