"""The orders in the export: states, carriers and values that cannot be used, and orders that occur twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.language import in_quotes, n, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge_cli.doctor.census import Census, Names
    from orderbridge_cli.doctor.patient import Patient

SHOWN = 10
"""Names, or kinds of problems, that a sentence lists."""
_EXAMPLES = 3
_ORDERS = Section.ORDERS


def orders_in(patient: Patient, census: Census, profile: Profile) -> Iterator[Finding]:
    """Yields findings about the orders that the shop's profile reads."""
    yield _counted(census)
    without = census.records - census.orders
    if without:
        text = n(
            "{number} record has no order number of MALL: it is not touched.",
            "{number} records have no order number of MALL: they are not touched.",
            without,
        )
        yield Finding(_ORDERS, "orders.without_number", Level.NOTE, text, facts={"records": without})
    yield from _states(census.unknown_states)
    yield from _carriers(census)
    yield from _unreadable(patient, census)
    yield from _repeated(census)
    for note in census.report.problems:
        text = patient.voice.say(note)
        yield Finding(_ORDERS, str(note.code), Level.WARNING, text, todo=text)
    yield from _without_dates(patient, census, profile)


def _counted(census: Census) -> Finding:
    text = n("It has {number} order of MALL.", "It has {number} orders of MALL.", census.orders)
    if census.ignored:
        text += " " + n(
            "{number} of them is older than ignore_created_before and is ignored.",
            "{number} of them are older than ignore_created_before and are ignored.",
            census.ignored,
        )
    facts = {
        "records": census.records,
        "orders": census.orders,
        "ignored": census.ignored,
        "states": dict(census.states.most_common()),
    }
    return Finding(_ORDERS, "orders.counted", Level.OK, text, facts=facts)


def _listed(names: Names) -> str:
    """``“Čeká” ×12, “Expres” ×3, …``: the most frequent ones."""
    shown = [f"{in_quotes(name or '–')} ×{count}" for name, count in names.counts.most_common(SHOWN)]
    return ", ".join([*shown, "…"] if len(names.counts) > SHOWN or names.others else shown)


def _facts(names: Names) -> dict[str, object]:
    return {"orders": names.total, "names": dict(names.counts.most_common()), "others": names.others}


def _states(names: Names) -> Iterator[Finding]:
    if not names.total:
        return
    text = n(
        "{number} order is in a state that is not known: {names}.",
        "{number} orders are in states that are not known: {names}.",
        names.total,
        names=_listed(names),
    )
    todo = t("Say in the profile's table [states] what these names mean; until then such orders are held.")
    yield Finding(_ORDERS, "orders.unknown_states", Level.WARNING, text, todo, _facts(names))


def _carriers(census: Census) -> Iterator[Finding]:
    names = census.unknown_carriers
    if names.total:
        text = n(
            "{number} order goes with a carrier that is not known: {names}.",
            "{number} orders go with carriers that are not known: {names}.",
            names.total,
            names=_listed(names),
        )
        todo = t("Add their tracking addresses to [rules.carriers] in the shop's file.")
        yield Finding(_ORDERS, "orders.unknown_carriers", Level.WARNING, text, todo, _facts(names))
    names = census.unclear_carriers
    if names.total:
        text = n(
            "{number} order names several carriers: {names}. The number's form decides.",
            "{number} orders name several carriers: {names}. The number's form decides.",
            names.total,
            names=_listed(names),
        )
        yield Finding(_ORDERS, "orders.several_carriers", Level.NOTE, text, facts=_facts(names))


def _unreadable(patient: Patient, census: Census) -> Iterator[Finding]:
    for code, kind in sorted(census.unreadable.items(), key=lambda one: -one[1].count):
        said = patient.voice.say(kind.first)
        text = n(
            "{number} order has a value that cannot be read (MALL {examples}): {said}",
            "{number} orders have a value that cannot be read (MALL {examples}): {said}",
            kind.count,
            examples=", ".join(
                [*map(str, kind.examples), *(["…"] if kind.count > len(kind.examples) else [])]
            ),
            said=said,
        )
        facts = {"reason": code, "orders": kind.count, "examples": kind.examples}
        todo = t(
            "Have the value corrected in the shop, or the profile's place and form of it: {said}", said=said
        )
        yield Finding(_ORDERS, "orders.unreadable", Level.WARNING, text, todo, facts)


def _repeated(census: Census) -> Iterator[Finding]:
    equal, different = census.repeated()
    if different:
        text = n(
            "{number} number of MALL is in several records that differ: {examples}.",
            "{number} numbers of MALL are in several records that differ: {examples}.",
            len(different),
            examples=", ".join(map(str, different[:_EXAMPLES])),
        )
        todo = t("Find out in the shop which of its orders is MALL's; until then they are held.")
        facts = {"numbers": len(different), "examples": different[:_EXAMPLES]}
        yield Finding(_ORDERS, "orders.contradicted", Level.WARNING, text, todo, facts)
    if equal:
        text = n(
            "{number} order is in the export twice with the same record; it counts once.",
            "{number} orders are in the export twice with the same record; each counts once.",
            len(equal),
        )
        facts = {"numbers": len(equal), "examples": equal[:_EXAMPLES]}
        yield Finding(_ORDERS, "orders.twice", Level.NOTE, text, facts=facts)


def _without_dates(patient: Patient, census: Census, profile: Profile) -> Iterator[Finding]:
    """A day before which orders are ignored needs a date of creation."""
    if patient.settings.ignore_created_before is None or not census.orders:
        return
    place = profile.fields.created
    if place is None or not census.filled[place]:
        text = t("ignore_created_before is set, but the profile reads no date of creation.")
        todo = t("Add fields.created to the profile, or no order is ignored.")
        yield Finding(_ORDERS, "orders.no_created", Level.WARNING, text, todo)
