"""What `sam local` is tried with: event by event, what must be there before and what must be true after.

The events are taken in this order, and each finds what the ones before it left: order 1 travels from the shop's
export to the PUT at MALL, and order 4 from MALL's list into the shop, one container per function. The stack's own
event sources are switched off meanwhile, so nobody but the containers does the work.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests

from sandbox import aws
from sandbox.processes import StackError

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = Any
ORDER, DEAD_ORDER, OTHER_ORDER, NEW_ORDER = 4_700_000_001, 4_700_000_002, 4_700_000_003, 4_700_000_004
"""The orders in events/. The shop learns of the last one from us."""
STRANGER = 4_709_999_999
"""A number that MALL does not know."""
POLL_SECONDS = 0.5
CLEARED_SECONDS = 16
"""How long a step that the last reading of the shop has cleared still waits for the news of that reading."""


class WrongError(Exception):
    """An answer or its effect is not what it must be. One line: what, and what it is instead."""


class Scene:
    """The surroundings of the functions: queues, the shop's clerk, MALL."""

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        self.operator_token: str = addresses["api"]["operator_token"]
        self._addresses = addresses
        self._session = aws.AwsSession(addresses["aws"]["endpoint_url"])
        self._sqs = self._session.client("sqs")
        self._http = requests.Session()
        self._http.trust_env = False
        self.webhook_secret: str = addresses["api"]["mall_webhook_url"].rpartition("/")[2]
        self.handle = "none"

    def values(self) -> dict[str, str]:
        """What the placeholders in the events stand for at this moment."""
        return {
            "operator_token": self.operator_token,
            "webhook_secret": self.webhook_secret,
            "receipt_handle": self.handle,
            "now": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }

    def quiet(self) -> None:
        """Switches the event sources off: from now on the queues keep what they get."""
        functions = self._session.client("lambda")
        for source in functions.list_event_source_mappings()["EventSourceMappings"]:
            functions.update_event_source_mapping(UUID=source["UUID"], Enabled=False)

    def order_arrives(self) -> None:
        """The order of the events, on both sides: MALL has it open, the clerk handles it."""
        self._send("mall", "POST", "/orders", {"id": ORDER})
        order = {
            "code": "2026000001",
            "mall_order_id": ORDER,
            "status": "vyřizuje se",
            "carrier": "Zásilkovna",
            "tracking_number": "Z1234567890",
        }
        self._send("fastcentrik", "POST", "/orders", order)

    def order_opens_at_mall(self) -> None:
        """An order that the shop does not have yet."""
        self._send("mall", "POST", "/orders", {"id": NEW_ORDER})

    def shop_orders(self) -> list[tuple[str, str]]:
        """MALL's number and the state of every order in the shop."""
        orders = self._send("fastcentrik", "GET", "/orders", None)
        return [(order["mall_order_id"], order["status"]) for order in orders]

    def mall_fails_once(self) -> None:
        """The next call to MALL is answered with 503."""
        self._send("mall", "PUT", "/faults", {"kind": "status", "http_status": 503, "times": 1})

    def mall_calls(self) -> list[tuple[str, int | None, Json]]:
        """Method, HTTP status and body of every call to MALL about the order."""
        calls = self._send("mall", "GET", f"/orders/{ORDER}/calls", None)
        return [(call["method"], call["http_status"], call["body"]) for call in calls]

    def mall_status(self) -> str:
        """The status that MALL holds."""
        return str(self._send("mall", "GET", f"/orders/{ORDER}", None)["status"])

    def take(self, queue: str) -> list[Json]:
        """Everything visible in `queue` (`changes.fifo`, say), taken out."""
        taken = []
        while messages := self._receive(queue):
            for message in messages:
                taken.append(json.loads(message["Body"]))
                self._delete(queue, message["ReceiptHandle"])
        return taken

    def receive(self, queue: str, wanted: Mapping[str, Json], seconds: float) -> None:
        """Receives the message with these values as Lambda would, waiting up to `seconds` for it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self._receive(queue):
                if wanted.items() <= json.loads(message["Body"]).items():
                    self.handle = message["ReceiptHandle"]
                    return
            time.sleep(POLL_SECONDS)
        raise WrongError(f"no message with {wanted} was in {queue} within {seconds:.0f} s")

    def is_done(self, queue: str) -> None:
        """Deletes the received message, as Lambda does when the function reports no failure."""
        self._delete(queue, self.handle)

    def secrets(self) -> list[str]:
        """What must never be in a log."""
        services = [self._addresses["fastcentrik"], self._addresses["mall"]]
        addresses = [services[0]["export_url"], services[0]["import_url"]]
        tokens = [part for address in addresses for part in address.split("/") if len(part) >= 16]  # noqa: PLR2004 - as long as a token
        return [self.operator_token, self.webhook_secret, services[1]["client_id"], *addresses, *tokens]

    def _receive(self, queue: str) -> list[Json]:
        answer = self._sqs.receive_message(QueueUrl=self._url(queue), MaxNumberOfMessages=10)
        messages: list[Json] = answer.get("Messages", [])
        return messages

    def _delete(self, queue: str, handle: str) -> None:
        self._sqs.delete_message(QueueUrl=self._url(queue), ReceiptHandle=handle)

    def _url(self, queue: str) -> str:
        name = f"{self._addresses['aws']['stack']}-{queue}"
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _send(self, side: str, method: str, path: str, body: Json) -> Json:
        url = f"{self._addresses[side]['control_url']}{path}"
        answer = self._http.request(method, url, json=body, timeout=30)
        if not answer.ok:
            msg = f"the sandbox answered {answer.status_code} to {method} {path}: {answer.text[:200]}"
            raise StackError(msg)
        return answer.json()


def must(what: str, is_: object, should: object) -> None:
    """Raises WrongError unless both are equal."""
    if is_ != should:
        raise WrongError(f"{what}: {is_!r} instead of {should!r}")


Prepare = Callable[[Scene], None]
Check = Callable[[Scene, Json], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One event, what is done before it and what must be true after it."""

    event: str
    text: str
    check: Check
    prepare: Prepare = lambda _: None
    logs: str = ""
    """What the log must contain."""


# --- checks ---------------------------------------------------------------------------------------------


def _http(status: int, /, **values: Json) -> Check:
    """The HTTP answer has `status`, a body in one line of JSON, and these values in it."""

    def check(_: Scene, answer: Json) -> None:
        must("status", answer.get("statusCode"), status)
        body = json.loads(answer["body"])
        for key, value in values.items():
            must(key, body.get(key), value)
        if status >= 400:  # noqa: PLR2004 - HTTP's refusals
            must("keys of the refusal", list(body), ["message"])
            must("lines of the refusal", len(answer["body"].splitlines()), 1)

    return check


def _policy(effect: str) -> Check:
    def check(_: Scene, answer: Json) -> None:
        statement = answer["policyDocument"]["Statement"][0]
        must("effect", statement["Effect"], effect)
        must("end of the resource", statement["Resource"].rpartition("a1b2c3d4e5/")[2], "v1/*")
        must("shops are named", bool(answer["context"].get("shops")), effect == "Allow")

    return check


def _batch(*failed: str, then: Prepare | None = None) -> Check:
    """Exactly these messages are reported as failed (the last six digits of their ids)."""

    def check(scene: Scene, answer: Json) -> None:
        reported = [failure["itemIdentifier"][-6:] for failure in answer.get("batchItemFailures", [answer])]
        must("failed messages", reported, list(failed))
        if then is not None:
            then(scene)

    return check


def _queued(queue: str, *expected: dict[str, Json]) -> Prepare:
    """`queue` now holds exactly these messages (each with at least these values); takes them out."""

    def check(scene: Scene) -> None:
        found = scene.take(queue)
        shown = [{key: body.get(key) for key in want} for body, want in zip(found, expected, strict=False)]
        must(f"messages in {queue}", len(found), len(expected))
        must(f"messages in {queue}", shown, list(expected))

    return check


def _tick(queue: str, *bodies: dict[str, Json], **answer: Json) -> Check:
    def check(scene: Scene, answered: Json) -> None:
        for key, value in answer.items():
            must(key, answered.get(key), value)
        _queued(queue, *bodies)(scene)

    return check


def _calls(*expected: tuple[str, int]) -> Prepare:
    def check(scene: Scene) -> None:
        must("calls to MALL", [call[:2] for call in scene.mall_calls()], list(expected))

    return check


def _look_follows(scene: Scene) -> None:
    scene.is_done("steps.fifo")
    _queued("changes.fifo", {"kind": "look", "mall_order_id": ORDER})(scene)


def _was_read(scene: Scene) -> None:
    _calls(("GET", 503), ("GET", 200))(scene)
    _look_follows(scene)


def _was_put(scene: Scene) -> None:
    calls = scene.mall_calls()
    must("the last call to MALL", calls[-1], ("PUT", 200, {"status": "shipping", "confirmed": True}))
    must("calls to MALL", len(calls), 3)
    must("status at MALL", scene.mall_status(), "shipping")
    _look_follows(scene)


def _next_step(step: int) -> Prepare:
    return lambda scene: scene.receive("steps.fifo", {"mall_order_id": ORDER, "step": step}, 5)


def _came_back(queue: str, **wanted: Json) -> Prepare:
    return lambda scene: scene.receive(queue, wanted, 5)


def _was_written(scene: Scene) -> None:
    must("the shop has the order", (str(NEW_ORDER), "nevyřízená") in scene.shop_orders(), should=True)
    scene.is_done("shop-steps.fifo")
    _queued("changes.fifo", {"kind": "look", "mall_order_id": NEW_ORDER})(scene)


def _order_opens(scene: Scene) -> None:
    scene.order_opens_at_mall()


def _alarms_are_taken(scene: Scene) -> None:
    scene.take("alarms.fifo")


def _after_a_while(scene: Scene) -> None:  # noqa: ARG001 - every preparation takes the scene
    time.sleep(CLEARED_SECONDS)


def _hinted(*hints: int) -> Check:
    def check(scene: Scene, answer: Json) -> None:
        _http(200, result="queued")(scene, answer)
        _queued("lists.fifo", {"shop": "demo", "what": "unconfirmed", "hints": list(hints)})(scene)

    return check


def _not_queued(status: int) -> Check:
    def check(scene: Scene, answer: Json) -> None:
        _http(status)(scene, answer)
        _queued("lists.fifo")(scene)

    return check


def _before_failure(scene: Scene) -> None:
    scene.mall_fails_once()


def _one_page(scene: Scene, answer: Json) -> None:
    _http(200)(scene, answer)
    body = json.loads(answer["body"])
    must("orders on the page", len(body["orders"]), 1)
    must("a cursor to the next page is there", body["next_cursor"] is not None, should=True)
    must("shop", body["shop"], "demo")


def _listed(*numbers: int) -> Check:
    def check(scene: Scene, answer: Json) -> None:
        _http(200)(scene, answer)
        orders = json.loads(answer["body"])["orders"]
        must("orders", [order["mall_order_id"] for order in orders], list(numbers))

    return check


def _whole_order(scene: Scene, answer: Json) -> None:
    _http(200, mall_order_id=ORDER, status="shipping", hold=None)(scene, answer)
    steps = json.loads(answer["body"])["steps"]
    must(
        "steps", [(s["action"], s["state"]) for s in steps], [("read", "accepted"), ("shipping", "accepted")]
    )
    must("attempts", [len(step["attempts"]) for step in steps], [2, 1])


def _synced(scene: Scene, answer: Json) -> None:
    _http(202, shop="demo")(scene, answer)
    _queued("fetch", {"shop": "demo"})(scene)
    _queued("lists.fifo", {"shop": "demo", "what": "unconfirmed", "hints": None})(scene)


def _reconciled(scene: Scene, answer: Json) -> None:
    _http(202, shop="demo")(scene, answer)
    _queued("lists.fifo", {"shop": "demo", "what": "reconcile"})(scene)


def _to_be_returned(*numbers: int) -> Check:
    def check(scene: Scene, answer: Json) -> None:
        _http(200)(scene, answer)
        entries = json.loads(answer["body"])["returns"]
        found = [(entry["mall_order_id"], entry["kind"], entry["state"]) for entry in entries]
        must("the list of returns", found, [(number, "unclaimed", "open") for number in numbers])

    return check


def _returned_asked(scene: Scene, answer: Json) -> None:
    _http(202, mall_order_id=ORDER)(scene, answer)
    must("who asked", json.loads(answer["body"])["return_request"]["by"], "local")
    _queued("changes.fifo", {"kind": "look", "mall_order_id": ORDER})(scene)


def _resolved(scene: Scene, answer: Json) -> None:
    _http(200, mall_order_id=ORDER, state="resolved")(scene, answer)
    must("who resolved it", json.loads(answer["body"])["resolved"]["by"], "local")


def _credit_note(scene: Scene, answer: Json) -> None:
    _http(200, mall_order_id=OTHER_ORDER, cause="wrong_delivered", state="open")(scene, answer)
    note = json.loads(answer["body"])["credit_note"]
    must("return number of the credit note", note["return_number"], "4712345678")
    must("it is about the whole order", note["whole_order"], should=False)


def _refused(status: int, *words: str) -> Check:
    """The refusal says `words`: what was wrong, and what is allowed."""

    def check(scene: Scene, answer: Json) -> None:
        _http(status)(scene, answer)
        said = json.loads(answer["body"])["message"]
        must(f"words that are not in {said!r}", [word for word in words if word not in said], [])

    return check


def _escalated(*numbers: int) -> Check:
    def check(scene: Scene, answer: Json) -> None:
        _http(200)(scene, answer)
        entries = json.loads(answer["body"])["escalations"]
        must("escalated orders", [entry["mall_order_id"] for entry in entries], list(numbers))

    return check


def _retried(scene: Scene, answer: Json) -> None:
    _http(202, mall_order_id=DEAD_ORDER)(scene, answer)
    _queued(
        "changes.fifo",
        {"kind": "news", "mall_order_id": DEAD_ORDER},
        {"kind": "look", "mall_order_id": DEAD_ORDER, "reread": True, "by_flow": False},
    )(scene)


def _healthy(scene: Scene, answer: Json) -> None:
    _http(200, status="ok")(scene, answer)
    must("shops", [shop["shop"] for shop in json.loads(answer["body"])["shops"]], ["demo"])


# --- the table ------------------------------------------------------------------------------------------

CASES = (
    Case("authorize.right_token", "the operator's token is let in", _policy("Allow")),
    Case("authorize.wrong_token", "any other is not", _policy("Deny"), logs="wrong token"),
    Case(
        "fetch_changes.schedule",
        "a tick asks for a fetch of every shop",
        _tick("fetch", {"shop": "demo"}, requested=1),
    ),
    Case(
        "fetch_changes.request",
        "the export is read, the changed order handed over",
        _batch(then=_queued("changes.fifo", {"kind": "news", "mall_order_id": ORDER})),
        logs='"news":1',
    ),
    Case(
        "fetch_changes.request",
        "read again, nothing changed",
        _batch(then=_queued("changes.fifo")),
        logs='"unchanged":true',
    ),
    Case("fetch_changes.unknown_shop", "a shop that is gone is nobody's error", _batch()),
    Case("fetch_changes.not_a_message", "what is no message comes back", _batch("000301")),
    Case(
        "map_state.news",
        "the order is stored, its first step is to read it at MALL",
        _batch(then=_next_step(1)),
        logs='"step":"read"',
    ),
    Case(
        "push_to_mall.read",
        "MALL is down: the message comes back after some seconds",
        _batch("000701", then=_next_step(1)),
        _before_failure,
        logs='"outcome":"retry"',
    ),
    Case("push_to_mall.read", "MALL is asked what it holds", _batch(then=_was_read)),
    Case("map_state.look", "the next step is Shipping", _batch(then=_next_step(2))),
    Case(
        "push_to_mall.send",
        "MALL gets Shipping, confirmed",
        _batch(then=_was_put),
        logs="SeenToStatusSeconds",
    ),
    Case(
        "push_to_mall.stale",
        "the same message again: MALL is not called",
        _batch(then=_calls(("GET", 503), ("GET", 200), ("PUT", 200))),
        logs='"outcome":"stale"',
    ),
    Case("push_to_mall.not_a_message", "what is no message comes back", _batch("000901")),
    Case(
        "map_state.not_a_message",
        "it comes back with what waits behind it; another order goes on",
        _batch("000601", "000602", then=_queued("steps.fifo", {"mall_order_id": OTHER_ORDER, "step": 1})),
    ),
    Case(
        "receive_webhook.hint",
        "who knows the address may hint at orders",
        _hinted(NEW_ORDER, STRANGER),
        _order_opens,
        logs="webhook taken",
    ),
    Case("receive_webhook.hint_base64", "so may who sends no JSON type", _hinted(NEW_ORDER)),
    Case("receive_webhook.nothing", "no numbers, nothing to queue", _not_queued(200)),
    Case("receive_webhook.not_a_hint", "what is no list of numbers: 400", _not_queued(400)),
    Case("receive_webhook.wrong_secret", "another secret: 404", _not_queued(404)),
    Case("receive_webhook.unknown_shop", "a shop that is not there: the same 404", _not_queued(404)),
    Case(
        "import_orders.schedule",
        "a tick asks for every shop's unconfirmed orders",
        _tick("lists.fifo", {"shop": "demo", "what": "unconfirmed"}, requested=1),
    ),
    Case(
        "import_orders.reconcile",
        "the daily one for all orders under way",
        _tick("lists.fifo", {"shop": "demo", "what": "reconcile"}, requested=1),
    ),
    Case(
        "import_orders.list",
        "MALL's list is read, the new order handed over",
        _batch(then=_queued("changes.fifo", {"kind": "listed", "mall_order_id": NEW_ORDER})),
        logs='"outcome":"read"',
    ),
    Case(
        "import_orders.list",
        "a later reading has answered it: MALL is not called",
        _batch(then=_queued("changes.fifo")),
        logs='"ListCalls":[0',
    ),
    Case(
        "import_orders.list_hint",
        "so it has the webhook's hint",
        _batch(then=_queued("changes.fifo")),
        logs='"ListCalls":[0',
    ),
    Case(
        "import_orders.list_reconcile",
        "what is under way at MALL and not with us is handed over",
        _batch(then=_queued("changes.fifo", {"kind": "listed", "mall_order_id": NEW_ORDER})),
        logs='"outcome":"read"',
    ),
    Case("import_orders.not_a_message", "what is no message comes back", _batch("001201")),
    Case("import_orders.step_not_a_message", "from the other queue too", _batch("001401")),
    Case(
        "map_state.listed",
        "the new order is to be written into the shop, behind the news of its last reading",
        _batch(then=_queued("shop-steps.fifo")),
        logs='"step":"create_in_shop"',
    ),
    Case(
        "map_state.not_shown",
        "the export read since does not have it: the step is handed on",
        _batch(then=_came_back("shop-steps.fifo", mall_order_id=NEW_ORDER, step=1)),
        _after_a_while,
    ),
    Case(
        "import_orders.create",
        "MALL is down: the message comes back after some seconds",
        _batch("001301", then=_came_back("shop-steps.fifo", mall_order_id=NEW_ORDER, step=1)),
        _before_failure,
        logs='"outcome":"retry"',
    ),
    Case(
        "import_orders.create",
        "the order is read at MALL and written into the shop",
        _batch(then=_was_written),
        logs='"ShopWrites":[1',
    ),
    Case("operate.sync", "POST /sync", _synced),
    Case("operate.orders", "GET /orders, one a page", _one_page),
    Case("operate.orders_by_status", "GET /orders by status", _listed(ORDER)),
    Case("operate.orders_bad_status", "a status that does not exist: 400", _http(400)),
    Case("operate.order", "GET /orders/{mall_order_id}: steps and attempts", _whole_order),
    Case("operate.order_unknown", "an order that is not known: 404", _http(404)),
    Case("operate.order_bad_number", "not a number: 400", _http(400)),
    Case("operate.other_shop", "another operator's shop: 404", _http(404)),
    Case(
        "retry_transitions.schedule",
        "a tick wakes the orders that are due and reports on the shops",
        _tick(
            "changes.fifo",
            *({"kind": "look", "mall_order_id": order} for order in (ORDER, NEW_ORDER)),
            looks=2,
            shops=1,
            stopped_shops=0,
        ),
        logs="OldestFetchSeconds",
    ),
    Case("retry_transitions.dead_letter", "a dead change parks its order", _batch(), logs='"DeadLetters":['),
    Case("retry_transitions.dead_step", "so does a dead step", _batch(), logs='"DeadLetters":['),
    Case("retry_transitions.dead_shop_step", "and a dead step in the shop", _batch(), logs='"DeadLetters":['),
    Case("retry_transitions.dead_request", "dead requests are dropped", _batch(), logs="a later one does"),
    Case(
        "retry_transitions.dead_tick",
        "and so are dead ticks",
        _batch(),
        logs='"condition":"RetriesExhausted"',
    ),
    Case("retry_transitions.not_a_message", "what is no message stays in its queue", _batch("000c01")),
    Case("send_alarms.alarm", "the shop's people are told of it", _batch(), logs='"AlarmsSent":[1'),
    Case("send_alarms.alarm", "once", _batch(), logs='"AlarmsSent":[0'),
    Case("send_alarms.stop", "a shop that is not stopped is no news", _batch(), logs='"AlarmsSent":[0'),
    Case(
        "send_alarms.schedule",
        "the daily tick asks for every shop's digest",
        _tick("alarms.fifo", {"shop": "demo"}, requested=1),
        _alarms_are_taken,
    ),
    Case("send_alarms.digest", "which tells of the parked order", _batch(), logs='"DigestsSent":[1'),
    Case("send_alarms.not_a_message", "what is no message comes back", _batch("001901")),
    Case(
        "flag_returns.schedule",
        "a tick has every shop gone through",
        _tick("returns", {"shop": "demo"}, requested=1),
    ),
    Case(
        "flag_returns.request",
        "no parcel is overdue",
        _batch(then=_queued("changes.fifo")),
        logs='"ParcelsLookedAt":[0',
    ),
    Case("flag_returns.unknown_shop", "a shop that is gone is nobody's error", _batch()),
    Case("flag_returns.not_a_message", "what is no message comes back", _batch("001e01")),
    Case("operate.orders_by_hold", "GET /orders by hold", _listed(DEAD_ORDER)),
    Case("operate.returns", "GET /returns: none", _to_be_returned()),
    Case(
        "operate.return_returned", "an order that is not shipped: 400", _refused(400, "shipping", "shipped")
    ),
    Case("operate.return_resolve", "no return to resolve: 400", _refused(400, "no open entry")),
    Case(
        "map_state.comes_back",
        "shipped at MALL, canceled in the shop: nothing is sent, the parcel comes back",
        _batch(then=_queued("steps.fifo")),
        logs='"hold":"cancel_too_late"',
    ),
    Case("operate.returns", "GET /returns: the parcel", _to_be_returned(ORDER)),
    Case(
        "operate.returns_bad_kind", "a kind that does not exist: 400", _refused(400, "unclaimed", "overdue")
    ),
    Case("operate.return_returned", "POST …/returned: it is back", _returned_asked),
    Case("operate.return_no_note", "a return without a word how: 400", _refused(400, "note")),
    Case("operate.return_resolve", "POST …/resolve settles it", _resolved),
    Case("operate.return_unknown", "an order that is not known: 404", _refused(404, "4709999999")),
    Case("operate.escalations", "GET /escalations: the parked order", _escalated(DEAD_ORDER)),
    Case(
        "operate.escalation_return_number", "no Delivered is wrong: 400", _refused(400, "no open escalation")
    ),
    Case(
        "map_state.wrong_delivered",
        "delivered at MALL, pending in the shop: somebody must be told",
        _batch(then=_queued("steps.fifo")),
        _alarms_are_taken,
        logs='"hold":"after_delivered"',
    ),
    Case("operate.bad_return_number", "not a return number: 400", _refused(400, "47")),
    Case("operate.escalation_return_number", "POST …/return-number: the credit note", _credit_note),
    Case(
        "operate.escalation_unknown_cause",
        "a cause that does not exist: 400",
        _refused(400, "dead_letter", "wrong_delivered"),
    ),
    Case(
        "operate.escalation_close",
        "POST …/close settles it",
        _http(200, mall_order_id=DEAD_ORDER, state="closed"),
    ),
    Case("operate.escalations", "and it is off the list", _escalated()),
    Case("operate.figures", "GET /figures", _http(200, shop="demo")),
    Case("operate.figures_bad_days", "an end before its beginning: 400", _refused(400, "from", "to")),
    Case("operate.reconcile", "POST /reconcile", _reconciled),
    Case("operate.retry", "POST …/retry repeats what was parked", _retried),
    Case("operate.retry_unknown", "an order that is not known: 404", _http(404)),
    Case("operate.health", "GET /health", _healthy),
)
