"""Short words for what becomes of a clerk's tracking."""

from __future__ import annotations

from orderbridge.domain.carriers import NoTracking, Tracking, tracking_of
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.views import ShopView

PPL = "https://www.ppl.cz/vyhledat-zasilku?shipmentId={}"
OWN = "https://kuryr.example/{number}"


def tracking(
    number: str, carrier: str = "PPL", url: str = "", rules: Rules | None = None
) -> Tracking | NoTracking:
    view = ShopView(
        "1", ShopStatus.SETTLED, "vyřízená", tracking_number=number, carrier=carrier, tracking_url=url
    )
    return tracking_of(view, rules or Rules())


def sent(number: str, carrier: str = "PPL", url: str = "", rules: Rules | None = None) -> tuple[str, str]:
    found = tracking(number, carrier, url, rules)
    assert isinstance(found, Tracking), found
    return found.number, found.url


def held(number: str, carrier: str = "PPL", url: str = "", rules: Rules | None = None) -> NoTracking:
    found = tracking(number, carrier, url, rules)
    assert isinstance(found, NoTracking), found
    return found
