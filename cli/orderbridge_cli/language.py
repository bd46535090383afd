"""The command line's language. Its sentences are written in English; Czech and Slovak are in ``locale``.

The language is chosen once, before the commands are imported, because their help is made at import. ``make texts``
takes the sentences from the calls of ``t`` and ``n``, so their arguments are literals.
"""

from __future__ import annotations

import gettext
import locale
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orderbridge.texts import Language

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "cli"
TRANSLATED = ("cs", "sk")
Code = Literal["cs", "sk", "en"]


class _Choice:
    """The language in use. There is one per process."""

    code: Code = "en"
    texts: gettext.NullTranslations = gettext.NullTranslations()


def choose(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Chooses the language: ``--lang`` among `arguments`, otherwise the locale of `environment`, otherwise English.

    A language that is not one of ours counts as English here; the option's own check refuses it later.
    """
    use(_wanted(arguments) or _of_locale(environment))


def use(code: Code) -> None:
    """Uses the language `code`. Without its compiled sentences everything is English."""
    _Choice.code = code
    _Choice.texts = gettext.translation(DOMAIN, LOCALE, [code], fallback=True)
    if code == "en":
        _Choice.texts = gettext.NullTranslations()


def code() -> Code:
    """The language in use."""
    return _Choice.code


def language() -> Language:
    """The language in use, for the product's own texts."""
    from orderbridge.texts import Language

    return Language(_Choice.code)


def t(sentence: str, /, **facts: object) -> str:
    """The translation of `sentence`, with `facts` in the places that it names."""
    translated = _Choice.texts.gettext(sentence)
    return translated.format(**facts) if facts else translated


def n(one: str, many: str, number: int, /, **facts: object) -> str:
    """The translation of `one` or `many`, in the plural form of `number`, which replaces ``{number}``."""
    return _Choice.texts.ngettext(one, many, number).format(number=number, **facts)


def decimal(number: str) -> str:
    """A number that is written with a point, as the language in use writes it."""
    return number if _Choice.code == "en" else number.replace(".", ",")


def in_quotes(name: str) -> str:
    """A name between the quotation marks of the language in use."""
    return f"“{name}”" if _Choice.code == "en" else f"„{name}“"


def _wanted(arguments: Sequence[str]) -> Code | None:
    for place, argument in enumerate(arguments):
        if argument == "--lang" and place + 1 < len(arguments):
            return _known(arguments[place + 1])
        if argument.startswith("--lang="):
            return _known(argument.removeprefix("--lang="))
    return None


def _of_locale(environment: Mapping[str, str]) -> Code:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name, ""):
            return _known((locale.normalize(value) or value)[:2]) or "en"
    return "en"


def _known(name: str) -> Code | None:
    match name:
        case "cs" | "sk" | "en":
            return name
        case _:
            return None
