"""Files that commands write: whole or not there, and with no cell that a spreadsheet takes for a formula."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.language import t

if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet may take for a formula."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a write says that finds no room."""


@contextmanager
def whole_file(path: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """A file that appears under `path` when the block has ended well. Otherwise everything is as it was.

    It is written beside `path` under a name of its own. Only its owner may read it. `replace`: a file of this name is
    written over. Raises WrongUseError where it cannot be written, or is there already.
    """
    if path.exists() and not replace:
        raise WrongUseError(t("{file} exists already: name another file.", file=path))
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
        Path(name).replace(path)
    except OSError as error:
        if error.filename is None and error.errno not in _FULL:
            raise  # of what is written, not of the file
        raise _unwritable(path, error) from None
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def _unwritable(path: Path, error: OSError) -> WrongUseError:
    problem = error.strerror or type(error).__name__
    return WrongUseError(t("{file} cannot be written: {problem}.", file=path, problem=problem))


def guarded(value: str | int | None) -> str | int | None:
    """A cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe before it."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
