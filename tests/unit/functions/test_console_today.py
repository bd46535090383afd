"""console: the held orders of today, with what is common to them said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.functions.console_client import Browser, add_operator

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import NewHarness

UNKNOWN = "That state is unknown here"


@pytest.mark.parametrize(
    ("names", "reasons", "own"),
    [(("Reklamace",), 1, False), (("Reklamace", "Reklamace"), 1, False), (("Reklamace", "Osobně"), 2, True)],
)
def test_the_reason_that_held_orders_share_is_said_once(
    new_harness: NewHarness, names: tuple[str, ...], reasons: int, *, own: bool
) -> None:
    made = new_harness("console")
    for number, name in enumerate(names, 5_001):
        made.product.mall.hold(number)
        made.product.clerk(number, None, status_name=name)
    made.product.tick()
    add_operator(made)
    clerk = Browser(made)
    clerk.log_in()
    _, _, section = clerk.get("shops/demo/today").text.partition('aria-labelledby="h-holds"')
    section, _, _ = section.partition("</section>")
    entries = section.split("<li>")[1:]
    assert len(entries) == len(names)
    assert all(f"/orders/{number}" in section for number in range(5_001, 5_001 + len(names)))
    assert section.count(UNKNOWN) == reasons
    assert all((UNKNOWN in entry) is own for entry in entries)
    assert section.count('class="todo"') == 1
