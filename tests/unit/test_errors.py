"""The tree of exceptions: every one of the product is in it, and what the log says of one is safe."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

import orderbridge
from orderbridge import errors
from orderbridge.errors import ExportProblemError, OrderbridgeError
from orderbridge.time_left import OutOfTimeError

if TYPE_CHECKING:
    from collections.abc import Iterator


def _below(base: type[BaseException]) -> Iterator[type[BaseException]]:
    for one in base.__subclasses__():
        yield one
        yield from _below(one)


def _of_the_product() -> set[type[BaseException]]:
    for module in pkgutil.walk_packages(orderbridge.__path__, "orderbridge."):
        importlib.import_module(module.name)
    return {one for one in _below(BaseException) if one.__module__.split(".")[0] == "orderbridge"}


def test_every_exception_of_the_product_is_in_the_tree() -> None:
    found = _of_the_product()
    assert ExportProblemError in found
    assert {one for one in found if not issubclass(one, OrderbridgeError)} == {OutOfTimeError}


def test_the_drawn_tree_is_complete() -> None:
    drawn = {line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "──" in line}
    assert drawn == {one.__name__ for one in _of_the_product() if issubclass(one, OrderbridgeError)} - {
        "OrderbridgeError"
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("export: line 3: no order number", "export: line 3: no order number"),
        ("first line\nsecond line", "first line second line"),
        ("answered for jana@example.com", "answered for <e-mail>"),
        ("client_id=1a2b3c was refused", "client_id=*** was refused"),
    ],
)
def test_the_log_line_is_one_line_without_secrets_or_personal_data(text: str, shown: str) -> None:
    assert OrderbridgeError(text).log_line == shown
