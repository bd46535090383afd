"""What the name of a place says, in Czech, Slovak and English: the words of a column, an element, an attribute."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from orderbridge.domain.statuses import fold

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PIECES = re.compile(r"[0-9a-z]+")
_SHORT = 3
"""Letters of a word that counts only as a word of its own: ``id`` is no part of ``video``."""
_MALL = re.compile(r"(?<!s)mall(?!orc|ow|et)")

ITEM = (
    *("item", "polozk", "product", "produkt", "zbozi", "tovar", "artikl", "article", "variant", "sku"),
    *("ean", "radek", "riadok", "goods", "vyrobek", "sklad", "stock", "kus", "qty"),
)
PARTY = (
    *(
        "customer",
        "zakazni",
        "odberatel",
        "kupujici",
        "billing",
        "client",
        "klient",
        "user",
        "uzivatel",
        "ucet",
    ),
    *("adres", "address", "fakturac", "dodaci", "kontakt", "contact", "psc", "zip", "ico", "dic", "dph"),
    *("telefon", "phone", "tel", "mobil", "mail", "jmeno", "prijmeni", "firma", "company", "osoba"),
    *("ulice", "ulica", "street", "mesto", "city", "country", "zeme", "krajina", "postal", "postcode"),
    *("recipient", "prijemce", "adresat", "buyer", "kupec", "meno", "priezvisko", "iban"),
)
MONEY = (
    *("cena", "price", "castka", "suma", "amount", "total", "celkem", "celkom", "spolu", "vat", "dph", "tax"),
    *("currency", "mena", "cost", "naklad", "poplat", "fee", "slev", "zlav", "discount", "kurz"),
)
PAPER = ("faktur", "invoice", "variabil", "symbol", "vs", "dobropis", "credit", "slip", "uctenk")
PAYMENT = ("platb", "plateb", "payment", "paid", "uhrad", "zaplac", "zaplat", "payed", "splat", "due", "pay")
NOTE = ("poznamk", "note", "remark", "comment", "koment", "zprava", "sprava", "message", "memo", "vzkaz")
PARCEL = (
    *("zasilk", "zasielk", "tracking", "track", "parcel", "package", "balik", "baliku", "podaci", "podacie"),
    *("sledov", "trasov", "shipmentn", "shippingnum", "consignment", "waybill", "awb"),
)
ADDRESS = ("url", "odkaz", "link", "http", "www", "href")
EXTERNAL = (
    *("extern", "marketplace", "trziste", "trzisko", "partner", "ext", "mp", "cizi", "puvodni", "povodn"),
    *("zdroj", "source", "channel", "kanal", "thirdparty", "foreign", "original"),
)
SOURCE = (
    "zdroj",
    "source",
    "channel",
    "kanal",
    "marketplace",
    "trziste",
    "trzisko",
    "puvod",
    "referer",
    "origin",
)
INTERNAL = (
    "intern",
    "intnote",
    "intpozn",
    "shopremark",
    "shopnote",
    "admin",
    "private",
    "neverejn",
    "staff",
    "systemov",
    "prodejc",
)
TYPED_BY_CUSTOMER = ("zakazn", "customer", "kupuj", "klient", "client", "buyer", "user", "verejn")


@dataclass(frozen=True, slots=True)
class Name:
    """The words of a place's own name (the leaf) and of those above it, folded."""

    words: frozenset[str]
    joined: str
    """The leaf without blanks and signs, in lower case: ``cisloobjednavky``."""
    above: str
    """The same of the elements above, with blanks between."""
    above_words: frozenset[str]

    def says(self, stems: tuple[str, ...]) -> bool:
        """Whether the leaf has one of these words or stems."""
        return any(stem in self.words if len(stem) <= _SHORT else stem in self.joined for stem in stems)

    def within(self, stems: tuple[str, ...]) -> bool:
        """Whether an element above has one of these words or stems."""
        return any(stem in self.above_words if len(stem) <= _SHORT else stem in self.above for stem in stems)

    def concerns(self, stems: tuple[str, ...]) -> bool:
        """Whether leaf or elements above have one of these words or stems."""
        return self.says(stems) or self.within(stems)

    @property
    def mall(self) -> bool:
        """Whether the name has MALL in it, not "small" or "Mallorca"."""
        return _MALL.search(self.joined) is not None or _MALL.search(self.above) is not None


@lru_cache(maxsize=4096)
def name_of(place: str) -> Name:
    """The words of `place`: a column's name, or a path as ``A/B@c``."""
    parts = [part for part in re.split(r"[/@]", place) if part]
    above, leaf = parts[:-1], parts[-1] if parts else ""
    words = frozenset(_words(leaf))
    above_words = [word for part in above for word in _words(part)]
    squeezed = " ".join("".join(_words(part)) for part in above)
    return Name(words, "".join(_words(leaf)), squeezed, frozenset(above_words))


def _words(text: str) -> list[str]:
    plain = "".join(
        part
        for letter in text
        for part in unicodedata.normalize("NFKD", letter)
        if not unicodedata.combining(part)
    )
    return _PIECES.findall(fold(_CAMEL.sub(" ", plain)))
