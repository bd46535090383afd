"""The languages that people read, and how one is chosen."""

from __future__ import annotations

from enum import StrEnum

MAX_HEADER = 500
"""Characters of an ``Accept-Language`` header that are read. No browser sends more."""


class Language(StrEnum):
    """A language that has a catalogue and templates. The value is the folder's name."""

    CZECH = "cs"
    SLOVAK = "sk"
    ENGLISH = "en"


DEFAULT = Language.CZECH
"""The language of a shop that names none."""


def language_of(tag: str) -> Language:
    """The language of a tag such as ``sk`` or ``en-GB``; Czech where there is no text in that language."""
    return _known(tag) or DEFAULT


def best_language(accept_language: str) -> Language | None:
    """The language that an ``Accept-Language`` header likes best of those that there are; None if it likes none."""
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
    """The weight of ``q=0.8``: 1 where nothing is said, 0 where it cannot be read."""
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
