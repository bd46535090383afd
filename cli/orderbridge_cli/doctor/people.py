"""The shop's webhook, and who gets its mails. Addresses are shown masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.persons import EVERY_SHOP
from orderbridge_cli.doctor.findings import Finding, Level, Section
from orderbridge_cli.language import n, t

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge_cli.doctor.patient import Patient


def look_at_webhook(patient: Patient) -> Iterator[Finding]:
    """Yields whether MALL can tell of changes. One read of a parameter."""
    if patient.record is None:
        yield Finding(
            Section.WEBHOOK, "webhook.later", Level.NOTE, t("A webhook can be added once the shop is added.")
        )
        return
    if patient.services.webhooks.digest_of(patient.shop) is not None:
        yield Finding(
            Section.WEBHOOK, "webhook.exists", Level.OK, t("There is a webhook; MALL must have its address.")
        )
        return
    text = t(
        "There is no webhook: MALL's changes are noticed with the next reading of its list, not at once "
        "(orderbridge webhook add {shop}).",
        shop=patient.shop,
    )
    yield Finding(Section.WEBHOOK, "webhook.missing", Level.NOTE, text)


def look_at_mail(patient: Patient) -> Iterator[Finding]:
    """Yields who gets the shop's mails. At most two requests per hundred subscriptions, and two per subscription."""
    listeners = patient.services.listeners
    if listeners is None:
        text = t("The stack has no topic for the shops' mails: is it the right stack, and a present version?")
        yield Finding(Section.MAIL, "mail.no_topic", Level.PROBLEM, text, text)
        return
    addresses = listeners.all()
    ours = [one for one in addresses if {patient.shop, EVERY_SHOP} & set(one.shops)]
    waiting = [one for one in addresses if not one.arn]
    others = not ours and bool({patient.shop, EVERY_SHOP} & listeners.heard())
    if ours:
        shown = [masked(one.email) for one in ours]
        text = t("The shop's mails go to {addresses}.", addresses=", ".join(shown))
        yield Finding(Section.MAIL, "mail.confirmed", Level.OK, text, facts={"addresses": shown})
    elif others:
        text = t("The shop's mails go to a subscriber that is no mail address.")
        yield Finding(Section.MAIL, "mail.other_protocol", Level.OK, text)
    if waiting:
        shown = [masked(one.email) for one in waiting]
        text = n(
            "{number} address has not confirmed yet, so its shop is not known: {addresses}.",
            "{number} addresses have not confirmed yet, so their shops are not known: {addresses}.",
            len(waiting),
            addresses=", ".join(shown),
        )
        todo = t("Have the link in AWS's mail “Subscription Confirmation” opened, or add the address again.")
        level = Level.NOTE if ours or others else Level.WARNING
        yield Finding(
            Section.MAIL, "mail.unconfirmed", level, text, "" if ours else todo, {"addresses": shown}
        )
    if not ours and not others:
        yield _nobody(patient)


def _nobody(patient: Patient) -> Finding:
    if patient.record is None:
        text = t("Nobody would get this shop's mails yet.")
        return Finding(Section.MAIL, "mail.nobody_yet", Level.NOTE, text)
    text = t("Nobody gets this shop's mails, “stop the parcel” among them.")
    todo = t(
        "orderbridge alarm add {shop} ADDRESS, and have the link in the mail opened.",
        shop=patient.shop,
    )
    return Finding(Section.MAIL, "mail.nobody", Level.PROBLEM, text, todo)


def masked(email: str) -> str:
    """``j…@example.com``: enough for the integrator, who knows the address."""
    name, at, host = email.partition("@")
    return f"{name[:1]}…{at}{host}"
