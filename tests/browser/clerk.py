"""A person in front of the page: a browser's context that notes whatever must not happen."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Route

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
WAIT_MS = 15_000
"""Maximum time to wait for a condition on a page."""
LANGUAGES = {"cs": "cs-CZ", "sk": "sk-SK", "en": "en-GB"}
_ANSWER = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")
_TELL_VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation', one => window.tellViolation(one.violatedDirective))"
)


@dataclass
class Clerk:
    """One person's window. `wrong`: what must not happen; the visit fails if it is not empty at its end."""

    page: Page
    root: str
    """The address of the whole page."""
    wrong: list[str] = field(default_factory=list)
    refusals: set[int] = field(default_factory=set)
    """The HTTP statuses of refusals that the test asks for."""
    outside: dict[str, str] = field(default_factory=dict)
    """Addresses elsewhere that the test asks for, and their HTML."""

    def open(self, path: str = "", **wait: Any) -> Page:  # noqa: ANN401 - as Playwright takes it
        """Opens a page by its path after ``console/``, and waits until it is loaded."""
        self.page.goto(f"{self.root}/{path}" if path else self.root, **wait)
        return self.page

    def shop(self, shop: str, path: str = "today") -> Page:
        """Opens a page of a shop."""
        return self.open(f"shops/{shop}/{path}")

    @property
    def path(self) -> str:
        """Where the person is, after ``console/``, with the query."""
        return self.page.url.removeprefix(self.root).strip("/")

    def box(self, name: str, within: Locator | None = None) -> Locator:
        """Opens the box of an action by the name of its button, and returns its form."""
        place = within if within is not None else self.page.locator("main")
        box = place.locator("details.act-box").filter(has=self.page.get_by_text(f"{name}…", exact=True)).first
        box.locator("> summary").click()
        return box.locator("form")

    def entry(self, number: int) -> Locator:
        """The order's entry on a list."""
        link = self.page.locator(f"a.order[href$='/orders/{number}']")
        return self.page.locator("main li").filter(has=link).first

    def case(self, number: int) -> Locator:
        """The order's entry among today's cases."""
        link = self.page.locator(f"a.order[href$='/orders/{number}']")
        return self.page.locator(".p-escalations li").filter(has=link)

    # --- what must not happen -----------------------------------------------------------------------------

    def watch(self, context: BrowserContext) -> None:
        """Notes errors of the page, what its policy stopped, and every request to another host."""
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.wrong.append(f"error in the page: {error.error}"))
        context.expose_binding("tellViolation", lambda _, what: self.wrong.append(f"policy violated: {what}"))
        context.add_init_script(_TELL_VIOLATIONS)
        context.route(lambda address: not address.startswith(f"{self._origin}/"), self._strayed)
        self.page.on("dialog", self._interrupted)

    @property
    def _origin(self) -> str:
        parts = urlsplit(self.root)
        return f"{parts.scheme}://{parts.netloc}"

    def _strayed(self, route: Route) -> None:
        address = route.request.url
        if address in self.outside:
            route.fulfill(body=self.outside[address], content_type="text/html")
            return
        self.wrong.append(f"a request to another host: {address}")
        route.abort()

    def _interrupted(self, dialog: Dialog) -> None:
        self.wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        answer = _ANSWER.match(message.text)
        if answer and int(answer[1]) in self.refusals:
            return
        self.wrong.append(f"on the console: {message.text} ({message.location.get('url')})")


@dataclass
class Clerks:
    """Persons by name, each with a token. Each signs in once, through the page; visits begin signed in."""

    browser: Browser
    root: str
    tokens: dict[str, str] = field(default_factory=dict)
    _signed_in: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, token: str) -> None:
        """Knows the person from now on."""
        self.tokens[name] = token

    @contextmanager
    def visit(
        self,
        name: str = "",
        *,
        language: str = "en",
        phone: bool = False,
        **options: Any,  # noqa: ANN401 - as Playwright takes it
    ) -> Iterator[Clerk]:
        """A window of this person, signed in; without a name, of a stranger.

        Raises AssertionError at the end for whatever must not happen and did.
        """
        if name and name not in self._signed_in:
            with self.visit() as stranger:
                sign_in(stranger, self.tokens[name])
                self._signed_in[name] = stranger.page.context.storage_state()
        size = PHONE if phone else DESKTOP
        options = {"viewport": size, "is_mobile": phone, "has_touch": phone, **options}
        context = self.browser.new_context(
            locale=LANGUAGES[language],
            timezone_id="Europe/Prague",
            storage_state=self._signed_in.get(name),
            **options,
        )
        context.set_default_timeout(WAIT_MS)
        try:
            clerk = Clerk(context.new_page(), self.root)
            clerk.watch(context)
            yield clerk
        finally:
            context.close()
        assert not clerk.wrong, clerk.wrong


def sign_in(clerk: Clerk, token: str) -> None:
    """Signs in through the form, and waits for the first page."""
    clerk.open("sign-in")
    clerk.page.locator("#token").fill(token)
    with clerk.page.expect_navigation():
        clerk.page.locator("#token").press("Enter")
    clerk.page.locator("header.top").wait_for()
