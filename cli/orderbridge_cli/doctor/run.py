"""Runs all looks at a shop, one after another, and makes the report. Nothing is written anywhere.

What cannot be reached or read becomes a finding of its section; the others still run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.errors import SecretsProblemError
from orderbridge_cli.aws import FORBIDDEN
from orderbridge_cli.doctor.deployment import (
    Stack,
    look_at_alarms,
    look_at_dead_letters,
    look_at_limits,
    look_at_schedules,
    look_at_stack,
)
from orderbridge_cli.doctor.export import ExportLook, Tools
from orderbridge_cli.doctor.findings import Finding, Level, Report, Section
from orderbridge_cli.doctor.mall import look_at_mall
from orderbridge_cli.doctor.patient import Patient, voice_of
from orderbridge_cli.doctor.people import look_at_mail, look_at_webhook
from orderbridge_cli.doctor.record import look_at_record, look_at_secrets
from orderbridge_cli.doctor.unreached import guarded
from orderbridge_cli.language import t
from orderbridge_cli.registry.operations import checked_shop

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from orderbridge.bootstrap import Services
    from orderbridge.domain.shops import ShopRecord
    from orderbridge.texts import Language


def diagnose(
    services: Services, record: ShopRecord, language: Language, tools: Tools | None = None
) -> Report:
    """The report on a shop on record. Makes at most one call to MALL and two or three to the shop's export.

    Guarantees: writes nothing, to AWS, MALL or the shop. Raises nothing for what cannot be reached.
    """
    voice = voice_of(record.settings, language)
    found: list[Finding] = []
    secrets = None
    patient = Patient(record.shop, record.settings, voice, services, record)

    def read_secrets() -> Iterator[Finding]:
        nonlocal secrets
        try:
            secrets = services.secrets.of(record.shop, record.secrets_at)
        except SecretsProblemError as problem:
            yield _unreadable_secrets(patient, problem)

    found += guarded(Section.RECORD, voice, read_secrets)
    patient = Patient(record.shop, record.settings, voice, services, record, secrets)
    found += _look(patient, tools or Tools())
    return _report(patient, found)


def diagnose_file(
    services: Services,
    file: tuple[Mapping[str, Any], Mapping[str, Any]],
    language: Language,
    tools: Tools | None = None,
) -> Report:
    """The report on a shop's file (settings, secrets), before the shop is added. Guarantees as ``diagnose``.

    Without a stack, `services` may have no settings. Raises WrongValueError for a file that could not be added; a
    broken profile is a finding.
    """
    settings, secrets = checked_shop(*file, local=services.local, check_profile=False)
    voice = voice_of(settings, language)
    patient = Patient(settings.shop, settings, voice, services, None, secrets)
    return _report(patient, _look(patient, tools or Tools()))


def _look(patient: Patient, tools: Tools) -> list[Finding]:
    voice, stack = patient.voice, Stack(patient)
    usable = patient.record is None or patient.record.settings_problem is None
    found = guarded(Section.RECORD, voice, lambda: look_at_record(patient))
    found += guarded(Section.RECORD, voice, lambda: look_at_secrets(patient))
    if usable:
        # Without settings there is no profile and no zone.
        found += guarded(Section.EXPORT, voice, ExportLook(patient, tools).findings)
        found += guarded(Section.MALL, voice, lambda: look_at_mall(patient))
    if patient.record is not None or stack.name:
        found += guarded(Section.WEBHOOK, voice, lambda: look_at_webhook(patient))
        found += guarded(Section.MAIL, voice, lambda: look_at_mail(patient))
    found += guarded(Section.ALARMS, voice, lambda: look_at_alarms(patient, stack))
    found += guarded(Section.DEPLOYMENT, voice, lambda: look_at_stack(stack))
    found += guarded(Section.DEPLOYMENT, voice, lambda: look_at_dead_letters(patient, stack))
    found += guarded(Section.DEPLOYMENT, voice, lambda: look_at_schedules(patient, stack))
    found += guarded(Section.DEPLOYMENT, voice, lambda: look_at_limits(patient, stack))
    return found


def _report(patient: Patient, found: list[Finding]) -> Report:
    order = list(Section)
    findings = tuple(sorted(found, key=lambda one: order.index(one.section)))
    return Report(patient.shop, patient.now, findings, _otherwise(patient))


def _otherwise(patient: Patient) -> tuple[str, str]:
    """What comes next where nothing stands in the way."""
    shop = patient.shop
    if patient.record is None:
        return "add", t("Add the shop: orderbridge shop add FILE. It starts paused.")
    if patient.record.pause is not None:
        return "resume", t(
            "See what would be sent (orderbridge preview {shop}), "
            "then switch the shop on (orderbridge shop resume {shop}).",
            shop=shop,
        )
    return "nothing", t(
        "Nothing: the shop works. orderbridge shop show {shop} says how it is doing.", shop=shop
    )


def _unreadable_secrets(patient: Patient, problem: SecretsProblemError) -> Finding:
    text = patient.voice.say(problem.reason)
    error = problem.reason.fact("error")
    denied = getattr(error, "name", "") in FORBIDDEN
    if denied:
        todo = t(
            "Ask for the rights ssm:GetParameter and kms:Decrypt (docs/deploy.md), then repeat the command."
        )
    else:
        todo = t("Store the secrets again: orderbridge shop add FILE.")
    return Finding(Section.RECORD, str(problem.reason.code), Level.PROBLEM, text, todo, reached=not denied)
