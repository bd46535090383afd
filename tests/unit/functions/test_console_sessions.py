"""console: who gets in, how long he stays, and what a stranger can do."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from orderbridge.console.sessions import COOKIE, IDLE, LONGEST
from orderbridge.console.sign_in import (
    CODE_LASTS,
    TRIES,
    TRIES_UNDER_ATTACK,
    WINDOW,
    WRONG_IN_ALL,
    network_of,
    new_code,
)
from orderbridge.domain.persons import EVERY_SHOP, Role
from orderbridge.ports.console import SigningKey
from tests.unit.functions.console_client import Browser, add_operator
from tests.unit.functions.function_harness import TOKEN

if TYPE_CHECKING:
    from tests.unit.functions.function_harness import FunctionHarness

TODAY = "shops/demo/today"


def test_a_right_token_leads_to_the_page_that_was_asked_for(made: FunctionHarness) -> None:
    browser = Browser(made)
    asked = browser.get("shops/demo/orders?hold=any")
    assert asked.status == 401
    assert asked.form("sign-in")["next"] == "shops/demo/orders?hold=any"
    answer = browser.send(asked, "sign-in", token=TOKEN)
    found = browser.follow(answer)
    assert (found.status, found.address) == (200, "https://shop.test/v1/console/shops/demo/orders?hold=any")


def test_whoever_asked_for_nothing_comes_to_his_day_at_once_or_to_the_choice(made: FunctionHarness) -> None:
    """A person with one shop is not sent by way of the choice: each request more is a wait."""
    assert Browser(made).log_in().header("Location") == "../console/shops/demo/today"
    for shops in (("demo", "other"), (EVERY_SHOP,), ()):
        add_operator(made, shops=shops)
        assert Browser(made).log_in().header("Location") == "../console", shops


def test_the_sessions_cookie_is_for_this_page_alone(made: FunctionHarness) -> None:
    (cookie,) = Browser(made).log_in().cookies
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert parts == {"Path=/v1/console", "Max-Age=1800", "HttpOnly", "SameSite=Strict", "Secure"}
    assert TOKEN not in cookie


def test_a_local_stack_has_no_tls_and_a_path_of_its_own(made: FunctionHarness) -> None:
    made.product.local = True
    answer = Browser(made).log_in()
    assert "Secure" not in answer.cookies[0]
    assert "Path=/_aws/execute-api/a1b2c3d4e5/v1/console;" in answer.cookies[0]
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize(
    "token", ["", "x" * 43, TOKEN[:-1], f"{TOKEN}x", "x" * 5_000, "ABCD-EFGH-JKLM-NPQR", "\0"]
)
def test_any_other_token_is_turned_away(made: FunctionHarness, token: str) -> None:
    browser = Browser(made)
    answer = browser.log_in(token)
    assert (answer.status, answer.cookies, browser.jar) == (401, [], {})
    assert 'role="alert"' in answer.text
    assert browser.get(TODAY).status == 401


@pytest.mark.parametrize(
    "next_",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "../../evil",
        "a/../../b",
        "shops/demo/today\r\nX: y",
        "x" * 900,
        "x?" + "y&" * 400,
    ],
)
def test_the_way_on_never_leads_out(made: FunctionHarness, next_: str) -> None:
    answer = Browser(made).log_in(next_=next_)
    assert answer.header("Location") == "../console/shops/demo/today"


def test_a_way_on_with_many_parameters_is_no_error(made: FunctionHarness) -> None:
    asked = "&".join(f"a{number}=1" for number in range(60))
    answer = Browser(made).log_in(next_=f"{TODAY}?{asked}")
    assert answer.header("Location") == f"../console/{TODAY}?{asked}"


def test_a_session_ends_without_use(clerk: Browser) -> None:
    clerk.made.product.clock.advance(IDLE - timedelta(minutes=2))
    assert clerk.get(TODAY).status == 200
    clerk.made.product.clock.advance(IDLE - timedelta(minutes=2))
    assert clerk.get(TODAY).status == 200, "it was renewed by use"
    clerk.made.product.clock.advance(IDLE)
    answer = clerk.get(TODAY)
    assert answer.status == 401
    assert "session has ended" in answer.text
    assert COOKIE not in clerk.jar


def test_a_session_ends_after_a_day_whatever_its_use(clerk: Browser) -> None:
    for _ in range(int(LONGEST / timedelta(minutes=20)) - 1):
        clerk.made.product.clock.advance(timedelta(minutes=20))
        assert clerk.get(TODAY).status == 200
    clerk.made.product.clock.advance(timedelta(minutes=20))
    assert clerk.get(TODAY).status == 401


def test_a_page_that_refreshes_itself_does_not_renew_the_session(clerk: Browser) -> None:
    for _ in range(2):
        clerk.made.product.clock.advance(timedelta(minutes=10))
        answer = clerk.get(TODAY, {"X-Refresh": "1"})
        assert (answer.status, answer.cookies) == (200, [])
    clerk.made.product.clock.advance(timedelta(minutes=10))
    assert clerk.get(TODAY, {"X-Refresh": "1"}).status == 401


def test_a_removed_operator_is_out_at_once(clerk: Browser) -> None:
    page = clerk.get("shops/demo/state")
    clerk.made.product.operators.known = []
    assert clerk.send(page, "demo/sync").status == 401
    assert clerk.made.product.actions.recorded == []
    assert clerk.get(TODAY).status == 401
    assert COOKIE not in clerk.jar


def test_signing_out_ends_every_copy_of_the_session(clerk: Browser) -> None:
    copy = Browser(clerk.made, jar=dict(clerk.jar))
    page = clerk.get(TODAY)
    answer = clerk.send(page, "sign-out")
    assert clerk.follow(answer).status == 200
    assert COOKIE not in clerk.jar
    assert copy.get(TODAY).status == 401


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_forged_session_is_none(clerk: Browser, place: int) -> None:
    parts = clerk.jar[COOKIE].split(".")
    begin = parts[place]
    parts[place] = ("A" if begin[0] != "A" else "B") + begin[1:]
    clerk.jar[COOKIE] = ".".join(parts)
    assert clerk.get(TODAY).status == 401


@pytest.mark.parametrize("value", ["", ".", "..", "one.e30.", "one..", "x" * 3_000, "one.bnVsbA.AAAA"])
def test_what_is_no_session_is_none(clerk: Browser, value: str) -> None:
    clerk.jar[COOKIE] = value
    assert clerk.get(TODAY).status == 401


@pytest.mark.parametrize(
    "other",
    [
        *('consent={"stamp": "x y", "ok": true}', 'a="x"y', "a=b c", "n\u00e1z=1", "=x", "a", 'a="', "x@y=1"),
        *("a[1]=2", "expires=1", "a=\ud800", ""),
    ],
)
def test_a_cookie_of_another_site_of_the_domain_ends_no_session(clerk: Browser, other: str) -> None:
    session = clerk.jar[COOKIE]
    for cookies in (f"{other}; {COOKIE}={session}", f"{COOKIE}={session}; {other}"):
        answer = Browser(clerk.made).get(TODAY, {"Cookie": cookies})
        assert answer.status == 200, cookies


def test_signing_in_begins_a_session_of_its_own(clerk: Browser) -> None:
    """Whoever planted a session in the browser does not get the one that begins there."""
    planted = dict(clerk.jar)
    victim = Browser(clerk.made, jar=dict(planted))
    assert victim.log_in().status == 303
    assert victim.jar[COOKIE] != planted[COOKIE]
    assert victim.send(victim.get(TODAY), "sign-out").status == 303
    assert Browser(clerk.made, jar=planted).get(TODAY).status == 200, "it was another session"


def test_what_the_operator_may_do_is_read_at_every_request(clerk: Browser) -> None:
    clerk.made.product.add_shop("second")
    page = clerk.get("shops/demo/state")
    add_operator(clerk.made, role=Role.VIEWER)
    assert clerk.send(page, "demo/sync").status == 403
    assert clerk.get(TODAY).status == 200
    add_operator(clerk.made, shops=("second",))
    assert clerk.get(TODAY).status == 404
    assert clerk.made.product.actions.recorded == []


def test_a_code_of_a_removed_operator_signs_nobody_in(made: FunctionHarness) -> None:
    code = new_code(made.product.console_store, sha256(TOKEN.encode()).hexdigest(), made.product.clock.now())
    made.product.operators.known = []
    assert Browser(made).log_in(code).status == 401


def test_a_new_key_signs_and_the_one_before_still_counts(clerk: Browser) -> None:
    keys = clerk.made.product.signing_keys
    page = clerk.get(TODAY)
    keys.known.insert(0, SigningKey("two", b"2" * 32))
    assert clerk.get(TODAY).status == 200
    assert clerk.send(page, "sign-out").status == 303, "a form of before counts too"
    del keys.known[1]
    assert clerk.get(TODAY).status == 401


def test_a_code_signs_in_once(made: FunctionHarness) -> None:
    code = new_code(made.product.console_store, sha256(TOKEN.encode()).hexdigest(), made.product.clock.now())
    assert code not in str(made.product.console_store.codes)
    first, second = Browser(made), Browser(made)
    assert first.log_in(f" {code.lower()} ").status == 303
    assert first.get(TODAY).status == 200
    assert second.log_in(code).status == 401


def test_a_code_expires(made: FunctionHarness) -> None:
    code = new_code(made.product.console_store, sha256(TOKEN.encode()).hexdigest(), made.product.clock.now())
    made.product.clock.advance(CODE_LASTS)
    assert Browser(made).log_in(code).status == 401


def test_wrong_tries_are_slowed_down_for_their_source_alone(made: FunctionHarness) -> None:
    stranger, clerk = Browser(made, source="198.51.100.9"), Browser(made)
    statuses = [stranger.log_in("wrong" * 9).status for _ in range(TRIES + 2)]
    assert statuses == [401] * TRIES + [429] * 2
    assert stranger.log_in().status == 429, "now nobody looks at the token"
    assert clerk.log_in().status == 303
    made.product.clock.advance(WINDOW)
    assert stranger.log_in("wrong" * 9).status == 401


def test_a_right_token_takes_the_tries_back(made: FunctionHarness) -> None:
    clerk = Browser(made)
    for _ in range(4):
        assert [clerk.log_in("wrong" * 9).status for _ in range(TRIES - 1)] == [401] * (TRIES - 1)
        assert clerk.log_in().status == 303


def test_a_crowd_of_strangers_slows_everybody_down_and_locks_nobody_out(made: FunctionHarness) -> None:
    for number in range(WRONG_IN_ALL):
        Browser(made, source=f"198.51.{number // 250}.{number % 250}").log_in("wrong" * 9)
    late = Browser(made, source="203.0.113.1")
    statuses = [late.log_in("wrong" * 9).status for _ in range(TRIES_UNDER_ATTACK + 1)]
    assert statuses == [401] * TRIES_UNDER_ATTACK + [429]
    assert Browser(made).log_in().status == 303


def test_no_address_of_a_person_is_stored(made: FunctionHarness) -> None:
    Browser(made).log_in("wrong" * 9)
    assert made.product.console_store.counts
    assert "192.0.2.7" not in str(made.product.console_store.counts)


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
        ("nonsense", "unknown"),
    ],
)
def test_whom_an_address_belongs_to(source: str, network: str) -> None:
    assert network_of(source) == network


def test_a_link_in_a_mail_finds_the_session(clerk: Browser) -> None:
    """The browser leaves the cookie out, because another site led here; the page that follows is ours."""
    jar, clerk.jar = clerk.jar, {}
    answer = clerk.get("shops/demo/orders/1", {"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 200
    assert (
        '<meta http-equiv="refresh" content="0;url=../../../../console/shops/demo/orders/1">' in answer.text
    )
    clerk.jar = jar
    assert clerk.get("shops/demo/orders/1").status == 404, "there is no such order, and he is signed in"
    clerk.jar = {}
    assert clerk.get("shops/demo/orders/1").status == 401


def test_nothing_of_a_token_or_a_session_is_in_the_log_or_an_address(made: FunctionHarness) -> None:
    browser = Browser(made)
    browser.log_in("an-other-invented-token-of-nobody")
    answer = browser.log_in()
    session = browser.jar[COOKIE]
    page = browser.get(TODAY)
    browser.send(page, "sign-out")
    lines = made.log()
    assert [(line["level"], line["message"]) for line in lines] == [
        ("WARNING", "a sign-in was turned away"),
        ("INFO", "signed in"),
        ("INFO", "signed out"),
    ]
    secrets = (TOKEN, session, *session.split("."), "an-other-invented-token-of-nobody", "192.0.2.7")
    shown = [made.output(), answer.header("Location"), page.text]
    assert [one for one in secrets if len(one) > 8 and any(one in text for text in shown)] == []


@pytest.mark.parametrize("forgotten", [True, False])
def test_a_form_sent_after_the_session_ended_says_that_nothing_was_done(
    clerk: Browser, *, forgotten: bool
) -> None:
    """The browser itself forgets the cookie after half an hour, so the page may not see that there was one."""
    page = clerk.get("shops/demo/state")
    clerk.made.product.clock.advance(IDLE)
    if forgotten:
        clerk.jar.clear()
    answer = clerk.send(page, "demo/sync", why="now")
    assert answer.status == 401
    assert "Nothing was done" in answer.text
    assert clerk.made.product.actions.recorded == []
    found = clerk.follow(clerk.follow(clerk.send(answer, "sign-in", token=TOKEN)))
    assert (found.status, found.address) == (200, "https://shop.test/v1/console/shops/demo/today")
    assert "Nothing was done" not in clerk.get("sign-in").text
    wrong = clerk.send(answer, "sign-in", token="wrong")
    assert "Nothing was done" not in wrong.text, "one message at a time"


def test_signing_out_after_the_session_ended_is_done(clerk: Browser) -> None:
    page = clerk.get("shops/demo/state")
    clerk.made.product.clock.advance(IDLE)
    assert "Nothing was done" not in clerk.send(page, "sign-out").text
