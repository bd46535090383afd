"""MALL does not answer for twelve hours, and 10,000 orders of 100 shops wait: a simulation in its own time."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.flows.outage import outage

SHOPS, ORDERS, AWAY = 100, 100, timedelta(hours=12)


def main() -> None:
    """Prints the figures. Takes some minutes."""
    print("\n## MALL is away for 12 hours, 10,000 orders of 100 shops wait")
    print("   .venv/bin/python -m tests.bench outage\n")
    seen = outage(SHOPS, ORDERS, AWAY)
    print(f"  calls without an answer     {seen.calls} (of one shop: {seen.calls_of_one_shop})")
    print(f"  messages about steps        {seen.messages}, waiting at a time {seen.most_waiting}")
    print(f"  most messages of one order  {seen.most_of_one}")
    print(f"  looks at orders             {seen.rechecks}")
    print(f"  sent in the first hour      {seen.sent_in_an_hour}")
    print(f"  all out after               {seen.all_out}, with {seen.calls_after} calls")


if __name__ == "__main__":
    main()
