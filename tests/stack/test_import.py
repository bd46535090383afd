"""MALL's open orders get into the shop: whole, once, and only where the shop asked for it (setting ``import``).

Every kind of trouble has a shop of its own; all shops live at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.orders import MarketplaceView
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.messages import Listed, ListRequest, Send
from sandbox.times import PRAGUE
from tests.stack.place import Place, at, held, reach_all, wire
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.stack.conftest import NewPlace
    from tests.stack.mailbox import Mailbox

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

CREATE: Json = {"import": "create"}
PROFILES = ("orders", "czech", "csv")
RICH: Json = {
    "items": [
        {"id": "HRNEK-1", "article_id": 1, "quantity": 2, "price": 199.5, "vat": 21, "title": "Hrnek „Žluťoučký“"},
        {"id": "KNIHA-7", "article_id": 2, "quantity": 1, "price": 350, "vat": 12, "title": "Kniha: kůň & spol."},
    ],
    "delivery_price": 79,
    "cod": 808,
    "cod_price": 30,
    "discount": 50,
    "payment_type": "CASH",
}  # fmt: skip
TOTAL = Decimal(808)
SENDING_MS = 2500


def arrived(order: Json) -> bool:
    """The shop's export shows the order, and nothing is left to be done."""
    return order["code"] is not None and at("open")(order)


def seen(_order: Json) -> bool:
    """The product knows the order."""
    return True


@dataclass(frozen=True)
class Shops:
    """The shops by what is special about them, and their orders."""

    places: dict[str, Place]
    numbers: dict[str, int]

    def __getitem__(self, name: str) -> tuple[Place, int]:
        """The order of this name, and its shop: the one of the same name, or the one where all goes well."""
        return self.places.get(name, self.places["orders"]), self.numbers[name]


def _open_shops(new_place: NewPlace) -> dict[str, Place]:
    first_day = (datetime.now(PRAGUE) - timedelta(days=5)).date().isoformat()
    places = {
        name: new_place(
            f"import-{name}",
            profile=name,
            path="" if name == "orders" else f"?profile={name}",
            rules={"test_orders": name == "csv", "import_opened_from": first_day},
            **CREATE,
        )
        for name in PROFILES
    }
    for name in ("lost before", "lost after", "refused", "broken"):
        places[name] = new_place(f"import-{name.replace(' ', '-')}", **CREATE)
    for name in ("link", "off"):
        mode: Json = {"import": name}
        places[name] = new_place(f"import-{name}", **mode)
    return places


@pytest.fixture(scope="module")
def shops(new_place: NewPlace) -> Shops:
    places = _open_shops(new_place)
    places["lost before"].arm_shop(kind="lost", target="import", times=1)
    places["lost after"].arm_shop(kind="lost_after", target="import", times=1)
    places["refused"].arm_shop(kind="refused", target="import", times=1, echo=True)
    places["broken"].arm_shop(kind="status", http_status=404, target="import")
    numbers = {name: place.arrives(**RICH) for name, place in places.items()}
    first = places["orders"]
    ten_days_ago = wire(datetime.now(PRAGUE) - timedelta(days=10))
    numbers |= {
        "test": first.arrives(test=True),
        "blocked": first.arrives(status="blocked"),
        "confirmed": first.arrives(confirmed=True),
        "early": first.arrives(open=ten_days_ago),
        "in the shop": first.opens(),
    }
    numbers["a shop's test"] = places["csv"].arrives(test=True)
    played = Shops(places, numbers)
    first.town.tick("read-lists")
    _first_round(played)
    # The answer was lost without effect: a person decides once the exports have not shown the order for a while.
    lost, broken = played["lost before"], played["broken"]
    for place, number in (lost, broken):
        place.town.rewind(place.shop, number, seconds=5 * 3600)
    first.customer(numbers["blocked"], status="open")
    first.town.tick()
    eventually(lambda: escalations(broken[0]), "what failed for hours is escalated")
    broken[0].arm_shop()
    lost[0].reach({lost[1]: held("import_refused")})
    assert lost[0].ask("POST", f"/orders/{lost[1]}/retry").status_code == 202
    reach_all(
        {
            lost[0]: {lost[1]: arrived},
            broken[0]: {broken[1]: arrived},
            first: {numbers["blocked"]: arrived},
        }
    )
    return played


def _first_round(shops: Shops) -> None:
    places, numbers = shops.places, shops.numbers
    goals: dict[Place, dict[int, Callable[[Json], bool]]] = {
        places[name]: {numbers[name]: arrived} for name in PROFILES
    }
    goals[places["orders"]] |= {numbers["early"]: seen, numbers["in the shop"]: arrived}
    goals[places["csv"]] |= {numbers["a shop's test"]: arrived}
    goals[places["lost before"]] = {numbers["lost before"]: lambda _: places["lost before"].imports() == 1}
    goals[places["lost after"]] = {numbers["lost after"]: arrived}
    goals[places["refused"]] = {numbers["refused"]: held("import_refused")}
    goals[places["broken"]] = {numbers["broken"]: lambda _: places["broken"].imports() > 1}
    goals[places["link"]] = {numbers["link"]: seen}
    reach_all(goals)


def escalations(place: Place) -> list[Json]:
    found: list[Json] = place.ask("GET", "/escalations").json()["escalations"]
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_the_whole_order_arrives(shops: Shops, profile: str) -> None:
    """Customer, address, lines and prices are those of MALL's detail, and the state is pending."""
    place, number = shops[profile]
    (order,), detail = place.in_shop(number), place.at_mall(number)
    address = detail["address"]
    for person in (order["customer"], order["shipping"]):
        assert {key: person[key] for key in ("name", "street", "city", "zip", "country")} == {
            key: address[key] for key in ("name", "street", "city", "zip", "country")
        }
    assert [order["customer"][key] for key in ("email", "phone")] == [address["email"], address["phone"]]
    lines = [
        (one["code"], Decimal(one["pieces"]), Decimal(one["unit_price"]), Decimal(one["vat"]))
        for one in order["items"]
    ]
    assert lines == [
        (one["id"], Decimal(one["quantity"]), Decimal(str(one["price"])), Decimal(one["vat"]))
        for one in detail["items"]
    ]
    if profile != "csv":  # one cell holds all lines there, and the signs that part them become blanks
        assert [one["name"] for one in order["items"]] == [one["title"] for one in detail["items"]]
    amounts = ("total", "delivery_price", "cash_on_delivery_price", "discount", "cash_on_delivery")
    assert [Decimal(order[key]) for key in amounts] == [TOTAL, 79, 30, 50, 808]
    assert (order["status"], order["currency"], order["payment"], order["paid"]) == (
        "nevyřízená", "CZK", "Dobírka", "0",
    )  # fmt: skip
    assert order["carrier"] == detail["delivery_method"]
    assert order["created"][:16] == detail["open"][:16]


@pytest.mark.parametrize("name", [*PROFILES, "lost after", "in the shop", "blocked"])
def test_an_order_that_arrived_is_confirmed_once_and_stays_open(shops: Shops, name: str) -> None:
    place, number = shops[name]
    puts = [call["body"] for call in place.calls(number) if call["method"] == "PUT"]
    assert puts == [{"confirmed": True}]
    assert place.at_mall(number)["status"] == "open"
    assert len(place.in_shop(number)) == 1
    order = place.order(number)
    assert order["at_mall"]["confirmed"] is True
    assert bool(order["written_into_the_shop"]["created_at"]) is (name in {*PROFILES, "blocked"})


def test_what_does_not_belong_into_the_shop_stays_out(shops: Shops) -> None:
    """Test orders, orders from before the first day, and orders that somebody else has confirmed."""
    place = shops.places["orders"]
    assert place.ask("POST", "/reconcile").status_code == 202
    _, confirmed = shops["confirmed"]
    eventually(lambda: place.order(confirmed), "the reconciliation has listed it")
    place.town.settle()
    for name in ("test", "early", "confirmed"):
        _, number = shops[name]
        assert place.in_shop(number) == []
        assert not [call for call in place.calls(number) if call["method"] == "PUT"]
    assert place.order(shops.numbers["test"]) is None
    assert "import_opened_from" in place.order(shops.numbers["early"])["why"]
    assert "somebody else" in place.order(confirmed)["why"]
    assert place.imports() == 2, "the whole order, and the one that was blocked at first"


def test_a_test_order_arrives_where_the_shop_wants_it(shops: Shops) -> None:
    csv = shops.places["csv"]
    (order,) = csv.in_shop(shops.numbers["a shop's test"])
    assert "TEST" in order["remark"]
    assert csv.order(shops.numbers["a shop's test"])["test"] is True


def test_a_shop_that_links_or_has_it_off_is_never_written_to(shops: Shops) -> None:
    link, number = shops["link"]
    off, unread = shops["off"]
    hook = off.town.add_webhook(off.shop)
    assert off.town.post(hook, f"[{unread}]".encode()).status_code == 200
    off.sync()
    off.town.tick("read-lists")
    off.town.tick("read-lists", "reconcile")
    assert off.ask("POST", "/reconcile").status_code == 400
    link.sync()
    off.town.settle()
    for place in (link, off):
        assert place.imports() == 0
    order = link.order(number)
    assert (order["in_the_shop"], order["at_mall"]["status"], order["next_step"]) == (None, "open", None)
    assert link.at_mall(number)["confirmed"] is False
    assert off.order(unread) is None
    assert off.mall_calls() == 0


def test_a_lost_answer_makes_no_second_copy(shops: Shops) -> None:
    """The export tells: with the order in it nothing is written again, without it a person had it written again."""
    before, after = shops["lost before"], shops["lost after"]
    assert (before[0].imports(), after[0].imports()) == (2, 1)
    for place, number in (before, after):
        assert len(place.in_shop(number)) == 1
        states = [s["state"] for s in place.order(number)["steps"] if s["action"] == "create_in_shop"]
        assert states[0] == "unanswered"
        assert states.count("accepted") == (1 if place is before[0] else 0), (
            "what is planned after it is withdrawn"
        )


def test_a_refusal_is_told_and_not_confirmed(shops: Shops, mailbox: Mailbox) -> None:
    place, number = shops["refused"]
    place.town.settle()
    assert place.imports() == 1
    assert [call["method"] for call in place.calls(number)] == ["GET"]
    assert place.at_mall(number)["confirmed"] is False
    (escalation,) = escalations(place)
    assert (escalation["mall_order_id"], escalation["cause"]) == (number, "not_imported")
    (letter,) = eventually(lambda: mailbox.letters(place.shop), "the shop is told")
    assert str(number) in letter.subject
    assert "not imported" in letter.subject
    address = place.at_mall(number)["address"]
    told = letter.text + str(place.order(number)) + str(escalation)
    assert not [value for key, value in address.items() if key != "country" and str(value) in told]

    assert place.ask("POST", f"/orders/{number}/retry").status_code == 202
    place.reach({number: arrived})
    assert (place.imports(), len(place.in_shop(number))) == (2, 1)
    eventually(lambda: not escalations(place), "the escalation has closed by itself")
    (closed,) = place.order(number)["escalations"]
    assert [event["what"] for event in closed["history"]] == ["opened", "closed"]
    assert len(mailbox.letters(place.shop)) == 1


def test_a_broken_import_touches_no_other_shop_and_loses_nothing(shops: Shops) -> None:
    """All the others have lived meanwhile. After hours without success it was escalated, and went on."""
    place, number = shops["broken"]
    order = place.order(number)
    (step,) = [step for step in order["steps"] if step["action"] == "create_in_shop"]
    tries = [attempt["http_status"] for attempt in step["attempts"]]
    assert tries == [404] * (len(tries) - 1) + [201]
    assert len(tries) == place.imports() > 2
    assert len(place.in_shop(number)) == 1
    (escalation,) = order["escalations"]
    assert (escalation["cause"], escalation["state"]) == ("not_imported", "closed")
    assert all(one.health()["ok"] for one in shops.places.values())


def test_every_message_can_be_repeated_at_will(shops: Shops) -> None:
    place, number = shops["orders"]
    town = place.town
    before = place.order(number), place.calls(number), place.imports()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    view = MarketplaceView(MarketplaceStatus.OPEN, confirmed=False)
    listed = Listed(shop=place.shop, mall_order_id=number, seen_at=yesterday, view=view)
    request = ListRequest(shop=place.shop, what="unconfirmed", asked_at=yesterday)
    for _ in range(2):
        for step in before[0]["steps"]:
            send = Send(shop=place.shop, mall_order_id=number, step=step["number"], turn=str(yesterday))
            town.send("shop-steps.fifo", f"{place.shop}#{number}", send.model_dump_json())
        town.send("changes.fifo", f"{place.shop}#{number}", listed.model_dump_json())
        town.send("lists.fifo", place.shop, request.model_dump_json())
    town.settle()
    assert (place.order(number), place.calls(number), place.imports()) == before


def test_an_order_that_we_brought_lives_like_any_other(shops: Shops) -> None:
    place, number = shops["orders"]
    place.clerk(number, status="vyřizuje se")
    place.sync()
    place.reach({number: at("shipping")})
    place.clerk(number, status="vyřízená", carrier="PPL", tracking_number="40000000001")
    place.sync()
    place.reach({number: at("shipped")})
    assert place.took(number) == ["shipping", "shipped"]
    bodies = [call["body"] for call in place.calls(number) if call["method"] == "PUT"]
    assert [body.get("confirmed") for body in bodies] == [True, None, None]


def test_the_writer_dies_during_the_call(new_place: NewPlace) -> None:
    """Its document takes effect after all: the export tells, and nothing is written again."""
    place = new_place("writer-dies", **CREATE)
    town, number = place.town, place.arrives()
    place.arm_shop(kind="latency", target="import", times=1, latency_ms=SENDING_MS)
    others = sum(town.held_messages("shop-steps.fifo"))
    with town.visibility("shop-steps.fifo", 4):
        place.reach({number: lambda _: place.imports() == 1})
        town.kill("push-to-shop")
        eventually(
            lambda: sum(town.held_messages("shop-steps.fifo")) <= others,
            "the message came back, no harm done",
        )
    assert place.order(number)["next_step"]["state"] == "sending"
    # As long as the writer might live, nobody else writes, whoever asks.
    place.sync()
    town.settle()
    assert place.imports() == 1
    town.rewind(place.shop, number)
    place.reach({number: arrived})
    assert (place.imports(), len(place.in_shop(number))) == (1, 1)
    assert place.at_mall(number)["confirmed"] is True
    (step,) = [step for step in place.order(number)["steps"] if step["action"] == "create_in_shop"]
    assert (step["state"], step["attempts"][0]["result"]) == ("unanswered", "no_answer_recorded")
