"""Signing in and out, with a real browser's cookies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from orderbridge.console.sessions import COOKIE, keyed_digest
from orderbridge.console.sign_in import TRIES, WINDOW
from orderbridge_cli import registry
from tests.browser.clerk import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack.client import Deployment
    from tests.browser.clerk import Clerk, Clerks
    from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(300)]

WRONG = "w" * 43
OUTSIDE = "http://mail.test/"


@pytest.fixture
def stranger(clerks: Clerks) -> Iterator[Clerk]:
    with clerks.visit() as clerk:
        clerk.refusals = {401, 429}
        yield clerk


@pytest.fixture
def forgiven(deployment: Deployment) -> Iterator[None]:
    """Wrong tries are forgotten afterwards: every test comes from the same address."""
    yield
    services = deployment.services
    own = keyed_digest(services.signing_keys, "source", "127.0.0.1")
    newest = int(datetime.now(UTC).timestamp() // WINDOW.total_seconds())
    for window in (newest - 1, newest):
        services.console_store.forget_tries(f"{own}#{window}")


def test_in_and_out_and_the_way_back_is_closed(clerks: Clerks, stranger: Clerk) -> None:
    sign_in(stranger, clerks.tokens["eva"])
    page = stranger.page
    assert stranger.path == "shops/papirnictvi/today", "her only shop"
    (session,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    assert (session["httpOnly"], session["sameSite"]) == (True, "Strict")
    assert not page.evaluate(f"document.cookie.includes('{COOKIE}')")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.context.add_cookies([{"name": COOKIE, "value": session["value"], "url": f"{stranger.root}/"}])
    stranger.shop("papirnictvi")
    expect(page.get_by_role("status")).to_contain_text("You were signed out")


def test_a_token_is_never_in_an_address(clerks: Clerks, stranger: Clerk) -> None:
    asked: list[str] = []
    stranger.page.on("request", lambda request: asked.append(request.url))
    sign_in(stranger, clerks.tokens["eva"])
    assert asked
    assert not [address for address in asked if clerks.tokens["eva"] in address]


def test_whoever_follows_a_link_signs_in_and_is_there(clerks: Clerks, stranger: Clerk) -> None:
    page = stranger.shop("papirnictvi", "orders?status=open&hold=any")
    page.get_by_label("Access token").fill(clerks.tokens["eva"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("Orders")
    assert stranger.path == "shops/papirnictvi/orders?status=open&hold=any"


def test_a_link_in_a_mail_leads_to_the_order(clerks: Clerks, scene: Scene) -> None:
    """A mail is another site: the browser keeps the session's cookie back at first."""
    with clerks.visit("jana") as clerk:
        number = scene.number("new")
        clerk.outside[OUTSIDE] = f"<a href='{clerk.root}/shops/zahrada/orders/{number}'>the order</a>"
        clerk.page.goto(OUTSIDE)
        clerk.page.get_by_text("the order").click()
        expect(clerk.page.locator("h1")).to_contain_text(f"MALL {number}")


def test_a_one_time_link_works_once(clerks: Clerks, stranger: Clerk, deployment: Deployment) -> None:
    link = registry.one_time_sign_in(deployment.services, "eva", clerks.root).link
    stranger.page.goto(link)
    expect(stranger.page.locator("h1")).to_contain_text("Today")
    assert "code" not in stranger.page.url
    with clerks.visit() as second:
        second.refusals = {401}
        second.page.goto(link)
        expect(second.page.get_by_role("alert")).to_contain_text("not valid")


@pytest.mark.usefixtures("forgiven")
def test_wrong_tokens_are_turned_away_and_slowed_down(stranger: Clerk) -> None:
    page = stranger.open("sign-in")
    alert = page.get_by_role("alert")
    # The tries may fall into two windows.
    for tried in range(2 * TRIES + 1):
        page.get_by_label("Access token").fill(WRONG)
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        expect(alert).to_be_visible()
        if "Too many" in alert.inner_text():
            break
        expect(alert).to_contain_text("not valid")
        assert tried < 2 * TRIES, "nobody is slowed down"
    expect(alert).to_contain_text("Try again in")
    expect(page.get_by_label("Access token")).to_be_focused()
    assert WRONG not in page.content()
