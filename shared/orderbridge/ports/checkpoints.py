"""How far each shop was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from array import array

    from orderbridge.domain.checkpoints import ExportCheckpoint, FeedCheckpoint


class ExportCheckpoints(Protocol):
    """Stores each shop's checkpoint of its export."""

    def head(self, shop: str) -> ExportCheckpoint:
        """The checkpoint without its digests; an empty one if there is none yet. One request."""
        ...

    def digests(self, shop: str, checkpoint: ExportCheckpoint) -> array[int]:
        """The sorted 64-bit digests of the orders in the last good export.

        Raises VersionConflictError when the checkpoint changed since ``head``.
        """
        ...

    def put(self, shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
        """Replaces the checkpoint as a whole, if `checkpoint.revision` is still the stored one; returns the new one.

        Raises VersionConflictError when another fetch was faster; nothing is written then.
        """
        ...


class FeedCheckpoints(Protocol):
    """Stores how far each shop's lists were read. One writer per shop at a time (its queue sees to that)."""

    def get(self, shop: str) -> FeedCheckpoint:
        """The checkpoint; an empty one if there is none yet. Strongly consistent."""
        ...

    def put(self, shop: str, checkpoint: FeedCheckpoint) -> None:
        """Replaces the checkpoint. The last writer wins: a lost update only hands orders over again."""
        ...
