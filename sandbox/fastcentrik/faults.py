"""What can go wrong with the shop's export and import; `sandbox.faults` says how rules are armed and used up.

| kind | what comes back |
|---|---|
| `latency` | the answer after `latency_ms`; adds to other kinds |
| `status` | `http_status` (default 500) with a short HTML page |
| `html_login` | 200 and an HTML login page |
| `truncated` | the document cut off after `bytes` (default: half), ended properly; `clean` false: not so |
| `wrong_encoding` | the document in `encoding` (default: windows-1250 where UTF-8 is declared, else UTF-8) |
| `entity_bomb` | XML whose nested entities would unfold to gigabytes |
| `external_entity` | XML with an entity to fetch from `url` (default: one here that counts `leaks`) |
| `lost` | the connection is closed without an answer, or after `bytes` of the document; `how` `close` or `reset` |
| `lost_after` | the same for the import, after its effect |
| `refused` | the import says no in a 200 (or `http_status`); `echo` true: and quotes the whole document |
| `huge` | a document that never ends (or ends after `bytes`): `shape` `orders`, or `text` in one element |
| `empty_body` | 200 and not one byte |
| `no_validators` | no ETag, no Last-Modified, conditions ignored; adds to other kinds |
| `delta` | only the orders changed since the previous whole or partial export; adds to other kinds |
| `not_modified` | 304 to whoever has a copy (ETag, Last-Modified), whatever has changed; adds to other kinds |
| `lacks` | a proper list without the orders `codes` (default: without any); adds to other kinds |
| `doubled` | the orders `codes` (default: all) stand in it twice, with equal records; adds to other kinds |
| `prefixed` | `prefix` (default: a line feed, a blank) before the first character; adds to other kinds |
| `gzipped` | the document packed with gzip, and no Content-Encoding says so; adds to other kinds |

Conditions: `target` `export` (default) or `import`, `profile`. The content faults keep the validators of the
whole document; a document with `lacks`, `doubled`, `prefixed` or `gzipped` has an ETag of its own. The last two strike
only where nothing else harms the document. Of an import, `truncated`, `huge` and `lost` with `bytes` harm its answer.
A document that meets a fault has no effect, unless the rule says `after_effect`.
"""

from __future__ import annotations

import re
import zlib
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from sandbox.fastcentrik.render import PROFILES
from sandbox.faults import FaultRule
from sandbox.http import How, LostAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.fastcentrik.orders import ShopOrder
    from sandbox.fastcentrik.render import Profile

VARIANTS = frozenset({"lacks", "doubled", "prefixed", "gzipped"})
"""Kinds that make another whole document of the same shop."""
ADDITIVE = frozenset({"latency", "no_validators", "delta", "not_modified", *VARIANTS})
IMPORT_KINDS = frozenset(
    {"latency", "status", "html_login", "truncated", "lost", "lost_after", "refused", "huge", "empty_body"}
)
FLAG_NUMBERS = {"truncated": "bytes", "huge": "bytes", "lost": "bytes"}
LOGIN_PAGE = (
    '<!DOCTYPE html>\n<html lang="cs"><head><meta charset="utf-8"><title>Přihlášení</title></head>'
    '<body><h1>Přihlášení do administrace</h1><form method="post"><input name="user">'
    '<input name="password" type="password">'
    "</form><p>Vaše přihlášení vypršelo.<br>Přihlaste se znovu.</p></body></html>\n"
)


def _known_profile(name: str) -> str:
    if name not in PROFILES:
        raise ValueError(f"allowed are {', '.join(PROFILES)}")
    return name


class ShopFault(FaultRule):
    """One rule; the table in this module says what each kind does."""

    kind: Literal[
        "latency",
        "status",
        "html_login",
        "truncated",
        "wrong_encoding",
        "entity_bomb",
        "external_entity",
        "lost",
        "lost_after",
        "refused",
        "huge",
        "empty_body",
        "no_validators",
        "delta",
        "not_modified",
        "lacks",
        "doubled",
        "prefixed",
        "gzipped",
    ]
    target: Literal["export", "import"] = "export"
    profile: Annotated[str, AfterValidator(_known_profile)] | None = None
    http_status: int | None = Field(None, ge=200, le=599)
    bytes: int | None = Field(None, ge=0)
    clean: bool = True
    encoding: str | None = None
    url: str | None = None
    how: How = "close"
    shape: Literal["orders", "text"] = "orders"
    retry_after: int | str | None = None
    codes: tuple[str, ...] | None = Field(None, description="Orders by their codes.")
    prefix: str = Field("\n ", max_length=1000, description="What stands before the document.")
    echo: bool = False
    after_effect: bool = False

    @property
    def takes_effect(self) -> bool:
        """Whether the import does what the document says before the fault strikes."""
        return self.after_effect or self.kind == "lost_after"

    @model_validator(mode="after")
    def _fits_its_target(self) -> Self:
        if self.target == "import" and self.kind not in IMPORT_KINDS:
            raise ValueError(f"with target import kind is one of {', '.join(sorted(IMPORT_KINDS))}")
        if self.target == "export" and (self.kind in {"lost_after", "refused"} or self.after_effect):
            raise ValueError("lost_after, refused and after_effect need target import")
        return self


def lists(rules: list[ShopFault], orders: Iterator[ShopOrder]) -> Iterator[ShopOrder]:
    """The orders as faults of kind `lacks` and `doubled` have them in the list."""
    for order in orders:
        named = {rule.kind for rule in rules if rule.codes is None or order.code in rule.codes}
        if "lacks" in named:
            continue
        yield order
        if "doubled" in named:
            yield order


def wraps(rules: list[ShopFault], stream: Iterator[bytes]) -> Iterator[bytes]:
    """The document as faults of kind `prefixed` and `gzipped` have it."""
    for rule in rules:
        if rule.kind == "prefixed":
            stream = chain([rule.prefix.encode()], stream)
    return _packed(stream) if any(rule.kind == "gzipped" for rule in rules) else stream


def variant(rules: list[ShopFault]) -> str:
    """What an entity tag adds for the kinds in VARIANTS; empty if none strikes."""
    told = sorted(repr((rule.kind, rule.codes, rule.prefix)) for rule in rules if rule.kind in VARIANTS)
    return f"-{zlib.crc32(''.join(told).encode()):08x}" if told else ""


def _packed(stream: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)  # 16: with the header and trailer of gzip
    for piece in stream:
        yield packer.compress(piece)
    yield packer.flush()


def wrong_encoding(profile: Profile, rule: ShopFault) -> str:
    """The encoding in which the document is sent although it declares another."""
    return rule.encoding or ("cp1250" if profile.encoding == "utf-8" else "utf-8")


def cut(stream: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The first `size` bytes."""
    left = size
    for piece in stream:
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)


def cut_and_lose(stream: Iterator[bytes], rule: ShopFault) -> Iterator[bytes]:
    """The first bytes, and then no proper end."""
    yield from cut(stream, rule.bytes or 0)
    raise LostAnswer(rule.how)


def entity_bomb(profile: Profile, order: ShopOrder) -> bytes:
    """A document with nine levels of ten entities each."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return _with_entity(profile, order, f'<!ENTITY e0 "dobrý den">{levels}', "&e9;")


def external_entity(profile: Profile, order: ShopOrder, url: str) -> bytes:
    """A document that asks its reader to fetch `url`."""
    return _with_entity(profile, order, f'<!ENTITY ven SYSTEM "{url}">', "&ven;")


def endless(profile: Profile, order: ShopOrder, rule: ShopFault) -> Iterator[bytes]:
    """A document without end: the same order again and again, or one endless value."""
    text = profile.order(order)
    if rule.shape == "orders":
        stream = _repeat(profile.head, text * (1 + 60_000 // len(text)), profile.encoding)
    else:
        opening = re.match(r"<\w+><\w+>", text)
        stream = _repeat(profile.head + (opening.group() if opening else '"'), "x" * 65_536, profile.encoding)
    return stream if rule.bytes is None else cut(stream, rule.bytes)


def _repeat(head: str, text: str, encoding: str) -> Iterator[bytes]:
    yield head.encode(encoding)
    piece = text.encode(encoding, "xmlcharrefreplace")
    while True:
        yield piece


def _with_entity(profile: Profile, order: ShopOrder, declaration: str, reference: str) -> bytes:
    root = re.search(r"<([A-Z]\w+)>", profile.head)
    name = root.group(1) if root else "ORDERS"
    # The reference stands where the state does, so that a reader must resolve it.
    body = re.sub(
        r"(<(?:STATUS|Stav)>)[^<]*", lambda match: match.group(1) + reference, profile.order(order), count=1
    )
    head, _, rest = profile.head.rpartition(f"<{name}>")
    if not head:
        head, rest, body = (
            '<?xml version="1.0" encoding="utf-8"?>\n',
            "",
            f"<ORDER><STATUS>{reference}</STATUS></ORDER>",
        )
    text = f"{head}<!DOCTYPE {name} [{declaration}]>\n<{name}>{rest}{body}</{name}>\n"
    return text.encode(profile.encoding, "xmlcharrefreplace")
