"""What the product costs at AWS in a month, computed: ``make costs``, ``python -m deployment.costs [--write]``.

Counted requests (deployment/counted.json, which the bench checks) times the price list (deployment/prices.json, with
its date and region). What is neither counted nor in the template is ``assumed`` there, first of all how long functions
run.
``--write`` puts the table into docs/deploy.md, where a test keeps it as it is computed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
COUNTED = HERE / "counted.json"
PRICES = HERE / "prices.json"
PAGE = HERE.parent / "docs" / "deploy.md"
BEGIN, END = "<!-- costs: begin, written by make costs -->", "<!-- costs: end -->"
DAYS = 365 / 12
MINUTES = DAYS * 24 * 60
GIGA = 1e9
SCENARIOS = ((1, 300), (10, 300), (100, 300), (500, 300))
"""Shops, and orders of each in a month."""

Json = Any


@dataclass(frozen=True, slots=True)
class Schedules:
    """Minutes between two ticks, as the template's parameters have them."""

    fetch: float = 5
    feed: float = 15
    returns: float = 6 * 60
    retry: float = 1
    daily: float = 24 * 60


class Month:
    """What is used in one month, by the names of the price list."""

    def __init__(self, facts: Json) -> None:
        self.used: Counter[str] = Counter()
        self._counts: Json = facts["counts"]
        self._assumed: Json = facts["assumed"]

    def add(self, price: str, amount: float) -> None:
        """So much more of one thing."""
        self.used[price] += amount  # type: ignore[assignment] # amounts are no whole numbers

    def requests(self, name: str, times: float) -> None:
        """The counted requests to AWS of `name`, so many times. Writes of orders are counted in units, elsewhere."""
        for request, count in self._counts[name].items():
            service, _, operation = request.partition(".")
            if service == "sqs":
                self.add("sqs_request", count * times)
            elif service == "s3":
                self.add("s3_write" if operation == "PutObject" else "s3_read", count * times)
            elif operation in {"UpdateItem", "PutItem", "TransactWriteItems"}:
                if not name.startswith("an order's life"):
                    self.add("dynamodb_write_unit", count * times * self._assumed["write_units_per_mark"])
            else:
                many = operation in {"Query", "BatchGetItem"}
                unit = "read_units_per_batch_or_query" if many else "read_units_per_request"
                self.add("dynamodb_read_unit", count * times * self._assumed[unit])

    def calls(self, times: float, seconds: str, megabytes: int, *, from_queue: bool = True) -> None:
        """Calls of a function. One from a queue takes a ReceiveMessage and a DeleteMessage beside."""
        self.add("lambda_request", times)
        self.add("lambda_gb_second_arm", times * self._assumed["seconds"][seconds] * megabytes / 1024)
        self.add("log_gb", times * self._assumed["log_bytes_per_call"] / GIGA)
        if from_queue:
            self.add("sqs_request", 2 * times)


def month(facts: Json, shops: int, orders: int, mode: str, every: Schedules) -> Counter[str]:
    """What `shops` with `orders` each use in a month, with ``import = mode``."""
    made = Month(facts)
    _standing(made, facts)
    _ticks(made, facts, every, shops)
    _shop(made, facts, every, shops, orders)
    _orders(made, facts, shops * orders, mode)
    return made.used


def _standing(made: Month, facts: Json) -> None:
    """What is there without a shop."""
    template, assumed = facts["template"], facts["assumed"]
    made.add("alarm_month", template["alarms"])
    made.add("dashboard_month", template["dashboards"])
    made.add("key_month", template["keys"])
    made.add("metric_month", assumed["custom_metrics"])
    polls = MINUTES * 60 / assumed["poll_seconds"]
    made.add("sqs_request", polls * assumed["pollers_per_queue"] * template["queue_sources"])


def _ticks(made: Month, facts: Json, every: Schedules, shops: int) -> None:
    """The schedules' own events, for all shops together. Ten shops' messages are one request."""
    megabytes = facts["template"]["megabytes"]
    for name, minutes, function, seconds in (
        ("fetch_changes, tick", every.fetch, "fetch_changes", "fetch_changes, tick"),
        ("the list, tick", every.feed, "read_lists", "lists, tick"),
        ("reconciliation, tick", every.daily, "read_lists", "lists, tick"),
        ("flag_returns, tick", every.returns, "flag_returns", "lists, tick"),
        ("digest without news, tick", every.daily, "send_alarms", "lists, tick"),
        ("retry_transitions, tick", every.retry, "retry_transitions", "retry_transitions"),
    ):
        times = MINUTES / minutes
        made.add("scheduler_call", times)
        made.requests(name, times)
        if name != "retry_transitions, tick":
            made.add("sqs_request", times * ((shops - 1) // 10))
        # Each goes through the records of all shops; a unit reads 8 KB that may be a moment old.
        made.add("dynamodb_read_unit", times * shops * facts["assumed"]["kilobytes_per_shop"] / 8)
        made.calls(times, seconds, megabytes[function], from_queue=False)


def _shop(made: Month, facts: Json, every: Schedules, shops: int, orders: int) -> None:
    """What every shop takes, whether anything happens or not."""
    megabytes, assumed = facts["template"]["megabytes"], facts["assumed"]
    fetches = MINUTES / every.fetch
    changed = min(fetches, orders * assumed["exports_changed_per_order"])
    made.requests("fetch of a shop, nothing changed", shops * (fetches - changed))
    made.requests("fetch of a shop, 1 order changed", shops * changed)
    made.calls(shops * fetches, "fetch of a shop", megabytes["fetch_changes"])
    for name, minutes, function, seconds in (
        ("the list, its message", every.feed, "read_lists", "list of a shop"),
        ("reconciliation, its message", every.daily, "read_lists", "list of a shop"),
        ("flag_returns, its message", every.returns, "flag_returns", "daily work of a shop"),
        ("digest without news, its message", every.daily, "send_alarms", "daily work of a shop"),
    ):
        times = shops * MINUTES / minutes
        made.requests(name, times)
        made.calls(times, seconds, megabytes[function])
    asked = shops * DAYS * assumed["api_requests_per_shop_and_day"]
    made.add("api_request", asked)
    made.calls(asked, "HTTP API", megabytes["operate"], from_queue=False)
    made.add("mail", shops * DAYS * assumed["mails_per_shop_and_day"])


def _orders(made: Month, facts: Json, orders: int, mode: str) -> None:
    """What the orders' lives take, and what is kept of them."""
    assumed, counts = facts["assumed"], facts["counts"]
    life = f"an order's life, {mode}"
    made.requests(life, orders)
    for function, times in counts[f"{life}: calls of functions"].items():
        made.calls(orders * times, function, facts["template"]["megabytes"][function])
    made.add("dynamodb_write_unit", orders * sum(counts[f"{life}: write units"].values()))
    kept = orders * assumed["months_kept"] * assumed["kilobytes_per_order"] / 1e6
    made.add("dynamodb_gb_month", kept)
    made.add("dynamodb_backup_gb_month", kept)


GROUPS = {
    "Standing: alarms, metrics, dashboard, key": (
        "alarm_month",
        "metric_month",
        "dashboard_month",
        "key_month",
    ),
    "SQS, most of it idle polling": ("sqs_request",),
    "Lambda": ("lambda_request", "lambda_gb_second_arm"),
    "DynamoDB": (
        "dynamodb_write_unit",
        "dynamodb_read_unit",
        "dynamodb_gb_month",
        "dynamodb_backup_gb_month",
    ),
    "Logs": ("log_gb",),
    "HTTP API, S3, schedules, mail": ("api_request", "s3_read", "s3_write", "scheduler_call", "mail"),
}


def priced(used: Counter[str], prices: Json) -> dict[str, float]:
    """The price of each group, in the list's currency."""
    return {
        group: sum(used[name] * prices[name]["usd"] / prices[name]["per"] for name in names)
        for group, names in GROUPS.items()
    }


def table(facts: Json, prices: Json, scenarios: Sequence[tuple[int, int]] = SCENARIOS) -> list[str]:
    """The lines of the table, and below it what it was made from."""
    columns = [
        priced(month(facts, shops, orders, "create", Schedules()), prices["prices"])
        for shops, orders in scenarios
    ]
    heads = [f"{shops:,} shop{'s' if shops > 1 else ''}" for shops, _ in scenarios]
    lines = [
        f"| {prices['currency']} a month; {scenarios[0][1]} orders a shop | {' | '.join(heads)} |",
        f"|---|{'---:|' * len(heads)}",
    ]
    lines += [f"| {group} | {' | '.join(f'{one[group]:,.2f}' for one in columns)} |" for group in GROUPS]
    sums = [sum(one.values()) for one in columns]
    lines.append(f"| **sum** | {' | '.join(f'**{one:,.2f}**' for one in sums)} |")
    each = [one / shops for one, (shops, _) in zip(sums, scenarios, strict=True)]
    lines.append(f"| a shop | {' | '.join(f'{one:,.2f}' for one in each)} |")
    lines += [
        "",
        f"Prices of {prices['region']} as of {prices['as_of']}, without free tiers and VAT; default schedules.",
    ]
    return lines


def written(page: str, lines: Sequence[str]) -> str:
    """The page with `lines` between its two marks. Raises ValueError without the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{BEGIN} … {END} is missing")
    return "\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table, or writes it into the page."""
    parser = argparse.ArgumentParser(prog="deployment.costs", description=__doc__, allow_abbrev=False)
    parser.add_argument("--write", action="store_true", help="put the default table into docs/deploy.md")
    parser.add_argument("--shops", type=int, help="how many shops, instead of the table's own numbers")
    parser.add_argument("--orders", type=int, default=SCENARIOS[0][1], help="orders of a shop in a month")
    parser.add_argument("--prices", type=Path, default=PRICES, help="another price list")
    asked = parser.parse_args(arguments)
    facts, prices = json.loads(COUNTED.read_text("utf-8")), json.loads(asked.prices.read_text("utf-8"))
    if asked.write:
        PAGE.write_text(written(PAGE.read_text("utf-8"), table(facts, prices)), "utf-8")
        return 0
    numbers = [asked.shops] if asked.shops else [shops for shops, _ in SCENARIOS]
    print("\n".join(table(facts, prices, [(shops, asked.orders) for shops in numbers])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
