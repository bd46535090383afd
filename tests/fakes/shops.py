"""Records of shops, and outages of marketplaces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orderbridge.domain.codes.edges import StopReason
from orderbridge.domain.outage import Outage
from orderbridge.domain.reasons import because
from orderbridge.domain.shops import Pause, Resumed, ShopRecord, ShopStop

if TYPE_CHECKING:
    from datetime import datetime

    from orderbridge.domain.export_content import ExportContent
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget
    from orderbridge.domain.switch_on import SwitchOn
    from orderbridge.settings import ShopSettings


KEY_REFUSED = because(StopReason.KEY_REFUSED, http_status=401)
"""Why a shop is stopped."""


class FakeShops:
    def __init__(self) -> None:
        self.records: dict[str, ShopRecord] = {}
        self.outages: dict[str, Outage] = {}

    def put(self, settings: ShopSettings, now: datetime, *, paused_by: str | None = None) -> None:
        old = self.records.get(settings.shop)
        if old is None:
            pause = None if paused_by is None else Pause(now, paused_by)
            self.records[settings.shop] = ShopRecord(
                settings.shop, settings, registered_at=now, settings_at=now, pause=pause
            )
        elif old.settings != settings:
            switch_on = old.switch_on
            if switch_on is not None and not switch_on.is_over(now):
                switch_on = replace(switch_on, caught_up_at=None)
            self.records[settings.shop] = replace(
                old, settings=settings, settings_problem=None, settings_at=now, switch_on=switch_on
            )

    def note_secrets(self, shop: str, now: datetime, marketplace: str = "") -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, secrets_at=now, marketplace=marketplace)

    def remove(self, shop: str) -> None:
        self.records.pop(shop, None)

    def all(self) -> list[ShopRecord]:
        return [self.records[shop] for shop in sorted(self.records)]

    def get(self, shop: str) -> ShopRecord | None:
        return self.records.get(shop)

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:
        record = self.records.get(shop)
        if record is None or (record.fetching_until is not None and record.fetching_until >= at):
            return False
        hung = record.hung_fetches + 1
        self.records[shop] = replace(record, fetch_begun_at=at, fetching_until=until, hung_fetches=hung)
        return True

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        record = self.records.get(shop)
        if record is not None and record.fetch_begun_at == begun_at:
            self.records[shop] = replace(record, fetch_begun_at=None, fetching_until=None, hung_fetches=0)

    def record_fetch(
        self,
        shop: str,
        at: datetime,
        problem: Reason | None,
        notes: tuple[Reason, ...] | None = None,
        *,
        hung: bool = False,
        caught_up: bool = False,
        content: ExportContent | None = None,
    ) -> None:
        if (record := self.records.get(shop)) is not None:
            success = at if problem is None else record.last_success_at
            caught_up = caught_up and problem is None
            self.records[shop] = replace(
                record,
                fetching_until=None,
                hung_fetches=record.hung_fetches if hung else 0,
                last_fetch_at=at,
                last_success_at=success,
                caught_up_at=at if caught_up else record.caught_up_at,
                switch_on=record.switch_on
                if record.switch_on is None or not caught_up
                else replace(record.switch_on, caught_up_at=record.switch_on.caught_up_at or at),
                content=record.content if content is None else content,
                fetch_problem=problem,
                fetch_notes=record.fetch_notes if notes is None else notes,
            )

    def stop(self, shop: str, reason: Reason, now: datetime, probe_at: datetime) -> bool:
        if (record := self.records.get(shop)) is None:
            return False
        since = record.stop.since if record.stop is not None else now
        self.records[shop] = replace(record, stop=ShopStop(reason, since, probe_at))
        return record.stop is None

    def end_stop(self, shop: str) -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, stop=None)

    def note_limit(self, shop: str, until: datetime) -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, limited_until=max(until, record.limited_until or until))

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        if (record := self.records.get(shop)) is None:
            return
        noted = record.budget
        later_known = noted and budget and noted.resets_at > now and noted.remaining < budget.remaining
        if not later_known:
            self.records[shop] = replace(record, budget=budget)

    def note_reconciled(self, shop: str, at: datetime) -> None:
        if (record := self.records.get(shop)) is not None:
            self.records[shop] = replace(record, reconciled_at=at)

    def pause(self, shop: str, by: str, now: datetime) -> bool:
        record = self.records.get(shop)
        if record is None or record.pause is not None:
            return False
        self.records[shop] = replace(record, pause=Pause(now, by))
        return True

    def resume(
        self, shop: str, seen: Pause, by: str, now: datetime, switch_on: SwitchOn | None = None
    ) -> bool:
        record = self.records.get(shop)
        if record is None or record.pause is None or record.pause.since != seen.since:
            return False
        known = record.switch_on
        if switch_on is not None and switch_on.begun_at != now:
            if known is None or known.begun_at != switch_on.begun_at:
                return False
            switch_on = replace(known, since=switch_on.since)
        self.records[shop] = replace(
            record, pause=None, resumed=Resumed(now, by), switch_on=switch_on or known
        )
        return True

    def take_place(self, shop: str, begun_at: datetime, lowest: int, *, irreversible: bool) -> int | None:
        record = self.records.get(shop)
        if record is None or record.switch_on is None or record.switch_on.begun_at != begun_at:
            return None
        known = record.switch_on
        number = max(lowest, known.irreversible_taken if irreversible else known.reversible_taken)
        taken = (
            replace(known, irreversible_taken=number + 1)
            if irreversible
            else replace(known, reversible_taken=number + 1)
        )
        self.records[shop] = replace(record, switch_on=taken)
        return number

    def outage(self, address: str) -> Outage | None:
        return self.outages.get(address)

    def note_outage(self, address: str, caller: str, now: datetime, probe_at: datetime) -> None:
        known = self.outages.get(address, Outage(now, probe_at, frozenset()))
        callers = known.callers | ({caller} if caller else frozenset())
        self.outages[address] = Outage(known.since, probe_at, callers)

    def claim_probe(self, address: str, seen: Outage, until: datetime) -> bool:
        known = self.outages.get(address)
        if known is None or known.probe_at != seen.probe_at:
            return False
        self.outages[address] = replace(known, probe_at=until)
        return True

    def end_outage(self, address: str) -> None:
        self.outages.pop(address, None)
