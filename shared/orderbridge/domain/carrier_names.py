"""Finds the carriers that the name of a shop's delivery method mentions (R3.11, R3.13)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from orderbridge.domain.carrier_table import CARRIERS, Carrier, Country, Page
from orderbridge.domain.statuses import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ANY = "*"
"""The name in a shop's own table that stands for all carriers without an entry."""

_COUNTRY_WORDS: Mapping[str, Country] = {
    **dict.fromkeys(("cz", "cze", "cr", "cesko", "ceska", "cesku", "czech", "czechia"), Country.CZ),
    **dict.fromkeys(("sk", "svk", "sr", "slovensko", "slovenska", "slovensku", "slovakia"), Country.SK),
    **dict.fromkeys(("svn", "slovinsko", "slovinska", "slovinsku", "slovenia"), Country.SI),
    **dict.fromkeys(("slovenija", "slovenije", "sloveniji", "slovenijo"), Country.SI),
    **dict.fromkeys(("hr", "hrv", "chorvatsko", "chorvatska", "chorvatsku", "croatia"), Country.HR),
    **dict.fromkeys(("hrvatska", "hrvatske", "hrvatskoj", "hrvatsku"), Country.HR),
}
"""Folded word → the country that it names."""
_SI = re.compile(r"(?<!\w)SI(?!\w)")
"""Slovenia as a code. The code counts in capitals only, because ``si`` is a Czech and Slovak word ("vyzvednete si")."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of a table whose carrier may have the parcel."""

    name: str
    """The entry's name."""
    address: str
    """The tracking address, with ``{number}`` in it."""
    form: re.Pattern[str] | None = None
    """The form of its numbers; None: not known."""
    carriers: frozenset[Carrier] = frozenset()
    """The built-in carriers of the entry. For an entry of the shop's own table, those that its name mentions."""


@dataclass(frozen=True, slots=True)
class _Named:
    """What a name in a table stands for."""

    name: str
    """The entry's name."""
    carrier: Carrier | None = None
    """The built-in carrier; None: it is an entry of the shop's own table."""
    country: Country | None = None
    """The country that the name says; None: it says none."""
    own: bool = False
    """Whether it is an entry of the shop's own table."""


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name of a table found in a text."""

    start: int
    """The index of its first word."""
    end: int
    """The index after its last word."""
    named: _Named
    """What the name stands for."""


def words(name: str) -> list[str]:
    """The folded words of `name`, letters and digits only. Names are compared by them."""
    return re.findall(r"[0-9a-z]+", fold(name))


def named_carriers(text: str, own: Mapping[str, str], home: Country) -> tuple[Candidate, ...]:
    """The carriers that `text` mentions, each once. Several mean that it is not clear which one is meant (R3.11).

    `own` is the shop's table (name → address). If the whole `text` is one of its names, that entry alone counts.
    Otherwise its names and the built-in ones count as whole words anywhere in `text`; of two names, one within the
    other, the longer counts. A country in `text` selects the carrier's page, else the country `home` does (R3.13). If
    nothing is mentioned, the shop's entry ``*`` counts, if there is one.
    """
    text_words = words(text)
    whole = next((name for name in own if name != ANY and text_words and words(name) == text_words), None)
    if whole is not None:
        return (_own(whole, own[whole], home),)
    mentions = list(_outermost([*_mentions(text_words, _by_words(own)), *_mentions(text_words, _built_in())]))
    if not mentions:
        return (Candidate(ANY, own[ANY]),) if ANY in own else ()
    country = _country(text) or home
    own_candidates = {
        mention.name: _own(mention.name, own[mention.name], home) for mention in mentions if mention.own
    }
    replaced = {carrier for candidate in own_candidates.values() for carrier in candidate.carriers}
    built_in = {
        mention.carrier: mention.carrier.page(mention.country or country)
        for mention in mentions
        if mention.carrier is not None and mention.carrier not in replaced
    }
    candidates = [*own_candidates.values(), *(_built_in_candidate(*found) for found in built_in.items())]
    return tuple({candidate.address: candidate for candidate in candidates}.values())


def carriers_words(candidates: Iterable[Candidate]) -> frozenset[str]:
    """The folded words of all names of these carriers. Single letters are left out: a number may begin with one."""
    return frozenset(
        word
        for candidate in candidates
        for name in (candidate.name, *(name for carrier in candidate.carriers for name in carrier.all_names))
        for word in words(name)
        if len(word) > 1
    )


def _own(name: str, address: str, home: Country) -> Candidate:
    """The shop's own entry. If its name mentions one built-in carrier, it has the form of that carrier's numbers."""
    carriers = _carriers_in(name)
    form = next(iter(carriers)).page(_country(name) or home).form if len(carriers) == 1 else ""
    return Candidate(name, address, _compiled(form), carriers)


def _built_in_candidate(carrier: Carrier, page: Page) -> Candidate:
    """The entry of a built-in carrier."""
    return Candidate(carrier.names[0], page.address, _compiled(page.form), frozenset({carrier}))


def _compiled(form: str) -> re.Pattern[str] | None:
    return re.compile(form, re.IGNORECASE) if form else None


def _carriers_in(name: str) -> frozenset[Carrier]:
    mentions = _outermost([*_mentions(words(name), _built_in())])
    return frozenset(mention.carrier for mention in mentions if mention.carrier is not None)


@lru_cache(maxsize=1)
def _built_in() -> Mapping[tuple[str, ...], _Named]:
    """Words of each built-in name → what it stands for."""
    return {
        tuple(words(name)): _Named(carrier.names[0], carrier, carrier.local_names.get(name))
        for carrier in CARRIERS
        for name in carrier.all_names
    }


def _by_words(own: Mapping[str, str]) -> Mapping[tuple[str, ...], _Named]:
    """Words of each name in the shop's own table → what it stands for."""
    return {tuple(words(name)): _Named(name, own=True) for name in own if name != ANY}


def _mentions(text_words: Sequence[str], table: Mapping[tuple[str, ...], _Named]) -> Iterator[_Mention]:
    """The names of `table` in a text."""
    longest = max(map(len, table), default=0)
    for start in range(len(text_words)):
        for end in range(start + 1, min(start + longest, len(text_words)) + 1):
            named = table.get(tuple(text_words[start:end]))
            if named is not None:
                yield _Mention(start, end, named)


def _outermost(mentions: Sequence[_Mention]) -> Iterator[_Named]:
    """What is mentioned, without names inside longer ones. For the same words the shop's own entry counts."""
    places = {(mention.start, mention.end): mention.named for mention in reversed(mentions)}
    for (start, end), named in sorted(places.items(), key=lambda item: item[0]):
        if not any(other != (start, end) and other[0] <= start and end <= other[1] for other in places):
            yield named


def _country(text: str) -> Country | None:
    """The country that `text` names; None: none, or several."""
    named = {_COUNTRY_WORDS[word] for word in words(text) if word in _COUNTRY_WORDS}
    if _SI.search(text) and (not text.isupper() or words(text)[-1] == "si"):
        named.add(Country.SI)
    return named.pop() if len(named) == 1 else None
