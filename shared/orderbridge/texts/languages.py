"""The languages of texts, and how one is selected (R11.2)."""

from __future__ import annotations

from enum import StrEnum

MAX_HEADER = 500
"""Maximum number of characters of an ``Accept-Language`` header that are read. Browsers send fewer."""


class Language(StrEnum):
    """A language with a catalogue and templates. The value is its folder's name."""

    CZECH = "cs"
    SLOVAK = "sk"
    ENGLISH = "en"


DEFAULT = Language.CZECH
"""The language where none is named."""


def language_of(tag: str) -> Language:
    """The language of a tag such as ``sk`` or ``en-GB``; Czech for any other language."""
    return _known(tag) or DEFAULT


def best_language(accept_language: str) -> Language | None:
    """The language with the highest weight in an ``Accept-Language`` header, of ours; None if it names none."""
    best, best_weight = None, 0.0
    for part in accept_language[:MAX_HEADER].split(","):
        tag, _, parameter = part.partition(";")
        language = _known(tag)
        weight = _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _known(tag: str) -> Language | None:
    primary = tag.strip().lower().partition("-")[0]
    return next((language for language in Language if language.value == primary), None)


def _weight(parameter: str) -> float:
    """The weight in ``q=0.8``: 1 where it is absent, 0 where it cannot be read."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
