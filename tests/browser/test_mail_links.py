"""A link in a real mail, followed by a stranger's browser: sign-in, and on to where it pointed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from local.stack.waiting import eventually

if TYPE_CHECKING:
    from local.stack.mailbox import Mailbox
    from tests.browser.clerk import Clerks
    from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(300)]

WEBMAIL = "http://mail.test/"


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_link_in_a_mail_leads_by_way_of_the_sign_in_to_the_order(
    clerks: Clerks, scene: Scene, mailbox: Mailbox, size: str
) -> None:
    number = scene.number("not at MALL")
    mail = eventually(lambda: mailbox.emails(scene.garden.name, str(number)), "the shop is told")[0]
    (link,) = re.findall(r"https?://\S+", mail.text)
    with clerks.visit(phone=size == "phone") as clerk:
        clerk.refusals = {401}
        clerk.outside[WEBMAIL] = f"<a href='{link}'>the order</a>"
        page = clerk.page
        page.goto(WEBMAIL)
        page.get_by_text("the order").click()
        page.get_by_label("Access token").fill(clerks.tokens["jana"])
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("h1")).to_contain_text(f"MALL {number}")
        assert page.url == link
