"""What of a clerk's text becomes a tracking number, and what is left to a person."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.carrier_table import CARRIERS, WEDO, Carrier
from orderbridge.domain.carriers import NoTracking, Tracking
from orderbridge.domain.codes.tracking import TrackingReason
from orderbridge.domain.facts import ShopText
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.rules import Rules
from tests.texts import said
from tests.unit.domain.trackings import OWN, PPL, held, sent, tracking

FIRST = Rules(several_parcels="first")


def several(*numbers: str) -> Reason:
    return because(TrackingReason.SEVERAL_PARCELS, numbers=tuple(map(ShopText, numbers)))


def _is_one(number: str) -> bool:
    return any("1" <= sign <= "9" for sign in number)


class TestPlaceholders:
    @pytest.mark.parametrize(
        "text",
        [
            *(
                "",
                " ",
                "\u200b",
                "-",
                "--",
                "–",
                "—",
                ".",
                "...",
                "?",
                "/",
                "0",
                "00",
                "0000000000",
                "0 0",
                "-0-",
            ),
            *("x", "X", "xxx", "NULL", "null", "None", "N/A", "n/a", "nan", "nema", "nemá", "není", "žádné"),
            *(
                "osobne",
                "Osobní odběr",
                "bude doplneno",
                "bude doplněno",
                "doplnime",
                "čeká se",
                "viz poznámka",
            ),
            *("nedodané", "nije poznato", "TBD", "1 ks", "2ks", "3 balíky", "PPL", "PPL - 2 ks", "č. -"),
        ],
    )
    @pytest.mark.parametrize("carrier", ["PPL", "Zásilkovna", "Náš kurýr", ""])
    def test_is_no_number(self, text: str, carrier: str) -> None:
        assert held(text, carrier, rules=Rules(carriers={"Náš kurýr": OWN})).missing

    def test_a_number_in_spite_of_its_look(self) -> None:
        assert sent("NB00000001") == ("NB00000001", PPL.format("NB00000001"))
        assert sent("DR1")[0] == "DR1"


class TestBesideWords:
    @pytest.mark.parametrize(
        ("text", "carrier", "number"),
        [
            ("PPL 80112345678", "PPL", "80112345678"),
            ("PPL:80112345678", "PPL - na adresu", "80112345678"),
            ("80112345678 2ks", "PPL", "80112345678"),
            ("80112345678 (2 ks)", "PPL", "80112345678"),
            ("2x 80112345678", "PPL", "80112345678"),
            ("č.80112345678", "PPL", "80112345678"),
            ("'80112345678", "PPL", "80112345678"),
            ('="80112345678"', "PPL", "80112345678"),
            ("80112345678.", "PPL", "80112345678"),
            ("80112345678,00", "PPL", "80112345678"),
            ("80112345678.0", "PPL", "80112345678"),
            ("-80112345678_", "PPL", "80112345678"),
            ("DPD ne, PPL 80112345678", "PPL", "80112345678"),
            ("1234567,00", "Náš kurýr", "1234567"),
            ("PPL80112345678", "PPL", "80112345678"),
            ("ppl-80112345678", "PPL", "80112345678"),
            ("PPL_80112345678 2ks", "PPL", "80112345678"),
            ("ZásilkovnaZ1234567890", "Zásilkovna", "Z1234567890"),
            ("KURYR-2026-000123", "Náš kurýr", "KURYR-2026-000123"),
            ("80112345678, odesláno 12.11.2026", "PPL", "80112345678"),
            ("obj. 2026000123, balík 80112345678", "PPL", "80112345678"),
            ("odesláno 22.11.2026 Zásilkovnou: Z1234567890", "Zásilkovna", "Z1234567890"),
            ("Zásilkovna Z 123 4567 890", "Zásilkovna", "Z1234567890"),
            ("balík DR1234567890C tel. 777123456", "Česká pošta", "DR1234567890C"),
            ("RR123456785CZ do zahraničí", "Balíkovna", "RR123456785CZ"),
            ("zásielka AB123456785SK", "Slovenská pošta", "AB123456785SK"),
            ("GLS 90123456789", "GLS", "90123456789"),
            ("DPD 13975600123456 2 ks", "DPD", "13975600123456"),
            ("UPS 1Z999AA10123456784", "UPS", "1Z999AA10123456784"),
            ("číslo: KURYR-2026-000123", "Náš kurýr", "KURYR-2026-000123"),
        ],
    )
    def test_the_only_number_of_the_carriers_form_is_taken_out(
        self, text: str, carrier: str, number: str
    ) -> None:
        assert sent(text, carrier, rules=Rules(carriers={"Náš kurýr": OWN}))[0] == number

    @pytest.mark.parametrize(
        ("text", "carrier"),
        [
            ("PPL 7654321", "PPL"),
            ("PPL7654321", "PPL"),
            ("80112345678.5", "PPL"),
            ("8011234567 (chybí číslice)", "PPL"),
            ("obj. 12345 801234", "PPL"),
            ("tel. 777123456", "Náš kurýr"),
            ("Jana 777 123 456", "Náš kurýr"),
            ("+420 777 123 456", "Náš kurýr"),
            ("volat 00420777123456", "Náš kurýr"),
            ("odesláno 22.11.2026", "Náš kurýr"),
            ("odesláno 20261122", "Náš kurýr"),
            ("odesláno 2026-11-22", "Náš kurýr"),
            ("8,01123E+10", "PPL"),
            ("8.01123E10", "PPL"),
            ("8E+10", "Náš kurýr"),
            ("DR/123", "PPL"),
            ("80112345678/2", "PPL"),
            ("1", "PPL"),
            ("12", "Náš kurýr"),
            ("1" * 41, "PPL"),
            ("٨٠١١٢٣٤٥٦٧٨", "PPL"),
        ],
    )
    def test_anything_else_is_for_a_person(self, text: str, carrier: str) -> None:
        assert not held(text, carrier, rules=Rules(carriers={"Náš kurýr": OWN})).missing

    def test_the_persons_text_is_not_repeated(self) -> None:
        assert "Jana" not in said(held("Jana 777 123 456", "PPL").reason)

    @given(st.data(), st.sampled_from([carrier for carrier in CARRIERS if carrier is not WEDO]))
    @settings(deadline=None, max_examples=300)
    def test_for_every_form_of_every_carrier(self, data: st.DataObject, carrier: Carrier) -> None:
        page = next(iter(carrier.pages.values()))
        if not page.form:
            return
        number = data.draw(st.from_regex(re.compile(page.form, re.ASCII), fullmatch=True).filter(_is_one))
        before = data.draw(st.sampled_from(["", carrier.names[0] + " ", "balík č. ", "zásilka: ", "2x "]))
        after = data.draw(st.sampled_from(["", " 2ks", " (odesláno)", ", osobně", "."]))
        assert sent(f"{before}{number}{after}", carrier.names[0]) == (
            number,
            page.address.replace("{number}", number),
        )


class TestGroups:
    @pytest.mark.parametrize(
        ("text", "carrier", "number"),
        [
            ("DR 1234 5678 90 C", "Česká pošta", "DR1234567890C"),
            ("RR 123 456 785 CZ", "Česká pošta", "RR123456785CZ"),
            ("RR 123456785 CZ", "Česká pošta", "RR123456785CZ"),
            ("Z 123 4567 890", "Zásilkovna", "Z1234567890"),
            ("Z 1234567890", "Zásilkovna", "Z1234567890"),
            ("PPL 801 1234 5678", "PPL", "80112345678"),
            ("1397 5600 1234 56", "DPD", "13975600123456"),
            ("987-654-12345678", "SPS", "987-654-12345678"),
            ("1234 5678 9012", "Náš kurýr", "123456789012"),
        ],
    )
    def test_that_the_carrier_prints_are_one_number(self, text: str, carrier: str, number: str) -> None:
        assert sent(text, carrier, rules=Rules(carriers={"Náš kurýr": OWN}))[0] == number

    @pytest.mark.parametrize(
        ("text", "carrier"),
        [
            ("1234567 7654321", "PPL"),
            ("1234567 7654321", "DPD"),
            ("1234567 7654321", "Náš kurýr"),
            ("12345 6789012", "Zásilkovna"),
            ("801 1234 567", "PPL"),
            ("DR 123", "PPL"),
            ("12345678901234 5", "Zásilkovna"),
        ],
    )
    @pytest.mark.parametrize("blank", [" ", "  ", "\u00a0", "\t", "\r\n"])
    def test_of_any_other_kind_are_never_put_together(self, text: str, carrier: str, blank: str) -> None:
        assert not held(text.replace(" ", blank), carrier, rules=Rules(carriers={"Náš kurýr": OWN})).missing

    @pytest.mark.slow
    @given(
        st.from_regex(r"[1-9]\d{5,13}", fullmatch=True),
        st.from_regex(r"[1-9]\d{5,13}", fullmatch=True),
        st.sampled_from([" ", "  ", ", ", ",", ";", " / ", " + ", " a ", "\u00a0", "\n", "\t"]),
        st.sampled_from([*(name for carrier in CARRIERS for name in carrier.all_names), "Kurýr"]),
        st.sampled_from([Rules(), FIRST]),
    )
    @settings(deadline=None, max_examples=500)
    def test_two_whole_numbers_never_become_one(
        self, one: str, other: str, between: str, carrier: str, rules: Rules
    ) -> None:
        found = tracking(f"{one}{between}{other}", carrier, rules=rules)
        assert isinstance(found, NoTracking) or found.number in {one, other}


class TestSeveralParcels:
    @pytest.mark.parametrize(
        "text",
        [
            "1234567, 7654321",
            "1234567,7654321",
            "1234567; 7654321",
            "1234567 / 7654321",
            "1234567 + 7654321",
            "1234567 a 7654321",
            "1234567 7654321",
            "1234567, 7654321, 1234567",
        ],
    )
    @pytest.mark.parametrize("carrier", ["PPL", "Zásilkovna", "UPS"])
    def test_are_held_or_the_first_is_sent(self, text: str, carrier: str) -> None:
        problem = held(text, carrier)
        assert not problem.missing
        assert problem.reason == several("1234567", "7654321")
        found = tracking(text, carrier, rules=FIRST)
        assert isinstance(found, Tracking)
        assert found.number == "1234567"
        others = (ShopText("7654321"),)
        assert found.notes == (because(TrackingReason.FIRST_OF_SEVERAL, parcels=2, others=others),)

    def test_of_the_carriers_form_beside_words(self) -> None:
        text = "PPL 80112345678, 80112345679 (2 ks)"
        assert held(text).reason == several("80112345678", "80112345679")
        assert sent(text, rules=FIRST)[0] == "80112345678"

    @pytest.mark.parametrize("carrier", ["PPL", "PPL / DPD", "Kurýr", "GLS"])
    def test_of_two_carriers(self, carrier: str) -> None:
        text = "PPL 80112345678 / DPD 13975600123456"
        assert held(text, carrier).reason == several("80112345678", "13975600123456")

    @pytest.mark.parametrize("text", ["DR1234567890C, DR1234567890C", "DR1234567890C dr1234567890c"])
    def test_the_same_one_twice_is_one(self, text: str) -> None:
        assert sent(text, "Česká pošta")[0] == "DR1234567890C"


class TestWedo:
    def test_the_shipments_number_is_sent(self) -> None:
        address = "https://trace.wedo.cz/index.php?action=eSearch&orderNumber=46F00051075"
        for text in ("46F00051075", "46F00051075*001001", "WE|DO 46F00051075*001001"):
            assert sent(text, "WE|DO") == ("46F00051075", address)

    def test_parcels_of_one_shipment_are_one(self) -> None:
        assert sent("46F00051075*001002, 46F00051075*002002", "InTime")[0] == "46F00051075"

    def test_other_carriers_have_no_such_numbers(self) -> None:
        assert not held("46F00051075*001001", "PPL").missing
