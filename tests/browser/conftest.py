"""One deployed stack, its shops, one browser; the fixtures of the stack are those of tests/stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orderbridge.domain.persons import Role
from tests.browser import chromium
from tests.browser.clerk import Clerks
from tests.browser.scene import HOSTILE, prepare
from tests.stack.conftest import api_answers, deployment, mailbox, open_shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from local.stack.client import Deployment
    from tests.browser.clerk import Clerk
    from tests.browser.scene import Scene
    from tests.stack.conftest import OpenShop

__all__ = ["api_answers", "deployment", "mailbox", "open_shop"]

LEFT_OUT = pytest.StashKey[int]()
"""How many tests were left out."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, leaves its tests out, unless they are required."""
    ours = [item for item in items if item.get_closest_marker("browser")]
    if ours and chromium.executable() is None and not chromium.is_required():
        config.stash[LEFT_OUT] = len(ours)
        items[:] = [item for item in items if item not in ours]
        config.hook.pytest_deselected(items=ours)


@pytest.fixture(scope="session", autouse=True)
def browser() -> Iterator[Browser]:
    """The browser. It is looked for before anything else is started."""
    path = chromium.executable()
    if path is None:
        pytest.fail("no Chromium is installed, and the browser tests must not be left out", pytrace=False)
    with chromium.running(path) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says loudly that the browser tests were left out."""
    count = config.stash.get(LEFT_OUT, 0)
    if count:
        terminalreporter.section("BROWSER TESTS LEFT OUT", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"No Chromium is installed, so {count} tests of the clerks' page in a real browser did not run. "
            "Debian: apt-get install chromium"
        )


@pytest.fixture(scope="session")
def scene(browser: Browser, open_shop: OpenShop) -> Scene:
    """The shops with an order in every situation."""
    assert browser.is_connected()
    return prepare(open_shop)


@pytest.fixture(scope="session")
def clerks(browser: Browser, deployment: Deployment, scene: Scene) -> Clerks:
    """Whoever uses the page."""
    garden, calm, many = scene.garden.name, scene.calm.name, scene.many.name
    made = Clerks(browser, deployment.addresses["api"]["console_url"])
    made.add("jana", deployment.add_operator("jana", [garden, calm, many]))
    made.add("petr", deployment.add_operator("petr", [garden], Role.VIEWER))
    made.add("eva", deployment.add_operator("eva", [calm]))
    made.add("hostile", deployment.add_operator(HOSTILE[:40], [garden]))
    return made


@pytest.fixture
def jana(clerks: Clerks) -> Iterator[Clerk]:
    """An operator of all shops, at a desktop, in English."""
    with clerks.visit("jana") as clerk:
        yield clerk


@pytest.fixture
def phone(clerks: Clerks) -> Iterator[Clerk]:
    """The same on a phone, in Czech."""
    with clerks.visit("jana", phone=True, language="cs") as clerk:
        yield clerk


@pytest.fixture
def petr(clerks: Clerks) -> Iterator[Clerk]:
    """A viewer of one shop."""
    with clerks.visit("petr") as clerk:
        yield clerk
