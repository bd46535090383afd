"""The walkthrough's scenes, in their order: each is a few words and what the terminal showed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from local.stack.client import Deployment, ShopClient
from local.stack.stack import down, read_stack
from local.stack.waiting import eventually
from local.walkthrough.shop import Export, Order, served
from local.walkthrough.terminal import Answer, Terminal
from sandbox.times import PRAGUE

SHOP = "my-shop"
PROFILE = "my-profile.toml"
TITLE = """# A shop connects: from a clone to its first statuses

A shop whose export nobody has seen, and none of the shipped profiles fits. Everything below was typed at a real
terminal against a local stack; `make walkthrough` plays it again and writes this page.
"""


@dataclass
class Page:
    """The page in the making."""

    parts: list[str] = field(default_factory=lambda: [TITLE])

    def scene(self, title: str, words: str, *transcripts: str) -> None:
        """Adds a scene."""
        shown = "\n".join(transcripts)
        self.parts.append(f"## {title}\n\n{words}\n\n```console\n{shown}```\n")


def play(*, until_sent: bool = True) -> str:
    """Plays all scenes and returns the page. Raises WalkthroughError, StackError.

    `until_sent`: waits for the first status at MALL as well, which comes five minutes after the shop was switched on.
    """
    with tempfile.TemporaryDirectory(prefix="orderbridge-walkthrough-") as folder:
        state = Path(folder) / ".local"
        try:
            return _scenes(Path(folder), state, until_sent=until_sent)
        finally:
            down(state)


def _scenes(folder: Path, state: Path, *, until_sent: bool) -> str:
    export, page = Export(), Page()
    with served(export) as address:
        first = Terminal(folder, [])
        up = first.type("python -m local.stack up --state .local", shown="make up")
        deployment = Deployment(read_stack(state), state)
        deployment.token = deployment.add_operator("walkthrough", [])
        shop = ShopClient(deployment, SHOP, deployment.addresses, reads_lists=True)
        _orders(export, shop)
        (folder / "export.csv").write_bytes(export.document())
        stand_in = f'marketplace_api_url = "{shop.mall["api_url"]}"\n'
        (folder / "stand-in.toml").write_text(stand_in, encoding="utf-8")
        at = Terminal(folder, [export.token, shop.client_id])
        page.scene(
            "A stack", "The local stack is the whole product on this machine. On AWS it is `make deploy`.", up
        )
        _profile(page, at)
        _connect(page, at, address, shop.client_id)
        _switch_on(page, at, shop, export)
        if until_sent:
            _first_status(page, at, shop, export.orders[0].number)
        page.scene(
            "Pause and remove",
            "Pausing keeps everything; removing takes the secrets, the webhook and the alarms away. The orders stay on "
            "record.",
            at.type(f"orderbridge shop pause {SHOP}"),
            at.type(f"orderbridge shop remove {SHOP}", Answer("Remove shop", "y")),
        )
        deployment.close()
    return "\n".join(page.parts)


def _orders(export: Export, shop: ShopClient) -> None:
    """Orders on both sides: some are behind at MALL, one is wrong, one is new."""
    today = datetime.now(PRAGUE)
    yesterday = today - timedelta(days=1)
    delivered = f"{yesterday.day}.{yesterday.month}.{yesterday:%Y}"
    plan = [
        *(("vyřizuje se", False, "") for _ in range(9)),
        *(("vyřízená", True, "") for _ in range(12)),
        ("vyřízená", True, delivered),
        ("vyřízená", True, delivered),
        ("stornováno", False, ""),
        ("vyřízená", False, ""),
        ("předáno skladu", False, ""),
        *(("nevyřízená", False, "") for _ in range(3)),
    ]
    for place, (state, tracked, day) in enumerate(plan, start=1):
        number = shop.arrives()
        tracking = (f"Z{4400000000 + place}" if place % 2 else f"{80412345600 + place}") if tracked else ""
        export.orders.append(Order(number, state, tracking, day))


def _profile(page: Page, at: Terminal) -> None:
    page.scene(
        "What does the export look like?",
        "The shop sent a sample. `profile suggest` drafts a profile from it and says what each choice rests on.",
        at.type(f"orderbridge profile suggest export.csv --out {PROFILE}", code=1),
        at.type(f"cat {PROFILE}"),
    )
    page.scene(
        "Decide what is open",
        "Nothing was guessed: the shop's own number is in `Doklad`, so that line loses its `#`. What `předáno skladu` "
        "means is left open; such an order is held, and the preview will show it.",
        at.type(f'sed -i \'s/^# code = "Doklad"/code = "Doklad"/\' {PROFILE}'),
    )
    page.scene(
        "Is the profile right?",
        "`profile check` reads the sample as the product will read the export.",
        at.type(f"orderbridge profile check {PROFILE} --sample export.csv --records 4", code=1),
    )


def _connect(page: Page, at: Terminal, address: str, key: str) -> None:
    today = datetime.now(PRAGUE)
    page.scene(
        "Connect the shop",
        "`shop init` asks what it needs; the file has every setting with its default and meaning. Secrets are typed "
        "when the shop is added: they are not shown, and no file has them. (Only here, a file names the "
        "address of the stand-in for MALL; a real shop needs no such file.)",
        at.type(
            f"orderbridge shop init --shop {SHOP} --export-profile {PROFILE}",
            Answer("Language of the shop's people", "en"),
            Answer("Where do MALL's orders", "link"),
            Answer("Leave orders alone", f"{today.year}-01-01"),
        ),
        at.type("cat stand-in.toml"),
        at.type(
            "orderbridge shop add shop.toml --secrets stand-in.toml",
            Answer("Address of the export", address, secret=True),
            Answer("MALL's key", key, secret=True),
        ),
    )
    page.scene(
        "Is everything in order?",
        "`doctor` reaches the export and MALL, writes nothing, and ends with the next thing to do.",
        at.type(f"orderbridge doctor {SHOP}", code=1),
        at.type(f"orderbridge alarm add {SHOP} clerk@example.com"),
    )


def _switch_on(page: Page, at: Terminal, shop: ShopClient, export: Export) -> None:
    page.scene(
        "What would happen?",
        "`preview` runs the whole product on the real services and writes nothing.",
        at.type(f"orderbridge preview {SHOP}", code=1),
    )
    resumed = at.type(f"orderbridge shop resume {SHOP}", Answer("Switch shop", "y"))
    synced = at.type(f"orderbridge sync --shop {SHOP}")
    first, held = export.orders[0].number, export.orders[24].number
    eventually(lambda: (shop.order(first) or {}).get("at_mall"), "the first order is known on both sides")
    eventually(lambda: (shop.order(held) or {}).get("hold"), "the order without a tracking number is held")
    page.scene(
        "Switch it on",
        "The first time `shop resume` shows the preview once more and asks. A large difference goes out in steps, what "
        "is final last. `shop pause` stops it at any time.",
        resumed,
        synced,
        at.type(f"orderbridge shop show {SHOP}"),
        at.type(f"orderbridge orders --shop {SHOP} --limit 8"),
    )
    page.scene(
        "Why was nothing sent?",
        "`explain` tells one order's whole story.",
        at.type(f"orderbridge explain {first} --shop {SHOP}"),
        at.type(f"orderbridge explain {held} --shop {SHOP}", code=1),
    )


def _first_status(page: Page, at: Terminal, shop: ShopClient, number: int) -> None:
    eventually(lambda: shop.took(number) == ["shipping"], "the first status is at MALL", within=480)
    eventually(lambda: shop.order(number)["status"] == "shipping", "the answer is on record")
    page.scene(
        "The first status",
        "Five minutes after the shop was switched on, the first order's turn comes.",
        at.type(f"orderbridge explain {number} --shop {SHOP}"),
        at.type(f"orderbridge shop show {SHOP} | head -5"),
    )
