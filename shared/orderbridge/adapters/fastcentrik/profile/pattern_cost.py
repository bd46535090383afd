"""Estimates the worst-case cost of a regular expression.

Python's expressions backtrack, and nothing stops one that backtracks for hours on a hostile text. So a profile's
expressions are checked before use: this module counts the ways in which an expression can match the same text, because
each of them may be tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONG = 2_000
"""Characters of a long text. A repetition of more than FEW characters counts as LONG."""
FEW = 20
MAX_WAYS = 10 * LONG
"""Allows one repetition that may end anywhere, with a few other choices, but not two of them."""

_MANY = 10**9
_SAMPLES = frozenset(map(chr, range(128))) | set("áÉčžß²\u00a0\u2013\ufffd中")
_ANYTHING = frozenset(_SAMPLES)
"""Characters that stand for all: if two sets overlap, they overlap in these."""
_CONDITIONS = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
_CATEGORIES: Mapping[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdigit,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda char: char.isalnum() or char == "_",
}

Sign = tuple[Any, Any]
"""A piece of a parsed expression: its kind and its details."""


@dataclass(frozen=True, slots=True)
class _Behind:
    """What follows a piece: `first` are the characters that it can begin with.

    `first` None: nothing that could fail. `wide`: it has a repetition that may match a long text.
    """

    first: frozenset[str] | None
    wide: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """The facts about a piece. `empty`: it may match no character."""

    first: frozenset[str]
    empty: bool = False
    ways: int = 1
    wide: bool = False


def ways_of(pattern: str, *, whole: bool = False) -> int:
    """The number of ways in which `pattern` can match a long text from one place on, at most _MANY.

    `whole`: it must match to the end of the text, so it may have to try all ways. The estimate is rather too high than
    too low.
    """
    # The private parser of `re`: there is no public one, and another parser would read some expressions differently.
    parsed = import_module("re._parser").parse(pattern)
    letters = frozenset(sign for sign in pattern if sign not in _SAMPLES)
    counter = _Counter(_ANYTHING | letters)
    piece = counter.sequence(list(parsed), _Behind(counter.anything if whole else None))
    return min(_MANY, max(piece.ways, counter.within))


class _Counter:
    """Walks an expression from its end to its beginning."""

    def __init__(self, anything: frozenset[str]) -> None:
        self.anything = anything
        self._outlines: dict[int, _Piece] = {}
        self._taken: dict[tuple[str, Any], frozenset[str]] = {}
        self.within = 1
        """The most ways of a part that is matched on its own: a lookahead, or an atomic group."""

    def sequence(self, signs: list[Sign], behind: _Behind) -> _Piece:
        first: frozenset[str] = frozenset()
        empty, wide, ways = True, False, 1
        for sign in reversed(signs):
            piece = self._piece(sign, behind)
            ways = _times(ways, piece.ways)
            first = piece.first | first if piece.empty else piece.first
            empty, wide = empty and piece.empty, wide or piece.wide
            behind = _before(piece, str(sign[0]), behind, self.anything)
        return _Piece(first, empty, ways, wide)

    def _piece(self, sign: Sign, behind: _Behind) -> _Piece:
        kind, details = str(sign[0]), sign[1]
        if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
            return self._repeated(details[0], details[1], details[2], behind)
        if kind == "BRANCH":
            return self._branch(details[1], behind)
        if kind == "SUBPATTERN":
            return self.sequence(list(details[-1]), behind)
        if kind in {"ASSERT", "ASSERT_NOT"}:
            self._by_itself(details[1])
            return _Piece(frozenset(), empty=True)
        if kind == "ATOMIC_GROUP":
            return self._by_itself(details)
        if kind == "POSSESSIVE_REPEAT":
            least, most, body = details
            piece = self._by_itself(body)
            return _Piece(piece.first, piece.empty or not least, wide=most - least > FEW)
        return self._outline_of(kind, details)

    def _characters(self, kind: str, details: Any) -> frozenset[str]:  # noqa: ANN401 - the parser's own type
        """The characters that a one-character piece can match."""
        key = (kind, str(details))
        if key not in self._taken:
            one = chr(details).lower() if kind == "LITERAL" else ""
            likely = {one, one.upper()} & self.anything if one else self.anything
            self._taken[key] = frozenset(char for char in likely if _is_one(kind, details, char))
        return self._taken[key]

    def _outline(self, signs: Any) -> _Piece:  # noqa: ANN401 - the parser's own type
        """The facts about `signs` without their ways. Each part is visited once."""
        if id(signs) not in self._outlines:
            first: frozenset[str] = frozenset()
            empty = True
            wide = False
            for sign in reversed(list(signs)):
                piece = self._outline_of(str(sign[0]), sign[1])
                first = piece.first | first if piece.empty else piece.first
                empty, wide = empty and piece.empty, wide or piece.wide
            self._outlines[id(signs)] = _Piece(first, empty, wide=wide)
        return self._outlines[id(signs)]

    def _outline_of(self, kind: str, details: Any) -> _Piece:  # noqa: ANN401 - the parser's own type
        if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            body = self._outline(details[2])
            wide = body.wide or details[1] - details[0] > FEW
            return _Piece(body.first, body.empty or not details[0], wide=wide)
        if kind == "BRANCH":
            pieces = [self._outline(branch) for branch in details[1]]
            first = frozenset().union(*(piece.first for piece in pieces))
            return _Piece(first, any(p.empty for p in pieces), wide=any(p.wide for p in pieces))
        if kind in {"SUBPATTERN", "ATOMIC_GROUP"}:
            return self._outline(details[-1] if kind == "SUBPATTERN" else details)
        if kind in _CONDITIONS:
            return _Piece(frozenset(), empty=True)
        if kind in {"GROUPREF", "GROUPREF_EXISTS"}:
            return _Piece(self.anything, empty=True)
        return _Piece(self._characters(kind, details))

    def _by_itself(self, signs: Any) -> _Piece:  # noqa: ANN401 - the parser's own type
        piece = self.sequence(list(signs), _Behind(None))
        self.within = max(self.within, piece.ways)
        return _Piece(piece.first, piece.empty, wide=piece.wide)

    def _repeated(self, least: int, most: int, body: Any, behind: _Behind) -> _Piece:  # noqa: ANN401
        alone = self._outline(body)
        again = alone.first | (behind.first or frozenset()) if most > 1 else behind.first
        inner = self.sequence(list(body), _Behind(again, behind.wide or (most > 1 and alone.wide)))
        times = min(int(most), LONG)
        ends_anywhere = behind.first is not None and (inner.empty or bool(inner.first & behind.first))
        choices = times - min(least, times) + 1 if ends_anywhere else 1
        choices = LONG if choices > FEW else choices
        if choices > 1 and behind.wide:
            choices *= LONG
        wide = behind.first is not None and (inner.wide or most - least > FEW)
        ways = choices if inner.ways == 1 else _times(choices, *[inner.ways] * min(times, 30))
        return _Piece(inner.first, inner.empty or not least, ways, wide)

    def _branch(self, branches: list[Any], behind: _Behind) -> _Piece:
        pieces = [self.sequence(list(branch), behind) for branch in branches]
        begins = [
            piece.first | (behind.first or frozenset()) if piece.empty else piece.first for piece in pieces
        ]
        apart = sum(map(len, begins)) == len(frozenset().union(*begins))
        ways = [piece.ways for piece in pieces]
        all_ways = _times(min(_MANY, sum(ways)), LONG if behind.wide else 1)
        return _Piece(
            frozenset().union(*(piece.first for piece in pieces)),
            any(piece.empty for piece in pieces),
            max(ways) if apart or behind.first is None else all_ways,
            any(piece.wide for piece in pieces),
        )


def _before(piece: _Piece, kind: str, behind: _Behind, anything: frozenset[str]) -> _Behind:
    """What follows the piece before `piece`."""
    wide = behind.wide or piece.wide
    if not piece.empty:
        return _Behind(piece.first, wide)
    if behind.first is None:
        # A condition can fail whatever follows; an optional piece cannot.
        return _Behind(anything if kind in _CONDITIONS or kind.startswith("GROUPREF") else None, wide)
    return _Behind(piece.first | behind.first, wide)


def _is_one(kind: str, details: Any, char: str) -> bool:  # noqa: ANN401 - the parser's own type
    """Whether a one-character piece matches `char`, regardless of case."""
    if kind == "ANY":
        return True
    cases = {char, char.lower(), char.upper()}
    if kind in {"LITERAL", "NOT_LITERAL"}:
        return (chr(details) in cases) == (kind == "LITERAL")
    if kind == "RANGE":
        return any(len(case) == 1 and details[0] <= ord(case) <= details[1] for case in cases)
    if kind == "CATEGORY":
        name = str(details)
        return bool(_CATEGORIES[name.replace("_NOT", "")](char)) != ("_NOT" in name)
    signs = [(str(one), more) for one, more in details]
    found = any(_is_one(one, more, char) for one, more in signs if one != "NEGATE")
    return found != (signs[0][0] == "NEGATE")


def _times(*numbers: int) -> int:
    product = 1
    for number in numbers:
        product = min(_MANY, product * number)
    return product
