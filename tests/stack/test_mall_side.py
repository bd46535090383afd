"""What MALL and its customers do comes in by MALL's lists: cancellations, MALL Delivery, losses, changes in the portal.

One shop that only links its orders, one that has them created; nothing but the lists tells them of MALL's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from local.stack.client import ShopClient, reach_all
from local.stack.waiting import eventually
from tests.stack.conditions import at, held
from tests.stack.interventions import rewind_shop

if TYPE_CHECKING:
    from local.stack.http import Json
    from local.stack.mailbox import Email, Mailbox
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HANDLED: Json = {"status": "vyřizuje se"}
SETTLED: Json = {"status": "vyřízená"}
CANCELLED: Json = {"status": "cancelled"}
MODES: tuple[Json, ...] = ({"import": "create"}, {"import": "link"})
DAY = 86_400


@dataclass(frozen=True)
class Lives:
    """The orders by what happens to them, in the two shops."""

    create: ShopClient
    link: ShopClient
    numbers: dict[str, int]

    def __getitem__(self, name: str) -> tuple[ShopClient, int]:
        return (self.create if name.startswith("create") else self.link), self.numbers[name]

    def after_the_change(self, name: str) -> list[Json]:
        """The bodies of our PUTs since MALL's side changed, which it did from `before` on."""
        shop, number = self[name]
        calls = shop.calls(number)
        return [call["body"] for call in calls if call["method"] == "PUT"][PUTS_BEFORE.get(name, 1) :]


PUTS_BEFORE = {"link, pending": 0}
"""Our PUTs until MALL's side changed, where it is not one."""


@pytest.fixture(scope="module")
def lives(open_shop: OpenShop) -> Lives:
    create, link = (open_shop(f"mall-side-{mode['import']}", **mode) for mode in MODES)
    numbers = {
        "create, pending": create.opens(),
        "create, handled": create.opens(**HANDLED),
        "create, settled": create.opens(**SETTLED),
        "link, pending": link.opens(),
        "link, handled": link.opens(**HANDLED),
        "link, MALL Delivery": link.opens({"mdp": True}, **HANDLED),
        "link, lost": link.opens(**SETTLED),
        "link, changed": link.opens(**HANDLED),
        "link, shipped in the portal": link.opens(**HANDLED),
        "link, ended in the portal": link.opens(**SETTLED),
    }
    played = Lives(create, link, numbers)
    for shop in (create, link):
        shop.sync()
    status = {"pending": "open", "settled": "shipped", "lost": "shipped", "ended in the portal": "shipped"}
    goals = {name: at(status.get(name.split(", ")[1], "shipping")) for name in numbers}
    _reach(played, goals)
    for name, (shop, number) in ((name, played[name]) for name in numbers):
        if name.split(", ")[1] in {"pending", "handled", "settled"}:
            shop.customer(number, **CANCELLED)
    link.customer(numbers["link, MALL Delivery"], status="shipped", tracking_number="MD1")
    link.customer(numbers["link, lost"], status="lost")
    link.customer(numbers["link, changed"], address={"name": "Žofie Vymyšlená-000001", "city": "Smyšlenov 1"})
    closed = held("marketplace_closed")
    _reach(
        played,
        {
            "create, pending": at("cancelled"),
            "create, handled": at("cancelled"),
            "create, settled": closed,
            "link, pending": closed,
            "link, handled": closed,
            "link, MALL Delivery": at("shipped"),
            "link, lost": closed,
        },
    )
    link.until(lambda: link.at_mall(numbers["link, changed"])["confirmed"], "the change is confirmed")
    create.deployment.settle()
    return played


def _reach(lives: Lives, goals: Json) -> None:
    by_shop: Json = {}
    for name, until in goals.items():
        shop, number = lives[name]
        by_shop.setdefault(shop, {})[number] = until
    reach_all(by_shop)


def stops(mailbox: Mailbox, shop: ShopClient, number: int) -> list[Email]:
    emails = mailbox.emails(shop.name, "Zastavte zasilku")
    return [email for email in emails if str(number) in email.subject]


@pytest.mark.parametrize("name", ["create, pending", "create, handled"])
def test_a_cancellation_is_written_into_the_shop_once(lives: Lives, name: str) -> None:
    shop, number = lives[name]
    (order,) = shop.in_shop(number)
    assert order["status"] == "stornováno"
    assert shop.imports() == 2, "one document for each of the two orders"
    seen = shop.order(number)
    assert seen["written_into_the_shop"]["canceled_at"]
    assert [step["state"] for step in seen["steps"] if step["action"] == "cancel_in_shop"] == ["accepted"]


def test_a_parcel_that_may_have_left_is_a_persons_to_stop(lives: Lives) -> None:
    shop, number = lives["create, settled"]
    assert shop.in_shop(number)[0]["status"] == "vyřízená"
    assert shop.order(number)["why"]["code"] == "hold.marketplace_closed.cancelled.settled"


@pytest.mark.parametrize(
    ("name", "emails"),
    [
        ("create, pending", 0),  # nobody has packed it, and the shop shows it as canceled
        ("create, handled", 1),
        ("create, settled", 1),
        ("link, pending", 1),  # nobody else tells the clerk
        ("link, handled", 1),
        ("link, lost", 0),
    ],
)
def test_whoever_packs_is_notified_once(lives: Lives, mailbox: Mailbox, name: str, emails: int) -> None:
    shop, number = lives[name]
    told = stops(mailbox, shop, number)
    assert len(told) == emails
    assert all(f"Objednávka: {number}\n" in email.text for email in told)
    alarms = [alarm for alarm in shop.order(number)["alarms"] if alarm["kind"] == "stop_the_parcel"]
    assert len(alarms) == emails
    assert all(alarm["sent_at"] for alarm in alarms)


def test_nobody_is_notified_again_whatever_comes_again(lives: Lives, mailbox: Mailbox) -> None:
    before = len(mailbox.emails(lives.create.name)) + len(mailbox.emails(lives.link.name))
    for name in ("create, handled", "link, handled"):
        shop, number = lives[name]
        shop.customer(number, customer_id=1)  # MALL lists it once more
        shop.sync()
        shop.reach({number: lambda _, p=shop, n=number: p.at_mall(n)["confirmed"]})  # type: ignore[misc]
    lives.create.deployment.settle()
    assert len(mailbox.emails(lives.create.name)) + len(mailbox.emails(lives.link.name)) == before
    assert lives.create.imports() == 2


@pytest.mark.parametrize(
    "name",
    [
        "create, pending",
        "create, settled",
        "link, pending",
        "link, MALL Delivery",
        "link, lost",
        "link, changed",
    ],
)
def test_every_change_is_confirmed_once_and_nothing_else_is_sent(lives: Lives, name: str) -> None:
    assert lives.after_the_change(name) == [{"confirmed": True}]
    shop, number = lives[name]
    assert shop.at_mall(number)["confirmed"] is True
    assert not shop.order(number)["at_mall"]["to_be_confirmed"]


def test_mall_delivery_goes_its_own_way(lives: Lives) -> None:
    """Tracking comes from MALL; ready to return, returned: told, confirmed, never set by us."""
    shop, number = lives["link, MALL Delivery"]
    order = shop.order(number)
    assert order["at_mall"]["tracking_number"] == "MD1"
    assert [(one["status"], one["by_us"]) for one in order["passed"]] == [
        ("open", False),
        ("shipping", True),
        ("shipped", False),
    ]
    branch = {"ready_to_return": True, "branch_id": 7}
    shop.customer(number, **branch)
    shop.reach({number: lambda _: bool(shop.order(number)["return"])})
    assert shop.order(number)["return"]["kind"] == "ready_to_return"
    # A change that comes before our confirmation of the last one is confirmed with it, and no list shows it.
    shop.reach({number: lambda _: shop.at_mall(number)["confirmed"]})
    shop.customer(number, status="returned")
    shop.reach({number: held("marketplace_closed")})
    shop.reach({number: lambda _: shop.at_mall(number)["confirmed"]})
    order = shop.order(number)
    assert (order["return"], order["past_returns"][0]["kind"]) == (None, "ready_to_return")
    assert shop.took(number) == ["shipping"]
    assert lives.after_the_change("link, MALL Delivery") == [{"confirmed": True}] * 3


def test_a_reconciliation_heals_what_no_list_of_changes_shows(lives: Lives) -> None:
    """Somebody works in the partner portal, and MALL counts that as confirmed."""
    (shop, ahead), (_, ended) = lives["link, shipped in the portal"], lives["link, ended in the portal"]
    shop.customer(ahead, status="shipped", tracking_number="P1", confirmed=True)
    shop.customer(ended, status="delivered", confirmed=True)
    shop.sync()
    shop.deployment.settle()
    assert [shop.orders()[number]["status"] for number in (ahead, ended)] == ["shipping", "shipped"]
    puts = {number: len(shop.took(number)) for number in (ahead, ended)}
    assert shop.ask("POST", "/reconcile").status_code == 202
    shop.reach({ahead: lambda order: order["status"] == "shipped", ended: at("delivered")})
    shop.deployment.settle()
    assert {number: len(shop.took(number)) for number in puts} == puts, "nothing was sent"
    assert held("step_back")(shop.orders()[ahead]), "the shop says handled: a person must look"


def test_a_reconciliation_reports_what_it_cannot_heal(lives: Lives) -> None:
    """MALL has an order under way that the shop has never shown; when the shop shows it, that is over."""
    shop = lives.link
    rewind_shop(shop.deployment, shop.name, 3 * DAY, "registered_at")
    number = shop.arrives(status="shipping", confirmed=True)

    def drifts() -> list[int]:
        answer = shop.ask("GET", "/escalations", cause="drift").json()
        return [one["mall_order_id"] for one in answer["escalations"]]

    for _ in range(2):
        assert shop.ask("POST", "/reconcile").status_code == 202
        eventually(lambda: drifts() == [number], "the difference is reported")
    shop.deployment.settle()
    assert [event["what"] for event in shop.order(number)["escalations"][0]["history"]] == ["opened"]
    shop.control_shop("POST", "/orders", {"code": "D-1", "mall_order_id": number, **HANDLED})
    shop.reach({number: lambda order: order["code"] == "D-1"})
    # Where the second reconciliation came late the order is read once more before.
    shop.until(lambda: drifts() == [], "the difference is over")
    assert at("shipping")(shop.orders()[number])
    assert shop.took(number) == []
