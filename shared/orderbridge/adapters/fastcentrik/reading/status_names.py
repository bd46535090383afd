"""Finds the state for a name in the export, and detects a wrongly decoded document by its names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orderbridge.domain.codes.exports import ExportReason
from orderbridge.domain.facts import Term
from orderbridge.domain.reasons import because
from orderbridge.domain.statuses import ShopStatus, shop_status
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping

_READ_AS = ("cp1250", "latin-1", "cp1252", "iso8859-2", "utf-8")
_WRITTEN_AS = ("utf-8", "cp1250", "iso8859-2")
_REMEMBERED = 500
_MAX_LENGTH = 200
"""Characters of a name. Names in profiles are not longer."""


class StatusNames:
    """Resolves the names of one document, with a cache, because a document repeats few names."""

    def __init__(self, own_names: Mapping[str, ShopStatus]) -> None:
        """`own_names` are the profile's. They win over the standard names."""
        self._own_names = own_names
        self._known: dict[str, ShopStatus | None] = {}

    def resolve(self, name: str) -> ShopStatus | None:
        """The state; None for an unknown name.

        Raises ExportProblemError if the name shows that the document was read in a wrong encoding: then its other
        values are wrong too.
        """
        if len(name) > _MAX_LENGTH:
            return None
        if name in self._known:
            return self._known[name]
        status = shop_status(name, self._own_names)
        if status is None:
            self._refuse_wrong_encoding(name)
        if len(self._known) < _REMEMBERED:
            self._known[name] = status
        return status

    def _refuse_wrong_encoding(self, name: str) -> None:
        if "\N{REPLACEMENT CHARACTER}" in name:
            raise ExportProblemError(because(ExportReason.LOST_LETTERS))
        for read_as in _READ_AS:
            for written_as in _WRITTEN_AS:
                status = self._decoded_again(name, read_as, written_as) if read_as != written_as else None
                if status is not None:
                    encodings = {"written_as": Term(written_as), "read_as": Term(read_as)}
                    raise ExportProblemError(because(ExportReason.OTHER_ENCODING, **encodings))

    def _decoded_again(self, name: str, read_as: str, written_as: str) -> ShopStatus | None:
        try:
            again = name.encode(read_as).decode(written_as)
        except UnicodeError:
            return None
        return shop_status(again, self._own_names) if again != name else None
