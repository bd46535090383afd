"""How far each shop was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from array import array

    from orderbridge.domain.checkpoints import ExportCheckpoint, FeedCheckpoint


class ExportCheckpoints(Protocol):
    """Where each shop's position is kept."""

    def head(self, shop: str) -> ExportCheckpoint:
        """The position without its digests; an empty one if there is none yet. One request."""
        ...

    def digests(self, shop: str, checkpoint: ExportCheckpoint) -> array[int]:
        """The sorted 64-bit digests of the orders in the last good export.

        Raises VersionConflictError when the position changed since ``head``.
        """
        ...

    def put(self, shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
        """Replaces the position as a whole, if it is still the one of `checkpoint.revision`; returns the new one.

        Raises VersionConflictError when another fetch was faster; nothing is written then.
        """
        ...


class FeedCheckpoints(Protocol):
    """Where each shop's unconfirmed list is known up to. One writer per shop at a time (its queue sees to that)."""

    def get(self, shop: str) -> FeedCheckpoint:
        """The position; an empty one if there is none yet. Strongly consistent."""
        ...

    def put(self, shop: str, checkpoint: FeedCheckpoint) -> None:
        """Replaces the position. The last writer wins: a lost update only means that orders are handed over again."""
        ...
