"""A browser of the clerks' page, as far as its tests need one: it keeps cookies, and reads forms and links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from orderbridge.domain.persons import Role
from tests.fakes import FakeOperator
from tests.unit.functions.function_harness import TOKEN, context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.unit.functions.function_harness import FunctionHarness

Json = Any
HOST = "shop.test"
BASE = f"https://{HOST}/v1/console"
SHOP = "shops/demo"
"""The pages of the harness's shop."""
SAME = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Page:
    """One answer."""

    status: int
    headers: dict[str, list[str]]
    text: str
    address: str

    def header(self, name: str) -> str:
        return self.headers[name][0]

    @property
    def cookies(self) -> list[str]:
        return self.headers.get("Set-Cookie", [])

    @property
    def forms(self) -> list[dict[str, str]]:
        """The hidden fields of every form that is posted, and its address under ``action``."""
        found = []
        for tag, inner in re.findall(r'(<form [^>]*method="post"[^>]*>)(.*?)</form>', self.text, re.DOTALL):
            fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', inner))
            (action,) = re.findall(r'action="([^"]*)"', tag)
            found.append({name: unescape(value) for name, value in fields.items()} | {"action": action})
        return found

    def form(self, end: str) -> dict[str, str]:
        """The form whose address ends so."""
        (found,) = [form for form in self.forms if form["action"].endswith(end)]
        return found

    @property
    def links(self) -> list[str]:
        return [unescape(link) for link in re.findall(r'<a [^>]*href="([^"]*)"', self.text)]

    @property
    def further(self) -> list[str]:
        """The links to other parts of the list."""
        return [link for link in self.links if "cursor=" in link]


@dataclass
class Browser:
    """`jar`: cookies by name. `log_in` signs in with the operator's token."""

    made: FunctionHarness
    language: str = "en"
    source: str = "192.0.2.7"
    jar: dict[str, str] = field(default_factory=dict)

    def log_in(self, token: str = TOKEN, next_: str = "") -> Page:
        return self.post("sign-in", {"token": token, "next": next_})

    def get(
        self,
        page: str = "",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Page:
        """`query`: in place of the one in `page`, as API Gateway gives it."""
        change = {} if query is None else {"queryStringParameters": dict(query)}
        return self.request("GET", page, None, {"Sec-Fetch-Site": "none"} | dict(headers or {}), change)

    def post(self, page: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Page:
        return self.request("POST", page, form, SAME if headers is None else headers)

    def send(self, page: Page, end: str, **filled: str) -> Page:
        """Sends the form of `page` whose address ends so."""
        form = page.form(end) | filled
        address = urljoin(page.address, form.pop("action"))
        return self.post(address.removeprefix(BASE).strip("/"), form)

    def follow(self, page: Page) -> Page:
        """To where the answer leads."""
        assert page.status == 303
        address = urljoin(page.address, page.header("Location"))
        assert address.startswith(BASE), address
        return self.get(address.removeprefix(BASE).strip("/"))

    def request(
        self,
        method: str,
        page: str,
        form: Mapping[str, str] | None,
        headers: Mapping[str, str],
        change: Mapping[str, object] | None = None,
    ) -> Page:
        """`change`: parts of the event that are otherwise."""
        path, _, query = page.partition("?")
        whole = f"/console/{path}" if path else "/console"
        cookies = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        event = {
            "httpMethod": method,
            "path": whole,
            "headers": {"Host": HOST, "Accept-Language": self.language, "Cookie": cookies, **headers},
            "queryStringParameters": dict(parse_qsl(query)) or None,
            "requestContext": {
                "path": f"/v1{whole}",
                "apiId": "a1b2c3d4e5",
                "identity": {"sourceIp": self.source},
            },
            "body": None if form is None else urlencode(form),
            "isBase64Encoded": False,
        } | dict(change or {})
        answer = self.made.app.handler(event, context())
        found = Page(
            answer["statusCode"],
            answer["multiValueHeaders"],
            answer["body"],
            f"{BASE}/{page}" if page else BASE,
        )
        self._keep(found)
        return found

    def _keep(self, page: Page) -> None:
        for cookie in page.cookies:
            name, _, rest = cookie.partition("=")
            value, _, how = rest.partition(";")
            if "Max-Age=0" in how:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value


def add_operator(
    made: FunctionHarness, name: str = "jana", role: Role = Role.OPERATOR, shops: tuple[str, ...] = ("demo",)
) -> None:
    """Whoever has ``TOKEN`` is this operator."""
    digest = sha256(TOKEN.encode()).hexdigest()
    made.product.operators.known = [FakeOperator(name, digest, shops, role)]


def is_inside(page: Page, link: str) -> bool:
    """Whether a link of the page leads to the page itself."""
    return urlsplit(urljoin(page.address, link)).netloc == HOST
