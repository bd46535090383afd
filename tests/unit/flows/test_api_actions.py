"""What persons ask for is on record before it is done (R13.3), and the list of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.domain.failure_policy import Call, CallResult
from orderbridge.domain.persons import EVERY_SHOP, PersonAction
from orderbridge.domain.statuses import ShopStatus as S
from orderbridge.errors import BadRequestError, NotFoundError, VersionConflictError
from orderbridge.flows.api.actions import list_actions
from orderbridge.flows.api.escalations import close_escalation, enter_return_number
from orderbridge.flows.api.orders import order_detail, retry
from orderbridge.flows.api.retries import retry_orders
from orderbridge.flows.api.returns import request_returned, resolve_return
from orderbridge.flows.api.shops import reconcile, sync
from orderbridge.settings import ShopSettings
from orderbridge.texts import Language
from tests.unit.flows.api_client import ApiClient
from tests.unit.flows.in_memory_product import SHOP, InMemoryProduct
from tests.unit.flows.sequences import TODAY, new_product, ship

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.flows.api.request import ApiRequest, Json
    from orderbridge.ports import Ports

PARCEL, WRONG, REFUSED, REFUSED_TOO = 1, 2, 3, 4
NUMBER = "4712345678"


@pytest.fixture
def product() -> InMemoryProduct:
    """A parcel comes back, a Delivered is wrong, and MALL refused two orders."""
    product = new_product(undo=0, push_returned=True)
    for number in (PARCEL, WRONG):
        ship(product, number)
    product.clerk(PARCEL, S.CANCELED)
    product.clerk(WRONG, S.SETTLED, delivery=TODAY)
    product.tick()
    product.clock.advance(seconds=1)
    product.clerk(WRONG, S.SETTLED)
    product.tick()
    for number in (REFUSED, REFUSED_TOO):
        product.mall.hold(number)
        product.mall.fail_next(CallResult.REJECTED, call=Call.WRITE)
        product.clerk(number, S.HANDLED)
        product.clock.advance(seconds=1)
        product.tick()
    return product


@dataclass(frozen=True)
class Asked:
    """A request that changes something, and the codes of the actions that it is recorded as."""

    use_case: Callable[[Ports, ApiRequest], Json]
    codes: tuple[str, ...]
    number: int | None = None
    cause: str | None = None
    body: dict[str, Any] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def of(self, product: InMemoryProduct, **more: object) -> Json:
        api = ApiClient(product, by="marta")
        return api.ask(self.use_case, self.number, self.cause, self.body | more or None, **self.query)


REQUESTS = {
    "sync": Asked(sync, ("person.sync",)),
    "reconcile": Asked(reconcile, ("person.reconcile",)),
    "retry": Asked(retry, ("person.retry",), REFUSED),
    "retry_orders": Asked(
        retry_orders,
        ("person.retry_held", "person.retry_of_held", "person.retry_of_held"),
        query={"hold": "refused"},
    ),
    "resolve": Asked(resolve_return, ("person.return_resolved",), PARCEL, body={"note": "it is back"}),
    "returned": Asked(request_returned, ("person.returned_requested",), PARCEL),
    "close": Asked(
        close_escalation, ("person.escalation_closed",), REFUSED, "refused", {"note": "Operations set it"}
    ),
    "return_number": Asked(
        enter_return_number, ("person.return_number",), WRONG, "wrong_delivered", {"return_number": NUMBER}
    ),
}
every_request = pytest.mark.parametrize("asked", REQUESTS.values(), ids=REQUESTS)


def recorded(product: InMemoryProduct) -> list[PersonAction]:
    return product.actions.recorded


def effects(product: InMemoryProduct) -> object:
    queues = product.queues
    return dict(product.ledger.stored), list(queues.changes), list(queues.lists), list(queues.fetches)


@every_request
def test_each_request_is_on_record_with_who_when_of_which_order_and_why(
    product: InMemoryProduct, asked: Asked
) -> None:
    asked.of(product, why="the customer called")
    found = recorded(product)
    assert tuple(str(action.what.code) for action in found) == asked.codes
    assert {(action.shop, action.at, action.by, action.why) for action in found} == {
        (SHOP, product.clock.now(), "marta", "the customer called")
    }
    numbers = [action.mall_order_id for action in found]
    assert numbers == ([asked.number] if len(found) == 1 else [None, REFUSED_TOO, REFUSED])


@every_request
def test_without_a_record_nothing_is_done(product: InMemoryProduct, asked: Asked) -> None:
    before = effects(product)
    product.actions.fail_with = RuntimeError("the table does not answer")
    with pytest.raises(RuntimeError):
        asked.of(product)
    assert effects(product) == before
    product.actions.fail_with = None
    asked.of(product)
    assert effects(product) != before


@every_request
@pytest.mark.parametrize("wrong", [{"because": "x"}, {"why": 5}, {"why": None}, {"why": "x" * 2001}])
def test_a_wrong_body_is_refused_and_leaves_no_record(
    product: InMemoryProduct, asked: Asked, wrong: dict[str, object]
) -> None:
    before = effects(product)
    with pytest.raises(BadRequestError, match=r"^error\.body"):
        asked.of(product, **wrong)
    assert (recorded(product), effects(product)) == ([], before)


@every_request
def test_what_the_person_writes_is_redacted(product: InMemoryProduct, asked: Asked) -> None:
    asked.of(product, why=f"jana@example.com,\n+420 777 123 456: {asked.number}")
    assert {action.why for action in recorded(product)} == {f"<e-mail>, <phone>: {asked.number}"}


@pytest.mark.parametrize("name", ["resolve", "close"])
def test_a_note_is_the_reason_unless_one_is_given(product: InMemoryProduct, name: str) -> None:
    REQUESTS[name].of(product)
    (action,) = recorded(product)
    assert action.why == REQUESTS[name].body["note"]


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Asked(retry, (), 99), NotFoundError),
        (Asked(retry_orders, (), query={"hold": "two_orders"}), BadRequestError),
        (Asked(retry_orders, (), query={"hold": "refused", "limit": "0"}), BadRequestError),
        (Asked(resolve_return, (), WRONG, body={"note": "x"}), BadRequestError),
        (Asked(resolve_return, (), PARCEL, body={"note": ""}), BadRequestError),
        (Asked(request_returned, (), WRONG), BadRequestError),
        (Asked(close_escalation, (), PARCEL, "refused", {"note": "x"}), BadRequestError),
        (
            Asked(enter_return_number, (), WRONG, "wrong_delivered", {"return_number": "12"}),
            BadRequestError,
        ),
        (Asked(sync, (), query={"shop": "nobody"}), NotFoundError),
    ],
)
def test_what_is_refused_leaves_no_record(
    product: InMemoryProduct, asked: Asked, error: type[Exception]
) -> None:
    with pytest.raises(error):
        asked.of(product)
    assert recorded(product) == []


def test_a_reconciliation_that_the_settings_forbid_leaves_no_record(product: InMemoryProduct) -> None:
    product.shops.put(ShopSettings.model_validate({"shop": SHOP, "import": "off"}), product.clock.now())
    with pytest.raises(BadRequestError):
        REQUESTS["reconcile"].of(product)
    assert recorded(product) == []


def test_a_write_that_is_tried_again_is_recorded_once(
    product: InMemoryProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = product.ledger.load

    def slowly(shop: str, number: int) -> object:
        product.clock.advance(seconds=1)
        return load(shop, number)

    monkeypatch.setattr(product.ledger, "load", slowly)
    product.ledger.fail_next_saves = 3
    REQUESTS["resolve"].of(product)
    assert len(recorded(product)) == 1


def test_a_write_that_fails_stays_on_record(product: InMemoryProduct) -> None:
    product.ledger.fail_next_saves = 99
    with pytest.raises(VersionConflictError):
        REQUESTS["resolve"].of(product)
    assert len(recorded(product)) == 1


def test_a_request_that_is_merged_into_another_is_on_record_too(product: InMemoryProduct) -> None:
    for times in ("once", "twice", "again"):
        REQUESTS["sync"].of(product, why=times)
    assert len(recorded(product)) == 3


def test_one_order_shows_its_own_in_the_language_of_the_caller(product: InMemoryProduct) -> None:
    REQUESTS["retry"].of(product, why="it is mended")
    REQUESTS["sync"].of(product)
    product.clock.advance(seconds=5)
    REQUESTS["retry_orders"].of(product)
    answer = ApiClient(product, language=Language.ENGLISH).ask(order_detail, REFUSED)
    first, second = answer["actions"]
    assert first == {
        "at": recorded(product)[0].at.isoformat(timespec="seconds"),
        "by": "marta",
        "action": {"code": "person.retry", "facts": {}, "text": "Retry of the order on request."},
        "mall_order_id": REFUSED,
        "why": "it is mended",
    }
    assert (second["action"]["facts"], second["why"]) == ({"hold": {"term": "refused"}}, None)
    assert ApiClient(product).ask(order_detail, REFUSED)["actions"][0]["action"]["text"].startswith("Nové")


def codes(answer: Json) -> list[str]:
    return [entry["action"]["code"] for entry in answer["actions"]]


class TestList:
    def test_the_newest_first_page_by_page(self, product: InMemoryProduct) -> None:
        for name in ("sync", "retry", "resolve", "close"):
            REQUESTS[name].of(product)
            product.clock.advance(seconds=1)
        api, found = ApiClient(product), []
        cursor: dict[str, str] = {}
        while True:
            answer = api.ask(list_actions, limit="3", **cursor)
            found += codes(answer)
            if answer["next_cursor"] is None:
                break
            cursor = {"cursor": answer["next_cursor"]}
        assert found == [
            "person.escalation_closed",
            "person.return_resolved",
            "person.retry",
            "person.sync",
        ]

    def test_days_are_the_shops_and_both_are_included(self, product: InMemoryProduct) -> None:
        midnight = product.clock.now().replace(hour=23, minute=0, second=0, microsecond=0)  # in Prague
        for name, at in (("sync", midnight - timedelta(seconds=1)), ("reconcile", midnight)):
            product.clock.advance(at - product.clock.now())
            REQUESTS[name].of(product)
        api = ApiClient(product)
        assert codes(api.ask(list_actions, from_="2026-11-20", to="2026-11-20")) == ["person.sync"]
        assert codes(api.ask(list_actions, from_="2026-11-21")) == ["person.reconcile"]
        assert codes(api.ask(list_actions, to="2026-11-20")) == ["person.sync"]
        assert codes(api.ask(list_actions)) == ["person.reconcile", "person.sync"]

    def test_another_shops_and_every_shops_are_not_on_it(self, product: InMemoryProduct) -> None:
        product.add_shop("second")
        api = ApiClient(product)
        api.ask(sync, shop="second")
        first = recorded(product)[0]
        product.actions.record(PersonAction(EVERY_SHOP, first.at, "eva", first.what))
        assert codes(api.ask(list_actions, shop=SHOP)) == []
        assert codes(api.ask(list_actions, shop="second")) == ["person.sync"]

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"from": "yesterday"}, "day"),
            ({"to": "2026-02-31"}, "day"),
            ({"from": "2026-11-21", "to": "2026-11-20"}, "period_turned"),
            ({"limit": "201"}, "page_size"),
            ({"cursor": "x"}, "cursor"),
        ],
    )
    def test_what_makes_no_sense_is_named(
        self, product: InMemoryProduct, query: dict[str, str], code: str
    ) -> None:
        with pytest.raises(BadRequestError, match=rf"^error\.{code}"):
            ApiClient(product).ask(list_actions, **query)
