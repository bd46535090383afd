"""An order's whole detail as a type.

It is as tolerant as ``models``, but for the money, the goods and the address: these may be absent, but must be readable
if they are there, so that an unreadable amount is not taken for zero. A module of its own: only the function that
writes into the shop imports it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orderbridge.adapters.mall.fields import AllObjects, Amount, Number, Text, TheObject, Whole
from orderbridge.adapters.mall.models import Answer, BasicOrder, ItemLine


class Address(Answer):
    """The customer's address. No value is in the repr."""

    name: Text = Field(default="", repr=False)
    company: Text = Field(default="", repr=False)
    phone: Text = Field(default="", repr=False)
    email: Text = Field(default="", repr=False)
    street: Text = Field(default="", repr=False)
    city: Text = Field(default="", repr=False)
    zip: Text = Field(default="", repr=False)
    country: Text = Field(default="", repr=False)


class Item(ItemLine):
    """A line of the order. `article_id` is MALL's own number; `price` is for one piece, with VAT."""

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
