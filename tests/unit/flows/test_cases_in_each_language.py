"""Every escalation, return and deadline through the API, each alarm through its mail, the digest: in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from orderbridge.domain.cases.digest import digest_of
from orderbridge.domain.cases.escalations import close, enter_return_number
from orderbridge.domain.cases.follow_up import unsent
from orderbridge.domain.cases.records import Cause, ReturnDocument
from orderbridge.domain.codes import CODES
from orderbridge.domain.orders import OrderHistory
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.flows.api.views import Reader, detail, returns_entry
from orderbridge.texts import API, Language
from orderbridge.texts.mails import MAX_SUBJECT, alarm_mail, digest_mail
from tests.orders import NOW, SHIPPED_AT, an_order, marketplace_view
from tests.unit.domain.escalated_orders import CREATING, ESCALATED, RULES, only_at_mall
from tests.unit.domain.strategies import recheck

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.orders import OrderState

M, S = MarketplaceStatus, ShopStatus
PRAGUE = ZoneInfo("Europe/Prague")
DAY = timedelta(days=1)
PUSHING = Rules(push_returned=True)
LONG_AFTER = SHIPPED_AT + 14 * DAY
SAME_IN_ALL = {"Shipped", "Shipping", "Delivered", "Returned", "Cancelled", "Open", "Blocked", "Lost"}
"""What the partner portal calls its statuses in every language."""


def shipped(status: ShopStatus, rules: Rules = RULES, *, mdp: bool = False) -> OrderState:
    held = marketplace_view(M.SHIPPED, marketplace_delivery=mdp)
    return recheck(an_order(status, held), rules, LONG_AFTER)


def credited() -> OrderState:
    state = recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW)
    return enter_return_number(state, Cause.WRONG_DELIVERED, ReturnDocument("4712345678", NOW, "clerk"))


def ready(collect_at: str) -> OrderState:
    held = marketplace_view(M.SHIPPED, marketplace_delivery=True)
    return recheck(
        an_order(S.SETTLED, replace(held, ready_to_return=True, collect_at=collect_at)), RULES, NOW
    )


def opened() -> OrderState:
    """Open, and not confirmed for longer than a day."""
    view = replace(marketplace_view(M.OPEN, confirmed=False), opened_at=NOW - 2 * DAY)
    return an_order(S.PENDING, view)


CASES: dict[str, OrderState] = {
    **{name: recheck(state, RULES, NOW) for name, (state, _) in ESCALATED.items()},
    "not imported": recheck(only_at_mall(), CREATING, NOW + DAY),
    "with a return number": credited(),
    "closed": close(
        recheck(an_order(S.HANDLED, M.DELIVERED), RULES, NOW), Cause.WRONG_DELIVERED, "x", "y", NOW
    ),
    "unclaimed": shipped(S.CANCELED),
    "unclaimed, over the API": shipped(S.CANCELED, PUSHING),
    "unclaimed, MALL Delivery": shipped(S.CANCELED, mdp=True),
    "overdue": shipped(S.SETTLED),
    "overdue, over the API": shipped(S.SETTLED, PUSHING),
    "overdue, MALL Delivery": shipped(S.SETTLED, mdp=True),
    "ready to return": ready("Výdejna 7"),
    "ready to return, somewhere": ready(""),
    "withdrawal": recheck(an_order(S.CANCELED, M.DELIVERED), RULES, NOW),
    "to be confirmed": opened(),
    "to be delivered": an_order(S.SETTLED, M.SHIPPED, delivery="past day"),
}


def texts_in(answer: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    """Every text that a person reads in `answer`, with its code."""
    if isinstance(answer, dict):
        if "code" in answer and "text" in answer:
            yield answer["code"], answer["text"]
        elif "for" in answer and "text" in answer:
            yield f"ready text for {answer['for']}", answer["text"]
        else:
            for one in answer.values():
                yield from texts_in(one)
    elif isinstance(answer, list):
        for one in answer:
            yield from texts_in(one)


def shown(state: OrderState, language: Language) -> dict[str, Any]:
    """The order as the API shows it to whoever reads `language`, in a shop of that language."""
    reader = Reader(language, language, PRAGUE, API)
    answer = detail(OrderHistory(state), RULES, reader, LONG_AFTER)
    if state.cases.return_flag is not None:
        answer["list"] = returns_entry(state, state.cases.return_flag, reader, LONG_AFTER)
    return answer


@pytest.mark.parametrize("case", CASES)
def test_the_api_says_it_in_each_language(case: str) -> None:
    said = {language: list(texts_in(shown(CASES[case], language))) for language in Language}
    codes = {language: [code for code, _ in texts] for language, texts in said.items()}
    assert codes[Language.CZECH] == codes[Language.SLOVAK] == codes[Language.ENGLISH]
    assert codes[Language.CZECH], "something is said of every case"
    for czech, slovak, english in zip(*(said[language] for language in Language), strict=True):
        code = czech[0]
        assert code in CODES or code.startswith("ready text")
        assert code not in {czech[1], slovak[1], english[1]}, "a text that is lacking shows its code"
        if english[1] not in SAME_IN_ALL and not code.startswith("state.marketplace"):
            assert english[1] not in {czech[1], slovak[1]}, code


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("case", CASES)
def test_mails_say_it_in_each_language(case: str, language: Language) -> None:
    state = CASES[case]
    for alarm in unsent(state):
        mail = alarm_mail(state.mall_order_id, alarm, language, PRAGUE)
        assert mail.subject.isascii()
        assert len(mail.subject) <= MAX_SUBJECT
        assert str(state.mall_order_id) in mail.subject
        other = Language.CZECH if language is Language.ENGLISH else Language.ENGLISH
        assert not lines(mail.body) & lines(alarm_mail(state.mall_order_id, alarm, other, PRAGUE).body)
    digest = digest_of([state], RULES, LONG_AFTER)
    mails = {one: digest_mail("demo", digest, (), (), one, PRAGUE) for one in Language}
    assert mails[language].subject.isascii()
    for other in {Language.ENGLISH} - {language}:
        assert not lines(mails[language].body) & lines(mails[other].body)


def lines(body: str) -> set[str]:
    return {*body.splitlines()} - {""}


def test_the_keys_of_alarms_and_digests_are_the_same_whatever_the_language() -> None:
    """They are made before anybody has a language: no text is part of them."""
    for state in CASES.values():
        for item in digest_of([state], RULES, LONG_AFTER).items:
            assert len(item.key) == 16
        for alarm in state.cases.alarms:
            assert alarm.key.isascii()
            assert alarm.key.startswith(alarm.kind.value)
