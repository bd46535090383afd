"""Finds a customer's data in a text: a shop's error may quote the document that it refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from orderbridge.adapters.texts import clean, unescaped
from orderbridge.domain.statuses import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderbridge.domain.order_detail import Customer

_ENOUGH = 4
"""Letters (or digits) in a row that reveal a value. A shorter word counts if it stands alone."""

_WORDS = re.compile(r"[^\W_]+")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)
_MISREAD = (("utf-8", "cp1250"), ("utf-8", "latin-1"), ("cp1250", "latin-1"), ("cp1250", "utf-8"))


def quotes(text: str, customer: Customer) -> bool:
    """Whether `text` has a part of one of `customer`'s values (but the country).

    It finds values regardless of case and diacritics, cut short, with invisible characters, escaped (HTML, JSON,
    percent), and with letters broken by a wrong encoding. It rather says yes too often: a word of the shop may begin
    like a name.
    """
    forms = {fold(clean(form)).replace("\N{REPLACEMENT CHARACTER}", "?") for form in _unescaped(text)}
    words = {word for form in forms for word in _WORDS.findall(form)}
    digits = {"".join(filter(str.isdigit, form)) for form in forms}
    for value, shortest in _values(customer):
        for word in _WORDS.findall(value):
            if len(word) >= _ENOUGH and any(word[:_ENOUGH] in form for form in forms):
                return True
            # House numbers do not count: other numbers of the order look like them.
            if len(word) >= shortest and not word.isdigit() and word in words:
                return True
        number = "".join(filter(str.isdigit, value))
        if len(number) >= _ENOUGH and any(number in found for found in digits):
            return True
    domain = fold(customer.email.rpartition("@")[2])
    return bool(domain) and any(domain in form for form in forms)


def _unescaped(text: str) -> Iterator[str]:
    yield text
    yield unescaped(text)
    yield unquote(text)
    yield _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)


def _values(customer: Customer) -> Iterator[tuple[str, int]]:
    """The customer's values, folded, as they are and as a wrong encoding shows them.

    Each comes with the length of its shortest word that counts. Names can be short; short words of a street are in
    every text.
    """
    for value, shortest in (
        (customer.name, 2),
        (customer.company, 3),
        (customer.email.partition("@")[0], 3),
        (customer.phone, 3),
        (customer.street, 3),
        (customer.city, 3),
        (customer.zip, 3),
    ):
        yield fold(value), shortest
        if not value.isascii():
            for written_as, read_as in _MISREAD:
                yield fold(value.encode(written_as, "replace").decode(read_as, "replace")), shortest
