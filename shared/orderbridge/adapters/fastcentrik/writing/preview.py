"""Prints the documents that a profile would post to the shop's import.

    python -m orderbridge.adapters.fastcentrik.writing.preview PROFILE

PROFILE is a file, or the name of a profile that comes with the product. The order is invented, nothing is sent.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from orderbridge.adapters.fastcentrik.profile.load import parse_profile, shipped_profile
from orderbridge.adapters.fastcentrik.writing.import_codec import cancellation, new_order
from orderbridge.domain.order_detail import Customer, OrderDetail, OrderDetailItem
from orderbridge.domain.statuses import MarketplaceStatus
from orderbridge.domain.views import MarketplaceView
from orderbridge.errors import ExportProblemError
from orderbridge.texts import Language, command_line, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.adapters.fastcentrik.writing.import_codec import ImportDocument

ZONE = ZoneInfo("Europe/Prague")

ORDER = OrderDetail(
    mall_order_id=123456,
    view=MarketplaceView(MarketplaceStatus.OPEN, confirmed=False),
    test=True,
    customer=Customer(
        name="Žofie Zkušební",
        company="Zkouška s. r. o.",
        email="zofie@example.invalid",
        phone="+420601000000",
        street="Neexistující 1",
        city="Smyšlenov",
        zip="99999",
        country="CZ",
    ),
    items=(
        OrderDetailItem("ZBOZI-1", "Zboží č. 1", Decimal(2), Decimal("199.50"), Decimal(21)),
        OrderDetailItem("ZBOZI-2", "Kniha <2> & lupa", Decimal(1), Decimal(350), Decimal(0)),
    ),
    currency="CZK",
    payment="CASH_ON_DELIVERY",
    cash_on_delivery=Decimal(837),
    cash_on_delivery_price=Decimal(39),
    delivery_method="Výdejní místo",
    delivery_price=Decimal(99),
    discount=Decimal(50),
    branch="Smyšlenov 7",
    ship_by="2026-11-23",
    opened_at=datetime(2026, 11, 20, 7, 15, tzinfo=UTC),
)
"""An invented order with a value in every field."""


def main(arguments: Sequence[str]) -> int:
    """Prints both documents. Returns 2, with one line, if there are none."""
    if len(arguments) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    path = Path(arguments[0])
    try:
        profile = (
            parse_profile(path.read_text("utf-8"), path.name)
            if path.is_file()
            else shipped_profile(arguments[0])
        )
    except ExportProblemError as problem:
        sys.stderr.write(f"{render(problem.reason, Language.ENGLISH, ZONE, command_line())}\n")
        return 2
    except (OSError, UnicodeDecodeError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    if profile.import_part is None:
        sys.stderr.write(f"{arguments[0]}: no table [import], so no orders are written\n")
        return 2
    encoding = profile.import_part.encoding_beside(profile.encoding)
    _show("a new order", new_order(ORDER, profile, ZONE), encoding)
    _show("its cancellation", cancellation("2026000123", profile), encoding)
    return 0


def _show(what: str, document: ImportDocument | None, encoding: str) -> None:
    if document is not None:
        sys.stdout.write(f"# {what} ({document.content_type})\n{document.body.decode(encoding)}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
