"""What a clerk comes for, task by task, at a desktop and on a phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from local.stack.waiting import eventually
from tests.stack.conditions import at

if TYPE_CHECKING:
    from tests.browser.clerk import Clerk, Clerks
    from tests.browser.scene import Scene

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.timeout(300)]

SHOP = "zahrada"


def check_undone(scene: Scene, name: str, why: str) -> None:
    """Nothing went to MALL, the order is held, and the record says who and why."""
    order = scene.order(name)
    assert order["next_step"] is None
    assert order["hold"]["code"] == "undone_by_person"
    action = order["actions"][-1]
    assert (action["action"]["code"], action["by"], action["why"]) == ("person.undo", "jana", why)
    scene.garden.sync()
    scene.garden.deployment.settle()
    assert scene.garden.took(scene.number(name)) == ["shipped"], "no Delivered at MALL"


def message_of(scene: Scene, name: str) -> str:
    """The ready text without its first lines, which say where it goes."""
    text: str = scene.order(name)["escalations"][0]["ready_text"]["text"]
    return text.partition("\n\n")[2].strip()


def test_today_has_everything_in_order_of_haste(jana: Clerk, scene: Scene) -> None:
    page = jana.shop(SHOP)
    heads = page.locator("main h2").all_inner_texts()
    names = [re.sub(r"\s*\d+$", "", head) for head in heads]
    assert names == [
        *("Stop the parcel", "About to be sent", "Deadlines", "Returns", "Cases", "Held orders"),
        "What happened today",
    ]
    entry = jana.entry(scene.number("parcel to stop"))
    expect(entry).to_contain_text(scene.codes["parcel to stop"])
    expect(entry.locator("a.track")).to_have_attribute("href", re.compile("^https://"))
    expect(entry.locator("time.age")).to_be_visible()
    assert re.search(r"\(\d+\)", page.title())


def test_the_clock_of_the_undo_window_runs(jana: Clerk, scene: Scene) -> None:
    jana.shop(SHOP)
    left = jana.entry(scene.number("cancelled in the shop")).locator(".left")
    expect(left).to_have_text(re.compile(r"^\d+:\d\d$"))
    first = left.inner_text()
    expect(left).not_to_have_text(first)


def test_the_time_of_an_undo_window_is_said_in_words(jana: Clerk, scene: Scene) -> None:
    """What is sent when, how much time is left, and that it is final then."""
    page = jana.shop(SHOP)
    entry = jana.entry(scene.number("cancelled in the shop"))
    expect(entry.locator(".timer")).to_have_text(
        re.compile(r"^is sent at \d\d:\d\d:\d\d · time left \d+:\d\d$")
    )
    expect(entry.locator(".why")).not_to_contain_text("at the earliest")
    expect(page.locator(".p-undo .hint")).to_contain_text("final at MALL")
    page = jana.shop(SHOP, f"orders/{scene.number('cancelled in the shop')}")
    expect(page.locator(".verdict .timer")).to_contain_text("time left")


def test_a_code_is_said_as_it_is_whatever_is_in_it(jana: Clerk) -> None:
    """A screen reader hears ten seconds before which order is sent."""
    jana.page.clock.install()
    page = jana.shop(SHOP)
    page.locator("time[data-due]").first.evaluate(
        """time => {
          time.dataset.order = "50% {time} $&";
          time.dataset.due = new Date(Date.now() + 12_500).toISOString();
        }"""
    )
    page.clock.run_for(4_000)
    expect(page.locator("#live")).to_have_text(re.compile(r"^50% \{time\} \$& is sent in 0:(10|0\d)$"))


def test_every_part_of_today_is_one_click_away(phone: Clerk) -> None:
    page = phone.shop(SHOP)
    heads = page.locator("main h2").evaluate_all("all => all.map(one => one.id)")
    jumps = page.locator("nav.jump a")
    assert jumps.evaluate_all("all => all.map(one => one.hash.slice(1))") == heads
    jumps.filter(has_text="Případy").tap()
    expect(page.locator("#h-escalations")).to_be_in_viewport()
    page.locator(".p-deadlines a[href^='#case-']").first.tap()
    expect(page.locator("li:target")).to_be_in_viewport()


def test_a_wrong_delivered_is_undone(jana: Clerk, scene: Scene) -> None:
    page = jana.shop(SHOP)
    number = scene.number("undone")
    form = jana.box("Do not send", jana.entry(number))
    expect(form.locator(".consequence")).to_contain_text("nothing is sent to MALL")
    form.get_by_label("Why").fill("wrong order, 026 was meant")
    form.get_by_role("button", name="Do not send").click()
    expect(page.get_by_role("status")).to_contain_text("The step is withdrawn")
    assert jana.path == f"shops/{SHOP}/orders/{number}"
    expect(page.locator(".verdict h2")).to_have_text("Nothing is being sent")
    expect(page.locator(".timeline .e-person").first).to_contain_text("wrong order, 026 was meant")
    jana.shop(SHOP)
    expect(page.locator(".p-undo").locator(f"a[href$='/{number}']")).to_have_count(0)
    expect(page.locator(".p-holds").locator(f"a[href$='/{number}']")).to_have_count(1)
    check_undone(scene, "undone", "wrong order, 026 was meant")


def test_the_same_on_a_phone(phone: Clerk, scene: Scene) -> None:
    page = phone.shop(SHOP)
    form = phone.box("Neodesílat", phone.entry(scene.number("undone on the phone")))
    form.locator("textarea").fill("špatná zásilka")
    form.get_by_role("button").tap()
    expect(page.get_by_role("status")).to_contain_text("Krok je stažený")
    check_undone(scene, "undone on the phone", "špatná zásilka")


def test_the_same_by_keyboard_alone(jana: Clerk, scene: Scene) -> None:
    """From the first key on the first page to the record: no mouse, and the focus is always to be seen."""
    page, number = jana.open("shops"), scene.number("undone by keyboard")
    press = page.keyboard.press

    def tab_to(what: str) -> None:
        for _ in range(150):
            press("Tab")
            if page.evaluate("one => document.activeElement.matches(one)", what):
                break
        else:
            pytest.fail(f"the keyboard does not reach {what}")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", f"the focus on {what} is not to be seen"

    tab_to(f"main a[href$='{SHOP}/today']")
    press("Enter")
    expect(page.locator("h1")).to_contain_text("Today")
    press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    press("Enter")
    entry = f"li:has(a.order[href$='/{number}'])"
    tab_to(f"{entry} details.act-undo > summary")
    press("Enter")
    tab_to(f"{entry} details.act-undo textarea")
    page.keyboard.type("typed by hand")
    tab_to(f"{entry} details.act-undo button.primary")
    press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The step is withdrawn")
    check_undone(scene, "undone by keyboard", "typed by hand")


@pytest.mark.parametrize("by", ["the shop's number", "MALL's number", "the tracking number"])
def test_why_an_order_was_not_sent_is_found_by_search(jana: Clerk, scene: Scene, by: str) -> None:
    """One search, no click: the order's page opens, and its first lines say why and what to do."""
    name = "without tracking" if by != "the tracking number" else "refused"
    number = scene.number(name)
    asked = {"the shop's number": scene.codes[name], "MALL's number": str(number)}.get(by, f"Z{number}")
    page = jana.shop(SHOP)
    page.get_by_role("searchbox", name="Find an order").fill(asked)
    page.keyboard.press("Enter")
    verdict = page.locator(".verdict")
    expect(verdict.locator("h2")).to_have_text("Nothing is being sent")
    reason = "tracking number" if name == "without tracking" else "MALL refused"
    expect(verdict.locator(".why")).to_contain_text(re.compile(reason, re.IGNORECASE))
    assert jana.path == f"shops/{SHOP}/orders/{number}"


def test_what_is_not_found_is_said(jana: Clerk) -> None:
    page = jana.shop(SHOP, "orders?q=nowhere")
    expect(page.locator(".empty")).to_contain_text("searched for as a whole")


def test_the_text_for_operations_is_copied(clerks: Clerks, scene: Scene) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    with clerks.visit("jana", permissions=permissions) as jana:
        page = jana.shop(SHOP)
        entry = jana.case(scene.number("wrong Delivered too"))
        expect(entry.locator("textarea").first).to_be_hidden()
        entry.get_by_role("button", name="Copy the text").click()
        expect(entry.locator("button.copy")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        expect(entry.locator(".where")).to_be_visible()
        expect(entry.locator(".where")).to_contain_text("Kam poslat")
    assert copied.replace("\r", "") == message_of(scene, "wrong Delivered too")
    assert "Kam poslat" not in copied, "where it goes is not sent"
    assert str(scene.number("wrong Delivered too")) in copied


def test_a_return_number_is_entered_and_the_credit_note_is_shown(jana: Clerk, scene: Scene) -> None:
    page = jana.shop(SHOP, f"orders/{scene.number('wrong Delivered')}")
    form = jana.box("Enter the return number: wrong Delivered")
    expect(form.locator(".consequence")).to_contain_text("Nothing is sent")
    form.get_by_label("Return number").fill("nonsense!")
    jana.refusals = {400}
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    form = page.locator("main form.act")
    expect(form.get_by_label("Return number")).to_have_value("nonsense!")
    form.get_by_label("Return number").fill("4700000123")
    form.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("The return number is entered")
    expect(page.locator(".case").first).to_contain_text("4700000123")
    jana.shop(SHOP)
    expect(page.locator(".p-deadlines")).to_contain_text("Issue the credit note")


def test_a_case_is_settled(jana: Clerk, scene: Scene) -> None:
    number = scene.number("wrong date")
    page = jana.shop(SHOP, "escalations?cause=wrong_delivery_date")
    form = jana.box("Settled", jana.entry(number))
    expect(form.locator(".consequence")).to_contain_text("Nothing is sent")
    form.locator("textarea").fill("Operations put it right")
    form.get_by_role("button", name="Settled").click()
    expect(page.get_by_role("status")).to_contain_text("The case is settled")
    jana.shop(SHOP, "escalations?cause=wrong_delivery_date")
    expect(page.locator(".empty")).to_be_visible()
    page.get_by_label("State").select_option("all")
    page.get_by_role("button", name="Show").click()
    expect(jana.entry(number)).to_contain_text("Settled")


def test_a_return_is_settled(jana: Clerk, scene: Scene) -> None:
    number = scene.number("comes back")
    page = jana.shop(SHOP, "returns")
    form = jana.box("Settled", jana.entry(number))
    expect(form.locator(".consequence")).to_contain_text("leaves the list of returns")
    form.locator("textarea").fill("back on the shelf")
    form.get_by_role("button", name="Settled").click()
    expect(page.get_by_role("status")).to_contain_text("off the list of returns")
    jana.shop(SHOP, "returns")
    expect(page.locator(f"main a[href$='/{number}']")).to_have_count(0)
    jana.shop(SHOP, "returns?state=resolved")
    expect(jana.entry(number)).to_contain_text("jana")
    expect(jana.entry(number)).to_contain_text("back on the shelf")


def test_returned_is_asked_for_with_its_consequence_said_first(jana: Clerk, scene: Scene) -> None:
    number = scene.number("to be returned")
    page = jana.shop(SHOP, f"orders/{number}")
    form = jana.box("Set Returned")
    expect(form.locator(".consequence")).to_contain_text("It is final: MALL pays the customer back")
    assert scene.order("to be returned")["return_request"] is None, "opening the box asks for nothing"
    form.get_by_role("button", name="Set Returned").click()
    expect(page.get_by_role("status")).to_contain_text("after the undo window")
    eventually(lambda: scene.order("to be returned")["next_step"], "Returned waits")
    jana.shop(SHOP)
    expect(page.locator(".p-undo").locator(f"li:has(a[href$='/{number}'])")).to_contain_text("Returned")
    assert scene.garden.took(number) == ["shipped"], "the window is open"


def test_an_order_is_looked_at_again(jana: Clerk, scene: Scene) -> None:
    number = scene.number("refused")
    page = jana.shop(SHOP, f"orders/{number}")
    form = jana.box("Look again")
    expect(form.locator(".consequence")).to_contain_text("MALL is read again")
    form.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("status")).to_contain_text("looked at again")
    scene.garden.until(lambda: scene.garden.took(number) == ["shipping"], "MALL took the step this time")
    page.reload()
    expect(page.locator(".timeline .e-step").first).to_contain_text("accepted")


def test_lists_are_filtered_bookmarked_and_paged(jana: Clerk, scene: Scene) -> None:
    page = jana.shop(SHOP, "orders")
    rows, results = page.locator("table.rows tbody tr"), page.locator("#results")
    whole = rows.count()
    page.get_by_label("Held because of").select_option("unknown_shop_status")
    expect(rows).to_have_count(3)
    expect(results).to_have_attribute("aria-busy", "false")
    assert jana.path.endswith("orders?hold=unknown_shop_status")
    assert whole > 3
    page.reload()
    expect(rows).to_have_count(3)
    expect(page.get_by_label("Held because of")).to_have_value("unknown_shop_status")

    page = jana.shop(scene.many.name, "orders?hold=missing_tracking")
    seen: list[str] = []
    while True:
        seen += rows.locator("a.order").evaluate_all("all => all.map(one => one.href.split('/').pop())")
        if not page.locator("a[rel=next]").count():
            break
        with page.expect_navigation():
            page.locator("a[rel=next]").click()
        assert "hold=missing_tracking" in page.url
    assert len(seen) == len(set(seen)) == 120
    page.get_by_role("link", name="To the beginning").click()
    expect(page.get_by_role("link", name="To the beginning")).to_have_count(0)
    assert page.url.endswith("orders?hold=missing_tracking")


def test_figures_lead_to_their_orders(jana: Clerk, scene: Scene) -> None:
    page = jana.shop(SHOP, "figures")
    errors = page.locator("section.figure").filter(has=page.get_by_role("heading", name="Errors in statuses"))
    expect(errors.get_by_role("img")).to_have_attribute("aria-label", re.compile(r"%.*limit"))
    errors.locator("summary").click()
    errors.get_by_role("link", name=str(scene.number("wrong Delivered too"))).click()
    expect(page.locator("h1")).to_contain_text(scene.codes["wrong Delivered too"])
    page.go_back()
    page.get_by_role("link", name="7 days").click()
    assert "from=" in page.url
    page.get_by_label("To", exact=True).fill("2020-01-01")
    page.get_by_label("From", exact=True).fill("2019-12-01")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".hint").first).to_contain_text("0 orders")


def test_state_and_audit(jana: Clerk) -> None:
    page = jana.shop(SHOP, "state")
    expect(page.get_by_text("Last read well")).to_be_visible()
    expect(page.get_by_text("Calls left")).to_be_visible()
    form = jana.box("Read the export now")
    form.get_by_label("Why").fill("asked by the boss")
    form.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("is read now")
    page.get_by_role("link", name="Who did what").click()
    row = page.locator("table.rows tbody tr").first
    expect(row).to_contain_text("jana")
    expect(row).to_contain_text("asked by the boss")


@pytest.mark.parametrize("phone", [False, True])
def test_a_shop_is_paused_and_resumed(clerks: Clerks, scene: Scene, *, phone: bool) -> None:
    """Paused, it is neither read nor written to; then it goes on with what came meanwhile. Both are on record."""
    shop = scene.calm
    try:
        with clerks.visit("jana", phone=phone) as jana:
            page = jana.shop(shop.name, "state")
            form = jana.box("Pause the shop")
            expect(form.locator(".consequence")).to_contain_text("until somebody resumes the shop")
            assert not shop.health()["paused"], "the first click only shows the consequence"
            form.get_by_label("Why").fill("a wrong list")
            form.get_by_role("button", name="Pause the shop").click()
            expect(page.get_by_role("status")).to_contain_text("The shop is paused")
            expect(page.locator(".verdict.held")).to_contain_text("by “jana”")
            expect(page.get_by_text("Read the export now…")).to_have_count(0)
            number = shop.opens(status="vyřizuje se")
            shop.deployment.request_reads([shop.name], [])
            shop.deployment.settle()
            assert shop.order(number) is None, "the export is not read"
            jana.shop(shop.name)
            expect(page.locator(".p-shop h2")).to_contain_text("paused")
            page.locator(".p-shop a").click()
            form = jana.box("Resume the shop")
            expect(form.locator(".consequence")).to_contain_text("Look through the shop first")
            form.get_by_role("button", name="Resume the shop").click()
            expect(page.get_by_role("status")).to_contain_text("The shop runs again")
            expect(page.locator(".verdict")).to_contain_text("Resumed by jana")
            jana.shop(shop.name, "audit")
            rows = page.locator("table.rows tbody tr")
            expect(rows.nth(0)).to_contain_text("jana")
            expect(rows.nth(1)).to_contain_text("a wrong list")
    finally:
        shop.answer("POST", "/resume")
    shop.sync()
    shop.reach({number: at("shipping")})


def test_pausing_is_not_hit_by_mistake(clerks: Clerks, scene: Scene) -> None:
    """Its button is apart from the others; from its page a click beside the button leads nowhere near it."""
    for phone in (False, True):
        with clerks.visit("jana", phone=phone) as jana:
            page = jana.shop(scene.calm.name, "state")
            tops = page.locator("details.act-box").evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().top)"
            )
            assert tops[-1] - tops[-2] > 150
            page = jana.shop(scene.calm.name, "pause")
            button, back = (page.locator(one).bounding_box() for one in ("form.act button", ".back a"))
            assert button is not None
            assert back is not None
            assert back["y"] - button["y"] - button["height"] > 15


def test_a_shop_is_chosen_from_a_list_and_another_is_not_shown(clerks: Clerks, scene: Scene) -> None:
    with clerks.visit("jana") as jana:
        page = jana.open()
        assert page.locator("ul.cards a").all_inner_texts() == ["papirnictvi", "sklad", "zahrada"]
        page.get_by_role("link", name="papirnictvi").click()
        expect(page.locator("h1")).to_contain_text("Today")
        page.get_by_title("Another shop").click()
        expect(page.locator("h1")).to_have_text("Choose a shop")
    with clerks.visit("eva") as eva:
        eva.refusals = {404}
        page = eva.shop(SHOP, f"orders/{scene.number('new')}")
        expect(page.locator("main")).not_to_contain_text(scene.codes["new"])


def test_a_quiet_day_says_so(jana: Clerk, scene: Scene) -> None:
    page = jana.shop(scene.calm.name)
    expect(page.locator(".calm")).to_be_visible()
    expect(page.locator(".counts")).to_contain_text("set to Shipping")
    expect(page.locator("main h2")).to_have_count(1)


@pytest.mark.parametrize(("code", "heading"), [("cs", "Dnes"), ("sk", "Dnes"), ("en", "Today")])
def test_the_language_is_switched_and_remembered(clerks: Clerks, code: str, heading: str) -> None:
    names = {"cs": "Čeština", "sk": "Slovenčina", "en": "English"}
    with clerks.visit("jana", language="en" if code != "en" else "cs") as jana:
        page = jana.shop(SHOP, "today")
        page.get_by_role("button", name=names[code]).click()
        expect(page.locator("html")).to_have_attribute("lang", code)
        expect(page.locator("h1")).to_contain_text(heading)
        assert jana.path == f"shops/{SHOP}/today"
        jana.shop(SHOP, "orders")
        expect(page.locator("html")).to_have_attribute("lang", code)
