"""The registry of shops in DynamoDB: one item per shop, all in one partition, so one Query lists them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orderbridge.adapters.aws.dynamodb import Table
from orderbridge.adapters.aws.outages import BEFORE_SHOPS, Outages
from orderbridge.adapters.aws.shop_records import (
    CONTENT,
    HOLD_BACK_STEPS,
    broken_moments,
    dumped_reason,
    number_in,
    shop_record,
    switch_on_of,
    text_in,
)
from orderbridge.adapters.aws.table import SHOPS_PK, key_of, text_of
from orderbridge.settings import given_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from orderbridge.adapters.aws.shop_records import Item
    from orderbridge.adapters.aws.table import Key
    from orderbridge.domain.export_content import ExportContent
    from orderbridge.domain.outage import Outage
    from orderbridge.domain.reasons import Reason
    from orderbridge.domain.shops import Budget, Pause, ShopRecord
    from orderbridge.domain.switch_on import SwitchOn
    from orderbridge.settings import ShopSettings


class DynamoShops:
    """``Shops`` in the table.

    Only ``put`` makes a record. An update of a removed shop changes nothing and is no error.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._table = Table(dynamodb, table_name)
        self._outages = Outages(self._table)

    def all(self) -> list[ShopRecord]:
        """By name. One Query (more only beyond 1 MB, about a thousand shops), strongly consistent."""
        values: Item = {":shops": {"S": SHOPS_PK}, ":before": {"S": BEFORE_SHOPS}}
        query = self._table.query_of("pk = :shops AND sk > :before", values)
        return [shop_record(item) for item in self._table.items(query)]

    def get(self, shop: str) -> ShopRecord | None:
        """One GetItem, strongly consistent."""
        item = self._table.get(shop_key(shop))
        return None if item is None else shop_record(item)

    def begin_fetch(self, shop: str, at: datetime, until: datetime) -> bool:
        """One UpdateItem."""
        before = self._update(
            shop,
            "SET fetch_begun_at = :at, fetching_until = :until ADD hung_fetches :one",
            {":at": text_of(at), ":until": text_of(until), ":one": 1},
            # no fetch under way, or one that has run out of time (moments sort as texts)
            condition="(attribute_not_exists(fetching_until) OR fetching_until < :at)",
        )
        return before is not None

    def drop_fetch(self, shop: str, begun_at: datetime) -> None:
        """One UpdateItem."""
        self._update(
            shop,
            "REMOVE fetch_begun_at, fetching_until, hung_fetches",
            {":begun_at": text_of(begun_at)},
            condition="fetch_begun_at = :begun_at",
        )

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
        """One UpdateItem. With a `problem` the last success stays unchanged."""
        update = "SET last_fetch_at = :at, fetch_problem = :problem"
        values: dict[str, str | int] = {":at": text_of(at), ":problem": dumped_reason(problem)}
        if problem is None:
            update += ", last_success_at = :at"
            if caught_up:
                update += ", caught_up_at = :at, first_caught_up_at = if_not_exists(first_caught_up_at, :at)"
        if notes is not None:
            update += ", fetch_notes = :notes"
            values[":notes"] = json.dumps([note.stored() for note in notes], ensure_ascii=False)
        if content is not None:
            update += ", export_content = :content"
            values[":content"] = json.dumps(CONTENT.dump(content))
        update += " REMOVE fetching_until" if hung else " REMOVE fetching_until, hung_fetches"
        self._update(shop, update, values)

    def stop(self, shop: str, reason: Reason, now: datetime, probe_at: datetime) -> bool:
        """One UpdateItem: of several calls at once exactly one gets True. The newest reason is kept."""
        before = self._update(
            shop,
            "SET stopped_since = if_not_exists(stopped_since, :now), stopped_reason = :reason, "
            "stopped_probe_at = :probe_at",
            {":now": text_of(now), ":reason": json.dumps(reason.stored()), ":probe_at": text_of(probe_at)},
        )
        return before is not None and "stopped_since" not in before

    def end_stop(self, shop: str) -> None:
        """One UpdateItem."""
        self._update(shop, "REMOVE stopped_since, stopped_reason, stopped_probe_at", {})

    def note_limit(self, shop: str, until: datetime) -> None:
        """One UpdateItem. The latest end counts."""
        self._update(
            shop,
            "SET limited_until = :until",
            {":until": text_of(until)},
            # no limit, or one that ends earlier (moments sort as texts)
            condition="(attribute_not_exists(limited_until) OR limited_until < :until)",
        )

    def note_budget(self, shop: str, budget: Budget | None, now: datetime) -> None:
        """One UpdateItem."""
        if budget is None:
            self._update(shop, "REMOVE budget_limit, budget_remaining, budget_resets_at", {})
            return
        self._update(
            shop,
            "SET budget_limit = :limit, budget_remaining = :remaining, budget_resets_at = :resets_at",
            {
                ":limit": budget.limit,
                ":remaining": budget.remaining,
                ":resets_at": text_of(budget.resets_at),
                ":now": text_of(now),
            },
            # unless a later answer of the same window is stored (a comparison with an absent value is false)
            condition="(NOT (budget_resets_at > :now AND budget_remaining < :remaining))",
        )

    def note_reconciled(self, shop: str, at: datetime) -> None:
        """One UpdateItem."""
        self._update(shop, "SET reconciled_at = :at", {":at": text_of(at)})

    def pause(self, shop: str, by: str, now: datetime) -> bool:
        """One UpdateItem."""
        before = self._update(
            shop,
            "SET paused_since = :now, paused_by = :by",
            {":now": text_of(now), ":by": by},
            condition="attribute_not_exists(paused_since)",
        )
        return before is not None

    def resume(
        self, shop: str, seen: Pause, by: str, now: datetime, switch_on: SwitchOn | None = None
    ) -> bool:
        """One UpdateItem."""
        update, gone = "SET resumed_at = :now, resumed_by = :by", "paused_since, paused_by"
        values: dict[str, str | int] = {":now": text_of(now), ":by": by, ":seen": text_of(seen.since)}
        condition = "paused_since = :seen"
        if switch_on is not None:
            update += ", switch_on_since = :since"
            values |= {":since": text_of(switch_on.since), ":begun": text_of(switch_on.begun_at)}
        if switch_on is not None and switch_on.begun_at == now:
            update += (
                ", switch_on_begun_at = :begun, switch_on_per_hour = :per_hour, switch_on_reversible = :reversible, "
                "switch_on_irreversible = :irreversible, switch_on_reversible_taken = :none, "
                "switch_on_irreversible_taken = :none"
            )
            values |= {
                ":per_hour": switch_on.per_hour,
                ":reversible": switch_on.reversible,
                ":irreversible": switch_on.irreversible,
                ":none": 0,
            }
            gone += ", first_caught_up_at"
        elif switch_on is not None:
            condition += " AND switch_on_begun_at = :begun"
        return self._update(shop, f"{update} REMOVE {gone}", values, condition) is not None

    def take_place(self, shop: str, begun_at: datetime, lowest: int, *, irreversible: bool) -> int | None:
        """One UpdateItem if `lowest` is not above the next free number, else two; more only beside other callers."""
        taken = "switch_on_irreversible_taken" if irreversible else "switch_on_reversible_taken"
        values: dict[str, str | int] = {":begun": text_of(begun_at), ":lowest": lowest}
        for _ in range(2):
            same = "switch_on_begun_at = :begun AND"
            before = self._update(
                shop, f"SET {taken} = {taken} + :one", values | {":one": 1}, f"{same} {taken} >= :lowest"
            )
            if before is not None:
                return number_in(before, taken)
            before = self._update(
                shop, f"SET {taken} = :next", values | {":next": lowest + 1}, f"{same} {taken} < :lowest"
            )
            if before is not None:
                return lowest
        return None

    def outage(self, marketplace: str) -> Outage | None:
        """One GetItem, strongly consistent."""
        return self._outages.get(marketplace)

    def note_outage(self, marketplace: str, caller: str, now: datetime, probe_at: datetime) -> None:
        """One UpdateItem."""
        self._outages.note(marketplace, caller, now, probe_at)

    def claim_probe(self, marketplace: str, seen: Outage, until: datetime) -> bool:
        """One UpdateItem."""
        return self._outages.claim(marketplace, seen, until)

    def end_outage(self, marketplace: str) -> None:
        """One UpdateItem."""
        self._outages.end(marketplace)

    def put(
        self,
        settings: ShopSettings,
        now: datetime,
        given: Mapping[str, Any] | None = None,
        *,
        paused_by: str | None = None,
    ) -> None:
        """Registers a shop or gives a registered one new settings; how it is doing stays as it is.

        A new shop is paused by `paused_by`; None: it runs at once. A registered one runs or is paused as before. In a
        switch-on, what the next fetch shows under new settings still belongs to the first difference (R14.2).

        Kept is what `given`, from which `settings` were made, has set; without it, what differs from the defaults. So
        a later default reaches the shop wherever nobody chose a value.

        One GetItem and one UpdateItem. The settings that a shop has already change nothing, unless its record is
        broken: moments that cannot be read are taken out with that. A shop whose pause or switch-on could not be read
        is paused then.
        """
        values = (
            settings.model_dump(mode="json", exclude_defaults=True) | {"shop": settings.shop}
            if given is None
            else given_settings(settings, given)
        )
        key = shop_key(settings.shop)
        known = self._table.get(key)
        item = known or {}
        stored, broken = json.dumps(values, sort_keys=True), broken_moments(item)
        if text_in(item, "settings") == stored and not broken:
            return
        gone = [name for name in broken if name not in {"settings_at", "registered_at", "paused_since"}]
        switch_on = switch_on_of(item)
        if switch_on is not None and not switch_on.is_over(now) and "first_caught_up_at" in item:
            gone.append("first_caught_up_at")
        registered = ":now" if "registered_at" in broken else "if_not_exists(registered_at, :now)"
        update = f"SET settings = :settings, settings_at = :now, registered_at = {registered}"
        values_of_update: dict[str, AttributeValueTypeDef] = {
            ":settings": {"S": stored},
            ":now": {"S": text_of(now)},
        }
        if known is None and paused_by is not None:
            update += ", paused_since = :now, paused_by = :by"
            values_of_update[":by"] = {"S": paused_by}
        elif not HOLD_BACK_STEPS.isdisjoint(broken):
            update += ", paused_since = :now"
        if gone:
            update += f" REMOVE {', '.join(gone)}"
        self._table.update(key, update, values_of_update)

    def note_secrets(self, shop: str, now: datetime, marketplace: str) -> None:
        """Says that the shop's secrets were stored `now`: whoever keeps others reads them again. One UpdateItem."""
        self._update(
            shop,
            "SET secrets_at = :now, marketplace = :marketplace",
            {":now": text_of(now), ":marketplace": marketplace},
        )

    def remove(self, shop: str) -> None:
        """Removes a shop from the registry. Its orders stay as the audit trail."""
        self._table.delete(shop_key(shop))

    def _update(
        self, shop: str, update: str, values: Mapping[str, str | int], condition: str = ""
    ) -> Item | None:
        """The record before the update; None if there is no record, or `condition` is not met."""
        # an update must not make a record without settings
        exists = "attribute_exists(settings)"
        condition = f"{exists} AND {condition}" if condition else exists
        attributes: Item = {
            name: {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in values.items()
        }
        return self._table.update(shop_key(shop), update, attributes, condition=condition)


def shop_key(shop: str) -> Key:
    """The key of a shop's record."""
    return key_of(SHOPS_PK, shop)
