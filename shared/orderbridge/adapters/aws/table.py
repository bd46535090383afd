"""The layout of the table: keys, indexes, and how values become items.

=============  ==========================  =========================  =========================================
item           pk                          sk                         attributes
=============  ==========================  =========================  =========================================
shop           ``SHOPS``                   ``{shop}``                 see ``shops``
order          ``ORDER#{shop}#{number}``   ``ORDER``                  ``order`` (map), ``version``, index keys
step           as its order                ``STEP#{n}``               ``step`` (map)
attempt        as its order                ``STEP#{n}#ATTEMPT#{m}``   ``attempt`` (map)
dead letter    as its order                ``DEAD#{message id}``      ``dead_letter`` (map)
action         ``ACTIONS#{shop}``          ``{time}#{digest}``        ``person_action`` (map)
its copy       as its order                ``ACTION#{time}#{…}``      ``person_action`` (map)
list position  ``LISTS``                   ``{shop}``                 see ``lists``
notices        ``NOTICES``                 ``{shop}``                 see ``notices``
mail           ``NOTICES``                 ``{shop}#mail``            see ``mail``
slot           ``SLOTS``                   ``{shop}#{what}``          see ``slots``
operator       ``OPERATORS``               digest of its token        see ``operators``
clerks' page   ``CONSOLE``                 see ``console``            see ``console``
=============  ==========================  =========================  =========================================

The indexes of lists share the range key ``update_key``, so every list is sorted by the last change. They differ in the
hash key; an order has the hash keys of the lists that it is on. ``by_code`` and ``by_tracking`` have a hash key alone:
orders are searched there. All indexes project keys only: whole orders in them would be written again with every save
(about 3 units each, twice if a key changes), while reading an order by its key costs half a read unit, a tenth of a
write unit.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter, ValidationError

from orderbridge.domain.codes.persons import PersonReason
from orderbridge.domain.freshness import awaited_content_time
from orderbridge.domain.lists import changed_at, has_open_escalation, has_open_return, status_of
from orderbridge.domain.orders import DeadLetter, OrderState
from orderbridge.domain.persons import PersonAction
from orderbridge.domain.reasons import because
from orderbridge.domain.search import keys_of
from orderbridge.domain.steps import Attempt, Step
from orderbridge.settings import technical_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Key = dict[str, AttributeValueTypeDef]

SHOPS_PK = "SHOPS"
LISTS_PK = "LISTS"
NOTICES_PK = "NOTICES"
SLOTS_PK = "SLOTS"
OPERATORS_PK = "OPERATORS"
CONSOLE_PK = "CONSOLE"
ORDER_SK = "ORDER"
STEP_PREFIX = "STEP#"
DEAD_PREFIX = "DEAD#"
ACTIONS_PREFIX = "ACTIONS#"
ACTION_PREFIX = "ACTION#"
ATTEMPT_MARK = "#ATTEMPT#"

DUE_INDEX = "due"
DUE_SHARDS = 8
"""Partitions of the due orders. May be raised, never lowered: the partitions above it would not be read any more.

A partition takes 1,000 write units a second, and a changed due time costs two. With one partition, 500 saves a second
would be the limit, and a throttled index throttles the table. The functions save at most about 1,000 orders a second
(50 batches of ten looks, half a second each), so eight partitions take four times as many. They cost eight queries a
minute.
"""

AWAITING_INDEX = "awaiting_export"
"""Orders that wait for their shop's export, by shop and by the moment that the export's content must reach."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListIndex:
    """A list of orders: the index's name and its hash attribute."""

    name: str
    hash_attribute: str


BY_UPDATE = ListIndex("by_update", "shop")
BY_STATUS = ListIndex("by_status", "shop_status")
BY_HELD = ListIndex("by_held", "shop_held")
BY_HOLD = ListIndex("by_hold", "shop_hold")
BY_RETURN = ListIndex("by_return", "shop_return")
BY_ESCALATION = ListIndex("by_escalation", "shop_escalation")
BY_CODE = ListIndex("by_code", "shop_code")
BY_TRACKING = ListIndex("by_tracking", "shop_tracking")
"""Where orders are searched, by the shop's number and by the parcel's. Without a range key: a save that changes neither
number costs nothing here."""


def text_of(moment: datetime) -> str:
    """UTC in a fixed width, with microseconds and ``Z``: texts sort in time. `moment` must be aware."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """The inverse of ``text_of``."""
    return datetime.fromisoformat(text)


def key_of(pk: str, sk: str) -> Key:
    """An item's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def order_key(shop: str, mall_order_id: int) -> Key:
    """The key of an order's item."""
    return key_of(order_pk(shop, mall_order_id), ORDER_SK)


def order_pk(shop: str, mall_order_id: int) -> str:
    """The partition of an order, its steps, attempts and dead letters."""
    return f"ORDER#{shop}#{mall_order_id}"


def order_of_pk(pk: str) -> tuple[str, int]:
    """The inverse of ``order_pk``. No shop's name contains ``#``."""
    _, shop, number = pk.split("#")
    return shop, int(number)


def step_sk(number: int) -> str:
    """Steps sort by their number."""
    return f"{STEP_PREFIX}{number:05d}"


def attempt_sk(step: int, number: int) -> str:
    """Attempts sort by their number, after their step."""
    return f"{step_sk(step)}{ATTEMPT_MARK}{number:03d}"


def dead_sk(message_id: str) -> str:
    """One per message, so a message that is parked twice is stored once."""
    return f"{DEAD_PREFIX}{message_id}"


def update_key(order: OrderState) -> str:
    """The place of `order` on every list: the moment of its last change, then its number."""
    return f"{text_of(changed_at(order))}#{order.mall_order_id}"


def due_shard(order: OrderState) -> str:
    """The partition of `order` while it is due: the same in every process, evenly distributed."""
    return str(zlib.crc32(order.label.encode()) % DUE_SHARDS)


def found_by(shop: str, number: str) -> str:
    """The partition of the orders that are found by `number`, which is ``normalised``. No shop's name has ``#``."""
    return f"{shop}#{number}"


def is_found_by(item: Mapping[str, AttributeValueTypeDef], shop: str, number: str) -> bool:
    """Whether the order in `item` is found by `number`, which is ``normalised``."""
    searched: AttributeValueTypeDef = {"S": found_by(shop, number)}
    attributes = (item.get(index.hash_attribute) for index in (BY_CODE, BY_TRACKING))
    return searched in attributes or item["pk"] == {"S": f"ORDER#{searched['S']}"}


def index_keys(order: OrderState) -> dict[str, str]:
    """The key attributes of `order` for the indexes of the lists that it is on."""
    keys = {
        "update_key": update_key(order),
        BY_UPDATE.hash_attribute: order.shop,
        BY_STATUS.hash_attribute: f"{order.shop}#{status_of(order)}",
    }
    if order.work.hold is not None:
        keys[BY_HELD.hash_attribute] = order.shop
        keys[BY_HOLD.hash_attribute] = f"{order.shop}#{order.work.hold.code.value}"
    if has_open_return(order):
        keys[BY_RETURN.hash_attribute] = order.shop
    if has_open_escalation(order):
        keys[BY_ESCALATION.hash_attribute] = order.shop
    searched = keys_of(order)
    if searched.code:
        keys[BY_CODE.hash_attribute] = found_by(order.shop, searched.code)
    if searched.tracking:
        keys[BY_TRACKING.hash_attribute] = found_by(order.shop, searched.tracking)
    if order.work.recheck_at is not None:
        keys["due_shard"] = due_shard(order)
        keys["due_at"] = text_of(order.work.recheck_at)
    awaited = awaited_content_time(order)
    if awaited is not None:
        keys["awaiting_shop"] = order.shop
        keys["awaited_at"] = text_of(awaited)
    return keys


_to_attribute = TypeSerializer()
_from_attribute = TypeDeserializer()


def item_of(values: Mapping[str, Any]) -> dict[str, AttributeValueTypeDef]:
    """`values` as DynamoDB's attributes: texts, whole numbers, booleans, nulls, lists and maps only."""
    return {name: _to_attribute.serialize(value) for name, value in values.items()}


def values_of(item: Mapping[str, AttributeValueTypeDef]) -> dict[str, Any]:
    """The inverse of ``item_of``; numbers come back as Decimal."""
    return {name: _from_attribute.deserialize(value) for name, value in item.items()}


class Codec(Generic[T]):
    """One kind of record as a DynamoDB map.

    Fields with their default are left out, which halves an order's item. So a default is a part of the stored form and
    never changes. When reading, unknown keys are ignored and missing ones get their defaults: the previous and the next
    version can read what this one writes.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        """Built at its first use: half of the functions store no order."""
        return TypeAdapter(self._kind)

    def dump(self, record: T) -> dict[str, Any]:
        """Texts, whole numbers, booleans, nulls, lists and maps only, as ``item_of`` takes them."""
        dumped: dict[str, Any] = self._adapter.dump_python(record, mode="json", exclude_defaults=True)
        return dumped

    def load_or(self, default: T, values: object) -> T:
        """`default` if `values` are not such a record."""
        try:
            return self.load(values)
        except ValueError:
            return default

    def load(self, values: object) -> T:
        """Raises ValueError, one line without values, if `values` are not such a record."""
        try:
            return self._adapter.validate_python(values)
        except ValidationError as error:
            raise ValueError(technical_line(error, f"stored {self._kind.__name__}")) from None


ORDER = Codec(OrderState)
STEP = Codec(Step)
ATTEMPT = Codec(Attempt)
DEAD_LETTER = Codec(DeadLetter)
ACTION = Codec(PersonAction)


def order_item(order: OrderState) -> dict[str, AttributeValueTypeDef]:
    """The item of an order, with its index keys."""
    return item_of(
        {
            "pk": order_pk(order.shop, order.mall_order_id),
            "sk": ORDER_SK,
            "version": order.version,
            "order": ORDER.dump(order),
            **index_keys(order),
        }
    )


def closed_of(order: OrderState, steps: Iterable[Step]) -> list[Step]:
    """The steps that need an item. The open step is in the order's item."""
    return [step for step in steps if order.work.step is None or step.number != order.work.step.number]


def step_item(order: OrderState, step: Step) -> dict[str, AttributeValueTypeDef]:
    """The item of one of the order's steps."""
    pk = order_pk(order.shop, order.mall_order_id)
    return item_of({"pk": pk, "sk": step_sk(step.number), "step": STEP.dump(step)})


def attempt_item(order: OrderState, attempt: Attempt) -> dict[str, AttributeValueTypeDef]:
    """The item of one of the order's attempts."""
    pk, sk = order_pk(order.shop, order.mall_order_id), attempt_sk(attempt.step, attempt.number)
    return item_of({"pk": pk, "sk": sk, "attempt": ATTEMPT.dump(attempt)})


def letter_item(letter: DeadLetter) -> dict[str, AttributeValueTypeDef]:
    """The item of a dead letter."""
    pk = order_pk(letter.shop, letter.mall_order_id)
    return item_of({"pk": pk, "sk": dead_sk(letter.message_id), "dead_letter": DEAD_LETTER.dump(letter)})


def actions_pk(shop: str) -> str:
    """The partition of a shop's actions; ``EVERY_SHOP`` has one as well."""
    return f"{ACTIONS_PREFIX}{shop}"


def action_place(action: PersonAction) -> str:
    """The place of an action among its shop's: its time, then a digest, which tells actions of one moment apart.

    The same action has the same place, so recording it again changes nothing.
    """
    dumped = json.dumps(ACTION.dump(action), sort_keys=True)
    return f"{text_of(action.at)}#{hashlib.sha256(dumped.encode()).hexdigest()[:16]}"


def action_items(action: PersonAction) -> list[dict[str, AttributeValueTypeDef]]:
    """The item of an action, and its copy beside the order that it is about."""
    place, record = action_place(action), ACTION.dump(action)
    keys = [(actions_pk(action.shop), place)]
    if action.mall_order_id is not None:
        keys.append((order_pk(action.shop, action.mall_order_id), f"{ACTION_PREFIX}{place}"))
    return [item_of({"pk": pk, "sk": sk, "person_action": record}) for pk, sk in keys]


def action_of(item: Mapping[str, AttributeValueTypeDef]) -> PersonAction:
    """The inverse of ``action_items``. A record that cannot be read is an action UNREADABLE of nobody, no error."""
    values = values_of(item)
    try:
        return ACTION.load(values.get("person_action"))
    except ValueError:
        pk, sk = str(values["pk"]), str(values["sk"]).removeprefix(ACTION_PREFIX)
        shop, number = order_of_pk(pk) if pk.startswith("ORDER#") else (pk.removeprefix(ACTIONS_PREFIX), None)
        at = moment_of(sk.partition("#")[0])
        return PersonAction(shop, at, "", because(PersonReason.UNREADABLE), number)
