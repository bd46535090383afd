"""What a view of the clerks' page costs: requests to AWS, bytes, and milliseconds without the network of a browser.

The real function in one process, the embedded AWS over HTTP. Cold: the first view of a new process whose modules are
loaded already (``imports`` has the time that loading them takes), so it has clients, keys and templates to make.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.bench.in_process import Function, InProcess, counted, running_aws, shop_of
from tests.bench.tables import median, print_table

if TYPE_CHECKING:
    from tests.bench.in_process import Call

ORDERS = 200
HELD = 60
ROUNDS = 9
FIRST_ORDER = 1_000_000
PAGES = ("today", "orders", f"orders/{FIRST_ORDER}", "returns", "escalations", "figures", "state", "audit")


def main() -> None:
    """Prints the table."""
    with running_aws() as endpoint_url, shop_of(ORDERS, FIRST_ORDER) as stand_ins:
        product = InProcess(endpoint_url)
        product.register("demo", stand_ins)
        _store_orders(product)
        _print_views(_Clerk(product))


def _store_orders(product: InProcess) -> None:
    from orderbridge.domain.holds import Actor, Hold, HoldCode  # noqa: PLC0415 - the environment comes first
    from orderbridge.domain.statuses import MarketplaceStatus, ShopStatus  # noqa: PLC0415
    from tests.orders import NOW, an_order, changed  # noqa: PLC0415
    from tests.reasons import ANY  # noqa: PLC0415

    held_back = Hold(HoldCode.MISSING_TRACKING, ANY, Actor.CLERK)
    ledger = product.map_state.services().ledger
    for number in range(ORDERS):
        order = an_order(ShopStatus.SETTLED, MarketplaceStatus.SHIPPED)
        order = changed(order, mall_order_id=FIRST_ORDER + number)
        ledger.save(changed(order, hold=held_back, hold_since=NOW) if number < HELD else order)


class _Clerk:
    """Somebody who is signed in."""

    def __init__(self, product: InProcess) -> None:
        from orderbridge_cli import registry  # noqa: PLC0415

        self.function = Function("console", product._made)
        services = self.function.services()
        token = registry.add_operator(services, "jana", ["demo"])
        signed_in = self._ask("POST", "sign-in", f"token={token}&next=")
        self.cookie = signed_in["multiValueHeaders"]["Set-Cookie"][0].partition(";")[0]
        self.answer: Any = None

    def view(self, page: str) -> tuple[Call, float, int]:
        """The call, its milliseconds and the bytes of the page."""
        kept: list[Any] = []
        handler = self.function._app.handler

        def keep(event: Any, context: Any) -> Any:  # noqa: ANN401 - a handler
            kept.append(handler(event, context))
            return kept[0]

        event = _event("GET", page, None, self.cookie)
        vars(self.function._app)["handler"] = keep
        begun = time.perf_counter()
        try:
            call = self.function(event)
        finally:
            vars(self.function._app)["handler"] = handler
        took = (time.perf_counter() - begun) * 1000
        if kept[0]["statusCode"] != 200:
            raise RuntimeError(f"{page}: {kept[0]['statusCode']}")
        return call, took, len(kept[0]["body"].encode())

    def _ask(self, method: str, page: str, form: str) -> Any:  # noqa: ANN401 - an answer
        from orderbridge.console.pages import answer  # noqa: PLC0415

        found = answer(self.function.services(), _event(method, page, form, ""))
        return found.for_gateway(secure=True)


def _event(method: str, page: str, form: str | None, cookie: str) -> dict[str, Any]:
    path = f"/v1/console/{page}"
    headers = {"Host": "bench", "Sec-Fetch-Site": "same-origin", "Cookie": cookie}
    return {"httpMethod": method, "headers": headers, "body": form, "requestContext": {"path": path}}


def _print_views(clerk: _Clerk) -> None:
    from orderbridge.console import assets  # noqa: PLC0415

    rows: list[list[object]] = []
    for page in PAGES:
        path = f"shops/demo/{page}"
        clerk.function.restart()
        cold, cold_took, _ = clerk.view(path)
        warm = [clerk.view(path) for _ in range(ROUNDS)]
        call, _, size = warm[-1]
        took = median([one for _, one, _ in warm])
        rows.append(
            [page, cold.total, f"{cold_took:.0f} ms", call.total, f"{took:.0f} ms", f"{size / 1024:.1f}"]
        )
        rows[-1].append(counted(call.requests, " + "))
    files = {file: len(assets.content_of(file).encode()) / 1024 for file in assets.TYPES}
    print_table(
        f"Views of the clerks' page, {ORDERS} orders, {HELD} of them held",
        "console",
        ["page", "cold: requests", "time", "warm: requests", "time", "KB", "which"],
        rows,
        f"The files of the first view: {', '.join(f'{name} {size:.1f} KB' for name, size in files.items())}.",
        "One of the requests finds the operator and whether the session was ended (BatchGetItem).",
    )


if __name__ == "__main__":
    main()
