"""The shop's import: whole orders and changes of state, in the three formats, all of a document or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from sandbox import PERSONAL_MARKERS

if TYPE_CHECKING:
    from tests.sandbox.conftest import FastCentrik

DEFAULT = """<?xml version="1.0" encoding="utf-8"?>
<ORDERS><ORDER><DATE>2026-11-20 08:15:00</DATE><STATUS>nevyřízená</STATUS><CURRENCY>CZK</CURRENCY>
<CARRIER>PPL</CARRIER><PAYMENT>Dobírka</PAYMENT><CASH_ON_DELIVERY>478.00</CASH_ON_DELIVERY>
<REMARK>Výdejní místo: Brno</REMARK><SHOP_REMARK>MALL Partner: 77</SHOP_REMARK>
<CUSTOMER><EMAIL>a@example.com</EMAIL><PHONE>+420777</PHONE>
<BILLING_ADDRESS><NAME>Jana &amp; spol.</NAME><COMPANY>Firma</COMPANY><STREET>Ulice 1</STREET><CITY>Město</CITY>
<ZIP>11000</ZIP><COUNTRY>SK</COUNTRY></BILLING_ADDRESS>
<SHIPPING_ADDRESS><NAME>Petr</NAME><STREET>Jiná 2</STREET><CITY>Ves</CITY><ZIP>12000</ZIP><COUNTRY>CZ</COUNTRY>
</SHIPPING_ADDRESS></CUSTOMER><TOTAL_PRICE><WITH_VAT>478.00</WITH_VAT><PAID>0</PAID></TOTAL_PRICE><ORDER_ITEMS>
<ITEM><CODE>A</CODE><NAME>Hrnek</NAME><AMOUNT>2</AMOUNT><UNIT_PRICE_WITH_VAT>150.00</UNIT_PRICE_WITH_VAT>
<VAT_RATE>21</VAT_RATE></ITEM>
<ITEM><CODE>B</CODE><NAME>Lžička</NAME><AMOUNT>1</AMOUNT><UNIT_PRICE_WITH_VAT>80</UNIT_PRICE_WITH_VAT></ITEM>
<ITEM><CODE>DOPRAVA</CODE><NAME>PPL</NAME><AMOUNT>1</AMOUNT><UNIT_PRICE_WITH_VAT>79.00</UNIT_PRICE_WITH_VAT></ITEM>
<ITEM><CODE>DOBIRKA</CODE><NAME>x</NAME><AMOUNT>1</AMOUNT><UNIT_PRICE_WITH_VAT>39.00</UNIT_PRICE_WITH_VAT></ITEM>
<ITEM><CODE>SLEVA</CODE><NAME>x</NAME><AMOUNT>1</AMOUNT><UNIT_PRICE_WITH_VAT>-20.00</UNIT_PRICE_WITH_VAT></ITEM>
</ORDER_ITEMS></ORDER></ORDERS>"""
CZECH = """<?xml version="1.0" encoding="windows-1250"?>
<Objednavky><Objednavka><DatumVytvoreni>20.11.2026 8:15</DatumVytvoreni><Stav>nevyřízená</Stav><Mena>CZK</Mena>
<Dopravce>PPL</Dopravce><Platba>Dobírka</Platba><Dobirka>478,00</Dobirka>
<CisloObjednavkyMall>77</CisloObjednavkyMall><Poznamka>Výdejní místo: Brno</Poznamka>
<Zakaznik><Jmeno>Jana &amp; spol.</Jmeno><Firma>Firma</Firma><Email>a@example.com</Email><Telefon>+420777</Telefon>
<Ulice>Ulice 1</Ulice><Mesto>Město</Mesto><Psc>11000</Psc><Zeme>SK</Zeme></Zakaznik>
<DodaciAdresa><Jmeno>Petr</Jmeno><Ulice>Jiná 2</Ulice><Mesto>Ves</Mesto><Psc>12000</Psc></DodaciAdresa>
<CenaDopravy>79,00</CenaDopravy><CenaDobirky>39,00</CenaDobirky><Sleva>20,00</Sleva>
<CelkovaCena>478,00</CelkovaCena><Zaplaceno>0</Zaplaceno><Polozky>
<Polozka><KodZbozi>A</KodZbozi><JmenoZbozi>Hrnek</JmenoZbozi><Pocet>2</Pocet><CenaZaKus>150,00</CenaZaKus>
<SazbaDph>21</SazbaDph></Polozka>
<Polozka><KodZbozi>B</KodZbozi><JmenoZbozi>Lžička</JmenoZbozi><Pocet>1</Pocet><CenaZaKus>80</CenaZaKus></Polozka>
</Polozky></Objednavka></Objednavky>"""
CSV = (
    "CISLO_OBJEDNAVKY;DATUM;STAV;DOPRAVCE;PLATBA;DOBIRKA;CISLO_OBJEDNAVKY_MALL;POZNAMKA;JMENO;FIRMA;EMAIL;TELEFON;ULICE;MESTO;PSC;ZEME;"
    "CENA_CELKEM;MENA;ZAPLACENO;CENA_DOPRAVY;CENA_DOBIRKY;SLEVA;POLOZKY\r\n"
    ";20.11.2026 8:15;nevyřízená;PPL;Dobírka;478,00;77;Výdejní místo: Brno;Jana & spol.;Firma;"
    "a@example.com;+420777;Ulice 1;Město;11000;SK;478,00;CZK;0;79,00;39,00;20,00;"
    '"A | 2 | 150,00 | 21 | Hrnek\nB | 1 | 80 | | Lžička"\r\n'
)
DOCUMENTS = {"default": DEFAULT.encode(), "czech": CZECH.encode("cp1250"), "csv": CSV.encode("utf-8-sig")}


def bring(shop: FastCentrik, document: bytes | str, **params: str) -> requests.Response:
    body = document.encode() if isinstance(document, str) else document
    return requests.post(shop.import_url, params=params, data=body, timeout=10)


def change(code: str, status: str, profile: str = "default") -> bytes:
    """A document that sets the state of an order and nothing else."""
    if profile == "csv":
        return f"CISLO_OBJEDNAVKY;STAV\r\n{code};{status}\r\n".encode()
    if profile == "czech":
        text = f"<Objednavka><CisloObjednavky>{code}</CisloObjednavky><Stav>{status}</Stav></Objednavka>"
        return f'<?xml version="1.0" encoding="windows-1250"?><Objednavky>{text}</Objednavky>'.encode(
            "cp1250"
        )
    return f"<ORDERS><ORDER><CODE>{code}</CODE><STATUS>{status}</STATUS></ORDER></ORDERS>".encode()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("profile", DOCUMENTS)
def test_a_whole_order_is_kept_and_shown_without_its_customer(
    shop: FastCentrik, profile: str, *, named: bool
) -> None:
    answer = bring(shop, DOCUMENTS[profile], **({"profile": profile} if named else {}))
    assert (answer.status_code, "<CODE>2026000001</CODE>" in answer.text) == (201, True)
    shown = shop.get("/orders/2026000001")
    assert shown == shop.get("/orders")[0]
    shown.pop("changed_at")
    assert shown == {
        "code": "2026000001",
        "mall_order_id": "77",
        "status": "nevyřízená",
        "delivery_date": None,
        "tracking_number": None,
        "carrier": "PPL",
        "payment": "Dobírka",
        "created": "2026-11-20 08:15:00",
        "currency": "CZK",
        "total": "478.00",
        "items": 2,
        "remark": "Výdejní místo: Brno",
        "shop_remark": None,
        "exported": True,
    }
    whole = shop.get("/orders/2026000001?customer=1")
    billing = {
        "name": "Jana & spol.",
        "email": "a@example.com",
        "phone": "+420777",
        "street": "Ulice 1",
        "city": "Město",
        "zip": "11000",
        "country": "SK",
    }
    assert whole["customer"] == {**billing, "company": "Firma"}
    # A CSV document has one address.
    other = {"name": "Petr", "street": "Jiná 2", "city": "Ves", "zip": "12000", "country": "CZ"}
    assert whole["shipping"] == (billing if profile == "csv" else {**billing, **other})
    assert whole["items"] == [
        {"code": "A", "name": "Hrnek", "pieces": "2", "unit_price": "150.00", "vat": "21"},
        {"code": "B", "name": "Lžička", "pieces": "1", "unit_price": "80", "vat": ""},
    ]
    assert {key: whole[key] for key in ("delivery_price", "cash_on_delivery_price", "discount")} == {
        "delivery_price": "79.00",
        "cash_on_delivery_price": "39.00",
        "discount": "20.00",
    }
    assert (whole["cash_on_delivery"], whole["paid"]) == ("478.00", "0")


@pytest.mark.parametrize("profile", DOCUMENTS)
@pytest.mark.parametrize("brought", DOCUMENTS)
def test_what_one_format_brought_every_format_exports_and_takes_again(
    shop: FastCentrik, brought: str, profile: str
) -> None:
    bring(shop, DOCUMENTS[brought])
    kept = shop.get("/orders/2026000001?customer=1")
    exported = shop.export(profile=profile).content
    shop.call("POST", "/reset")
    assert bring(shop, exported).status_code == 201
    again = shop.get("/orders/2026000001?customer=1")
    kept.pop("changed_at")
    again.pop("changed_at")
    if profile == "csv":
        # Its export has no place for these.
        for key in ("shipping", "paid", "cash_on_delivery"):
            kept.pop(key)
            again.pop(key)
        kept["customer"] |= {"company": "", "country": "CZ"}
    assert again == kept


@pytest.mark.parametrize("profile", DOCUMENTS)
def test_a_document_with_a_code_and_a_state_changes_the_state(shop: FastCentrik, profile: str) -> None:
    shop.create(code="7", mall_order_id=5, status="vyřizuje se", tracking_number="Z1")
    before = shop.get("/orders/7")
    tag = shop.export().headers["ETag"]
    answer = bring(shop, change("7", "stornováno", profile))
    assert (answer.status_code, "<CODE>7</CODE>" in answer.text) == (201, True)
    after = shop.get("/orders/7")
    assert after == {**before, "status": "stornováno", "changed_at": after["changed_at"]}
    assert shop.export({"If-None-Match": tag}).status_code == 200
    tag = shop.export().headers["ETag"]
    assert bring(shop, change("7", "stornováno", profile)).status_code == 201
    assert shop.export({"If-None-Match": tag}).status_code == 304
    assert shop.get("/calls")["imports"] == 2


@pytest.mark.parametrize(
    ("document", "http_status", "named"),
    [
        (change("9", "stornováno"), 400, "no order with code 9"),
        (change("7", "storno"), 400, "STATUS must be one of"),
        (change("7", "open", "csv"), 400, "STATUS must be one of"),
        (DEFAULT.replace("nevyřízená", "open"), 400, "STATUS must be one of"),
        (
            change("7", "vyřízená").replace(b"<STATUS>", b"<CARRIER>x</CARRIER><STATUS>"),
            400,
            "a change CODE and STATUS",
        ),
        (DEFAULT.replace("NAME>", "X>"), 400, "needs a customer's name"),
        (DEFAULT.replace("ITEM>", "X>"), 400, "at least one item"),
        (DEFAULT.replace("<CODE>A</CODE>", ""), 400, "an item needs a code"),
        (
            DEFAULT.replace("<WITH_VAT>478.00", "<WITH_VAT>478.01"),
            400,
            "add up to 478.00, the total is 478.01",
        ),
        (DEFAULT.replace("Partner: 77", "Partner: 5"), 409, "MALL order 5 is already in the shop"),
        (DEFAULT.replace("<ORDER>", "<ORDER><CODE>7</CODE>"), 409, "code 7 is already"),
        (CSV.replace("| Lžička", ""), 400, "a line is code | pieces"),
        (CSV.replace("nevyřízená;", "nevyřízená;;"), 400, "more or fewer columns"),
        (CSV.encode("cp1250"), 400, "not CSV in UTF-8"),
        (CZECH.replace("Objednavky>", "Orders>"), 400, "root element is Orders"),
        ("nothing", 400, "not well-formed XML"),
    ],
)
def test_what_is_refused_leaves_the_shop_as_it_was(
    shop: FastCentrik, document: bytes | str, http_status: int, named: str
) -> None:
    shop.create(code="7", mall_order_id=5)
    before = shop.get("/orders")
    answer = bring(shop, document)
    assert (answer.status_code, answer.text.count("<ERROR>")) == (http_status, 1)
    assert named in answer.text
    assert shop.get("/orders") == before


def test_a_document_that_is_called_another_format_is_refused(shop: FastCentrik) -> None:
    assert bring(shop, DEFAULT, profile="czech").status_code == 400
    assert bring(shop, DEFAULT, profile="csv").status_code == 400
    assert bring(shop, CSV, profile="default").status_code == 400
    assert bring(shop, DEFAULT, profile="json").status_code == 400
    assert shop.get("/orders") == []


def test_all_of_a_document_or_nothing(shop: FastCentrik) -> None:
    shop.create(code="7", mall_order_id=5)
    order = DEFAULT[DEFAULT.index("<ORDER>") : DEFAULT.index("</ORDERS>")]
    states = "".join(change(code, "stornováno").decode()[8:-9] for code in ("7", "8"))
    assert bring(shop, f"<ORDERS>{order}{states}</ORDERS>").status_code == 400
    assert [(one["code"], one["status"]) for one in shop.get("/orders")] == [("7", "nevyřízená")]
    shop.create(code="8")
    assert bring(shop, f"<ORDERS>{order}{states}</ORDERS>").status_code == 201
    assert [(one["code"], one["status"]) for one in shop.get("/orders")] == [
        ("7", "stornováno"),
        ("8", "stornováno"),
        ("2026000001", "nevyřízená"),
    ]


def test_an_invented_order_has_a_customer_and_an_item_too(shop: FastCentrik) -> None:
    shop.create(code="7", mall_order_id=5)
    assert shop.get("/orders/7")["items"] == 1
    whole = shop.get("/orders/7?customer=1")
    assert all(marker in str(whole) for marker in PERSONAL_MARKERS)
    assert whole["items"][0]["unit_price"] == whole["total"]
    for profile in DOCUMENTS:
        text = shop.export(profile=profile).content.decode("cp1250" if profile == "czech" else "utf-8")
        assert whole["customer"]["name"] in text
        assert "ZBOZI-5" in text


class TestFaults:
    def fault(self, shop: FastCentrik, **rule: Any) -> None:  # noqa: ANN401 - a rule's values
        shop.put("/faults", {"target": "import", **rule})

    @pytest.mark.parametrize(
        ("rule", "http_status", "body"),
        [
            ({"http_status": 503, "retry_after": 5}, 503, "Služba"),
            ({"html_login": True}, 200, "Přihlášení"),
            ({"empty_body": True}, 200, ""),
            ({"refused": True}, 200, "<ERROR>objednávku nelze zapsat</ERROR>"),
            (
                {"refused": True, "http_status": 400, "echo": True},
                400,
                "&lt;NAME&gt;Jana &amp;amp; spol.&lt;/NAME&gt;",
            ),
            ({"truncated": 20}, 201, "<?xml version"),
            ({"huge": 1_000_000}, 201, "   "),
        ],
    )
    @pytest.mark.parametrize("effect", [True, False])
    def test_an_answer_with_the_effect_and_without(
        self, shop: FastCentrik, rule: dict[str, Any], http_status: int, body: str, *, effect: bool
    ) -> None:
        self.fault(shop, **rule, after_effect=effect)
        answer = bring(shop, DEFAULT)
        assert answer.status_code == http_status
        assert body in answer.text
        assert len(shop.get("/orders")) == (1 if effect else 0)

    def test_a_fault_of_one_format(self, shop: FastCentrik) -> None:
        self.fault(shop, kind="status", profile="czech", times=2)
        assert bring(shop, CZECH.encode("cp1250")).status_code == 500
        assert bring(shop, change("1", "stornováno", "czech")).status_code == 500
        self.fault(shop, kind="status", profile="czech")
        assert bring(shop, DEFAULT).status_code == 201

    @pytest.mark.parametrize(
        ("rule", "named"),
        [
            ({"entity_bomb": True, "target": "import"}, "with target import kind is one of"),
            ({"delta": True, "target": "import"}, "with target import kind is one of"),
            ({"refused": True}, "need target import"),
            ({"lost": "after"}, "need target import"),
            ({"http_status": 500, "after_effect": True}, "need target import"),
        ],
    )
    def test_a_fault_that_makes_no_sense_is_not_armed(
        self, shop: FastCentrik, rule: dict[str, Any], named: str
    ) -> None:
        answer = shop.call("PUT", "/faults", rule)
        assert (answer.status_code, named in answer.json()["error"]) == (400, True)
