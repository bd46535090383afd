"""What the tests of shops on the command line share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services
    from tests.cli.conftest import Ended


class Cli(Protocol):
    """The fixture ``cli``."""

    def __call__(self, *arguments: str, stack: Services | None = None) -> Ended: ...


TOML = """
shop = "demo"
profile = "czech"

[rules]
undo_window_seconds = 60

[secrets]
export_url = "https://shop.test/export?key=hush"
client_id = "client-hush"
"""
NOBODY = "nobody gets this shop's alarms: orderbridge alarm add demo ADDRESS"


def add(cli: Cli, path: Path, text: str = TOML, stack: Services | None = None) -> Ended:
    """Connects the shop whose settings file is `text`."""
    path.write_text(text, encoding="utf-8")
    return cli("shop", "add", str(path), stack=stack)
