"""``Reason``: a code and its facts, for everything that is explained to people (R11.1).

Records, messages and the API carry it, and ``texts`` makes a sentence of it. So an old order can be read in any
language, and a better text changes no stored order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, Union

from orderbridge.domain.actions import Action
from orderbridge.domain.codes import CODES
from orderbridge.domain.dates import ShopDate
from orderbridge.domain.facts import Code, Kind, ShopText, Term
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreSchema

Fact: TypeAlias = Union[
    MarketplaceStatus,
    ShopStatus,
    Action,
    int,
    Decimal,
    datetime,
    date,
    ShopDate,
    ShopText,
    Term,
    "Reason",
    tuple[ShopText, ...],
    tuple[Term, ...],
    tuple["Reason", ...],
]
"""A value of one of the kinds in ``facts.Kind``."""


class UnknownCode(str):
    """The code of a stored reason that this version does not know, or knows with other facts. It is shown unchanged."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and its facts. Make one with ``because``.

    Raises ValueError if a fact is missing, unknown or of the wrong kind.
    """

    code: Code | UnknownCode
    """The code."""
    facts: tuple[tuple[str, Fact], ...] = ()
    """Name and value of each fact, in the order of the code's table."""

    def __post_init__(self) -> None:
        if isinstance(self.code, UnknownCode):
            return
        given = tuple(name for name, _ in self.facts)
        if given != tuple(self.code.facts):
            msg = f"{self.code}: facts are {', '.join(given)}; the table has {', '.join(self.code.facts)}"
            raise ValueError(msg)
        for name, fact in self.facts:
            if not _is_of(self.code.facts[name], fact):
                msg = f"{self.code}: fact {name} is a {type(fact).__name__}, not a {self.code.facts[name]}"
                raise ValueError(msg)

    def fact(self, name: str) -> Fact | None:
        """The fact with this `name`; None: there is none."""
        return next((fact for known, fact in self.facts if known == name), None)

    @property
    def log_line(self) -> str:
        """For an operator's log: the code and its facts, such as ``error.unknown_order(order=7, shop=demo)``.

        Texts from outside are left out, because they may hold what a log must not (G7).
        """
        shown = [f"{name}={text}" for name, fact in self.facts if (text := _for_log(fact))]
        return f"{self.code}({', '.join(shown)})" if shown else str(self.code)

    def stored(self) -> dict[str, object]:
        """The stored form: plain JSON. Each fact stands under the tag of its kind, which keeps its type."""
        facts = {name: {tag: _dumped(fact)} for name, fact in self.facts for tag in (_kind_in(self, name),)}
        return {"code": str(self.code), "facts": facts} if facts else {"code": str(self.code)}

    @classmethod
    def of_stored(cls, stored: object) -> Reason:
        """The inverse of ``stored``. A code or facts that this version does not know become an ``UnknownCode``.

        Raises ValueError if `stored` is no reason at all.
        """
        if isinstance(stored, Reason):
            return stored
        if not isinstance(stored, Mapping) or not isinstance(stored.get("code"), str):
            raise ValueError("not a reason: allowed are a code and facts")  # noqa: TRY004 - pydantic reports it
        name = stored["code"]
        facts = dict(_loaded_facts(stored.get("facts", {})))
        code = CODES.get(name)
        try:
            if code is not None:
                return because(code, **facts)
        except ValueError:
            pass  # another version stored this code with other facts
        return cls(UnknownCode(name), tuple(sorted(facts.items())))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        """Lets pydantic store a reason in a record. Only the code that stores records imports pydantic."""
        from pydantic_core import core_schema

        stored = core_schema.typed_dict_schema(
            {
                "code": core_schema.typed_dict_field(core_schema.str_schema()),
                "facts": core_schema.typed_dict_field(core_schema.dict_schema(), required=False),
            }
        )
        return core_schema.no_info_plain_validator_function(
            cls.of_stored,
            json_schema_input_schema=stored,
            serialization=core_schema.plain_serializer_function_ser_schema(cls.stored),
        )


def _for_log(fact: Fact) -> str:
    """A fact as a log may hold it; empty: it may not."""
    match fact:
        case Reason():
            return fact.log_line
        case tuple():
            return " ".join(filter(None, map(_for_log, fact)))
        case ShopText():
            return ""
        case Term(name):
            return name
        case date():
            return fact.isoformat()
        case _:
            return str(fact)


def because(code: Code, /, **facts: Fact) -> Reason:
    """The reason of `code` with its `facts`, in any order.

    Raises ValueError if a fact is missing, unknown or of the wrong kind.
    """
    ordered = sorted(facts.items(), key=lambda fact: _place(code, fact[0]))
    return Reason(code, tuple(ordered))


def _place(code: Code, name: str) -> int:
    names = list(code.facts)
    return names.index(name) if name in names else len(names)


def _is_whole_number(fact: object) -> bool:
    return isinstance(fact, int) and not isinstance(fact, bool)


def _is_moment(fact: object) -> bool:
    return isinstance(fact, datetime) and fact.utcoffset() == timedelta()


def _is_tuple_of(kind: type) -> Callable[[object], bool]:
    return lambda fact: isinstance(fact, tuple) and all(isinstance(one, kind) for one in fact)


def _is_a(kind: type) -> Callable[[object], bool]:
    return lambda fact: isinstance(fact, kind)


_CHECKS: Mapping[Kind, Callable[[object], bool]] = {
    Kind.STATUS: _is_a(MarketplaceStatus),
    Kind.SHOP_STATUS: _is_a(ShopStatus),
    Kind.ACTION: _is_a(Action),
    Kind.NUMBER: _is_whole_number,
    Kind.COUNT: _is_whole_number,
    Kind.AMOUNT: lambda fact: isinstance(fact, Decimal) and fact.is_finite(),
    Kind.MOMENT: _is_moment,
    Kind.SHOP_DATE: _is_a(ShopDate),
    Kind.DAY: lambda fact: isinstance(fact, date) and not isinstance(fact, datetime),
    Kind.TEXT: _is_a(ShopText),
    Kind.TEXTS: _is_tuple_of(ShopText),
    Kind.TERM: _is_a(Term),
    Kind.TERMS: _is_tuple_of(Term),
    Kind.REASON: _is_a(Reason),
    Kind.REASONS: _is_tuple_of(Reason),
}
"""Kind → whether a value is a fact of this kind."""


def _is_of(kind: Kind, fact: object) -> bool:
    return _CHECKS[kind](fact)


def _kind_in(reason: Reason, name: str) -> Kind:
    if isinstance(reason.code, Code):
        return reason.code.facts[name]
    fact = reason.fact(name)
    return next(kind for kind in Kind if _is_of(kind, fact))


def _dumped(fact: Fact) -> object:
    """A fact as JSON: texts, lists and maps only, because a table returns numbers as another type."""
    if isinstance(fact, tuple):
        return [_dumped(one) for one in fact]
    if isinstance(fact, Reason):
        return fact.stored()
    if isinstance(fact, ShopText):
        return fact.text
    if isinstance(fact, Term):
        return fact.name
    if isinstance(fact, Decimal):
        return f"{fact:f}"
    return fact.isoformat() if isinstance(fact, date) else str(fact)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment.astimezone(UTC)


def _shop_date(text: str) -> ShopDate:
    day, _, at = text.partition("T")
    return ShopDate(date.fromisoformat(day), time.fromisoformat(at) if at else None)


_LOADS: Mapping[Kind, Callable[[str], Fact]] = {
    Kind.STATUS: MarketplaceStatus,
    Kind.SHOP_STATUS: ShopStatus,
    Kind.ACTION: Action,
    Kind.NUMBER: int,
    Kind.COUNT: int,
    Kind.AMOUNT: Decimal,
    Kind.MOMENT: lambda text: _in_utc(datetime.fromisoformat(text)),
    Kind.SHOP_DATE: _shop_date,
    Kind.DAY: date.fromisoformat,
    Kind.TEXT: ShopText,
    Kind.TERM: Term,
}
"""Kind → reads the stored text of a fact."""


def _loaded(kind: Kind, stored: object) -> Fact:
    """The inverse of ``_dumped``. Raises ValueError (or a subclass) if `stored` is no such fact."""
    if kind is Kind.REASON:
        return Reason.of_stored(stored)
    if isinstance(stored, list):
        if kind is Kind.REASONS:
            return tuple(Reason.of_stored(one) for one in stored)
        if kind is Kind.TEXTS:
            return tuple(ShopText(str(one)) for one in stored)
        if kind is Kind.TERMS:
            return tuple(Term(str(one)) for one in stored)
    if not isinstance(stored, str) or kind not in _LOADS:
        raise ValueError(f"not a {kind}")
    fact = _LOADS[kind](stored)
    if not _is_of(kind, fact):
        raise ValueError(f"not a {kind}")
    return fact


def _loaded_facts(stored: object) -> list[tuple[str, Fact]]:
    """The facts that this version can read. The others are left out."""
    loaded: list[tuple[str, Fact]] = []
    for name, tagged in stored.items() if isinstance(stored, Mapping) else ():
        if not isinstance(tagged, Mapping):
            continue
        for tag, value in tagged.items():
            try:
                loaded.append((str(name), _loaded(Kind(tag), value)))
            except (ValueError, ArithmeticError):  # OverflowError and what Decimal raises are of the latter
                continue
    return loaded
