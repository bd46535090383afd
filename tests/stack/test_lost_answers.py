"""Once (G2), through the real queues: answers that were lost, broken or late, errors and limits.

Every order goes through one fault of its own, all at the same time; then each order's calls are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from local.stack.client import ShopClient, reach_all
from sandbox.times import PRAGUE
from tests.stack.conditions import at, held

if TYPE_CHECKING:
    from local.stack.http import Json
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

HANDLED: Json = {"status": "vyřizuje se"}
SETTLED: Json = {"status": "vyřízená"}
DELIVERED: Json = {"status": "vyřízená", "delivery_date": "today"}
LATE_MS = 17_000
"""Longer than the product waits for an answer."""
LIMIT_SECONDS = 3


@dataclass(frozen=True)
class Case:
    """`rules` strike this order alone; `methods` are the calls after the first reading; `took` what MALL became."""

    name: str
    rules: tuple[dict[str, Any], ...]
    methods: str
    clerk: Json = field(default_factory=lambda: HANDLED)
    took: tuple[str, ...] = ("shipping",)
    hold: str = ""

    def __str__(self) -> str:
        return self.name


def put(kind: str, **details: Json) -> dict[str, Any]:
    return {"kind": kind, "method": "PUT", "times": 1, **details}


PAGE = "<html><body>Bad gateway</body></html>"
CASES = (
    Case("answer lost before the effect", (put("lost_before"),), "PGP"),
    Case("answer lost after the effect", (put("lost_after"),), "PG"),
    Case("answer lost twice", (put("lost_before", times=2),), "PGPGP"),
    Case("reset before the effect", (put("reset"),), "PGP"),
    Case("reset after the effect", (put("reset", effect=True),), "PG"),
    Case("half an answer, with effect", (put("malformed"),), "PG"),
    Case("half an answer, without effect", (put("malformed", effect=False),), "PGP"),
    Case("a page instead of an answer", (put("malformed", body=PAGE, effect=False),), "PGP"),
    Case("500 without effect", (put("status", http_status=500),), "PGP"),
    Case("500 with effect", (put("status", http_status=500, effect=True),), "PG"),
    Case("502 with a page", (put("status", http_status=502, body=PAGE),), "PGP"),
    Case("503 with effect, and for the reading too", (
        put("status", http_status=503, effect=True),
        {"kind": "status", "http_status": 503, "method": "GET", "times": 1},
    ), "PGG"),
    Case("answer lost, and that of the reading broken", (
        put("lost_after"),
        {"kind": "malformed", "method": "GET", "times": 1},
    ), "PGG"),
    Case("empty answer of a success", (put("empty_body"),), "P"),
    Case("answer after the time is up", (put("latency", latency_ms=LATE_MS, when="after"),), "PG"),
    Case("418", (put("status", http_status=418),), "PGP"),
    Case("shipped: answer lost after the effect", (put("lost_after"),), "PG", SETTLED, ("shipped",)),
    Case("shipped: half an answer", (put("malformed"),), "PG", SETTLED, ("shipped",)),
    Case("delivered: answer lost after the effect", (put("lost_after", skip=1),), "PPG", DELIVERED,
         ("shipped", "delivered")),
    Case("delivered: answer lost before the effect", (put("lost_before", skip=1),), "PPGP", DELIVERED,
         ("shipped", "delivered")),
    Case("404", (put("status", http_status=404),), "P", took=(), hold="not_at_marketplace"),
    *(
        Case(f"{code} that nothing explains", (put("status", http_status=code),), "PG", took=(), hold="refused")
        for code in (400, 403, 409, 422)
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def limited(open_shop: OpenShop) -> dict[ShopClient, list[int]]:
    """Two shops over their limit, three orders each; not waited for."""
    says = {"limit-after": {"retry_after": LIMIT_SECONDS}, "limit-reset": {"reset_seconds": LIMIT_SECONDS}}
    numbers = {}
    for name, how_long in says.items():
        shop = open_shop(name)
        numbers[shop] = [shop.opens(status="vyřizuje se") for _ in range(3)]
        shop.arm({"kind": "rate_limited", "method": "PUT", "times": 1, **how_long})
        shop.sync()
    return numbers


CASES_PER_SHOP = 3
"""So few that the outage of a shop's MALL ends soon: while nobody answers, orders wait for minutes."""
Played = dict[str, tuple[ShopClient, int]]
"""Shop and order by the name of the case."""


@pytest.fixture(scope="module")
def played(open_shop: OpenShop, limited: dict[ShopClient, list[int]]) -> Played:
    assert limited, "under way"
    shops = [open_shop(f"lost-answers-{start}") for start in range(0, len(CASES), CASES_PER_SHOP)]
    orders = {case.name: shops[place // CASES_PER_SHOP] for place, case in enumerate(CASES)}
    played = {name: (shop, shop.opens()) for name, shop in orders.items()}
    for shop in shops:
        shop.sync()
    _reach(played, {case.name: at("open") for case in CASES})
    today = datetime.now(PRAGUE).date().isoformat()
    rules: dict[ShopClient, list[Json]] = {}
    for case in CASES:
        shop, number = played[case.name]
        rules.setdefault(shop, []).extend({**rule, "order_id": number} for rule in case.rules)
        shop.arm(*rules[shop])
        date = {"delivery_date": today} if "delivery_date" in case.clerk else {}
        shop.clerk(number, **{**case.clerk, **date})
    for shop in shops:
        shop.sync()
    _reach(played, {case.name: held(case.hold) if case.hold else at(case.took[-1]) for case in CASES})
    shops[0].deployment.settle()
    return played


def _reach(played: Played, goals: Json) -> None:
    by_shop: Json = {}
    for name, until in goals.items():
        shop, number = played[name]
        by_shop.setdefault(shop, {})[number] = until
    reach_all(by_shop, within=300)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_one_accepted_put_per_step_and_no_put_before_a_reading(played: Played, case: Case) -> None:
    shop, number = played[case.name]
    calls = shop.calls(number)
    assert shop.put_methods(number) == case.methods, calls
    assert tuple(shop.took(number)) == case.took, calls
    confirming = [c for c in calls if c["method"] == "PUT" and c["body"].get("confirmed")]
    assert all(call["status_before"] == "open" for call in confirming), "confirmed twice"
    held_at_mall = shop.at_mall(number)["status"]
    assert shop.orders()[number]["status"] == held_at_mall == (case.took[-1] if case.took else "open")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_call_is_on_record_as_an_attempt(played: Played, case: Case) -> None:
    shop, number = played[case.name]
    order = shop.order(number)
    attempts = [(step["action"], attempt) for step in order["steps"] for attempt in step["attempts"]]
    methods = "".join("G" if action == "read" else "P" for action, _ in attempts)
    assert methods == f"G{case.methods}"
    assert all(attempt["duration_ms"] is not None and attempt["call_result"] for _, attempt in attempts)
    sent = [attempt["sent"] for action, attempt in attempts if action != "read"]
    assert sent == [call["body"] for call in shop.calls(number) if call["method"] == "PUT"]
    accepted = [
        step for step in order["steps"] if step["action"] in case.took and step["state"] == "accepted"
    ]
    assert [step["action"] for step in accepted] == list(case.took)
    assert not [step for step in order["steps"] if step["state"] in {"planned", "sending"}]


def test_what_was_refused_is_sent_again_when_a_person_asks(played: Played) -> None:
    refused = [case.name for case in CASES if case.hold]
    for shop, number in (played[name] for name in refused):
        assert shop.order(number)["hold"]["who_must_act"] == "clerk"
        answer = shop.deployment.ask("POST", f"/orders/{number}/retry", query={"shop": shop.name})
        assert answer.status_code == 202
    _reach(played, dict.fromkeys(refused, at("shipping")))
    shop.deployment.settle()
    assert [shop.took(number) for shop, number in (played[name] for name in refused)] == [["shipping"]] * 5


def test_a_limit_that_says_how_long_is_waited_out(limited: dict[ShopClient, list[int]]) -> None:
    """429 with Retry-After, and with X-RateLimit-Reset only: nothing of the shop is called before it is over."""
    reach_all({shop: dict.fromkeys(mine, at("shipping")) for shop, mine in limited.items()})
    for shop, mine in limited.items():
        calls = sorted((call for number in mine for call in shop.calls(number)), key=lambda call: call["at"])
        (refused,) = [call for call in calls if call["http_status"] == 429]
        began = datetime.fromisoformat(refused["at"])
        pauses = [(datetime.fromisoformat(call["at"]) - began).total_seconds() for call in calls]
        assert not [pause for pause in pauses if 0 < pause < LIMIT_SECONDS - 0.5], pauses
        assert [shop.took(number) for number in mine] == [["shipping"]] * 3
        assert sum(call["method"] == "PUT" for call in calls) == 4
        assert sum(call["method"] == "GET" for call in calls) == 3


def test_a_limit_that_does_not_say_is_waited_out(unsaid_limit: tuple[ShopClient, int]) -> None:
    shop, number = unsaid_limit
    shop.reach({number: at("shipping")})
    first, second = (call for call in shop.calls(number) if call["method"] == "PUT")
    assert (first["http_status"], second["http_status"]) == (429, 200)
    waited = datetime.fromisoformat(second["at"]) - datetime.fromisoformat(first["at"])
    assert 55 < waited.total_seconds() < 110
    assert shop.put_methods(number) == "PP"
