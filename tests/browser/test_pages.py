"""Every page: for everybody, at every size, in every language, on paper, without scripts, with hostile texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.clerk import LANGUAGES, PHONE, sign_in
from tests.browser.scene import HOSTILE
from tests.browser.test_tasks import SHOP, check_undone, message_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.clerk import Clerk, Clerks
    from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(300)]

ORDERS = (
    "hostile",
    "parcel to stop",
    "wrong Delivered too",
    "cancelled in the shop",
    "overdue",
    "not at MALL",
)


def paths(scene: Scene) -> list[str]:
    """Every page of somebody who is signed in, and the pages of several orders."""
    parts = (
        *(
            "today",
            "orders",
            "orders?q=nowhere",
            "returns?state=all",
            "escalations?state=all",
            "figures",
            "state",
        ),
        *("audit", "sync", "pause"),
        *(f"orders/{scene.number(name)}" for name in ORDERS),
        f"orders/{scene.number('cancelled in the shop')}/undo",
        f"orders/{scene.number('wrong Delivered too')}/return-number/wrong_delivered",
    )
    return ["shops", *(f"shops/{SHOP}/{part}" for part in parts), f"shops/{scene.calm.name}/today"]


def open_boxes(page: Page) -> None:
    page.locator("details:not([open])").evaluate_all("all => all.forEach(one => { one.open = true; })")


def looked_at(page: Page) -> list[str]:
    """The findings with every box open, in the light and in the dark."""
    open_boxes(page)
    page.emulate_media(color_scheme="light")
    found = findings(page)
    page.emulate_media(color_scheme="dark")
    return found + findings(page, "color-contrast", "link-in-text-block")


def test_axe_finds_nothing(clerks: Clerks, scene: Scene) -> None:
    with clerks.visit("jana", language="cs") as jana:
        found = [one for path in paths(scene) for one in looked_at(jana.open(path))]
        jana.refusals = {404}
        found += looked_at(jana.shop(SHOP, "nothing-here"))
    with clerks.visit() as stranger:
        found += looked_at(stranger.open("sign-in"))
        stranger.refusals = {404}
        found += looked_at(stranger.open("nothing.here/"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("part", ["today", "orders", "figures"])
def test_axe_finds_nothing_on_a_phone(phone: Clerk, part: str) -> None:
    found = looked_at(phone.shop(SHOP, part))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_a_phone(clerks: Clerks, scene: Scene, language: str) -> None:
    """Nothing is cut off and nothing scrolls sideways, with every box open: every page in Czech, some in the others.

    Texts of the shop, of MALL and of the person are hostile; no element comes of them.
    """
    with clerks.visit("hostile", language=language, phone=True) as clerk:
        wide = []
        for path in paths(scene)[1:-1] if language == "cs" else paths(scene)[1:9:3]:
            page = clerk.open(path)
            open_boxes(page)
            expect(page.locator("html")).to_have_attribute("lang", language)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > PHONE["width"]:
                wide.append((path, width))
            assert page.locator("main script, main img, main iframe, [onerror]").count() == 0, path
            assert page.locator("script").count() == 1, path
    assert not wide


@pytest.mark.parametrize("language", ["cs", "sk"])
def test_no_line_ends_within_a_word(clerks: Clerks, scene: Scene, language: str) -> None:
    """``e-shop`` stays whole on a phone, with its usual hyphen."""
    with clerks.visit("jana", language=language, phone=True) as clerk:
        shown = 0
        for path in (*paths(scene)[1:6], *paths(scene)[-3:]):
            page = clerk.open(path)
            open_boxes(page)
            lines = page.locator(".word").evaluate_all("all => all.map(one => one.getClientRects().length)")
            assert not [one for one in lines if one > 1], path
            shown += len(lines)
            words = page.locator("main").evaluate("main => main.innerText.match(/e-shop/gi) || []")
            assert len(words) >= page.locator("main .word:visible").count(), "the hyphen is the usual one"
        assert shown > 20


def test_hostile_texts_are_texts(clerks: Clerks, scene: Scene) -> None:
    """Of the shop, of MALL, of a person, of the address. The visit notes a script that ran and a policy that broke."""
    with clerks.visit("hostile") as clerk:
        page = clerk.shop(SHOP, f"orders/{scene.number('hostile')}")
        expect(page.locator("h1")).to_contain_text("<script>alert(1)</script>")
        expect(page.locator(".items")).to_contain_text("<img src=x onerror=alert(2)>{{7*7}}")
        expect(page.locator(".who .name")).to_contain_text("<script>alert(1)</script>")
        page = clerk.shop(SHOP, "orders")
        page.get_by_role("searchbox", name="Find an order").fill(HOSTILE)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text(f"MALL {scene.number('hostile')}")
        page = clerk.shop(SHOP, f"orders?{urlencode({'q': HOSTILE + '!'})}")
        expect(page.get_by_label("Number", exact=True)).to_have_value(f"{HOSTILE}!")


def test_everything_works_without_scripts(clerks: Clerks, scene: Scene) -> None:
    with clerks.visit(java_script_enabled=False) as clerk:
        sign_in(clerk, clerks.tokens["jana"])
        page = clerk.shop(SHOP)
        case = clerk.case(scene.number("wrong Delivered too"))
        case.get_by_text("Text for MALL's Operations…").click()
        text = case.locator(".ready textarea")
        expect(text).to_have_attribute("readonly", "")
        expect(text).to_have_value(message_of(scene, "wrong Delivered too"))
        expect(case.locator("button.copy")).to_be_hidden()
        expect(clerk.entry(scene.number("cancelled in the shop")).locator(".left")).to_contain_text("min")
        form = clerk.box("Do not send", clerk.entry(scene.number("undone without scripts")))
        form.get_by_label("Why").fill("no scripts here")
        form.get_by_role("button", name="Do not send").click()
        expect(page.get_by_role("status")).to_contain_text("The step is withdrawn")
        check_undone(scene, "undone without scripts", "no scripts here")
        clerk.shop(SHOP, "orders")
        page.get_by_label("Held because of").select_option("unknown_shop_status")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("table.rows tbody tr")).to_have_count(3)
        page.get_by_role("button", name="Čeština").click()
        expect(page.locator("html")).to_have_attribute("lang", "cs")
        page.get_by_role("button", name="Odhlásit").click()
        expect(page.locator("#token")).to_be_visible()


def test_a_viewer_sees_no_buttons(petr: Clerk, scene: Scene) -> None:
    """Only those to search, to filter, to copy a text, to choose a language and to leave."""
    parts = (
        "today",
        "returns",
        "escalations",
        "state",
        *(f"orders/{scene.number(name)}" for name in ORDERS[1:]),
    )
    for path in parts:
        page = petr.shop(SHOP, path)
        actions = page.locator("main form[method=post], form.act").evaluate_all(
            "all => all.map(one => one.action)"
        )
        assert actions == [], path
    page = petr.shop(SHOP)
    expect(page.locator(".who")).to_contain_text("read only")
    expect(page.locator(".p-undo li")).not_to_have_count(0)
    petr.refusals = {403}
    page = petr.shop(SHOP, f"orders/{scene.number('cancelled in the shop')}/undo")
    expect(page.locator("form.act")).to_have_count(0)


def test_a_printed_list_is_usable(jana: Clerk, scene: Scene) -> None:
    """The frame, buttons and running clocks are not printed; whose list it is, of which moment, and the orders are."""
    page = jana.shop(SHOP)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    for hidden in ("nav.tabs", "nav.jump", ".search", "details.act-box >> nth=0", ".skip", "button.print"):
        expect(page.locator(hidden)).to_be_hidden()
    expect(page.locator(".p-undo .left >> nth=0")).to_be_hidden()
    for shown in ("h1", ".p-stop li", ".p-undo time >> nth=0", ".p-holds .todo >> nth=0"):
        expect(page.locator(shown)).to_be_visible()
    expect(page.locator("footer")).to_contain_text(re.compile(rf"{SHOP} · As of today \d\d:\d\d"))
    top = page.locator("footer").bounding_box()
    assert top is not None
    assert top["y"] < 50, "it stands above the list"
    expect(page.locator(".p-stop")).to_contain_text(scene.codes["parcel to stop"])
    assert len(page.pdf(format="A4")) > 5_000


def test_the_first_view_is_small(clerks: Clerks, scene: Scene) -> None:
    """Page, style sheet, script and icon together, from a browser that has nothing yet."""
    with clerks.visit("jana") as jana:
        sizes: list[int] = []
        jana.page.on("response", lambda answer: sizes.append(len(answer.body())))
        jana.shop(scene.calm.name)
        jana.page.wait_for_load_state("networkidle")
        assert len(sizes) >= 3
        assert sum(sizes) < 100 * 1024


def test_a_phone_uses_its_whole_width(phone: Clerk) -> None:
    """In the list of orders the reasons are as wide as the other lines."""
    page = phone.shop(SHOP, "orders")
    text, row = (page.locator(f"table.rows tbody {one} >> nth=0").bounding_box() for one in ("td.text", "tr"))
    assert text is not None
    assert row is not None
    assert text["width"] > row["width"] * 0.9
