"""What an order's life costs: AWS requests, calls to MALL and documents for the shop, step by step."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.bench import recorded
from tests.bench.in_process import (
    SCHEDULE,
    Call,
    InProcess,
    calls_to_mall,
    counted,
    shop_of,
)
from tests.bench.tables import print_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.stack.client import StandIns
    from local.stack.http import Json

UNDO_SECONDS = 1
"""The undo window here, instead of a quarter of an hour."""
ORDER, CANCELLED_ORDER = 4_700_000_001, 4_700_000_002
MADE_ANYWAY = ("one shop's export", "one shop's list")
"""Messages whose handling a step's sum leaves out."""
NOTES = (
    "Readings of the export and of MALL's list are left out of the requests, because they are made anyway; the call to",
    "MALL is counted all the same. An order that is new on the list adds 2 requests to the reading (GetItem, and",
    "SendMessageBatch for ten of them). Cold starts are left out (1 request more each).",
    "created in the shop waits for an export without the order, delivered for one that shows it after the undo window:",
    "that fetch sends them on.",
)
PARCEL = {"carrier": "PPL", "tracking_number": "40000000001"}


@dataclass(frozen=True, slots=True)
class Handled:
    """One call of a function. `message` is what it was called with."""

    call: Call
    message: str

    @property
    def cold(self) -> int:
        """The requests that only a new process makes: the shop's secrets."""
        return self.call.requests["ssm.GetParameter"]


@dataclass(slots=True)
class Step:
    """What happened in an order's life, and all that followed from it."""

    what: str
    handled: list[Handled] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    documents: int = 0

    @property
    def requests(self) -> list[int]:
        """The AWS requests of each call of a function, warm, without what is made anyway."""
        return [one.call.total - one.cold for one in self.handled if one.message not in MADE_ANYWAY]

    @property
    def words(self) -> str:
        """The calls to MALL."""
        return counted(self.calls, ", ")


def print_lives(endpoint_url: str) -> None:
    """One order from MALL's list to Delivered, in a shop that we write into and in one that somebody else does."""
    with _Life.begun(endpoint_url, "create") as life:
        created = life.created_in_the_shop()
        cancelled = life.cancelled_by_the_customer()
    with _Life.begun(endpoint_url, "link") as life:
        linked = life.linked()
    for mode, steps in (("create", created), ("link", linked)):
        _print_call_by_call(mode, steps)
        _check(mode, steps)
        _print_steps(
            f"A step's AWS requests, and its calls to MALL; a whole life with import = {mode}", steps, *NOTES
        )
    _print_kinds({"create": created, "link": linked})
    _print_steps(
        "A customer's cancellation before packing, with import = create",
        cancelled,
        "The order is in the shop, pending, and confirmed at MALL when MALL's list shows the cancellation.",
    )


class _Life:
    """One shop with its MALL, and what was done there so far."""

    def __init__(self, product: InProcess, shop: StandIns) -> None:
        self._product = product
        self._shop = shop
        self._now = Step("before")

    @classmethod
    @contextmanager
    def begun(cls, endpoint_url: str, mode: str) -> Iterator[_Life]:
        """A shop without orders whose export was read once."""
        product = InProcess(endpoint_url)
        with shop_of(0) as shop:
            settings = {"import": mode, "rules": {"undo_window_seconds": UNDO_SECONDS}}
            product.register("demo", shop, export_interval_seconds=0, **settings)
            life = cls(product, shop)
            life._read_export()
            yield life
            life._nothing_is_left()

    def created_in_the_shop(self) -> list[Step]:
        """With import = create, to the end."""
        return [*self._into_the_shop(ORDER), *self._from_shipping_on(ORDER)]

    def linked(self) -> list[Step]:
        """With import = link, to the end: somebody else brings the order into the shop."""
        with self._step("listed") as listed:
            self._at_mall("POST", "/orders", {"id": ORDER})
            self._read_list()
            self._work_off()
        with self._step("in the export, pending") as pending:
            self._shop.control_shop(
                "POST", "/orders", {"code": "1", "mall_order_id": ORDER, "status": "nevyřízená"}
            )
            self._read_export()
            self._work_off()
        return [listed, pending, *self._from_shipping_on(ORDER)]

    def cancelled_by_the_customer(self) -> list[Step]:
        """With import = create: the customer cancels a pending order."""
        self._into_the_shop(CANCELLED_ORDER)
        with self._step("cancelled, listed") as listed:
            self._at_mall("PATCH", f"/orders/{CANCELLED_ORDER}", {"status": "cancelled"})
            self._read_list()
            self._work_off("changes")
        with self._step("canceled in the shop") as canceled:
            self._read_export()
            self._work_off("changes", "shop-steps")
        with self._step("confirmed") as confirmed:
            self._work_off()
        with self._step("in the export, canceled") as seen:
            self._read_export()
            self._work_off()
        self._must_be(CANCELLED_ORDER, "cancelled", "stornováno")
        return [listed, canceled, confirmed, seen]

    def _into_the_shop(self, number: int) -> list[Step]:
        with self._step("listed") as listed:
            self._at_mall("POST", "/orders", {"id": number})
            self._read_list()
            self._work_off()
        with self._step("created in the shop") as created:
            self._read_export()
            self._work_off("changes", "shop-steps")
        with self._step("confirmed") as confirmed:
            self._work_off()
        with self._step("in the export, pending") as seen:
            self._read_export()
            self._work_off()
        self._must_be(number, "open", "nevyřízená")
        return [listed, created, confirmed, seen]

    def _from_shipping_on(self, number: int) -> list[Step]:
        code = self._in_shop(number)["code"]
        today = datetime.now(ZoneInfo("Europe/Prague")).date()
        steps = []
        for what, change in (
            ("shipping", {"status": "vyřizuje se"}),
            ("shipped", {"status": "vyřízená", **PARCEL}),
        ):
            with self._step(what) as step:
                self._shop.control_shop("PATCH", f"/orders/{code}", change)
                self._read_export()
                self._work_off()
            steps.append(step)
        with self._step("delivered") as delivered:
            self._shop.control_shop("PATCH", f"/orders/{code}", {"delivery_date": today.isoformat()})
            self._read_export()
            self._work_off()
            time.sleep(UNDO_SECONDS + 0.1)
            # What is final is sent once an export made after the undo window has shown the order.
            self._read_export()
            self._work_off()
        self._must_be(number, "delivered", "vyřízená")
        return [*steps, delivered]

    @contextmanager
    def _step(self, what: str) -> Iterator[Step]:
        calls, documents = calls_to_mall(self._shop), self._shop.imports()
        step = self._now = Step(what)
        yield step
        step.calls = calls_to_mall(self._shop) - calls
        step.documents = self._shop.imports() - documents

    def _read_export(self) -> None:
        self._product.fetch_changes(SCHEDULE)
        self._deliver("fetch", "one shop's export")

    def _read_list(self) -> None:
        self._product.read_lists(SCHEDULE)
        self._deliver("lists", "one shop's list")

    def _work_off(self, *queues: str) -> None:
        """Everything that waits in `queues` (all that hold steps and changes), and what follows, until all is quiet."""
        chosen = queues or ("changes", "steps", "shop-steps", "alarms")
        while any(self._deliver(queue) for queue in chosen):
            pass

    def _deliver(self, queue: str, message: str = "") -> bool:
        function = {
            "fetch": self._product.fetch_changes,
            "lists": self._product.read_lists,
            "changes": self._product.map_state,
            "steps": self._product.push_to_mall,
            "shop-steps": self._product.push_to_shop,
            "alarms": self._product.send_alarms,
        }[queue]
        delivered = self._product.deliver(queue, function, 1 if "steps" in queue else 10)
        if delivered is None:
            return False
        call, bodies = delivered
        named = message or str(bodies[0].get("kind", "step in the shop" if queue == "shop-steps" else "step"))
        self._now.handled.append(Handled(call, named))
        return True

    def _at_mall(self, method: str, path: str, body: Json | None = None) -> Json:
        answer: Json = self._shop.control_mall(method, path, body)
        return answer

    def _in_shop(self, number: int) -> Json:
        orders: list[Json] = self._shop.control_shop("GET", "/orders")
        return next(order for order in orders if order["mall_order_id"] == str(number))

    def _must_be(self, number: int, at_mall: str, in_shop: str) -> None:
        held = (self._at_mall("GET", f"/orders/{number}")["status"], self._in_shop(number)["status"])
        if held != (at_mall, in_shop):
            raise RuntimeError(f"order {number}: MALL and the shop hold {held}")

    def _nothing_is_left(self) -> None:
        """MALL waits for no word of ours, and no function for another."""
        self._now = Step("after")
        self._read_list()
        left = {queue: self._product.empty(queue) for queue in self._product.aws.queue_urls}
        if any(left.values()):
            raise RuntimeError(f"messages are left: {left}")


def _check(mode: str, steps: Sequence[Step]) -> None:
    """Compares the sums with those that the costs are computed from."""
    own = [one for step in steps for one in step.handled if one.message not in MADE_ANYWAY]
    requests: Counter[str] = Counter()
    for one in own:
        requests.update(one.call.requests)
    del requests["ssm.GetParameter"]  # cold starts
    recorded.check(f"an order's life, {mode}", requests)
    recorded.check(f"an order's life, {mode}: calls of functions", Counter(one.call.verb for one in own))


def _print_call_by_call(mode: str, steps: Sequence[Step]) -> None:
    print_table(
        f"AWS requests of one order's life with import = {mode}, call by call",
        "requests",
        ["what happened", "function", "message", "requests", "which"],
        [
            [step.what, one.call.verb, one.message + ", cold" * one.cold, one.call.total, str(one.call)]
            for step in steps
            for one in step.handled
        ],
        "cold: reads the shop's secrets, which are kept for as long as they are good; 1 less when warm.",
    )


def _print_steps(title: str, steps: Sequence[Step], *notes: str) -> None:
    calls: Counter[str] = Counter()
    for step in steps:
        calls.update(step.calls)
    rows: list[list[object]] = [
        [step.what, " + ".join(map(str, step.requests)), sum(step.requests), step.words, step.documents]
        for step in steps
    ]
    whole = Step("sum", calls=calls)
    documents = sum(step.documents for step in steps)
    rows.append(["sum", "", sum(sum(step.requests) for step in steps), whole.words, documents])
    headers = ["step", "requests", "sum", "calls to MALL", "documents for the shop"]
    print_table(title, "requests", headers, rows, *notes)


def _print_kinds(lives: dict[str, list[Step]]) -> None:
    """The calls of each whole life, kind by kind."""
    calls = {mode: Counter[str]() for mode in lives}
    for mode, steps in lives.items():
        for step in steps:
            calls[mode].update(step.calls)
    kinds = list(dict.fromkeys(kind for counts in calls.values() for kind in counts))
    rows: list[list[object]] = [[kind, *(counts[kind] for counts in calls.values())] for kind in kinds]
    rows.append(["calls to MALL", *(counts.total() for counts in calls.values())])
    rows.append(
        ["documents for the shop", *(sum(step.documents for step in steps) for steps in lives.values())]
    )
    rows.append(
        ["AWS requests", *(sum(sum(step.requests) for step in steps) for steps in lives.values())],
    )
    print_table(
        "One order's whole life: every call to MALL, by kind",
        "requests",
        ["", *(f"import = {mode}" for mode in lives)],
        rows,
        "The reading of the list is shared by all orders that stand on it.",
        "import = link: the confirmation rides along with shipping.",
    )
