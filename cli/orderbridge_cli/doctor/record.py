"""The shop's record, its settings and its secrets, as the product has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.api import HealthReason
from orderbridge.flows.api.shops import shop_problems
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.shops import ShopRecord
    from orderbridge_cli.doctor.patient import Patient

_NOT_WORKING = frozenset({HealthReason.SETTINGS, HealthReason.STOPPED, HealthReason.NO_CALLS})
_SHOP = Section.RECORD


def look_at_record(patient: Patient) -> Iterator[Finding]:
    """Yields findings about record and settings. One read of the table at most."""
    record = patient.record
    if record is None:
        yield Finding(
            _SHOP,
            "record.file",
            Level.OK,
            t("The file is valid; shop {shop} comes from it.", shop=patient.shop),
        )
    else:
        yield from _state(patient, record)
        for reason in shop_problems(patient.services.feed_checkpoints, record, patient.now):
            level = Level.PROBLEM if reason.code in _NOT_WORKING else Level.WARNING
            text = patient.voice.say(reason)
            yield Finding(_SHOP, str(reason.code), level, text, todo=text)


def _state(patient: Patient, record: ShopRecord) -> Iterator[Finding]:
    settings, voice = record.settings, patient.voice
    facts = {
        "paused": record.pause is not None,
        "import": settings.rules.import_mode if record.settings_problem is None else None,
        "registered_at": record.registered_at and record.registered_at.isoformat(),
        "settings_at": record.settings_at and record.settings_at.isoformat(),
        "last_success_at": record.last_success_at and record.last_success_at.isoformat(),
    }
    if record.settings_problem is not None:
        return  # it is among the shop's problems
    if record.pause is not None:
        yield Finding(
            _SHOP,
            "record.paused",
            Level.NOTE,
            t("The shop is paused: its export is not read, and nothing is sent for it."),
            facts=facts,
        )
    elif record.last_success_at is None:
        yield Finding(_SHOP, "record.on", Level.OK, t("The shop is on; no export was read yet."), facts=facts)
    else:
        text = t("The shop is on; its last good export is of {at}.", at=voice.at(record.last_success_at))
        yield Finding(_SHOP, "record.on", Level.OK, text, facts=facts)
    if settings.rules.test_orders:
        yield Finding(
            _SHOP, "record.test_orders", Level.NOTE, t("Test orders of MALL are written into this shop, too.")
        )


def look_at_secrets(patient: Patient) -> Iterator[Finding]:
    """Yields whether the secrets are there and, with ``import: create``, suffice. Makes no request."""
    if patient.secrets is None:
        return
    yield Finding(_SHOP, "secrets.readable", Level.OK, t("The shop's secrets are there and can be read."))
    if patient.settings.rules.import_mode != "create":
        return
    problem = patient.services.imports.problem(patient.settings, patient.secrets)
    if problem is not None:
        text = patient.voice.say(problem)
        yield Finding(_SHOP, str(problem.code), Level.PROBLEM, text, todo=text)
