"""The layout of the table: keys, indexes, and how values become items. The only module that knows it whole.

=============  ==========================  =========================  =========================================
item           pk                          sk                         attributes
=============  ==========================  =========================  =========================================
shop           ``SHOPS``                   ``{shop}``                 see ``shops``
order          ``ORDER#{shop}#{number}``   ``ORDER``                  ``order`` (map), ``version``, index keys
step           as its order                ``STEP#{n}``               ``step`` (map)
attempt        as its order                ``STEP#{n}#ATTEMPT#{m}``   ``attempt`` (map)
dead letter    as its order                ``DEAD#{message id}``      ``dead_letter`` (map)
list position  ``LISTS``                   ``{shop}``                 see ``lists``
notices        ``NOTICES``                 ``{shop}``                 see ``notices``
mail           ``NOTICES``                 ``{shop}#mail``            see ``mail``
slot           ``SLOTS``                   ``{shop}#{what}``          see ``slots``
operator       ``OPERATORS``               digest of its token        see ``operators``
=============  ==========================  =========================  =========================================

All list indexes share the range key ``update_key``, so that every list comes newest change first; they differ
in the hash key only, and an order carries a hash key only where it belongs on that list. All indexes project keys
alone: whole orders in them would be written again with every save (about 3 units each, twice where a key changes),
while reading an order by its key costs half a read unit, a tenth of a write unit.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter, ValidationError

from orderbridge.domain.lists import changed_at, has_open_escalation, has_open_return, status_of
from orderbridge.domain.orders import Attempt, DeadLetter, OrderState, Step
from orderbridge.domain.sighting import awaited_content
from orderbridge.settings import problem_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SHOPS_PK = "SHOPS"
LISTS_PK = "LISTS"
NOTICES_PK = "NOTICES"
SLOTS_PK = "SLOTS"
OPERATORS_PK = "OPERATORS"
ORDER_SK = "ORDER"
STEP_PREFIX = "STEP#"
DEAD_PREFIX = "DEAD#"
ATTEMPT_MARK = "#ATTEMPT#"

DUE_INDEX = "due"
DUE_SHARDS = 8
"""So many partitions hold what is due, by the order. May be raised, never lowered: the others are not read any more.

A partition takes 1,000 write units a second, and a due time that changes costs two: with one, 500 saves a second
would be the deployment's limit, and an index that is throttled throttles the table. The functions save at most about
1,000 orders a second (50 batches of ten looks, half a second each): eight leave room for four times as many. Reading
them takes eight queries a minute instead of one.
"""

AWAITING_INDEX = "awaiting_export"
"""The orders that wait to be shown by their shop's export, by shop and by the moment that its content must reach."""

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


def text_of(moment: datetime) -> str:
    """UTC in a fixed width, microseconds and ``Z``: as text it sorts as in time. `moment` must be aware."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """The inverse of ``text_of``."""
    return datetime.fromisoformat(text)


def order_pk(shop: str, mall_order_id: int) -> str:
    """The partition of an order and of everything that belongs to it."""
    return f"ORDER#{shop}#{mall_order_id}"


def order_of_pk(pk: str) -> tuple[str, int]:
    """The inverse of ``order_pk``: no shop's name contains ``#``."""
    _, shop, number = pk.split("#")
    return shop, int(number)


def step_sk(number: int) -> str:
    """Steps sort by their number."""
    return f"{STEP_PREFIX}{number:05d}"


def attempt_sk(step: int, number: int) -> str:
    """Attempts sort by their number, behind their step."""
    return f"{step_sk(step)}{ATTEMPT_MARK}{number:03d}"


def dead_sk(message_id: str) -> str:
    """One per message, so that a letter that is parked twice is stored once."""
    return f"{DEAD_PREFIX}{message_id}"


def update_key(order: OrderState) -> str:
    """The place of `order` on every list: by its last change; the number tells orders of one moment apart."""
    return f"{text_of(changed_at(order))}#{order.mall_order_id}"


def due_shard(order: OrderState) -> str:
    """The partition of `order` while it is due: the same in every process, and even over all orders."""
    return str(zlib.crc32(order.label.encode()) % DUE_SHARDS)


def index_keys(order: OrderState) -> dict[str, str]:
    """The key attributes of `order` for the indexes; those of a list that it is not on are left out."""
    keys = {
        "update_key": update_key(order),
        BY_UPDATE.hash_attribute: order.shop,
        BY_STATUS.hash_attribute: f"{order.shop}#{status_of(order)}",
    }
    if order.hold is not None:
        keys[BY_HELD.hash_attribute] = order.shop
        keys[BY_HOLD.hash_attribute] = f"{order.shop}#{order.hold.code.value}"
    if has_open_return(order):
        keys[BY_RETURN.hash_attribute] = order.shop
    if has_open_escalation(order):
        keys[BY_ESCALATION.hash_attribute] = order.shop
    if order.look_at is not None:
        keys["due_shard"] = due_shard(order)
        keys["due_at"] = text_of(order.look_at)
    awaited = awaited_content(order)
    if awaited is not None:
        keys["awaiting_shop"] = order.shop
        keys["awaited_at"] = text_of(awaited)
    return keys


_to_attribute = TypeSerializer()
_from_attribute = TypeDeserializer()


def item_of(values: Mapping[str, Any]) -> dict[str, AttributeValueTypeDef]:
    """`values` as DynamoDB's attributes: texts, whole numbers, flags, nulls, lists and maps only."""
    return {name: _to_attribute.serialize(value) for name, value in values.items()}


def values_of(item: Mapping[str, AttributeValueTypeDef]) -> dict[str, Any]:
    """The inverse of ``item_of``; numbers come back as Decimal."""
    return {name: _from_attribute.deserialize(value) for name, value in item.items()}


class Codec(Generic[T]):
    """One kind of record as a DynamoDB map.

    What has its default is left out, which halves an order's item: a default is a part of the stored form and never
    changes (all but a few are "nothing"). When reading, unknown keys are ignored and missing ones get their defaults:
    the version before and the version after this one can read what this one writes.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        """Made at its first use: half of the functions store no order."""
        return TypeAdapter(self._kind)

    def dump(self, record: T) -> dict[str, Any]:
        """Texts, whole numbers, flags, nulls, lists and maps only, as ``item_of`` takes them."""
        dumped: dict[str, Any] = self._adapter.dump_python(record, mode="json", exclude_defaults=True)
        return dumped

    def load(self, values: object) -> T:
        """Raises ValueError, one line without values, when `values` are no such record."""
        try:
            return self._adapter.validate_python(values)
        except ValidationError as error:
            raise ValueError(problem_line(error, f"stored {self._kind.__name__}")) from None


ORDER = Codec(OrderState)
STEP = Codec(Step)
ATTEMPT = Codec(Attempt)
DEAD_LETTER = Codec(DeadLetter)


def order_item(order: OrderState) -> dict[str, AttributeValueTypeDef]:
    """The item of an order, with its place in the indexes."""
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
    """Those of `steps` that need an item of their own: the open one is in the order's item, in its newest form."""
    return [step for step in steps if order.step is None or step.number != order.step.number]


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
