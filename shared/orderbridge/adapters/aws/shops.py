"""The registry of shops in DynamoDB: one item per shop, all in one partition, so that one Query lists them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from orderbridge.adapters.aws.table import SHOPS_PK, moment_of, text_of
from orderbridge.ports import ShopRecord, ShopStop
from orderbridge.settings import ShopSettings, shop_settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef, UpdateItemInputTypeDef

    Item = Mapping[str, AttributeValueTypeDef]


class DynamoShops:
    """``Shops`` in the table.

    Except for ``put``, nothing here makes a record: what happens to a shop that was removed meanwhile is
    forgotten without an error.
    """

    def __init__(self, dynamodb: DynamoDBClient, table_name: str) -> None:
        self._dynamodb = dynamodb
        self._table = table_name

    def all(self) -> list[ShopRecord]:
        """By name. One Query (more only beyond 1 MB, about a thousand shops), strongly consistent."""
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :shops",
            "ExpressionAttributeValues": {":shops": {"S": SHOPS_PK}},
            "ConsistentRead": True,
        }
        records: list[ShopRecord] = []
        while True:
            answer = self._dynamodb.query(**query)
            records += map(shop_record, answer["Items"])
            if not answer.get("LastEvaluatedKey"):
                return records
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def get(self, shop: str) -> ShopRecord | None:
        """One GetItem, strongly consistent."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=shop_key(shop), ConsistentRead=True)
        return shop_record(answer["Item"]) if "Item" in answer else None

    def record_fetch(
        self, shop: str, at: datetime, problem: str, notes: str | None = None, *, caught_up: bool = True
    ) -> None:
        """One UpdateItem. The last success stays what it was when there is a `problem`."""
        update = "SET last_fetch_at = :at, fetch_problem = :problem"
        values = {":at": text_of(at), ":problem": problem}
        if not problem:
            update += ", last_success_at = :at"
            if caught_up:
                update += ", caught_up_at = :at"
        if notes is not None:
            update += ", fetch_notes = :notes"
            values[":notes"] = notes
        self._update(shop, update, values)

    def stop(self, shop: str, reason: str, now: datetime, probe_at: datetime) -> bool:
        """One UpdateItem: of several senders at once exactly one gets True. The newest reason is kept."""
        before = self._update(
            shop,
            "SET stopped_since = if_not_exists(stopped_since, :now), stopped_reason = :reason, "
            "stopped_probe_at = :probe_at",
            {":now": text_of(now), ":reason": reason, ":probe_at": text_of(probe_at)},
        )
        return before is not None and "stopped_since" not in before

    def resume(self, shop: str) -> None:
        """One UpdateItem."""
        self._update(shop, "REMOVE stopped_since, stopped_reason, stopped_probe_at", {})

    def pause(self, shop: str, until: datetime) -> None:
        """One UpdateItem. Of several pauses the longest counts."""
        self._update(
            shop,
            "SET paused_until = :until",
            {":until": text_of(until)},
            # no pause yet, or one that ends earlier (moments sort as texts)
            condition="(attribute_not_exists(paused_until) OR paused_until < :until)",
        )

    def put(self, settings: ShopSettings, now: datetime) -> None:
        """Registers a shop or gives a registered one new settings; how it is doing stays as it is.

        One UpdateItem. The settings that a shop has already change nothing.
        """
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=shop_key(settings.shop),
                UpdateExpression=(
                    "SET settings = :settings, settings_at = :now, registered_at = if_not_exists(registered_at, :now)"
                ),
                # not registered yet, or with other settings
                ConditionExpression="attribute_not_exists(settings) OR settings <> :settings",
                ExpressionAttributeValues={
                    ":settings": {"S": settings.model_dump_json(exclude_unset=True)},
                    ":now": {"S": text_of(now)},
                },
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return

    def remove(self, shop: str) -> None:
        """Takes a shop off the registry. Its orders stay: they are the audit trail."""
        self._dynamodb.delete_item(TableName=self._table, Key=shop_key(shop))

    def _update(self, shop: str, update: str, values: Mapping[str, str], condition: str = "") -> Item | None:
        """The record as it was before; None if there is no record to change, or `condition` does not hold."""
        # the shop is registered: an update must not make a record without settings
        exists = "attribute_exists(settings)"
        request: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": shop_key(shop),
            "UpdateExpression": update,
            "ConditionExpression": f"{exists} AND {condition}" if condition else exists,
            "ReturnValues": "ALL_OLD",
        }
        if values:
            request["ExpressionAttributeValues"] = {name: {"S": value} for name, value in values.items()}
        try:
            return self._dynamodb.update_item(**request).get("Attributes", {})
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return None


def shop_key(shop: str) -> dict[str, AttributeValueTypeDef]:
    """The key of a shop's record."""
    return {"pk": {"S": SHOPS_PK}, "sk": {"S": shop}}


def shop_record(item: Item) -> ShopRecord:
    """The record in `item`. Settings that are not valid become a problem of this shop, never an error.

    Such a shop has minimal settings with ``enabled`` False, so that nothing is done for it.
    """
    shop = item["sk"]["S"]
    settings, problem = _settings(shop, _text(item, "settings"))
    since, probe_at = _moment(item, "stopped_since"), _moment(item, "stopped_probe_at")
    return ShopRecord(
        shop,
        settings,
        registered_at=_moment(item, "registered_at"),
        last_fetch_at=_moment(item, "last_fetch_at"),
        last_success_at=_moment(item, "last_success_at"),
        caught_up_at=_moment(item, "caught_up_at"),
        settings_at=_moment(item, "settings_at"),
        fetch_problem=_text(item, "fetch_problem"),
        fetch_notes=_text(item, "fetch_notes"),
        stop=ShopStop(_text(item, "stopped_reason"), since, probe_at or since) if since is not None else None,
        paused_until=_moment(item, "paused_until"),
        settings_problem=problem,
    )


def _settings(shop: str, text: str) -> tuple[ShopSettings, str]:
    try:
        values = json.loads(text)
        if not isinstance(values, dict) or values.get("shop") != shop:
            raise ValueError(f"settings of shop {shop}: not an object with this shop's name")  # noqa: TRY301
        return shop_settings(values), ""
    except json.JSONDecodeError:
        problem = f"settings of shop {shop}: not JSON"
    except ValueError as error:
        problem = str(error)
    # not validated: the name itself may be what is wrong
    return ShopSettings.model_construct(shop=shop, enabled=False), f"{problem}: register the shop anew"


def _text(item: Item, name: str) -> str:
    value: dict[str, Any] = dict(item.get(name, {}))
    return str(value.get("S", ""))


def _moment(item: Item, name: str) -> datetime | None:
    text = _text(item, name)
    return moment_of(text) if text else None
