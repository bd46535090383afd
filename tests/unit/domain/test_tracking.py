"""What of a clerk's texts becomes tracking, and what is left to a person."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.carrier_table import CARRIERS, WEDO, Carrier, Country
from orderbridge.domain.carriers import NoTracking, Tracking, tracking_of
from orderbridge.domain.codes.tracking import AddressReason, TrackingReason
from orderbridge.domain.facts import ShopText, Term
from orderbridge.domain.reasons import Reason, because
from orderbridge.domain.rules import Rules
from orderbridge.domain.statuses import ShopStatus
from orderbridge.domain.tracking_address import template_problem
from orderbridge.domain.views import ShopView
from tests.reasons import they_said
from tests.texts import said

PPL = "https://www.ppl.cz/vyhledat-zasilku?shipmentId={}"
DPD = "https://www.dpdgroup.com/cz/mydpd/my-parcels/track?parcelNumber={}"
PACKETA = "https://tracking.packeta.com/cs/?id={}"
CZECH_POST = "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={}"
OWN = "https://kuryr.example/{number}"
FIRST = Rules(several_parcels="first")


def tracking(
    number: str, carrier: str = "PPL", url: str = "", rules: Rules | None = None
) -> Tracking | NoTracking:
    view = ShopView(
        "1", ShopStatus.SETTLED, "vyřízená", tracking_number=number, carrier=carrier, tracking_url=url
    )
    return tracking_of(view, rules or Rules())


def sent(number: str, carrier: str = "PPL", url: str = "", rules: Rules | None = None) -> tuple[str, str]:
    found = tracking(number, carrier, url, rules)
    assert isinstance(found, Tracking), found
    return found.number, found.url


def held(number: str, carrier: str = "PPL", url: str = "", rules: Rules | None = None) -> NoTracking:
    found = tracking(number, carrier, url, rules)
    assert isinstance(found, NoTracking), found
    return found


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


class TestWhichCarrier:
    @pytest.mark.parametrize(
        ("carrier", "number", "address"),
        [
            ("Kurýr (PPL / DPD)", "80112345678", PPL),
            ("Kurýr (PPL / DPD)", "13975600123456", DPD),
            ("Kurýr (PPL / DPD)", "DPD 13975600123456", DPD),
            ("Výdejní místo (Zásilkovna, Balíkovna)", "Z1234567890", PACKETA),
            ("Výdejní místo (Zásilkovna, Balíkovna)", "DR1234567890C", CZECH_POST),
            ("Česká pošta - Balíkovna", "DR1234567890C", CZECH_POST),
            ("Zásilkovna (Packeta)", "Z1234567890", PACKETA),
        ],
    )
    def test_of_several_the_numbers_form_decides(self, carrier: str, number: str, address: str) -> None:
        bare = number.rpartition(" ")[2]
        assert sent(number, carrier) == (bare, address.format(bare))

    @pytest.mark.parametrize(
        ("carrier", "number"),
        [
            ("Kurýr (PPL / DPD)", "1234567"),
            ("DPD nebo PPL", "DR123456"),
            ("PPL / GLS", "90123456789"),
            ("PPL / UPS", "80112345678"),
            ("Výdejní místo (Zásilkovna, Balíkovna)", "1234567"),
        ],
    )
    def test_else_it_is_held(self, carrier: str, number: str) -> None:
        problem = held(number, carrier)
        assert not problem.missing
        assert problem.reason.code is TrackingReason.SEVERAL_CARRIERS

    def test_the_carrier_beside_the_number_counts(self) -> None:
        assert sent("PPL 12345678901", "Kurýr (PPL / GLS)")[1] == PPL.format("12345678901")
        assert sent("PPL 80112345678", "Kurýr")[1] == PPL.format("80112345678")
        assert held("GLS 90123456789", "PPL").reason == because(
            TrackingReason.SEVERAL_CARRIERS, carriers=(Term("PPL"), Term("GLS"))
        )
        assert sent("DPD 13975600123456", "PPL")[1] == DPD.format("13975600123456")

    def test_an_address_of_the_shops_own_needs_no_carrier(self) -> None:
        assert sent("1234567", "PPL / DPD", "https://a.example/7") == ("1234567", "https://a.example/7")

    def test_an_unreadable_carrier_is_needed_only_without_such_an_address(self) -> None:
        view = ShopView(
            *("1", ShopStatus.SETTLED, "x"),
            tracking_number="80112345678",
            carrier="PPL",
            carrier_problem=they_said("CARRIER occurs more than once"),
        )
        assert tracking_of(view, Rules()) == NoTracking(
            they_said("CARRIER occurs more than once"), missing=False
        )
        beside = replace(view, tracking_number="PPL 80112345678")
        assert tracking_of(beside, Rules()) == Tracking("80112345678", PPL.format("80112345678"))
        with_address = replace(view, tracking_url="https://a.example/7")
        assert tracking_of(with_address, Rules()) == Tracking("80112345678", "https://a.example/7")

    @pytest.mark.parametrize(
        ("name", "own", "address"),
        [
            ("PPL", {"PPL": OWN}, OWN),
            ("ppl - NA ADRESU", {"PPL": OWN}, OWN),
            ("PPL / DPD", {"PPL / DPD": OWN}, OWN),
            ("Kurýr PPL", {"Kurýr": "https://a.example/{number}", "Kurýr PPL": OWN}, OWN),
            ("Česká pošta - Balíkovna", {"Balíkovna": OWN}, OWN),
            ("Náš kurýr po Praze", {"Náš kurýr": OWN}, OWN),
            ("cokoli", {"*": OWN}, OWN),
            ("PPL", {"*": OWN}, PPL.replace("{}", "{number}")),
        ],
    )
    def test_the_shops_own_table_comes_first(self, name: str, own: dict[str, str], address: str) -> None:
        found = sent("80112345678", name, rules=Rules(carriers=own))
        assert found[1] == address.replace("{number}", "80112345678")

    def test_the_shops_own_name_makes_no_carrier_sure_that_another_one_is_beside(self) -> None:
        rules = Rules(carriers={"PPL": OWN})
        assert sent("13975600123456", "PPL / DPD", rules=rules)[1] == DPD.format("13975600123456")
        problem = held("1234567", "PPL / DPD", rules=rules)
        assert problem.reason.code is TrackingReason.SEVERAL_CARRIERS
        assert sent("80112345678 2ks", "PPL / DPD", rules=rules) == (
            "80112345678",
            "https://kuryr.example/80112345678",
        )

    @pytest.mark.parametrize("carrier", ["", " ", "Kurýr", "PPLus", "Zásilka", "in the time"])
    def test_an_unknown_one_is_never_guessed(self, carrier: str) -> None:
        unknown = because(TrackingReason.UNKNOWN_CARRIER, carrier=ShopText(carrier))
        assert held("Z1234567890", carrier).reason == unknown


class TestCountries:
    @pytest.mark.parametrize(
        ("carrier", "part"),
        [
            ("DPD", "dpdgroup.com/cz/"),
            ("DPD ČR", "dpdgroup.com/cz/"),
            ("DPD Slovensko", "dpdgroup.com/sk/"),
            ("DPD SK", "dpdgroup.com/sk/"),
            ("dpd sk", "dpdgroup.com/sk/"),
            ("DPD kurýr na Slovensko", "dpdgroup.com/sk/"),
            ("Slovensko - DPD", "dpdgroup.com/sk/"),
            ("DPD Slovenija", "dpdgroup.com/si/"),
            ("DPD (SI)", "dpdgroup.com/si/"),
            ("DPD Hrvatska", "dpdgroup.com/hr/"),
            ("DPD do Chorvatska", "dpdgroup.com/hr/"),
            ("Packeta SK", "tracking.packeta.com/sk/"),
            ("Zásilkovna - Slovensko", "tracking.packeta.com/sk/"),
            ("Zásielkovňa", "tracking.packeta.com/sk/"),
            ("Zásielkovňa ČR", "tracking.packeta.com/sk/"),
            ("Zásilkovna - vyzvednete si na pobočce", "tracking.packeta.com/cs/"),
            ("ZÁSILKOVNA - VYZVEDNETE SI NA POBOČCE", "tracking.packeta.com/cs/"),
            ("Zásilkovna CZ/SK", "tracking.packeta.com/cs/"),
            ("GLS", "gls-group.eu/CZ/"),
            ("GLS Slovakia", "gls-group.eu/SK/"),
            ("GLS Slovenija", "gls-group.com/SI/"),
            ("GLS HR", "gls-group.com/HR/"),
            ("PPL Slovensko", "www.ppl.cz/"),
            ("Slovenská pošta", "www.posta.sk/"),
            ("Slovak Parcel Service", "t-t.sps-sro.sk/"),
            ("Pošta Slovenije", "sledenje.posta.si/"),
            ("Hrvatska pošta", "posiljka.posta.hr/"),
        ],
    )
    def test_a_country_in_the_name_gives_its_own_page(self, carrier: str, part: str) -> None:
        assert part in sent("90123456789", carrier)[1]

    @pytest.mark.parametrize(
        ("zone", "country"),
        [
            ("Europe/Prague", Country.CZ),
            ("Europe/Bratislava", Country.SK),
            ("Europe/Ljubljana", Country.SI),
            ("Europe/Zagreb", Country.HR),
            ("UTC", Country.CZ),
        ],
    )
    def test_without_one_it_is_the_shops(self, zone: str, country: Country) -> None:
        rules = Rules(shop_zone=zone)
        assert f"dpdgroup.com/{country.value.lower()}/" in sent("13975600123456", "DPD", rules=rules)[1]
        assert "dpdgroup.com/cz/" in sent("13975600123456", "DPD Česko", rules=rules)[1]


class TestAddresses:
    GOOD = (
        "https://t.example/DR1",
        "http://t.example:8080/a/b?c=d&e=%20#f",
        "HTTPS://T.EXAMPLE/(1)",
        "https://10.0.0.7/x",
        "https://xn--kur-9na.cz/~a*b",
    )
    BAD = (
        *('https://t.example/"', "https://t.example/<a>", "https://t.example/a b", "https://t.example/a\\b"),
        *("https://t.example/\x07", "https://t.example/\u202e", "https://t.example/é", "https://kurýr.cz/1"),
        *("https://", "https:///x", "http://?a=1", "https://#", "https://:80/", "https:t.example/x"),
        *("https://t", "https://localhost/x", "https://-a.cz/", "https://a..cz/", "https://a_b.cz/"),
        *(
            "https://u:p@t.example/",
            "https://u@t.example/",
            "https://t.example/?m=a@b.cz",
            "https://t.cz/?m=a%40b",
        ),
        *(
            "https://t.example:99999/",
            "https://t.example:x/",
            "https://t.example:0/",
            "https://[::1]/",
            "https://[/",
        ),
        *(
            "ftp://t.example/",
            "javascript:alert(1)",
            "//t.example/",
            "t.example/1",
            "www.t.cz",
            "viz web",
            "-",
            "0",
        ),
        *(
            "https://t.example/%zz",
            "https://t.example/%",
            "https://t.example/{number}",
            "https://t.example/|",
        ),
        "https://t.example/" + "a" * 2000,
    )

    @pytest.mark.parametrize("url", GOOD)
    def test_the_shops_own_goes_out_if_it_can_be_opened(self, url: str) -> None:
        assert tracking("80112345678", url=url) == Tracking("80112345678", url)

    @pytest.mark.parametrize("url", BAD)
    def test_else_the_carriers_goes_out_and_it_is_told(self, url: str) -> None:
        found = tracking("80112345678", url=url)
        assert isinstance(found, Tracking)
        assert found.url == PPL.format("80112345678")
        (note,) = found.notes
        assert note.code is TrackingReason.CARRIERS_ADDRESS
        problem = note.fact("problem")
        assert isinstance(problem, Reason)
        assert problem.code is TrackingReason.BAD_ADDRESS

    @pytest.mark.parametrize("url", BAD)
    def test_and_without_a_known_carrier_it_is_held(self, url: str) -> None:
        problem = held("80112345678", "Kurýr", url)
        assert not problem.missing
        assert problem.reason.code is TrackingReason.NO_ADDRESS
        assert "/" not in said(problem.reason).replace("https://", "").replace("http://", "")

    @pytest.mark.parametrize("url", BAD)
    def test_a_shops_own_carrier_has_such_an_address_too(self, url: str) -> None:
        template = url + "{number}"
        assert template_problem(template) is not None
        with pytest.raises(ValueError, match="carrier"):
            Rules(carriers={"X": template})

    @pytest.mark.parametrize(
        ("template", "problem"),
        [
            ("https://t.example/", AddressReason.NO_NUMBER),
            ("https://t.example/{number}/{number}", AddressReason.NO_NUMBER),
            ("https://{number}.example/", AddressReason.NUMBER_IN_HOST),
            ("https://t.example{number}", AddressReason.NUMBER_IN_HOST),
            ("https://t.example:{number}/", AddressReason.NUMBER_IN_HOST),
            ("https://t.example/{number}?{code}", AddressReason.BAD_CHARACTERS),
        ],
    )
    def test_the_number_has_one_place_behind_the_host(self, template: str, problem: AddressReason) -> None:
        assert template_problem(template) == because(problem)
        with pytest.raises(ValueError, match="carrier"):
            Rules(carriers={"X": template})

    def test_every_shipped_carrier_has_good_ones(self) -> None:
        for carrier in CARRIERS:
            for page in carrier.pages.values():
                Rules(carriers={"X": page.address})

    @given(
        st.text() | st.text().map("https://t.example/{}".format) | st.text().map("https://{}/1".format),
        st.text() | st.sampled_from(["80112345678", "Z1234567890"]),
        st.text() | st.sampled_from(["PPL", "Zásilkovna", "Náš", "PPL / DPD"]),
    )
    @settings(deadline=None, max_examples=600)
    def test_whatever_stands_in_the_shop_what_goes_out_is_sound(
        self, url: str, number: str, carrier: str
    ) -> None:
        found = tracking(number, carrier, url, Rules(carriers={"Náš": OWN}))
        if isinstance(found, NoTracking):
            assert said(found.reason)
            return
        assert re.fullmatch(r"[0-9A-Za-z_-]+", found.number)
        assert found.number in "".join(number.split())
        parts = urlsplit(found.url)
        assert parts.scheme in {"http", "https"}
        assert parts.hostname
        assert parts.username is None
        assert found.url.isascii()
        assert found.url.isprintable()
        assert not set(found.url) & set('"<> \\^`{|}')
