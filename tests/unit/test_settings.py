"""Settings of a shop: what is taken, and what is said about what is not."""

from __future__ import annotations

import pytest

from orderbridge.settings import shop_settings


@pytest.mark.parametrize(
    "url",
    [
        "https://mpapi.mallgroup.com/v1",
        "https://mpapi.mallgroup.com/v1/",
        "http://127.0.0.1:8080/v1",
        "http://10.0.0.7/v1",
        "http://localhost/v1",
    ],
)
def test_an_address_that_keeps_the_key(url: str) -> None:
    assert shop_settings({"shop": "demo", "marketplace_api_url": url}).marketplace_api_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://mpapi.mallgroup.com/v1",
        "http://8.8.8.8/v1",
        "https://user:secret@mpapi.mallgroup.com/v1",
        "https://mpapi.mallgroup.com/v1?client_id=x",
        "https://mpapi.mallgroup.com/v1#x",
        "http://127.0.0.1:99999/v1",
        "http://[::1/v1",
        "http://:80/v1",
        "http://",
        "ftp://127.0.0.1/v1",
        "",
    ],
)
def test_an_address_that_would_give_the_key_away_or_is_none(url: str) -> None:
    with pytest.raises(
        ValueError, match=r"settings of shop demo: marketplace_api_url: .*https address"
    ) as error:
        shop_settings({"shop": "demo", "marketplace_api_url": url})
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"rules": {"undo_window_seconds": -1}}, "undo_window_seconds is -1: allowed are 0 to"),
        ({"rules": {"undo_window": 5}}, "rules.undo_window"),
        ({"rules": {"shop_zone": "Prague"}}, "use an IANA name"),
        ({"rules": {"carriers": {"PPL": "https://example.com/"}}}, "one {number} in it"),
        ({"rules": {"partially_settled": "ship"}}, "rules.partially_settled"),
        ({"profil": "orders"}, "profil"),
        ({"shop": "My Shop"}, "shop"),
        ({"max_export_bytes": 1}, "max_export_bytes"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(values: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match="settings of shop") as error:
        shop_settings({"shop": "demo", **values})
    assert says in str(error.value)
    assert "\n" not in str(error.value)
