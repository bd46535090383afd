"""Random reasons: every code with random facts of the kinds that its table asks for."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from orderbridge.domain.actions import Action
from orderbridge.domain.codes import CODES
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import Kind, ShopText, Term
from orderbridge.domain.reasons import Fact, Reason, because
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge.domain.facts import Code

_TEXTS = st.text(st.characters(), max_size=300).map(ShopText)
_TERMS = st.text(st.characters(), max_size=300).map(Term)

PLAIN: Mapping[Kind, st.SearchStrategy[Any]] = {
    Kind.STATUS: st.sampled_from(MarketplaceStatus),
    Kind.SHOP_STATUS: st.sampled_from(ShopStatus),
    Kind.ACTION: st.sampled_from(Action),
    Kind.NUMBER: st.integers(),
    Kind.COUNT: st.integers(min_value=0),
    Kind.AMOUNT: st.decimals(
        allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9
    ),
    Kind.MOMENT: st.datetimes(timezones=st.just(UTC)),
    Kind.SHOP_DATE: st.builds(ShopDate, st.dates(), st.none() | st.times()),
    Kind.DAY: st.dates(),
    Kind.TEXT: _TEXTS,
    Kind.TEXTS: st.lists(_TEXTS, max_size=3).map(tuple),
    Kind.TERM: _TERMS,
    Kind.TERMS: st.lists(_TERMS, max_size=3).map(tuple),
}
"""Facts that hold no other reason, by kind."""


def reasons(depth: int = 2) -> st.SearchStrategy[Reason]:
    """Reasons of every code; `depth` is how deep they may hold each other."""
    codes = [
        code for code in CODES.values() if depth or not {Kind.REASON, Kind.REASONS} & {*code.facts.values()}
    ]
    return st.sampled_from(codes).flatmap(lambda code: reasons_of(code, depth))


def reasons_of(code: Code, depth: int = 2) -> st.SearchStrategy[Reason]:
    """Reasons of this code."""
    facts = {name: facts_of(kind, depth) for name, kind in code.facts.items()}
    return st.fixed_dictionaries(facts).map(lambda values: because(code, **values))


def facts_of(kind: Kind, depth: int = 2) -> st.SearchStrategy[Fact]:
    """Facts of this kind."""
    if kind is Kind.REASON:
        return reasons(depth - 1)
    if kind is Kind.REASONS:
        return st.lists(reasons(depth - 1), max_size=2).map(tuple)
    return PLAIN[kind]
