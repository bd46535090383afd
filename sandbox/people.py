"""Invented customers, the same for the same number on both sides, easy to find where they must not be.

No name, address, e-mail domain or telephone number here belongs to anybody: `example.invalid` can never
exist.
"""

from __future__ import annotations

from dataclasses import dataclass

PERSONAL_MARKERS = ("Vymyšlen", "example.invalid", "Neexistující", "Smyšlenov", "+420601")
"""Every invented customer carries each of these: what contains one has leaked personal data."""

_FIRST_NAMES = ("Jiřina", "Božena", "Růžena", "Žofie", "Květa", "Šárka", "Ludmila", "Zdeňka")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer. `country` is an ISO 3166 alpha-2 code."""

    name: str
    email: str
    phone: str
    street: str
    city: str
    zip: str
    country: str = "CZ"


def invent_person(number: int) -> Person:
    """The customer that belongs to an order's number; equal numbers give equal people."""
    tail = f"{number % 1_000_000:06d}"
    return Person(
        name=f"{_FIRST_NAMES[number % len(_FIRST_NAMES)]} Vymyšlená-{tail}",
        email=f"zakaznik.{tail}@example.invalid",
        phone=f"+420601{tail}",
        street=f"Neexistující {number % 900 + 1}/{number % 40 + 1}",
        city=f"Smyšlenov {number % 20 + 1}",
        zip=f"{99000 + number % 1000:05d}",
    )


def invent_total(number: int) -> int:
    """The order's total with VAT in hundredths of the currency; equal numbers give equal totals."""
    return 19_900 + number * 7_919 % 480_000
