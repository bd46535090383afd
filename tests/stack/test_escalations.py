"""What no retry can mend: told at once and once, closed by itself or by a person, and in the daily digest.

MALL's lists are not read here, so that every call is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from orderbridge.messages import DigestRequest, Send
from sandbox import PERSONAL_MARKERS
from sandbox.times import PRAGUE
from tests.stack.mailbox import open_mailbox
from tests.stack.place import Place, at, held
from tests.stack.town import Json, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack.conftest import NewPlace
    from tests.stack.mailbox import Letter, Mailbox

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
    """One order for each cause. `filtered` gets this shop's letters alone."""

    place: Place
    numbers: dict[str, int]
    filtered: Mailbox

    def path(self, cause: str, what: str) -> str:
        return f"/escalations/{self.numbers[cause]}/{cause}/{what}"

    def listed(self, **query: Json) -> dict[int, str]:
        """The list of escalations: number → cause."""
        entries = self.place.ask("GET", "/escalations", **query).json()["escalations"]
        return {one["mall_order_id"]: one["cause"] for one in entries}

    def of(self, cause: str) -> Json:
        order = self.place.order(self.numbers[cause])
        return next((one for one in order["escalations"] if one["cause"] == cause), None)

    def reaches(self, cause: str, state: str) -> None:
        self.place.reach(
            {self.numbers[cause]: lambda _: (found := self.of(cause)) and found["state"] == state}
        )


@pytest.fixture(scope="module")
def troubles(new_place: NewPlace) -> Iterator[Troubles]:
    place = new_place("escalations")
    with open_mailbox(place.town, "ShopAlarmsTopicArn", "filtered", place.shop) as filtered:
        numbers = {
            "refused": place.opens(),
            "impossible": place.opens(**SETTLED),
            "wrong_delivered": place.opens(**SETTLED, created=day(), delivery_date=day()),
            "wrong_delivery_date": place.opens(**SETTLED, created=day(), delivery_date=day()),
            "not_at_marketplace": place.opens({"client_id": "somebody else's"}),
            "dead_letter": place.opens(),
        }
        place.arm(
            {
                "kind": "status",
                "http_status": 422,
                "method": "PUT",
                "order_id": numbers["refused"],
                "times": 1,
            }
        )
        place.sync()
        status = {"impossible": "shipped", "wrong_delivered": "delivered", "wrong_delivery_date": "delivered"}
        goals = {number: at(status.get(name, "open")) for name, number in numbers.items()}
        place.reach(goals | {numbers["not_at_marketplace"]: held("not_at_marketplace")})
        place.clerk(numbers["refused"], **HANDLED)
        place.clerk(numbers["impossible"], **HANDLED)
        place.clerk(numbers["wrong_delivered"], **HANDLED)
        place.clerk(numbers["wrong_delivery_date"], delivery_date=day(-1))
        letter = Send(shop=place.shop, mall_order_id=numbers["dead_letter"], step=1, turn="dead")
        group = f"{place.shop}#{numbers['dead_letter']}"
        place.town.send("dead.fifo", group, letter.model_dump_json())
        yield _escalated(Troubles(place, numbers, filtered))


def _escalated(troubles: Troubles) -> Troubles:
    troubles.place.sync()
    for cause in CAUSES:
        troubles.reaches(cause, "open")
    troubles.place.town.settle()
    return troubles


def told(mailbox: Mailbox, troubles: Troubles, cause: str) -> list[Letter]:
    """The letters about an order's trouble."""
    letters = mailbox.letters(troubles.place.shop, cause.replace("_", " "))
    return [letter for letter in letters if str(troubles.numbers[cause]) in letter.subject]


@pytest.mark.parametrize("cause", CAUSES)
def test_an_escalation_has_all_that_is_needed_to_settle_it(troubles: Troubles, cause: str) -> None:
    number = troubles.numbers[cause]
    assert troubles.listed(cause=cause) == {number: cause}
    (entry,) = troubles.place.ask("GET", "/escalations", cause=cause).json()["escalations"]
    assert entry["state"] == "open"
    assert [event["what"] for event in entry["history"]] == ["opened"]
    assert entry["what_happened"]
    assert entry["what_to_do"]
    for language in ("cs", "en"):
        assert str(number) in entry["ready_text"][language]
        assert not [marker for marker in PERSONAL_MARKERS if marker in entry["ready_text"][language]]


@pytest.mark.parametrize("cause", CAUSES)
def test_the_shop_is_told_of_it_once(troubles: Troubles, mailbox: Mailbox, cause: str) -> None:
    (letter,) = told(mailbox, troubles, cause)
    assert str(troubles.numbers[cause]) in letter.text
    assert "What to do:" in letter.text
    assert not [marker for marker in PERSONAL_MARKERS if marker in letter.text + letter.subject]


def test_nobody_is_told_again_while_nothing_changes(troubles: Troubles, mailbox: Mailbox) -> None:
    before = len(mailbox.letters())
    troubles.place.sync()
    troubles.place.town.settle()
    assert len(mailbox.letters()) == before
    assert set(troubles.listed()) == set(troubles.numbers.values())


def test_a_subscription_gets_its_own_shop_alone(troubles: Troubles, mailbox: Mailbox) -> None:
    shop = troubles.place.shop
    assert {letter.shop for letter in troubles.filtered.letters()} == {shop}
    assert len(troubles.filtered.letters()) == len(mailbox.letters(shop)) >= len(CAUSES)


def test_it_closes_by_itself_and_is_reopened_rather_than_repeated(
    troubles: Troubles, mailbox: Mailbox
) -> None:
    place, number = troubles.place, troubles.numbers["impossible"]
    place.clerk(number, **SETTLED)
    place.sync()
    troubles.reaches("impossible", "closed")
    assert number not in troubles.listed()
    assert troubles.listed(state="closed", cause="impossible") == {number: "impossible"}
    place.clerk(number, **HANDLED)
    place.sync()
    troubles.reaches("impossible", "open")
    assert [event["what"] for event in troubles.of("impossible")["history"]] == [
        "opened",
        "closed",
        "reopened",
    ]
    eventually(lambda: len(told(mailbox, troubles, "impossible")) == 2, "the shop is told anew")


def test_what_a_person_closed_stays_closed_while_the_same_facts_stand(troubles: Troubles) -> None:
    place, number = troubles.place, troubles.numbers["wrong_delivery_date"]
    path = troubles.path("wrong_delivery_date", "close")
    assert place.ask("POST", path, {"note": ""}).status_code == 400
    answer = place.ask("POST", path, {"note": "vyřešeno s MALL, Jana +420601000001"})
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")
    assert "+420601" not in answer.text
    assert place.ask("POST", path, {"note": "ještě jednou"}).status_code == 400
    assert place.ask("POST", f"/escalations/{number}/nonsense/close", {"note": "x"}).status_code == 400
    place.sync()
    place.town.settle()
    assert number not in troubles.listed()
    place.clerk(number, delivery_date=day(-2))
    place.sync()
    troubles.reaches("wrong_delivery_date", "open")
    events = [(event["what"], event["by"]) for event in troubles.of("wrong_delivery_date")["history"]]
    assert events == [("opened", "orderbridge"), ("closed", "tests"), ("reopened", "orderbridge")]


def test_a_return_number_makes_the_data_of_a_credit_note(troubles: Troubles) -> None:
    place, number = troubles.place, troubles.numbers["wrong_delivered"]
    path = troubles.path("wrong_delivered", "return-number")
    for wrong in ("4712345", "4812345678", "47123456789", "47 12345678", ""):
        assert place.ask("POST", path, {"return_number": wrong}).status_code == 400
    other = troubles.path("refused", "return-number")
    assert place.ask("POST", other, {"return_number": "4712345678"}).status_code == 400
    assert troubles.of("wrong_delivered")["credit_note"] is None

    answer = place.ask("POST", path, {"return_number": "4712345678"})
    assert answer.status_code == 200, answer.text
    note = answer.json()["credit_note"]
    (item,) = place.at_mall(number)["items"]
    assert (note["mall_order_id"], note["return_number"], note["whole_order"]) == (number, "4712345678", True)
    assert note["items"] == [{"title": item["title"], "pieces": "1"}]
    due = datetime.fromisoformat(note["due_at"]) - datetime.now(UTC)
    assert timedelta(days=CREDIT_NOTE_DAYS - 1) < due <= timedelta(days=CREDIT_NOTE_DAYS)
    assert place.ask("POST", path, {"return_number": "4712345678"}).json()["credit_note"] == note
    assert "credit_note" in [one["kind"] for one in place.order(number)["deadlines"]]

    place.clerk(number, **SETTLED)  # the shop agrees again, and the credit note is due all the same
    place.sync()
    place.town.settle()
    assert troubles.of("wrong_delivered")["state"] == "open"
    assert place.took(number) == ["shipped", "delivered"]
    assert place.put_methods(number) == "PP", "whatever the shop says after Delivered, nothing is sent"


def test_a_repeated_order_closes_what_was_dead_or_refused(troubles: Troubles) -> None:
    place, numbers = troubles.place, troubles.numbers
    for cause in ("dead_letter", "refused"):
        assert place.ask("POST", f"/orders/{numbers[cause]}/retry").status_code == 202
    place.reach({numbers["dead_letter"]: at("open"), numbers["refused"]: at("shipping")})
    for cause in ("dead_letter", "refused"):
        troubles.reaches(cause, "closed")
    assert place.took(numbers["refused"]) == ["shipping"]


def test_the_digest_comes_once_a_day_and_only_with_news(troubles: Troubles, mailbox: Mailbox) -> None:
    place, town = troubles.place, troubles.place.town

    def digests() -> list[Letter]:
        return mailbox.letters(place.shop, "to look at")

    def asked_on(date: str) -> None:
        request = DigestRequest(shop=place.shop, day=date)
        town.send("alarms.fifo", place.shop, request.model_dump_json())
        eventually(lambda: town.held_messages("alarms.fifo") == (0, 0), "the digest was looked at")

    assert town.tick("send-alarms", "digest")["requested"] >= 1
    (first,) = eventually(digests, "the digest of today has come")
    for number in troubles.listed():
        assert str(number) in first.text
    asked_on(day())
    asked_on(day(1))
    assert len(digests()) == 1, "not twice a day, and not without news"
    number = troubles.numbers["refused"]
    place.clerk(number, status="nevyřízená")
    place.sync()
    place.reach({number: held("step_back")})
    asked_on(day(1))
    assert len(digests()) == 1
    asked_on(day(2))
    second = eventually(lambda: digests()[1:], "the news of the day after has come")[0]
    assert "1 new" in second.subject
    (line,) = (line for line in second.text.splitlines() if line.startswith("* "))
    assert line.startswith(f"* order {number},")


def test_a_stopped_shop_is_told_once_per_stop(new_place: NewPlace, mailbox: Mailbox) -> None:
    """A key that is revoked shows when MALL's list is read: nothing is changed in the shop at the time."""
    mode: Json = {"import": "link"}
    place = new_place("stopped-and-told", **mode)
    clients = f"{place.mall['control_url']}/clients"
    place.town.control("PUT", f"{place.mall['control_url']}/behaviour", {"wrong_key_http_status": 401})
    for stops in (1, 2):
        place.town.control("PUT", clients, {"client_ids": []})
        place.sync()
        eventually(lambda: place.health()["stopped"], "the shop is stopped")
        for _ in range(3):
            place.town.tick()
        letters = eventually(
            lambda n=stops: len(found := mailbox.letters(place.shop)) >= n and found,  # type: ignore[misc]
            "the shop is told",
        )
        place.town.settle()
        assert len(mailbox.letters(place.shop)) == len(letters) == stops
        assert "nothing is sent" in letters[-1].subject
        assert place.client_id not in letters[-1].text
        place.town.control("PUT", clients, {"client_ids": [place.client_id]})
        place.town.rewind_shop(place.shop)
        place.sync()
        eventually(lambda: not place.health()["stopped"], "it goes on by itself")
