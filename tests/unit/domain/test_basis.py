"""What a step carries as text is read back as what it was written from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.domain.carriers import Tracking
from orderbridge.domain.moments import ShopDate
from tests import strategies


@given(number=st.from_regex(r"[0-9A-Za-z_-]{1,40}", fullmatch=True), url=st.text())
def test_a_tracking(number: str, url: str) -> None:
    tracking = Tracking(number, url)
    assert Tracking.from_basis(tracking.basis()) == tracking


@pytest.mark.parametrize(
    ("basis", "tracking"),
    [
        ("DR1|https://a.test/?a=1|2", Tracking("DR1", "https://a.test/?a=1|2")),
        ("|", Tracking("", "")),
        ("no tracking", None),
        ("marketplace_delivery", None),
        ("", None),
    ],
)
def test_a_basis(basis: str, tracking: Tracking | None) -> None:
    assert Tracking.from_basis(basis) == tracking


@given(strategies.shop_dates)
def test_a_delivery_date(delivery: ShopDate) -> None:
    assert ShopDate.parse(str(delivery)) == delivery


@given(
    st.text() | st.sampled_from(["2026-11-21T", "2026-13-01", "T14:05", "21.11.2026", "2026-11-21T25:00:00"])
)
def test_any_text_is_a_delivery_date_or_none(text: str) -> None:
    found = ShopDate.parse(text)
    assert found is None or ShopDate.parse(str(found)) == found


def test_the_forms_that_are_on_record() -> None:
    assert str(ShopDate.parse("2026-11-21")) == "2026-11-21"
    assert str(ShopDate.parse("2026-11-21T14:05:00")) == "2026-11-21T14:05:00"
    assert Tracking("DR1", "https://a.test/1").basis() == "DR1|https://a.test/1"
