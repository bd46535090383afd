"""operate: every answer and every error says code, facts and a text, in the language that the caller wants."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from orderbridge.domain.cases import returns
from orderbridge.domain.checkpoints import FeedCheckpoint
from orderbridge.domain.codes.api import HealthReason, RequestedReason, RequestReason, SettingReason
from orderbridge.domain.codes.cases import CaseProblem
from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.export_content import ExportContent
from orderbridge.domain.facts import Kind, Term
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.shops import Budget
from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus
from orderbridge.errors import VersionConflictError, WrongValueError
from orderbridge.flows.api.problems import TITLE_OF
from orderbridge.settings import ShopSettings
from orderbridge.texts import Language
from tests.fakes import FakeLedger
from tests.texts import said
from tests.unit.functions.function_harness import DEAD_ORDER, ORDER, WEBHOOK_SECRET, park

if TYPE_CHECKING:
    from collections.abc import Callable

    from orderbridge.domain.orders import OrderState
    from orderbridge.domain.shops import ShopRecord
    from tests.unit.functions.function_harness import FunctionHarness, Json, NewHarness

HEADERS = {Language.CZECH: "cs", Language.SLOVAK: "sk-SK,sk;q=0.9,en;q=0.4", Language.ENGLISH: "en"}
each_language = pytest.mark.parametrize("language", Language)


@dataclass(frozen=True)
class Call:
    """One request. `before` changes the product for it."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: str = ""
    shops: str = "demo"
    role: str = "operator"
    before: Callable[[FunctionHarness], object] = lambda _: None


def _second_shop(client: FunctionHarness) -> None:
    client.product.add_shop("second")


def _import_off(client: FunctionHarness) -> None:
    record = client.product.shops.records["demo"]
    rules = replace(record.settings.rules, import_mode="off")
    client.product.shops.put(ShopSettings(shop="demo", rules=rules), client.product.clock.now())


def _never_switched_on(client: FunctionHarness) -> None:
    settings = client.product.shops.records.pop("demo").settings
    client.product.shops.put(settings, client.product.clock.now(), paused_by="marta")


def _paused(client: FunctionHarness) -> None:
    client.product.shops.pause("demo", "petr", client.product.clock.now())


def _unreadable(client: FunctionHarness) -> None:
    client.product.ledger.unreadable.add(("demo", ORDER))


class _LedgerInConflict(FakeLedger):
    """Somebody else is always faster."""

    def load(self, shop: str, mall_order_id: int) -> OrderState | None:
        raise VersionConflictError(f"{shop}: {mall_order_id}")


def _always_in_conflict(client: FunctionHarness) -> None:
    client.product.ledger = _LedgerInConflict(client.product.shops, client.product.actions)


def _shown(client: FunctionHarness, *statuses: ShopStatus) -> None:
    """The shop shows the order so, one state after the other. There is an undo window."""
    product = client.product
    record = product.shops.records["demo"]
    rules = replace(record.settings.rules, undo_window_seconds=900, push_returned=True)
    product.shops.put(ShopSettings(shop="demo", rules=rules), product.clock.now())
    for status in statuses:
        product.clock.advance(seconds=1)
        product.clerk(ORDER, status)
        product.fetch()
        product.settle()


def _canceled(client: FunctionHarness) -> None:
    _shown(client, ShopStatus.CANCELED)


def _returned_is_asked_for(client: FunctionHarness) -> None:
    _shown(client, ShopStatus.SETTLED, ShopStatus.CANCELED)
    answered(client, Call("POST", f"/returns/{ORDER}/returned"), None)
    client.product.settle()


ERRORS: dict[RequestReason, Call] = {
    RequestReason.BODY_TOO_LONG: Call("POST", "/returns/7/resolve", body="x" * 70_000),
    RequestReason.BODY: Call("POST", "/returns/7/resolve", body='{"note": 5, "more": 1}'),
    RequestReason.UNKNOWN_SHOP: Call("GET", "/orders", {"shop": "nobody"}),
    RequestReason.NO_SHOPS: Call("GET", "/orders", shops=""),
    RequestReason.SEVERAL_SHOPS: Call("GET", "/orders", shops="*", before=_second_shop),
    RequestReason.PAGE_SIZE: Call("GET", "/orders", {"limit": "0"}),
    RequestReason.ORDER_NUMBER: Call("GET", "/orders/first"),
    RequestReason.NOT_ONE_OF: Call("GET", "/orders", {"status": "sold"}),
    RequestReason.DAY: Call("GET", "/figures", {"from": "today"}),
    RequestReason.CURSOR: Call("GET", "/orders", {"cursor": "x"}),
    RequestReason.PERIOD_TURNED: Call("GET", "/figures", {"from": "2026-11-02", "to": "2026-11-01"}),
    RequestReason.PERIOD_TOO_LONG: Call("GET", "/figures", {"from": "2024-11-02", "to": "2026-11-01"}),
    RequestReason.HOLD_MISSING: Call("POST", "/orders/retry"),
    RequestReason.DECIDED_ONE_BY_ONE: Call("POST", "/orders/retry", {"hold": "two_orders"}),
    RequestReason.IMPORT_IS_OFF: Call("POST", "/reconcile", before=_import_off),
    RequestReason.NOT_SWITCHED_ON: Call("POST", "/resume", before=_never_switched_on),
    RequestReason.UNKNOWN_ORDER: Call("GET", "/orders/7"),
    RequestReason.UNREADABLE_ORDER: Call("GET", f"/orders/{ORDER}", before=_unreadable),
    RequestReason.ROLE: Call("POST", "/sync", role="viewer"),
    RequestReason.SEARCH: Call("GET", "/orders", {"search": " "}),
    RequestReason.NOTHING_HERE: Call("GET", "/elsewhere"),
    RequestReason.CHANGED_MEANWHILE: Call(
        "POST", f"/returns/{ORDER}/resolve", body='{"note": "x"}', before=_always_in_conflict
    ),
}
OF_THE_GATEWAY = {
    RequestReason.NOT_UNDERSTOOD,
    RequestReason.UNAUTHENTICATED,
    RequestReason.FORBIDDEN,
    RequestReason.TOO_MANY_CALLS,
    RequestReason.FAILED,
}
"""API Gateway answers these: see ``test_template``."""
OF_THE_WEBHOOK = {RequestReason.NOT_A_HINT, RequestedReason.HINT, RequestedReason.NOTHING}
RESULTS: dict[RequestedReason, list[Call]] = {
    RequestedReason.FETCH: [Call("POST", "/sync", before=_import_off)],
    RequestedReason.FETCH_AND_LIST: [Call("POST", "/sync")],
    RequestedReason.LATER: [Call("POST", "/sync")] * 2,
    RequestedReason.ALREADY: [Call("POST", "/sync")] * 3,
    RequestedReason.PAUSED: [Call("POST", "/sync", before=_paused)],
    RequestedReason.RECONCILIATION: [Call("POST", "/reconcile")],
    RequestedReason.RECHECK: [Call("POST", f"/orders/{ORDER}/retry")],
    RequestedReason.UNDONE: [Call("POST", f"/orders/{ORDER}/undo", body='{"step": 2}', before=_canceled)],
    RequestedReason.UNDONE_RETURNED: [
        Call("POST", f"/orders/{ORDER}/undo", body='{"step": 3}', before=_returned_is_asked_for)
    ],
}


@pytest.fixture
def client(new_harness: NewHarness) -> FunctionHarness:
    made = new_harness("operate")
    made.product.mall.hold(ORDER)
    made.product.clerk(ORDER, ShopStatus.PENDING)
    made.product.fetch()
    made.product.settle()
    return made


def answered(client: FunctionHarness, call: Call, header: str | None) -> tuple[int, Json]:
    def change(event: Json) -> None:
        event |= {"httpMethod": call.method, "path": call.path, "resource": call.path, "body": call.body}
        event["queryStringParameters"] = call.query or None
        event["multiValueQueryStringParameters"] = {name: [value] for name, value in call.query.items()}
        event["requestContext"]["authorizer"] = {
            "principalId": "marta",
            "shops": call.shops,
            "role": call.role,
        }
        event["headers"] = {} if header is None else {"accept-language": header}
        event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}

    answer = client.play("health", change)
    return answer["statusCode"], json.loads(answer["body"])


def is_said_in(found: Json, language: Language) -> bool:
    """Whether `found` is a code, its facts, and their text in `language` and in no other one."""
    assert sorted(found) == ["code", "facts", "text"]
    reason = Reason.of_stored(found)
    texts = {one: said(reason, one) for one in Language}
    assert len({*texts.values()}) == len(texts)
    return bool(found["text"] == texts[language])


def explained_in(problem: Json) -> Json:
    """The code, the facts and the text of a problem."""
    return {"code": problem["code"], "facts": problem["facts"], "text": problem["detail"]}


def is_problem_in(problem: Json, language: Language) -> bool:
    """Whether the title and the text of `problem` are in `language` and in no other one."""
    title = because(TITLE_OF[HTTPStatus(problem["status"])])
    return problem["title"] == said(title, language) and is_said_in(explained_in(problem), language)


def test_every_error_and_every_result_is_walked() -> None:
    assert {*RequestReason} == {*ERRORS, *OF_THE_GATEWAY, RequestReason.NOT_A_HINT}
    assert {*RequestedReason} == {*RESULTS, RequestedReason.HINT, RequestedReason.NOTHING}


@each_language
@pytest.mark.parametrize("code", ERRORS)
def test_an_error_is_said_in_the_callers_language(
    client: FunctionHarness, code: RequestReason, language: Language
) -> None:
    call = ERRORS[code]
    call.before(client)
    status, answer = answered(client, call, HEADERS[language])
    assert 400 <= status <= 500
    assert (answer["status"], answer["code"]) == (status, code)
    assert is_problem_in(answer, language)


FACTS: dict[Kind, Any] = {
    Kind.NUMBER: 7,
    Kind.TERM: Term("refused"),
    Kind.STATUS: MarketplaceStatus.SHIPPING,
}


@each_language
@pytest.mark.parametrize("code", CaseProblem)
def test_why_a_persons_word_is_not_taken_is_said_in_the_callers_language(
    client: FunctionHarness, monkeypatch: pytest.MonkeyPatch, code: CaseProblem, language: Language
) -> None:
    """Which of them comes of what is the domain's: here it is what becomes of them."""
    reason = because(code, **{name: FACTS[kind] for name, kind in code.facts.items()})

    def refused(*_: object) -> None:
        raise WrongValueError(reason)

    monkeypatch.setattr(returns, "resolve", refused)
    status, answer = answered(
        client, Call("POST", f"/returns/{ORDER}/resolve", body='{"note": "x"}'), HEADERS[language]
    )
    assert (status, answer["code"]) == (400, code)
    assert is_problem_in(answer, language)


@each_language
@pytest.mark.parametrize("code", RESULTS)
def test_a_result_is_said_in_the_callers_language(
    client: FunctionHarness, code: RequestedReason, language: Language
) -> None:
    answer: Any = None
    for call in RESULTS[code]:
        call.before(client)
        status, answer = answered(client, call, HEADERS[language])
        assert status in {200, 202}
    assert answer["result"]["code"] == code
    assert is_said_in(answer["result"], language)


@pytest.mark.parametrize("header", [None, "", "de", "*", "en;q=0"])
def test_a_caller_without_a_language_of_ours_gets_the_shops(
    client: FunctionHarness, header: str | None
) -> None:
    record = client.product.shops.records["demo"]
    settings = record.settings.model_copy(update={"language": "sk"})
    client.product.shops.records["demo"] = replace(record, settings=settings)
    for query, code in (({"limit": "0"}, RequestReason.PAGE_SIZE), ({"shop": "nobody"}, None)):
        _, answer = answered(client, Call("GET", "/orders", query), header)
        # a shop that the token does not know decides nothing: Czech
        assert is_problem_in(answer, Language.SLOVAK if code else Language.CZECH)
    assert is_said_in(answered(client, Call("POST", "/sync"), header)[1]["result"], Language.SLOVAK)


@pytest.mark.parametrize(
    ("language", "words"), [(Language.CZECH, "zpracování znovu"), (Language.ENGLISH, "processed again")]
)
def test_what_can_be_done_is_a_path_of_the_api(
    client: FunctionHarness, language: Language, words: str
) -> None:
    park(client.product)
    client.product.tick()
    _, order = answered(client, Call("GET", f"/orders/{DEAD_ORDER}"), HEADERS[language])
    assert f"{words} (POST /orders/{DEAD_ORDER}/retry)" in order["hold"]["reason"]["text"]
    (case,) = order["escalations"]
    assert f"(POST /orders/{DEAD_ORDER}/retry)" in case["what_to_do"]["text"]
    assert case["ready_text"]["for"] == "integrator", (
        "whoever has the command line, wherever the text is copied from"
    )
    assert case["ready_text"]["text"].endswith(f": orderbridge retry {DEAD_ORDER} --shop demo\n")


# --- health ---------------------------------------------------------------------------------------------


def _unwell(record: ShopRecord, client: FunctionHarness) -> ShopRecord:
    """Everything at once that can be wrong with a shop that is on."""
    now = client.product.clock.now()
    problem = because(SettingReason.NOT_JSON)
    client.product.shops.records["demo"] = replace(
        record,
        fetch_problem=problem,
        fetch_notes=(problem,),
        last_success_at=now - timedelta(hours=1),
        settings_at=now - timedelta(hours=8),
        registered_at=now - timedelta(hours=8),
        content=ExportContent(short_since=now, orders=40, distrusted_at=now),
        budget=Budget(1_000, 5, now + timedelta(hours=1)),
    )
    client.product.shops.stop("demo", because(StopReason.KEY_REFUSED, http_status=401), now, now)
    return client.product.shops.records["demo"]


@each_language
def test_every_problem_of_health_is_said_in_the_callers_language(
    client: FunctionHarness, language: Language
) -> None:
    now = client.product.clock.now()
    whole = _unwell(client.product.shops.records["demo"], client)
    budget = whole.budget
    assert budget is not None
    content = ExportContent(
        digest="a" * 64, first_served_at=now - timedelta(days=3), last_served_at=now, orders=9, under_way=3
    )
    records = [
        whole,
        replace(whole, stop=None, budget=replace(budget, remaining=0)),
        replace(whole, fetch_begun_at=now, hung_fetches=3, content=content),
        replace(whole, settings_problem=because(SettingReason.NOT_JSON)),
    ]
    client.product.feed_checkpoints.put("demo", FeedCheckpoint(read_at=now - timedelta(hours=7)))
    seen = set()
    for record in records:
        client.product.shops.records["demo"] = record
        _, answer = answered(client, Call("GET", "/health"), HEADERS[language])
        for problem in answer["shops"][0]["problems"]:
            assert is_said_in(problem, language), problem
            seen.add(problem["code"])
    assert seen == {*HealthReason}


@each_language
@pytest.mark.parametrize(
    ("body", "code"),
    [("[1]", RequestedReason.HINT), ("[]", RequestedReason.NOTHING), ("{}", RequestReason.NOT_A_HINT)],
)
def test_the_webhook_answers_in_the_callers_language(
    new_harness: NewHarness, language: Language, body: str, code: RequestReason | RequestedReason
) -> None:
    door = new_harness("receive_webhook")
    door.product.webhooks.put("demo", sha256(WEBHOOK_SECRET.encode()).hexdigest())

    def change(event: Json) -> None:
        event |= {"body": body, "isBase64Encoded": False, "headers": {"Accept-Language": HEADERS[language]}}

    answer = json.loads(door.play("hint", change)["body"])
    found = answer.get("result") or explained_in(answer)
    assert code in OF_THE_WEBHOOK
    assert found["code"] == code
    assert is_said_in(found, language)
