"""Reasons for tests that need one and do not mind which."""

from __future__ import annotations

from orderbridge.domain.codes.answers import AnswerReason
from orderbridge.domain.codes.orders import DriftReason, ParkedReason
from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.statuses import MarketplaceStatus

ANY = because(TrackingReason.NO_NUMBER)
PARKED = because(ParkedReason.MESSAGE, message=Term("message 1"), queue=Term("changes.fifo"))
DRIFT = because(DriftReason.NEVER_SHOWN, held=MarketplaceStatus.SHIPPED)


def they_said(text: str = "no") -> Reason:
    """What the other side said."""
    return because(AnswerReason.SAID, said=ShopText(text))


def codes_in(reason: Reason | None) -> list[str]:
    """The code of `reason` and those of all reasons within it, from outside in."""
    if reason is None:
        return []
    within = [one for _, fact in reason.facts for one in (fact if isinstance(fact, tuple) else (fact,))]
    return [str(reason.code), *(code for one in within if isinstance(one, Reason) for code in codes_in(one))]


def words_of(reason: Reason | None) -> str:
    """What `reason` quotes of the other side; empty if it quotes nothing."""
    quoted = None if reason is None else reason.fact("said")
    return quoted.text if isinstance(quoted, ShopText) else ""
