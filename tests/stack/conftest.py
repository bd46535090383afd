"""One deployed stack for all tests of this folder."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from sandbox import SandboxOptions, start_sandbox
from sandbox.processes import StackError
from sandbox.stack import NEVER, StackOptions, down, up
from tests.stack.mailbox import open_mailbox
from tests.stack.place import Place
from tests.stack.town import Json, Town

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack.mailbox import Mailbox

UNDO_WINDOW_SECONDS = 2
UNLIMITED = dict.fromkeys(
    ("ApiRequestsPerSecond", "ApiBurst", "WebhookRequestsPerSecond", "WebhookBurst"), "1000"
)
"""The tests tick themselves, and ask more often than people do; floods shall reach the product itself."""


class NewPlace(Protocol):
    """Opens one more shop, with a FastCentrik of its own and, unless another's is given, a MALL of its own."""

    def __call__(self, shop: str, *, mall: Place | None = None, path: str = "", **settings: Json) -> Place:
        """`path` is put behind the export URL; `settings` are the shop's, on top of the short undo window.

        Unless they say otherwise, MALL's lists are not read for the shop: what its orders' calls are is known to the
        last one then.
        """
        ...


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    state = tmp_path_factory.mktemp("stack")
    options = StackOptions(
        state=state,
        rules={"undo_window_seconds": UNDO_WINDOW_SECONDS},
        parameters=NEVER | UNLIMITED,
    )
    try:
        addresses = up(options)
    except StackError as error:
        pytest.fail(f"the local stack does not come up: {error}", pytrace=False)
    try:
        running = Town(addresses, state)
        yield running
        running.close()
    finally:
        down(state)


@pytest.fixture(scope="session")
def demo(town: Town) -> Place:
    """The shop that every local stack starts with."""
    blocks = town.addresses
    return Place(
        town,
        blocks["shop"],
        blocks["fastcentrik"],
        blocks["mall"],
        blocks["mall"]["client_id"],
        takes_part=True,
    )


@pytest.fixture(scope="session")
def mailbox(town: Town) -> Iterator[Mailbox]:
    """What the people of all shops are told, from the first shop on."""
    with open_mailbox(town, "ShopAlarmsTopicArn", "shops") as opened:
        yield opened


@pytest.fixture(scope="session")
def new_place(town: Town, mailbox: Mailbox) -> Iterator[NewPlace]:
    assert mailbox.town is town, "opened before any shop"
    with ExitStack() as running:

        def open_place(shop: str, *, mall: Place | None = None, path: str = "", **settings: Json) -> Place:
            options = SandboxOptions()
            blocks = running.enter_context(start_sandbox(options)).as_blocks()
            place = Place(town, shop, blocks["fastcentrik"], blocks["mall"], options.client_id)
            if mall is not None:
                place.mall = mall.mall
                clients = f"{mall.mall['control_url']}/clients"
                known = town.control("GET", clients)["client_ids"]
                town.control("PUT", clients, {"client_ids": [*known, place.client_id]})
            settings = {"import": "off", "export_interval_seconds": 0, **settings}
            place.takes_part = settings["import"] != "off"
            rules = {"undo_window_seconds": UNDO_WINDOW_SECONDS, **settings.pop("rules", {})}
            town.register(
                shop,
                {
                    "export_url": f"{place.fastcentrik['export_url']}{path}",
                    "import_url": place.fastcentrik["import_url"],
                    "client_id": place.client_id,
                    "marketplace_api_url": place.mall["api_url"],
                },
                rules=rules,
                **settings,
            )
            return place

        yield open_place


@pytest.fixture(scope="session", autouse=True)
def unsaid_limit(new_place: NewPlace) -> tuple[Place, int]:
    """An order whose first PUT gets a 429 that does not say how long to wait: the product then waits a minute.

    Started before everything else, so that the minute passes while other tests run.
    """
    place = new_place("unsaid-limit")
    place.town.control("PUT", f"{place.mall['control_url']}/behaviour", {"rate_limit_headers": "absent"})
    number = place.opens(status="vyřizuje se")
    place.arm({"kind": "rate_limited", "method": "PUT", "times": 1})
    place.sync()
    return place, number
