"""The messages between the functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from orderbridge.messages import (
        AlarmRequest,
        DigestRequest,
        Listed,
        ListRequest,
        Look,
        News,
        NotShown,
        Send,
        Waiting,
    )


class Queues(Protocol):
    """Messages between the functions. At least once: every reader must be able to see a message twice."""

    def request_fetch(
        self,
        shops: Sequence[str],
        *,
        asked_at: datetime | None = None,
        by_person: bool = False,
        rounds: int = 0,
        delays: Mapping[str, timedelta] | None = None,
    ) -> None:
        """One message to ``fetch_changes`` per shop (see ``messages.FetchRequest``), each after its own delay."""
        ...

    def request_returns(self, shops: Sequence[str]) -> None:
        """One message to ``flag_returns`` per shop."""
        ...

    def send_news(self, news: Sequence[News | NotShown]) -> None:
        """In as few requests as the queue takes; raises when any of them was not taken."""
        ...

    def send_listed(self, listed: Sequence[Listed]) -> None:
        """Messages to ``map_state``; raises when any of them was not taken."""
        ...

    def ask_to_look(self, looks: Sequence[Look]) -> None:
        """Messages to ``map_state``; raises when any of them was not taken."""
        ...

    def send_step(self, send: Send, *, in_shop: bool = False) -> None:
        """The message for one step: to ``push_to_mall``, or with `in_shop` to ``push_to_shop``."""
        ...

    def waiting(self) -> Waiting:
        """How many messages about changes and steps are on their way. About right, a minute late."""
        ...

    def request_lists(self, requests: Sequence[ListRequest]) -> None:
        """Messages to ``read_lists``, in order per shop; raises when any of them was not taken."""
        ...

    def request_alarms(self, requests: Sequence[AlarmRequest | DigestRequest]) -> None:
        """Messages to ``send_alarms``; raises when any of them was not taken."""
        ...
