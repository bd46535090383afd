"""An order's whole detail as a type: as tolerant as ``models``, but for the customer's money, goods and address.

Those may be absent, but what is there must be readable: an unreadable amount to collect is not nothing to collect.
A module of its own: keeping an order in step needs none of it, so it is not even imported for that.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orderbridge.adapters.mall.fields import AllObjects, Amount, Number, Text, TheObject, Whole
from orderbridge.adapters.mall.models import Answer, BasicOrder, ItemLine


class Address(Answer):
    """The customer and where the parcel goes. Nothing of it shows in the repr."""

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

    quantity: Amount = None
    article_id: Whole = None
    price: Amount = None
    vat: Number = None


class Order(BasicOrder):
    """An order's detail. Amounts are in `currency`."""

    customer: Text = Field(default="", repr=False)
    payment_type: Text = ""
    ship_date: Text = ""
    currency: Text = ""
    cod: Amount = None
    cod_price: Amount = None
    delivery_price: Amount = None
    discount: Amount = None
    delivery_method: Text = ""
    address: Annotated[Address | None, TheObject] = Field(default=None, repr=False)
    items: Annotated[tuple[Item, ...], AllObjects] = ()
