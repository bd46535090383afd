"""Finds the delivery date and the creation date, and the forms of dates, from evidence only.

A delivery date makes MALL's status Delivered, which is final. So a date that may be planned, or whose day and month may
be the other way round, is never stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.profile.dates import DateForm, read_date
from orderbridge.domain.statuses import ShopStatus, shop_status
from orderbridge_cli.language import n, t
from orderbridge_cli.profiles.date_names import kind
from orderbridge_cli.profiles.findings import Candidate, Finding, filled, seen_dates
from orderbridge_cli.profiles.names import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from orderbridge_cli.profiles.findings import Rows
    from orderbridge_cli.profiles.survey import Column, Survey

CREATED, DELIVERY = "fields.created", "fields.delivery_date"

_EMPTY = frozenset(
    {
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0000-00-00T00:00:00",
        "0001-01-01",
        "0001-01-01T00:00:00",
        "-",
        "--",
    }
    | {
        "0001-01-01 00:00:00",
        "1.1.0001",
        "1.1.0001 0:00",
        "1.1.0001 0:00:00",
        "01.01.0001",
        "01.01.0001 0:00:00",
    }
    | {"1970-01-01", "1970-01-01 00:00:00", "1970-01-01 01:00:00", "1.1.1970", "01.01.1970", "30.12.1899"}
    | {"1900-01-01", "1900-01-01 00:00:00", "00.00.0000", "0.0.0000", "NULL", "null", "01.01.0001 00:00:00"}
)
"""What databases and programs write for "no date"."""
_ZONE = ZoneInfo("Europe/Prague")
_MOST = 0.8
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column whose values look like dates."""

    column: Column
    forms: tuple[DateForm, ...]
    """Forms without slashes that its values have."""
    day_first: int
    """Values with slashes that only make sense with the day first."""
    month_first: int
    """The same, with the month first."""
    either: int
    """Values with slashes that make sense both ways."""
    slashed: tuple[DateForm, ...]
    """Forms with slashes that its values have, of both orders."""
    empty: tuple[str, ...]
    """Its texts for "no date"."""
    unread: int
    """Values in no form that the product reads."""

    @property
    def read(self) -> int:
        """How many values are dates."""
        return (
            len(self.column.values) - self.unread - sum(v in self.empty for v in self.column.values.values())
        )

    @property
    def is_undecided(self) -> bool:
        """Whether it is open what comes first, day or month."""
        return self.either > 0 and not (self.day_first or self.month_first)

    @property
    def is_mixed(self) -> bool:
        """Whether its values contradict each other."""
        return bool(self.day_first and self.month_first)

    def forms_read(self) -> tuple[DateForm, ...]:
        """The forms to read it with. None of two that an evidence does not decide between."""
        month = self.month_first > 0
        return (*self.forms, *(form for form in self.slashed if form.month_first is month))


@dataclass(frozen=True, slots=True)
class DatesFound:
    """Both dates, and what ``[dates]`` says."""

    created: Finding
    delivery: Finding
    forms: tuple[DateForm, ...]
    empty: tuple[str, ...]
    evidence: tuple[str, ...]
    choices: tuple[tuple[DateForm, ...], ...] = ()
    """The forms among which a person must choose, if it is open whether the day comes first."""


def date_column(column: Column) -> DateColumn | None:
    """The dates in `column`; None if most of its values are something else."""
    forms: dict[DateForm, None] = {}
    slashed: dict[DateForm, None] = {}
    counts = {True: 0, False: 0, None: 0}
    empty: dict[str, None] = {}
    unread = 0
    for value in column.values.values():
        if value in _EMPTY or (value.isdigit() and not value.strip("0")):
            empty[value] = None
            continue
        found = _forms_of(value)
        if not found:
            unread += 1
        elif any("/" in form for form in found):
            slashed.update(dict.fromkeys(found))
            orders = {form.month_first for form in found}
            counts[orders.pop() if len(orders) == 1 else None] += 1
        else:
            forms[found[0]] = None
    dates = len(forms) + len(slashed)
    values = len(column.values) - sum(value in empty for value in column.values.values())
    if not dates or unread > (1 - _MOST) * values:
        return None
    both = {form for form in slashed if counts[None] or form.month_first is (counts[True] > 0)}
    kept = tuple(form for form in slashed if form in both)
    return DateColumn(
        column, tuple(forms), counts[False], counts[True], counts[None], kept, tuple(empty), unread
    )


def _forms_of(value: str) -> list[DateForm]:
    # Most values are no dates, and there are many forms.
    if len(value) > _LONGEST or not value[:1].isdigit() or not any(sign in value for sign in "-./"):
        return []
    return [form for form in DateForm if read_date(value, [form], _ZONE) is not None]


def find_dates(survey: Survey, rows: Rows, status: str | None) -> DatesFound:
    """Both dates. `status` is the place of the state, if it is known."""
    columns = [found for column in survey.columns if (found := date_column(column)) is not None]
    by_kind: dict[str, list[DateColumn]] = {}
    for found in columns:
        by_kind.setdefault(kind(name_of(found.column.place)), []).append(found)
    states = survey.column(status) if status else None
    created, created_column = _created(by_kind, survey, rows)
    delivery, delivery_column = _delivery(by_kind, survey, rows, states, created_column)
    used = [found for found in (created_column, delivery_column) if found is not None]
    if len({found.month_first > 0 for found in used if found.day_first or found.month_first}) > 1:
        created, used = _reopened(created, created_column), [f for f in used if f is not created_column]
    forms = _with_times(form for found in used for form in found.forms_read())
    empty = tuple(dict.fromkeys(text for found in used for text in found.empty))
    evidence = tuple(_of_forms(found) for found in used)
    return DatesFound(created, delivery, forms, empty, evidence, _choices(columns))


def _choices(columns: Sequence[DateColumn]) -> tuple[tuple[DateForm, ...], ...]:
    """Both orders of day and month, where a date is undecided."""
    forms = dict.fromkeys(form for found in columns if found.is_undecided for form in found.slashed)
    orders = (tuple(form for form in forms if form.month_first is month) for month in (False, True))
    return tuple(order for order in orders if order)


def _reopened(finding: Finding, column: DateColumn | None) -> Finding:
    if column is None:
        return finding
    why = t("its months and days are written in another order than those of the delivery date")
    return Finding(finding.key, None, candidates=(Candidate(column.column.place, why),))


def _of_forms(found: DateColumn) -> str:
    place = found.column.place
    if found.day_first or found.month_first:
        number = found.day_first or found.month_first
        said = t("the day comes first") if found.day_first else t("the month comes first")
        return t(
            "{place}: {said} (values with a part above 12: {number}).", place=place, said=said, number=number
        )
    return t("{place}: the forms leave no doubt.", place=place)


def _created(
    by_kind: dict[str, list[DateColumn]], survey: Survey, rows: Rows
) -> tuple[Finding, DateColumn | None]:
    likely = by_kind.get("created") or by_kind.get("bare") or []
    if len(likely) != 1:
        why = t("as good as the other by its name") if likely else t("the name does not say which date it is")
        candidates = [Candidate(f.column.place, why) for f in likely or by_kind.get("", [])]
        return Finding(CREATED, None, candidates=tuple(candidates)), None
    found = likely[0]
    problem = _problem(found, rows)
    if problem is not None:
        return Finding(CREATED, None, candidates=(Candidate(found.column.place, problem),)), None
    others = _others(by_kind, found)
    return Finding(CREATED, found.column.place, (_seen(found, survey),), others), found


def _delivery(
    by_kind: dict[str, list[DateColumn]],
    survey: Survey,
    rows: Rows,
    states: Column | None,
    created: DateColumn | None,
) -> tuple[Finding, DateColumn | None]:
    likely = by_kind.get("delivery", [])
    if len(likely) != 1:
        return _no_delivery(by_kind, survey, likely), None
    found = likely[0]
    problem = _problem(found, rows) or _not_delivered_yet(found, states) or _before(found, created)
    if problem is not None:
        candidate = Candidate(found.column.place, problem)
        said = _seen(found, survey)
        return Finding(DELIVERY, None, (said,), (candidate,), needed=True), None
    return Finding(
        DELIVERY, found.column.place, (_seen(found, survey),), _others(by_kind, found), needed=True
    ), found


def _no_delivery(
    by_kind: dict[str, list[DateColumn]], survey: Survey, likely: Sequence[DateColumn]
) -> Finding:
    if likely:
        said = t("Several places look like the delivery date. A wrong one sets Delivered, which is final.")
        candidates = [Candidate(f.column.place, t("as good as the other by its name")) for f in likely]
        return Finding(DELIVERY, None, (said,), tuple(candidates), needed=True)
    named = [c for c in survey.columns if kind(name_of(c.place)) == "delivery" and not _has_dates(c, by_kind)]
    candidates = [
        Candidate(c.place, t("no date in the sample in a form that is read: ask for a delivered order"))
        for c in named
        if "id" not in name_of(c.place).words
    ]
    candidates += [
        Candidate(c.place, t("empty in the sample")) for c in _empty_named(survey) if c not in named
    ]
    reasons = {
        "planned": t("a planned date by its name, not the day on which the customer got the parcel"),
        "sent": t("the day of dispatch by its name"),
        "": t("the name does not say which date it is"),
    }
    candidates += [
        Candidate(f.column.place, why) for key, why in reasons.items() for f in by_kind.get(key, [])
    ]
    said = t("No place is certainly the day on which the customer got the parcel. Ask the shop where it is.")
    return Finding(DELIVERY, None, (said,), tuple(candidates), needed=True)


def _empty_named(survey: Survey) -> list[Column]:
    return [c for c in survey.columns if not c.values and kind(name_of(c.place)) == "delivery"]


def _has_dates(column: Column, by_kind: dict[str, list[DateColumn]]) -> bool:
    return any(found.column is column for columns in by_kind.values() for found in columns)


def _others(by_kind: dict[str, list[DateColumn]], taken: DateColumn) -> tuple[Candidate, ...]:
    why = t("another date by its name")
    return tuple(
        Candidate(found.column.place, why)
        for columns in by_kind.values()
        for found in columns
        if found is not taken
    )


def _problem(found: DateColumn, rows: Rows) -> str | None:
    """Why the column cannot be stated, by its values alone; None: it can."""
    if found.column.repeated:
        return t("several dates in one order")
    if not rows.is_constant(found.column):
        return t("the rows of one order have different dates")
    if found.is_mixed:
        return t("some values have the day first and some the month")
    if found.is_undecided:
        return t(
            "no day above 12 in the sample: {values} may be read in two ways", values=seen_dates(found.column)
        )
    if found.unread:
        return n(
            "one value is in no form that is read",
            "{number} values are in no form that is read",
            found.unread,
        )
    return None


def _not_delivered_yet(found: DateColumn, states: Column | None) -> str | None:
    """Why it may be a plan: orders have it that cannot be delivered, or it cannot be told."""
    if states is None:
        return t("it cannot be compared with the states: it may be a planned date")
    dated = [r for r, value in found.column.values.items() if value not in found.empty]
    known = [status for r in dated if (status := shop_status(states.values.get(r, ""))) is not None]
    wrong = sum(status is not ShopStatus.SETTLED for status in known)
    if wrong:
        return n(
            "an order that is not settled has it: it may be a planned date, not the day of delivery",
            "{number} orders that are not settled have it: it may be a planned date, not the day of delivery",
            wrong,
        )
    return (
        None if known else t("the states of the orders that have it are not known: it may be a planned date")
    )


def _before(found: DateColumn, created: DateColumn | None) -> str | None:
    if created is None:
        return None
    early = 0
    for record in found.column.values:
        first, second = _day(created, record), _day(found, record)
        early += bool(first and second and second < first)
    if not early:
        return None
    return n(
        "one value is before the order was placed", "{number} values are before the order was placed", early
    )


def _day(found: DateColumn, record: int) -> date | None:
    read = read_date(found.column.values.get(record, ""), found.forms_read(), _ZONE)
    return read.day if read else None


def _seen(found: DateColumn, survey: Survey) -> str:
    return t(
        "A value {filled}; dates among them: {read} ({values}).",
        filled=filled(found.column, survey.records),
        read=found.read,
        values=seen_dates(found.column),
    )


def _with_times(forms: Iterable[DateForm]) -> tuple[DateForm, ...]:
    """`forms`, and the same day with and without minutes and seconds: a clerk may type either."""
    seen = dict.fromkeys(forms)
    for form in list(seen):
        day = next(
            f
            for f in (DateForm.ISO_DAY, DateForm.CZECH_DAY, DateForm.BRITISH_DAY, DateForm.AMERICAN_DAY)
            if form.startswith(f)
        )
        plain = [f for f in DateForm if f.startswith(day) and "tt" not in f and ("T" in f) == ("DDT" in form)]
        seen.update(dict.fromkeys([day, *plain]))
    return tuple(seen)
