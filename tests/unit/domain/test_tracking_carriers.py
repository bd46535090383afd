"""Which carrier a clerk's text names, and which address of the parcel goes out."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.domain.carrier_table import CARRIERS, Country
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
from tests.unit.domain.trackings import OWN, PPL, held, sent, tracking

DPD = "https://www.dpdgroup.com/cz/mydpd/my-parcels/track?parcelNumber={}"
PACKETA = "https://tracking.packeta.com/cs/?id={}"
CZECH_POST = "https://www.postaonline.cz/trackandtrace/-/zasilka/cislo?parcelNumbers={}"


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
