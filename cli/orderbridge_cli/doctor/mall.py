"""MALL: at most one harmless call, the first page of the orders whose last change is not confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from orderbridge.domain.failure_policy import CallResult
from orderbridge.flows.common.call_budget import reserved_until
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.answers import ListAnswer
    from orderbridge.domain.shops import Budget, ShopRecord
    from orderbridge_cli.doctor.patient import Patient

SLOW_MS = 5_000
"""Milliseconds from which MALL's answer is called slow."""
_NO_ANSWER = frozenset(
    {
        *(CallResult.TIMEOUT, CallResult.NOT_CONNECTED, CallResult.CONNECTION_LOST),
        *(CallResult.SERVER_ERROR, CallResult.LIMITED, CallResult.BROKEN_BODY, CallResult.EMPTY_BODY),
    }
)
_MALL = Section.MALL


def look_at_mall(patient: Patient) -> Iterator[Finding]:
    """Yields findings about the key, the address and the budget. Makes one GET, or none if none is allowed now."""
    if patient.secrets is None:
        yield Finding(_MALL, "mall.no_key", Level.NOTE, t("Not asked: the key is not known."))
        return
    if patient.record is not None:
        held_back = _held_back(patient, patient.record)
        if held_back is not None:
            yield held_back
            return
    test = patient.settings.rules.test_orders
    marketplace = patient.services.marketplaces.of(patient.settings, patient.secrets)
    answer = marketplace.first_unconfirmed(test=test)
    yield from _judged(patient, answer)
    if answer.answer.budget is not None:
        yield _budget(patient, answer.answer.budget)


def _held_back(patient: Patient, record: ShopRecord) -> Finding | None:
    """Why MALL must not be asked now; None: it may be. A paused shop may: only its own steps wait."""
    now, voice = patient.now, patient.voice
    budget = record.budget
    if budget is not None and reserved_until(record, now) is not None:
        text = t(
            "Not asked: {remaining} of {limit} calls are left, and those are reserved until {at}.",
            remaining=budget.remaining,
            limit=budget.limit,
            at=voice.at(budget.resets_at),
        )
        todo = t(
            "Wait until {at}; if it happens often, find out what else uses this key.",
            at=voice.at(budget.resets_at),
        )
        return Finding(
            _MALL, "mall.no_calls", Level.WARNING, text, todo, _budget_facts(budget), reached=False
        )
    if record.limited_until is not None and now < record.limited_until:
        at = voice.at(record.limited_until)
        text = t("Not asked: MALL wants no calls of this shop until {at}.", at=at)
        facts = {"until": record.limited_until.isoformat()}
        return Finding(
            _MALL, "mall.limited", Level.WARNING, text, t("Repeat after {at}.", at=at), facts, reached=False
        )
    if record.stop is not None and now < record.stop.probe_at:
        at = voice.at(record.stop.probe_at)
        text = t(
            "Not asked: the shop is stopped, and the key is tried again at {at}: {why}",
            at=at,
            why=voice.say(record.stop.reason),
        )
        facts = {"until": record.stop.probe_at.isoformat()}
        return Finding(_MALL, "mall.stopped", Level.WARNING, text, _new_key(patient), facts, reached=False)
    outage = patient.services.shops.outage(record.marketplace) if record.marketplace else None
    if outage is not None and outage.is_silent:
        text = t(
            "Not asked: MALL has not answered since {at}; one call at a time tries.",
            at=voice.at(outage.since),
        )
        todo = t("Wait: what is to be sent goes out by itself once MALL answers.")
        facts = {"since": outage.since.isoformat()}
        return Finding(_MALL, "mall.silent", Level.WARNING, text, todo, facts, reached=False)
    return None


def _judged(patient: Patient, listed: ListAnswer) -> Iterator[Finding]:
    answer = listed.answer
    facts = {
        "result": answer.call_result.value,
        "http_status": answer.http_status,
        "duration_ms": answer.duration_ms,
        "host": _host(patient),
        "test_orders": patient.settings.rules.test_orders,
        "waiting": len(listed.orders),
    }
    match answer.call_result:
        case CallResult.OK:
            text = t(
                "{host} accepts the key ({duration} ms). The country follows from the key; no answer names it.",
                host=_host(patient),
                duration=answer.duration_ms,
            )
            text += " " + n(
                "{number} change waits to be confirmed.",
                "{number} changes wait to be confirmed.",
                len(listed.orders),
            )
            yield Finding(_MALL, "mall.key_accepted", Level.OK, text, facts=facts)
            if answer.duration_ms > SLOW_MS:
                slow = t("MALL answers slowly: {duration} ms.", duration=answer.duration_ms)
                yield Finding(_MALL, "mall.slow", Level.NOTE, slow)
        case CallResult.UNAUTHORIZED:
            text = t("MALL does not accept the key (HTTP 401): it is wrong, or it was revoked.")
            yield Finding(_MALL, "mall.key_refused", Level.PROBLEM, text, _new_key(patient), facts)
        case CallResult.FORBIDDEN:
            text = t(
                "MALL knows the key but forbids the call (HTTP 403): the key lacks the right to read orders."
            )
            todo = t(
                "Have the API's rights of this key checked in MALL's partner portal, or by MALL's support."
            )
            yield Finding(_MALL, "mall.key_forbidden", Level.PROBLEM, text, todo, facts)
        case _:
            said = patient.voice.say(answer.said(answer.reason))
            reached = answer.call_result not in _NO_ANSWER
            text = t("MALL gave no usable answer: {said}", said=said)
            todo = t(
                "Repeat in some minutes; if it stays so, check marketplace_api_url and ask MALL's support."
            )
            yield Finding(_MALL, "mall.no_answer", Level.PROBLEM, text, todo, facts, reached)


def _new_key(patient: Patient) -> str:
    if patient.record is None:
        return t("Copy the key again from MALL's partner portal into client_id of the shop's file.")
    return t(
        "Take a valid key from MALL's partner portal, then orderbridge shop rotate-key {shop}.",
        shop=patient.shop,
    )


def _budget(patient: Patient, budget: Budget) -> Finding:
    text = t(
        "{remaining} of {limit} calls are left until {at}.",
        remaining=budget.remaining,
        limit=budget.limit,
        at=patient.voice.at(budget.resets_at),
    )
    return Finding(_MALL, "mall.budget", Level.OK, text, facts=_budget_facts(budget))


def _budget_facts(budget: Budget) -> dict[str, object]:
    return {
        "limit": budget.limit,
        "remaining": budget.remaining,
        "resets_at": budget.resets_at.isoformat(),
    }


def _host(patient: Patient) -> str:
    """The host alone: the address may hold more than others should see."""
    return "" if patient.secrets is None else urlsplit(patient.secrets.marketplace_api_url).hostname or ""
