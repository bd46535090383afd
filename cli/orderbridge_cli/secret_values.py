"""Secrets on their way into a stack: from a file, from stdin, or typed without being shown. Never from an argument."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderbridge_cli.session import Session

NAMES = ("export_url", "client_id", "import_url", "marketplace_api_url")
"""The secrets of a shop, as its file names them."""


def completed(
    session: Session,
    shop: str,
    inside: Mapping[str, Any],
    file: str,
    *,
    with_import: bool,
    with_stored: bool = True,
) -> dict[str, Any]:
    """The secrets of `shop`: those `inside` its own file, then those of `file`; what is still missing is asked for.

    A shop that is registered keeps what is neither given nor asked for, unless `with_stored` is False.
    Raises WrongUseError where nobody can answer.
    """
    given = {**(_stored(session, shop) if with_stored else {}), **_known(inside), **_read(file)}
    wanted = {
        "export_url": t("Address of the export (from FastCentrik support; it is not shown)"),
        "client_id": t("MALL's key, client_id (from the partner portal; it is not shown)"),
        **({"import_url": t("Address of the import (it is not shown)")} if with_import else {}),
    }
    missing = [name for name in wanted if not given.get(name)]
    if missing and not session.has_terminal:
        names = ", ".join(missing)
        raise WrongUseError(
            t("Missing secrets: {names}. Give them with --secrets FILE (- is stdin).", names=names)
        )
    return given | {name: session.secret(wanted[name]) for name in missing}


def changed(session: Session, file: str) -> dict[str, Any]:
    """New secrets from `file`, or typed; an empty answer keeps the old one."""
    if file:
        return _read(file)
    prompts = {
        "client_id": t("New key of MALL, client_id (empty: keep it)"),
        "export_url": t("New address of the export (empty: keep it)"),
        "import_url": t("New address of the import (empty: keep it)"),
    }
    typed = {name: session.secret(prompt) for name, prompt in prompts.items()}
    return {name: value for name, value in typed.items() if value}


def _stored(session: Session, shop: str) -> dict[str, Any]:
    from dataclasses import asdict

    from orderbridge.errors import SecretsProblemError

    if session.services.shops.get(shop) is None:
        return {}
    try:
        return asdict(session.services.secrets.of(shop))
    except SecretsProblemError:
        return {}  # this command is how they are mended


def _read(file: str) -> dict[str, Any]:
    """The secrets in a file, at its top or under ``secrets``; ``-`` is stdin. Raises WrongUseError without its text."""
    if not file:
        return {}
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUseError(
            t("{file} cannot be read ({problem}).", file=file, problem=type(error).__name__)
        ) from None
    try:
        values = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError:
        raise WrongUseError(t("{file} is neither TOML nor JSON.", file=file)) from None
    inside = values.get("secrets", values)
    if not isinstance(inside, dict):
        raise WrongUseError(t("{file}: secrets is no group of keys with values.", file=file))
    return _known(inside)


def _known(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises WrongUseError where there is another secret. It is not named: it could be one itself."""
    if not set(given) <= set(NAMES):
        raise WrongUseError(t("Unknown secret. Allowed are: {names}.", names=", ".join(NAMES)))
    return dict(given)
