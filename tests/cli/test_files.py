"""Files that commands write are whole or not there, and only their owner reads them."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

import pytest

from orderbridge_cli.errors import WrongUseError
from orderbridge_cli.files import whole_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("replace", [False, True])
def test_only_its_owner_reads_it_and_nothing_stays_beside_it(tmp_path: Path, replace: bool) -> None:  # noqa: FBT001
    file = tmp_path / "new.csv"
    with whole_file(file, replace=replace) as out:
        out.write(b"whole")
        assert not file.exists()
    assert list(tmp_path.iterdir()) == [file]
    assert (file.read_bytes(), file.stat().st_mode & 0o077) == (b"whole", 0)


def _write_half(file: Path, error: BaseException) -> None:
    with whole_file(file, replace=True) as out:
        out.write(b"half")
        raise error


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), ConnectionResetError(), OSError(errno.ENOSPC, "full")]
)
def test_an_interruption_leaves_an_older_file_as_it_was(tmp_path: Path, error: BaseException) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(b"old")
    expected = WrongUseError if getattr(error, "errno", None) else type(error)
    with pytest.raises(expected):
        _write_half(file, error)
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == b"old"


def test_a_file_that_is_there_is_written_over_only_if_asked(tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(b"old")
    with pytest.raises(WrongUseError, match=re.escape(f"{file} exists already")), whole_file(file):
        pass
    assert file.read_bytes() == b"old"
