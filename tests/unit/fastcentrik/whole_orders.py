"""Whole orders to be written into the shop: one with everything in it, and any that MALL could send."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from orderbridge.domain.order_detail import Customer, OrderDetail, OrderDetailItem
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from sandbox.people import invent_person

OPEN = MarketplaceView(MarketplaceStatus.OPEN, confirmed=False)
OPENED = datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)
_PERSON = invent_person(7)
CUSTOMER = Customer(
    name=_PERSON.name,
    company="Neexistující a syn s. r. o.",
    email=_PERSON.email,
    phone=_PERSON.phone,
    street=_PERSON.street,
    city=_PERSON.city,
    zip=_PERSON.zip,
    country="CZ",
)
ITEMS = (
    OrderDetailItem("ZBOZI-1", "Zboží č. 1", Decimal(2), Decimal("199.5"), Decimal(21)),
    OrderDetailItem("ZBOZI-2", "Hrnek <2> & lžička", Decimal("0.5"), Decimal("9.999"), Decimal(0)),
)


def whole_order(mall_order_id: int = 123456, **changes: Any) -> OrderDetail:  # noqa: ANN401 - its fields
    """An order with everything; `changes` are fields of it."""
    fields: dict[str, Any] = {
        "view": OPEN,
        "test": False,
        "customer": CUSTOMER,
        "items": ITEMS,
        "currency": "CZK",
        "payment": "CARD",
        "cash_on_delivery": Decimal(0),
        "cash_on_delivery_price": Decimal(39),
        "delivery_method": "Kurýr na adresu",
        "delivery_price": Decimal(99),
        "discount": Decimal("12.5"),
        "branch": "Smyšlenov 7",
        "ship_by": "2026-11-23",
        "opened_at": OPENED,
    }
    return OrderDetail(mall_order_id, **(fields | changes))


NASTY = st.sampled_from(
    [
        'Jana "Nová"; MALL 99',
        "<NAME>&amp;]]></NAME><!-- --><?x?>",
        "MALL Partner: 777",
        "Objednávka MALL 888",
        "{code} {mall_order_id} { }",
        "a\r\nb\tc\vd\x85e\u2028f",
        "\x00\x01\x1f\x7f\x9f\ufffe\uffff\ud800",
        "\ufeffZoë Łŏ 🎉 李明 \u200f שלום",
        "\N{FULLWIDTH SEMICOLON}\N{FULLWIDTH QUOTATION MARK}\N{FULLWIDTH VERTICAL LINE}\u00a0\u3000",
        ";;;|||\"\"\"'''",
        "\ufffd\ufffd",
    ]
)
TEXTS = st.one_of(NASTY, st.text(st.characters(), max_size=30), st.just(""))
AMOUNTS = st.decimals(0, 1_000_000, places=2)
CUSTOMERS = st.builds(Customer, *([TEXTS] * 8))
ORDERS = st.builds(
    OrderDetail,
    mall_order_id=st.integers(100_000, 2**63 - 1),
    view=st.just(OPEN),
    test=st.booleans(),
    customer=CUSTOMERS,
    items=st.lists(
        st.builds(
            OrderDetailItem,
            TEXTS,
            TEXTS,
            st.decimals(0, 1000, places=3),
            st.decimals(0, 1_000_000, places=4),
            st.none() | AMOUNTS,
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    currency=TEXTS,
    payment=TEXTS,
    cash_on_delivery=AMOUNTS,
    cash_on_delivery_price=AMOUNTS,
    delivery_method=TEXTS,
    delivery_price=AMOUNTS,
    discount=AMOUNTS,
    branch=TEXTS,
    ship_by=TEXTS,
    opened_at=st.datetimes(datetime(2001, 1, 1), datetime(2098, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - Hypothesis adds it
)
