"""What people are told about an escalation, in Czech and English: to send to MALL's Operations, or to act upon.

Plain text without personal data: numbers, states, dates, tracking, titles and pieces of items. MALL's statuses keep the
names that the partner portal shows. What an escalation says of the shop fits both languages: Czech with the English in
brackets; a Czech text leaves the brackets out. The way through the portal's form and what Operations ask for:
R6.5, R6.6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.domain.actions import Action
from orderbridge.domain.cases.records import Cause
from orderbridge.domain.corrections import cancelled_by_us, reopened_from
from orderbridge.domain.payloads import tracking_in
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge.domain.cases.records import Escalation, Item, ReturnDocument
    from orderbridge.domain.dates import ShopDate
    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.steps import Refusal

NOTHING = "–"
"""What stands where a side has no such order, or nothing can be said."""


@dataclass(frozen=True, slots=True)
class ReadyText:
    """The same text in Czech (`cs`) and English (`en`); several lines each."""

    cs: str
    en: str


_SHOP_STATES: Mapping[ShopStatus, str] = {
    ShopStatus.PENDING: "nevyřízená (pending)",
    ShopStatus.PARTIALLY_SETTLED: "částečně vyřízená (partially settled)",
    ShopStatus.HANDLED: "vyřizuje se (being handled)",
    ShopStatus.SETTLED: "vyřízená (settled)",
    ShopStatus.CANCELED: "stornováno (canceled)",
}


_ENGLISH = re.compile(r" \([a-z ]+\)")


def shop_state(status: ShopStatus | None, delivery: ShopDate | None = None) -> str:
    """The shop's state, and its delivery date, in both languages. Never the shop's own text, which may be anything."""
    name = "neznámý stav (unknown state)" if status is None else _SHOP_STATES[status]
    return name if delivery is None else f"{name}, datum doručení (delivery date) {delivery.for_people()}"


def _czech(words: str) -> str:
    """`words` of ``shop_state`` in Czech alone."""
    return _ENGLISH.sub("", words)


def status_name(status: MarketplaceStatus) -> str:
    """The marketplace's status as its portal writes it."""
    return status.value.capitalize()


class _Matter(StrEnum):
    """What an escalation is about where its cause alone does not say it."""

    TRACKING_REFUSED = "tracking_refused"
    CONFIRMATION_REFUSED = "confirmation_refused"
    NEVER_IN_THE_SHOP = "never_in_the_shop"
    CANCELLED_BY_US = "cancelled_by_us"
    DELIVERED_UNDONE = "delivered_undone"


_HAPPENED: Mapping[Cause | _Matter, ReadyText] = {
    Cause.REFUSED: ReadyText(
        "Rozhraní MALL změnu této objednávky odmítlo, ačkoli podle jejího stavu měla být možná.",
        "MALL refused a change of this order, although its status should have allowed it.",
    ),
    _Matter.TRACKING_REFUSED: ReadyText(
        "Rozhraní MALL odmítlo číslo zásilky a odkaz na její sledování, které jsme k objednávce odeslali.",
        "MALL refused the tracking number and the tracking URL that we sent for this order.",
    ),
    _Matter.CONFIRMATION_REFUSED: ReadyText(
        "Rozhraní MALL odmítlo naše potvrzení této objednávky.",
        "MALL refused our confirmation of this order.",
    ),
    Cause.IMPOSSIBLE: ReadyText(
        "Stav u MALL předbíhá skutečnost a z naší strany jej nelze vrátit zpět.",
        "MALL's status is ahead of what really happened, and it cannot be set back from our side.",
    ),
    Cause.WRONG_DELIVERED: ReadyText(
        "U objednávky byl zadán stav Delivered, podle našeho e-shopu ale zásilka zákazníkovi doručena nebyla.",
        "Delivered was set, but according to our shop the parcel was not delivered to the customer.",
    ),
    Cause.WRONG_DELIVERY_DATE: ReadyText(
        "Stav Delivered byl odeslán s datem doručení, které jsme v e-shopu mezitím změnili.",
        "Delivered was sent with a delivery date that our shop has changed since.",
    ),
    Cause.WRONG_FINAL: ReadyText(
        "Objednávka má chybný konečný stav: podle našeho e-shopu je zásilka na cestě, nebo už byla doručena.",
        "The order has a wrong final status: according to our shop the parcel is on its way or delivered.",
    ),
    _Matter.CANCELLED_BY_US: ReadyText(
        "U objednávky byl omylem zadán stav Cancelled, podle našeho e-shopu objednávka trvá.",
        "Cancelled was set by mistake; according to our shop the order stands.",
    ),
    Cause.NOT_AT_MARKETPLACE: ReadyText(
        "Rozhraní MALL objednávku s tímto číslem nezná, v našem e-shopu ale je.",
        "MALL does not know an order with this number, but our shop has it.",
    ),
    Cause.DEAD_LETTER: ReadyText(
        "Zpracování zprávy o objednávce opakovaně selhalo, objednávka je pozastavena a nic se neodesílá.",
        "A message about the order failed too often; the order is parked and nothing is sent.",
    ),
    Cause.DRIFT: ReadyText(
        "Údaje MALL o objednávce si odporují: konečný stav se změnil.",
        "What MALL says of the order contradicts itself: a final status changed.",
    ),
    _Matter.DELIVERED_UNDONE: ReadyText(
        "Objednávka u MALL byla ve stavu Delivered, který už nelze změnit, a nyní je v jiném stavu.",
        "MALL had the order as Delivered, which cannot be changed any more, and now has it in another status.",
    ),
    Cause.NO_EFFECT: ReadyText(
        "Rozhraní MALL změnu této objednávky opakovaně přijalo, stav objednávky se ale nezměnil.",
        "MALL accepted a change of this order more than once, but the order has not changed.",
    ),
    Cause.NO_REST: ReadyText(
        "Údaje MALL o objednávce se neustálily ani po mnoha změnách a dotazech, další jsme pro dnešek zastavili.",
        "What MALL holds of the order did not come to rest after many changes and readings; we stopped them for today.",
    ),
    _Matter.NEVER_IN_THE_SHOP: ReadyText(
        "MALL objednávku eviduje, v exportu e-shopu se ale nikdy neobjevila.",
        "MALL has the order, but the shop's export has never shown it.",
    ),
    Cause.NOT_IMPORTED: ReadyText(
        "E-shop nepřevzal objednávku z MALL nebo její storno.",
        "The shop did not take the order from MALL, or its cancellation.",
    ),
}
"""What happened, in one sentence."""

_REQUESTS: Mapping[Cause | _Matter, ReadyText] = {
    Cause.REFUSED: ReadyText(
        "Prosíme o nastavení správného stavu, nebo o sdělení, proč změna není možná.",
        "Please set the right status, or tell us why the change is not possible.",
    ),
    _Matter.TRACKING_REFUSED: ReadyText(
        "Prosíme o jejich doplnění k objednávce, nebo o sdělení, proč je nelze přijmout.",
        "Please add them to the order, or tell us why they cannot be accepted.",
    ),
    _Matter.CONFIRMATION_REFUSED: ReadyText(
        "Prosíme o potvrzení objednávky na straně MALL, nebo o sdělení, proč to není možné.",
        "Please confirm the order on MALL's side, or tell us why that is not possible.",
    ),
    Cause.IMPOSSIBLE: ReadyText(
        "Prosíme o opravu na správný stav.",
        "Please correct it to the right status.",
    ),
    Cause.WRONG_DELIVERED: ReadyText(
        "Stav Delivered už změnit nelze. Prosíme proto o vystavení vratkového dokumentu a o zaslání čísla vratky "
        "(47xxxxxxxx), abychom mohli do 14 dnů vystavit dobropis.",
        "Delivered cannot be changed any more. So please issue a return document and send us the return number "
        "(47xxxxxxxx), so that we can issue the credit note within 14 days.",
    ),
    Cause.WRONG_DELIVERY_DATE: ReadyText(
        "Stav Delivered zůstává. Prosíme o opravu data doručení.",
        "The status stays Delivered. Please correct the delivery date.",
    ),
    Cause.WRONG_FINAL: ReadyText(
        "Prosíme o opravu na správný konečný stav.",
        "Please correct it to the right final status.",
    ),
    _Matter.CANCELLED_BY_US: ReadyText(
        "Prosíme o opravu na správný stav.",
        "Please correct it to the right status.",
    ),
    Cause.NOT_AT_MARKETPLACE: ReadyText(
        "Prosíme o ověření, zda objednávka existuje a kterému partnerovi patří.",
        "Please check whether the order exists, and which partner it belongs to.",
    ),
    Cause.NO_EFFECT: ReadyText(
        "Prosíme o nastavení správného stavu, nebo o sdělení, proč se změna neprojeví.",
        "Please set the right status, or tell us why the change has no effect.",
    ),
    Cause.NO_REST: ReadyText(
        "Prosíme o kontrolu objednávky a o nastavení správného stavu.",
        "Please check the order and set the right status.",
    ),
    Cause.DRIFT: ReadyText(
        "Prosíme o sdělení, který stav platí, a případně o jeho opravu.",
        "Please tell us which status is valid, and correct it if need be.",
    ),
    _Matter.DELIVERED_UNDONE: ReadyText(
        "Prosíme o sdělení, který stav platí, a o jeho nastavení: z naší strany se u objednávky nic dalšího neodešle.",
        "Please tell us which status is valid, and set it: nothing more is sent for this order from our side.",
    ),
}
_WRONG_FINALS = frozenset({Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE, Cause.WRONG_FINAL})

_TODO: Mapping[Cause | _Matter, str] = {
    Cause.REFUSED: "check the order in the partner portal; if the shop is right, send the ready text to MALL's "
    "Operations",
    _Matter.TRACKING_REFUSED: "check the tracking number and the carrier in the shop; if both are right, send the "
    "ready text to MALL's Operations",
    _Matter.CONFIRMATION_REFUSED: "confirm the order in the partner portal by hand (an open one within 24 hours); if "
    "that fails too, send the ready text to MALL's Operations",
    Cause.IMPOSSIBLE: "set the order forward again in the shop; if the shop is right, send the ready text to MALL's "
    "Operations",
    Cause.WRONG_DELIVERED: "if Delivered is right, set the order back to settled in the shop; if it is wrong, send the "
    "ready text to MALL's Operations at once",
    Cause.WRONG_DELIVERY_DATE: "if MALL's date is right, set it back in the shop; if it is wrong, send the ready text "
    "to MALL's Operations",
    Cause.WRONG_FINAL: "find out where the parcel is; if MALL's status is wrong, send the ready text to MALL's "
    "Operations",
    _Matter.CANCELLED_BY_US: "if Cancelled is right, cancel the order in the shop again; if it is wrong, send the "
    "ready text to MALL's Operations at once, and do not hand the parcel over until MALL shows the right status",
    Cause.NOT_AT_MARKETPLACE: "check MALL's number in the shop's order; if it is right, send the ready text to MALL's "
    "Operations",
    Cause.DEAD_LETTER: "have the integrator find the cause in the log, then have the order processed again",
    Cause.DRIFT: "compare the order in the partner portal with the shop. If MALL's Operations corrected it, have it "
    "processed again, which accepts MALL's status; otherwise send the ready text to MALL's Operations",
    _Matter.DELIVERED_UNDONE: "nothing is sent any more, because Delivered cannot be undone: send the ready text to "
    "MALL's Operations, and have them set what is right",
    Cause.NO_EFFECT: "set the status in the partner portal by hand; if that fails too, send the ready text to MALL's "
    "Operations",
    Cause.NO_REST: "compare the order in the partner portal with the shop; if the shop is right, send the ready text "
    "to MALL's Operations",
    _Matter.NEVER_IN_THE_SHOP: "look for the order in the shop's administration and see that it carries MALL's number; "
    "if it is not there, enter it by hand, with MALL's number",
    Cause.NOT_IMPORTED: "enter the order, or its cancellation, in the shop by hand; an order must be confirmed or "
    "cancelled within 24 hours",
}
"""What a person does first."""


def happened(order: OrderState, escalation: Escalation) -> ReadyText:
    """What happened, in one sentence. Quotes neither side's own words."""
    return _HAPPENED[_matter(order, escalation)]


def what_to_do(order: OrderState, escalation: Escalation) -> str:
    """What a person does next about `escalation`, in one line."""
    if escalation.return_document is not None:
        return "bill the order, issue the credit note with the return number, then close this with a note"
    return _TODO[_matter(order, escalation)]


def _matter(order: OrderState, escalation: Escalation) -> Cause | _Matter:
    if escalation.cause is Cause.DRIFT and escalation.shop_says == NOTHING:
        return _Matter.NEVER_IN_THE_SHOP
    if escalation.cause is Cause.DRIFT and reopened_from(order) is MarketplaceStatus.DELIVERED:
        return _Matter.DELIVERED_UNDONE
    if escalation.cause is Cause.WRONG_FINAL and cancelled_by_us(order):
        return _Matter.CANCELLED_BY_US
    refusal = _refusal(order, escalation)
    if refusal is None:
        return escalation.cause
    return _OF_ACTION.get(refusal.action, escalation.cause)


_OF_ACTION = {
    Action.TRACKING: _Matter.TRACKING_REFUSED,
    Action.CONFIRM: _Matter.CONFIRMATION_REFUSED,
}


def _refusal(order: OrderState, escalation: Escalation) -> Refusal | None:
    """What MALL refused, if that is the matter and still known. Its last word; that of a confirmation stands back.

    A confirmation is also tried beside a refused step, and its refusal is not what keeps the order waiting then.
    """
    if escalation.cause is not Cause.REFUSED:
        return None
    refusals = [r for r in order.work.refusals if not r.not_found and not r.action.in_shop]
    return max(reversed(refusals), key=lambda r: r.action is not Action.CONFIRM, default=None)


def ready_text(order: OrderState, escalation: Escalation, credit_note_by: str) -> ReadyText:
    """The text for `escalation`, complete as it stands.

    `credit_note_by` is the day by which the credit note is due, as people write it; it counts only once the return
    number is there. From then on the text is no request any more, but what the credit note must carry.
    """
    if escalation.return_document is not None:
        return _for_accounting(order, escalation, escalation.return_document, credit_note_by)
    matter = _matter(order, escalation)
    if matter is Cause.DEAD_LETTER:
        return _for_integrator(order)
    if matter in {Cause.NOT_IMPORTED, _Matter.NEVER_IN_THE_SHOP}:
        return _for_clerk(order, escalation)
    return _for_operations(order, escalation)


def _for_operations(order: OrderState, escalation: Escalation) -> ReadyText:
    cause, number, matter = escalation.cause, order.mall_order_id, _matter(order, escalation)
    request = _REQUESTS[matter]
    form_cs = f"Objednávky → Zadávání stavů objednávek → Problémová objednávka → číslo objednávky {number}"
    form_en = f"Orders → Entering order statuses → Problem order → order number {number}"
    if cause in _WRONG_FINALS:
        form_cs += f" → oprava, chybně zadaný konečný stav → {escalation.right_status}"
        form_en += f" → correction, wrong final status → {escalation.right_status}"
    return ReadyText(
        _lines(
            f"Kam poslat: partnerský portál MALL, formulář {form_cs}",
            "",
            "Dobrý den,",
            "",
            _HAPPENED[matter].cs,
            "",
            f"Číslo objednávky: {number}",
            f"Stav u MALL{' (chybný)' if cause in _WRONG_FINALS else ''}: {escalation.held}",
            *_right_status(escalation, matter, czech=True),
            f"Stav v našem e-shopu: {_czech(escalation.shop_says)}",
            *_tracking(order, escalation, czech=True),
            *_return_document(order, escalation, czech=True),
            "",
            request.cs,
            "",
            "Děkujeme.",
        ),
        _lines(
            f"Where to send it: MALL Partner portal, form {form_en}",
            "",
            "Hello,",
            "",
            _HAPPENED[matter].en,
            "",
            f"Order number: {number}",
            f"Status at MALL{' (wrong)' if cause in _WRONG_FINALS else ''}: {escalation.held}",
            *_right_status(escalation, matter, czech=False),
            f"Status in our shop: {escalation.shop_says}",
            *_tracking(order, escalation, czech=False),
            *_return_document(order, escalation, czech=False),
            "",
            request.en,
            "",
            "Thank you.",
        ),
    )


def _right_status(escalation: Escalation, matter: Cause | _Matter, *, czech: bool) -> tuple[str, ...]:
    """The right status, unless the status is not what it is about."""
    if matter in _OF_ACTION.values():
        return ()
    return (f"{'Správný stav' if czech else 'Right status'}: {escalation.right_status}",)


def _tracking(order: OrderState, escalation: Escalation, *, czech: bool) -> tuple[str, ...]:
    """The tracking that went out with what MALL refused."""
    refusal = _refusal(order, escalation)
    sent = tracking_in(refusal.payload) if refusal is not None else None
    if sent is None:
        return ()
    number, url = ("Číslo zásilky", "Odkaz na sledování") if czech else ("Tracking number", "Tracking URL")
    return (f"{number}: {sent.number}", f"{url}: {sent.url}")


def _return_document(order: OrderState, escalation: Escalation, *, czech: bool) -> tuple[str, ...]:
    """What the request for a return document must hold: items with pieces (or the whole order) and the reason."""
    if escalation.cause is not Cause.WRONG_DELIVERED:
        return ()
    reason = "Důvod: chybně zadaný stav Delivered" if czech else "Reason: Delivered was entered by mistake"
    return (*_items(order, (), czech=czech), reason)


def _items(order: OrderState, chosen: tuple[Item, ...], *, czech: bool) -> tuple[str, ...]:
    """The items that were chosen, or that it is the whole order, with what is known of its items."""
    known = chosen or (order.marketplace.observed.items if order.marketplace.observed is not None else ())
    whole = "celá objednávka" if czech else "the whole order"
    return (
        f"{'Položky' if czech else 'Items'}:{'' if chosen else f' {whole}'}",
        *(_item(item, "ks" if czech else "pcs") for item in known),
    )


def _item(item: Item, unit: str) -> str:
    return f"- {' '.join(item.title.split())}: {item.pieces} {unit}"


def _for_accounting(
    order: OrderState, escalation: Escalation, document: ReturnDocument, credit_note_by: str
) -> ReadyText:
    """Billed first, then credited; what the credit note must carry and by when (R6.6, R6.7)."""
    number, held = order.mall_order_id, escalation.held
    return ReadyText(
        _lines(
            "Pro účtárnu e-shopu:",
            "",
            "Stav Delivered byl u objednávky zadán chybně a MALL k ní vystavil vratkový dokument. Objednávku "
            "vyúčtujte a vystavte k ní dobropis s těmito údaji:",
            "",
            f"Číslo objednávky: {number}",
            f"Číslo vratky: {document.number}",
            *_items(order, document.items, czech=True),
            f"Stav u MALL: {held}",
            f"Dobropis vystavte nejpozději: {credit_note_by}",
            "",
            "Po vystavení dobropisu tuto záležitost uzavřete a připojte poznámku.",
        ),
        _lines(
            "For the shop's accounting:",
            "",
            "Delivered was set by mistake for this order, and MALL issued a return document. Bill the order, then "
            "issue a credit note that carries the following:",
            "",
            f"Order number: {number}",
            f"Return number: {document.number}",
            *_items(order, document.items, czech=False),
            f"Status at MALL: {held}",
            f"Issue the credit note by: {credit_note_by}",
            "",
            "When the credit note is issued, close this escalation with a note.",
        ),
    )


def _for_integrator(order: OrderState) -> ReadyText:
    what, number = _HAPPENED[Cause.DEAD_LETTER], order.mall_order_id
    again = f"POST /orders/{number}/retry"
    return ReadyText(
        _lines(
            "Pro správce napojení:",
            "",
            what.cs,
            "",
            f"Číslo objednávky: {number}",
            f"Pozastaveno: {order.work.parked.log_line if order.work.parked else NOTHING}",
            "",
            "Příčinu najdete v logu pod tímto číslem. Po jejím odstranění spusťte zpracování objednávky znovu: "
            f"{again}",
        ),
        _lines(
            "For the integrator:",
            "",
            what.en,
            "",
            f"Order number: {number}",
            f"Parked: {order.work.parked.log_line if order.work.parked else NOTHING}",
            "",
            "Find the cause in the log under this number. When it is fixed, have the order processed again: "
            f"{again}",
        ),
    )


def _for_clerk(order: OrderState, escalation: Escalation) -> ReadyText:
    what, number = happened(order, escalation), order.mall_order_id
    todo, end = _in_the_shop(order, escalation)
    return ReadyText(
        _lines(
            "Pro obsluhu e-shopu:",
            "",
            what.cs,
            "",
            f"Číslo objednávky: {number}",
            f"Stav u MALL: {escalation.held}",
            f"Stav v e-shopu: {_czech(escalation.shop_says)}",
            f"V e-shopu má být: {_czech(escalation.right_status)}",
            "",
            todo.cs,
            end.cs,
        ),
        _lines(
            "For the shop's clerk:",
            "",
            what.en,
            "",
            f"Order number: {number}",
            f"Status at MALL: {escalation.held}",
            f"State in the shop: {escalation.shop_says}",
            f"What the shop should have: {escalation.right_status}",
            "",
            todo.en,
            end.en,
        ),
    )


def _in_the_shop(order: OrderState, escalation: Escalation) -> tuple[ReadyText, ReadyText]:
    """What a clerk does in the shop, and what follows."""
    again = f"POST /orders/{order.mall_order_id}/retry"
    end = ReadyText(
        f"Po odstranění příčiny lze zápis zopakovat: {again}",
        f"When the cause is fixed, it can be tried again with {again}",
    )
    if escalation.cause is Cause.DRIFT:
        return ReadyText(
            "Najděte objednávku v administraci e-shopu a zkontrolujte, zda je u ní uvedeno číslo objednávky MALL. "
            "Pokud objednávka v e-shopu není, založte ji ručně, uveďte u ní číslo objednávky MALL a nastavte výše "
            "uvedený stav.",
            "Find the order in the shop's administration and see that it carries MALL's order number. If it is not "
            "there, enter it by hand, with MALL's order number and in the state above.",
        ), ReadyText(
            "Jakmile se objednávka objeví v exportu e-shopu, záležitost se uzavře sama.",
            "This closes by itself once the shop's export shows the order.",
        )
    if order.shop_side.desired is not None:
        return ReadyText(
            "Zásilku neposílejte a objednávku v e-shopu ručně stornujte.",
            "Do not send the parcel, and cancel the order in the shop by hand.",
        ), end
    return ReadyText(
        "Založte objednávku v e-shopu ručně a uveďte u ní číslo objednávky MALL. MALL čeká na potvrzení nebo storno "
        "nejdéle 24 hodin.",
        "Enter the order in the shop by hand, with MALL's order number. MALL waits 24 hours at the most for its "
        "confirmation or cancellation.",
    ), end


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
