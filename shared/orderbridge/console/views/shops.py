"""The choice of a shop, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.persons import may_see, only_shop

if TYPE_CHECKING:
    from orderbridge.console.visits import Visit
    from orderbridge.console.web import Answer


def choose(visit: Visit) -> Answer:
    """To the shop of somebody who has one; the list of shops for everybody else."""
    shop = only_shop(visit.operator.shops)
    return show_all(visit) if shop is None else visit.go("shops", shop, "today")


def show_all(visit: Visit) -> Answer:
    """The person's shops. One Query."""
    records = [one for one in visit.ports.shops.all() if may_see(visit.operator.shops, one.shop)]
    return visit.page(
        "shops.html",
        shops=[
            {
                "shop": one.shop,
                "stopped": one.stop is not None,
                "paused": one.pause is not None,
                "unread": one.settings_problem is not None or one.fetch_problem is not None,
            }
            for one in records
        ],
    )


def go_to_today(visit: Visit) -> Answer:
    """The first page of a shop."""
    return visit.go("shops", visit.shop, "today")


def sign_out(visit: Visit) -> Answer:
    """Ends the session for good, also where a copy of the cookie is left."""
    visit.ports.console_store.end_session(visit.session.id, visit.session.longest_until)
    visit.ended = True
    return visit.go("sign-in")
