"""What the tests of the program for shops share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.registry.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

    from orderbridge.bootstrap import Services


TOML = """
shop = "demo"
profile = "czech"

[rules]
undo_window_seconds = 60

[secrets]
export_url = "https://shop.test/export?key=hush"
client_id = "client-hush"
"""
NOBODY = "nobody gets this shop's alarms: add somebody with alarm add"


def put(registry: Services, path: Path, text: str) -> int:
    path.write_text(text, encoding="utf-8")
    return main(["put", "--stack", "test", "--file", str(path)], registry)


def alarm(registry: Services, command: str, *more: str) -> int:
    return main(["alarm", command, "--stack", "test", *more], registry)
