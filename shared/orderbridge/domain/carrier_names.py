"""Which carriers the name of a shop's delivery method names."""

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
"""The entry of a shop's own table that stands for every carrier that no other entry knows."""

_COUNTRY_WORDS: Mapping[str, Country] = {
    **dict.fromkeys(("cz", "cze", "cr", "cesko", "ceska", "cesku", "czech", "czechia"), Country.CZ),
    **dict.fromkeys(("sk", "svk", "sr", "slovensko", "slovenska", "slovensku", "slovakia"), Country.SK),
    **dict.fromkeys(("svn", "slovinsko", "slovinska", "slovinsku", "slovenia"), Country.SI),
    **dict.fromkeys(("slovenija", "slovenije", "sloveniji", "slovenijo"), Country.SI),
    **dict.fromkeys(("hr", "hrv", "chorvatsko", "chorvatska", "chorvatsku", "croatia"), Country.HR),
    **dict.fromkeys(("hrvatska", "hrvatske", "hrvatskoj", "hrvatsku"), Country.HR),
}
_SI = re.compile(r"(?<!\w)SI(?!\w)")
"""Only as a code: ``si`` is a word of Czech and Slovak ("vyzvednete si")."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A table's entry that may have the parcel. `form` None: the form of its numbers is not known.

    `carriers` are the built-in carriers behind it: itself, or those that the name of a shop's own entry names.
    """

    name: str
    address: str
    form: re.Pattern[str] | None = None
    carriers: frozenset[Carrier] = frozenset()


@dataclass(frozen=True, slots=True)
class _Named:
    """What a name of a table stands for. `country`: the name says it. `own`: an entry of the shop's own table."""

    name: str
    carrier: Carrier | None = None
    country: Country | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class _Mention:
    """A name of a table found in a text: its words from `start` to `end`."""

    start: int
    end: int
    named: _Named


def words(name: str) -> list[str]:
    """`name` as folded words of letters and digits: what counts when names are compared."""
    return re.findall(r"[0-9a-z]+", fold(name))


def named_carriers(text: str, own: Mapping[str, str], home: Country) -> tuple[Candidate, ...]:
    """The carriers that `text` names, each once; more than one means that it cannot be told which one it is.

    `own` is the shop's table (name → address): the whole `text` as a name decides alone; else its names count as the
    built-in ones do, whole words somewhere in `text`, the longer name where one stands in another. A country in `text`
    gives the carrier's page there, otherwise it is that of `home`. Nothing named: the shop's entry ``*``, if any.
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
    """The folded words of all names that these carriers have, but for single letters, which may begin a number."""
    return frozenset(
        word
        for candidate in candidates
        for name in (candidate.name, *(name for carrier in candidate.carriers for name in carrier.all_names))
        for word in words(name)
        if len(word) > 1
    )


def _own(name: str, address: str, home: Country) -> Candidate:
    """The shop's own entry. A carrier that its name names, and no other, has that carrier's numbers."""
    carriers = _carriers_in(name)
    form = next(iter(carriers)).page(_country(name) or home).form if len(carriers) == 1 else ""
    return Candidate(name, address, _compiled(form), carriers)


def _built_in_candidate(carrier: Carrier, page: Page) -> Candidate:
    return Candidate(carrier.names[0], page.address, _compiled(page.form), frozenset({carrier}))


def _compiled(form: str) -> re.Pattern[str] | None:
    return re.compile(form, re.IGNORECASE) if form else None


def _carriers_in(name: str) -> frozenset[Carrier]:
    mentions = _outermost([*_mentions(words(name), _built_in())])
    return frozenset(mention.carrier for mention in mentions if mention.carrier is not None)


@lru_cache(maxsize=1)
def _built_in() -> Mapping[tuple[str, ...], _Named]:
    return {
        tuple(words(name)): _Named(carrier.names[0], carrier, carrier.local_names.get(name))
        for carrier in CARRIERS
        for name in carrier.all_names
    }


def _by_words(own: Mapping[str, str]) -> Mapping[tuple[str, ...], _Named]:
    return {tuple(words(name)): _Named(name, own=True) for name in own if name != ANY}


def _mentions(text_words: Sequence[str], table: Mapping[tuple[str, ...], _Named]) -> Iterator[_Mention]:
    longest = max(map(len, table), default=0)
    for start in range(len(text_words)):
        for end in range(start + 1, min(start + longest, len(text_words)) + 1):
            named = table.get(tuple(text_words[start:end]))
            if named is not None:
                yield _Mention(start, end, named)


def _outermost(mentions: Sequence[_Mention]) -> Iterator[_Named]:
    """What is mentioned, without names within a longer one. Of the same words the shop's own entry counts."""
    places = {(mention.start, mention.end): mention.named for mention in reversed(mentions)}
    for (start, end), named in sorted(places.items(), key=lambda item: item[0]):
        if not any(other != (start, end) and other[0] <= start and end <= other[1] for other in places):
            yield named


def _country(text: str) -> Country | None:
    """The country that `text` names, if it is one only."""
    named = {_COUNTRY_WORDS[word] for word in words(text) if word in _COUNTRY_WORDS}
    if _SI.search(text) and (not text.isupper() or words(text)[-1] == "si"):
        named.add(Country.SI)
    return named.pop() if len(named) == 1 else None
