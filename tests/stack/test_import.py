"""MALL's open orders get into the shop: whole, once, and only where the shop asked for it (setting ``import``).

Every kind of trouble has a shop of its own; all shops live at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from local.stack.client import ShopClient, reach_all, wire
from local.stack.waiting import eventually
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from orderbridge.messages import ListingUpdate, ListRequest, StepDispatch
from sandbox.times import PRAGUE
from tests.stack.conditions import at, held
from tests.stack.interventions import kill, rewind, visibility

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack.http import Json
    from local.stack.mailbox import Mailbox
    from tests.stack.conftest import OpenShop

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

    by_name: dict[str, ShopClient]
    numbers: dict[str, int]

    def __getitem__(self, name: str) -> tuple[ShopClient, int]:
        """The order of this name, and its shop: the one of the same name, or the one where all goes well."""
        return self.by_name.get(name, self.by_name["orders"]), self.numbers[name]


def _open_shops(open_shop: OpenShop) -> dict[str, ShopClient]:
    first_day = (datetime.now(PRAGUE) - timedelta(days=5)).date().isoformat()
    by_name = {
        name: open_shop(
            f"import-{name}",
            profile=name,
            path="" if name == "orders" else f"?profile={name}",
            rules={"test_orders": name == "csv", "import_opened_from": first_day},
            **CREATE,
        )
        for name in PROFILES
    }
    for name in ("lost before", "lost after", "refused", "broken"):
        by_name[name] = open_shop(f"import-{name.replace(' ', '-')}", **CREATE)
    for name in ("link", "off"):
        mode: Json = {"import": name}
        by_name[name] = open_shop(f"import-{name}", **mode)
    return by_name


@pytest.fixture(scope="module")
def shops(open_shop: OpenShop) -> Shops:
    by_name = _open_shops(open_shop)
    by_name["lost before"].arm_shop(kind="lost", target="import", times=1)
    by_name["lost after"].arm_shop(kind="lost_after", target="import", times=1)
    by_name["refused"].arm_shop(kind="refused", target="import", times=1, echo=True)
    by_name["broken"].arm_shop(kind="status", http_status=404, target="import")
    numbers = {name: shop.arrives(**RICH) for name, shop in by_name.items()}
    first = by_name["orders"]
    ten_days_ago = wire(datetime.now(PRAGUE) - timedelta(days=10))
    numbers |= {
        "test": first.arrives(test=True),
        "blocked": first.arrives(status="blocked"),
        "confirmed": first.arrives(confirmed=True),
        "early": first.arrives(open=ten_days_ago),
        "in the shop": first.opens(),
    }
    numbers["a shop's test"] = by_name["csv"].arrives(test=True)
    played = Shops(by_name, numbers)
    first.deployment.tick("read-lists")
    _first_round(played)
    # The answer was lost without effect: a person decides once the exports have not shown the order for a while.
    lost, broken = played["lost before"], played["broken"]
    for shop, number in (lost, broken):
        rewind(shop.deployment, shop.name, number, seconds=5 * 3600)
    first.customer(numbers["blocked"], status="open")
    first.deployment.tick()
    broken[0].until(lambda: escalations(broken[0]), "what failed for hours is escalated")
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
    by_name, numbers = shops.by_name, shops.numbers
    goals: dict[ShopClient, dict[int, Callable[[Json], bool]]] = {
        by_name[name]: {numbers[name]: arrived} for name in PROFILES
    }
    goals[by_name["orders"]] |= {numbers["early"]: seen, numbers["in the shop"]: arrived}
    goals[by_name["csv"]] |= {numbers["a shop's test"]: arrived}
    goals[by_name["lost before"]] = {numbers["lost before"]: lambda _: by_name["lost before"].imports() == 1}
    goals[by_name["lost after"]] = {numbers["lost after"]: arrived}
    goals[by_name["refused"]] = {numbers["refused"]: held("import_refused")}
    goals[by_name["broken"]] = {numbers["broken"]: lambda _: by_name["broken"].imports() > 1}
    goals[by_name["link"]] = {numbers["link"]: seen}
    reach_all(goals)


def escalations(shop: ShopClient) -> list[Json]:
    found: list[Json] = shop.ask("GET", "/escalations").json()["escalations"]
    return found


@pytest.mark.parametrize("profile", PROFILES)
def test_the_whole_order_arrives(shops: Shops, profile: str) -> None:
    """Customer, address, lines and prices are those of MALL's detail, and the state is pending."""
    shop, number = shops[profile]
    (order,), detail = shop.in_shop(number), shop.at_mall(number)
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
    shop, number = shops[name]
    puts = [call["body"] for call in shop.calls(number) if call["method"] == "PUT"]
    assert puts == [{"confirmed": True}]
    assert shop.at_mall(number)["status"] == "open"
    assert len(shop.in_shop(number)) == 1
    order = shop.order(number)
    assert order["at_mall"]["confirmed"] is True
    assert bool(order["written_into_the_shop"]["created_at"]) is (name in {*PROFILES, "blocked"})


def test_what_does_not_belong_into_the_shop_stays_out(shops: Shops) -> None:
    """Test orders, orders from before the first day, and orders that somebody else has confirmed."""
    shop = shops.by_name["orders"]
    assert shop.ask("POST", "/reconcile").status_code == 202
    _, confirmed = shops["confirmed"]
    eventually(lambda: shop.order(confirmed), "the reconciliation has listed it")
    shop.deployment.settle()
    for name in ("test", "early", "confirmed"):
        _, number = shops[name]
        assert shop.in_shop(number) == []
        assert not [call for call in shop.calls(number) if call["method"] == "PUT"]
    assert shop.order(shops.numbers["test"]) is None
    assert shop.order(shops.numbers["early"])["why"]["code"] == "in_sync.kept_out.opened_too_early"
    assert shop.order(confirmed)["why"]["code"] == "in_sync.kept_out.confirmed_elsewhere"
    assert shop.imports() == 2, "the whole order, and the one that was blocked at first"


def test_a_test_order_arrives_where_the_shop_wants_it(shops: Shops) -> None:
    csv = shops.by_name["csv"]
    (order,) = csv.in_shop(shops.numbers["a shop's test"])
    assert "TEST" in order["remark"]
    assert csv.order(shops.numbers["a shop's test"])["test"] is True


def test_a_shop_that_links_or_has_it_off_is_never_written_to(shops: Shops) -> None:
    link, number = shops["link"]
    off, unread = shops["off"]
    hook = off.deployment.add_webhook(off.name)
    assert off.deployment.post(hook, f"[{unread}]".encode()).status_code == 200
    off.sync()
    off.deployment.tick("read-lists")
    off.deployment.tick("read-lists", "reconcile")
    assert off.ask("POST", "/reconcile").status_code == 400
    link.sync()
    off.deployment.settle()
    for shop in (link, off):
        assert shop.imports() == 0
    order = link.order(number)
    assert (order["in_the_shop"], order["at_mall"]["status"], order["next_step"]) == (None, "open", None)
    assert link.at_mall(number)["confirmed"] is False
    assert off.order(unread) is None
    assert off.mall_calls() == 0


def test_a_lost_answer_makes_no_second_copy(shops: Shops) -> None:
    """The export tells: with the order in it nothing is written again, without it a person had it written again."""
    before, after = shops["lost before"], shops["lost after"]
    assert (before[0].imports(), after[0].imports()) == (2, 1)
    for shop, number in (before, after):
        assert len(shop.in_shop(number)) == 1
        states = [s["state"] for s in shop.order(number)["steps"] if s["action"] == "create_in_shop"]
        assert states[0] == "unanswered"
        assert states.count("accepted") == (1 if shop is before[0] else 0), (
            "what is planned after it is withdrawn"
        )


def test_a_refusal_is_escalated_and_not_confirmed(shops: Shops, mailbox: Mailbox) -> None:
    shop, number = shops["refused"]
    shop.deployment.settle()
    assert shop.imports() == 1
    assert [call["method"] for call in shop.calls(number)] == ["GET"]
    assert shop.at_mall(number)["confirmed"] is False
    (escalation,) = escalations(shop)
    assert (escalation["mall_order_id"], escalation["cause"]) == (number, "not_imported")
    (email,) = eventually(lambda: mailbox.emails(shop.name), "the shop is told")
    assert str(number) in email.subject
    assert "e-shop ji neprevzal" in email.subject
    address = shop.at_mall(number)["address"]
    told = email.text + str(shop.order(number)) + str(escalation)
    assert not [value for key, value in address.items() if key != "country" and str(value) in told]

    assert shop.ask("POST", f"/orders/{number}/retry").status_code == 202
    shop.reach({number: arrived})
    assert (shop.imports(), len(shop.in_shop(number))) == (2, 1)
    shop.until(lambda: not escalations(shop), "the escalation has closed by itself")
    (closed,) = shop.order(number)["escalations"]
    assert [event["what"] for event in closed["history"]] == ["opened", "closed"]
    assert len(mailbox.emails(shop.name)) == 1


def test_a_broken_import_touches_no_other_shop_and_loses_nothing(shops: Shops) -> None:
    """All the others have lived meanwhile. After hours without success it was escalated, and went on."""
    shop, number = shops["broken"]
    order = shop.order(number)
    (step,) = [step for step in order["steps"] if step["action"] == "create_in_shop"]
    tries = [attempt["http_status"] for attempt in step["attempts"]]
    assert tries == [404] * (len(tries) - 1) + [201]
    assert len(tries) == shop.imports() > 2
    assert len(shop.in_shop(number)) == 1
    (escalation,) = order["escalations"]
    assert (escalation["cause"], escalation["state"]) == ("not_imported", "closed")
    assert all(one.health()["ok"] for one in shops.by_name.values())


def test_every_message_can_be_repeated_at_will(shops: Shops) -> None:
    shop, number = shops["orders"]
    deployment = shop.deployment
    before = shop.order(number), shop.calls(number), shop.imports()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    view = MarketplaceView(MarketplaceStatus.OPEN, confirmed=False)
    listed = ListingUpdate(shop=shop.name, mall_order_id=number, seen_at=yesterday, view=view)
    request = ListRequest(shop=shop.name, what="unconfirmed", requested_at=yesterday)
    for _ in range(2):
        for step in before[0]["steps"]:
            send = StepDispatch(
                shop=shop.name, mall_order_id=number, step=step["number"], dispatch_id=str(yesterday)
            )
            deployment.send("shop-steps.fifo", f"{shop.name}#{number}", send.model_dump_json())
        deployment.send("changes.fifo", f"{shop.name}#{number}", listed.model_dump_json())
        deployment.send("lists.fifo", shop.name, request.model_dump_json())
    deployment.settle()
    assert (shop.order(number), shop.calls(number), shop.imports()) == before


def test_an_order_that_we_brought_lives_like_any_other(shops: Shops) -> None:
    shop, number = shops["orders"]
    shop.clerk(number, status="vyřizuje se")
    shop.sync()
    shop.reach({number: at("shipping")})
    shop.clerk(number, status="vyřízená", carrier="PPL", tracking_number="40000000001")
    shop.sync()
    shop.reach({number: at("shipped")})
    assert shop.took(number) == ["shipping", "shipped"]
    bodies = [call["body"] for call in shop.calls(number) if call["method"] == "PUT"]
    assert [body.get("confirmed") for body in bodies] == [True, None, None]


def test_the_writer_dies_during_the_call(open_shop: OpenShop) -> None:
    """Its document takes effect after all: the export tells, and nothing is written again."""
    shop = open_shop("writer-dies", **CREATE)
    deployment, number = shop.deployment, shop.arrives()
    shop.arm_shop(kind="latency", target="import", times=1, latency_ms=SENDING_MS)
    others = sum(deployment.held_messages("shop-steps.fifo"))
    with visibility(deployment, "shop-steps.fifo", 4):
        shop.reach({number: lambda _: shop.imports() == 1})
        kill(deployment, "push-to-shop")
        eventually(
            lambda: sum(deployment.held_messages("shop-steps.fifo")) <= others,
            "the message came back, no harm done",
        )
    assert shop.order(number)["next_step"]["state"] == "sending"
    # As long as the writer might live, nobody else writes, whoever asks.
    shop.sync()
    deployment.settle()
    assert shop.imports() == 1
    rewind(deployment, shop.name, number)
    shop.reach({number: arrived})
    shop.reach({number: lambda _: shop.at_mall(number)["confirmed"]})
    assert (shop.imports(), len(shop.in_shop(number))) == (1, 1)
    (step,) = [step for step in shop.order(number)["steps"] if step["action"] == "create_in_shop"]
    assert (step["state"], step["attempts"][0]["result"]) == ("unanswered", "no_answer_recorded")
