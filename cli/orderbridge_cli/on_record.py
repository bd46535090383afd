"""What the caller of the command line asks for goes on record before its effect, as with the HTTP API (R13.3)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.codes.persons import PersonReason
    from orderbridge_cli.session import Session

Why = Annotated[str, typer.Option("--why", metavar="WORDS", help=t("Why; the words go on record."))]
"""The option of a command that a person answers for."""


def recording(
    session: Session, shop: str, what: PersonReason, why: str = "", **facts: object
) -> Callable[[], None]:
    """A function that records the action. Call it when the action is known to make sense, and before its effect.

    `shop` may be ``EVERY_SHOP``. If the record cannot be written, the error is raised, and nothing may be done.
    Raises WrongUseError here for too many words.
    """
    check_why(why)
    return partial(_record, session, shop, what, why, facts)


def check_why(why: str) -> None:
    """Raises WrongUseError for too many words."""
    from orderbridge.redaction import MAX_WORDS

    if len(why) > MAX_WORDS:
        raise WrongUseError(t("Too many words why: {limit} characters at most.", limit=MAX_WORDS))


def _record(session: Session, shop: str, what: PersonReason, why: str, facts: dict[str, object]) -> None:
    from orderbridge.domain.persons import PersonAction
    from orderbridge.domain.reasons import because
    from orderbridge.redaction import redact_words

    reason = because(what, **facts)  # type: ignore[arg-type] # it checks the kinds itself
    action = PersonAction(shop, session.now(), session.person, reason, None, redact_words(why))
    session.services.actions.record(action)
