"""The queues between the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from orderbridge.messages import (
        AlarmRequest,
        DigestRequest,
        ListingUpdate,
        ListRequest,
        NotInExport,
        Recheck,
        ShopUpdate,
        StepDispatch,
        Waiting,
    )


class Queues(Protocol):
    """Sends messages to the functions. Each is delivered at least once: a reader may get it twice."""

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        requested_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        """One message to ``fetch_changes`` per shop (see ``messages.FetchRequest``), each after its own delay."""
        ...

    def request_returns(self, shops: Sequence[str]) -> None:
        """One message to ``flag_returns`` per shop."""
        ...

    def send_shop_updates(self, shop_updates: Sequence[ShopUpdate | NotInExport]) -> None:
        """Messages to ``map_state``. Raises if any of them was not accepted."""
        ...

    def send_listing_updates(self, listed: Sequence[ListingUpdate]) -> None:
        """Messages to ``map_state``. Raises if any of them was not accepted."""
        ...

    def request_rechecks(self, rechecks: Sequence[Recheck]) -> None:
        """Messages to ``map_state``. Raises if any of them was not accepted."""
        ...

    def send_step(self, send: StepDispatch, *, in_shop: bool = False) -> None:
        """The message about one step: to ``push_to_mall``, or with `in_shop` to ``push_to_shop``."""
        ...

    def waiting(self) -> Waiting:
        """How many messages about changes and steps are under way. Approximate, and about a minute old."""
        ...

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        """Messages to ``read_lists``, in order for each shop. Raises if any of them was not accepted."""
        ...

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        """Messages to ``send_alarms``. Raises if any of them was not accepted."""
        ...
