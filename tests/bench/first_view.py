"""How long the first view of the clerks' page takes in a real browser, and what goes over the wire for it.

The deployed local stack, the day of the browser tests with many held orders beside it, an installed Chromium.
Measured is from the click on a one-time sign-in link until Today is painted: the sign-in page, its script that sends
the code, the form, Today. Times are the browser's own (Performance API, DevTools' network events).

Cold: the function's processes were ended, so the click starts the first one. Warm: somebody was there before. In both
the browser's cache is empty. Again: warm, with the style sheet, the script and the icon in the browser's cache.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.stack import stack
from local.stack.client import Deployment
from orderbridge_cli import registry
from tests.bench.tables import median, print_table
from tests.bench.wire import Wire
from tests.browser import chromium
from tests.browser.clerk import DESKTOP, PHONE
from tests.browser.scene import prepare, store_held
from tests.stack.conftest import UNLIMITED, opener

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from playwright.sync_api import Browser, BrowserContext

STATE = Path(".local") / "bench-first-view"
ROUNDS = 5
HELD = 60
OPERATOR = "jana"
FUNCTION = "console"
WAIT_MS = 30_000
MAX_BYTES = 100_000
SIZES = {"desktop": DESKTOP, "phone, 360 px": PHONE}
STATES = ("cold", "warm", "again")
KINDS = ("HTML", "css", "js", "icon")
_TELL_CLICK = "addEventListener('click', one => clicked(performance.timeOrigin + one.timeStamp), true)"
_TIMES = """() => {
  const [paint] = performance.getEntriesByName('first-contentful-paint');
  const [page] = performance.getEntriesByType('navigation');
  if (!paint || !page.loadEventEnd) return null;
  return {begun: performance.timeOrigin, first_byte: page.responseStart - page.requestStart,
          painted: paint.startTime, loaded: page.loadEventEnd};
}"""


class View:
    """One first view. Milliseconds since the click."""

    def __init__(self, wire: Wire, clicked: float, times: Mapping[str, float]) -> None:
        """`clicked`: milliseconds since 1970. `times`: as the page of the day has them."""
        begun = times["begun"] - clicked
        self.first_byte = times["first_byte"]
        """Of Today's HTML since it was asked for."""
        self.painted = begun + times["painted"]
        """First contentful paint of Today: it is shown."""
        self.loaded = begun + times["loaded"]
        self.sizes = dict.fromkeys(KINDS, 0)
        """Bytes that came over the wire, with headers."""
        self.steps: dict[str, tuple[float, float]] = {}
        """Request → when it was sent, and how long its answer took."""
        for one in wire.requests:
            self.sizes[one.kind] += one.size
            if one.size:
                name = f"{one.method} {_name_of(one.url)}"
                self.steps.setdefault(name, (one.sent - clicked, one.took))
        self.requests = sum(one.size > 0 for one in wire.requests)

    @property
    def size(self) -> int:
        """All bytes."""
        return sum(self.sizes.values())


def main() -> None:
    """Prints the tables. Raises RuntimeError if a first view is larger than 100 KB."""
    path = chromium.executable()
    if path is None:
        print("\n## The first view of the clerks' page: not measured, no Chromium is installed")
        return
    addresses = stack.up(stack.StackOptions(STATE, parameters=stack.NEVER | UNLIMITED))
    try:
        with ExitStack() as running:
            deployment = running.enter_context(closing(Deployment(addresses, STATE)))
            deployment.token = deployment.add_operator("bench", [])
            scene = prepare(opener(deployment, running))
            store_held(scene.garden, HELD)
            deployment.add_operator(OPERATOR, [scene.garden.name])
            browser = running.enter_context(chromium.running(path))
            busy, views = _views(deployment, browser)
    finally:
        stack.down(STATE)
    _print_times(views, busy)
    _print_sizes(views)
    _print_steps(views)
    if (largest := max(view.size for found in views.values() for view in found)) > MAX_BYTES:
        raise RuntimeError(f"a first view has {largest} bytes, more than {MAX_BYTES}")


Views = dict[tuple[str, str], list[View]]


def _views(deployment: Deployment, browser: Browser) -> tuple[float, Views]:
    """The highest load of the machine meanwhile, and the views. Sizes and states take turns."""
    busy = 0.0
    views: Views = {(size, state): [] for size in SIZES for state in STATES}
    for _ in range(ROUNDS):
        for (size, state), found in views.items():
            if state == "cold":
                _end_processes(deployment)
            busy = max(busy, os.getloadavg()[0])
            found.append(_view(deployment, browser, size, state))
    return busy, views


def _end_processes(deployment: Deployment) -> None:
    """Ends the function's processes, as Lambda does when a setting is given. The settings stay as they are."""
    client, name = deployment.aws("lambda"), deployment.function(FUNCTION)
    settings = client.get_function_configuration(FunctionName=name)["Environment"]
    client.update_function_configuration(FunctionName=name, Environment=settings)
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})


def _view(deployment: Deployment, browser: Browser, size: str, state: str) -> View:
    """One sign-in by a link of its own, in a browser that was never here; ``again``: that was here once."""
    phone = size != "desktop"
    context = browser.new_context(
        viewport=SIZES[size],  # type: ignore[arg-type]
        is_mobile=phone,
        has_touch=phone,
        locale="cs-CZ",
        timezone_id="Europe/Prague",
    )
    try:
        context.set_default_timeout(WAIT_MS)
        if state == "again":
            _sign_in(deployment, context)
            context.clear_cookies()
        return _sign_in(deployment, context)
    finally:
        context.close()


def _sign_in(deployment: Deployment, context: BrowserContext) -> View:
    """Clicks on a link, and waits for Today."""
    console = deployment.addresses["api"]["console_url"]
    link = registry.one_time_sign_in(deployment.services, OPERATOR, console).link
    page = context.new_page()
    clicked: list[float] = []

    def note_click(at: float) -> None:
        clicked.append(at)

    page.expose_function("clicked", note_click)
    page.set_content(f"<a href='{link}'>sign in</a>")
    page.evaluate(_TELL_CLICK)
    wire = Wire(context.new_cdp_session(page))
    page.get_by_text("sign in").click(no_wait_after=True)
    page.wait_for_url("**/today")
    page.locator("main h1").wait_for()
    times = page.wait_for_function(_TIMES).json_value()
    page.wait_for_load_state("networkidle")
    view = View(wire, clicked[0], times)
    page.close()
    return view


def _name_of(address: str) -> str:
    """The end of an address of the page, without the digest in the name of a file."""
    path = urlsplit(address).path.partition("/console")[2]
    if path.startswith("/static/"):
        name, _, suffix = path.removeprefix("/static/").partition(".")
        return f"{name}.{suffix.rpartition('.')[2]}"
    return f"console{path}"


def _middle(found: Sequence[View], of: Callable[[View], float]) -> float:
    return median([of(view) for view in found])


def _print_times(views: Views, busy: float) -> None:
    rows: list[list[object]] = []
    for (size, state), found in views.items():
        shown = sorted(view.painted for view in found)
        values = (_middle(found, lambda view: view.first_byte), _middle(found, lambda view: view.loaded))
        rows.append([size, state, f"{values[0]:.0f}", f"{median(shown):.0f}"])
        rows[-1] += [f"{shown[0]:.0f} to {shown[-1]:.0f}", f"{values[1]:.0f}"]
        rows[-1].append("yes" if median(shown) < 1000 else "NO")
    print_table(
        "The first view of the clerks' page in Chromium, milliseconds",
        "first-view",
        ["window", "state", "Today's first byte", "Today shown", "from … to", "loaded", "under a second"],
        rows,
        "Today's first byte: of its HTML, since it was asked for. The others count from the click on the sign-in link.",
        "shown: first contentful paint of Today. loaded: its load event, with style sheet and script.",
        "cold: the function has no process yet, empty cache; warm: it has one, empty cache; again: warm, cache filled.",
        f"Medians of {ROUNDS} sign-ins, the real local stack, a day with everything on it and {HELD} orders more held.",
        f"{os.cpu_count()} processors; the machine's load (of one minute) was {busy:.1f} at most.",
    )


def _print_sizes(views: Views) -> None:
    rows: list[list[object]] = []
    for (size, state), found in views.items():
        each = [_middle(found, lambda view, kind=kind: view.sizes[kind]) for kind in KINDS]  # type: ignore[misc]
        requests = _middle(found, lambda view: view.requests)
        rows.append([size, state, requests, *(f"{one / 1000:.1f}" for one in each)])
        rows[-1].append(f"{_middle(found, lambda view: view.size) / 1000:.1f}")
    print_table(
        "What comes over the wire for it, KB of 1,000 bytes",
        "first-view",
        ["window", "state", "requests", *KINDS, "all"],
        rows,
        "With headers, not compressed, from the click on: the sign-in page and Today with their files.",
    )


def _print_steps(views: Views) -> None:
    rows: list[list[object]] = []
    for state in STATES:
        found = views["desktop", state]
        for name in found[0].steps:
            steps: list[Any] = [view.steps[name] for view in found if name in view.steps]
            sent, took = (median([step[at] for step in steps]) for at in (0, 1))
            rows.append([state, name, f"{sent:.0f}", f"{took:.0f}"])
    print_table(
        "Where the time goes: the requests of a first view at a desktop, milliseconds",
        "first-view",
        ["state", "request", "sent", "answered after"],
        rows,
        "sent: since the click. Medians of their own, so they do not add up.",
    )


if __name__ == "__main__":
    main()
