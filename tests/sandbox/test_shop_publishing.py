"""The shop's export as a file that is written now and then, and what else a list can be but wrong."""

from __future__ import annotations

import gzip
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.sandbox.conftest import FastCentrik, Json, SetClock

PROFILES = ("default", "czech", "csv")
MINUTE = timedelta(minutes=1)
HANDLED, CANCELED = "vyřizuje se", "stornováno"


@pytest.fixture
def order(shop: FastCentrik) -> FastCentrik:
    """A shop with order A, being handled."""
    shop.create(code="A", mall_order_id=10085339302, status=HANDLED)
    return shop


def root(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - our own server


def statuses(shop: FastCentrik) -> dict[str | None, str | None]:
    return {one.findtext("CODE"): one.findtext("STATUS") for one in root(shop.export().content).iter("ORDER")}


def codes(shop: FastCentrik) -> list[str | None]:
    return [one.findtext("CODE") for one in root(shop.export().content).iter("ORDER")]


def test_a_file_shows_the_shop_as_it_was_when_it_was_written(order: FastCentrik, clock: SetClock) -> None:
    order.put("/export", {"every_seconds": 1200})
    clock.now += 19 * MINUTE
    order.change("A", status=CANCELED)
    assert statuses(order) == {"A": HANDLED}
    clock.now += 2 * MINUTE
    order.change("A", status=HANDLED)
    order.create(code="B")
    assert statuses(order) == {"A": CANCELED}, "written a minute ago, before it was set back"
    clock.now += 20 * MINUTE
    assert statuses(order) == {"A": HANDLED, "B": "nevyřízená"}


def test_a_file_that_nobody_fetched_is_written_all_the_same(order: FastCentrik, clock: SetClock) -> None:
    order.put("/export", {"every_seconds": 1200})
    clock.now += 45 * MINUTE
    order.change("A", status=CANCELED)
    clock.now += 10 * MINUTE
    assert statuses(order) == {"A": HANDLED}
    assert order.get("/export")["made_at"] == (clock() - 15 * MINUTE).isoformat()
    clock.now += 5 * MINUTE
    assert statuses(order) == {"A": CANCELED}


def test_a_file_s_validators_are_those_of_its_writing(order: FastCentrik, clock: SetClock) -> None:
    order.put("/export", {"every_seconds": 600})
    written = clock()
    clock.now += 5 * MINUTE
    order.change("A", status=CANCELED)
    first = order.export()
    assert parsedate_to_datetime(first.headers["Last-Modified"]) == written
    asked = {"If-None-Match": first.headers["ETag"]}
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert [order.export(one).status_code for one in (asked, since)] == [304, 304]
    clock.now += 5 * MINUTE
    again = order.export(asked)
    assert (again.status_code, again.headers["ETag"] != first.headers["ETag"]) == (200, True)
    clock.now += 10 * MINUTE
    last = order.export({"If-None-Match": again.headers["ETag"]})
    assert (last.status_code, last.content) == (200, again.content), "written anew, with the same content"


@pytest.mark.parametrize(("etag", "last_modified"), [(False, True), (True, False), (False, False)])
def test_what_is_not_offered_is_not_heeded(
    order: FastCentrik,
    etag: bool,  # noqa: FBT001
    last_modified: bool,  # noqa: FBT001
) -> None:
    whole = order.export()
    order.put("/export", {"etag": etag, "last_modified": last_modified})
    answer = order.export()
    assert ("ETag" in answer.headers, "Last-Modified" in answer.headers) == (etag, last_modified)
    by_tag = order.export({"If-None-Match": whole.headers["ETag"]})
    by_time = order.export({"If-Modified-Since": whole.headers["Last-Modified"]})
    assert (by_tag.status_code, by_time.status_code) == (304 if etag else 200, 304 if last_modified else 200)


def test_a_frozen_file_stays_for_ever(order: FastCentrik, clock: SetClock) -> None:
    order.put("/export", {"frozen": True})
    first = order.export()
    order.change("A", status=CANCELED)
    clock.now += timedelta(days=3)
    assert order.export().content == first.content
    assert order.export({"If-None-Match": first.headers["ETag"]}).status_code == 304
    order.put("/export", {})
    assert statuses(order) == {"A": CANCELED}


def test_304_for_ever_to_whoever_has_a_copy(order: FastCentrik, clock: SetClock) -> None:
    first = order.export()
    order.put("/faults", {"not_modified": True})
    order.change("A", status=CANCELED)
    clock.now += timedelta(days=3)
    for name, value in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
        assert order.export({value: first.headers[name]}).status_code == 304
    assert statuses(order) == {"A": CANCELED}, "without a condition the content comes"


@pytest.mark.parametrize("profile", PROFILES[:2])
def test_a_stamp_in_the_document(order: FastCentrik, clock: SetClock, profile: str) -> None:
    plain = order.export(profile=profile).content
    order.put("/export", {"every_seconds": 600, "stamp_attribute": "created", "stamp_element": "CREATED"})
    clock.now += 15 * MINUTE
    document = root(order.export(profile=profile).content)
    assert document.get("created") == document[0].text == clock.wire(minutes=5)
    assert (document[0].tag, len(document)) == ("CREATED", len(root(plain)) + 1)
    order.put("/export", {"stamp_attribute": "created"})
    assert root(order.export(profile=profile).content).get("created") == clock.wire()
    order.put("/export", {})
    assert order.export(profile=profile).content == plain


def test_csv_has_no_place_for_a_stamp(order: FastCentrik) -> None:
    plain = order.export(profile="csv").content
    order.put("/export", {"stamp_attribute": "created", "stamp_element": "CREATED"})
    assert order.export(profile="csv").content == plain


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"every_seconds": 0}, "every_seconds"),
        ({"every": 5}, "every_seconds"),
        ({"stamp_element": "a b"}, "stamp_element"),
        ({"frozen": True, "every_seconds": 5}, "every_seconds"),
    ],
)
def test_settings_that_make_no_sense(order: FastCentrik, settings: Json, named: str) -> None:
    answer = order.call("PUT", "/export", settings)
    assert answer.status_code == 400
    assert named in answer.json()["error"]


def test_a_reset_brings_the_live_export_back(order: FastCentrik) -> None:
    order.put("/export", {"frozen": True})
    order.call("POST", "/reset")
    assert order.get("/export")["frozen"] is False
    order.create(code="B")
    assert codes(order) == ["B"]


# --- lists that are well-formed and not right -----------------------------------------------------------


def test_a_list_lacks_named_orders_for_a_while(order: FastCentrik) -> None:
    order.create(code="B")
    tag = order.export().headers["ETag"]
    order.put("/faults", {"lacks": True, "codes": ["A"], "times": 2})
    answer = order.export({"If-None-Match": tag})
    assert answer.status_code == 200, "another list, another tag"
    assert answer.headers["ETag"] != tag
    assert codes(order) == ["B"]
    assert codes(order) == ["A", "B"]
    order.put("/faults", {"lacks": True})
    assert codes(order) == []


def test_an_order_stands_in_two_equal_records(order: FastCentrik) -> None:
    order.create(code="B")
    order.put("/faults", {"doubled": True, "codes": ["A"]})
    first, second, other = root(order.export().content)
    assert ET.tostring(first) == ET.tostring(second)
    assert other.findtext("CODE") == "B"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("prefix", ["\n ", "\ufeff", "\ufeff\ufeff\r\n", "sep=;\r\n"])
def test_something_before_the_first_character(order: FastCentrik, profile: str, prefix: str) -> None:
    plain = order.export(profile=profile).content
    order.put("/faults", {"prefixed": True, "prefix": prefix})
    assert order.export(profile=profile).content == prefix.encode() + plain
    order.put("/faults", {"prefixed": True})
    assert order.export(profile=profile).content == b"\n " + plain


@pytest.mark.parametrize("profile", PROFILES)
def test_gzip_that_nothing_tells_of(order: FastCentrik, profile: str) -> None:
    plain = order.export(profile=profile)
    order.put("/faults", {"gzipped": True})
    packed = order.export(profile=profile)
    assert "Content-Encoding" not in packed.headers
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert packed.content.startswith(b"\x1f\x8b")
    assert gzip.decompress(packed.content) == plain.content


def test_they_go_together(order: FastCentrik, clock: SetClock) -> None:
    order.create(code="B")
    order.put("/export", {"every_seconds": 600})
    rules = [
        {"kind": "lacks", "codes": ["B"]},
        {"kind": "doubled"},
        {"kind": "prefixed"},
        {"kind": "gzipped"},
    ]
    order.put("/faults", {"rules": rules})
    clock.now += 5 * MINUTE
    order.change("A", status=CANCELED)
    document = gzip.decompress(order.export().content)
    assert document.startswith(b"\n <?xml")
    records = root(document.strip())
    assert [(one.findtext("CODE"), one.findtext("STATUS")) for one in records] == [("A", HANDLED)] * 2


def test_they_are_faults_of_the_export_alone(order: FastCentrik) -> None:
    for kind in ("not_modified", "lacks", "doubled", "prefixed", "gzipped"):
        answer = order.call("PUT", "/faults", {kind: True, "target": "import"})
        assert answer.status_code == 400, kind
