"""Every event of every function, played where all kinds of things happened."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from local.sam import events
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.statuses import ShopStatus
from orderbridge.flows.common.export_reading import BULK_CHANGE
from orderbridge.messages import Waiting
from tests.fakes import FakeOperator
from tests.unit.functions import template
from tests.unit.functions.function_harness import (
    ORDER,
    TOKEN,
    WEBHOOK_SECRET,
    asked_now,
    new_order_is_to_be_written,
    new_order_opens,
    parcel_is_overdue,
    park,
    stop,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tests.unit.functions.function_harness import FunctionHarness


FUNCTIONS = sorted(template.functions())
QUEUE_OF = {
    "request_fetch": "FETCH_QUEUE_URL",
    "request_returns": "RETURNS_QUEUE_URL",
    "send_shop_updates": "CHANGES_QUEUE_URL",
    "send_listing_updates": "CHANGES_QUEUE_URL",
    "request_rechecks": "CHANGES_QUEUE_URL",
    "request_lists": "LISTS_QUEUE_URL",
    "request_alarms": "ALARMS_QUEUE_URL",
}
VISIBILITY_OF = {
    "steps_visibility": "STEPS_QUEUE_URL",
    "shop_steps_visibility": "SHOP_STEPS_QUEUE_URL",
    "lists_visibility": "LISTS_QUEUE_URL",
}
MEASURED = ("CHANGES_QUEUE_URL", "STEPS_QUEUE_URL", "SHOP_STEPS_QUEUE_URL")
"""The queues whose length is asked for."""


def _order_is_handled(made: FunctionHarness) -> None:
    made.product.mall.hold(ORDER)
    made.product.clerk(ORDER, ShopStatus.HANDLED)


def _many_orders_are_handled(made: FunctionHarness) -> None:
    _order_is_handled(made)
    for number in range(1, BULK_CHANGE + 1):
        made.product.clerk(number, ShopStatus.HANDLED)


def _order_is_to_be_read(made: FunctionHarness) -> None:
    _order_is_handled(made)
    made.product.fetch()
    made.product.map_all()
    made.product.clock.advance(seconds=600)


def _new_order_comes_in(made: FunctionHarness) -> None:
    new_order_opens(made.product)
    new_order_is_to_be_written(made.product)
    made.product.clock.advance(seconds=600)


def _shop_is_stopped(made: FunctionHarness) -> None:
    _order_is_to_be_read(made)
    stop(made.product)


def _webhook_is_there(made: FunctionHarness) -> None:
    made.product.webhooks.put("demo", sha256(WEBHOOK_SECRET.encode()).hexdigest())


def _clerk_is_there(made: FunctionHarness) -> None:
    park(made.product)
    made.product.operators.known = [FakeOperator("jana", sha256(TOKEN.encode()).hexdigest(), ["demo"])]


SCENES: dict[str, Callable[[FunctionHarness], None]] = {
    "console": _clerk_is_there,
    "fetch_changes": _many_orders_are_handled,
    "flag_returns": lambda made: parcel_is_overdue(made.product),
    "map_state": lambda made: new_order_opens(made.product),
    "operate": lambda made: park(made.product),
    "push_to_mall": _order_is_to_be_read,
    "push_to_shop": _new_order_comes_in,
    "read_lists": _new_order_comes_in,
    "receive_webhook": _webhook_is_there,
    "retry_transitions": _shop_is_stopped,
    "send_alarms": lambda made: park(made.product),
}
"""What happened before each function's events."""


def play_all(made: FunctionHarness, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Plays every event of the function in a deployment where all kinds of things happened.

    Returns the names under which the template gives it the queues that it sent to, or gave messages back to.
    """
    product = made.product
    if made.function in SCENES:
        SCENES[made.function](made)
    queues = set()
    for method, address in QUEUE_OF.items():
        monkeypatch.setattr(product.queues, method, lambda *_, address=address, **_how: queues.add(address))

    def send_step(_: object, *, in_shop: bool = False) -> None:
        queues.add("SHOP_STEPS_QUEUE_URL" if in_shop else "STEPS_QUEUE_URL")

    def waiting() -> Waiting:
        queues.update(MEASURED)
        return Waiting(0, 0)

    monkeypatch.setattr(product.queues, "send_step", send_step)
    monkeypatch.setattr(product.queues, "waiting", waiting)
    if made.function in FIRST:
        FIRST[made.function](made)
    for name in events.names():
        if events.function_of(name) == made.function:
            made.play(name.partition(".")[2])
    return queues | {address for service, address in VISIBILITY_OF.items() if service in made.used}


def _gives_back(case: str) -> Callable[[FunctionHarness], None]:
    """A step whose message has to wait, because MALL does not answer."""

    def play(made: FunctionHarness) -> None:
        made.product.mall.fail_next(CallResult.SERVER_ERROR)
        made.play(case)
        made.product.clock.advance(seconds=600)

    return play


def _hint_comes_right_after_a_reading(made: FunctionHarness) -> None:
    made.play("list", asked_now(made.product))
    made.product.clock.advance(seconds=1)
    made.play("list_hint", asked_now(made.product))
    made.product.clock.advance(seconds=600)


def _new_order_is_looked_at(made: FunctionHarness) -> None:
    """Until its step goes out; and for so long that it counts as missing in the shop."""
    made.play("listing_update")
    made.product.clock.advance(seconds=3600)
    made.play("not_in_export")
    made.product.clock.advance(seconds=24 * 3600)
    made.play("not_in_export")


FIRST: dict[str, Callable[[FunctionHarness], None]] = {
    "map_state": _new_order_is_looked_at,
    "push_to_mall": _gives_back("read"),
    "push_to_shop": _gives_back("create"),
    "read_lists": _hint_comes_right_after_a_reading,
}
"""What each function does before its events are played one after the other."""
