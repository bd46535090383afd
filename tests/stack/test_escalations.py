"""What no retry can mend: told at once and once, closed by itself or by a person, and in the daily digest.

MALL's lists are not read here, so that every call is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from local.stack.mailbox import open_mailbox
from local.stack.waiting import eventually
from orderbridge.domain.codes.cases import SubjectReason
from orderbridge.domain.reasons import because
from orderbridge.messages import DigestRequest, StepDispatch
from orderbridge.texts import PAGE, Language, render
from orderbridge.texts.mails import ascii_subject
from sandbox import PERSONAL_MARKERS
from sandbox.times import PRAGUE
from tests.stack.conditions import at, held
from tests.stack.interventions import rewind_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import ShopClient
    from local.stack.http import Json
    from local.stack.mailbox import Email, Mailbox
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

HANDLED: Json = {"status": "vyřizuje se"}
SETTLED: Json = {"status": "vyřízená"}
CAUSES = (
    "refused",
    "impossible",
    "wrong_delivered",
    "wrong_delivery_date",
    "not_at_marketplace",
    "dead_letter",
)
CREDIT_NOTE_DAYS = 14


def day(offset: int = 0) -> str:
    return (datetime.now(PRAGUE).date() + timedelta(days=offset)).isoformat()


@dataclass(frozen=True)
class Troubles:
    """One order for each cause. `filtered` gets this shop's emails alone."""

    shop: ShopClient
    numbers: dict[str, int]
    filtered: Mailbox

    def path(self, cause: str, what: str) -> str:
        return f"/escalations/{self.numbers[cause]}/{cause}/{what}"

    def listed(self, **query: Json) -> dict[int, str]:
        """The list of escalations: number → cause."""
        entries = self.shop.ask("GET", "/escalations", **query).json()["escalations"]
        return {one["mall_order_id"]: one["cause"] for one in entries}

    def of(self, cause: str) -> Json:
        order = self.shop.order(self.numbers[cause])
        return next((one for one in order["escalations"] if one["cause"] == cause), None)

    def reaches(self, cause: str, state: str) -> None:
        self.shop.reach(
            {self.numbers[cause]: lambda _: (found := self.of(cause)) and found["state"] == state}
        )


@pytest.fixture(scope="module")
def troubles(open_shop: OpenShop) -> Iterator[Troubles]:
    shop = open_shop("escalations")
    with open_mailbox(shop.deployment, "filtered", shop=shop.name) as filtered:
        numbers = {
            "refused": shop.opens(),
            "impossible": shop.opens(**SETTLED),
            "wrong_delivered": shop.opens(**SETTLED, created=day(), delivery_date=day()),
            "wrong_delivery_date": shop.opens(**SETTLED, created=day(), delivery_date=day()),
            "not_at_marketplace": shop.opens({"client_id": "somebody else's"}),
            "dead_letter": shop.opens(),
        }
        shop.arm(
            {
                "kind": "status",
                "http_status": 422,
                "method": "PUT",
                "order_id": numbers["refused"],
                "times": 1,
            }
        )
        shop.sync()
        status = {"impossible": "shipped", "wrong_delivered": "delivered", "wrong_delivery_date": "delivered"}
        goals = {number: at(status.get(name, "open")) for name, number in numbers.items()}
        shop.reach(goals | {numbers["not_at_marketplace"]: held("not_at_marketplace")})
        shop.clerk(numbers["refused"], **HANDLED)
        shop.clerk(numbers["impossible"], **HANDLED)
        shop.clerk(numbers["wrong_delivered"], **HANDLED)
        shop.clerk(numbers["wrong_delivery_date"], delivery_date=day(-1))
        message = StepDispatch(
            shop=shop.name, mall_order_id=numbers["dead_letter"], step=1, dispatch_id="dead"
        )
        group = f"{shop.name}#{numbers['dead_letter']}"
        shop.deployment.send("dead.fifo", group, message.model_dump_json())
        yield _escalated(Troubles(shop, numbers, filtered))


def _escalated(troubles: Troubles) -> Troubles:
    troubles.shop.sync()
    for cause in CAUSES:
        troubles.reaches(cause, "open")
    troubles.shop.deployment.settle()
    return troubles


def told(mailbox: Mailbox, troubles: Troubles, cause: str) -> list[Email]:
    """The emails about an order's trouble. The shop has set no language, so they are in Czech."""
    about = because(SubjectReason[cause.upper()], order=troubles.numbers[cause])
    return mailbox.emails(troubles.shop.name, ascii_subject(render(about, Language.CZECH, PRAGUE, PAGE)))


@pytest.mark.parametrize("cause", CAUSES)
def test_an_escalation_has_all_that_is_needed_to_settle_it(troubles: Troubles, cause: str) -> None:
    number = troubles.numbers[cause]
    assert troubles.listed(cause=cause) == {number: cause}
    (entry,) = troubles.shop.ask("GET", "/escalations", cause=cause).json()["escalations"]
    assert entry["state"] == "open"
    assert [event["what"] for event in entry["history"]] == ["opened"]
    assert entry["what_happened"]
    assert entry["what_to_do"]
    assert entry["ready_text"]["language"] == "cs"
    assert str(number) in entry["ready_text"]["text"]
    assert not [marker for marker in PERSONAL_MARKERS if marker in entry["ready_text"]["text"]]


@pytest.mark.parametrize("cause", CAUSES)
def test_the_shop_is_notified_of_it_once(troubles: Troubles, mailbox: Mailbox, cause: str) -> None:
    (email,) = told(mailbox, troubles, cause)
    assert str(troubles.numbers[cause]) in email.text
    assert "Co udělat:" in email.text
    assert not [marker for marker in PERSONAL_MARKERS if marker in email.text + email.subject]


def test_nobody_is_notified_again_while_nothing_changes(troubles: Troubles, mailbox: Mailbox) -> None:
    before = len(mailbox.emails())
    troubles.shop.sync()
    troubles.shop.deployment.settle()
    assert len(mailbox.emails()) == before
    assert set(troubles.listed()) == set(troubles.numbers.values())


def test_a_subscription_gets_its_own_shop_alone(troubles: Troubles, mailbox: Mailbox) -> None:
    shop = troubles.shop.name
    assert {email.shop for email in troubles.filtered.emails()} == {shop}
    assert len(troubles.filtered.emails()) == len(mailbox.emails(shop)) >= len(CAUSES)


def test_it_closes_by_itself_and_is_reopened_rather_than_repeated(
    troubles: Troubles, mailbox: Mailbox
) -> None:
    shop, number = troubles.shop, troubles.numbers["impossible"]
    shop.clerk(number, **SETTLED)
    shop.sync()
    troubles.reaches("impossible", "closed")
    assert number not in troubles.listed()
    assert troubles.listed(state="closed", cause="impossible") == {number: "impossible"}
    shop.clerk(number, **HANDLED)
    shop.sync()
    troubles.reaches("impossible", "open")
    assert [event["what"] for event in troubles.of("impossible")["history"]] == [
        "opened",
        "closed",
        "reopened",
    ]
    eventually(lambda: len(told(mailbox, troubles, "impossible")) == 2, "the shop is told anew")


def test_what_a_person_closed_stays_closed_while_the_same_facts_stand(troubles: Troubles) -> None:
    shop, number = troubles.shop, troubles.numbers["wrong_delivery_date"]
    path = troubles.path("wrong_delivery_date", "close")
    assert shop.ask("POST", path, {"note": ""}).status_code == 400
    answer = shop.ask("POST", path, {"note": "vyřešeno s MALL, Jana +420601000001"})
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")
    assert "+420601" not in answer.text
    assert shop.ask("POST", path, {"note": "ještě jednou"}).status_code == 400
    assert shop.ask("POST", f"/escalations/{number}/nonsense/close", {"note": "x"}).status_code == 400
    shop.sync()
    shop.deployment.settle()
    assert number not in troubles.listed()
    shop.clerk(number, delivery_date=day(-2))
    shop.sync()
    troubles.reaches("wrong_delivery_date", "open")
    events = [(event["what"], event["by"]) for event in troubles.of("wrong_delivery_date")["history"]]
    assert events == [("opened", "orderbridge"), ("closed", "tests"), ("reopened", "orderbridge")]


def test_a_return_number_makes_the_data_of_a_credit_note(troubles: Troubles) -> None:
    shop, number = troubles.shop, troubles.numbers["wrong_delivered"]
    path = troubles.path("wrong_delivered", "return-number")
    for wrong in ("4712345", "4812345678", "47123456789", "47 12345678", ""):
        assert shop.ask("POST", path, {"return_number": wrong}).status_code == 400
    other = troubles.path("refused", "return-number")
    assert shop.ask("POST", other, {"return_number": "4712345678"}).status_code == 400
    assert troubles.of("wrong_delivered")["credit_note"] is None

    answer = shop.ask("POST", path, {"return_number": "4712345678"})
    assert answer.status_code == 200, answer.text
    note = answer.json()["credit_note"]
    (item,) = shop.at_mall(number)["items"]
    assert (note["mall_order_id"], note["return_number"], note["whole_order"]) == (number, "4712345678", True)
    assert note["items"] == [{"title": item["title"], "pieces": "1"}]
    due = datetime.fromisoformat(note["due_at"]) - datetime.now(UTC)
    assert timedelta(days=CREDIT_NOTE_DAYS - 1) < due <= timedelta(days=CREDIT_NOTE_DAYS)
    assert shop.ask("POST", path, {"return_number": "4712345678"}).json()["credit_note"] == note
    assert "credit_note" in [one["kind"] for one in shop.order(number)["deadlines"]]

    shop.clerk(number, **SETTLED)  # the shop agrees again, and the credit note is due all the same
    shop.sync()
    shop.deployment.settle()
    assert troubles.of("wrong_delivered")["state"] == "open"
    assert shop.took(number) == ["shipped", "delivered"]
    assert shop.put_methods(number) == "PP", "whatever the shop says after Delivered, nothing is sent"


def test_a_repeated_order_closes_what_was_dead_or_refused(troubles: Troubles) -> None:
    shop, numbers = troubles.shop, troubles.numbers
    for cause in ("dead_letter", "refused"):
        assert shop.ask("POST", f"/orders/{numbers[cause]}/retry").status_code == 202
    shop.reach({numbers["dead_letter"]: at("open"), numbers["refused"]: at("shipping")})
    for cause in ("dead_letter", "refused"):
        troubles.reaches(cause, "closed")
    assert shop.took(numbers["refused"]) == ["shipping"]


def test_the_digest_comes_once_a_day_and_only_with_something_new(
    troubles: Troubles, mailbox: Mailbox
) -> None:
    shop, deployment = troubles.shop, troubles.shop.deployment

    def digests() -> list[Email]:
        return mailbox.emails(shop.name, "k reseni")

    def asked_on(date: str) -> None:
        request = DigestRequest(shop=shop.name, day=date)
        deployment.send("alarms.fifo", shop.name, request.model_dump_json())
        eventually(lambda: deployment.held_messages("alarms.fifo") == (0, 0), "the digest was looked at")

    assert deployment.tick("send-alarms", "digest")["requested"] >= 1
    (first,) = eventually(digests, "the digest of today has come")
    for number in troubles.listed():
        assert str(number) in first.text
    asked_on(day())
    asked_on(day(1))
    assert len(digests()) == 1, "not twice a day, and not without news"
    number = troubles.numbers["refused"]
    shop.clerk(number, status="nevyřízená")
    shop.sync()
    shop.reach({number: held("step_back")})
    asked_on(day(1))
    assert len(digests()) == 1
    asked_on(day(2))
    second = eventually(lambda: digests()[1:], "the news of the day after has come")[0]
    assert second.subject.endswith("novych 1")
    (line,) = (line for line in second.text.splitlines() if line.startswith("* "))
    assert line.startswith(f"* Objednávka {number},")


def test_a_stopped_shop_is_notified_once_per_stop(open_shop: OpenShop, mailbox: Mailbox) -> None:
    """A key that is revoked shows when MALL's list is read: nothing is changed in the shop at the time."""
    mode: Json = {"import": "link"}
    shop = open_shop("stopped-and-told", **mode)
    shop.control_mall("PUT", "/behaviour", {"wrong_key_http_status": 401})
    for stops in (1, 2):
        shop.control_mall("PUT", "/clients", {"client_ids": []})
        shop.sync()
        shop.until(lambda: shop.health()["stopped"], "the shop is stopped")
        for _ in range(3):
            shop.deployment.tick()
        emails = eventually(
            lambda n=stops: len(found := mailbox.emails(shop.name)) >= n and found,  # type: ignore[misc]
            "the shop is told",
        )
        shop.deployment.settle()
        assert len(mailbox.emails(shop.name)) == len(emails) == stops
        assert "do MALL nic neodesilame" in emails[-1].subject
        assert shop.client_id not in emails[-1].text
        shop.control_mall("PUT", "/clients", {"client_ids": [shop.client_id]})
        rewind_shop(shop.deployment, shop.name)
        shop.sync()
        shop.until(lambda: not shop.health()["stopped"], "it goes on by itself")
