"""Mails and ready texts."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.texts import PAGE, Language, render_mail, render_template
from orderbridge.texts.templates import TEMPLATES

PRAGUE = ZoneInfo("Europe/Prague")
SINCE = datetime(2026, 11, 26, 13, 5, tzinfo=UTC)
WHY = because(StopReason.KEY_REFUSED, http_status=401)


def test_the_first_line_is_the_subject() -> None:
    mail = render_mail(
        "shop_stopped", Language.CZECH, PRAGUE, PAGE, shop=Term("demo"), since=SINCE, why=WHY, state=""
    )
    assert mail.subject == "demo: do MALL nic neodesíláme, klíč e-shopu neplatí"
    first, _, reason, *_ = mail.body.splitlines()
    assert first == "E-shop demo: od 26. 11. 2026 14:05 do MALL nic neodesíláme."
    assert reason.startswith("MALL nepřijímá klíč tohoto e-shopu (HTTP 401)")


def test_a_value_cannot_begin_a_line_of_its_own() -> None:
    mail = render_mail(
        "shop_stopped",
        Language.ENGLISH,
        PRAGUE,
        PAGE,
        shop="demo\r\nBcc: all\x07",
        since=SINCE,
        why="<b>&\n\nNo",
        state="",
    )
    assert mail.subject.startswith("demo Bcc: all: ")
    assert "\n<b>& No\n" in mail.body


@pytest.mark.parametrize("values", [{}, {"shop": "demo", "since": SINCE}])
def test_a_missing_value_is_an_error(values: dict[str, object]) -> None:
    with pytest.raises(UndefinedError):
        render_template("shop_stopped", Language.SLOVAK, PRAGUE, PAGE, **values)


def test_nothing_is_not_a_value() -> None:
    with pytest.raises(ValueError, match="None"):
        render_template("shop_stopped", Language.SLOVAK, PRAGUE, PAGE, shop="demo", since=None, why=WHY)


def test_every_language_has_every_template() -> None:
    names = {
        language: {path.name for path in (TEMPLATES / language.value).glob("*.txt.j2")}
        for language in Language
    }
    assert names[Language.CZECH]
    assert names[Language.CZECH] == names[Language.SLOVAK] == names[Language.ENGLISH]


def test_jinja_is_imported_by_the_first_template_only() -> None:
    code = "import sys, orderbridge.texts; sys.exit('jinja2' in sys.modules or 'babel' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
