"""Keeps the catalogues of texts: ``python -m deployment.texts update`` and ``compile``. `make texts` runs both.

``update`` takes every code of the tables (``domain/codes``) into every catalogue, a new one without a text, and takes
out what no table has any more. ``compile`` makes the ``.mo`` files, which the functions read, of those that changed.
Both do the same for the sentences of the demonstration (``local/demo``), of the command line (``cli``) and of the
clerks' page (``console``).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from deployment import cli_texts, console_texts
from local.demo import texts as demo
from local.demo.chapters import CHAPTERS
from orderbridge.domain.codes import CODES
from orderbridge.texts.catalogues import DOMAIN, LOCALE, name_id, named_values
from orderbridge.texts.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from orderbridge.domain.facts import Kind


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the catalogues. `note` tells whoever writes the text which facts it may name."""

    id: str
    has_plural: bool = False
    note: str = ""
    plural: str = ""
    """The message for more than one; empty: the same as for one."""


def messages() -> Iterator[Message]:
    """Every message that the product can show, in the order of its tables."""
    for value in named_values():
        yield Message(name_id(value))
    for code in CODES.values():
        yield Message(code.value, code.counted is not None, _note(code.facts))


def _note(facts: Mapping[str, Kind]) -> str:
    return ", ".join(f"{{{name}}}: {kind}" for name, kind in facts.items())


def catalogue_path(language: Language) -> Path:
    """The catalogue that people write."""
    return LOCALE / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def catalogue_of(language: Language) -> Catalog:
    """The catalogue of `language` as people wrote it; an empty one if there is none yet."""
    return _read(catalogue_path(language), language)


def _read(path: Path, language: Language) -> Catalog:
    if not path.exists():
        return Catalog(locale=language.value, domain=DOMAIN)
    with path.open("rb") as written:
        return read_po(written, locale=language.value, domain=DOMAIN)


def updated(catalogue: Catalog, language: Language, wanted: Iterable[Message] | None = None) -> bytes:
    """The text of `catalogue` with the messages that are `wanted` now. The same again gives the same bytes."""
    fresh = Catalog(
        locale=language.value, domain=DOMAIN, project="orderbridge", version="1", charset="utf-8", fuzzy=False
    )
    for message in messages() if wanted is None else wanted:
        known = catalogue.get(message.id)
        text = known.string if known is not None else ""
        forms = text if isinstance(text, (tuple, list)) else (text,)
        if message.has_plural:
            every = (*forms, *([""] * fresh.num_plurals))[: fresh.num_plurals]
            added = fresh.add((message.id, message.plural or message.id), every)
        else:
            added = fresh.add(message.id, forms[0])
        added.user_comments = known.user_comments if known is not None else []
        added.auto_comments = [message.note] if message.note else []
    body = BytesIO()
    write_po(body, fresh, width=0, omit_header=True)
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {language.value}\\n"\n'
        f'"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {fresh.plural_forms}\\n"\n\n'
    )
    return header.encode() + body.getvalue().strip() + b"\n"


def demo_path(language: Language) -> Path:
    """The sentences of the demonstration in `language`."""
    return demo.compiled(language).with_suffix(".po")


def demo_messages() -> Iterator[Message]:
    """Every sentence of the demonstration."""
    return _messages_of(demo.sentences(CHAPTERS))


def cli_messages() -> Iterator[Message]:
    """Every sentence of the command line."""
    return _messages_of(cli_texts.sentences())


def console_messages() -> Iterator[Message]:
    """Every sentence of the clerks' page."""
    return _messages_of(console_texts.sentences())


def _messages_of(sentences: Iterable[str | tuple[str, str]]) -> Iterator[Message]:
    for sentence in sentences:
        if isinstance(sentence, tuple):
            yield Message(sentence[0], has_plural=True, plural=sentence[1])
        else:
            yield Message(sentence)


def update() -> None:
    """Writes every catalogue anew, if that changes it."""
    for language in Language:
        _write(catalogue_path(language), updated(catalogue_of(language), language))
    for language in demo.TRANSLATED:
        path = demo_path(language)
        _write(path, updated(_read(path, language), language, demo_messages()))
        path = cli_texts.catalogue_path(language.value)
        _write(path, updated(_read(path, language), language, cli_messages()))
    for language in console_texts.TRANSLATED:
        path = console_texts.written(language)
        _write(path, updated(_read(path, language), language, console_messages()))


def _write(path: Path, text: bytes) -> None:
    if not path.exists() or path.read_bytes() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        print(f"{path}: updated")


def compile_changed() -> None:
    """Compiles every catalogue that is newer than its compiled form."""
    for language in Language:
        _compile(catalogue_path(language), language)
    for language in demo.TRANSLATED:
        _compile(demo_path(language), language)
        _compile(cli_texts.catalogue_path(language.value), language)
    for language in console_texts.TRANSLATED:
        _compile(console_texts.written(language), language)


def _compile(written: Path, language: Language) -> None:
    compiled = written.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime_ns >= written.stat().st_mtime_ns:
        return
    body = BytesIO()
    write_mo(body, _read(written, language))
    part = compiled.with_suffix(".part")
    part.write_bytes(body.getvalue())
    part.replace(compiled)  # whoever reads it meanwhile reads the old one or the new one


def main(arguments: Sequence[str]) -> int:
    """0 if all went well; 2 for another word than the two."""
    if arguments == ["update"]:
        update()
    elif arguments != ["compile"]:
        sys.stderr.write("usage: python -m deployment.texts update|compile\n")
        return 2
    compile_changed()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
