"""The cases of `sam local`: for each event, what must exist before it and what must be true after it.

The events run in this order, and each uses what the ones before it left. Order 1 goes from the shop's export to the PUT
at MALL, and order 4 from MALL's list into the shop, with one container per function. The stack's own event sources are
disabled meanwhile, so only the containers do the work. Other tests cover what each function decides. This one shows
that each runs with its libraries, its permissions and its settings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from local.sam.scene import (
    DEAD_ORDER,
    NEW_ORDER,
    ORDER,
    OTHER_ORDER,
    Filled,
    Json,
    Says,
    Scene,
    must_match,
)

UNKNOWN_NUMBER = 4_709_999_999
"""An order number that MALL does not know."""
CLEARED_SECONDS = 16
"""How long a step waits for the update of the shop's last reading, in seconds, after that reading allowed it."""

Effect = Callable[[Scene], None]
"""A check of what a function did. Raises WrongError."""


@dataclass(frozen=True, slots=True)
class Case:
    """One event and its expected result.

    `answer`: pattern (see `must_match`) of the function's answer, with an HTTP body parsed. `before`: runs first.
    `effects`: checks of what the function did, in their order. `logs`: text that the log must contain.
    """

    event: str
    text: str
    answer: Json
    effects: tuple[Effect, ...] = ()
    before: Effect | None = None
    logs: str = ""


HINT_TAKEN = {"code": "requested.hint"}
"""The result of an accepted hint."""


# --- effects --------------------------------------------------------------------------------------------


def queued(queue: str, *expected: Json) -> Effect:
    """Takes all messages out of `queue`. They must match these patterns exactly."""
    return lambda scene: must_match(queue, scene.take(queue), list(expected))


def received(queue: str, **wanted: Json) -> Effect:
    """Receives the message, which may take some seconds, and keeps it for the next event."""
    return lambda scene: scene.receive(queue, wanted)


def done(queue: str) -> Effect:
    """The function reported no failure, so the received message is deleted."""
    return lambda scene: scene.is_done(queue)


def called(*expected: tuple[str, int]) -> Effect:
    """The calls to MALL about order 1 have these methods and HTTP statuses."""
    pattern = [{"method": method, "http_status": status} for method, status in expected]
    return lambda scene: must_match("calls to MALL", scene.shop.calls(ORDER), pattern)


def at_mall(pattern: Json) -> Effect:
    """MALL holds order 1 like this pattern."""
    return lambda scene: must_match("order at MALL", scene.shop.at_mall(ORDER), pattern)


def in_shop(number: int, pattern: Json) -> Effect:
    """The shop has the order like this pattern."""
    return lambda scene: must_match("orders in the shop", scene.shop.in_shop(number), [pattern])


# --- before ---------------------------------------------------------------------------------------------


def mall_fails_once(scene: Scene) -> None:
    """MALL answers the next call with 503."""
    scene.shop.arm({"kind": "status", "http_status": 503, "times": 1})


def order_opens(scene: Scene) -> None:
    """Creates an order at MALL that the shop does not have yet."""
    scene.order_opens_at_mall(NEW_ORDER)


def empty_alarm_queue(scene: Scene) -> None:
    """Empties the queue of alarms."""
    scene.take("alarms.fifo")


def wait_until_cleared(_: Scene) -> None:
    """Waits until a step no longer waits for the update of the shop's last reading."""
    time.sleep(CLEARED_SECONDS)


# --- answers --------------------------------------------------------------------------------------------


def policy(effect: str) -> Json:
    """Pattern of the authorizer's answer."""
    statement = {"Effect": effect, "Resource": Says("a1b2c3d4e5/v1/*")}
    return {"policyDocument": {"Statement": [statement]}, "context": {"shops": Filled(effect == "Allow")}}


def http(status: int, /, **body: Json) -> Json:
    """Pattern of an HTTP answer."""
    return {"statusCode": status, "body": body}


def page(status: int, *words: str) -> Json:
    """Pattern of a page's answer."""
    return {"statusCode": status, "body": Says(*words)}


def refused(status: int, code: str) -> Json:
    """Pattern of a refusal with this code."""
    return http(status, status=status, code=code)


def failed(*ends: str) -> Json:
    """Pattern of a batch's answer: exactly these messages failed (the last six digits of their ids)."""
    return {"batchItemFailures": [{"itemIdentifier": Says(end)} for end in ends]}


def orders(key: str, *entries: Json) -> Json:
    """Pattern of an HTTP answer with a list of orders: their numbers, or patterns."""
    return http(200, **{key: [{"mall_order_id": one} if isinstance(one, int) else one for one in entries]})


RECHECK = {"kind": "recheck", "mall_order_id": ORDER}
NEW_RECHECK = {"kind": "recheck", "mall_order_id": NEW_ORDER}
UNCONFIRMED = {"shop": "demo", "what": "unconfirmed"}
RECONCILE = {"shop": "demo", "what": "reconcile"}
LISTED = {"kind": "listing_update", "mall_order_id": NEW_ORDER}
NOTHING = queued("changes.fifo")
NO_LIST = queued("lists.fifo")
CREDIT_NOTE = {"return_number": "4712345678", "whole_order": False}
STEPS = [
    {"action": "read", "state": "accepted", "attempts": [{}, {}]},
    {"action": "shipping", "state": "accepted", "attempts": [{}]},
]
PARCEL = {"mall_order_id": ORDER, "kind": "unclaimed", "state": "open"}
WAITS_IN_SHOP = received("shop-steps.fifo", mall_order_id=NEW_ORDER, step=1)


def next_step(step: int) -> Effect:
    """Order 1's next step is dispatched."""
    return received("steps.fifo", mall_order_id=ORDER, step=step)


# --- the table ------------------------------------------------------------------------------------------

CASES = (
    Case("authorize.right_token", "the operator's token is let in", policy("Allow")),
    Case("authorize.wrong_token", "any other is not", policy("Deny"), logs="wrong token"),
    Case("fetch_changes.schedule", "a tick asks for a fetch of every shop",
          {"requested": 1}, (queued("fetch", {"shop": "demo"}),)),
    Case("fetch_changes.request", "the export is read",
          failed(), (queued("changes.fifo", {"kind": "shop_update", "mall_order_id": ORDER}),),
          logs='"shop_updates":1'),
    Case("fetch_changes.request", "read again, nothing changed", failed(), (NOTHING,), logs='"unchanged":true'),
    Case("fetch_changes.unknown_shop", "a shop that is gone is nobody's error", failed()),
    Case("fetch_changes.not_a_message", "what is no message comes back", failed("000301")),
    Case("map_state.shop_update", "the order is stored, its first step is to read it at MALL",
          failed(), (next_step(1),), logs='"step":"read"'),
    Case("push_to_mall.read", "MALL is down: the message comes back after some seconds",
          failed("000701"), (next_step(1),), mall_fails_once, logs='"outcome":"retry"'),
    Case("push_to_mall.read", "MALL is asked what it holds",
          failed(), (called(("GET", 503), ("GET", 200)), done("steps.fifo"), queued("changes.fifo", RECHECK))),
    Case("map_state.recheck", "the next step is Shipping", failed(), (next_step(2),)),
    Case("push_to_mall.send", "MALL gets Shipping, confirmed",
          failed(),
          (called(("GET", 503), ("GET", 200), ("PUT", 200)), at_mall({"status": "shipping", "confirmed": True}),
           done("steps.fifo"), queued("changes.fifo", RECHECK)),
          logs="SeenToStatusSeconds"),
    Case("push_to_mall.stale", "the same message again: MALL is not called",
          failed(), (called(("GET", 503), ("GET", 200), ("PUT", 200)),), logs='"outcome":"stale"'),
    Case("push_to_mall.not_a_message", "what is no message comes back", failed("000901")),
    Case("map_state.not_a_message", "it comes back with what waits behind it; another order goes on",
          failed("000601", "000602"), (queued("steps.fifo", {"mall_order_id": OTHER_ORDER, "step": 1}),)),
    Case("receive_webhook.hint", "who knows the address may hint at orders",
          http(200, result=HINT_TAKEN), (queued("lists.fifo", {**UNCONFIRMED, "hints": [NEW_ORDER, UNKNOWN_NUMBER]}),),
          order_opens, logs="webhook taken"),
    Case("receive_webhook.hint_base64", "so may who sends no JSON type",
          http(200, result=HINT_TAKEN), (queued("lists.fifo", {**UNCONFIRMED, "hints": [NEW_ORDER]}),)),
    Case("receive_webhook.nothing", "no numbers, nothing to queue", http(200), (NO_LIST,)),
    Case("receive_webhook.not_a_hint", "what is no list of numbers: 400", http(400), (NO_LIST,)),
    Case("receive_webhook.wrong_secret", "another secret: 404", http(404), (NO_LIST,)),
    Case("receive_webhook.unknown_shop", "a shop that is not there: the same 404", http(404), (NO_LIST,)),
    Case("read_lists.schedule", "a tick asks for every shop's unconfirmed orders",
          {"requested": 1}, (queued("lists.fifo", UNCONFIRMED),)),
    Case("read_lists.reconcile", "the daily one for all orders under way",
          {"requested": 1}, (queued("lists.fifo", RECONCILE),)),
    Case("read_lists.list", "MALL's list is read, the new order handed over",
          failed(), (queued("changes.fifo", LISTED),), logs='"outcome":"read"'),
    Case("read_lists.list", "a later reading has answered it: MALL is not called",
          failed(), (NOTHING,), logs='"ListCalls":[0'),
    Case("read_lists.list_hint", "so it has the webhook's hint", failed(), (NOTHING,), logs='"ListCalls":[0'),
    Case("read_lists.list_reconcile", "what is under way at MALL and not with us is handed over",
          failed(), (queued("changes.fifo", LISTED),), logs='"outcome":"read"'),
    Case("read_lists.not_a_message", "what is no message comes back", failed("001201")),
    Case("push_to_shop.not_a_message", "from the other queue too", failed("001401")),
    Case("map_state.listing_update", "the new order is to be written into the shop",
          failed(), (queued("shop-steps.fifo"),), logs='"step":"create_in_shop"'),
    Case("map_state.not_in_export", "the export read since does not have it: the step is handed on",
          failed(), (WAITS_IN_SHOP,), wait_until_cleared),
    Case("push_to_shop.create", "MALL is down: the message comes back after some seconds",
          failed("001301"), (WAITS_IN_SHOP,), mall_fails_once, logs='"outcome":"retry"'),
    Case("push_to_shop.create", "the order is read at MALL and written into the shop",
          failed(),
          (in_shop(NEW_ORDER, {"status": "nevyřízená"}), done("shop-steps.fifo"), queued("changes.fifo", NEW_RECHECK)),
          logs='"ShopStepsAccepted":[1'),
    Case("operate.sync", "POST /sync",
          http(202, shop="demo"),
          (queued("fetch", {"shop": "demo"}), queued("lists.fifo", {**UNCONFIRMED, "hints": None}))),
    Case("operate.viewer_refused", "POST /sync by a viewer: 403",
         refused(403, "error.role"), (queued("fetch"), NO_LIST)),
    Case("operate.orders", "GET /orders, one a page", http(200, shop="demo", orders=[{}], next_cursor=Filled())),
    Case("operate.orders_by_status", "GET /orders by status", orders("orders", ORDER)),
    Case("operate.orders_by_search", "GET /orders by a number", orders("orders", ORDER)),
    Case("operate.today", "GET /today: what waits, and what happened",
         http(200, shop="demo", stop_parcels=[], undo_windows=[], returns=[], happened_today=Filled())),
    Case("operate.undo_no_step", "an undo of a step that is not there: 404", refused(404, "undo.no_such_step")),
    Case("operate.orders_bad_status", "a status that does not exist: 400", http(400)),
    Case("operate.order", "GET /orders/{mall_order_id}: steps and attempts",
          http(200, mall_order_id=ORDER, status="shipping", hold=None, steps=STEPS)),
    Case("operate.order_unknown", "an order that is not known: 404", http(404)),
    Case("operate.order_bad_number", "not a number: 400", http(400)),
    Case("operate.other_shop", "another operator's shop: 404", http(404)),
    Case("retry_transitions.schedule", "a tick wakes the orders that are due and reports on the shops",
          {"rechecks": 2, "shops": 1, "stopped_shops": 0},
          (queued("changes.fifo", RECHECK, NEW_RECHECK),), logs="OldestFetchSeconds"),
    Case("retry_transitions.dead_letter", "a dead change parks its order", failed(), logs='"DeadLetters":['),
    Case("retry_transitions.dead_step", "so does a dead step", failed(), logs='"DeadLetters":['),
    Case("retry_transitions.dead_shop_step", "and a dead step in the shop", failed(), logs='"DeadLetters":['),
    Case("retry_transitions.dead_request", "dead requests are dropped", failed(), logs="a later one does"),
    Case("retry_transitions.dead_tick", "and so are dead ticks", failed(), logs='"condition":"RetriesExhausted"'),
    Case("retry_transitions.not_a_message", "what is no message stays in its queue", failed("000c01")),
    Case("send_alarms.alarm", "the shop's people are told of it", failed(), logs='"AlarmsSent":[1'),
    Case("send_alarms.alarm", "once", failed(), logs='"AlarmsSent":[0'),
    Case("send_alarms.stop", "a shop that is not stopped is no news", failed(), logs='"AlarmsSent":[0'),
    Case("send_alarms.schedule", "the daily tick asks for every shop's digest",
          {"requested": 1}, (queued("alarms.fifo", {"shop": "demo"}),), empty_alarm_queue),
    Case("send_alarms.digest", "which tells of the parked order", failed(), logs='"DigestsSent":[1'),
    Case("send_alarms.not_a_message", "what is no message comes back", failed("001901")),
    Case("flag_returns.schedule", "a tick has every shop gone through",
          {"requested": 1}, (queued("returns", {"shop": "demo"}),)),
    Case("flag_returns.request", "no parcel is overdue", failed(), (NOTHING,), logs='"ParcelsRechecked":[0'),
    Case("flag_returns.unknown_shop", "a shop that is gone is nobody's error", failed()),
    Case("flag_returns.not_a_message", "what is no message comes back", failed("001e01")),
    Case("operate.orders_by_hold", "GET /orders by hold", orders("orders", DEAD_ORDER)),
    Case("operate.returns", "GET /returns: none", orders("returns")),
    Case("operate.return_returned", "an order that is not shipped: 400", refused(400, "case.returned.not_shipped")),
    Case("operate.return_resolve", "no return to resolve: 400", refused(400, "case.no_open_return")),
    Case("map_state.comes_back", "shipped at MALL, canceled in the shop: nothing is sent, the parcel comes back",
          failed(), (queued("steps.fifo"),), logs='"hold":"cancel_too_late"'),
    Case("operate.returns", "GET /returns: the parcel", orders("returns", PARCEL)),
    Case("operate.returns_bad_kind", "a kind that does not exist: 400", refused(400, "error.not_one_of")),
    Case("operate.return_returned", "POST …/returned: it is back",
          http(202, mall_order_id=ORDER, return_request={"by": "local"}), (queued("changes.fifo", RECHECK),)),
    Case("operate.return_no_note", "a return without a word how: 400", refused(400, "case.note")),
    Case("operate.return_resolve", "POST …/resolve settles it",
          http(200, mall_order_id=ORDER, state="resolved", resolved={"by": "local"})),
    Case("operate.return_unknown", "an order that is not known: 404", refused(404, "error.unknown_order")),
    Case("operate.escalations", "GET /escalations: the parked order", orders("escalations", DEAD_ORDER)),
    Case("operate.escalation_return_number", "no Delivered is wrong: 400", refused(400, "case.no_open_escalation")),
    Case("map_state.wrong_delivered", "delivered at MALL, pending in the shop: somebody must be told",
          failed(), (queued("steps.fifo"),), empty_alarm_queue, logs='"hold":"after_delivered"'),
    Case("operate.bad_return_number", "not a return number: 400", refused(400, "case.return_number.form")),
    Case("operate.escalation_return_number", "POST …/return-number: the credit note",
          http(200, mall_order_id=OTHER_ORDER, cause="wrong_delivered", state="open", credit_note=CREDIT_NOTE)),
    Case("operate.escalation_unknown_cause", "a cause that does not exist: 400",
          refused(400, "error.not_one_of")),
    Case("operate.escalation_close", "POST …/close settles it", http(200, mall_order_id=DEAD_ORDER, state="closed")),
    Case("operate.escalations", "and it is off the list", orders("escalations")),
    Case("operate.figures", "GET /figures", http(200, shop="demo")),
    Case("operate.figures_bad_days", "an end before its beginning: 400", refused(400, "error.period_turned")),
    Case("operate.reconcile", "POST /reconcile", http(202, shop="demo"), (queued("lists.fifo", RECONCILE),)),
    Case("operate.pause", "POST /pause: nothing is sent any more",
         http(200, shop="demo", changed=True, paused={"by": "local"})),
    Case("operate.pause", "once more changes nothing", http(200, changed=False, paused={"by": "local"})),
    Case("operate.resume", "POST /resume: it goes on", http(200, changed=True, paused=None, resumed={"by": "local"})),
    Case("operate.settings", "GET /settings", http(200, shop="demo", settings={"shop": "demo"})),
    Case("operate.audit", "GET /audit: steps and attempts", http(200, shop="demo", next_cursor=Filled())),
    Case("operate.retry", "POST …/retry repeats what was parked",
          http(202, mall_order_id=DEAD_ORDER),
          (queued("changes.fifo", {"kind": "shop_update", "mall_order_id": DEAD_ORDER},
                  {"kind": "recheck", "mall_order_id": DEAD_ORDER, "reread": True, "by_flow": False}),)),
    Case("operate.actions", "GET /actions: what persons asked for, one a page",
         http(200, shop="demo", actions=[{"by": "local", "action": {"code": "person.retry"}}], next_cursor=Filled())),
    Case("console.first_page", "GET /console without a session: the sign-in", page(401, "orderbridge")),
    Case("console.sign_in_wrong", "a wrong token: not let in", page(401), logs="a sign-in was turned away"),
    Case("console.sign_in", "the operator's token begins a session",
         {"statusCode": 303, "multiValueHeaders": {"Location": [Says("demo/today")], "Set-Cookie": [Says("HttpOnly")]}},
         logs="signed in"),
    Case("console.today", "the page of the day", page(200, "<main")),
    Case("console.orders", "a search that finds one order leads to it", page(303)),
    Case("console.order", "the order's page", page(200, str(ORDER))),
    Case("console.order_unknown", "an order that is not known: 404", page(404)),
    Case("console.returns", "the list of returns", page(200)),
    Case("console.escalations", "the list of cases", page(200)),
    Case("console.figures", "the figures", page(200, "<svg")),
    Case("console.state", "the state of the shop", page(200)),
    Case("console.audit", "who did what", page(200)),
    Case("console.other_shop", "another operator's shop: 404", page(404)),
    Case("console.foreign_form", "a form of another site: 403", page(403), (queued("fetch"),)),
    Case("console.no_form_token", "a form without its token: 403", page(403), (queued("fetch"),)),
    Case("console.sync", "the form that has the export read",
         page(303), (queued("lists.fifo", {**UNCONFIRMED, "hints": None}),)),
    Case("console.reconcile", "and the one that compares with MALL", page(303), (queued("lists.fifo", RECONCILE),)),
    Case("console.pause", "and the one that pauses the shop", page(303)),
    Case("console.resume", "and the one that sets it running again", page(303)),
    Case("console.retry", "and the one that has an order looked at again",
         page(303), (queued("changes.fifo", {}),)),
    Case("console.way_out", "signing out ends the session", page(303), logs="signed out"),
    Case("console.today", "for good", page(401)),
    Case("operate.retry_unknown", "an order that is not known: 404", http(404)),
    Case("operate.health", "GET /health", http(200, status="ok", shops=[{"shop": "demo"}])),
)  # fmt: skip
