"""Documents in the three shipped formats, and a short way to read any document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from orderbridge.adapters.fastcentrik.profile.load import (
    SHIPPED,
    parse_profile,
    shipped_names,
    shipped_profile,
)
from orderbridge.adapters.fastcentrik.reading.orders import read_orders
from orderbridge.adapters.fastcentrik.reading.report import ReadingReport, Unattributable
from orderbridge.domain.facts import Code, Term
from orderbridge.domain.reasons import Reason
from orderbridge.errors import ExportProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderbridge.adapters.fastcentrik.profile.schema import Profile
    from orderbridge.domain.views import ExportedOrder

PRAGUE = ZoneInfo("Europe/Prague")
PROFILES = {name: (SHIPPED / f"{name}.toml").read_text("utf-8") for name in shipped_names()}
"""The texts of the shipped ones."""
CSV_HEADER = (
    "CISLO_OBJEDNAVKY;DATUM;STAV;DOPRAVCE;PLATBA;CISLO_ZASILKY;DATUM_DORUCENI;CISLO_OBJEDNAVKY_MALL;POZNAMKA;"
    "JMENO;EMAIL;TELEFON;CENA_CELKEM"
)


def read(
    document: bytes, profile: Profile | str = "orders", unattributable: Unattributable | None = None
) -> list[ExportedOrder]:
    chosen = shipped_profile(profile) if isinstance(profile, str) else profile
    report = ReadingReport(unattributable or Unattributable())
    return list(read_orders(io.BytesIO(document), chosen, PRAGUE, report))


def reading_of(document: bytes, profile: Profile | str = "orders") -> ReadingReport:
    """What a whole reading of `document` says beside its orders."""
    chosen = shipped_profile(profile) if isinstance(profile, str) else profile
    report = ReadingReport()
    list(read_orders(io.BytesIO(document), chosen, PRAGUE, report))
    return report


def one(document: bytes, profile: Profile | str = "orders") -> ExportedOrder:
    (order,) = read(document, profile)
    return order


def changed(name: str, old: str, new: str) -> Profile:
    """What a shipped profile says about reading, with a piece of its text replaced."""
    from orderbridge.adapters.fastcentrik.profile.load import SHIPPED  # noqa: PLC0415

    # What is written must fit what is read, and would have to be changed with it.
    text = (SHIPPED / f"{name}.toml").read_text("utf-8").partition("\n[import]\n")[0]
    assert old in text
    return parse_profile(text.replace(old, new), f"changed {name}")


def xml_order(  # noqa: PLR0913 - the fields of an order
    *,
    code: str = "2026000123",
    status: str = "vyřízená",
    created: str = "2026-11-20 08:15:00",
    delivery: str = "",
    tracking: str = "DR1234567890C",
    carrier: str = "Zásilkovna",
    remark: str = "MALL Partner: 123456",
    more: str = "",
) -> str:
    return (
        f"<ORDER><ORDER_ID>7</ORDER_ID><CODE>{code}</CODE><DATE>{created}</DATE><STATUS>{status}</STATUS>"
        f"<CURRENCY>CZK</CURRENCY><PACKAGE_NUMBER>{tracking}</PACKAGE_NUMBER><DELIVERY_DATE>{delivery}</DELIVERY_DATE>"
        f"<CARRIER>{carrier}</CARRIER><PAYMENT>kartou</PAYMENT><REMARK>MALL 9</REMARK>"
        f"<SHOP_REMARK>{remark}</SHOP_REMARK><REFERER/><CUSTOMER><EMAIL>jana@example.invalid</EMAIL>"
        "<PHONE>+420601000111</PHONE><BILLING_ADDRESS><NAME>Jana Vymyšlená</NAME></BILLING_ADDRESS></CUSTOMER>"
        "<TOTAL_PRICE><WITH_VAT>1234.50</WITH_VAT></TOTAL_PRICE>"
        f"<ORDER_ITEMS><ITEM><CODE>ZBOZI-1</CODE></ITEM></ORDER_ITEMS>{more}</ORDER>\n"
    )


def xml(*orders: str, declaration: str = '<?xml version="1.0" encoding="utf-8"?>\n') -> bytes:
    return f"{declaration}<ORDERS>\n{''.join(orders)}</ORDERS>\n".encode()


def czech(
    *,
    mall: str = "123456",
    status: str = "Vyřizuje se",
    delivery: str = "21.11.2026 14:05",
    encoding: str = "cp1250",
) -> bytes:
    return (
        '<?xml version="1.0" encoding="windows-1250"?>\n<Objednavky><Objednavka><CisloObjednavky>2026000123'
        "</CisloObjednavky><DatumVytvoreni>20.11.2026 8:15</DatumVytvoreni>"
        f"<Stav>{status}</Stav><CisloZasilky>DR1</CisloZasilky><Dopravce>Česká pošta</Dopravce><Platba>kartou</Platba>"
        f"<DatumDoruceni>{delivery}</DatumDoruceni><CisloObjednavkyMall>{mall}</CisloObjednavkyMall>"
        "<Zakaznik><Jmeno>Žofie Vymyšlená</Jmeno></Zakaznik><CelkovaCena>1234,50</CelkovaCena></Objednavka>"
        "</Objednavky>\n"
    ).encode(encoding)


def csv_line(**values: str) -> str:
    given = {
        "CISLO_OBJEDNAVKY": "2026000123",
        "DATUM": "20.11.2026 8:15",
        "STAV": "vyřízená",
        "DOPRAVCE": "PPL",
        "PLATBA": "dobírka",
        "CISLO_ZASILKY": "DR1",
        "DATUM_DORUCENI": "",
        "CISLO_OBJEDNAVKY_MALL": "123456",
        "POZNAMKA": "prosím volat",
        "JMENO": "Jana Vymyšlená",
        "EMAIL": "jana@example.invalid",
        "TELEFON": "+420601000111",
        "CENA_CELKEM": "1234,50",
    } | values
    return ";".join(given.values()) + "\r\n"


def csv_document(*lines: str, header: str = CSV_HEADER) -> bytes:
    return f"{header}\r\n{''.join(lines)}".encode("utf-8-sig")


def code_of(reason: Reason | None) -> Code | None:
    """The code of `reason`, which is one of ours; None without a reason."""
    return reason.code if reason is not None and isinstance(reason.code, Code) else None


def profile_problem(text: str) -> str:
    """What is wrong with the profile `text`: codes and facts, without the texts in it."""
    with pytest.raises(ExportProblemError) as caught:
        parse_profile(text, "profiles/mine.toml")
    assert caught.value.__context__ is None
    assert caught.value.reason.fact("source") == Term("profiles/mine.toml")
    return " ".join(problem.log_line for problem in problems_of(caught.value.reason))


def problems_of(reason: Reason) -> tuple[Reason, ...]:
    """What is wrong with a profile that cannot be used."""
    problems = reason.fact("problems")
    assert isinstance(problems, tuple)
    return tuple(problem for problem in problems if isinstance(problem, Reason))


def numbers(orders: Sequence[ExportedOrder]) -> list[int]:
    return [order.mall_order_id for order in orders]
