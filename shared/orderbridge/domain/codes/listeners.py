"""Why an e-mail address cannot get, or lose, the alarms of a shop. No fact repeats the address."""

from __future__ import annotations

from orderbridge.domain.facts import Code, Kind


class ListenerReason(Code):
    """What stands in the way, and what to do."""

    NO_ALARMS = "listener.no_alarms"
    NOT_OF_SHOP = "listener.not_of_shop", {"shop": Kind.TERM}
    NOT_CONFIRMED = "listener.not_confirmed"
    EVERY_SHOP = "listener.every_shop"
    OWN_FILTER = "listener.own_filter"
    ASKED_BEFORE = "listener.asked_before"
    REFUSED = "listener.refused"
    TOO_MANY_SHOPS = "listener.too_many_shops", {"limit": Kind.NUMBER}
    NO_MORE_FILTERS = "listener.no_more_filters"
