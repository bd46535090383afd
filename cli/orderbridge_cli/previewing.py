"""Makes a preview for a person: says what it costs, shows how far it is, and says why it cannot be made."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING

from orderbridge_cli.asking import moment
from orderbridge_cli.errors import UnreachableError
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from orderbridge_cli.dry_run import Calls, NotNowError, Preview, Stage
    from orderbridge_cli.session import Session


def make_preview(session: Session, shop: str, zone: ZoneInfo) -> Preview:
    """The preview of `shop`. Writes nothing; an interruption leaves nothing behind.

    `zone`: the one in which the shop's people read times.

    Raises UnreachableError while MALL may not be called, or if one of its lists does not come. The product's own errors
    (an unknown shop, an export that cannot be used, unreadable secrets) are raised as they are.
    """
    from orderbridge.texts import command_line, render
    from orderbridge_cli.dry_run import MallNotReadError, NotNowError, calls_of, run_preview

    try:
        session.tell(_announcement(calls_of(session.services, shop)))
        with _Shown(session) as progress:
            return run_preview(session.services, shop, progress.heard)
    except NotNowError as error:
        raise UnreachableError(
            _not_now(error, moment(error.until, zone)), f"mall_{error.why.value}"
        ) from None
    except MallNotReadError as error:
        said = render(error.reason, session.language, zone, command_line(shop))
        line = t("MALL's list did not come, so there is no preview: {said}", said=said)
        raise UnreachableError(line, str(error.reason.code)) from None


def _announcement(calls: Calls) -> str:
    line = t(
        "MALL's lists take {least} calls, and one more for every further 1,000 orders on a list ({most} at most). No "
        "order is read alone, and nothing is written.",
        least=calls.at_least,
        most=calls.at_most,
    )
    return line if calls.left is None else f"{line} {t('The key has {left} calls left.', left=calls.left)}"


def _not_now(error: NotNowError, until: str) -> str:
    from orderbridge_cli.dry_run import Wait

    match error.why:
        case Wait.LIMITED:
            return t(
                "MALL takes no calls for this shop before {until}: repeat the command then.", until=until
            )
        case Wait.RESERVED:
            return t(
                "Few calls to MALL are left, and they are kept for the orders until {until}: repeat the command then.",
                until=until,
            )
        case Wait.OUTAGE:
            return t(
                "MALL does not answer. It is tried again at {until}: repeat the command then.", until=until
            )


class _Shown(AbstractContextManager["_Shown"]):
    """The progress of a dry run, one bar per stage."""

    def __init__(self, session: Session) -> None:
        self._session, self._bars = session, ExitStack()
        self._stage: Stage | None = None
        self._advance: Callable[[int], None] = lambda _done: None
        self._done = 0

    def heard(self, stage: Stage, done: int) -> None:
        """Shows that `done` orders of `stage` are done."""
        if stage is not self._stage:
            self._bars.close()
            self._advance = self._bars.enter_context(self._session.progress(_title(stage)))
            self._stage, self._done = stage, 0
        self._advance(done - self._done)
        self._done = done

    def __exit__(self, *_error: object) -> None:
        self._bars.close()


def _title(stage: Stage) -> str:
    from orderbridge_cli.dry_run import Stage as Stages

    return {
        Stages.EXPORT: t("Reading the export"),
        Stages.LISTS: t("Reading MALL's lists"),
        Stages.ORDERS: t("Playing the orders"),
    }[stage]
