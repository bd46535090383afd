"""What the tests of exports over real HTTP share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.shops import ShopSecrets
from sandbox import PERSONAL_MARKERS

if TYPE_CHECKING:
    from orderbridge.errors import ExportProblemError

SECRET = "s3cret-token"


def secrets(url: str) -> ShopSecrets:
    return ShopSecrets(export_url=url, client_id="unused")


def clean(error: ExportProblemError, url: str) -> str:
    """The error's code and facts, after a look through all that hangs on it for the address and personal data."""
    line = str(error)
    assert "\n" not in line
    assert error.__cause__ is None
    assert error.__context__ is None
    for part in [*url.split("/")[4:5], "127.0.0.1", SECRET, *PERSONAL_MARKERS]:
        assert part not in repr(error)
        assert part not in repr(error.reason)
    return line
