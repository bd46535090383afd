"""Turns an order's detail into the domain's whole order: customer, address, items, prices. Pure.

A module of its own, like ``detail``: only the function that writes into the shop needs it. No value of the order is in
a repr or in a text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from orderbridge.adapters.mall.answers import CallContext, Verdict, answer_of, order_in, success
from orderbridge.adapters.mall.detail import Address, Item, Order
from orderbridge.domain.answers import OrderDetailAnswer
from orderbridge.domain.failure_policy import CallResult
from orderbridge.domain.order_detail import Customer, OrderDetail, OrderDetailItem

if TYPE_CHECKING:
    from orderbridge.adapters.mall.transport import Received

_NOTHING = Decimal(0)


def order_detail_from(received: Received, context: CallContext, mall_order_id: int) -> OrderDetailAnswer:
    """Judges `received` as ``answers`` does, and reads the order. Raises nothing, whatever the bytes are."""
    envelope = success(received)
    order = envelope if isinstance(envelope, Verdict) else order_in(envelope, context, Order)
    if isinstance(order, Verdict):
        return OrderDetailAnswer(answer_of(order, received, context))
    whole = _whole_order(order, mall_order_id)
    return OrderDetailAnswer(answer_of(Verdict(CallResult.OK, view=whole.view), received, context), whole)


def _whole_order(order: Order, mall_order_id: int) -> OrderDetail:
    return OrderDetail(
        mall_order_id=mall_order_id,
        view=order.view(),
        test=bool(order.test),
        customer=_customer(order.address or Address(), order.customer),
        items=tuple(_item(item) for item in order.items),
        currency=order.currency,
        payment=order.payment_type,
        cash_on_delivery=order.cod or _NOTHING,
        cash_on_delivery_price=order.cod_price or _NOTHING,
        delivery_method=order.delivery_method,
        delivery_price=order.delivery_price or _NOTHING,
        # MALL does not document whether a discount has a sign.
        discount=abs(order.discount or _NOTHING),
        branch=order.branch,
        ship_by=order.ship_date,
        opened_at=order.open_since,
    )


def _customer(address: Address, name: str) -> Customer:
    """The customer in `address`. `name` is the basic object's; it counts if the address has none."""
    return Customer(
        name=address.name or name,
        company=address.company,
        email=address.email,
        phone=address.phone,
        street=address.street,
        city=address.city,
        zip=address.zip,
        country=address.country,
    )


def _item(item: Item) -> OrderDetailItem:
    article = "" if item.article_id is None else str(item.article_id)
    return OrderDetailItem(
        code=item.id or article,
        title=item.title,
        pieces=Decimal(1) if item.quantity is None else item.quantity,
        unit_price=item.price,
        vat=item.vat,
    )
