"""How far each shop's export and MALL's lists were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from array import array

    from orderbridge.domain.checkpoints import ExportCheckpoint, FeedCheckpoint


class ExportCheckpoints(Protocol):
    """Stores each shop's checkpoint of its export (R10.3)."""

    def head(self, shop: str) -> ExportCheckpoint:
        """The checkpoint without its digests; an empty one if there is none yet. One request."""
        ...

    def digests(self, shop: str, checkpoint: ExportCheckpoint) -> array[int]:
        """The sorted 64-bit digests of the orders in the last good export.

        Raises VersionConflictError if the checkpoint changed since ``head``.
        """
        ...

    def put(self, shop: str, checkpoint: ExportCheckpoint, digests: array[int]) -> ExportCheckpoint:
        """Replaces the whole checkpoint if `checkpoint.revision` is still the stored one; returns the new checkpoint.

        Raises VersionConflictError if another fetch was faster. Then nothing is written.
        """
        ...


class FeedCheckpoints(Protocol):
    """Stores how far each shop's lists were read. The queue ensures one writer per shop at a time."""

    def get(self, shop: str) -> FeedCheckpoint:
        """The checkpoint, strongly consistent; an empty one if there is none yet."""
        ...

    def put(self, shop: str, checkpoint: FeedCheckpoint) -> None:
        """Replaces the checkpoint. The last writer wins. After a lost update some orders are handed over again."""
        ...
