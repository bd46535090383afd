"""A shop with 50,000 old orders is switched on, with 5,750 calls a day: a simulation in its own time."""

from __future__ import annotations

from tests.unit.flows.switching_on import switching_on

OLD, TODAY = 50_000, 200


def main() -> None:
    """Prints the figures. Takes some minutes."""
    print("\n## A shop with old orders is switched on\n   .venv/bin/python -m tests.bench switching-on\n")
    print(f"{'old orders':>12}{'median wait':>24}{'longest wait':>24}{'calls':>8}{'lists':>8}")
    for old in (0, OLD):
        seen = switching_on(old, TODAY)
        waits = f"{seen.median_wait!s:>24}{seen.longest_wait!s:>24}"
        print(f"{old:>12}{waits}{seen.calls:>8}{seen.list_calls:>8}")


if __name__ == "__main__":
    main()
