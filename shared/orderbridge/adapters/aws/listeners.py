"""Who gets the shops' alarms by mail: the topic's subscriptions, each with a filter that names its shops."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orderbridge.domain.codes.listeners import ListenerReason
from orderbridge.domain.facts import Term
from orderbridge.domain.persons import EVERY_SHOP
from orderbridge.domain.reasons import because
from orderbridge.errors import ListenerProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_sns import SNSClient


MAX_SHOPS = 150
"""Values in one filter, a limit of SNS."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An e-mail address."""

    email: str
    arn: str
    """Its subscription; empty until the address has confirmed it."""
    shops: tuple[str, ...] = ()
    """The shops whose alarms it gets; ``*`` is every shop.

    Empty if unknown: not confirmed, or a filter not made here.
    """


class SnsListeners:
    """The listeners of one topic. Of two changes to an address at the same time, the later one wins.

    A changed filter takes effect within 15 minutes (SNS); the filter of a new subscription takes effect at once.
    """

    def __init__(self, sns: SNSClient, topic_arn: str) -> None:
        self._sns = sns
        self._topic_arn = topic_arn

    def all(self) -> tuple[Listener, ...]:
        """By address. One request per hundred subscriptions, and one per confirmed address."""
        return tuple(self._listener(email, arn) for email, arn in sorted(self._addresses()))

    def heard(self) -> frozenset[str]:
        """The shops that have a listener, by any protocol; with ``*`` if somebody listens to every shop.

        Unconfirmed subscriptions and filters not made here do not count. One request per hundred subscriptions, and one
        per subscription.
        """
        arns = [arn for _, _, arn in self._subscriptions() if arn]
        return frozenset(shop for arn in arns for shop in self._shops(arn))

    def add(self, email: str, shop: str) -> bool:
        """Sends the alarms of `shop` to `email`. True if the address must open SNS's link; a repeat sends it again.

        SNS has one subscription per address, so another shop extends its filter. Raises ListenerProblemError.
        """
        listener = self._find(email)
        if listener is None or not listener.arn:
            self._subscribe(email, shop, asked_before=listener is not None)
            return True
        if not listener.shops:
            raise _problem(ListenerReason.OWN_FILTER)
        if shop not in listener.shops and EVERY_SHOP not in listener.shops:
            if len(listener.shops) >= MAX_SHOPS:
                raise ListenerProblemError(because(ListenerReason.TOO_MANY_SHOPS, limit=MAX_SHOPS))
            self._set_shops(listener.arn, (*listener.shops, shop))
        return False

    def remove(self, email: str, shop: str) -> None:
        """Stops the alarms of `shop` to `email`. Raises ListenerProblemError."""
        listener = self._find(email)
        if listener is None:
            raise _problem(ListenerReason.NO_ALARMS)
        if not listener.arn:
            raise _problem(ListenerReason.NOT_CONFIRMED)
        if EVERY_SHOP in listener.shops:
            raise _problem(ListenerReason.EVERY_SHOP)
        if shop not in listener.shops:
            raise ListenerProblemError(because(ListenerReason.NOT_OF_SHOP, shop=Term(shop)))
        self._leave(listener, shop)

    def forget(self, shop: str) -> None:
        """Removes `shop` from every filter that names it. A repeat is harmless.

        An unconfirmed address keeps it until SNS drops the address, within three days.
        """
        for listener in self.all():
            if shop in listener.shops:
                self._leave(listener, shop)

    def _leave(self, listener: Listener, shop: str) -> None:
        """Removes `shop` from the listener's filter, and the subscription if no shop is left."""
        left = tuple(name for name in listener.shops if name != shop)
        if left:
            self._set_shops(listener.arn, left)
        else:
            self._sns.unsubscribe(SubscriptionArn=listener.arn)

    def _subscriptions(self) -> Iterator[tuple[str, str, str]]:
        """Protocol, address and ARN of every subscription. The ARN is empty until the address has confirmed."""
        for page in self._sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self._topic_arn):
            for one in page["Subscriptions"]:
                arn = one["SubscriptionArn"]  # or a word: "PendingConfirmation", "Deleted"
                if arn != "Deleted":
                    yield one["Protocol"], one["Endpoint"], arn if arn.startswith("arn:") else ""

    def _addresses(self) -> Iterator[tuple[str, str]]:
        """The e-mail addresses, each with its ARN, which is empty until the address has confirmed."""
        return ((address, arn) for protocol, address, arn in self._subscriptions() if protocol == "email")

    def _listener(self, email: str, arn: str) -> Listener:
        return Listener(email, arn, self._shops(arn) if arn else ())

    def _find(self, email: str) -> Listener | None:
        arns = [arn for address, arn in self._addresses() if address == email]
        return self._listener(email, max(arns)) if arns else None

    def _subscribe(self, email: str, shop: str, *, asked_before: bool) -> None:
        """Subscribes with a filter: without one, the address would get the alarms of every shop."""
        try:
            answer = self._sns.subscribe(
                TopicArn=self._topic_arn,
                Protocol="email",
                Endpoint=email,
                Attributes={"FilterPolicy": _filter((shop,))},
                ReturnSubscriptionArn=True,
            )
        except self._sns.exceptions.InvalidParameterException:
            refused = ListenerReason.ASKED_BEFORE if asked_before else ListenerReason.REFUSED
            raise _problem(refused) from None
        except self._sns.exceptions.FilterPolicyLimitExceededException:
            raise _problem(ListenerReason.NO_MORE_FILTERS) from None
        # SNS does not document what a new filter does to a subscription that exists
        if shop not in self._shops(answer["SubscriptionArn"]):
            raise _problem(ListenerReason.ASKED_BEFORE)

    def _set_shops(self, arn: str, shops: Sequence[str]) -> None:
        try:
            self._sns.set_subscription_attributes(
                SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=_filter(shops)
            )
        except self._sns.exceptions.FilterPolicyLimitExceededException:
            raise _problem(ListenerReason.NO_MORE_FILTERS) from None

    def _shops(self, arn: str) -> tuple[str, ...]:
        return _shops_of(self._sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"])


def _problem(why: ListenerReason) -> ListenerProblemError:
    return ListenerProblemError(because(why))


def _filter(shops: Sequence[str]) -> str:
    return json.dumps({"shop": sorted(shops)})


def _shops_of(attributes: Mapping[str, str]) -> tuple[str, ...]:
    policy = attributes.get("FilterPolicy")
    if not policy:
        return (EVERY_SHOP,)
    match json.loads(policy):
        case {"shop": [*shops], **others} if not others and all(isinstance(shop, str) for shop in shops):
            return tuple(shops)
        case _:
            return ()
