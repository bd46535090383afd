"""What people are told about an escalation, in Czech and English: to send to MALL's Operations, or to act upon.

Plain text without personal data: numbers, states, titles and pieces of items. MALL's statuses keep the names that the
partner portal shows; the shop's states are named in both languages at once. The way through the portal's form and
what Operations ask for: MALL, "wrong order status" and "return document".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.records import Cause
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.records import Escalation, Item, ReturnDocument


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
    ShopStatus.CANCELED: "stornovaná (canceled)",
}


def shop_state(status: ShopStatus | None) -> str:
    """The shop's state in both languages. Never the shop's own text, which may be anything."""
    return "neznámý stav (unknown state)" if status is None else _SHOP_STATES[status]


def status_name(status: MarketplaceStatus) -> str:
    """The marketplace's status as its portal writes it."""
    return status.value.capitalize()


HAPPENED: Mapping[Cause, ReadyText] = {
    Cause.REFUSED: ReadyText(
        "Rozhraní MALL změnu této objednávky odmítlo, ačkoli podle jejího stavu měla být možná.",
        "MALL refused a change of this order, although its status should have allowed it.",
    ),
    Cause.IMPOSSIBLE: ReadyText(
        "Stav u MALL předběhl skutečnost a zpět jej z naší strany nastavit nelze.",
        "MALL's status is ahead of what really happened, and it cannot be set back from our side.",
    ),
    Cause.WRONG_DELIVERED: ReadyText(
        "Byl zadán stav Delivered, podle našeho e-shopu ale zásilka zákazníkovi doručena nebyla.",
        "Delivered was set, but by our shop the parcel was not delivered to the customer.",
    ),
    Cause.WRONG_DELIVERY_DATE: ReadyText(
        "Stav Delivered byl odeslán s datem doručení, které náš e-shop od té doby změnil.",
        "Delivered was sent with a delivery date that our shop has changed since.",
    ),
    Cause.WRONG_FINAL: ReadyText(
        "U objednávky je chybný konečný stav: podle našeho e-shopu je zásilka na cestě nebo doručena.",
        "The order has a wrong final status: by our shop the parcel is on its way or delivered.",
    ),
    Cause.NOT_AT_MARKETPLACE: ReadyText(
        "Rozhraní MALL objednávku s tímto číslem nezná, náš e-shop ji ale má.",
        "MALL does not know an order with this number, but our shop has it.",
    ),
    Cause.DEAD_LETTER: ReadyText(
        "Zpráva o objednávce opakovaně selhala, objednávka je odstavena a nic se neodesílá.",
        "A message about the order failed too often; the order is parked and nothing is sent.",
    ),
    Cause.DRIFT: ReadyText(
        "Údaje MALL o objednávce si odporují: stav, který je konečný, se změnil, nebo se oba přehledy rozcházejí.",
        "What MALL says of the order contradicts itself: a final status changed, or the two lists differ.",
    ),
    Cause.NOT_IMPORTED: ReadyText(
        "E-shop nepřevzal objednávku z MALL, nebo její storno.",
        "The shop did not take the order from MALL, or its cancellation.",
    ),
}
"""What happened, in one sentence for each cause."""

_REQUESTS: Mapping[Cause, ReadyText] = {
    Cause.REFUSED: ReadyText(
        "Prosíme o nastavení správného stavu, nebo o sdělení, proč změna není možná.",
        "Please set the right status, or tell us why the change is not possible.",
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
    Cause.NOT_AT_MARKETPLACE: ReadyText(
        "Prosíme o ověření, zda objednávka existuje a komu patří.",
        "Please check whether the order exists, and whose it is.",
    ),
    Cause.DRIFT: ReadyText(
        "Prosíme o sdělení, který stav platí, a o případnou opravu.",
        "Please tell us which status is valid, and correct it if need be.",
    ),
}
_WRONG_FINALS = frozenset({Cause.WRONG_DELIVERED, Cause.WRONG_DELIVERY_DATE, Cause.WRONG_FINAL})

_TODO: Mapping[Cause, str] = {
    Cause.REFUSED: "check the order in the partner portal; if the shop is right, send the ready text to MALL's "
    "Operations",
    Cause.IMPOSSIBLE: "set the order forward again in the shop; if the shop is right, send the ready text to MALL's "
    "Operations",
    Cause.WRONG_DELIVERED: "if Delivered is right, set the order back to settled in the shop; if it is wrong, send the "
    "ready text to MALL's Operations at once",
    Cause.WRONG_DELIVERY_DATE: "if MALL's date is right, set it back in the shop; if it is wrong, send the ready text "
    "to MALL's Operations",
    Cause.WRONG_FINAL: "find out where the parcel is; if MALL's status is wrong, send the ready text to MALL's "
    "Operations",
    Cause.NOT_AT_MARKETPLACE: "check MALL's number in the shop's order; if it is right, send the ready text to MALL's "
    "Operations",
    Cause.DEAD_LETTER: "have the integrator find the cause in the log, then repeat the order",
    Cause.DRIFT: "compare the order in the partner portal with the shop, and send the ready text to MALL's Operations",
    Cause.NOT_IMPORTED: "enter the order, or its cancellation, in the shop by hand; an order must be confirmed or "
    "cancelled within 24 hours",
}
"""What a person does first, for each cause."""


def what_to_do(escalation: Escalation) -> str:
    """What a person does next about `escalation`, in one line."""
    if escalation.return_document is not None:
        return "bill the order, issue the credit note with the return number, then close this with a note"
    return _TODO[escalation.cause]


def ready_text(order: OrderState, escalation: Escalation, credit_note_by: str) -> ReadyText:
    """The text for `escalation`, complete as it stands.

    `credit_note_by` is the day by which the credit note is due, as people write it; it counts only once the return
    number is there. From then on the text is no request any more, but what the credit note must carry.
    """
    if escalation.return_document is not None:
        return _for_accounting(order, escalation, escalation.return_document, credit_note_by)
    if escalation.cause is Cause.DEAD_LETTER:
        return _for_integrator(order)
    if escalation.cause is Cause.NOT_IMPORTED:
        return _for_clerk(order, escalation)
    return _for_operations(order, escalation)


def _for_operations(order: OrderState, escalation: Escalation) -> ReadyText:
    cause, number = escalation.cause, order.mall_order_id
    happened, request = HAPPENED[cause], _REQUESTS[cause]
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
            happened.cs,
            "",
            f"Číslo objednávky: {number}",
            f"Stav u MALL{' (chybný)' if cause in _WRONG_FINALS else ''}: {escalation.held}",
            f"Správný stav: {escalation.right_status}",
            f"Stav v našem e-shopu: {escalation.shop_says}",
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
            happened.en,
            "",
            f"Order number: {number}",
            f"Status at MALL{' (wrong)' if cause in _WRONG_FINALS else ''}: {escalation.held}",
            f"Right status: {escalation.right_status}",
            f"Status in our shop: {escalation.shop_says}",
            *_return_document(order, escalation, czech=False),
            "",
            request.en,
            "",
            "Thank you.",
        ),
    )


def _return_document(order: OrderState, escalation: Escalation, *, czech: bool) -> tuple[str, ...]:
    """What the request for a return document must hold: items with pieces (or the whole order) and the reason."""
    if escalation.cause is not Cause.WRONG_DELIVERED:
        return ()
    reason = "Důvod: chybně zadaný stav Delivered" if czech else "Reason: Delivered was entered by mistake"
    return (*_items(order, (), czech=czech), reason)


def _items(order: OrderState, chosen: tuple[Item, ...], *, czech: bool) -> tuple[str, ...]:
    """The items that were chosen, or that it is the whole order, with what is known of its items."""
    known = chosen or (order.observed.items if order.observed is not None else ())
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
    """Billed first, then credited (seed); what the credit note must carry and by when: MALL, "return document"."""
    number, held = order.mall_order_id, escalation.held
    return ReadyText(
        _lines(
            "Pro účtárnu e-shopu:",
            "",
            "Stav Delivered byl u objednávky zadán chybně a MALL k ní vystavil vratkový dokument. Objednávku "
            "vyúčtujte a vystavte k ní dobropis s těmito údaji.",
            "",
            f"Číslo objednávky: {number}",
            f"Číslo vratky: {document.number}",
            *_items(order, document.items, czech=True),
            f"Stav u MALL: {held}",
            f"Dobropis vystavte nejpozději: {credit_note_by}",
            "",
            "Jakmile je dobropis vystaven, uzavřete tuto záležitost s poznámkou.",
        ),
        _lines(
            "For the shop's accounting:",
            "",
            "Delivered was set by mistake for this order, and MALL issued a return document. Bill the order, then "
            "issue a credit note that carries the following.",
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
    happened, number = HAPPENED[Cause.DEAD_LETTER], order.mall_order_id
    repeat = f"POST /orders/{number}/retry"
    return ReadyText(
        _lines(
            "Pro správce napojení:",
            "",
            happened.cs,
            "",
            f"Číslo objednávky: {number}",
            f"Odstaveno: {order.parked or '–'}",
            "",
            f"Příčinu najdete v logu pod tímto číslem. Po jejím odstranění objednávku zopakujte: {repeat}",
        ),
        _lines(
            "For the integrator:",
            "",
            happened.en,
            "",
            f"Order number: {number}",
            f"Parked: {order.parked or '–'}",
            "",
            f"Find the cause in the log under this number. When it is mended, repeat the order: {repeat}",
        ),
    )


def _for_clerk(order: OrderState, escalation: Escalation) -> ReadyText:
    happened, number = HAPPENED[Cause.NOT_IMPORTED], order.mall_order_id
    cancelled = order.desired is not None
    if cancelled:
        todo = ReadyText(
            "Zásilku neposílejte a objednávku v e-shopu ručně stornujte.",
            "Do not send the parcel, and cancel the order in the shop by hand.",
        )
    else:
        todo = ReadyText(
            "Založte objednávku v e-shopu ručně a uveďte u ní číslo objednávky MALL. MALL čeká na potvrzení nebo "
            "storno nejdéle 24 hodin.",
            "Enter the order in the shop by hand, with MALL's order number. MALL waits 24 hours at the most for its "
            "confirmation or cancellation.",
        )
    return ReadyText(
        _lines(
            "Pro obsluhu e-shopu:",
            "",
            happened.cs,
            "",
            f"Číslo objednávky: {number}",
            f"Stav u MALL: {escalation.held}",
            f"Stav v e-shopu: {escalation.shop_says}",
            f"V e-shopu má být: {escalation.right_status}",
            "",
            todo.cs,
            f"Po odstranění příčiny lze zápis zopakovat: POST /orders/{number}/retry",
        ),
        _lines(
            "For the shop's clerk:",
            "",
            happened.en,
            "",
            f"Order number: {number}",
            f"Status at MALL: {escalation.held}",
            f"State in the shop: {escalation.shop_says}",
            f"What the shop should have: {escalation.right_status}",
            "",
            todo.en,
            f"When the cause is mended, it can be tried again with POST /orders/{number}/retry",
        ),
    )


def _lines(*lines: str) -> str:
    return "\n".join(lines) + "\n"
