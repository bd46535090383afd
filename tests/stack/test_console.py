"""The clerks' page of the deployed stack: real cookies, the function's own role, the real indexes, an Undo."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
import requests

from local.stack.stack import sign_in_link
from orderbridge.domain.persons import Role
from orderbridge_cli import registry
from tests.stack.conditions import held, waits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

SECONDS = 30
FORM = {"Sec-Fetch-Site": "same-origin"}


class Page:
    """A browser as far as it is needed."""

    def __init__(self, deployment: Deployment) -> None:
        self.url: str = deployment.addresses["api"]["console_url"]
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, page: str) -> requests.Response:
        return self.session.get(f"{self.url}/{page}", timeout=SECONDS)

    def post(self, address: str, **form: str) -> requests.Response:
        return self.session.post(address, data=form, headers=FORM, timeout=SECONDS)

    def send(self, page: requests.Response, end: str, **filled: str) -> requests.Response:
        """Sends the form of `page` whose address ends so."""
        for action, inner in re.findall(
            r'<form [^>]*action="([^"]*)"[^>]*>(.*?)</form>', page.text, re.DOTALL
        ):
            if action.endswith(end):
                hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', inner))
                values = {name: unescape(value) for name, value in hidden.items()}
                return self.post(urljoin(page.url, action), **values | filled)
        raise AssertionError(end)


@pytest.fixture
def page(deployment: Deployment) -> Iterator[Page]:
    opened = Page(deployment)
    yield opened
    opened.session.close()


def test_a_link_signs_in_once_and_the_session_ends_for_good(deployment: Deployment, page: Page) -> None:
    code = sign_in_link(deployment.addresses).partition("#code=")[2]
    shop = deployment.addresses["shop"]
    assert page.get(f"shops/{shop}/today").status_code == 401
    found = page.post(f"{page.url}/sign-in", token=code, next="")
    assert (found.status_code, found.url) == (200, f"{page.url}/shops/{shop}/today")
    copy = page.session.cookies.copy()
    assert [page.url.endswith(path) for path in copy.list_paths()] == [True]
    assert page.post(f"{page.url}/sign-in", token=code, next="").status_code == 401
    assert page.send(found, "sign-out").status_code == 200
    page.session.cookies.update(copy)
    assert page.get(f"shops/{shop}/today").status_code == 401


def test_every_page_is_there_and_a_step_is_taken_back(
    deployment: Deployment, open_shop: OpenShop, page: Page
) -> None:
    shop = open_shop("clerks-page", rules={"undo_window_seconds": 3600})
    number = shop.opens(status="stornováno")
    shop.sync()
    shop.reach({number: waits("cancelled")})
    token = deployment.add_operator("clerk", [shop.name])
    today = page.post(f"{page.url}/sign-in", token=token, next="")
    assert today.url == f"{page.url}/shops/{shop.name}/today"
    assert str(number) in today.text
    for name in ("orders", "orders?hold=any", "returns", "escalations", "figures", "state", "audit"):
        assert page.get(f"shops/{shop.name}/{name}").status_code == 200, name
    assert page.get(f"shops/{shop.name}/orders?q={number}").url.endswith(f"/orders/{number}")
    after = page.send(today, f"{number}/undo", why="a mistake")
    assert (after.status_code, after.url) == (200, f"{page.url}/shops/{shop.name}/orders/{number}")
    assert 'class="said"' in after.text
    shop.reach({number: held("undone_by_person")})


def test_a_viewer_is_refused_and_a_removed_operator_is_out(
    deployment: Deployment, open_shop: OpenShop, page: Page
) -> None:
    shop = open_shop("viewers-page")
    token = deployment.add_operator("viewer of the page", [shop.name], Role.VIEWER)
    today = page.post(f"{page.url}/sign-in", token=token, next="")
    assert today.status_code == 200
    form_token = re.findall(r'name="form_token" value="([^"]+)"', today.text)[0]
    answer = page.post(f"{page.url}/shops/{shop.name}/sync", form_token=form_token, why="")
    assert answer.status_code == 403
    registry.remove_operator(deployment.services, "viewer of the page")
    assert page.get(f"shops/{shop.name}/today").status_code == 401
