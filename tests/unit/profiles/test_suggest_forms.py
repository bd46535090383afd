"""How a sample is written: its encoding, its head, its rows, the element of an order."""

from __future__ import annotations

import tomllib

import pytest

from tests.unit.profiles.drafts import ORDER, SAMPLES, of, row, stated


def test_a_name_from_the_sample_ends_neither_text_nor_comment() -> None:
    name = 'stav"\\ obj'
    quoted = '"' + name.replace('"', '""') + '"'
    head = f"cislo_objednavky;{quoted};mall_id;doruceno\n"
    odd = row(1, "4810000001", "13.10.2026", "x\x85y")
    found = of(f"{head}{odd}".encode())
    assert tomllib.loads(found.text)["fields"]["status"] == name


def test_a_table_without_a_header_names_columns_by_number() -> None:
    rows = "".join(f"26{n};4810{n:06d};vyřízená;1{n}.11.2026\n" for n in range(1, 4))
    found = of(rows.encode())
    assert found.table is not None
    assert not found.table.header
    assert stated(found) == {"fields.status": "3"}


def test_only_the_first_row_of_an_order_may_be_filled() -> None:
    head = "cislo_objednavky;stav;mall_id;doruceno;item_name\n"
    rows = "1;vyřízená;4810000001;13.11.2026;a\n;;;;b\n2;nevyřízená;4810000002;;c\n;;;;d\n"
    found = of(f"{head}{rows}".encode())
    assert found.is_complete
    assert found.report.orders == 2


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1250", "windows-1250"),
        ("iso-8859-2", "iso-8859-2"),
    ],
)
def test_the_encoding_is_told_by_the_letters(encoding: str, read_as: str) -> None:
    rows = row(1, "4810000001", "13.11.2026") + row(
        2, "4810000002", "", "částečně vyřízená – Šárka, ťuk, žes".replace("–", "-")
    )
    found = of(f"{ORDER}{rows}".encode(encoding))
    assert found.form.encoding == read_as


def test_an_encoding_that_nothing_proves_is_left_open() -> None:
    # The letter is ľ in one and ž in the other.
    found = of(
        f"{ORDER}{row(1, '4810000001', '13.11.2026', 'vybavená')}".encode("cp1250") + b"2;\xbe;4810000002;\n"
    )
    assert found.form.encoding is None
    assert "encoding" in found.open_keys
    assert '# encoding = "iso-8859-2"' in found.text


def test_a_lying_declaration_is_told() -> None:
    document = (SAMPLES / "walkthrough.xml").read_bytes().decode("cp1250").encode()
    found = of(document)
    assert found.form.encoding == "utf-8"
    assert "the bytes are UTF-8" in found.text
    assert found.is_complete


ITEMS = "<polozky><polozka><kod>a</kod><kusu>1</kusu></polozka><polozka><kod>b</kod><kusu>2</kusu></polozka></polozky>"


@pytest.mark.parametrize(
    ("document", "record"),
    [
        (
            f"<objednavky><objednavka id='1'><stav>ok</stav>{ITEMS}</objednavka></objednavky>",
            "objednavky/objednavka",
        ),
        (f"<a><zaznam id='1'>{ITEMS}</zaznam><zaznam id='2'>{ITEMS}</zaznam></a>", "a/zaznam"),
        (
            (
                "<a><order id='1'><lines><rec x='1' y='1' z='1'/><rec x='1' y='2' z='2'/></lines></order>"
                "<order id='2' b='1'><lines><rec x='1' y='1' z='1'/><rec x='1' y='2' z='2'/></lines></order></a>"
            ),
            "a/order",
        ),
        ("<a><rec x='1' y='1'><rec2 x='1' y='2'/><rec2 x='1' y='2'/></rec><rec x='1'/></a>", "a/rec"),
        ("<a><b><c x='1' y='1'/><c x='2' y='2'/></b><d><e x='1' y='1'/><e x='2' y='2'/></d></a>", None),
        ("<a><b x='1' y='1'/></a>", None),
    ],
)
def test_the_element_of_an_order_is_found_or_left_open(document: str, record: str | None) -> None:
    found = of(document.encode())
    assert found.record is not None
    assert found.record.path == record
    assert ("xml.record" in found.open_keys) == (record is None)
