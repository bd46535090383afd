"""An order's whole detail as a type, by the same rules as ``models``.

A module of its own: keeping an order in step needs none of it, so it is not even imported for that.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orderbridge.adapters.mall.fields import Moment, Number, Objects, OneObject, Text, Texts, Whole
from orderbridge.adapters.mall.models import Answer, BasicOrder, ItemLine


class Address(Answer):
    """The customer and where the parcel goes. Nothing of it shows in the repr."""

    customer_id: Whole = Field(default=None, repr=False)
    name: Text = Field(default="", repr=False)
    company: Text = Field(default="", repr=False)
    phone: Text = Field(default="", repr=False)
    email: Text = Field(default="", repr=False)
    street: Text = Field(default="", repr=False)
    city: Text = Field(default="", repr=False)
    zip: Text = Field(default="", repr=False)
    country: Text = Field(default="", repr=False)


class Item(ItemLine):
    """One line of the order. `article_id` is MALL's own number; `price` is for one piece, with VAT."""

    article_id: Whole = None
    price: Number = None
    vat: Number = None
    commission: Number = None
    serial_numbers: Texts = ()


class ConsignmentStatus(Answer):
    """A step of the parcel as its carrier tells."""

    code: Text = ""
    date: Moment = None
    flags: Texts = ()
    tracking_number: Text = ""


class Order(BasicOrder):
    """An order's detail. Amounts are in `currency`."""

    external_order_id: Text = ""
    currency: Text = ""
    delivery_price: Number = None
    cod_price: Number = None
    discount: Number = None
    delivery_method: Text = ""
    delivery_method_id: Text = ""
    delivery_date: Text = ""
    address: Annotated[Address | None, OneObject] = Field(default=None, repr=False)
    items: Annotated[tuple[Item, ...], Objects] = ()
    first_delivery_attempt: Moment = None
    consignment_status_history: Annotated[tuple[ConsignmentStatus, ...], Objects] = ()
