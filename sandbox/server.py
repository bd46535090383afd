"""Both stand-ins running in this process, for the command line and for tests."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.fastcentrik.app import new_fastcentrik
from sandbox.fastcentrik.orders import Shop
from sandbox.fastcentrik.state import ShopState
from sandbox.http import Server
from sandbox.mall.app import new_mall
from sandbox.mall.state import MallState
from sandbox.times import Clock, system_clock

if TYPE_CHECKING:
    from collections.abc import Iterator


def _new_secret() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True)
class SandboxOptions:
    """How the sandbox is started. Port 0 takes a free one; tokens and the key are invented unless given."""

    host: str = "127.0.0.1"
    fastcentrik_port: int = 0
    mall_port: int = 0
    client_id: str = field(default_factory=_new_secret)
    export_token: str = field(default_factory=_new_secret)
    import_token: str = field(default_factory=_new_secret)


@dataclass(frozen=True)
class FastCentrikAddresses:
    """Where the shop is; the export and import URLs are secrets."""

    export_url: str
    import_url: str
    control_url: str


@dataclass(frozen=True)
class MallAddresses:
    """Where MALL is; the key is a secret."""

    api_url: str
    client_id: str
    control_url: str


@dataclass(frozen=True)
class Sandbox:
    """The running stand-ins."""

    fastcentrik: FastCentrikAddresses
    mall: MallAddresses

    def as_blocks(self) -> dict[str, dict[str, str]]:
        """The `fastcentrik` and `mall` blocks of the stack's description."""
        return {"fastcentrik": dict(vars(self.fastcentrik)), "mall": dict(vars(self.mall))}


@contextmanager
def start_sandbox(options: SandboxOptions | None = None, clock: Clock = system_clock) -> Iterator[Sandbox]:
    """Runs both servers until the context ends. `clock` is the time that both services live in."""
    options = options or SandboxOptions()
    mall_state = MallState(clock, options.client_id)
    shop_state = ShopState(Shop(clock), options.export_token, options.import_token)
    mall = Server(new_mall(mall_state), options.host, options.mall_port)
    shop = Server(new_fastcentrik(shop_state), options.host, options.fastcentrik_port)
    for server in (mall, shop):
        server.start()
    mall_state.webhook.start()
    try:
        yield Sandbox(
            fastcentrik=FastCentrikAddresses(
                export_url=f"{shop.url}/export/{options.export_token}/orders.xml",
                import_url=f"{shop.url}/import/{options.import_token}",
                control_url=f"{shop.url}/control",
            ),
            mall=MallAddresses(
                api_url=f"{mall.url}/v1", client_id=options.client_id, control_url=f"{mall.url}/control"
            ),
        )
    finally:
        for server in (mall, shop):
            server.stop()
        mall_state.webhook.stop()


def write_ready_file(path: Path, sandbox: Sandbox) -> None:
    """Writes the blocks as JSON, whole or not at all, readable by the owner only."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(sandbox.as_blocks(), file, indent=2)
        file.write("\n")
    Path(temporary).replace(path)
