"""What MALL and its customers do comes in by MALL's lists: cancellations, MALL Delivery, losses, changes in the portal.

One shop that only links its orders, one that has them created; nothing but the lists tells them of MALL's side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.stack.place import Place, at, held, reach_all
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from tests.stack.conftest import NewPlace
    from tests.stack.mailbox import Letter, Mailbox

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HANDLED: Json = {"status": "vyřizuje se"}
SETTLED: Json = {"status": "vyřízená"}
CANCELLED: Json = {"status": "cancelled"}
MODES: tuple[Json, ...] = ({"import": "create"}, {"import": "link"})
DAY = 86_400


@dataclass(frozen=True)
class Lives:
    """The orders by what happens to them, in the two shops."""

    create: Place
    link: Place
    numbers: dict[str, int]

    def __getitem__(self, name: str) -> tuple[Place, int]:
        return (self.create if name.startswith("create") else self.link), self.numbers[name]

    def after_the_change(self, name: str) -> list[Json]:
        """The bodies of our PUTs since MALL's side changed, which it did from `before` on."""
        place, number = self[name]
        calls = place.calls(number)
        return [call["body"] for call in calls if call["method"] == "PUT"][PUTS_BEFORE.get(name, 1) :]


PUTS_BEFORE = {"link, pending": 0}
"""Our PUTs until MALL's side changed, where it is not one."""


@pytest.fixture(scope="module")
def lives(new_place: NewPlace) -> Lives:
    create, link = (new_place(f"mall-side-{mode['import']}", **mode) for mode in MODES)
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
    for place in (create, link):
        place.sync()
    status = {"pending": "open", "settled": "shipped", "lost": "shipped", "ended in the portal": "shipped"}
    goals = {name: at(status.get(name.split(", ")[1], "shipping")) for name in numbers}
    _reach(played, goals)
    for name, (place, number) in ((name, played[name]) for name in numbers):
        if name.split(", ")[1] in {"pending", "handled", "settled"}:
            place.customer(number, **CANCELLED)
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
    eventually(lambda: link.at_mall(numbers["link, changed"])["confirmed"], "the change is confirmed")
    create.town.settle()
    return played


def _reach(lives: Lives, goals: Json) -> None:
    by_place: Json = {}
    for name, until in goals.items():
        place, number = lives[name]
        by_place.setdefault(place, {})[number] = until
    reach_all(by_place)


def stops(mailbox: Mailbox, place: Place, number: int) -> list[Letter]:
    letters = mailbox.letters(place.shop, "Stop the parcel")
    return [letter for letter in letters if str(number) in letter.subject]


@pytest.mark.parametrize("name", ["create, pending", "create, handled"])
def test_a_cancellation_is_written_into_the_shop_once(lives: Lives, name: str) -> None:
    place, number = lives[name]
    (order,) = place.in_shop(number)
    assert order["status"] == "stornováno"
    assert place.imports() == 2, "one document for each of the two orders"
    seen = place.order(number)
    assert seen["written_into_the_shop"]["canceled_at"]
    assert [step["state"] for step in seen["steps"] if step["action"] == "cancel_in_shop"] == ["accepted"]


def test_a_parcel_that_may_have_left_is_a_persons_to_stop(lives: Lives) -> None:
    place, number = lives["create, settled"]
    assert place.in_shop(number)[0]["status"] == "vyřízená"
    assert "if the parcel is still on your premises, keep it" in place.order(number)["why"]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("create, pending", 0),  # nobody has packed it, and the shop shows it as canceled
        ("create, handled", 1),
        ("create, settled", 1),
        ("link, pending", 1),  # nobody else tells the clerk
        ("link, handled", 1),
        ("link, lost", 0),
    ],
)
def test_whoever_packs_is_told_once(lives: Lives, mailbox: Mailbox, name: str, letters: int) -> None:
    place, number = lives[name]
    told = stops(mailbox, place, number)
    assert len(told) == letters
    assert all(f"Order: {number}\n" in letter.text for letter in told)
    alarms = [alarm for alarm in place.order(number)["alarms"] if "Stop" in alarm["subject"]]
    assert len(alarms) == letters
    assert all(alarm["sent_at"] for alarm in alarms)


def test_nobody_is_told_again_whatever_comes_again(lives: Lives, mailbox: Mailbox) -> None:
    before = len(mailbox.letters(lives.create.shop)) + len(mailbox.letters(lives.link.shop))
    for name in ("create, handled", "link, handled"):
        place, number = lives[name]
        place.customer(number, customer_id=1)  # MALL lists it once more
        place.sync()
        place.reach({number: lambda _, p=place, n=number: p.at_mall(n)["confirmed"]})  # type: ignore[misc]
    lives.create.town.settle()
    assert len(mailbox.letters(lives.create.shop)) + len(mailbox.letters(lives.link.shop)) == before
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
    place, number = lives[name]
    assert place.at_mall(number)["confirmed"] is True
    assert not place.order(number)["at_mall"]["to_be_confirmed"]


def test_mall_delivery_goes_its_own_way(lives: Lives) -> None:
    """Tracking comes from MALL; ready to return, returned: told, confirmed, never set by us."""
    place, number = lives["link, MALL Delivery"]
    order = place.order(number)
    assert order["at_mall"]["tracking_number"] == "MD1"
    assert [(one["status"], one["by_us"]) for one in order["passed"]] == [
        ("open", False),
        ("shipping", True),
        ("shipped", False),
    ]
    branch = {"ready_to_return": True, "branch_id": 7}
    place.customer(number, **branch)
    place.reach({number: lambda _: bool(place.order(number)["return"])})
    assert place.order(number)["return"]["kind"] == "ready_to_return"
    place.customer(number, status="returned")
    place.reach({number: held("marketplace_closed")})
    place.reach({number: lambda _: place.at_mall(number)["confirmed"]})
    order = place.order(number)
    assert (order["return"], order["past_returns"][0]["kind"]) == (None, "ready_to_return")
    assert place.took(number) == ["shipping"]
    assert lives.after_the_change("link, MALL Delivery") == [{"confirmed": True}] * 3


def test_a_reconciliation_heals_what_no_list_of_changes_shows(lives: Lives) -> None:
    """Somebody works in the partner portal, and MALL counts that as confirmed."""
    (place, ahead), (_, ended) = lives["link, shipped in the portal"], lives["link, ended in the portal"]
    place.customer(ahead, status="shipped", tracking_number="P1", confirmed=True)
    place.customer(ended, status="delivered", confirmed=True)
    place.sync()
    place.town.settle()
    assert [place.orders()[number]["status"] for number in (ahead, ended)] == ["shipping", "shipped"]
    puts = {number: len(place.took(number)) for number in (ahead, ended)}
    assert place.ask("POST", "/reconcile").status_code == 202
    place.reach({ahead: lambda order: order["status"] == "shipped", ended: at("delivered")})
    place.town.settle()
    assert {number: len(place.took(number)) for number in puts} == puts, "nothing was sent"
    assert held("step_back")(place.orders()[ahead]), "the shop says handled: a person must look"


def test_a_reconciliation_reports_what_it_cannot_heal(lives: Lives) -> None:
    """MALL has an order under way that the shop has never shown; when the shop shows it, that is over."""
    place = lives.link
    place.town.rewind_shop(place.shop, 3 * DAY, "registered_at")
    number = place.arrives(status="shipping", confirmed=True)

    def drifts() -> list[int]:
        answer = place.ask("GET", "/escalations", cause="drift").json()
        return [one["mall_order_id"] for one in answer["escalations"]]

    for _ in range(2):
        assert place.ask("POST", "/reconcile").status_code == 202
        eventually(lambda: drifts() == [number], "the difference is reported")
    place.town.settle()
    assert [event["what"] for event in place.order(number)["escalations"][0]["history"]] == ["opened"]
    url = f"{place.fastcentrik['control_url']}/orders"
    place.town.control("POST", url, {"code": "D-1", "mall_order_id": number, **HANDLED})
    place.reach({number: lambda order: order["code"] == "D-1"})
    # Where the second reconciliation came late the order is read once more before.
    eventually(lambda: drifts() == [], "the difference is over")
    assert at("shipping")(place.orders()[number])
    assert place.took(number) == []
