"""One deployed stack for all tests of this folder."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import pytest

from local.stack.client import Deployment, ShopClient
from local.stack.mailbox import open_mailbox
from local.stack.processes import StackError
from local.stack.stack import NEVER, StackOptions, down, up
from sandbox import SandboxOptions, start_sandbox
from tests.openapi.checking import check_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from local.stack.http import Json
    from local.stack.mailbox import Mailbox

UNDO_WINDOW_SECONDS = 2
UNLIMITED = dict.fromkeys(
    ("ApiRequestsPerSecond", "ApiBurst", "WebhookRequestsPerSecond", "WebhookBurst"), "1000"
)
"""The tests tick themselves, and ask more often than people do; floods shall reach the product itself."""


class OpenShop(Protocol):
    """Opens one more shop, with a FastCentrik of its own and, unless another's is given, a MALL of its own."""

    def __call__(
        self, name: str, *, mall: ShopClient | None = None, path: str = "", **settings: Json
    ) -> ShopClient:
        """`path` is put behind the export URL; `settings` are the shop's, on top of the short undo window.

        Unless they say otherwise, MALL's lists are not read for the shop: what its orders' calls are is known to the
        last one then.
        """
        ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked ``last`` read what all others left in logs and tables, so they come after them."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The deployed stack, asked by an operator of all shops."""
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
        running = Deployment(addresses, state)
        running.token = running.add_operator("tests", [])
        yield running
        running.close()
    finally:
        down(state)


@pytest.fixture(scope="session")
def api_answers(deployment: Deployment) -> list[str]:
    """Everything that the HTTP API answers, from the first shop on. Each must be in the OpenAPI document."""
    answers: list[str] = []

    def keep(answer: requests.Response, *_: object, **__: object) -> None:
        if answer.url.startswith(deployment.api_url):
            answers.append(answer.text)
            path = unquote(urlsplit(answer.url).path.removeprefix(urlsplit(deployment.api_url).path))
            if path.startswith("/console"):
                return  # the clerks' page is for people: it answers in HTML
            kind = answer.headers["Content-Type"]
            check_answer(str(answer.request.method), path, answer.status_code, kind, answer.text)

    deployment.http.session.hooks["response"].append(keep)
    return answers


@pytest.fixture(scope="session")
def demo(deployment: Deployment) -> ShopClient:
    """The shop that every local stack starts with."""
    blocks = deployment.addresses
    return ShopClient(deployment, blocks["shop"], blocks, reads_lists=True)


@pytest.fixture(scope="session")
def mailbox(deployment: Deployment) -> Iterator[Mailbox]:
    """What the people of all shops are told, from the first shop on."""
    with open_mailbox(deployment, "shops") as opened:
        yield opened


@pytest.fixture(scope="session")
def open_shop(deployment: Deployment, mailbox: Mailbox, api_answers: list[str]) -> Iterator[OpenShop]:
    """Opens shops that run until the last test."""
    assert mailbox.deployment is deployment, "opened before any shop"
    assert not api_answers, "kept before any shop"
    with ExitStack() as running:
        yield opener(deployment, running)


def opener(deployment: Deployment, running: ExitStack) -> OpenShop:
    """Opens shops of the deployment; their stand-ins run until `running` ends."""

    def open_one(
        name: str, *, mall: ShopClient | None = None, path: str = "", **settings: Json
    ) -> ShopClient:
        blocks = running.enter_context(start_sandbox(SandboxOptions())).as_blocks()
        if mall is not None:
            # Another key at the other shop's MALL.
            blocks["mall"] = {**mall.mall, "client_id": blocks["mall"]["client_id"]}
            known = mall.control_mall("GET", "/clients")["client_ids"]
            mall.control_mall("PUT", "/clients", {"client_ids": [*known, blocks["mall"]["client_id"]]})
        settings = {"import": "off", "export_interval_seconds": 0, **settings}
        settings["rules"] = {"undo_window_seconds": UNDO_WINDOW_SECONDS, **settings.get("rules", {})}
        shop = ShopClient(deployment, name, blocks, reads_lists=settings["import"] != "off")
        deployment.open_shop(shop, path=path, **settings)
        return shop

    return open_one


@pytest.fixture(scope="session", autouse=True)
def unsaid_limit(open_shop: OpenShop) -> tuple[ShopClient, int]:
    """An order whose first PUT gets a 429 that does not say how long to wait: the product then waits a minute.

    Started before everything else, so that the minute passes while other tests run.
    """
    shop = open_shop("unsaid-limit")
    shop.control_mall("PUT", "/behaviour", {"rate_limit_headers": "absent"})
    number = shop.opens(status="vyřizuje se")
    shop.arm({"kind": "rate_limited", "method": "PUT", "times": 1})
    shop.sync()
    return shop, number
