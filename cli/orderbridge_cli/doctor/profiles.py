"""Which profile fits the export, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from orderbridge.adapters.fastcentrik.profile.load import shipped_names, shipped_profile
from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.reasons import Reason
from orderbridge.errors import ExportProblemError
from orderbridge_cli.doctor.census import count
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge_cli.doctor.census import Census
    from orderbridge_cli.doctor.patient import Patient

SAMPLE = 2_000
"""Records that are read with a profile that is not the shop's."""
ENOUGH = 0.5
"""Share of the records that must have an order code and a state for a profile to fit."""
_PROFILE = Section.PROFILE
_NO_EXPORT = frozenset({ExportReason.WEB_PAGE, ExportReason.EMPTY})
"""The document is no export at all, whatever the profile."""
_DAMAGED = frozenset(
    {
        *(ExportReason.ENDLESS_ORDER, ExportReason.LOST_LETTERS, ExportReason.XML_DOCUMENT_TYPE),
        *(ExportReason.XML_BROKEN, ExportReason.XML_ENDLESS_TAG, ExportReason.XML_DEPTH),
        *(ExportReason.XML_NAMES, ExportReason.XML_NAME, ExportReason.CSV_TORN, ExportReason.CSV_NUL),
        *(ExportReason.CSV_LAST_LINE, ExportReason.CSV_ENDLESS),
    }
)
"""The document is damaged, if no other profile reads it either: another profile would not help."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How one profile reads the document."""

    name: str
    profile: Profile | None
    census: Census | None = None
    """None: it could not be read."""
    problem: Reason | None = None
    """Why it could not be read."""

    @property
    def share(self) -> float:
        """Part of the records that have an order code and a state, 0 to 1."""
        if self.census is None or self.profile is None or not self.census.records:
            return 0.0
        fields, filled = self.profile.fields, self.census.filled
        return min(filled[fields.code], filled[fields.status]) / self.census.records

    @property
    def fits(self) -> bool:
        """Whether orders can be read with it."""
        return self.share >= ENOUGH

    @property
    def empty(self) -> list[str]:
        """The places without any value, as ``fields.carrier (CARRIER)``. MALL's number may be in one of several."""
        if self.profile is None or self.census is None:
            return []
        filled = self.census.filled
        numbers = self.profile.mall_order_id.path
        missing = [
            f"{key} ({path})"
            for key, path in self.profile.places
            if key != "mall_order_id.path" and not filled[path]
        ]
        if not any(filled[path] for path in numbers):
            missing.append(f"mall_order_id.path ({', '.join(numbers)})")
        return missing

    @property
    def facts(self) -> dict[str, object]:
        """The facts of a finding about it."""
        return {
            "profile": self.name,
            "fits": self.fits,
            "records": 0 if self.census is None else self.census.records,
            "orders": 0 if self.census is None else self.census.orders,
            "share": round(self.share, 3),
            "empty": self.empty,
            "problem": None if self.problem is None else str(self.problem.code),
        }


def judge(
    patient: Patient,
    document: IO[bytes],
    own: Profile | None,
    broken: Reason | None,
    on_records: Callable[[int], None],
) -> tuple[Census | None, list[Finding]]:
    """Reads the document with the shop's profile (`own`; None: it is `broken`) and tries the shipped ones.

    Returns what the shop's profile counted (None: it cannot read the document), and the findings.
    """
    settings = patient.settings
    name = "profile_text" if settings.profile_text else settings.profile
    mine = Fit(name, None, problem=broken)
    if own is not None:
        mine = _fit(patient, document, name, own, on_records=on_records)
    if mine.problem is not None and mine.problem.code in _NO_EXPORT:
        text = patient.voice.say(mine.problem)
        return None, [Finding(Section.EXPORT, str(mine.problem.code), Level.PROBLEM, text, text)]
    others = [
        _fit(patient, document, other, shipped_profile(other), at_most=SAMPLE)
        for other in shipped_names()
        if other != name
    ]
    findings = [*_of_own(patient, mine, others), *(_of_other(patient, one) for one in others)]
    return mine.census, findings


def _fit(
    patient: Patient,
    document: IO[bytes],
    name: str,
    profile: Profile,
    on_records: Callable[[int], None] = lambda _: None,
    at_most: int | None = None,
) -> Fit:
    try:
        census = count(document, profile, patient.settings, on_records, at_most)
    except ExportProblemError as problem:
        return Fit(name, profile, problem=problem.reason)
    return Fit(name, profile, census)


def _of_own(patient: Patient, mine: Fit, others: list[Fit]) -> Iterator[Finding]:
    facts = mine.facts
    if mine.census is not None and not mine.census.records:
        text = t("The export has no orders yet, so whether profile {name} fits is not known.", name=mine.name)
        yield Finding(_PROFILE, "profile.no_records", Level.NOTE, text, facts=facts)
        return
    if not mine.fits:
        yield Finding(
            _PROFILE,
            "profile.does_not_fit" if mine.census or mine.profile else "profile.broken",
            Level.PROBLEM,
            t("The shop's profile {name} does not fit: {why}", name=mine.name, why=_why_not(patient, mine)),
            _other_profile(patient, mine, others),
            facts,
        )
        return
    assert mine.census is not None  # noqa: S101 - for mypy: it fits
    text = t(
        "Profile {name} fits: {share} % of {records} records have an order code and a state.",
        name=mine.name,
        share=int(mine.share * 100),
        records=mine.census.records,
    )
    yield Finding(_PROFILE, "profile.fits", Level.OK, text, facts=facts)
    if not mine.census.orders:
        places = ", ".join(mine.profile.mall_order_id.path) if mine.profile else ""
        text = t("No record has MALL's order number at {places}.", places=places)
        todo = t("Compare one of MALL's orders in the shop with the profile: where is MALL's number?")
        yield Finding(_PROFILE, "profile.no_mall_number", Level.WARNING, text, todo, {"places": places})
    if empty := [place for place in mine.empty if not place.startswith("mall_order_id")]:
        text = n(
            "{number} place of the profile never has a value: {places}.",
            "{number} places of the profile never have a value: {places}.",
            len(empty),
            places=", ".join(empty),
        )
        yield Finding(_PROFILE, "profile.empty_places", Level.NOTE, text, facts={"places": empty})


def _other_profile(patient: Patient, mine: Fit, others: list[Fit]) -> str:
    """What to do about a profile that does not fit."""
    fitting = [one for one in others if one.fits]
    if fitting:
        best = max(fitting, key=lambda one: (one.share, bool(one.census and one.census.orders)))
        return t(
            'Write profile = "{name}" into the shop\'s file, then orderbridge shop add FILE.', name=best.name
        )
    if mine.problem is not None and _cause(mine.problem).code in _DAMAGED:
        return patient.voice.say(mine.problem)
    return t("Save the export, then have a profile drafted: orderbridge profile suggest EXPORT.")


def _cause(problem: Reason) -> Reason:
    """The problem without its place in the document."""
    why = problem.fact("why")
    return why if isinstance(why, Reason) else problem


def _of_other(patient: Patient, other: Fit) -> Finding:
    if other.fits:
        text = t("Profile {name}, which ships with the product, reads it, too.", name=other.name)
    else:
        text = t("Profile {name} does not fit: {why}", name=other.name, why=_why_not(patient, other))
    return Finding(_PROFILE, "profile.other", Level.NOTE, text, facts=other.facts)


def _why_not(patient: Patient, fit: Fit) -> str:
    if fit.problem is not None:
        return patient.voice.say(fit.problem)
    if fit.census is None or not fit.census.records:
        return t("There is no record at its place.")
    places = "" if fit.profile is None else f"{fit.profile.fields.code}, {fit.profile.fields.status}"
    return t(
        "Only {share} % of the records have an order code and a state ({places}).",
        share=int(fit.share * 100),
        places=places,
    )
