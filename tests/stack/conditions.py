"""The states that orders are waited for in, as the list of orders shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack.http import Json


def at(status: str) -> Callable[[Json], bool]:
    """MALL is known to hold `status`, and nothing is left to be sent."""
    return lambda order: order["status"] == status and order["next_step"] is None and order["hold"] is None


def held(code: str) -> Callable[[Json], bool]:
    """Nothing is sent, for this reason."""
    return lambda order: order["hold"] is not None and order["hold"]["code"] == code


def waits(action: str) -> Callable[[Json], bool]:
    """The step is recorded and waits for its time."""
    return lambda order: order["next_step"] is not None and order["next_step"]["action"] == action
