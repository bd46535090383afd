"""The links in mails open: each leads to the sign-in, and after it to the page that it names."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from local.stack.waiting import eventually
from orderbridge.messages import DigestRequest
from sandbox.times import PRAGUE
from tests.stack.conditions import held
from tests.stack.test_console import SECONDS, Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment, ShopClient
    from local.stack.mailbox import Mailbox
    from tests.stack.conftest import OpenShop

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

SHOP = "mail-links"
LINK = re.compile(r"https?://\S+")


@pytest.fixture(scope="module")
def shop(open_shop: OpenShop) -> ShopClient:
    return open_shop(SHOP)


@pytest.fixture(scope="module")
def number(shop: ShopClient) -> int:
    """An order that the shop's people are told about, at once and in the digest."""
    number = shop.opens({"client_id": "somebody else's"})
    shop.sync()
    shop.reach({number: held("not_at_marketplace")})
    digest = DigestRequest(shop=SHOP, day=datetime.now(PRAGUE).date().isoformat())
    shop.deployment.send("alarms.fifo", SHOP, digest.model_dump_json())
    return number


@pytest.fixture(scope="module")
def token(deployment: Deployment, shop: ShopClient) -> str:
    return deployment.add_operator("reads-mails", [shop.name])


@pytest.fixture
def page(deployment: Deployment) -> Iterator[Page]:
    opened = Page(deployment)
    yield opened
    opened.session.close()


def links(mailbox: Mailbox, number: int, *, digest: bool) -> list[str]:
    """The links of the shop's digest, or of the mail about the order."""

    def found() -> list[str]:
        mails = [mail for mail in mailbox.emails(SHOP) if (str(number) in mail.subject) is not digest]
        return LINK.findall(mails[0].text) if mails else []

    return eventually(found, "the mail has links", within=30)


def test_a_mail_about_an_order_leads_to_its_page(
    mailbox: Mailbox, page: Page, number: int, token: str
) -> None:
    (link,) = links(mailbox, number, digest=False)
    assert link.startswith(f"{page.url}/"), "it leads to this machine"
    closed = page.session.get(link, timeout=SECONDS)
    assert closed.status_code == 401
    opened = page.send(closed, "sign-in", token=token)
    assert (opened.status_code, opened.url) == (200, link)
    assert str(number) in opened.text.partition("<h1")[2].partition("</h1>")[0]


def test_every_link_of_the_digest_opens(mailbox: Mailbox, page: Page, number: int, token: str) -> None:
    found = links(mailbox, number, digest=True)
    assert {link.partition(f"/{SHOP}/")[2] for link in found} == {"today", f"orders/{number}"}
    page.post(f"{page.url}/sign-in", token=token, next="")
    for link in found:
        assert link.startswith(f"{page.url}/")
        opened = page.session.get(link, timeout=SECONDS)
        assert (opened.status_code, opened.url) == (200, link)
