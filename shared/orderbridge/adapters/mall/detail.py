"""An order's whole detail as a type, by the same rules as ``models``.

A module of its own: keeping an order in step needs none of it, so it is not even imported for that.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from orderbridge.adapters.mall.fields import Flag, Moment, Number, Objects, OneObject, Text, Texts, Whole
from orderbridge.adapters.mall.models import Answer, BasicOrder


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


class Branches(Answer):
    """The pick-up branch."""

    branch_id: Text = ""
    secondary_branch_id: Text = ""
    overridden: Flag = None
    last_change: Moment = None


class Item(Answer):
    """One line of the order. `id` is the partner's own, `article_id` MALL's; `price` is for one piece, with VAT."""

    id: Text = ""
    article_id: Whole = None
    title: Text = ""
    quantity: Number = None
    price: Number = None
    vat: Number = None
    commission: Number = None
    serial_numbers: Texts = ()


class BranchStatus(Answer):
    """A step of the parcel on its way to a pick-up branch."""

    id: Text = ""
    name: Text = ""
    date: Moment = None


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
    branch_id: Text = ""
    branches: Annotated[Branches | None, OneObject] = None
    delivery_date: Text = ""
    address: Annotated[Address | None, OneObject] = Field(default=None, repr=False)
    items: Annotated[tuple[Item, ...], Objects] = ()
    ready_to_return: Flag = None
    first_delivery_attempt: Moment = None
    ulozenka_status_history: Annotated[tuple[BranchStatus, ...], Objects] = ()
    consignment_status_history: Annotated[tuple[ConsignmentStatus, ...], Objects] = ()
